// SPDX-License-Identifier: Apache-2.0
#include "compiler/driver/compile.h"

#include "compiler/plan/build.h"

namespace mrule::driver {

std::optional<plan::Plan> Compile(Analysis& analysis, plan::WhyPlan* why) {
  if (!analysis.ok) return std::nullopt;
  plan::Plan plan = plan::Build(analysis.program, analysis.sources, analysis.diags, nullptr, why);
  analysis.ok = !analysis.diags.has_errors();
  if (!analysis.ok) return std::nullopt;
  return plan;
}

}  // namespace mrule::driver
