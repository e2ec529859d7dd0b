// SPDX-License-Identifier: Apache-2.0
// The loops of a scan, over one batch of rows. Each has a version for AVX-512, for AVX2 and for any processor, chosen once.
#pragma once

#include <cstddef>
#include <cstdint>

namespace mrule::runtime {

inline constexpr size_t kBatchRows = 2048;
inline constexpr size_t kBatchWords = kBatchRows / 64;

struct BitmapKernels {
  /// out = rows whose code lies in [low, low + span]; with `add`, out |= them.
  void (*in_range8)(const uint8_t* codes, uint8_t low, uint8_t span, bool add, uint64_t* out);
  void (*in_range16)(const uint16_t* codes, uint16_t low, uint16_t span, bool add, uint64_t* out);
  void (*and_into)(uint64_t* into, const uint64_t* with);
  void (*or_into)(uint64_t* into, const uint64_t* with);
  /// Conjunction of n bitmaps and the number of its rows; `out` may be null.
  uint64_t (*and_many)(const uint64_t* const* bitmaps, size_t n, uint64_t* out);
  uint64_t (*count)(const uint64_t* bits);
  const char* name;
};

/// The best for this processor.
const BitmapKernels& Kernels();

}  // namespace mrule::runtime
