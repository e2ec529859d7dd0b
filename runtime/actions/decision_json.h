// SPDX-License-Identifier: Apache-2.0
// Decisions as JSON lines, one an action:
//
//   {"id":"…","at":"2026-11-21T06:00:00Z","rule":"Stop losing
//   campaigns","campaign":"c1","action":"pause","args":{},
//    "because":{"roas":0.9}}
//
// in this order of keys, with `"kind":"state"` after the action where it acts on state only (S12). Values as
// value_text.h says. The id is 32 hex digits, XXH3-128 of rule, entity, subject, instant, which of the
// rule's firings for the subject at that instant it is (with which of its ways back), and the action's place:
// the same on every replay, on every engine, with any number of shards and whatever other rules there are.
// Suppressed decisions go to a file of their own, with `"suppressed_by"` the kind of thing that stopped them
// (`rule`, with its name under `winner`, or `limit`). Traps
// (`{"at","rule","campaign","trap":"overflow","what"}`), late records
// (`{"source","line","at","clock","raw"}`, without the source where there is one) and decisions that a late
// record may contradict (`{"decision","at","rule","campaign","action","late":{"source","line","at","type"}}`)
// have files of their own too.
#pragma once

#include <memory>
#include <string>
#include <string_view>
#include <vector>

#include "runtime/actions/file_writer.h"
#include "runtime/actions/value_text.h"
#include "runtime/exec/decision.h"

namespace mrule::runtime {

/// The stable identity of a decision.
std::string DecisionId(const plan::Plan& plan, const Decision& decision);

/// Appends decisions as JSON objects, without a line end.
class DecisionFormatter : public DecisionWriter {
 public:
  explicit DecisionFormatter(const plan::Plan& plan) : plan_(plan), printer_(plan) {}
  void Append(std::string& out, const Decision& decision) override;
  /// One that did not happen, with what stopped it.
  void AppendSuppressed(std::string& out, const Decision& decision, bool limit, uint32_t winner_rule) override;
  /// One that a late record of `source` may contradict.
  void AppendContradicted(std::string& out, const Decision& decision, const Event& late, std::string_view source);

 private:
  void AppendOpen(std::string& out, const Decision& decision);  // from `{` to before `}`
  void AppendWhere(std::string& out, const Decision& decision);  // `"at":` to before the action's arguments
  void AppendArgument(std::string& out, const plan::ArgumentPlan& argument, size_t item, const MrValue* outputs);

  const plan::Plan& plan_;
  ValuePrinter printer_;
  std::string scratch_;
};

/// Where a run's records go. Null: not written. The writers outlive the sink.
struct DecisionFiles {
  FileWriter* decisions = nullptr;
  FileWriter* suppressed = nullptr;
  FileWriter* traps = nullptr;
  FileWriter* late = nullptr;
  FileWriter* contradicted = nullptr;
};

class JsonDecisionSink : public DecisionSink {
 public:
  JsonDecisionSink(const plan::Plan& plan, DecisionFiles files)
      : plan_(plan), files_(files), formatter_(plan) {}

  /// Names for late records to tell, by number; none: they tell none.
  void SetSources(std::vector<std::string> names) { sources_ = std::move(names); }

  bool wants_detail() const override { return true; }
  std::unique_ptr<DecisionWriter> MakeWriter() const override { return std::make_unique<DecisionFormatter>(plan_); }
  void OnDecision(const Decision& decision) override;
  void OnSuppressed(const Decision& decision, bool limit, uint32_t winner_rule) override;
  void OnTrap(int64_t at, uint32_t entity, const MrText* subject, uint32_t rule, MrStatus status,
              std::string_view what) override;
  void OnLate(const Event& event, int64_t clock) override;
  bool wants_contradicted() const override { return files_.contradicted != nullptr; }
  void OnContradicted(const Decision& decision, const Event& late) override;
  bool failed() const override;
  /// Flushes all of them; the first failure.
  Result<void> Flush();

 private:
  const plan::Plan& plan_;
  DecisionFiles files_;
  DecisionFormatter formatter_;
  std::vector<std::string> sources_;
  std::string line_;
};

}  // namespace mrule::runtime
