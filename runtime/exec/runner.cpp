// SPDX-License-Identifier: Apache-2.0
// Two ways for a record: where one source comes in order, it is applied as it comes; else it is held until the clocks of all
// sources have passed it. Either way records get their turn in one order, repeated ones are told by their id, and what is left is
// applied by the only shard or routed to the shards of its subjects.
#include "runtime/exec/runner.h"

#include <algorithm>

#include "compiler/base/check.h"
#include "runtime/exec/parallel.h"
#include "runtime/exec/record_store.h"
#include "runtime/exec/run_ahead.h"
#include "runtime/exec/shard.h"

namespace mrule::runtime {
namespace {

bool NeedsOrder(const SourceClocks& clocks, const RunnerOptions& options) {
  return options.hold || clocks.size() > 1 || clocks.options(0).lateness_micros > 0;
}

std::vector<SourceOptions> SourcesOf(const RunnerOptions& options) {
  if (!options.sources.empty()) return options.sources;
  return {SourceOptions{"", options.lateness_micros, limits::kIdleDefaultMicros}};
}

}  // namespace

struct Runner::Impl {
  Impl(const Program& program_in, const Code& code, DecisionSink& sink_in, RunnerOptions options)
      : program(program_in), sink(sink_in), last_micros(options.last_micros), clocks(SourcesOf(options)),
        holds(NeedsOrder(clocks, options)), watches(holds && sink.wants_contradicted()), ids(options.horizon_micros), reorder(program.plan(), options.hold) {
    if (options.threads > 1) {
      MR_CHECK(options.watch == nullptr && last_micros == INT64_MAX, "a watched run has one thread");
      parallel = std::make_unique<Parallel>(program, code, sink, options.counts_firings,
                                            std::min(options.threads, limits::kThreadsMax));
    } else {
      shard = std::make_unique<Shard>(program, code, sink, options.counts_firings, options.watch);
    }
    for (size_t i = 0; watches && i < shard_count(); ++i) shard_at(i).KeepDecisions(options.horizon_micros);
    totals.clock = INT64_MIN;
  }

  size_t shard_count() const { return parallel ? parallel->size() : 1; }
  Shard& shard_at(size_t index) { return parallel ? parallel->shard(index) : *shard; }
  size_t ShardOf(std::string_view id) const { return parallel ? parallel->ShardOf(HashBytes(id)) : 0; }
  /// The instant of the last record, or of what has been completed after it.
  int64_t now() const { return parallel ? routed : shard->now(); }

  // --- one record whose turn it is ---

  bool HasCounted(const Event& event) {
    if (event.id.empty() || ids.Add(HashBytes128(event.id), event.at)) [[likely]] return false;
    ++totals.repeated;
    return true;
  }

  /// On one thread.
  void Step(const Event& event) {
    if (event.at != shard->now()) {
      if (event.at > last_micros) [[unlikely]] return;
      if (event.at < shard->now()) return Late(event, shard->now());
      shard->CompleteBefore(event.at);
      shard->Begin(event.at);
    }
    if (HasCounted(event)) [[unlikely]] return;
    ++totals.events;
    shard->Apply(event, ++position);
  }

  /// The same on several, into the portion at hand.
  void Route(const Event& event) {
    if (event.at < routed) return Late(event, routed);
    routed = event.at;
    if (HasCounted(event)) return;
    ++totals.events;
    parallel->Route(event, ++position);
  }

  /// A repeated record is not late: it has counted.
  void Late(const Event& event, int64_t clock) {
    if (!event.id.empty() && ids.Has(HashBytes128(event.id), clock)) {
      ++totals.repeated;
      return;
    }
    ++totals.late;
    sink.OnLate(event, clock);
    if (!watches) return;
    // No record of the clock's instant can come any more: it is complete, and what was decided at it is decided.
    const bool complete = clock >= now();
    const Place place{std::max(clock, now()), SequenceOf(position, SIZE_MAX), SequenceOf(totals.late, 0),
                      static_cast<uint8_t>(complete ? 4 : 1)};
    if (parallel) {
      routed = std::max(routed, clock);
      parallel->RouteLate(event, place);
      return;
    }
    if (complete) shard->CompleteBefore(clock + 1);
    shard->Contradict(event, place);
  }

