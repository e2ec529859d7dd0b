// SPDX-License-Identifier: Apache-2.0
// Makes a WhyPlan: functions that store the value of every part of a rule's condition.
#pragma once

#include "compiler/plan/context.h"
#include "compiler/plan/why_plan.h"

namespace mrule::plan {

/// After the rule has been added to the plan, so that its parts ask for no state of their own. Holds name slots by index
/// until PlaceWhy.
WhyPlan AddWhy(Context& context, hir::RuleId rule);
/// The same of any condition over the state of an entity's subjects; it asks for what state it needs.
WhyCase AddParts(Context& context, hir::EntityId entity, hir::ExprId condition, const std::string& label);
/// Slot indexes to record offsets, after the layout.
void PlaceWhy(const Context& context, WhyPlan& why);
void PlaceParts(const EntityState& state, WhyCase& parts);

}  // namespace mrule::plan
