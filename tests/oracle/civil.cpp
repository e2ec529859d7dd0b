// SPDX-License-Identifier: Apache-2.0
#include "tests/oracle/civil.h"

#include <algorithm>
#include <chrono>
#include <cstdlib>
#include <vector>

namespace mrule::oracle {

namespace {

struct Change {
  const char* at;  ///< UTC, 2026-MM-DDTHH:MM
  int minutes;     ///< ahead of UTC from then on
};

struct Zone {
  std::string name;
  int minutes;  ///< before the first change
  std::vector<Change> changes;
};

// From the IANA database's rules: European Union, United States, Lebanon (at midnight), Lord Howe (by half an
// hour).
const std::vector<Zone>& Zones() {
  static const std::vector<Zone> zones = {
      {"", 0, {}},
      {"UTC", 0, {}},
      {"Asia/Kolkata", 330, {}},
      {"Europe/Berlin", 60, {{"03-29T01:00", 120}, {"10-25T01:00", 60}}},
      {"America/New_York", -300, {{"03-08T07:00", -240}, {"11-01T06:00", -300}}},
      {"Asia/Beirut", 120, {{"03-28T22:00", 180}, {"10-24T21:00", 120}}},
      {"Australia/Lord_Howe", 660, {{"04-04T15:00", 630}, {"10-03T15:30", 660}}},
  };
  return zones;
}

Time InstantOf2026(const std::string& text) {
  const auto number = [&text](size_t at) { return std::stoi(text.substr(at, 2)); };
  const std::chrono::sys_days day{std::chrono::year(2026) / number(0) / number(3)};
  return day.time_since_epoch().count() * kDay + number(6) * kHour + number(9) * kMinute;
}

const Zone& ZoneNamed(const std::string& name) {
  for (const Zone& zone : Zones()) {
    if (zone.name == name) return zone;
  }
  std::abort();
}

std::chrono::year_month_day DateOf(int64_t day) {
  return std::chrono::year_month_day{std::chrono::sys_days{std::chrono::days{day}}};
}

int64_t DayOf(std::chrono::year_month_day date) {
  return std::chrono::sys_days{date}.time_since_epoch().count();
}

int64_t Floor(int64_t a, int64_t b) { return a / b - (a % b < 0 ? 1 : 0); }

}  // namespace

Time OffsetAt(const std::string& zone, Time instant) {
  const Zone& found = ZoneNamed(zone);
  int minutes = found.minutes;
  for (const Change& change : found.changes) {
    if (instant >= InstantOf2026(change.at)) minutes = change.minutes;
  }
  return minutes * kMinute;
}

int64_t DayOf(const std::string& zone, Time instant) {
  return Floor(instant + OffsetAt(zone, instant), kDay);
}

Time InstantOf(const std::string& zone, int64_t day, Time time_of_day) {
  const Time local = day * kDay + time_of_day;
  const Zone& found = ZoneNamed(zone);
  std::vector<int> offsets = {found.minutes};
  for (const Change& change : found.changes) offsets.push_back(change.minutes);
  Time first = INT64_MAX;
  for (const int minutes : offsets) {
    const Time instant = local - minutes * kMinute;
    if (OffsetAt(zone, instant) == minutes * kMinute) first = std::min(first, instant);
  }
  if (first != INT64_MAX) return first;
  for (const Change& change :
       found.changes) {  // in a gap: clocks show less before the change and more from it on
    const Time at = InstantOf2026(change.at);
    if (at - 1 + OffsetAt(zone, at - 1) < local && local < at + OffsetAt(zone, at)) return at;
  }
  std::abort();
}

std::vector<std::string> ZoneNames() {
  std::vector<std::string> names;
  for (const Zone& zone : Zones()) names.push_back(zone.name);
  return names;
}

bool IsZone(const std::string& name) {
  const std::vector<std::string> names = ZoneNames();
  return !name.empty() && std::find(names.begin(), names.end(), name) != names.end();
}

int WeekdayOf(int64_t day) {
  const int64_t since_monday = day + 3;  // 1970-01-01 was a Thursday
  return static_cast<int>(since_monday - Floor(since_monday, 7) * 7) + 1;
}

int DayOfMonth(int64_t day) { return static_cast<int>(static_cast<unsigned>(DateOf(day).day())); }

bool IsLastOfMonth(int64_t day) { return DayOfMonth(day + 1) == 1; }

Time StartOf(const std::string& zone, Period period, int week_start, Time instant, int64_t back) {
  const int64_t day = DayOf(zone, instant);
  const std::chrono::year_month_day date = DateOf(day);
  const auto months = [&date](unsigned month, int64_t by) {
    const auto moved = date.year() / std::chrono::month(month) / 1 - std::chrono::months(by);
    return DayOf(std::chrono::year_month_day(moved));
  };
  const auto month = static_cast<unsigned>(date.month());
  switch (period) {
    case Period::kDay:
      return InstantOf(zone, day - back, 0);
    case Period::kWeek:
      return InstantOf(zone, day - (WeekdayOf(day) - week_start + 7) % 7 - 7 * back, 0);
    case Period::kMonth:
      return InstantOf(zone, months(month, back), 0);
    case Period::kQuarter:
      return InstantOf(zone, months((month - 1) / 3 * 3 + 1, 3 * back), 0);
    case Period::kYear:
      return InstantOf(zone, months(1, 12 * back), 0);
  }
  std::abort();
}

}  // namespace mrule::oracle
