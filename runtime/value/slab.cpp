// SPDX-License-Identifier: Apache-2.0
// Size-class free lists over growing chunks.
#include "runtime/value/slab.h"

#include <bit>

namespace mrule::runtime {
namespace {
constexpr size_t kChunkBytesMax = size_t{8} << 20;
}  // namespace

unsigned Slab::ShiftFor(size_t bytes) {
  unsigned shift = bytes <= 1 ? 0 : static_cast<unsigned>(std::bit_width(bytes - 1));
  return shift < kShiftMin ? kShiftMin : shift;
}

void* Slab::Map(size_t bytes) {
  mappings_.emplace_back(bytes);
  return mappings_.back().data();
}

void* Slab::Allocate(size_t bytes) {
  unsigned shift = ShiftFor(bytes);
  size_t size = size_t{1} << shift;
  in_use_ += size;
  if (FreeBlock* block = free_[shift]; block != nullptr) {
    free_[shift] = block->next;
    return block;
  }
  if (size > chunk_bytes_ / 4) return Map(size);
  size_t align = size < 64 ? 32 : 64;
  char* start = bump_ + (-reinterpret_cast<uintptr_t>(bump_) & (align - 1));
  if (bump_ == nullptr || start + size > bump_end_) {
    start = static_cast<char*>(Map(chunk_bytes_));
    bump_end_ = start + chunk_bytes_;
    if (chunk_bytes_ < kChunkBytesMax) chunk_bytes_ *= 2;
  }
  bump_ = start + size;
  return start;
}

void Slab::Free(void* block, size_t bytes) {
  if (block == nullptr) return;
  unsigned shift = ShiftFor(bytes);
  in_use_ -= size_t{1} << shift;
  auto* freed = static_cast<FreeBlock*>(block);
  freed->next = free_[shift];
  free_[shift] = freed;
}

}  // namespace mrule::runtime
