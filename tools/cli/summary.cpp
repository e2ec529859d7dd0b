// SPDX-License-Identifier: Apache-2.0
#include "tools/cli/summary.h"

#include <fmt/format.h>

#include <algorithm>

#include "runtime/json/instant.h"
#include "stdlib/calendar/calendar.h"

namespace mrule::cli {

namespace {

constexpr size_t kRulesShown = 10;
constexpr size_t kKeysShown = 5;

std::string Label(std::string_view label) { return fmt::format("{:<12}", label); }

std::string Decisions(const plan::Plan& plan, const RunSink& sink, uint64_t total) {
  std::vector<uint32_t> rules;
  for (uint32_t rule = 0; rule < plan.rules.size(); ++rule) {
    if (sink.decisions_by_rule()[rule] != 0) rules.push_back(rule);
  }
  std::sort(rules.begin(), rules.end(), [&](uint32_t a, uint32_t b) {
    const uint64_t of_a = sink.decisions_by_rule()[a], of_b = sink.decisions_by_rule()[b];
    return of_a != of_b ? of_a > of_b : a < b;
  });
  const auto count = static_cast<uint64_t>(std::count_if(
      plan.rules.begin(), plan.rules.end(), [](const plan::RulePlan& rule) { return rule.revert.of == plan::kNoHandler; }));
  std::string text = fmt::format("{}{} by {} of {} rule{}\n", Label("decisions"), Grouped(total), Grouped(rules.size()),
                                 Grouped(count), count == 1 ? "" : "s");
  for (size_t i = 0; i < std::min(rules.size(), kRulesShown); ++i) {
    text += fmt::format("{:>12}  {}\n", Grouped(sink.decisions_by_rule()[rules[i]]), plan.rules[rules[i]].name);
  }
  if (rules.size() > kRulesShown) text += fmt::format("{:>12}  and {} more\n", "", Grouped(rules.size() - kRulesShown));
  return text;
}

/// A count of refused records, where they are, and the first of them.
std::string Refused(std::string_view label, uint64_t count, const LazyFile& file, const std::vector<std::string>& first) {
  std::string text = Label(label) + Grouped(count);
  if (count != 0 && file.wanted()) text += fmt::format(", written to {}", file.path() == "-" ? "standard output" : file.path());
  text += '\n';
  for (const std::string& line : first) text += "            " + line + "\n";
  if (count > first.size() && !first.empty()) text += "            …\n";
  return text;
}

std::string EngineLine(const library::EngineReport& report) {
  using Used = library::EngineReport::Used;
  const std::string compiled = fmt::format("{} function{} in {:.2f} s", Grouped(report.jit.functions), report.jit.functions == 1 ? "" : "s",
                                           report.jit.compile_seconds);
  switch (report.used) {
    case Used::kInterpreter:
      return report.unavailable.empty() ? "interpreter" : "interpreter; no machine code: " + report.unavailable;
    case Used::kJit: return fmt::format("jit, {}", compiled);
    case Used::kBoth:
      return fmt::format("interpreter, jit from event {} on, {}", Grouped(report.compiled_at_event), compiled);
  }
  return "";
}

}  // namespace

std::string Grouped(uint64_t n) {
  std::string digits = std::to_string(n);
  for (size_t i = digits.size(); i > 3; i -= 3) digits.insert(i - 3, 1, ',');
  return digits;
}

std::string RunSummary(const plan::Plan& plan, const library::Execution& execution, const RunSink& sink,
                       const RunFiles& files, double seconds) {
  const runtime::RunnerCounts& counts = execution.counts();
  std::string text = fmt::format("{}{}\n", Label("lines"), Grouped(execution.lines()));
  text += fmt::format("{}{} on {} subject{}\n", Label("events"), Grouped(counts.events), Grouped(counts.subjects),
                      counts.subjects == 1 ? "" : "s");
  text += Decisions(plan, sink, counts.decisions);
  text += fmt::format("{}{} lost a conflict\n", Label("suppressed"), Grouped(counts.suppressed));
  text += fmt::format("{}{} held back by a limit\n", Label("limited"), Grouped(counts.limited));
  text += Refused("rejected", execution.rejected(), files.rejects, sink.first_rejects());
  text += Refused("late", counts.late, files.late, {});
  if (counts.contradicted != 0) {
    text += Refused("contradicted", counts.contradicted, files.contradicted, {});
  }
  if (counts.repeated != 0) text += fmt::format("{}{} dropped: their id has counted\n", Label("repeated"), Grouped(counts.repeated));
  text += Label("traps") + Grouped(counts.traps) + "\n";
  for (const std::string& trap : sink.first_traps()) text += "            " + trap + "\n";
  if (counts.clock != INT64_MIN) text += fmt::format("{}{}\n", Label("clock"), runtime::InstantText(counts.clock));
  text += fmt::format("{}{}, database {}\n", Label("zone"), plan.zone, calendar::DatabaseVersion());
  text += fmt::format("{}{}\n", Label("engine"), EngineLine(execution.engine().report()));
  text += fmt::format("{}{:.2f} s", Label("time"), seconds);
  if (seconds > 0) {
    text += fmt::format(", {} events/s", Grouped(static_cast<uint64_t>(static_cast<double>(counts.events) / seconds)));
  }
  return text + "\n";
}

std::string RestoreSummary(const runtime::RestoreReport& report) {
  std::string text = fmt::format("{}{} subjects\n", Label("state"), Grouped(report.subjects));
  const auto list = [&](std::string_view what, const std::vector<std::string>& keys) {
    if (keys.empty()) return;
    text += fmt::format("            {} {}:\n", Grouped(keys.size()), what);
    for (size_t i = 0; i < std::min(keys.size(), kKeysShown); ++i) text += fmt::format("              {}\n", keys[i]);
    if (keys.size() > kKeysShown) text += fmt::format("              and {} more\n", keys.size() - kKeysShown);
  };
  list("kept by the state, unknown to the rules: dropped", report.dropped);
  list("needed by the rules, not in the state: empty at first", report.started);
  if (report.already_holding != 0) {
    text += fmt::format("            {} pairs of a new rule and a subject hold already: not fired\n",
                        Grouped(report.already_holding));
  }
  return text;
}

}  // namespace mrule::cli
