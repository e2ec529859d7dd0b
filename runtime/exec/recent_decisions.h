// SPDX-License-Identifier: Apache-2.0
// What has lately been decided about each subject of one entity, so that a late record can name the decisions that it may
// contradict (S16). A subject's latest limits::kDecisionsKeptMax decisions are kept, for the horizon. Owned by the shard, and filled
// only where records can be late and someone wants to know.
#pragma once

#include <cstdint>
#include <vector>

#include "runtime/exec/decision.h"

namespace mrule::runtime {

struct RecentDecision {
  int64_t at;
  uint32_t rule_case;  ///< index into Plan::cases
  uint32_t action;
  uint32_t nth;
};

class RecentDecisions {
 public:
  /// `subject` is the index of its record.
  void Add(uint32_t subject, const RecentDecision& decision, int64_t horizon_micros);
  /// The subject's, oldest first; null if there is none.
  std::vector<RecentDecision>* Of(uint32_t subject) {
    return subject < by_subject_.size() ? &by_subject_[subject] : nullptr;
  }

 private:
  std::vector<std::vector<RecentDecision>> by_subject_;
};

}  // namespace mrule::runtime
