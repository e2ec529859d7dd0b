// SPDX-License-Identifier: Apache-2.0
// `mrule run`: events from files, pipes or standard input through the rules; decisions out.
#include <fmt/format.h>
#include <unistd.h>

#include <chrono>
#include <filesystem>
#include <fstream>
#include <optional>

#include "compiler/driver/compile.h"
#include "runtime/json/instant.h"
#include "tools/cli/commands/commands.h"
#include "tools/cli/exit_codes.h"
#include "tools/cli/inputs.h"
#include "tools/cli/output.h"
#include "tools/cli/problems.h"
#include "tools/cli/progress.h"
#include "tools/cli/run_sink.h"
#include "tools/cli/summary.h"
#include "tools/library/execution.h"

namespace mrule::cli {

namespace {

struct Times {
  std::optional<int64_t> until;
  std::optional<int64_t> lateness;
};

Result<Times> ReadTimes(const RunOptions& options) {
  Times times;
  int64_t micros = 0;
  if (!options.until.empty()) {
    const runtime::TimeFault fault = runtime::ParseInstant(options.until, &micros);
    if (fault != runtime::TimeFault::kNone) {
      return Error{fmt::format("--until \"{}\": {}", options.until, runtime::Explain(fault))};
    }
    times.until = micros;
  }
  if (!options.lateness.empty()) {
    if (runtime::ParseDuration(options.lateness, &micros) != runtime::TimeFault::kNone || micros < 0) {
      return Error{fmt::format("--lateness \"{}\" is no duration such as 10min or 2h", options.lateness)};
    }
    times.lateness = micros;
  }
  return times;
}

/// `data/events.jsonl` gives `events.KIND.jsonl`, in the current folder; several sources give this too.
std::string DefaultName(const std::vector<InputOptions>& inputs, std::string_view kind) {
  const std::string& path = inputs[0].path;
  const std::string stem = inputs.size() > 1 ? "events" : path == "-" ? "stdin" : std::filesystem::path(path).stem().string();
  return fmt::format("{}.{}.jsonl", stem, kind);
}

bool IsFileName(const std::string& path) { return path != "-" && path != "none"; }

/// No output may be an input or another output: writing would destroy what is read.
Result<void> CheckOutputs(const RunOptions& options, const std::vector<InputOptions>& sources, const driver::Analysis& analysis,
                          const RunFiles& files) {
  std::vector<std::string> outputs;
  for (const LazyFile* file : {&files.decisions, &files.suppressed, &files.rejects, &files.late, &files.contradicted}) {
    if (IsFileName(file->path())) outputs.push_back(file->path());
  }
  std::vector<std::string> inputs;
  for (const InputOptions& source : sources) inputs.push_back(source.path);
  if (!options.state_in.empty()) inputs.push_back(options.state_in);
  for (const syntax::Tree& tree : analysis.user_trees()) inputs.push_back(analysis.sources[tree.file].name());
  for (const InputOptions& source : sources) {
    if (!options.state_out.empty() && SameFile(options.state_out, source.path)) {
      return Error{fmt::format("`{}` is both read and written", options.state_out)};
    }
  }
  if (!options.state_out.empty()) outputs.push_back(options.state_out);
  for (size_t i = 0; i < outputs.size(); ++i) {
    for (size_t k = 0; k < i; ++k) {
      if (outputs[i] == outputs[k] || SameFile(outputs[i], outputs[k])) {
        return Error{fmt::format("`{}` is named for two outputs", outputs[i])};
      }
    }
    const bool is_state = !options.state_out.empty() && i + 1 == outputs.size();  // replaced in one step, at the end
    for (const std::string& input : inputs) {
      if (!(is_state && input == options.state_in) && SameFile(outputs[i], input)) {
        return Error{fmt::format("`{}` is both read and written", outputs[i])};
      }
    }
  }
  return {};
}

Result<runtime::RestoreReport> LoadState(const std::string& path, library::Execution& execution) {
  std::ifstream in(path, std::ios::binary);
  if (!in) return Error{fmt::format("cannot open `{}`", path)};
  Result<runtime::RestoreReport> report = execution.Restore(in);
  if (!report.ok()) return Error{fmt::format("`{}`: {}", path, report.error().message)};
  return report;
}

Result<void> SaveState(const std::string& path, library::Execution& execution) {
  return ReplaceFile(path, [&](std::ostream& out) { return execution.Save(out); });
}

bool WantsProgress(const RunOptions& options) {
  const bool decisions_on_terminal = options.decisions == "-" && isatty(STDOUT_FILENO) == 1;
  return !options.quiet && !options.no_progress && !decisions_on_terminal && isatty(STDERR_FILENO) == 1;
}

library::ExecutionOptions ToExecutionOptions(const RunOptions& options, const Times& times, const std::vector<InputOptions>& inputs) {
  library::ExecutionOptions result;
  result.engine.mode = options.engine == "jit"           ? library::EngineMode::kJit
                       : options.engine == "interpreter" ? library::EngineMode::kInterpreter
                                                         : library::EngineMode::kAuto;
  result.engine.opt = options.opt == 0 ? runtime::OptLevel::kNone : runtime::OptLevel::kDefault;
  result.lateness_micros = times.lateness;
  for (const InputOptions& input : inputs) result.sources.push_back(input.source);
  result.threads = static_cast<uint32_t>(options.threads);
  result.hold = options.pause || !options.contradicted.empty();
  result.saves = !options.state_out.empty();
  return result;
}

/// The stream, then the time after it, then the outputs: closed before the state is written, so that no state ever claims
/// decisions that were lost.
Result<void> Drive(const RunOptions& options, const Times& times, Inputs& inputs, library::Execution& execution, RunSink& sink) {
  Progress progress(WantsProgress(options), inputs.bytes_total());
  const auto after = [&] {
    sink.Flush();
    progress.Update(inputs.bytes_read(), execution.counts().events);
  };
  if (Result<void> fed = inputs.FeedAll(execution, [&sink] { return sink.failed(); }, after); !fed.ok()) {
    static_cast<void>(sink.Close().ok());  // the reading failure came first
    return fed;
  }
  if (!sink.failed()) {
    if (options.pause) {
      execution.runner().Pause();
    } else {
      execution.runner().Finish();
    }
    if (times.until) execution.runner().AdvanceTo(*times.until);
    if (options.drain) execution.runner().Drain();
  }
  if (Result<void> closed = sink.Close(); !closed.ok()) return closed;
  if (options.state_out.empty()) return {};
  return SaveState(options.state_out, execution);
}

}  // namespace

int Run(const RunOptions& options) {
  Result<Times> times = ReadTimes(options);
  if (!times.ok()) return Fail(times.error().message);
  Result<std::vector<InputOptions>> sources = ReadInputs(options.events);
  if (!sources.ok()) return Fail(sources.error().message);
  const std::unique_ptr<driver::Analysis> analysis = AnalyzePaths(options.rules);
  if (!analysis) return kExitUsage;
  std::optional<plan::Plan> plan = driver::Compile(*analysis);
  ShowProblems(*analysis);
  if (!plan) return ExitStatusOf(*analysis);

  // Everything that can be wrong before the first event is found before any output is made or emptied.
  Result<std::unique_ptr<runtime::Program>> program = runtime::Program::Load(std::move(*plan));
  if (!program.ok()) return Fail(program.error().message);
  Result<Inputs> inputs = Inputs::Open(sources.value());
  if (!inputs.ok()) return Fail(inputs.error().message);
  RunFiles files;
  files.decisions = LazyFile(options.decisions);
  files.suppressed = LazyFile(options.suppressed);
  const auto named_or = [&](const std::string& named, std::string_view kind) {
    return LazyFile(named.empty() ? DefaultName(sources.value(), kind) : named);
  };
  files.rejects = named_or(options.rejects, "rejects");
  files.late = named_or(options.late, "late");
  files.contradicted = named_or(options.contradicted, "contradicted");
  files.table = options.format == "table";
  if (Result<void> checked = CheckOutputs(options, sources.value(), *analysis, files); !checked.ok()) return Fail(checked.error().message);

  for (LazyFile* file : {&files.decisions, &files.suppressed}) {
    if (Result<void> opened = file->OpenNow(); !opened.ok()) return Fail(opened.error().message);
  }
  for (auto [file, named] : {std::pair(&files.rejects, !options.rejects.empty()), std::pair(&files.late, !options.late.empty()),
                             std::pair(&files.contradicted, !options.contradicted.empty())}) {
    if (!named) continue;
    if (Result<void> opened = file->OpenNow(); !opened.ok()) return Fail(opened.error().message);
  }
  RunSink sink(program.value()->plan(), files);
  if (sources.value().size() > 1) {
    std::vector<std::string> names;
    for (const InputOptions& source : sources.value()) names.push_back(source.source.name);
    sink.SetSources(std::move(names));
  }
  Result<std::unique_ptr<library::Execution>> started =
      library::Execution::Start(*program.value(), sink, sink, ToExecutionOptions(options, times.value(), sources.value()));
  if (!started.ok()) return Fail(started.error().message);
  library::Execution& execution = *started.value();
  const bool as_json = options.summary == "json";
  std::optional<runtime::RestoreReport> restored;
  if (!options.state_in.empty()) {
    Result<runtime::RestoreReport> loaded = LoadState(options.state_in, execution);
    if (!loaded.ok()) return Fail(loaded.error().message);
    restored = std::move(loaded).value();
    if (!options.quiet && !as_json) WriteStderr(RestoreSummary(*restored));
  }

  const auto begin = std::chrono::steady_clock::now();
  const Result<void> done = Drive(options, times.value(), inputs.value(), execution, sink);
  const double seconds = std::chrono::duration<double>(std::chrono::steady_clock::now() - begin).count();
  const runtime::RunnerCounts& counts = execution.counts();
  int status = execution.rejected() + counts.late + counts.traps == 0 ? kExitFine : kExitFindings;
  if (!done.ok()) status = Fail(done.error().message);
  if (!options.quiet) {
    const plan::Plan& rules = program.value()->plan();
    WriteStderr(as_json ? RunSummaryJson(rules, execution, sink, restored, seconds) : RunSummary(rules, execution, sink, files, seconds));
  }
  // Every output is closed. A compilation that the run has outpaced is of no use any more, and may take long to end.
  if (execution.engine().compiling()) _exit(status);
  return status;
}

}  // namespace mrule::cli
