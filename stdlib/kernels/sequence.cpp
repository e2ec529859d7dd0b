// SPDX-License-Identifier: Apache-2.0
// Lists are short (open carts, not history), so they are searched and closed up in place; order is that of arrival, which makes
// the first run found the oldest one.
#include "stdlib/kernels/sequence.h"

namespace {

constexpr int64_t kNever = INT64_MAX;

template <typename Slot>
inline Slot* At(MrFrame* frame, uint32_t off) {
  return reinterpret_cast<Slot*>(frame->record + off);
}

inline int64_t AddSaturated(int64_t a, int64_t b) {
  int64_t sum;
  if (!__builtin_add_overflow(a, b, &sum)) return sum;
  return a < 0 ? INT64_MIN : INT64_MAX;
}

inline bool IsOver(int64_t at, int64_t within, int64_t now) { return now > AddSaturated(at, within); }

inline bool IsAt(const MrRun& run, int64_t stage, int64_t key, int64_t key2) {
  return run.stage == stage && run.keys[0] == key && run.keys[1] == key2;
}

inline void Remove(MrRuns* runs, uint32_t index) {
  for (uint32_t i = index + 1; i < runs->count; ++i) runs->entries[i - 1] = runs->entries[i];
  --runs->count;
}

/// The oldest run of these keys at a stage, or count.
inline uint32_t Find(const MrRuns* runs, int64_t stage, int64_t key, int64_t key2) {
  uint32_t i = 0;
  while (i < runs->count && !IsAt(runs->entries[i], stage, key, key2)) ++i;
  return i;
}

inline void Enter(MrFrame* frame, MrRuns* runs, int64_t stage, int64_t how, int64_t key, int64_t key2) {
  if ((how & kMrSeqEach) == 0) {
    const uint32_t old = Find(runs, stage, key, key2);
    if (old != runs->count) Remove(runs, old);
  }
  if (runs->count == runs->capacity && mr_rt_runs_grow(frame, runs) == nullptr) {
    if (frame->trap < kMrSequencesFull) frame->trap = kMrSequencesFull;
    return;
  }
  runs->entries[runs->count++] = {frame->now, stage, {key, key2}};
}

}  // namespace

extern "C" {

void mr_s_seq_begin(MrFrame* frame, uint32_t off) { *At<int64_t>(frame, off) = kMrTurnNone; }

void mr_s_seq_start(MrFrame* frame, uint32_t off) { At<MrSequence>(frame, off)->at[0] = frame->now; }

void mr_s_seq_advance(MrFrame* frame, uint32_t off, int64_t how, int64_t within) {
  MrSequence* sequence = At<MrSequence>(frame, off);
  if (sequence->turn != kMrTurnNone) return;
  int64_t* at = &sequence->at[how & kMrSeqStageMask];
  if (at[0] == INT64_MIN || IsOver(at[0], within, frame->now)) return;
  at[0] = INT64_MIN;
  if ((how & kMrSeqLast) != 0) {
    sequence->turn = kMrTurnCompleted;
  } else {
    sequence->turn = kMrTurnAdvanced;
    at[1] = frame->now;
  }
}

void mr_s_seq_end(MrFrame* frame, uint32_t off, int64_t how) {
  At<MrSequence>(frame, off)->at[how & kMrSeqStageMask] = INT64_MIN;
}

int64_t mr_s_seq_deadline(MrFrame* frame, uint32_t off, int64_t how, int64_t within) {
  const int64_t at = At<MrSequence>(frame, off)->at[how & kMrSeqStageMask];
  return at == INT64_MIN ? kNever : AddSaturated(at, within);
}

void mr_s_runs_expire(MrFrame* frame, uint32_t off, int64_t how, int64_t within) {
  MrRuns* runs = At<MrRuns>(frame, off);
  const int64_t stage = how & kMrSeqStageMask;
  uint32_t kept = 0;
  for (uint32_t i = 0; i < runs->count; ++i) {
    const MrRun& run = runs->entries[i];
    if (run.stage == stage && IsOver(run.at, within, frame->now)) continue;
    if (kept != i) runs->entries[kept] = run;
    ++kept;
  }
  runs->count = kept;
}

void mr_s_runs_start(MrFrame* frame, uint32_t off, int64_t how, int64_t key, int64_t key2) {
  Enter(frame, At<MrRuns>(frame, off), 0, how, key, key2);
}

void mr_s_runs_advance(MrFrame* frame, uint32_t off, int64_t how, int64_t key, int64_t key2) {
  MrRuns* runs = At<MrRuns>(frame, off);
  if (runs->turn != kMrTurnNone) return;
  const int64_t stage = how & kMrSeqStageMask;
  const uint32_t found = Find(runs, stage, key, key2);
  if (found == runs->count) return;
  Remove(runs, found);
  if ((how & kMrSeqLast) != 0) {
    runs->turn = kMrTurnCompleted;
    return;
  }
  runs->turn = kMrTurnAdvanced;
  Enter(frame, runs, stage + 1, how, key, key2);
}

void mr_s_runs_end(MrFrame* frame, uint32_t off, int64_t how, int64_t key, int64_t key2) {
  MrRuns* runs = At<MrRuns>(frame, off);
  const int64_t stage = how & kMrSeqStageMask;
  uint32_t kept = 0;
  for (uint32_t i = 0; i < runs->count; ++i) {
    const MrRun& run = runs->entries[i];
    if (IsAt(run, stage, key, key2)) continue;
    if (kept != i) runs->entries[kept] = run;
    ++kept;
  }
  runs->count = kept;
}

int64_t mr_s_runs_take_due(MrFrame* frame, uint32_t off, int64_t how, int64_t within, MrValue* keys) {
  MrRuns* runs = At<MrRuns>(frame, off);
  const int64_t stage = how & kMrSeqStageMask;
  for (uint32_t i = 0; i < runs->count; ++i) {
    const MrRun& run = runs->entries[i];
    if (run.stage != stage) continue;
    if (AddSaturated(run.at, within) > frame->now) return 0;
    for (int key = 0; key < 2; ++key) keys[key] = {run.keys[key], 1};
    Remove(runs, i);
    return 1;
  }
  return 0;
}

int64_t mr_s_runs_deadline(MrFrame* frame, uint32_t off, int64_t how, int64_t within, int64_t after) {
  const MrRuns* runs = At<MrRuns>(frame, off);
  const int64_t stage = how & kMrSeqStageMask;
  for (uint32_t i = 0; i < runs->count; ++i) {  // in order of `at`, so the first is the earliest
    if (runs->entries[i].stage != stage) continue;
    const int64_t due = AddSaturated(runs->entries[i].at, within);
    if (due > after) return due;
  }
  return kNever;
}

}  // extern "C"
