// SPDX-License-Identifier: Apache-2.0
// One rule: its name, its subject, its condition and what fires it (S4).
#include <algorithm>

#include "compiler/sema/checker.h"

namespace mrule::sema {

void Checker::CheckRule(NodeRef decl) {
  hir::Rule rule;
  rule.span = decl.node().span;
  bool good = NameRule(decl, rule);
  size_t errors_before = diags_.error_count();
  std::vector<ActionMatch> matches;
  if (NodeRef actions = decl.child(1); actions && actions.node().kind == NodeKind::kActionList) {
    for (NodeId call : actions.children()) {
      NodeRef node{decl.tree, call};
      if (node && node.node().kind == NodeKind::kActionCall) matches.push_back(MatchAction(node));
    }
  }
  reverts_.clear();
  std::vector<ActionMatch> revert_matches = MatchRevert(decl);
  NodeRef schedule = ScheduleOf(decl);
  std::vector<EventTypeId> triggers = schedule ? std::vector<EventTypeId>() : Triggers(decl.child(0));
  std::vector<ActionMatch> all = matches;
  all.insert(all.end(), revert_matches.begin(), revert_matches.end());
  auto entity = InferSubject(decl, all, triggers);
  if (!entity) return;
  rule.entity = *entity;
  AddChanges(decl.child(0), *entity, triggers);
  Scope scope;
  scope.entity = *entity;
  scope.triggers = triggers;
  node_count_ = 0;
  each_ = {};
  each_span_ = {};
  if (schedule) {
    scope.events = EventPlace::kBesideSchedule;
    rule.schedule = CheckSchedule(schedule, *entity);
    std::vector<ExprId> both;
    if (rule.schedule) both.push_back(ScheduleEvent(rule.schedule, schedule.node().span));
    if (decl.child(0)) both.push_back(CheckCondition(decl.child(0), scope));
    Span span = decl.child(0) ? decl.child(0).node().span : schedule.node().span;
    rule.condition = both.empty() ? Error(span) : Joined(ExprKind::kAnd, std::move(both), span);
    scope.events = EventPlace::kAllowed;
  } else {
    rule.condition = CheckCondition(decl.child(0), scope);
  }
  for (size_t i = 2; i < decl.children().size(); ++i) {
    NodeRef limit = decl.child(i);
    if (!limit || limit.node().kind != NodeKind::kEach) continue;
    ExprId adds = CheckEach(limit, scope);
    if (IsError(adds) || IsError(rule.condition)) {
      rule.condition = Error(limit.node().span);
    } else {
      rule.condition = Joined(ExprKind::kAnd, {adds, rule.condition}, limit.node().span);
    }
  }
  rule.each = each_;
  for (const ActionMatch& match : matches) {
    if (match.form != NameEntry::kNone) CheckAction(match, scope, rule);
  }
  bool unbounded = false;
  CheckLimits(decl, scope, rule, unbounded);
  CheckRevert(decl, revert_matches, rule);
  if (IsError(rule.condition) || (schedule && !rule.schedule)) return;
  Need need = NeedsEvent(rule.condition);
  if (need == Need::kError) return;
  rule.on_event = need == Need::kYes;
  if (!rule.on_event) CheckNow(rule.condition);
  if (!CanFire(rule.condition)) {
    diags_.Report((decl.child(0) ? decl.child(0) : schedule).node().span, DiagId::kRuleNeverFires, {{"rule", Text(rule.name)}});
  }
  CheckGrowth(decl, rule, all, unbounded);
  if (!good || diags_.error_count() != errors_before) return;
  if (rule.beyond == hir::Beyond::kWait) {
    rule.release = AddInternalEvent("turns of rule \"" + std::string(Text(rule.name)) + "\"", rule.entity, rule.span);
  }
  AddReverts(program_.rules.Add(std::move(rule)));
}

NodeRef Checker::ScheduleOf(NodeRef rule) {
  NodeRef schedule;
  for (NodeId id : rule.children()) {
    if (!id || rule.tree->node(id).kind != NodeKind::kSchedule) continue;
    NodeRef node{rule.tree, id};
    if (schedule) {
      diags_.Report(node.node().span, DiagId::kRepeatedClause, {{"clause", "schedule"}})
          .Label(schedule.node().span, "the first is here");
    } else {
      schedule = node;
    }
  }
  return schedule;
}

// Rules are known by name (S18); a bare `when` is known by its place.
bool Checker::NameRule(NodeRef decl, hir::Rule& rule) {
  Span span = decl.node().span;
  rule.name = decl.node().text;
  bool is_named = rule.name && !Text(rule.name).empty();
  if (!is_named) {
    std::string name = "rule";
    if (const source::File* file = decl.tree->source) {
      std::string_view base = file->name();
      base.remove_prefix(base.find_last_of('/') + 1);
      name = std::string(base) + ":" + std::to_string(file->LineOf(span.begin));
    }
    // Two rules on one line, or two files of one name in different folders.
    StringId unique = Intern(name);
    for (int i = 2; rule_names_.contains(unique); ++i) unique = Intern(name + ":" + std::to_string(i));
    rule.name = unique;
    rule_names_.emplace(unique, span);
    return true;
  }
  Span name_span = NameSpan(decl, "\"" + std::string(Text(rule.name)) + "\"");
  if (!CheckName(Text(rule.name), name_span)) return false;
  auto [first, is_new] = rule_names_.emplace(rule.name, name_span);
  if (is_new) return true;
  diags_.Report(name_span, DiagId::kDuplicateRule, {{"rule", Text(rule.name)}})
      .Label(first->second, "the first is here");
  return false;
}

// --- what fires it ---

Checker::Need Checker::NeedsEvent(ExprId id) {
  const Expr& expr = program_.exprs[id];
  if (expr.kind == ExprKind::kEvent || expr.kind == ExprKind::kSequence) return Need::kYes;
  if (expr.kind != ExprKind::kAnd && expr.kind != ExprKind::kOr) return Need::kNo;
  ExprId with, without;
  std::vector<ExprId> args = expr.args;
  for (ExprId arg : args) {
    switch (NeedsEvent(arg)) {
      case Need::kError:
        return Need::kError;
      case Need::kYes:
        with = arg;
        break;
      case Need::kNo:
        without = arg;
        break;
    }
  }
  if (!with) return Need::kNo;
  if (program_.exprs[id].kind == ExprKind::kAnd || !without) return Need::kYes;
  diags_.Report(program_.exprs[id].span, DiagId::kMixedTriggers)
      .Label(program_.exprs[with].span, "this fires at an event")
      .Label(program_.exprs[without].span, "this fires when it becomes true")
      .Help("write two rules, or ask for the event as a state: `… in last 7d`");
  return Need::kError;
}

std::optional<std::vector<EventTypeId>> Checker::PossibleEvents(ExprId id) const {
  const Expr& expr = program_.exprs[id];
  std::optional<std::vector<EventTypeId>> result;
  if (expr.kind == ExprKind::kEvent || expr.kind == ExprKind::kSequence) {
    result.emplace();
    for (const hir::PatternCase& one : program_.patterns[expr.pattern].cases) result->push_back(one.event);
  } else if (expr.kind == ExprKind::kAnd) {
    for (ExprId arg : expr.args) {
      auto events = PossibleEvents(arg);
      if (!events) continue;
      if (!result) {
        result = std::move(events);
        continue;
      }
      std::erase_if(*result, [&](EventTypeId event) {
        return std::find(events->begin(), events->end(), event) == events->end();
      });
    }
  } else if (expr.kind == ExprKind::kOr) {
    std::vector<EventTypeId> all;
    for (ExprId arg : expr.args) {
      auto events = PossibleEvents(arg);
      if (!events) return std::nullopt;
      all.insert(all.end(), events->begin(), events->end());
    }
    result = std::move(all);
  }
  return result;
}

bool Checker::CanFire(ExprId condition) const {
  const Expr& expr = program_.exprs[condition];
  if (expr.kind == ExprKind::kUnknown || IsFalse(condition)) return false;
  auto can = [this](ExprId arg) { return CanFire(arg); };
  if (expr.kind == ExprKind::kAnd && !std::all_of(expr.args.begin(), expr.args.end(), can)) return false;
  if (expr.kind == ExprKind::kOr && std::none_of(expr.args.begin(), expr.args.end(), can)) return false;
  auto events = PossibleEvents(condition);
  return !events || !events->empty();
}

// --- now ---

namespace {

// A sum of instants and durations: how often `now` and an instant of the subject stand in it.
struct LinearTime {
  bool fits = true;
  int now_count = 0;
  int instant_count = 0;  // attributes
};

LinearTime operator+(LinearTime a, LinearTime b) {
  return {a.fits && b.fits, a.now_count + b.now_count, a.instant_count + b.instant_count};
}
LinearTime operator-(LinearTime a) { return {a.fits, -a.now_count, -a.instant_count}; }

LinearTime ReadLinear(const hir::Program& program, ExprId id, int depth) {
  constexpr int kDepthMax = 16;
  const Expr& expr = program.exprs[id];
  if (depth > kDepthMax) return {false, 0, 0};
  if (expr.kind == ExprKind::kConstant) return {};
  if (expr.kind == ExprKind::kNow) return {true, 1, 0};
  if (expr.kind == ExprKind::kAttribute && expr.type.kind == TypeKind::kInstant) return {true, 0, 1};
  if (expr.kind != ExprKind::kBuiltin) return {false, 0, 0};
  std::string_view spelling = stdlib::Row(expr.builtin).spelling;
  bool is_sum = spelling == "+" || spelling == "-";
  bool is_time = expr.type.kind == TypeKind::kInstant || expr.type.kind == TypeKind::kDuration;
  if (!is_sum || !is_time || expr.args.size() != 2) return {false, 0, 0};
  LinearTime left = ReadLinear(program, expr.args[0], depth + 1);
  LinearTime right = ReadLinear(program, expr.args[1], depth + 1);
  return left + (spelling == "+" ? right : -right);
}

}  // namespace

// A state is judged when something changes, and at the instants that can be computed beforehand: the age of
// an attribute reaching a limit is one, an arbitrary function of `now` is none.
void Checker::CheckNow(ExprId condition) {
  std::vector<ExprId> pending{condition};
  while (!pending.empty()) {
    ExprId id = pending.back();
    pending.pop_back();
    const Expr& expr = program_.exprs[id];
    if (expr.kind == ExprKind::kNow) {
      diags_.Report(expr.span, DiagId::kNowInState).Help("compare an age: `now - created_at > 30d`");
      continue;
    }
    if (expr.kind == ExprKind::kBuiltin && expr.args.size() == 2 &&
        IsComparison(stdlib::Row(expr.builtin).spelling)) {
      std::string_view op = stdlib::Row(expr.builtin).spelling;
      LinearTime sum = ReadLinear(program_, expr.args[0], 0) + -ReadLinear(program_, expr.args[1], 0);
      bool is_order = op != "=" && op != "!=";
      bool is_age = sum.now_count * sum.instant_count == -1;
      bool is_date = (sum.now_count == 1 || sum.now_count == -1) && sum.instant_count == 0;
      if (sum.fits && is_order && (is_age || is_date)) continue;
    }
    pending.insert(pending.end(), expr.args.begin(), expr.args.end());
  }
}

}  // namespace mrule::sema
