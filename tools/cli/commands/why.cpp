// SPDX-License-Identifier: Apache-2.0
// `mrule why`: one rule, one subject, one instant.
#include <fmt/format.h>
#include <unistd.h>

#include <fstream>
#include <optional>

#include "compiler/diagnostics/suggest.h"
#include "compiler/driver/compile.h"
#include "runtime/json/instant.h"
#include "tools/cli/commands/commands.h"
#include "tools/cli/exit_codes.h"
#include "tools/cli/inputs.h"
#include "tools/cli/output.h"
#include "tools/cli/problems.h"
#include "tools/cli/why_report.h"
#include "tools/library/why_run.h"

namespace mrule::cli {

namespace {

class NoRejects : public runtime::RejectSink {
 public:
  void OnReject(uint64_t, std::string_view, std::string_view, std::string_view) override {}
};

std::string Nearest(std::string_view name, const std::vector<std::string_view>& candidates) {
  const std::optional<std::string_view> nearest = diagnostics::Nearest(name, candidates);
  return nearest ? fmt::format("; did you mean `{}`?", *nearest) : std::string();
}

Result<uint32_t> FindRule(const hir::Program& program, const std::string& name) {
  std::vector<std::string_view> names;
  for (size_t i = 0; i < program.rules.size(); ++i) {
    names.push_back(program.Text(program.rules[hir::RuleId(i)].name));
    if (names.back() == name) return static_cast<uint32_t>(i);
  }
  return Error{fmt::format("no rule is called `{}`{}", name, Nearest(name, names))};
}

Result<std::string> FindSubject(const hir::Program& program, const hir::Rule& rule, const std::vector<std::string>& subject) {
  const std::string_view entity = program.Text(program.entities[rule.entity].name);
  if (subject.size() == 2 && subject[0] == entity) return subject[1];
  const std::string asked = subject.empty() ? "none is named" : fmt::format("`{}` is {}", subject[1], subject[0]);
  return Error{fmt::format("rule `{}` is about {}, and {}; name one with --subject {} ID", program.Text(rule.name), entity, asked, entity)};
}

Result<int64_t> ReadInstant(const std::string& text) {
  int64_t micros = 0;
  const runtime::TimeFault fault = runtime::ParseInstant(text, &micros);
  if (fault != runtime::TimeFault::kNone) return Error{fmt::format("--at \"{}\": {}", text, runtime::Explain(fault))};
  return micros;
}

Result<runtime::WhyReport> Answer(const runtime::Program& program, const plan::WhyPlan& why, library::WhyQuestion question,
                                  Inputs& inputs, const WhyOptions& options) {
  NoRejects rejects;
  Result<std::unique_ptr<library::WhyRun>> run = library::WhyRun::Start(program, why, std::move(question), rejects);
  if (!run.ok()) return run.error();
  library::Execution& execution = run.value()->execution();
  if (!options.state_in.empty()) {
    std::ifstream in(options.state_in, std::ios::binary);
    if (!in) return Error{fmt::format("cannot open `{}`", options.state_in)};
    Result<runtime::RestoreReport> report = execution.Restore(in);
    if (!report.ok()) return Error{fmt::format("`{}`: {}", options.state_in, report.error().message)};
  }
  Result<void> fed = inputs.FeedAll(execution, [] { return false; }, [] {});
  if (!fed.ok()) return fed.error();
  return run.value()->Answer();
}

}  // namespace

int Why(const WhyOptions& options) {
  Result<std::vector<InputOptions>> sources = ReadInputs(options.events);
  if (!sources.ok()) return Fail(sources.error().message);
  const std::unique_ptr<driver::Analysis> analysis = AnalyzePaths(options.rules);
  if (!analysis) return kExitUsage;
  if (!analysis->ok) {
    ShowProblems(*analysis);
    return ExitStatusOf(*analysis);
  }
  Result<uint32_t> rule = FindRule(analysis->program, options.rule);
  if (!rule.ok()) return Fail(rule.error().message);
  Result<std::string> subject = FindSubject(analysis->program, analysis->program.rules[hir::RuleId(rule.value())], options.subject);
  if (!subject.ok()) return Fail(subject.error().message);
  std::optional<int64_t> at, lateness;
  if (!options.at.empty()) {
    Result<int64_t> read = ReadInstant(options.at);
    if (!read.ok()) return Fail(read.error().message);
    at = read.value();
  }
  if (!options.lateness.empty()) {
    int64_t micros = 0;
    if (runtime::ParseDuration(options.lateness, &micros) != runtime::TimeFault::kNone || micros < 0) {
      return Fail(fmt::format("--lateness \"{}\" is no duration such as 10min or 2h", options.lateness));
    }
    lateness = micros;
  }
  plan::WhyPlan why;
  why.rule = rule.value();
  std::optional<plan::Plan> plan = driver::Compile(*analysis, &why);
  if (!plan) {
    ShowProblems(*analysis);
    return ExitStatusOf(*analysis);
  }
  Result<std::unique_ptr<runtime::Program>> program = runtime::Program::Load(std::move(*plan));
  if (!program.ok()) return Fail(program.error().message);
  Result<Inputs> inputs = Inputs::Open(sources.value());
  if (!inputs.ok()) return Fail(inputs.error().message);
  library::WhyQuestion question{subject.value(), at, lateness, {}};
  for (const InputOptions& source : sources.value()) question.sources.push_back(source.source);
  Result<runtime::WhyReport> report = Answer(*program.value(), why, std::move(question), inputs.value(), options);
  if (!report.ok()) return Fail(report.error().message);
  const std::string text = options.format == "json" ? WhyJson(report.value()) : WhyText(report.value(), WantsColour(STDOUT_FILENO));
  if (const Result<void> written = WriteStdout(text); !written.ok()) return Fail(written.error().message);
  return kExitFine;
}

}  // namespace mrule::cli
