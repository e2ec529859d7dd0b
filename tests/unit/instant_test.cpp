// SPDX-License-Identifier: Apache-2.0
// Instants, dates, times and durations as text; exact decimals.
#include "runtime/json/instant.h"

#include <gtest/gtest.h>

#include <charconv>
#include <cstdlib>
#include <random>

#include "compiler/base/limits.h"
#include "runtime/json/decimal.h"

namespace mrule::runtime {
namespace {

constexpr int64_t kFail = INT64_MIN;

int64_t At(std::string_view text) {
  int64_t micros = 0;
  return ParseInstant(text, &micros) == TimeFault::kNone ? micros : kFail;
}
TimeFault FaultOf(std::string_view text) {
  int64_t micros = 0;
  return ParseInstant(text, &micros);
}

TEST(Instant, UsualForms) {
  EXPECT_EQ(At("1970-01-01T00:00:00Z"), 0);
  EXPECT_EQ(At("2026-01-01T00:00:00Z"), 1'767'225'600'000'000);
  EXPECT_EQ(At("2026-01-01"), 1'767'225'600'000'000);
  EXPECT_EQ(At("2026-01-01t00:00:00z"), 1'767'225'600'000'000);
  EXPECT_EQ(At("2026-01-01 02:00:00+02:00"), 1'767'225'600'000'000);
  EXPECT_EQ(At("2025-12-31T19:00:00-05:00"), 1'767'225'600'000'000);
  EXPECT_EQ(At("2026-01-01T00:00:00-00:00"), 1'767'225'600'000'000);
  EXPECT_EQ(At("1969-12-31T23:59:59Z"), -1'000'000);
  EXPECT_EQ(At("2024-02-29T12:00:00Z"), 1'709'208'000'000'000);
}

TEST(Instant, FractionsAreRoundedDown) {
  EXPECT_EQ(At("1970-01-01T00:00:00.5Z"), 500'000);
  EXPECT_EQ(At("1970-01-01T00:00:00.123456Z"), 123'456);
  EXPECT_EQ(At("1970-01-01T00:00:00.1234569Z"), 123'456);
  EXPECT_EQ(At("1970-01-01T00:00:00.999999999999Z"), 999'999);
  EXPECT_EQ(At("1969-12-31T23:59:59.9999999Z"), -1);
}

TEST(Instant, EndsOfTheCalendar) {
  EXPECT_EQ(At("0001-01-01T00:00:00Z"), limits::kInstantMinMicros);
  EXPECT_EQ(At("9999-12-31T23:59:59.999999Z"), limits::kInstantMaxMicros);
  EXPECT_EQ(FaultOf("9999-12-31T23:59:59-01:00"), TimeFault::kOutOfRange);
  EXPECT_EQ(FaultOf("0001-01-01T00:00:00+00:01"), TimeFault::kOutOfRange);
  EXPECT_EQ(FaultOf("0000-12-31T00:00:00Z"), TimeFault::kOutOfRange);
  EXPECT_EQ(FaultOf("300000-01-01T00:00:00Z"), TimeFault::kOutOfRange);
  EXPECT_EQ(FaultOf("+300000-01-01T00:00:00Z"), TimeFault::kOutOfRange);
  EXPECT_EQ(FaultOf("-0044-03-15T00:00:00Z"), TimeFault::kForm);
}

TEST(Instant, LeapSecondsKeepOrder) {
  EXPECT_EQ(At("2016-12-31T23:59:60Z"), At("2016-12-31T23:59:59.999999Z"));
  EXPECT_EQ(At("2016-12-31T23:59:60.5Z"), At("2017-01-01T00:00:00Z") - 1);
  EXPECT_EQ(At("2017-01-01T00:59:60+01:00"), At("2017-01-01T00:00:00Z") - 1);
  EXPECT_EQ(FaultOf("2016-12-30T23:59:60Z"), TimeFault::kNoSuchTime);
  EXPECT_EQ(FaultOf("2016-12-31T22:59:60Z"), TimeFault::kNoSuchTime);
}

TEST(Instant, WrongForms) {
  for (const char* text : {"", "yesterday", "2026-1-1", "2026-01-01T", "2026-01-01T00:00Z",
                           "2026-01-01T00:00:00.Z", "2026-01-01T00:00:00Zx", "2026-01-01T00:00:00+0200",
                           "2026/01/01", "1767225600", "2026-01-01T00:00:00+02", "20260101T000000Z"}) {
    EXPECT_EQ(FaultOf(text), TimeFault::kForm) << text;
  }
  EXPECT_EQ(FaultOf("2026-01-01T00:00:00"), TimeFault::kNoZone);
  EXPECT_EQ(FaultOf("2026-01-01T00:00:00.25"), TimeFault::kNoZone);
  for (const char* text : {"2026-02-29", "2026-13-01", "2026-00-01", "2026-01-00", "2026-04-31T00:00:00Z",
                           "2026-01-01T24:00:00Z", "2026-01-01T00:60:00Z", "2026-01-01T00:00:61Z",
                           "1900-02-29", "2026-01-01T00:00:00+24:00"}) {
    EXPECT_EQ(FaultOf(text), TimeFault::kNoSuchTime) << text;
  }
}

TEST(Instant, PrintsWhatItReads) {
  std::mt19937_64 random(7);
  std::uniform_int_distribution<int64_t> any(limits::kInstantMinMicros, limits::kInstantMaxMicros);
  for (int i = 0; i < 100'000; ++i) {
    const int64_t at = i % 3 == 0 ? any(random) / 1'000'000 * 1'000'000 : any(random);
    ASSERT_EQ(At(InstantText(at)), at) << InstantText(at);
  }
  EXPECT_EQ(InstantText(limits::kInstantMinMicros), "0001-01-01T00:00:00Z");
  EXPECT_EQ(InstantText(-1), "1969-12-31T23:59:59.999999Z");
  EXPECT_EQ(InstantText(1'500'000), "1970-01-01T00:00:01.5Z");
}

TEST(Instant, DatesTimesDurations) {
  int64_t value = 0;
  char buffer[kInstantBytesMax];
  EXPECT_EQ(ParseDate("1970-01-11", &value), TimeFault::kNone);
  EXPECT_EQ(value, 10);
  EXPECT_EQ(std::string_view(buffer, FormatDate(value, buffer)), "1970-01-11");
  EXPECT_EQ(ParseDate("1970-01-11T00:00:00Z", &value), TimeFault::kForm);
  EXPECT_EQ(ParseTimeOfDay("09:30", &value), TimeFault::kNone);
  EXPECT_EQ(std::string_view(buffer, FormatTimeOfDay(value, buffer)), "09:30");
  EXPECT_EQ(ParseTimeOfDay("23:59:59.5", &value), TimeFault::kNone);
  EXPECT_EQ(std::string_view(buffer, FormatTimeOfDay(value, buffer)), "23:59:59.5");
  EXPECT_EQ(ParseTimeOfDay("24:00", &value), TimeFault::kNoSuchTime);
  EXPECT_EQ(ParseTimeOfDay("9:30", &value), TimeFault::kForm);
  struct Case {
    const char* text;
    int64_t micros;
    const char* printed;
  };
  for (const Case& c : {Case{"6h", 21'600'000'000, "6h"}, Case{"90min", 5'400'000'000, "90min"},
                        Case{"1d 12h", 129'600'000'000, "36h"}, Case{"2w", 1'209'600'000'000, "14d"},
                        Case{"0.5s", 500'000, "0.5s"}, Case{"0s", 0, "0s"}, Case{"-30s", -30'000'000, "-30s"},
                        Case{"1us", 1, "0.000001s"}, Case{"1.5h", 5'400'000'000, "90min"}}) {
    ASSERT_EQ(ParseDuration(c.text, &value), TimeFault::kNone) << c.text;
    EXPECT_EQ(value, c.micros) << c.text;
    EXPECT_EQ(std::string_view(buffer, FormatDuration(value, buffer)), c.printed);
  }
  for (const char* text : {"", "6", "h", "6 h", "6hours", "1h,2min", "0.0000001s"})
    EXPECT_EQ(ParseDuration(text, &value), TimeFault::kForm) << text;
  EXPECT_EQ(ParseDuration("99999999999999w", &value), TimeFault::kOutOfRange);
  for (const int64_t micros : {INT64_MIN + 1, INT64_MAX, int64_t{-1}, int64_t{86'400'000'000}}) {
    EXPECT_EQ(ParseDuration(std::string_view(buffer, FormatDuration(micros, buffer)), &value),
              TimeFault::kNone);
    EXPECT_EQ(value, micros);
  }
}

// --- decimals ---

/// The slow way: all digits written out, then cut at the sixth decimal and rounded half even.
bool OracleMicros(std::string digits, int decimals, bool negative, int64_t* out) {
  while (decimals < 6) digits += '0', ++decimals;
  const size_t kept = digits.size() - static_cast<size_t>(decimals - 6);
  std::string rest = digits.substr(kept);
  __int128 value = 0;
  for (char c : digits.substr(0, kept)) value = value * 10 + (c - '0');
  std::string half = "5" + std::string(rest.empty() ? 0 : rest.size() - 1, '0');
  if (!rest.empty() && (rest > half || (rest == half && value % 2 != 0))) ++value;
  if (negative) value = -value;
  if (value > INT64_MAX || value < INT64_MIN) return false;
  *out = static_cast<int64_t>(value);
  return true;
}

TEST(Decimal, MoneyIsExact) {
  std::mt19937_64 random(42);
  for (int i = 0; i < 300'000; ++i) {
    const size_t whole_digits = 1 + random() % 15;
    const int decimals = static_cast<int>(random() % 12);
    std::string whole;
    for (size_t d = 0; d < whole_digits; ++d)
      whole += static_cast<char>('0' + (d == 0 ? 1 + random() % 9 : random() % 10));
    if (random() % 4 == 0) whole = "0";
    std::string fraction;
    for (int d = 0; d < decimals; ++d)
      fraction += static_cast<char>('0' + (random() % 3 == 0 ? 5 * (random() % 2) : random() % 10));
    const bool negative = random() % 2 == 0;
    std::string text = (negative ? "-" : "") + whole + (decimals > 0 ? "." + fraction : "");
    int64_t expected = 0, got = 0;
    const bool fits = OracleMicros(whole + fraction, decimals, negative, &expected);
    ASSERT_EQ(ParseMicros(text, &got), fits ? NumberFault::kNone : NumberFault::kOutOfRange) << text;
    if (fits) {
      ASSERT_EQ(got, expected) << text;
      char buffer[kNumberBytesMax];
      int64_t again = 0;
      ASSERT_EQ(ParseMicros(std::string_view(buffer, FormatMicros(got, buffer)), &again), NumberFault::kNone);
      ASSERT_EQ(again, got);
    }
    // The same amount with an exponent.
    const int shift = static_cast<int>(random() % 5);
    text = (negative ? "-" : "") + whole + fraction + std::string(static_cast<size_t>(shift), '0') + "e-" +
           std::to_string(decimals + shift);
    if (fits && whole != "0") {
      ASSERT_EQ(ParseMicros(text, &got), NumberFault::kNone) << text;
      ASSERT_EQ(got, expected) << text;
    }
  }
}

TEST(Decimal, MoneyEdges) {
  int64_t value = 0;
  const auto micros = [&](std::string_view text) {
    return ParseMicros(text, &value) == NumberFault::kNone ? value : kFail;
  };
  EXPECT_EQ(micros("12.50"), 12'500'000);
  EXPECT_EQ(micros("0.0000005"), 0);
  EXPECT_EQ(micros("0.0000015"), 2);
  EXPECT_EQ(micros("0.00000050000000000000000000001"), 1);
  EXPECT_EQ(micros("1e3"), 1'000'000'000);
  EXPECT_EQ(micros("1E-6"), 1);
  EXPECT_EQ(micros("1e-999999999999"), 0);
  EXPECT_EQ(micros("-0"), 0);
  EXPECT_EQ(micros("0e999999999999"), 0);
  EXPECT_EQ(micros("9223372036854.775807"), INT64_MAX);
  EXPECT_EQ(micros("-9223372036854.775808"), INT64_MIN);
  EXPECT_EQ(ParseMicros("-9223372036854.775807", &value), NumberFault::kNone);
  EXPECT_EQ(ParseMicros("9223372036854.775808", &value), NumberFault::kOutOfRange);
  EXPECT_EQ(ParseMicros("1e13", &value), NumberFault::kOutOfRange);
  EXPECT_EQ(ParseMicros("1e999999999999999999999", &value), NumberFault::kOutOfRange);
  for (const char* text :
       {"", "-", ".5", "5.", "1e", "1e+", "01", "0x10", "1,000", "$5", " 5", "5 ", "NaN", "+5", "--5"}) {
    EXPECT_EQ(ParseMicros(text, &value), NumberFault::kForm) << text;
    EXPECT_FALSE(IsJsonNumber(text)) << text;
  }
}

TEST(Decimal, WholeNumbers) {
  int64_t value = 0;
  EXPECT_EQ(ParseWhole("5.0", &value), NumberFault::kNone);
  EXPECT_EQ(value, 5);
  EXPECT_EQ(ParseWhole("5e2", &value), NumberFault::kNone);
  EXPECT_EQ(value, 500);
  EXPECT_EQ(ParseWhole("-9223372036854775808", &value), NumberFault::kNone);
  EXPECT_EQ(value, INT64_MIN);
  EXPECT_EQ(ParseWhole("9223372036854775808", &value), NumberFault::kOutOfRange);
  EXPECT_EQ(ParseWhole("5.5", &value), NumberFault::kFraction);
  EXPECT_EQ(ParseWhole("1e-1", &value), NumberFault::kFraction);
  EXPECT_TRUE(IsJsonInteger("-12"));
  EXPECT_FALSE(IsJsonInteger("12.0"));
  EXPECT_FALSE(IsJsonInteger("1e2"));
}

TEST(Decimal, DoublesAreTheNearest) {
  std::mt19937_64 random(9);
  for (int i = 0; i < 200'000; ++i) {
    std::string text = std::to_string(random() % (uint64_t{1} << (random() % 63)));
    if (random() % 2 == 0) text += "." + std::to_string(random() % 100'000);
    if (random() % 4 == 0) text += "e" + std::to_string(static_cast<int>(random() % 40) - 20);
    double value = 0;
    ASSERT_EQ(ParseDouble(text, &value), NumberFault::kNone) << text;
    ASSERT_EQ(value, std::strtod(text.c_str(), nullptr)) << text;
  }
  double value = 1;
  EXPECT_EQ(ParseDouble("1e999", &value), NumberFault::kOutOfRange);
  EXPECT_EQ(ParseDouble("1e-999", &value), NumberFault::kNone);
  EXPECT_EQ(value, 0);
  EXPECT_EQ(ParseDouble("-0", &value), NumberFault::kNone);
  EXPECT_FALSE(std::signbit(value));
}

}  // namespace
}  // namespace mrule::runtime
