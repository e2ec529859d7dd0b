// SPDX-License-Identifier: Apache-2.0
// What a rule does when it fires: arguments, effects, reasons and limits, once for each way it can be set off.
#pragma once

#include <vector>

#include "compiler/plan/context.h"

namespace mrule::plan {

/// The rule as `event` fires it (None: state). Returns an index into Plan::cases.
uint32_t AddCase(Context& context, hir::RuleId rule, hir::EventTypeId event);
/// Name, limits and place. Adds to Plan::rules.
void AddRule(Context& context, hir::RuleId rule);
/// Events that can set the rule off, in order of declaration.
std::vector<hir::EventTypeId> TriggersOf(const hir::Program& program, const hir::Rule& rule);
/// How the rule is called in names of functions and slots: `rule "Scale winners"`.
std::string RuleLabel(const hir::Program& program, const hir::Rule& rule);

/// The slot of what an attribute (a kBefore) was before the rule that `rule` is the way back of.
uint32_t BeforeSlot(Context& context, const hir::Rule& rule, const hir::Expr& before);

}  // namespace mrule::plan
