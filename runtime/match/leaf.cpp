// SPDX-License-Identifier: Apache-2.0
#include "runtime/match/leaf.h"

#include <algorithm>
#include <string_view>

namespace mrule::runtime {

using plan::MatchInput;
using plan::MatchLeaf;

bool LeafHoldsForKey(const MatchLeaf& leaf, int64_t key) {
  const bool known = key != kUnknownKey;
  switch (leaf.kind) {
    case MatchLeaf::Kind::kKnown:
      return known != leaf.negated;
    case MatchLeaf::Kind::kMissing:
      return known == leaf.negated;
    case MatchLeaf::Kind::kRanges: {
      if (!known) return false;
      bool inside = false;
      for (const auto& [low, high] : leaf.ranges) inside |= key >= low && key <= high;
      return inside != leaf.negated;
    }
    case MatchLeaf::Kind::kInTexts:
    case MatchLeaf::Kind::kPrefix:
    case MatchLeaf::Kind::kSuffix:
    case MatchLeaf::Kind::kContains:
    case MatchLeaf::Kind::kRegex:
    case MatchLeaf::Kind::kHasAny:
      break;
  }
  MR_CHECK(false, "text and set leaves are never put on an ordered input");
  return false;
}

bool LeafHoldsForText(const Program& program, const MatchLeaf& leaf, const MrText* text) {
  if (leaf.kind == MatchLeaf::Kind::kKnown) return (text != nullptr) != leaf.negated;
  if (leaf.kind == MatchLeaf::Kind::kMissing) return (text == nullptr) != leaf.negated;
  if (text == nullptr) return false;
  const std::string_view have = View(*text);
  const auto constant = [&](uint32_t index) -> std::string_view { return program.plan().texts[index]; };
  bool holds = false;
  switch (leaf.kind) {
    case MatchLeaf::Kind::kInTexts:
      holds = std::any_of(leaf.texts.begin(), leaf.texts.end(), [&](uint32_t t) { return constant(t) == have; });
      break;
    case MatchLeaf::Kind::kPrefix:
      holds = have.starts_with(constant(leaf.texts[0]));
      break;
    case MatchLeaf::Kind::kSuffix:
      holds = have.ends_with(constant(leaf.texts[0]));
      break;
    case MatchLeaf::Kind::kContains:
      holds = have.find(constant(leaf.texts[0])) != std::string_view::npos;
      break;
    case MatchLeaf::Kind::kRegex:
      holds = program.Matches(leaf.regex, text);
      break;
    case MatchLeaf::Kind::kRanges:
    case MatchLeaf::Kind::kHasAny:
    case MatchLeaf::Kind::kKnown:
    case MatchLeaf::Kind::kMissing:
      MR_CHECK(false, "range and set leaves are never put on a text input");
  }
  return holds != leaf.negated;
}

bool LeafHoldsForSet(const Program& program, const MatchLeaf& leaf, const MrTextSet* set) {
  if (leaf.kind == MatchLeaf::Kind::kKnown) return (set != nullptr) != leaf.negated;
  if (leaf.kind == MatchLeaf::Kind::kMissing) return (set == nullptr) != leaf.negated;
  MR_CHECK(leaf.kind == MatchLeaf::Kind::kHasAny, "a set input has kHasAny, kKnown and kMissing leaves only");
  if (set == nullptr) return false;
  bool holds = false;
  for (uint32_t i = 0; i < set->size && !holds; ++i) {
    const std::string_view item = View(*set->items[i]);
    for (uint32_t t : leaf.texts) holds |= item == program.plan().texts[t];
  }
  return holds != leaf.negated;
}

}  // namespace mrule::runtime
