// SPDX-License-Identifier: Apache-2.0
// Arithmetic of days in the Gregorian calendar, extended to all years.
#include "stdlib/calendar/calendar.h"

namespace mrule::calendar {
namespace {

constexpr int64_t kDaysOf400Years = 146'097;
constexpr int64_t kEpochSinceMarch0 = 719'468;  // days from 0000-03-01 to 1970-01-01

constexpr int64_t FloorDiv(int64_t a, int64_t b) { return a / b - (a % b != 0 && (a % b < 0) != (b < 0) ? 1 : 0); }
constexpr int64_t FloorMod(int64_t a, int64_t b) { return a - FloorDiv(a, b) * b; }

/// Years begin in March here, so that the leap day is the last of its year.
constexpr int64_t DayOfMonthStart(int64_t year, int month) {
  const int64_t shifted = month <= 2 ? year - 1 : year;
  const int64_t era = FloorDiv(shifted, 400);
  const int64_t year_of_era = shifted - era * 400;
  const int64_t day_of_year = (153 * (month > 2 ? month - 3 : month + 9) + 2) / 5;
  const int64_t day_of_era = year_of_era * 365 + year_of_era / 4 - year_of_era / 100 + day_of_year;
  return era * kDaysOf400Years + day_of_era - kEpochSinceMarch0;
}

/// Months since 0000-01.
int64_t MonthNumber(int64_t day) {
  const Date date = DateOf(day);
  return date.year * 12 + date.month - 1;
}

int64_t FirstDayOfMonth(int64_t number) {
  return DayOfMonthStart(FloorDiv(number, 12), static_cast<int>(FloorMod(number, 12)) + 1);
}

}  // namespace

Date DateOf(int64_t day) {
  const int64_t since = day + kEpochSinceMarch0;
  const int64_t era = FloorDiv(since, kDaysOf400Years);
  const int64_t day_of_era = since - era * kDaysOf400Years;
  const int64_t year_of_era = (day_of_era - day_of_era / 1460 + day_of_era / 36'524 - day_of_era / 146'096) / 365;
  const int64_t day_of_year = day_of_era - (365 * year_of_era + year_of_era / 4 - year_of_era / 100);
  const int64_t march_month = (5 * day_of_year + 2) / 153;
  Date date;
  date.month = static_cast<int>(march_month < 10 ? march_month + 3 : march_month - 9);
  date.day = static_cast<int>(day_of_year - (153 * march_month + 2) / 5) + 1;
  date.year = year_of_era + era * 400 + (date.month <= 2 ? 1 : 0);
  return date;
}

int64_t DayOf(const Date& date) { return FirstDayOfMonth(date.year * 12 + date.month - 1) + date.day - 1; }

int DaysInMonth(int64_t year, int month) {
  const int64_t number = year * 12 + month - 1;
  return static_cast<int>(FirstDayOfMonth(number + 1) - FirstDayOfMonth(number));
}

int WeekdayOf(int64_t day) { return static_cast<int>(FloorMod(day + 3, 7)) + 1; }  // 1970-01-01 was a Thursday

IsoWeek IsoWeekOf(int64_t day) {
  const int64_t thursday = day - WeekdayOf(day) + 4;
  const int64_t year = DateOf(thursday).year;
  return {year, static_cast<int>((thursday - DayOfMonthStart(year, 1)) / 7) + 1};
}

int64_t PeriodOf(Period period, int week_start, int64_t day) {
  switch (period) {
    case Period::kDay:
      return day;
    case Period::kWeek:
      return FloorDiv(day + 3 - (week_start - 1), 7);
    case Period::kMonth:
      return MonthNumber(day);
    case Period::kQuarter:
      return FloorDiv(MonthNumber(day), 3);
    case Period::kYear:
      return DateOf(day).year;
  }
  return day;
}

int64_t FirstDayOf(Period period, int week_start, int64_t number) {
  switch (period) {
    case Period::kDay:
      return number;
    case Period::kWeek:
      return number * 7 - 3 + (week_start - 1);
    case Period::kMonth:
      return FirstDayOfMonth(number);
    case Period::kQuarter:
      return FirstDayOfMonth(number * 3);
    case Period::kYear:
      return FirstDayOfMonth(number * 12);
  }
  return number;
}

}  // namespace mrule::calendar
