// SPDX-License-Identifier: Apache-2.0
// mrule::Session over an Execution: pieces of the stream to whole lines, sinks to callbacks.
#include <algorithm>
#include <sstream>

#include "compiler/base/check.h"
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

  std::unique_ptr<runtime::DecisionWriter> MakeWriter() const override {
    if (!wants_detail()) return nullptr;
    return std::make_unique<runtime::DecisionFormatter>(plan_);
  }

  void OnDecision(const runtime::Decision& decision) override {
    if (!options_.on_decision) return;
    if (!decision.text.empty()) return options_.on_decision(decision.text);
    text_.clear();
    formatter_.Append(text_, decision);
    options_.on_decision(text_);
  }

  void OnSuppressed(const runtime::Decision& decision, bool limit, uint32_t winner_rule) override {
    if (!options_.on_suppressed) return;
    if (!decision.text.empty()) return options_.on_suppressed(decision.text);
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

  void OnLate(const runtime::Event& event, int64_t clock) override {
    if (options_.on_late) options_.on_late(Late{SourceName(event.source), event.line, ToInstant(clock), event.raw});
  }

  bool wants_contradicted() const override { return static_cast<bool>(options_.on_contradicted); }

  void OnContradicted(const runtime::Decision& decision, const runtime::Event& late) override {
    text_.clear();
    formatter_.AppendContradicted(text_, decision, late, SourceName(late.source));
    options_.on_contradicted(text_);
  }

  void OnReject(uint64_t line, std::string_view code, std::string_view reason, std::string_view raw) override {
    OnRejectOf({}, line, code, reason, raw);
  }

  void OnRejectOf(std::string_view source, uint64_t line, std::string_view code, std::string_view reason,
                  std::string_view raw) override {
    if (options_.on_reject) options_.on_reject(Reject{source, line, code, reason, raw});
  }

 private:
  std::string_view SourceName(size_t source) const {
    return options_.sources.size() > 1 && source < options_.sources.size() ? std::string_view(options_.sources[source].name)
                                                                            : std::string_view();
  }

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
  for (const Source& source : options.sources) {
    library::ExecutionSource& out = result.sources.emplace_back();
    out.name = source.name;
    if (source.lateness) out.lateness_micros = source.lateness->count();
    if (source.idle) out.idle_micros = source.idle->count();
  }
  result.hold = options.pausable;
  result.threads = static_cast<uint32_t>(std::clamp(options.threads, 1, static_cast<int>(limits::kThreadsMax)));
  return result;
}

}  // namespace

struct Session::Impl {
  Impl(const Rules& rules_in, SessionOptions options_in, std::unique_ptr<runtime::Program> program_in)
      : rules(rules_in), options(std::move(options_in)), program(std::move(program_in)),
        sink(program->plan(), options) {}

  /// What one source has brought and what has not been applied yet.
  struct Input {
    std::string pending;
    bool skipping_line = false;  ///< the rest of a line that was too long
  };

  /// Applies the whole lines of an input (all of it if `last`) and keeps the rest.
  void Apply(uint32_t source, bool last);
  void TakePiece(uint32_t source, std::string_view piece);
  /// No line goes on.
  void ApplyRest();

  Rules rules;
  SessionOptions options;
  std::unique_ptr<runtime::Program> program;
  CallbackSink sink;
  std::unique_ptr<library::Execution> execution;
  std::vector<Input> inputs;
  bool finished = false;       // or paused
  bool untouched = true;       // nothing fed or restored yet
};

void Session::Impl::Apply(uint32_t source, bool last) {
  std::string& pending = inputs[source].pending;
  size_t whole = last ? pending.size() : 0;
  if (!last) {
    if (const size_t end = pending.rfind('\n'); end != std::string::npos) whole = end + 1;
  }
  if (whole != 0) {
    pending.reserve(pending.size() + runtime::JsonReader::kPadding);
    const size_t used = execution->Feed(source, std::string_view(pending).substr(0, whole), last);
    MR_CHECK(used == whole, "the reader takes every whole line");
    pending.erase(0, whole);
  }
  // One more byte than the limit for a carriage return that may belong to the line end.
  if (pending.size() > limits::kLineBytesMax + 1) {
    execution->FeedLongLine(source, std::string_view(pending).substr(0, runtime::JsonReader::kLongLineBytesKept));
    pending.clear();
    inputs[source].skipping_line = true;
  }
}

