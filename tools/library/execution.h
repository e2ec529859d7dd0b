// SPDX-License-Identifier: Apache-2.0
// One run of a program over its sources: program, engine, runner and a reader for each source put together. Both the public
// Session and `mrule run` drive it; it prints nothing and reads no clock.
#pragma once

#include <cstdint>
#include <iosfwd>
#include <memory>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "compiler/base/result.h"
#include "runtime/exec/decision.h"
#include "runtime/exec/runner.h"
#include "runtime/json/reader.h"
#include "runtime/program/program.h"
#include "runtime/state/snapshot.h"
#include "tools/library/engine.h"

namespace mrule::library {

/// An input of its own; what is absent is as the workspace says.
struct ExecutionSource {
  std::string name;
  std::optional<int64_t> lateness_micros;
  std::optional<int64_t> idle_micros;
};

struct ExecutionOptions {
  EngineOptions engine;
  std::optional<int64_t> lateness_micros;  ///< of sources that do not say; instead of the workspace's
  std::vector<ExecutionSource> sources;    ///< none: one without a name
  bool hold = false;                       ///< runtime::RunnerOptions::hold
  uint32_t threads = 1;                    ///< runtime::RunnerOptions::threads
  bool saves = true;                       ///< Save may be called
  std::optional<int64_t> last_micros;      ///< later events are passed over
  runtime::Watch* watch = nullptr;         ///< looks on; outlives the execution
};

class Execution {
 public:
  /// `program` and the sinks outlive the execution. Fails only where the engine asked for cannot start.
  static Result<std::unique_ptr<Execution>> Start(const runtime::Program& program, runtime::DecisionSink& decisions,
                                                  runtime::RejectSink& rejects, ExecutionOptions options);

  /// Reads and applies whole lines of `text`; `last` says that no more follow, so that a last line without a line end
  /// counts. Stops early if the decision sink has failed. Returns the bytes used. JsonReader::kPadding bytes behind `text`
  /// must be readable.
  size_t Feed(uint32_t source, std::string_view text, bool last);
  /// The same for one batch of lines.
  size_t FeedBatch(uint32_t source, std::string_view text, bool last);
  /// Rejects a line too long to be held; `beginning` is what was kept of it.
  void FeedLongLine(uint32_t source, std::string_view beginning) { readers_[source]->reader.RejectLongLine(beginning); }

  /// After the runner's Finish or Pause.
  Result<void> Save(std::ostream& out);
  /// Before anything is fed.
  Result<runtime::RestoreReport> Restore(std::istream& in);

  runtime::Runner& runner() { return runner_; }
  const runtime::RunnerCounts& counts() const { return runner_.counts(); }
  uint64_t lines() const;
  uint64_t rejected() const;
  size_t source_count() const { return readers_.size(); }
  const Engine& engine() const { return *engine_; }

 private:
  /// Says of which source a line was rejected.
  struct SourceReader : runtime::RejectSink {
    SourceReader(const runtime::Program& program, std::string name_in, runtime::RejectSink& rejects_in)
        : name(std::move(name_in)), rejects(rejects_in), reader(program, *this) {}
    void OnReject(uint64_t line, std::string_view code, std::string_view reason, std::string_view raw) override;

    std::string name;  ///< empty where there is one source
    runtime::RejectSink& rejects;
    runtime::JsonReader reader;
  };
  Execution(const runtime::Program& program, std::unique_ptr<Engine> engine, runtime::DecisionSink& decisions,
            runtime::RejectSink& rejects, runtime::RunnerOptions options);

  const runtime::Program& program_;
  std::unique_ptr<Engine> engine_;
  runtime::DecisionSink& decisions_;
  runtime::Runner runner_;
  std::vector<std::unique_ptr<SourceReader>> readers_;
  runtime::EventBatch batch_;
  size_t batch_events_;
  uint64_t events_ = 0;
};

}  // namespace mrule::library
