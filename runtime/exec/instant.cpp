// SPDX-License-Identifier: Apache-2.0
// A record's header says where its entry in the dirty list is (position + 1), so marking twice costs no search.
#include "runtime/exec/instant.h"

#include <algorithm>

#include "runtime/exec/record_store.h"

namespace mrule::runtime {

uint64_t* Instant::WordsOf(char* record, uint32_t entity, uint32_t index, uint32_t words) {
  plan::RecordHeader& header = HeaderOf(record);
  if (header.dirty == 0) {
    auto mask_at = static_cast<uint32_t>(masks_.size());
    masks_.resize(masks_.size() + words);
    dirty_.push_back({record, header.sequence, entity, index, mask_at, words});
    header.dirty = dirty_.size();
  }
  return masks_.data() + dirty_[header.dirty - 1].mask_at;
}

void Instant::Mark(char* record, uint32_t entity, uint32_t index, uint32_t words, const plan::UnitMask& units) {
  if (words == 0 || units.empty()) return;
  uint64_t* mask = WordsOf(record, entity, index, words);
  for (size_t i = 0; i < units.size(); ++i) mask[i] |= units[i];
}

void Instant::MarkAll(char* record, uint32_t entity, uint32_t index, uint32_t words, size_t units) {
  if (words == 0) return;
  uint64_t* mask = WordsOf(record, entity, index, words);
  for (size_t i = 0; i < units / 64; ++i) mask[i] = ~uint64_t{0};
  if (units % 64 != 0) mask[units / 64] |= (uint64_t{1} << (units % 64)) - 1;
}

std::vector<Instant::Dirty>& Instant::Sorted() {
  auto by_sequence = [](const Dirty& a, const Dirty& b) { return a.sequence < b.sequence; };
  if (!std::is_sorted(dirty_.begin(), dirty_.end(), by_sequence)) {
    std::sort(dirty_.begin(), dirty_.end(), by_sequence);
    for (size_t i = 0; i < dirty_.size(); ++i) HeaderOf(dirty_[i].record).dirty = i + 1;
  }
  return dirty_;
}

void Instant::ClearDirty() {
  for (const Dirty& dirty : dirty_) HeaderOf(dirty.record).dirty = 0;
  dirty_.clear();
  masks_.clear();
}

}  // namespace mrule::runtime