  // --- order ---

  void Apply(EventBatch& batch) {
    const Event* events = batch.events.data();
    if (!parallel) {
      RunAhead(*shard, batch.events.size(), [events](size_t i) -> const Event& { return events[i]; },
               [this, events](size_t i) { Step(events[i]); });
      return;
    }
    parallel->Begin();
    for (const Event& event : batch.events) Route(event);
    parallel->Keep(batch);
    parallel->Submit({After::Kind::kBefore, routed});
  }

  void Hold(uint32_t source, EventBatch& batch) {
    reorder.BeginBatch();
    for (Event& event : batch.events) {
      event.source = static_cast<uint16_t>(source);
      const int64_t own = clocks.ClockOf(source), all = clocks.watermark();
      if (event.at < own || event.at < all) {
        reorder.Hold(event, own >= all ? own : all - 1, true);
        continue;
      }
      clocks.Saw(source, event.at);
      reorder.Hold(event, event.at, false);
    }
    Release();
  }

  void Release() {
    clocks.Advance();
    while (reorder.size() > limits::kHeldEventsMax && reorder.front() >= clocks.watermark()) {
      clocks.Raise(reorder.front() + 1);
      Play([this] { reorder.Release(clocks.watermark(), released); });
    }
    Play([this] { reorder.Release(clocks.watermark(), released); });
  }

  template <typename Fill>
  void Play(Fill fill) {
    released.clear();
    fill();
    if (parallel) {
      PlayParallel();
      return;
    }
    RunAhead(*shard, released.size(), [this](size_t i) -> const Event& { return *released[i].event; },
             [this](size_t i) {
               if (released[i].late) {
                 Late(*released[i].event, released[i].key);
               } else {
                 Step(*released[i].event);
               }
             });
    reorder.Recycle(reorder.TakeEmptied());
  }

  void PlayParallel() {
    if (released.empty()) return;
    parallel->Begin();
    for (const Released& one : released) {
      if (one.late) {
        Late(*one.event, one.key);
      } else {
        Route(*one.event);
      }
    }
    parallel->Keep(reorder.TakeEmptied());
    parallel->Submit({After::Kind::kBefore, routed});
    reorder.Recycle(parallel->TakeDone());
  }

  // --- the end ---

  /// Without records: `after` alone, and the end of all that is under way.
  void Close(After after) {
    if (routed != INT64_MIN) {
      parallel->Begin();
      parallel->Submit(after);
    }
    parallel->Settle();
    reorder.Recycle(parallel->TakeDone());
    routed = std::max(routed, parallel->now());
  }

  void Finish() {
    paused = false;
    if (reorder.size() != 0) Play([this] { reorder.ReleaseAll(released); });
    if (parallel) {
      Close({After::Kind::kUntil, routed});
    } else if (shard->now() != INT64_MIN && shard->NeedsCompletion()) {
      shard->Complete();
    }
    clocks.Raise(now());
  }

  void Pause() {
    paused = true;
    if (now() == INT64_MIN) return;
    if (parallel) {
      Close({After::Kind::kBefore, clocks.watermark()});
    } else {
      shard->CompleteBefore(clocks.watermark());
    }
  }

  void AdvanceTo(int64_t until) {
    Finish();
    if (until <= now()) return;
    if (parallel) {
      if (routed == INT64_MIN) routed = until;  // nothing has come, and nothing is due
      Close({After::Kind::kUntil, until});
    } else {
      shard->CompleteUntil(until);
      if (until > shard->now()) shard->Begin(until);
    }
    clocks.Raise(until);
  }

