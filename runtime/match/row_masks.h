// SPDX-License-Identifier: Apache-2.0
// Leaves of many rows as bits. Each input takes the cheaper of two forms: a bit for every class of value (an event has the bit of
// its value, a row forbids the classes that its leaf refuses), or a bit for every leaf (an event has those that are false of its
// value). Either way a row holds if what it forbids and what the event has do not meet.
#pragma once

#include <cstdint>
#include <optional>
#include <utility>
#include <vector>

#include "runtime/match/classes.h"
#include "runtime/match/row_blocks.h"
#include "runtime/match/values.h"

namespace mrule::runtime {

class RowMasks {
 public:
  RowMasks(const RowMasks&) = delete;
  RowMasks& operator=(const RowMasks&) = delete;
  /// `uses` counts the rows that test each leaf of the handler: where bits run short, the inputs used most get them.
  RowMasks(const Program& program, const plan::Handler& handler, const std::vector<uint32_t>& uses);

  /// Words of a mask, at least 1.
  size_t words() const { return words_; }
  /// Whether the leaf has become bits. Others are left to the caller.
  bool Covers(uint32_t leaf) const { return forbidden_at_[leaf] != kNotCovered; }
  /// Adds to `mask` what the leaf forbids.
  void Forbid(uint32_t leaf, uint64_t* mask) const;
  /// What every event has: a row that forbids it never holds.
  static void ForbidAll(uint64_t* mask) { mask[0] |= 1; }
  /// The bits of an event, into words() words.
  void Load(const EventValues& values, uint64_t* event) { (this->*loader_)(values, event); }

 private:
  static constexpr uint32_t kNotCovered = 0xFFFFFFFFu;
  struct Input {
    uint32_t input = 0;
    std::vector<uint32_t> leaf_numbers;              // handler leaves
    std::vector<const plan::MatchLeaf*> leaves;
    std::optional<OrderedClasses> ordered;
    std::optional<TextClasses> texts;
    bool by_leaf = false;
    uint32_t first_bit = 0;
    uint32_t bits = 0;
    uint64_t uses = 0;
    std::vector<std::vector<uint64_t>> truths;       // distinct ones; by class form: bit i is truth i
    std::vector<uint64_t> event_bits;                // words_ for each class of value
  };
  std::vector<uint64_t> TruthOf(const Input& input, uint32_t cls) const;
  uint32_t ClassCount(const Input& input) const { return input.ordered ? input.ordered->count() : input.texts->count(); }
  void Measure(const Program& program, Input& input);
  void AddClasses(Input& input);
  void SettleForbidden(const Input& input);

  /// What Load needs of an ordered input, close together.
  struct Ordered {
    OrderedClasses classes;
    uint32_t input;
    const uint64_t* event_bits;
  };
  template <size_t kWords>
  void LoadWords(const EventValues& values, uint64_t* event);
  using Loader = void (RowMasks::*)(const EventValues&, uint64_t*);
  template <size_t... kWords>
  static Loader LoaderFor(size_t words, std::index_sequence<kWords...>);

  std::vector<Input> ordered_inputs_, text_inputs_;
  std::vector<Ordered> ordered_;
  Loader loader_ = nullptr;
  size_t words_ = 1;
  std::vector<uint32_t> forbidden_at_;  // by handler leaf: into forbidden_
  std::vector<uint64_t> forbidden_;
};

}  // namespace mrule::runtime
