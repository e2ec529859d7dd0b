// SPDX-License-Identifier: Apache-2.0
// What a test's run decided, as values that outlive it: decisions, and decisions that were held back. Filled by the run's sink;
// compared with what was expected by expect.h; shown by whoever reports.
#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "compiler/plan/test_plan.h"
#include "runtime/actions/value_text.h"
#include "runtime/exec/decision.h"

namespace mrule::runtime {

class Runner;

/// A value as JSON, as words, and as a number if it is one (money in units).
struct SeenValue {
  std::string json, words;
  std::optional<double> number;

  friend bool operator==(const SeenValue& a, const SeenValue& b) {
    return a.number && b.number ? *a.number == *b.number : a.json == b.json;
  }
};

struct SeenArgument {
  std::string name;
  std::vector<SeenValue> values;
};

struct SeenDecision {
  int64_t at = 0;
  uint32_t entity = 0;
  std::string subject;
  uint32_t rule = 0;
  std::string action;
  std::vector<SeenArgument> arguments;
  std::vector<SeenArgument> because;   ///< by label; one value each
  // Held back only:
  bool by_limit = false;               ///< else by the rule that won
  uint32_t winner_rule = 0;
  std::vector<const plan::LimitPlan*> limits;  ///< that left no room
  std::optional<int64_t> waits_until;
};

/// Makes values of a plan's constants and of what its functions put out.
class ValueMaker {
 public:
  explicit ValueMaker(const plan::Plan& plan) : plan_(plan), printer_(plan) {}
  SeenValue Make(const plan::ValueRef& ref, const MrValue* outputs) const;
  SeenValue MakeText(const plan::Template& text, const MrValue* outputs) const;

 private:
  const plan::Plan& plan_;
  ValuePrinter printer_;
};

/// Keeps all that one run says.
class SeenSink : public DecisionSink {
 public:
  explicit SeenSink(const plan::Plan& plan) : plan_(plan), maker_(plan) {}
  /// Whose records tell which limit was full.
  void Attach(Runner* runner) { runner_ = runner; }

  bool wants_detail() const override { return true; }
  void OnDecision(const Decision& decision) override;
  void OnSuppressed(const Decision& decision, bool limit, uint32_t winner_rule) override;
  void OnTrap(int64_t at, uint32_t entity, const MrText* subject, uint32_t rule, MrStatus status, std::string_view what) override;
  void OnLate(const Event&, int64_t) override {}

  std::vector<SeenDecision> decided, held_back;
  std::vector<std::string> traps;   ///< as sentences

 private:
  SeenDecision Make(const Decision& decision) const;

  const plan::Plan& plan_;
  ValueMaker maker_;
  Runner* runner_ = nullptr;
};

}  // namespace mrule::runtime