  /// A rule may set off its own next deadline for ever; time ends with the last instant the language can write. What recurs by the
  /// clock goes on up to the last deadline, and those that it sets off meanwhile.
  void Drain() {
    Finish();
    const int64_t before = now();
    while (true) {
      int64_t next = Timers::kNever, last = INT64_MIN;
      bool recurs = false;
      for (size_t i = 0; i < shard_count(); ++i) {
        next = std::min(next, shard_at(i).NextTimer());
        recurs |= shard_at(i).HasRecurring();
      }
      for (size_t i = 0; recurs && i < shard_count(); ++i) last = std::max(last, shard_at(i).LastDeadline());
      last = recurs ? std::min(last, limits::kInstantMaxMicros) : limits::kInstantMaxMicros;
      if (next > last) break;
      if (parallel) {
        Close({After::Kind::kDrain, last});
      } else {
        shard->CompleteUntil(last);
      }
    }
    clocks.Raise(now());
    // The clock ends at the last instant that meant something: what is left in the queue of deadlines long moved or met is nothing
    // that a restart would know of.
    drained = before;
    for (size_t i = 0; i < shard_count(); ++i) drained = std::max(drained, shard_at(i).brought_about_at());
  }

  const RunnerCounts& Counts() {
    RunnerCounts sum = parallel ? parallel->counts() : shard->counts();
    sum.events = totals.events;
    sum.late = totals.late;
    sum.repeated = totals.repeated;
    sum.clock = drained == INT64_MIN ? now() : drained;
    totals = sum;
    return totals;
  }

  /// Of several shards: an entity's subjects in order of first appearance.
  struct Home {
    uint64_t sequence;
    uint32_t shard;
    uint32_t index;
  };
  const std::vector<Home>& Homes(uint32_t entity) {
    if (homes.size() <= entity) homes.resize(program.plan().entities.size());
    std::vector<Home>& of_entity = homes[entity];
    size_t count = 0;
    for (size_t i = 0; i < shard_count(); ++i) count += shard_at(i).entity(entity).subjects.size();
    if (of_entity.size() == count) return of_entity;
    of_entity.clear();
    for (uint32_t i = 0; i < shard_count(); ++i) {
      const SubjectTable& subjects = shard_at(i).entity(entity).subjects;
      for (uint32_t k = 0; k < subjects.size(); ++k) of_entity.push_back({HeaderOf(subjects.record(k)).sequence, i, k});
    }
    std::sort(of_entity.begin(), of_entity.end(), [](const Home& a, const Home& b) { return a.sequence < b.sequence; });
    return of_entity;
  }

