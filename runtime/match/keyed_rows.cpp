// SPDX-License-Identifier: Apache-2.0
#include "runtime/match/keyed_rows.h"

#include <algorithm>
#include <cmath>
#include <compare>
#include <map>
#include <numeric>
#include <unordered_map>
#include <unordered_set>

#include "runtime/match/bits.h"

namespace mrule::runtime {

using plan::MatchInput;
using plan::MatchLeaf;

namespace {

constexpr size_t kKeyValuesMax = 16;           // a row stands in at most so many lists
constexpr double kSelectiveEnough = 1.0 / 24;  // of all rows' constants: else a bit is cheaper
constexpr uint32_t kStripsMax = 48;            // of a grid's input
constexpr size_t kGridCopiesMax = 24;          // a row stands in at most so many cells
constexpr size_t kTableCellsMax = size_t{1} << 16;
constexpr double kListLookup = 40;             // what looking up a list costs, in rows judged
constexpr double kGridLookup = 60;
constexpr size_t kSetWordsMax = 16;            // constants of one set input / 64

uint64_t HashKey(int64_t a, int64_t b) {
  uint64_t h = static_cast<uint64_t>(a) * 0x9E3779B97F4A7C15ull ^ static_cast<uint64_t>(b) * 0xC2B2AE3D27D4EB4Full;
  h ^= h >> 32;
  h *= 0xD6E8FEB86659FD93ull;
  return h ^ (h >> 29);
}

bool IsOrdered(MatchInput::Kind kind) {
  return kind == MatchInput::Kind::kOrderedI64 || kind == MatchInput::Kind::kOrderedF64;
}

bool IsOneRange(const MatchLeaf& leaf) {
  return leaf.kind == MatchLeaf::Kind::kRanges && !leaf.negated && leaf.ranges.size() == 1;
}

}  // namespace

struct KeyedRows::Builder {
  /// A row and the leaves that its lists answer, by rising input.
  struct Keyed {
    uint32_t row;
    std::vector<uint32_t> leaves;
  };
  using ByShape = std::map<std::pair<uint32_t, uint32_t>, std::vector<Keyed>>;  // (input, second input or ~0)
  using Rows = std::vector<const Keyed*>;

  KeyedRows& out;
  const plan::Handler& handler;
  std::vector<std::vector<int64_t>> values_of_leaf;  // what an equality leaf asks for; empty: it is none, or asks for too many
  std::vector<size_t> constants;                     // by input: distinct constants of equality leaves
  ByShape equalities, ranges;
  std::map<std::vector<uint32_t>, uint32_t> checks_of;  // leaves to their first check
  std::unordered_map<uint32_t, uint32_t> items_of;      // set leaf to its bits

  std::vector<int64_t> ValuesOf(const MatchLeaf& leaf) const {
    std::vector<int64_t> values;
    if (leaf.negated) return values;
    if (leaf.kind == MatchLeaf::Kind::kInTexts) {
      if (leaf.texts.size() > kKeyValuesMax) return values;
      for (uint32_t t : leaf.texts) values.push_back(out.program_.ConstantText(t)->id);
    } else if (leaf.kind == MatchLeaf::Kind::kRanges && leaf.ranges.size() <= kKeyValuesMax) {
      for (const auto& [low, high] : leaf.ranges) {
        if (low != high || low == kUnknownKey) return {};
        values.push_back(low);
      }
    }
    std::sort(values.begin(), values.end());
    values.erase(std::unique(values.begin(), values.end()), values.end());
    return values;
  }

  void CollectConstants() {
    std::vector<std::unordered_set<int64_t>> distinct(handler.match_inputs.size());
    for (const MatchLeaf& leaf : handler.leaves) {
      values_of_leaf.push_back(ValuesOf(leaf));
      distinct[leaf.input].insert(values_of_leaf.back().begin(), values_of_leaf.back().end());
    }
    for (const auto& one : distinct) constants.push_back(one.size());
  }

  // --- choosing keys ---

