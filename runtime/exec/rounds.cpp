// SPDX-License-Identifier: Apache-2.0
// One round of one subject (S9, S10): every condition has been judged on the snapshot before any effect; firings are collected
// with their values, conflicts settled, decisions announced, and only then is the local picture changed.
#include <algorithm>
#include <bit>
#include <tuple>

#include "runtime/exec/limits.h"
#include "runtime/exec/shard.h"
#include "runtime/value/kept_set.h"

namespace mrule::runtime {

MrValue Shard::ValueOf(const plan::ValueRef& ref, const MrValue* outputs) const {
  switch (ref.kind) {
    case plan::ValueRef::Kind::kConstant:
      return {ref.bits, 1};
    case plan::ValueRef::Kind::kConstantText:
      return {reinterpret_cast<int64_t>(program_.ConstantText(static_cast<uint32_t>(ref.bits))), 1};
    case plan::ValueRef::Kind::kOutput:
      return outputs[ref.output];
  }
  return {0, 0};
}

/// Fire and FinishRound for rows that are all plain.
void Shard::FirePlain(const Scene& scene, const HandlerState& handler) {
  const plan::RuleCase** fired = plain_.data();
  uint64_t decisions = 0;
  uint32_t fired_rule = kNoRule;
  double none = 0;
  double& number = handler.sum_attribute == kNoSum ? none : *reinterpret_cast<double*>(scene.record + handler.sum_at);
  const double before = number;
  double sum = before;
  bool changed = false;
  for (uint32_t index : rows_) {
    const PlainRow& row = handler.plain[index];
    if (row.rule == fired_rule) continue;
    fired_rule = row.rule;
    *fired++ = row.rule_case;
    decisions += row.actions;
    const double next = sum + row.by;
    changed |= std::bit_cast<int64_t>(next) != std::bit_cast<int64_t>(sum);
    sum = next;
  }
  const auto count = static_cast<size_t>(fired - plain_.data());
  counts_.fired += count;
  counts_.decisions += decisions;
  sink_.OnDecisions(DecisionOf(scene), {plain_.data(), count}, decisions);
  if (!changed) return;
  const plan::Attribute& attribute = scene.entity->plan->attributes[handler.sum_attribute];
  NoteOld(scene, attribute);
  number = sum;
  Changed(scene, attribute);
  EmitChanges(scene);
}

/// The rule's condition holds: it fires unless a limit holds it back or the values of its effects cannot be computed.
void Shard::Fire(const Scene& scene, uint32_t rule_case) {
  const plan::RulePlan* special = cases_[rule_case].special;
  if (special == nullptr) return FireNow(scene, rule_case);
  const uint32_t times = special->each == 0 ? 1 : StepsPassed(scene, rule_case);
  for (uint32_t i = 0; i < times; ++i) {
    if (Admit(scene, rule_case)) FireNow(scene, rule_case);
  }
}

Shard::Firing Shard::NewFiring(const Scene& scene, uint32_t rule_case) {
  Firing firing{rule_case, static_cast<uint32_t>(values_.size()), kNoDetail, 0};
  if (counts_firings_) {
    const CaseState& state = cases_[rule_case];
    firing.nth = state.once ? 1 : firing_counts_.Count(now_, scene.record, state.rule);
  }
  return firing;
}

void Shard::FireNow(const Scene& scene, uint32_t rule_case) {
  const CaseState& state = cases_[rule_case];
  Firing firing = NewFiring(scene, rule_case);
  if (state.function) {
    values_.resize(values_.size() + state.effect_outputs);
    MrFrame frame = FrameFor(scene);
    frame.outputs = values_.data() + firing.effects_at;
    code_.Run(state.function, &frame);
    if (frame.trap > kMrUnknown) [[unlikely]] {
      Trap(scene, state.rule, frame.trap, program_.plan().function(state.function).name);
      values_.resize(firing.effects_at);
      return;
    }
  }
  if (state.special != nullptr) {
    RecordFiring({*state.special, *state.plan, scene.fields, scene.record}, program_.slab(), now_);
    round_.reverts |= !state.special->reverts.empty();
  }
  ++counts_.fired;
  round_.forms |= state.forms;
  round_.emits |= state.emits;
  round_.sums &= state.sum != SumKind::kNone || state.forms == 0;
  if ((state.forms & FormBit(hir::EffectForm::kSet)) != 0) round_.sets += state.effects;
  fired_.push_back(firing);
}

/// What all decisions of a round have in common.
Decision Shard::DecisionOf(const Scene& scene) const {
  Decision decision;
  decision.at = now_;
  decision.entity = scene.entity->number;
  decision.subject = static_cast<const MrText*>(HeaderOf(scene.record).id);
  return decision;
}

/// Makes it the firing's first decision.
void Shard::SetFiring(Decision& decision, const Firing& firing) const {
  const CaseState& state = cases_[firing.rule_case];
  decision.rule = state.rule;
  decision.rule_case = state.plan;
  decision.action = 0;
  decision.nth = firing.nth;
  if (detail_) decision.outputs = values_.data() + firing.detail_at;
}

/// Outputs for arguments and reasons, on the snapshot. What cannot be computed stays unknown; the rule has fired all the same,
/// because whether it does must not depend on who listens.
void Shard::RunDetail(const Scene& scene, Firing& firing) {
  const CaseState& state = cases_[firing.rule_case];
  firing.detail_at = static_cast<uint32_t>(values_.size());
  values_.resize(values_.size() + std::max<uint32_t>(state.detail_outputs, 1), MrValue{0, 0});
  if (state.plan->detail) {
    Run(state.plan->detail, scene, values_.data() + firing.detail_at, state.rule);
  }
}

void Shard::FinishRound(Scene& scene) {
  if (fired_.empty()) return;
  if (detail_ || round_.emits) {
    for (Firing& firing : fired_) {
      if (detail_ || cases_[firing.rule_case].emits) RunDetail(scene, firing);
    }
  }
  losses_.clear();
  if (round_.sets > 1) {
    CollectClaims();
    SettleClaims(*scene.entity);
  }
  Announce(scene);
  if (round_.emits) Emit(scene);
  if (round_.reverts) CollectReverts(scene);
  if (round_.forms != 0) ApplyEffects(scene, round_.forms);
  if (!revert_sets_.empty()) SetReverts(scene);
  fired_.clear();
  values_.clear();
  round_ = Round();
}

// --- conflicts ---

void Shard::CollectClaims() {
  claims_.clear();
  for (uint32_t i = 0; i < fired_.size(); ++i) {
    const CaseState& state = cases_[fired_[i].rule_case];
    for (uint32_t e = state.effects_at; e < state.effects_at + state.effects; ++e) {
      const EffectState& effect = effects_[e];
      if (effect.form != hir::EffectForm::kSet) continue;
      MrValue value = ValueOf(*effect.value, values_.data() + fired_[i].effects_at);
      if (value.known != 0) claims_.push_back({i, effect.action, effect.attribute, value});
    }
  }
  // By attribute; within one, in source order.
  std::sort(claims_.begin(), claims_.end(), [](const Claim& a, const Claim& b) {
    return std::tie(a.attribute, a.firing, a.action) < std::tie(b.attribute, b.firing, b.action);
  });
}

namespace {

bool SameValue(sema::Physical physical, MrValue a, MrValue b) {
  switch (physical) {
    case sema::Physical::kI64:
      return a.bits == b.bits;
    case sema::Physical::kF64:
      return std::bit_cast<double>(a.bits) == std::bit_cast<double>(b.bits);
    case sema::Physical::kText:
      return a.bits == b.bits ||
             View(*reinterpret_cast<const MrText*>(a.bits)) == View(*reinterpret_cast<const MrText*>(b.bits));
    case sema::Physical::kSet:
      return SameItems(reinterpret_cast<const MrTextSet*>(a.bits), reinterpret_cast<const MrTextSet*>(b.bits));
  }
  return false;
}

bool LessValue(sema::Physical physical, MrValue a, MrValue b) {
  switch (physical) {
    case sema::Physical::kI64:
      return a.bits < b.bits;
    case sema::Physical::kF64:
      return std::bit_cast<double>(a.bits) < std::bit_cast<double>(b.bits);
    case sema::Physical::kText:
    case sema::Physical::kSet:
      return false;  // neither is safer
  }
  return false;
}

}  // namespace

bool Shard::Beats(const EntityState& entity, const Claim& a, const Claim& b) const {
  const plan::Plan& plan = program_.plan();
  int32_t priority_a = plan.rules[cases_[fired_[a.firing].rule_case].rule].priority;
  int32_t priority_b = plan.rules[cases_[fired_[b.firing].rule_case].rule].priority;
  if (priority_a != priority_b) return priority_a > priority_b;
  const plan::Attribute& attribute = entity.plan->attributes[a.attribute];
  sema::Physical physical = sema::PhysicalOf(attribute.type.kind);
  switch (attribute.safer) {
    case hir::Safer::kLess:
      return LessValue(physical, a.value, b.value);
    case hir::Safer::kMore:
      return LessValue(physical, b.value, a.value);
    case hir::Safer::kNone:
      return false;
  }
  return false;
}

/// Attributes in the order of the plan; an action that has lost one claim is out of all that follow.
void Shard::SettleClaims(const EntityState& entity) {
  for (size_t begin = 0; begin < claims_.size();) {
    size_t end = begin;
    while (end < claims_.size() && claims_[end].attribute == claims_[begin].attribute) ++end;
    const Claim* winner = nullptr;
    for (size_t i = begin; i < end; ++i) {
      if (IsSuppressed(claims_[i].firing, claims_[i].action, nullptr)) continue;
      if (winner == nullptr || Beats(entity, claims_[i], *winner)) winner = &claims_[i];
    }
    sema::Physical physical = sema::PhysicalOf(entity.plan->attributes[claims_[begin].attribute].type.kind);
    for (size_t i = begin; winner != nullptr && i < end; ++i) {
      const Claim& claim = claims_[i];
      if (SameValue(physical, claim.value, winner->value)) continue;
      if (claim.firing == winner->firing && claim.action == winner->action) continue;
      if (IsSuppressed(claim.firing, claim.action, nullptr)) continue;
      losses_.push_back({claim.firing, claim.action, cases_[fired_[winner->firing].rule_case].rule});
    }
    begin = end;
  }
}

bool Shard::IsSuppressed(uint32_t firing, uint32_t action, uint32_t* winner_rule) const {
  for (const Loss& loss : losses_) {
    if (loss.firing != firing || loss.action != action) continue;
    if (winner_rule != nullptr) *winner_rule = loss.winner_rule;
    return true;
  }
  return false;
}

// --- what comes of it ---

void Shard::Announce(const Scene& scene) {
  Decision decision = DecisionOf(scene);
  const bool all_won = losses_.empty();
  for (uint32_t i = 0; i < fired_.size(); ++i) {
    SetFiring(decision, fired_[i]);
    const uint32_t actions = cases_[fired_[i].rule_case].actions;
    for (; decision.action < actions; ++decision.action) {
      uint32_t winner_rule = 0;
      if (all_won || !IsSuppressed(i, decision.action, &winner_rule)) [[likely]] {
        ++counts_.decisions;
        if (keep_decisions_micros_ != 0) [[unlikely]] KeepDecision(scene, decision);
        sink_.OnDecision(decision);
      } else {
        ++counts_.suppressed;
        sink_.OnSuppressed(decision, false, winner_rule);
      }
    }
  }
}

/// Sets first, then what is added, then what is removed, so that the order of rules within each does not matter.
void Shard::ApplyEffects(const Scene& scene, uint8_t forms) {
  for (hir::EffectForm form : {hir::EffectForm::kSet, hir::EffectForm::kAdd, hir::EffectForm::kRemove}) {
    if ((forms & FormBit(form)) == 0) continue;
    if (round_.sums) {
      ApplySums(scene, form);
    } else {
      ApplyForm(scene, form);
    }
  }
  EmitChanges(scene);
}

/// ApplyForm where every effect is CaseState::sum: one after the other too, for doubles are added in an order.
void Shard::ApplySums(const Scene& scene, hir::EffectForm form) {
  const bool remove = form == hir::EffectForm::kRemove;
  for (const Firing& firing : fired_) {
    const CaseState& state = cases_[firing.rule_case];
    if (state.forms != FormBit(form)) continue;
    auto* number = reinterpret_cast<int64_t*>(scene.record + state.sum_at);
    const plan::Attribute& attribute = scene.entity->plan->attributes[state.sum_attribute];
    int64_t sum = 0;
    if (state.sum == SumKind::kF64) {
      const double from = std::bit_cast<double>(*number), by = std::bit_cast<double>(state.sum_by);
      sum = std::bit_cast<int64_t>(remove ? from - by : from + by);
    } else if (remove ? __builtin_sub_overflow(*number, state.sum_by, &sum)
                      : __builtin_add_overflow(*number, state.sum_by, &sum)) [[unlikely]] {
      Trap(scene, state.rule, kMrOverflow, attribute.name);
      continue;
    }
    if (sum == *number) continue;
    NoteOld(scene, attribute);
    *number = sum;
    Changed(scene, attribute);
  }
}

void Shard::ApplyForm(const Scene& scene, hir::EffectForm form) {
  for (uint32_t i = 0; i < fired_.size(); ++i) {
    const CaseState& state = cases_[fired_[i].rule_case];
    if ((state.forms & FormBit(form)) == 0) continue;
    for (uint32_t e = state.effects_at; e < state.effects_at + state.effects; ++e) {
      const EffectState& effect = effects_[e];
      if (effect.form != form || (!losses_.empty() && IsSuppressed(i, effect.action, nullptr))) continue;
      MrValue value = ValueOf(*effect.value, values_.data() + fired_[i].effects_at);
      if (value.known == 0) continue;
      if (form == hir::EffectForm::kSet) {
        SetAttribute(scene, effect.attribute, value);
      } else {
        AddToAttribute(scene, effect.attribute, *effect.value, value, form == hir::EffectForm::kRemove, state.rule);
      }
    }
  }
}

/// Texts that outlive the batch are pooled: the event happens in the next round, but may go into state there.
void Shard::Emit(const Scene& scene) {
  for (uint32_t i = 0; i < fired_.size(); ++i) {
    const CaseState& state = cases_[fired_[i].rule_case];
    for (uint32_t action = 0; state.emits && action < state.actions; ++action) {
      uint32_t event = state.plan->actions[action].emits;
      if (event == plan::kNoHandler || (!losses_.empty() && IsSuppressed(i, action, nullptr))) continue;
      const std::vector<plan::FieldPlan>& fields = program_.plan().events[event].fields;
      auto fields_at = static_cast<uint32_t>(emitted_fields_.size());
      emitted_fields_.resize(fields_at + fields.size(), MrValue{0, 0});
      for (const EmittedField& field : emitted_fields_of_[fired_[i].rule_case]) {
        if (field.action != action) continue;
        MrValue value = ValueOf(*field.value, values_.data() + fired_[i].detail_at);
        auto* text = reinterpret_cast<const MrText*>(value.bits);
        bool is_text = sema::PhysicalOf(fields[field.field].type.kind) == sema::Physical::kText;
        if (is_text && value.known != 0 && text->id == 0) {
          value.bits = reinterpret_cast<int64_t>(program_.texts().Intern(View(*text)));
        }
        emitted_fields_[fields_at + field.field] = value;
      }
      emitted_.push_back({event, fields_at});
    }
  }
}

}  // namespace mrule::runtime
