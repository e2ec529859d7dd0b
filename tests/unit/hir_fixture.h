// SPDX-License-Identifier: Apache-2.0
// Small typed programs made by hand, for tests of what follows the checker: a vocabulary of contacts and campaigns, and
// functions that read like the conditions they make.
#pragma once

#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include "compiler/diagnostics/emitter.h"
#include "compiler/plan/build.h"
#include "compiler/sema/hir.h"

namespace mrule::test {

using hir::ExprId;
using hir::ExprKind;
using hir::Type;
using hir::TypeKind;
using stdlib::BuiltinId;

inline constexpr int64_t kHourMicros = 3'600'000'000;
inline constexpr int64_t kDayMicros = 24 * kHourMicros;

class HirProgram {
 public:
  HirProgram() {
    program.interner = &interner;
    program.currencies = {interner.Intern("USD")};
    program.enums.Add({{interner.Intern("free"), interner.Intern("pro"), interner.Intern("enterprise")}});
    contact = AddEntity("contact", {{"score", TypeKind::kCount}, {"country", TypeKind::kCode}, {"plan", TypeKind::kEnum},
                                    {"signed_up", TypeKind::kInstant}, {"tags", TypeKind::kSet}, {"vip", TypeKind::kBoolean}});
    program.entities[contact].attributes[kScore].default_value = Count(0);
    campaign = AddEntity("campaign", {{"budget", TypeKind::kMoney}});
    opened = AddEvent("opened", contact, {{"message", TypeKind::kMessage}, {"device", TypeKind::kText}});
    clicked = AddEvent("clicked", contact, {{"message", TypeKind::kMessage}, {"url", TypeKind::kText},
                                            {"position", TypeKind::kCount}, {"topics", TypeKind::kSet}});
    purchased = AddEvent("purchased", contact, {{"amount", TypeKind::kMoney}, {"weight", TypeKind::kNumber},
                                                {"coupon", TypeKind::kText}, {"first_at", TypeKind::kInstant}});
    insights = AddEvent("insights", campaign, {{"spend", TypeKind::kMoney}, {"revenue", TypeKind::kMoney}});
  }

  static constexpr uint32_t kScore = 0, kCountry = 1, kPlan = 2, kSignedUp = 3, kTags = 4, kVip = 5;

  // --- vocabulary ---
  using Members = std::vector<std::pair<const char*, TypeKind>>;
  hir::EntityId AddEntity(const char* name, const Members& attributes) {
    hir::Entity entity;
    entity.name = interner.Intern(name);
    for (const auto& [attribute, kind] : attributes) {
      hir::Attribute declared;
      declared.name = interner.Intern(attribute);
      declared.type.kind = kind;
      entity.attributes.push_back(declared);
    }
    return program.entities.Add(std::move(entity));
  }
  hir::EventTypeId AddEvent(const char* name, hir::EntityId subject, const Members& fields) {
    hir::EventType event;
    event.name = interner.Intern(name);
    event.subjects = {subject};
    for (const auto& [field, kind] : fields) {
      hir::Field declared;
      declared.name = interner.Intern(field);
      declared.type = {kind, true, 0};
      event.fields.push_back(declared);
    }
    return program.events.Add(std::move(event));
  }

  // --- values ---
  ExprId Add(hir::Expr expr) { return program.exprs.Add(std::move(expr)); }
  ExprId Count(int64_t value) { return Constant(TypeKind::kCount, value); }
  ExprId Money(int64_t dollars) { return Constant(TypeKind::kMoney, dollars * 1'000'000); }
  ExprId Duration(int64_t micros) { return Constant(TypeKind::kDuration, micros); }
  ExprId Constant(TypeKind kind, int64_t value) {
    hir::Expr expr = Make(ExprKind::kConstant, kind);
    expr.constant.i64 = value;
    return Add(std::move(expr));
  }
  ExprId Number(TypeKind kind, double value) {
    hir::Expr expr = Make(ExprKind::kConstant, kind);
    expr.constant.f64 = value;
    return Add(std::move(expr));
  }
  ExprId Text(const char* text, TypeKind kind = TypeKind::kText) {
    hir::Expr expr = Make(ExprKind::kConstant, kind);
    expr.constant.text = interner.Intern(text);
    return Add(std::move(expr));
  }
  ExprId Field(hir::EventTypeId event, uint32_t index) {
    hir::Expr expr = Make(ExprKind::kField, program.events[event].fields[index].type.kind);
    expr.index = index;
    return Add(std::move(expr));
  }
  ExprId Attribute(hir::EntityId entity, uint32_t index) {
    hir::Expr expr = Make(ExprKind::kAttribute, program.entities[entity].attributes[index].type.kind);
    expr.index = index;
    return Add(std::move(expr));
  }
  ExprId Now() { return Add(Make(ExprKind::kNow, TypeKind::kInstant)); }

