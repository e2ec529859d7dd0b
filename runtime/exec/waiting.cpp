// SPDX-License-Identifier: Apache-2.0
// A firing asks its rule's limits (S11): it goes ahead, is skipped, or waits for the instant at which they let it through. Then it
// fires with the values of its event that were kept; its condition is not judged again.
#include <algorithm>
#include <bit>

#include "compiler/base/limits.h"
#include "runtime/exec/limits.h"
#include "runtime/exec/shard.h"
#include "stdlib/kernels/state.h"

namespace mrule::runtime {

bool Shard::Admit(const Scene& scene, uint32_t rule_case) {
  const CaseState& state = cases_[rule_case];
  const plan::RulePlan& rule = *state.special;
  if (rule.revert.of != plan::kNoHandler) return TakeRevert(scene, rule);
  const FiringAsk ask{rule, *state.plan, scene.fields, scene.record};
  LimitSays says = AskLimits(ask, now_);
  if (says == LimitSays::kFires && rule.waits) {
    const WaitingFirings waiting(scene.record + rule.waiting, rule.waiting_fields);
    if (waiting.size() != 0 && IsBehind(ask, waiting, program_.plan())) says = LimitSays::kBeyond;
  }
  switch (says) {
    case LimitSays::kFires:
      return true;
    case LimitSays::kBeyond:
      HoldBack(scene, rule_case, rule.waits ? Wait(scene, rule_case) : INT64_MIN);
      return false;
    case LimitSays::kFull:
      Trap(scene, state.rule, kMrKeysFull, "limit");
      HoldBack(scene, rule_case, INT64_MIN);
      return false;
  }
  return false;
}

uint32_t Shard::StepsPassed(const Scene& scene, uint32_t rule_case) {
  const CaseState& state = cases_[rule_case];
  const plan::RulePlan& rule = *state.special;
  MrValue added{0, 0};
  Run(state.plan->each, scene, &added, state.rule);
  if (added.known == 0) return 0;
  int64_t by = added.bits;
  if (rule.each_fixed && mr_s_to_fixed(std::bit_cast<double>(added.bits), &by) != kMrOk) return 0;
  const int64_t total = reinterpret_cast<const MrTotal*>(scene.record + rule.each_total)->value;
  int64_t before = 0;
  if (by <= 0 || __builtin_sub_overflow(total, by, &before)) return 0;
  auto steps = [&rule](int64_t sum) { return sum / rule.each - (sum % rule.each < 0 ? 1 : 0); };
  const int64_t passed = steps(total) - steps(before);
  if (passed <= limits::kEachFiringsMax) return static_cast<uint32_t>(passed);
  Trap(scene, state.rule, kMrEachFull, "each");
  return limits::kEachFiringsMax;
}

/// Returns when it will fire, or INT64_MIN if no more can wait.
int64_t Shard::Wait(const Scene& scene, uint32_t rule_case) {
  const CaseState& state = cases_[rule_case];
  const plan::RulePlan& rule = *state.special;
  WaitingFirings waiting(scene.record + rule.waiting, rule.waiting_fields);
  if (waiting.size() >= limits::kWaitingFiringsMax) {
    Trap(scene, state.rule, kMrWaitingFull, "otherwise wait");
    return INT64_MIN;
  }
  const FiringAsk ask{rule, *state.plan, scene.fields, scene.record};
  const int64_t due = DueOf(ask, waiting, waiting.size(), program_.plan(), now_);
  WaitingFiring& added = waiting.Add(program_.slab());
  added.at = now_;
  added.due = due;
  added.rule_case = rule_case;
  for (size_t i = 0; i < state.plan->kept_fields.size(); ++i) {
    const uint32_t field = state.plan->kept_fields[i];
    added.values()[i] = Retained(program_.plan().events[state.plan->event].fields[field].type, scene.fields[field]);
  }
  ArmSource(scene, rule.waiting_timer);
  return due;
}

const MrValue* Shard::FieldsOf(WaitingFiring& waiting, std::vector<MrValue>& fields) const {
  const plan::RuleCase& rule_case = program_.plan().cases[waiting.rule_case];
  if (rule_case.event == plan::kNoHandler) return nullptr;
  fields.assign(program_.plan().events[rule_case.event].fields.size(), MrValue{0, 0});
  for (size_t f = 0; f < rule_case.kept_fields.size(); ++f) fields[rule_case.kept_fields[f]] = waiting.values()[f];
  return fields.data();
}

void Shard::MoveTurns(const Scene& scene, uint32_t number) {
  const plan::RulePlan& rule = program_.plan().rules[number];
  WaitingFirings waiting(scene.record + rule.waiting, rule.waiting_fields);
  // An internal event that moves its subject comes too late for turns of its own instant.
  const int64_t from = delivering_ ? now_ + 1 : now_;
  for (uint32_t i = 0; i < waiting.size(); ++i) {
    const MrValue* fields = FieldsOf(waiting[i], moved_fields_);
    const FiringAsk ask{rule, program_.plan().cases[waiting[i].rule_case], fields, scene.record};
    waiting[i].due = DueOf(ask, waiting, i, program_.plan(), from);
  }
  if (waiting.size() != 0) ArmSource(scene, rule.waiting_timer);
}

void Shard::HoldBack(const Scene& scene, uint32_t rule_case, int64_t waits_until) {
  ++counts_.limited;
  Firing firing = NewFiring(scene, rule_case);
  if (detail_) RunDetail(scene, firing);
  Decision decision = DecisionOf(scene);
  SetFiring(decision, firing);
  decision.waits_until = waits_until;
  for (; decision.action < cases_[rule_case].actions; ++decision.action) sink_.OnSuppressed(decision, true, 0);
  values_.resize(firing.effects_at);
}

void Shard::ReleaseWaiting(const Scene& scene, uint32_t number) {
  const plan::RulePlan& rule = program_.plan().rules[number];
  WaitingFirings waiting(scene.record + rule.waiting, rule.waiting_fields);
  for (uint32_t i = 0; i < waiting.size();) {
    WaitingFiring& one = waiting[i];
    if (one.due > now_) {
      ++i;
      continue;
    }
    const uint32_t rule_case = one.rule_case;
    const plan::RuleCase& plan = *cases_[rule_case].plan;
    Scene next = scene;
    next.fields = FieldsOf(one, released_fields_);
    const FiringAsk ask{rule, plan, next.fields, scene.record};
    const LimitSays says = AskLimits(ask, now_);
    if (says == LimitSays::kBeyond) {  // the rule's limits have been edited meanwhile
      one.due = DueOf(ask, waiting, i, program_.plan(), now_);
      ++i;
      continue;
    }
    waiting.Remove(program_.slab(), i);
    if (says == LimitSays::kFull) {
      Trap(next, cases_[rule_case].rule, kMrKeysFull, "limit");
      HoldBack(next, rule_case, INT64_MIN);
    } else {
      FireNow(next, rule_case);
      FinishRound(next);
      if (!emitted_.empty()) RunEmitted(next, 1);
    }
    for (uint32_t field : plan.kept_fields) {
      const bool is_set = sema::PhysicalOf(program_.plan().events[plan.event].fields[field].type.kind) == sema::Physical::kSet;
      const MrValue value = released_fields_[field];
      if (is_set && value.known != 0) retired_.push_back(reinterpret_cast<const MrTextSet*>(value.bits));
    }
    if (!retired_.empty()) FreeRetired();
  }
  ArmSource(scene, rule.waiting_timer);
}

}  // namespace mrule::runtime
