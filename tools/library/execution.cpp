// SPDX-License-Identifier: Apache-2.0
#include "tools/library/execution.h"

namespace mrule::library {

namespace {

constexpr size_t kBatchEvents = 1024;

}  // namespace

Execution::Execution(const runtime::Program& program, std::unique_ptr<Engine> engine,
                     runtime::DecisionSink& decisions, runtime::RejectSink& rejects, runtime::RunnerOptions options)
    : engine_(std::move(engine)), decisions_(decisions), runner_(program, engine_->code(), decisions, options), reader_(program, rejects) {}

Result<std::unique_ptr<Execution>> Execution::Start(const runtime::Program& program,
                                                    runtime::DecisionSink& decisions,
                                                    runtime::RejectSink& rejects, ExecutionOptions options) {
  Result<std::unique_ptr<Engine>> engine = Engine::Start(program, options.engine);
  if (!engine.ok()) return engine.error();
  runtime::RunnerOptions runner;
  runner.lateness_micros = options.lateness_micros.value_or(program.plan().lateness_micros);
  return std::unique_ptr<Execution>(
      new Execution(program, std::move(engine).value(), decisions, rejects, runner));
}

size_t Execution::Feed(std::string_view text, bool last) {
  size_t used = 0;
  while (used < text.size() && !decisions_.failed()) {
    const size_t taken = reader_.Read(text.substr(used), last, kBatchEvents, batch_);
    if (taken == 0) break;
    used += taken;
    events_ += batch_.events.size();
    runner_.Feed(batch_);
    batch_.Clear();
    engine_->OnEvents(events_);
  }
  return used;
}

}  // namespace mrule::library
