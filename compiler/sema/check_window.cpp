// SPDX-License-Identifier: Apache-2.0
// Windows: what a Window node looks back at, the zones that calendar windows name, and before which window `previous` ends (S8).
#include <algorithm>

#include "compiler/base/limits.h"
#include "compiler/diagnostics/suggest.h"
#include "compiler/sema/checker.h"
#include "compiler/sema/literals.h"

namespace mrule::sema {

using calendar::Period;
using hir::Window;
using syntax::WindowForm;

namespace {

constexpr std::string_view kPeriodNames[] = {"day", "week", "month", "quarter", "year"};
constexpr int64_t kDaysOfAWeek = 7;
constexpr std::string_view kLagWords = "the time before which a window ends";

/// `day` or `days`.
std::optional<Period> FindPeriod(std::string_view word) {
  for (size_t i = 0; i < std::size(kPeriodNames); ++i) {
    if (word == kPeriodNames[i] || (word.ends_with('s') && word.substr(0, word.size() - 1) == kPeriodNames[i])) return static_cast<Period>(i);
  }
  return std::nullopt;
}

std::string FullPeriods(int64_t count, Period period) {
  return std::to_string(count) + " full " + std::string(kPeriodNames[static_cast<size_t>(period)]) + (count == 1 ? "" : "s");
}

/// `new york` and `New_York` alike.
std::string Folded(std::string_view name) {
  std::string folded;
  for (char c : name) folded += c == ' ' ? '_' : c >= 'A' && c <= 'Z' ? static_cast<char>(c - 'A' + 'a') : c;
  return folded;
}

/// The city alone was written, or letters are of the wrong case or place.
std::optional<std::string_view> NearestZone(std::string_view name) {
  const std::string folded = Folded(name);
  std::vector<std::string_view> known;
  for (std::string_view zone : calendar::ZoneNames()) {
    const std::string other = Folded(zone);
    if (other == folded || other.ends_with("/" + folded)) return zone;
    known.push_back(zone);
  }
  return diagnostics::Nearest(name, known);
}

WindowForm FormOf(NodeRef window) { return static_cast<WindowForm>(window.node().op); }

void AddOnce(std::vector<Window>& windows, const Window& window) {
  if (std::find(windows.begin(), windows.end(), window) == windows.end()) windows.push_back(window);
}

}  // namespace

StringId Checker::ZoneNamed(NodeRef name) {
  const std::string_view text = name.text();
  if (const calendar::Zone* zone = calendar::FindZone(text)) return Intern(calendar::NameOf(*zone));
  const Span span = name.node().span;
  auto report = diags_.Report(span, DiagId::kUnknownZone, {{"name", text}});
  if (const auto nearest = NearestZone(text)) {
    const std::string quoted = "\"" + std::string(*nearest) + "\"";
    report.Fix(span, quoted, "did you mean " + quoted + "?");
  } else {
    report.Help("zones are named by continent and city: \"Europe/Berlin\", \"America/New_York\"");
  }
  return {};
}

std::optional<Window> Checker::CalendarWindow(Period period, int64_t first, int64_t last, NodeRef zone, NodeRef lag) {
  Window window;
  window.kind = Window::Kind::kCalendar;
  window.period = period;
  window.week_start = period == Period::kWeek ? program_.week_start : 1;
  window.first = first;
  window.last = last;
  window.zone = zone ? ZoneNamed(zone) : program_.zone ? program_.zone : Intern("UTC");
  if (!window.zone) return std::nullopt;
  if (lag) {
    const auto micros = PositiveDuration(lag, kLagWords);
    if (!micros) return std::nullopt;
    window.lag = *micros;
  }
  return window;
}

std::optional<Period> Checker::PeriodNamed(NodeRef window) {
  if (const auto period = FindPeriod(window.text())) return period;
  Span span = window.node().span;
  const size_t at = SourceText(window).rfind(window.text());
  if (at != std::string::npos) {
    span.begin += static_cast<uint32_t>(at);
    span.end = span.begin + static_cast<uint32_t>(window.text().size());
  }
  auto report = diags_.Report(span, DiagId::kUnknownPeriod, {{"name", window.text()}});
  if (window.text().starts_with("hour") || window.text().starts_with("minute")) {
    report.Help("hours and minutes roll: `over 6h`, `in last 90min`");
  } else {
    report.Help("periods are `day`, `week`, `month`, `quarter` and `year`");
  }
  return std::nullopt;
}

std::optional<Window> Checker::WindowOf(NodeRef node) {
  if (!node || node.node().kind != NodeKind::kWindow) return std::nullopt;
  switch (FormOf(node)) {
    case WindowForm::kRolling: {
      const auto micros = PositiveDuration(node.child(0), "a window");
      return micros ? std::optional(Window::Rolling(*micros)) : std::nullopt;
    }
    case WindowForm::kAllTime:
      return Window();
    case WindowForm::kCalendar:
      return std::nullopt;
    case WindowForm::kThis: {
      const auto period = PeriodNamed(node);
      return period ? CalendarWindow(*period, 0, 0, node.child(0), node.child(1)) : std::nullopt;
    }
    case WindowForm::kYesterday:
      return CalendarWindow(Period::kDay, 1, 1, node.child(0), node.child(1));
    case WindowForm::kSameDay:
      return CalendarWindow(Period::kDay, kDaysOfAWeek, kDaysOfAWeek, node.child(0), node.child(1));
    case WindowForm::kFull: {
      const auto period = PeriodNamed(node);
      const auto count = WholeNumber(node.child(0), 1, limits::kPeriodsBackMax, "how many periods are looked back at");
      return period && count ? CalendarWindow(*period, *count, 1, node.child(1), node.child(2)) : std::nullopt;
    }
    case WindowForm::kEnding: {
      const auto micros = PositiveDuration(node.child(0), "a window");
      const auto lag = PositiveDuration(node.child(1), kLagWords);
      return micros && lag ? std::optional(Window::Rolling(*micros, *lag)) : std::nullopt;
    }
    case WindowForm::kPrevious:
      return PreviousWindow(node);
  }
  return std::nullopt;
}

std::optional<Window> Checker::DefaultWindow(NodeRef duration) {
  const auto micros = PositiveDuration(duration, "over");
  return micros ? std::optional(Window::Rolling(*micros)) : std::nullopt;
}

// --- previous ---

// The windows written in the comparison; if there are none, those that its measures and metrics have by their declarations.
std::optional<std::vector<Window>> Checker::WindowsBesidePrevious(NodeRef comparison) {
  bool asked = false;
  std::vector<NodeRef> written, names;
  std::vector<NodeRef> pending{comparison};
  while (!pending.empty()) {
    const NodeRef node = pending.back();
    pending.pop_back();
    if (!node) continue;
    switch (node.node().kind) {
      case NodeKind::kWindow:
        if (FormOf(node) == WindowForm::kPrevious) {
          asked = true;
        } else {
          written.push_back(node);
        }
        continue;
      case NodeKind::kWindowed:
        pending.push_back(node.child(1));
        continue;
      case NodeKind::kNamePath:
        names.push_back(node);
        continue;
      default:
        for (size_t i = node.children().size(); i-- > 0;) pending.push_back(node.child(i));
    }
  }
  if (!asked) return std::nullopt;
  std::vector<Window> windows;
  for (NodeRef window : written) {
    if (const auto found = WindowOf(window)) AddOnce(windows, *found);
  }
  if (!written.empty()) return windows;
  for (NodeRef name : names) {
    const NameEntry* entry = name.children().size() == 1 ? vocabulary_.Find(name.node().text) : nullptr;
    if (!entry || entry->value == NameEntry::kNone) continue;
    CheckValue(entry->value);
    const auto& own = vocabulary_.values[entry->value].default_window;
    if (own) AddOnce(windows, *own);
  }
  return windows;
}

std::optional<Window> Checker::PreviousWindow(NodeRef node) {
  const Span span = node.node().span;
  const std::string text = SourceText(node);
  const bool rolls = !node.node().text;
  std::optional<int64_t> length;
  std::optional<Period> period;
  if (rolls) {
    length = PositiveDuration(node.child(0), "a window");
  } else {
    period = PeriodNamed(node);
    length = WholeNumber(node.child(0), 1, limits::kPeriodsBackMax, "how many periods are looked back at");
    if (!period) return std::nullopt;
  }
  if (!length) return std::nullopt;
  const bool alone = !previous_base_ || previous_base_->empty() || (previous_base_->size() == 1 && previous_base_->front().all_time());
  if (alone) {
    auto report = diags_.Report(span, DiagId::kPreviousAlone, {{"window", text}});
    if (rolls) {
      const std::string duration(node.child(0).text());
      report.Fix(span, "over " + duration + " ending " + duration + " ago", "the time before the last " + duration + ": `over " + duration + " ending " + duration + " ago`");
    } else {
      report.Help("compare it with another window, such as `over last " + FullPeriods(*length, *period) + "`");
    }
    return std::nullopt;
  }
  if (previous_base_->size() > 1) {
    diags_.Report(span, DiagId::kPreviousUnclear, {{"window", text}}).Help("write when it ends: `over 7d ending 7d ago`");
    return std::nullopt;
  }
  const Window& base = previous_base_->front();
  if (rolls && base.kind == Window::Kind::kCalendar) {
    const std::string full = std::string(text.starts_with("over") ? "over " : "") + "previous " + FullPeriods(base.last == 0 ? 1 : base.first, base.period);
    diags_.Report(span, DiagId::kWindowsMix, {{"window", text}, {"how", "rolls"}, {"other", "follows the calendar"}})
        .Fix(span, full, "whole periods before it: `" + full + "`");
    return std::nullopt;
  }
  if (!rolls && base.kind == Window::Kind::kRolling) {
    diags_.Report(span, DiagId::kWindowsMix, {{"window", text}, {"how", "follows the calendar"}, {"other", "rolls"}})
        .Help("let both roll, `over 7d` and `over previous 7d`, or none: `over last 7 full days` and `over previous 7 full days`");
    return std::nullopt;
  }
  if (rolls) {
    int64_t lag = INT64_MAX;
    if (__builtin_add_overflow(base.lag, base.micros, &lag)) lag = INT64_MAX;
    return Window::Rolling(*length, lag);
  }
  if (*period != base.period) {
    diags_.Report(span, DiagId::kWindowsMix,
                  {{"window", text},
                   {"how", "counts " + std::string(kPeriodNames[static_cast<size_t>(*period)]) + "s"},
                   {"other", "counts " + std::string(kPeriodNames[static_cast<size_t>(base.period)]) + "s"}})
        .Help("count the same: `over previous " + FullPeriods(1, base.period) + "`");
    return std::nullopt;
  }
  Window window = base;
  window.last = base.first + 1;
  window.first = base.first + *length;
  return window;
}

}  // namespace mrule::sema
