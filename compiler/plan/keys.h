// SPDX-License-Identifier: Apache-2.0
// Canonical text of patterns, values and conditions. Equal text means equal meaning: it decides which rules share a slot, a
// hold or a matcher's input, and it names slots in snapshots across edits (S18). It holds names, never ids.
#pragma once

#include <string>
#include <unordered_map>

#include "compiler/plan/plan.h"
#include "compiler/sema/window_text.h"

namespace mrule::plan {

using sema::TypeKind;

using hir::DurationText;

/// Which field of `event` a kField means. Where a rule has several triggers, its index is the first one's, and the others
/// have a field of that name.
uint32_t FieldIndex(const hir::Program& program, const hir::Expr& field, hir::EventTypeId event);

class Keys {
 public:
  explicit Keys(const hir::Program& program) : program_(program) {}

  /// `purchased.amount where (quantity > 2)`; cases in order of text, joined by `or`. Without `valued`, the events alone.
  std::string Pattern(hir::PatternId id, bool valued) const;
  /// A value or condition; fields are those of `event`, attributes those of `entity`.
  std::string Expr(hir::ExprId id, hir::EntityId entity, hir::EventTypeId event) const;
  /// `sequence (a where …) not followed by b within 4h with same cart_id`.
  std::string Sequence(const hir::Sequence& sequence) const;
  std::string Aggregate(const hir::Aggregate& aggregate) const;
  /// ` over 7d ending 3d ago`; empty for all time.
  std::string Over(const hir::Window& window) const;
  std::string Constant(const hir::Constant& constant, Type type) const;

 private:
  void Append(std::string& out, hir::ExprId id, hir::EntityId entity, hir::EventTypeId event) const;
  void AppendList(std::string& out, const hir::Expr& expr, const char* between, hir::EntityId entity,
                  hir::EventTypeId event) const;

  const hir::Program& program_;
};

}  // namespace mrule::plan
