// SPDX-License-Identifier: Apache-2.0
// Open addressing, at most half full. A new instant frees all entries at once, by a new generation.
#include "runtime/exec/firing_counts.h"

#include <algorithm>

namespace mrule::runtime {
namespace {

size_t HashOf(const char* record, uint32_t rule) {
  const uint64_t mixed =
      (reinterpret_cast<uintptr_t>(record) >> 6) * 0x9E3779B97F4A7C15ull + rule * 0xD6E8FEB86659FD93ull;
  return mixed >> 20;
}

}  // namespace

uint32_t FiringCounts::Count(int64_t at, const char* record, uint32_t rule) {
  return ++Find(at, record, rule).count;
}

void FiringCounts::Restore(int64_t at, const char* record, uint32_t rule, uint32_t count) {
  Find(at, record, rule).count = count;
}

std::unordered_map<const char*, FiringCounts::OfSubject> FiringCounts::At(int64_t at) const {
  std::unordered_map<const char*, OfSubject> all;
  if (at != at_) return all;
  for (const Entry& entry : entries_) {
    if (entry.generation == generation_) all[entry.record].emplace_back(entry.rule, entry.count);
  }
  for (auto& [record, rules] : all) std::sort(rules.begin(), rules.end());
  return all;
}

FiringCounts::Entry& FiringCounts::Find(int64_t at, const char* record, uint32_t rule) {
  if (at != at_) Begin(at);
  if ((used_ + 1) * 2 > entries_.size()) Grow();
  const size_t mask = entries_.size() - 1;
  size_t i = HashOf(record, rule) & mask;
  while (entries_[i].generation == generation_ && (entries_[i].record != record || entries_[i].rule != rule))
    i = (i + 1) & mask;
  if (entries_[i].generation != generation_) {
    entries_[i] = {record, rule, generation_, 0};
    ++used_;
  }
  return entries_[i];
}

void FiringCounts::Begin(int64_t at) {
  at_ = at;
  used_ = 0;
  if (++generation_ != 0) return;
  std::fill(entries_.begin(), entries_.end(), Entry());
  generation_ = 1;
}

void FiringCounts::Grow() {
  std::vector<Entry> old(entries_.size() * 2);
  old.swap(entries_);
  const size_t mask = entries_.size() - 1;
  for (const Entry& entry : old) {
    if (entry.generation != generation_) continue;
    size_t i = HashOf(entry.record, entry.rule) & mask;
    while (entries_[i].generation == generation_) i = (i + 1) & mask;
    entries_[i] = entry;
  }
}

}  // namespace mrule::runtime
