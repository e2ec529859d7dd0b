// SPDX-License-Identifier: Apache-2.0
// Simple comparisons as sets of values, for flow.cpp and flow_conflicts.cpp: `amount >= $50` is the attribute `amount`
// and the region from 50 up. Private to this layer. Every value is held as a double: amounts beyond 2^53 micro-units
// round, which can only blur a boundary; a text is the number of its interned string, and has no order.
#pragma once

#include <compare>
#include <limits>
#include <optional>
#include <string>
#include <vector>

#include "compiler/sema/hir.h"

namespace mrule::sema {

/// What a comparison is about: an attribute, a field of the event at hand, or whether a set has an item.
struct Variable {
  enum class Kind : uint8_t { kAttribute, kField, kItem };
  Kind kind = Kind::kAttribute;
  uint32_t index = 0;  ///< the attribute; of a field, its interned name
  uint32_t item = 0;   ///< kItem: the interned item
  friend auto operator<=>(const Variable&, const Variable&) = default;
};

/// A set of values: an interval, or some values, or all but some.
struct Region {
  double low = -std::numeric_limits<double>::infinity();
  double high = std::numeric_limits<double>::infinity();
  bool low_open = false, high_open = false;
  bool missing = false;  ///< the value must be missing
  bool empty = false;
  std::optional<std::vector<double>> allowed;
  std::vector<double> excluded;

  bool Has(double value) const;
  bool IsEmpty() const;
  void Meet(const Region& other);
  bool HasLowerBound() const { return low != -std::numeric_limits<double>::infinity(); }
  bool HasUpperBound() const { return high != std::numeric_limits<double>::infinity(); }
};

struct Literal {
  Variable variable;
  Region region;
  Type type;  ///< of the attribute or field; of an item, boolean
};

/// A constant's value as regions hold it.
double ValueOf(const hir::Program& program, const hir::Expr& constant);

/// The comparison (or its opposite) as a region, if it is simple: one attribute or field against constants.
std::optional<Literal> ReadLiteral(const hir::Program& program, hir::ExprId id, bool negated);

/// The region of any value compared with a constant on its right: `roas > 4`.
std::optional<Region> ReadComparison(const hir::Program& program, hir::ExprId id);

/// Without widenings and defaults: `score default 0`, and a count compared with a number.
hir::ExprId Unwrapped(const hir::Program& program, hir::ExprId id);

/// `amount is $60`, as part of an example; nothing if no value of the region could be found.
std::optional<std::string> Example(const hir::Program& program, hir::EntityId entity, const Literal& literal);

/// A constant as it is written in a rule.
std::string ValueText(const hir::Program& program, const Type& type, double value);

}  // namespace mrule::sema
