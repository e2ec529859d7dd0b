// SPDX-License-Identifier: Apache-2.0
#include "runtime/exec/recent_decisions.h"

#include <algorithm>

#include "compiler/base/limits.h"

namespace mrule::runtime {

void RecentDecisions::Add(uint32_t subject, const RecentDecision& decision, int64_t horizon_micros) {
  if (subject >= by_subject_.size()) by_subject_.resize(std::max<size_t>(subject + 1, by_subject_.size() * 2));
  std::vector<RecentDecision>& kept = by_subject_[subject];
  size_t gone = kept.size() >= limits::kDecisionsKeptMax ? 1 : 0;
  while (gone < kept.size() && kept[gone].at <= decision.at - horizon_micros) ++gone;
  kept.erase(kept.begin(), kept.begin() + static_cast<ptrdiff_t>(gone));
  kept.push_back(decision);
}

}  // namespace mrule::runtime
