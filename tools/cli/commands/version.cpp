// SPDX-License-Identifier: Apache-2.0
// `mrule version`: what a bug report should name.
#include "tools/cli/version.h"

#include <fmt/format.h>

#include <nlohmann/json.hpp>

#include "runtime/jit/jit.h"
#include "stdlib/calendar/calendar.h"
#include "tools/cli/commands/commands.h"
#include "tools/cli/exit_codes.h"
#include "tools/cli/output.h"
#include "tools/cli/problems.h"

namespace mrule::cli {

namespace {

/// `no_jit`: why there is no LLVM engine; empty: there is one.
std::string VersionText(const std::string& no_jit) {
  const std::string engine = no_jit.empty() ? "LLVM engine: available" : "no LLVM engine: " + no_jit;
  return fmt::format(
      "mrule {}\n"
      "language {}\n"
      "{}\n"
      "time zones: IANA {}\n"
      "antlr4-runtime {}, simdjson {}, xxhash {}, fmt {}, nlohmann-json {}, CLI11 {}\n",
      kVersion, kLanguageVersion, engine, calendar::DatabaseVersion(), kAntlrVersion, kSimdjsonVersion, kXxhashVersion, kFmtVersion,
      kJsonVersion, kCli11Version);
}

std::string VersionJson(const std::string& no_jit) {
  nlohmann::ordered_json out;
  out["mrule"] = kVersion;
  out["language"] = kLanguageVersion;
  out["llvm"] = no_jit.empty();
  if (!no_jit.empty()) out["no_llvm"] = no_jit;
  out["time_zones"] = calendar::DatabaseVersion();
  out["libraries"] = {{"antlr4-runtime", kAntlrVersion}, {"simdjson", kSimdjsonVersion}, {"xxhash", kXxhashVersion},
                      {"fmt", kFmtVersion},              {"nlohmann-json", kJsonVersion}, {"CLI11", kCli11Version}};
  return out.dump() + '\n';
}

}  // namespace

int Version(const VersionOptions& options) {
  const Result<std::unique_ptr<runtime::Jit>> jit = runtime::LoadJit();
  const std::string no_jit = jit.ok() ? std::string() : jit.error().message;
  const std::string text = options.format == "json" ? VersionJson(no_jit) : VersionText(no_jit);
  if (const Result<void> written = WriteStdout(text); !written.ok()) return Fail(written.error().message);
  return kExitFine;
}

}  // namespace mrule::cli
