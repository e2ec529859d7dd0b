// SPDX-License-Identifier: Apache-2.0
#include "compiler/plan/condition.h"

#include <algorithm>

#include "compiler/plan/lower.h"

namespace mrule::plan {
namespace {

using Disjuncts = std::vector<Conjunction>;

const Disjuncts kNever;
const Disjuncts kAlways = {Conjunction{}};

bool Fits(const Disjuncts& rows) {
  size_t literals = 0;
  for (const Conjunction& row : rows) literals += row.size();
  return rows.size() <= kConjunctionsMax && literals <= kLiteralsMax;
}

class Normalizer {
 public:
  Normalizer(const hir::Program& program, hir::EventTypeId event) : program_(program), event_(event) {}

  Disjuncts Of(hir::ExprId id, bool truth) {
    const hir::Expr& expr = program_.exprs[id];
    const Want want = truth ? Want::kTrue : Want::kFalse;
    switch (expr.kind) {
      case hir::ExprKind::kConstant:
        return (expr.constant.i64 != 0) == truth ? kAlways : kNever;
      case hir::ExprKind::kUnknown:
        return kNever;
      case hir::ExprKind::kAnd:
      case hir::ExprKind::kOr: {
        const bool conjunction = (expr.kind == hir::ExprKind::kAnd) == truth;
        if (!conjunction && TestsOneValue(program_, id)) return {{Literal{id, want}}};
        Disjuncts rows = conjunction ? kAlways : kNever;
        for (hir::ExprId arg : expr.args) {
          if (conjunction) {
            rows = And(std::move(rows), arg, truth);
          } else {
            Append(rows, Of(arg, truth));
          }
        }
        return Fits(rows) ? rows : Whole(id, want);
      }
      case hir::ExprKind::kNot:
        return Of(expr.args[0], !truth);
      case hir::ExprKind::kIsKnown:
        return {{Literal{expr.args[0], truth ? Want::kKnown : Want::kMissing}}};
      case hir::ExprKind::kRequire:
        return And(Of(expr.args[0], truth), expr.args[1], true);
      case hir::ExprKind::kDefault: {
        const hir::ExprKind value = program_.exprs[expr.args[0]].kind;
        if (value != hir::ExprKind::kField && value != hir::ExprKind::kAttribute) return Whole(id, want);
        Disjuncts rows = Of(expr.args[0], truth);
        Disjuncts otherwise = Of(expr.args[1], truth);
        for (Conjunction& row : otherwise) row.push_back({expr.args[0], Want::kMissing});
        Append(rows, std::move(otherwise));
        return rows;
      }
      case hir::ExprKind::kEvent: {
        Disjuncts rows = truth ? kNever : kAlways;
        for (const hir::PatternCase& one : program_.patterns[expr.pattern].cases) {
          if (one.event != event_) continue;
          if (truth) {
            Append(rows, one.filter ? Of(one.filter, true) : kAlways);
          } else if (!one.filter) {
            return kNever;
          } else {
            rows = And(std::move(rows), one.filter, false);
          }
        }
        return Fits(rows) ? rows : Whole(id, want);
      }
      case hir::ExprKind::kSequence:
        if (!Matches(program_, expr.pattern, event_)) return truth ? kNever : kAlways;
        if (program_.sequences[expr.sequence].absent) return truth ? kAlways : kNever;
        return Whole(id, want);
      case hir::ExprKind::kField:
      case hir::ExprKind::kAttribute:
      case hir::ExprKind::kBefore:
      case hir::ExprKind::kSubject:
      case hir::ExprKind::kNow:
      case hir::ExprKind::kAggregate:
      case hir::ExprKind::kBuiltin:
      case hir::ExprKind::kInSet:
      case hir::ExprKind::kMatches:
      case hir::ExprKind::kHasAny:
      case hir::ExprKind::kTimes:
      case hir::ExprKind::kNoneIn:
      case hir::ExprKind::kHold:
      case hir::ExprKind::kEnters:
      case hir::ExprKind::kLeaves:
      case hir::ExprKind::kToday:
      case hir::ExprKind::kClock:
      case hir::ExprKind::kTemplate:
      case hir::ExprKind::kRow:
      case hir::ExprKind::kExtreme:
      case hir::ExprKind::kUsual:
      case hir::ExprKind::kBaseline:
        return Whole(id, want);
    }
    return Whole(id, want);
  }

