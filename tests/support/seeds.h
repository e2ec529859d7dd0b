// SPDX-License-Identifier: Apache-2.0
// The main of a test that draws its cases from seeds: `--seeds A-B`, both included, the first finding ends
// it; `--keep-going` goes on after one. With MRULE_TEST_SEEDS=N in the environment it goes N times through as
// many seeds: the range, and then the ranges that lie a million, two millions … further on.
#pragma once

#include <cstddef>
#include <cstdint>
#include <functional>
#include <string>
#include <string_view>
#include <vector>

namespace mrule::testing {

struct SeedOptions {
  uint64_t from = 0, to = 99;
  bool keep_going = false;
  std::vector<std::string_view> rest;  ///< the arguments that are none of these
};

/// What one seed's case has found wrong, or nothing. It adds to `seen` how much it has looked at.
using SeedCheck = std::function<std::string(uint64_t seed, size_t& seen)>;

/// Arguments it does not know are `rest`.
SeedOptions ReadSeedOptions(int argc, char** argv);
/// The exit status: 1 after a finding, and if nothing at all was looked at. `what` names that, in the plural.
int RunSeeds(const SeedOptions& options, std::string_view what, const SeedCheck& check);
/// Both, for a test without options of its own.
int RunSeeds(int argc, char** argv, std::string_view what, const SeedCheck& check);

}  // namespace mrule::testing
