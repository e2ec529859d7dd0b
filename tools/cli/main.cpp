// SPDX-License-Identifier: Apache-2.0
// The command line: options to the plain structs of commands.h. CLI11's one door: its types and exceptions stop here.
#include <CLI/CLI.hpp>

#include <iostream>

#include "compiler/base/limits.h"
#include "tools/cli/commands/commands.h"
#include "tools/cli/exit_codes.h"
#include "tools/cli/version.h"

namespace {

using mrule::cli::CheckOptions;
using mrule::cli::DumpOptions;
using mrule::cli::ExplainOptions;
using mrule::cli::RunOptions;
using mrule::cli::TestOptions;
using mrule::cli::VersionOptions;
using mrule::cli::WhyOptions;

constexpr const char* kFooter = R"(
Exit status:
  0   fine
  1   findings: errors in rules; records rejected or late; rules that trapped
  2   wrong options, input that cannot be read, output that cannot be written
  70  a bug of mrule

`mrule COMMAND --help` shows examples.
)";

constexpr const char* kRunFooter = R"(
Decisions are JSON lines on standard output; the summary goes to standard error.
Records that are no good events (rejects) and records behind the clock (late) are
written whole, with the reason, to the files named by --rejects and --late. Where
none is named, EVENTS.rejects.jsonl and EVENTS.late.jsonl are made in the current
folder when the first such record comes, in place of those of an earlier run;
`none` drops the records and keeps the count. The exit status is then 1.

Several sources are read side by side, in order of time; within an instant their
records count in the order given. Each has a clock: its newest record's instant,
less its lateness. The clock of the run is the lowest of them; a pipe of which
nothing comes holds it back no more when it lags by more than its idle time.

Examples:
  mrule run rules.mrule --events events.jsonl
  mrule run rules/ --events - --decisions out.jsonl < events.jsonl
  mrule run rules.mrule --events day1.jsonl --state-out state.jsonl
  mrule run rules.mrule --events day2.jsonl --state-in state.jsonl --until 2026-12-01T00:00:00Z
  mrule run rules.mrule --events events.jsonl --drain --format table
  mrule run rules.mrule --events web.jsonl --events 'ads=/data/ads.jsonl;lateness=2h;idle=10min'
  mrule run rules.mrule --events part1.jsonl --lateness 1h --pause --state-out state.jsonl
)";

constexpr const char* kCheckFooter = R"(
Examples:
  mrule check rules.mrule
  mrule check rules/ --format sarif > findings.sarif
)";

constexpr const char* kDumpFooter = R"(
Phases: tokens, tree (as written), hir (checked), ir (each function), plan (record
layouts, handlers, work per event), llvm (machine code before its last step).

Examples:
  mrule dump --phase=hir rules.mrule
  mrule dump --phase=llvm --opt 0 rules.mrule
)";

constexpr const char* kWhyFooter = R"(
The subject is named by its entity: --contact c42, --campaign k7, or, for entities of
your own, --subject shop s1. The condition is shown part by part, with its values as they were when the rule was judged: for a
rule on events at the last of them, for a rule on state at that instant. Then what
holds the rule back, what would have to be otherwise, and when it fires if nothing
more arrives. A bare `when` is named by its file and line, as decisions name it.

Examples:
  mrule why "Stop losing campaigns" rules.mrule --campaign c1 --at 2026-11-21T06:00:00Z --events events.jsonl
  mrule why rules.mrule:12 rules.mrule --contact c42 --events events.jsonl --format json
)";

constexpr const char* kTestFooter = R"(
A test stands in a rule file: `test "…" … end`. Each runs by itself on a clock of its
own, with the rules of all files given. The exit status is 1 if one fails.

Examples:
  mrule test rules.mrule
  mrule test rules/ --filter "cart*" --verbose
  mrule test rules/ --coverage --min 80%
  mrule test rules/ --format junit > tests.xml
  mrule test rules/ --watch
)";

constexpr const char* kExplainFooter = R"(
Examples:
  mrule explain            lists all codes
  mrule explain E0101
  mrule explain hidden-character
)";

CLI::App* AddCommand(CLI::App& app, const char* name, const char* description, const char* footer) {
  CLI::App* command = app.add_subcommand(name, description);
  command->footer(footer);
  return command;
}

void AddRules(CLI::App* command, std::vector<std::string>& rules) {
  command->add_option("RULES", rules, "Rule files, or folders for all *.mrule below them")->type_name("PATH")->required();
}

