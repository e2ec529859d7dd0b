// SPDX-License-Identifier: Apache-2.0
#include "tools/library/engine.h"

#include <atomic>
#include <mutex>
#include <thread>

namespace mrule::library {

/// The thread writes `jit`, `stats` and `failure`, then `done`; the driving thread reads them after it has seen `done`. Before
/// that, only `mutex` lets it at `jit`, to cancel the compilation.
struct Engine::Background {
  std::thread thread;
  std::mutex mutex;
  bool cancelled = false;
  std::atomic<bool> done{false};
  std::atomic<bool> usable{false};
  bool collected = false;
  std::unique_ptr<runtime::Jit> jit;
  runtime::JitStats stats;
  std::string failure;
};

Engine::Engine(const runtime::Program& program, EngineOptions options)
    : program_(program), options_(options), code_(program) {}

Engine::~Engine() {
  if (!background_) return;
  {
    const std::lock_guard lock(background_->mutex);
    background_->cancelled = true;
    if (background_->jit) background_->jit->Cancel();
  }
  background_->thread.join();
}

Result<std::unique_ptr<Engine>> Engine::Start(const runtime::Program& program, EngineOptions options) {
  std::unique_ptr<Engine> engine(new Engine(program, options));
  if (options.mode != EngineMode::kJit) return engine;
  Result<std::unique_ptr<runtime::Jit>> jit = runtime::LoadJit();
  if (!jit.ok()) return jit.error();
  engine->jit_ = std::move(jit).value();
  Result<runtime::JitStats> compiled = engine->jit_->Compile(program, options.opt, engine->code_);
  if (!compiled.ok()) return compiled.error();
  engine->report_.jit = compiled.value();
  engine->report_.used = EngineReport::Used::kJit;
  return engine;
}

void Engine::StartBackground() {
  background_ = std::make_unique<Background>();
  Background* shared = background_.get();
  shared->thread = std::thread([this, shared] {
    Result<std::unique_ptr<runtime::Jit>> jit = runtime::LoadJit();
    if (!jit.ok()) {
      shared->failure = jit.error().message;
    } else {
      {
        const std::lock_guard lock(shared->mutex);
        shared->jit = std::move(jit).value();
        if (shared->cancelled) shared->jit->Cancel();
      }
      Result<runtime::JitStats> compiled = shared->jit->Compile(program_, options_.opt, code_);
      if (compiled.ok()) {
        shared->stats = compiled.value();
        shared->usable.store(true, std::memory_order_relaxed);
      } else {
        shared->failure = compiled.error().message;
      }
    }
    shared->done.store(true, std::memory_order_release);
  });
}

void Engine::OnEvents(uint64_t total) {
  if (options_.mode != EngineMode::kAuto) return;
  if (!background_) {
    if (total >= options_.compile_after_events) StartBackground();
    return;
  }
  if (background_->collected || !background_->done.load(std::memory_order_acquire)) return;
  background_->collected = true;
  report_.unavailable = background_->failure;
  if (!background_->usable.load(std::memory_order_relaxed)) return;
  report_.used = EngineReport::Used::kBoth;
  report_.compiled_at_event = total;
  report_.jit = background_->stats;
}

bool Engine::compiling() const { return background_ && !background_->done.load(std::memory_order_acquire); }

EngineReport Engine::report() const { return report_; }

}  // namespace mrule::library
