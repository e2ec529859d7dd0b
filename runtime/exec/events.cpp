// SPDX-License-Identifier: Apache-2.0
// What one input record does: accumulators first, then the rules it can concern, all on one snapshot, then their effects; then
// what they emitted, round by round, before the next record.
#include "compiler/base/limits.h"
#include "runtime/exec/shard.h"

namespace mrule::runtime {

void Shard::PrefetchSlots(const Event& event) const {
  if (event.kind == Event::Kind::kAttributes) {
    entities_[event.type].subjects.PrefetchSlot(event.subjects[0]);
    return;
  }
  const plan::EventPlan& type = program_.plan().events[event.type];
  for (size_t i = 0; i < type.subjects.size(); ++i) {
    if (event.subjects[i].data != nullptr) entities_[type.subjects[i]].subjects.PrefetchSlot(event.subjects[i]);
  }
}

void Shard::PrefetchRecords(const Event& event) const {
  if (event.kind == Event::Kind::kAttributes) {
    const SubjectTable& subjects = entities_[event.type].subjects;
    SubjectKey& key = event.subjects[0];
    subjects.Guess(key);
    if (key.guess != SubjectTable::kNone) __builtin_prefetch(subjects.record(key.guess), 1);
    return;
  }
  const plan::EventPlan& type = program_.plan().events[event.type];
  for (size_t i = 0; i < type.subjects.size(); ++i) {
    SubjectKey& key = event.subjects[i];
    if (key.data == nullptr) continue;
    const SubjectTable& subjects = entities_[type.subjects[i]].subjects;
    subjects.Guess(key);
    if (key.guess == SubjectTable::kNone) continue;
    if (type.handlers[i] == plan::kNoHandler) {
      if (!key.sure) key.guess = SubjectTable::kNone;  // where no record is needed, none is fetched to find it
      continue;
    }
    const char* record = subjects.record(key.guess);
    for (uint32_t line : handlers_[type.handlers[i]].lines) __builtin_prefetch(record + line, 1);
  }
}

void Shard::PrefetchLogs(const Event& event) const {
  if (event.kind == Event::Kind::kAttributes) return;
  const plan::EventPlan& type = program_.plan().events[event.type];
  for (size_t i = 0; i < type.subjects.size(); ++i) {
    const SubjectKey& key = event.subjects[i];
    if (key.data == nullptr || key.guess == SubjectTable::kNone || type.handlers[i] == plan::kNoHandler) continue;
    const HandlerState& handler = handlers_[type.handlers[i]];
    if (handler.logs.empty()) continue;
    const char* record = entities_[type.subjects[i]].subjects.record(key.guess);
    for (uint32_t offset : handler.logs) {
      const auto* log = reinterpret_cast<const MrLog*>(record + offset);
      if (log->entries == nullptr) continue;
      __builtin_prefetch(&log->entries[log->tail & log->mask], 1);
      __builtin_prefetch(&log->entries[log->base & log->mask]);
    }
  }
}

void Shard::Apply(const Event& event, uint64_t position) {
  switch (event.kind) {
    case Event::Kind::kEvent: ApplyEvent(event, position); break;
    case Event::Kind::kAttributes: ApplyAttributes(event, position); break;
  }
  if (!retired_.empty()) FreeRetired();
}

void Shard::ApplyEvent(const Event& event, uint64_t position) {
  const plan::EventPlan& type = program_.plan().events[event.type];
  for (size_t i = 0; i < type.subjects.size(); ++i) {
    const SubjectKey& key = event.subjects[i];
    if (key.data == nullptr) continue;
    EntityState& entity = entities_[type.subjects[i]];
    sequence_ = SequenceOf(position, i);
    place_ = {now_, sequence_, 0, 1};
    uint32_t index = FindOrAdd(entity, key, event.at);  // even without a handler: the subject is known from now on (S6)
    if (type.handlers[i] == plan::kNoHandler) continue;
    char* record = entity.subjects.record(index);
    Scene scene{&entity, record, index, event.fields, 0};
    RunHandler(scene, handlers_[type.handlers[i]]);
    if (!emitted_.empty()) [[unlikely]] RunEmitted(scene, 1);
  }
}

void Shard::RunHandler(Scene& scene, HandlerState& handler) {
  const plan::Handler& plan = *handler.plan;
  MrFrame frame = FrameFor(scene);
  if (plan.update) {
    code_.Run(plan.update, &frame);
    if (frame.trap > kMrUnknown) [[unlikely]] {
      Trap(scene, kNoRule, frame.trap, program_.plan().function(plan.update).name);
      frame.trap = kMrOk;
    }
  }
  Mark(scene, plan.dirty);
  ArmSources(scene, plan.timers);
  if (IsWatched(scene)) [[unlikely]] watch_->OnEvent(plan.entity, plan.event, frame);
  if (plan.rows.empty()) return;
  if (plan.inputs) {
    frame.outputs = inputs_.data();
    code_.Run(plan.inputs, &frame);
    if (frame.trap > kMrUnknown) [[unlikely]] {
      Trap(scene, kNoRule, frame.trap, program_.plan().function(plan.inputs).name);
      frame.trap = kMrOk;
    }
  }
  rows_.clear();
  handler.matcher.Match(scene.fields, inputs_.data(), rows_);
  if (rows_.empty()) return;
  if (!handler.plain.empty() && keep_decisions_micros_ == 0) return FirePlain(scene, handler);
  uint32_t fired_rule = kNoRule;
  for (uint32_t index : rows_) {
    const RowState& row = handler.rows[index];
    if (row.rule == fired_rule) continue;  // a condition in disjunctive form has several rows
    if (row.residual) {
      int32_t truth = code_.Run(row.residual, &frame);
      if (frame.trap > kMrUnknown) [[unlikely]] {
        Trap(scene, row.rule, frame.trap, program_.plan().function(row.residual).name);
        frame.trap = kMrOk;
        continue;
      }
      if (truth != ir::kTrue) continue;
    }
    fired_rule = row.rule;
    Fire(scene, row.rule_case);
  }
  FinishRound(scene);
}

uint32_t Shard::RunEmitted(Scene& scene, uint32_t round) {
  while (!emitted_.empty()) {
    if (round >= limits::kRoundsMax) {
      emitted_.clear();
      emitted_fields_.clear();
      Trap(scene, kNoRule, kMrOk, "rounds");
      break;
    }
    emitting_.swap(emitted_);
    emitting_fields_.swap(emitted_fields_);
    emitted_.clear();
    emitted_fields_.clear();
    for (size_t i = 0; i < emitting_.size(); ++i) {
      const plan::EventPlan& type = program_.plan().events[emitting_[i].event];
      for (size_t s = 0; s < type.subjects.size(); ++s) {
        if (type.subjects[s] != scene.entity->number || type.handlers[s] == plan::kNoHandler) continue;
        Scene next{scene.entity, scene.record, scene.index, emitting_fields_.data() + emitting_[i].fields_at,
                   round};
        RunHandler(next, handlers_[type.handlers[s]]);
        break;
      }
    }
    ++round;
  }
  return round;
}

void Shard::ApplyAttributes(const Event& event, uint64_t position) {
  sequence_ = SequenceOf(position, 0);
  place_ = {now_, sequence_, 0, 1};
  EntityState& entity = entities_[event.type];
  const size_t known = entity.subjects.size();
  uint32_t index = FindOrAdd(entity, event.subjects[0], event.at);
  Scene scene{&entity, entity.subjects.record(index), index, nullptr, 0};
  for (uint32_t i = 0; i < entity.plan->attributes.size(); ++i) {
    if (event.present[i] != 0) SetAttribute(scene, i, event.fields[i]);
  }
  if (entity.subjects.size() != known) changes_.clear();  // the record that makes a subject known says what it is
  EmitChanges(scene);
  if (!emitted_.empty()) RunEmitted(scene, 0);
}

}  // namespace mrule::runtime
