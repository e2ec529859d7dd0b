// SPDX-License-Identifier: Apache-2.0
// mrule::Session over an Execution: pieces of the stream to whole lines, sinks to callbacks.
#include <algorithm>
#include <sstream>

#include "compiler/base/limits.h"
#include "runtime/actions/decision_json.h"
#include "runtime/state/snapshot.h"
#include "tools/library/execution.h"
#include "tools/library/include/mrule/mrule.h"
#include "tools/library/rules_impl.h"

namespace mrule {

namespace {

/// At most this much is copied before it is applied.
constexpr size_t kPieceBytes = size_t{4} << 20;

Instant ToInstant(int64_t micros) { return Instant(std::chrono::microseconds(micros)); }

class CallbackSink : public runtime::DecisionSink, public runtime::RejectSink {
 public:
  CallbackSink(const plan::Plan& plan, const SessionOptions& options)
      : plan_(plan), options_(options), formatter_(plan) {}

  bool wants_detail() const override { return options_.on_decision || options_.on_suppressed; }

  void OnDecision(const runtime::Decision& decision) override {
    if (!options_.on_decision) return;
    text_.clear();
    formatter_.Append(text_, decision);
    options_.on_decision(text_);
  }

  void OnSuppressed(const runtime::Decision& decision, bool limit, uint32_t winner_rule) override {
    if (!options_.on_suppressed) return;
    text_.clear();
    formatter_.AppendSuppressed(text_, decision, limit, winner_rule);
    options_.on_suppressed(text_);
  }

  void OnTrap(int64_t at, uint32_t entity, const MrText* subject, uint32_t rule, MrStatus,
              std::string_view what) override {
    if (!options_.on_trap) return;
    Trap trap;
    trap.at = ToInstant(at);
    if (rule < plan_.rules.size()) trap.rule = plan_.rules[rule].name;
    trap.subject_kind = plan_.entities[entity].name;
    if (subject != nullptr) trap.subject = runtime::View(*subject);
    trap.what = what;
    options_.on_trap(trap);
  }

  void OnLate(const runtime::Event& event) override {
    if (options_.on_late) options_.on_late(event.raw);
  }

  void OnReject(uint64_t line, std::string_view code, std::string_view reason, std::string_view raw) override {
    if (options_.on_reject) options_.on_reject(Reject{line, code, reason, raw});
  }

 private:
  const plan::Plan& plan_;
  const SessionOptions& options_;
  runtime::DecisionFormatter formatter_;
  std::string text_;
};

library::ExecutionOptions ToExecutionOptions(const SessionOptions& options) {
  library::ExecutionOptions result;
  switch (options.engine) {
    case EngineKind::kAuto: result.engine.mode = library::EngineMode::kAuto; break;
    case EngineKind::kInterpreter: result.engine.mode = library::EngineMode::kInterpreter; break;
    case EngineKind::kJit: result.engine.mode = library::EngineMode::kJit; break;
  }
  result.engine.opt = options.optimisation == 0 ? runtime::OptLevel::kNone : runtime::OptLevel::kDefault;
  if (options.lateness) result.lateness_micros = options.lateness->count();
  return result;
}

}  // namespace

struct Session::Impl {
  Impl(const Rules& rules_in, SessionOptions options_in, std::unique_ptr<runtime::Program> program_in)
      : rules(rules_in), options(std::move(options_in)), program(std::move(program_in)),
        sink(program->plan(), options) {}

  /// Applies the whole lines of `pending` (all of it if `last`) and keeps the rest.
  void Apply(bool last);
  void TakePiece(std::string_view piece);

