// SPDX-License-Identifier: Apache-2.0
// Whole-audience evaluation as data: the segments of one entity as boolean programs over shared leaves, each leaf a test of one
// attribute against constants. Made by plan::Build beside the plan; run by runtime/scan. Conditions are in negation normal form: a
// row is a member when its condition is true, so unknown needs no bitmap of its own. What no leaf can say is a residual function
// of the plan.
#pragma once

#include <cstdint>
#include <string>
#include <vector>

#include "compiler/plan/plan.h"

namespace mrule::plan {

/// One column: an attribute of the entity. Leaves name columns by MatchLeaf::input.
struct ScanColumn {
  uint32_t attribute = 0;  ///< index into EntityPlan::attributes
  MatchInput::Kind kind = MatchInput::Kind::kOrderedI64;
};

/// One step of a postfix program over bitmaps.
struct ScanOp {
  enum class Kind : uint8_t {
    kLeaf,      ///< push leaf `index`
    kResidual,  ///< push the truth of function `index`, evaluated record by record
    kAnd,       ///< replace the top `index` bitmaps by their conjunction
    kOr,        ///< likewise, disjunction
    kAll,       ///< push all rows
    kNone,      ///< push no rows
  } kind = Kind::kLeaf;
  uint32_t index = 0;
};

struct ScanProgram {
  uint32_t segment = 0;   ///< index into Plan::segments
  std::vector<ScanOp> ops;
};

struct ScanPlan {
  uint32_t entity = 0;
  std::vector<ScanColumn> columns;
  std::vector<MatchLeaf> leaves;   ///< distinct
  std::vector<ScanProgram> programs;
};

}  // namespace mrule::plan
