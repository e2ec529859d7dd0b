// SPDX-License-Identifier: Apache-2.0
// Checked program to plan: what the runtime loads. The second half of the front door.
#pragma once

#include <optional>

#include "compiler/driver/analyze.h"
#include "compiler/plan/plan.h"
#include "compiler/plan/test_plan.h"
#include "compiler/plan/why_plan.h"

namespace mrule::driver {

/// The plan of a program without errors; nothing if `analysis` has errors, or if a limit of size is crossed, which is then
/// reported in `analysis.diags` and clears `analysis.ok`. If `why` is given, the rule that it names is laid open in it.
std::optional<plan::Plan> Compile(Analysis& analysis, plan::WhyPlan* why = nullptr);
/// The same, with the program's tests in `tests`.
std::optional<plan::Plan> CompileTests(Analysis& analysis, plan::TestSuite& tests);

}  // namespace mrule::driver
