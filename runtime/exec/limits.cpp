// SPDX-License-Identifier: Apache-2.0
// A limit of `count` needs only the `count` latest firings: one more is allowed when the oldest of them has left the period.
#include "runtime/exec/limits.h"

#include "stdlib/kernels/state.h"

namespace mrule::runtime {

bool LimitsAllow(const plan::RulePlan& rule, const char* record, int64_t now) {
  for (const plan::LimitPlan& limit : rule.limits) {
    const auto* firings = reinterpret_cast<const MrRecents*>(record + limit.slot);
    if (firings->count < limit.count) continue;
    if (limit.period_micros == 0) return false;
    // INVARIANT: a full ring's oldest entry is where the next one goes.
    if (firings->at[firings->next] > now - limit.period_micros) return false;
  }
  return true;
}

void RecordFiring(const plan::RulePlan& rule, char* record, int64_t now) {
  if (rule.limits.empty()) return;
  MrFrame frame{};
  frame.record = record;
  frame.now = now;
  for (const plan::LimitPlan& limit : rule.limits) {
    mr_s_recents_add(&frame, limit.slot, static_cast<uint32_t>(limit.count));
  }
}

}  // namespace mrule::runtime
