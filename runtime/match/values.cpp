// SPDX-License-Identifier: Apache-2.0
#include "runtime/match/values.h"

#define XXH_INLINE_ALL
#include <xxhash.h>

namespace mrule::runtime {

using plan::MatchInput;

uint32_t FindPooledId(const Program& program, const MrText& text) {
  const MrText* pooled = program.texts().Find(View(text), XXH3_64bits(text.data, text.size));
  return pooled != nullptr ? pooled->id : 0;  // a passing text may still equal a pooled one
}

bool LeafHolds(const Program& program, const plan::MatchLeaf& leaf, const EventValues& values) {
  switch (values.kind(leaf.input)) {
    case MatchInput::Kind::kOrderedI64:
    case MatchInput::Kind::kOrderedF64:
      return LeafHoldsForKey(leaf, values.Key(leaf.input));
    case MatchInput::Kind::kText:
      return LeafHoldsForText(program, leaf, values.Text(leaf.input));
    case MatchInput::Kind::kSet:
      return LeafHoldsForSet(program, leaf, values.Set(leaf.input));
  }
  return false;
}

}  // namespace mrule::runtime
