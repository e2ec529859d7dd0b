// SPDX-License-Identifier: Apache-2.0
// One event's values as the matcher's inputs see them. Nothing is computed before an index asks for it: where few rules are
// near, most inputs are never looked at.
#pragma once

#include <cstdint>
#include "runtime/match/leaf.h"

namespace mrule::runtime {

/// The id of the pooled text equal to `text`, or 0.
uint32_t FindPooledId(const Program& program, const MrText& text);
inline uint32_t PooledId(const Program& program, const MrText& text) {
  return text.id != 0 ? text.id : FindPooledId(program, text);
}

class EventValues {
 public:
  /// `inputs` are the handler's; values are indexed as they say.
  EventValues(const Program& program, const plan::MatchInput* inputs, const MrValue* fields, const MrValue* outputs)
      : program_(program), inputs_(inputs), fields_(fields), outputs_(outputs) {}

  /// A field or an output by its number.
  const MrValue& At(bool from_field, uint32_t index) const { return (from_field ? fields_ : outputs_)[index]; }
  plan::MatchInput::Kind kind(uint32_t input) const { return inputs_[input].kind; }
  /// Of an ordered input; kUnknownKey when unknown.
  int64_t Key(uint32_t input) const { return KeyOf(inputs_[input].kind, ValueOf(input)); }
  /// Of a text input; null when unknown.
  const MrText* Text(uint32_t input) const { return PointerTo<MrText>(input); }
  /// The pooled id of a text that Text() gave, or 0 if it is null or no pooled text equals it.
  uint32_t IdOf(const MrText* text) const { return text != nullptr ? PooledId(program_, *text) : 0; }
  /// Of a set input; null when unknown.
  const MrTextSet* Set(uint32_t input) const { return PointerTo<MrTextSet>(input); }

 private:
  const MrValue& ValueOf(uint32_t input) const {
    const plan::MatchInput& from = inputs_[input];
    return At(from.from_field, from.index);
  }
  template <typename T>
  const T* PointerTo(uint32_t input) const {
    const MrValue& value = ValueOf(input);
    return value.known != 0 ? reinterpret_cast<const T*>(value.bits) : nullptr;
  }

  const Program& program_;
  const plan::MatchInput* inputs_;
  const MrValue* fields_;
  const MrValue* outputs_;
};

/// The leaf against the value of its input.
bool LeafHolds(const Program& program, const plan::MatchLeaf& leaf, const EventValues& values);

}  // namespace mrule::runtime
