// SPDX-License-Identifier: Apache-2.0
// `mrule dump`: what each phase of the compiler makes of the rules, as text without addresses, fit for comparing.
#include <fmt/format.h>

#include "compiler/driver/compile.h"
#include "compiler/plan/build.h"
#include "compiler/syntax/parse.h"
#include "compiler/syntax/token_types.h"
#include "runtime/jit/jit.h"
#include "runtime/program/program.h"
#include "tools/cli/commands/commands.h"
#include "tools/cli/exit_codes.h"
#include "tools/cli/output.h"
#include "tools/cli/problems.h"

namespace mrule::cli {

namespace {

std::string_view TypeName(syntax::TokenType type) {
  switch (type) {
    case syntax::TokenType::kEndOfFile: return "EndOfFile";
#define MR_TOKEN(name, number, spelling) \
  case syntax::TokenType::k##name: return #name;
#include "grammar/token_types.def"
#undef MR_TOKEN
  }
  return "";
}

std::string DumpTokens(const syntax::Tree& tree, const source::File& file) {
  std::string text;
  for (const syntax::Token& token : tree.tokens) {
    if (token.hidden) continue;
    const source::Position at = file.PositionOf(token.begin);
    text += fmt::format("{}:{} {} {}\n", at.line, at.column, TypeName(static_cast<syntax::TokenType>(token.type)),
                        file.bytes().substr(token.begin, token.end - token.begin));
  }
  return text;
}

/// Tokens and trees stand even where there are errors.
std::string DumpFiles(const driver::Analysis& analysis, bool tokens) {
  std::string text;
  for (const syntax::Tree& tree : analysis.user_trees()) {
    const source::File& file = analysis.sources[tree.file];
    if (analysis.user_trees().size() > 1) text += fmt::format("# {}\n", file.name());
    text += tokens ? DumpTokens(tree, file) : syntax::Dump(tree);
  }
  return text;
}

Result<std::string> DumpMachineCode(plan::Plan plan, int opt) {
  Result<std::unique_ptr<runtime::Program>> program = runtime::Program::Load(std::move(plan));
  if (!program.ok()) return program.error();
  Result<std::unique_ptr<runtime::Jit>> jit = runtime::LoadJit();
  if (!jit.ok()) return jit.error();
  return jit.value()->DumpLlvm(*program.value(), opt == 0 ? runtime::OptLevel::kNone : runtime::OptLevel::kDefault);
}

}  // namespace

int Dump(const DumpOptions& options) {
  const std::unique_ptr<driver::Analysis> analysis = AnalyzePaths(options.rules);
  if (!analysis) return kExitUsage;

  std::string text;
  if (options.phase == "tokens" || options.phase == "tree") {
    text = DumpFiles(*analysis, options.phase == "tokens");
  } else if (options.phase == "hir") {
    if (analysis->ok) text = hir::Dump(analysis->program);
  } else if (std::optional<plan::Plan> plan = driver::Compile(*analysis)) {
    if (options.phase == "ir") {
      text = plan::DumpIr(*plan);
    } else if (options.phase == "plan") {
      text = plan::DumpPlan(*plan);
    } else {
      Result<std::string> machine_code = DumpMachineCode(std::move(*plan), options.opt);
      if (!machine_code.ok()) return Fail(machine_code.error().message);
      text = std::move(machine_code).value();
    }
  }
  if (const Result<void> written = WriteStdout(text); !written.ok()) return Fail(written.error().message);
  ShowProblems(*analysis);
  return ExitStatusOf(*analysis);
}

}  // namespace mrule::cli
