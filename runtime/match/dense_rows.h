// SPDX-License-Identifier: Apache-2.0
// Rows as bits: each input's class of value has a mask of the rows that its leaves allow, and an event's rows are the masks of
// its values, and-ed. The work is rows / 64 words an input, whatever the leaves are.
#pragma once

#include <cstdint>
#include <optional>
#include <vector>

#include "runtime/match/classes.h"
#include "runtime/match/values.h"

namespace mrule::runtime {

class DenseRows {
 public:
  /// `rows` are indexes into handler.rows, ascending.
  DenseRows(const Program& program, const plan::Handler& handler, std::vector<uint32_t> rows);
  DenseRows(DenseRows&&) = default;
  DenseRows(const DenseRows&) = delete;

  /// Appends the matching rows, ascending.
  void Match(const EventValues& values, std::vector<uint32_t>& matched);

 private:
  struct Input {
    uint32_t input = 0;
    plan::MatchInput::Kind kind{};
    std::optional<OrderedClasses> ordered;
    std::optional<TextClasses> texts;
    std::vector<std::pair<uint32_t, uint32_t>> row_leaf;  // dense row, position of its leaf among this input's leaves
    std::vector<const plan::MatchLeaf*> leaves;
    std::vector<uint64_t> masks;  // class-major, words_ each; for sets: unknown, then known without any item
    std::vector<std::vector<uint64_t>> item_adds, item_removes;  // sets: by local index of the constant
    std::vector<uint32_t> local_of_id;                           // sets: text id to local index + 1
  };
  /// What looking up an input's mask needs most often, in one cache line: with many event types, nothing is in the first cache.
  struct alignas(64) Step {
    static constexpr size_t kBreaksMax = 5;
    enum class Kind : uint8_t { kFewBreaks, kText, kOrdered, kSet } kind{};
    bool from_field = false;
    plan::MatchInput::Kind value_kind{};
    uint8_t breaks_count = 0;
    uint32_t index = 0;                ///< of the value
    const uint64_t* masks = nullptr;
    Input* input = nullptr;
    union {
      int64_t breaks[kBreaksMax] = {};     ///< kFewBreaks
      struct {
        const uint16_t* data;
        size_t size;
      } classes;                           ///< kText: TextClasses::low
    };
  };
  static_assert(sizeof(Step) == 64);
  static Step::Kind KindOf(const Input& input);
  void AddStep(Input& input, const plan::MatchInput& from);
  /// The mask of the rows that an input's value allows; valid until the next call for the same input.
  const uint64_t* MaskOf(Step& step, const EventValues& values);
  const uint64_t* MaskOfFewBreaks(const Step& step, const EventValues& values) const;
  const uint64_t* MaskOfText(Step& step, const EventValues& values);
  const uint64_t* MaskOfNewText(Step& step, const EventValues& values, const MrText* text);
  template <size_t kWords>
  void MatchFew(const EventValues& values, std::vector<uint32_t>& matched);
  void MatchMany(const EventValues& values, std::vector<uint32_t>& matched);
  void Take(size_t row, const EventValues& values, std::vector<uint32_t>& matched) const;
  void AddClassMasks(Input& input);
  void BuildSet(Input& input);
  const uint64_t* SetMask(const Input& input, const MrTextSet* set);

  const Program& program_;
  std::vector<uint32_t> rows_;
  size_t words_;
  std::vector<Input> inputs_;
  std::vector<Step> steps_;              // by input; with few words, by kind
  size_t few_breaks_ = 0, texts_ = 0;    // with few words: steps of these kinds, which come first
  std::vector<uint64_t> bits_, set_bits_;
  std::vector<std::pair<uint32_t, const plan::MatchLeaf*>> extra_;  // (dense row, leaf): second leaves on one input
  std::vector<uint32_t> extra_begin_;                               // by dense row
};

}  // namespace mrule::runtime
