// SPDX-License-Identifier: Apache-2.0
// Dates with durations. Instants and durations are plain int64_t sums in arithmetic.cpp; calendar arithmetic
// that needs a zone is not a kernel's business.
#include "stdlib/kernels/kernel.h"

namespace {
constexpr int64_t kDayMicros = 86'400'000'000;
// Days whose year fits what the formulas below multiply; no date that can be written is outside.
constexpr int64_t kDaysMax = 1'000'000'000'000;

struct Civil {
  int64_t year, month, day;
};

bool IsLeap(int64_t year) { return year % 4 == 0 && (year % 100 != 0 || year % 400 == 0); }

// The proleptic Gregorian calendar, with years that begin in March, so that the leap day is the last.
Civil CivilOf(int64_t days) {
  days += 719468;  // 0000-03-01
  const int64_t era = (days >= 0 ? days : days - 146096) / 146097;
  const int64_t of_era = days - era * 146097;
  const int64_t year = (of_era - of_era / 1460 + of_era / 36524 - of_era / 146096) / 365;
  const int64_t of_year = of_era - (365 * year + year / 4 - year / 100);
  const int64_t month = (5 * of_year + 2) / 153;  // 0 is March
  const int64_t civil_month = month < 10 ? month + 3 : month - 9;
  return {year + era * 400 + (civil_month <= 2 ? 1 : 0), civil_month, of_year - (153 * month + 2) / 5 + 1};
}

int64_t DaysOf(Civil civil) {
  const int64_t year = civil.year - (civil.month <= 2 ? 1 : 0);
  const int64_t era = (year >= 0 ? year : year - 399) / 400;
  const int64_t of_era_year = year - era * 400;
  const int64_t of_year = (153 * (civil.month > 2 ? civil.month - 3 : civil.month + 9) + 2) / 5 + civil.day - 1;
  const int64_t of_era = of_era_year * 365 + of_era_year / 4 - of_era_year / 100 + of_year;
  return era * 146097 + of_era - 719468;
}

bool IsOutside(int64_t days) { return days < -kDaysMax || days > kDaysMax; }
}  // namespace

extern "C" {

MrStatus mr_k_add_date(int64_t date, int64_t duration, int64_t* out) {
  if (duration % kDayMicros != 0) return kMrUnknown;
  int64_t sum;
  if (__builtin_add_overflow(date, duration / kDayMicros, &sum)) return kMrOverflow;
  return *out = sum, kMrOk;
}

MrStatus mr_k_sub_date(int64_t date, int64_t duration, int64_t* out) {
  if (duration % kDayMicros != 0) return kMrUnknown;
  int64_t difference;
  if (__builtin_sub_overflow(date, duration / kDayMicros, &difference)) return kMrOverflow;
  return *out = difference, kMrOk;
}

MrStatus mr_k_sub_dates(int64_t a, int64_t b, int64_t* out) {
  int64_t days, micros;
  if (__builtin_sub_overflow(a, b, &days) || __builtin_mul_overflow(days, kDayMicros, &micros))
    return kMrOverflow;
  return *out = micros, kMrOk;
}

MrStatus mr_k_year(int64_t date, int64_t* out) {
  if (IsOutside(date)) return kMrUnknown;
  return *out = CivilOf(date).year, kMrOk;
}

MrStatus mr_k_month(int64_t date, int64_t* out) {
  if (IsOutside(date)) return kMrUnknown;
  return *out = CivilOf(date).month, kMrOk;
}

MrStatus mr_k_day(int64_t date, int64_t* out) {
  if (IsOutside(date)) return kMrUnknown;
  return *out = CivilOf(date).day, kMrOk;
}

MrStatus mr_k_weekday(int64_t date, int64_t* out) {
  if (IsOutside(date)) return kMrUnknown;
  return *out = ((date + 3) % 7 + 7) % 7 + 1, kMrOk;  // 1970-01-01 was a Thursday
}

MrStatus mr_k_anniversary(int64_t date, int64_t from, int64_t* out) {
  if (IsOutside(date) || IsOutside(from)) return kMrUnknown;
  const Civil first = CivilOf(date);
  for (int64_t year = CivilOf(from).year;; ++year) {
    const bool no_leap_day = first.month == 2 && first.day == 29 && !IsLeap(year);
    const int64_t day = DaysOf({year, first.month, no_leap_day ? 28 : first.day});
    if (day >= from) return *out = day, kMrOk;
  }
}

}  // extern "C"
