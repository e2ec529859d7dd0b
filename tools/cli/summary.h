// SPDX-License-Identifier: Apache-2.0
// What `mrule run` prints on standard error when it is done.
#pragma once

#include <cstdint>
#include <optional>
#include <string>

#include "runtime/state/snapshot.h"
#include "tools/cli/run_sink.h"
#include "tools/library/execution.h"

namespace mrule::cli {

/// `1234567` as `1,234,567`.
std::string Grouped(uint64_t n);

std::string RunSummary(const plan::Plan& plan, const library::Execution& execution, const RunSink& sink,
                       const RunFiles& files, double seconds);

/// The same as one JSON object, with what RestoreSummary says of the state it started from.
std::string RunSummaryJson(const plan::Plan& plan, const library::Execution& execution, const RunSink& sink,
                           const std::optional<runtime::RestoreReport>& restored, double seconds);

/// What a state brought, and what of it does not fit the rules.
std::string RestoreSummary(const runtime::RestoreReport& report);

}  // namespace mrule::cli
