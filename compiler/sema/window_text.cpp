// SPDX-License-Identifier: Apache-2.0
#include "compiler/sema/window_text.h"

#include <iterator>

namespace mrule::hir {
namespace {

constexpr const char* kPeriods[] = {"day", "week", "month", "quarter", "year"};
constexpr const char* kWeekdays[] = {"monday", "tuesday", "wednesday", "thursday", "friday", "saturday", "sunday"};

std::string Zone(const Program& program, const Window& window) { return " in \"" + std::string(program.Text(window.zone)) + "\""; }

std::string Periods(int64_t count, const char* period) {
  return std::to_string(count) + " full " + period + (count == 1 ? "" : "s");
}

}  // namespace

std::string DurationText(int64_t micros) {
  struct Unit {
    int64_t micros;
    const char* name;
  };
  constexpr Unit kUnits[] = {{86'400'000'000, "d"}, {3'600'000'000, "h"}, {60'000'000, "min"}, {1'000'000, "s"}, {1'000, "ms"}};
  for (const Unit& unit : kUnits) {
    if (micros != 0 && micros % unit.micros == 0) return std::to_string(micros / unit.micros) + unit.name;
  }
  return std::to_string(micros) + "us";
}

namespace {

/// Of a window of the calendar, which is what it was so long ago.
std::string Settled(const Window& window) { return window.lag == 0 ? "" : " settled " + DurationText(window.lag); }

}  // namespace

std::string WindowText(const Program& program, const Window& window) {
  switch (window.kind) {
    case Window::Kind::kAllTime:
      return "all time";
    case Window::Kind::kRolling:
      return DurationText(window.micros) + (window.lag == 0 ? "" : " ending " + DurationText(window.lag) + " ago");
    case Window::Kind::kCalendar: {
      std::string text = std::string(kPeriods[static_cast<size_t>(window.period)]) + "s";
      if (window.period == calendar::Period::kWeek) text += std::string(" from ") + kWeekdays[window.week_start - 1];
      return text + " " + std::to_string(window.first) + " to " + std::to_string(window.last) + " back" +
             (window.so_far ? " so far" : "") + Zone(program, window) + Settled(window);
    }
  }
  return "";
}

std::string WindowWords(const Program& program, const Window& window) {
  if (window.all_time()) return "";
  if (window.plain()) return "in last " + DurationText(window.micros);
  if (window.kind == Window::Kind::kRolling) return "over " + WindowText(program, window);
  const char* period = kPeriods[static_cast<size_t>(window.period)];
  std::string words;
  if (window.first == 0) {
    words = window.period == calendar::Period::kDay ? "today" : std::string("this ") + period;
  } else if (window.period == calendar::Period::kDay && window.first == 1) {
    words = "yesterday";
  } else if (window.last == 1) {
    words = "in last " + Periods(window.first, period);
  } else {
    words = "in the " + Periods(window.first - window.last + 1, period) + " ending " + std::to_string(window.last - 1) + " " + period +
            (window.last == 2 ? "" : "s") + " ago";
  }
  const StringId zone = program.zone;
  const bool is_own = zone ? zone == window.zone : program.Text(window.zone) == "UTC";
  return (is_own ? words : words + Zone(program, window)) + Settled(window);
}

}  // namespace mrule::hir
