// SPDX-License-Identifier: Apache-2.0
// What firing one rule makes of another rule's condition: may it turn true, may it turn false? For flow.cpp, where the
// assumptions are listed. Private to this layer.
#pragma once

#include <algorithm>
#include <optional>
#include <vector>

#include "compiler/sema/flow_region.h"

namespace mrule::sema::flow {

using hir::ActionCall;
using hir::Effect;
using hir::EffectForm;
using hir::EventTypeId;
using hir::Expr;
using hir::ExprId;
using hir::ExprKind;
using hir::PatternId;
using hir::Program;
using hir::Rule;

// What some effects make of a condition.
struct Change {
  bool to_true = false;   // may turn true
  bool to_false = false;  // may turn false
  std::optional<bool> after;  // what it is afterwards, if that is certain
};

inline Change Negated(Change change) {
  std::swap(change.to_true, change.to_false);
  if (change.after) change.after = !*change.after;
  return change;
}

/// One rule upon another. Holds nothing between calls; the program outlives it.
class Judge {
 public:
  static constexpr uint32_t kVisitsMax = 20'000;  ///< nodes of one condition; segments inside segments can unfold beyond all bounds
  static constexpr int kDepthMax = 1000;

  explicit Judge(const Program& program) : program_(program) {}

  /// What `source` makes of `condition` by firing once.
  Change Judged(const Rule& source, ExprId condition) {
    source_ = &source;
    visits_ = 0;
    return Visit(condition, 0);
  }

  bool Triggers(const Rule& source, const Rule& target) {
    Change change = Judged(source, target.condition);
    if (!target.on_event) return change.to_true;
    if (change.after == false) return false;
    return CanChange(target.condition) ||
           std::any_of(source.actions.begin(), source.actions.end(), [&](const ActionCall& action) {
             return action.emits && CanMatch(target.condition, action.emits);
           });
  }

  /// An emitted event carries no fields, so a filter that needs one is unknown.
  bool Passes(const hir::PatternCase& one) const {
    std::vector<ExprId> pending;
    if (one.filter) pending.push_back(one.filter);
    bool reads_field = false, copes = false;
    while (!pending.empty()) {
      const Expr& expr = program_.exprs[pending.back()];
      pending.pop_back();
      reads_field |= expr.kind == ExprKind::kField;
      copes |= expr.kind == ExprKind::kDefault || expr.kind == ExprKind::kIsKnown;
      pending.insert(pending.end(), expr.args.begin(), expr.args.end());
    }
    return copes || !reads_field;
  }

  bool CanMatch(PatternId pattern, EventTypeId event) const {
    const std::vector<hir::PatternCase>& cases = program_.patterns[pattern].cases;
    return std::any_of(cases.begin(), cases.end(),
                       [&](const hir::PatternCase& one) { return one.event == event && Passes(one); });
  }

 private:
  /// Whether an effect of the source changes an attribute as the condition waits for.
  bool CanChange(ExprId condition) const {
    const Expr& expr = program_.exprs[condition];
    if (expr.kind == ExprKind::kAnd || expr.kind == ExprKind::kOr) {
      return std::any_of(expr.args.begin(), expr.args.end(), [&](ExprId arg) { return CanChange(arg); });
    }
    if (expr.kind != ExprKind::kEvent) return false;
    for (const hir::PatternCase& one : program_.patterns[expr.pattern].cases) {
      uint32_t attribute = program_.events[one.event].changed;
      if (attribute == hir::EventType::kNone) continue;
      for (const ActionCall& action : source_->actions) {
        for (const Effect& effect : action.effects) {
          if (effect.attribute == attribute && MayBecome(effect, one.filter)) return true;
        }
      }
    }
    return false;
  }

