// SPDX-License-Identifier: Apache-2.0
// Comparison with what was just before: an attribute that changes, and `for 3 reports in a row`.
#include <algorithm>

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
  under.is_held = true;
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

}  // namespace mrule::sema