void Session::Impl::TakePiece(uint32_t source, std::string_view piece) {
  Input& input = inputs[source];
  if (input.skipping_line) {
    const size_t end = piece.find('\n');
    if (end == std::string_view::npos) return;
    input.skipping_line = false;
    piece.remove_prefix(end + 1);
  }
  input.pending.append(piece);
  Apply(source, /*last=*/false);
}

void Session::Impl::ApplyRest() {
  for (uint32_t source = 0; source < inputs.size(); ++source) {
    Apply(source, /*last=*/true);
    inputs[source].skipping_line = false;
  }
}

Session::Session(std::unique_ptr<Impl> impl) : impl_(std::move(impl)) {}
Session::Session(Session&&) noexcept = default;
Session& Session::operator=(Session&&) noexcept = default;
Session::~Session() = default;

Opened Session::Open(const Rules& rules, SessionOptions options) {
  Result<std::unique_ptr<runtime::Program>> program = runtime::Program::Load(rules.impl().plan);
  if (!program.ok()) return Opened(program.error().message);
  if (options.sources.size() > limits::kSourcesMax) return Opened("there are more sources than a run can have");
  auto impl = std::make_unique<Impl>(rules, std::move(options), std::move(program).value());
  Result<std::unique_ptr<library::Execution>> execution =
      library::Execution::Start(*impl->program, impl->sink, impl->sink, ToExecutionOptions(impl->options));
  if (!execution.ok()) return Opened(execution.error().message);
  impl->execution = std::move(execution).value();
  impl->inputs.resize(impl->execution->source_count());
  return Opened(Session(std::move(impl)));
}

void Session::Feed(std::size_t source, std::string_view json_lines) {
  MR_CHECK(source < impl_->inputs.size(), "a session is fed of the sources that it was opened with");
  impl_->untouched = false;
  impl_->finished = false;
  while (!json_lines.empty()) {
    const size_t size = std::min(json_lines.size(), kPieceBytes);
    impl_->TakePiece(static_cast<uint32_t>(source), json_lines.substr(0, size));
    json_lines.remove_prefix(size);
  }
}

void Session::End(std::size_t source) {
  MR_CHECK(source < impl_->inputs.size(), "a session is fed of the sources that it was opened with");
  impl_->Apply(static_cast<uint32_t>(source), /*last=*/true);
  impl_->inputs[source].skipping_line = false;
  impl_->execution->runner().EndSource(static_cast<uint32_t>(source));
}

void Session::Finish() {
  impl_->ApplyRest();
  impl_->execution->runner().Finish();
  impl_->finished = true;
}

Outcome Session::Pause() {
  if (!impl_->options.pausable) return Outcome("only a session that was opened as pausable can pause");
  impl_->ApplyRest();
  impl_->execution->runner().Pause();
  impl_->finished = true;
  return Outcome();
}

void Session::Settle() { impl_->execution->runner().Settle(); }

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
  counts.repeated = run.repeated;
  counts.contradicted = run.contradicted;
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
  if (!impl_->finished) return Outcome("a state can be saved only after Finish or Pause");
  std::ostringstream out;
  const Result<void> saved = impl_->execution->Save(out);
  if (!saved.ok()) return Outcome(saved.error().message);
  *state = std::move(out).str();
  return Outcome();
}

Outcome Session::LoadState(std::string_view state, Restored* restored) {
  if (!impl_->untouched) return Outcome("a state can be loaded only before anything is fed");
  impl_->untouched = false;
  std::istringstream in{std::string(state)};
  Result<runtime::RestoreReport> loaded = impl_->execution->Restore(in);
  if (!loaded.ok()) return Outcome(loaded.error().message);
  impl_->finished = true;  // a state is that of a run that is over
  if (restored != nullptr) {
    runtime::RestoreReport& report = loaded.value();
    *restored = {report.subjects, std::move(report.dropped), std::move(report.started), report.already_holding};
  }
  return Outcome();
}

}  // namespace mrule
