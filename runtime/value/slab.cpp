// SPDX-License-Identifier: Apache-2.0
// Size-class free lists over growing chunks; chunks of 2 MiB and more ask for huge pages.
#include "runtime/value/slab.h"

#include <bit>

#include <sys/mman.h>

#include "compiler/base/check.h"

namespace mrule::runtime {
namespace {
constexpr size_t kChunkBytesMax = size_t{8} << 20;
constexpr size_t kHugePage = size_t{2} << 20;
}  // namespace

Slab::~Slab() {
  for (const Mapping& mapping : mappings_) munmap(mapping.base, mapping.bytes);
}

unsigned Slab::ShiftFor(size_t bytes) {
  unsigned shift = bytes <= 1 ? 0 : static_cast<unsigned>(std::bit_width(bytes - 1));
  return shift < kShiftMin ? kShiftMin : shift;
}

void* Slab::Map(size_t bytes) {
  void* base = mmap(nullptr, bytes, PROT_READ | PROT_WRITE, MAP_PRIVATE | MAP_ANONYMOUS, -1, 0);
  MR_CHECK(base != MAP_FAILED, "the machine has memory for the state that the program was said to need");
  if (bytes >= kHugePage) madvise(base, bytes, MADV_HUGEPAGE);
  mappings_.push_back({base, bytes});
  return base;
}

void* Slab::Allocate(size_t bytes) {
  unsigned shift = ShiftFor(bytes);
  size_t size = size_t{1} << shift;
  in_use_ += size;
  if (FreeBlock* block = free_[shift]; block != nullptr) {
    free_[shift] = block->next;
    return block;
  }
  if (size > chunk_bytes_ / 4) return Map(size < 4096 ? 4096 : size);
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
