// SPDX-License-Identifier: Apache-2.0
// The order in which keys came on the last lines of a kind (a `context`, the reader's): machines write the
// same keys in the same order, so the key that should come next is compared first, with its quote and colon
// in one go, and a hash is asked only where that fails. The next step lies behind the last, so nothing waits
// for a member to be known before the one after it is compared.
#pragma once

#include <cstddef>
#include <cstdint>
#include <cstring>
#include <string_view>
#include <vector>

namespace mrule::runtime {

class KeyOrder {
 public:
  static constexpr uint32_t kNone = 0xFFFFFFFFu;
  /// Members of a line whose order is remembered; those after them are hashed.
  static constexpr uint32_t kStepsMax = 63;

  /// A key at its place: `name":`, compared under masks.
  struct Step {
    uint64_t words[2] = {0, 0};
    uint64_t masks[2] = {0, 0};
    uint32_t bytes = 0;  ///< 0: no key, or a name too long to be compared at once
    uint32_t id = kNone;

    /// Whether this key stands at `text` (16 readable bytes), its bytes with quote and colon; else 0.
    [[gnu::always_inline]] uint32_t At(const char* text) const {
      const uint64_t difference =
          ((Load(text) ^ words[0]) & masks[0]) | ((Load(text + 8) ^ words[1]) & masks[1]);
      return difference == 0 ? bytes : 0;
    }
  };

  /// For keys with ids below `ids`.
  void Reset(size_t contexts, size_t ids) {
    ids_ = ids;
    steps_.assign(contexts * (kStepsMax + 1), Step());
    places_.assign(contexts * ids, kNoPlace);
  }

  /// The first step of a context's lines.
  const Step* First(uint32_t context) const { return &steps_[context * (kStepsMax + 1)]; }
  /// The step of another context at the same place.
  const Step* Same(const Step* step, uint32_t context) const { return First(context) + PlaceOf(step); }

  /// The key `id`, called `name`, stands where `expected` was foreseen: the step after it, from now on.
  [[gnu::noinline]] const Step* Found(const Step* expected, uint32_t id, std::string_view name) {
    const size_t index = static_cast<size_t>(expected - steps_.data());
    const uint32_t place = PlaceOf(expected);
    uint8_t* const places = &places_[index / (kStepsMax + 1) * ids_];
    if (places[id] != kNoPlace && places[id] >= place)
      return expected + (places[id] - place) + 1;  // those between were left out
    if (place == kStepsMax) return expected;
    Step& step = steps_[index];
    if (step.id != kNone && places[step.id] == place) places[step.id] = kNoPlace;
    step = StepOf(id, name);
    places[id] = static_cast<uint8_t>(place);
    return expected + 1;
  }

 private:
  static constexpr uint8_t kNoPlace = 0xFF;

  uint32_t PlaceOf(const Step* step) const {
    return static_cast<uint32_t>(static_cast<size_t>(step - steps_.data()) % (kStepsMax + 1));
  }
  static Step StepOf(uint32_t id, std::string_view name) {
    char text[2 * sizeof(uint64_t)] = {}, mask[2 * sizeof(uint64_t)] = {};
    const size_t bytes = name.size() + 2 <= sizeof text ? name.size() + 2 : 0;
    for (size_t i = 0; i < bytes; ++i) {
      text[i] = i < name.size() ? name[i] : i == name.size() ? '"' : ':';
      mask[i] = -1;
    }
    return {{Load(text), Load(text + 8)}, {Load(mask), Load(mask + 8)}, static_cast<uint32_t>(bytes), id};
  }
  static uint64_t Load(const char* p) {
    uint64_t v;
    std::memcpy(&v, p, sizeof v);
    return v;
  }

  size_t ids_ = 0;
  std::vector<Step> steps_;      // by context: its steps, and one that nothing is
  std::vector<uint8_t> places_;  // by context, then id: where it stands
};

}  // namespace mrule::runtime
