// SPDX-License-Identifier: Apache-2.0
// What the oracle says of windows, times of the day and schedules on a calendar (S1, S4, S8).
#include <algorithm>
#include <cstdlib>

#include "tests/oracle/civil.h"
#include "tests/oracle/world.h"

namespace mrule::oracle {

namespace {

std::string ZoneOf(const std::string& zone, const Moment& moment) {
  if (zone != "contact") return zone.empty() ? moment.program->zone : zone;
  const auto own = moment.subject->attributes.find("time_zone");
  const bool has = own != moment.subject->attributes.end() && own->second.known() && IsZone(own->second.text);
  if (has) return own->second.text;
  return moment.program->contact_zone.empty() ? moment.program->zone : moment.program->contact_zone;
}

bool OnDays(const std::string& days, int64_t day) {
  const bool weekend = WeekdayOf(day) >= 6;
  return days.empty() || weekend == (days == "weekends");
}

}  // namespace

Span SpanOf(const Window& window, const Moment& moment) {
  const Time now = moment.now;
  constexpr Time kJust = 1;  // rolling windows hold their end and not their beginning
  const auto start = [&](Period period, int64_t back) {
    return StartOf(ZoneOf(window.zone, moment), period, moment.program->week_start, now, back);
  };
  switch (window.kind) {
    case Window::Kind::kAllTime:
      return {INT64_MIN, now};
    case Window::Kind::kRolling:
      return {now - window.length + kJust, now};
    case Window::Kind::kLagged:
    case Window::Kind::kPrevious:
      return {now - window.lag - window.length + kJust, now - window.lag};
    case Window::Kind::kCurrent:
      return {start(window.period, 0), now};
    case Window::Kind::kFull:
      return {start(window.period, window.count), start(window.period, 0) - kJust};
    case Window::Kind::kSameDay:
      return {start(Period::kDay, 7), start(Period::kDay, 6) - kJust};
  }
  std::abort();
}

bool IsRecent(const Limit& limit, Time at, const Moment& moment) {
  if (limit.calendar.empty()) return limit.period == 0 || at > moment.now - limit.period;
  return at >=
         StartOf(ZoneOf(limit.zone, moment), limit.calendar[0], moment.program->week_start, moment.now, 0);
}

Time DueOf(const Until& until, const Moment& moment) {
  if (until.kind == Until::Kind::kFor) return moment.now + until.time;
  const std::string zone = ZoneOf(until.zone, moment);
  const int64_t today = DayOf(zone, moment.now);
  Time due = until.time;
  switch (until.kind) {
    case Until::Kind::kFor:
    case Until::Kind::kInstant:
      break;
    case Until::Kind::kTime:
    case Until::Kind::kWeekday: {  // the next one after this moment
      int64_t day = today;
      const auto is_day = [&until](int64_t one) {
        return until.kind == Until::Kind::kTime || WeekdayOf(one) == until.day;
      };
      while (!is_day(day) || InstantOf(zone, day, until.time) <= moment.now) ++day;
      due = InstantOf(zone, day, until.time);
      break;
    }
    case Until::Kind::kTomorrow:
      due = InstantOf(zone, today + 1, until.time);
      break;
    case Until::Kind::kDate:
      due = InstantOf(zone, until.day, until.time);
      break;
  }
  return due > moment.now ? due : 0;
}

bool IsBetween(const Expr& e, const Moment& moment) {
  const std::string zone = ZoneOf(e.text, moment);
  const int64_t today = DayOf(zone, moment.now);
  for (int64_t day = today - 1; day <= today; ++day) {  // over midnight it began yesterday
    if (!OnDays(e.days, day)) continue;
    const Time begin = InstantOf(zone, day, e.from),
               end = InstantOf(zone, e.to > e.from ? day : day + 1, e.to);
    if (begin <= moment.now && moment.now < end) return true;
  }
  return false;
}

bool Occurs(const Schedule& schedule, const Moment& moment) {
  if (schedule.kind == Schedule::Kind::kInterval) return moment.now % schedule.interval == 0;
  const std::string zone = ZoneOf(schedule.zone, moment);
  const int64_t day = DayOf(zone, moment.now);
  const auto chosen = [&schedule, day](int one) {
    if (schedule.kind == Schedule::Kind::kWeekdays) return one == WeekdayOf(day);
    return one == 0 ? IsLastOfMonth(day) : one == DayOfMonth(day);
  };
  if (schedule.kind != Schedule::Kind::kDays &&
      std::none_of(schedule.days.begin(), schedule.days.end(), chosen))
    return false;
  return std::any_of(schedule.times.begin(), schedule.times.end(),
                     [&](Time time) { return InstantOf(zone, day, time) == moment.now; });
}

void CollectEdges(const Program& program, const std::set<Time>& times, Time from, Time to,
                  std::set<Time>& out) {
  for (const std::string& zone : ZoneNames()) {
    for (int64_t day = DayOf(zone, from) - 1; day <= DayOf(zone, to) + 1; ++day) {
      for (const Time time : times) {
        const Time at = InstantOf(zone, day, time);
        if (at >= from && at <= to) out.insert(at);
      }
    }
  }
  for (const Rule& rule : program.rules) {
    for (const Schedule& schedule : rule.schedule) {
      const Time step = schedule.interval;
      for (Time at = step == 0 ? to + 1 : (from + step - 1) / step * step; at <= to; at += step)
        out.insert(at);
    }
  }
}

}  // namespace mrule::oracle