  /// A way to key a row: by one leaf or two on different inputs, and the share of events that then still meet it.
  struct Candidate {
    uint32_t row;
    uint32_t leaves[2];
    bool two;
    double share;
  };
  struct CandidateShape {
    bool grid;
    uint32_t inputs[2];
    auto operator<=>(const CandidateShape&) const = default;
  };
  std::map<CandidateShape, std::vector<Candidate>> candidates;

  void AddCandidate(uint32_t row, uint32_t leaf, double share) {
    if (share > kSelectiveEnough) return;
    candidates[{false, {handler.leaves[leaf].input, ~0u}}].push_back({row, {leaf, leaf}, false, share});
  }
  void AddCandidate(bool grid, uint32_t row, uint32_t a, uint32_t b, double share) {
    if (share > kSelectiveEnough || handler.leaves[a].input == handler.leaves[b].input) return;
    if (handler.leaves[b].input < handler.leaves[a].input) std::swap(a, b);
    candidates[{grid, {handler.leaves[a].input, handler.leaves[b].input}}].push_back({row, {a, b}, true, share});
  }

  /// Keys each row by the best of few shapes: every shape costs each event a lookup, so one is taken only while the rows that it
  /// keeps from being judged are worth that. What stays too common goes to `left`.
  void Choose(std::vector<uint32_t>& left) {
    std::vector<double> share(handler.rows.size(), 1.0);
    std::vector<const Candidate*> best(handler.rows.size());
    std::vector<bool> in_grid(handler.rows.size());
    std::unordered_set<const std::vector<Candidate>*> taken;
    for (;;) {
      const std::vector<Candidate>* most = nullptr;
      bool grid = false;
      double most_gain = 0;
      for (const auto& [shape, members] : candidates) {
        if (taken.contains(&members)) continue;
        double gain = shape.grid ? -kGridLookup : -kListLookup;
        for (const Candidate& c : members) gain += std::max(0.0, share[c.row] - c.share);
        if (gain <= most_gain) continue;
        most = &members;
        most_gain = gain;
        grid = shape.grid;
      }
      if (most == nullptr) break;
      taken.insert(most);
      for (const Candidate& c : *most) {
        if (c.share >= share[c.row]) continue;
        share[c.row] = c.share;
        best[c.row] = &c;
        in_grid[c.row] = grid;
      }
    }
    for (uint32_t row = 0; row < handler.rows.size(); ++row) {
      if (best[row] == nullptr) {
        left.push_back(row);
      } else {
        const Candidate& c = *best[row];
        Put(in_grid[row] ? ranges : equalities, row,
            c.two ? std::vector<uint32_t>{c.leaves[0], c.leaves[1]} : std::vector<uint32_t>{c.leaves[0]});
      }
    }
    candidates.clear();
  }

  void AddEqualities() {
    const auto share_of = [&](uint32_t leaf) {
      return static_cast<double>(values_of_leaf[leaf].size()) / static_cast<double>(constants[handler.leaves[leaf].input]);
    };
    for (uint32_t row = 0; row < handler.rows.size(); ++row) {
      const std::vector<uint32_t>& leaves = handler.rows[row].leaves;
      for (size_t i = 0; i < leaves.size(); ++i) {
        if (values_of_leaf[leaves[i]].empty()) continue;
        AddCandidate(row, leaves[i], share_of(leaves[i]));
        for (size_t j = i + 1; j < leaves.size(); ++j) {
          const size_t keys = values_of_leaf[leaves[i]].size() * values_of_leaf[leaves[j]].size();
          if (keys != 0 && keys <= kKeyValuesMax) AddCandidate(false, row, leaves[i], leaves[j], share_of(leaves[i]) * share_of(leaves[j]));
        }
      }
    }
  }

