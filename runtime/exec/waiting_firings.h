// SPDX-License-Identifier: Apache-2.0
// Firings of one rule for one subject that a limit makes wait (S11 `otherwise wait`): what a kWaiting slot points to, in the
// shard's slab. In the order in which they were set off; each knows when the limit will let it through, because nothing
// overtakes it. The values of its event that its actions read are kept with it; texts are pooled, sets are copies of its own. Made
// and emptied by the shard (waiting.cpp); snapshots walk it and add back.
#pragma once

#include <cstdint>

#include "runtime/value/slab.h"
#include "stdlib/abi.h"

namespace mrule::runtime {

struct WaitingFiring {
  int64_t at;          ///< when it was set off
  int64_t due;         ///< when the limit lets it through
  uint32_t rule_case;  ///< index into Plan::cases
  uint32_t reserved;

  /// One for each of RuleCase::kept_fields.
  MrValue* values() { return reinterpret_cast<MrValue*>(this + 1); }
  const MrValue* values() const { return reinterpret_cast<const MrValue*>(this + 1); }
};

class WaitingFirings {
 public:
  /// Over the 8 bytes of a slot; `fields` is RulePlan::waiting_fields.
  WaitingFirings(char* slot, uint32_t fields) : queue_(reinterpret_cast<Queue**>(slot)), fields_(fields) {}

  uint32_t size() const { return *queue_ == nullptr ? 0 : (*queue_)->count; }
  WaitingFiring& operator[](uint32_t i) const {
    return *reinterpret_cast<WaitingFiring*>(reinterpret_cast<char*>(*queue_ + 1) + i * EntryBytes());
  }
  /// One more at the end; its values are unknown.
  WaitingFiring& Add(Slab& slab);
  void Remove(Slab& slab, uint32_t i);
  /// The earliest `due` after `now`, or INT64_MAX.
  int64_t NextDue(int64_t now) const;

 private:
  struct Queue {
    uint64_t count;
    uint64_t capacity;
  };
  size_t EntryBytes() const { return sizeof(WaitingFiring) + fields_ * sizeof(MrValue); }
  size_t BytesFor(uint64_t capacity) const { return sizeof(Queue) + capacity * EntryBytes(); }

  Queue** queue_;
  uint32_t fields_;
};

}  // namespace mrule::runtime
