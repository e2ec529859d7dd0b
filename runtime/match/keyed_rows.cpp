// SPDX-License-Identifier: Apache-2.0
#include "runtime/match/keyed_rows.h"

#include <algorithm>
#include <map>
#include <unordered_map>
#include <unordered_set>

namespace mrule::runtime {

using plan::MatchInput;
using plan::MatchLeaf;

namespace {

constexpr size_t kKeyValuesMax = 16;       // a row stands in at most so many posting lists
constexpr double kSelectiveEnough = 1.0 / 24;  // of all rows' constants: else a mask is cheaper
constexpr uint32_t kOtherBit = 63;         // of a text that is no constant of its input

uint64_t HashKey(int64_t a, int64_t b) {
  uint64_t h = static_cast<uint64_t>(a) * 0x9E3779B97F4A7C15ull ^ static_cast<uint64_t>(b) * 0xC2B2AE3D27D4EB4Full;
  h ^= h >> 32;
  h *= 0xD6E8FEB86659FD93ull;
  return h ^ (h >> 29);
}

bool IsOrdered(MatchInput::Kind kind) {
  return kind == MatchInput::Kind::kOrderedI64 || kind == MatchInput::Kind::kOrderedF64;
}

}  // namespace

struct KeyedRows::Builder {
  KeyedRows& out;
  std::vector<std::unordered_set<int64_t>> constants;  // by input: distinct constants of equality leaves

  /// The values an equality leaf asks for, or empty if it is not one (or has too many).
  std::vector<int64_t> ValuesOf(const MatchLeaf& leaf) const {
    std::vector<int64_t> values;
    if (leaf.negated) return values;
    if (leaf.kind == MatchLeaf::Kind::kInTexts) {
      if (leaf.texts.size() > kKeyValuesMax) return values;
      for (uint32_t t : leaf.texts) values.push_back(out.program_.ConstantText(t)->id);
    } else if (leaf.kind == MatchLeaf::Kind::kRanges && leaf.ranges.size() <= kKeyValuesMax) {
      for (const auto& [low, high] : leaf.ranges) {
        if (low != high) return {};
        values.push_back(low);
      }
    }
    return values;
  }

  Check MakeCheck(uint32_t leaf_index) const {
    const MatchLeaf& leaf = out.handler_.leaves[leaf_index];
    Check check;
    check.input = static_cast<uint16_t>(leaf.input);
    check.count = leaf_index;
    const std::vector<uint8_t>& local = out.local_of_id_[leaf.input];
    if (leaf.kind == MatchLeaf::Kind::kRanges && !leaf.negated && leaf.ranges.size() == 1) {
      check.kind = Check::Kind::kRange;
      check.low = std::max(leaf.ranges[0].first, kUnknownKey + 1);  // the unknown lies in no range
      check.span = static_cast<uint64_t>(leaf.ranges[0].second) - static_cast<uint64_t>(check.low);
    } else if (leaf.kind == MatchLeaf::Kind::kInTexts && !local.empty()) {
      uint64_t mask = 0;
      for (uint32_t t : leaf.texts) mask |= uint64_t{1} << (local[out.program_.ConstantText(t)->id] - 1);
      check.kind = Check::Kind::kBit;
      check.low = static_cast<int64_t>(leaf.negated ? ~mask : mask);
    } else if ((leaf.kind == MatchLeaf::Kind::kInTexts || leaf.kind == MatchLeaf::Kind::kHasAny) && !leaf.negated) {
      check.kind = leaf.kind == MatchLeaf::Kind::kInTexts ? Check::Kind::kIds : Check::Kind::kItems;
      check.count = static_cast<uint32_t>(leaf.texts.size());
      check.span = out.ids_.size();
      for (uint32_t t : leaf.texts) out.ids_.push_back(out.program_.ConstantText(t)->id);
    }
    return check;
  }

  /// Texts with few constants get a bit each, so that a set of them is one mask.
  void NumberConstants() {
    const plan::Handler& handler = out.handler_;
    out.local_of_id_.resize(handler.match_inputs.size());
    std::vector<std::map<uint32_t, uint8_t>> bits(handler.match_inputs.size());
    for (const MatchLeaf& leaf : handler.leaves) {
      if (leaf.kind != MatchLeaf::Kind::kInTexts) continue;
      for (uint32_t t : leaf.texts) bits[leaf.input].emplace(out.program_.ConstantText(t)->id, 0);
    }
    for (size_t i = 0; i < bits.size(); ++i) {
      if (bits[i].empty() || bits[i].size() > kOtherBit) continue;
      uint8_t next = 1;
      out.local_of_id_[i].resize(bits[i].rbegin()->first + 1);
      for (const auto& [id, unused] : bits[i]) out.local_of_id_[i][id] = next++;
    }
  }

