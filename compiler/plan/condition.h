// SPDX-License-Identifier: Apache-2.0
// A condition at one event type, as a disjunction of conjunctions of literals. A rule fires only on what is true, so unknown
// needs no third branch: a conjunction of literals that are all true is what has to be found.
#pragma once

#include <vector>

#include "compiler/plan/plan.h"

namespace mrule::plan {

/// What is asked of an expression.
enum class Want : uint8_t { kTrue, kFalse, kKnown, kMissing };

struct Literal {
  hir::ExprId expr;
  Want want = Want::kTrue;

  friend bool operator==(const Literal&, const Literal&) = default;
};

using Conjunction = std::vector<Literal>;

/// Conditions under which a rule fires at `event`; empty if it never does, one empty conjunction if it always does. A part
/// with more than kConjunctionsMax ways to be true stays one literal.
std::vector<Conjunction> Disjunction(const hir::Program& program, hir::ExprId condition, hir::EventTypeId event);

inline constexpr size_t kConjunctionsMax = 8;
inline constexpr size_t kLiteralsMax = 64;

/// Can an Or (or the negation of an And) be a test of one value, `x = 1 or x = 2`? Then it is one literal.
bool TestsOneValue(const hir::Program& program, hir::ExprId expr);

}  // namespace mrule::plan
