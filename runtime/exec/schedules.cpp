// SPDX-License-Identifier: Apache-2.0
#include "runtime/exec/schedules.h"

#include <algorithm>

namespace mrule::runtime {

Schedules::Schedules(const Program& program) : program_(program) {
  const plan::Plan& plan = program.plan();
  for (uint32_t i = 0; i < plan.schedules.size(); ++i) {
    const plan::SchedulePlan& schedule = plan.schedules[i];
    const bool fires = plan.events[schedule.event].handlers[0] != plan::kNoHandler;
    if (fires && !schedule.zone.of_subject) entries_.push_back({i, calendar::kNever});
  }
}

int64_t Schedules::NextOf(uint32_t schedule, int64_t instant) const {
  return calendar::FirstAtOrAfter(program_.plan().schedules[schedule].recurrence, program_.ScheduleZone(schedule), instant);
}

void Schedules::StartAt(int64_t instant) {
  started_ = true;
  next_ = calendar::kNever;
  for (Entry& entry : entries_) {
    entry.next = NextOf(entry.schedule, instant);
    next_ = std::min(next_, entry.next);
  }
}

void Schedules::PopAt(int64_t now, std::vector<uint32_t>& due) {
  if (next_ > now) return;
  next_ = calendar::kNever;
  for (Entry& entry : entries_) {
    if (entry.next <= now) {
      due.push_back(entry.schedule);
      entry.next = NextOf(entry.schedule, now + 1);
    }
    next_ = std::min(next_, entry.next);
  }
}

}  // namespace mrule::runtime
