// SPDX-License-Identifier: Apache-2.0
// Firings of a limit that counts each value of a field by itself (`once per 7d per cart_id`): what a kKeyedLimit slot holds. Open
// addressing in the shard's slab; an entry is a value and its latest firings, as a ring. Entries whose firings have all left the
// period mean nothing and make room when the table is full. Made and read by limits.cpp; snapshots walk it and add back.
#pragma once

#include <cstdint>

#include "runtime/value/slab.h"
#include "stdlib/abi.h"

namespace mrule::runtime {

/// A field's value as a key: unknown is a value of its own.
struct FiringKey {
  int64_t bits = 0;
  int64_t known = 0;

  friend bool operator==(const FiringKey&, const FiringKey&) = default;
};

/// The payload of a value as a key: equal values have equal bits. Texts are pooled.
inline FiringKey KeyOf(MrValue value) {
  if (value.known == 0) return {};
  return {value.bits == INT64_MIN ? 0 : value.bits, 1};
}

class KeyedFirings {
 public:
  /// Over the 16 bytes of a slot; `capacity` firings are kept of each key.
  KeyedFirings(char* slot, uint32_t capacity) : slot_(reinterpret_cast<Slot*>(slot)), capacity_(capacity) {}

  int64_t size() const { return slot_->count; }
  /// The key's firings, or null.
  MrRecents* Find(FiringKey key) const;
  /// The key's firings, made if there are none. Before a table grows or refuses, entries whose latest firing is not after
  /// `stale` go. Null: limits::kLimitKeysMax values are counted already.
  MrRecents* FindOrAdd(Slab& slab, FiringKey key, int64_t stale);
  /// Whether FindOrAdd would find or make room.
  bool HasRoomFor(FiringKey key, int64_t stale) const;

  template <typename Fn>
  void ForEach(Fn fn) const {
    for (uint64_t i = 0; slot_->table != nullptr && i <= slot_->table->mask; ++i) {
      Entry& entry = At(slot_->table, i);
      if (entry.used != 0) fn(entry.key, entry.firings);
    }
  }

 private:
  struct Table {
    uint64_t mask;  // places - 1; the places follow
  };
  struct Slot {
    Table* table;
    int64_t count;
  };
  struct Entry {
    FiringKey key;
    int64_t used;
    MrRecents firings;  // capacity entries
  };

  size_t EntryBytes() const { return sizeof(Entry) + (capacity_ - 1) * sizeof(int64_t); }
  size_t TableBytes(uint64_t places) const { return sizeof(Table) + places * EntryBytes(); }
  Entry& At(Table* table, uint64_t place) const {
    return *reinterpret_cast<Entry*>(reinterpret_cast<char*>(table + 1) + place * EntryBytes());
  }
  Entry& PlaceOf(Table* table, FiringKey key) const;
  bool IsStale(const Entry& entry, int64_t stale) const;
  int64_t CountFresh(int64_t stale) const;
  void Rebuild(Slab& slab, int64_t stale);

  Slot* slot_;
  uint32_t capacity_;
};

}  // namespace mrule::runtime
