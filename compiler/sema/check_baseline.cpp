// SPDX-License-Identifier: Apache-2.0
// A value beside what it has been: its peak, its low or its average over a longer time, the window before its
// own, and what is usual for it.
#include <algorithm>

#include "compiler/base/limits.h"
#include "compiler/sema/checker.h"
#include "compiler/sema/window_text.h"

namespace mrule::sema {

using hir::AggregateFn;
using hir::Window;

namespace {

constexpr int64_t kDaysOfAWeek = 7;
enum : uint8_t { kDeviation = 1, kSoFar = 2 };  // bits of a Usual node's op

bool IsConversion(const Expr& expr) {
  return expr.kind == ExprKind::kBuiltin && expr.args.size() == 1 &&
         stdlib::Row(expr.builtin).spelling.starts_with("to ");
}

int64_t PeriodsOf(const Window& window) { return window.first - window.last + 1; }

bool IsSameCalendar(const Window& a, const Window& b) {
  return a.kind == Window::Kind::kCalendar && b.kind == a.kind && a.period == b.period &&
         a.week_start == b.week_start && a.zone == b.zone;
}

}  // namespace

// --- values and their windows ---

std::vector<Window> Checker::WindowsIn(ExprId value) const {
  std::vector<Window> windows;
  std::vector<ExprId> pending{value};
  while (!pending.empty()) {
    const Expr& expr = program_.exprs[pending.back()];
    pending.pop_back();
    if (expr.kind == ExprKind::kAggregate) {
      const Window& window = program_.aggregates[expr.aggregate].window;
      if (!window.all_time() && std::find(windows.begin(), windows.end(), window) == windows.end())
        windows.push_back(window);
    }
    pending.insert(pending.end(), expr.args.begin(), expr.args.end());
  }
  return windows;
}

std::optional<int> Checker::GrowthOf(ExprId id) const {
  const Expr& expr = program_.exprs[id];
  const std::vector<ExprId>& args = expr.args;
  switch (expr.kind) {
    case ExprKind::kConstant:
    case ExprKind::kAttribute:
      return 0;
    case ExprKind::kAggregate: {
      const hir::Aggregate& aggregate = program_.aggregates[expr.aggregate];
      if (aggregate.window.all_time() || aggregate.fn == AggregateFn::kAvg) return 0;
      const bool adds_up = aggregate.fn == AggregateFn::kSum || aggregate.fn == AggregateFn::kCount;
      return adds_up ? std::optional(1) : std::nullopt;
    }
    case ExprKind::kRequire:
      return GrowthOf(args[0]);
    case ExprKind::kBuiltin:
      break;
    default:
      return std::nullopt;
  }
  std::vector<int> each;
  for (ExprId arg : args) {
    const auto growth = GrowthOf(arg);
    if (!growth) return std::nullopt;
    each.push_back(*growth);
  }
  const std::string_view op = stdlib::Row(expr.builtin).spelling;
  if (IsConversion(expr)) return each[0];
  if (each.size() == 2 && op == "*") return each[0] + each[1];
  if (each.size() == 2 && op == "/") return each[0] - each[1];
  const bool by_share = (op == "+" || op == "-") && each.size() == 2 &&
                        TypeOf(args[1]).kind == TypeKind::kPercent &&
                        TypeOf(args[0]).kind != TypeKind::kPercent;
  if (by_share && each[1] == 0) return each[0];
  const bool alike = std::all_of(each.begin(), each.end(), [&](int growth) { return growth == each[0]; });
  if (!alike || (each[0] != 0 && op != "+" && op != "-")) return std::nullopt;
  return each[0];
}

ExprId Checker::Shifted(ExprId id, const Window& from, const Window& to) {
  if (program_.exprs[id].kind == ExprKind::kAggregate) {
    hir::Aggregate aggregate = program_.aggregates[program_.exprs[id].aggregate];
    if (!(aggregate.window == from)) return id;
    aggregate.window = to;
    Expr moved = program_.exprs[id];
    moved.aggregate = program_.aggregates.Add(aggregate);
    return Add(std::move(moved));
  }
  std::vector<ExprId> args = program_.exprs[id].args;
  bool changed = false;
  for (ExprId& arg : args) {
    const ExprId moved = Shifted(arg, from, to);
    changed |= moved != arg;
    arg = moved;
  }
  if (!changed) return id;
  Expr copy = program_.exprs[id];
  copy.args = std::move(args);
  return Add(std::move(copy));
}

ExprId Checker::Baseline(ExprId value, const Window& window, bool is_average, bool even_if_new,
                         const std::string& words, Span span) {
  Expr expr;
  expr.kind = ExprKind::kBaseline;
  expr.type = TypeOf(value);
  expr.type.optional |= !even_if_new;
  expr.span = span;
  expr.args = {value};
  expr.window = window;
  expr.index = is_average ? 1 : 0;
  expr.even_if_new = even_if_new;
  expr.constant.text = Intern(words);
  return Add(std::move(expr));
}

// A share of nothing, or of less, says nothing (S5).
ExprId Checker::ShareOf(ExprId reached, ExprId base, Span span, const Scope& scope) {
  const Type type = TypeOf(base);
  const ExprId zero = PhysicalOf(type.kind) == Physical::kF64 ? ConstantF64(type.kind, 0, span)
                                                              : ConstantI64(type.kind, 0, span, type.detail);
  const ExprId positive = Apply(">", {base, zero}, span, scope);
  if (IsError(reached) || IsError(positive)) return Error(span);
  Expr expr;
  expr.kind = ExprKind::kRequire;
  expr.type = {TypeKind::kBoolean, true, 0};
  expr.span = span;
  expr.args = {reached, positive};
  return Add(std::move(expr));
}

// --- down from a peak, up from a low, either way from an average ---

bool Checker::ReportTrendNever(NodeRef node, double share) {
  const bool up = node.node().op != 0;
  const NodeRef percent = node.child(1), base = node.child(2);
  if ((up && base.text() == "peak") || (!up && base.text() == "low")) {
    const std::string other = up ? "low" : "peak";
    diags_
        .Report(base.node().span, DiagId::kTrendNever,
                {{"what", up ? "no value is above its own peak" : "no value is below its own low"}})
        .Fix(base.node().span, other, "write `its " + other + "`");
    return true;
  }
  if (share > 0 && (up || share <= 1)) return false;
  diags_.Report(percent.node().span, DiagId::kTrendNever,
                {{"what", share <= 0 ? "a distance from a peak, a low or an average is more than 0%"
                                     : "nothing falls by more than 100%"}});
  return true;
}

// `V down 20% from its peak over W` is `V <= peak - 20%`, where there is a peak above nothing.
ExprId Checker::CheckTrend(NodeRef node, const Scope& scope) {
  const Span span = SpanOf(node, scope);
  ExprId value = CheckValue(node.child(0), scope);
  const ExprId percent = CheckValue(node.child(1), scope);
  if (IsError(value) || IsError(percent) || !node.child(3) ||
      ReportFields(value, "have a peak, a low or an average")) {
    return Error(span);
  }
  if (ReportTrendNever(node, program_.exprs[percent].constant.f64)) return Error(span);
  Type type = TypeOf(value);
  if (type.kind == TypeKind::kCount) value = Convert(value, {TypeKind::kNumber, type.optional, 0});
  type = TypeOf(value);
  const bool up = node.node().op != 0;
  const std::string base_name(node.child(2).text());
  const bool fits =
      type.kind == TypeKind::kMoney || type.kind == TypeKind::kNumber || type.kind == TypeKind::kRatio;
  if (!fits) {
    diags_.Report(node.child(0).node().span, DiagId::kArguments,
                  {{"function", std::string(up ? "up" : "down") + " … from its " + base_name},
                   {"types", TypeText(type)}});
    return Error(span);
  }
  const ExprId base = base_name == "average" ? AverageOf(node, value, scope) : PeakOf(node, value);
  if (IsError(base)) return base;
  const ExprId limit = Apply(up ? "+" : "-", {base, percent}, span, scope);
  if (IsError(limit)) return limit;
  return ShareOf(Apply(up ? ">=" : "<=", {value, limit}, span, scope), base, span, scope);
}

ExprId Checker::PeakOf(NodeRef node, ExprId value) {
  const Span span = node.node().span;
  const NodeRef written = node.child(3);
  const auto window = WindowOf(written);
  if (!window) return Error(span);
  if (!window->plain()) {
    auto report = diags_.Report(written.node().span, DiagId::kPeakWindow,
                                {{"name", node.child(2).text()}, {"window", SourceText(written)}});
    if (window->kind == Window::Kind::kRolling) {
      const std::string rolls = "over " + hir::DurationText(window->micros);
      report.Fix(written.node().span, rolls, "write `" + rolls + "`");
    } else {
      report.Help(
          "name a length, such as `over 14d`; it is the value that can have a window of the calendar: `spend "
          "today`");
    }
    return Error(span);
  }
  Expr extreme;
  extreme.kind = ExprKind::kExtreme;
  extreme.type = TypeOf(value);
  extreme.type.optional = true;
  extreme.span = span;
  extreme.args = {value};
  extreme.index = node.child(2).text() == "low" ? 1 : 0;
  extreme.window_micros = window->micros;
  return Add(std::move(extreme));
}

// `roas over 3d down 20% from its average over 60d`: the roas of all sixty days (S2). What grows with its
// window, as `spend over 1d` does, is divided by how often that window goes into the longer one: the spend of
// a day, on average.
ExprId Checker::AverageOf(NodeRef node, ExprId value, const Scope& scope) {
  const Span span = node.node().span;
  const NodeRef written = node.child(3);
  auto fail = [&](std::string_view why, std::string_view help) {
    auto report = diags_.Report(node.child(0).node().span, DiagId::kNoAverage,
                                {{"value", SourceText(node.child(0))}, {"why", why}});
    if (!help.empty()) report.Help(std::string(help));
    return Error(span);
  };
  const std::vector<Window> windows = WindowsIn(value);
  const auto growth = GrowthOf(value);
  if (windows.empty())
    return fail("it is not of a window",
                "name one: `… over 3d down 20% from its average over 60d`; or compare with `its peak`");
  if (windows.size() > 1) return fail("it is of several windows", "");
  const bool is_sum = growth == 1;
  if (!is_sum && growth != 0)
    return fail("it is neither a sum nor a ratio of sums", "compare with `its peak` or `its low`");
  const Window own = windows.front();
  const auto* outer = previous_base_;
  previous_base_ = &windows;
  std::optional<Window> window = WindowOf(written);
  previous_base_ = outer;
  if (!window) return Error(span);
  const bool rolls = own.kind == Window::Kind::kRolling && window->kind == own.kind;
  if (!rolls && !IsSameCalendar(own, *window)) {
    return fail("`" + SourceText(written) + "` is not of the same kind as its own window",
                own.kind == Window::Kind::kRolling
                    ? "let both roll: `over 60d`"
                    : "let both be of the same periods: `over last 14 full days`");
  }
  if (!rolls && is_sum && own.last == 0) {
    return fail("its window is not over yet",
                "compare it with what is usual by now: `usual spend today over previous 7 days`");
  }
  if (window->lag == 0) window->lag = own.lag;
  const int64_t length = rolls ? window->micros : PeriodsOf(*window),
                own_length = rolls ? own.micros : PeriodsOf(own);
  const bool lies_before = rolls ? window->lag - own.lag >= own.micros : window->last > own.first;
  if (!lies_before && length <= own_length)
    return fail("an average is of a longer time than the value's own window", "");
  ExprId average = Shifted(value, own, *window);
  if (is_sum) {
    const bool whole = length % own_length == 0 && TypeOf(value).kind == TypeKind::kMoney;
    const ExprId times =
        whole ? ConstantI64(TypeKind::kCount, length / own_length, span)
              : ConstantF64(TypeKind::kNumber, static_cast<double>(length) / static_cast<double>(own_length),
                            span);
    average = Apply("/", {average, times}, span, scope);
    if (IsError(average)) return average;
  }
  return Baseline(average, *window, true, !is_sum,
                  "average of " + SourceText(node.child(0)) + " " + SourceText(written), span);
}

// --- rises and falls ---

bool Checker::ReportUnequal(NodeRef node, const Window& own, const Window& before) {
  const NodeRef value = node.child(0), previous = node.child(2);
  const bool rolls = own.kind == Window::Kind::kRolling;
  const bool is_running = !rolls && own.last == 0;
  if (!is_running && (rolls ? own.micros == before.micros : PeriodsOf(own) == PeriodsOf(before)))
    return false;
  auto report = diags_.Report(previous.node().span, DiagId::kUnequalWindows,
                              {{"value", SourceText(value)},
                               {"before", SourceText(previous)},
                               {"how", is_running ? "over, while its own is not" : "of another length"}});
  if (is_running) {
    report.Help(
        "compare it with what is usual by now: `… today > 130% of usual … today over previous 7 days`");
  } else {
    const int64_t count = PeriodsOf(own);
    const std::string unit(
        previous.text().substr(0, previous.text().size() - previous.text().ends_with('s')));
    const std::string same =
        rolls ? "previous " + hir::DurationText(own.micros)
              : "previous " + std::to_string(count) + " full " + unit + (count == 1 ? "" : "s");
    report.Fix(previous.node().span, same, "compare times of one length: `" + same + "`");
  }
  return true;
}

// `V over 7d rises by 30% vs previous 7d` is `V over 7d >= V over previous 7d + 30%`, where what it was is
// above nothing. An amount is added to anything. Of a sum nothing is known for the time before the subject
// was (S6); a ratio is one of whatever there was.
ExprId Checker::CheckRise(NodeRef node, const Scope& scope) {
  const Span span = SpanOf(node, scope);
  const bool falls = node.node().op != 0;
  ExprId value = CheckValue(node.child(0), scope);
  if (IsError(value)) return Error(span);
  Type type = TypeOf(value);
  const ExprId amount = CheckValue(node.child(1), scope, &type);
  if (IsError(amount) || ReportFields(value, "be compared with a time before")) return Error(span);
  const std::vector<Window> windows = WindowsIn(value);
  if (windows.empty()) {
    diags_.Report(node.child(0).node().span, DiagId::kRiseOfNothing, {{"value", SourceText(node.child(0))}})
        .Help("name its window: `… over 7d rises by 30% vs previous 7d`");
    return Error(span);
  }
  const auto* outer = previous_base_;
  previous_base_ = &windows;
  const auto previous = WindowOf(node.child(2));
  previous_base_ = outer;
  if (!previous) return Error(span);
  const auto growth = GrowthOf(value);
  if (growth == 1 && ReportUnequal(node, windows.front(), *previous)) return Error(span);
  const bool is_share = TypeOf(amount).kind == TypeKind::kPercent;
  const double share = is_share && IsConstant(amount) ? program_.exprs[amount].constant.f64 : 0.5;
  if (share <= 0 || (falls && share > 1)) {
    diags_.Report(node.child(1).node().span, DiagId::kTrendNever,
                  {{"what", share <= 0 ? "what rises or falls does so by more than 0%"
                                       : "nothing falls by more than 100%"}});
    return Error(span);
  }
  if (is_share && type.kind == TypeKind::kCount)
    value = Convert(value, {TypeKind::kNumber, type.optional, 0});
  const NodeRef name =
      node.child(0).node().kind == NodeKind::kWindowed ? node.child(0).child(0) : node.child(0);
  std::string words = SourceText(node.child(2));
  if (!words.starts_with("over ")) words = "over " + words;
  const ExprId before = Baseline(Shifted(value, windows.front(), *previous), *previous, false, growth == 0,
                                 SourceText(name) + " " + words, span);
  const ExprId limit = Apply(falls ? "-" : "+", {before, amount}, span, scope);
  if (IsError(limit)) return limit;
  const ExprId reached = Apply(falls ? "<=" : ">=", {value, limit}, span, scope);
  return is_share ? ShareOf(reached, before, span, scope) : reached;
}

// --- what is usual ---

// `usual spend today over previous 7 days`: the mean of what `spend today` was as long after midnight on each
// of the seven days before; over weeks, on the same weekday. `per day` asks for whole days instead, `per
// week` for whole weeks.
ExprId Checker::CheckUsual(NodeRef node, const Scope& scope) {
  const Span span = SpanOf(node, scope);
  const NodeRef path = node.child(0), named = node.child(1), number = node.child(2), unit = node.child(3);
  if (!path || !number || !unit || (named && named.node().kind == NodeKind::kError)) return Error(span);
  const NameEntry* entry = path.children().size() == 1 ? vocabulary_.Find(path.node().text) : nullptr;
  if (scope.pattern_event) {
    diags_.Report(span, DiagId::kFilterReadsState,
                  {{"name", SourceText(node)}, {"event", Text(program_.events[scope.pattern_event].name)}});
    return Error(span);
  }
  bool adds_up = false;
  if (entry && entry->value != NameEntry::kNone && !vocabulary_.values[entry->value].is_metric) {
    const auto fn = static_cast<AggregateFn>(vocabulary_.values[entry->value].decl.child(1).node().op);
    adds_up = fn == AggregateFn::kSum || fn == AggregateFn::kCount;
  }
  if (!adds_up) {
    auto report = diags_.Report(path.node().span, DiagId::kUsualOfWhat, {{"name", path.text()}});
    std::vector<std::string_view> measures;
    for (const ValueName& value : vocabulary_.values) {
      if (!value.is_metric) measures.push_back(Text(value.name));
    }
    if (!entry) Suggest(report, path.node().span, path.text(), measures);
    if (entry) report.Help("ask for a measure that is a sum or a count, such as `spend`");
    return Error(span);
  }
  const bool deviation = (node.node().op & kDeviation) != 0, so_far = (node.node().op & kSoFar) != 0;
  const auto period = named ? PeriodNamed(named) : std::optional(calendar::Period::kDay);
  const auto counted = PeriodNamed(unit);
  const auto count = WholeNumber(number, deviation ? 2 : 1, limits::kUsualPeriodsMax,
                                 "over how many periods something is usual");
  if (!period || !counted || !count) return Error(span);
  int64_t step = 0;
  if (*period == *counted) step = 1;
  if (*period == calendar::Period::kDay && *counted == calendar::Period::kWeek) step = kDaysOfAWeek;
  if (step == 0) {
    const std::string each = !named ? "today" : (so_far ? "this " : "per ") + std::string(named.text());
    diags_
        .Report(unit.node().span, DiagId::kUsualPeriods,
                {{"name", path.text()}, {"per", each}, {"unit", unit.text()}})
        .Help(*period == calendar::Period::kDay ? "look at `days`, or at `weeks` for the same weekday"
                                                : "look at as many of the same periods");
    return Error(span);
  }
  Expr expr;
  expr.kind = ExprKind::kUsual;
  expr.span = span;
  expr.index = deviation ? 1 : 0;
  expr.count = *count;
  expr.constant.text = unit.node().text;
  for (int64_t back = 1; back <= *count; ++back) {
    auto window = CalendarWindow(*period, back * step, back * step, node.child(4), node.child(5));
    if (!window) return Error(span);
    window->so_far = so_far;
    expr.args.push_back(WindowedValue(entry->value, window, path, scope));
    if (IsError(expr.args.back())) return Error(span);
  }
  const Type type = TypeOf(expr.args.front());
  expr.type = {type.kind == TypeKind::kCount ? TypeKind::kNumber : type.kind, true, type.detail};
  const bool fits =
      type.kind == TypeKind::kCount || type.kind == TypeKind::kNumber || type.kind == TypeKind::kMoney;
  if (!fits) {
    diags_.Report(path.node().span, DiagId::kArguments, {{"function", "usual"}, {"types", TypeText(type)}});
    return Error(span);
  }
  return Add(std::move(expr));
}

}  // namespace mrule::sema
