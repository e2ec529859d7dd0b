// SPDX-License-Identifier: Apache-2.0
// What arithmetic kernels must give, worked out slowly and plainly with whole numbers of any size: base 2^32 digits, the lowest first.
#pragma once

#include <gtest/gtest.h>

#include <algorithm>
#include <cmath>
#include <cstdint>
#include <cstring>
#include <optional>
#include <utility>
#include <vector>

#include "stdlib/kernels/kernel.h"
#include "tests/unit/kernel_values.h"

namespace mrule::test {

using Big = std::vector<uint32_t>;

inline void Trim(Big& a) {
  while (!a.empty() && a.back() == 0) a.pop_back();
}
inline Big FromU64(uint64_t v) {
  Big a{static_cast<uint32_t>(v), static_cast<uint32_t>(v >> 32)};
  Trim(a);
  return a;
}
inline int Order(const Big& a, const Big& b) {
  if (a.size() != b.size()) return a.size() < b.size() ? -1 : 1;
  for (size_t i = a.size(); i-- > 0;) {
    if (a[i] != b[i]) return a[i] < b[i] ? -1 : 1;
  }
  return 0;
}
inline Big Times(const Big& a, const Big& b) {
  Big out(a.size() + b.size(), 0);
  for (size_t i = 0; i < a.size(); ++i) {
    uint64_t carry = 0;
    for (size_t j = 0; j < b.size() || carry != 0; ++j) {
      carry += out[i + j] + (j < b.size() ? uint64_t{a[i]} * b[j] : 0);
      out[i + j] = static_cast<uint32_t>(carry);
      carry >>= 32;
    }
  }
  Trim(out);
  return out;
}
inline Big Shifted(const Big& a, int bits) {
  Big out(bits / 32, 0);
  uint64_t carry = 0;
  for (uint32_t digit : a) {
    carry |= uint64_t{digit} << (bits % 32);
    out.push_back(static_cast<uint32_t>(carry));
    carry >>= 32;
  }
  out.push_back(static_cast<uint32_t>(carry));
  Trim(out);
  return out;
}
inline Big Less(const Big& a, const Big& b) {  // a - b, a >= b
  Big out = a;
  int64_t borrow = 0;
  for (size_t i = 0; i < out.size(); ++i) {
    int64_t digit = int64_t{out[i]} - (i < b.size() ? b[i] : 0) - borrow;
    borrow = digit < 0;
    out[i] = static_cast<uint32_t>(digit + (borrow << 32));
  }
  Trim(out);
  return out;
}

/// numerator / denominator to the nearest whole number, halves to even; nothing beyond 2^70.
inline std::optional<unsigned __int128> Rounded(const Big& numerator, const Big& denominator) {
  unsigned __int128 quotient = 0;
  Big rest = numerator;
  if (Order(rest, Shifted(denominator, 70)) >= 0) return std::nullopt;
  for (int bit = 69; bit >= 0; --bit) {
    const Big part = Shifted(denominator, bit);
    if (Order(rest, part) < 0) continue;
    rest = Less(rest, part);
    quotient |= static_cast<unsigned __int128>(1) << bit;
  }
  const int half = Order(Shifted(rest, 1), denominator);
  if (half > 0 || (half == 0 && (quotient & 1) != 0)) ++quotient;
  return quotient;
}

struct Answer {
  MrStatus status;
  int64_t value;
};

inline Answer Signed(const std::optional<unsigned __int128>& magnitude, bool negative) {
  const unsigned __int128 limit = (static_cast<unsigned __int128>(1) << 63) - (negative ? 0 : 1);
  if (!magnitude || *magnitude > limit) return {kMrOverflow, 0};
  const uint64_t low = static_cast<uint64_t>(*magnitude);
  return {kMrOk, static_cast<int64_t>(negative ? 0 - low : low)};
}

inline uint64_t Magnitude(int64_t v) { return v < 0 ? 0 - static_cast<uint64_t>(v) : static_cast<uint64_t>(v); }

/// |d| as numerator / denominator.
inline std::pair<Big, Big> Fraction(double d) {
  int exponent;
  const double half = std::frexp(std::fabs(d), &exponent);
  const uint64_t mantissa = static_cast<uint64_t>(std::ldexp(half, 53));
  exponent -= 53;
  return {Shifted(FromU64(mantissa), std::max(exponent, 0)), Shifted(FromU64(1), std::max(-exponent, 0))};
}

inline Answer OracleScale(int64_t v, double d) {
  auto [numerator, denominator] = Fraction(d);
  return Signed(Rounded(Times(FromU64(Magnitude(v)), numerator), denominator), (v < 0) != std::signbit(d));
}
inline Answer OracleUnscale(int64_t v, double d) {
  auto [numerator, denominator] = Fraction(d);
  return Signed(Rounded(Times(FromU64(Magnitude(v)), denominator), numerator), (v < 0) != std::signbit(d));
}

/// Is `ratio` the double nearest to a / b? Compared with its two neighbours, exactly: |a/b - ratio| <= |a/b -
/// neighbour|.
inline bool IsNearest(double ratio, int64_t a, int64_t b) {
  if (a == 0) return ratio == 0;
  if ((ratio < 0) != ((a < 0) != (b < 0))) return false;
  const double size = std::fabs(ratio);
  for (const double other : {std::nextafter(size, 0.0), std::nextafter(size, kInfinity)}) {
    // Twice the midpoint is size + other; a/b must lie on our side of it, or on it with our mantissa even.
    auto [n1, d1] = Fraction(size);
    auto [n2, d2] = Fraction(other);
    Big sum = Times(n1, d2);
    const Big more = Times(n2, d1);
    Big total(std::max(sum.size(), more.size()) + 1, 0);
    uint64_t carry = 0;
    for (size_t i = 0; i < total.size(); ++i) {
      carry += (i < sum.size() ? sum[i] : 0) + uint64_t{i < more.size() ? more[i] : 0};
      total[i] = static_cast<uint32_t>(carry);
      carry >>= 32;
    }
    Trim(total);
    const Big left = Times(Shifted(FromU64(Magnitude(a)), 1), Times(d1, d2));
    const Big right = Times(total, FromU64(Magnitude(b)));
    const int order = Order(left, right);  // a/b against the midpoint
    uint64_t bits;
    std::memcpy(&bits, &size, sizeof bits);
    if (order == 0 && (bits & 1) != 0) return false;
    if (other < size ? order < 0 : order > 0) return false;
  }
  return true;
}

/// What the oracle says is what the kernel said and, if it gave a value, wrote.
inline ::testing::AssertionResult Same(const Answer& expected, MrStatus status, int64_t value) {
  if (expected.status == status && (status != kMrOk || expected.value == value))
    return ::testing::AssertionSuccess();
  return ::testing::AssertionFailure() << "expected " << expected.status << ": " << expected.value << ", got "
                                       << status << ": " << value << " for ";
}

}  // namespace mrule::test
