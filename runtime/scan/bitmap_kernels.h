// SPDX-License-Identifier: Apache-2.0
// The loops of a scan, over one batch of rows. Each has a version for AVX-512, for AVX2 and for any processor, chosen once.
#pragma once

#include <cstddef>
#include <cstdint>
#include <span>

namespace mrule::runtime {

inline constexpr size_t kBatchRows = 2048;
inline constexpr size_t kBatchWords = kBatchRows / 64;

/// Rows to be counted: the conjunction or disjunction of bitmaps, named by their places in an array of operands.
struct CountStep {
  uint32_t first = 0;
  uint32_t n = 0;
  bool is_or = false;
};
inline constexpr size_t kCounterWords = 8;  ///< a step's counter: partial sums, to be added up once

struct BitmapKernels {
  /// out = rows whose code lies in [low, low + span]; with `add`, out |= them.
  void (*in_range8)(const uint8_t* codes, uint8_t low, uint8_t span, bool add, uint64_t* out);
  void (*in_range16)(const uint16_t* codes, uint16_t low, uint16_t span, bool add, uint64_t* out);
  /// Up to eight tests of one column at once: `table` has 256 bytes, one a code, bit k of which answers test k, whose bitmap is
  /// outs[k]. Codes are below `codes_end`. Null where ranges are as good.
  void (*lookup8)(const uint8_t* codes, const uint8_t* table, size_t codes_end, size_t tests, uint64_t* const* outs);
  /// Bitmaps are named by their first word's offset from `base`.
  void (*combine)(const uint64_t* base, const uint32_t* operands, size_t n, bool is_or, uint64_t* out);
  void (*count)(const uint64_t* base, const CountStep* steps, size_t n, const uint32_t* operands, uint64_t* counters);
  const char* name;
};

/// The best for this processor.
const BitmapKernels& Kernels();
/// All that run on this processor, the best first: for tests.
std::span<const BitmapKernels* const> AllKernels();
/// Makes Kernels() return another one of these.
void UseKernels(const BitmapKernels& kernels);

}  // namespace mrule::runtime
