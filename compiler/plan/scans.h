// SPDX-License-Identifier: Apache-2.0
// Segments as scan programs: conditions in negation normal form over leaves of attributes. Works beside the plan while it is
// made, so that constants, attributes and residual functions are the plan's own.
#pragma once

#include <vector>

#include "compiler/plan/context.h"
#include "compiler/plan/scan_plan.h"

namespace mrule::plan {

/// One scan for each entity that has segments. Asks for state; so it comes before the layout.
std::vector<ScanPlan> MakeScans(Context& context);

}  // namespace mrule::plan
