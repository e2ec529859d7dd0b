// SPDX-License-Identifier: Apache-2.0
// Sums, products, quotients and rounding. Whatever is held as int64_t (counts, money, durations) is checked
// for overflow; numbers that leave the finite doubles are unknown. Money meets doubles through exact.h only.
#include "stdlib/kernels/exact.h"
#include "stdlib/kernels/kernel.h"

using namespace mrule::stdlib;

namespace {

constexpr int64_t kMicro = 1'000'000;

/// A number that is infinite or not a number is no value.
inline MrStatus Finite(double value, double* out) {
  if (!(value - value == 0)) return kMrUnknown;
  *out = value;
  return kMrOk;
}

inline MrStatus Add(int64_t a, int64_t b, int64_t* out) {
  int64_t sum;
  if (__builtin_add_overflow(a, b, &sum)) return kMrOverflow;
  return *out = sum, kMrOk;
}

inline MrStatus Sub(int64_t a, int64_t b, int64_t* out) {
  int64_t difference;
  if (__builtin_sub_overflow(a, b, &difference)) return kMrOverflow;
  return *out = difference, kMrOk;
}

/// The largest whole number not above `value`; written out because libm must not be called.
inline double Floor(double value) {
  if (!(value > -4503599627370496.0 && value < 4503599627370496.0)) return value;  // 2^52: whole already
  const double whole = static_cast<double>(static_cast<int64_t>(value));
  return whole > value ? whole - 1 : whole;
}

/// The multiple of one currency unit at or below `money`, and how far above it `money` is.
struct Units {
  int64_t rest;
  explicit Units(int64_t money) : rest(money % kMicro) { rest += rest < 0 ? kMicro : 0; }
};

}  // namespace

