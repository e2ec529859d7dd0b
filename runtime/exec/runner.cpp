// SPDX-License-Identifier: Apache-2.0
// Moves time: input order, lateness, and the completion of instants. Events of a batch run through a short pipeline of
// prefetches before they are applied, because looking up a subject and its record is mostly waiting for memory.
#include "runtime/exec/runner.h"

#include <algorithm>

#include "compiler/base/limits.h"
#include "runtime/exec/reorder.h"
#include "runtime/exec/shard.h"

namespace mrule::runtime {
namespace {
// How far ahead of its application an event's slot, record and logs are fetched.
constexpr size_t kSlotsAhead = 48;
constexpr size_t kRecordsAhead = 28;
constexpr size_t kLogsAhead = 12;
}  // namespace

struct Runner::Impl {
  Impl(const Program& program, const Code& code, DecisionSink& sink, RunnerOptions options)
      : sink(sink), options(options), shard(program, code, sink), reorder(program.plan()) {}

  /// Completes every instant before `at`, the open one first.
  void CompleteBefore(int64_t at) {
    if (shard.NeedsCompletion()) shard.Complete();
    while (shard.NextTimer() < at) {
      shard.Begin(shard.NextTimer());
      shard.Complete();
    }
  }

  void Step(const Event& event) {
    if (event.at != shard.now()) {
      if (event.at < shard.now()) {
        ++shard.counts().late;
        sink.OnLate(event);
        return;
      }
      CompleteBefore(event.at);
      shard.Begin(event.at);
    }
    shard.Apply(event);
  }

  template <typename At>
  void Run(size_t count, At at) {
    for (size_t i = 0; i < std::min(count, kSlotsAhead); ++i) shard.PrefetchSlots(at(i));
    for (size_t i = 0; i < std::min(count, kRecordsAhead); ++i) shard.PrefetchRecords(at(i));
    for (size_t i = 0; i < std::min(count, kLogsAhead); ++i) shard.PrefetchLogs(at(i));
    for (size_t i = 0; i < count; ++i) {
      if (i + kSlotsAhead < count) shard.PrefetchSlots(at(i + kSlotsAhead));
      if (i + kRecordsAhead < count) shard.PrefetchRecords(at(i + kRecordsAhead));
      if (i + kLogsAhead < count) shard.PrefetchLogs(at(i + kLogsAhead));
      Step(at(i));
    }
  }

  void RunReleased(int64_t until) {
    released.clear();
    reorder.Release(until, released);
    Run(released.size(), [this](size_t i) -> const Event& { return *released[i]; });
    reorder.Recycle();
  }

  void FeedSorted(const EventBatch& batch) {
    reorder.BeginBatch();
    for (const Event& event : batch.events) {
      if (event.at < shard.now() || event.at < Watermark()) {
        ++shard.counts().late;
        sink.OnLate(event);
        continue;
      }
      if (event.at > newest) newest = event.at;
      reorder.Hold(event);
    }
    RunReleased(Watermark());
  }

  /// The clock may pass what is before this.
  int64_t Watermark() const { return newest == INT64_MIN ? INT64_MIN : newest - options.lateness_micros; }

  void Finish() {
    if (reorder.size() != 0) RunReleased(INT64_MAX);
    if (shard.now() != INT64_MIN && shard.NeedsCompletion()) shard.Complete();
  }

  DecisionSink& sink;
  RunnerOptions options;
  Shard shard;
  Reorder reorder;
  int64_t newest = INT64_MIN;
  std::vector<const Event*> released;
};

Runner::Runner(const Program& program, const Code& code, DecisionSink& sink, RunnerOptions options)
    : impl_(std::make_unique<Impl>(program, code, sink, options)) {}
Runner::~Runner() = default;

void Runner::Feed(EventBatch& batch) {
  if (impl_->options.lateness_micros > 0) {
    impl_->FeedSorted(batch);
    return;
  }
  const Event* events = batch.events.data();
  impl_->Run(batch.events.size(), [events](size_t i) -> const Event& { return events[i]; });
}

void Runner::Finish() { impl_->Finish(); }

void Runner::AdvanceTo(int64_t until) {
  impl_->Finish();
  Shard& shard = impl_->shard;
  if (until <= shard.now()) return;
  while (shard.NextTimer() <= until) {
    shard.Begin(shard.NextTimer());
    shard.Complete();
  }
  if (until > shard.now()) shard.Begin(until);
}

void Runner::Drain() {
  impl_->Finish();
  Shard& shard = impl_->shard;
  // A rule may set off its own next deadline for ever; time ends with the last instant the language can write. What recurs by the
  // clock goes on up to the last deadline, and those that it sets off meanwhile.
  int64_t last = INT64_MIN;
  while (true) {
    if (shard.NextTimer() > last) {
      last = shard.HasRecurring() ? std::min(shard.LastDeadline(), limits::kInstantMaxMicros) : limits::kInstantMaxMicros;
    }
    if (shard.NextTimer() > last) return;
    shard.Begin(shard.NextTimer());
    shard.Complete();
  }
}

const RunnerCounts& Runner::counts() const { return impl_->shard.counts(); }

size_t Runner::subject_count(uint32_t entity) const { return impl_->shard.entity(entity).subjects.size(); }

char* Runner::record(uint32_t entity, size_t index) { return impl_->shard.entity(entity).subjects.record(index); }

char* Runner::FindOrAddRecord(uint32_t entity, std::string_view id, int64_t first_seen) {
  return impl_->shard.Restore(entity, id, first_seen);
}

void Runner::SetClock(int64_t clock) {
  impl_->shard.SetNow(clock);
  impl_->shard.counts().clock = clock;
}

uint64_t Runner::AfterRestore() { return impl_->shard.AfterRestore(); }

}  // namespace mrule::runtime
