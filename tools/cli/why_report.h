// SPDX-License-Identifier: Apache-2.0
// A WhyReport as people read it and as programs do.
#pragma once

#include <string>

#include "runtime/why/why.h"

namespace mrule::cli {

/// A verdict, the condition as a tree, and what follows from it. Colour is for terminals.
std::string WhyText(const runtime::WhyReport& report, bool colour);

/// One JSON object with a line end: `{"rule","contact","at","verdict","because","judged_at","event","condition":{…},"limits",
/// "history","change","next_firing"}`; a part of the condition is `{"text","kind","truth"|"value","parts"}`, and a hold has
/// `accrued`, `duration` and `due`.
std::string WhyJson(const runtime::WhyReport& report);

/// "fired", "false" … as the JSON says it.
std::string_view SpellingOf(runtime::Verdict verdict);

}  // namespace mrule::cli
