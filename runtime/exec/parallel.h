// SPDX-License-Identifier: Apache-2.0
// A run on several threads. Subjects are spread over shards by the hash of their names, each shard with its records, timers, texts
// and clock on a thread of its own; the runner's thread routes records to them, a portion at a time, and takes what they decided in
// one order: instant, phase of the instant, then the record's position or the subject's order of first appearance. As between
// subjects nothing is shared but the plan and its code, that is the order of a run on one thread. Portions are worked by all shards at once, a
// few of them are under way, and the sink is called on the runner's thread alone. Owned by the runner, which is the only caller.
#pragma once

#include <condition_variable>
#include <cstdint>
#include <memory>
#include <mutex>
#include <thread>
#include <vector>

#include "runtime/exec/decision.h"
#include "runtime/exec/reorder.h"
#include "runtime/exec/runner.h"
#include "runtime/exec/shard.h"
#include "runtime/exec/shard_output.h"

namespace mrule::runtime {

/// What the shards do once their records are applied.
struct After {
  enum class Kind : uint8_t {
    kBefore,  ///< complete every instant before `at`
    kUntil,   ///< complete every instant up to `at`, and stand there
    kDrain,   ///< complete all that is outstanding up to `at`
  } kind = Kind::kBefore;
  int64_t at = INT64_MIN;
};

class Parallel {
 public:
  /// `program`, `code` and `sink` outlive it. Its own shards have programs of their own over the same plan.
  Parallel(const Program& program, const Code& code, DecisionSink& sink, bool counts_firings,
           uint32_t threads);
  ~Parallel();

  // --- a portion: begun, filled, submitted ---
  void Begin();
  /// Takes what the portion's events point into.
  void Keep(EventBatch& batch) { std::swap(portion().batch, batch); }
  void Keep(std::vector<Reorder::Batch*> batches) { portion().held = std::move(batches); }
  void Route(const Event& event, uint64_t position) { Route(Item{event, position, false, {}}); }
  /// A late record, for the shards of its subjects to name what it may contradict; in the last phase of an instant, when that is
  /// complete.
  void RouteLate(const Event& event, const Place& place) { Route(Item{event, 0, true, place}); }
  void Submit(After after);
  /// Every portion has been worked and delivered.
  void Settle();
  /// Delivers what is ready, and waits for nothing.
  void Collect();
  /// Batches of Reorder that no portion points into any more.
  std::vector<Reorder::Batch*> TakeDone() { return std::exchange(done_batches_, {}); }

  /// Of all shards, as of the last portion delivered.
  RunnerCounts counts() const;
  /// The latest instant at which a shard stands.
  int64_t now() const;

  // --- after Settle, or before anything is submitted ---
  size_t size() const { return workers_.size(); }
  Shard& shard(size_t index) { return workers_[index]->shard; }
  size_t ShardOf(uint64_t hash) const { return (hash >> 32) * workers_.size() >> 32; }

 private:
  struct Item {
    Event event;
    uint64_t position;
    bool late;
    Place place;  ///< of late ones
  };
  struct Portion {
    EventBatch batch;
    std::vector<Reorder::Batch*> held;
    Arena arena;                              ///< of subjects that were told apart
    std::vector<std::vector<Item>> items;     ///< by shard
    std::vector<ShardOutput> outputs;         ///< by shard
    After after;
    size_t left = 0;                          ///< shards that have not worked it; under mutex_
  };
  struct Worker {
    Worker(std::unique_ptr<Program> program_in, const Code& code, const DecisionSink& sink,
           bool counts_firings);
    void Work(Portion& portion, size_t index);
    void Own(Event& event);
    MrValue OwnValue(sema::Physical physical, MrValue value);
    const MrText* OwnText(const MrText* text);

    std::unique_ptr<Program> program;
    ShardSink sink;
    Shard shard;
    Arena arena;                              ///< of fields whose texts are the shard's own
    std::vector<const MrText*> texts;         ///< the shard's, by the id of the reader's
    std::thread thread;
    RunnerCounts counts;                      ///< as of the last portion delivered
    int64_t now = INT64_MIN;
  };
  static constexpr size_t kPortions = 4;      ///< under way at most

  Portion& portion() { return portions_[begun_ % kPortions]; }
  void Route(const Item& item);
  void Start();
  void Loop(size_t index);
  /// Delivers the oldest portion under way, which has been worked.
  void Deliver();
  bool OldestWorked();

  const Program& program_;
  DecisionSink& sink_;
  std::vector<std::unique_ptr<Worker>> workers_;
  std::vector<Portion> portions_{kPortions};
  std::vector<Reorder::Batch*> done_batches_;
  uint64_t begun_ = 0;      ///< portions submitted
  uint64_t delivered_ = 0;

  std::mutex mutex_;
  std::condition_variable submitted_, worked_;
  uint64_t submitted_count_ = 0;  ///< under mutex_
  bool stopping_ = false;         ///< under mutex_
  bool started_ = false;
};

}  // namespace mrule::runtime
