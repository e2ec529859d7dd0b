// SPDX-License-Identifier: Apache-2.0
// What state kernels ask of the runtime: room for window logs and distinct values, and scratch memory.
#include <algorithm>
#include <bit>
#include <cstring>
#include <memory>

#include "compiler/base/limits.h"
#include "runtime/program/distinct_set.h"
#include "runtime/program/program.h"
#include "stdlib/kernels/sequence.h"
#include "stdlib/kernels/state.h"

namespace mrule::runtime {
namespace {

constexpr uint64_t kFirstLogEntries = 4;     // one cache line
constexpr uint64_t kFirstDistinctPlaces = 4;
constexpr uint32_t kFirstRuns = 2;  // one cache line

uint64_t Mixed(int64_t bits) {
  uint64_t hash = static_cast<uint64_t>(bits) * 0x9E3779B97F4A7C15u;
  return hash ^ (hash >> 32);
}

size_t DistinctBytes(uint64_t places) { return sizeof(DistinctSet) + places * sizeof(int64_t); }

DistinctSet* NewDistinct(Slab& slab, uint64_t places) {
  auto* set = static_cast<DistinctSet*>(slab.Allocate(DistinctBytes(places)));
  set->mask = places - 1;
  set->has_empty = 0;
  for (uint64_t i = 0; i < places; ++i) set->places()[i] = DistinctSet::kFree;
  return set;
}

/// The value's place, or the free one where it belongs.
int64_t* PlaceOf(DistinctSet* set, int64_t bits) {
  uint64_t i = Mixed(bits) & set->mask;
  while (set->places()[i] != DistinctSet::kFree && set->places()[i] != bits) i = (i + 1) & set->mask;
  return &set->places()[i];
}

void MoveLog(Slab& slab, MrLog* log, uint64_t capacity) {
  auto* entries = static_cast<MrWindowEntry*>(slab.Allocate(capacity * sizeof(MrWindowEntry)));
  for (uint64_t p = log->base; p != log->tail; ++p) entries[p & (capacity - 1)] = log->entries[p & log->mask];
  if (log->entries != nullptr) slab.Free(log->entries, (log->mask + 1) * sizeof(MrWindowEntry));
  log->entries = entries;
  log->mask = capacity - 1;
}

}  // namespace

bool AddDistinct(Slab& slab, MrDistinct* distinct, int64_t bits, bool* full) {
  *full = false;
  auto* set = static_cast<DistinctSet*>(distinct->set);
  if (set == nullptr) distinct->set = set = NewDistinct(slab, kFirstDistinctPlaces);
  if (bits == DistinctSet::kFree) {
    if (set->has_empty != 0) return false;
    set->has_empty = 1;
    ++distinct->count;
    return true;
  }
  int64_t* place = PlaceOf(set, bits);
  if (*place == bits) return false;
  if (distinct->count >= static_cast<int64_t>(limits::kWindowEntriesMax)) {
    *full = true;
    return false;
  }
  uint64_t places = set->mask + 1;
  if (static_cast<uint64_t>(distinct->count + 1) * 4 > places * 3) {
    DistinctSet* grown = NewDistinct(slab, places * 2);
    grown->has_empty = set->has_empty;
    for (uint64_t i = 0; i < places; ++i) {
      if (set->places()[i] != DistinctSet::kFree) *PlaceOf(grown, set->places()[i]) = set->places()[i];
    }
    slab.Free(set, DistinctBytes(places));
    distinct->set = set = grown;
    place = PlaceOf(set, bits);
  }
  *place = bits;
  ++distinct->count;
  return true;
}

void ReserveLog(Slab& slab, MrLog* log, uint64_t entries) {
  uint64_t capacity = std::bit_ceil(entries < kFirstLogEntries ? kFirstLogEntries : entries);
  if (log->entries == nullptr || log->mask + 1 < capacity) MoveLog(slab, log, capacity);
}

void ReserveRuns(Slab& slab, MrRuns* runs, uint32_t count) {
  const uint32_t capacity = std::bit_ceil(std::max(count, kFirstRuns));
  if (capacity <= runs->capacity) return;
  auto* entries = static_cast<MrRun*>(slab.Allocate(capacity * sizeof(MrRun)));
  for (uint32_t i = 0; i < runs->count; ++i) entries[i] = runs->entries[i];
  if (runs->entries != nullptr) slab.Free(runs->entries, runs->capacity * sizeof(MrRun));
  runs->entries = entries;
  runs->capacity = capacity;
}

namespace {
Slab& SlabOf(MrFrame* frame) { return static_cast<const Program*>(frame->program)->slab(); }
}  // namespace

}  // namespace mrule::runtime

extern "C" {

MrWindowEntry* mr_rt_log_grow(MrFrame* frame, MrLog* log) {
  namespace rt = mrule::runtime;
  uint64_t capacity = log->entries == nullptr ? rt::kFirstLogEntries : (log->mask + 1) * 2;
  if (capacity > mrule::limits::kWindowEntriesMax) return nullptr;
  rt::MoveLog(rt::SlabOf(frame), log, capacity);
  return log->entries;
}

MrRun* mr_rt_runs_grow(MrFrame* frame, MrRuns* runs) {
  namespace rt = mrule::runtime;
  if (runs->capacity >= mrule::limits::kOpenSequencesMax) return nullptr;
  rt::ReserveRuns(rt::SlabOf(frame), runs, runs->capacity + 1);
  return runs->entries;
}

MrStatus mr_rt_distinct_add(MrFrame* frame, MrDistinct* distinct, int64_t bits) {
  bool full = false;
  mrule::runtime::AddDistinct(mrule::runtime::SlabOf(frame), distinct, bits, &full);
  return full ? kMrWindowFull : kMrOk;
}

int64_t mr_rt_in_clock(MrFrame* frame, int64_t clock_test, const MrText* zone) {
  const auto* program = static_cast<const mrule::runtime::Program*>(frame->program);
  return program->ClockAt(static_cast<uint32_t>(clock_test), zone, frame->now).inside ? 1 : 0;
}

int64_t mr_rt_today(MrFrame* frame, int64_t clock_test, const MrText* zone) {
  const auto* program = static_cast<const mrule::runtime::Program*>(frame->program);
  return mrule::calendar::ToLocal(program->ClockZone(static_cast<uint32_t>(clock_test), zone), frame->now).day;
}

void* mr_rt_scratch(MrFrame* frame, uint64_t bytes) {
  // One window at a time is counted, and at most kWindowEntriesMax of it, so the largest request is remembered and reused.
  thread_local std::unique_ptr<uint64_t[]> memory;
  thread_local uint64_t words = 0;
  uint64_t need = (bytes + 7) / 8;
  if (need > words) {
    memory = std::make_unique_for_overwrite<uint64_t[]>(need);
    words = need;
  }
  std::memset(memory.get(), 0, need * 8);
  return memory.get();
}

}  // extern "C"
