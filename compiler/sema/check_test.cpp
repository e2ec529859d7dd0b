// SPDX-License-Identifier: Apache-2.0
// Tests: each becomes as many runs as it has cases, with its times as instants. A table's column stands for the case's own value
// wherever a value, a time or a word can stand, so that a case is checked as if it were written out.
#include <algorithm>

#include "compiler/sema/literals.h"
#include "compiler/sema/test_context.h"
#include "stdlib/calendar/calendar.h"

namespace mrule::sema {
namespace {

constexpr std::string_view kWeekdays[] = {"monday", "tuesday", "wednesday", "thursday", "friday", "saturday", "sunday"};

std::string Two(int64_t n) { return (n < 10 ? "0" : "") + std::to_string(n); }

std::string LocalText(const calendar::Zone& zone, int64_t instant) {
  const calendar::Local local = calendar::ToLocal(zone, instant);
  const calendar::Date date = calendar::DateOf(local.day);
  const int64_t minutes = local.micros / 60'000'000;
  return std::to_string(date.year) + "-" + Two(date.month) + "-" + Two(date.day) + " " + Two(minutes / 60) + ":" + Two(minutes % 60);
}

}  // namespace

void Checker::CheckTest(NodeRef decl) {
  StringId name = decl.node().text;
  const Span name_span = NameSpan(decl, "\"" + std::string(name ? Text(name) : "") + "\"");
  if (!name || !CheckName(Text(name), name_span)) return;
  if (auto [first, is_new] = test_names_.emplace(name, name_span); !is_new) return ReportDuplicate(name_span, name, first->second);
  NodeRef columns;
  std::vector<NodeRef> cases;
  for (NodeId id : decl.children()) {
    if (!id) continue;
    NodeRef line{decl.tree, id};
    if (line.node().kind == NodeKind::kTestCase) cases.push_back(line);
    if (line.node().kind != NodeKind::kTestColumns) continue;
    if (columns) {
      diags_.Report(line.node().span, DiagId::kRepeatedClause, {{"clause", "cases"}}).Label(columns.node().span, "the first is here");
    }
    columns = line;
  }
  if (columns && cases.empty()) {
    diags_.Report(columns.node().span, DiagId::kTestCase, {{"problem", "`cases` names columns, and no `case` fills them"}})
        .Help("below it, each case is a line: `case \"a name\" $10, 06:00`");
    return;
  }
  std::unordered_set<StringId> used;
  std::unordered_map<StringId, Span> case_names;
  for (size_t i = 0; i < std::max<size_t>(1, cases.size()); ++i) {
    NodeRef one = cases.empty() ? NodeRef{} : cases[i];
    TestContext context;
    context.used = &used;
    context.test.name = name;
    context.test.span = name_span;
    if (one) {
      context.test.span = one.node().span;
      const StringId case_name = one.node().text ? one.node().text : Intern("");
      if (auto [first, is_new] = case_names.emplace(case_name, one.node().span); !is_new) {
        ReportDuplicate(one.node().span, case_name, first->second);
        continue;
      }
      context.test.name = Intern(std::string(Text(name)) + ": " + std::string(Text(case_name)));
    }
    test_ = &context;
    if (ReadTestHead(decl, context) && BindColumns(columns, one, context)) CheckTestRun(decl, one, context);
    test_ = nullptr;
  }
  if (!columns || diags_.has_errors()) return;
  for (NodeId id : columns.children()) {
    NodeRef column{columns.tree, id};
    if (used.contains(column.node().text)) continue;
    diags_.Report(column.node().span, DiagId::kTestColumnUnused, {{"name", column.text()}})
        .Help("it stands for the case's value where it is written in braces: `{" + std::string(column.text()) + "}`");
  }
}

void Checker::CheckTestRun(NodeRef decl, NodeRef one_case, TestContext& context) {
  const size_t errors_before = diags_.error_count();
  for (NodeId id : decl.children()) {
    if (id) CheckTestLine({decl.tree, id});
  }
  if (one_case) {
    for (size_t i = 1; i < one_case.children().size(); ++i) {
      if (one_case.child(i)) CheckTestLine(one_case.child(i));
    }
  }
  hir::Test& test = context.test;
  if (diags_.error_count() != errors_before) return;
  if (test.expectations.empty()) {
    diags_.Report(test.span, DiagId::kTestWithoutExpectation, {{"test", Text(test.name)}})
        .Help("say what the rules should decide: `expect pause campaign at 06:00`, or `expect nothing`");
    return;
  }
  // By instant; within one as they are written.
  std::vector<std::pair<int64_t, size_t>> order;
  for (size_t i = 0; i < test.records.size(); ++i) order.emplace_back(test.records[i].at, i);
  std::sort(order.begin(), order.end());
  std::vector<hir::TestRecord> records;
  records.reserve(order.size());
  for (const auto& [at, index] : order) records.push_back(std::move(test.records[index]));
  test.records = std::move(records);
  program_.tests.Add(std::move(test));
}

bool Checker::ReadTestHead(NodeRef decl, TestContext& context) {
  NodeRef start, zone, rule;
  for (NodeId id : decl.children()) {
    if (!id) continue;
    NodeRef part{decl.tree, id};
    NodeRef* place = part.node().kind == NodeKind::kTestStart ? &start
                     : part.node().kind == NodeKind::kZone    ? &zone
                     : part.node().kind == NodeKind::kTestRule ? &rule
                                                               : nullptr;
    if (place == nullptr) continue;
    if (*place) {
      const std::string_view clause = place == &start ? "from" : place == &zone ? "in" : "of";
      diags_.Report(part.node().span, DiagId::kRepeatedClause, {{"clause", clause}}).Label(place->node().span, "the first is here");
      return false;
    }
    *place = part;
  }
  context.test.zone = zone ? ZoneNamed(zone) : program_.zone;
  if (zone && !context.test.zone) return false;
  if (context.test.zone) {
    if (const calendar::Zone* found = calendar::FindZone(Text(context.test.zone))) context.zone = found;
  }
  context.start_day = calendar::DayOf({2026, 1, 5});  // a Monday
  context.test.start = calendar::ToInstant(*context.zone, context.start_day, 0);
  if (rule) {
    context.test.rule = RuleNamed(rule);
    if (!context.test.rule) return false;
  }
  if (start) CheckTestStart(start);
  return !start || start.child(0).node().kind != NodeKind::kError;
}

void Checker::CheckTestStart(NodeRef start) {
  NodeRef time = start.child(0);
  if (!time || time.node().kind != NodeKind::kTestTime) return;
  const auto form = static_cast<syntax::TestTimeForm>(time.node().op);
  if (form != syntax::TestTimeForm::kDate && form != syntax::TestTimeForm::kInstant && form != syntax::TestTimeForm::kClock) {
    diags_.Report(time.node().span, DiagId::kTestTime, {{"time", SourceText(time)}, {"problem", "is not when a test can begin"}})
        .Help("name a day, and a time if it matters: `from 2026-03-28 08:00`");
    return;
  }
  test_->test.start = limits::kInstantMinMicros;
  if (auto at = ReadTestTime(time)) {
    test_->test.start = *at;
    test_->start_day = calendar::ToLocal(*test_->zone, *at).day;
  }
}

/// Rules whose decisions a mistake has taken away are not missed.
hir::RuleId Checker::RuleNamed(NodeRef name) {
  auto found = rule_by_name_.find(name.node().text ? name.node().text : Intern(""));
  if (found != rule_by_name_.end()) return found->second;
  if (!rules_fine_) return {};
  std::vector<std::string_view> known;
  for (const hir::Rule& rule : program_.rules) known.push_back(Text(rule.name));
  const Span span = name.node().span;
  const bool quoted = SourceText(name).starts_with('"');
  const Span inner = quoted ? Span{span.file, span.begin + 1, span.end - 1} : span;
  Suggest(diags_.Report(span, DiagId::kUnknownName, {{"kind", "rule"}, {"name", name.text()}}), inner, name.text(), known);
  return {};
}

bool Checker::BindColumns(NodeRef columns, NodeRef one_case, TestContext& context) {
  if (!one_case) return true;
  NodeRef values = one_case.child(0);
  const size_t given = values ? values.children().size() : 0, wanted = columns ? columns.children().size() : 0;
  if (given != wanted) {
    const std::string problem = "the case has " + std::to_string(given) + (given == 1 ? " value" : " values") + ", and `cases` names " +
                                std::to_string(wanted);
    auto report = diags_.Report((values ? values : one_case).node().span, DiagId::kTestCase, {{"problem", problem}});
    if (columns) report.Label(columns.node().span, "the columns");
    return false;
  }
  for (size_t i = 0; i < wanted; ++i) {
    NodeRef item = values.child(i);
    NodeRef name = columns.child(i);
    if (!item || item.node().kind == NodeKind::kError || !item.child(0)) return false;
    if (!context.columns.emplace(name.node().text, item.child(0)).second) {
      ReportDuplicate(name.node().span, name.node().text, columns.child(0).node().span);
      return false;
    }
  }
  return true;
}

NodeRef Checker::Unparam(NodeRef node) {
  if (!node || node.node().kind != NodeKind::kParam) return node;
  if (test_ != nullptr) {
    auto found = test_->columns.find(node.node().text);
    if (found != test_->columns.end()) {
      test_->used->insert(found->first);
      return found->second.node().kind == NodeKind::kParam ? NodeRef{} : found->second;
    }
  }
  std::vector<std::string_view> known;
  if (test_ != nullptr) {
    for (const auto& [name, value] : test_->columns) known.push_back(Text(name));
  }
  std::sort(known.begin(), known.end());
  const Span span = node.node().span;
  auto report = diags_.Report(span, DiagId::kUnknownName, {{"kind", "column of `cases`"}, {"name", node.text()}});
  if (!known.empty()) {
    Suggest(report, {span.file, span.begin + 1, span.end - 1}, node.text(), known);
  } else {
    report.Help("`cases " + std::string(node.text()) + "` declares it, and each `case` gives it a value");
  }
  return {};
}

bool Checker::IsTestSubject(NodeRef id) const {
  return test_ != nullptr && std::any_of(test_->subjects.begin(), test_->subjects.end(),
                                         [&](const TestWhom& known) { return known.id == id.node().text; });
}

void Checker::CheckTestLine(NodeRef line) {
  switch (line.node().kind) {
    case NodeKind::kGiven: {
      const int64_t start = test_->test.start;
      return CheckTestRecords(line, 0, std::span(&start, 1), false);
    }
    case NodeKind::kTestEvent: {
      auto at = ReadTestTime(line.child(0));
      if (!at) return;
      return CheckTestRecords(line, 1, std::span(&*at, 1), false);
    }
    case NodeKind::kTestSeries: return CheckTestRecords(line, 3, {}, true);
    case NodeKind::kTestUntil: {
      auto at = ReadTestTime(line.child(0));
      if (!at) return;
      if (test_->test.until) diags_.Report(line.node().span, DiagId::kRepeatedClause, {{"clause", "until"}});
      test_->test.until = at;
      return;
    }
    case NodeKind::kExpectNothing: return CheckExpectNothing(line);
    case NodeKind::kExpectAction: return CheckExpectAction(line);
    case NodeKind::kExpectWith: return CheckExpectWith(line);
    case NodeKind::kExpectState: return CheckExpectState(line);
    default: return;  // the head, columns and cases; an Error node was reported by the parser
  }
}

// --- times ---

std::optional<int64_t> Checker::ReadTestTime(NodeRef time) {
  if (!time || time.node().kind == NodeKind::kError) return std::nullopt;
  using Form = syntax::TestTimeForm;
  NodeRef item = time;
  Form form = Form::kParam;
  if (time.node().kind == NodeKind::kTestTime) {
    form = static_cast<Form>(time.node().op);
    item = time.child(0);
  }
  if (form == Form::kParam) {
    item = Unparam(item);
    if (!item) return std::nullopt;
    switch (item.node().kind) {
      case NodeKind::kTimeOfDay: form = Form::kClock; break;
      case NodeKind::kDate: form = Form::kDate; break;
      case NodeKind::kInstant: form = Form::kInstant; break;
      case NodeKind::kDuration: form = Form::kElapsed; break;
      default:
        diags_.Report(item.node().span, DiagId::kTestTime, {{"time", SourceText(item)}, {"problem", "is no time"}})
            .Help("a time is written `06:00`, `6h` (since the test began), `2026-03-01` or `2026-03-01T06:00:00Z`");
        return std::nullopt;
    }
  }
  const TestContext& context = *test_;
  const calendar::Zone& zone = *context.zone;
  NodeRef clock = time.node().kind == NodeKind::kTestTime && form != Form::kClock ? time.child(1) : NodeRef{};
  std::optional<int64_t> at;
  switch (form) {
    case Form::kClock: {
      auto micros = ReadTimeOfDay(item);
      if (micros) at = calendar::ToInstant(zone, context.start_day, *micros);
      break;
    }
    case Form::kInstant: {
      TimeLiteral literal = DecodeInstant(item.text());
      if (!ReportFault(item, static_cast<uint8_t>(literal.fault), "an instant")) at = literal.value;
      break;
    }
    case Form::kElapsed: {
      TimeLiteral literal = DecodeDuration(item.text());
      if (!ReportFault(item, static_cast<uint8_t>(literal.fault), "a duration")) at = context.test.start + literal.value;
      break;
    }
    case Form::kDate:
    case Form::kDay:
    case Form::kWeekday: {
      int64_t day = context.start_day;
      std::optional<int64_t> micros = clock ? ReadTimeOfDay(clock) : std::optional<int64_t>(0);
      if (form == Form::kDate) {
        TimeLiteral literal = DecodeDate(item.text());
        if (ReportFault(item, static_cast<uint8_t>(literal.fault), "a date")) return std::nullopt;
        day = literal.value;
      } else if (form == Form::kDay) {
        auto number = WholeNumber(item, 1, limits::kPeriodsBackMax, "a day of a test");
        if (!number) return std::nullopt;
        day += *number - 1;
      } else {
        const auto found = std::find(std::begin(kWeekdays), std::end(kWeekdays), item.text());
        if (found == std::end(kWeekdays)) {
          Suggest(diags_.Report(item.node().span, DiagId::kScheduleDay, {{"word", item.text()}}), item.node().span, item.text(), kWeekdays);
          return std::nullopt;
        }
        day += (found - std::begin(kWeekdays) + 1 - calendar::WeekdayOf(day) + 7) % 7;
        if (micros && calendar::ToInstant(zone, day, *micros) < context.test.start) day += 7;
      }
      if (micros) at = calendar::ToInstant(zone, day, *micros);
      break;
    }
    case Form::kParam: break;
  }
  if (!at) return std::nullopt;
  if (*at < context.test.start) {
    auto report = diags_.Report(time.node().span, DiagId::kTestTime,
                                {{"time", SourceText(time)}, {"problem", "is before the test begins, at " + LocalText(zone, context.test.start)}});
    if (form == Form::kClock) report.Help("a time alone is of the first day; the next day's is `day 2 " + std::string(item.text()) + "`");
    return std::nullopt;
  }
  return at;
}

}  // namespace mrule::sema
