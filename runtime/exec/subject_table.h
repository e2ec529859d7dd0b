// SPDX-License-Identifier: Apache-2.0
// Who is known: one entity's subjects by identifier, and their records by order of first appearance. Looking up is split into
// steps that a batch can run ahead of use, because half of a plain engine's time is waiting for these cache lines:
// PrefetchSlot (hash at hand), Guess (slot in cache; that is all for a short name), then Find, which looks at the guessed record
// first. Owned by the runner.
#pragma once

#include <cstdint>
#include <string_view>
#include <vector>

#include "compiler/plan/memory.h"
#include "runtime/exec/record_store.h"
#include "runtime/value/event.h"
#include "runtime/value/same_bytes.h"
#include "runtime/value/text_pool.h"

namespace mrule::runtime {

class SubjectTable {
 public:
  static constexpr uint32_t kNone = 0xFFFFFFFFu;

  SubjectTable(TextPool& texts, uint32_t stride, std::vector<uint8_t> image);

  /// Index of the subject's record, or kNone.
  uint32_t Find(const SubjectKey& key) const {
    if (key.sure) return key.guess;
    if (key.guess < records_.size() && Names(*static_cast<const MrText*>(HeaderOf(record(key.guess)).id), key)) return key.guess;
    return Search(key);
  }
  /// Adds a subject that Find did not know; its name is pooled, its record starts as the image with `id` set.
  uint32_t Add(const SubjectKey& key);

  void PrefetchSlot(const SubjectKey& key) const { __builtin_prefetch(&slots_[key.hash & mask_]); }
  /// Sets key.guess to the index in the first slot with this hash's tag, or to kNone, and key.sure if the name is known to be
  /// the same; else the name there is being loaded.
  void Guess(SubjectKey& key) const;

  char* record(size_t index) const { return records_.At(index); }
  size_t size() const { return records_.size(); }
  const RecordStore& records() const { return records_; }

 private:
  static constexpr size_t kNameBytes = 15;
  static constexpr uint8_t kLongName = 0xFF;
  struct Slot {
    uint32_t tag;    // high half of the hash; the low half chooses the slot
    uint32_t index;  // kNone: empty
    const MrText* id;
    uint8_t name_size;      // kLongName: longer than `name`
    char name[kNameBytes];
  };
  static_assert(sizeof(Slot) == plan::kSubjectSlotBytes && TextPool::kSlotBytes == plan::kTextSlotBytes &&
                sizeof(MrText) == plan::kTextHeaderBytes);
  static bool Names(const MrText& id, const SubjectKey& key) {
    return id.size == key.size && SameBytes(id.data, key.data, key.size);
  }
  uint32_t Search(const SubjectKey& key) const;
  /// An empty table of so many slots.
  void Reset(size_t slots);
  void Grow();

  TextPool& texts_;
  RecordStore records_;
  Slot* slots_;
  uint64_t mask_;
  HugeBuffer memory_;  // of slots_
};

}  // namespace mrule::runtime
