// SPDX-License-Identifier: Apache-2.0
// The identifiers of records that have counted, so that a repeated one counts once (S16). An identifier is remembered for the
// horizon, in event time, from the record that counted. Kept are 128 bits of hash: among the 2^24 identifiers that are kept at
// most, two different ones are taken for one with a chance of about 2^-81, far below that of a broken memory. Owned by the runner.
#pragma once

#include <cstdint>
#include <vector>

#include "runtime/value/hash.h"

namespace mrule::runtime {

class SeenIds {
 public:
  explicit SeenIds(int64_t horizon_micros) : horizon_micros_(horizon_micros) {}

  /// False if the identifier is remembered at `at`; else it is from now on. `at` never goes back.
  bool Add(Hash128 id, int64_t at);
  bool Has(Hash128 id, int64_t at);

  struct Entry {
    Hash128 id;
    int64_t at;
  };
  /// In the order in which they were added.
  size_t size() const { return tail_ - head_; }
  const Entry& entry(size_t i) const { return ring_[(head_ + i) & ring_mask_]; }
  uint64_t forgotten_early() const { return forgotten_early_; }

 private:
  /// Open addressing with linear probing; taking one out moves what follows back, so there are no tombstones. The low bits of
  /// the tag choose the home slot.
  struct Slot {
    uint32_t tag = 0;
    uint32_t position = kFree;
  };
  static constexpr uint32_t kFree = 0xFFFFFFFFu;

  void Forget(int64_t at);
  void PopOldest();
  /// The slot that holds the identifier, or the free one where it belongs.
  size_t Find(Hash128 id) const;
  void Grow();

  int64_t horizon_micros_;
  std::vector<Entry> ring_;
  std::vector<Slot> slots_;
  uint64_t ring_mask_ = 0;
  uint64_t head_ = 0, tail_ = 0;
  uint64_t forgotten_early_ = 0;
};

}  // namespace mrule::runtime
