// SPDX-License-Identifier: Apache-2.0
// What mrule::Rules holds.
#pragma once

#include <string>
#include <vector>

#include "compiler/plan/plan.h"
#include "tools/library/include/mrule/mrule.h"

namespace mrule {

struct Rules::Impl {
  plan::Plan plan;
  std::vector<std::string> names;
};

}  // namespace mrule
