// SPDX-License-Identifier: Apache-2.0
#include "tools/cli/run_sink.h"

#include <fmt/format.h>

#include "runtime/json/instant.h"

namespace mrule::cli {

Result<void> LazyFile::OpenNow() {
  if (!wanted() || writer_) return {};
  Result<std::unique_ptr<runtime::FileWriter>> created = runtime::FileWriter::Create(path_);
  if (!created.ok()) {
    error_ = created.error().message;
    return created.error();
  }
  writer_ = std::move(created).value();
  return {};
}

runtime::FileWriter* LazyFile::writer() {
  if (error_.empty()) static_cast<void>(OpenNow());
  return writer_.get();
}

Result<void> LazyFile::Flush() {
  if (!writer_) return {};
  return writer_->Flush();
}

Result<void> LazyFile::Close() {
  if (!error_.empty()) return Error{error_};
  if (!writer_) return {};
  return writer_->Close();
}

namespace {

std::string_view Words(MrStatus status) {
  switch (status) {
    case kMrOverflow: return "a value left its range";
    case kMrKeysFull: return "a limit counts too many different values";
    case kMrEachFull: return "one event passes too many steps of `each`";
    case kMrWaitingFull: return "too many firings wait for a limit";
    case kMrWindowFull: return "a window holds too many events";
    case kMrSequencesFull: return "too many open sequences";
    case kMrOk: return "its effects set each other off without end";
    default: return "it could not be evaluated";
  }
}

}  // namespace

RunSink::RunSink(const plan::Plan& plan, RunFiles& files)
    : plan_(plan), files_(files), decisions_by_rule_(plan.rules.size()) {
  runtime::DecisionFiles json;
  if (files.table && files.decisions.wanted()) {
    table_.emplace(plan, *files.decisions.writer());
  } else {
    json.decisions = files.decisions.writer();
  }
  json.suppressed = files.suppressed.writer();
  json_.emplace(plan, json);
}

namespace {

/// What the sink would write itself, for a shard's thread.
class RunWriter : public runtime::DecisionWriter {
 public:
  RunWriter(const plan::Plan& plan, const RunFiles& files)
      : decisions_(files.decisions.wanted()), suppressed_(files.suppressed.wanted()), as_table_(files.table), json_(plan), table_(plan) {}

  void Append(std::string& out, const runtime::Decision& decision) override {
    if (!decisions_) return;
    if (as_table_) {
      table_.Append(out, decision);
    } else {
      json_.Append(out, decision);
    }
  }
  void AppendSuppressed(std::string& out, const runtime::Decision& decision, bool limit, uint32_t winner_rule) override {
    if (suppressed_) json_.AppendSuppressed(out, decision, limit, winner_rule);
  }

 private:
  bool decisions_, suppressed_, as_table_;
  runtime::DecisionFormatter json_;
  runtime::TableFormatter table_;
};

}  // namespace

std::unique_ptr<runtime::DecisionWriter> RunSink::MakeWriter() const {
  if (!wants_detail()) return nullptr;
  return std::make_unique<RunWriter>(plan_, files_);
}

void RunSink::OnDecision(const runtime::Decision& decision) {
  const uint32_t of = plan_.rules[decision.rule].revert.of;
  ++decisions_by_rule_[of == plan::kNoHandler ? decision.rule : of];  // a way back is its rule's
  if (table_) {
    table_->OnDecision(decision);
  } else {
    json_->OnDecision(decision);
  }
}

void RunSink::OnSuppressed(const runtime::Decision& decision, bool limit, uint32_t winner_rule) {
  json_->OnSuppressed(decision, limit, winner_rule);
}

void RunSink::OnTrap(int64_t at, uint32_t entity, const MrText* subject, uint32_t rule, MrStatus status,
                     std::string_view) {
  if (first_traps_.size() == kFirstKept) return;
  const std::string_view name = subject != nullptr ? runtime::View(*subject) : std::string_view();
  const std::string who = rule < plan_.rules.size()
                              ? fmt::format("rule \"{}\" ({}:{})", plan_.rules[rule].name, plan_.rules[rule].file,
                                            plan_.rules[rule].line)
                              : std::string("rules");
  first_traps_.push_back(fmt::format("{} on {} {} at {}: {}", who, plan_.entities[entity].name, name,
                                     runtime::InstantText(at), Words(status)));
}

void RunSink::OnLate(const runtime::Event& event, int64_t clock) {
  if (!late_) {
    runtime::DecisionFiles late;
    late.late = files_.late.writer();
    late_.emplace(plan_, late).SetSources(sources_);
  }
  late_->OnLate(event, clock);
}

void RunSink::OnContradicted(const runtime::Decision& decision, const runtime::Event& late) {
  if (!contradicted_) {
    runtime::DecisionFiles contradicted;
    contradicted.contradicted = files_.contradicted.writer();
    contradicted_.emplace(plan_, contradicted).SetSources(sources_);
  }
  contradicted_->OnContradicted(decision, late);
}

void RunSink::OnReject(uint64_t line, std::string_view code, std::string_view reason, std::string_view raw) {
  OnRejectOf({}, line, code, reason, raw);
}

void RunSink::OnRejectOf(std::string_view source, uint64_t line, std::string_view code, std::string_view reason,
                         std::string_view raw) {
  if (first_rejects_.size() < kFirstKept) {
    first_rejects_.push_back(fmt::format("{}{}line {}: {} {}", source, source.empty() ? "" : " ", line, code, reason));
  }
  if (!rejects_) {
    runtime::FileWriter* writer = files_.rejects.writer();
    if (writer == nullptr) return;
    rejects_.emplace(*writer);
  }
  rejects_->OnRejectOf(source, line, code, reason, raw);
}

bool RunSink::failed() const {
  return files_.decisions.failed() || files_.suppressed.failed() || files_.rejects.failed() ||
         files_.late.failed() || files_.contradicted.failed();
}

void RunSink::Flush() {
  for (LazyFile* file : {&files_.decisions, &files_.suppressed, &files_.rejects, &files_.late, &files_.contradicted}) {
    static_cast<void>(file->Flush().ok());  // a failure is kept, and Close tells
  }
}

Result<void> RunSink::Close() {
  Result<void> status;
  for (LazyFile* file : {&files_.decisions, &files_.suppressed, &files_.rejects, &files_.late, &files_.contradicted}) {
    Result<void> closed = file->Close();
    if (!closed.ok() && status.ok()) status = closed;
  }
  return status;
}

}  // namespace mrule::cli