  /// `changes to X` is no change to another constant.
  bool MayBecome(const Effect& effect, ExprId filter) const {
    const Expr& value = program_.exprs[effect.value];
    if (value.kind == ExprKind::kUnknown) return false;
    if (!filter || value.kind != ExprKind::kConstant || effect.form != EffectForm::kSet) return true;
    const Expr& test = program_.exprs[filter];
    if (test.kind == ExprKind::kAnd) {
      return std::all_of(test.args.begin(), test.args.end(), [&](ExprId arg) { return MayBecome(effect, arg); });
    }
    bool is_new = test.args.size() == 2 && program_.exprs[test.args[0]].kind == ExprKind::kField &&
                  program_.exprs[test.args[0]].index == 0;
    if (!is_new || program_.exprs[test.args[1]].kind != ExprKind::kConstant) return true;
    const hir::Constant &a = value.constant, &b = program_.exprs[test.args[1]].constant;
    return value.type.is_text() ? a.text == b.text : ValueOf(program_, value) == ValueOf(program_, program_.exprs[test.args[1]]);
  }

  bool CanMatch(ExprId condition, EventTypeId event) const {
    const Expr& expr = program_.exprs[condition];
    if (expr.kind == ExprKind::kEvent || expr.kind == ExprKind::kSequence) return CanMatch(expr.pattern, event);
    if (expr.kind != ExprKind::kAnd && expr.kind != ExprKind::kOr) return false;
    return std::any_of(expr.args.begin(), expr.args.end(), [&](ExprId arg) { return CanMatch(arg, event); });
  }

  bool Emits(PatternId pattern) const {
    return std::any_of(source_->actions.begin(), source_->actions.end(), [&](const ActionCall& action) {
      return action.emits && CanMatch(pattern, action.emits);
    });
  }

  Change Visit(ExprId id, int depth) {
    if (depth > kDepthMax || ++visits_ > kVisitsMax) return {};
    const Expr& expr = program_.exprs[id];
    switch (expr.kind) {
      case ExprKind::kAnd:
      case ExprKind::kRequire:
        return Both(expr, depth);
      case ExprKind::kOr: {
        Change change;
        bool all_false = true;
        for (ExprId arg : expr.args) {
          Change part = Visit(arg, depth + 1);
          change.to_true |= part.to_true;
          change.to_false |= part.to_false;
          if (part.after == true) change.after = true;
          all_false &= part.after == false;
        }
        if (change.after == true) change.to_false = false;
        if (all_false) change = {false, change.to_false, false};
        return change;
      }
      case ExprKind::kEnters:
        return Visit(program_.segments[expr.segment].condition, depth + 1);
      case ExprKind::kLeaves:
        return Negated(Visit(program_.segments[expr.segment].condition, depth + 1));
      case ExprKind::kHold:
      case ExprKind::kRow:
      case ExprKind::kEvent:
      case ExprKind::kSequence:
      case ExprKind::kConstant:
        return {};
      case ExprKind::kTimes: {
        if (!Emits(expr.pattern)) return {};
        return {expr.op != hir::CountOp::kAtMost, expr.op != hir::CountOp::kAtLeast, std::nullopt};
      }
      case ExprKind::kNoneIn:
        return Emits(expr.pattern) ? Change{false, true, false} : Change{};
      case ExprKind::kNot:
        if (!ReadLiteral(program_, id, false)) return Negated(Visit(expr.args[0], depth + 1));
        break;
      default:
        break;
    }
    if (auto literal = ReadLiteral(program_, id, false)) return OfLiteral(*literal);
    return OfCount(expr).value_or(OfAnything(id));
  }

  Change Both(const Expr& expr, int depth) {
    Change change;
    bool all_true = true;
    for (ExprId arg : expr.args) {
      Change part = Visit(arg, depth + 1);
      change.to_true |= part.to_true;
      change.to_false |= part.to_false;
      if (part.after == false) change.after = false;
      all_true &= part.after == true;
    }
    if (change.after == false) change.to_true = false;
    if (all_true) change = {change.to_true, false, true};
    return change;
  }

  // The source's effects on the attribute that the comparison is about.
  Change OfLiteral(const Literal& literal) {
    if (literal.variable.kind == Variable::Kind::kField) return {};
    Change change;
    int found = 0;
    for (const ActionCall& action : source_->actions) {
      for (const Effect& effect : action.effects) {
        if (effect.attribute != literal.variable.index) continue;
        Change part = OfEffect(literal, effect);
        change.to_true |= part.to_true;
        change.to_false |= part.to_false;
        change.after = part.after;
        ++found;
      }
    }
    if (found > 1) change.after = std::nullopt;
    if (found == 0) {
      // It stays what the source's own condition needs it to be.
      Region both = Known(literal.variable);
      both.Meet(literal.region);
      if (!literal.region.missing && both.IsEmpty()) change.after = false;
    }
    return change;
  }

