// SPDX-License-Identifier: Apache-2.0
// The workloads' rule trees as plans, without the language in between: measures the runtime on its own, and beside the plan made
// from `.mrule` text shows what the compiler gains or loses.
#pragma once

#include <nlohmann/json.hpp>

#include "compiler/plan/plan.h"
#include "compiler/plan/scan_plan.h"

namespace mrule::bench {

struct Planned {
  plan::Plan plan;
  plan::ScanPlan scan;  ///< W1 only
};

Planned PlanW1(const nlohmann::json& trees, size_t count);
Planned PlanW2(const nlohmann::json& trees, size_t count);
Planned PlanW3(const nlohmann::json& trees, size_t count);

}  // namespace mrule::bench