  void Put(ByShape& shapes, uint32_t row, std::vector<uint32_t> leaves) {
    const auto input = [&](size_t i) { return handler.leaves[leaves[i]].input; };
    if (leaves.size() > 1 && input(1) < input(0)) std::swap(leaves[0], leaves[1]);
    const std::pair<uint32_t, uint32_t> shape{input(0), leaves.size() > 1 ? input(1) : ~0u};
    shapes[shape].push_back({row, std::move(leaves)});
  }

  // --- grids ---

  /// How much of its input's values a range takes, estimated by the bounds of all ranges that it spans.
  struct Axis {
    std::vector<int64_t> bounds;  // sorted, with repeats
    double Share(const MatchLeaf& leaf) const {
      const auto [low, high] = leaf.ranges[0];
      const auto from = std::lower_bound(bounds.begin(), bounds.end(), low);
      const auto to = std::upper_bound(bounds.begin(), bounds.end(), high);
      return static_cast<double>(to - from + 1) / static_cast<double>(bounds.size() + 1);
    }
  };

  void AddRanges() {
    std::vector<Axis> axes(handler.match_inputs.size());
    for (const plan::MatchRow& row : handler.rows) {
      for (uint32_t leaf_index : row.leaves) {
        const MatchLeaf& leaf = handler.leaves[leaf_index];
        if (!IsOneRange(leaf)) continue;
        const auto [low, high] = leaf.ranges[0];
        if (low > kUnknownKey + 1) axes[leaf.input].bounds.push_back(low);
        if (high < INT64_MAX) axes[leaf.input].bounds.push_back(high + 1);
      }
    }
    for (Axis& axis : axes) std::sort(axis.bounds.begin(), axis.bounds.end());
    std::vector<std::pair<uint32_t, double>> shares;
    for (uint32_t row = 0; row < handler.rows.size(); ++row) {
      shares.clear();
      for (uint32_t leaf : handler.rows[row].leaves) {
        if (IsOneRange(handler.leaves[leaf])) shares.emplace_back(leaf, axes[handler.leaves[leaf].input].Share(handler.leaves[leaf]));
      }
      for (size_t i = 0; i < shares.size(); ++i) {
        for (size_t j = i + 1; j < shares.size(); ++j) {
          AddCandidate(true, row, shares[i].first, shares[j].first, shares[i].second * shares[j].second);
        }
      }
    }
  }

  /// Cuts an input's classes into strips that as many ranges begin or end in.
  static std::vector<uint8_t> Strips(const OrderedClasses& classes, const std::vector<const MatchLeaf*>& leaves, uint32_t count) {
    std::vector<uint32_t> bounds_in(classes.count());
    size_t total = 0;
    for (const MatchLeaf* leaf : leaves) {
      ++bounds_in[classes.ClassOf(std::max(leaf->ranges[0].first, kUnknownKey + 1))];
      ++bounds_in[classes.ClassOf(leaf->ranges[0].second)];
      total += 2;
    }
    std::vector<uint8_t> strips;
    size_t seen = 0;
    for (uint32_t bounds : bounds_in) {
      strips.push_back(static_cast<uint8_t>(std::min<size_t>(seen * count / total, count - 1)));
      seen += bounds;
    }
    return strips;
  }

