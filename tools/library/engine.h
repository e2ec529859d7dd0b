// SPDX-License-Identifier: Apache-2.0
// Which engine runs a program's functions, and when machine code comes in. The interpreter works from the first event;
// `kJit` compiles everything before it, `kAuto` compiles on a thread of its own once the stream has proved long enough to
// pay for it. Decisions are the same whichever runs.
#pragma once

#include <cstdint>
#include <memory>
#include <string>

#include "compiler/base/result.h"
#include "runtime/exec/code.h"
#include "runtime/jit/jit.h"
#include "runtime/program/program.h"

namespace mrule::library {

enum class EngineMode : uint8_t { kInterpreter, kJit, kAuto };

struct EngineOptions {
  EngineMode mode = EngineMode::kAuto;
  runtime::OptLevel opt = runtime::OptLevel::kDefault;
  /// kAuto: compile when this many events have been seen.
  uint64_t compile_after_events = 20'000;
};

struct EngineReport {
  enum class Used : uint8_t {
    kInterpreter,  ///< no machine code ran
    kJit,          ///< machine code from the first event
    kBoth,         ///< machine code from some event on
  } used = Used::kInterpreter;
  uint64_t compiled_at_event = 0;  ///< kBoth: how many events had been seen when all code was in place
  runtime::JitStats jit;
  std::string unavailable;         ///< kAuto: why there is no machine code, if it was wanted
};

class Engine {
 public:
  /// Fails for kJit alone: where LLVM is missing or cannot compile. `program` outlives the engine.
  static Result<std::unique_ptr<Engine>> Start(const runtime::Program& program, EngineOptions options);
  /// Cancels a compilation under way and waits for the module at hand.
  ~Engine();
  Engine(const Engine&) = delete;
  Engine& operator=(const Engine&) = delete;

  const runtime::Code& code() const { return code_; }
  /// Says how many events have been seen so far; may begin to compile.
  void OnEvents(uint64_t total);
  /// A compilation is under way: destroying the engine would wait for it.
  bool compiling() const;
  EngineReport report() const;

 private:
  struct Background;
  Engine(const runtime::Program& program, EngineOptions options);
  void StartBackground();

  const runtime::Program& program_;
  EngineOptions options_;
  runtime::Code code_;
  std::unique_ptr<runtime::Jit> jit_;
  EngineReport report_;
  std::unique_ptr<Background> background_;  // last: it uses all the others
};

}  // namespace mrule::library
