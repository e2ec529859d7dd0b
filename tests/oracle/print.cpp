// SPDX-License-Identifier: Apache-2.0
// Programs as .mrule text and logs as JSON lines. Everything is in parentheses, so that nothing hangs on
// precedence.
#include <fmt/format.h>

#include <array>
#include <chrono>
#include <cmath>

#include "tests/oracle/model.h"
#include "tests/support/vocabulary.h"

namespace mrule::oracle {

namespace {

std::string_view NameOf(Period period) {
  constexpr std::array<std::string_view, 5> kNames = {"day", "week", "month", "quarter", "year"};
  return kNames[static_cast<size_t>(period)];
}

std::string PrintZone(const std::string& zone) {
  if (zone.empty()) return "";
  return zone == "contact" ? " contact time" : fmt::format(" in \"{}\"", zone);
}

std::string PrintTimeOfDay(Time time) {
  return fmt::format("{:02}:{:02}", time / kHour, time / kMinute % 60);
}

std::string PrintWindow(const Window& window) {
  switch (window.kind) {
    case Window::Kind::kAllTime:
      return " all time";
    case Window::Kind::kRolling:
      return fmt::format(" {} {}", window.in_last ? "in last" : "over", PrintDuration(window.length));
    case Window::Kind::kLagged:
      return fmt::format(" over {} {} {}{}", PrintDuration(window.length),
                         window.in_last ? "settled" : "ending", PrintDuration(window.lag),
                         window.in_last ? "" : " ago");
    case Window::Kind::kPrevious:
      return " over previous " + PrintDuration(window.length);
    case Window::Kind::kCurrent:
      return (window.period == Period::kDay ? " today" : " this " + std::string(NameOf(window.period))) +
             PrintZone(window.zone);
    case Window::Kind::kFull: {
      const std::string zone = PrintZone(window.zone);
      if (window.period == Period::kDay && window.count == 1) return " yesterday" + zone;
      return fmt::format(" {} last {} full {}{}{}", window.in_last ? "in" : "over", window.count,
                         NameOf(window.period), window.count == 1 ? "" : "s", zone);
    }
    case Window::Kind::kSameDay:
      return " same weekday last week" + PrintZone(window.zone);
  }
  return "";
}

std::string PrintPattern(const Pattern& pattern) {
  const std::string event = pattern.message.empty() ? pattern.event : pattern.event + " " + pattern.message;
  if (pattern.where.empty()) return event;
  return fmt::format("({} where {})", event, Print(pattern.where[0]));
}

std::string PrintSequence(const Expr& e) {
  std::string out = (e.each ? "each " : "") + PrintPattern(e.steps[0]);
  for (size_t i = 1; i < e.steps.size(); ++i) {
    const bool absent = e.flag && i + 1 == e.steps.size();
    out += fmt::format("{} followed by {}{} within {}", absent ? " not" : "", PrintPattern(e.steps[i]),
                       e.text.empty() ? "" : " with same " + e.text, PrintDuration(e.within[i - 1]));
  }
  return out;
}

std::string PrintUntil(const Until& until) {
  constexpr std::array<std::string_view, 8> kWeekdays = {"",         "monday", "tuesday",  "wednesday",
                                                         "thursday", "friday", "saturday", "sunday"};
  const std::string time = " " + PrintTimeOfDay(until.time) + PrintZone(until.zone);
  switch (until.kind) {
    case Until::Kind::kFor:
      return " for " + PrintDuration(until.time);
    case Until::Kind::kTime:
      return " until" + time;
    case Until::Kind::kTomorrow:
      return " until tomorrow" + time;
    case Until::Kind::kWeekday:
      return fmt::format(" until {}{}", kWeekdays[static_cast<size_t>(until.day)], time);
    case Until::Kind::kDate:
      return " until " + Print(until.day * kDay).substr(0, 10) + time;
    case Until::Kind::kInstant:
      return " until " + Print(until.time);
  }
  return "";
}

std::string PrintPlain(const Action& action) {
  switch (action.kind) {
    case Action::Kind::kScore:
      return "score " + Print(action.amount[0]);
    case Action::Kind::kAddTag:
      return fmt::format("add tag \"{}\"", action.text);
    case Action::Kind::kRemoveTag:
      return fmt::format("remove tag \"{}\"", action.text);
    case Action::Kind::kSetPlan:
      return "set plan to " + action.text;
    case Action::Kind::kSetBalance:
      return "set balance to " + Print(action.amount[0]);
    case Action::Kind::kEmit:
      return "emit nudged";
    case Action::Kind::kSend:
      return "send " + action.text;
    case Action::Kind::kPause:
      return "pause campaign";
    case Action::Kind::kResume:
      return "resume campaign";
    case Action::Kind::kChangeBudget:
      return "change budget to " + Print(action.amount[0]);
    case Action::Kind::kLiftBudget:
      return fmt::format("lift budget by {} up to $200", Print(action.amount[0]));
    case Action::Kind::kLiftByShare:
      return "lift budget by 50% up to $200";
    case Action::Kind::kTell:
      if (action.text.starts_with("old ")) return fmt::format("notify \"{{{}}}\"", action.text);
      return action.text == "contact" ? "notify \"{plan} {country} {balance} {points} {tags}\""
                                      : "notify \"{status} {budget}\"";
  }
  return "";
}

std::string PrintAction(const Action& action) {
  return PrintPlain(action) + (action.until.empty() ? "" : PrintUntil(action.until[0]));
}

std::string PrintLimit(const Limit& limit) {
  const std::string field = limit.field.empty() ? "" : " per " + limit.field;
  if (!limit.calendar.empty())
    return fmt::format("at most {} per {}{}{}", limit.count, NameOf(limit.calendar[0]), PrintZone(limit.zone),
                       field);
  if (limit.period == 0) return "once" + field;
  return fmt::format("at most {} per {}{}", limit.count, PrintDuration(limit.period), field);
}

}  // namespace

std::string_view NameOf(Entity entity) { return entity == Entity::kContact ? "contact" : "campaign"; }

std::string Print(Time instant) {
  using namespace std::chrono;
  const sys_time<microseconds> at{microseconds(instant)};
  const sys_days day = floor<days>(at);
  const year_month_day date(day);
  const hh_mm_ss<microseconds> time(at - day);
  std::string out = fmt::format("{:04}-{:02}-{:02}T{:02}:{:02}:{:02}", static_cast<int>(date.year()),
                                static_cast<unsigned>(date.month()), static_cast<unsigned>(date.day()),
                                time.hours().count(), time.minutes().count(), time.seconds().count());
  if (time.subseconds().count() != 0) out += fmt::format(".{:06}", time.subseconds().count());
  return out + "Z";
}

std::string PrintDuration(Time duration) {
  if (duration % kDay == 0) return fmt::format("{}d", duration / kDay);
  if (duration % kHour == 0) return fmt::format("{}h", duration / kHour);
  return fmt::format("{}min", duration / kMinute);
}

std::string Print(const Expr& e) {
  const auto arg = [&e](size_t i) { return Print(e.args[i]); };
  switch (e.op) {
    case Op::kConstant:
    case Op::kAttribute:
      return e.text;
    case Op::kField:
      return e.field + "." + e.text;
    case Op::kAggregate: {
      const bool plain = e.pattern.where.empty();
      if (e.text == "count")
        return fmt::format("(count of {}{})", PrintPattern(e.pattern), PrintWindow(e.window));
      const std::string target =
          plain ? fmt::format("{}.{}", e.pattern.event, e.field)
                : fmt::format("({}.{} where {})", e.pattern.event, e.field, Print(e.pattern.where[0]));
      return fmt::format("({} of {}{})", e.text, target, PrintWindow(e.window));
    }
    case Op::kMeasure:
    case Op::kMetric:
      return fmt::format("{}{}", e.text, PrintWindow(e.window));
    case Op::kAdd:
      return fmt::format("({} + {})", arg(0), arg(1));
    case Op::kSubtract:
      return fmt::format("({} - {})", arg(0), arg(1));
    case Op::kShare:
      return fmt::format("{}% of {}", e.count, arg(0));
    case Op::kDefault:
      return fmt::format("({} default {})", arg(0), arg(1));
    case Op::kNow:
      return "now";
    case Op::kOld:
      return "old " + e.text;
    case Op::kCompare:
      return fmt::format("{} {} {}", arg(0), e.text, arg(1));
    case Op::kAnd:
    case Op::kOr: {
      std::string out = "(" + arg(0);
      for (size_t i = 1; i < e.args.size(); ++i) out += (e.op == Op::kAnd ? " and " : " or ") + arg(i);
      return out + ")";
    }
    case Op::kNot:
      return fmt::format("not ({})", arg(0));
    case Op::kKnown:
      return fmt::format("{} is {}", arg(0), e.flag ? "missing" : "known");
    case Op::kIn: {
      std::string out = arg(0) + (e.flag ? " not in (" : " in (");
      for (size_t i = 1; i < e.args.size(); ++i) out += (i > 1 ? ", " : "") + arg(i);
      return out + ")";
    }
    case Op::kTagged:
      return fmt::format("tags contains \"{}\"", e.text);
    case Op::kTimes:
      return fmt::format("{} {} {} times{}", PrintPattern(e.pattern), e.text, e.count, PrintWindow(e.window));
    case Op::kHappened:
      return PrintPattern(e.pattern) + PrintWindow(e.window);
    case Op::kNone:
      return fmt::format("no {}{}{}", PrintPattern(e.pattern), PrintWindow(e.window),
                         e.flag ? " even if new" : "");
    case Op::kNever:
      return "never " + PrintPattern(e.pattern);
    case Op::kHold:
      return fmt::format("(({}) for {})", arg(0), PrintDuration(e.duration));
    case Op::kRow:
      return fmt::format("(({}) for {} reports in a row)", arg(0), e.count);
    case Op::kTrend:
      return fmt::format("({} {} {}% from its {} over {}{})", arg(0), e.flag ? "up" : "down", e.count,
                         e.flag ? "low" : "peak", PrintDuration(e.duration),
                         e.evidence == 0 ? "" : fmt::format(" with at least {} {}", e.evidence, e.field));
    case Op::kChanges:
      return fmt::format("{} changes{}{}", e.text, e.was.empty() ? "" : " from " + e.was[0].text,
                         e.args.empty() ? "" : " to " + e.args[0].text);
    case Op::kEach:
      if (e.text.empty()) return fmt::format("each {} {}", e.count, PrintPattern(e.pattern));
      return fmt::format("each {} {}", e.text == "clicks" ? e.count : e.count / 1'000'000, e.text);
    case Op::kEvent:
      return PrintPattern(e.pattern);
    case Op::kSequence:
      return PrintSequence(e);
    case Op::kBetween:
      return fmt::format("between {} and {}{}{}", PrintTimeOfDay(e.from), PrintTimeOfDay(e.to),
                         e.days.empty() ? "" : " on " + e.days, PrintZone(e.text));
    case Op::kEvidence:
      return fmt::format("({} with at least {} {})", arg(0), e.count, e.text);
    case Op::kMember:
      return fmt::format("contact {} s{}", e.flag ? "not in" : "in", e.number);
    case Op::kEnters:
      return fmt::format("enters s{}", e.number);
    case Op::kLeaves:
      return fmt::format("leaves s{}", e.number);
  }
  return "";
}

std::string Print(const Schedule& schedule) {
  constexpr std::array<std::string_view, 8> kWeekdays = {"",         "monday", "tuesday",  "wednesday",
                                                         "thursday", "friday", "saturday", "sunday"};
  if (schedule.kind == Schedule::Kind::kInterval) return "every " + PrintDuration(schedule.interval);
  std::string out = schedule.kind == Schedule::Kind::kMonthDays ? "on the " : "every ";
  if (schedule.kind == Schedule::Kind::kDays) out += "day";
  for (size_t i = 0; i < schedule.days.size(); ++i) {
    const int day = schedule.days[i];
    if (i > 0) out += ", ";
    if (schedule.kind == Schedule::Kind::kWeekdays) out += kWeekdays[static_cast<size_t>(day)];
    if (schedule.kind == Schedule::Kind::kMonthDays)
      out += day == 0 ? "last day"
                      : fmt::format("{}{}", day,
                                    day == 1   ? "st"
                                    : day == 2 ? "nd"
                                    : day == 3 ? "rd"
                                               : "th");
  }
  if (schedule.kind == Schedule::Kind::kMonthDays) out += " of the month";
  for (size_t i = 0; i < schedule.times.size(); ++i)
    out += (i == 0 ? " at " : " and ") + PrintTimeOfDay(schedule.times[i]);
  return out + PrintZone(schedule.zone);
}

std::string PrintRules(const Program& program) {
  std::string out, clauses;
  if (program.lateness != 0) clauses += fmt::format("  lateness: {}\n", PrintDuration(program.lateness));
  if (program.horizon != kDay) clauses += fmt::format("  horizon: {}\n", PrintDuration(program.horizon));
  if (!program.zone.empty()) clauses += fmt::format("  zone: \"{}\"\n", program.zone);
  if (!program.contact_zone.empty())
    clauses += fmt::format("  contact_time_zone: \"{}\"\n", program.contact_zone);
  if (program.week_start == 7) clauses += "  week_start: sunday\n";
  if (!clauses.empty()) out += "workspace\n" + clauses + "end\n\n";
  out += testing::GeneratedVocabulary();
  for (size_t i = 0; i < program.segments.size(); ++i)
    out += fmt::format("segment s{} = contacts where {}\n\n", i, Print(program.segments[i]));
  for (const Rule& rule : program.rules) {
    out += fmt::format("rule \"{}\"\n", rule.name);
    if (!rule.schedule.empty()) out += Print(rule.schedule[0]) + "\n";
    if (rule.condition.op != Op::kAnd || !rule.condition.args.empty())
      out += "when " + Print(rule.condition) + "\n";
    for (const Action& action : rule.actions) out += PrintAction(action) + "\n";
    for (const WayBack& back : rule.way_back)
      out += fmt::format("until {} then {}\n", Print(back.condition), PrintAction(back.action));
    for (const Limit& limit : rule.limits) out += PrintLimit(limit) + "\n";
    if (rule.waits) out += "otherwise wait\n";
    if (rule.priority != 0) out += fmt::format("priority {}\n", rule.priority);
    out += "\n";
  }
  return out;
}

std::string Print(const Record& record) {
  std::string out = fmt::format("{{\"type\":\"{}\"", record.type);
  if (!record.contact.empty()) out += fmt::format(",\"contact\":\"{}\"", record.contact);
  if (!record.campaign.empty()) out += fmt::format(",\"campaign\":\"{}\"", record.campaign);
  if (!record.id.empty()) out += fmt::format(",\"id\":\"{}\"", record.id);
  out += fmt::format(",\"at\":\"{}\"", Print(record.at));
  for (const Field& field : record.fields) out += fmt::format(",\"{}\":{}", field.name, field.json);
  return out + "}\n";
}

std::string PrintLog(const std::vector<Record>& log) {
  std::string out;
  for (const Record& record : log)
    out += (record.source == 0 ? "" : fmt::format("[{}] ", record.source)) + Print(record);
  return out;
}

std::string PrintMoney(int64_t micros) {
  const int64_t size = micros < 0 ? -micros : micros;
  std::string whole = std::to_string(size / 1'000'000);
  for (size_t at = whole.size(); at > 3; at -= 3) whole.insert(at - 3, ",");
  std::string rest = size % 1'000'000 == 0 ? "" : fmt::format(".{:06}", size % 1'000'000);
  while (rest.size() > 3 && rest.back() == '0') rest.pop_back();
  return (micros < 0 ? "-$" : "$") + whole + rest;
}

std::string PrintNumber(double number) {
  const auto quarters =
      static_cast<int64_t>(std::llround(std::fabs(number) * 100));  // here: quarters at the finest
  std::string whole = std::to_string(quarters / 100);
  for (size_t at = whole.size(); at > 3; at -= 3) whole.insert(at - 3, ",");
  std::string rest = quarters % 100 == 0 ? "" : fmt::format(".{:02}", quarters % 100);
  if (!rest.empty() && rest.back() == '0') rest.pop_back();
  return (number < 0 ? "-" : "") + whole + rest;
}

std::string Print(const Decision& decision) {
  return fmt::format("{} {} {} {} {}{}", Print(decision.at), decision.rule, decision.subject, decision.action,
                     decision.told, decision.back ? "(back)" : "");
}

}  // namespace mrule::oracle
