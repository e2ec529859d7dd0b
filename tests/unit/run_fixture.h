// SPDX-License-Identifier: Apache-2.0
// Plans made by hand and runs of them, for tests of the event-time loop without a front end: one entity, `contact`, whose record
// a PlanMaker lays out slot by slot, and a recorder that turns what the runner says into short lines.
#pragma once

#include <cstring>
#include <initializer_list>
#include <memory>
#include <string>
#include <utility>
#include <vector>

#include "compiler/ir/builder.h"
#include "compiler/plan/plan.h"
#include "runtime/exec/runner.h"
#include "runtime/value/hash.h"

namespace mrule::test {

using plan::FunctionId;
using plan::SlotKind;
using runtime::Event;
using runtime::EventBatch;
using sema::TypeKind;

inline constexpr int64_t kMinute = 60'000'000;
inline constexpr int64_t kHour = 60 * kMinute;

inline ir::Inst Make(ir::Opcode op, uint32_t slot = 0, uint32_t slot2 = 0, int64_t imm = 0) {
  ir::Inst inst;
  inst.op = op;
  inst.slot = slot;
  inst.slot2 = slot2;
  inst.imm = imm;
  return inst;
}
inline ir::Inst On(ir::Inst inst, uint32_t a, uint32_t b = ir::kNoValue) {
  inst.a = a;
  inst.b = b;
  return inst;
}

inline plan::ValueRef Literal(int64_t bits, TypeKind kind = TypeKind::kCount) {
  plan::ValueRef ref;
  ref.bits = bits;
  ref.type.kind = kind;
  return ref;
}
inline plan::ValueRef TextLiteral(uint32_t index) {
  plan::ValueRef ref;
  ref.kind = plan::ValueRef::Kind::kConstantText;
  ref.bits = index;
  ref.type.kind = TypeKind::kText;
  return ref;
}

class PlanMaker {
 public:
  PlanMaker() {
    plan.entities.resize(1);
    entity().name = "contact";
    entity().record_bytes = 64;
  }

  plan::EntityPlan& entity() { return plan.entities[0]; }

  /// A slot of the record; returns its offset. `first` is the first word of its image.
  uint32_t Slot(SlotKind kind, const std::string& key, uint32_t bytes, int64_t first = 0) {
    plan::Slot slot;
    slot.kind = kind;
    slot.key = key;
    slot.offset = next_;
    slot.bytes = bytes;
    entity().slots.push_back(slot);
    next_ += bytes;
    entity().image.resize(next_);
    std::memcpy(entity().image.data() + slot.offset, &first, sizeof first);
    entity().record_bytes = (next_ + 63) / 64 * 64;
    return slot.offset;
  }
  /// An attribute; `always_known` ones start at 0. Returns its number.
  uint32_t Attribute(const std::string& name, TypeKind kind, bool always_known,
                     hir::Safer safer = hir::Safer::kNone) {
    Slot(SlotKind::kAttribute, "attribute " + name, always_known ? 8 : 16);
    entity().slots.back().always_known = always_known;
    entity().slots.back().type.kind = kind;
    plan::Attribute attribute;
    attribute.name = name;
    attribute.type.kind = kind;
    attribute.slot = static_cast<uint32_t>(entity().slots.size() - 1);
    attribute.safer = safer;
    entity().attributes.push_back(attribute);
    return static_cast<uint32_t>(entity().attributes.size() - 1);
  }
  uint32_t OffsetOf(uint32_t attribute) { return entity().slots[entity().attributes[attribute].slot].offset; }

  FunctionId Add(ir::FunctionBuilder& builder, const std::string& name) {
    plan.functions.push_back(builder.Finish(name));
    return FunctionId(plan.functions.size() - 1);
  }
  /// An event type with a handler for the contact and these fields.
  uint32_t AddEvent(const std::string& name, std::initializer_list<TypeKind> fields = {}) {
    plan::EventPlan event;
    event.name = name;
    for (TypeKind kind : fields) {
      plan::FieldPlan field;
      field.name = "f" + std::to_string(event.fields.size());
      field.type.kind = kind;
      event.fields.push_back(field);
    }
    event.subjects = {0};
    event.handlers = {static_cast<uint32_t>(plan.handlers.size())};
    plan.events.push_back(event);
    plan::Handler handler;
    handler.event = static_cast<uint32_t>(plan.events.size() - 1);
    plan.handlers.push_back(handler);
    return handler.event;
  }
  plan::Handler& handler(uint32_t event) { return plan.handlers[plan.events[event].handlers[0]]; }

