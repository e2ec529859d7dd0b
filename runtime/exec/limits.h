// SPDX-License-Identifier: Apache-2.0
// Limits of a rule (S11): how often it may fire for one subject. Firings are kept in the record, as many as the limit counts.
#pragma once

#include <cstdint>

#include "compiler/plan/plan.h"

namespace mrule::runtime {

/// Whether every limit of the rule leaves room for one more firing at `now`.
bool LimitsAllow(const plan::RulePlan& rule, const char* record, int64_t now);
/// Notes a firing in all of them.
void RecordFiring(const plan::RulePlan& rule, char* record, int64_t now);

}  // namespace mrule::runtime
