// SPDX-License-Identifier: Apache-2.0
#include "compiler/sema/literals.h"

#include <charconv>
#include <chrono>
#include <limits>
#include <string>

#include "compiler/base/limits.h"

namespace mrule::sema {
namespace {

constexpr int64_t kSecondMicros = 1'000'000;
constexpr int64_t kDayMicros = 86'400 * kSecondMicros;
constexpr int kMicroDigits = 6;

bool IsDigit(char c) { return c >= '0' && c <= '9'; }

// A written amount: digits without separators, and where the point stands.
struct Amount {
  bool valid = false;
  bool negative = false;
  bool has_point = false;
  std::string digits;
  int decimals = 0;  // how many of the digits stand right of the point
  int suffix = 0;    // 3 for `k`, 6 for `M`
};

Amount ReadAmount(std::string_view text) {
  Amount amount;
  if (!text.empty() && text[0] == '-') {
    amount.negative = true;
    text.remove_prefix(1);
  }
  if (!text.empty() && (text.back() == 'k' || text.back() == 'M')) {
    amount.suffix = text.back() == 'k' ? 3 : 6;
    text.remove_suffix(1);
  }
  for (char c : text) {
    if (c == ',' && !amount.has_point) continue;
    if (c == '.' && !amount.has_point) {
      amount.has_point = true;
      continue;
    }
    if (!IsDigit(c)) return amount;
    amount.digits += c;
    if (amount.has_point) ++amount.decimals;
  }
  amount.valid = !amount.digits.empty();
  return amount;
}

// The amount times 10^exponent as a whole number.
TimeLiteral Scaled(const Amount& amount, int exponent) {
  TimeLiteral result;
  if (!amount.valid) return {LiteralFault::kInvalid, 0};
  std::string_view digits = amount.digits;
  int shift = exponent + amount.suffix - amount.decimals;
  for (; shift < 0; ++shift) {
    if (digits.empty() || digits.back() != '0') return {LiteralFault::kTooManyDecimals, 0};
    digits.remove_suffix(1);
  }
  for (char c : digits) {
    if (__builtin_mul_overflow(result.value, int64_t{10}, &result.value) ||
        __builtin_add_overflow(result.value, int64_t{c - '0'}, &result.value)) {
      return {LiteralFault::kTooLarge, 0};
    }
  }
  for (; shift > 0; --shift) {
    if (__builtin_mul_overflow(result.value, int64_t{10}, &result.value)) return {LiteralFault::kTooLarge, 0};
  }
  if (amount.negative) result.value = -result.value;
  return result;
}

// The amount times 10^exponent, rounded once.
PercentLiteral Rounded(const Amount& amount, int exponent) {
  PercentLiteral result;
  if (!amount.valid) return {LiteralFault::kInvalid, 0};
  std::string text = (amount.negative ? "-" : "") + amount.digits + "e" +
                     std::to_string(exponent + amount.suffix - amount.decimals);
  auto [end, error] = std::from_chars(text.data(), text.data() + text.size(), result.value);
  if (error == std::errc::result_out_of_range) return {LiteralFault::kTooLarge, 0};
  if (error != std::errc() || end != text.data() + text.size()) return {LiteralFault::kInvalid, 0};
  return result;
}

bool ReadTwo(std::string_view text, size_t at, int& value) {
  if (at + 2 > text.size() || !IsDigit(text[at]) || !IsDigit(text[at + 1])) return false;
  value = (text[at] - '0') * 10 + (text[at + 1] - '0');
  return true;
}

// `08:00`, `08:00:30`, `08:00:30.25`.
TimeLiteral ReadClock(std::string_view text) {
  int hour = 0, minute = 0, second = 0;
  if (!ReadTwo(text, 0, hour) || !ReadTwo(text, 3, minute) || text[2] != ':')
    return {LiteralFault::kInvalid, 0};
  TimeLiteral fraction;
  if (text.size() > 5) {
    if (text[5] != ':' || !ReadTwo(text, 6, second)) return {LiteralFault::kInvalid, 0};
    if (text.size() > 8) {
      if (text[8] != '.') return {LiteralFault::kInvalid, 0};
      fraction = Scaled(ReadAmount("0" + std::string(text.substr(8))), kMicroDigits);
      if (fraction.fault != LiteralFault::kNone) return fraction;
    }
  }
  if (hour > 23 || minute > 59 || second > 59) return {LiteralFault::kInvalid, 0};
  return {LiteralFault::kNone, ((hour * 60 + minute) * 60 + second) * kSecondMicros + fraction.value};
}

}  // namespace

NumberLiteral DecodeNumber(std::string_view text) {
  NumberLiteral result;
  Amount amount = ReadAmount(text);
  PercentLiteral rounded = Rounded(amount, 0);
  result.fault = rounded.fault;
  result.f64 = rounded.value;
  if (result.fault != LiteralFault::kNone || amount.decimals > amount.suffix) return result;
  if (amount.has_point && amount.suffix == 0) return result;
  TimeLiteral whole = Scaled(amount, 0);
  result.fault = whole.fault;
  result.whole = whole.fault == LiteralFault::kNone;
  result.i64 = whole.value;
  return result;
}

MoneyLiteral DecodeMoney(std::string_view text) {
  MoneyLiteral result;
  constexpr std::string_view kEuro = "\u20AC", kPound = "\u00A3";
  if (text.starts_with('$')) {
    result.currency = "USD";
    text.remove_prefix(1);
  } else if (text.starts_with(kEuro)) {
    result.currency = "EUR";
    text.remove_prefix(kEuro.size());
  } else if (text.starts_with(kPound)) {
    result.currency = "GBP";
    text.remove_prefix(kPound.size());
  } else if (text.size() > 3) {
    result.currency = text.substr(text.size() - 3);
    text.remove_suffix(3);
    while (!text.empty() &&
           (text.back() == ' ' || text.back() == '\t' || text.back() == '\n' || text.back() == '\r')) {
      text.remove_suffix(1);
    }
  }
  TimeLiteral micros = Scaled(ReadAmount(text), kMicroDigits);
  result.fault = result.currency.empty() ? LiteralFault::kInvalid : micros.fault;
  result.micros = micros.value;
  return result;
}

PercentLiteral DecodePercent(std::string_view text) {
  if (!text.ends_with('%')) return {LiteralFault::kInvalid, 0};
  text.remove_suffix(1);
  return Rounded(ReadAmount(text), -2);
}

TimeLiteral DecodeDuration(std::string_view text) {
  struct Unit {
    std::string_view suffix;
    int64_t micros;
  };
  // `ms` and `min` before the units that end or begin alike.
  static constexpr Unit kUnits[] = {{"ms", 1000},         {"min", 60 * kSecondMicros},
                                    {"s", kSecondMicros}, {"h", 3600 * kSecondMicros},
                                    {"d", kDayMicros},    {"w", 7 * kDayMicros}};
  for (const Unit& unit : kUnits) {
    if (!text.ends_with(unit.suffix)) continue;
    Amount amount = ReadAmount(text.substr(0, text.size() - unit.suffix.size()));
    if (!amount.valid || amount.suffix != 0) return {LiteralFault::kInvalid, 0};
    while (amount.decimals > 0 && amount.digits.back() == '0') {
      amount.digits.pop_back();
      --amount.decimals;
    }
    int64_t divisor = 1;
    for (int i = 0; i < amount.decimals; ++i) {
      if (__builtin_mul_overflow(divisor, int64_t{10}, &divisor)) return {LiteralFault::kTooManyDecimals, 0};
    }
    int decimals = amount.decimals;
    amount.decimals = 0;
    TimeLiteral digits = Scaled(amount, 0);
    if (digits.fault != LiteralFault::kNone)
      return {decimals ? LiteralFault::kTooManyDecimals : digits.fault, 0};
    __int128 micros = static_cast<__int128>(digits.value) * unit.micros;
    if (micros % divisor != 0) return {LiteralFault::kTooManyDecimals, 0};
    micros /= divisor;
    if (micros > std::numeric_limits<int64_t>::max()) return {LiteralFault::kTooLarge, 0};
    return {LiteralFault::kNone, static_cast<int64_t>(micros)};
  }
  return {LiteralFault::kInvalid, 0};
}

TimeLiteral DecodeDate(std::string_view text) {
  int century = 0, rest = 0, month = 0, day = 0;
  if (text.size() != 10 || text[4] != '-' || text[7] != '-' || !ReadTwo(text, 0, century) ||
      !ReadTwo(text, 2, rest) || !ReadTwo(text, 5, month) || !ReadTwo(text, 8, day)) {
    return {LiteralFault::kInvalid, 0};
  }
  std::chrono::year_month_day date{std::chrono::year(century * 100 + rest),
                                   std::chrono::month(static_cast<unsigned>(month)),
                                   std::chrono::day(static_cast<unsigned>(day))};
  if (!date.ok() || century * 100 + rest < 1) return {LiteralFault::kInvalid, 0};
  return {LiteralFault::kNone, std::chrono::sys_days(date).time_since_epoch().count()};
}

TimeLiteral DecodeTimeOfDay(std::string_view text) { return ReadClock(text); }

TimeLiteral DecodeInstant(std::string_view text) {
  if (text.size() < 17 || text[10] != 'T') return {LiteralFault::kInvalid, 0};
  TimeLiteral date = DecodeDate(text.substr(0, 10));
  if (date.fault != LiteralFault::kNone) return date;
  std::string_view clock = text.substr(11);
  int64_t offset_micros = 0;
  if (clock.ends_with('Z')) {
    clock.remove_suffix(1);
  } else {
    if (clock.size() < 6) return {LiteralFault::kInvalid, 0};
    std::string_view offset = clock.substr(clock.size() - 6);
    clock.remove_suffix(6);
    TimeLiteral shift = ReadClock(offset.substr(1));
    if ((offset[0] != '+' && offset[0] != '-') || shift.fault != LiteralFault::kNone)
      return {LiteralFault::kInvalid, 0};
    offset_micros = offset[0] == '+' ? shift.value : -shift.value;
  }
  TimeLiteral time = ReadClock(clock);
  if (time.fault != LiteralFault::kNone) return time;
  int64_t instant = date.value * kDayMicros + time.value - offset_micros;
  if (instant < limits::kInstantMinMicros || instant > limits::kInstantMaxMicros)
    return {LiteralFault::kTooLarge, 0};
  return {LiteralFault::kNone, instant};
}

}  // namespace mrule::sema