CLI::App* AddRun(CLI::App& app, RunOptions& run) {
  CLI::App* command = AddCommand(app, "run", "Run rules over events and print what they decide", kRunFooter);
  AddRules(command, run.rules);
  command->add_option("--events", run.events, "JSON lines, one event each; - is standard input; may be given several times")
      ->type_name("[NAME=]FILE[;lateness=DURATION][;idle=DURATION]")->required()->allow_extra_args(false);
  command->add_option("--state-in", run.state_in, "Start from a state that --state-out has written")->type_name("FILE");
  command->add_option("--state-out", run.state_out, "Write every subject's state at the end")->type_name("FILE");
  CLI::Option* until = command->add_option("--until", run.until, "Move the clock on to this instant after the last event");
  until->type_name("INSTANT");
  command->add_flag("--drain", run.drain, "Let every outstanding deadline pass after the last event")->excludes(until);
  command->add_flag("--pause", run.pause, "The input goes on in a later run: keep what is held back in --state-out")
      ->excludes(until)->excludes("--drain")->needs("--state-out");
  command->add_option("--engine", run.engine, "interpreter; jit: machine code from the first event; auto: when it pays")
      ->check(CLI::IsMember({"interpreter", "jit", "auto"}))->capture_default_str();
  command->add_option("--opt", run.opt, "Optimisation of machine code: 0 compiles fastest, 2 runs fastest")
      ->check(CLI::IsMember({0, 2}))->capture_default_str();
  command->add_option("--threads", run.threads, "Spread subjects over so many threads; what is decided is the same for any number")
      ->check(CLI::Range(1, static_cast<int>(mrule::limits::kThreadsMax)))->capture_default_str();
  command->add_option("--decisions", run.decisions, "Where decisions go: a file, - or none")
      ->type_name("FILE")->capture_default_str();
  command->add_option("--format", run.format, "Of decisions: json or table")
      ->check(CLI::IsMember({"json", "table"}))->capture_default_str();
  command->add_option("--suppressed", run.suppressed, "Where decisions go that lost a conflict or met a limit")->type_name("FILE")
      ->capture_default_str();
  command->add_option("--rejects", run.rejects, "Where rejected records go: a file, - or none")->type_name("FILE");
  command->add_option("--late", run.late, "Where late records go: a file, - or none")->type_name("FILE");
  command->add_option("--contradicted", run.contradicted, "Where decisions go that a late record may contradict: a file, - or none")
      ->type_name("FILE");
  command->add_option("--lateness", run.lateness, "How far events may be out of order, such as 10min; overrides the workspace")
      ->type_name("DURATION");
  command->add_option("--summary", run.summary, "Of what standard error says at the end: text or json")
      ->check(CLI::IsMember({"text", "json"}))->capture_default_str();
  command->add_flag("--quiet", run.quiet, "No summary and no progress");
  command->add_flag("--no-progress", run.no_progress, "No progress line (there is none but on a terminal)");
  return command;
}

CLI::App* AddCheck(CLI::App& app, CheckOptions& check) {
  CLI::App* command = AddCommand(app, "check", "Check rules without running them", kCheckFooter);
  AddRules(command, check.rules);
  command->add_option("--format", check.format, "text, json (lines) or sarif")
      ->check(CLI::IsMember({"text", "json", "sarif"}))->capture_default_str();
  command->add_flag("--quiet", check.quiet, "Problems only, no closing line");
  return command;
}

CLI::App* AddDump(CLI::App& app, DumpOptions& dump) {
  CLI::App* command = AddCommand(app, "dump", "Show what a phase of the compiler makes of rules", kDumpFooter);
  AddRules(command, dump.rules);
  command->add_option("--phase", dump.phase, "tokens, tree, hir, ir, plan or llvm")
      ->required()->check(CLI::IsMember({"tokens", "tree", "hir", "ir", "plan", "llvm"}));
  command->add_option("--opt", dump.opt, "For llvm: 0 or 2")->check(CLI::IsMember({0, 2}))->capture_default_str();
  return command;
}

