// SPDX-License-Identifier: Apache-2.0
// One generated case through every engine, and through a stop and a restart. Shared by the differential test and its fuzz target.
#pragma once

#include <cstdint>
#include <string>
#include <string_view>

namespace mrule::differential {

/// Compiling machine code is most of the work: kTurns takes all engines for some programs, and for the others the interpreter
/// and at most one of the rest.
enum class Breadth : uint8_t { kTurns, kAllEngines };

/// Runs rules and events; empty if the engines and the restart agree, else what differs. Rules that do not check are a
/// finding if `must_check`. `choice` settles where the restarted run is cut, and which engines take part.
std::string Compare(std::string_view rules, std::string_view events, uint64_t choice, bool must_check, Breadth breadth);

/// Compare for the case that `seed` generates; a finding begins with the program.
std::string CompareSeed(uint64_t seed, Breadth breadth);

}  // namespace mrule::differential
