// SPDX-License-Identifier: Apache-2.0
#include "tools/library/execution.h"

namespace mrule::library {

namespace {

constexpr size_t kBatchEvents = 1024;
/// On several threads: each portion costs the threads a meeting.
constexpr size_t kBatchEventsParallel = 8192;

runtime::RunnerOptions RunnerOptionsOf(const plan::Plan& plan, const ExecutionOptions& options) {
  runtime::RunnerOptions result;
  result.horizon_micros = plan.horizon_micros;
  result.hold = options.hold;
  result.threads = options.threads;
  result.counts_firings = options.saves;
  result.last_micros = options.last_micros.value_or(INT64_MAX);
  result.watch = options.watch;
  const int64_t lateness_micros = options.lateness_micros.value_or(plan.lateness_micros);
  for (const ExecutionSource& source : options.sources) {
    result.sources.push_back({source.name, source.lateness_micros.value_or(lateness_micros),
                              source.idle_micros.value_or(plan.idle_micros)});
  }
  if (result.sources.empty()) result.sources.push_back({"", lateness_micros, plan.idle_micros});
  return result;
}

}  // namespace

void Execution::SourceReader::OnReject(uint64_t line, std::string_view code, std::string_view reason, std::string_view raw) {
  if (name.empty()) {
    rejects.OnReject(line, code, reason, raw);
  } else {
    rejects.OnRejectOf(name, line, code, reason, raw);
  }
}

Execution::Execution(const runtime::Program& program, std::unique_ptr<Engine> engine,
                     runtime::DecisionSink& decisions, runtime::RejectSink& rejects, runtime::RunnerOptions options)
    : program_(program), engine_(std::move(engine)), decisions_(decisions),
      runner_(program, engine_->code(), decisions, options),
      batch_events_(options.threads > 1 ? kBatchEventsParallel : kBatchEvents) {
  for (const runtime::SourceOptions& source : options.sources) {
    const bool only = options.sources.size() == 1;
    readers_.push_back(std::make_unique<SourceReader>(program, only ? std::string() : source.name, rejects));
  }
}

Result<std::unique_ptr<Execution>> Execution::Start(const runtime::Program& program,
                                                    runtime::DecisionSink& decisions,
                                                    runtime::RejectSink& rejects, ExecutionOptions options) {
  Result<std::unique_ptr<Engine>> engine = Engine::Start(program, options.engine);
  if (!engine.ok()) return engine.error();
  return std::unique_ptr<Execution>(
      new Execution(program, std::move(engine).value(), decisions, rejects, RunnerOptionsOf(program.plan(), options)));
}

size_t Execution::FeedBatch(uint32_t source, std::string_view text, bool last) {
  const size_t taken = readers_[source]->reader.Read(text, last, batch_events_, batch_);
  events_ += batch_.events.size();
  runner_.Feed(source, batch_);  // may take the batch, and leave another
  batch_.Clear();
  engine_->OnEvents(events_);
  return taken;
}

size_t Execution::Feed(uint32_t source, std::string_view text, bool last) {
  size_t used = 0;
  while (used < text.size() && !decisions_.failed()) {
    const size_t taken = FeedBatch(source, text.substr(used), last);
    if (taken == 0) break;
    used += taken;
  }
  return used;
}

Result<void> Execution::Save(std::ostream& out) { return runtime::SaveSnapshot(runner_, program_, out); }

Result<runtime::RestoreReport> Execution::Restore(std::istream& in) {
  Result<runtime::RestoreReport> report = runtime::LoadSnapshot(runner_, program_, in);
  if (!report.ok()) return report;
  for (const runtime::RestoreReport::Held& held : report.value().held) {
    // What an earlier run had of a source that this one does not read is read as the first one's.
    const size_t reader = held.source < readers_.size() ? held.source : 0;
    readers_[reader]->reader.ReadAgain(held.raw, held.line, batch_);
    for (runtime::Event& event : batch_.events) {
      event.source = static_cast<uint16_t>(held.source);
      runner_.RestoreHeld(event, held.key, held.late);
    }
    batch_.Clear();
  }
  return report;
}

uint64_t Execution::lines() const {
  uint64_t lines = 0;
  for (const auto& reader : readers_) lines += reader->reader.lines();
  return lines;
}

uint64_t Execution::rejected() const {
  uint64_t rejected = 0;
  for (const auto& reader : readers_) rejected += reader->reader.rejected();
  return rejected;
}

}  // namespace mrule::library
