// SPDX-License-Identifier: Apache-2.0
#include "tests/support/seeds.h"

#include <fmt/format.h>

#include <cstdio>
#include <cstdlib>

namespace mrule::testing {

namespace {

constexpr uint64_t kNextRange = 1'000'000;

uint64_t Ranges() {
  const char* text = std::getenv("MRULE_TEST_SEEDS");
  const uint64_t ranges = text == nullptr ? 1 : std::strtoull(text, nullptr, 10);
  return ranges == 0 ? 1 : ranges;
}

}  // namespace

SeedOptions ReadSeedOptions(int argc, char** argv) {
  SeedOptions options;
  unsigned long long from = 0, to = 0;
  for (int i = 1; i < argc; ++i) {
    const std::string_view argument = argv[i];
    if (argument == "--keep-going") {
      options.keep_going = true;
    } else if (argument == "--seeds" && i + 1 < argc &&
               std::sscanf(argv[i + 1], "%llu-%llu", &from, &to) == 2) {
      options.from = from;
      options.to = to;
      ++i;
    } else {
      options.rest.push_back(argument);
    }
  }
  return options;
}

int RunSeeds(const SeedOptions& options, std::string_view what, const SeedCheck& check) {
  uint64_t cases = 0, findings = 0;
  size_t seen = 0;
  for (uint64_t range = 0; range < Ranges(); ++range) {
    for (uint64_t seed = options.from; seed <= options.to; ++seed) {
      ++cases;
      const std::string found = check(seed + range * kNextRange, seen);
      if (found.empty()) continue;
      ++findings;
      fmt::print("--- seed {}\n{}\n", seed + range * kNextRange, found);
      std::fflush(stdout);
      if (!options.keep_going) return 1;
    }
  }
  fmt::print("{} seeds, {} {}, {} findings\n", cases, seen, what, findings);
  return findings == 0 && seen != 0 ? 0 : 1;
}

int RunSeeds(int argc, char** argv, std::string_view what, const SeedCheck& check) {
  const SeedOptions options = ReadSeedOptions(argc, argv);
  if (options.rest.empty()) return RunSeeds(options, what, check);
  fmt::print(stderr, "usage: {} [--seeds A-B] [--keep-going]\n", argv[0]);
  return 2;
}

}  // namespace mrule::testing
