// SPDX-License-Identifier: Apache-2.0
// What MrDistinct::set points to: the distinct values of one aggregate of one subject, open addressing in the shard's slab.
// Kernels add through mr_rt_distinct_add; snapshots walk it and add back.
#pragma once

#include <cstdint>

#include "runtime/value/slab.h"
#include "stdlib/abi.h"

namespace mrule::runtime {

struct DistinctSet {
  uint64_t mask;       ///< places - 1; the places follow the header
  uint64_t has_empty;  ///< 1 if the value that marks a free place is itself a member

  static constexpr int64_t kFree = INT64_MIN;
  int64_t* places() { return reinterpret_cast<int64_t*>(this + 1); }
  const int64_t* places() const { return reinterpret_cast<const int64_t*>(this + 1); }

  template <typename Fn>
  void ForEach(Fn fn) const {
    if (has_empty != 0) fn(kFree);
    for (uint64_t i = 0; i <= mask; ++i) {
      if (places()[i] != kFree) fn(places()[i]);
    }
  }
};

/// True if `bits` was new, and counted; the set grows in the slab. False, too, when it may not grow: see `full`.
bool AddDistinct(Slab& slab, MrDistinct* distinct, int64_t bits, bool* full);

/// Room for at least `entries` in an empty log (for snapshots), a power of two.
void ReserveLog(Slab& slab, MrLog* log, uint64_t entries);
/// Room for at least `count` runs of a sequence; those there are stay.
void ReserveRuns(Slab& slab, MrRuns* runs, uint32_t count);

}  // namespace mrule::runtime
