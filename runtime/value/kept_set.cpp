// SPDX-License-Identifier: Apache-2.0
#include "runtime/value/kept_set.h"

#include <algorithm>
#include <new>

namespace mrule::runtime {
namespace {
size_t BytesFor(size_t items) { return sizeof(MrTextSet) + items * sizeof(const MrText*); }
}  // namespace

bool TextLess(const MrText* a, const MrText* b) { return View(*a) < View(*b); }

const MrTextSet* MakeKeptSet(Slab& slab, TextPool& texts, std::span<const MrText* const> items) {
  size_t bytes = BytesFor(items.size());
  void* block = slab.Allocate(bytes);
  auto** kept = reinterpret_cast<const MrText**>(static_cast<char*>(block) + sizeof(MrTextSet));
  size_t n = 0;
  for (const MrText* item : items) kept[n++] = item->id != 0 ? item : texts.Intern(View(*item));
  if (!std::is_sorted(kept, kept + n, TextLess)) std::sort(kept, kept + n, TextLess);
  n = static_cast<size_t>(std::unique(kept, kept + n) - kept);
  if (n != items.size()) {
    // Repeats: a block is freed by the size its count gives, so it must be allocated by that size.
    void* exact = slab.Allocate(BytesFor(n));
    auto** moved = reinterpret_cast<const MrText**>(static_cast<char*>(exact) + sizeof(MrTextSet));
    std::copy(kept, kept + n, moved);
    slab.Free(block, bytes);
    block = exact;
    kept = moved;
  }
  return new (block) MrTextSet{kept, static_cast<uint32_t>(n), kOwnedSet};
}

void FreeKeptSet(Slab& slab, const MrTextSet* set) {
  if (set == nullptr || set->reserved != kOwnedSet) return;
  slab.Free(const_cast<MrTextSet*>(set), BytesFor(set->size));
}

bool SameItems(const MrTextSet* a, const MrTextSet* b) {
  if (a == b) return true;
  if (a == nullptr || b == nullptr || a->size != b->size) return false;
  for (uint32_t i = 0; i < a->size; ++i) {
    if (a->items[i] != b->items[i] && View(*a->items[i]) != View(*b->items[i])) return false;
  }
  return true;
}

}  // namespace mrule::runtime
