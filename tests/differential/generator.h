// SPDX-License-Identifier: Apache-2.0
// Well-typed programs and event streams from a seed: what the engines are compared on. Every construct of the language that a
// rule can hold is drawn; constants come from small pools, so that thresholds are met, missed and hit exactly.
#pragma once

#include <cstdint>
#include <string>

namespace mrule::differential {

struct Case {
  std::string rules;   ///< one .mrule file, complete with its vocabulary; needs no prelude
  std::string events;  ///< JSON lines, ordered by `at`
};

/// The same seed gives the same case on every machine.
Case Generate(uint64_t seed);

}  // namespace mrule::differential
