// SPDX-License-Identifier: Apache-2.0
// What stands after a rule's actions: limits (S11), priority, and growth without end (S20).
#include <algorithm>

#include "compiler/sema/checker.h"
#include "compiler/sema/literals.h"

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
        rule.limits.emplace_back();
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
      case NodeKind::kRevert:  // check_reverts.cpp
      case NodeKind::kEach:    // with the condition
        break;
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
  if (NodeRef key = limit.child(is_once ? 2 : 3); key && key.text() != EntityText(scope.entity)) {
    result.key = LimitKey(key, scope);
    good = !IsError(result.key);
  }
  if (!is_once) {
    auto count = WholeNumber(limit.child(0), 1, limits::kRecentInstantsMax, "a limit");
    if (!count) return;
    result.count = *count;
  }
  if (!period) return;
  if (period.node().kind == NodeKind::kName) {
    good &= CheckCalendarLimit(period, limit.child(is_once ? 1 : 2), scope, result);
  } else if (auto micros = PositiveDuration(period, "a limit's period")) {
    result.period_micros = *micros;
  } else {
    good = false;
  }
  if (good) rule.limits.push_back(result);
}

// `per day`, `per week in "Europe/Berlin"`, `per month contact time`.
bool Checker::CheckCalendarLimit(NodeRef period, NodeRef zone, const Scope& scope, hir::Limit& limit) {
  static constexpr std::string_view kPeriods[] = {"day", "week", "month", "quarter", "year"};
  const auto found = std::find(std::begin(kPeriods), std::end(kPeriods), period.text());
  Span span = period.node().span;
  if (found == std::end(kPeriods)) {
    auto report = diags_.Report(span, DiagId::kLimitPeriod, {{"word", period.text()}})
                      .Expected("a duration such as `24h`, or `day`, `week`, `month`, `quarter`, `year`");
    const std::string text(period.text());
    if (TriggerField(period.node().text, scope.triggers)) {
      report.Fix(span, "30d per " + text, "say for how long: `30d per " + text + "`");
    } else if (text == "hour" || text == "minute") {
      const std::string exact = text == "hour" ? "1h" : "1min";
      report.Fix(span, exact, "write `" + exact + "`");
    }
    return false;
  }
  limit.by_calendar = true;
  limit.period = static_cast<calendar::Period>(found - std::begin(kPeriods));
  auto read = ReadZone(zone, scope.entity);
  if (read) limit.zone = *read;
  return read.has_value();
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

ExprId Checker::CheckEach(NodeRef node, const Scope& scope) {
  Span span = node.node().span;
  if (each_span_.has_file()) {
    diags_.Report(span, DiagId::kRepeatedClause, {{"clause", "each"}}).Label(each_span_, "the first is here");
    return Error(span);
  }
  if (scope.events != EventPlace::kAllowed || scope.in_or) {
    diags_.Report(span, DiagId::kEachPlace)
        .Help("write a rule of its own: `when " + SourceText(node) + " and …`");
    return Error(span);
  }
  each_span_ = span;
  NodeRef path = node.child(1);
  if (!path || path.node().kind == NodeKind::kError) return Error(span);
  hir::Each each;
  each.total = EachTotal(path, scope);
  if (!each.total) return Error(span);
  const hir::Aggregate& total = program_.aggregates[each.total];
  const bool is_count = total.fn == hir::AggregateFn::kCount || total.value_type.kind == TypeKind::kCount;
  if (is_count) {
    auto every = WholeNumber(node.child(0), 1, int64_t{1} << 53, "a step");
    if (!every) return Error(span);
    each.every = *every;
  } else {
    const NumberLiteral every = DecodeNumber(node.child(0).text());
    if (ReportFault(node.child(0), static_cast<uint8_t>(every.fault), "a number")) return Error(span);
    constexpr double kMost = 9e12;
    if (!(every.f64 * 1e6 >= 1) || every.f64 > kMost) {
      diags_.Report(node.child(0).node().span, DiagId::kNumberOutOfRange,
                    {{"number", node.child(0).text()}, {"what", "a step"}, {"range", "from 1 up"}});
      return Error(span);
    }
    each.every = static_cast<int64_t>(every.f64 * 1e6 + 0.5);
  }
  each_ = each;
  Expr expr;
  expr.kind = ExprKind::kEvent;
  expr.type = {TypeKind::kBoolean, false, 0};
  expr.span = span;
  expr.pattern = program_.aggregates[each.total].pattern;
  return Add(std::move(expr));
}

// The all-time total of a measure that is a sum or a count, or of an event.
hir::AggregateId Checker::EachTotal(NodeRef path, const Scope& scope) {
  const NameEntry* entry = path.children().size() == 1 ? vocabulary_.Find(path.node().text) : nullptr;
  if (entry && entry->value != NameEntry::kNone && !vocabulary_.values[entry->value].is_metric) {
    ExprId value = MeasureValue(entry->value, hir::Window(), path.node().span, scope);
    if (IsError(value)) return {};
    while (program_.exprs[value].kind != ExprKind::kAggregate && !program_.exprs[value].args.empty()) {
      value = program_.exprs[value].args.front();  // a conversion to the declared type
    }
    const Expr& total = program_.exprs[value];
    if (total.kind == ExprKind::kAggregate) {
      const hir::AggregateFn fn = program_.aggregates[total.aggregate].fn;
      if (fn == hir::AggregateFn::kSum || fn == hir::AggregateFn::kCount) return total.aggregate;
    }
  }
  if (entry && entry->event != NameEntry::kNone && entry->value == NameEntry::kNone) {
    hir::Aggregate count;
    count.pattern = PatternOf(path, scope);
    if (!count.pattern) return {};
    count.type = count.value_type = {TypeKind::kCount, false, 0};
    return program_.aggregates.Add(count);
  }
  if (!entry || (entry->event == NameEntry::kNone && entry->value == NameEntry::kNone)) {
    ReportUnknownName(path, path.node().text, scope);
    return {};
  }
  diags_.Report(path.node().span, DiagId::kEachTotal, {{"name", path.text()}});
  return {};
}

EventTypeId Checker::AddInternalEvent(std::string_view name, EntityId entity, Span span) {
  hir::EventType event;
  event.name = Intern(name);
  event.subjects.push_back(entity);
  event.span = span;
  event.internal = true;
  const EventTypeId id = program_.events.Add(std::move(event));
  vocabulary_.fields.resize(program_.events.size());  // nothing in a rule file names it
  return id;
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
