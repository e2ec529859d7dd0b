// SPDX-License-Identifier: Apache-2.0
// Well-typed programs and event streams from a seed: what the engines are compared on. Every construct of the
// language that a rule can hold is drawn; constants come from small pools, so that thresholds are met, missed
// and hit exactly.
#pragma once

#include <cstdint>
#include <string>
#include <vector>

namespace mrule::differential {

struct Case {
  std::string rules;   ///< one .mrule file, complete with its vocabulary; needs no prelude
  std::string events;  ///< JSON lines, ordered by `at`
};

/// Conditions on state and a stream, for tests that build rules of their own. All instants, windows and ages
/// are whole half hours, so that truths change at whole half hours only.
struct Probe {
  std::string vocabulary;
  std::vector<std::string> contact_conditions;
  std::vector<std::string> campaign_conditions;
  std::string events;
};

/// The same seed gives the same case on every machine.
Case Generate(uint64_t seed);
Probe GenerateProbe(uint64_t seed);

}  // namespace mrule::differential
