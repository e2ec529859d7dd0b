// SPDX-License-Identifier: Apache-2.0
// Exact arithmetic between int64_t and double: products and quotients are those of the double's exact value,
// rounded once, half to even. Everything works on integers, 128 bits wide where needed; no floating operation
// rounds on the way. Shared by arithmetic.cpp (money, durations) and state.cpp (fixed-point sums). The
// compiler's 128-bit division is a library call that compiled rules could not reach, so division is done
// here.
#pragma once

#include "stdlib/abi.h"

namespace mrule::stdlib::exact {

using U128 = unsigned __int128;

/// A finite double as (-1)^negative * mantissa * 2^exponent, the mantissa odd (or zero, with exponent 0).
struct Parts {
  uint64_t mantissa;
  int32_t exponent;
  bool negative;
  bool finite;
};

inline Parts Split(double value) {
  uint64_t bits;
  __builtin_memcpy(&bits, &value, sizeof bits);
  const uint32_t biased = static_cast<uint32_t>(bits >> 52) & 0x7FF;
  uint64_t mantissa = bits & ((uint64_t{1} << 52) - 1);
  const bool negative = (bits >> 63) != 0;
  if (biased == 0x7FF) return {0, 0, negative, false};
  if (biased != 0) mantissa |= uint64_t{1} << 52;
  if (mantissa == 0) return {0, 0, negative, true};
  const int32_t exponent = static_cast<int32_t>(biased == 0 ? 1 : biased) - 1075;
  const int32_t shift = __builtin_ctzll(mantissa);
  return {mantissa >> shift, exponent + shift, negative, true};
}

inline uint64_t Magnitude(int64_t value) {
  return value < 0 ? uint64_t{0} - static_cast<uint64_t>(value) : static_cast<uint64_t>(value);
}

/// How many bits `value` needs: 0 for 0.
inline int32_t BitLength(uint64_t value) { return value == 0 ? 0 : 64 - __builtin_clzll(value); }
inline int32_t BitLength(U128 value) {
  const uint64_t high = static_cast<uint64_t>(value >> 64);
  return high != 0 ? 64 + BitLength(high) : BitLength(static_cast<uint64_t>(value));
}

/// Gives a magnitude its sign; false if it does not fit.
inline bool WithSign(U128 magnitude, bool negative, int64_t* out) {
  const U128 limit = (U128{1} << 63) - (negative ? 0 : 1);
  if (magnitude > limit) return false;
  const uint64_t low = static_cast<uint64_t>(magnitude);
  *out = static_cast<int64_t>(negative ? uint64_t{0} - low : low);
  return true;
}

struct Quotient {
  U128 value;
  U128 rest;
};

/// Long division; `divisor` is not 0 and below 2^127. One step per bit of the quotient.
[[gnu::noinline]] inline Quotient DivideWide(U128 dividend, U128 divisor) {
  const int32_t steps = BitLength(dividend) - BitLength(divisor);
  if (steps < 0) return {0, dividend};
  U128 value = 0;
  for (int32_t i = steps; i >= 0; --i) {
    const U128 part = divisor << i;
    value <<= 1;
    if (dividend >= part) {
      dividend -= part;
      value |= 1;
    }
  }
  return {value, dividend};
}

inline Quotient Divide(U128 dividend, U128 divisor) {
  if (((dividend | divisor) >> 64) == 0) {
    const uint64_t n = static_cast<uint64_t>(dividend), d = static_cast<uint64_t>(divisor);
    return {n / d, n % d};
  }
  return DivideWide(dividend, divisor);
}

/// dividend / divisor to the nearest integer, halves to even. `divisor` is not 0 and below 2^127.
inline U128 DivideRounded(U128 dividend, U128 divisor) {
  const Quotient q = Divide(dividend, divisor);
  const U128 left = divisor - q.rest;  // compared with the rest instead of doubling it, which could overflow
  const bool up = q.rest > left || (q.rest == left && (q.value & 1) != 0);
  return q.value + (up ? 1 : 0);
}

/// value * 2^-shift to the nearest integer, halves to even; shift is 0 or more.
inline U128 ShiftRounded(U128 value, int32_t shift) {
  if (shift == 0) return value;
  if (shift > 127) return 0;  // value < 2^127: below one half
  const U128 whole = value >> shift;
  const U128 rest = value & ((U128{1} << shift) - 1);
  const U128 half = U128{1} << (shift - 1);
  const bool up = rest > half || (rest == half && (whole & 1) != 0);
  return whole + (up ? 1 : 0);
}

/// value * factor. kMrUnknown for a factor that is not finite.
inline MrStatus Scale(int64_t value, double factor, int64_t* out) {
  const Parts f = Split(factor);
  if (!f.finite) return kMrUnknown;
  if (value == 0 || f.mantissa == 0) return *out = 0, kMrOk;
  const U128 product = static_cast<U128>(Magnitude(value)) * f.mantissa;  // below 2^117
  const bool negative = (value < 0) != f.negative;
  if (f.exponent <= 0) {
    return WithSign(ShiftRounded(product, -f.exponent), negative, out) ? kMrOk : kMrOverflow;
  }
  if (BitLength(product) + f.exponent > 64) return kMrOverflow;
  return WithSign(product << f.exponent, negative, out) ? kMrOk : kMrOverflow;
}

/// value / divisor. kMrUnknown for a divisor that is zero or not finite.
inline MrStatus Unscale(int64_t value, double divisor, int64_t* out) {
  const Parts d = Split(divisor);
  if (!d.finite || d.mantissa == 0) return kMrUnknown;
  if (value == 0) return *out = 0, kMrOk;
  const uint64_t magnitude = Magnitude(value);
  const bool negative = (value < 0) != d.negative;
  if (d.exponent > 0) {
    if (BitLength(d.mantissa) + d.exponent > 65)
      return *out = 0, kMrOk;  // the divisor exceeds twice any value
    return WithSign(DivideRounded(magnitude, static_cast<U128>(d.mantissa) << d.exponent), negative, out)
               ? kMrOk
               : kMrOverflow;
  }
  if (BitLength(magnitude) - d.exponent > 118)
    return kMrOverflow;  // even 2^53 as divisor leaves more than 2^64
  return WithSign(DivideRounded(static_cast<U128>(magnitude) << -d.exponent, d.mantissa), negative, out)
             ? kMrOk
             : kMrOverflow;
}

/// a / b to the nearest integer. kMrUnknown for b = 0.
inline MrStatus Split(int64_t a, int64_t b, int64_t* out) {
  if (b == 0) return kMrUnknown;
  return WithSign(DivideRounded(Magnitude(a), Magnitude(b)), (a < 0) != (b < 0), out) ? kMrOk : kMrOverflow;
}

/// a / b as the nearest double. b is not 0.
inline double Ratio(int64_t a, int64_t b) {
  const uint64_t n = Magnitude(a), d = Magnitude(b);
  if (n == 0) return 0;
  constexpr uint64_t kExactMax = uint64_t{1} << 53;
  if (n <= kExactMax && d <= kExactMax) return static_cast<double>(a) / static_cast<double>(b);
  // At least 64 bits of the quotient, and a last bit that says whether anything was left: more than the 55
  // that rounding once needs. The shifted dividend has exactly 64 + BitLength(d) bits, so nothing is lost.
  const int32_t shift = 64 + BitLength(d) - BitLength(n);
  const Quotient q = Divide(static_cast<U128>(n) << shift, d);
  U128 value = q.value;
  bool sticky = q.rest != 0;
  int32_t exponent = -shift;
  // Down to 62 bits with the sticky bit as the lowest, so that the conversion below rounds once and
  // correctly.
  const int32_t excess = BitLength(value) - 62;
  if (excess > 0) {
    sticky |= (value & ((U128{1} << excess) - 1)) != 0;
    value >>= excess;
    exponent += excess;
  }
  uint64_t bits = static_cast<uint64_t>(value) | (sticky ? 1 : 0);
  double result = static_cast<double>(static_cast<int64_t>(bits));
  const uint64_t scale_bits = static_cast<uint64_t>(1023 + exponent)
                              << 52;  // 2^exponent: |exponent| < 130, so normal and exact
  double scale;
  __builtin_memcpy(&scale, &scale_bits, sizeof scale);
  result *= scale;
  return (a < 0) != (b < 0) ? -result : result;
}

}  // namespace mrule::stdlib::exact
