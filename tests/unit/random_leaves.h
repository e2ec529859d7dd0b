// SPDX-License-Identifier: Apache-2.0
// Random leaves of every kind and random values for them, for tests that hold an index against the oracle (leaf.h). Constants
// come from small ranges, so that leaves overlap, repeat and are met.
#pragma once

#include <algorithm>
#include <bit>
#include <memory>
#include <random>
#include <string>
#include <utility>
#include <vector>

#include "compiler/plan/ordered_key.h"
#include "compiler/plan/plan.h"
#include "runtime/match/values.h"
#include "runtime/program/program.h"
#include "runtime/value/event.h"

namespace mrule::test {

using plan::MatchInput;
using plan::MatchLeaf;

inline MatchInput Input(MatchInput::Kind kind, bool from_field, uint32_t index) {
  MatchInput input;
  input.kind = kind;
  input.from_field = from_field;
  input.index = index;
  return input;
}

class RandomLeaves {
 public:
  RandomLeaves(uint64_t seed, uint32_t text_count) : random_(seed) {
    for (uint32_t i = 0; i < text_count; ++i) texts_.push_back(Word(i));
  }

  uint64_t Below(uint64_t n) { return random_() % n; }
  bool OneIn(uint64_t n) { return Below(n) == 0; }
  const std::vector<std::string>& texts() const { return texts_; }

  /// The plan's tables that the leaves refer to.
  void FillTables(plan::Plan& plan) {
    plan.texts = texts_;
    plan.regexes = {"^a", "[0-9]1", "x"};
    const uint32_t prefix = static_cast<uint32_t>(plan.texts.size());
    plan.texts.insert(plan.texts.end(), {"a", "ab", "1", "c-1", ""});
    for (uint32_t i = prefix; i < plan.texts.size(); ++i) parts_.push_back(i);
  }

  MatchLeaf Leaf(uint32_t input, MatchInput::Kind kind) {
    MatchLeaf leaf;
    leaf.input = input;
    leaf.negated = OneIn(6);
    const uint64_t choice = Below(12);
    if (choice < 1) {
      leaf.kind = OneIn(2) ? MatchLeaf::Kind::kKnown : MatchLeaf::Kind::kMissing;
      return leaf;
    }
    switch (kind) {
      case MatchInput::Kind::kOrderedI64:
      case MatchInput::Kind::kOrderedF64:
        leaf.kind = MatchLeaf::Kind::kRanges;
        leaf.ranges = Ranges(kind);
        break;
      case MatchInput::Kind::kText:
        if (choice < 9) {
          leaf.kind = MatchLeaf::Kind::kInTexts;
          leaf.texts = SomeTexts(1 + Below(OneIn(8) ? 20 : 4));
        } else {
          constexpr MatchLeaf::Kind kKinds[] = {MatchLeaf::Kind::kPrefix, MatchLeaf::Kind::kSuffix, MatchLeaf::Kind::kContains,
                                                MatchLeaf::Kind::kRegex};
          leaf.kind = kKinds[Below(4)];
          leaf.texts = {parts_[Below(parts_.size())]};
          leaf.regex = static_cast<uint32_t>(Below(3));
        }
        break;
      case MatchInput::Kind::kSet:
        leaf.kind = MatchLeaf::Kind::kHasAny;
        leaf.texts = SomeTexts(1 + Below(6));
        break;
    }
    return leaf;
  }

  /// A value, unknown one time in seven. Texts are pooled or passing; some are no constant of any leaf.
  MrValue Value(MatchInput::Kind kind, const runtime::Program& program, runtime::Arena& arena) {
    if (OneIn(7)) return {static_cast<int64_t>(Below(3)), 0};
    switch (kind) {
      case MatchInput::Kind::kOrderedI64:
        return {Integer(), 1};
      case MatchInput::Kind::kOrderedF64:
        return {std::bit_cast<int64_t>(Double()), 1};
      case MatchInput::Kind::kText:
        return {reinterpret_cast<int64_t>(Text(program, arena)), 1};
      case MatchInput::Kind::kSet: {
        std::vector<const MrText*> items(Below(5));
        for (const MrText*& item : items) item = Text(program, arena);
        const auto less = [](const MrText* a, const MrText* b) { return runtime::View(*a) < runtime::View(*b); };
        std::sort(items.begin(), items.end(), less);
        const auto same = [](const MrText* a, const MrText* b) { return runtime::View(*a) == runtime::View(*b); };
        items.erase(std::unique(items.begin(), items.end(), same), items.end());
        auto** copy = arena.AllocateArray<const MrText*>(items.size() + 1);
        std::copy(items.begin(), items.end(), copy);
        auto* set = new (arena.Allocate(sizeof(MrTextSet))) MrTextSet{copy, static_cast<uint32_t>(items.size()), 0};
        return {reinterpret_cast<int64_t>(set), 1};
      }
    }
    return {0, 0};
  }

