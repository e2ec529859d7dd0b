// SPDX-License-Identifier: Apache-2.0
// mrule::Rules over the compiler's front door.
#include "compiler/diagnostics/render.h"
#include "compiler/driver/compile.h"
#include "tools/library/include/mrule/mrule.h"
#include "tools/library/rules_impl.h"

namespace mrule {

namespace {

ProblemSeverity ToPublic(diagnostics::Severity severity) {
  switch (severity) {
    case diagnostics::Severity::kError: return ProblemSeverity::kError;
    case diagnostics::Severity::kWarning: return ProblemSeverity::kWarning;
    case diagnostics::Severity::kNote: return ProblemSeverity::kNote;
  }
  return ProblemSeverity::kError;
}

std::vector<Problem> ToProblems(const driver::Analysis& analysis) {
  std::vector<Problem> problems;
  for (const diagnostics::Diagnostic& diagnostic : analysis.diags.Finish().diagnostics) {
    Problem problem;
    problem.code = diagnostics::CodeOf(diagnostic.id);
    problem.severity = ToPublic(diagnostic.severity);
    problem.message = diagnostic.message;
    if (diagnostic.primary.has_file()) {
      const source::File& file = analysis.sources[diagnostic.primary.file];
      const source::Position at = file.PositionOf(diagnostic.primary.begin);
      problem.file = file.name();
      problem.line = at.line;
      problem.column = at.column;
    }
    problem.rendered = diagnostics::RenderText(diagnostic, analysis.sources);
    problems.push_back(std::move(problem));
  }
  return problems;
}

Compiled CompileInputs(std::span<const driver::SourceInput> inputs) {
  const std::unique_ptr<driver::Analysis> analysis = driver::Analyze(inputs);
  std::optional<plan::Plan> plan = driver::Compile(*analysis);
  std::vector<Problem> problems = ToProblems(*analysis);
  if (!plan) return Compiled(std::nullopt, std::move(problems));
  auto impl = std::make_shared<Rules::Impl>();
  impl->plan = std::move(*plan);
  for (const plan::RulePlan& rule : impl->plan.rules) impl->names.push_back(rule.name);
  return Compiled(Rules(std::move(impl)), std::move(problems));
}

}  // namespace

std::string_view Version() { return MRULE_VERSION; }

Compiled Rules::Compile(const std::vector<std::string>& paths) {
  Result<std::vector<driver::SourceInput>> inputs = driver::ExpandPaths(paths);
  if (inputs.ok()) return CompileInputs(inputs.value());
  Problem problem;
  problem.code = diagnostics::CodeOf(diagnostics::DiagId::kSourceUnreadable);
  problem.message = inputs.error().message;
  problem.rendered = "error[" + problem.code + "]: " + problem.message + "\n";
  return Compiled(std::nullopt, {std::move(problem)});
}

Compiled Rules::CompileText(const std::vector<RuleText>& texts) {
  std::vector<driver::SourceInput> inputs;
  for (const RuleText& text : texts) inputs.push_back({text.name, text.text});
  return CompileInputs(inputs);
}

const std::vector<std::string>& Rules::names() const { return impl_->names; }

std::string Compiled::Rendered() const {
  std::string text;
  for (const Problem& problem : problems_) text += problem.rendered + "\n";
  return text;
}

}  // namespace mrule
