// SPDX-License-Identifier: Apache-2.0
// Ways back (S13). A firing whose actions have won sets the ways back of its rule; whatever else changes what those actions have set
// takes them away again (attributes.cpp). A way back that waits for a condition is judged as a unit of state, one that waits for
// an instant is an internal event; either fires once.
#include "runtime/exec/record_store.h"
#include "runtime/exec/revert_due.h"
#include "runtime/exec/shard.h"

namespace mrule::runtime {

namespace {
constexpr int64_t kNotSet = INT64_MAX;  // plan::SlotKind::kRevert
}  // namespace

/// It fires: it is set no longer. False if something else has taken its control meanwhile.
bool Shard::TakeRevert(const Scene& scene, const plan::RulePlan& rule) {
  auto& set = *reinterpret_cast<int64_t*>(scene.record + rule.revert.slot);
  if (set == kNotSet || (rule.revert.timed() && set != now_)) return false;
  set = kNotSet;
  return true;
}

/// Before the effects of the round are applied: which ways back its firings set, and the values to go back to.
void Shard::CollectReverts(const Scene& scene) {
  for (uint32_t i = 0; i < fired_.size(); ++i) {
    const plan::RulePlan* rule = cases_[fired_[i].rule_case].special;
    if (rule == nullptr) continue;
    for (uint32_t number : rule->reverts) {
      const plan::RevertPlan& revert = program_.plan().rules[number].revert;
      if (HasLost(i, revert.action)) continue;
      RevertSet set{number, static_cast<uint32_t>(revert_values_.size()), now_, false};
      set.is_set = *reinterpret_cast<const int64_t*>(scene.record + revert.slot) != kNotSet;
      if (revert.timed()) set.due = RevertDue(revert, scene.record, now_);
      if (set.due == kNotSet || !CollectBefore(scene, revert, set.is_set)) {
        revert_values_.resize(set.values_at);
        continue;
      }
      for (const plan::ControlPlan& control : revert.controls) revert_values_.push_back(ControlValue(scene, control));
      revert_sets_.push_back(set);
    }
  }
}

/// An action that sets something has lost its conflict: the one the way back belongs to, or any.
bool Shard::HasLost(uint32_t firing, uint32_t action) const {
  if (losses_.empty()) return false;
  const CaseState& state = cases_[fired_[firing].rule_case];
  for (uint32_t a = 0; a < state.actions; ++a) {
    if ((action == plan::kNoHandler || action == a) && IsSuppressed(firing, a, nullptr)) return true;
  }
  return false;
}

/// While the way back is set already, its values stay those from before the first firing. False if one is not known.
bool Shard::CollectBefore(const Scene& scene, const plan::RevertPlan& revert, bool is_set) {
  for (const plan::BeforePlan& before : revert.before) {
    MrValue value = ReadAttribute(*scene.entity, scene.entity->plan->attributes[before.attribute], scene.record);
    if (is_set) {
      const auto& kept = *reinterpret_cast<const MrKept*>(scene.record + before.slot);
      value = {kept.bits, kept.known};
    }
    if (value.known == 0) return false;
    revert_values_.push_back(value);
  }
  return true;
}

/// Of a text in a set: whether it is there.
MrValue Shard::ControlValue(const Scene& scene, const plan::ControlPlan& control) const {
  const MrValue value = ReadAttribute(*scene.entity, scene.entity->plan->attributes[control.attribute], scene.record);
  if (control.item == plan::kNoHandler) return value;
  return {HasItem(value, control.item) ? 1 : 0, 1};
}

/// After the effects of the round: what they have written is the rule's own. A firing that has changed nothing of what its actions
/// set leaves nothing to take back.
void Shard::SetReverts(const Scene& scene) {
  for (const RevertSet& set : revert_sets_) {
    const plan::RevertPlan& revert = program_.plan().rules[set.rule].revert;
    const MrValue* value = revert_values_.data() + set.values_at;
    const MrValue* controlled = value + revert.before.size();
    bool changed = set.is_set || revert.controls.empty(), lost = false;
    for (size_t i = 0; i < revert.controls.size(); ++i) {
      const plan::ControlPlan& control = revert.controls[i];
      const MrValue now = ControlValue(scene, control);
      changed |= now.known != controlled[i].known || now.bits != controlled[i].bits;
      // Of additions and removals of one text in a round the removal is what stays.
      lost |= control.item != plan::kNoHandler && (now.bits != 0) != control.added;
    }
    if (!changed || lost) continue;
    for (const plan::BeforePlan& before : revert.before) {
      *reinterpret_cast<MrKept*>(scene.record + before.slot) = {value->bits, value->known};
      ++value;
    }
    *reinterpret_cast<int64_t*>(scene.record + revert.slot) = set.due;
    if (revert.timed()) {
      ArmSource(scene, revert.timer);
    } else {
      Mark(scene, revert.unit);
    }
  }
  revert_sets_.clear();
  revert_values_.clear();
}

}  // namespace mrule::runtime
