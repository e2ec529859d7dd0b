// SPDX-License-Identifier: Apache-2.0
// The event-time loop of one shard: owns the clock, the subjects' records, the timers and the open instant. Time comes in with
// events; nothing here reads a clock. Order of work at an instant t (S1): each event in input order is applied and its rules
// judged, with effects applied in rounds (S9); when the instant is complete, holds, segments and state rules of the subjects
// touched or woken are judged once, again in rounds; then time moves to the next event or timer.
#pragma once

#include <cstdint>
#include <memory>

#include "runtime/exec/code.h"
#include "runtime/exec/decision.h"
#include "runtime/program/program.h"
#include "runtime/value/event.h"

namespace mrule::runtime {

struct RunnerOptions {
  int64_t lateness_micros = 0;  ///< events are held back and sorted within this (S16)
};

struct RunnerCounts {
  uint64_t events = 0;          ///< applied, attribute records included
  uint64_t late = 0;
  uint64_t subjects = 0;
  uint64_t fired = 0;           ///< rule firings
  uint64_t decisions = 0;       ///< actions decided
  uint64_t suppressed = 0;      ///< lost conflicts
  uint64_t limited = 0;         ///< firings held back by a limit
  uint64_t traps = 0;
  uint64_t timers_fired = 0;
  int64_t clock = 0;            ///< the instant the run has reached, or INT64_MIN
};

class Runner {
 public:
  /// `program`, `code` and `sink` outlive the runner.
  Runner(const Program& program, const Code& code, DecisionSink& sink, RunnerOptions options);
  ~Runner();

  /// Applies a batch in order. Records older than the clock go to OnLate.
  void Feed(EventBatch& batch);
  /// Completes the last event's instant and what is due at it; the clock stays there (S1).
  void Finish();
  /// Then moves the clock on: lets all that is due up to `until` happen. `Drain` lets every outstanding deadline pass.
  void AdvanceTo(int64_t until);
  void Drain();

  const RunnerCounts& counts() const;

  // --- for snapshots (runtime/state/snapshot.h) ---
  size_t subject_count(uint32_t entity) const;
  char* record(uint32_t entity, size_t index);            ///< in order of first appearance within the entity
  char* FindOrAddRecord(uint32_t entity, std::string_view id, int64_t first_seen);
  void SetClock(int64_t clock);
  /// After a snapshot has been loaded: re-arms every timer, and settles rules that were never judged (S4): those that
  /// hold now are marked as fired. Returns how many (rule, subject) pairs that were.
  uint64_t AfterRestore();

 private:
  struct Impl;
  std::unique_ptr<Impl> impl_;
};

}  // namespace mrule::runtime
