// SPDX-License-Identifier: Apache-2.0
// Literals to tests of one input against constants, which the matcher can index. What is no such test stays with the row's
// residual function.
#pragma once

#include <optional>
#include <string>

#include "compiler/plan/condition.h"
#include "compiler/plan/lower.h"

namespace mrule::plan {

/// What a leaf tests: a field of the event, or a value of the subject's state that is cheap to read.
struct LeafInput {
  MatchInput::Kind kind = MatchInput::Kind::kOrderedI64;
  bool from_field = true;
  bool always_known = false;
  uint32_t field = 0;         ///< slot, if from_field
  std::string key;            ///< else: its canonical text
  hir::ExprId expr;           ///< else: the value, or the kTimes whose count it is
  CappedCount capped;         ///< or this count
};

struct LeafDraft {
  LeafInput input;
  MatchLeaf leaf;         ///< without its input
  bool never = false;     ///< no value satisfies it
  bool always = false;    ///< every value does, known or not
};

class LeafMaker {
 public:
  LeafMaker(Context& context, hir::EntityId entity, hir::EventTypeId event)
      : context_(context), program_(context.program), state_(context.state(entity)), entity_(entity), event_(event) {}

  std::optional<LeafDraft> Make(const Literal& literal);
  /// Both on one input: the leaf that says both, if there is one.
  std::optional<LeafDraft> Both(const LeafDraft& a, const LeafDraft& b) const;

 private:
  std::optional<LeafInput> InputOf(hir::ExprId value);
  std::optional<LeafDraft> Comparison(const hir::Expr& expr, bool truth);
  std::optional<LeafDraft> TextTest(const hir::Expr& expr, bool truth);
  std::optional<LeafDraft> SetTest(const hir::Expr& expr, bool truth);
  std::optional<LeafDraft> Times(hir::ExprId id, bool truth);
  std::optional<LeafDraft> Either(const hir::Expr& expr, bool truth);
  LeafInput CountInput(hir::PatternId pattern, const hir::Window& window);
  std::string_view TextOf(uint32_t text) const { return context_.plan.texts[text]; }

  Context& context_;
  const hir::Program& program_;
  EntityState& state_;
  hir::EntityId entity_;
  hir::EventTypeId event_;
};

}  // namespace mrule::plan
