// SPDX-License-Identifier: Apache-2.0
// The internal events that are due at the instant at hand: deadlines of absences, occurrences of schedules. Timers add them when
// the instant is completed; the shard lets them happen after the state has been judged (S1): subjects in order of first
// appearance, within a subject in order of declaration, and of one declaration in the order in which they were added.
#pragma once

#include <algorithm>
#include <cstdint>
#include <span>
#include <tuple>
#include <vector>

#include "compiler/plan/plan.h"
#include "stdlib/abi.h"

namespace mrule::runtime {

struct DueEvent {
  uint64_t sequence;   ///< RecordHeader::sequence of the subject
  uint32_t event;      ///< index into Plan::events; its only subject is the entity below
  uint32_t order;      ///< as added
  uint32_t entity;
  uint32_t record;     ///< index within its entity
  uint32_t fields_at;  ///< first of its fields in the list's memory
  /// The timer source whose runs are due, each an event of its own, or null. Whether they are is asked when their turn comes: an
  /// event of the same instant may have ended them.
  const plan::TimerSource* runs;
};

class DueEvents {
 public:
  /// `fields`: one value for each of EventPlan::fields; texts are pooled.
  void Add(uint64_t sequence, uint32_t entity, uint32_t record, uint32_t event, std::span<const MrValue> fields) {
    const auto fields_at = static_cast<uint32_t>(fields_.size());
    fields_.insert(fields_.end(), fields.begin(), fields.end());
    events_.push_back({sequence, event, static_cast<uint32_t>(events_.size()), entity, record, fields_at, nullptr});
  }
  /// Whatever runs of `source` are due when its turn comes.
  void AddRuns(uint64_t sequence, uint32_t entity, uint32_t record, const plan::TimerSource& source) {
    events_.push_back({sequence, source.delivers, static_cast<uint32_t>(events_.size()), entity, record, 0, &source});
  }
  /// Calls `visit(record)` for each event of the entity's subjects.
  template <typename Visit>
  void ForEachOf(uint32_t entity, Visit visit) const {
    for (const DueEvent& event : events_) {
      if (event.entity == entity) visit(event.record);
    }
  }
  bool empty() const { return events_.empty(); }
  std::vector<DueEvent>& Sorted() {
    auto comes_first = [](const DueEvent& a, const DueEvent& b) {
      return std::tie(a.sequence, a.event, a.order) < std::tie(b.sequence, b.event, b.order);
    };
    if (!std::is_sorted(events_.begin(), events_.end(), comes_first)) std::sort(events_.begin(), events_.end(), comes_first);
    return events_;
  }
  const MrValue* fields(const DueEvent& event) const { return fields_.data() + event.fields_at; }
  void Clear() {
    events_.clear();
    fields_.clear();
  }

 private:
  std::vector<DueEvent> events_;
  std::vector<MrValue> fields_;
};

}  // namespace mrule::runtime
