// SPDX-License-Identifier: Apache-2.0
// The summary of a run for programs: the counts of summary.cpp, and all that a state did not fit, as one JSON object on one line.
#include <nlohmann/json.hpp>

#include "runtime/json/instant.h"
#include "stdlib/calendar/calendar.h"
#include "tools/cli/summary.h"

namespace mrule::cli {

namespace {

using Json = nlohmann::ordered_json;

Json StateJson(const runtime::RestoreReport& report) {
  return {{"subjects", report.subjects},
          {"dropped", report.dropped},
          {"started", report.started},
          {"already_holding", report.already_holding}};
}

Json DecisionsJson(const plan::Plan& plan, const RunSink& sink) {
  Json by_rule = Json::object();
  for (uint32_t rule = 0; rule < plan.rules.size(); ++rule) {
    const uint64_t count = sink.decisions_by_rule()[rule];
    if (count == 0) continue;
    Json& of_rule = by_rule[plan.rules[rule].name];  // a rule and its ways back have one name
    of_rule = (of_rule.is_null() ? uint64_t{0} : of_rule.get<uint64_t>()) + count;
  }
  return by_rule;
}

Json EngineJson(const library::EngineReport& report) {
  using Used = library::EngineReport::Used;
  Json out;
  out["used"] = report.used == Used::kInterpreter ? "interpreter" : report.used == Used::kJit ? "jit" : "both";
  if (report.used == Used::kBoth) out["jit_from_event"] = report.compiled_at_event;
  if (report.used != Used::kInterpreter) {
    out["functions"] = report.jit.functions;
    out["compile_seconds"] = report.jit.compile_seconds;
  }
  if (!report.unavailable.empty()) out["unavailable"] = report.unavailable;
  return out;
}

}  // namespace

std::string RunSummaryJson(const plan::Plan& plan, const library::Execution& execution, const RunSink& sink,
                           const std::optional<runtime::RestoreReport>& restored, double seconds) {
  const runtime::RunnerCounts& counts = execution.counts();
  Json out;
  if (restored) out["state"] = StateJson(*restored);
  out["lines"] = execution.lines();
  out["events"] = counts.events;
  out["subjects"] = counts.subjects;
  out["decisions"] = counts.decisions;
  out["decisions_by_rule"] = DecisionsJson(plan, sink);
  out["suppressed"] = counts.suppressed;
  out["limited"] = counts.limited;
  out["rejected"] = execution.rejected();
  out["late"] = counts.late;
  out["contradicted"] = counts.contradicted;
  out["repeated"] = counts.repeated;
  out["traps"] = counts.traps;
  out["clock"] = counts.clock == INT64_MIN ? Json(nullptr) : Json(runtime::InstantText(counts.clock));
  out["zone"] = plan.zone;
  out["time_zones"] = calendar::DatabaseVersion();
  out["engine"] = EngineJson(execution.engine().report());
  out["seconds"] = seconds;
  return out.dump(-1, ' ', false, Json::error_handler_t::replace) + '\n';
}

}  // namespace mrule::cli
