// SPDX-License-Identifier: Apache-2.0
// What each rule's condition reads of its subject's past, and how far back: what a late record of that kind may contradict (S16).
// Made at the end of plan::Build, read by the runtime's memory of decisions.
#pragma once

#include "compiler/plan/context.h"

namespace mrule::plan {

/// Fills event_reads and attribute_reads of every rule of the plan. Attributes must have their place.
void AddReads(Context& context);

}  // namespace mrule::plan
