// SPDX-License-Identifier: Apache-2.0
#include <fmt/format.h>

#include <algorithm>

#include "runtime/json/instant.h"
#include "stdlib/calendar/calendar.h"
#include "tools/cli/test_report.h"

namespace mrule::cli {
namespace {

using Expectation = plan::TestExpectation;
using Kind = Expectation::Kind;
using When = Expectation::When;

std::string At(const plan::TestPlan& test, int64_t instant) {
  const calendar::Zone* zone = calendar::FindZone(test.zone);
  const calendar::Local local = calendar::ToLocal(zone != nullptr ? *zone : calendar::Utc(), instant);
  const calendar::Date date = calendar::DateOf(local.day);
  const int64_t seconds = local.micros / 1'000'000, micros = local.micros % 1'000'000;
  std::string text = fmt::format("{:04}-{:02}-{:02} {:02}:{:02}", date.year, date.month, date.day, seconds / 3600, seconds / 60 % 60);
  if (seconds % 60 != 0 || micros != 0) text += fmt::format(":{:02}", seconds % 60);
  if (micros != 0) text += fmt::format(".{:06}", micros);
  return text;
}

std::string Values(const std::vector<runtime::SeenValue>& values) {
  std::string text;
  for (const runtime::SeenValue& value : values) text += (text.empty() ? "" : ", ") + (value.json.starts_with('"') ? value.json : value.words);
  return text;
}

std::string ArgumentsText(const runtime::SeenDecision& seen) {
  std::string text;
  for (const runtime::SeenArgument& argument : seen.arguments) {
    text += fmt::format("{}{}: {}", text.empty() ? " (" : ", ", argument.name, Values(argument.values));
  }
  return text.empty() ? text : text + ")";
}

std::string BecauseText(const runtime::SeenDecision& seen) {
  std::string text;
  for (const runtime::SeenArgument& reason : seen.because) {
    text += fmt::format("{}{} {}", text.empty() ? " because " : ", ", reason.name, Values(reason.values));
  }
  return text;
}

std::string DecisionText(const plan::Plan& plan, const plan::TestPlan& test, const runtime::SeenDecision& seen) {
  return fmt::format("{}{} for {} {} at {}, by rule \"{}\"{}", seen.action, ArgumentsText(seen), plan.entities[seen.entity].name, seen.subject,
                     At(test, seen.at), plan.rules[seen.rule].name, BecauseText(seen));
}

std::string HeldText(const plan::Plan& plan, const runtime::SeenDecision& seen) {
  if (!seen.by_limit) return fmt::format("lost to rule \"{}\"", plan.rules[seen.winner_rule].name);
  std::string words;
  for (const plan::LimitPlan* limit : seen.limits) words += (words.empty() ? " " : ", ") + runtime::LimitWords(*limit);
  return "held back by limit" + words;
}

std::string ValuesOf(const plan::Plan& plan, const plan::TestValue& value) {
  const runtime::ValueMaker maker(plan);
  std::vector<runtime::SeenValue> values;
  for (const plan::ValueRef& ref : value.values) values.push_back(maker.Make(ref, nullptr));
  return Values(values);
}

/// The lines in which one decision differs from what was expected.
void AppendDifference(std::string& out, const plan::Plan& plan, const plan::TestPlan& test, const Expectation& expected,
                      const runtime::SeenDecision& seen) {
  const runtime::Lacks lacks = runtime::LacksOf(plan, expected, seen);
  auto pair = [&](std::string_view what, const std::string& wanted, const std::string& found) {
    out += fmt::format("      - {:<12} {}\n      + {:<12} {}\n", what, wanted, what, found);
  };
  if (lacks.action) pair("action", expected.action, seen.action);
  if (lacks.subject) {
    pair("whom", expected.entity == plan::kNoHandler ? expected.subject : plan.entities[expected.entity].name + " " + expected.subject,
         plan.entities[seen.entity].name + " " + seen.subject);
  }
  if (lacks.instant) pair(expected.when == When::kBy ? "by" : "at", At(test, expected.at), At(test, seen.at));
  if (lacks.rule) pair("rule", plan.rules[expected.by_rule].name, plan.rules[seen.rule].name);
  if (lacks.cause) {
    const std::string wanted = expected.by_limit ? "held back by limit " + runtime::LimitWords(*expected.by_limit)
                                                 : "lost to rule \"" + plan.rules[expected.by_rule].name + "\"";
    pair("cause", wanted, HeldText(plan, seen));
  }
  for (uint32_t index : lacks.arguments) {
    const plan::TestValue& wanted = expected.arguments[index];
    const auto found = std::find_if(seen.arguments.begin(), seen.arguments.end(), [&](const auto& one) { return one.name == wanted.name; });
    pair(wanted.name, ValuesOf(plan, wanted), found == seen.arguments.end() ? "none" : Values(found->values));
  }
  for (uint32_t index : lacks.because) {
    const plan::TestReason& wanted = expected.because[index];
    const auto found = std::find_if(seen.because.begin(), seen.because.end(), [&](const auto& one) { return one.name == wanted.label; });
    pair("because", wanted.text, found == seen.because.end() ? "no such reason" : wanted.label + " is " + Values(found->values));
  }
}

std::string Problem(const Expectation& expected, const runtime::Mismatch& mismatch) {
  if (expected.counted) return fmt::format("expected {}, and there were {}", expected.text, mismatch.found);
  switch (expected.kind) {
    case Kind::kDecided: return fmt::format("expected {}", expected.text);
    case Kind::kHeldBack: return fmt::format("expected {}", expected.text);
    case Kind::kNot:
    case Kind::kNothing:
    case Kind::kNothingElse:
    case Kind::kState: break;
  }
  return fmt::format("expected {}, and there {}", expected.text, mismatch.unwanted.size() == 1 ? "was one" : fmt::format("were {}", mismatch.unwanted.size()));
}

/// What the condition reads, each value once.
std::string PictureText(const runtime::Picture& picture) {
  std::vector<std::string> told;
  for (uint32_t index : runtime::DecidingParts(picture)) {
    const runtime::WhyPart& part = picture.parts[index];
    std::string text = fmt::format("`{}` is {}", part.node->label, part.truth == runtime::Truth::kFalse ? "false" : "unknown");
    for (uint32_t child : part.node->children) {
      const runtime::WhyPart& value = picture.parts[child];
      if (!value.is_condition() && !value.node->constant) text += fmt::format(": {} is {}", value.node->label, value.known ? value.words : "unknown");
    }
    told.push_back(std::move(text));
  }
  std::string out;
  for (const std::string& line : told) out += (out.empty() ? "" : "; ") + line;
  return out;
}

std::string StateLine(const plan::Plan& plan, const plan::TestPlan& test, const runtime::StateMismatch& state) {
  const Expectation& expected = test.expectations[state.expectation];
  const std::string who = plan.entities[expected.entity].name + " " + expected.subject;
  if (!state.picture) return fmt::format("expected {}, and no record has named {} up to {}", expected.text, who, At(test, state.at));
  return fmt::format("expected {}; at {} of {} {}", expected.text, At(test, state.at), who, PictureText(*state.picture));
}

void AppendWhy(std::string& out, const plan::TestPlan& test, const runtime::WhyReport& report) {
  out += fmt::format("    why: rule \"{}\" for {} {} at {}: {}\n", report.rule, report.entity, report.subject, At(test, report.at), report.because);
  if (report.verdict == runtime::Verdict::kFalse || report.verdict == runtime::Verdict::kUnknown) {
    for (const runtime::PartChange& change : report.change) out += fmt::format("      it would take {}\n", change.words);
  }
  if (report.history.last_fired) out += fmt::format("      it fired last at {}\n", At(test, *report.history.last_fired));
  if (report.next_firing) out += fmt::format("      if nothing more arrives it fires at {}\n", At(test, *report.next_firing));
}

}  // namespace

std::string FailureText(const plan::Plan& plan, const library::TestOutcome& outcome) {
  const runtime::TestResult& result = outcome.result;
  const plan::TestPlan& test = *result.test;
  std::string out = fmt::format("FAILED  {}  ({}:{})\n", test.name, test.file, test.line);
  for (const std::string& problem : result.problems) out += fmt::format("  {}\n", problem);
  for (uint32_t i = 0; i < result.mismatches.size(); ++i) {
    const runtime::Mismatch& mismatch = result.mismatches[i];
    const Expectation& expected = test.expectations[mismatch.expectation];
    out += fmt::format("  {}:{}: {}\n", test.file, expected.line, Problem(expected, mismatch));
    for (uint32_t index : mismatch.unwanted) out += fmt::format("    + {}\n", DecisionText(plan, test, result.decided[index]));
    const bool is_held = expected.kind == Kind::kHeldBack;
    for (uint32_t index : mismatch.near) {
      const runtime::SeenDecision& seen = is_held ? result.held_back[index] : result.decided[index];
      const bool is_taken = !expected.counted && runtime::LacksOf(plan, expected, seen).none();
      out += fmt::format("    seen: {}{}{}\n", DecisionText(plan, test, seen), is_held ? ", " + HeldText(plan, seen) : "",
                         is_taken ? ", which another line expects" : "");
      if (!expected.counted) AppendDifference(out, plan, test, expected, seen);
    }
    if (mismatch.unwanted.empty() && mismatch.near.empty()) out += is_held ? "    nothing was held back\n" : "    nothing was decided\n";
    for (const library::WhyNot& why : outcome.why) {
      if (why.mismatch != i) continue;
      for (const runtime::WhyReport& report : why.reports) AppendWhy(out, test, report);
    }
  }
  for (const runtime::StateMismatch& state : result.states) {
    out += fmt::format("  {}:{}: {}\n", test.file, test.expectations[state.expectation].line, StateLine(plan, test, state));
  }
  return out;
}

std::vector<std::string> FailureLines(const plan::Plan& plan, const library::TestOutcome& outcome) {
  const runtime::TestResult& result = outcome.result;
  std::vector<std::string> lines = result.problems;
  for (const runtime::Mismatch& mismatch : result.mismatches) {
    const Expectation& expected = result.test->expectations[mismatch.expectation];
    const bool is_missing = mismatch.unwanted.empty() && !expected.counted;
    lines.push_back(Problem(expected, mismatch) + (is_missing ? ", and it did not come" : ""));
  }
  for (const runtime::StateMismatch& state : result.states) lines.push_back(StateLine(plan, *result.test, state));
  return lines;
}

std::string CoverageText(const plan::Plan& plan, const runtime::Coverage& coverage) {
  std::string out = "\ncoverage\n";
  for (const runtime::RuleCoverage& rule : coverage.rules()) {
    const plan::RulePlan& from = plan.rules[rule.rule];
    const bool is_back = from.revert.of != plan::kNoHandler;
    out += fmt::format("  {:>3}%  {}{}  ({}:{})\n", rule.covered() * 100 / rule.total(), is_back ? "way back of " : "", 
                       is_back ? plan.rules[from.revert.of].name : from.name, from.file, from.line);
    auto missing = [&](const std::string& what) { out += fmt::format("        never: {}\n", what); };
    if (rule.fired == 0) missing("it fires");
    if (rule.can_be_false && rule.not_true == 0) missing("it is looked at and does not hold");
    for (const runtime::PartCoverage& part : rule.parts) {
      if (part.is_branch) {
        if (part.was_true == 0) missing(fmt::format("the side `{}` of `or` is true", part.label));
        continue;
      }
      if (part.was_true == 0) missing(fmt::format("`{}` is true", part.label));
      if (part.was_false == 0) missing(fmt::format("`{}` is false", part.label));
      if (part.may_be_unknown && part.was_unknown == 0) missing(fmt::format("`{}` is unknown", part.label));
    }
  }
  const uint64_t total = coverage.total(), covered = coverage.covered();
  out += fmt::format("  {} of {} outcomes are covered: {}%\n", covered, total, total == 0 ? 100 : covered * 100 / total);
  return out;
}

}  // namespace mrule::cli
