// SPDX-License-Identifier: Apache-2.0
// When a timed way back is due: `until tomorrow 08:00`, `until monday`, `for 6h` (S8, S13).
#pragma once

#include <cstdint>

#include "compiler/plan/plan.h"

namespace mrule::runtime {

/// The instant, after `now`, or INT64_MAX if there is none.
int64_t RevertDue(const plan::RevertPlan& revert, const char* record, int64_t now);

}  // namespace mrule::runtime
