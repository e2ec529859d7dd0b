// SPDX-License-Identifier: Apache-2.0
// Windows as text: canonical, for dumps and the keys of slots, and in words, for the reasons of a decision.
#pragma once

#include <string>

#include "compiler/sema/hir.h"

namespace mrule::hir {

/// `7d`, `90min`: the largest unit that divides it.
std::string DurationText(int64_t micros);

/// Equal windows have equal texts: `all time`, `7d`, `7d ending 3d ago`, `days 7 to 1 back in "Europe/Berlin"`.
std::string WindowText(const Program& program, const Window& window);

/// As a rule says it: `in last 7d`, `today`, `in last 7 full days`, `this month in "Europe/Berlin"` where that is not the workspace's
/// zone. Empty for all time.
std::string WindowWords(const Program& program, const Window& window);

}  // namespace mrule::hir
