// SPDX-License-Identifier: Apache-2.0
// What repeats by the clock: the occurrences of a schedule, and the spans of time in which a condition on the time of day holds.
// Both are written in local time and mean instants (S8): a local time that does not exist is the next instant that does, one that
// exists twice is the first. Made by the checker, kept in plans, read by the runtime. Pure functions.
#pragma once

#include <cstdint>
#include <vector>

#include "stdlib/calendar/calendar.h"

namespace mrule::calendar {

inline constexpr int64_t kNever = INT64_MAX;
inline constexpr uint8_t kEveryWeekday = 0x7F;
inline constexpr uint8_t kMondayToFriday = 0x1F;
inline constexpr uint8_t kSaturdayAndSunday = 0x60;

/// Days of a calendar: those of a weekday, and those of a day of the month.
struct Days {
  uint8_t weekdays = kEveryWeekday;  ///< bit 0 Monday … bit 6 Sunday
  uint32_t month_days = 0;           ///< bit 1 … 31, bit 0 the last day; 0: any

  bool Contains(int64_t day) const;
  friend bool operator==(const Days&, const Days&) = default;
};

/// A schedule. Exactly one of interval, date and days says when; `times` go with the latter two.
struct Recurrence {
  int64_t interval_micros = 0;       ///< not 0: its multiples, counted from 1970-01-01T00:00:00Z; no zone
  bool once = false;                 ///< only on `date`
  int64_t date = 0;
  Days days;
  std::vector<int64_t> times{0};     ///< of the day, rising

  friend bool operator==(const Recurrence&, const Recurrence&) = default;
};

/// The first occurrence at `instant` or after it, or kNever.
int64_t FirstAtOrAfter(const Recurrence& recurrence, const Zone& zone, int64_t instant);

/// From `from` of each of the days until `to`, which is of the next day if it is not after `from` (so 0 to 0 is the whole day).
struct ClockSpan {
  Days days;
  int64_t from_micros = 0;
  int64_t to_micros = 0;

  friend bool operator==(const ClockSpan&, const ClockSpan&) = default;
};

/// Is the instant inside, and how long does that last?
struct ClockState {
  bool inside = false;
  int64_t until = kNever;  ///< the next instant at which it may be otherwise
};
ClockState StateAt(const ClockSpan& span, const Zone& zone, int64_t instant);

}  // namespace mrule::calendar
