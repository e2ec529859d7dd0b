// SPDX-License-Identifier: Apache-2.0
// HIR expressions to IR values, for one function of one entity, at one event type or on state alone. Asks the entity for the
// state it needs; slots are indexes until the layout is known.
#pragma once

#include <optional>
#include <string>
#include <vector>

#include "compiler/plan/context.h"

namespace mrule::plan {

/// `count of X over W` beside a small constant: the most recent instants decide it, no log is needed.
struct CappedCount {
  hir::ExprId count;       ///< the kAggregate
  uint32_t capacity = 0;   ///< instants to keep
};
/// If `comparison` is one.
std::optional<CappedCount> FindCappedCount(const hir::Program& program, const hir::Expr& comparison);
/// Do the most recent instants decide how often something happened in the window?
bool KeepsRecents(const hir::Window& window);
/// How many instants decide a kTimes.
uint32_t CapacityOf(const hir::Expr& times);

/// Has the pattern a case of this event type?
bool Matches(const hir::Program& program, hir::PatternId pattern, hir::EventTypeId event);

/// The comparison operator of a builtin row with two parameters: `=`, `!=`, `<`, `<=`, `>`, `>=`; else empty.
std::string_view ComparisonOf(const hir::Expr& expr);

class Lowerer {
 public:
  /// `event` None: judged on state.
  Lowerer(Context& context, hir::EntityId entity, hir::EventTypeId event, hir::RuleId rule = {})
      : context_(context), program_(context.program), state_(context.state(entity)), entity_(entity), event_(event), rule_(rule) {}

  uint32_t Value(hir::ExprId id);
  /// What a kTimes, or a count found by FindCappedCount, counts.
  uint32_t TimesCount(const hir::Expr& times);
  uint32_t CappedCountValue(const CappedCount& capped);
  /// The hold that a kHold reads.
  const HoldState& HoldOf(const hir::Expr& expr);
  /// Has the subject been known throughout the window?
  uint32_t KnownSince(const hir::Window& window);
  /// A sum over a window, unknown if the subject has not been known throughout it.
  uint32_t KnownThroughout(hir::ExprId sum);
  /// From now on values are read as in the condition of `hold`, which collects what it rests on and outlives the lowerer.
  void ReadAsHold(HoldState* hold) { hold_ = hold; }
  ir::FunctionBuilder& code() { return code_; }
  FunctionId Finish(std::string name) { return context_.functions.Add(code_.Finish(std::move(name)), entity_, event_); }

 private:
  uint32_t Decided(hir::ExprId id);
  uint32_t BuiltinValue(const hir::Expr& expr);
  uint32_t AggregateValue(const hir::Aggregate& aggregate);
  uint32_t WindowedValue(const hir::Aggregate& aggregate);
  uint32_t AllTimeValue(const hir::Aggregate& aggregate);
  uint32_t Average(const hir::Aggregate& aggregate, uint32_t sum, uint32_t count);
  uint32_t Recents(hir::PatternId pattern, const hir::Window& window, uint32_t capacity);
  uint32_t CountIn(hir::PatternId pattern, const hir::Window& window, uint32_t capacity);
  uint32_t NoneIn(const hir::Expr& expr);
  uint32_t ConstantValue(const hir::Expr& expr);
  uint32_t AttributeValue(uint32_t index);
  uint32_t EventMatches(const hir::Expr& expr);
  uint32_t SequenceCompleted(const hir::Expr& expr);
  uint32_t InSet(const hir::Expr& expr);
  uint32_t Hold(const hir::Expr& expr);
  uint32_t Row(const hir::Expr& expr);
  uint32_t Extreme(const hir::Expr& expr);
  uint32_t Usual(const hir::Expr& expr);
  /// Lowers what `hold` judges, and keeps it; its kind, slot and key are known.
  void AddHold(HoldState hold, const std::string& key, hir::ExprId judged);
  /// An outer hold or row rests on what the inner one rests on.
  void RestOn(const HoldState& inner);
  uint32_t Make(ir::Opcode op, Physical type, uint32_t slot = 0, uint32_t slot2 = 0, int64_t imm = 0,
                uint32_t a = ir::kNoValue);

  Context& context_;
  const hir::Program& program_;
  EntityState& state_;
  hir::EntityId entity_;
  hir::EventTypeId event_;
  hir::RuleId rule_;            // whose values these are; needed for kBefore alone
  HoldState* hold_ = nullptr;  // the hold whose condition this is: polled measures count only while fresh
  int64_t fresh_least_micros_ = 0;
  int decided_ = 0;  ///< how deep inside values whose unknown is decided
  ir::FunctionBuilder code_;
};

}  // namespace mrule::plan
