// SPDX-License-Identifier: Apache-2.0
#include "compiler/driver/compile.h"

#include "compiler/plan/build.h"

namespace mrule::driver {

namespace {

std::optional<plan::Plan> Build(Analysis& analysis, plan::WhyPlan* why, plan::TestSuite* tests) {
  if (!analysis.ok) return std::nullopt;
  plan::Plan plan = plan::Build(analysis.program, analysis.sources, analysis.diags, nullptr, why, tests);
  analysis.ok = !analysis.diags.has_errors();
  if (!analysis.ok) return std::nullopt;
  return plan;
}

}  // namespace

std::optional<plan::Plan> Compile(Analysis& analysis, plan::WhyPlan* why) { return Build(analysis, why, nullptr); }

std::optional<plan::Plan> CompileTests(Analysis& analysis, plan::TestSuite& tests) { return Build(analysis, nullptr, &tests); }

}  // namespace mrule::driver
