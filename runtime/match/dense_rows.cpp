// SPDX-License-Identifier: Apache-2.0
#include "runtime/match/dense_rows.h"

#include <algorithm>
#include <unordered_map>

#include "runtime/match/bits.h"

namespace mrule::runtime {

using plan::MatchInput;
using plan::MatchLeaf;

namespace {
/// So many words of bits are and-ed in registers.
constexpr size_t kFewWords = 8;
}  // namespace

DenseRows::DenseRows(const Program& program, const plan::Handler& handler, std::vector<uint32_t> rows)
    : program_(program), rows_(std::move(rows)), words_((rows_.size() + 63) / 64), bits_(words_), set_bits_(words_) {
  std::vector<Input> by_input(handler.match_inputs.size());
  std::vector<std::unordered_map<uint32_t, uint32_t>> position(by_input.size());  // leaf index to position
  for (uint32_t row = 0; row < rows_.size(); ++row) {
    extra_begin_.push_back(static_cast<uint32_t>(extra_.size()));
    std::vector<uint32_t> seen;
    for (uint32_t leaf_index : handler.rows[rows_[row]].leaves) {
      const MatchLeaf& leaf = handler.leaves[leaf_index];
      if (std::find(seen.begin(), seen.end(), leaf.input) != seen.end()) {
        extra_.emplace_back(row, &leaf);
        continue;
      }
      seen.push_back(leaf.input);
      Input& input = by_input[leaf.input];
      auto [at, added] = position[leaf.input].emplace(leaf_index, static_cast<uint32_t>(input.leaves.size()));
      if (added) input.leaves.push_back(&leaf);
      input.row_leaf.emplace_back(row, at->second);
    }
  }
  extra_begin_.push_back(static_cast<uint32_t>(extra_.size()));
  for (uint32_t i = 0; i < by_input.size(); ++i) {
    if (by_input[i].leaves.empty()) continue;
    Input input = std::move(by_input[i]);
    input.input = i;
    input.kind = handler.match_inputs[i].kind;
    switch (input.kind) {
      case MatchInput::Kind::kOrderedI64:
      case MatchInput::Kind::kOrderedF64:
        input.ordered.emplace(input.leaves);
        break;
      case MatchInput::Kind::kText:
        input.texts.emplace(program, input.leaves);
        break;
      case MatchInput::Kind::kSet:
        BuildSet(input);
        break;
    }
    AddClassMasks(input);
    inputs_.push_back(std::move(input));
  }
  // Inputs that many rows test come first: they empty the bits soonest. Where that is not asked, kinds stand together.
  const bool few = words_ <= kFewWords;
  std::sort(inputs_.begin(), inputs_.end(), [few](const Input& a, const Input& b) {
    if (few && KindOf(a) != KindOf(b)) return KindOf(a) < KindOf(b);
    return a.row_leaf.size() != b.row_leaf.size() ? a.row_leaf.size() > b.row_leaf.size() : a.input < b.input;
  });
  for (Input& input : inputs_) {
    AddStep(input, handler.match_inputs[input.input]);
    few_breaks_ += KindOf(input) == Step::Kind::kFewBreaks ? 1 : 0;
    texts_ += KindOf(input) == Step::Kind::kText ? 1 : 0;
  }
}

DenseRows::Step::Kind DenseRows::KindOf(const Input& input) {
  if (input.texts) return Step::Kind::kText;
  if (!input.ordered) return Step::Kind::kSet;
  return input.ordered->breaks().size() <= Step::kBreaksMax ? Step::Kind::kFewBreaks : Step::Kind::kOrdered;
}

void DenseRows::AddStep(Input& input, const MatchInput& from) {
  Step step;
  step.from_field = from.from_field;
  step.index = from.index;
  step.value_kind = from.kind;
  step.masks = input.masks.data();
  step.input = &input;
  step.kind = KindOf(input);
  if (step.kind == Step::Kind::kFewBreaks) {
    const std::span<const int64_t> breaks = input.ordered->breaks();
    step.breaks_count = static_cast<uint8_t>(breaks.size());
    std::copy(breaks.begin(), breaks.end(), step.breaks);
  } else if (step.kind == Step::Kind::kText) {
    step.classes = {nullptr, 0};
  }
  steps_.push_back(step);
}

/// Makes the masks of the classes that have none yet.
void DenseRows::AddClassMasks(Input& input) {
  if (input.kind == MatchInput::Kind::kSet) return;
  const uint32_t have = static_cast<uint32_t>(input.masks.size() / words_);
  const uint32_t want = input.ordered ? input.ordered->count() : input.texts->count();
  input.masks.resize(size_t{want} * words_, ~uint64_t{0});
  std::vector<uint64_t> truth((input.leaves.size() + 63) / 64);
  for (uint32_t cls = have; cls < want; ++cls) {
    if (input.ordered) {
      std::fill(truth.begin(), truth.end(), 0);
      for (uint32_t i = 0; i < input.leaves.size(); ++i) {
        if (LeafHoldsForKey(*input.leaves[i], input.ordered->KeyIn(cls))) SetBit(truth.data(), i);
      }
    } else {
      truth = input.texts->truth(cls);
    }
    uint64_t* mask = input.masks.data() + size_t{cls} * words_;
    for (const auto& [row, leaf] : input.row_leaf) {
      if (!TestBit(truth.data(), leaf)) ClearBit(mask, row);
    }
  }
}

/// Sets have too many values to class: a mask for unknown, one for no known item, and what each constant adds or removes.
void DenseRows::BuildSet(Input& input) {
  input.masks.assign(2 * words_, ~uint64_t{0});
  uint64_t* unknown = input.masks.data();
  uint64_t* none = unknown + words_;
  for (const auto& [row, position] : input.row_leaf) {
    const MatchLeaf& leaf = *input.leaves[position];
    if (!LeafHoldsForSet(program_, leaf, nullptr)) ClearBit(unknown, row);
    const MrTextSet empty{nullptr, 0, 0};
    if (!LeafHoldsForSet(program_, leaf, &empty)) ClearBit(none, row);
    if (leaf.kind != MatchLeaf::Kind::kHasAny) continue;
    for (uint32_t t : leaf.texts) {
      const uint32_t id = program_.ConstantText(t)->id;
      if (id >= input.local_of_id.size()) input.local_of_id.resize(id + 1);
      uint32_t& local = input.local_of_id[id];
      if (local == 0) {
        input.item_adds.emplace_back(words_);
        input.item_removes.emplace_back(words_);
        local = static_cast<uint32_t>(input.item_adds.size());
      }
      SetBit((leaf.negated ? input.item_removes : input.item_adds)[local - 1].data(), row);
    }
  }
}

const uint64_t* DenseRows::SetMask(const Input& input, const MrTextSet* set) {
  if (set == nullptr) return input.masks.data();
  const uint64_t* none = input.masks.data() + words_;
  std::copy(none, none + words_, set_bits_.begin());
  for (int pass = 0; pass < 2; ++pass) {  // all that items add, then all that they remove
    for (uint32_t i = 0; i < set->size; ++i) {
      const uint32_t id = PooledId(program_, *set->items[i]);
      if (id == 0 || id >= input.local_of_id.size() || input.local_of_id[id] == 0) continue;
      const uint32_t local = input.local_of_id[id] - 1;
      if (pass == 0) {
        OrWords(set_bits_.data(), input.item_adds[local].data(), words_);
      } else {
        AndNotWords(set_bits_.data(), input.item_removes[local].data(), words_);
      }
    }
  }
  return set_bits_.data();
}

[[gnu::always_inline]] inline const uint64_t* DenseRows::MaskOfFewBreaks(const Step& step, const EventValues& values) const {
  const int64_t key = KeyOf(step.value_kind, values.At(step.from_field, step.index));
  size_t cls = 1;
  for (uint32_t i = 0; i < step.breaks_count; ++i) cls += step.breaks[i] <= key ? 1 : 0;  // no branch depends on the key
  return step.masks + (key == kUnknownKey ? 0 : cls * words_);
}

[[gnu::always_inline]] inline const uint64_t* DenseRows::MaskOfText(Step& step, const EventValues& values) {
  const MrValue& value = values.At(step.from_field, step.index);
  if (value.known == 0) return step.masks;
  const auto* text = reinterpret_cast<const MrText*>(value.bits);
  const uint32_t known = text->id < step.classes.size ? step.classes.data[text->id] : 0;
  if (known == 0) [[unlikely]] return MaskOfNewText(step, values, text);
  return step.masks + size_t{known - 1} * words_;
}

[[gnu::noinline]] const uint64_t* DenseRows::MaskOfNewText(Step& step, const EventValues& values, const MrText* text) {
  const uint32_t cls = step.input->texts->ClassOf(text, values.IdOf(text));
  if (size_t{cls} * words_ >= step.input->masks.size()) AddClassMasks(*step.input);
  step.masks = step.input->masks.data();
  step.classes = {step.input->texts->low().data(), step.input->texts->low().size()};
  return step.masks + size_t{cls} * words_;
}

inline const uint64_t* DenseRows::MaskOf(Step& step, const EventValues& values) {
  switch (step.kind) {
    case Step::Kind::kFewBreaks:
      return MaskOfFewBreaks(step, values);
    case Step::Kind::kText:
      return MaskOfText(step, values);
    case Step::Kind::kOrdered:
      return step.masks +
             size_t{step.input->ordered->ClassOf(KeyOf(step.value_kind, values.At(step.from_field, step.index)))} * words_;
    case Step::Kind::kSet: {
      const MrValue& value = values.At(step.from_field, step.index);
      return SetMask(*step.input, value.known != 0 ? reinterpret_cast<const MrTextSet*>(value.bits) : nullptr);
    }
  }
  return nullptr;
}

/// A row whose bit is left: its second leaves on one input decide.
inline void DenseRows::Take(size_t row, const EventValues& values, std::vector<uint32_t>& matched) const {
  for (uint32_t i = extra_begin_[row]; i < extra_begin_[row + 1]; ++i) {
    const MatchLeaf& leaf = *extra_[i].second;
    if (!LeafHolds(program_, leaf, values)) return;
  }
  matched.push_back(rows_[row]);
}

/// Few words stay in registers, and are not worth asking whether any bit is left. The commonest kinds of steps have a loop
/// each: what kind comes next differs from one event type to the next, and cannot be foreseen.
template <size_t kWords>
void DenseRows::MatchFew(const EventValues& values, std::vector<uint32_t>& matched) {
  uint64_t bits[kWords];
  for (uint64_t& word : bits) word = ~uint64_t{0};
  if (rows_.size() % 64 != 0) bits[kWords - 1] = (uint64_t{1} << (rows_.size() % 64)) - 1;
  const auto take = [&bits](const uint64_t* mask) {
    for (size_t w = 0; w < kWords; ++w) bits[w] &= mask[w];
  };
  Step* const steps = steps_.data();
  for (size_t i = 0; i < few_breaks_; ++i) take(MaskOfFewBreaks(steps[i], values));
  for (size_t i = few_breaks_; i < few_breaks_ + texts_; ++i) take(MaskOfText(steps[i], values));
  for (size_t i = few_breaks_ + texts_; i < steps_.size(); ++i) take(MaskOf(steps[i], values));
  if (extra_.empty()) {
    ForEachBit(bits, kWords, [&](size_t row) { matched.push_back(rows_[row]); });
  } else {
    ForEachBit(bits, kWords, [&](size_t row) { Take(row, values, matched); });
  }
}

void DenseRows::MatchMany(const EventValues& values, std::vector<uint32_t>& matched) {
  std::fill(bits_.begin(), bits_.end(), ~uint64_t{0});
  if (rows_.size() % 64 != 0) bits_.back() = (uint64_t{1} << (rows_.size() % 64)) - 1;
  for (Step& step : steps_) {
    if (!AndWords(bits_.data(), MaskOf(step, values), words_)) return;
  }
  ForEachBit(bits_.data(), words_, [&](size_t row) { Take(row, values, matched); });
}

static_assert(kFewWords == 8);
void DenseRows::Match(const EventValues& values, std::vector<uint32_t>& matched) {
  switch (words_) {
    case 0: return;
    case 1: return MatchFew<1>(values, matched);
    case 2: return MatchFew<2>(values, matched);
    case 3: return MatchFew<3>(values, matched);
    case 4: return MatchFew<4>(values, matched);
    case 5: return MatchFew<5>(values, matched);
    case 6: return MatchFew<6>(values, matched);
    case 7: return MatchFew<7>(values, matched);
    case 8: return MatchFew<8>(values, matched);
    default: return MatchMany(values, matched);
  }
}

}  // namespace mrule::runtime
