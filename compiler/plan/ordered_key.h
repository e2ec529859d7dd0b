// SPDX-License-Identifier: Apache-2.0
// Doubles as signed integers in the same order, so that one comparison of integers serves numbers too. The plan's ranges
// over numbers hold these keys; the matcher converts each number once.
#pragma once

#include <cstdint>
#include <cstring>
#include <limits>

namespace mrule::plan {

inline int64_t OrderedKey(double value) {
  value += 0.0;  // both zeros are one
  int64_t bits;
  std::memcpy(&bits, &value, sizeof bits);
  return bits < 0 ? bits ^ std::numeric_limits<int64_t>::max() : bits;
}

}  // namespace mrule::plan
