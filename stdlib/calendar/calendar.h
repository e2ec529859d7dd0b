// SPDX-License-Identifier: Apache-2.0
// Civil time: the only door to the IANA database of time zones (cctz reads its files). Between an instant and a local day and time
// of day in a zone, the starts of calendar periods, and the arithmetic of days, which needs no zone. Used by the checker (is there
// such a zone?), by plans' runtime functions and by schedules. Pure functions; zones are loaded once and live for ever; everything may be
// called from several threads. No machine setting is read but the environment variable TZDIR.
#pragma once

#include <cstdint>
#include <string>
#include <string_view>
#include <vector>

namespace mrule::calendar {

inline constexpr int64_t kDayMicros = 86'400'000'000;

/// A zone of the database. Only ever handed out by pointer or reference, valid for the life of the process.
class Zone;

/// `Europe/Berlin`, `UTC`, also old names that the database links to new ones. Null: there is none of that name.
const Zone* FindZone(std::string_view name);
const Zone& Utc();
std::string_view NameOf(const Zone& zone);
/// All names there are, sorted: for suggestions.
const std::vector<std::string>& ZoneNames();
/// Which edition of the database is read, such as `2026f`; `unknown` if its files do not say.
const std::string& DatabaseVersion();

/// A point of civil time.
struct Local {
  int64_t day = 0;     ///< since 1970-01-01
  int64_t micros = 0;  ///< since local midnight, by the wall clock: 09:00 is nine hours, whatever the clocks did that night

  friend bool operator==(const Local&, const Local&) = default;
};

Local ToLocal(const Zone& zone, int64_t instant_micros);
/// S8: a local time that does not exist is the first instant that does after it; of one that exists twice it is the first.
/// Saturates at the ends of what an instant can say.
int64_t ToInstant(const Zone& zone, int64_t day, int64_t micros);

// --- days and dates -------------------------------------------------------------------------------------------------------

struct Date {
  int64_t year = 1970;
  int month = 1;  ///< 1 to 12
  int day = 1;    ///< 1 to 31

  friend bool operator==(const Date&, const Date&) = default;
};

Date DateOf(int64_t day);
/// A month outside 1 to 12 and a day outside the month are carried on: 2026-14-00 is 2027-01-31.
int64_t DayOf(const Date& date);
int DaysInMonth(int64_t year, int month);
/// ISO: Monday is 1, Sunday 7.
int WeekdayOf(int64_t day);

/// ISO 8601: weeks begin on Monday, and week 1 of a year is the one with its first Thursday.
struct IsoWeek {
  int64_t year = 1970;
  int week = 1;

  friend bool operator==(const IsoWeek&, const IsoWeek&) = default;
};
IsoWeek IsoWeekOf(int64_t day);

// --- periods --------------------------------------------------------------------------------------------------------------

enum class Period : uint8_t { kDay, kWeek, kMonth, kQuarter, kYear };

/// The number of the period a day lies in, counted so that the next period has the next number. `week_start`: ISO weekday.
int64_t PeriodOf(Period period, int week_start, int64_t day);
/// The first day of the period of that number.
int64_t FirstDayOf(Period period, int week_start, int64_t number);

/// The instant at which the period begins that contains `instant`, or the one `back` periods before it (after it, if negative).
/// A period contains what lies from its own start to the next one's, so that with time going on its start never goes back, also
/// where a clock that is set back repeats the end of a day after midnight has passed.
int64_t StartOf(const Zone& zone, Period period, int week_start, int64_t instant, int64_t back);

}  // namespace mrule::calendar