  void MakeGrid(const std::vector<Keyed>& keyed_rows, uint32_t first_input, uint32_t second_input, std::vector<uint32_t>& rest) {
    std::vector<const MatchLeaf*> leaves[2];
    for (const Keyed& keyed : keyed_rows) {
      for (size_t side = 0; side < 2; ++side) leaves[side].push_back(&handler.leaves[keyed.leaves[side]]);
    }
    // As many cells as leave a block or two in each.
    const auto strips = std::clamp(static_cast<uint32_t>(std::sqrt(keyed_rows.size()) / 3), 2u, kStripsMax);
    Grid grid{{first_input, second_input}, {OrderedClasses(leaves[0]), OrderedClasses(leaves[1])}, {}, strips, {}};
    if (grid.classes[0].count() > UINT16_MAX || grid.classes[1].count() > UINT16_MAX) {
      for (const Keyed& keyed : keyed_rows) rest.push_back(keyed.row);
      return;
    }
    for (size_t side = 0; side < 2; ++side) grid.strip_of_class[side] = Strips(grid.classes[side], leaves[side], strips);
    std::vector<Rows> cells(size_t{strips} * strips);
    for (const Keyed& keyed : keyed_rows) {
      uint32_t from[2], to[2];
      for (size_t side = 0; side < 2; ++side) {
        const auto [low, high] = ClassRange(grid, side, keyed);
        from[side] = grid.strip_of_class[side][low];
        to[side] = grid.strip_of_class[side][high];
      }
      if (size_t{to[0] - from[0] + 1} * (to[1] - from[1] + 1) > kGridCopiesMax) {
        rest.push_back(keyed.row);
        continue;
      }
      for (uint32_t i = from[0]; i <= to[0]; ++i) {
        for (uint32_t j = from[1]; j <= to[1]; ++j) cells[i * strips + j].push_back(&keyed);
      }
    }
    for (const Rows& rows : cells) {
      grid.cells.push_back(AddBlocks(rows));
      out.bounds_.resize(out.tails_.size() / kBlockRows);
      for (size_t i = 0; i < rows.size(); ++i) {
        BlockBounds& bounds = out.bounds_[grid.cells.back().begin + i / kBlockRows];
        for (size_t side = 0; side < 2; ++side) {
          const auto [low, high] = ClassRange(grid, side, *rows[i]);
          bounds.low[side][i % kBlockRows] = static_cast<uint16_t>(low);
          bounds.span[side][i % kBlockRows] = static_cast<uint16_t>(high - low);
        }
      }
    }
    out.grids_.push_back(std::move(grid));
  }

  std::pair<uint32_t, uint32_t> ClassRange(const Grid& grid, size_t side, const Keyed& keyed) const {
    const auto [low, high] = handler.leaves[keyed.leaves[side]].ranges[0];
    return {grid.classes[side].ClassOf(std::max(low, kUnknownKey + 1)), grid.classes[side].ClassOf(high)};
  }

  // --- lists ---

  void MakeShape(const std::vector<Keyed>& keyed_rows, uint32_t first_input, uint32_t second_input) {
    std::map<std::pair<int64_t, int64_t>, Rows> lists;
    static const std::vector<int64_t> kNoSecond = {0};
    for (const Keyed& keyed : keyed_rows) {
      const auto& second = keyed.leaves.size() > 1 ? values_of_leaf[keyed.leaves[1]] : kNoSecond;
      for (int64_t a : values_of_leaf[keyed.leaves[0]]) {
        for (int64_t b : second) lists[{a, b}].push_back(&keyed);
      }
    }
    Shape shape;
    shape.two = second_input != ~0u;
    shape.inputs[0] = first_input;
    shape.inputs[1] = shape.two ? second_input : first_input;
    if (MakeTable(lists, shape)) {
      out.shapes_.push_back(std::move(shape));
      return;
    }
    size_t cells = 16;
    while (cells < lists.size() * 2) cells *= 2;
    shape.cells.resize(cells);
    shape.mask = cells - 1;
    for (const auto& [key, rows] : lists) {
      uint64_t at = HashKey(key.first, key.second) & shape.mask;
      while (shape.cells[at].list.begin != shape.cells[at].list.end) at = (at + 1) & shape.mask;
      shape.cells[at] = {{key.first, key.second}, AddBlocks(rows)};
    }
    out.shapes_.push_back(std::move(shape));
  }

