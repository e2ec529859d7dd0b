// SPDX-License-Identifier: Apache-2.0
// A completed instant: the subjects that events, effects or timers touched are judged on their state, each on its own, in order
// of first appearance; each in rounds until nothing more turns (S1, S4, S9).
#include <algorithm>
#include <bit>

#include "compiler/base/limits.h"
#include "runtime/exec/record_store.h"
#include "runtime/exec/shard.h"
#include "runtime/exec/wake.h"
#include "stdlib/kernels/state.h"

namespace mrule::runtime {
namespace {

// What a segment's byte 0 and a latch hold (plan::SlotKind).
enum : uint8_t { kNeverIn = 0, kOut = 1, kIn = 2, kMaybeIn = 3 };
enum : uint8_t { kEntered = 1, kLeft = 2 };
constexpr int64_t kArmed = 0, kLatched = 1, kNeverJudged = 2;

}  // namespace

void Shard::Begin(int64_t now) {
  now_ = now;
  counts_.clock = now;
  instant_.Begin();
  delivering_ = false;
  if (!schedules_.started()) schedules_.StartAt(now);
}

void Shard::SetNow(int64_t now) {
  now_ = now;
  delivering_ = true;
  schedules_.StartAt(now + 1);
}

void Shard::Complete() {
  PopDue();
  if (instant_.any_dirty()) {
    JudgeDirty(2);
    if (timers_.Next() <= now_) PopDue(timers_);  // turns of subjects that have moved to another zone
  }
  if (recurring_.Next() <= now_ || !due_occurrences_.empty()) PopSchedules();
  delivering_ = true;
  if (schedules_.Next() <= now_) AddOccurrences();
  if (!due_events_.empty()) DeliverDue();
}

void Shard::JudgeDirty(uint8_t phase) {
  std::vector<Instant::Dirty>& dirty = instant_.Sorted();
  // INVARIANT: judging a subject marks only that subject, so the list does not grow here.
  for (size_t i = 0; i < dirty.size(); ++i) {
    place_ = {now_, dirty[i].sequence, 0, phase};
    JudgeSubject(dirty[i]);
    if (!retired_.empty()) FreeRetired();
  }
  instant_.ClearDirty();
}

void Shard::Deliver(Scene scene, uint32_t handler) {
  if (handler == plan::kNoHandler) return;
  RunHandler(scene, handlers_[handler]);
  if (!emitted_.empty()) RunEmitted(scene, 1);
  if (!retired_.empty()) FreeRetired();
}

/// Subject by subject: its internal events, each with what it emits, and then its state, which they may have changed.
void Shard::DeliverDue() {
  std::vector<DueEvent>& events = due_events_.Sorted();
  // INVARIANT: nothing that happens here adds to the list; a deadline lies after the instant that sets it.
  constexpr size_t kRecordsAhead = 16;
  for (size_t i = 0; i < events.size();) {
    if (i + kRecordsAhead < events.size()) {
      const DueEvent& ahead = events[i + kRecordsAhead];
      const uint32_t handler = program_.plan().events[ahead.event].handlers[0];
      const char* to_come = entities_[ahead.entity].subjects.record(ahead.record);
      if (handler != plan::kNoHandler) {
        for (uint32_t line : handlers_[handler].lines) __builtin_prefetch(to_come + line, 1);
      }
    }
    EntityState& entity = entities_[events[i].entity];
    char* record = entity.subjects.record(events[i].record);
    place_ = {now_, events[i].sequence, 0, 3};
    for (const uint64_t subject = events[i].sequence; i < events.size() && events[i].sequence == subject; ++i) {
      const plan::EventPlan& type = program_.plan().events[events[i].event];
      if (type.releases != plan::kNoHandler) {
        ReleaseWaiting({&entity, record, events[i].record, nullptr, 0}, type.releases);
        continue;
      }
      const uint32_t handler = type.handlers[0];
      if (events[i].runs == nullptr) {
        if (handler != plan::kNoHandler) {
          Deliver({&entity, record, events[i].record, due_events_.fields(events[i]), 0}, handler);
        }
        continue;
      }
      MrValue keys[2];
      while (TakeDue(*events[i].runs, record, now_, keys)) {
        Deliver({&entity, record, events[i].record, keys, 0}, handler);
      }
    }
    if (instant_.any_dirty()) JudgeDirty(3);
  }
  due_events_.Clear();
}

void Shard::CompleteBefore(int64_t at) {
  if (now_ >= at) return;
  if (NeedsCompletion()) Complete();
  while (NextTimer() < at) {
    Begin(NextTimer());
    Complete();
  }
}

void Shard::CompleteUntil(int64_t until) {
  while (NextTimer() <= until) {
    Begin(NextTimer());
    Complete();
  }
}

void Shard::PopDue() {
  if (timers_.Next() <= now_) PopDue(timers_);
  if (recurring_.Next() <= now_) PopDue(recurring_);
}

void Shard::PopDue(Timers& timers) {
  due_.clear();
  timers.PopAt(now_, due_);
  for (const TimerEntry& entry : due_) {
    const SourceRef& ref = sources_[entry.source];
    if (ref.plan->kind == plan::TimerSource::Kind::kSchedule) {  // its turn comes when the state has been judged
      due_occurrences_.push_back(entry);
      continue;
    }
    EntityState& entity = entities_[ref.entity];
    char* record = entity.subjects.record(entry.record);
    if (!Wake(program_, timers, *ref.plan, entry, record, now_)) continue;
    ++counts_.timers_fired;
    brought_about_at_ = now_;
    if (ref.plan->kind == plan::TimerSource::Kind::kSequence || ref.plan->kind == plan::TimerSource::Kind::kRuns) {
      due_events_.AddRuns(HeaderOf(record).sequence, ref.entity, entry.record, *ref.plan);
      continue;
    }
    instant_.Mark(record, ref.entity, entry.record, entity.words, ref.plan->dirty);
    if (ref.plan->delivers == plan::kNoHandler) continue;
    due_events_.Add(HeaderOf(record).sequence, ref.entity, entry.record, ref.plan->delivers, {});
  }
}

/// Schedules that occur now by the clock of a subject. Judging the state may have moved a subject to another zone.
void Shard::PopSchedules() {
  if (recurring_.Next() <= now_) recurring_.PopAt(now_, due_occurrences_);
  for (const TimerEntry& entry : due_occurrences_) {
    const SourceRef& ref = sources_[entry.source];
    char* record = entities_[ref.entity].subjects.record(entry.record);
    if (!Wake(program_, recurring_, *ref.plan, entry, record, now_)) continue;
    ++counts_.timers_fired;
    brought_about_at_ = now_;
    due_events_.Add(HeaderOf(record).sequence, ref.entity, entry.record, ref.plan->delivers, {});
  }
  due_occurrences_.clear();
}

/// Schedules that occur now for every subject. Whom none of their rules can concern is left out, unless another internal event
/// happens to it before, which may change what concerns it.
void Shard::AddOccurrences() {
  due_schedules_.clear();
  schedules_.PopAt(now_, due_schedules_);
  if (!due_schedules_.empty()) brought_about_at_ = now_;
  const plan::Plan& plan = program_.plan();
  for (EntityState& entity : entities_) {
    concerned_.clear();
    auto is_here = [&](uint32_t schedule) { return plan.schedules[schedule].entity == entity.number; };
    if (entity.subjects.size() == 0 || std::none_of(due_schedules_.begin(), due_schedules_.end(), is_here)) continue;
    for (uint32_t schedule : due_schedules_) {
      if (is_here(schedule)) filters_[schedule]->Mark(entity.subjects, concerned_);
    }
    auto concern = [this](uint32_t record) { concerned_[record / 64] |= uint64_t{1} << (record % 64); };
    due_events_.ForEachOf(entity.number, concern);
    if (watch_ != nullptr && watch_->everybody()) {  // who is watched is judged even in vain
      for (uint32_t record = 0; record < entity.subjects.size(); ++record) concern(record);
    } else if (watch_ != nullptr && watch_->entity() == entity.number) {
      const uint32_t watched = FindIndex(entity, watch_->id());
      if (watched != SubjectTable::kNone) concern(watched);
    }
    for (size_t word = 0; word < concerned_.size(); ++word) {
      for (uint64_t left = concerned_[word]; left != 0; left &= left - 1) {
        const auto record = static_cast<uint32_t>(word * 64 + static_cast<size_t>(std::countr_zero(left)));
        const uint64_t sequence = HeaderOf(entity.subjects.record(record)).sequence;
        for (uint32_t schedule : due_schedules_) {
          if (is_here(schedule)) due_events_.Add(sequence, entity.number, record, plan.schedules[schedule].event, {});
        }
      }
    }
  }
}

int64_t Shard::LastDeadline() {
  int64_t last = INT64_MIN;
  for (EntityState& entity : entities_) {
    for (uint32_t index = 0; index < entity.subjects.size(); ++index) {
      char* record = entity.subjects.record(index);
      for (const plan::TimerSource& source : entity.plan->timers) {
        if (IsRecurring(source) || !IsNeeded(source, record)) continue;
        const int64_t at = NextWake(program_, source, record, now_);
        if (at != Timers::kNever) last = std::max(last, at);
      }
    }
  }
  return last;
}

void Shard::JudgeSubject(const Instant::Dirty& dirty) {
  Scene scene{&entities_[dirty.entity], dirty.record, dirty.index, nullptr, 0};
  while (true) {
    const uint64_t* words = instant_.Words(dirty);
    uint64_t any = 0;
    for (uint32_t w = 0; w < dirty.words; ++w) any |= words[w];
    if (any == 0) return;
    if (scene.round >= limits::kRoundsMax) {
      uint64_t* rest = instant_.Words(dirty);
      for (uint32_t w = 0; w < dirty.words; ++w) rest[w] = 0;
      Trap(scene, kNoRule, kMrOk, "rounds");
      return;
    }
    JudgeUnits(scene, dirty);
    FinishRound(scene);
    for (uint32_t offset : turned_) scene.record[offset + 1] = 0;
    turned_.clear();
    ++scene.round;
    if (!emitted_.empty()) scene.round = std::max(scene.round, RunEmitted(scene, scene.round) - 1);
  }
}

/// In order of unit. A unit may mark later ones, which are then judged in the same pass.
void Shard::JudgeUnits(Scene& scene, const Instant::Dirty& dirty) {
  for (uint32_t w = 0; w < dirty.words; ++w) {
    uint64_t done = 0;  // an earlier unit marked again waits for the next round
    while (uint64_t left = instant_.Words(dirty)[w] & ~done) {
      auto bit = static_cast<unsigned>(std::countr_zero(left));
      instant_.Words(dirty)[w] &= ~(uint64_t{1} << bit);
      done |= bit == 63 ? ~uint64_t{0} : (uint64_t{2} << bit) - 1;
      JudgeUnit(scene, w * 64 + bit);
    }
  }
}

void Shard::JudgeUnit(Scene& scene, uint32_t number) {
  const plan::JudgeUnit& unit = scene.entity->plan->units[number];
  switch (unit.kind) {
    case plan::JudgeUnit::Kind::kHold: return JudgeHold(scene, unit);
    case plan::JudgeUnit::Kind::kSegment: return JudgeSegment(scene, unit);
    case plan::JudgeUnit::Kind::kRule: return JudgeRule(scene, number, unit);
    case plan::JudgeUnit::Kind::kRow: return JudgeRow(scene, unit);
    case plan::JudgeUnit::Kind::kExtreme: return JudgeExtreme(scene, unit);
  }
}

void Shard::JudgeHold(Scene& scene, const plan::JudgeUnit& unit) {
  int32_t truth = Run(unit.condition, scene, nullptr, kNoRule);
  MrFrame frame = FrameFor(scene);
  mr_s_hold_step(&frame, unit.slot, truth, ReportsSeen(scene, unit), unit.reset_after_micros);
  Mark(scene, unit.dependents);
  ArmSources(scene, unit.timers);
}

int64_t Shard::ReportsSeen(const Scene& scene, const plan::JudgeUnit& unit) const {
  int64_t sequence = 0;
  for (uint32_t offset : unit.observed) {
    sequence += reinterpret_cast<const MrObserved*>(scene.record + offset)->sequence;
  }
  return sequence;
}

void Shard::JudgeRow(Scene& scene, const plan::JudgeUnit& unit) {
  const int64_t before = reinterpret_cast<const MrRow*>(scene.record + unit.slot)->count;
  int32_t truth = Run(unit.condition, scene, nullptr, kNoRule);
  MrFrame frame = FrameFor(scene);
  mr_s_row_step(&frame, unit.slot, truth, ReportsSeen(scene, unit), unit.observations_min);
  if (reinterpret_cast<const MrRow*>(scene.record + unit.slot)->count != before) Mark(scene, unit.dependents);
}

void Shard::JudgeExtreme(Scene& scene, const plan::JudgeUnit& unit) {
  const auto* extreme = reinterpret_cast<const MrExtreme*>(scene.record + unit.slot);
  const MrExtreme before = *extreme;
  StepExtreme(scene, unit);
  if (extreme->known == before.known && extreme->bits == before.bits) return;  // what leaves has a timer of its own
  Mark(scene, unit.dependents);
  ArmSources(scene, unit.timers);
}

void Shard::StepExtreme(const Scene& scene, const plan::JudgeUnit& unit) {
  MrValue value{0, 0};
  if (Run(unit.condition, scene, &value, kNoRule) == ir::kUnknownTruth) value = {0, 0};  // a trap
  MrFrame frame = FrameFor(scene);
  mr_s_extreme_step(&frame, unit.slot, unit.log, value.known, value.bits, unit.duration_micros, unit.order);
  if (frame.trap > kMrUnknown) Trap(scene, kNoRule, frame.trap, program_.plan().function(unit.condition).name);
}

/// Unknown keeps what was known: only a membership that is seen to be false ends one (as a latch, S4).
void Shard::JudgeSegment(Scene& scene, const plan::JudgeUnit& unit) {
  int32_t truth = Run(unit.condition, scene, nullptr, kNoRule);
  auto* bytes = reinterpret_cast<uint8_t*>(scene.record + unit.slot);
  uint8_t before = bytes[0];
  uint8_t after = truth == ir::kTrue ? kIn : truth == ir::kFalse ? kOut : before == kNeverIn ? kMaybeIn : before;
  if (after == before) return;
  bytes[0] = after;
  Mark(scene, unit.dependents);
  if (after != kIn && before != kIn) return;
  bytes[1] = after == kIn ? kEntered : kLeft;
  turned_.push_back(unit.slot);
}

void Shard::JudgeRule(Scene& scene, uint32_t number, const plan::JudgeUnit& unit) {
  if (unit.way_back && *reinterpret_cast<const int64_t*>(scene.record + unit.slot) == INT64_MAX) return;
  if (IsWatched(scene)) [[unlikely]] watch_->OnJudged(unit.rule, FrameFor(scene));
  int32_t truth = Run(unit.condition, scene, nullptr, unit.rule);
  if (!unit.edge) {
    if (truth == ir::kTrue) Fire(scene, unit.rule_case);
    return;
  }
  auto& latch = *reinterpret_cast<int64_t*>(scene.record + unit.slot);
  if (truth == ir::kUnknownTruth) return;
  if (truth == ir::kFalse) {
    latch = kArmed;
    return;
  }
  int64_t before = latch;
  latch = kLatched;
  if (before != kLatched) ArmSources(scene, scene.entity->sources_of_unit[number]);
  bool existing = before == kNeverJudged && !program_.plan().rules[unit.rule].including_existing;
  if (before != kLatched && !existing) Fire(scene, unit.rule_case);
}

// --- after a snapshot ---

uint64_t Shard::AfterRestore() {
  uint64_t held = 0;
  for (EntityState& entity : entities_) {
    for (uint32_t index = 0; index < entity.subjects.size(); ++index) {
      char* record = entity.subjects.record(index);
      plan::RecordHeader& header = HeaderOf(record);
      header.dirty = 0;
      last_sequence_ = std::max(last_sequence_, header.sequence);
      place_ = {INT64_MIN, header.sequence, 0,
                static_cast<uint8_t>(entity.number)};  // before all else, entity by entity
      Scene scene{&entity, record, index, nullptr, 0};
      held += SettleRestored(scene);
      for (uint32_t source = 0; source < entity.plan->timers.size(); ++source) {
        const plan::TimerSource& plan = entity.plan->timers[source];
        PendingOf(plan, record) = Timers::kNever;
        const bool is_run = plan.kind == plan::TimerSource::Kind::kSequence || plan.kind == plan::TimerSource::Kind::kRuns;
        if (is_run && now_ != INT64_MIN) {
          // A run whose time is up at the clock itself is open still: its instant had not been completed.
          Arm(program_, timers_, plan, entity.source_base + source, record, index, now_ - 1);
        } else {
          ArmSource(scene, source);
        }
      }
    }
  }
  return held;
}

/// What the snapshot did not know is judged as it stands, and nothing fires, but for rules `including existing`: they are armed
/// and judged when the instant is completed.
uint64_t Shard::SettleRestored(Scene& scene) {
  uint64_t held = 0;
  MrFrame frame = FrameFor(scene);
  const std::vector<plan::JudgeUnit>& units = scene.entity->plan->units;
  for (uint32_t number = 0; number < units.size(); ++number) {
    const plan::JudgeUnit& unit = units[number];
    if (unit.kind == plan::JudgeUnit::Kind::kHold) {
      // Stepping an up-to-date hold again at the same instant changes nothing; a new one starts to count here.
      mr_s_hold_step(&frame, unit.slot, Run(unit.condition, scene, nullptr, kNoRule), ReportsSeen(scene, unit),
                     unit.reset_after_micros);
    } else if (unit.kind == plan::JudgeUnit::Kind::kRow) {
      // What was reported before the row began does not count in it.
      reinterpret_cast<MrRow*>(scene.record + unit.slot)->seen_sequence = ReportsSeen(scene, unit);
    } else if (unit.kind == plan::JudgeUnit::Kind::kExtreme) {
      StepExtreme(scene, unit);
    } else if (unit.kind == plan::JudgeUnit::Kind::kSegment) {
      auto* bytes = reinterpret_cast<uint8_t*>(scene.record + unit.slot);
      if (bytes[0] != kNeverIn) continue;
      int32_t truth = Run(unit.condition, scene, nullptr, kNoRule);
      bytes[0] = truth == ir::kTrue ? kIn : truth == ir::kFalse ? kOut : kMaybeIn;
    } else if (unit.way_back) {
      // Its condition may be another one than before.
      if (*reinterpret_cast<const int64_t*>(scene.record + unit.slot) != INT64_MAX) {
        Mark(scene, program_.plan().rules[unit.rule].revert.unit);
      }
    } else if (unit.edge) {
      auto& latch = *reinterpret_cast<int64_t*>(scene.record + unit.slot);
      if (latch != kNeverJudged) continue;
      latch = kArmed;
      if (Run(unit.condition, scene, nullptr, unit.rule) != ir::kTrue) continue;
      if (program_.plan().rules[unit.rule].including_existing) {
        plan::UnitMask mask(scene.entity->words);
        mask[number / 64] |= uint64_t{1} << (number % 64);
        Mark(scene, mask);
      } else {
        latch = kLatched;
        ++held;
      }
    }
  }
  return held;
}

}  // namespace mrule::runtime
