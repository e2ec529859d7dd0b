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

void EventValues::Load(const Program& program, const std::vector<MatchInput>& from, const MrValue* fields, const MrValue* outputs) {
  for (size_t i = 0; i < from.size(); ++i) {
    const MatchInput& input = from[i];
    const MrValue& value = input.from_field ? fields[input.index] : outputs[input.index];
    One& one = inputs[i];
    switch (input.kind) {
      case MatchInput::Kind::kOrderedI64:
      case MatchInput::Kind::kOrderedF64:
        one.key = KeyOf(input.kind, value);
        break;
      case MatchInput::Kind::kText: {
        one.text = value.known ? reinterpret_cast<const MrText*>(value.bits) : nullptr;
        one.text_id = one.text != nullptr ? PooledId(program, *one.text) : 0;
        break;
      }
      case MatchInput::Kind::kSet:
        one.set = value.known ? reinterpret_cast<const MrTextSet*>(value.bits) : nullptr;
        break;
    }
  }
}

bool LeafHolds(const Program& program, const plan::MatchLeaf& leaf, MatchInput::Kind kind, const EventValues::One& value) {
  switch (kind) {
    case MatchInput::Kind::kOrderedI64:
    case MatchInput::Kind::kOrderedF64:
      return LeafHoldsForKey(leaf, value.key);
    case MatchInput::Kind::kText:
      return LeafHoldsForText(program, leaf, value.text);
    case MatchInput::Kind::kSet:
      return LeafHoldsForSet(program, leaf, value.set);
  }
  return false;
}

}  // namespace mrule::runtime
