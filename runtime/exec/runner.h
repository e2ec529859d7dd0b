// SPDX-License-Identifier: Apache-2.0
// The event-time loop: takes the records of all sources, puts them in order, drops repeated ones, and lets shards apply them. Time
// comes in with events; nothing here reads a clock. Order of work at an instant t (S1): each event in input order (source, then
// line) is applied and its rules judged, with effects applied in rounds (S9); when the instant is complete, holds, segments and
// state rules of the subjects touched or woken are judged once, again in rounds; then time moves to the next event or timer.
#pragma once

#include <cstdint>
#include <memory>
#include <string>
#include <string_view>
#include <unordered_map>
#include <vector>

#include "compiler/base/limits.h"
#include "runtime/exec/code.h"
#include "runtime/exec/decision.h"
#include "runtime/exec/firing_counts.h"
#include "runtime/exec/recent_decisions.h"
#include "runtime/exec/reorder.h"
#include "runtime/exec/seen_ids.h"
#include "runtime/exec/source_clocks.h"
#include "runtime/exec/watch.h"
#include "runtime/program/program.h"
#include "runtime/value/event.h"

namespace mrule::runtime {

struct RunnerOptions {
  int64_t lateness_micros = 0;         ///< of the only source, if `sources` is empty
  std::vector<SourceOptions> sources;  ///< in the order that counts within an instant
  int64_t horizon_micros = limits::kHorizonDefaultMicros;  ///< a repeated `id` counts once within it
  /// Holds records back even if one source comes in order, so that Pause can keep the open instant and late records can tell
  /// whom they contradict.
  bool hold = false;
  uint32_t threads = 1;  ///< shards, each on a thread of its own; 1: all is done on the caller's
  int64_t last_micros = INT64_MAX;  ///< later events are passed over; AdvanceTo and Drain are not bounded by it
  Watch* watch = nullptr;           ///< looks on, on one thread; outlives the runner
  /// False: firings are counted (Decision::nth) only if the sink wants to know more of them than that they
  /// were. Then the state must not be saved: a firing that comes after a restart at the same instant would
  /// count as the first.
  bool counts_firings = true;
};

struct RunnerCounts {
  uint64_t events = 0;          ///< applied, attribute records included
  uint64_t late = 0;
  uint64_t repeated = 0;        ///< dropped: their `id` has counted
  uint64_t contradicted = 0;    ///< decisions that a late record may contradict
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

  /// Takes a batch of a source. Records behind its clock go to OnLate.
  void Feed(uint32_t source, EventBatch& batch);
  void Feed(EventBatch& batch) { Feed(0, batch); }
  /// The source holds the clock back no more, until something comes of it again.
  void EndSource(uint32_t source);
  const SourceClocks& sources() const;
  /// See SourceClocks.
  void SetSilent(uint32_t source, bool silent);

  /// The input ends: lets go what is held back, completes the last event's instant and what is due at it; the clock stays there (S1).
  void Finish();
  /// The input will go on in another run: completes what no record can reach any more, and keeps the rest for the snapshot. Only
  /// where records are held back.
  void Pause();
  /// After Finish, moves the clock on: lets all that is due up to `until` happen. `Drain` lets every outstanding deadline pass.
  void AdvanceTo(int64_t until);
  void Drain();

  /// On several threads, what is decided is heard when its portion has been worked: this waits for all that has been fed.
  void Settle();

  const RunnerCounts& counts() const;
  /// The subject's record, or null if nothing has named it.
  char* FindRecord(uint32_t entity, std::string_view id);

  // --- for snapshots (runtime/state/snapshot.h) ---
  struct Subject {
    char* record;
    std::vector<RecentDecision>* recent;  ///< null: none
  };
  /// What has fired at the clock's instant, by record; nothing more can after a pause.
  std::unordered_map<const char*, FiringCounts::OfSubject> FiredNow() const;
  void RestoreFired(int64_t at, std::string_view id, const char* record, uint32_t rule, uint32_t count);
  size_t subject_count(uint32_t entity) const;
  Subject subject(uint32_t entity, size_t index);         ///< in order of first appearance within the entity
  char* record(uint32_t entity, size_t index) { return subject(entity, index).record; }
  char* FindOrAddRecord(uint32_t entity, std::string_view id, int64_t first_seen);
  /// Subjects live in shards, each with texts and memory of its own: what is written into a record must be of its shard's program.
  size_t shard_count() const;
  size_t ShardOf(std::string_view id) const;
  const Program& program_of(size_t shard) const;
  void AddRecent(uint32_t entity, std::string_view id, const RecentDecision& decision);
  SeenIds& ids();
  /// Between Pause and what is fed next.
  bool paused() const;
  std::vector<Released> Held() const;
  /// Records applied in all runs.
  uint64_t position() const;
  void SetPosition(uint64_t position);
  /// A source of the run that is restored; what is held of it stands before all that it will bring. Returns its number here.
  uint32_t RestoreSource(const std::string& name, int64_t newest);
  void RestoreWatermark(int64_t at);
  /// A record that was held back; `key` as in Released.
  void RestoreHeld(const Event& event, int64_t key, bool late);
  void SetClock(int64_t clock);
  /// After a snapshot has been loaded: re-arms every timer, and settles rules that were never judged (S4): those that
  /// hold now are marked as fired. Returns how many (rule, subject) pairs that were.
  uint64_t AfterRestore();

 private:
  struct Impl;
  std::unique_ptr<Impl> impl_;
};

}  // namespace mrule::runtime
