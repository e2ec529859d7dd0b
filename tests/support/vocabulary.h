// SPDX-License-Identifier: Apache-2.0
// The vocabulary that generated programs are written in, complete in itself: the generator of programs
// (tests/differential) and the oracle draw from it. The attributes, events and measures that the oracle knows
// are the ones named in tests/oracle.
#pragma once

#include <string_view>

namespace mrule::testing {

/// Declarations, without a rule; ends with an empty line.
std::string_view GeneratedVocabulary();

}  // namespace mrule::testing
