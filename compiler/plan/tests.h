// SPDX-License-Identifier: Apache-2.0
// Plans the tests of a program.
#pragma once

#include "compiler/plan/context.h"
#include "compiler/plan/test_plan.h"

namespace mrule::plan {

/// After all rules. What an expectation reads of a subject is kept, whether or not a rule reads it.
void AddTests(Context& context, TestSuite& suite);
/// Slot indexes to record offsets, after the layout.
void PlaceTests(const Context& context, TestSuite& suite);

}  // namespace mrule::plan
