// SPDX-License-Identifier: Apache-2.0
// Literals as written, decoded exactly: `$1,000`, `1.5M`, `20%`, `90min`, `2026-11-27T09:00:00Z`. Made for
// the checker from the text of leaf nodes; nothing is rounded in silence, and what cannot be held is a fault
// that the checker reports.
#pragma once

#include <cstdint>
#include <string_view>

namespace mrule::sema {

enum class LiteralFault : uint8_t {
  kNone,
  kTooLarge,         ///< more than 64 bits hold
  kTooManyDecimals,  ///< finer than the unit: millionths of money, microseconds
  kInvalid,          ///< no such day or time, or not such a literal at all
};

struct NumberLiteral {
  LiteralFault fault = LiteralFault::kNone;
  bool whole = false;  ///< written without a fraction, after `k` or `M` is applied
  int64_t i64 = 0;     ///< if whole
  double f64 = 0;      ///< always
};
NumberLiteral DecodeNumber(std::string_view text);

struct MoneyLiteral {
  LiteralFault fault = LiteralFault::kNone;
  int64_t micros = 0;
  std::string_view currency;  ///< "USD"; part of the text or static
};
MoneyLiteral DecodeMoney(std::string_view text);

/// 20% is 0.2, rounded once.
struct PercentLiteral {
  LiteralFault fault = LiteralFault::kNone;
  double value = 0;
};
PercentLiteral DecodePercent(std::string_view text);

/// Durations, days, times of day and instants: microseconds, or days for a date.
struct TimeLiteral {
  LiteralFault fault = LiteralFault::kNone;
  int64_t value = 0;
};
TimeLiteral DecodeDuration(std::string_view text);
TimeLiteral DecodeDate(std::string_view text);
TimeLiteral DecodeTimeOfDay(std::string_view text);
TimeLiteral DecodeInstant(std::string_view text);

}  // namespace mrule::sema
