// SPDX-License-Identifier: Apache-2.0
// One leaf against one value, spelled out: what every index of the matcher must agree with. Used to build classes, for texts
// seen for the first time, and by tests as the oracle.
#pragma once

#include <algorithm>
#include <bit>

#include "compiler/plan/ordered_key.h"
#include "compiler/plan/plan.h"
#include "runtime/program/program.h"
#include "stdlib/abi.h"

namespace mrule::runtime {

/// The key of an ordered value, or kUnknownKey.
inline constexpr int64_t kUnknownKey = INT64_MIN;
inline int64_t KeyOf(plan::MatchInput::Kind kind, const MrValue& value) {
  int64_t key = value.bits;
  if (kind == plan::MatchInput::Kind::kOrderedF64) key = plan::OrderedKey(std::bit_cast<double>(value.bits));
  key = std::max(key, kUnknownKey + 1);  // the smallest integer shares its neighbour's key; no range tells them apart
  return value.known != 0 ? key : kUnknownKey;
}

/// kRanges, kKnown and kMissing against a key.
bool LeafHoldsForKey(const plan::MatchLeaf& leaf, int64_t key);
/// Every kind over texts; `text` is null when unknown.
bool LeafHoldsForText(const Program& program, const plan::MatchLeaf& leaf, const MrText* text);
/// kHasAny, kKnown and kMissing; `set` is null when unknown.
bool LeafHoldsForSet(const Program& program, const plan::MatchLeaf& leaf, const MrTextSet* set);

}  // namespace mrule::runtime
