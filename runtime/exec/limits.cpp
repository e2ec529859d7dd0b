// SPDX-License-Identifier: Apache-2.0
// A limit of `count` needs only the `count` latest firings: one more is allowed when the oldest of them has left the period.
#include "runtime/exec/limits.h"

#include <algorithm>
#include <vector>

#include "runtime/exec/clock.h"

namespace mrule::runtime {
namespace {

FiringKey KeyFor(const FiringAsk& ask, size_t limit) {
  const uint32_t field = ask.rule_case.limit_keys[limit];
  return field == plan::kNoHandler || ask.fields == nullptr ? FiringKey{} : KeyOf(ask.fields[field]);
}

FiringKey KeyFor(const WaitingFiring& waiting, const plan::RuleCase& rule_case, size_t limit) {
  const uint32_t field = rule_case.limit_keys[limit];
  for (size_t i = 0; i < rule_case.kept_fields.size(); ++i) {
    if (rule_case.kept_fields[i] == field) return KeyOf(waiting.values()[i]);
  }
  return {};
}

int64_t StartOf(const plan::LimitPlan& limit, const char* record, int64_t at, int64_t back) {
  return calendar::StartOf(ZoneOf(limit.clock, record), limit.period, limit.week_start, at, back);
}

/// Firings at or before it do not count at `now`.
int64_t StaleAt(const plan::LimitPlan& limit, const char* record, int64_t now) {
  if (limit.by_calendar) return StartOf(limit, record, now, 0) - 1;
  return limit.period_micros == 0 ? INT64_MIN : now - limit.period_micros;
}

/// From when a firing at `at` does not count any more.
int64_t LeavesAt(const plan::LimitPlan& limit, const char* record, int64_t at) {
  if (limit.by_calendar) return StartOf(limit, record, at, -1);
  int64_t leaves = INT64_MAX;
  if (limit.period_micros != 0 && !__builtin_add_overflow(at, limit.period_micros, &leaves)) return leaves;
  return INT64_MAX;
}

/// Null: none so far.
const MrRecents* FiringsOf(const FiringAsk& ask, size_t number) {
  const plan::LimitPlan& limit = ask.rule.limits[number];
  char* slot = ask.record + limit.slot;
  if (!limit.keyed) return reinterpret_cast<const MrRecents*>(slot);
  return KeyedFirings(slot, static_cast<uint32_t>(limit.count)).Find(KeyFor(ask, number));
}

void AddFiring(MrRecents& firings, uint32_t capacity, int64_t now) {
  firings.at[firings.next] = now;
  firings.next = firings.next + 1 == capacity ? 0 : firings.next + 1;
  if (firings.count < capacity) ++firings.count;
}

/// Both firings take turns of the limit.
bool Shares(const FiringAsk& ask, size_t limit, const WaitingFiring& waiting, const plan::RuleCase& waiting_case) {
  return !ask.rule.limits[limit].keyed || KeyFor(ask, limit) == KeyFor(waiting, waiting_case, limit);
}

LimitUse UseOf(const plan::LimitPlan& limit, const MrRecents& firings, const char* record, int64_t now) {
  const int64_t stale_at = StaleAt(limit, record, now);
  LimitUse use;
  int64_t oldest = INT64_MAX;
  for (uint32_t i = 0; i < firings.count; ++i) {
    if (firings.at[i] <= stale_at && stale_at != INT64_MIN) continue;
    ++use.used;
    oldest = std::min(oldest, firings.at[i]);
  }
  if (use.used >= limit.count) use.opens = LeavesAt(limit, record, oldest);
  return use;
}

}  // namespace

LimitUse UseOf(const plan::LimitPlan& limit, const char* record, int64_t now) {
  return UseOf(limit, *reinterpret_cast<const MrRecents*>(record + limit.slot), record, now);
}

std::vector<KeyUse> UsesOf(const plan::LimitPlan& limit, char* record, int64_t now) {
  std::vector<KeyUse> uses;
  KeyedFirings(record + limit.slot, static_cast<uint32_t>(limit.count)).ForEach([&](FiringKey key, const MrRecents& firings) {
    KeyUse one{key, UseOf(limit, firings, record, now), INT64_MIN};
    for (uint32_t i = 0; i < firings.count; ++i) one.latest = std::max(one.latest, firings.at[i]);
    if (one.use.used != 0) uses.push_back(one);
  });
  std::sort(uses.begin(), uses.end(), [](const KeyUse& a, const KeyUse& b) { return a.latest > b.latest; });
  return uses;
}

LimitSays AskLimits(const FiringAsk& ask, int64_t now) {
  bool full = false;
  for (size_t i = 0; i < ask.rule.limits.size(); ++i) {
    const plan::LimitPlan& limit = ask.rule.limits[i];
    const MrRecents* firings = FiringsOf(ask, i);
    if (firings == nullptr) {
      const KeyedFirings keyed(ask.record + limit.slot, static_cast<uint32_t>(limit.count));
      full |= !keyed.HasRoomFor(KeyFor(ask, i), StaleAt(limit, ask.record, now));
      continue;
    }
    if (firings->count < limit.count) continue;
    // INVARIANT: a full ring's oldest entry is where the next one goes.
    if (firings->at[firings->next] > StaleAt(limit, ask.record, now)) return LimitSays::kBeyond;
  }
  return full ? LimitSays::kFull : LimitSays::kFires;
}

void RecordFiring(const FiringAsk& ask, Slab& slab, int64_t now) {
  for (size_t i = 0; i < ask.rule.limits.size(); ++i) {
    const plan::LimitPlan& limit = ask.rule.limits[i];
    const auto capacity = static_cast<uint32_t>(limit.count);
    char* slot = ask.record + limit.slot;
    MrRecents* firings = !limit.keyed ? reinterpret_cast<MrRecents*>(slot)
                                      : KeyedFirings(slot, capacity).FindOrAdd(slab, KeyFor(ask, i), StaleAt(limit, ask.record, now));
    if (firings != nullptr) AddFiring(*firings, capacity, now);
  }
}

bool IsBehind(const FiringAsk& ask, const WaitingFirings& waiting, const plan::Plan& plan) {
  for (uint32_t w = 0; w < waiting.size(); ++w) {
    for (size_t i = 0; i < ask.rule.limits.size(); ++i) {
      if (Shares(ask, i, waiting[w], plan.cases[waiting[w].rule_case])) return true;
    }
  }
  return false;
}

int64_t DueOf(const FiringAsk& ask, const WaitingFirings& waiting, uint32_t ahead, const plan::Plan& plan, int64_t now) {
  int64_t due = now;
  std::vector<int64_t> turns;  // of one limit, in order of time
  for (size_t i = 0; i < ask.rule.limits.size(); ++i) {
    const plan::LimitPlan& limit = ask.rule.limits[i];
    turns.clear();
    if (const MrRecents* firings = FiringsOf(ask, i)) {
      const auto capacity = static_cast<uint32_t>(limit.count);
      for (uint32_t n = 0; n < firings->count; ++n) {
        turns.push_back(firings->at[(firings->next + capacity - firings->count + n) % capacity]);
      }
    }
    for (uint32_t w = 0; w < ahead; ++w) {
      const WaitingFiring& one = waiting[w];
      if (Shares(ask, i, one, plan.cases[one.rule_case])) turns.push_back(one.due);
    }
    if (!turns.empty()) due = std::max(due, turns.back());
    if (turns.size() >= static_cast<size_t>(limit.count)) {
      due = std::max(due, LeavesAt(limit, ask.record, turns[turns.size() - static_cast<size_t>(limit.count)]));
    }
  }
  return due;
}

}  // namespace mrule::runtime
