// SPDX-License-Identifier: Apache-2.0
// What the rules of one program do to each other at one instant: rules that may keep setting each other off until the
// rounds run out (S9), and rules whose effects exclude each other (S10). A pass of its own over a finished program
// without errors; it reads the typed rules only, changes nothing, and reports warnings. What it cannot decide cheaply
// it does not report: the runtime settles conflicts and stops endless rounds whatever is said here.
#pragma once

#include "compiler/diagnostics/emitter.h"
#include "compiler/sema/hir.h"

namespace mrule::sema {

/// W0402: a cycle of rules, or a chain of more than limits::kRoundsMax, within one instant (flow.cpp).
void CheckRounds(const hir::Program& program, diagnostics::Emitter& diags);

/// W0403: two rules that give one attribute different values in one round (flow_conflicts.cpp).
void CheckConflicts(const hir::Program& program, diagnostics::Emitter& diags);

/// W0520: a rule whose way back can hold while it fires (flow_reverts.cpp).
void CheckReverts(const hir::Program& program, diagnostics::Emitter& diags);

}  // namespace mrule::sema
