// SPDX-License-Identifier: Apache-2.0
// What tests reach of a program's rules: whether each fired and was seen not to, which outcomes each condition had (true, false, and
// unknown where it can be), and which sides of an `or` were true. Looks on at all runs of a suite.
#pragma once

#include <cstdint>
#include <string>
#include <vector>

#include "compiler/plan/test_plan.h"
#include "runtime/exec/watch.h"
#include "runtime/program/program.h"
#include "runtime/testing/seen.h"

namespace mrule::runtime {

struct PartCoverage {
  std::string label;               ///< as the rule writes it
  bool is_branch = false;          ///< a side of an `or`, which counts as true only
  bool may_be_unknown = false;
  uint64_t was_true = 0, was_false = 0, was_unknown = 0;

  uint32_t total() const { return is_branch ? 1 : may_be_unknown ? 3 : 2; }
  uint32_t covered() const {
    if (is_branch) return was_true != 0;
    return (was_true != 0) + (was_false != 0) + (may_be_unknown && was_unknown != 0);
  }
};

struct RuleCoverage {
  uint32_t rule = 0;               ///< index into Plan::rules
  uint64_t judged = 0;             ///< times that its condition was looked at
  uint64_t not_true = 0;           ///< and was not true
  uint64_t fired = 0;
  bool can_be_false = true;        ///< else firing is all there is: nothing is asked beside its event
  std::vector<PartCoverage> parts;

  uint32_t total() const;
  uint32_t covered() const;
};

class Coverage : public Watch {
 public:
  /// Both outlive it; `rules` are laid open as TestSuite::rules.
  Coverage(const Program& program, const std::vector<plan::WhyPlan>& rules);

  void OnEvent(uint32_t entity, uint32_t event, const MrFrame& frame) override;
  void OnJudged(uint32_t rule, const MrFrame& frame) override;
  /// What a run decided.
  void Note(const std::vector<SeenDecision>& decided);

  /// In order of declaration; ways back are rules of their own, behind the one they belong to.
  const std::vector<RuleCoverage>& rules() const { return rules_; }
  uint64_t total() const;
  uint64_t covered() const;

 private:
  void Look(uint32_t rule, const plan::WhyCase& one, const MrFrame& frame);
  uint32_t PartOf(uint32_t rule, const plan::WhyNode& node, bool is_branch);

  const Program& program_;
  const std::vector<plan::WhyPlan>& plans_;
  std::vector<RuleCoverage> rules_;
  std::vector<std::vector<std::vector<uint32_t>>> part_of_node_, branch_of_node_;  // by rule, case and node; kNone: not counted
  std::vector<std::vector<std::pair<uint32_t, uint32_t>>> cases_of_event_;         // rule and case

  static constexpr uint32_t kNone = 0xFFFFFFFFu;
};

}  // namespace mrule::runtime
