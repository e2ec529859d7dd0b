// SPDX-License-Identifier: Apache-2.0
#include "tools/cli/problems.h"

#include <unistd.h>

#include <cstdlib>

#include "compiler/diagnostics/render.h"
#include "tools/cli/exit_codes.h"
#include "tools/cli/output.h"

namespace mrule::cli {

std::unique_ptr<driver::Analysis> AnalyzePaths(const std::vector<std::string>& paths) {
  Result<std::vector<driver::SourceInput>> inputs = driver::ExpandPaths(paths);
  if (!inputs.ok()) {
    Fail(inputs.error().message);
    return nullptr;
  }
  return driver::Analyze(inputs.value());
}

int ExitStatusOf(const driver::Analysis& analysis) {
  if (analysis.unreadable) return kExitUsage;
  return analysis.diags.has_errors() ? kExitFindings : kExitFine;
}

void ShowProblems(const driver::Analysis& analysis) {
  diagnostics::TextOptions options;
  options.colour = WantsColour(STDERR_FILENO);
  WriteStderr(diagnostics::RenderText(analysis.diags.Finish(), analysis.sources, options));
}

bool WantsColour(int fd) {
  const char* no_colour = std::getenv("NO_COLOR");
  return isatty(fd) == 1 && (no_colour == nullptr || *no_colour == '\0');
}

int Fail(const std::string& message) {
  WriteStderr("mrule: " + message + "\n");
  return kExitUsage;
}

}  // namespace mrule::cli