  /// Lists as a table, if both inputs are texts and it has not too many holes.
  bool MakeTable(const std::map<std::pair<int64_t, int64_t>, Rows>& lists, Shape& shape) {
    for (uint32_t input : shape.inputs) {
      if (handler.match_inputs[input].kind != MatchInput::Kind::kText) return false;
    }
    std::map<int64_t, uint32_t> numbers[2];
    for (const auto& [key, rows] : lists) {
      numbers[0].emplace(key.first, 0);
      numbers[1].emplace(key.second, 0);
    }
    const size_t width = shape.two ? numbers[1].size() + 1 : 1;
    const size_t size = (numbers[0].size() + 1) * width;
    if (size > kTableCellsMax && size > lists.size() * 4) return false;
    uint32_t next = 0;
    shape.row_of_id.resize(static_cast<size_t>(numbers[0].rbegin()->first) + 1);
    for (auto& [id, number] : numbers[0]) {
      number = static_cast<uint32_t>(++next * width);
      shape.row_of_id[static_cast<size_t>(id)] = number;
    }
    if (shape.two) {
      next = 0;
      shape.column_of_id.resize(static_cast<size_t>(numbers[1].rbegin()->first) + 1);
      for (auto& [id, number] : numbers[1]) {
        number = ++next;
        shape.column_of_id[static_cast<size_t>(id)] = number;
      }
    }
    shape.table.resize(size);
    for (const auto& [key, rows] : lists) {
      shape.table[numbers[0][key.first] + (shape.two ? numbers[1][key.second] : 0)] = AddBlocks(rows);
    }
    return true;
  }

  List AddBlocks(const Rows& rows) {
    const size_t words = out.row_masks_->words();
    List list;
    list.begin = static_cast<uint32_t>(out.tails_.size() / kBlockRows);
    list.end = list.begin + static_cast<uint32_t>((rows.size() + kBlockRows - 1) / kBlockRows);
    out.tails_.resize(size_t{list.end} * kBlockRows);
    out.masks_.resize(size_t{list.end} * kBlockRows * words);
    std::vector<uint64_t> mask(words);
    for (size_t i = 0; i < size_t{list.end - list.begin} * kBlockRows; ++i) {
      std::fill(mask.begin(), mask.end(), 0);
      if (i < rows.size()) {
        Tail& tail = out.tails_[list.begin * kBlockRows + i];
        tail.row = rows[i]->row;
        tail.checks = MaskAndChecks(*rows[i], mask.data());
      } else {
        RowMasks::ForbidAll(mask.data());
      }
      uint64_t* block = out.masks_.data() + (list.begin + i / kBlockRows) * kBlockRows * words;
      for (size_t w = 0; w < words; ++w) block[w * kBlockRows + i % kBlockRows] = mask[w];
    }
    return list;
  }

  /// What the lists do not answer of a row: bits into `mask`, the rest as checks.
  uint32_t MaskAndChecks(const Keyed& keyed, uint64_t* mask) {
    std::vector<uint32_t> left;
    for (uint32_t leaf : handler.rows[keyed.row].leaves) {
      if (std::find(keyed.leaves.begin(), keyed.leaves.end(), leaf) != keyed.leaves.end()) continue;
      if (out.row_masks_->Covers(leaf)) {
        out.row_masks_->Forbid(leaf, mask);
      } else {
        left.push_back(leaf);
      }
    }
    if (left.empty()) return 0;
    auto [at, added] = checks_of.emplace(left, static_cast<uint32_t>(out.checks_.size()));
    if (added) {
      for (uint32_t leaf : left) out.checks_.push_back({leaf, ItemsOf(leaf), leaf == left.back()});
    }
    return at->second;
  }

  /// A positive test of a set's items as bits over the constants of its input.
  uint32_t ItemsOf(uint32_t leaf_index) {
    const MatchLeaf& leaf = handler.leaves[leaf_index];
    const uint32_t set_input = out.set_input_of_[leaf.input];
    if (leaf.kind != MatchLeaf::Kind::kHasAny || leaf.negated || set_input == 0) return kNoItems;
    const SetInput& set = out.set_inputs_[set_input - 1];
    auto [at, added] = items_of.emplace(leaf_index, static_cast<uint32_t>(out.items_.size()));
    if (added) {
      out.items_.resize(out.items_.size() + set.words);
      for (uint32_t t : leaf.texts) {
        SetBit(out.items_.data() + at->second, set.local_of_id[out.program_.ConstantText(t)->id] - 1);
      }
    }
    return at->second;
  }

