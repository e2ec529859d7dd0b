// SPDX-License-Identifier: Apache-2.0
// The order of work: rules and segments are lowered and ask for state; then what events do to that state; then layouts, and
// offsets into every function.
#include "compiler/plan/build.h"

#include <map>
#include <memory>

#include "compiler/base/check.h"
#include "compiler/base/limits.h"
#include "compiler/plan/context.h"
#include "compiler/plan/handlers.h"
#include "compiler/plan/reads.h"
#include "compiler/plan/rules.h"
#include "compiler/plan/scans.h"
#include "compiler/plan/tests.h"
#include "compiler/plan/units.h"
#include "compiler/plan/why.h"

namespace mrule::plan {
namespace {

class PlanBuilder {
 public:
  PlanBuilder(const hir::Program& program, const source::SourceSet& sources, diagnostics::Emitter& diags)
      : program_(program), context_(program, sources, diags), segment_units_(program.entities.size()),
        rule_units_(program.entities.size()) {}

  Plan Run(std::vector<ScanPlan>* scans, WhyPlan* why, TestSuite* tests) {
    AddVocabulary();
    KeepChanging();
    context_.plan.rules.reserve(program_.rules.size());
    context_.plan.cases.reserve(program_.rules.size());
    context_.plan.functions.reserve(program_.rules.size());
    for (size_t i = 0; i < program_.rules.size(); ++i) AddRuleOf(hir::RuleId(i));
    for (size_t i = 0; i < program_.segments.size(); ++i) AddSegment(hir::SegmentId(i));
    if (scans != nullptr) *scans = MakeScans(context_);
    if (why != nullptr) *why = AddWhy(context_, hir::RuleId(why->rule));
    if (tests != nullptr) AddTests(context_, *tests);
    for (auto& [key, handler] : handlers_) handler->FinishRows();
    AddUpdates();
    std::vector<UnitBuilder> units;
    for (size_t i = 0; i < program_.entities.size(); ++i) {
      units.emplace_back(context_, hir::EntityId(i));
      units.back().Build(segment_units_[i], rule_units_[i]);
    }
    PlaceHandlers(units);
    for (size_t i = 0; i < program_.entities.size(); ++i) PlaceEntity(hir::EntityId(i), units[i]);
    AddReads(context_);
    if (!context_.diags.has_errors()) PatchAndVerify();
    if (why != nullptr && !context_.diags.has_errors()) PlaceWhy(context_, *why);
    if (tests != nullptr && !context_.diags.has_errors()) PlaceTests(context_, *tests);
    return std::move(context_.plan);
  }

 private:
  void AddVocabulary() {
    Plan& plan = context_.plan;
    plan.lateness_micros = program_.lateness_micros;
    plan.horizon_micros = program_.horizon_micros;
    plan.idle_micros = program_.idle_micros;
    plan.strict_fields = program_.strict_fields;
    if (program_.zone) plan.zone = program_.Text(program_.zone);
    plan.contact_time_zone = program_.contact_time_zone ? program_.Text(program_.contact_time_zone) : plan.zone;
    plan.week_start = program_.week_start;
    for (const hir::EnumType& type : program_.enums) {
      std::vector<std::string>& values = plan.enums.emplace_back();
      for (StringId value : type.values) values.emplace_back(program_.Text(value));
    }
    for (StringId currency : program_.currencies) plan.currencies.emplace_back(program_.Text(currency));
    for (const hir::Schedule& schedule : program_.schedules) {
      plan.schedules.push_back({std::string(program_.Text(schedule.text)), schedule.entity.value, schedule.event.value,
                                PlanZone(schedule.zone), schedule.recurrence});
    }
    for (const hir::ClockTest& test : program_.clock_tests) {
      plan.clock_tests.push_back({std::string(program_.Text(test.text)), PlanZone(test.zone), test.span});
    }
    for (const hir::Entity& entity : program_.entities) {
      EntityPlan& out = plan.entities.emplace_back();
      out.name = program_.Text(entity.name);
      if (plan.strict_fields) AddNames(entity.attributes, out.declared);
    }
    for (const hir::EventType& event : program_.events) {
      EventPlan& out = plan.events.emplace_back();
      out.name = program_.Text(event.name);
      for (hir::EntityId subject : event.subjects) out.subjects.push_back(subject.value);
      out.handlers.assign(out.subjects.size(), kNoHandler);
      out.internal = event.internal;
      if (plan.strict_fields) AddNames(event.fields, out.declared);
    }
    // A deadline's fields are its sequence's keys, all of them and in order.
    for (const hir::Sequence& sequence : program_.sequences) {
      for (uint32_t key = 0; sequence.absent && key < sequence.keys.size(); ++key) context_.FieldSlot(sequence.deadline, key);
    }
  }

