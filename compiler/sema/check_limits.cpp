// SPDX-License-Identifier: Apache-2.0
// What stands after a rule's actions: limits (S11), priority, and growth without end (S20).
#include <algorithm>

#include "compiler/sema/checker.h"

namespace mrule::sema {
namespace {

constexpr int64_t kPriorityMax = 1'000'000;

}  // namespace

void Checker::CheckLimits(NodeRef decl, const Scope& scope, hir::Rule& rule, bool& unbounded) {
  NodeRef priority, once, other_limit, otherwise;
  for (size_t i = 2; i < decl.children().size(); ++i) {
    NodeRef limit = decl.child(i);
    if (!limit) continue;
    switch (limit.node().kind) {
      case NodeKind::kOnce:
        once = limit;
        rule.limits.push_back({1, 0, {}});
        break;
      case NodeKind::kOncePer:
      case NodeKind::kAtMost:
        other_limit = limit;
        CheckLimit(limit, scope, rule);
        break;
      case NodeKind::kOtherwise:
        if (otherwise) {
          diags_.Report(limit.node().span, DiagId::kRepeatedClause, {{"clause", "otherwise"}})
              .Label(otherwise.node().span, "the first is here");
          break;
        }
        otherwise = limit;
        break;
      case NodeKind::kPriority: {
        if (priority) {
          diags_.Report(limit.node().span, DiagId::kRepeatedClause, {{"clause", "priority"}})
              .Label(priority.node().span, "the first is here");
          break;
        }
        priority = limit;
        auto value = WholeNumber(limit.child(0), -kPriorityMax, kPriorityMax, "a priority");
        rule.priority = static_cast<int32_t>(value.value_or(0));
        break;
      }
      case NodeKind::kIncludingExisting:
        rule.including_existing = true;
        break;
      case NodeKind::kUnbounded:
        unbounded = true;
        break;
      default:
        break;  // an Error node
    }
  }
  if (once && other_limit) {
    diags_.Report(other_limit.node().span, DiagId::kRedundantLimit).Label(once.node().span, "once for ever");
  }
  if (!otherwise) return;
  if (!once && !other_limit) {
    diags_.Report(otherwise.node().span, DiagId::kNothingBeyond)
        .Help("give a limit before it: `at most 3 per 24h " + SourceText(otherwise) + "`");
    return;
  }
  if (otherwise.text() == "wait" && once) {
    diags_.Report(otherwise.node().span, DiagId::kWaitForEver)
        .Label(once.node().span, "once for ever")
        .Fix(otherwise.node().span, "otherwise skip", "skip what is beyond the limit");
    return;
  }
  CheckBeyond(otherwise, rule);
}

void Checker::CheckBeyond(NodeRef otherwise, hir::Rule& rule) {
  if (otherwise.text() == "skip") return;
  if (otherwise.text() == "wait") {
    rule.beyond = hir::Beyond::kWait;
    return;
  }
  auto report = diags_.Report(otherwise.node().span, DiagId::kOtherwise, {{"word", otherwise.text()}});
  if (otherwise.text() == "drop journey") report.Help("journeys are not part of this version");
  report.Fix(otherwise.node().span, "otherwise skip", "skip what is beyond the limit");
  report.Fix(otherwise.node().span, "otherwise wait", "let it wait until the limit allows it");
}

void Checker::CheckLimit(NodeRef limit, const Scope& scope, hir::Rule& rule) {
  bool is_once = limit.node().kind == NodeKind::kOncePer;
  hir::Limit result;
  NodeRef period = limit.child(is_once ? 0 : 1);
  bool good = true;
  if (NodeRef key = limit.child(is_once ? 1 : 2); key && key.text() != EntityText(scope.entity)) {
    result.key = LimitKey(key, scope);
    good = !IsError(result.key);
  }
  if (!is_once) {
    auto count = WholeNumber(limit.child(0), 1, limits::kRecentInstantsMax, "a limit");
    if (!count) return;
    result.count = *count;
  }
  if (!period) return;  // a calendar period: reported by the parser
  auto micros = PositiveDuration(period, "a limit's period");
  if (!micros || !good) return;
  result.period_micros = *micros;
  rule.limits.push_back(result);
}

// `per cart_id`: the field of the event whose values count each on their own.
ExprId Checker::LimitKey(NodeRef name, const Scope& scope) {
  Span span = name.node().span;
  if (auto field = TriggerField(name.node().text, scope.triggers)) {
    ExprId key = TriggerValue(scope.triggers, *field, span);
    if (IsError(key) || TypeOf(key).kind != TypeKind::kSet) return key;
    diags_.Report(span, DiagId::kLimitKeyType, {{"field", name.text()}, {"type", TypeText(TypeOf(key))}});
    return Error(span);
  }
  auto report = diags_.Report(span, DiagId::kLimitScope,
                              {{"scope", name.text()}, {"entity", EntityText(scope.entity)}});
  if (scope.triggers.empty()) {
    report.Help("only a rule on an event can be limited per value of one of its fields");
  } else {
    std::vector<std::string_view> fields;
    for (const hir::Field& field : program_.events[scope.triggers.front()].fields) fields.push_back(Text(field.name));
    Suggest(report, span, name.text(), fields);
  }
  report.Fix(span, EntityText(scope.entity), "write `" + std::string(EntityText(scope.entity)) + "`");
  return Error(span);
}

EventTypeId Checker::AddInternalEvent(std::string_view name, EntityId entity, Span span) {
  hir::EventType event;
  event.name = Intern(name);
  event.subjects.push_back(entity);
  event.span = span;
  event.internal = true;
  vocabulary_.fields.emplace_back();
  return program_.events.Add(std::move(event));
}

void Checker::CheckGrowth(NodeRef decl, const hir::Rule& rule, const std::vector<ActionMatch>& matches,
                          bool unbounded) {
  auto bounds = [](const hir::Limit& limit) { return !limit.key; };  // values of a field have no end
  if (unbounded || std::any_of(rule.limits.begin(), rule.limits.end(), bounds)) return;
  for (const ActionMatch& match : matches) {
    if (match.form == NameEntry::kNone) continue;
    const ActionForm& form = vocabulary_.actions[match.form];
    if (!form.grows || (form.ceiling && !match.hole_values[*form.ceiling].empty())) continue;
    auto report =
        diags_.Report(match.call.node().span, DiagId::kUnboundedGrowth, {{"action", form.spelling}});
    Span end = decl.node().span.After();
    if (form.ceiling) report.Help("set a ceiling: `" + form.spelling + "`");
    report.Fix(end, "\nat most once per 24h", "limit how often: `at most once per 24h`");
    report.Fix(end, "\nunbounded", "say that it may grow for ever: `unbounded`");
  }
}

}  // namespace mrule::sema
