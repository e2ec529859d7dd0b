// SPDX-License-Identifier: Apache-2.0
// `mrule run`: events from a file or standard input through the rules; decisions out.
#include <fmt/format.h>
#include <sys/stat.h>
#include <unistd.h>

#include <chrono>
#include <filesystem>
#include <fstream>
#include <optional>

#include "compiler/driver/compile.h"
#include "runtime/json/instant.h"
#include "runtime/json/line_source.h"
#include "runtime/state/snapshot.h"
#include "tools/cli/commands/commands.h"
#include "tools/cli/exit_codes.h"
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

/// `data/events.jsonl` gives `events.KIND.jsonl`, in the current folder.
std::string DefaultName(const std::string& events, std::string_view kind) {
  const std::string stem = events == "-" ? "stdin" : std::filesystem::path(events).stem().string();
  return fmt::format("{}.{}.jsonl", stem, kind);
}

bool IsFileName(const std::string& path) { return path != "-" && path != "none"; }

/// No output may be an input or another output: writing would destroy what is read.
Result<void> CheckOutputs(const RunOptions& options, const driver::Analysis& analysis, const RunFiles& files) {
  std::vector<std::string> outputs;
  for (const LazyFile* file : {&files.decisions, &files.suppressed, &files.rejects, &files.late}) {
    if (IsFileName(file->path())) outputs.push_back(file->path());
  }
  std::vector<std::string> inputs = {options.events};
  if (!options.state_in.empty()) inputs.push_back(options.state_in);
  for (const syntax::Tree& tree : analysis.user_trees()) inputs.push_back(analysis.sources[tree.file].name());
  if (!options.state_out.empty() && SameFile(options.state_out, options.events)) {
    return Error{fmt::format("`{}` is both read and written", options.state_out)};
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

Result<void> LoadState(const std::string& path, library::Execution& execution, const runtime::Program& program, bool quiet) {
  std::ifstream in(path, std::ios::binary);
  if (!in) return Error{fmt::format("cannot open `{}`", path)};
  Result<runtime::RestoreReport> report = runtime::LoadSnapshot(execution.runner(), program, in);
  if (!report.ok()) return Error{fmt::format("`{}`: {}", path, report.error().message)};
  if (!quiet) WriteStderr(RestoreSummary(report.value()));
  return {};
}

Result<void> SaveState(const std::string& path, library::Execution& execution, const runtime::Program& program) {
  return ReplaceFile(path, [&](std::ostream& out) { return runtime::SaveSnapshot(execution.runner(), program, out); });
}

/// Until the stream ends, or nothing can be written any more.
Result<void> FeedAll(runtime::LineSource& source, library::Execution& execution, RunSink& sink, Progress& progress) {
  size_t unread = 0;
  for (;;) {
    Result<runtime::LineSource::Buffer> next = source.Next(unread);
    if (!next.ok()) return next.error();
    const runtime::LineSource::Buffer& buffer = next.value();
    unread = 0;
    switch (buffer.kind) {
      case runtime::LineSource::Buffer::Kind::kEnd: return {};
      case runtime::LineSource::Buffer::Kind::kLongLine: execution.FeedLongLine(buffer.text); break;
      case runtime::LineSource::Buffer::Kind::kLines:
        unread = buffer.text.size() - execution.Feed(buffer.text, buffer.last);
        break;
    }
    sink.Flush();
    if (sink.failed()) return {};
    progress.Update(source.bytes_read(), execution.counts().events);
  }
}

uint64_t SizeOf(const std::string& path) {
  struct stat info;
  return path != "-" && stat(path.c_str(), &info) == 0 && S_ISREG(info.st_mode) ? static_cast<uint64_t>(info.st_size) : 0;
}

bool WantsProgress(const RunOptions& options) {
  const bool decisions_on_terminal = options.decisions == "-" && isatty(STDOUT_FILENO) == 1;
  return !options.quiet && !options.no_progress && !decisions_on_terminal && isatty(STDERR_FILENO) == 1;
}

library::ExecutionOptions ToExecutionOptions(const RunOptions& options, const Times& times) {
  library::ExecutionOptions result;
  result.engine.mode = options.engine == "jit"           ? library::EngineMode::kJit
                       : options.engine == "interpreter" ? library::EngineMode::kInterpreter
                                                         : library::EngineMode::kAuto;
  result.engine.opt = options.opt == 0 ? runtime::OptLevel::kNone : runtime::OptLevel::kDefault;
  result.lateness_micros = times.lateness;
  return result;
}

/// The stream, then the time after it, then the outputs: closed before the state is written, so that no state ever claims
/// decisions that were lost.
Result<void> Drive(const RunOptions& options, const Times& times, runtime::LineSource& source,
                   library::Execution& execution, const runtime::Program& program, RunSink& sink) {
  Progress progress(WantsProgress(options), SizeOf(options.events));
  if (Result<void> fed = FeedAll(source, execution, sink, progress); !fed.ok()) {
    static_cast<void>(sink.Close().ok());  // the reading failure came first
    return fed;
  }
  if (!sink.failed()) {
    execution.runner().Finish();
    if (times.until) execution.runner().AdvanceTo(*times.until);
    if (options.drain) execution.runner().Drain();
  }
  if (Result<void> closed = sink.Close(); !closed.ok()) return closed;
  if (options.state_out.empty()) return {};
  return SaveState(options.state_out, execution, program);
}

}  // namespace

int Run(const RunOptions& options) {
  Result<Times> times = ReadTimes(options);
  if (!times.ok()) return Fail(times.error().message);
  const std::unique_ptr<driver::Analysis> analysis = AnalyzePaths(options.rules);
  if (!analysis) return kExitUsage;
  std::optional<plan::Plan> plan = driver::Compile(*analysis);
  ShowProblems(*analysis);
  if (!plan) return ExitStatusOf(*analysis);

  // Everything that can be wrong before the first event is found before any output is made or emptied.
  Result<std::unique_ptr<runtime::Program>> program = runtime::Program::Load(std::move(*plan));
  if (!program.ok()) return Fail(program.error().message);
  Result<std::unique_ptr<runtime::LineSource>> source = runtime::LineSource::Open(options.events);
  if (!source.ok()) return Fail(source.error().message);
  RunFiles files;
  files.decisions = LazyFile(options.decisions);
  files.suppressed = LazyFile(options.suppressed);
  files.rejects = LazyFile(options.rejects.empty() ? DefaultName(options.events, "rejects") : options.rejects);
  files.late = LazyFile(options.late.empty() ? DefaultName(options.events, "late") : options.late);
  files.table = options.format == "table";
  if (Result<void> checked = CheckOutputs(options, *analysis, files); !checked.ok()) return Fail(checked.error().message);

  for (LazyFile* file : {&files.decisions, &files.suppressed}) {
    if (Result<void> opened = file->OpenNow(); !opened.ok()) return Fail(opened.error().message);
  }
  for (auto [file, named] : {std::pair(&files.rejects, !options.rejects.empty()), std::pair(&files.late, !options.late.empty())}) {
    if (!named) continue;
    if (Result<void> opened = file->OpenNow(); !opened.ok()) return Fail(opened.error().message);
  }
  RunSink sink(program.value()->plan(), files);
  Result<std::unique_ptr<library::Execution>> started =
      library::Execution::Start(*program.value(), sink, sink, ToExecutionOptions(options, times.value()));
  if (!started.ok()) return Fail(started.error().message);
  library::Execution& execution = *started.value();
  sink.SetCounts(&execution.counts());
  if (!options.state_in.empty()) {
    Result<void> loaded = LoadState(options.state_in, execution, *program.value(), options.quiet);
    if (!loaded.ok()) return Fail(loaded.error().message);
  }

  const auto begin = std::chrono::steady_clock::now();
  const Result<void> done = Drive(options, times.value(), *source.value(), execution, *program.value(), sink);
  const double seconds = std::chrono::duration<double>(std::chrono::steady_clock::now() - begin).count();
  const runtime::RunnerCounts& counts = execution.counts();
  int status = execution.rejected() + counts.late + counts.traps == 0 ? kExitFine : kExitFindings;
  if (!done.ok()) status = Fail(done.error().message);
  if (!options.quiet) WriteStderr(RunSummary(program.value()->plan(), execution, sink, files, seconds));
  // Every output is closed. A compilation that the run has outpaced is of no use any more, and may take long to end.
  if (execution.engine().compiling()) _exit(status);
  return status;
}

}  // namespace mrule::cli
