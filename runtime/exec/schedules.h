// SPDX-License-Identifier: Apache-2.0
// When the plan's schedules occur that read one clock for all subjects. A subject's own clock is a timer of the subject
// (plan::TimerSource::Kind::kSchedule). Owned by the shard, which asks it for the next instant beside its timers.
#pragma once

#include <cstdint>
#include <vector>

#include "runtime/program/program.h"

namespace mrule::runtime {

class Schedules {
 public:
  explicit Schedules(const Program& program);

  /// Time begins or goes on at `instant`: occurrences from there on count.
  void StartAt(int64_t instant);
  bool started() const { return started_; }
  /// The next instant at which one occurs, or calendar::kNever.
  int64_t Next() const { return next_; }
  /// Moves past `now`, which is at most Next(), and appends the indexes of the schedules that occur then, rising.
  void PopAt(int64_t now, std::vector<uint32_t>& due);

 private:
  int64_t NextOf(uint32_t schedule, int64_t instant) const;

  struct Entry {
    uint32_t schedule;
    int64_t next;
  };
  const Program& program_;
  std::vector<Entry> entries_;  // in order of index
  int64_t next_ = calendar::kNever;
  bool started_ = false;
};

}  // namespace mrule::runtime
