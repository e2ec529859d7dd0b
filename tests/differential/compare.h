// SPDX-License-Identifier: Apache-2.0
// One generated case through every engine, and through a stop and a restart. Shared by the differential test and its fuzz target.
#pragma once

#include <cstdint>
#include <string>
#include <string_view>

namespace mrule::differential {

/// Runs rules and events; empty if all engines and the restart agree, else what differs. Rules that do not check are a
/// finding if `must_check`. `restart` chooses where the restarted run is cut.
std::string Compare(std::string_view rules, std::string_view events, uint64_t restart, bool must_check);

/// Compare for the case that `seed` generates; a finding begins with the program.
std::string CompareSeed(uint64_t seed);

}  // namespace mrule::differential