extern "C" {

// --- widening ---
MrStatus mr_k_count_to_f64(int64_t a, double* out) { return *out = static_cast<double>(a), kMrOk; }
MrStatus mr_k_copy_f64(double a, double* out) { return *out = a, kMrOk; }

// --- of one kind ---
MrStatus mr_k_add_i64(int64_t a, int64_t b, int64_t* out) { return Add(a, b, out); }
MrStatus mr_k_sub_i64(int64_t a, int64_t b, int64_t* out) { return Sub(a, b, out); }
MrStatus mr_k_mul_i64(int64_t a, int64_t b, int64_t* out) {
  int64_t product;
  if (__builtin_mul_overflow(a, b, &product)) return kMrOverflow;
  return *out = product, kMrOk;
}
MrStatus mr_k_neg_i64(int64_t a, int64_t* out) { return Sub(0, a, out); }
MrStatus mr_k_abs_i64(int64_t a, int64_t* out) { return a < 0 ? Sub(0, a, out) : (*out = a, kMrOk); }
MrStatus mr_k_div_i64(int64_t a, int64_t b, double* out) {
  if (b == 0) return kMrUnknown;
  return *out = exact::Ratio(a, b), kMrOk;
}

MrStatus mr_k_add_f64(double a, double b, double* out) { return Finite(a + b, out); }
MrStatus mr_k_sub_f64(double a, double b, double* out) { return Finite(a - b, out); }
MrStatus mr_k_mul_f64(double a, double b, double* out) { return Finite(a * b, out); }
MrStatus mr_k_div_f64(double a, double b, double* out) { return Finite(a / b, out); }
MrStatus mr_k_neg_f64(double a, double* out) {
  return *out = 0.0 - a, kMrOk;
}  // 0 - 0 is 0: no negative zero
MrStatus mr_k_abs_f64(double a, double* out) { return *out = __builtin_fabs(a), kMrOk; }

// --- int64_t with double: money and durations, exact and rounded once ---
MrStatus mr_k_scale_i64(int64_t a, double b, int64_t* out) { return exact::Scale(a, b, out); }
MrStatus mr_k_scale_i64_by_left(double a, int64_t b, int64_t* out) { return exact::Scale(b, a, out); }
MrStatus mr_k_unscale_i64(int64_t a, double b, int64_t* out) { return exact::Unscale(a, b, out); }
MrStatus mr_k_split_i64(int64_t a, int64_t b, int64_t* out) { return exact::Split(a, b, out); }

// --- count with double ---
MrStatus mr_k_mul_count_f64(int64_t a, double b, double* out) {
  return Finite(static_cast<double>(a) * b, out);
}
MrStatus mr_k_mul_f64_count(double a, int64_t b, double* out) {
  return Finite(a * static_cast<double>(b), out);
}
MrStatus mr_k_div_count_f64(int64_t a, double b, double* out) {
  return Finite(static_cast<double>(a) / b, out);
}
MrStatus mr_k_div_f64_count(double a, int64_t b, double* out) {
  return Finite(a / static_cast<double>(b), out);
}

// --- `x + 20%`: x and that share of it, so that a share that is exact stays exact ---
MrStatus mr_k_grow_money(int64_t a, double percent, int64_t* out) {
  int64_t share;
  const MrStatus status = exact::Scale(a, percent, &share);
  return status == kMrOk ? Add(a, share, out) : status;
}
MrStatus mr_k_shrink_money(int64_t a, double percent, int64_t* out) {
  int64_t share;
  const MrStatus status = exact::Scale(a, percent, &share);
  return status == kMrOk ? Sub(a, share, out) : status;
}
MrStatus mr_k_grow_f64(double a, double percent, double* out) { return Finite(a + a * percent, out); }
MrStatus mr_k_shrink_f64(double a, double percent, double* out) { return Finite(a - a * percent, out); }
MrStatus mr_k_grow_count(int64_t a, double percent, double* out) {
  return mr_k_grow_f64(static_cast<double>(a), percent, out);
}
MrStatus mr_k_shrink_count(int64_t a, double percent, double* out) {
  return mr_k_shrink_f64(static_cast<double>(a), percent, out);
}

// Newton's steps from half the exponent: no library is asked, so that every engine has the same bits.
MrStatus mr_k_root_f64(double a, double* out) {
  if (!(a > 0)) return *out = 0.0, a == 0 ? kMrOk : kMrUnknown;
  int64_t bits;
  __builtin_memcpy(&bits, &a, sizeof bits);
  bits = (bits >> 1) + (int64_t{1023} << 51);
  double root;
  __builtin_memcpy(&root, &bits, sizeof root);
  for (int step = 0; step < 6; ++step) root = 0.5 * (root + a / root);
  return *out = root, kMrOk;
}

// --- rounding ---
MrStatus mr_k_floor_f64(double a, double* out) { return *out = Floor(a) + 0.0, kMrOk; }
MrStatus mr_k_ceil_f64(double a, double* out) { return *out = 0.0 - Floor(-a), kMrOk; }
MrStatus mr_k_round_f64(double a, double* out) {
  // The rest after Floor is exact, unlike a + 0.5.
  const double size = __builtin_fabs(a), whole = Floor(size);
  const double rounded = size - whole >= 0.5 ? whole + 1 : whole;
  return *out = a < 0 ? 0.0 - rounded : rounded, kMrOk;
}
MrStatus mr_k_floor_money(int64_t a, int64_t* out) { return Sub(a, Units(a).rest, out); }
MrStatus mr_k_ceil_money(int64_t a, int64_t* out) {
  const int64_t rest = Units(a).rest;
  return rest == 0 ? (*out = a, kMrOk) : Add(a, kMicro - rest, out);
}
MrStatus mr_k_round_money(int64_t a, int64_t* out) {
  const int64_t rest = Units(a).rest;
  const bool up = rest > kMicro / 2 || (rest == kMicro / 2 && a > 0);
  return up ? Add(a, kMicro - rest, out) : Sub(a, rest, out);
}

}  // extern "C"
