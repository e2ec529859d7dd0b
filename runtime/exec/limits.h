// SPDX-License-Identifier: Apache-2.0
// Limits of a rule (S11): how often it may fire for one subject, or for each value of a field of its events. Firings are kept in the
// record, as many as the limit counts. Waiting firings take their turns as if they had fired when they are due.
#pragma once

#include <cstdint>
#include <vector>

#include "compiler/plan/plan.h"
#include "runtime/exec/keyed_firings.h"
#include "runtime/exec/waiting_firings.h"
#include "runtime/value/slab.h"

namespace mrule::runtime {

/// A firing that asks its rule's limits.
struct FiringAsk {
  const plan::RulePlan& rule;
  const plan::RuleCase& rule_case;
  const MrValue* fields;  ///< of its event, by slot; null: state
  char* record;
};

enum class LimitSays : uint8_t {
  kFires,
  kBeyond,  ///< a limit leaves no room now
  kFull,    ///< a limit counts limits::kLimitKeysMax values already, and this is another one
};

/// How far a limit is used at `now`, or one of its keys.
struct LimitUse {
  int64_t used = 0;           ///< firings that count
  int64_t opens = INT64_MIN;  ///< if all of its room is used: from when there is some again, INT64_MAX if never; else INT64_MIN
};
/// Of one that has no key.
LimitUse UseOf(const plan::LimitPlan& limit, const char* record, int64_t now);
/// Of one that has, by key: those of which a firing counts, the latest fired first; of those that fired at one instant, any.
struct KeyUse {
  FiringKey key;
  LimitUse use;
  int64_t latest = INT64_MIN;
};
std::vector<KeyUse> UsesOf(const plan::LimitPlan& limit, char* record, int64_t now);

/// Whether every limit leaves room for one more firing at `now`. Waiting firings are not looked at.
LimitSays AskLimits(const FiringAsk& ask, int64_t now);
/// Notes a firing in all of them. AskLimits has said kFires at the same instant.
void RecordFiring(const FiringAsk& ask, Slab& slab, int64_t now);

/// Whether one of the waiting firings goes first: it takes a turn of a limit that this one needs too.
bool IsBehind(const FiringAsk& ask, const WaitingFirings& waiting, const plan::Plan& plan);
/// When the limits will let it through, from `now` on, after the first `ahead` of the waiting firings have been. INT64_MAX: never.
int64_t DueOf(const FiringAsk& ask, const WaitingFirings& waiting, uint32_t ahead, const plan::Plan& plan, int64_t now);

}  // namespace mrule::runtime
