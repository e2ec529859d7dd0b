// SPDX-License-Identifier: Apache-2.0
// Windows, from ANTLR's tree to ours. What is vague (`last week`, `in last 7 days`) is reported here, with both things it can mean;
// what a window is the window of, and whether a word names a period, is the checker's business.
#include <cstdlib>

#include "compiler/syntax/antlr_builder.h"

namespace mrule::syntax {
namespace {

using diagnostics::DiagId;

/// A period by any of its spellings (`days`), and the hours it lasts as a rolling window.
struct PeriodWord {
  std::string_view name;
  int hours;
  bool in_calendar;
};

const PeriodWord* FindPeriod(std::string_view word) {
  static constexpr PeriodWord kPeriods[] = {{"hour", 1, false},       {"day", 24, true},          {"week", 7 * 24, true},
                                            {"month", 30 * 24, true}, {"quarter", 90 * 24, true}, {"year", 365 * 24, true}};
  for (const PeriodWord& period : kPeriods) {
    if (word == period.name || (word.size() == period.name.size() + 1 && word.starts_with(period.name) && word.back() == 's')) return &period;
  }
  return nullptr;
}

/// `168h` reads better as `7d`, and a day as `24h`.
std::string DurationOf(int64_t hours) {
  return hours % 24 == 0 && hours > 24 ? std::to_string(hours / 24) + "d" : std::to_string(hours) + "h";
}

}  // namespace

NodeId TreeBuilder::WindowZone(P::WindowZoneContext* ctx) {
  return ctx ? Text(ctx->STRING()->getSymbol()) : NodeId::None();
}

NodeId TreeBuilder::Lag(P::LagContext* ctx) {
  return ctx ? AddLeaf(NodeKind::kDuration, ctx->DURATION()) : NodeId::None();
}

NodeId TreeBuilder::Window(P::WindowContext* ctx) {
  const Span span = SpanOf(ctx);
  const auto add = [&](WindowForm form, std::string_view text, std::initializer_list<NodeId> children) {
    return AddNode(NodeKind::kWindow, span, text, static_cast<uint8_t>(form), std::span(children.begin(), children.size()));
  };
  const auto duration = [&](antlr4::tree::TerminalNode* node) { return AddLeaf(NodeKind::kDuration, node); };
  if (auto* over = As<P::OverWindowContext>(ctx)) return add(WindowForm::kRolling, {}, {duration(over->DURATION())});
  if (auto* last = As<P::LastWindowContext>(ctx)) return add(WindowForm::kRolling, {}, {duration(last->DURATION())});
  if (As<P::AllTimeWindowContext>(ctx)) return add(WindowForm::kAllTime, {}, {});
  if (auto* period = As<P::CalendarWindowContext>(ctx)) {
    const NodeId zone = WindowZone(period->windowZone()), lag = Lag(period->lag());
    if (period->YESTERDAY()) return add(WindowForm::kYesterday, {}, {zone, lag});
    if (period->TODAY()) return add(WindowForm::kThis, "day", {zone, lag});
    if (period->THIS()) return add(WindowForm::kThis, TextOf(SpanOf(period->name())), {zone, lag});
    return add(WindowForm::kThis, TextOf(SpanOf(period->TO_DATE())), {zone, lag});
  }
  if (auto* same = As<P::SameDayWindowContext>(ctx)) {
    if (TextOf(SpanOf(same->name(0))) == "weekday" && TextOf(SpanOf(same->name(1))) == "week") {
      const NodeId zone = WindowZone(same->windowZone());
      return add(WindowForm::kSameDay, {}, {zone, Lag(same->lag())});
    }
    ReportExpected(span, "`same weekday last week`");
    return add(WindowForm::kCalendar, {}, {});
  }
  if (auto* full = As<P::FullWindowContext>(ctx)) {
    if (!full->FULL()) {
      // `over last 7d` is none: `last` goes with the days that are counted.
      const Span from = full->OVER() ? SpanOf(full->LAST()) : SpanOf(full->NUMBER());
      ReportVague(source::Join(from, SpanOf(full->name())), TextOf(SpanOf(full->NUMBER())), TextOf(SpanOf(full->name())), "",
                  full->OVER() ? "last " : "");
      return add(WindowForm::kCalendar, {}, {});
    }
    const NodeId count = AddLeaf(NodeKind::kNumber, full->NUMBER()), zone = WindowZone(full->windowZone());
    return add(WindowForm::kFull, TextOf(SpanOf(full->name())), {count, zone, Lag(full->lag())});
  }
  if (auto* vague = As<P::VagueWindowContext>(ctx)) {
    ReportVague(span, "1", TextOf(SpanOf(vague->name())), vague->OVER() ? "over " : "in last ",
                vague->OVER() ? "over last " : "in last ");
    return add(WindowForm::kCalendar, {}, {});
  }
  if (auto* previous = As<P::PreviousWindowContext>(ctx)) {
    return add(WindowForm::kPrevious, {}, {duration(previous->DURATION())});
  }
  if (auto* previous = As<P::PreviousFullWindowContext>(ctx)) {
    return PreviousFull(span, previous->NUMBER(), previous->FULL() != nullptr, previous->name());
  }
  auto* ending = As<P::EndingWindowContext>(ctx);
  MR_CHECK(ending, "the alternatives of `window` are all listed");
  const NodeId length = duration(ending->DURATION());
  return add(WindowForm::kEnding, {}, {length, Lag(ending->lag())});
}

// `previous 7 full days`.
NodeId TreeBuilder::PreviousFull(Span span, antlr4::tree::TerminalNode* number, bool full, P::NameContext* unit) {
  const uint8_t form = static_cast<uint8_t>(full ? WindowForm::kPrevious : WindowForm::kCalendar);
  if (full) return AddNode(NodeKind::kWindow, span, TextOf(SpanOf(unit)), form, Nodes{AddLeaf(NodeKind::kNumber, number)});
  ReportVague(source::Join(SpanOf(number), SpanOf(unit)), TextOf(SpanOf(number)), TextOf(SpanOf(unit)), "", "");
  return AddNode(NodeKind::kWindow, span, {}, form, Nodes{});
}

// `7 days`, `last week`: the time that rolls, or whole days of the calendar?
void TreeBuilder::ReportVague(Span at, std::string_view number, std::string_view word, std::string_view rolling_prefix,
                              std::string_view calendar_prefix) {
  const PeriodWord* period = FindPeriod(word);
  if (!period) return ReportExpected(at, "a duration such as `7d`, or full days, weeks or months");
  auto report = period->in_calendar
                    ? diags_.Report(at, DiagId::kVaguePeriod, {{"window", TextOf(at)}})
                    : diags_.Report(at, DiagId::kUnexpectedToken,
                                    {{"expected", "a duration such as `7d`"}, {"found", "`" + std::string(TextOf(at)) + "`"}});
  const int64_t count = std::atoll(std::string(number).c_str());
  if (count > 0 && count < 100'000 && number.find_first_not_of("0123456789") == std::string_view::npos) {
    const std::string duration = DurationOf(count * period->hours);
    report.Fix(at, std::string(rolling_prefix) + duration, "the time up to now, rolling: `" + duration + "`");
  }
  if (!period->in_calendar) return;
  const std::string full = std::string(number) + " full " + std::string(period->name) + (number == "1" ? "" : "s");
  report.Fix(at, std::string(calendar_prefix) + full, "periods of the calendar that are over: `" + full + "`");
}

}  // namespace mrule::syntax
