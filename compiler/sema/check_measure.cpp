// SPDX-License-Identifier: Apache-2.0
// Aggregates over events, and the measures and metrics that name them. A metric's window goes to every
// measure in it, so that `roas over 3d` is the ratio of two sums over three days (S2).
#include <algorithm>

#include "compiler/sema/checker.h"

namespace mrule::sema {

using hir::AggregateFn;

namespace {

constexpr std::string_view kFunctionNames[] = {"count of", "sum of", "avg of", "min of",
                                               "max of",   "first",  "last",   "distinct"};

bool IsQuantity(TypeKind kind) {
  return kind == TypeKind::kNumber || kind == TypeKind::kCount || kind == TypeKind::kRatio ||
         kind == TypeKind::kPercent || kind == TypeKind::kMoney || kind == TypeKind::kDuration;
}

bool IsMoment(TypeKind kind) {
  return kind == TypeKind::kInstant || kind == TypeKind::kDate || kind == TypeKind::kTimeOfDay;
}

}  // namespace

Type Checker::AggregateType(AggregateFn fn, const Type& value_type, Span span) {
  Type type{value_type.kind, true, value_type.detail};
  bool fits = true;
  switch (fn) {
    case AggregateFn::kCount:
    case AggregateFn::kDistinct:
      fits = value_type.kind != TypeKind::kSet;
      type = {TypeKind::kCount, false, 0};
      break;
    case AggregateFn::kSum:
      fits = IsQuantity(value_type.kind);
      type.optional = false;
      break;
    case AggregateFn::kAvg:
      fits = IsQuantity(value_type.kind);
      if (value_type.kind == TypeKind::kCount) type.kind = TypeKind::kNumber;
      break;
    case AggregateFn::kMin:
    case AggregateFn::kMax:
      fits = IsQuantity(value_type.kind) || IsMoment(value_type.kind);
      break;
    case AggregateFn::kFirst:
    case AggregateFn::kLast:
      fits = value_type.kind != TypeKind::kSet;
      break;
  }
  if (fits || value_type.is_error()) return value_type.is_error() ? Type() : type;
  diags_.Report(span, DiagId::kArguments,
                {{"function", kFunctionNames[static_cast<size_t>(fn)]}, {"types", TypeText(value_type)}});
  return Type();
}

// `purchased.amount`, `(purchased.amount where quantity > 2)`: which events, and which of their fields.
hir::PatternId Checker::FieldPattern(NodeRef field_ref, const Scope& scope, Type& value_type) {
  NodeRef path = field_ref.child(0), where = field_ref.child(1);
  if (!path || path.node().kind == NodeKind::kError) return {};
  if (path.children().size() != 2) {
    auto report = diags_.Report(path.node().span, DiagId::kFieldExpected, {{"found", path.text()}});
    const NameEntry* entry = vocabulary_.Find(path.child(0).node().text);
    if (entry && entry->value != NameEntry::kNone)
      report.Help("`" + std::string(path.text()) + "` is a measure: write `" + std::string(path.text()) +
                  " over 7d`");
    return {};
  }
  const EventName* event = EventNamed(path.child(0));
  if (!event) return {};
  if (std::find(event->subjects.begin(), event->subjects.end(), scope.entity) == event->subjects.end()) {
    if (!event->subjects.empty() && scope.entity) {
      diags_.Report(
          path.node().span, DiagId::kMixedSubjects,
          {{"what", "the rule"}, {"one", EntityText(scope.entity)}, {"other", EntityList(event->subjects)}});
    }
    return {};
  }
  StringId name = path.child(1).node().text;
  Span name_span = path.child(1).node().span;
  hir::Pattern pattern;
  pattern.subject = scope.entity;
  pattern.span = field_ref.node().span;
  std::vector<EventTypeId> events = event->events;
  for (EventTypeId type : events) {
    auto field = vocabulary_.Field(type, name);
    if (!field) {
      const hir::EventType& declared = program_.events[type];
      std::vector<std::string_view> candidates;
      for (const hir::Field& known : declared.fields) candidates.push_back(Text(known.name));
      Suggest(diags_.Report(name_span, DiagId::kUnknownField,
                            {{"event", Text(declared.name)}, {"name", Text(name)}}),
              name_span, Text(name), candidates);
      return {};
    }
    Type field_type = program_.events[type].fields[*field].type;
    if (!pattern.cases.empty() && !field_type.SameAs(value_type)) {
      diags_.Report(
          name_span, DiagId::kOperandTypes,
          {{"op", "a group's field"}, {"left", TypeText(value_type)}, {"right", TypeText(field_type)}});
      return {};
    }
    value_type = {field_type.kind, false, field_type.detail};
    ExprId filter;
    if (where) {
      Scope inner;
      inner.entity = scope.entity;
      inner.pattern_event = type;
      inner.events = EventPlace::kInFilter;
      filter = CheckCondition(where, inner);
      if (IsError(filter)) return {};
    }
    ExprId value = FieldValue(type, *field, path.node().span);
    pattern.cases.push_back({type, filter, value});
  }
  return program_.patterns.Add(std::move(pattern));
}

ExprId Checker::CheckAggregate(NodeRef node, const Scope& scope) {
  Span span = SpanOf(node, scope);
  if (IsInFilter(node, span, scope)) return Error(span);
  hir::Aggregate aggregate;
  aggregate.fn = static_cast<AggregateFn>(node.node().op);
  NodeRef target = node.child(0), window = node.child(1);
  aggregate.value_type = {TypeKind::kCount, false, 0};
  if (!target || target.node().kind == NodeKind::kError) return Error(span);
  aggregate.pattern = aggregate.fn == AggregateFn::kCount ? PatternOf(target, scope)
                                                          : FieldPattern(target, scope, aggregate.value_type);
  std::optional<hir::Window> over = hir::Window();
  if (window) {
    over = WindowOf(window);
  } else if (scope.has_metric_window) {
    over = scope.metric_window;
  }
  if (!aggregate.pattern || !over) return Error(span);
  aggregate.type = AggregateType(aggregate.fn, aggregate.value_type, span);
  if (aggregate.type.is_error()) return Error(span);
  aggregate.window = *over;
  Expr expr;
  expr.kind = ExprKind::kAggregate;
  expr.type = aggregate.type;
  expr.span = span;
  expr.aggregate = program_.aggregates.Add(aggregate);
  return Add(std::move(expr));
}

// A measure or metric over a window; without one, over the window of the metric it is part of, or its own
// default.
ExprId Checker::WindowedValue(uint32_t index, const std::optional<hir::Window>& asked, NodeRef node,
                              const Scope& scope) {
  std::optional<hir::Window> window = asked;
  Span span = SpanOf(node, scope);
  CheckValue(index);
  const ValueName& value = vocabulary_.values[index];
  if (value.progress != Progress::kDone) return Error(span);
  if (std::find(value.subjects.begin(), value.subjects.end(), scope.entity) == value.subjects.end()) {
    if (scope.entity) {
      diags_
          .Report(span, DiagId::kMixedSubjects,
                  {{"what", "the rule"},
                   {"one", EntityText(scope.entity)},
                   {"other", EntityList(value.subjects)}})
          .Label(value.span, "`" + std::string(Text(value.name)) + "` is declared here");
    }
    return Error(span);
  }
  if (!window && scope.has_metric_window) window = scope.metric_window;
  if (!window) window = value.default_window;
  // The latest value is one observation, and holds until the next: there is nothing to add up over a time.
  if (!window && !value.is_metric && static_cast<AggregateFn>(value.decl.child(1).node().op) == AggregateFn::kLast) window = hir::Window();
  if (!window) {
    std::string name(Text(value.name));
    diags_.Report(span, DiagId::kMissingWindow, {{"name", name}})
        .Fix(span, name + " over 24h", "of the last 24 hours, rolling: `" + name + " over 24h`")
        .Fix(span, name + " all time", "since the beginning: `" + name + " all time`");
    return Error(span);
  }
  return value.is_metric ? MetricValue(index, *window, span, scope)
                         : MeasureValue(index, *window, span, scope);
}

ExprId Checker::MeasureValue(uint32_t index, const hir::Window& window, Span span, const Scope& scope) {
  const ValueName& value = vocabulary_.values[index];
  NodeRef body = value.decl.child(1);
  uint64_t pattern_key = uint64_t{index} << 32 | scope.entity.index();
  SharedMeasure& shared = shared_measures_[pattern_key];
  if (!shared.pattern) {
    Scope own;
    own.entity = scope.entity;
    shared.value_type = {TypeKind::kCount, false, 0};
    AggregateFn fn = static_cast<AggregateFn>(body.node().op);
    shared.pattern = fn == AggregateFn::kCount ? PatternOf(body.child(0), own)
                                               : FieldPattern(body.child(0), own, shared.value_type);
    if (!shared.pattern) return Error(span);
  }
  auto known = std::find_if(shared.by_window.begin(), shared.by_window.end(), [&](const auto& one) { return one.first == window; });
  hir::AggregateId aggregate_id = known == shared.by_window.end() ? hir::AggregateId() : known->second;
  if (!aggregate_id) {
    hir::Aggregate aggregate;
    aggregate.fn = static_cast<AggregateFn>(body.node().op);
    aggregate.pattern = shared.pattern;
    aggregate.value_type = shared.value_type;
    aggregate.type = AggregateType(aggregate.fn, shared.value_type, body.node().span);
    aggregate.window = window;
    aggregate.measure = value.measure;
    aggregate_id = program_.aggregates.Add(aggregate);
    shared.by_window.emplace_back(window, aggregate_id);
  }
  Expr expr;
  expr.kind = ExprKind::kAggregate;
  expr.type = program_.aggregates[aggregate_id].type;
  if (scope.is_held && value.measure && program_.measures[value.measure].fresh_micros != 0) expr.type.optional = true;
  expr.span = span;
  expr.aggregate = aggregate_id;
  bool held_alike = PhysicalOf(expr.type.kind) == PhysicalOf(value.type.kind);
  if (held_alike) expr.type.kind = value.type.kind;
  Type declared = value.type;
  ExprId id = Add(std::move(expr));
  return held_alike ? id : Convert(id, declared);
}

ExprId Checker::MetricValue(uint32_t index, const hir::Window& window, Span span, const Scope& scope) {
  NodeRef body = vocabulary_.values[index].decl.child(1);
  Type declared = vocabulary_.values[index].type;
  Scope inner;
  inner.entity = scope.entity;
  inner.has_metric_window = true;
  inner.metric_window = window;
  inner.is_held = scope.is_held;
  inner.use_span = span;
  ExprId value = CheckValue(body, inner, &declared);
  if (IsError(value)) return value;
  value = Convert(value, declared);
  Expr& expr = program_.exprs[value];
  if (expr.type.kind != declared.kind) expr.type.kind = declared.kind;  // held alike; made for this use alone
  return value;
}

}  // namespace mrule::sema