  const Program& program;
  DecisionSink& sink;
  int64_t last_micros;
  int64_t drained = INT64_MIN;  ///< after Drain: the clock
  SourceClocks clocks;
  bool holds;            ///< records go through `reorder`
  bool watches;          ///< decisions are kept, for late records to contradict
  SeenIds ids;
  Reorder reorder;
  std::unique_ptr<Shard> shard;        ///< on one thread
  std::unique_ptr<Parallel> parallel;  ///< on several
  int64_t routed = INT64_MIN;          ///< with `parallel`: see now()
  bool paused = false;
  uint64_t position = 0;  ///< of the last record whose turn it was, counted from the first of all runs
  RunnerCounts totals;    ///< the runner's own, and those of the shards when they were last asked for
  std::vector<Released> released;
  std::vector<std::vector<Home>> homes;
};

Runner::Runner(const Program& program, const Code& code, DecisionSink& sink, RunnerOptions options)
    : impl_(std::make_unique<Impl>(program, code, sink, std::move(options))) {}
Runner::~Runner() = default;

void Runner::Feed(uint32_t source, EventBatch& batch) {
  impl_->paused = false;
  impl_->drained = INT64_MIN;
  if (impl_->holds) {
    impl_->Hold(source, batch);
  } else {
    impl_->Apply(batch);
  }
}

void Runner::EndSource(uint32_t source) {
  impl_->clocks.SetEnded(source, true);
  if (impl_->holds) impl_->Release();
}

const SourceClocks& Runner::sources() const { return impl_->clocks; }
void Runner::SetSilent(uint32_t source, bool silent) { impl_->clocks.SetSilent(source, silent); }

void Runner::Finish() { impl_->Finish(); }

void Runner::Pause() {
  MR_CHECK(impl_->holds, "a run that pauses holds records back");
  impl_->Pause();
}

void Runner::AdvanceTo(int64_t until) { impl_->AdvanceTo(until); }
void Runner::Drain() { impl_->Drain(); }

void Runner::Settle() {
  if (!impl_->parallel) return;
  impl_->parallel->Settle();
  impl_->reorder.Recycle(impl_->parallel->TakeDone());
}

const RunnerCounts& Runner::counts() const { return impl_->Counts(); }

// --- snapshots ---

char* Runner::FindRecord(uint32_t entity, std::string_view id) {
  return impl_->shard_at(impl_->ShardOf(id)).FindRecord(entity, id);
}

size_t Runner::subject_count(uint32_t entity) const {
  size_t count = 0;
  for (size_t i = 0; i < impl_->shard_count(); ++i) count += impl_->shard_at(i).entity(entity).subjects.size();
  return count;
}

Runner::Subject Runner::subject(uint32_t entity, size_t index) {
  size_t shard = 0;
  auto at = static_cast<uint32_t>(index);
  if (impl_->parallel) {
    const Impl::Home& home = impl_->Homes(entity)[index];
    shard = home.shard;
    at = home.index;
  }
  EntityState& state = impl_->shard_at(shard).entity(entity);
  return {state.subjects.record(at), state.recent.Of(at)};
}

std::unordered_map<const char*, FiringCounts::OfSubject> Runner::FiredNow() const {
  std::unordered_map<const char*, FiringCounts::OfSubject> all;
  if (impl_->paused) return all;
  const int64_t clock = impl_->Counts().clock;
  for (size_t i = 0; i < impl_->shard_count(); ++i) all.merge(impl_->shard_at(i).firing_counts().At(clock));
  return all;
}

void Runner::RestoreFired(int64_t at, std::string_view id, const char* record, uint32_t rule,
                          uint32_t count) {
  impl_->shard_at(impl_->ShardOf(id)).firing_counts().Restore(at, record, rule, count);
}

size_t Runner::shard_count() const { return impl_->shard_count(); }
size_t Runner::ShardOf(std::string_view id) const { return impl_->ShardOf(id); }
const Program& Runner::program_of(size_t shard) const { return impl_->shard_at(shard).program(); }

char* Runner::FindOrAddRecord(uint32_t entity, std::string_view id, int64_t first_seen) {
  return impl_->shard_at(impl_->ShardOf(id)).Restore(entity, id, first_seen);
}

void Runner::AddRecent(uint32_t entity, std::string_view id, const RecentDecision& decision) {
  if (impl_->watches) impl_->shard_at(impl_->ShardOf(id)).AddRecent(entity, id, decision);
}

SeenIds& Runner::ids() { return impl_->ids; }
bool Runner::paused() const { return impl_->paused; }
uint64_t Runner::position() const { return impl_->position; }
void Runner::SetPosition(uint64_t position) { impl_->position = position; }
std::vector<Released> Runner::Held() const { return impl_->reorder.Held(); }

uint32_t Runner::RestoreSource(const std::string& name, int64_t newest) { return impl_->clocks.Restore(name, newest); }
void Runner::RestoreWatermark(int64_t at) { impl_->clocks.Raise(at); }

void Runner::RestoreHeld(const Event& event, int64_t key, bool late) {
  impl_->holds = true;  // what comes now waits with it
  impl_->paused = true;
  impl_->reorder.BeginBatch();
  impl_->reorder.Hold(event, key, late);
}

void Runner::SetClock(int64_t clock) {
  for (size_t i = 0; i < impl_->shard_count(); ++i) impl_->shard_at(i).SetNow(clock);
  if (impl_->parallel) impl_->routed = clock;
  impl_->clocks.Raise(clock);
}

uint64_t Runner::AfterRestore() {
  uint64_t held = 0;
  for (size_t i = 0; i < impl_->shard_count(); ++i) {
    Shard& shard = impl_->shard_at(i);
    held += shard.AfterRestore();
    // A state of an earlier version does not say how many records it has seen.
    impl_->position = std::max(impl_->position, shard.last_sequence() >> kSequenceShift);
  }
  return held;
}

}  // namespace mrule::runtime
