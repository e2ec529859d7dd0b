// SPDX-License-Identifier: Apache-2.0
// What the runtime tells the outside: decisions, suppressed decisions, traps, late records. Sinks perform or write them; the
// runner only calls. A Decision is a view, valid during the call.
#pragma once

#include <cstdint>
#include <memory>
#include <span>
#include <string>
#include <string_view>

#include "compiler/plan/plan.h"
#include "runtime/value/event.h"
#include "stdlib/abi.h"

namespace mrule::runtime {

/// In OnTrap: no single rule is concerned (an accumulator, a hold, a segment, too many rounds).
inline constexpr uint32_t kNoRule = 0xFFFFFFFFu;

struct Decision {
  int64_t at = 0;
  uint32_t entity = 0;
  const MrText* subject = nullptr;
  uint32_t rule = 0;
  const plan::RuleCase* rule_case = nullptr;
  uint32_t action = 0;          ///< position in rule_case->actions
  /// It is of the rule's n-th firing for this subject at this instant, from 1; those that a limit held back
  /// count. 0: not counted (RunnerOptions::counts_firings).
  uint32_t nth = 0;
  int64_t waits_until = INT64_MIN;  ///< of a suppressed one: beyond a limit, it fires then; INT64_MIN: it does not
  const MrValue* outputs = nullptr;  ///< of the detail function; null unless the sink wants detail
  std::string_view text;             ///< if not empty: what the sink's writer has made of it, and there are no outputs
};

/// Makes text of decisions for a sink, ahead of it and on other threads; one serves one thread.
class DecisionWriter {
 public:
  virtual ~DecisionWriter() = default;
  virtual void Append(std::string& out, const Decision& decision) = 0;
  virtual void AppendSuppressed(std::string& out, const Decision& decision, bool limit, uint32_t winner_rule) = 0;
};

class DecisionSink {
 public:
  virtual ~DecisionSink() = default;
  /// If false, detail functions are not run, Decision::outputs is null, and Decision::nth may be 0.
  virtual bool wants_detail() const = 0;
  virtual void OnDecision(const Decision& decision) = 0;
  /// The same for all `decisions` decisions of a round at once: every action of each case, in order. `common`
  /// is what they share: all but rule, rule_case and action. Called only where firings are not counted, and
  /// then not for every round.
  virtual void OnDecisions(const Decision& common, std::span<const plan::RuleCase* const> cases,
                           uint64_t /*decisions*/) {
    Decision decision = common;
    for (const plan::RuleCase* rule_case : cases) {
      decision.rule = rule_case->rule;
      decision.rule_case = rule_case;
      for (decision.action = 0; decision.action < rule_case->actions.size(); ++decision.action) OnDecision(decision);
    }
  }
  /// A decision that lost a conflict (S10) to `winner_rule`, or was held back by a limit if `limit` (then winner_rule is 0).
  virtual void OnSuppressed(const Decision& decision, bool limit, uint32_t winner_rule) = 0;
  /// A rule could not be evaluated on this subject at this instant (MrStatus), or rounds were exceeded: then status is kMrOk
  /// and rule is kNoRule. `what` names the function, or is `rounds`.
  virtual void OnTrap(int64_t at, uint32_t entity, const MrText* subject, uint32_t rule, MrStatus status, std::string_view what) = 0;
  /// A record that came when `clock` had passed it (S16).
  virtual void OnLate(const Event& event, int64_t clock) = 0;
  /// Whether anyone wants to know of decisions that a late record may contradict.
  virtual bool wants_contradicted() const { return false; }
  /// A decision announced before that might have been another had the late record come in time. Its outputs are null.
  virtual void OnContradicted(const Decision& decision, const Event& late);
  /// One for each thread of a run; null: the sink needs no text.
  virtual std::unique_ptr<DecisionWriter> MakeWriter() const { return nullptr; }
  /// It cannot write any more (a full disk): whoever feeds the runner stops and reports what Close() of its writers says.
  virtual bool failed() const { return false; }
};

inline void DecisionSink::OnContradicted(const Decision&, const Event&) {}

}  // namespace mrule::runtime
