// SPDX-License-Identifier: Apache-2.0
// An entry lives at the level of the highest 6-bit digit in which its key differs from now, in the bucket of that digit. All
// keys of a lower level are before all keys of a higher one, and within a level buckets are in order, so the earliest bucket
// is two count-trailing-zeros away. When time moves into a bucket, its entries spread over the levels below.
#include "runtime/exec/timers.h"

#include <bit>

#include "compiler/base/check.h"

namespace mrule::runtime {

Timers::Timers() = default;
Timers::~Timers() = default;

Timers::Block* Timers::NewBlock() {
  constexpr size_t kBlocksPerSlab = 256;
  if (free_ == nullptr) {
    slabs_.push_back(std::make_unique_for_overwrite<Block[]>(kBlocksPerSlab));
    for (size_t i = 0; i < kBlocksPerSlab; ++i) {
      Block* block = &slabs_.back()[i];
      block->next = free_;
      free_ = block;
    }
  }
  Block* block = free_;
  free_ = block->next;
  block->count = 0;
  return block;
}

void Timers::Put(const TimerEntry& entry) {
  uint64_t key = KeyOf(entry.at);
  uint64_t differs = key ^ now_;
  unsigned level = differs == 0 ? 0 : static_cast<unsigned>(std::bit_width(differs) - 1) / kBits;
  unsigned digit = static_cast<unsigned>(key >> (level * kBits)) & (kDigits - 1);
  Bucket& bucket = buckets_[level][digit];
  if (bucket.blocks == nullptr || bucket.blocks->count == kBlockEntries) {
    Block* block = NewBlock();
    block->next = bucket.blocks;
    bucket.blocks = block;
  }
  bucket.blocks->entries[bucket.blocks->count++] = entry;
  if (entry.at < bucket.earliest) bucket.earliest = entry.at;
  levels_used_ |= 1u << level;
  digits_used_[level] |= uint64_t{1} << digit;
}

void Timers::Add(const TimerEntry& entry) {
  MR_CHECK(KeyOf(entry.at) >= now_ && entry.at != kNever, "timers are set for the present or the future");
  Put(entry);
  ++size_;
  if (entry.at < next_) next_ = entry.at;
}

void Timers::FindNext() {
  if (levels_used_ == 0) {
    next_ = kNever;
    return;
  }
  unsigned level = static_cast<unsigned>(std::countr_zero(levels_used_));
  unsigned digit = static_cast<unsigned>(std::countr_zero(digits_used_[level]));
  next_ = buckets_[level][digit].earliest;
}

void Timers::PopAt(int64_t at, std::vector<TimerEntry>& due) {
  MR_CHECK(at <= next_ && KeyOf(at) >= now_, "time moves forward and skips no entry");
  uint64_t key = KeyOf(at);
  uint64_t differs = key ^ now_;
  unsigned level = differs == 0 ? 0 : static_cast<unsigned>(std::bit_width(differs) - 1) / kBits;
  unsigned digit = static_cast<unsigned>(key >> (level * kBits)) & (kDigits - 1);
  now_ = key;
  // Of the buckets whose place changes with `now_`, only this one can hold anything: others would lie before `at`.
  Block* block = buckets_[level][digit].blocks;
  if (block == nullptr) return;
  buckets_[level][digit] = Bucket();
  digits_used_[level] &= ~(uint64_t{1} << digit);
  if (digits_used_[level] == 0) levels_used_ &= ~(1u << level);
  while (block != nullptr) {
    for (uint32_t i = 0; i < block->count; ++i) {
      if (block->entries[i].at == at) {
        due.push_back(block->entries[i]);
        --size_;
      } else {
        Put(block->entries[i]);
      }
    }
    Block* next = block->next;
    block->next = free_;
    free_ = block;
    block = next;
  }
  FindNext();
}

}  // namespace mrule::runtime