  ZonePlan PlanZone(const hir::ZoneRef& zone) const {
    ZonePlan out;
    if (zone.name) out.name = program_.Text(zone.name);
    out.of_subject = zone.of_subject;
    return out;
  }

  template <typename Named>
  void AddNames(const std::vector<Named>& from, std::vector<std::string>& names) const {
    for (const Named& one : from) names.emplace_back(program_.Text(one.name));
  }

  /// What a rule waits for to change is kept, whether or not any reads it.
  void KeepChanging() {
    for (size_t e = 0; e < program_.entities.size(); ++e) {
      const std::vector<hir::Attribute>& attributes = program_.entities[hir::EntityId(e)].attributes;
      for (uint32_t i = 0; i < attributes.size(); ++i) {
        if (attributes[i].changed) context_.state(hir::EntityId(e)).Attribute(i);
      }
    }
  }

  void PlaceChanges(EntityPlan& out) {
    for (Attribute& attribute : out.attributes) {
      if (attribute.changes == kNoHandler) continue;
      for (const auto& [field, slot] : context_.fields[attribute.changes]) {
        (field == 0 ? attribute.new_field : attribute.old_field) = slot;
      }
    }
  }

  HandlerBuilder& HandlerOf(hir::EventTypeId event, hir::EntityId entity) {
    std::unique_ptr<HandlerBuilder>& handler = handlers_[{event.value, entity.value}];
    if (handler == nullptr) handler = std::make_unique<HandlerBuilder>(context_, entity, event);
    return *handler;
  }

  void AddRuleOf(hir::RuleId id) {
    const hir::Rule& rule = program_.rules[id];
    AddRule(context_, id);
    const std::string label = RuleLabel(program_, rule);
    if (!rule.on_event) {
      Lowerer lowerer(context_, rule.entity, {});
      lowerer.code().Return(lowerer.Value(rule.condition));
      JudgeUnit unit;
      unit.kind = JudgeUnit::Kind::kRule;
      unit.condition = lowerer.Finish("condition of " + label);
      unit.way_back = static_cast<bool>(rule.revert.of);
      unit.slot = unit.way_back ? context_.plan.rules[id.index()].revert.slot : context_.plan.rules[id.index()].latch;
      unit.rule = id.value;
      unit.rule_case = AddCase(context_, id, {});
      unit.edge = !unit.way_back && !ReadsTurns(rule.condition);
      rule_units_[rule.entity.index()].push_back(std::move(unit));
      return;
    }
    AddSequences(rule.condition, rule.entity);
    for (hir::EventTypeId event : TriggersOf(program_, rule)) {
      const std::vector<Conjunction> ways = Disjunction(program_, rule.condition, event);
      if (ways.empty()) continue;
      const uint32_t rule_case = AddCase(context_, id, event);
      HandlerBuilder& handler = HandlerOf(event, rule.entity);
      for (const Conjunction& way : ways) handler.AddRow(way, rule_case, label);
    }
  }

  void AddSequences(hir::ExprId id, hir::EntityId entity) {
    const hir::Expr& expr = program_.exprs[id];
    if (expr.kind == hir::ExprKind::kSequence) context_.state(entity).Sequence(expr.sequence);
    for (hir::ExprId arg : expr.args) AddSequences(arg, entity);
  }

  bool ReadsTurns(hir::ExprId id) const {
    const hir::Expr& expr = program_.exprs[id];
    if (expr.kind == hir::ExprKind::kEnters || expr.kind == hir::ExprKind::kLeaves) return true;
    for (hir::ExprId arg : expr.args) {
      if (ReadsTurns(arg)) return true;
    }
    return false;
  }

