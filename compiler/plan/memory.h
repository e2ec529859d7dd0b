// SPDX-License-Identifier: Apache-2.0
// What a subject costs in memory, foretold. The runtime's tables assert the sizes named here (runtime/exec, runtime/value), and
// tests/bench/pending_bench.cpp measures the sum.
#pragma once

#include <cstddef>

#include "compiler/plan/plan.h"

namespace mrule::plan {

/// A subject's place in the table that finds it. Tables are between a quarter and half full.
inline constexpr size_t kSubjectSlotBytes = 32;
/// A text's place in the pool, which is as full; its header; and where its id leads to it.
inline constexpr size_t kTextSlotBytes = 16, kTextHeaderBytes = 16, kTextIdBytes = 8;
/// Bytes of a subject's identifier where nothing is known of it.
inline constexpr size_t kNameBytes = 16;
/// An instant at which the subject must be looked at again.
inline constexpr size_t kTimerBytes = 16;

/// A subject of `entity` with so many instants pending (at most one for each of its timers), in bytes: its record, its name and its
/// place in tables. Without windows' logs, which grow with the events in them.
inline size_t BytesPerSubject(const EntityPlan& entity, size_t pending) {
  constexpr size_t kSlotsPerEntry = 3;  // between two and four
  return entity.record_bytes + kSlotsPerEntry * (kSubjectSlotBytes + kTextSlotBytes) + kTextHeaderBytes + kTextIdBytes + kNameBytes +
         pending * kTimerBytes;
}

}  // namespace mrule::plan
