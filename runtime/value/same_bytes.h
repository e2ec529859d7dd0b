// SPDX-License-Identifier: Apache-2.0
// Equality of short byte strings of equal length in line: names and codes are compared for every event, and most have fewer bytes
// than a call of memcmp has instructions.
#pragma once

#include <cstddef>
#include <cstdint>
#include <cstring>

namespace mrule::runtime {

template <typename Word>
inline bool SameWord(const char* a, const char* b) {
  Word left, right;
  std::memcpy(&left, a, sizeof left);
  std::memcpy(&right, b, sizeof right);
  return left == right;
}

/// Whether `size` bytes at `a` and `b` are equal; reads no others.
inline bool SameBytes(const char* a, const char* b, size_t size) {
  if (size > 32) return std::memcmp(a, b, size) == 0;
  if (size >= 8) {
    for (size_t i = 8; i < size; i += 8) {
      if (!SameWord<uint64_t>(a + i - 8, b + i - 8)) return false;
    }
    return SameWord<uint64_t>(a + size - 8, b + size - 8);
  }
  if (size >= 4) return SameWord<uint32_t>(a, b) && SameWord<uint32_t>(a + size - 4, b + size - 4);
  if (size >= 2) return SameWord<uint16_t>(a, b) && a[size - 1] == b[size - 1];
  return size == 0 || *a == *b;
}

}  // namespace mrule::runtime
