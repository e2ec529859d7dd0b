// SPDX-License-Identifier: Apache-2.0
// `mrule explain`: the page of a code, or the list of all codes.
#include <fmt/format.h>

#include "compiler/diagnostics/diagnostic.h"
#include "compiler/diagnostics/explain.h"
#include "tools/cli/commands/commands.h"
#include "tools/cli/exit_codes.h"
#include "tools/cli/output.h"
#include "tools/cli/problems.h"

namespace mrule::cli {

namespace {

std::string ListOfCodes() {
  std::string text;
  for (const diagnostics::CatalogRow& row : diagnostics::Catalog()) {
    text += fmt::format("{}  {:<8}  {}\n", row.code, diagnostics::SpellingOf(row.severity),
                        row.kebab_name.empty() ? row.message : fmt::format("{}: {}", row.kebab_name, row.message));
  }
  return text;
}

}  // namespace

int Explain(const ExplainOptions& options) {
  std::string text;
  if (options.code.empty()) {
    text = ListOfCodes();
  } else {
    const std::optional<std::string_view> page = diagnostics::Explain(options.code);
    if (!page) return Fail(fmt::format("there is no code `{}`; `mrule explain` lists all", options.code));
    text = *page;
    if (!text.ends_with('\n')) text += '\n';
  }
  if (const Result<void> written = WriteStdout(text); !written.ok()) return Fail(written.error().message);
  return kExitFine;
}

}  // namespace mrule::cli
