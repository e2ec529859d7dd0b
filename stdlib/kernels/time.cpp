// SPDX-License-Identifier: Apache-2.0
// Dates with durations. Instants and durations are plain int64_t sums in arithmetic.cpp; calendar arithmetic
// that needs a zone is not a kernel's business.
#include "stdlib/kernels/kernel.h"

namespace {
constexpr int64_t kDayMicros = 86'400'000'000;
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

}  // extern "C"
