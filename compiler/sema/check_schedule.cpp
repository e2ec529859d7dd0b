// SPDX-License-Identifier: Apache-2.0
// Schedules (`every monday at 09:00 in "Europe/Berlin"`) and conditions on the time of day (`between 09:00 and 17:00 on weekdays`).
// Both read a clock: the workspace's, a named zone's or the subject's own.
#include <algorithm>

#include "compiler/sema/checker.h"
#include "compiler/sema/literals.h"

namespace mrule::sema {
namespace {

constexpr std::string_view kWeekdays[] = {"monday", "tuesday", "wednesday", "thursday", "friday", "saturday", "sunday"};

std::string TimeText(int64_t micros) {
  const int64_t seconds = micros / 1'000'000;
  auto two = [](int64_t n) { return (n < 10 ? "0" : "") + std::to_string(n); };
  std::string text = two(seconds / 3600) + ":" + two(seconds / 60 % 60);
  return seconds % 60 == 0 ? text : text + ":" + two(seconds % 60);
}

std::string DaysText(const calendar::Days& days) {
  std::string text;
  auto append = [&text](const std::string& word) { text += (text.empty() ? "" : ", ") + word; };
  if (days.month_days != 0) {
    for (int day = 1; day <= 31; ++day) {
      if ((days.month_days >> day & 1) != 0) append(std::to_string(day) + ".");
    }
    if ((days.month_days & 1) != 0) append("last");
    return text + " day of the month";
  }
  if (days.weekdays == calendar::kEveryWeekday) return "day";
  if (days.weekdays == calendar::kMondayToFriday) return "weekday";
  for (int day = 0; day < 7; ++day) {
    if ((days.weekdays >> day & 1) != 0) append(std::string(kWeekdays[day]));
  }
  return text;
}

std::string RecurrenceText(const calendar::Recurrence& recurrence) {
  if (recurrence.interval_micros != 0) {
    const int64_t seconds = recurrence.interval_micros / 1'000'000;
    return seconds % 60 == 0 && recurrence.interval_micros % 60'000'000 == 0
               ? "every " + std::to_string(seconds / 60) + "min"
               : "every " + std::to_string(recurrence.interval_micros) + "us";
  }
  std::string text = "every " + DaysText(recurrence.days);
  if (recurrence.once) {
    const calendar::Date date = calendar::DateOf(recurrence.date);
    auto two = [](int n) { return (n < 10 ? "0" : "") + std::to_string(n); };
    text = "on " + std::to_string(date.year) + "-" + two(date.month) + "-" + two(date.day);
  }
  text += " at ";
  for (size_t i = 0; i < recurrence.times.size(); ++i) text += (i == 0 ? "" : ", ") + TimeText(recurrence.times[i]);
  return text;
}

}  // namespace

// --- days, times and zones ---

std::optional<uint8_t> Checker::ReadWeekday(NodeRef word, bool in_schedule) {
  const std::string_view text = word.text();
  for (int day = 0; day < 7; ++day) {
    if (text == kWeekdays[day]) return static_cast<uint8_t>(1u << day);
  }
  if (in_schedule && text == "day") return calendar::kEveryWeekday;
  if (text == (in_schedule ? "weekday" : "weekdays")) return calendar::kMondayToFriday;
  if (!in_schedule && text == "weekends") return calendar::kSaturdayAndSunday;
  const Span span = word.node().span;
  auto report = diags_.Report(span, DiagId::kScheduleDay, {{"word", text}});
  // Words that other products know, and what they may mean here.
  struct Other {
    std::string_view word, instead, meaning;
  };
  static constexpr Other kInSchedules[] = {
      {"hour", "1h", "at each full hour of UTC"},
      {"minute", "1min", "at each full minute"},
      {"week", "monday", "on one day of the week"},
      {"weekend", "saturday, sunday", "on both its days"},
      {"weekends", "saturday, sunday", "on both days"},
      {"morning", "day at 08:00", "at a time of the day"},
      {"night", "day at 00:00", "at a time of the day"},
  };
  static constexpr Other kInConditions[] = {
      {"weekday", "weekdays", "from Monday to Friday"},
      {"weekend", "weekends", "on Saturday and Sunday"},
  };
  const std::span<const Other> others = in_schedule ? std::span<const Other>(kInSchedules) : kInConditions;
  for (const Other& other : others) {
    if (text != other.word) continue;
    report.Fix(span, other.instead, std::string(other.meaning) + ": `" + std::string(other.instead) + "`");
    return std::nullopt;
  }
  if (in_schedule && (text == "month" || text == "quarter" || text == "year")) {
    report.Help(text == "month" ? "say on which day: `on the 1st of the month`"
                                : "say on which days of the month, and test the month in the condition");
    return std::nullopt;
  }
  std::vector<std::string_view> known(std::begin(kWeekdays), std::end(kWeekdays));
  known.push_back(in_schedule ? "weekday" : "weekdays");
  known.push_back(in_schedule ? "day" : "weekends");
  Suggest(report, span, text, known);
  return std::nullopt;
}

std::optional<calendar::Days> Checker::ReadDays(NodeRef node, size_t first_item) {
  const bool in_schedule = node.node().kind == NodeKind::kSchedule;
  const auto form = static_cast<syntax::ScheduleForm>(node.node().op);
  calendar::Days days;
  uint8_t weekdays = 0;
  bool bad = false;
  NodeRef rare;  // a day that not every month has
  for (size_t i = first_item; i < node.children().size(); ++i) {
    NodeRef item = node.child(i);
    if (!item || item.node().kind == NodeKind::kError) {
      bad = true;
    } else if (form == syntax::ScheduleForm::kWeekDays) {
      auto mask = ReadWeekday(item, in_schedule);
      bad |= !mask;
      weekdays |= mask.value_or(0);
    } else if (item.text() == "last") {
      days.month_days |= 1;
    } else {
      const int day = std::stoi(std::string(item.text()));  // the lexer admits two digits at most
      if (day < 1 || day > 31) {
        diags_.Report(item.node().span, DiagId::kNumberOutOfRange,
                      {{"number", SourceText(item)}, {"what", "a day of the month"}, {"range", "from 1 to 31"}});
        bad = true;
        continue;
      }
      if (day > 28) rare = item;
      days.month_days |= uint32_t{1} << day;
    }
  }
  if (bad) return std::nullopt;
  if (rare && in_schedule && (days.month_days & 1) == 0) {
    diags_.Report(rare.node().span, DiagId::kScheduleSkipsMonths, {{"day", SourceText(rare)}})
        .Fix(rare.node().span, "last day", "run on the last day of each month: `last day`");
  }
  if (weekdays != 0) days.weekdays = weekdays;
  return days;
}

std::optional<int64_t> Checker::ReadTimeOfDay(NodeRef node) {
  if (!node || node.node().kind != NodeKind::kTimeOfDay) return std::nullopt;
  TimeLiteral literal = DecodeTimeOfDay(node.text());
  if (ReportFault(node, static_cast<uint8_t>(literal.fault), "a time of day")) return std::nullopt;
  return literal.value;
}

bool Checker::ReadTimes(NodeRef list, std::vector<int64_t>& times) {
  times.clear();
  for (NodeId id : list.children()) {
    auto time = ReadTimeOfDay({list.tree, id});
    if (!time) return false;
    times.push_back(*time);
  }
  std::sort(times.begin(), times.end());
  times.erase(std::unique(times.begin(), times.end()), times.end());
  if (times.size() <= limits::kScheduleTimesMax) return true;
  diags_.Report(list.node().span, DiagId::kScheduleTooManyTimes, {{"limit", limits::kScheduleTimesMax}})
      .Help("a fixed distance is written `every 15min`");
  return false;
}

/// Without a node: the workspace's.
std::optional<hir::ZoneRef> Checker::ReadZone(NodeRef node, EntityId entity) {
  hir::ZoneRef zone;
  zone.name = program_.zone;
  if (!node) return zone;
  if (node.node().kind == NodeKind::kError) return std::nullopt;
  if (node.node().op == 0) {
    zone.name = ZoneNamed(node);
    return zone.name ? std::optional(zone) : std::nullopt;
  }
  return SubjectZone(node.node().text, node.node().span, entity);
}

/// `contact time`: the zone that the subject's own attribute names.
std::optional<hir::ZoneRef> Checker::SubjectZone(StringId owner, Span span, EntityId entity) {
  hir::ZoneRef zone;
  zone.name = program_.zone;
  const std::string_view text = Text(owner);
  const NameEntry* entry = vocabulary_.Find(owner);
  if (!entry || !entry->entity) {
    std::vector<std::string_view> known;
    for (const hir::Entity& one : program_.entities) known.push_back(Text(one.name));
    const Span word{span.file, span.begin, span.begin + static_cast<uint32_t>(text.size())};
    Suggest(diags_.Report(word, DiagId::kUnknownName, {{"kind", "entity"}, {"name", text}}), word, text, known);
    return std::nullopt;
  }
  if (entry->entity != entity) {
    diags_.Report(span, DiagId::kMixedSubjects,
                  {{"what", "the rule"}, {"one", EntityText(entity)}, {"other", text}});
    return std::nullopt;
  }
  auto attribute = vocabulary_.Attribute(entity, Intern("time_zone"));
  if (!attribute || program_.entities[entity].attributes[*attribute].type.kind != TypeKind::kText) {
    diags_.Report(span, DiagId::kNoSubjectZone, {{"entity", EntityText(entity)}})
        .Help("name the zone, `in \"Europe/Berlin\"`, or declare the attribute: `time_zone: text`");
    return std::nullopt;
  }
  zone.of_subject = true;
  zone.attribute = *attribute;
  if (program_.contact_time_zone) zone.name = program_.contact_time_zone;
  return zone;
}

std::string Checker::ZoneText(const hir::ZoneRef& zone, EntityId entity) const {
  const std::string name = zone.name ? std::string(Text(zone.name)) : "UTC";
  return zone.of_subject ? std::string(EntityText(entity)) + " time, else " + name : "in " + name;
}

// --- schedules ---

bool Checker::ReadRecurrence(NodeRef node, calendar::Recurrence& recurrence) {
  NodeRef item = node.child(2);
  switch (static_cast<syntax::ScheduleForm>(node.node().op)) {
    case syntax::ScheduleForm::kInterval: {
      auto micros = PositiveDuration(item, "the time from one run to the next");
      if (!micros) return false;
      recurrence.interval_micros = *micros;
      recurrence.times.clear();
      if (*micros >= limits::kScheduleIntervalMicrosMin) return true;
      diags_.Report(item.node().span, DiagId::kScheduleTooOften, {{"least", "1min"}}).Fix(item.node().span, "1min", "write `1min`");
      return false;
    }
    case syntax::ScheduleForm::kDate: {
      TimeLiteral literal = DecodeDate(item.text());
      if (ReportFault(item, static_cast<uint8_t>(literal.fault), "a date")) return false;
      recurrence.once = true;
      recurrence.date = literal.value;
      break;
    }
    case syntax::ScheduleForm::kWeekDays:
    case syntax::ScheduleForm::kMonthDays: {
      auto days = ReadDays(node, 2);
      if (!days) return false;
      recurrence.days = *days;
      break;
    }
  }
  NodeRef times = node.child(1);
  return !times || ReadTimes(times, recurrence.times);
}

/// The schedule of a rule of the entity, which others may share; None if a mistake was reported.
hir::ScheduleId Checker::CheckSchedule(NodeRef node, EntityId entity) {
  hir::Schedule schedule;
  schedule.entity = entity;
  const bool read = ReadRecurrence(node, schedule.recurrence);
  auto zone = ReadZone(node.child(0), entity);
  if (!read || !zone) return {};
  std::string text = RecurrenceText(schedule.recurrence);
  if (schedule.recurrence.interval_micros == 0) {
    schedule.zone = *zone;
    text += " " + ZoneText(*zone, entity);
  }
  const std::string key = std::string(EntityText(entity)) + " " + text;
  auto [it, added] = schedule_by_key_.try_emplace(key);
  if (!added) return it->second;
  schedule.text = Intern(text);
  schedule.event = AddInternalEvent(text, entity, node.node().span);
  it->second = program_.schedules.Add(std::move(schedule));
  return it->second;
}

/// That the schedule occurs, as the event that a condition waits for.
ExprId Checker::ScheduleEvent(hir::ScheduleId id, Span span) {
  const hir::Schedule& schedule = program_.schedules[id];
  hir::Pattern pattern;
  pattern.subject = schedule.entity;
  pattern.span = span;
  pattern.cases.push_back({schedule.event, ExprId(), ExprId()});
  Expr expr;
  expr.kind = ExprKind::kEvent;
  expr.type = {TypeKind::kBoolean, false, 0};
  expr.span = span;
  expr.pattern = program_.patterns.Add(std::move(pattern));
  return Add(std::move(expr));
}

// --- conditions ---

/// Equal ones of one entity are one.
uint32_t Checker::ClockTestOf(const calendar::ClockSpan& span, const hir::ZoneRef& zone, EntityId entity) {
  std::string text;
  if (span.from_micros != span.to_micros) {
    text = "between " + TimeText(span.from_micros) + " and " + TimeText(span.to_micros) + " ";
  }
  text += "on every " + DaysText(span.days) + " " + ZoneText(zone, entity);
  const std::string owner = zone.of_subject ? std::string(EntityText(entity)) + " " : std::string();
  auto [it, added] = clock_test_by_key_.try_emplace(owner + text, static_cast<uint32_t>(program_.clock_tests.size()));
  if (added) {
    hir::ClockTest test;
    test.text = Intern(text);
    test.zone = zone;
    test.span = span;
    program_.clock_tests.Add(std::move(test));
  }
  return it->second;
}

/// A condition on an event's fields reads nothing else; reported.
bool Checker::IsInFilter(NodeRef node, Span span, const Scope& scope) {
  if (!scope.pattern_event) return false;
  diags_
      .Report(span, DiagId::kFilterReadsState,
              {{"name", SourceText(node)}, {"event", Text(program_.events[scope.pattern_event].name)}})
      .Help("test it outside the parentheses, after `and`");
  return true;
}

ExprId Checker::CheckClockTest(NodeRef node, const Scope& scope) {
  const Span span = SpanOf(node, scope);
  if (IsInFilter(node, span, scope)) return Error(span);
  calendar::ClockSpan test;
  auto days = ReadDays(node, 3);
  auto zone = ReadZone(node.child(0), scope.entity);
  NodeRef from = node.child(1), to = node.child(2);
  if (from) {
    const bool to_midnight = to && to.node().kind == NodeKind::kTimeOfDay && to.text() == "24:00";
    auto begin = ReadTimeOfDay(from);
    auto end = to_midnight ? std::optional<int64_t>(0) : ReadTimeOfDay(to);
    if (!begin || !end) return Error(span);
    if (*begin == *end && !to_midnight) {
      diags_.Report(source::Join(from.node().span, to.node().span), DiagId::kNoTimeBetween, {{"time", from.text()}});
      return Error(span);
    }
    test.from_micros = *begin;
    test.to_micros = *end;
  }
  if (!days || !zone) return Error(span);
  test.days = *days;
  Expr expr;
  expr.kind = ExprKind::kClock;
  expr.type = {TypeKind::kBoolean, false, 0};
  expr.span = span;
  expr.index = ClockTestOf(test, *zone, scope.entity);
  return Add(std::move(expr));
}

/// The date that it is on a clock.
ExprId Checker::CheckToday(NodeRef node, const Scope& scope) {
  const Span span = SpanOf(node, scope);
  if (IsInFilter(node, span, scope)) return Error(span);
  auto zone = ReadZone(node.child(0), scope.entity);
  if (!zone) return Error(span);
  Expr expr;
  expr.kind = ExprKind::kToday;
  expr.type = {TypeKind::kDate, false, 0};
  expr.span = span;
  expr.index = ClockTestOf({}, *zone, scope.entity);
  return Add(std::move(expr));
}

}  // namespace mrule::sema
