// SPDX-License-Identifier: Apache-2.0
#include "runtime/testing/coverage.h"

#include <algorithm>

#include "runtime/why/picture.h"

namespace mrule::runtime {
namespace {

using Kind = plan::WhyNode::Kind;

/// A condition that is not made of conditions.
bool IsAtomic(const plan::WhyNode& node) {
  switch (node.kind) {
    case Kind::kCompare:
    case Kind::kTest:
    case Kind::kHold: return true;
    case Kind::kAnd:
    case Kind::kOr:
    case Kind::kNot:
    case Kind::kRequire:
    case Kind::kEvent:
    case Kind::kValue: return false;
  }
  return false;
}

}  // namespace

uint32_t RuleCoverage::total() const {
  uint32_t sum = can_be_false ? 2 : 1;
  for (const PartCoverage& part : parts) sum += part.total();
  return sum;
}

uint32_t RuleCoverage::covered() const {
  uint32_t sum = (fired != 0) + (can_be_false && not_true != 0);
  for (const PartCoverage& part : parts) sum += part.covered();
  return sum;
}

Coverage::Coverage(const Program& program, const std::vector<plan::WhyPlan>& rules)
    : program_(program), plans_(rules), cases_of_event_(program.plan().events.size()) {
  for (uint32_t rule = 0; rule < plans_.size(); ++rule) {
    rules_.emplace_back().rule = plans_[rule].rule;
    part_of_node_.emplace_back();
    branch_of_node_.emplace_back();
    bool only_events = true;
    for (uint32_t i = 0; i < plans_[rule].cases.size(); ++i) {
      const plan::WhyCase& one = plans_[rule].cases[i];
      if (one.event != plan::kNoHandler) cases_of_event_[one.event].emplace_back(rule, i);
      std::vector<uint32_t>& parts = part_of_node_.back().emplace_back(one.nodes.size(), kNone);
      std::vector<uint32_t>& branches = branch_of_node_.back().emplace_back(one.nodes.size(), kNone);
      for (uint32_t n = 0; n < one.nodes.size(); ++n) {
        const plan::WhyNode& node = one.nodes[n];
        if (IsAtomic(node)) {
          parts[n] = PartOf(rule, node, false);
          only_events = false;
        }
        if (node.kind != Kind::kOr) continue;
        for (uint32_t child : node.children) branches[child] = PartOf(rule, one.nodes[child], true);
      }
    }
    rules_.back().can_be_false = !only_events;
  }
}

/// The same words in the cases of several events are one part.
uint32_t Coverage::PartOf(uint32_t rule, const plan::WhyNode& node, bool is_branch) {
  std::vector<PartCoverage>& parts = rules_[rule].parts;
  const auto found = std::find_if(parts.begin(), parts.end(), [&](const PartCoverage& part) {
    return part.label == node.label && part.is_branch == is_branch;
  });
  if (found != parts.end()) {
    found->may_be_unknown |= node.type.optional;
    return static_cast<uint32_t>(found - parts.begin());
  }
  PartCoverage& part = parts.emplace_back();
  part.label = node.label;
  part.is_branch = is_branch;
  part.may_be_unknown = node.type.optional;
  return static_cast<uint32_t>(parts.size() - 1);
}

void Coverage::OnEvent(uint32_t entity, uint32_t event, const MrFrame& frame) {
  for (const auto& [rule, one] : cases_of_event_[event]) {
    if (program_.plan().rules[plans_[rule].rule].entity == entity) Look(rule, plans_[rule].cases[one], frame);
  }
}

void Coverage::OnJudged(uint32_t rule, const MrFrame& frame) {
  if (rule < plans_.size() && !plans_[rule].cases.empty()) Look(rule, plans_[rule].cases.front(), frame);
}

void Coverage::Look(uint32_t rule, const plan::WhyCase& one, const MrFrame& frame) {
  const Picture picture = TakePicture(program_, one, frame);
  RuleCoverage& covered = rules_[rule];
  ++covered.judged;
  if (picture.root().truth != Truth::kTrue) ++covered.not_true;
  const size_t at = static_cast<size_t>(&one - plans_[rule].cases.data());
  auto note = [&](uint32_t part, Truth truth) {
    if (part == kNone) return;
    PartCoverage& out = covered.parts[part];
    ++(truth == Truth::kTrue ? out.was_true : truth == Truth::kFalse ? out.was_false : out.was_unknown);
  };
  for (size_t n = 0; n < picture.parts.size(); ++n) {
    note(part_of_node_[rule][at][n], picture.parts[n].truth);
    note(branch_of_node_[rule][at][n], picture.parts[n].truth);
  }
}

void Coverage::Note(const std::vector<SeenDecision>& decided) {
  // A firing is as many decisions as the rule has actions.
  const SeenDecision* last = nullptr;
  for (const SeenDecision& one : decided) {
    const bool is_same = last != nullptr && last->rule == one.rule && last->at == one.at && last->subject == one.subject;
    if (!is_same && one.rule < rules_.size()) ++rules_[one.rule].fired;
    last = &one;
  }
}

uint64_t Coverage::total() const {
  uint64_t sum = 0;
  for (const RuleCoverage& rule : rules_) sum += rule.total();
  return sum;
}

uint64_t Coverage::covered() const {
  uint64_t sum = 0;
  for (const RuleCoverage& rule : rules_) sum += rule.covered();
  return sum;
}

}  // namespace mrule::runtime
