// SPDX-License-Identifier: Apache-2.0
// Do two typed expressions, patterns or sequences say the same? Compared by structure; where they stand in the source does not
// count. False says only that the structures differ. Used by the checker, so that equal sequences are one.
#pragma once

#include "compiler/sema/hir.h"

namespace mrule::hir {

bool SameExpr(const Program& program, ExprId a, ExprId b);
bool SamePattern(const Program& program, const Pattern& a, const Pattern& b);
bool SameSequence(const Program& program, const Sequence& a, const Sequence& b);

}  // namespace mrule::hir