  /// A rule and its only case; returns the number of both.
  uint32_t AddRule(const std::string& name, std::vector<plan::ActionPlan> actions) {
    plan::RulePlan rule;
    rule.name = name;
    plan.rules.push_back(rule);
    plan::RuleCase rule_case;
    rule_case.rule = static_cast<uint32_t>(plan.rules.size() - 1);
    rule_case.actions = std::move(actions);
    plan.cases.push_back(rule_case);
    return rule_case.rule;
  }
  void OnEvent(uint32_t event, uint32_t rule, FunctionId residual = FunctionId()) {
    plan::MatchRow row;
    row.residual = residual;
    row.rule_case = rule;
    handler(event).rows.push_back(row);
  }
  /// Judged on state, with a latch. Returns the unit's number.
  uint32_t OnState(uint32_t rule, FunctionId condition, bool edge = true) {
    plan::JudgeUnit unit;
    unit.kind = plan::JudgeUnit::Kind::kRule;
    unit.condition = condition;
    unit.slot = Slot(SlotKind::kLatch, "latch " + plan.rules[rule].name, 8);
    unit.rule = rule;
    unit.rule_case = rule;
    unit.edge = edge;
    plan.rules[rule].latch = unit.slot;
    return AddUnit(unit);
  }
  uint32_t AddUnit(const plan::JudgeUnit& unit) {
    entity().units.push_back(unit);
    return static_cast<uint32_t>(entity().units.size() - 1);
  }
  uint32_t AddTimer(plan::TimerSource::Kind kind, uint32_t slot, uint32_t slot2, int64_t micros,
                    std::initializer_list<uint32_t> units) {
    plan::TimerSource source;
    source.kind = kind;
    source.slot = slot;
    source.slot2 = slot2;
    source.micros = micros;
    source.pending = Slot(SlotKind::kPending, "pending " + std::to_string(entity().timers.size()), 8, INT64_MAX);
    source.dirty = Mask(units);
    entity().timers.push_back(source);
    return static_cast<uint32_t>(entity().timers.size() - 1);
  }
  void Limit(uint32_t rule, int64_t count, int64_t period) {
    plan::LimitPlan limit;
    limit.count = count;
    limit.period_micros = period;
    limit.slot = Slot(SlotKind::kLimit, "limit", static_cast<uint32_t>(8 + 8 * count));
    plan.rules[rule].limits.push_back(limit);
  }
  static plan::UnitMask Mask(std::initializer_list<uint32_t> units) {
    plan::UnitMask mask;
    for (uint32_t unit : units) {
      if (mask.size() <= unit / 64) mask.resize(unit / 64 + 1);
      mask[unit / 64] |= uint64_t{1} << (unit % 64);
    }
    return mask;
  }

  plan::Plan plan;

 private:
  uint32_t next_ = sizeof(plan::RecordHeader);
};

inline plan::ActionPlan Act(const std::string& name) {
  plan::ActionPlan action;
  action.name = name;
  return action;
}
inline plan::ActionPlan Change(const std::string& name, uint32_t attribute, hir::EffectForm form, plan::ValueRef value) {
  plan::ActionPlan action = Act(name);
  action.effects.push_back({attribute, form, value});
  return action;
}

/// `>=` on counts.
inline uint32_t AtLeast(ir::FunctionBuilder& b, uint32_t value, int64_t least) {
  return b.Builtin(stdlib::BuiltinId::kGeCount, {value, b.Const(least)});
}

/// `10 r send c1`: instant, rule, action, subject; what was suppressed, trapped or late says so first.
class Recorder : public runtime::DecisionSink {
 public:
  bool wants_detail() const override { return detail; }
  void OnDecision(const runtime::Decision& d) override {
    std::string line = Line(d);
    if (show_cause) line += " #" + std::to_string(d.nth);
    lines.push_back(line);
  }
  void OnSuppressed(const runtime::Decision& d, bool limit, uint32_t winner) override {
    lines.push_back((limit ? "limited " : "lost to " + program->plan().rules[winner].name + " ") + Line(d));
  }
  void OnTrap(int64_t at, uint32_t, const MrText* subject, uint32_t rule, MrStatus status, std::string_view what) override {
    std::string name = rule == runtime::kNoRule ? std::string(what) : program->plan().rules[rule].name;
    lines.push_back("trap " + std::to_string(at / unit) + " " + name + " " + std::string(runtime::View(*subject)) + " " +
                    std::to_string(status));
  }
  void OnLate(const Event& event, int64_t) override { lines.push_back("late " + std::to_string(event.at / unit)); }

