// SPDX-License-Identifier: Apache-2.0
// Chunks are mapped, not allocated: the pages of a chunk cost nothing until records reach them.
#include "runtime/exec/record_store.h"

#include <bit>
#include <cstring>
#include <utility>

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

char* RecordStore::Add() {
  if ((size_ >> shift_) == chunks_.size()) {
    memory_.emplace_back(chunk_bytes_);
    chunks_.push_back(memory_.back().data());
  }
  char* record = At(size_++);
  if (!image_.empty()) std::memcpy(record, image_.data(), image_.size());
  return record;
}

}  // namespace mrule::runtime
