// SPDX-License-Identifier: Apache-2.0
// What is judged on state, and when it must be looked at again: holds, segments and rules of one entity, the slots each one
// reads, and the instants at which time alone can change it.
#pragma once

#include <map>
#include <tuple>
#include <vector>

#include "compiler/plan/context.h"

namespace mrule::plan {

class UnitBuilder {
 public:
  UnitBuilder(Context& context, hir::EntityId entity) : context_(context), entity_(entity) {}

  /// Makes the entity's units of its holds, segments and state rules, whose conditions have been lowered, and their timers.
  /// Slots are indexes still.
  void Build(const std::vector<JudgeUnit>& segments, const std::vector<JudgeUnit>& rules);
  /// Units and timers that depend on what a function writes.
  void MarkWritten(const ir::Function& update, Handler& handler) const;
  /// Gives the entity its units and timers, with offsets for slots. After EntityState::Layout.
  void Finish(EntityPlan& out, const EntityState& state);
  size_t unit_count() const { return units_.size(); }

 private:
  struct Source {
    TimerSource timer;
    std::vector<uint32_t> units;
    bool only_falling = true;  ///< a leaving value can only turn these units false, and all are rules
  };

  void ReadBy(uint32_t unit, uint32_t slot) { units_by_slot_[slot].push_back(unit); }
  void Scan(uint32_t unit);
  /// A timer that lets an internal event happen and marks nothing; returns its place among the entity's timers.
  uint32_t AddDelivery(TimerSource::Kind kind, uint32_t slot, uint32_t slot2, uint32_t event);
  void AddTimer(TimerSource::Kind kind, uint32_t slot, uint32_t slot2, int64_t micros, uint32_t unit, bool falling,
                uint32_t window = kNoWindow);
  /// Schedules by the subject's own clock: a timer of the subject.
  void AddSchedules();
  void AddDeadline(const SequenceState& state);
  void AddAges(uint32_t unit, const ir::Function& function);
  UnitMask MaskOf(const std::vector<uint32_t>& units) const;

  Context& context_;
  hir::EntityId entity_;
  std::vector<JudgeUnit> units_;
  std::vector<Source> sources_;
  std::map<std::tuple<TimerSource::Kind, uint32_t, uint32_t, int64_t, uint32_t>, uint32_t> source_by_key_;
  std::vector<std::vector<uint32_t>> units_by_slot_;
  std::vector<std::vector<uint32_t>> timers_by_slot_;
};

}  // namespace mrule::plan
