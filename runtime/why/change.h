// SPDX-License-Identifier: Apache-2.0
// What would have to be otherwise: the fewest parts of a condition, and of those the nearest, whose change turns the whole.
#pragma once

#include <cstdint>
#include <string>
#include <vector>

#include "runtime/why/picture.h"

namespace mrule::runtime {

/// One part that has to change.
struct PartChange {
  uint32_t part = 0;       ///< index into Picture::parts
  bool to_true = true;     ///< it must become true; else false
  double distance = 0;     ///< how far it is, as a share of what it is compared with; only for ordering
  std::string words;       ///< "`roas` below 1.2 (it is 1.35)"
};

/// In order of position. Empty if the condition is that already. What one part compares or waits for counts as a change of
/// that part, whatever would bring it about.
std::vector<PartChange> SmallestChange(const Picture& picture, bool to_true);

/// The parts that make the whole what it is, fewest first: indexes into Picture::parts.
std::vector<uint32_t> DecidingParts(const Picture& picture);

}  // namespace mrule::runtime
