// SPDX-License-Identifier: Apache-2.0
// HIR to plan. Called only for a program without errors; what can still fail are limits of size (a record too large, a
// program too large), which are reported as diagnostics with the rule that crosses them.
#pragma once

#include <string>

#include "compiler/diagnostics/emitter.h"
#include "compiler/plan/plan.h"
#include "compiler/plan/scan_plan.h"
#include "compiler/plan/test_plan.h"
#include "compiler/plan/why_plan.h"
#include "compiler/source/file.h"

namespace mrule::plan {

/// Lays out records, shares accumulators, builds handlers, indexes and functions. Every function is verified.
/// If `scans` is given, the segments of each entity are also made into a scan over its audience. If `why` is given, the
/// condition of the rule that it names is laid open in it; if `tests` is given, the program's tests are planned into it. Either way
/// what the plan decides stays the same.
Plan Build(const hir::Program& program, const source::SourceSet& sources, diagnostics::Emitter& diags,
           std::vector<ScanPlan>* scans = nullptr, WhyPlan* why = nullptr, TestSuite* tests = nullptr);

/// The rule IR of every function (`--phase=ir`) and the plan around it (`--phase=plan`): layouts with bytes per subject,
/// handlers with their rows and work per event, units, timers, rules.
std::string DumpIr(const Plan& plan);
std::string DumpPlan(const Plan& plan);

}  // namespace mrule::plan