  void AddSegment(hir::SegmentId id) {
    const hir::Segment& segment = program_.segments[id];
    const std::string label = "segment " + std::string(program_.Text(segment.name));
    Lowerer lowerer(context_, segment.entity, {});
    lowerer.code().Return(lowerer.Value(segment.condition));
    JudgeUnit unit;
    unit.kind = JudgeUnit::Kind::kSegment;
    unit.condition = lowerer.Finish("condition of " + label);
    unit.slot = context_.state(segment.entity).AddSlot(SlotKind::kSegment, label, 8);
    unit.rule = id.value;
    segment_units_[segment.entity.index()].push_back(std::move(unit));
    SegmentPlan out;
    out.name = program_.Text(segment.name);
    out.entity = segment.entity.value;
    out.slot = unit.slot;
    context_.plan.segments.push_back(std::move(out));
  }

  void AddUpdates() {
    for (size_t entity = 0; entity < program_.entities.size(); ++entity) {
      for (const SequenceState& state : context_.states[entity].sequences()) {
        for (const hir::Step& step : program_.sequences[state.sequence].steps) {
          for (const hir::PatternCase& one : program_.patterns[step.pattern].cases) {
            HandlerOf(one.event, hir::EntityId(entity));
          }
        }
      }
      for (const PatternState& pattern : context_.states[entity].patterns()) {
        if (pattern.feeds.empty() && pattern.logs.empty()) continue;
        for (const hir::PatternCase& one : program_.patterns[pattern.pattern].cases) {
          HandlerOf(one.event, hir::EntityId(entity));
        }
      }
    }
    for (auto& [key, handler] : handlers_) handler->FinishUpdate();
  }

  void PlaceHandlers(const std::vector<UnitBuilder>& units) {
    Plan& plan = context_.plan;
    for (uint32_t event = 0; event < plan.events.size(); ++event) {
      EventPlan& out = plan.events[event];
      for (size_t i = 0; i < out.subjects.size(); ++i) {
        auto it = handlers_.find({event, out.subjects[i]});
        if (it == handlers_.end() || it->second->IsEmpty()) continue;
        Handler& handler = it->second->handler();
        handler.event = event;
        handler.entity = out.subjects[i];
        const ir::Function none;
        units[out.subjects[i]].MarkWritten(handler.update ? plan.function(handler.update) : none, handler);
        out.handlers[i] = static_cast<uint32_t>(plan.handlers.size());
        plan.handlers.push_back(std::move(handler));
      }
    }
  }

  void PlaceEntity(hir::EntityId entity, UnitBuilder& units) {
    EntityState& state = context_.state(entity);
    EntityPlan& out = context_.plan.entities[entity.index()];
    for (size_t i = 0; i < state.slot_count(); ++i) {
      if (state.slot(static_cast<uint32_t>(i)).capacity <= limits::kRecentInstantsMax) continue;
      context_.diags.Report(PatternSpan(entity, static_cast<uint32_t>(i)), diagnostics::DiagId::kTooManyRecentInstants,
                            {{"count", state.slot(static_cast<uint32_t>(i)).capacity}, {"limit", limits::kRecentInstantsMax}});
    }
    const uint64_t bytes = state.Layout(out);
    if (bytes > limits::kRecordBytesMax) {
      context_.diags.Report(LargestRule(entity), diagnostics::DiagId::kRecordTooLarge,
                            {{"entity", out.name}, {"bytes", bytes}, {"limit", limits::kRecordBytesMax}});
      return;
    }
    units.Finish(out, state);
    state.PlaceAttributes(out);
    PlaceChanges(out);
    for (uint32_t number = 0; number < context_.plan.rules.size(); ++number) {
      RulePlan& rule = context_.plan.rules[number];
      if (rule.entity != entity.value) continue;
      if (rule.revert.of != kNoHandler) {
        PlaceRevert(rule.revert, state, out);
      } else if (!rule.on_event) {
        rule.latch = state.OffsetOf(rule.latch);
      }
      for (LimitPlan& limit : rule.limits) {
        limit.slot = state.OffsetOf(limit.slot);
        if (limit.clock.of_subject) limit.clock.slot = state.OffsetOf(limit.clock.slot);
      }
      if (rule.waits) {
        rule.waiting = state.OffsetOf(rule.waiting);
        PlaceTurns(number, out);
      }
      if (rule.each != 0) rule.each_total = state.OffsetOf(rule.each_total);
    }
    for (SegmentPlan& segment : context_.plan.segments) {
      if (segment.entity == entity.value) segment.slot = state.OffsetOf(segment.slot);
    }
  }