  Change OfEffect(const Literal& literal, const Effect& effect) {
    const Expr& value = program_.exprs[effect.value];
    if (value.kind == ExprKind::kUnknown) return {};  // sets nothing
    bool is_constant = value.kind == ExprKind::kConstant;
    const Region& region = literal.region;
    if (literal.variable.kind == Variable::Kind::kItem) {
      if (effect.form == EffectForm::kSet) return {true, true, std::nullopt};
      bool is_it = is_constant && value.constant.text.value == literal.variable.item;
      if (is_constant && !is_it) return {};
      Change change{effect.form == EffectForm::kAdd, effect.form == EffectForm::kRemove, std::nullopt};
      if (is_it) change.after = effect.form == EffectForm::kAdd;
      return region.Has(1) ? change : Negated(change);
    }
    if (region.missing) return {false, true, false};
    bool is_any = !region.allowed && region.excluded.empty() && !region.HasLowerBound() && !region.HasUpperBound();
    if (is_any) return {true, false, true};
    if (effect.form == EffectForm::kSet) {
      if (!is_constant) return OfDirection(region, DirectionOf(effect.value, effect.attribute, 0));
      bool holds = region.Has(ValueOf(program_, value));
      return {holds, !holds, holds};
    }
    if (!is_constant) return {true, true, std::nullopt};
    double step = ValueOf(program_, value);
    if (effect.form == EffectForm::kRemove) step = -step;
    return OfStep(literal, step);
  }

  // Which way a computed value lies from the attribute's old one: `greatest(budget - 20%, budget * 0)` is not above it.
  // Amounts are taken to be at least zero.
  enum class Direction : uint8_t { kAny, kSame, kUp, kDown };

  Direction DirectionOf(ExprId id, uint32_t attribute, int depth) const {
    constexpr int kDirectionDepthMax = 8;
    const Expr& expr = program_.exprs[id];
    if (expr.kind == ExprKind::kAttribute) return expr.index == attribute ? Direction::kSame : Direction::kAny;
    if (depth > kDirectionDepthMax || expr.kind != ExprKind::kBuiltin || expr.args.size() != 2) return Direction::kAny;
    std::string_view op = stdlib::Row(expr.builtin).spelling;
    Direction left = DirectionOf(expr.args[0], attribute, depth + 1);
    const Expr& right = program_.exprs[expr.args[1]];
    bool is_constant = right.kind == ExprKind::kConstant && PhysicalOf(right.type.kind) != Physical::kText;
    double amount = is_constant ? ValueOf(program_, right) : 0;
    if (op == "+" && is_constant && amount >= 0 && left != Direction::kDown && left != Direction::kAny) return Direction::kUp;
    if (op == "-" && is_constant && amount >= 0 && left != Direction::kUp && left != Direction::kAny) return Direction::kDown;
    if (op == "*" && is_constant && amount >= 0 && amount <= 1 && left != Direction::kUp && left != Direction::kAny) return Direction::kDown;
    if (op != "least" && op != "greatest") return Direction::kAny;
    Direction other = DirectionOf(expr.args[1], attribute, depth + 1);
    if (left == other) return left;
    Direction limit = op == "least" ? Direction::kDown : Direction::kUp;  // one bound is enough
    bool is_bound = left == limit || left == Direction::kSame || other == limit || other == Direction::kSame;
    return is_bound ? limit : Direction::kAny;
  }

  static Change OfDirection(const Region& region, Direction direction) {
    bool has_points = region.allowed || !region.excluded.empty();
    if (direction == Direction::kAny || has_points) return {true, true, std::nullopt};
    if (direction == Direction::kSame) return {};
    bool is_up = direction == Direction::kUp;
    return {is_up ? region.HasLowerBound() : region.HasUpperBound(), is_up ? region.HasUpperBound() : region.HasLowerBound(),
            std::nullopt};
  }

