// SPDX-License-Identifier: Apache-2.0
// `mrule check`: everything that can be known of rules without running them, limits of the plan included.
#include <fmt/format.h>
#include <unistd.h>

#include "compiler/diagnostics/render.h"
#include "compiler/driver/compile.h"
#include "tools/cli/commands/commands.h"
#include "tools/cli/exit_codes.h"
#include "tools/cli/output.h"
#include "tools/cli/problems.h"
#include "tools/cli/version.h"

namespace mrule::cli {

namespace {

std::string Counted(size_t n, std::string_view noun) { return fmt::format("{} {}{}", n, noun, n == 1 ? "" : "s"); }

/// Without their ways back, which are rules of their own to the engine alone.
size_t WrittenRules(const hir::Program& program) {
  size_t rules = 0;
  for (const hir::Rule& rule : program.rules) rules += rule.revert.of ? 0 : 1;
  return rules;
}

std::string Summary(const driver::Analysis& analysis, const diagnostics::Reports& reports) {
  const std::string files = Counted(analysis.user_trees().size(), "file");
  if (reports.has_errors()) {
    return fmt::format("{} and {} in {}\n", Counted(reports.error_count, "error"),
                       Counted(reports.warning_count, "warning"), files);
  }
  const std::string found = reports.warning_count == 0 ? "no problems" : Counted(reports.warning_count, "warning");
  std::string text = fmt::format("{} in {}: {}, {}", found, files, Counted(WrittenRules(analysis.program), "rule"),
                                 Counted(analysis.program.segments.size(), "segment"));
  if (analysis.program.tests.size() != 0) text += ", " + Counted(analysis.program.tests.size(), "test");
  return text + "\n";
}

}  // namespace

int Check(const CheckOptions& options) {
  const std::unique_ptr<driver::Analysis> analysis = AnalyzePaths(options.rules);
  if (!analysis) return kExitUsage;
  plan::TestSuite tests;
  static_cast<void>(driver::CompileTests(*analysis, tests));
  const diagnostics::Reports reports = analysis->diags.Finish();

  std::string text;
  if (options.format == "json") {
    text = diagnostics::RenderJson(reports, analysis->sources);
  } else if (options.format == "sarif") {
    text = diagnostics::RenderSarif(reports, analysis->sources, kVersion);
  } else {
    diagnostics::TextOptions text_options;
    text_options.colour = WantsColour(STDOUT_FILENO);
    text = diagnostics::RenderText(reports, analysis->sources, text_options);
    if (!options.quiet) text += Summary(*analysis, reports);
  }
  if (const Result<void> written = WriteStdout(text); !written.ok()) return Fail(written.error().message);
  return ExitStatusOf(*analysis);
}

}  // namespace mrule::cli
