// SPDX-License-Identifier: Apache-2.0
#include "runtime/exec/seen_ids.h"

#include "compiler/base/limits.h"

namespace mrule::runtime {
namespace {
constexpr size_t kFirstEntries = 1024;
}  // namespace

size_t SeenIds::Find(Hash128 id) const {
  const size_t mask = slots_.size() - 1;
  const auto tag = static_cast<uint32_t>(id.low);
  for (size_t i = tag & mask;; i = (i + 1) & mask) {
    const Slot& slot = slots_[i];
    if (slot.position == kFree) return i;
    if (slot.tag != tag) continue;
    const Hash128& there = ring_[slot.position].id;
    if (there.low == id.low && there.high == id.high) return i;
  }
}

void SeenIds::PopOldest() {
  const size_t mask = slots_.size() - 1;
  size_t hole = Find(ring_[head_ & ring_mask_].id);
  for (size_t i = (hole + 1) & mask; slots_[i].position != kFree; i = (i + 1) & mask) {
    // What stands at i may fill the hole unless its home lies behind it.
    if (((i - slots_[i].tag) & mask) < ((i - hole) & mask)) continue;
    slots_[hole] = slots_[i];
    hole = i;
  }
  slots_[hole] = Slot();
  ++head_;
}

void SeenIds::Forget(int64_t at) {
  while (head_ != tail_ && ring_[head_ & ring_mask_].at <= at - horizon_micros_) PopOldest();
}

void SeenIds::Grow() {
  const size_t entries = ring_.empty() ? kFirstEntries : ring_.size() * 2;
  std::vector<Entry> ring(entries);
  for (uint64_t p = head_; p != tail_; ++p) ring[p & (entries - 1)] = ring_[p & ring_mask_];
  ring_.swap(ring);
  ring_mask_ = entries - 1;
  slots_.assign(entries * 2, Slot());
  for (uint64_t p = head_; p != tail_; ++p) {
    const Hash128 id = ring_[p & ring_mask_].id;
    slots_[Find(id)] = {static_cast<uint32_t>(id.low), static_cast<uint32_t>(p & ring_mask_)};
  }
}

bool SeenIds::Add(Hash128 id, int64_t at) {
  if (ring_.empty()) Grow();
  Forget(at);
  if (slots_[Find(id)].position != kFree) return false;
  if (size() >= limits::kIdsKeptMax) {
    PopOldest();
    ++forgotten_early_;
  } else if (size() == ring_.size()) {
    Grow();
  }
  const auto position = static_cast<uint32_t>(tail_ & ring_mask_);
  ring_[position] = {id, at};
  slots_[Find(id)] = {static_cast<uint32_t>(id.low), position};
  ++tail_;
  return true;
}

bool SeenIds::Has(Hash128 id, int64_t at) {
  if (slots_.empty()) return false;
  Forget(at);
  return slots_[Find(id)].position != kFree;
}

}  // namespace mrule::runtime
