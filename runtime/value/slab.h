// SPDX-License-Identifier: Apache-2.0
// Memory for what hangs off a record and changes size: window logs, sets of distinct values, set attributes. Blocks come in
// powers of two and go back to a free list of their size, so that a long run neither fragments nor calls malloc per event.
// Single-threaded: one per shard. Everything is returned when the slab goes.
#pragma once

#include <array>
#include <cstddef>
#include <cstdint>
#include <vector>

#include "runtime/value/huge_buffer.h"

namespace mrule::runtime {

class Slab {
 public:
  Slab() = default;
  Slab(const Slab&) = delete;
  Slab& operator=(const Slab&) = delete;

  /// At least `bytes`, aligned to 32 (64 from 64 bytes on). Not cleared.
  void* Allocate(size_t bytes);
  /// `bytes` as it was asked for. Null is allowed.
  void Free(void* block, size_t bytes);
  /// Bytes handed out and not freed, rounded as allocated.
  size_t bytes_in_use() const { return in_use_; }

 private:
  static constexpr unsigned kShiftMin = 5;     // 32 bytes
  static constexpr unsigned kShiftMax = 63;
  struct FreeBlock {
    FreeBlock* next;
  };
  static unsigned ShiftFor(size_t bytes);
  void* Map(size_t bytes);

  std::array<FreeBlock*, kShiftMax + 1> free_{};
  std::vector<HugeBuffer> mappings_;
  char* bump_ = nullptr;
  char* bump_end_ = nullptr;
  size_t chunk_bytes_ = size_t{64} << 10;
  size_t in_use_ = 0;
};

}  // namespace mrule::runtime
