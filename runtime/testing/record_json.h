// SPDX-License-Identifier: Apache-2.0
// A test's record as the line of JSON that a source would bring: tests go in by the door that all input goes in by.
#pragma once

#include <string>

#include "compiler/plan/test_plan.h"

namespace mrule::runtime {

/// Appends the record with its line end.
void AppendRecordJson(std::string& out, const plan::Plan& plan, const plan::TestRecord& record);

}  // namespace mrule::runtime
