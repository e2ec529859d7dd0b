// SPDX-License-Identifier: Apache-2.0
// Programs as .mrule text and logs as JSON lines. Everything is in parentheses, so that nothing hangs on
// precedence.
#include <fmt/format.h>

#include <chrono>
#include <cmath>

#include "tests/oracle/model.h"

namespace mrule::oracle {

namespace {

constexpr std::string_view kVocabulary = R"(entity contact
  plan: one of free, pro, enterprise
  country: code
  balance: money
  points: number = 0
  tags: set of text
  joined_at: instant

entity campaign
  status: one of paused, active safer less
  budget: money safer less

event opened {message: message} on contact
event bought on contact
  amount: money
  quantity: optional count
  sku: optional code
event clicked on contact, campaign
  position: optional count
event report on campaign
  spend: optional money
  revenue: optional money
  clicks: optional count
event noted on campaign
  level: optional number
event nudged on contact
event asked on contact
event audited on campaign
events activity on contact = opened, bought

measure level: number = last of noted.level fresh 2h
measure spend: money = sum of report.spend fresh 90min
measure revenue: money = sum of report.revenue fresh 90min
measure clicks: count = sum of report.clicks fresh 3h
metric roas: ratio = revenue / spend over 6h
metric cpc: money = spend / clicks over 12h

action score {points: number}
  subject: contact
  kind: state
  effect: points += points
action add tag {tag: text}
  subject: contact
  kind: state
  effect: tags += tag
action remove tag {tag: text}
  subject: contact
  kind: state
  effect: tags -= tag
action set {field: attribute} to {value: any}
  subject: contact, campaign
  kind: state
action emit {event: event}
  subject: contact
  kind: state
action lift budget by {amount: money or percent} up to {ceiling: optional money}
  subject: campaign
  effect: budget = least(budget + amount, ceiling default budget + amount)
  grows: budget
action send {message: message}
  subject: contact
action pause campaign
  subject: campaign
  effect: status = paused
action resume campaign
  subject: campaign
  effect: status = active
action change budget to {amount: money}
  subject: campaign
  effect: budget = amount
action notify {message: text}
  subject: contact, campaign

)";

std::string PrintWindow(const Window& window) {
  switch (window.kind) {
    case Window::Kind::kAllTime:
      return " all time";
    case Window::Kind::kRolling:
      return fmt::format(" {} {}", window.in_last ? "in last" : "over", PrintDuration(window.length));
  }
  return "";
}

std::string PrintPattern(const Pattern& pattern) {
  const std::string event = pattern.message.empty() ? pattern.event : pattern.event + " " + pattern.message;
  if (pattern.where.empty()) return event;
  return fmt::format("({} where {})", event, Print(pattern.where[0]));
}

std::string PrintAction(const Action& action) {
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
      return action.text == "contact" ? "notify \"{plan} {country} {balance} {points} {tags}\""
                                      : "notify \"{status} {budget}\"";
  }
  return "";
}

std::string PrintLimit(const Limit& limit) {
  if (limit.period == 0) return "once";
  return fmt::format("at most {} per {}", limit.count, PrintDuration(limit.period));
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
    case Op::kEvent:
      return PrintPattern(e.pattern);
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

std::string PrintRules(const Program& program) {
  std::string out;
  if (program.lateness != 0)
    out += fmt::format("workspace\n  lateness: {}\nend\n\n", PrintDuration(program.lateness));
  out += kVocabulary;
  for (size_t i = 0; i < program.segments.size(); ++i)
    out += fmt::format("segment s{} = contacts where {}\n\n", i, Print(program.segments[i]));
  for (const Rule& rule : program.rules) {
    out += fmt::format("rule \"{}\"\nwhen {}\n", rule.name, Print(rule.condition));
    for (const Action& action : rule.actions) out += PrintAction(action) + "\n";
    for (const Limit& limit : rule.limits) out += PrintLimit(limit) + "\n";
    if (rule.priority != 0) out += fmt::format("priority {}\n", rule.priority);
    out += "\n";
  }
  return out;
}

std::string PrintLog(const std::vector<Record>& log) {
  std::string out;
  for (const Record& record : log) {
    out += fmt::format("{{\"type\":\"{}\"", record.type);
    if (!record.contact.empty()) out += fmt::format(",\"contact\":\"{}\"", record.contact);
    if (!record.campaign.empty()) out += fmt::format(",\"campaign\":\"{}\"", record.campaign);
    out += fmt::format(",\"at\":\"{}\"", Print(record.at));
    for (const Field& field : record.fields) out += fmt::format(",\"{}\":{}", field.name, field.json);
    out += "}\n";
  }
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
  return fmt::format("{} {} {} {} {}", Print(decision.at), decision.rule, decision.subject, decision.action,
                     decision.told);
}

}  // namespace mrule::oracle