  // `score +10`: from where the source's own condition says it was.
  Change OfStep(const Literal& literal, double step) {
    if (step == 0) return {};
    const Region& region = literal.region;
    bool has_points = region.allowed || !region.excluded.empty();
    Change change;
    change.to_true = has_points || (step > 0 ? region.HasLowerBound() : region.HasUpperBound());
    change.to_false = has_points || (step > 0 ? region.HasUpperBound() : region.HasLowerBound());
    Region before = Known(literal.variable);
    Region moved;
    moved.low = before.low + step;
    moved.high = before.high + step;
    moved.low_open = before.low_open;
    moved.high_open = before.high_open;
    Region met = region;
    met.Meet(moved);
    if (met.IsEmpty()) return {false, change.to_false, false};
    bool is_inside = !has_points && region.Has(moved.low_open ? moved.low + 1e-9 : moved.low) && region.Has(moved.high_open ? moved.high - 1e-9 : moved.high);
    if (is_inside && (moved.HasLowerBound() || !region.HasLowerBound()) && (moved.HasUpperBound() || !region.HasUpperBound()))
      return {change.to_true, false, true};
    return change;
  }

  // The interval in which the source's condition needs the attribute to be.
  Region Known(const Variable& variable) const {
    Region region;
    std::vector<ExprId> pending{source_->condition};
    for (uint32_t visits = 0; !pending.empty() && visits < kVisitsMax; ++visits) {
      ExprId id = pending.back();
      pending.pop_back();
      const Expr& expr = program_.exprs[id];
      if (expr.kind == ExprKind::kAnd) {
        pending.insert(pending.end(), expr.args.begin(), expr.args.end());
      } else if (auto literal = ReadLiteral(program_, id, false); literal && literal->variable == variable) {
        if (literal->region.allowed && literal->region.allowed->size() == 1)
          literal->region.low = literal->region.high = literal->region.allowed->front();
        region.Meet(literal->region);
      }
    }
    return region;
  }

  // `count of ping over 1d > 3`: emitting the event only raises the count.
  std::optional<Change> OfCount(const Expr& expr) const {
    if (expr.kind != ExprKind::kBuiltin || expr.args.size() != 2) return std::nullopt;
    const Expr& left = program_.exprs[Unwrapped(program_, expr.args[0])];
    const Expr& right = program_.exprs[expr.args[1]];
    std::string_view op = stdlib::Row(expr.builtin).spelling;
    bool is_order = op == ">" || op == ">=" || op == "<" || op == "<=";
    if (left.kind != ExprKind::kAggregate || right.kind != ExprKind::kConstant || !is_order) return std::nullopt;
    const hir::Aggregate& aggregate = program_.aggregates[left.aggregate];
    if (aggregate.fn != hir::AggregateFn::kCount) return std::nullopt;
    if (!Emits(aggregate.pattern)) return Change{};
    return Change{op[0] == '>', op[0] == '<', std::nullopt};
  }

  // A comparison that is not simple: whatever it reads may turn it either way.
  Change OfAnything(ExprId condition) {
    std::vector<ExprId> pending{condition};
    while (!pending.empty() && ++visits_ <= kVisitsMax) {
      const Expr& expr = program_.exprs[pending.back()];
      pending.pop_back();
      bool touched = false;
      if (expr.kind == ExprKind::kAttribute) {
        for (const ActionCall& action : source_->actions) {
          for (const Effect& effect : action.effects) {
            touched |= effect.attribute == expr.index && program_.exprs[effect.value].kind != ExprKind::kUnknown;
          }
        }
      }
      if (expr.kind == ExprKind::kAggregate) touched = Emits(program_.aggregates[expr.aggregate].pattern);
      if (expr.kind == ExprKind::kTimes || expr.kind == ExprKind::kNoneIn) touched = Emits(expr.pattern);
      if (touched) return {true, true, std::nullopt};
      if (expr.kind != ExprKind::kHold && expr.kind != ExprKind::kRow) pending.insert(pending.end(), expr.args.begin(), expr.args.end());
    }
    return {};
  }

  const Program& program_;
  const Rule* source_ = nullptr;  // during one call
  uint32_t visits_ = 0;
};

}  // namespace mrule::sema::flow