 private:
  static std::string Word(uint32_t i) { return std::string(1, static_cast<char>('a' + i % 4)) + "-" + std::to_string(i); }

  int64_t Integer() {
    if (OneIn(20)) return OneIn(2) ? INT64_MIN : INT64_MAX;
    if (OneIn(10)) return static_cast<int64_t>(random_());
    return static_cast<int64_t>(Below(60)) - 10;
  }
  double Double() {
    if (OneIn(20)) return OneIn(2) ? -1e300 : 1e300;
    if (OneIn(10)) return -0.0;
    return static_cast<double>(Below(60)) / 2 - 5;
  }
  int64_t Key(MatchInput::Kind kind) {
    const int64_t key = kind == MatchInput::Kind::kOrderedI64 ? Integer() : plan::OrderedKey(Double());
    return key == INT64_MIN ? key + 1 : key;
  }

  std::vector<std::pair<int64_t, int64_t>> Ranges(MatchInput::Kind kind) {
    std::vector<std::pair<int64_t, int64_t>> ranges;
    const uint64_t shape = Below(4);
    const size_t n = shape == 0 ? 1 + Below(4) : 1;
    for (size_t i = 0; i < n; ++i) {
      const int64_t a = Key(kind), b = Key(kind);
      if (shape == 0) ranges.emplace_back(a, a);
      if (shape == 1) ranges.emplace_back(std::min(a, b), std::max(a, b));
      if (shape == 2) ranges.emplace_back(a, INT64_MAX);
      if (shape == 3) ranges.emplace_back(OneIn(2) ? INT64_MIN : INT64_MIN + 1, a);
    }
    std::sort(ranges.begin(), ranges.end());
    ranges.erase(std::unique(ranges.begin(), ranges.end()), ranges.end());
    return ranges;
  }

  std::vector<uint32_t> SomeTexts(size_t n) {
    std::vector<uint32_t> texts;
    for (size_t i = 0; i < n; ++i) texts.push_back(static_cast<uint32_t>(Below(texts_.size())));
    std::sort(texts.begin(), texts.end());
    texts.erase(std::unique(texts.begin(), texts.end()), texts.end());
    return texts;
  }

  const MrText* Text(const runtime::Program& program, runtime::Arena& arena) {
    // A word beyond the constants one time in five; a passing text, though a pooled one may equal it, one time in four.
    const std::string word = Word(static_cast<uint32_t>(Below(texts_.size() + texts_.size() / 4 + 1)));
    if (!OneIn(4)) return program.texts().Intern(word);
    const std::string_view copy = arena.Copy(word);
    return new (arena.Allocate(sizeof(MrText))) MrText{copy.data(), static_cast<uint32_t>(copy.size()), 0};
  }

  std::mt19937_64 random_;
  std::vector<std::string> texts_;
  std::vector<uint32_t> parts_;
};

/// The oracle's answer for one leaf and value.
inline bool OracleHolds(const runtime::Program& program, const MatchLeaf& leaf, MatchInput::Kind kind, const MrValue& value) {
  switch (kind) {
    case MatchInput::Kind::kOrderedI64:
    case MatchInput::Kind::kOrderedF64:
      return runtime::LeafHoldsForKey(leaf, runtime::KeyOf(kind, value));
    case MatchInput::Kind::kText:
      return runtime::LeafHoldsForText(program, leaf, value.known ? reinterpret_cast<const MrText*>(value.bits) : nullptr);
    case MatchInput::Kind::kSet:
      return runtime::LeafHoldsForSet(program, leaf, value.known ? reinterpret_cast<const MrTextSet*>(value.bits) : nullptr);
  }
  return false;
}

}  // namespace mrule::test
