// SPDX-License-Identifier: Apache-2.0
#include <fmt/format.h>

#include <nlohmann/json.hpp>

#include "runtime/json/instant.h"
#include "tools/cli/test_report.h"

namespace mrule::cli {
namespace {

using Json = nlohmann::ordered_json;

Json ValueOf(const std::vector<runtime::SeenValue>& values) {
  auto one = [](const runtime::SeenValue& value) { return Json::parse(value.json, nullptr, false); };
  if (values.size() == 1) return one(values.front());
  Json list = Json::array();
  for (const runtime::SeenValue& value : values) list.push_back(one(value));
  return list;
}

Json DecisionOf(const plan::Plan& plan, const runtime::SeenDecision& seen) {
  Json out;
  out["at"] = runtime::InstantText(seen.at);
  out["rule"] = plan.rules[seen.rule].name;
  out[plan.entities[seen.entity].name] = seen.subject;
  out["action"] = seen.action;
  out["args"] = Json::object();
  for (const runtime::SeenArgument& argument : seen.arguments) out["args"][argument.name] = ValueOf(argument.values);
  out["because"] = Json::object();
  for (const runtime::SeenArgument& reason : seen.because) out["because"][reason.name] = ValueOf(reason.values);
  return out;
}

Json HeldOf(const plan::Plan& plan, const runtime::SeenDecision& seen) {
  Json out = DecisionOf(plan, seen);
  out["held_back_by"] = seen.by_limit ? "limit" : "rule";
  if (!seen.by_limit) {
    out["winner"] = plan.rules[seen.winner_rule].name;
    return out;
  }
  out["limits"] = Json::array();
  for (const plan::LimitPlan* limit : seen.limits) out["limits"].push_back(runtime::LimitWords(*limit));
  if (seen.waits_until) out["waits_until"] = runtime::InstantText(*seen.waits_until);
  return out;
}

Json CoverageOf(const plan::Plan& plan, const runtime::Coverage& coverage) {
  Json rules = Json::array();
  for (const runtime::RuleCoverage& rule : coverage.rules()) {
    const plan::RulePlan& from = plan.rules[rule.rule];
    Json out;
    out["rule"] = from.revert.of != plan::kNoHandler ? plan.rules[from.revert.of].name : from.name;
    out["way_back"] = from.revert.of != plan::kNoHandler;
    out["file"] = from.file;
    out["line"] = from.line;
    out["fired"] = rule.fired;
    out["judged"] = rule.judged;
    out["not_true"] = rule.not_true;
    out["covered"] = rule.covered();
    out["total"] = rule.total();
    out["conditions"] = Json::array();
    out["branches"] = Json::array();
    for (const runtime::PartCoverage& part : rule.parts) {
      if (part.is_branch) {
        out["branches"].push_back({{"branch", part.label}, {"true", part.was_true}});
        continue;
      }
      Json one{{"condition", part.label}, {"true", part.was_true}, {"false", part.was_false}};
      if (part.may_be_unknown) one["unknown"] = part.was_unknown;
      out["conditions"].push_back(std::move(one));
    }
    rules.push_back(std::move(out));
  }
  const uint64_t total = coverage.total();
  return {{"covered", coverage.covered()}, {"total", total},
          {"percent", total == 0 ? 100.0 : 100.0 * static_cast<double>(coverage.covered()) / static_cast<double>(total)},
          {"rules", std::move(rules)}};
}

std::string Escaped(std::string_view text) {
  std::string out;
  for (char c : text) {
    switch (c) {
      case '&': out += "&amp;"; break;
      case '<': out += "&lt;"; break;
      case '>': out += "&gt;"; break;
      case '"': out += "&quot;"; break;
      case '\n': out += "&#10;"; break;
      default:
        // XML has no way to write the other control characters.
        if (static_cast<unsigned char>(c) >= 0x20 || c == '\t') out += c;
    }
  }
  return out;
}

}  // namespace

std::string TestsJson(const plan::Plan& plan, const std::vector<library::TestOutcome>& outcomes, const TestTotals& totals,
                      const runtime::Coverage* coverage) {
  Json tests = Json::array();
  for (const library::TestOutcome& outcome : outcomes) {
    const runtime::TestResult& result = outcome.result;
    Json out;
    out["name"] = result.test->name;
    out["file"] = result.test->file;
    out["line"] = result.test->line;
    out["passed"] = result.passed();
    if (!result.passed()) {
      out["failures"] = FailureLines(plan, outcome);
      out["report"] = FailureText(plan, outcome);
    }
    out["decisions"] = Json::array();
    for (const runtime::SeenDecision& seen : result.decided) out["decisions"].push_back(DecisionOf(plan, seen));
    out["held_back"] = Json::array();
    for (const runtime::SeenDecision& seen : result.held_back) out["held_back"].push_back(HeldOf(plan, seen));
    tests.push_back(std::move(out));
  }
  Json all{{"passed", totals.passed}, {"failed", totals.failed}, {"left_out", totals.left_out}, {"tests", std::move(tests)}};
  if (coverage != nullptr) all["coverage"] = CoverageOf(plan, *coverage);
  return all.dump(2) + "\n";
}

std::string TestsJunit(const plan::Plan& plan, const std::vector<library::TestOutcome>& outcomes, const TestTotals& totals) {
  std::string out = "<?xml version=\"1.0\" encoding=\"UTF-8\"?>\n";
  out += fmt::format("<testsuites name=\"mrule\" tests=\"{}\" failures=\"{}\" errors=\"0\" time=\"{:.3f}\">\n", totals.passed + totals.failed,
                     totals.failed, totals.seconds);
  for (size_t first = 0; first < outcomes.size();) {
    const std::string& file = outcomes[first].result.test->file;
    size_t end = first, failed = 0;
    for (; end < outcomes.size() && outcomes[end].result.test->file == file; ++end) failed += !outcomes[end].result.passed();
    out += fmt::format("  <testsuite name=\"{}\" tests=\"{}\" failures=\"{}\" errors=\"0\" skipped=\"0\">\n", Escaped(file), end - first, failed);
    for (; first < end; ++first) {
      const library::TestOutcome& outcome = outcomes[first];
      const plan::TestPlan& test = *outcome.result.test;
      out += fmt::format("    <testcase name=\"{}\" classname=\"{}\" file=\"{}\" line=\"{}\"", Escaped(test.name), Escaped(file), Escaped(file), test.line);
      if (outcome.result.passed()) {
        out += "/>\n";
        continue;
      }
      const std::vector<std::string> lines = FailureLines(plan, outcome);
      out += fmt::format(">\n      <failure message=\"{}\" type=\"expectation\">{}</failure>\n    </testcase>\n", Escaped(lines.front()),
                         Escaped(FailureText(plan, outcome)));
    }
    out += "  </testsuite>\n";
  }
  return out + "</testsuites>\n";
}

}  // namespace mrule::cli