 private:
  static Disjuncts Whole(hir::ExprId id, Want want) { return {{Literal{id, want}}}; }

  static void Append(Disjuncts& rows, Disjuncts more) {
    for (Conjunction& row : more) {
      if (std::find(rows.begin(), rows.end(), row) == rows.end()) rows.push_back(std::move(row));
    }
  }

  /// Multiplies out; where that grows too large, the factor stays whole.
  Disjuncts And(Disjuncts rows, hir::ExprId factor, bool truth) {
    Disjuncts ways = Of(factor, truth);
    if (rows.size() * ways.size() > kConjunctionsMax) ways = Whole(factor, truth ? Want::kTrue : Want::kFalse);
    Disjuncts product = Multiply(rows, ways);
    if (!Fits(product) && ways.size() > 1) product = Multiply(rows, Whole(factor, truth ? Want::kTrue : Want::kFalse));
    return product;
  }

  static Disjuncts Multiply(const Disjuncts& rows, const Disjuncts& ways) {
    Disjuncts product;
    for (const Conjunction& row : rows) {
      for (const Conjunction& way : ways) {
        Conjunction both = row;
        for (const Literal& literal : way) {
          if (std::find(both.begin(), both.end(), literal) == both.end()) both.push_back(literal);
        }
        product.push_back(std::move(both));
      }
    }
    return product;
  }

  const hir::Program& program_;
  hir::EventTypeId event_;
};

/// The value that a simple test is about, or None.
hir::ExprId Tested(const hir::Program& program, hir::ExprId id) {
  const hir::Expr& expr = program.exprs[id];
  if (expr.kind == hir::ExprKind::kInSet) return expr.args[0];
  if (ComparisonOf(expr).empty()) return {};
  for (size_t side = 0; side < 2; ++side) {
    if (program.exprs[expr.args[1 - side]].kind == hir::ExprKind::kConstant) return expr.args[side];
  }
  return {};
}

bool SameValue(const hir::Program& program, hir::ExprId a, hir::ExprId b) {
  if (a == b) return true;
  const hir::Expr& left = program.exprs[a];
  const hir::Expr& right = program.exprs[b];
  if (left.kind != right.kind || left.index != right.index) return false;
  return left.kind == hir::ExprKind::kField || left.kind == hir::ExprKind::kAttribute;
}

}  // namespace

bool TestsOneValue(const hir::Program& program, hir::ExprId id) {
  const hir::Expr& expr = program.exprs[id];
  hir::ExprId value;
  for (hir::ExprId arg : expr.args) {
    const hir::ExprId tested = Tested(program, arg);
    if (!tested || (value && !SameValue(program, value, tested))) return false;
    value = tested;
  }
  if (!value) return false;
  const hir::Expr& tested = program.exprs[value];
  if (tested.kind != hir::ExprKind::kField && tested.kind != hir::ExprKind::kAttribute) return false;
  if (!tested.type.is_text()) return true;
  // Texts: only equality and membership can be merged, and only as an Or.
  if (expr.kind != hir::ExprKind::kOr) return false;
  return std::all_of(expr.args.begin(), expr.args.end(), [&](hir::ExprId arg) {
    const hir::Expr& test = program.exprs[arg];
    return test.kind == hir::ExprKind::kInSet || ComparisonOf(test) == "=";
  });
}

std::vector<Conjunction> Disjunction(const hir::Program& program, hir::ExprId condition, hir::EventTypeId event) {
  return Normalizer(program, event).Of(condition, true);
}

}  // namespace mrule::plan
