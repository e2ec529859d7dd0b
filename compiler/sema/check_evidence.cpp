// SPDX-License-Identifier: Apache-2.0
// `with at least 10 conversions`: what a comparison must rest on, and in which windows.
#include <algorithm>

#include "compiler/sema/checker.h"

namespace mrule::sema {

using hir::Window;

namespace {

/// Does `window` end where `base` begins?
bool IsBefore(const Window& window, const Window& base) {
  if (window.kind != base.kind) return false;
  if (window.kind == Window::Kind::kRolling) return window.lag - base.lag == base.micros;
  return window.kind == Window::Kind::kCalendar && window.period == base.period && window.zone == base.zone &&
         window.week_start == base.week_start && window.lag == base.lag && window.last == base.first + 1;
}

/// `days` and `day` alike.
std::string_view Singular(std::string_view unit) {
  return unit.substr(0, unit.size() - (unit.ends_with('s') ? 1 : 0));
}

}  // namespace

// The evidence is counted where the values are. What is usual and what a longer time was on average are no
// part of it: they are what the values are compared with, and `usual` has periods of its own for evidence. A
// window and the ones before it need it each.
std::vector<Window> Checker::EvidenceWindows(NodeRef node, ExprId condition, bool is_event) {
  std::vector<Window> windows;
  std::vector<ExprId> pending{condition};
  while (!pending.empty()) {
    const Expr& expr = program_.exprs[pending.back()];
    pending.pop_back();
    if (expr.kind == ExprKind::kUsual || (expr.kind == ExprKind::kBaseline && expr.index != 0)) continue;
    if (expr.kind == ExprKind::kAggregate) {
      const Window& window = program_.aggregates[expr.aggregate].window;
      if (std::find(windows.begin(), windows.end(), window) == windows.end()) windows.push_back(window);
    }
    pending.insert(pending.end(), expr.args.begin(), expr.args.end());
  }
  const bool belong_together = std::any_of(windows.begin(), windows.end(), [&](const Window& base) {
    return std::all_of(windows.begin(), windows.end(),
                       [&](const Window& window) { return window == base || IsBefore(window, base); });
  });
  if (belong_together) return windows;
  const NodeRef amount = node.child(1), path = node.child(2);
  const DiagId id = windows.empty() ? DiagId::kEvidenceOfNothing : DiagId::kEvidenceWindows;
  diags_.Report(node.node().span, id, {{"measure", path.text()}})
      .Help("state it as a comparison of its own: `and " + std::string(is_event ? "count of " : "") +
            std::string(path.text()) + " over 7d >= " + std::string(amount.text()) + "`");
  return {};
}

// `roas over 3d > 4 with at least 10 conversions`: the conversions of the same three days. A measure, an
// amount of one, or a count of events may be the evidence; for what is usual, a number of periods.
ExprId Checker::CheckEvidence(NodeRef node, const Scope& scope) {
  const Span span = SpanOf(node, scope);
  Scope under = scope;
  if (under.events == EventPlace::kAllowed) under.events = EventPlace::kUnderEvidence;
  const ExprId condition = CheckCondition(node.child(0), under);
  const NodeRef amount = node.child(1), path = node.child(2);
  if (!amount || !path) return Error(span);
  const NameEntry* entry =
      path.children().size() == 1 ? vocabulary_.Find(path.child(0).node().text) : nullptr;
  const bool is_measure =
      entry && entry->value != NameEntry::kNone && !vocabulary_.values[entry->value].is_metric;
  const bool is_event = !is_measure && entry && entry->event != NameEntry::kNone;
  const bool is_number = amount.node().kind == NodeKind::kNumber;
  if (!is_measure && !is_event && is_number && !IsError(condition)) {
    const ExprId with = WithPeriods(condition, path.node().text, amount);  // `with at least 5 days`
    if (with) return with;
  }
  if (!is_measure && !is_event) {
    std::vector<std::string_view> measures;
    for (const ValueName& value : vocabulary_.values) {
      if (!value.is_metric) measures.push_back(Text(value.name));
    }
    Suggest(diags_.Report(path.node().span, DiagId::kUnknownName,
                          {{"kind", "measure or event"}, {"name", path.text()}}),
            path.node().span, path.text(), measures);
    return Error(span);
  }
  const std::optional<int64_t> least =
      is_number ? WholeNumber(amount, 1, INT64_MAX, "evidence") : std::optional<int64_t>(1);
  if (IsError(condition) || !least) return Error(span);
  std::vector<ExprId> each;
  for (const Window& window : EvidenceWindows(node, condition, is_event)) {
    const ExprId found =
        is_measure ? WindowedValue(entry->value, window, path, scope) : CountOver(path, window, scope);
    if (IsError(found)) return Error(span);
    const Type type = TypeOf(found);
    const ExprId wanted = is_number && type.kind != TypeKind::kMoney
                              ? ConstantI64(TypeKind::kCount, *least, amount.node().span)
                              : CheckValue(amount, scope, &type);
    if (IsError(wanted)) return Error(span);
    each.push_back(Apply(">=", {found, wanted}, amount.node().span, scope));
    if (IsError(each.back())) return Error(span);
  }
  if (each.empty()) return Error(span);
  const ExprId enough = Joined(ExprKind::kAnd, std::move(each), span);
  Expr expr;
  expr.kind = ExprKind::kRequire;
  expr.type = {TypeKind::kBoolean, true, 0};
  expr.span = span;
  expr.args = {WithEvidence(condition, enough), enough};
  return Add(std::move(expr));
}

ExprId Checker::WithPeriods(ExprId id, StringId unit, NodeRef amount) {
  if (program_.exprs[id].kind == ExprKind::kUsual) {
    if (Singular(Text(program_.exprs[id].constant.text)) != Singular(Text(unit))) return ExprId();
    const auto least =
        WholeNumber(amount, program_.exprs[id].index + 1,
                    static_cast<int64_t>(program_.exprs[id].args.size()), "how many periods are enough");
    if (!least) return Error(amount.node().span);
    Expr copy = program_.exprs[id];
    copy.count = *least;
    return Add(std::move(copy));
  }
  std::vector<ExprId> args = program_.exprs[id].args;
  bool changed = false;
  for (ExprId& arg : args) {
    const ExprId with = WithPeriods(arg, unit, amount);
    if (!with) continue;
    if (IsError(with)) return with;
    changed = true;
    arg = with;
  }
  if (!changed) return ExprId();
  Expr copy = program_.exprs[id];
  copy.args = std::move(args);
  return Add(std::move(copy));
}

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