  // --- patterns and aggregates ---
  hir::PatternId Pattern(hir::EventTypeId event, ExprId filter = {}, ExprId value = {}) {
    hir::Pattern pattern;
    pattern.subject = program.events[event].subjects[0];
    pattern.cases = {{event, filter, value}};
    return program.patterns.Add(std::move(pattern));
  }
  /// 0: all time.
  static hir::Window Over(int64_t micros) { return micros == 0 ? hir::Window() : hir::Window::Rolling(micros); }
  ExprId Aggregate(hir::AggregateFn fn, hir::PatternId pattern, TypeKind result, int64_t window_micros,
                   hir::MeasureId measure = {}) {
    hir::Aggregate aggregate;
    aggregate.fn = fn;
    aggregate.pattern = pattern;
    aggregate.type.kind = result;
    const ExprId value = program.patterns[pattern].cases[0].value;
    aggregate.value_type.kind = value ? program.exprs[value].type.kind : TypeKind::kCount;
    aggregate.window = Over(window_micros);
    aggregate.measure = measure;
    hir::Expr expr = Make(ExprKind::kAggregate, result);
    expr.aggregate = program.aggregates.Add(aggregate);
    return Add(std::move(expr));
  }

  // --- conditions ---
  ExprId Event(hir::PatternId pattern) {
    hir::Expr expr = Make(ExprKind::kEvent, TypeKind::kBoolean);
    expr.pattern = pattern;
    return Add(std::move(expr));
  }
  ExprId Times(hir::PatternId pattern, hir::CountOp op, int64_t count, int64_t window_micros) {
    hir::Expr expr = Make(ExprKind::kTimes, TypeKind::kBoolean);
    expr.pattern = pattern;
    expr.op = op;
    expr.count = count;
    expr.window = Over(window_micros);
    return Add(std::move(expr));
  }
  ExprId NoneIn(hir::PatternId pattern, int64_t window_micros) {
    hir::Expr expr = Make(ExprKind::kNoneIn, TypeKind::kBoolean);
    expr.pattern = pattern;
    expr.window = Over(window_micros);
    return Add(std::move(expr));
  }
  ExprId Turned(ExprKind kind, hir::SegmentId segment) {
    hir::Expr expr = Make(kind, TypeKind::kBoolean);
    expr.segment = segment;
    return Add(std::move(expr));
  }
  ExprId For(ExprId condition, int64_t duration_micros) {
    hir::Expr expr = Make(ExprKind::kHold, TypeKind::kBoolean, {condition});
    expr.window_micros = duration_micros;
    return Add(std::move(expr));
  }
  ExprId Call(BuiltinId id, std::vector<ExprId> args, TypeKind result = TypeKind::kBoolean) {
    hir::Expr expr = Make(ExprKind::kBuiltin, result, std::move(args));
    expr.builtin = id;
    return Add(std::move(expr));
  }
  ExprId Of(ExprKind kind, std::vector<ExprId> args) { return Add(Make(kind, TypeKind::kBoolean, std::move(args))); }
  ExprId And(std::vector<ExprId> args) { return Of(ExprKind::kAnd, std::move(args)); }
  ExprId Or(std::vector<ExprId> args) { return Of(ExprKind::kOr, std::move(args)); }
  ExprId Not(ExprId arg) { return Of(ExprKind::kNot, {arg}); }
  ExprId InTexts(ExprId value, const std::vector<const char*>& items, ExprKind kind = ExprKind::kInSet) {
    hir::Expr expr = Make(kind, TypeKind::kBoolean, {value});
    for (const char* item : items) expr.constant.items.push_back(interner.Intern(item));
    return Add(std::move(expr));
  }

  // --- rules ---
  /// `score +points`.
  hir::ActionCall ScoreAction(int64_t points) {
    hir::ActionCall call;
    call.name = interner.Intern("score");
    call.state_only = true;
    const ExprId value = Count(points);
    call.arguments.push_back({interner.Intern("points"), {value}, false});
    call.effects.push_back({kScore, hir::EffectForm::kAdd, value});
    return call;
  }
  hir::ActionCall PlainAction(const char* name) {
    hir::ActionCall call;
    call.name = interner.Intern(name);
    return call;
  }
  hir::Rule& Rule(const std::string& name, hir::EntityId entity, ExprId condition, bool on_event, hir::ActionCall action) {
    hir::Rule rule;
    rule.name = interner.Intern(name);
    rule.entity = entity;
    rule.condition = condition;
    rule.on_event = on_event;
    rule.actions = {std::move(action)};
    return program.rules[program.rules.Add(std::move(rule))];
  }
  hir::SegmentId Segment(const char* name, hir::EntityId entity, ExprId condition) {
    return program.segments.Add({interner.Intern(name), entity, condition, {}});
  }

  plan::Plan Build() { return plan::Build(program, sources, diags); }

  Interner interner;
  hir::Program program;
  source::SourceSet sources;
  diagnostics::Emitter diags;
  hir::EntityId contact, campaign;
  hir::EventTypeId opened, clicked, purchased, insights;

 private:
  static hir::Expr Make(ExprKind kind, TypeKind type, std::vector<ExprId> args = {}) {
    hir::Expr expr;
    expr.kind = kind;
    expr.type.kind = type;
    expr.args = std::move(args);
    return expr;
  }
};

}  // namespace mrule::test
