// SPDX-License-Identifier: Apache-2.0
#include "runtime/match/row_masks.h"

#include <algorithm>
#include <map>

#include "runtime/match/bits.h"

namespace mrule::runtime {

using plan::MatchInput;
using plan::MatchLeaf;

RowMasks::RowMasks(const Program& program, const plan::Handler& handler, const std::vector<uint32_t>& uses)
    : forbidden_at_(handler.leaves.size(), kNotCovered) {
  std::vector<Input> inputs(handler.match_inputs.size());
  for (uint32_t leaf = 0; leaf < handler.leaves.size(); ++leaf) {
    if (uses[leaf] == 0) continue;
    Input& input = inputs[handler.leaves[leaf].input];
    input.leaf_numbers.push_back(leaf);
    input.leaves.push_back(&handler.leaves[leaf]);
    input.uses += uses[leaf];
  }
  std::vector<Input> chosen;
  for (uint32_t i = 0; i < inputs.size(); ++i) {
    if (inputs[i].leaves.empty() || handler.match_inputs[i].kind == MatchInput::Kind::kSet) continue;
    inputs[i].input = i;
    if (handler.match_inputs[i].kind == MatchInput::Kind::kText) {
      inputs[i].texts.emplace(program, inputs[i].leaves);
    } else {
      inputs[i].ordered.emplace(inputs[i].leaves);
    }
    Measure(program, inputs[i]);
    chosen.push_back(std::move(inputs[i]));
  }
  std::sort(chosen.begin(), chosen.end(), [](const Input& a, const Input& b) {
    const uint64_t left = a.uses * b.bits, right = b.uses * a.bits;  // uses per bit
    return left != right ? left > right : a.input < b.input;
  });
  uint32_t next_bit = 1;  // bit 0 is what every event has
  for (Input& input : chosen) {
    if (next_bit + input.bits > kMaskWordsMax * 64) continue;
    input.first_bit = next_bit;
    next_bit += input.bits;
    (input.ordered ? ordered_inputs_ : text_inputs_).push_back(std::move(input));
  }
  words_ = (next_bit + 63) / 64;
  for (std::vector<Input>* list : {&ordered_inputs_, &text_inputs_}) {
    for (Input& input : *list) {
      AddClasses(input);
      SettleForbidden(input);
    }
  }
  for (const Input& input : ordered_inputs_) ordered_.push_back({*input.ordered, input.input, input.event_bits.data()});
  loader_ = LoaderFor(words_, std::make_index_sequence<kMaskWordsMax>());
}

std::vector<uint64_t> RowMasks::TruthOf(const Input& input, uint32_t cls) const {
  if (input.texts) return input.texts->truth(cls);
  std::vector<uint64_t> truth((input.leaves.size() + 63) / 64);
  const int64_t key = input.ordered->KeyIn(cls);
  for (size_t i = 0; i < input.leaves.size(); ++i) {
    if (LeafHoldsForKey(*input.leaves[i], key)) SetBit(truth.data(), i);
  }
  return truth;
}

/// Chooses the form: as many bits as there are leaves, or as different vectors of truths. Only texts that are compared as wholes
/// have all their truths known before any value has been seen.
void RowMasks::Measure(const Program& program, Input& input) {
  input.by_leaf = true;
  input.bits = static_cast<uint32_t>(input.leaves.size());
  if (input.texts) {
    for (const MatchLeaf* leaf : input.leaves) {
      const bool whole = leaf->kind == MatchLeaf::Kind::kInTexts || leaf->kind == MatchLeaf::Kind::kKnown ||
                         leaf->kind == MatchLeaf::Kind::kMissing;
      if (!whole) return;
      for (uint32_t t : leaf->texts) input.texts->ClassOf(program.ConstantText(t), program.ConstantText(t)->id);
    }
    const MrText other{"", 0, 0};  // a text of no id equals no constant, whatever its bytes
    input.texts->ClassOf(&other, 0);
  }
  std::vector<std::vector<uint64_t>> truths;
  for (uint32_t cls = 0; cls < ClassCount(input); ++cls) truths.push_back(TruthOf(input, cls));
  std::sort(truths.begin(), truths.end());
  truths.erase(std::unique(truths.begin(), truths.end()), truths.end());
  if (truths.size() >= input.leaves.size()) return;
  input.by_leaf = false;
  input.bits = static_cast<uint32_t>(truths.size());
  input.truths = std::move(truths);
}

/// The event's bits for classes that have none yet.
void RowMasks::AddClasses(Input& input) {
  const uint32_t have = static_cast<uint32_t>(input.event_bits.size() / words_);
  const uint32_t want = ClassCount(input);
  input.event_bits.resize(want * words_);
  for (uint32_t cls = have; cls < want; ++cls) {
    uint64_t* bits = input.event_bits.data() + cls * words_;
    const std::vector<uint64_t> truth = TruthOf(input, cls);
    if (input.by_leaf) {
      for (uint32_t i = 0; i < input.leaves.size(); ++i) {
        if (!TestBit(truth.data(), i)) SetBit(bits, input.first_bit + i);
      }
    } else {
      const auto at = std::lower_bound(input.truths.begin(), input.truths.end(), truth);
      SetBit(bits, input.first_bit + static_cast<size_t>(at - input.truths.begin()));
    }
  }
}

void RowMasks::SettleForbidden(const Input& input) {
  for (uint32_t i = 0; i < input.leaves.size(); ++i) {
    forbidden_at_[input.leaf_numbers[i]] = static_cast<uint32_t>(forbidden_.size());
    forbidden_.resize(forbidden_.size() + words_);
    uint64_t* mask = forbidden_.data() + forbidden_.size() - words_;
    if (input.by_leaf) {
      SetBit(mask, input.first_bit + i);
      continue;
    }
    for (size_t t = 0; t < input.truths.size(); ++t) {
      if (!TestBit(input.truths[t].data(), i)) SetBit(mask, input.first_bit + t);
    }
  }
}

void RowMasks::Forbid(uint32_t leaf, uint64_t* mask) const {
  const uint64_t* bits = forbidden_.data() + forbidden_at_[leaf];
  for (size_t w = 0; w < words_; ++w) mask[w] |= bits[w];
}

template <size_t kWords>
void RowMasks::LoadWords(const EventValues& values, uint64_t* event) {
  uint64_t have[kWords] = {1};
  for (const Ordered& one : ordered_) {
    const uint64_t* bits = one.event_bits + one.classes.ClassOf(values.Key(one.input)) * kWords;
    for (size_t w = 0; w < kWords; ++w) have[w] |= bits[w];
  }
  for (Input& input : text_inputs_) {
    const MrText* text = values.Text(input.input);
    const uint32_t cls = input.texts->ClassOf(text, values.IdOf(text));
    if (cls * kWords >= input.event_bits.size()) [[unlikely]] AddClasses(input);
    const uint64_t* bits = input.event_bits.data() + cls * kWords;
    for (size_t w = 0; w < kWords; ++w) have[w] |= bits[w];
  }
  for (size_t w = 0; w < kWords; ++w) event[w] = have[w];
}

template <size_t... kWords>
RowMasks::Loader RowMasks::LoaderFor(size_t words, std::index_sequence<kWords...>) {
  static constexpr Loader kLoaders[] = {&RowMasks::LoadWords<kWords + 1>...};
  return kLoaders[words - 1];
}

}  // namespace mrule::runtime