  std::string Line(const runtime::Decision& d) const {
    return std::to_string(d.at / unit) + " " + program->plan().rules[d.rule].name + " " +
           d.rule_case->actions[d.action].name + " " + std::string(runtime::View(*d.subject));
  }

  const runtime::Program* program = nullptr;
  bool detail = false;
  bool show_cause = false;
  int64_t unit = 1;
  std::vector<std::string> lines;
};

inline runtime::RunnerOptions Lateness(int64_t micros) {
  runtime::RunnerOptions options;
  options.lateness_micros = micros;
  return options;
}

/// One run: events in, lines out.
class Replay {
 public:
  explicit Replay(const plan::Plan& plan, runtime::RunnerOptions options = {}) : Replay(plan, options, Recorder()) {}
  Replay(const plan::Plan& plan, runtime::RunnerOptions options, Recorder recorder)
      : program(std::move(runtime::Program::Load(plan)).value()), code(*program), sink(std::move(recorder)) {
    sink.program = program.get();
    runner = std::make_unique<runtime::Runner>(*program, code, sink, options);
  }

  MrValue Text(std::string_view text) {
    return {reinterpret_cast<int64_t>(program->texts().Intern(text)), 1};
  }
  void Add(uint32_t type, std::string_view subject, int64_t at, std::vector<MrValue> fields = {}) {
    Event event;
    event.type = type;
    Fill(event, subject, at, fields);
  }
  /// Sets attributes of the contact: number and value (not known: unset).
  void Set(std::string_view subject, int64_t at, std::vector<std::pair<uint32_t, MrValue>> values) {
    Event event;
    event.kind = Event::Kind::kAttributes;
    size_t count = program->plan().entities[0].attributes.size();
    std::vector<MrValue> fields(count, MrValue{0, 0});
    event.present = batch.arena.AllocateArray<uint8_t>(count);
    std::memset(event.present, 0, count);
    for (auto& [number, value] : values) {
      fields[number] = value;
      event.present[number] = 1;
    }
    Fill(event, subject, at, fields);
  }
  void Feed() {
    runner->Feed(batch);
    batch.Clear();
  }
  void Finish() {
    Feed();
    runner->Finish();
  }
  int64_t Word(std::string_view subject, uint32_t offset) {
    int64_t word;
    std::memcpy(&word, runner->FindOrAddRecord(0, subject, 0) + offset, sizeof word);
    return word;
  }
  std::vector<std::string> Take() { return std::exchange(sink.lines, {}); }

  std::unique_ptr<runtime::Program> program;
  runtime::Code code;
  Recorder sink;
  std::unique_ptr<runtime::Runner> runner;
  EventBatch batch;

 private:
  void Fill(Event& event, std::string_view subject, int64_t at, const std::vector<MrValue>& fields) {
    event.at = at;
    event.line = ++line_;
    event.subjects = batch.arena.AllocateArray<runtime::SubjectKey>(1);
    std::string_view name = batch.arena.Copy(subject);
    event.subjects[0] = {name.data(), static_cast<uint32_t>(name.size()), runtime::HashBytes(name)};
    event.fields = batch.arena.AllocateArray<MrValue>(fields.size());
    std::copy(fields.begin(), fields.end(), event.fields);
    batch.events.push_back(event);
  }
  uint64_t line_ = 0;
};

using Lines = std::vector<std::string>;

}  // namespace mrule::test
