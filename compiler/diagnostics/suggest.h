// SPDX-License-Identifier: Apache-2.0
// "Did you mean …?": the known name that a misspelt one most likely stands for.
#pragma once

#include <optional>
#include <span>
#include <string_view>

namespace mrule::diagnostics {

/// The candidate nearest to `name`, counting an insertion, deletion, change or swap of neighbours as one step
/// and a change of case as half a one; the first in order among equals. One that differs in case alone wins
/// at once. None if no candidate is within a third of the longer name's length, rounded down.
std::optional<std::string_view> Nearest(std::string_view name, std::span<const std::string_view> candidates);

}  // namespace mrule::diagnostics
