// SPDX-License-Identifier: Apache-2.0
// Doubles as integers of the same order, so that one unsigned comparison answers every range test. -0.0 and 0.0 are one key.
#pragma once

#include <bit>
#include <cstdint>
#include <limits>

namespace mrule::plan {

inline int64_t OrderedKey(double value) {
  const int64_t bits = std::bit_cast<int64_t>(value + 0.0);
  return bits ^ ((bits >> 63) & std::numeric_limits<int64_t>::max());
}

}  // namespace mrule::plan
