// SPDX-License-Identifier: Apache-2.0
// Linear probing, at most half full. Slots hold 32 bits of the hash, not 64, and the name if it is short, so that two fit a
// cache line and most names are told apart without another; growing hashes names again.
#include "runtime/exec/subject_table.h"

#include <algorithm>
#include <cstring>

#include "compiler/base/check.h"
#include "runtime/value/hash.h"

namespace mrule::runtime {
namespace {
constexpr size_t kFirstSlots = 1024;
uint32_t TagOf(uint64_t hash) { return static_cast<uint32_t>(hash >> 32); }
}  // namespace

SubjectTable::SubjectTable(TextPool& texts, uint32_t stride, std::vector<uint8_t> image)
    : texts_(texts), records_(stride, std::move(image)) {
  Reset(kFirstSlots);
}

void SubjectTable::Reset(size_t slots) {
  memory_ = HugeBuffer(slots * sizeof(Slot));
  slots_ = reinterpret_cast<Slot*>(memory_.data());
  mask_ = slots - 1;
  std::fill(slots_, slots_ + slots, Slot{0, kNone, nullptr, 0, {}});
}

uint32_t SubjectTable::Search(const SubjectKey& key) const {
  uint32_t tag = TagOf(key.hash);
  for (uint64_t i = key.hash & mask_;; i = (i + 1) & mask_) {
    const Slot& slot = slots_[i];
    if (slot.index == kNone) return kNone;
    if (slot.tag == tag && Names(*slot.id, key)) return slot.index;
  }
}

void SubjectTable::Guess(SubjectKey& key) const {
  uint32_t tag = TagOf(key.hash);
  key.guess = kNone;
  key.sure = false;
  for (uint64_t i = key.hash & mask_;; i = (i + 1) & mask_) {
    const Slot& slot = slots_[i];
    if (slot.index == kNone) return;
    if (slot.tag != tag) continue;
    key.guess = slot.index;
    key.sure = key.size == slot.name_size && SameBytes(slot.name, key.data, key.size);
    if (!key.sure) __builtin_prefetch(slot.id);
    return;
  }
}

uint32_t SubjectTable::Add(const SubjectKey& key) {
  MR_CHECK(records_.size() < kNone, "subjects of one entity are counted in 32 bits");
  if ((records_.size() + 1) * 2 > mask_ + 1) Grow();
  const MrText* id = texts_.Intern({key.data, key.size}, key.hash);
  auto index = static_cast<uint32_t>(records_.size());
  HeaderOf(records_.Add()).id = id;
  uint64_t i = key.hash & mask_;
  while (slots_[i].index != kNone) i = (i + 1) & mask_;
  const bool fits = key.size <= kNameBytes;
  slots_[i] = {TagOf(key.hash), index, id, fits ? static_cast<uint8_t>(key.size) : kLongName, {}};
  if (fits) std::memcpy(slots_[i].name, key.data, key.size);
  return index;
}

void SubjectTable::Grow() {
  HugeBuffer old_memory = std::move(memory_);
  const Slot* old = slots_;
  size_t count = mask_ + 1;
  Reset(count * 2);
  for (const Slot* from = old; from != old + count; ++from) {
    const Slot& slot = *from;
    if (slot.index == kNone) continue;
    uint64_t i = HashBytes(View(*slot.id)) & mask_;
    while (slots_[i].index != kNone) i = (i + 1) & mask_;
    slots_[i] = slot;
  }
}

}  // namespace mrule::runtime
