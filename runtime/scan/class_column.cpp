// SPDX-License-Identifier: Apache-2.0
#include "runtime/scan/class_column.h"

#include <algorithm>
#include <map>
#include <numeric>
#include <optional>
#include <string>

#include "runtime/match/bits.h"
#include "runtime/match/classes.h"
#include "runtime/match/values.h"

namespace mrule::runtime {

using plan::MatchInput;
using plan::MatchLeaf;

namespace {
constexpr uint32_t kClassesMax = 65535;
}

/// Values to classes. Sets are classed by their truth vector, like texts.
struct ClassColumn::Classifier {
  const Program& program;
  MatchInput::Kind kind;
  std::vector<const MatchLeaf*> leaves;
  std::optional<OrderedClasses> ordered;
  std::optional<TextClasses> texts;
  std::map<std::vector<uint64_t>, uint32_t> set_classes;
  std::vector<std::vector<uint64_t>> set_truths;

  uint32_t ClassOf(const MrValue& value) {
    switch (kind) {
      case MatchInput::Kind::kOrderedI64:
      case MatchInput::Kind::kOrderedF64:
        return ordered->ClassOf(KeyOf(kind, value));
      case MatchInput::Kind::kText: {
        const MrText* text = value.known ? reinterpret_cast<const MrText*>(value.bits) : nullptr;
        return texts->ClassOf(text, text != nullptr ? PooledId(program, *text) : 0);
      }
      case MatchInput::Kind::kSet: {
        const MrTextSet* set = value.known ? reinterpret_cast<const MrTextSet*>(value.bits) : nullptr;
        std::vector<uint64_t> truth((leaves.size() + 63) / 64);
        for (size_t i = 0; i < leaves.size(); ++i) {
          if (LeafHoldsForSet(program, *leaves[i], set)) SetBit(truth.data(), i);
        }
        auto [at, added] = set_classes.emplace(truth, static_cast<uint32_t>(set_truths.size()));
        if (added) set_truths.push_back(std::move(truth));
        return at->second;
      }
    }
    return 0;
  }

  uint32_t count() const {
    if (ordered) return ordered->count();
    if (texts) return texts->count();
    return static_cast<uint32_t>(set_truths.size());
  }

  bool Holds(size_t leaf, uint32_t cls) const {
    if (ordered) return LeafHoldsForKey(*leaves[leaf], ordered->KeyIn(cls));
    return TestBit((texts ? texts->truth(cls) : set_truths[cls]).data(), leaf);
  }
};

ClassColumn::ClassColumn(const Program& program, MatchInput::Kind kind, std::vector<const MatchLeaf*> leaves)
    : classifier_(new Classifier{program, kind, std::move(leaves), {}, {}, {}, {}}) {
  switch (kind) {
    case MatchInput::Kind::kOrderedI64:
    case MatchInput::Kind::kOrderedF64:
      classifier_->ordered.emplace(classifier_->leaves);
      break;
    case MatchInput::Kind::kText:
      classifier_->texts.emplace(program, classifier_->leaves);
      break;
    case MatchInput::Kind::kSet:
      break;
  }
}

ClassColumn::~ClassColumn() = default;
ClassColumn::ClassColumn(ClassColumn&&) noexcept = default;

void ClassColumn::Append(const MrValue& value) {
  const uint32_t cls = classifier_->ClassOf(value);
  MR_CHECK(cls <= kClassesMax, "plan::MakeScans keeps the classes of a column under limits::kScanClassesMax");
  codes16_.push_back(static_cast<uint16_t>(cls));
}

void ClassColumn::Seal(size_t padded_rows) {
  codes16_.resize(padded_rows);
  Classifier& by = *classifier_;
  const uint32_t count = by.count();
  codes_end_ = count;
  // Text classes come in order of first sight. Sorting them by their truths puts classes that leaves treat alike side by side,
  // so that most leaves become one range.
  std::vector<uint16_t> code_of(count);
  std::vector<uint32_t> order(count);
  std::iota(order.begin(), order.end(), 0u);
  if (!by.ordered) {
    const auto truth_of = [&](uint32_t cls) -> const std::vector<uint64_t>& {
      return by.texts ? by.texts->truth(cls) : by.set_truths[cls];
    };
    std::sort(order.begin(), order.end(), [&](uint32_t a, uint32_t b) {
      const auto& left = truth_of(a);
      const auto& right = truth_of(b);
      return left != right ? left < right : a < b;
    });
    for (uint32_t i = 0; i < count; ++i) code_of[order[i]] = static_cast<uint16_t>(i);
    for (uint16_t& code : codes16_) code = code_of[code];
  }
  ranges_.resize(by.leaves.size());
  for (size_t leaf = 0; leaf < by.leaves.size(); ++leaf) {
    for (uint32_t code = 0; code < count; ++code) {
      if (!by.Holds(leaf, order[code])) continue;
      auto& ranges = ranges_[leaf];
      if (!ranges.empty() && ranges.back().second + 1u == code) {
        ranges.back().second = static_cast<uint16_t>(code);
      } else {
        ranges.emplace_back(static_cast<uint16_t>(code), static_cast<uint16_t>(code));
      }
    }
  }
  if (count <= 256) {
    codes8_.assign(codes16_.begin(), codes16_.end());
    codes16_ = {};
  }
}

}  // namespace mrule::runtime
