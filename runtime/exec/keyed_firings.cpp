// SPDX-License-Identifier: Apache-2.0
#include "runtime/exec/keyed_firings.h"

#include <bit>
#include <cstring>

#include "compiler/base/limits.h"

namespace mrule::runtime {
namespace {

constexpr uint64_t kPlacesMin = 4;

uint64_t HashOf(FiringKey key) {
  const uint64_t hash = (static_cast<uint64_t>(key.bits) + static_cast<uint64_t>(key.known)) * 0x9E3779B97F4A7C15u;
  return hash ^ (hash >> 32);
}

}  // namespace

/// The key's place, or the free one where it belongs.
KeyedFirings::Entry& KeyedFirings::PlaceOf(Table* table, FiringKey key) const {
  uint64_t i = HashOf(key) & table->mask;
  while (At(table, i).used != 0 && !(At(table, i).key == key)) i = (i + 1) & table->mask;
  return At(table, i);
}

MrRecents* KeyedFirings::Find(FiringKey key) const {
  if (slot_->table == nullptr) return nullptr;
  Entry& entry = PlaceOf(slot_->table, key);
  return entry.used != 0 ? &entry.firings : nullptr;
}

bool KeyedFirings::IsStale(const Entry& entry, int64_t stale) const {
  const MrRecents& firings = entry.firings;
  return firings.count == 0 || firings.at[(firings.next + capacity_ - 1) % capacity_] <= stale;
}

int64_t KeyedFirings::CountFresh(int64_t stale) const {
  int64_t fresh = 0;
  for (uint64_t i = 0; slot_->table != nullptr && i <= slot_->table->mask; ++i) {
    const Entry& entry = At(slot_->table, i);
    if (entry.used != 0 && !IsStale(entry, stale)) ++fresh;
  }
  return fresh;
}

bool KeyedFirings::HasRoomFor(FiringKey key, int64_t stale) const {
  constexpr int64_t kMost = limits::kLimitKeysMax;
  return slot_->count < kMost || Find(key) != nullptr || CountFresh(stale) < kMost;
}

/// A table of the right size for what is not stale and one entry more.
void KeyedFirings::Rebuild(Slab& slab, int64_t stale) {
  const uint64_t wanted = static_cast<uint64_t>(CountFresh(stale) + 1) * 2;
  const uint64_t places = std::bit_ceil(wanted < kPlacesMin ? kPlacesMin : wanted);
  auto* table = static_cast<Table*>(slab.Allocate(TableBytes(places)));
  std::memset(static_cast<void*>(table), 0, TableBytes(places));
  table->mask = places - 1;
  slot_->count = 0;
  Table* old = slot_->table;
  for (uint64_t i = 0; old != nullptr && i <= old->mask; ++i) {
    const Entry& entry = At(old, i);
    if (entry.used == 0 || IsStale(entry, stale)) continue;
    std::memcpy(static_cast<void*>(&PlaceOf(table, entry.key)), &entry, EntryBytes());
    ++slot_->count;
  }
  if (old != nullptr) slab.Free(old, TableBytes(old->mask + 1));
  slot_->table = table;
}

MrRecents* KeyedFirings::FindOrAdd(Slab& slab, FiringKey key, int64_t stale) {
  if (MrRecents* found = Find(key)) return found;
  const bool tight =
      slot_->table == nullptr || static_cast<uint64_t>(slot_->count + 1) * 4 > (slot_->table->mask + 1) * 3;
  // What is stale goes whenever a value is new, not when the table is full: its size is no part of the state, and a snapshot loads
  // into another one.
  if (tight || CountFresh(stale) != slot_->count) Rebuild(slab, stale);
  if (slot_->count >= limits::kLimitKeysMax) return nullptr;
  Entry& entry = PlaceOf(slot_->table, key);
  entry.key = key;
  entry.used = 1;
  ++slot_->count;
  return &entry.firings;
}

}  // namespace mrule::runtime
