// SPDX-License-Identifier: Apache-2.0
// One run of a program over a stream: program, engine, runner and reader put together. Both the public Session and
// `mrule run` drive it; it prints nothing and reads no clock.
#pragma once

#include <cstdint>
#include <memory>
#include <optional>
#include <string_view>

#include "compiler/base/result.h"
#include "runtime/exec/decision.h"
#include "runtime/exec/runner.h"
#include "runtime/json/reader.h"
#include "runtime/program/program.h"
#include "tools/library/engine.h"

namespace mrule::library {

struct ExecutionOptions {
  EngineOptions engine;
  std::optional<int64_t> lateness_micros;  ///< instead of the workspace's
};

class Execution {
 public:
  /// `program` and the sinks outlive the execution. Fails only where the engine asked for cannot start.
  static Result<std::unique_ptr<Execution>> Start(const runtime::Program& program, runtime::DecisionSink& decisions,
                                                  runtime::RejectSink& rejects, ExecutionOptions options);

  /// Reads and applies whole lines of `text`; `last` says that no more follow, so that a last line without a line end
  /// counts. Stops early if the decision sink has failed. Returns the bytes used. JsonReader::kPadding bytes behind `text`
  /// must be readable.
  size_t Feed(std::string_view text, bool last);
  /// Rejects a line too long to be held; `beginning` is what was kept of it.
  void FeedLongLine(std::string_view beginning) { reader_.RejectLongLine(beginning); }

  runtime::Runner& runner() { return runner_; }
  const runtime::RunnerCounts& counts() const { return runner_.counts(); }
  uint64_t lines() const { return reader_.lines(); }
  uint64_t rejected() const { return reader_.rejected(); }
  const Engine& engine() const { return *engine_; }

 private:
  Execution(const runtime::Program& program, std::unique_ptr<Engine> engine, runtime::DecisionSink& decisions,
            runtime::RejectSink& rejects, runtime::RunnerOptions options);

  std::unique_ptr<Engine> engine_;
  runtime::DecisionSink& decisions_;
  runtime::Runner runner_;
  runtime::JsonReader reader_;
  runtime::EventBatch batch_;
  uint64_t events_ = 0;
};

}  // namespace mrule::library
