// SPDX-License-Identifier: Apache-2.0
// Comparison over time: an attribute that changes, `for 3 reports in a row`, and how far a value is from its peak or its low.
#include <algorithm>
#include <cmath>

#include "compiler/sema/checker.h"

namespace mrule::sema {

// --- changes ---

std::optional<uint32_t> Checker::AttributeNamed(NodeRef path, EntityId entity) const {
  if (!path || path.node().kind != NodeKind::kNamePath || !entity) return std::nullopt;
  size_t parts = path.children().size();
  if (parts == 0 || parts > 2) return std::nullopt;
  if (parts == 2) {
    const NameEntry* owner = vocabulary_.Find(path.child(0).node().text);
    if (!owner || owner->entity != entity) return std::nullopt;
  }
  return vocabulary_.Attribute(entity, path.child(parts - 1).node().text);
}

EventTypeId Checker::ChangeEvent(EntityId entity, uint32_t attribute) {
  hir::Attribute& changing = program_.entities[entity].attributes[attribute];
  if (changing.changed) return changing.changed;
  std::string name(Text(changing.name));
  hir::EventType event;
  event.name = Intern(std::string(EntityText(entity)) + "." + name + " changes");
  event.subjects = {entity};
  event.internal = true;
  event.changed = attribute;
  hir::Field now{Intern("new " + name), changing.type, false, changing.span};
  hir::Field before{Intern("old " + name), changing.type, false, changing.span};
  now.type.optional = false;
  before.type.optional = !changing.default_value;
  event.fields = {now, before};
  vocabulary_.fields.resize(program_.events.size() + 1);  // internal events of other kinds have no fields that a rule names
  vocabulary_.fields.back().emplace(now.name, 0);
  vocabulary_.fields.back().emplace(before.name, 1);
  EventTypeId id = program_.events.Add(std::move(event));
  MR_CHECK(vocabulary_.fields.size() == program_.events.size(), "each event has its names of fields");
  return program_.entities[entity].attributes[attribute].changed = id;
}

void Checker::AddChanges(NodeRef condition, EntityId entity, std::vector<EventTypeId>& triggers) {
  std::vector<NodeRef> pending{condition};
  while (!pending.empty()) {
    NodeRef node = pending.back();
    pending.pop_back();
    if (!node) continue;
    NodeKind kind = node.node().kind;
    if (kind == NodeKind::kAnd || kind == NodeKind::kOr) pending.push_back(node.child(1));
    if (kind == NodeKind::kAnd || kind == NodeKind::kOr || kind == NodeKind::kParen) pending.push_back(node.child(0));
    if (kind != NodeKind::kChanges) continue;
    auto attribute = AttributeNamed(node.child(0), entity);
    if (!attribute) continue;
    EventTypeId event = ChangeEvent(entity, *attribute);
    if (std::find(triggers.begin(), triggers.end(), event) == triggers.end()) triggers.push_back(event);
  }
}

// A change is an event: it happens when a record or an effect gives the attribute another value.
ExprId Checker::CheckChanges(NodeRef node, const Scope& scope) {
  Span span = SpanOf(node, scope);
  NodeRef path = node.child(0);
  const EventPlace at = scope.events;
  std::string_view place;
  if (at != EventPlace::kAllowed) {
    place = at == EventPlace::kUnderNot        ? "stand under `not`"
            : at == EventPlace::kUnderHold     ? "last for a time"
            : at == EventPlace::kUnderEvidence ? "rest on evidence"
            : at == EventPlace::kInSegment     ? "make a segment"
            : at == EventPlace::kInFilter      ? "be tested inside `where`"
            : at == EventPlace::kInValue       ? "be a value"
                                               : "stand here";
  }
  if (!place.empty()) {
    diags_.Report(span, DiagId::kEventNotHere, {{"event", SourceText(node)}, {"place", place}})
        .Help("compare the value, which is a state: `" + std::string(path.text()) + " is …`");
    return Error(span);
  }
  auto attribute = AttributeNamed(path, scope.entity);
  if (!attribute) {
    const NameEntry* entry = path.children().size() == 1 ? vocabulary_.Find(path.node().text) : nullptr;
    auto report = diags_.Report(path.node().span, DiagId::kNotChanging, {{"name", path.text()}});
    if (entry && entry->value != NameEntry::kNone) {
      report.Help("a measure is compared: `" + std::string(path.text()) + " over 24h > …`, or `… down 20% from its peak over 14d`");
      return Error(span);
    }
    std::vector<std::string_view> candidates;
    if (scope.entity) {
      for (const hir::Attribute& known : program_.entities[scope.entity].attributes) candidates.push_back(Text(known.name));
    }
    Suggest(report, path.node().span, path.text(), candidates);
    return Error(span);
  }
  EventTypeId event = ChangeEvent(scope.entity, *attribute);
  Type type = program_.entities[scope.entity].attributes[*attribute].type;
  std::vector<ExprId> filters;
  for (uint32_t side : {1u, 2u}) {  // from, to
    NodeRef written = node.child(side);
    if (!written) continue;
    if (NeedsQuotes(written, type, path, scope)) return Error(span);
    ExprId value = CheckValue(written, scope, &type);
    if (IsError(value)) return value;
    if (!IsConstant(value)) {
      diags_.Report(written.node().span, DiagId::kNotConstant,
                    {{"what", side == 1 ? "what follows `changes from`" : "what follows `changes to`"}})
          .Help("compare it beside the change: `" + std::string(path.text()) + " changes and " + std::string(path.text()) +
                " = …`");
      return Error(span);
    }
    ExprId test = Apply("=", {FieldValue(event, side == 1 ? 1 : 0, span), value}, written.node().span, scope);
    if (IsError(test)) return test;
    filters.push_back(test);
  }
  hir::Pattern pattern;
  pattern.subject = scope.entity;
  pattern.span = span;
  pattern.cases.push_back({event, filters.empty() ? ExprId() : Joined(ExprKind::kAnd, std::move(filters), span), ExprId()});
  Expr expr;
  expr.kind = ExprKind::kEvent;
  expr.type = {TypeKind::kBoolean, false, 0};
  expr.span = span;
  expr.pattern = program_.patterns.Add(std::move(pattern));
  return Add(std::move(expr));
}

ExprId Checker::CheckOld(NodeRef node, const Scope& scope) {
  Span span = SpanOf(node, scope);
  NodeRef name = node.child(0);
  if (!name || name.node().kind == NodeKind::kError) return Error(span);
  bool is_attribute = scope.entity && vocabulary_.Attribute(scope.entity, name.node().text);
  if (is_attribute && !scope.triggers.empty() && !scope.pattern_event) {
    auto field = TriggerField(Intern("old " + std::string(name.text())), scope.triggers);
    if (field) return TriggerValue(scope.triggers, *field, span);
  }
  if (scope.entity && !is_attribute) {
    std::vector<std::string_view> candidates;
    for (const hir::Attribute& known : program_.entities[scope.entity].attributes) candidates.push_back(Text(known.name));
    Suggest(diags_.Report(name.node().span, DiagId::kUnknownAttribute,
                          {{"entity", EntityText(scope.entity)}, {"name", name.text()}}),
            name.node().span, name.text(), candidates);
    return Error(span);
  }
  diags_.Report(span, DiagId::kOldValue, {{"name", name.text()}})
      .Help("wait for it: `when " + std::string(name.text()) + " changes`");
  return Error(span);
}

bool Checker::ReportFields(ExprId state, std::string_view place) {
  std::vector<ExprId> pending{state};
  while (!pending.empty()) {
    const Expr& expr = program_.exprs[pending.back()];
    pending.pop_back();
    if (expr.kind == ExprKind::kField) {
      diags_.Report(expr.span, DiagId::kFieldAsState, {{"name", Text(expr.constant.text)}, {"place", place}})
          .Help("ask for a state, such as `last purchased.amount` or `sum of purchased.amount over 7d`");
      return true;
    }
    pending.insert(pending.end(), expr.args.begin(), expr.args.end());
  }
  return false;
}

// --- reports in a row ---

bool Checker::ReadsReports(ExprId condition) const {
  std::vector<ExprId> pending{condition};
  while (!pending.empty()) {
    const Expr& expr = program_.exprs[pending.back()];
    pending.pop_back();
    if (expr.kind == ExprKind::kAggregate) {
      const hir::Aggregate& aggregate = program_.aggregates[expr.aggregate];
      if (aggregate.measure && program_.measures[aggregate.measure].fresh_micros != 0) return true;
    }
    pending.insert(pending.end(), expr.args.begin(), expr.args.end());
  }
  return false;
}

ExprId Checker::CheckRow(NodeRef node, const Scope& scope) {
  Span span = SpanOf(node, scope);
  if (IsLasting(node.child(0))) {
    ReportAmbiguousHold(node, {}, node, "for");
    return Error(span);
  }
  Scope under = scope;
  if (under.events == EventPlace::kAllowed) under.events = EventPlace::kUnderHold;
  ExprId condition = CheckCondition(node.child(0), under);
  auto count = WholeNumber(node.child(1), 2, limits::kReportsInARowMax, "how often in a row");
  if (IsError(condition) || !count || ReportFields(condition, "be true in a row")) return Error(span);
  if (!ReadsReports(condition)) {
    diags_.Report(span, DiagId::kRowWithoutReports)
        .Label(node.child(0).node().span, "this changes, but is not reported")
        .Help("say how long it lasts: `for 6h`; or declare the measure with `fresh`, which says that it is polled");
    return Error(span);
  }
  Expr expr;
  expr.kind = ExprKind::kRow;
  expr.type = {TypeKind::kBoolean, false, 0};
  expr.span = span;
  expr.args = {condition};
  expr.count = *count;
  return Add(std::move(expr));
}

// --- peaks and lows ---

// `V down 20% from its peak over W` is `V <= peak - 20%`, where there is a peak above nothing: a share of nothing, or of less,
// says nothing (S5).
ExprId Checker::CheckTrend(NodeRef node, const Scope& scope) {
  Span span = SpanOf(node, scope);
  ExprId value = CheckValue(node.child(0), scope);
  ExprId percent = CheckValue(node.child(1), scope);
  auto window = PositiveDuration(node.child(3), "a window");
  if (IsError(value) || IsError(percent) || !window || ReportFields(value, "have a peak or a low")) return Error(span);
  bool up = node.node().op != 0, low = node.child(2).text() == "low";
  double share = program_.exprs[percent].constant.f64;
  std::string_view impossible;
  if (up && !low) impossible = "no value is above its own peak";
  if (!up && low) impossible = "no value is below its own low";
  if (!impossible.empty()) {
    std::string other = up ? "low" : "peak";
    diags_.Report(node.child(2).node().span, DiagId::kTrendNever, {{"what", impossible}})
        .Fix(node.child(2).node().span, other, "write `its " + other + "`");
    return Error(span);
  }
  if (share <= 0 || (!up && share > 1)) {
    diags_.Report(node.child(1).node().span, DiagId::kTrendNever,
                  {{"what", share <= 0 ? "a distance from a peak or a low is more than 0%"
                                       : "nothing falls by more than 100%"}});
    return Error(span);
  }
  Type type = TypeOf(value);
  if (type.kind == TypeKind::kCount) value = Convert(value, {TypeKind::kNumber, type.optional, 0});
  type = TypeOf(value);
  bool fits = type.kind == TypeKind::kMoney || type.kind == TypeKind::kNumber || type.kind == TypeKind::kRatio;
  if (!fits) {
    diags_.Report(node.child(0).node().span, DiagId::kArguments,
                  {{"function", low ? "up … from its low" : "down … from its peak"}, {"types", TypeText(type)}});
    return Error(span);
  }
  Expr extreme;
  extreme.kind = ExprKind::kExtreme;
  extreme.type = {type.kind, true, type.detail};
  extreme.span = span;
  extreme.args = {value};
  extreme.index = low ? 1 : 0;
  extreme.window_micros = *window;
  ExprId base = Add(std::move(extreme));
  ExprId limit = Apply(up ? "+" : "-", {base, percent}, span, scope);
  if (IsError(limit)) return limit;
  ExprId reached = Apply(up ? ">=" : "<=", {value, limit}, span, scope);
  ExprId zero = PhysicalOf(type.kind) == Physical::kF64 ? ConstantF64(type.kind, 0, span)
                                                        : ConstantI64(type.kind, 0, span, type.detail);
  ExprId positive = Apply(">", {base, zero}, span, scope);
  if (IsError(reached) || IsError(positive)) return Error(span);
  Expr expr;
  expr.kind = ExprKind::kRequire;
  expr.type = {TypeKind::kBoolean, true, 0};
  expr.span = span;
  expr.args = {reached, positive};
  return Add(std::move(expr));
}

// --- evidence ---

ExprId Checker::CountOver(NodeRef event, const hir::Window& window, const Scope& scope) {
  hir::Aggregate aggregate;
  aggregate.pattern = PatternOf(event, scope);
  if (!aggregate.pattern) return Error(event.node().span);
  aggregate.type = aggregate.value_type = {TypeKind::kCount, false, 0};
  aggregate.window = window;
  Expr expr;
  expr.kind = ExprKind::kAggregate;
  expr.type = aggregate.type;
  expr.span = event.node().span;
  expr.aggregate = program_.aggregates.Add(aggregate);
  return Add(std::move(expr));
}

ExprId Checker::WithEvidence(ExprId condition, ExprId enough) {
  std::vector<ExprId> args = program_.exprs[condition].args;
  bool is_extreme = program_.exprs[condition].kind == ExprKind::kExtreme;
  bool changed = is_extreme;
  if (is_extreme) {
    Expr value;
    value.kind = ExprKind::kRequire;
    value.type = TypeOf(args[0]);
    value.type.optional = true;
    value.span = program_.exprs[args[0]].span;
    value.args = {args[0], enough};
    args[0] = Add(std::move(value));
  } else {
    for (ExprId& arg : args) {
      ExprId with = WithEvidence(arg, enough);
      changed |= with != arg;
      arg = with;
    }
  }
  if (!changed) return condition;
  Expr copy = program_.exprs[condition];
  copy.args = std::move(args);
  return Add(std::move(copy));
}

}  // namespace mrule::sema
