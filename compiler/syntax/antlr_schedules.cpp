// SPDX-License-Identifier: Apache-2.0
// Schedules and conditions on the time of day, from ANTLR's tree to ours. Forms that other products write and this language
// does not are answered with the form it has.
#include "compiler/syntax/antlr_builder.h"

namespace mrule::syntax {
namespace {

using diagnostics::DiagId;

std::string_view DurationUnit(std::string_view word) {
  if (word.starts_with("min")) return "min";
  if (word.starts_with("hour")) return "h";
  if (word.starts_with("day")) return "d";
  if (word.starts_with("week")) return "w";
  return {};
}

}  // namespace

NodeId TreeBuilder::Schedule(P::ScheduleContext* ctx) {
  Span span = SpanOf(ctx);
  Nodes children;
  auto add = [&](ScheduleForm form) {
    return AddNode(NodeKind::kSchedule, span, {}, static_cast<uint8_t>(form), children);
  };
  auto zone_and_times = [&](P::ZoneContext* zone, P::AtTimesContext* times) {
    children = {zone ? Zone(zone) : NodeId::None(), times ? Times(times) : NodeId::None()};
  };
  if (auto* interval = As<P::EveryIntervalContext>(ctx)) {
    children = {NodeId::None(), NodeId::None(), AddLeaf(NodeKind::kDuration, interval->DURATION())};
    return add(ScheduleForm::kInterval);
  }
  if (auto* days = As<P::EveryDaysContext>(ctx)) {
    zone_and_times(days->zone(), days->atTimes());
    for (P::NameContext* name : days->name()) children.push_back(Name(name));
    return add(ScheduleForm::kWeekDays);
  }
  if (auto* month = As<P::OnMonthDaysContext>(ctx)) {
    zone_and_times(month->zone(), month->atTimes());
    if (!IsTheMonth(month->name())) return AddError(span);
    for (P::MonthDayContext* day : month->monthDay()) children.push_back(MonthDay(day));
    return add(ScheduleForm::kMonthDays);
  }
  if (auto* date = As<P::OnDateContext>(ctx)) {
    zone_and_times(date->zone(), date->atTimes());
    children.push_back(AddLeaf(NodeKind::kDate, date->DATE()));
    return add(ScheduleForm::kDate);
  }
  return WrongSchedule(ctx);
}

// What is meant is clear; the language has one way to write it.
NodeId TreeBuilder::WrongSchedule(P::ScheduleContext* ctx) {
  Span span = SpanOf(ctx);
  auto report = [&](Span at, const std::string& instead) {
    diags_.Report(at, DiagId::kScheduleForm, {{"found", TextOf(at)}}).Fix(at, instead, "write `" + instead + "`");
    return AddError(span);
  };
  if (auto* count = As<P::EveryCountContext>(ctx)) {
    std::string_view unit = DurationUnit(TextOf(SpanOf(count->name())));
    if (!unit.empty()) return report(span, "every " + std::string(TextOf(SpanOf(count->NUMBER()))) + std::string(unit));
    ReportExpected(SpanOf(count->NUMBER()), "a duration such as `6h`, or a day");
    return AddError(span);
  }
  std::vector<P::MonthDayContext*> days;
  std::string day_text;
  Span at = span;
  auto append = [&](std::string_view text) { day_text += (day_text.empty() ? "" : ", ") + std::string(text); };
  if (auto* month = As<P::EveryMonthOnContext>(ctx)) {
    for (P::MonthDayContext* day : month->monthDay()) append(TextOf(SpanOf(day)));
    at = source::Join(SpanOf(month->EVERY()), SpanOf(month->monthDay().back()));
  } else {
    auto* ordinal = As<P::EveryOrdinalContext>(ctx);
    MR_CHECK(ordinal, "the alternatives of `schedule` are all listed");
    append(TextOf(SpanOf(ordinal->ORDINAL())));
    at = source::Join(SpanOf(ordinal->EVERY()),
                      ordinal->OF() ? SpanOf(ordinal->name(1)) : SpanOf(ordinal->ORDINAL()));
  }
  return report(at, "on the " + day_text + " of the month");
}

NodeId TreeBuilder::Times(P::AtTimesContext* ctx) {
  Nodes times;
  for (antlr4::tree::TerminalNode* time : ctx->TIME_OF_DAY()) times.push_back(AddLeaf(NodeKind::kTimeOfDay, time));
  Span span = SpanOf(ctx);
  if (!ctx->AT()) {
    diags_.Report(span, DiagId::kScheduleForm, {{"found", TextOf(span)}})
        .Fix(span, "at " + std::string(TextOf(span)), "write `at " + std::string(TextOf(span)) + "`");
  }
  return Add(NodeKind::kTimeList, span, times);
}

NodeId TreeBuilder::Zone(P::ZoneContext* ctx) {
  if (auto* named = As<P::NamedZoneContext>(ctx)) {
    return AddText(NodeKind::kZone, SpanOf(named->STRING()), DecodedName(named->STRING()->getSymbol()));
  }
  auto* subject = As<P::SubjectZoneContext>(ctx);
  MR_CHECK(subject, "the alternatives of `zone` are all listed");
  Span word = SpanOf(subject->name(1));
  if (TextOf(word) != "time") {
    ReportExpected(word, "`time`, as in `contact time`");
    return AddError(SpanOf(ctx));
  }
  return AddNode(NodeKind::kZone, SpanOf(ctx), TextOf(SpanOf(subject->name(0))), 1, {});
}

bool TreeBuilder::IsTheMonth(const std::vector<P::NameContext*>& words) {
  static constexpr std::string_view kWords[] = {"the", "the", "month"};
  for (size_t i = 0; i < words.size(); ++i) {
    if (TextOf(SpanOf(words[i])) == kWords[i]) continue;
    ReportExpected(SpanOf(words[i]), "`" + std::string(kWords[i]) + "`, as in `on the 1st of the month`");
    return false;
  }
  return true;
}

NodeId TreeBuilder::MonthDay(P::MonthDayContext* ctx) {
  Span span = SpanOf(ctx);
  if (ctx->ORDINAL()) {
    std::string_view text = TextOf(span);
    return AddText(NodeKind::kMonthDay, span, text.substr(0, text.size() - 2));
  }
  if (TextOf(SpanOf(ctx->name(0))) != "last" || TextOf(SpanOf(ctx->name(1))) != "day") {
    ReportExpected(span, "a day of the month such as `1st` or `last day`");
    return AddError(span);
  }
  return AddText(NodeKind::kMonthDay, span, "last");
}

ScheduleForm TreeBuilder::ClockDays(P::ClockDaysContext* ctx, Nodes& items) {
  if (auto* week = As<P::WeekDaysContext>(ctx)) {
    for (P::NameContext* name : week->name()) items.push_back(Name(name));
    return ScheduleForm::kWeekDays;
  }
  auto* month = As<P::MonthDaysContext>(ctx);
  MR_CHECK(month, "the alternatives of `clockDays` are all listed");
  if (!IsTheMonth(month->name())) items.push_back(AddError(SpanOf(ctx)));
  for (P::MonthDayContext* day : month->monthDay()) items.push_back(MonthDay(day));
  return ScheduleForm::kMonthDays;
}

NodeId TreeBuilder::ClockTest(P::ClockExprContext* ctx) {
  Nodes children{ctx->zone() ? Zone(ctx->zone()) : NodeId::None(), AddLeaf(NodeKind::kTimeOfDay, ctx->TIME_OF_DAY(0)),
                 AddLeaf(NodeKind::kTimeOfDay, ctx->TIME_OF_DAY(1))};
  ScheduleForm form = ctx->clockDays() ? ClockDays(ctx->clockDays(), children) : ScheduleForm::kWeekDays;
  return AddNode(NodeKind::kClockTest, SpanOf(ctx), {}, static_cast<uint8_t>(form), children);
}

NodeId TreeBuilder::ClockTest(P::DaysExprContext* ctx) {
  Nodes children{ctx->zone() ? Zone(ctx->zone()) : NodeId::None(), NodeId::None(), NodeId::None()};
  ScheduleForm form = ClockDays(ctx->clockDays(), children);
  return AddNode(NodeKind::kClockTest, SpanOf(ctx), {}, static_cast<uint8_t>(form), children);
}

}  // namespace mrule::syntax
