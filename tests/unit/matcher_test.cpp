// SPDX-License-Identifier: Apache-2.0
// Random handlers and events: the rows that the matcher finds are those of which every leaf holds, judged one by one.
#include "runtime/match/matcher.h"

#include <gtest/gtest.h>

#include "runtime/match/row_blocks.h"
#include "tests/unit/random_leaves.h"

namespace mrule {
namespace {

using plan::MatchInput;
using plan::MatchLeaf;
using plan::MatchRow;
using runtime::Matcher;
using runtime::Program;

constexpr MatchInput::Kind kKinds[] = {MatchInput::Kind::kOrderedI64, MatchInput::Kind::kOrderedF64, MatchInput::Kind::kText,
                                       MatchInput::Kind::kSet};

struct Shape {
  uint64_t seed;
  uint32_t inputs;
  uint32_t texts;   ///< constants: many make equalities selective
  uint32_t leaves;
  uint32_t rows;
  uint32_t events;
  bool keyed;       ///< rows ask for equalities on two texts and narrow ranges
};

void Check(const Shape& shape) {
  SCOPED_TRACE("seed " + std::to_string(shape.seed));
  test::RandomLeaves random(shape.seed, shape.texts);
  plan::Plan plan;
  random.FillTables(plan);
  plan.handlers.emplace_back();
  plan::Handler& handler = plan.handlers[0];
  for (uint32_t i = 0; i < shape.inputs; ++i) {
    const MatchInput::Kind kind = i < 2 ? MatchInput::Kind::kText : kKinds[random.Below(4)];
    handler.match_inputs.push_back(test::Input(kind, !random.OneIn(3), i));
  }
  std::vector<std::vector<uint32_t>> leaves_of(shape.inputs);
  for (uint32_t i = 0; i < shape.leaves; ++i) {
    const uint32_t input = static_cast<uint32_t>(random.Below(shape.inputs));
    leaves_of[input].push_back(static_cast<uint32_t>(handler.leaves.size()));
    handler.leaves.push_back(random.Leaf(input, handler.match_inputs[input].kind));
  }
  for (uint32_t i = 0; i < shape.rows; ++i) {
    MatchRow row;
    const auto add = [&](uint32_t input) {
      const auto& from = leaves_of[input];
      if (!from.empty()) row.leaves.push_back(from[random.Below(from.size())]);
    };
    if (shape.keyed && !random.OneIn(8)) {
      add(0);
      if (!random.OneIn(3)) add(1);
    }
    for (uint64_t n = random.Below(4); n > 0; --n) add(static_cast<uint32_t>(random.Below(shape.inputs)));
    std::sort(row.leaves.begin(), row.leaves.end());
    row.leaves.erase(std::unique(row.leaves.begin(), row.leaves.end()), row.leaves.end());
    row.rule_case = i;
    handler.rows.push_back(std::move(row));
  }
  auto loaded = Program::Load(std::move(plan));
  ASSERT_TRUE(loaded.ok());
  const std::unique_ptr<Program> program = std::move(loaded).value();
  const plan::Handler& loaded_handler = program->plan().handlers[0];
  Matcher matcher(*program, loaded_handler);
  runtime::Arena arena;
  std::vector<MrValue> fields(shape.inputs), outputs(shape.inputs);
  std::vector<uint32_t> found, expected;
  for (uint32_t event = 0; event < shape.events; ++event) {
    arena.Clear();
    for (uint32_t i = 0; i < shape.inputs; ++i) {
      const MatchInput& input = loaded_handler.match_inputs[i];
      (input.from_field ? fields : outputs)[i] = random.Value(input.kind, *program, arena);
    }
    std::vector<bool> holds;
    for (const MatchLeaf& leaf : loaded_handler.leaves) {
      const MatchInput& input = loaded_handler.match_inputs[leaf.input];
      holds.push_back(test::OracleHolds(*program, leaf, input.kind, (input.from_field ? fields : outputs)[input.index]));
    }
    expected = {7};
    for (uint32_t row = 0; row < loaded_handler.rows.size(); ++row) {
      const auto& leaves = loaded_handler.rows[row].leaves;
      if (std::all_of(leaves.begin(), leaves.end(), [&](uint32_t leaf) { return holds[leaf]; })) expected.push_back(row);
    }
    found = {7};  // what is there stays
    matcher.Match(fields.data(), outputs.data(), found);
    ASSERT_EQ(found, expected) << "event " << event;
  }
}

TEST(RowBlocks, EveryProcessorFindsTheSame) {
  std::mt19937_64 random(1);
  for (size_t words = 1; words <= runtime::kMaskWordsMax; ++words) {
    constexpr uint32_t kBlocks = 50;
    std::vector<uint64_t> masks(kBlocks * runtime::kBlockRows * words);
    for (uint64_t& word : masks) word = random() & random() & random();
    std::vector<runtime::BlockBounds> bounds(kBlocks);
    for (auto& one : bounds) {
      for (size_t side = 0; side < 2; ++side) {
        for (size_t lane = 0; lane < runtime::kBlockRows; ++lane) {
          one.low[side][lane] = static_cast<uint16_t>(random() % 50);
          one.span[side][lane] = static_cast<uint16_t>(random() % 50);
        }
      }
    }
    const runtime::BlockList lists[] = {{3, 20}, {20, 20}, {40, 50}};
    std::vector<uint32_t> best((kBlocks + 1) * runtime::kBlockRows), plain(best.size());
    for (int i = 0; i < 200; ++i) {
      uint64_t event[runtime::kMaskWordsMax] = {};
      for (int bit = 0; bit < 3; ++bit) event[random() % words] |= uint64_t{1} << (random() % 64);
      const auto size = [](const std::vector<uint32_t>& from, const uint32_t* end) { return static_cast<size_t>(end - from.data()); };
      size_t n = size(best, runtime::RowBlockKernels().match[words](masks.data(), lists, 3, event, best.data()));
      ASSERT_EQ(n, size(plain, runtime::PlainRowBlockKernels().match[words](masks.data(), lists, 3, event, plain.data())));
      ASSERT_TRUE(std::equal(best.begin(), best.begin() + static_cast<ptrdiff_t>(n), plain.begin()));
      const auto a = static_cast<uint16_t>(random() % 100), b = static_cast<uint16_t>(random() % 100);
      n = size(best, runtime::RowBlockKernels().bounded[words](masks.data(), bounds.data(), {0, kBlocks}, event, a, b, best.data()));
      const uint32_t* end = runtime::PlainRowBlockKernels().bounded[words](masks.data(), bounds.data(), {0, kBlocks}, event, a, b, plain.data());
      ASSERT_EQ(n, size(plain, end));
      ASSERT_TRUE(std::equal(best.begin(), best.begin() + static_cast<ptrdiff_t>(n), plain.begin()));
    }
  }
}

TEST(Matcher, FewRows) {
  for (uint64_t seed = 1; seed <= 200; ++seed) Check({seed, 5, 12, 30, static_cast<uint32_t>(seed % 90), 40, false});
}

TEST(Matcher, WordsOfRows) {
  for (uint64_t seed = 1; seed <= 20; ++seed) Check({seed, 6, 20, 120, 300 + static_cast<uint32_t>(seed) * 10, 60, false});
}

TEST(Matcher, ManyRowsOfWhichFewAreSelective) {
  for (uint64_t seed = 1; seed <= 6; ++seed) Check({seed, 6, 12, 200, 1500, 60, false});
}

TEST(Matcher, ManyRowsUnderKeys) {
  for (uint64_t seed = 1; seed <= 12; ++seed) Check({seed, 8, seed % 2 == 0 ? 90u : 400u, 600, 3000, 120, true});
}

TEST(Matcher, RowsInBlocks) { Check({1, 5, 12, 150, 40000, 12, false}); }

TEST(Matcher, NoRows) {
  Check({1, 3, 5, 5, 0, 10, false});
  Check({2, 3, 5, 0, 3, 10, false});  // rows without leaves hold always
}

}  // namespace
}  // namespace mrule
