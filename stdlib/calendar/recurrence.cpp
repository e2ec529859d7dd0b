// SPDX-License-Identifier: Apache-2.0
// Days are walked one by one: of any set of days there is one in every 62, the longest time between two 31sts.
#include "stdlib/calendar/recurrence.h"

#include <algorithm>

namespace mrule::calendar {
namespace {

constexpr int64_t kDaysWalkedMax = 64;

}  // namespace

bool Days::Contains(int64_t day) const {
  if ((weekdays >> (WeekdayOf(day) - 1) & 1) == 0) return false;
  if (month_days == 0) return true;
  const Date date = DateOf(day);
  if ((month_days >> date.day & 1) != 0) return true;
  return (month_days & 1) != 0 && date.day == DaysInMonth(date.year, date.month);
}

int64_t FirstAtOrAfter(const Recurrence& recurrence, const Zone& zone, int64_t instant) {
  if (recurrence.interval_micros != 0) {
    const int64_t past = instant % recurrence.interval_micros;
    if (past == 0) return instant;
    int64_t next;
    const int64_t ahead = past > 0 ? recurrence.interval_micros - past : -past;
    return __builtin_add_overflow(instant, ahead, &next) ? kNever : next;
  }
  // Instants rise with local times, so the first that is not before `instant` is the next. One day earlier than its own, because
  // a clock that is set back over midnight shows the day before once more.
  const int64_t first = recurrence.once ? recurrence.date : ToLocal(zone, instant).day - 1;
  const int64_t last = recurrence.once ? recurrence.date : first + kDaysWalkedMax;
  for (int64_t day = first; day <= last; ++day) {
    if (!recurrence.once && !recurrence.days.Contains(day)) continue;
    for (int64_t time : recurrence.times) {
      const int64_t at = ToInstant(zone, day, time);
      if (at >= instant) return at;
    }
  }
  return kNever;
}

ClockState StateAt(const ClockSpan& span, const Zone& zone, int64_t instant) {
  ClockState state;
  const int64_t days = span.to_micros <= span.from_micros ? 1 : 0;
  const int64_t first = ToLocal(zone, instant).day - 2;
  for (int64_t day = first; day <= first + kDaysWalkedMax + 2; ++day) {
    if (!span.days.Contains(day)) continue;
    const int64_t begin = ToInstant(zone, day, span.from_micros);
    const int64_t end = ToInstant(zone, day + days, span.to_micros);
    if (begin > instant) {
      state.until = begin;
      return state;
    }
    if (end > instant) {
      state.inside = true;
      state.until = end;
      return state;
    }
  }
  return state;
}

}  // namespace mrule::calendar
