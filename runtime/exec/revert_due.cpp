// SPDX-License-Identifier: Apache-2.0
#include "runtime/exec/revert_due.h"

#include "runtime/exec/clock.h"

namespace mrule::runtime {
namespace {

using When = hir::Revert::When;
}  // namespace

int64_t RevertDue(const plan::RevertPlan& revert, const char* record, int64_t now) {
  const hir::Revert& when = revert.when;
  int64_t due = INT64_MAX;
  if (when.when == When::kFor) return __builtin_add_overflow(now, when.micros, &due) ? INT64_MAX : due;
  if (when.when == When::kInstant) return when.micros > now ? when.micros : INT64_MAX;
  const calendar::Zone& zone = ZoneOf(revert.clock, record);
  const int64_t today = calendar::ToLocal(zone, now).day;
  switch (when.when) {
    case When::kTimeOfDay:
    case When::kWeekday: {
      const int64_t step = when.when == When::kWeekday ? 7 : 1;
      int64_t day = today;
      if (when.when == When::kWeekday) day += (when.day - calendar::WeekdayOf(today) + 7) % 7;
      due = calendar::ToInstant(zone, day, when.micros);
      if (due <= now) due = calendar::ToInstant(zone, day + step, when.micros);
      break;
    }
    case When::kTomorrow:
      due = calendar::ToInstant(zone, today + 1, when.micros);
      break;
    case When::kDate:
      due = calendar::ToInstant(zone, when.day, when.micros);
      break;
    case When::kNever:
    case When::kCondition:
    case When::kFor:
    case When::kInstant:
      break;
  }
  return due > now ? due : INT64_MAX;
}

}  // namespace mrule::runtime