  void NumberItems() {
    out.set_input_of_.resize(handler.match_inputs.size());
    for (uint32_t input = 0; input < handler.match_inputs.size(); ++input) {
      SetInput set;
      set.input = input;
      uint32_t count = 0;
      for (const MatchLeaf& leaf : handler.leaves) {
        if (leaf.input != input || leaf.kind != MatchLeaf::Kind::kHasAny) continue;
        for (uint32_t t : leaf.texts) {
          const uint32_t id = out.program_.ConstantText(t)->id;
          if (id >= set.local_of_id.size()) set.local_of_id.resize(id + 1);
          if (set.local_of_id[id] == 0) set.local_of_id[id] = ++count;
        }
      }
      set.words = (count + 63) / 64;
      if (count == 0 || set.words > kSetWordsMax) continue;
      set.event.resize(set.words);
      out.set_inputs_.push_back(std::move(set));
      out.set_input_of_[input] = static_cast<uint32_t>(out.set_inputs_.size());
    }
  }

  void MakeMasks() {
    std::vector<uint32_t> uses(handler.leaves.size());
    for (const ByShape* shapes : {&equalities, &ranges}) {
      for (const auto& [inputs, rows] : *shapes) {
        for (const Keyed& keyed : rows) {
          for (uint32_t leaf : handler.rows[keyed.row].leaves) {
            uses[leaf] += std::find(keyed.leaves.begin(), keyed.leaves.end(), leaf) == keyed.leaves.end();
          }
        }
      }
    }
    out.row_masks_.emplace(out.program_, handler, uses);
  }
};

KeyedRows::KeyedRows(const Program& program, const plan::Handler& handler, std::vector<uint32_t>* rest)
    : program_(program), handler_(handler), checks_(1) {
  Builder builder{*this, handler, {}, {}, {}, {}, {}, {}, {}};
  builder.CollectConstants();
  builder.AddEqualities();
  builder.AddRanges();
  builder.Choose(*rest);
  builder.NumberItems();
  builder.MakeMasks();
  for (const auto& [inputs, rows] : builder.ranges) builder.MakeGrid(rows, inputs.first, inputs.second, *rest);
  for (const auto& [inputs, rows] : builder.equalities) builder.MakeShape(rows, inputs.first, inputs.second);
  std::sort(rest->begin(), rest->end());
  match_ = RowBlockKernels().match[row_masks_->words()];
  match_bounded_ = RowBlockKernels().bounded[row_masks_->words()];
  lists_.resize(shapes_.size());
  // Room for what one event can find in all lists, or in one cell of a grid.
  const auto longest = [](size_t most, const List& list) { return std::max<size_t>(most, list.end - list.begin); };
  size_t in_lists = 1, in_cell = 1;
  for (const Shape& shape : shapes_) {
    size_t most = std::accumulate(shape.table.begin(), shape.table.end(), size_t{0}, longest);
    for (const Cell& cell : shape.cells) most = longest(most, cell.list);
    in_lists += most;
  }
  for (const Grid& grid : grids_) in_cell = std::accumulate(grid.cells.begin(), grid.cells.end(), in_cell, longest);
  found_.resize((std::max(in_lists, in_cell) + 1) * kBlockRows);
}

int64_t KeyedRows::KeyPart(uint32_t input, const EventValues& values) {
  return IsOrdered(values.kind(input)) ? values.Key(input) : static_cast<int64_t>(values.IdOf(values.Text(input)));
}

KeyedRows::List KeyedRows::Find(const Shape& shape, const EventValues& values) const {
  if (shape.table.empty()) return FindHashed(shape, values);
  const uint32_t a = values.IdOf(values.Text(shape.inputs[0])), b = values.IdOf(values.Text(shape.inputs[1]));
  const uint32_t row = a < shape.row_of_id.size() ? shape.row_of_id[a] : 0;
  const uint32_t column = b < shape.column_of_id.size() ? shape.column_of_id[b] : 0;
  return shape.table[row + column];
}

KeyedRows::List KeyedRows::FindHashed(const Shape& shape, const EventValues& values) const {
  const int64_t a = KeyPart(shape.inputs[0], values);
  const int64_t b = shape.two ? KeyPart(shape.inputs[1], values) : 0;
  for (uint64_t at = HashKey(a, b) & shape.mask;; at = (at + 1) & shape.mask) {
    const Cell& cell = shape.cells[at];
    if (cell.list.begin == cell.list.end || (cell.key[0] == a && cell.key[1] == b)) return cell.list;
  }
}

void KeyedRows::PrefetchList(List list) const {
  constexpr uint32_t kBlocksMost = 4;
  const size_t bytes = row_masks_->words() * kBlockRows * sizeof(uint64_t);
  const char* from = reinterpret_cast<const char*>(masks_.data()) + list.begin * bytes;
  const size_t end = std::min(list.end - list.begin, kBlocksMost) * bytes;
  for (size_t line = 0; line < end; line += 64) __builtin_prefetch(from + line);
}

void KeyedRows::LoadSets(const EventValues& values) {
  for (SetInput& set : set_inputs_) {
    std::fill(set.event.begin(), set.event.end(), 0);
    const MrTextSet* items = values.Set(set.input);
    if (items == nullptr) continue;
    for (uint32_t i = 0; i < items->size; ++i) {
      const uint32_t id = PooledId(program_, *items->items[i]);
      if (id < set.local_of_id.size() && set.local_of_id[id] != 0) SetBit(set.event.data(), set.local_of_id[id] - 1);
    }
  }
  sets_loaded_ = true;
}

bool KeyedRows::PassesChecks(uint32_t at, const EventValues& values) const {
  for (;; ++at) {
    const Check& check = checks_[at];
    const MatchLeaf& leaf = handler_.leaves[check.leaf];
    if (check.items_at != kNoItems) {
      const SetInput& set = set_inputs_[set_input_of_[leaf.input] - 1];
      uint64_t common = 0;
      for (uint32_t w = 0; w < set.words; ++w) common |= set.event[w] & items_[check.items_at + w];
      if (common == 0) return false;
    } else if (!LeafHolds(program_, leaf, values)) {
      return false;
    }
    if (check.last) return true;
  }
}

/// The rows found, without those that fail their checks.
void KeyedRows::Finish(const uint32_t* end, const EventValues& values, std::vector<uint32_t>& matched) {
  for (const uint32_t* at = found_.data(); at != end; ++at) {
    const Tail& tail = tails_[*at];
    if (tail.checks != 0) {
      if (!sets_loaded_) LoadSets(values);
      if (!PassesChecks(tail.checks, values)) continue;
    }
    matched.push_back(tail.row);
  }
}

void KeyedRows::Match(const EventValues& values, std::vector<uint32_t>& matched) {
  sets_loaded_ = false;
  size_t lists = 0;
  for (const Shape& shape : shapes_) {
    const List list = Find(shape, values);
    if (list.begin == list.end) continue;
    lists_[lists++] = list;
    PrefetchList(list);
  }
  if (lists == 0 && grids_.empty()) return;
  row_masks_->Load(values, event_.data());
  for (const Grid& grid : grids_) {
    const uint32_t a = grid.classes[0].ClassOf(values.Key(grid.inputs[0]));
    const uint32_t b = grid.classes[1].ClassOf(values.Key(grid.inputs[1]));
    if (a == 0 || b == 0) continue;  // unknown lies in no range
    const List list = grid.cells[grid.strip_of_class[0][a] * grid.columns + grid.strip_of_class[1][b]];
    Finish(match_bounded_(masks_.data(), bounds_.data(), list, event_.data(), static_cast<uint16_t>(a), static_cast<uint16_t>(b),
                          found_.data()),
           values, matched);
  }
  Finish(match_(masks_.data(), lists_.data(), lists, event_.data(), found_.data()), values, matched);
}

}  // namespace mrule::runtime
