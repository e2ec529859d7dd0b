// SPDX-License-Identifier: Apache-2.0
#include "tools/library/why_run.h"

#include "compiler/base/limits.h"

namespace mrule::library {

WhyRun::WhyRun(const runtime::Program& program, const plan::WhyPlan& why, WhyQuestion question)
    : question_(std::move(question)), watch_(program, why, question_.subject) {}

Result<std::unique_ptr<WhyRun>> WhyRun::Start(const runtime::Program& program, const plan::WhyPlan& why, WhyQuestion question,
                                              runtime::RejectSink& rejects) {
  std::unique_ptr<WhyRun> run(new WhyRun(program, why, std::move(question)));
  ExecutionOptions options;
  options.engine.mode = EngineMode::kInterpreter;
  options.lateness_micros = run->question_.lateness_micros;
  options.sources = run->question_.sources;
  options.watch = &run->watch_;
  options.last_micros = run->question_.at;
  Result<std::unique_ptr<Execution>> execution = Execution::Start(program, run->watch_, rejects, options);
  if (!execution.ok()) return execution.error();
  run->execution_ = std::move(execution).value();
  return run;
}

Result<runtime::WhyReport> WhyRun::Answer() {
  runtime::Runner& runner = execution_->runner();
  runner.Finish();
  const int64_t clock = runner.counts().clock;
  if (!question_.at && clock == INT64_MIN) return Error{"there is no event, and so no instant to ask about"};
  const int64_t at = question_.at.value_or(clock);
  runner.AdvanceTo(at);
  runtime::WhyReport report = watch_.Report(runner, at);
  // In growing steps, because a rule may fire soon and the other subjects go on too.
  for (int64_t ahead = int64_t{3600} * 1'000'000; !watch_.next_firing(); ahead *= 4) {
    const int64_t step = std::min(ahead, kAheadMicros);
    if (at > limits::kInstantMaxMicros - step) break;
    runner.AdvanceTo(at + step);
    if (step == kAheadMicros) break;
  }
  report.next_firing = watch_.next_firing();
  return report;
}

}  // namespace mrule::library
