// SPDX-License-Identifier: Apache-2.0
// Portions stand in a ring. A shard's thread works them in turn, each as soon as it is submitted; the runner's thread delivers the oldest
// when all shards have worked it, and fills its place anew. What the threads share is written before it is handed over under the
// mutex: a portion is the runner's until it is submitted and again when it is worked, and its part of it a shard's in between.
#include "runtime/exec/parallel.h"

#include "compiler/base/check.h"
#include "runtime/exec/run_ahead.h"

namespace mrule::runtime {
namespace {

bool IsText(const sema::Type& type) {
  const sema::Physical physical = sema::PhysicalOf(type.kind);
  return physical == sema::Physical::kText || physical == sema::Physical::kSet;
}

}  // namespace

// --- the runner's thread ---

Parallel::Parallel(const Program& program, const Code& code, DecisionSink& sink, bool counts_firings,
                   uint32_t threads)
    : program_(program), sink_(sink) {
  for (uint32_t i = 0; i < threads; ++i)
    workers_.push_back(std::make_unique<Worker>(program.Sibling(), code, sink, counts_firings));
  for (Portion& portion : portions_) {
    portion.items.resize(threads);
    portion.outputs.resize(threads);
  }
  // What restoring a state has to say comes before all else.
  for (size_t i = 0; i < workers_.size(); ++i) workers_[i]->sink.Begin(portions_[0].outputs[i], workers_[i]->shard.place());
}

Parallel::~Parallel() {
  {
    const std::lock_guard lock(mutex_);
    stopping_ = true;
  }
  submitted_.notify_all();
  for (const auto& worker : workers_) {
    if (worker->thread.joinable()) worker->thread.join();
  }
}

void Parallel::Start() {
  started_ = true;
  for (size_t i = 0; i < workers_.size(); ++i) workers_[i]->thread = std::thread([this, i] { Loop(i); });
}

bool Parallel::OldestWorked() {
  if (delivered_ == begun_) return false;
  const std::lock_guard lock(mutex_);
  return portions_[delivered_ % kPortions].left == 0;
}

void Parallel::Deliver() {
  Portion& oldest = portions_[delivered_ % kPortions];
  {
    std::unique_lock lock(mutex_);
    worked_.wait(lock, [&] { return oldest.left == 0; });
  }
  DeliverInOrder(oldest.outputs, sink_);
  for (size_t i = 0; i < workers_.size(); ++i) {
    workers_[i]->counts = oldest.outputs[i].counts;
    workers_[i]->now = oldest.outputs[i].now;
    oldest.outputs[i].Clear();
    oldest.items[i].clear();
  }
  oldest.batch.Clear();
  oldest.arena.Clear();
  done_batches_.insert(done_batches_.end(), oldest.held.begin(), oldest.held.end());
  oldest.held.clear();
  ++delivered_;
}

void Parallel::Collect() {
  while (OldestWorked()) Deliver();
}

void Parallel::Settle() {
  while (delivered_ != begun_) Deliver();
}

void Parallel::Begin() {
  if (!started_) Start();
  if (begun_ - delivered_ == kPortions) Deliver();
}

void Parallel::Submit(After after) {
  {
    const std::lock_guard lock(mutex_);
    portion().after = after;
    portion().left = workers_.size();
    submitted_count_ = ++begun_;
  }
  submitted_.notify_all();
  Collect();
}

void Parallel::Route(const Item& item) {
  const Event& event = item.event;
  const bool attributes = event.kind == Event::Kind::kAttributes;
  const size_t count = attributes ? 1 : program_.plan().events[event.type].subjects.size();
  std::vector<std::vector<Item>>& items = portion().items;
  size_t home = SIZE_MAX;
  bool apart = false;
  for (size_t i = 0; i < count; ++i) {
    if (event.subjects[i].data == nullptr) continue;
    const size_t shard = ShardOf(event.subjects[i].hash);
    apart |= home != SIZE_MAX && home != shard;
    home = shard;
  }
  if (home == SIZE_MAX) home = 0;  // it names nobody
  if (!apart) {
    items[home].push_back(item);
    return;
  }
  for (size_t shard = 0; shard < workers_.size(); ++shard) {
    SubjectKey* subjects = nullptr;
    for (size_t i = 0; i < count; ++i) {
      if (event.subjects[i].data == nullptr || ShardOf(event.subjects[i].hash) != shard) continue;
      if (subjects == nullptr) {
        subjects = portion().arena.AllocateArray<SubjectKey>(count);
        std::fill(subjects, subjects + count, SubjectKey());
      }
      subjects[i] = event.subjects[i];
    }
    if (subjects == nullptr) continue;
    items[shard].push_back(item);
    items[shard].back().event.subjects = subjects;
  }
}

RunnerCounts Parallel::counts() const {
  RunnerCounts sum;
  for (const auto& worker : workers_) {
    sum.contradicted += worker->counts.contradicted;
    sum.subjects += worker->counts.subjects;
    sum.fired += worker->counts.fired;
    sum.decisions += worker->counts.decisions;
    sum.suppressed += worker->counts.suppressed;
    sum.limited += worker->counts.limited;
    sum.traps += worker->counts.traps;
    sum.timers_fired += worker->counts.timers_fired;
  }
  return sum;
}

int64_t Parallel::now() const {
  int64_t now = INT64_MIN;
  for (const auto& worker : workers_) now = std::max(now, worker->now);
  return now;
}

// --- a shard's thread ---

Parallel::Worker::Worker(std::unique_ptr<Program> program_in, const Code& code, const DecisionSink& to,
                         bool counts_firings)
    : program(std::move(program_in)), sink(to), shard(*program, code, sink, counts_firings) {}

void Parallel::Loop(size_t index) {
  for (uint64_t worked = 0;; ++worked) {
    {
      std::unique_lock lock(mutex_);
      submitted_.wait(lock, [&] { return stopping_ || submitted_count_ > worked; });
      if (submitted_count_ <= worked) return;
    }
    Portion& portion = portions_[worked % kPortions];
    workers_[index]->Work(portion, index);
    bool last = false;
    {
      const std::lock_guard lock(mutex_);
      last = --portion.left == 0;
    }
    if (last) worked_.notify_one();
  }
}

void Parallel::Worker::Work(Portion& portion, size_t index) {
  std::vector<Item>& items = portion.items[index];
  ShardOutput& output = portion.outputs[index];
  sink.Begin(output, shard.place());
  for (Item& item : items) Own(item.event);
  RunAhead(shard, items.size(), [&](size_t i) -> const Event& { return items[i].event; },
           [&](size_t i) {
             const Item& item = items[i];
             if (!item.late) {
               shard.MoveTo(item.event.at);
               shard.Apply(item.event, item.position);
             } else {
               if (item.place.phase > 1) shard.CompleteBefore(item.place.at + 1);
               shard.Contradict(item.event, item.place);
             }
           });
  switch (portion.after.kind) {
    case After::Kind::kBefore: shard.CompleteBefore(portion.after.at); break;
    case After::Kind::kUntil:
      shard.CompleteBefore(portion.after.at);
      if (portion.after.at > shard.now()) shard.Begin(portion.after.at);
      if (shard.NeedsCompletion()) shard.Complete();
      break;
    case After::Kind::kDrain: shard.CompleteUntil(portion.after.at); break;
  }
  output.counts = shard.counts();
  output.now = shard.now();
  arena.Clear();
}

/// The reader's texts are of another pool: a shard compares the pointers of its own.
void Parallel::Worker::Own(Event& event) {
  const plan::Plan& plan = program->plan();
  const bool attributes = event.kind == Event::Kind::kAttributes;
  const size_t count = attributes ? plan.entities[event.type].attributes.size() : plan.events[event.type].fields.size();
  const auto type_of = [&](size_t i) -> const sema::Type& {
    return attributes ? plan.entities[event.type].attributes[i].type : plan.events[event.type].fields[i].type;
  };
  MrValue* own = nullptr;
  for (size_t i = 0; i < count; ++i) {
    if (!IsText(type_of(i)) || event.fields[i].known == 0 || (attributes && event.present[i] == 0)) continue;
    if (own == nullptr) {
      own = arena.AllocateArray<MrValue>(count);
      std::copy(event.fields, event.fields + count, own);
    }
    own[i] = OwnValue(sema::PhysicalOf(type_of(i).kind), own[i]);
  }
  if (own != nullptr) event.fields = own;
}

MrValue Parallel::Worker::OwnValue(sema::Physical physical, MrValue value) {
  if (physical == sema::Physical::kText) {
    return {reinterpret_cast<int64_t>(OwnText(reinterpret_cast<const MrText*>(value.bits))), 1};
  }
  const auto* set = reinterpret_cast<const MrTextSet*>(value.bits);
  auto** items = arena.AllocateArray<const MrText*>(set->size);
  for (uint32_t i = 0; i < set->size; ++i) items[i] = OwnText(set->items[i]);
  auto* copy = arena.AllocateArray<MrTextSet>(1);
  *copy = {items, set->size, 0};
  return {reinterpret_cast<int64_t>(copy), 1};
}

const MrText* Parallel::Worker::OwnText(const MrText* text) {
  if (text->id == 0) return text;  // of the portion
  if (text->id >= texts.size()) texts.resize(std::max<size_t>(text->id + 1, texts.size() * 2));
  const MrText*& own = texts[text->id];
  if (own == nullptr) own = program->texts().Intern(View(*text));
  return own;
}

}  // namespace mrule::runtime
