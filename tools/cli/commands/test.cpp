// SPDX-License-Identifier: Apache-2.0
// `mrule test`: runs the tests that rule files hold.
#include <fmt/format.h>
#include <unistd.h>

#include <chrono>
#include <cstdlib>
#include <optional>
#include <ostream>

#include "tools/cli/commands/commands.h"
#include "tools/cli/exit_codes.h"
#include "tools/cli/file_watch.h"
#include "tools/cli/output.h"
#include "tools/cli/problems.h"
#include "tools/cli/test_report.h"

namespace mrule::cli {

namespace {

std::string Lowered(std::string_view text) {
  std::string out(text);
  for (char& c : out) {
    if (c >= 'A' && c <= 'Z') c = static_cast<char>(c - 'A' + 'a');
  }
  return out;
}

/// Does the name hold the parts of the filter, which `*` divides, in their order? Capitals do not matter.
bool Matches(std::string_view name, std::string_view filter) {
  const std::string text = Lowered(name), wanted = Lowered(filter);
  size_t at = 0;
  for (size_t begin = 0; begin <= wanted.size();) {
    const size_t end = std::min(wanted.find('*', begin), wanted.size());
    const size_t found = text.find(wanted.substr(begin, end - begin), at);
    if (found == std::string::npos) return false;
    at = found + end - begin;
    begin = end + 1;
  }
  return true;
}

/// `80%`, `80` or `79.5%`.
std::optional<double> ReadShare(const std::string& text) {
  char* end = nullptr;
  const double share = std::strtod(text.c_str(), &end);
  const std::string_view rest(end);
  const bool good = end != text.c_str() && (rest.empty() || rest == "%") && share >= 0 && share <= 100;
  return good ? std::optional(share) : std::nullopt;
}

library::EngineOptions EngineOf(const TestOptions& options) {
  library::EngineOptions engine;
  engine.mode = options.engine == "jit" ? library::EngineMode::kJit : library::EngineMode::kInterpreter;
  engine.opt = options.opt == 0 ? runtime::OptLevel::kNone : runtime::OptLevel::kDefault;
  return engine;
}

std::string Summary(const TestTotals& totals) {
  std::string text = fmt::format("{} passed", totals.passed);
  if (totals.failed != 0) text += fmt::format(", {} failed", totals.failed);
  if (totals.left_out != 0) text += fmt::format(", {} left out by --filter", totals.left_out);
  return text + "\n";
}

Result<void> WriteFile(const std::string& path, const std::string& text) {
  return ReplaceFile(path, [&](std::ostream& out) -> Result<void> {
    out << text;
    return {};
  });
}

int RunOnce(const TestOptions& options, std::optional<double> least) {
  const std::unique_ptr<driver::Analysis> analysis = AnalyzePaths(options.rules);
  if (!analysis) return kExitUsage;
  const auto started = std::chrono::steady_clock::now();
  library::TestOptions session_options;
  session_options.engine = EngineOf(options);
  session_options.coverage = options.coverage;
  TestTotals totals;
  if (!options.filter.empty()) {
    session_options.wanted = [&](const plan::TestPlan& test) {
      const bool wanted = Matches(test.name, options.filter);
      totals.left_out += wanted ? 0 : 1;
      return wanted;
    };
  }
  Result<std::unique_ptr<library::TestSession>> session = Error{""};
  if (analysis->ok) session = library::TestSession::Start(*analysis, std::move(session_options));
  ShowProblems(*analysis);
  if (!analysis->ok) return ExitStatusOf(*analysis);
  if (!session.ok()) return Fail(session.error().message);
  if (session.value()->tests().empty()) return Fail("there are no tests in these rules; docs/language/testing.md shows how one is written");

  const plan::Plan& plan = session.value()->plan();
  const bool is_text = options.format == "text";
  std::vector<library::TestOutcome> outcomes;
  std::string text;
  session.value()->Run([&](const library::TestOutcome& outcome) {
    const bool passed = outcome.result.passed();
    ++(passed ? totals.passed : totals.failed);
    if (is_text && options.verbose && passed) text += "passed  " + outcome.result.test->name + "\n";
    if (is_text && !passed) text += FailureText(plan, outcome) + "\n";
    if (!is_text || !options.junit.empty()) outcomes.push_back(outcome);
  });
  totals.seconds = std::chrono::duration<double>(std::chrono::steady_clock::now() - started).count();
  if (totals.passed + totals.failed == 0) return Fail(fmt::format("no test's name holds \"{}\"", options.filter));

  const runtime::Coverage* coverage = session.value()->coverage();
  if (options.format == "json") text = TestsJson(plan, outcomes, totals, coverage);
  if (options.format == "junit") text = TestsJunit(plan, outcomes, totals);
  int status = totals.failed == 0 ? kExitFine : kExitFindings;
  if (is_text) {
    text += Summary(totals);
    if (coverage != nullptr) text += CoverageText(plan, *coverage);
  }
  if (coverage != nullptr && least) {
    const double percent = coverage->total() == 0 ? 100 : 100.0 * static_cast<double>(coverage->covered()) / static_cast<double>(coverage->total());
    if (percent < *least) {
      if (is_text) text += fmt::format("  that is less than --min {}\n", options.min);
      status = kExitFindings;
    }
  }
  if (!options.junit.empty()) {
    if (const Result<void> written = WriteFile(options.junit, TestsJunit(plan, outcomes, totals)); !written.ok()) return Fail(written.error().message);
  }
  if (const Result<void> written = WriteStdout(text); !written.ok()) return Fail(written.error().message);
  return status;
}

}  // namespace

int Test(const TestOptions& options) {
  std::optional<double> least;
  if (!options.min.empty()) {
    least = ReadShare(options.min);
    if (!least) return Fail(fmt::format("--min \"{}\" is no share such as 80%", options.min));
  }
  if (!options.watch) return RunOnce(options, least);
  Result<std::unique_ptr<FileWatch>> watch = FileWatch::Start(options.rules);
  if (!watch.ok()) return Fail(watch.error().message);
  while (true) {
    static_cast<void>(RunOnce(options, least));
    WriteStderr("\nwaiting for a change; end with Ctrl-C\n");
    if (const Result<void> changed = watch.value()->Wait(); !changed.ok()) return Fail(changed.error().message);
  }
}

}  // namespace mrule::cli
