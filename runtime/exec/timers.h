// SPDX-License-Identifier: Apache-2.0
// The queue of instants at which something must be looked at: a hierarchical wheel of 64-fold levels over microseconds. Time
// only moves forward, so adding is O(1) and an entry moves at most eleven times before it is due. Entries are cheap and dumb:
// whether one still means something is decided by its source when it is popped (runtime/exec/wake.h). Owned by the runner.
#pragma once

#include <array>
#include <cstdint>
#include <limits>
#include <memory>
#include <vector>

#include "compiler/plan/memory.h"

namespace mrule::runtime {

struct TimerEntry {
  int64_t at;
  uint32_t record;  ///< index within its entity
  uint32_t source;  ///< the runner's number of (entity, timer source)
};
static_assert(sizeof(TimerEntry) == plan::kTimerBytes);

class Timers {
 public:
  static constexpr int64_t kNever = std::numeric_limits<int64_t>::max();

  Timers();
  ~Timers();
  Timers(const Timers&) = delete;
  Timers& operator=(const Timers&) = delete;

  /// `entry.at` is not before the last instant popped or skipped to.
  void Add(const TimerEntry& entry);
  /// The earliest instant, or kNever. Does not move time.
  int64_t Next() const { return next_; }
  /// Moves time to `at`, which is at most Next(), and appends the entries due exactly then, in no particular order.
  void PopAt(int64_t at, std::vector<TimerEntry>& due);
  size_t size() const { return size_; }

 private:
  static constexpr unsigned kBits = 6;
  static constexpr unsigned kLevels = 11;  // 66 bits
  static constexpr unsigned kDigits = 1u << kBits;
  static constexpr uint32_t kBlockEntries = 31;
  struct Block {
    Block* next;
    uint32_t count;
    TimerEntry entries[kBlockEntries];
  };
  struct Bucket {
    Block* blocks = nullptr;
    int64_t earliest = kNever;
  };

  /// Instants as unsigned numbers in the same order.
  static uint64_t KeyOf(int64_t at) { return static_cast<uint64_t>(at) ^ (uint64_t{1} << 63); }
  void Put(const TimerEntry& entry);
  void FindNext();
  Block* NewBlock();

  uint64_t now_ = 0;  // key; every entry's key is at least this
  int64_t next_ = kNever;
  size_t size_ = 0;
  uint32_t levels_used_ = 0;  // bit per level
  std::array<uint64_t, kLevels> digits_used_{};
  std::array<std::array<Bucket, kDigits>, kLevels> buckets_{};
  Block* free_ = nullptr;
  std::vector<std::unique_ptr<Block[]>> slabs_;
};

}  // namespace mrule::runtime
