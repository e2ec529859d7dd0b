// SPDX-License-Identifier: Apache-2.0
// How often each rule has fired for each subject at one instant, the latest at which any has: it tells apart
// decisions that are alike in all else. Owned by the shard, and asked only where a firing is told or a state
// may be written.
#pragma once

#include <cstddef>
#include <cstdint>
#include <unordered_map>
#include <utility>
#include <vector>

namespace mrule::runtime {

class FiringCounts {
 public:
  /// 1 for the rule's first firing for the subject at this instant, 2 for the second, …
  uint32_t Count(int64_t at, const char* record, uint32_t rule);
  /// From a snapshot: it has fired `count` times at the instant `at`.
  void Restore(int64_t at, const char* record, uint32_t rule, uint32_t count);

  /// Of one subject, the rules that have fired at the instant and how often, in order of rule.
  using OfSubject = std::vector<std::pair<uint32_t, uint32_t>>;
  std::unordered_map<const char*, OfSubject> At(int64_t at) const;

 private:
  struct Entry {
    const char* record = nullptr;
    uint32_t rule = 0;
    uint32_t generation = 0;
    uint32_t count = 0;
  };
  Entry& Find(int64_t at, const char* record, uint32_t rule);
  void Begin(int64_t at);
  void Grow();

  std::vector<Entry> entries_ =
      std::vector<Entry>(64);  // a power of two; those of another generation are free
  uint32_t generation_ = 1;
  size_t used_ = 0;
  int64_t at_ = INT64_MIN;
};

}  // namespace mrule::runtime