CLI::App* AddWhy(CLI::App& app, WhyOptions& why) {
  CLI::App* command = AddCommand(app, "why", "Tell why a rule fires for a subject, or why it does not", kWhyFooter);
  command->add_option("RULE", why.rule, "The rule's name")->required();
  AddRules(command, why.rules);
  command->add_option("--at", why.at, "The instant asked about; the end of the events if there is none")->type_name("INSTANT");
  command->add_option("--events", why.events, "JSON lines, one event each; - is standard input; may be given several times")
      ->type_name("[NAME=]FILE[;lateness=DURATION][;idle=DURATION]")->required()->allow_extra_args(false);
  command->add_option("--state-in", why.state_in, "A state to start from")->type_name("FILE");
  command->add_option("--lateness", why.lateness, "How far events may be out of order; overrides the workspace")->type_name("DURATION");
  command->add_option("--threads", why.threads, "As for run; the answer is the same for any number, and one thread finds it")
      ->check(CLI::Range(1, static_cast<int>(mrule::limits::kThreadsMax)))->capture_default_str();
  command->add_option("--format", why.format, "text or json")->check(CLI::IsMember({"text", "json"}))->capture_default_str();
  command->add_option("--subject", why.subject, "The subject's entity and its identifier")->type_name("ENTITY ID")->expected(2);
  for (const char* entity : {"contact", "campaign", "ad_set", "ad"}) {
    command->add_option_function<std::string>(std::string("--") + entity, [&why, entity](const std::string& id) { why.subject = {entity, id}; },
                                              std::string("The same as --subject ") + entity)->type_name("ID")->excludes("--subject");
  }
  return command;
}

CLI::App* AddTest(CLI::App& app, TestOptions& test) {
  CLI::App* command = AddCommand(app, "test", "Run the tests that rule files hold", kTestFooter);
  AddRules(command, test.rules);
  command->add_option("--filter", test.filter, "Only tests whose name holds this; * stands for anything")->type_name("TEXT");
  command->add_flag("--verbose", test.verbose, "Name the tests that pass, too");
  CLI::Option* coverage = command->add_flag("--coverage", test.coverage, "Tell which rules, conditions and sides of `or` no test reaches");
  command->add_option("--min", test.min, "Fail if less is covered, such as 80%")->type_name("SHARE")->needs(coverage);
  command->add_flag("--watch", test.watch, "Run again whenever a rule file changes");
  command->add_option("--format", test.format, "text, json or junit")->check(CLI::IsMember({"text", "json", "junit"}))->capture_default_str();
  command->add_option("--junit", test.junit, "Write JUnit XML to a file as well")->type_name("FILE");
  command->add_option("--engine", test.engine, "interpreter or jit")->check(CLI::IsMember({"interpreter", "jit"}))->capture_default_str();
  command->add_option("--opt", test.opt, "Optimisation of machine code: 0 or 2")->check(CLI::IsMember({0, 2}))->capture_default_str();
  return command;
}

int Dispatch(int argc, char** argv) {
  CLI::App app("mrule: rules for marketing automation, run over streams of events", "mrule");
  app.footer(kFooter);
  app.set_version_flag("--version", mrule::cli::kVersion);
  app.require_subcommand(1);
  RunOptions run;
  CheckOptions check;
  DumpOptions dump;
  ExplainOptions explain;
  WhyOptions why;
  TestOptions test;
  const CLI::App* run_command = AddRun(app, run);
  const CLI::App* check_command = AddCheck(app, check);
  const CLI::App* dump_command = AddDump(app, dump);
  CLI::App* explain_command =
      AddCommand(app, "explain", "Explain a diagnostic's code, or list all", kExplainFooter);
  explain_command->add_option("CODE", explain.code, "A code, or a warning's name");
  const CLI::App* why_command = AddWhy(app, why);
  const CLI::App* test_command = AddTest(app, test);
  VersionOptions version;
  CLI::App* version_command = AddCommand(app, "version", "Show versions of mrule, the language, time zones and libraries", "");
  version_command->add_option("--format", version.format, "text or json")->check(CLI::IsMember({"text", "json"}))->capture_default_str();

  try {
    app.parse(argc, argv);
  } catch (const CLI::ParseError& error) {
    const bool asked = app.exit(error) == 0;  // --help and --version come this way too
    std::cout.flush();
    return asked && std::cout.good() ? mrule::cli::kExitFine : mrule::cli::kExitUsage;
  }
  if (run_command->parsed()) return mrule::cli::Run(run);
  if (check_command->parsed()) return mrule::cli::Check(check);
  if (dump_command->parsed()) return mrule::cli::Dump(dump);
  if (why_command->parsed()) return mrule::cli::Why(why);
  if (test_command->parsed()) return mrule::cli::Test(test);
  if (explain_command->parsed()) return mrule::cli::Explain(explain);
  return mrule::cli::Version(version);
}

}  // namespace

int main(int argc, char** argv) { return Dispatch(argc, argv); }
