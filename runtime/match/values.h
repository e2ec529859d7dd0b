// SPDX-License-Identifier: Apache-2.0
// One event's values as the matcher's inputs see them, computed once and read by every index.
#pragma once

#include <cstdint>
#include <vector>

#include "runtime/match/leaf.h"

namespace mrule::runtime {

struct EventValues {
  struct One {
    int64_t key = kUnknownKey;        ///< ordered inputs
    const MrText* text = nullptr;     ///< text inputs; null when unknown
    uint32_t text_id = 0;             ///< its pooled id, or 0 if no pooled text equals it
    const MrTextSet* set = nullptr;   ///< set inputs; null when unknown
  };
  std::vector<One> inputs;

  void Load(const Program& program, const std::vector<plan::MatchInput>& from, const MrValue* fields, const MrValue* outputs);
};

/// The id of the pooled text equal to `text`, or 0.
uint32_t FindPooledId(const Program& program, const MrText& text);
inline uint32_t PooledId(const Program& program, const MrText& text) {
  return text.id != 0 ? text.id : FindPooledId(program, text);
}

bool LeafHolds(const Program& program, const plan::MatchLeaf& leaf, plan::MatchInput::Kind kind, const EventValues::One& value);

}  // namespace mrule::runtime
