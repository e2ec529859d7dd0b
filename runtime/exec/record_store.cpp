// SPDX-License-Identifier: Apache-2.0
// Chunks are mapped, not allocated: the pages of a chunk cost nothing until records reach them, and huge pages halve the
// misses of a run over many subjects.
#include "runtime/exec/record_store.h"

#include <bit>
#include <cstring>
#include <utility>

#include <sys/mman.h>

#include "compiler/base/check.h"

namespace mrule::runtime {
namespace {
constexpr size_t kChunkBytes = size_t{32} << 20;
constexpr size_t kHugePage = size_t{2} << 20;
}  // namespace

RecordStore::RecordStore(uint32_t stride, std::vector<uint8_t> image) : stride_(stride), image_(std::move(image)) {
  MR_CHECK(stride_ >= sizeof(plan::RecordHeader) && stride_ % 64 == 0, "a record is whole cache lines and has a header");
  MR_CHECK(image_.size() <= stride_, "a record's image fits the record");
  size_t per_chunk = kChunkBytes / stride_;
  shift_ = per_chunk == 0 ? 0 : static_cast<uint32_t>(std::bit_width(per_chunk) - 1);
  mask_ = (size_t{1} << shift_) - 1;
  chunk_bytes_ = ((size_t{stride_} << shift_) + kHugePage - 1) & ~(kHugePage - 1);
}

RecordStore::~RecordStore() {
  for (char* chunk : chunks_) munmap(chunk, chunk_bytes_);
}

RecordStore::RecordStore(RecordStore&& other) noexcept
    : stride_(other.stride_), shift_(other.shift_), mask_(other.mask_), size_(std::exchange(other.size_, 0)),
      chunk_bytes_(other.chunk_bytes_), chunks_(std::exchange(other.chunks_, {})), image_(std::move(other.image_)) {}

char* RecordStore::Add() {
  if ((size_ >> shift_) == chunks_.size()) {
    void* chunk = mmap(nullptr, chunk_bytes_, PROT_READ | PROT_WRITE, MAP_PRIVATE | MAP_ANONYMOUS, -1, 0);
    MR_CHECK(chunk != MAP_FAILED, "the machine has memory for the records that the program was said to need");
    madvise(chunk, chunk_bytes_, MADV_HUGEPAGE);
    chunks_.push_back(static_cast<char*>(chunk));
  }
  char* record = At(size_++);
  if (!image_.empty()) std::memcpy(record, image_.data(), image_.size());
  return record;
}

}  // namespace mrule::runtime
