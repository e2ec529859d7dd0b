// SPDX-License-Identifier: Apache-2.0
// What was expected against what was seen. Pure: no run behind it.
#pragma once

#include <cstdint>
#include <vector>

#include "runtime/testing/seen.h"

namespace mrule::runtime {

/// One expectation about decisions that was not met.
struct Mismatch {
  uint32_t expectation = 0;         ///< index into TestPlan::expectations
  uint64_t found = 0;               ///< counted: how many there were
  std::vector<uint32_t> unwanted;   ///< decisions that should not be: indexes of `decided`
  std::vector<uint32_t> near;       ///< decisions (held back: of `held_back`) that come nearest to what was expected
};

/// All that a decision can lack of an expectation, for showing the difference.
struct Lacks {
  bool subject = false, action = false, rule = false, instant = false, cause = false;
  std::vector<uint32_t> arguments, because;  ///< indexes into the expectation's
  bool none() const { return !subject && !action && !rule && !instant && !cause && arguments.empty() && because.empty(); }
  size_t count() const { return (subject ? 4u : 0u) + (action ? 8u : 0u) + rule + instant + cause + arguments.size() + because.size(); }
};
Lacks LacksOf(const plan::Plan& plan, const plan::TestExpectation& expected, const SeenDecision& seen);

/// Expectations of state are left out.
std::vector<Mismatch> Compare(const plan::Plan& plan, const plan::TestPlan& test, const std::vector<SeenDecision>& decided,
                              const std::vector<SeenDecision>& held_back);

}  // namespace mrule::runtime
