// SPDX-License-Identifier: Apache-2.0
// Words of bits, one bit a row: the few loops the matcher spends its time in.
#pragma once

#include <bit>
#include <cstddef>
#include <cstdint>

namespace mrule::runtime {

/// into &= with, `words` words; returns whether any bit is left.
bool AndWords(uint64_t* into, const uint64_t* with, size_t words);
void OrWords(uint64_t* into, const uint64_t* with, size_t words);
void AndNotWords(uint64_t* into, const uint64_t* without, size_t words);

template <typename Fn>
inline void ForEachBit(const uint64_t* bits, size_t words, Fn fn) {
  for (size_t w = 0; w < words; ++w) {
    for (uint64_t left = bits[w]; left != 0; left &= left - 1) fn(w * 64 + std::countr_zero(left));
  }
}

inline void SetBit(uint64_t* bits, size_t i) { bits[i / 64] |= uint64_t{1} << (i % 64); }
inline void ClearBit(uint64_t* bits, size_t i) { bits[i / 64] &= ~(uint64_t{1} << (i % 64)); }
inline bool TestBit(const uint64_t* bits, size_t i) { return (bits[i / 64] >> (i % 64)) & 1; }

}  // namespace mrule::runtime
