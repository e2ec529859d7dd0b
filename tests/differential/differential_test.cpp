// SPDX-License-Identifier: Apache-2.0
// Generated programs through every engine and over a restart: the same decisions, suppressions, traps and
// state, byte for byte.
//
//   differential_test --seeds A-B [--all-engines] [--keep-going]      seeds A to B, both included
//   differential_test --print SEED                                    the generated program and its events
//
// Machine code with and without optimisation take turns unless --all-engines is given; it is the slow part.
// Exit status 1 if there is a finding.
#include <fmt/format.h>

#include <cstdio>
#include <cstdlib>
#include <cstring>
#include <string_view>

#include "tests/differential/compare.h"
#include "tests/differential/generator.h"
#include "tests/support/seeds.h"

int main(int argc, char** argv) {
  const mrule::testing::SeedOptions options = mrule::testing::ReadSeedOptions(argc, argv);
  auto breadth = mrule::differential::Breadth::kTurns;
  for (size_t i = 0; i < options.rest.size(); ++i) {
    if (options.rest[i] == "--all-engines") {
      breadth = mrule::differential::Breadth::kAllEngines;
    } else if (options.rest[i] == "--print" && i + 1 < options.rest.size()) {
      const mrule::differential::Case made =
          mrule::differential::Generate(std::strtoull(options.rest[i + 1].data(), nullptr, 10));
      fmt::print("{}\n# --- events.jsonl\n{}", made.rules, made.events);
      return 0;
    } else {
      fmt::print(stderr,
                 "usage: differential_test [--seeds A-B] [--all-engines] [--keep-going] | --print SEED\n");
      return 2;
    }
  }
  return RunSeeds(options, "programs", [&](uint64_t seed, size_t& programs) {
    ++programs;
    const std::string found = mrule::differential::CompareSeed(seed, breadth);
    // What differs stands last; of many findings only that is printed.
    return found.empty() || !options.keep_going ? found : found.substr(found.rfind("--- seed"));
  });
}
