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

int main(int argc, char** argv) {
  unsigned long long from = 0, to = 99;
  bool keep_going = false;
  mrule::differential::Breadth breadth = mrule::differential::Breadth::kTurns;
  for (int i = 1; i < argc; ++i) {
    const std::string_view argument = argv[i];
    if (argument == "--keep-going") {
      keep_going = true;
    } else if (argument == "--all-engines") {
      breadth = mrule::differential::Breadth::kAllEngines;
    } else if (argument == "--print" && i + 1 < argc) {
      const mrule::differential::Case made =
          mrule::differential::Generate(std::strtoull(argv[i + 1], nullptr, 10));
      fmt::print("{}\n# --- events.jsonl\n{}", made.rules, made.events);
      return 0;
    } else if (argument == "--seeds" && i + 1 < argc &&
               std::sscanf(argv[i + 1], "%llu-%llu", &from, &to) == 2) {
      ++i;
    } else {
      fmt::print(stderr,
                 "usage: differential_test [--seeds A-B] [--all-engines] [--keep-going] | --print SEED\n");
      return 2;
    }
  }
  unsigned long long findings = 0;
  for (unsigned long long seed = from; seed <= to; ++seed) {
    const std::string found = mrule::differential::CompareSeed(seed, breadth);
    if (found.empty()) continue;
    ++findings;
    // What differs stands last; of many findings only that is printed.
    fmt::print("{}\n", keep_going ? found.substr(found.rfind("--- seed")) : found);
    if (!keep_going) return 1;
  }
  fmt::print("{} programs, {} findings\n", to - from + 1, findings);
  return findings == 0 ? 0 : 1;
}