  /// A subject that moves to another zone has its calendar limits open at another instant.
  void PlaceTurns(uint32_t number, EntityPlan& out) const {
    for (const LimitPlan& limit : context_.plan.rules[number].limits) {
      if (!limit.clock.of_subject) continue;
      for (Attribute& attribute : out.attributes) {
        std::vector<uint32_t>& rules = attribute.moves_turns;
        const bool is_zone = out.slots[attribute.slot].offset == limit.clock.slot;
        if (is_zone && (rules.empty() || rules.back() != number)) rules.push_back(number);
      }
    }
  }

  static void PlaceRevert(RevertPlan& revert, const EntityState& state, EntityPlan& out) {
    revert.slot = state.OffsetOf(revert.slot);
    if (revert.clock.of_subject) revert.clock.slot = state.OffsetOf(revert.clock.slot);
    for (BeforePlan& before : revert.before) before.slot = state.OffsetOf(before.slot);
    for (const ControlPlan& control : revert.controls) out.attributes[control.attribute].takes_over.push_back({revert.slot, control.item});
  }

  source::Span PatternSpan(hir::EntityId entity, uint32_t slot) const {
    for (const PatternState& pattern : context_.states[entity.index()].patterns()) {
      for (const Feed& feed : pattern.feeds) {
        if (feed.slot == slot) return program_.patterns[pattern.pattern].span;
      }
    }
    return source::Span::None();
  }

  /// The last rule of the entity: the one that crosses the limit.
  source::Span LargestRule(hir::EntityId entity) const {
    source::Span span = program_.entities[entity].span;
    for (const hir::Rule& rule : program_.rules) {
      if (rule.entity == entity) span = rule.span;
    }
    return span;
  }

  void PatchAndVerify() {
    Plan& plan = context_.plan;
    ir::VerifyContext verify;
    verify.texts = static_cast<uint32_t>(plan.texts.size());
    verify.int_sets = static_cast<uint32_t>(plan.int_sets.size());
    verify.text_sets = static_cast<uint32_t>(plan.text_sets.size());
    verify.regexes = static_cast<uint32_t>(plan.regexes.size());
    verify.clock_tests = static_cast<uint32_t>(plan.clock_tests.size());
    verify.windows = static_cast<uint32_t>(plan.windows.size());
    for (size_t i = 0; i < plan.functions.size(); ++i) {
      const FunctionId id(i);
      const hir::EntityId entity = context_.functions.entity(id);
      const hir::EventTypeId event = context_.functions.event(id);
      context_.state(entity).Patch(plan.functions[i]);
      verify.record_bytes = plan.entities[entity.index()].record_bytes;
      verify.field_count = event ? static_cast<uint32_t>(plan.events[event.index()].fields.size()) : 0;
      const Result<void> verified = ir::Verify(plan.functions[i], verify);
      MR_CHECK(verified.ok(), verified.error().message.c_str());
    }
  }

  const hir::Program& program_;
  Context context_;
  std::map<std::pair<uint32_t, uint32_t>, std::unique_ptr<HandlerBuilder>> handlers_;  // by event and entity
  std::vector<std::vector<JudgeUnit>> segment_units_;  // by entity
  std::vector<std::vector<JudgeUnit>> rule_units_;     // by entity
};

}  // namespace

Plan Build(const hir::Program& program, const source::SourceSet& sources, diagnostics::Emitter& diags,
           std::vector<ScanPlan>* scans, WhyPlan* why, TestSuite* tests) {
  return PlanBuilder(program, sources, diags).Run(scans, why, tests);
}

}  // namespace mrule::plan
