// SPDX-License-Identifier: Apache-2.0
// Sets of text that a record owns (`tags`): pooled items, sorted by bytes, in one block of the shard's slab. Whoever replaces a
// set attribute makes the new one and frees the old one; sets that are not owned (constants, a batch's) are left alone.
#pragma once

#include <span>

#include "runtime/value/slab.h"
#include "runtime/value/text_pool.h"
#include "stdlib/abi.h"

namespace mrule::runtime {

/// MrTextSet::reserved of a set that a record owns.
inline constexpr uint32_t kOwnedSet = 1;

/// A copy that a record may own; items are pooled, sorted and stripped of repeats here.
const MrTextSet* MakeKeptSet(Slab& slab, TextPool& texts, std::span<const MrText* const> items);
/// Does nothing for null and for sets no record owns.
void FreeKeptSet(Slab& slab, const MrTextSet* set);
bool SameItems(const MrTextSet* a, const MrTextSet* b);
/// By bytes.
bool TextLess(const MrText* a, const MrText* b);

}  // namespace mrule::runtime
