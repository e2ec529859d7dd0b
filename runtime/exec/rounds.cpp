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

/// The rule's condition holds: it fires unless a limit holds it back or the values of its effects cannot be computed.
void Shard::Fire(const Scene& scene, uint32_t rule_case) {
  const CaseState& state = cases_[rule_case];
  uint32_t rule_number = state.plan->rule;
  const plan::RulePlan& rule = program_.plan().rules[rule_number];
  Firing firing{rule_case, static_cast<uint32_t>(values_.size()), kNoDetail};
  if (!rule.limits.empty() && !LimitsAllow(rule, scene.record, now_)) {
    ++counts_.limited;
    if (detail_) RunDetail(scene, firing);
    Decision decision{now_, scene.entity->number, static_cast<const MrText*>(HeaderOf(scene.record).id), rule_number,
                      state.plan, 0, scene.cause, scene.round,
                      firing.detail_at == kNoDetail ? nullptr : values_.data() + firing.detail_at};
    for (; decision.action < state.plan->actions.size(); ++decision.action) sink_.OnSuppressed(decision, true, 0);
    values_.resize(firing.effects_at);
    return;
  }
  if (state.plan->effects) {
    values_.resize(values_.size() + state.effect_outputs);
    MrFrame frame = FrameFor(scene);
    frame.outputs = values_.data() + firing.effects_at;
    code_.Run(state.plan->effects, &frame);
    if (frame.trap > kMrUnknown) [[unlikely]] {
      Trap(scene, rule_number, frame.trap, program_.plan().function(state.plan->effects).name);
      values_.resize(firing.effects_at);
      return;
    }
  }
  RecordFiring(rule, scene.record, now_);
  ++counts_.fired;
  fired_.push_back(firing);
}

/// Outputs for arguments and reasons, on the snapshot. What cannot be computed stays unknown; the rule has fired all the same,
/// because whether it does must not depend on who listens.
void Shard::RunDetail(const Scene& scene, Firing& firing) {
  const CaseState& state = cases_[firing.rule_case];
  firing.detail_at = static_cast<uint32_t>(values_.size());
  values_.resize(values_.size() + std::max<uint32_t>(state.detail_outputs, 1), MrValue{0, 0});
  if (state.plan->detail) {
    Run(state.plan->detail, scene, values_.data() + firing.detail_at, state.plan->rule);
  }
}

void Shard::FinishRound(Scene& scene) {
  if (fired_.empty()) return;
  bool plain = true;
  uint32_t setting = 0;
  for (Firing& firing : fired_) {
    const CaseState& state = cases_[firing.rule_case];
    plain &= state.plain;
    setting += state.sets ? (state.plan->actions.size() > 1 ? 2 : 1) : 0;
    if (detail_ || state.emits) RunDetail(scene, firing);
  }
  losses_.clear();
  if (setting > 1) {
    CollectClaims();
    SettleClaims(*scene.entity);
  }
  for (uint32_t i = 0; i < fired_.size(); ++i) Announce(scene, fired_[i], i);
  if (!plain) ApplyEffects(scene);
  fired_.clear();
  values_.clear();
}

// --- conflicts ---

void Shard::CollectClaims() {
  claims_.clear();
  for (uint32_t i = 0; i < fired_.size(); ++i) {
    const std::vector<plan::ActionPlan>& actions = cases_[fired_[i].rule_case].plan->actions;
    for (uint32_t a = 0; a < actions.size(); ++a) {
      for (const plan::EffectPlan& effect : actions[a].effects) {
        if (effect.form != hir::EffectForm::kSet) continue;
        MrValue value = ValueOf(effect.value, values_.data() + fired_[i].effects_at);
        if (value.known != 0) claims_.push_back({i, a, effect.attribute, value});
      }
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
  int32_t priority_a = plan.rules[cases_[fired_[a.firing].rule_case].plan->rule].priority;
  int32_t priority_b = plan.rules[cases_[fired_[b.firing].rule_case].plan->rule].priority;
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
      losses_.push_back({claim.firing, claim.action, cases_[fired_[winner->firing].rule_case].plan->rule});
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

void Shard::Announce(const Scene& scene, const Firing& firing, uint32_t position) {
  const plan::RuleCase& rule_case = *cases_[firing.rule_case].plan;
  const MrValue* outputs = detail_ ? values_.data() + firing.detail_at : nullptr;
  Decision decision{now_,       scene.entity->number, static_cast<const MrText*>(HeaderOf(scene.record).id),
                    rule_case.rule, &rule_case,       0,
                    scene.cause,    scene.round,      outputs};
  for (; decision.action < rule_case.actions.size(); ++decision.action) {
    uint32_t winner_rule = 0;
    if (!losses_.empty() && IsSuppressed(position, decision.action, &winner_rule)) {
      ++counts_.suppressed;
      sink_.OnSuppressed(decision, false, winner_rule);
    } else {
      ++counts_.decisions;
      sink_.OnDecision(decision);
    }
  }
}

/// Sets first, then what is added, then what is removed, so that the order of rules within each does not matter.
void Shard::ApplyEffects(const Scene& scene) {
  for (hir::EffectForm form : {hir::EffectForm::kSet, hir::EffectForm::kAdd, hir::EffectForm::kRemove}) {
    for (uint32_t i = 0; i < fired_.size(); ++i) {
      const CaseState& state = cases_[fired_[i].rule_case];
      if (state.plain) continue;
      const plan::RuleCase& rule_case = *state.plan;
      for (uint32_t a = 0; a < rule_case.actions.size(); ++a) {
        if (!losses_.empty() && IsSuppressed(i, a, nullptr)) continue;
        for (const plan::EffectPlan& effect : rule_case.actions[a].effects) {
          if (effect.form != form) continue;
          MrValue value = ValueOf(effect.value, values_.data() + fired_[i].effects_at);
          if (value.known == 0) continue;
          if (form == hir::EffectForm::kSet) {
            SetAttribute(scene, effect.attribute, value);
          } else {
            AddToAttribute(scene, effect.attribute, effect.value, value, form == hir::EffectForm::kRemove,
                           rule_case.rule);
          }
        }
        if (form == hir::EffectForm::kRemove && rule_case.actions[a].emits != plan::kNoHandler) Emit(scene, fired_[i], a);
      }
    }
  }
  for (const MrTextSet* set : retired_) FreeKeptSet(program_.slab(), set);
  retired_.clear();
}

/// Texts that outlive the batch are pooled: the event happens in the next round, but may go into state there.
void Shard::Emit(const Scene& scene, const Firing& firing, uint32_t action) {
  const CaseState& state = cases_[firing.rule_case];
  uint32_t event = state.plan->actions[action].emits;
  const std::vector<plan::FieldPlan>& fields = program_.plan().events[event].fields;
  auto fields_at = static_cast<uint32_t>(emitted_fields_.size());
  emitted_fields_.resize(fields_at + fields.size(), MrValue{0, 0});
  for (const EmittedField& field : state.emitted[action]) {
    MrValue value = ValueOf(*field.value, values_.data() + firing.detail_at);
    auto* text = reinterpret_cast<const MrText*>(value.bits);
    if (value.known != 0 && sema::PhysicalOf(fields[field.field].type.kind) == sema::Physical::kText && text->id == 0) {
      value.bits = reinterpret_cast<int64_t>(program_.texts().Intern(View(*text)));
    }
    emitted_fields_[fields_at + field.field] = value;
  }
  emitted_.push_back({event, fields_at});
}

}  // namespace mrule::runtime
