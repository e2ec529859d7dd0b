// SPDX-License-Identifier: Apache-2.0
// What an event does to one entity's records: rows for the matcher, the state they test, and the update of accumulators.
// Rules are added first; the updates are made when every part of the program has asked for its state.
#pragma once

#include <string>
#include <unordered_map>
#include <vector>

#include "compiler/plan/context.h"
#include "compiler/plan/leaves.h"

namespace mrule::plan {

class HandlerBuilder {
 public:
  HandlerBuilder(Context& context, hir::EntityId entity, hir::EventTypeId event)
      : context_(context), entity_(entity), event_(event), leaves_(context, entity, event) {}

  /// One way in which a rule fires.
  void AddRow(const Conjunction& conjunction, uint32_t rule_case, const std::string& rule_name);
  /// Decides which state is tested by leaves, and makes rows, residuals and the inputs function.
  void FinishRows();
  /// Makes the update function. Afterwards the handler is complete but for units and timers.
  void FinishUpdate();
  bool IsEmpty() const { return handler_.rows.empty() && !handler_.update; }
  Handler& handler() { return handler_; }

 private:
  struct StateTest {
    LeafDraft draft;
    Conjunction literals;  ///< what it stands for
  };
  struct PendingRow {
    std::vector<uint32_t> leaves;
    std::vector<StateTest> tests;
    Conjunction residual;
    uint32_t rule_case = 0;
    uint32_t rule_name = 0;
  };
  struct StateInput {
    LeafInput input;
    uint32_t uses = 0;
    uint32_t order = 0;   ///< of first use
    uint32_t capacity = 0;
  };

  template <typename Test>
  static bool Merge(const LeafMaker& leaves, std::vector<Test>& tests, LeafDraft draft, const Literal& literal, bool* never);
  uint32_t InternLeaf(MatchLeaf leaf);
  uint32_t FieldInput(const LeafInput& input);
  void ChooseStateInputs();
  FunctionId Residual(const Conjunction& literals, const std::string& rule_name);
  void UpdatePattern(Lowerer& lowerer, const PatternState& pattern);
  void UpdateCase(Lowerer& lowerer, const PatternState& pattern, uint32_t guard, uint32_t value);
  void UpdateSequence(Lowerer& lowerer, const SequenceState& state);
  uint32_t KeyValue(Lowerer& lowerer, const hir::SequenceKey& key);
  void UpdateLog(Lowerer& lowerer, const LogState& log, uint32_t guard, uint32_t value);

  Context& context_;
  hir::EntityId entity_;
  hir::EventTypeId event_;
  LeafMaker leaves_;
  Handler handler_;
  std::vector<PendingRow> rows_;
  std::vector<std::string> rule_names_;
  std::unordered_map<std::string, uint32_t> leaf_by_content_;
  std::unordered_map<uint32_t, uint32_t> input_by_field_;
  std::unordered_map<std::string, StateInput> state_inputs_;
  std::unordered_map<std::string, uint32_t> input_by_key_;  // the state inputs chosen
};

}  // namespace mrule::plan