  struct Choice {
    std::vector<uint32_t> leaves;  // one or two, by rising input
    double selectivity = 1;
  };

  /// The one or two equality leaves that leave the fewest events.
  Choice Choose(const plan::MatchRow& row) const {
    Choice best;
    std::vector<std::pair<double, uint32_t>> equalities;
    for (uint32_t leaf_index : row.leaves) {
      const MatchLeaf& leaf = out.handler_.leaves[leaf_index];
      const size_t values = ValuesOf(leaf).size();
      if (values == 0) continue;
      equalities.emplace_back(static_cast<double>(values) / static_cast<double>(constants[leaf.input].size()), leaf_index);
    }
    if (equalities.empty()) return best;
    std::sort(equalities.begin(), equalities.end());
    best.leaves.push_back(equalities[0].second);
    best.selectivity = equalities[0].first;
    const MatchLeaf& first = out.handler_.leaves[equalities[0].second];
    for (size_t i = 1; i < equalities.size(); ++i) {
      const MatchLeaf& second = out.handler_.leaves[equalities[i].second];
      if (second.input == first.input) continue;
      if (ValuesOf(first).size() * ValuesOf(second).size() > kKeyValuesMax) continue;
      best.leaves.push_back(equalities[i].second);
      best.selectivity *= equalities[i].first;
      if (second.input < first.input) std::swap(best.leaves[0], best.leaves[1]);
      break;
    }
    return best;
  }
};

KeyedRows::KeyedRows(const Program& program, const plan::Handler& handler, std::vector<uint32_t>* rest)
    : program_(program), handler_(handler), bit_of_input_(handler.match_inputs.size()) {
  Builder builder{*this, {}};
  builder.constants.resize(handler.match_inputs.size());
  builder.NumberConstants();
  for (const MatchLeaf& leaf : handler.leaves) {
    for (int64_t value : builder.ValuesOf(leaf)) builder.constants[leaf.input].insert(value);
  }

  struct Keyed {
    uint32_t row;
    std::vector<uint32_t> leaves;
  };
  std::map<std::pair<uint32_t, uint32_t>, std::vector<Keyed>> by_shape;  // (input, second input or ~0)
  for (uint32_t row = 0; row < handler.rows.size(); ++row) {
    Builder::Choice choice = builder.Choose(handler.rows[row]);
    if (choice.leaves.empty() || choice.selectivity > kSelectiveEnough) {
      rest->push_back(row);
      continue;
    }
    const uint32_t first = handler.leaves[choice.leaves[0]].input;
    const uint32_t second = choice.leaves.size() > 1 ? handler.leaves[choice.leaves[1]].input : ~0u;
    by_shape[{first, second}].push_back({row, std::move(choice.leaves)});
  }

  for (auto& [inputs, rows] : by_shape) {
    std::map<std::pair<int64_t, int64_t>, std::vector<const Keyed*>> lists;
    for (const Keyed& keyed : rows) {
      const std::vector<int64_t> first = builder.ValuesOf(handler.leaves[keyed.leaves[0]]);
      const std::vector<int64_t> second =
          keyed.leaves.size() > 1 ? builder.ValuesOf(handler.leaves[keyed.leaves[1]]) : std::vector<int64_t>{0};
      for (int64_t a : first) {
        for (int64_t b : second) lists[{a, b}].push_back(&keyed);
      }
    }
    Shape shape;
    shape.inputs[0] = inputs.first;
    shape.two = inputs.second != ~0u;
    shape.inputs[1] = shape.two ? inputs.second : inputs.first;
    size_t cells = 16;
    while (cells < lists.size() * 2) cells *= 2;
    shape.cells.resize(cells);
    shape.mask = cells - 1;
    for (const auto& [key, members] : lists) {
      uint64_t at = HashKey(key.first, key.second) & shape.mask;
      while (shape.cells[at].begin != shape.cells[at].end) at = (at + 1) & shape.mask;
      Cell& cell = shape.cells[at];
      cell.key[0] = key.first;
      cell.key[1] = key.second;
      cell.begin = static_cast<uint32_t>(postings_.size());
      for (const Keyed* keyed : members) {
        Posting posting;
        posting.row = keyed->row;
        std::vector<Check> checks;
        for (uint32_t leaf : handler.rows[keyed->row].leaves) {
          if (std::find(keyed->leaves.begin(), keyed->leaves.end(), leaf) == keyed->leaves.end()) {
            checks.push_back(builder.MakeCheck(leaf));
          }
        }
        // Cheap checks before dear ones.
        std::sort(checks.begin(), checks.end(), [](const Check& a, const Check& b) {
          return a.kind != b.kind ? a.kind < b.kind : a.input < b.input;
        });
        if (checks.empty()) {  // always holds: any known or unknown key lies in the whole range
          posting.first.kind = Check::Kind::kRange;
          posting.first.low = INT64_MIN;
          posting.first.span = ~uint64_t{0};
        } else {
          posting.first = checks[0];
        }
        posting.checks_begin = static_cast<uint32_t>(checks_.size());
        for (size_t i = 1; i < checks.size(); ++i) checks_.push_back(checks[i]);
        posting.checks_end = static_cast<uint32_t>(checks_.size());
        postings_.push_back(posting);
      }
      cell.end = static_cast<uint32_t>(postings_.size());
    }
    shapes_.push_back(std::move(shape));
  }
}

int64_t KeyedRows::KeyPart(uint32_t input, const EventValues::One& value) const {
  return IsOrdered(handler_.match_inputs[input].kind) ? value.key : static_cast<int64_t>(value.text_id);
}

bool KeyedRows::Holds(const Check& check, const EventValues& values) const {
  const EventValues::One& value = values.inputs[check.input];
  switch (check.kind) {
    case Check::Kind::kRange:
      return static_cast<uint64_t>(value.key) - static_cast<uint64_t>(check.low) <= check.span;
    case Check::Kind::kBit:
      return (static_cast<uint64_t>(check.low) & bit_of_input_[check.input]) != 0;
    case Check::Kind::kIds:
      return std::find(ids_.data() + check.span, ids_.data() + check.span + check.count, value.text_id) !=
                 ids_.data() + check.span + check.count &&
             value.text != nullptr;
    case Check::Kind::kItems:
      if (value.set == nullptr) return false;
      for (uint32_t i = 0; i < value.set->size; ++i) {
        const uint32_t id = PooledId(program_, *value.set->items[i]);
        for (uint32_t j = 0; j < check.count; ++j) {
          if (ids_[check.span + j] == id && id != 0) return true;
        }
      }
      return false;
    case Check::Kind::kSlow:
      return LeafHolds(program_, handler_.leaves[check.count], handler_.match_inputs[check.input].kind, value);
  }
  return false;
}

void KeyedRows::Match(const EventValues& values, std::vector<uint32_t>& matched) {
  for (size_t i = 0; i < bit_of_input_.size(); ++i) {
    const std::vector<uint8_t>& local = local_of_id_[i];
    if (local.empty()) continue;
    const EventValues::One& value = values.inputs[i];
    const uint32_t bit = value.text_id < local.size() && local[value.text_id] != 0 ? local[value.text_id] - 1 : kOtherBit;
    bit_of_input_[i] = value.text != nullptr ? uint64_t{1} << bit : 0;
  }
  for (const Shape& shape : shapes_) {
    const int64_t a = KeyPart(shape.inputs[0], values.inputs[shape.inputs[0]]);
    const int64_t b = shape.two ? KeyPart(shape.inputs[1], values.inputs[shape.inputs[1]]) : 0;
    uint64_t at = HashKey(a, b) & shape.mask;
    while (shape.cells[at].begin != shape.cells[at].end && (shape.cells[at].key[0] != a || shape.cells[at].key[1] != b)) {
      at = (at + 1) & shape.mask;
    }
    for (uint32_t p = shape.cells[at].begin; p < shape.cells[at].end; ++p) {
      const Posting& posting = postings_[p];
      if (!Holds(posting.first, values)) continue;
      bool holds = true;
      for (uint32_t c = posting.checks_begin; c < posting.checks_end && holds; ++c) holds = Holds(checks_[c], values);
      if (holds) matched.push_back(posting.row);
    }
  }
}

}  // namespace mrule::runtime
