// SPDX-License-Identifier: Apache-2.0
// Comparisons of what is held as int64_t or as double, and the smaller and larger of two. Texts compare in
// text.cpp.
#include "stdlib/kernels/kernel.h"

#define MR_COMPARISONS(suffix, type)                                                            \
  MrStatus mr_k_eq_##suffix(type a, type b, int64_t* out) { return *out = a == b, kMrOk; }      \
  MrStatus mr_k_ne_##suffix(type a, type b, int64_t* out) { return *out = a != b, kMrOk; }      \
  MrStatus mr_k_lt_##suffix(type a, type b, int64_t* out) { return *out = a < b, kMrOk; }       \
  MrStatus mr_k_le_##suffix(type a, type b, int64_t* out) { return *out = a <= b, kMrOk; }      \
  MrStatus mr_k_gt_##suffix(type a, type b, int64_t* out) { return *out = a > b, kMrOk; }       \
  MrStatus mr_k_ge_##suffix(type a, type b, int64_t* out) { return *out = a >= b, kMrOk; }      \
  MrStatus mr_k_min_##suffix(type a, type b, type* out) { return *out = b < a ? b : a, kMrOk; } \
  MrStatus mr_k_max_##suffix(type a, type b, type* out) { return *out = a < b ? b : a, kMrOk; }

extern "C" {
MR_COMPARISONS(i64, int64_t)
MR_COMPARISONS(f64, double)
}

#undef MR_COMPARISONS
