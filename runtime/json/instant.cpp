// SPDX-License-Identifier: Apache-2.0
// Calendar arithmetic on the proleptic Gregorian calendar, counted in 400-year eras that begin on 1 March.
#include "runtime/json/instant.h"

#include <algorithm>
#include <charconv>
#include <cstring>

#include "compiler/base/limits.h"

namespace mrule::runtime {
namespace {

constexpr int64_t kSecond = 1'000'000;
constexpr int64_t kMinute = 60 * kSecond;
constexpr int64_t kHour = 60 * kMinute;
constexpr int64_t kDay = 24 * kHour;

constexpr int64_t DaysFromCivil(int64_t year, int64_t month, int64_t day) {
  year -= month <= 2;
  const int64_t era = (year >= 0 ? year : year - 399) / 400;
  const int64_t year_of_era = year - era * 400;
  const int64_t day_of_year = (153 * (month > 2 ? month - 3 : month + 9) + 2) / 5 + day - 1;
  return era * 146'097 + year_of_era * 365 + year_of_era / 4 - year_of_era / 100 + day_of_year - 719'468;
}

struct Civil {
  int64_t year;
  int month;
  int day;
};

constexpr Civil CivilFromDays(int64_t days) {
  days += 719'468;
  const int64_t era = (days >= 0 ? days : days - 146'096) / 146'097;
  const int64_t day_of_era = days - era * 146'097;
  const int64_t year_of_era =
      (day_of_era - day_of_era / 1'460 + day_of_era / 36'524 - day_of_era / 146'096) / 365;
  const int64_t day_of_year = day_of_era - (365 * year_of_era + year_of_era / 4 - year_of_era / 100);
  const int64_t shifted_month = (5 * day_of_year + 2) / 153;
  const int day = static_cast<int>(day_of_year - (153 * shifted_month + 2) / 5 + 1);
  const int month = static_cast<int>(shifted_month < 10 ? shifted_month + 3 : shifted_month - 9);
  return {year_of_era + era * 400 + (month <= 2), month, day};
}

constexpr int DaysInMonth(int year, int month) {
  constexpr int kDays[] = {31, 28, 31, 30, 31, 30, 31, 31, 30, 31, 30, 31};
  const bool leap = year % 4 == 0 && (year % 100 != 0 || year % 400 == 0);
  return month == 2 && leap ? 29 : kDays[month - 1];
}

bool IsDigit(char c) { return c >= '0' && c <= '9'; }

/// Two or four digits at `p` as a number, or a negative one if they are not digits.
int Two(const char* p) { return IsDigit(p[0]) && IsDigit(p[1]) ? (p[0] - '0') * 10 + (p[1] - '0') : -1; }
int Four(const char* p) {
  const int high = Two(p), low = Two(p + 2);
  return high < 0 || low < 0 ? -1 : high * 100 + low;
}

bool LooksLikeLongYear(std::string_view text) {
  size_t i = !text.empty() && (text[0] == '+' || text[0] == '-') ? 1 : 0;
  size_t digits = 0;
  while (i < text.size() && IsDigit(text[i])) ++i, ++digits;
  return digits > 4 && i < text.size() && text[i] == '-';
}

/// The first ten bytes: YYYY-MM-DD.
TimeFault DatePart(const char* p, int64_t* days) {
  const int year = Four(p), month = Two(p + 5), day = Two(p + 8);
  if (year < 0 || month < 0 || day < 0 || p[4] != '-' || p[7] != '-') return TimeFault::kForm;
  if (month < 1 || month > 12 || day < 1) return TimeFault::kNoSuchTime;
  if (day > DaysInMonth(year, month)) return TimeFault::kNoSuchTime;
  if (year < 1) return TimeFault::kOutOfRange;
  *days = DaysFromCivil(year, month, day);
  return TimeFault::kNone;
}

/// A fraction's digits as microseconds, rounded down; moves `*i` past them. At least one digit is needed.
bool FractionPart(std::string_view text, size_t* i, int64_t* micros) {
  int64_t value = 0, weight = 100'000;
  const size_t begin = *i;
  for (; *i < text.size() && IsDigit(text[*i]); ++*i) {
    value += (text[*i] - '0') * weight;
    weight /= 10;
  }
  *micros = value;
  return *i > begin;
}

bool IsLastDayOfMonth(int64_t days) { return CivilFromDays(days + 1).day == 1; }

/// Everything but the usual form: fractions, offsets, leap seconds, and whatever is wrong.
TimeFault ParseInstantSlowly(std::string_view text, int64_t* micros) {
  if (text.size() < 10) return TimeFault::kForm;
  int64_t days = 0;
  if (const TimeFault fault = DatePart(text.data(), &days); fault != TimeFault::kNone) {
    return fault == TimeFault::kForm && LooksLikeLongYear(text) ? TimeFault::kOutOfRange : fault;
  }
  if (text.size() == 10) {
    *micros = days * kDay;
    return TimeFault::kNone;
  }
  const char* p = text.data();
  if (text.size() < 19 || (p[10] != 'T' && p[10] != 't' && p[10] != ' ') || p[13] != ':' || p[16] != ':') {
    return TimeFault::kForm;
  }
  const int hour = Two(p + 11), minute = Two(p + 14), second = Two(p + 17);
  if (hour < 0 || minute < 0 || second < 0) return TimeFault::kForm;
  if (hour > 23 || minute > 59 || second > 60) return TimeFault::kNoSuchTime;
  size_t i = 19;
  int64_t fraction = 0;
  if (i < text.size() && text[i] == '.') {
    ++i;
    if (!FractionPart(text, &i, &fraction)) return TimeFault::kForm;
  }
  if (i == text.size()) return TimeFault::kNoZone;
  int64_t offset = 0;
  if (text[i] == 'Z' || text[i] == 'z') {
    ++i;
  } else if (text[i] == '+' || text[i] == '-') {
    if (text.size() - i < 6 || text[i + 3] != ':') return TimeFault::kForm;
    const int offset_hour = Two(p + i + 1), offset_minute = Two(p + i + 4);
    if (offset_hour < 0 || offset_minute < 0) return TimeFault::kForm;
    if (offset_hour > 23 || offset_minute > 59) return TimeFault::kNoSuchTime;
    offset = (text[i] == '-' ? -1 : 1) * (offset_hour * kHour + offset_minute * kMinute);
    i += 6;
  } else {
    return TimeFault::kForm;
  }
  if (i != text.size()) return TimeFault::kForm;
  const bool leap = second == 60;
  if (leap) fraction = kSecond - 1;
  const int64_t at =
      days * kDay + hour * kHour + minute * kMinute + (leap ? 59 : second) * kSecond + fraction - offset;
  if (at < limits::kInstantMinMicros || at > limits::kInstantMaxMicros) return TimeFault::kOutOfRange;
  if (leap) {
    const int64_t at_days = (at - ((at % kDay + kDay) % kDay)) / kDay;
    if (at - at_days * kDay != kDay - 1 || !IsLastDayOfMonth(at_days)) return TimeFault::kNoSuchTime;
  }
  *micros = at;
  return TimeFault::kNone;
}

struct Unit {
  std::string_view name;
  int64_t micros;
};
constexpr Unit kUnits[] = {{"us", 1},    {"ms", 1'000}, {"s", kSecond}, {"min", kMinute},
                           {"h", kHour}, {"d", kDay},   {"w", 7 * kDay}};

char* Put2(char* out, int64_t v) {
  out[0] = static_cast<char>('0' + v / 10);
  out[1] = static_cast<char>('0' + v % 10);
  return out + 2;
}

/// `.5` for half a second; nothing for 0.
char* PutFraction(char* out, int64_t micros) {
  if (micros == 0) return out;
  *out++ = '.';
  for (int64_t weight = 100'000; micros != 0; weight /= 10) {
    *out++ = static_cast<char>('0' + micros / weight);
    micros %= weight;
  }
  return out;
}

char* PutDate(char* out, int64_t days) {
  const Civil civil = CivilFromDays(days);
  if (civil.year >= 0 && civil.year <= 9'999) {
    out = Put2(out, civil.year / 100);
    out = Put2(out, civil.year % 100);
  } else {
    out = std::to_chars(out, out + 20, civil.year).ptr;  // only arithmetic on instants can get here
  }
  *out++ = '-';
  out = Put2(out, civil.month);
  *out++ = '-';
  return Put2(out, civil.day);
}

char* PutClock(char* out, int64_t micros, bool always_seconds) {
  out = Put2(out, micros / kHour);
  *out++ = ':';
  out = Put2(out, micros % kHour / kMinute);
  const int64_t rest = micros % kMinute;
  if (rest == 0 && !always_seconds) return out;
  *out++ = ':';
  out = Put2(out, rest / kSecond);
  return PutFraction(out, rest % kSecond);
}

int64_t FloorDiv(int64_t a, int64_t b) { return a / b - (a % b < 0); }

}  // namespace

TimeFault ParseInstant(std::string_view text, int64_t* micros) {
  // `YYYY-MM-DDTHH:MM:SSZ`, the usual form.
  if (text.size() == 20) {
    const char* p = text.data();
    const bool form = p[10] == 'T' && p[13] == ':' && p[16] == ':' && p[19] == 'Z';
    const int hour = Two(p + 11), minute = Two(p + 14), second = Two(p + 17);
    const bool clock = static_cast<unsigned>(hour) < 24 && static_cast<unsigned>(minute) < 60 &&
                       static_cast<unsigned>(second) < 60;
    int64_t days = 0;
    if (form && clock && DatePart(p, &days) == TimeFault::kNone) {
      *micros = days * kDay + hour * kHour + minute * kMinute + second * kSecond;
      return TimeFault::kNone;
    }
  }
  return ParseInstantSlowly(text, micros);
}

TimeFault ParseDate(std::string_view text, int64_t* days) {
  if (text.size() != 10) return LooksLikeLongYear(text) ? TimeFault::kOutOfRange : TimeFault::kForm;
  return DatePart(text.data(), days);
}

TimeFault ParseTimeOfDay(std::string_view text, int64_t* micros) {
  if (text.size() < 5 || text[2] != ':') return TimeFault::kForm;
  const int hour = Two(text.data()), minute = Two(text.data() + 3);
  int second = 0;
  int64_t fraction = 0;
  size_t i = 5;
  if (i < text.size()) {
    if (text.size() < 8 || text[5] != ':') return TimeFault::kForm;
    second = Two(text.data() + 6);
    i = 8;
    if (i < text.size() && text[i] == '.') {
      ++i;
      if (!FractionPart(text, &i, &fraction)) return TimeFault::kForm;
    }
  }
  if (i != text.size() || hour < 0 || minute < 0 || second < 0) return TimeFault::kForm;
  if (hour > 23 || minute > 59 || second > 59) return TimeFault::kNoSuchTime;
  *micros = hour * kHour + minute * kMinute + second * kSecond + fraction;
  return TimeFault::kNone;
}

TimeFault ParseDuration(std::string_view text, int64_t* micros) {
  const bool negative = !text.empty() && text[0] == '-';
  if (negative) text.remove_prefix(1);
  int64_t total = 0;
  bool any = false;
  while (!text.empty()) {
    if (any && text[0] == ' ') text.remove_prefix(1);
    int64_t whole = 0, fraction = 0, fraction_scale = 1;
    size_t i = 0;
    for (; i < text.size() && IsDigit(text[i]); ++i) {
      if (i == 18) return TimeFault::kOutOfRange;
      whole = whole * 10 + (text[i] - '0');
    }
    if (i == 0) return TimeFault::kForm;
    if (i < text.size() && text[i] == '.') {
      const size_t begin = ++i;
      for (; i < text.size() && IsDigit(text[i]); ++i) {
        if (i - begin == 12) return TimeFault::kForm;
        fraction = fraction * 10 + (text[i] - '0');
        fraction_scale *= 10;
      }
      if (i == begin) return TimeFault::kForm;
    }
    size_t end = i;
    while (end < text.size() && text[end] >= 'a' && text[end] <= 'z') ++end;
    const std::string_view name = text.substr(i, end - i);
    const Unit* unit =
        std::find_if(std::begin(kUnits), std::end(kUnits), [&](const Unit& u) { return u.name == name; });
    if (unit == std::end(kUnits)) return TimeFault::kForm;
    const __int128 part = static_cast<__int128>(fraction) * unit->micros;
    if (part % fraction_scale != 0) return TimeFault::kForm;
    int64_t value = 0;
    if (__builtin_mul_overflow(whole, unit->micros, &value) ||
        __builtin_add_overflow(value, static_cast<int64_t>(part / fraction_scale), &value) ||
        __builtin_add_overflow(total, value, &total)) {
      return TimeFault::kOutOfRange;
    }
    any = true;
    text.remove_prefix(end);
  }
  if (!any) return TimeFault::kForm;
  *micros = negative ? -total : total;
  return TimeFault::kNone;
}

std::string_view Explain(TimeFault fault) {
  switch (fault) {
    case TimeFault::kNone:
      return "is well formed";
    case TimeFault::kForm:
      return "is not of the form";
    case TimeFault::kNoZone:
      return "has no zone; add `Z` for UTC or an offset such as `+02:00`";
    case TimeFault::kNoSuchTime:
      return "names a day or time that does not exist";
    case TimeFault::kOutOfRange:
      return "is outside the years 0001 to 9999";
  }
  return "";
}

size_t FormatInstant(int64_t micros, char* out) {
  const int64_t days = FloorDiv(micros, kDay);
  char* end = PutDate(out, days);
  *end++ = 'T';
  end = PutClock(end, micros - days * kDay, /*always_seconds=*/true);
  *end++ = 'Z';
  return static_cast<size_t>(end - out);
}

size_t FormatDate(int64_t days, char* out) {
  // Dates that no text can name come from arithmetic only; the civil algorithm holds for them as long as it
  // cannot overflow.
  constexpr int64_t kDaysMax = int64_t{1} << 50;
  return static_cast<size_t>(PutDate(out, std::clamp(days, -kDaysMax, kDaysMax)) - out);
}

size_t FormatTimeOfDay(int64_t micros, char* out) {
  return static_cast<size_t>(PutClock(out, (micros % kDay + kDay) % kDay, /*always_seconds=*/false) - out);
}

size_t FormatDuration(int64_t micros, char* out) {
  char* end = out;
  uint64_t left = static_cast<uint64_t>(micros);
  if (micros < 0) {
    *end++ = '-';
    left = 0 - left;
  }
  const Unit* unit = &kUnits[2];  // seconds, with a fraction if need be
  for (const Unit* u = &kUnits[5]; u > &kUnits[2]; --u) {
    if (left != 0 && left % static_cast<uint64_t>(u->micros) == 0) {
      unit = u;
      break;
    }
  }
  const uint64_t scale = static_cast<uint64_t>(unit->micros);
  end = std::to_chars(end, end + 20, left / scale).ptr;
  end = PutFraction(end, static_cast<int64_t>(left % scale));
  std::memcpy(end, unit->name.data(), unit->name.size());
  return static_cast<size_t>(end + unit->name.size() - out);
}

std::string InstantText(int64_t micros) {
  char buffer[kInstantBytesMax];
  return std::string(buffer, FormatInstant(micros, buffer));
}

}  // namespace mrule::runtime
