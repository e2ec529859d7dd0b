// SPDX-License-Identifier: Apache-2.0
// Digits are read once into a mantissa and a decimal exponent; scaling and rounding are integer arithmetic on
// the digits.
#include "runtime/json/decimal.h"

#include <charconv>
#include <cmath>
#include <cstring>

namespace mrule::runtime {
namespace {

constexpr uint64_t kPow10[] = {1ull,
                               10ull,
                               100ull,
                               1'000ull,
                               10'000ull,
                               100'000ull,
                               1'000'000ull,
                               10'000'000ull,
                               100'000'000ull,
                               1'000'000'000ull,
                               10'000'000'000ull,
                               100'000'000'000ull,
                               1'000'000'000'000ull,
                               10'000'000'000'000ull,
                               100'000'000'000'000ull,
                               1'000'000'000'000'000ull,
                               10'000'000'000'000'000ull,
                               100'000'000'000'000'000ull,
                               1'000'000'000'000'000'000ull};

bool IsDigit(char c) { return c >= '0' && c <= '9'; }

/// A number taken apart: sign, digits (those of `text` without point and leading zeros), and where the point
/// stands.
struct Parts {
  bool negative = false;
  std::string_view whole;
  std::string_view fraction;
  int64_t exponent = 0;  // kept within ±1,000,000,000: far more than any text's length
};

bool TakeApart(std::string_view text, Parts* parts) {
  const char* p = text.data();
  const char* const end = p + text.size();
  if (p != end && *p == '-') {
    parts->negative = true;
    ++p;
  }
  const char* begin = p;
  while (p != end && IsDigit(*p)) ++p;
  parts->whole = {begin, static_cast<size_t>(p - begin)};
  if (parts->whole.empty() || (parts->whole.size() > 1 && parts->whole[0] == '0')) return false;
  if (p != end && *p == '.') {
    begin = ++p;
    while (p != end && IsDigit(*p)) ++p;
    parts->fraction = {begin, static_cast<size_t>(p - begin)};
    if (parts->fraction.empty()) return false;
  }
  if (p != end && (*p == 'e' || *p == 'E')) {
    ++p;
    bool negative = false;
    if (p != end && (*p == '+' || *p == '-')) negative = *p++ == '-';
    begin = p;
    int64_t exponent = 0;
    for (; p != end && IsDigit(*p); ++p) {
      if (exponent < 100'000'000) exponent = exponent * 10 + (*p - '0');
    }
    if (p == begin) return false;
    parts->exponent = negative ? -exponent : exponent;
  }
  return p == end;
}

/// Digit `i` of whole and fraction taken together.
int DigitAt(const Parts& parts, int64_t i) {
  const auto whole = static_cast<int64_t>(parts.whole.size());
  return (i < whole ? parts.whole[static_cast<size_t>(i)] : parts.fraction[static_cast<size_t>(i - whole)]) -
         '0';
}

/// parts * 10^scale as an integer; what lies behind the point is rounded half even, or refused if `exact`.
NumberFault Scale(const Parts& parts, int64_t scale, bool exact, int64_t* out) {
  const auto count = static_cast<int64_t>(parts.whole.size() + parts.fraction.size());
  const int64_t point =
      static_cast<int64_t>(parts.whole.size()) + parts.exponent + scale;  // digits before the new point
  int64_t first = 0;
  while (first < count && DigitAt(parts, first) == 0) ++first;
  *out = 0;
  if (first == count) return NumberFault::kNone;
  if (point - first > 19) return NumberFault::kOutOfRange;
  uint64_t value = 0;
  for (int64_t i = first; i < point; ++i) {
    const auto digit = static_cast<uint64_t>(i < count ? DigitAt(parts, i) : 0);
    if (__builtin_mul_overflow(value, uint64_t{10}, &value) || __builtin_add_overflow(value, digit, &value)) {
      return NumberFault::kOutOfRange;
    }
  }
  bool rest = false;
  for (int64_t i = std::max(point, first); i < count && !rest; ++i) rest = DigitAt(parts, i) != 0;
  if (rest && exact) return NumberFault::kFraction;
  if (rest && point >= first) {
    bool beyond_half = false;
    for (int64_t i = point + 1; i < count && !beyond_half; ++i) beyond_half = DigitAt(parts, i) != 0;
    const int next = DigitAt(parts, point);
    if (next > 5 || (next == 5 && (beyond_half || (value & 1) != 0))) ++value;  // 19 digits: cannot wrap
  }
  const uint64_t max = static_cast<uint64_t>(INT64_MAX) + (parts.negative ? 1 : 0);
  if (value > max) return NumberFault::kOutOfRange;
  *out = static_cast<int64_t>(parts.negative ? 0 - value : value);
  return NumberFault::kNone;
}

/// Up to 18 digits and no exponent, which is what numbers look like: the digits as one integer, and how many
/// are decimals.
bool TakeShort(std::string_view text, bool* negative, uint64_t* digits, size_t* decimals) {
  if (text.size() > 18 || text.empty()) return false;
  const char* p = text.data();
  const char* const end = p + text.size();
  *negative = *p == '-';
  if (*negative) ++p;
  const char* const begin = p;
  uint64_t value = 0;
  while (p != end && IsDigit(*p)) value = value * 10 + static_cast<uint64_t>(*p++ - '0');
  if (p == begin || (p - begin > 1 && *begin == '0')) return false;
  *decimals = 0;
  if (p != end && *p == '.') {
    const char* const point = p++;
    while (p != end && IsDigit(*p)) value = value * 10 + static_cast<uint64_t>(*p++ - '0');
    *decimals = static_cast<size_t>(p - point - 1);
    if (*decimals == 0) return false;
  }
  *digits = value;
  return p == end;
}

}  // namespace

bool IsJsonNumber(std::string_view text) {
  Parts parts;
  return TakeApart(text, &parts);
}

bool IsJsonInteger(std::string_view text) {
  Parts parts;
  return TakeApart(text, &parts) && parts.fraction.empty() &&
         text.find_first_of("eE") == std::string_view::npos;
}

NumberFault ParseMicros(std::string_view text, int64_t* micros) {
  bool negative;
  uint64_t digits;
  size_t decimals;
  if (text.size() <= 12 && TakeShort(text, &negative, &digits, &decimals) && decimals <= 6) {
    const auto value = static_cast<int64_t>(digits * kPow10[6 - decimals]);  // 12 digits and 6 more fit
    *micros = negative ? -value : value;
    return NumberFault::kNone;
  }
  Parts parts;
  if (!TakeApart(text, &parts)) return NumberFault::kForm;
  return Scale(parts, 6, /*exact=*/false, micros);
}

NumberFault ParseWhole(std::string_view text, int64_t* value) {
  bool negative;
  uint64_t digits;
  size_t decimals;
  if (TakeShort(text, &negative, &digits, &decimals) && decimals == 0) {
    *value = negative ? -static_cast<int64_t>(digits) : static_cast<int64_t>(digits);
    return NumberFault::kNone;
  }
  Parts parts;
  if (!TakeApart(text, &parts)) return NumberFault::kForm;
  return Scale(parts, 0, /*exact=*/true, value);
}

NumberFault ParseDouble(std::string_view text, double* value) {
  bool negative;
  uint64_t digits;
  size_t decimals;
  // Both operands exact and one correctly rounded division: the nearest double.
  if (TakeShort(text, &negative, &digits, &decimals) && digits <= (uint64_t{1} << 53)) {
    const double magnitude = static_cast<double>(digits) / static_cast<double>(kPow10[decimals]);
    *value = (negative ? -magnitude : magnitude) + 0.0;
    return NumberFault::kNone;
  }
  Parts parts;
  if (!TakeApart(text, &parts)) return NumberFault::kForm;
  double parsed = 0;
  const auto result = std::from_chars(text.data(), text.data() + text.size(), parsed);
  if (result.ec == std::errc::result_out_of_range) {
    // Too large and too small are one error there; the leading digit's place tells them apart.
    const auto count = static_cast<int64_t>(parts.whole.size() + parts.fraction.size());
    int64_t first = 0;
    while (first < count && DigitAt(parts, first) == 0) ++first;
    const bool small = static_cast<int64_t>(parts.whole.size()) + parts.exponent - first < 0;
    if (!small) return NumberFault::kOutOfRange;
    parsed = 0;
  }
  *value = parsed + 0.0;
  return NumberFault::kNone;
}

size_t FormatMicros(int64_t micros, char* out) {
  char* end = out;
  uint64_t left = static_cast<uint64_t>(micros);
  if (micros < 0) {
    *end++ = '-';
    left = 0 - left;
  }
  end = std::to_chars(end, end + 20, left / 1'000'000).ptr;
  uint64_t fraction = left % 1'000'000;
  if (fraction != 0) {
    *end++ = '.';
    for (uint64_t weight = 100'000; fraction != 0; weight /= 10) {
      *end++ = static_cast<char>('0' + fraction / weight);
      fraction %= weight;
    }
  }
  return static_cast<size_t>(end - out);
}

size_t FormatDouble(double value, char* out) {
  if (!std::isfinite(value)) {
    std::memcpy(out, "null", 4);
    return 4;
  }
  return static_cast<size_t>(std::to_chars(out, out + kNumberBytesMax, value + 0.0).ptr - out);
}

size_t FormatWhole(int64_t value, char* out) {
  return static_cast<size_t>(std::to_chars(out, out + kNumberBytesMax, value).ptr - out);
}

}  // namespace mrule::runtime
