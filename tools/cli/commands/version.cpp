// SPDX-License-Identifier: Apache-2.0
// `mrule version`: what a bug report should name.
#include "tools/cli/version.h"

#include <fmt/format.h>

#include "runtime/jit/jit.h"
#include "stdlib/calendar/calendar.h"
#include "tools/cli/commands/commands.h"
#include "tools/cli/exit_codes.h"
#include "tools/cli/output.h"
#include "tools/cli/problems.h"

namespace mrule::cli {

int Version() {
  const Result<std::unique_ptr<runtime::Jit>> jit = runtime::LoadJit();
  const std::string engine = jit.ok() ? "LLVM engine: available" : "no LLVM engine: " + jit.error().message;
  const std::string text = fmt::format(
      "mrule {}\n"
      "language {}\n"
      "{}\n"
      "time zones: IANA {}\n"
      "antlr4-runtime {}, simdjson {}, xxhash {}, fmt {}, nlohmann-json {}, CLI11 {}\n",
      kVersion, kLanguageVersion, engine, calendar::DatabaseVersion(), kAntlrVersion, kSimdjsonVersion, kXxhashVersion, kFmtVersion,
      kJsonVersion, kCli11Version);
  if (const Result<void> written = WriteStdout(text); !written.ok()) return Fail(written.error().message);
  return kExitFine;
}

}  // namespace mrule::cli