  Rules rules;
  SessionOptions options;
  std::unique_ptr<runtime::Program> program;
  CallbackSink sink;
  std::unique_ptr<library::Execution> execution;
  std::string pending;         // the stream's bytes that have not been applied
  bool skipping_line = false;  // the rest of a line that was too long
  bool finished = false;
  bool untouched = true;       // nothing fed or restored yet
};

void Session::Impl::Apply(bool last) {
  size_t whole = last ? pending.size() : 0;
  if (!last) {
    if (const size_t end = pending.rfind('\n'); end != std::string::npos) whole = end + 1;
  }
  if (whole != 0) {
    pending.reserve(pending.size() + runtime::JsonReader::kPadding);
    const size_t used = execution->Feed(std::string_view(pending).substr(0, whole), last);
    MR_CHECK(used == whole, "the reader takes every whole line");
    pending.erase(0, whole);
  }
  // One more byte than the limit for a carriage return that may belong to the line end.
  if (pending.size() > limits::kLineBytesMax + 1) {
    execution->FeedLongLine(std::string_view(pending).substr(0, runtime::JsonReader::kLongLineBytesKept));
    pending.clear();
    skipping_line = true;
  }
}

void Session::Impl::TakePiece(std::string_view piece) {
  if (skipping_line) {
    const size_t end = piece.find('\n');
    if (end == std::string_view::npos) return;
    skipping_line = false;
    piece.remove_prefix(end + 1);
  }
  pending.append(piece);
  Apply(/*last=*/false);
}

Session::Session(std::unique_ptr<Impl> impl) : impl_(std::move(impl)) {}
Session::Session(Session&&) noexcept = default;
Session& Session::operator=(Session&&) noexcept = default;
Session::~Session() = default;

Opened Session::Open(const Rules& rules, SessionOptions options) {
  Result<std::unique_ptr<runtime::Program>> program = runtime::Program::Load(rules.impl().plan);
  if (!program.ok()) return Opened(program.error().message);
  auto impl = std::make_unique<Impl>(rules, std::move(options), std::move(program).value());
  Result<std::unique_ptr<library::Execution>> execution =
      library::Execution::Start(*impl->program, impl->sink, impl->sink, ToExecutionOptions(impl->options));
  if (!execution.ok()) return Opened(execution.error().message);
  impl->execution = std::move(execution).value();
  return Opened(Session(std::move(impl)));
}

void Session::Feed(std::string_view json_lines) {
  impl_->untouched = false;
  impl_->finished = false;
  while (!json_lines.empty()) {
    const size_t size = std::min(json_lines.size(), kPieceBytes);
    impl_->TakePiece(json_lines.substr(0, size));
    json_lines.remove_prefix(size);
  }
}

void Session::Finish() {
  impl_->Apply(/*last=*/true);
  impl_->skipping_line = false;
  impl_->execution->runner().Finish();
  impl_->finished = true;
}

void Session::AdvanceTo(Instant until) {
  if (!impl_->finished) Finish();
  impl_->execution->runner().AdvanceTo(until.time_since_epoch().count());
}

void Session::Drain() {
  if (!impl_->finished) Finish();
  impl_->execution->runner().Drain();
}

Counts Session::counts() const {
  const runtime::RunnerCounts& run = impl_->execution->counts();
  Counts counts;
  counts.lines = impl_->execution->lines();
  counts.events = run.events;
  counts.rejected = impl_->execution->rejected();
  counts.late = run.late;
  counts.subjects = run.subjects;
  counts.fired = run.fired;
  counts.decisions = run.decisions;
  counts.suppressed = run.suppressed;
  counts.limited = run.limited;
  counts.traps = run.traps;
  if (run.clock != INT64_MIN) counts.clock = ToInstant(run.clock);
  return counts;
}

Outcome Session::SaveState(std::string* state) {
  if (!impl_->finished) return Outcome("a state can be saved only after Finish");
  std::ostringstream out;
  const Result<void> saved = runtime::SaveSnapshot(impl_->execution->runner(), *impl_->program, out);
  if (!saved.ok()) return Outcome(saved.error().message);
  *state = std::move(out).str();
  return Outcome();
}

Outcome Session::LoadState(std::string_view state, Restored* restored) {
  if (!impl_->untouched) return Outcome("a state can be loaded only before anything is fed");
  impl_->untouched = false;
  std::istringstream in{std::string(state)};
  Result<runtime::RestoreReport> loaded = runtime::LoadSnapshot(impl_->execution->runner(), *impl_->program, in);
  if (!loaded.ok()) return Outcome(loaded.error().message);
  impl_->finished = true;  // a state is that of a finished run
  if (restored != nullptr) {
    runtime::RestoreReport& report = loaded.value();
    *restored = {report.subjects, std::move(report.dropped), std::move(report.started), report.already_holding};
  }
  return Outcome();
}

}  // namespace mrule
