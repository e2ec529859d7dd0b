// SPDX-License-Identifier: Apache-2.0
// Random segments over random records: members are those for which the program, judged leaf by leaf, is true.
#include "runtime/scan/scan.h"

#include <gtest/gtest.h>

#include "runtime/scan/bitmap_kernels.h"
#include "tests/unit/random_leaves.h"

namespace mrule {
namespace {

using plan::MatchInput;
using plan::MatchLeaf;
using plan::ScanOp;
using runtime::Program;
using runtime::Scan;

constexpr MatchInput::Kind kKinds[] = {MatchInput::Kind::kOrderedI64, MatchInput::Kind::kOrderedF64, MatchInput::Kind::kText,
                                       MatchInput::Kind::kSet};

/// Pushes a random boolean term of at most `depth` levels.
void AddTerm(test::RandomLeaves& random, size_t leaves, int depth, std::vector<ScanOp>& ops) {
  if (depth == 0 || random.OneIn(3)) {
    const uint64_t choice = random.Below(20);
    const ScanOp::Kind kind = choice == 0 ? ScanOp::Kind::kAll : choice == 1 ? ScanOp::Kind::kNone : ScanOp::Kind::kLeaf;
    ops.push_back({kind, kind == ScanOp::Kind::kLeaf ? static_cast<uint32_t>(random.Below(leaves)) : 0});
    return;
  }
  const auto n = static_cast<uint32_t>(1 + random.Below(4));
  for (uint32_t i = 0; i < n; ++i) AddTerm(random, leaves, depth - 1, ops);
  ops.push_back({random.OneIn(2) ? ScanOp::Kind::kAnd : ScanOp::Kind::kOr, n});
}

bool Evaluate(const std::vector<ScanOp>& ops, const std::vector<bool>& holds) {
  std::vector<bool> stack;
  for (const ScanOp& op : ops) {
    if (op.kind == ScanOp::Kind::kLeaf) stack.push_back(holds[op.index]);
    if (op.kind == ScanOp::Kind::kAll) stack.push_back(true);
    if (op.kind == ScanOp::Kind::kNone) stack.push_back(false);
    if (op.kind != ScanOp::Kind::kAnd && op.kind != ScanOp::Kind::kOr) continue;
    bool value = op.kind == ScanOp::Kind::kAnd;
    for (uint32_t i = 0; i < op.index; ++i) {
      value = op.kind == ScanOp::Kind::kAnd ? value && stack.back() : value || stack.back();
      stack.pop_back();
    }
    stack.push_back(value);
  }
  return stack.back();
}

void Check(uint64_t seed, uint32_t texts, uint32_t leaves, size_t rows, size_t programs) {
  SCOPED_TRACE("seed " + std::to_string(seed));
  constexpr uint32_t kColumns = 6;
  test::RandomLeaves random(seed, texts);
  plan::Plan tables;
  random.FillTables(tables);
  plan::ScanPlan plan;
  for (uint32_t i = 0; i < kColumns; ++i) plan.columns.push_back({i, kKinds[i % 4]});
  for (uint32_t i = 0; i < leaves; ++i) {
    const auto column = static_cast<uint32_t>(random.Below(kColumns));
    plan.leaves.push_back(random.Leaf(column, plan.columns[column].kind));
  }
  for (size_t i = 0; i < programs; ++i) {
    plan::ScanProgram one;
    AddTerm(random, leaves, 3, one.ops);
    plan.programs.push_back(std::move(one));
  }
  auto loaded = Program::Load(std::move(tables));
  ASSERT_TRUE(loaded.ok());
  const std::unique_ptr<Program> program = std::move(loaded).value();
  Scan scan(*program, plan);
  runtime::Arena arena;
  std::vector<std::vector<size_t>> expected(programs);
  for (size_t row = 0; row < rows; ++row) {
    arena.Clear();
    std::vector<MrValue> values;
    for (const plan::ScanColumn& column : plan.columns) values.push_back(random.Value(column.kind, *program, arena));
    scan.AddRow(values);
    std::vector<bool> holds;
    for (const MatchLeaf& leaf : plan.leaves) {
      holds.push_back(test::OracleHolds(*program, leaf, plan.columns[leaf.input].kind, values[leaf.input]));
    }
    for (size_t p = 0; p < programs; ++p) {
      if (Evaluate(plan.programs[p].ops, holds)) expected[p].push_back(row);
    }
  }
  scan.Seal();
  ASSERT_EQ(scan.rows(), rows);
  for (const runtime::BitmapKernels* kernels : runtime::AllKernels()) {
    SCOPED_TRACE(kernels->name);
    runtime::UseKernels(*kernels);
    const std::vector<uint64_t> counts = scan.Count();
    std::vector<std::vector<size_t>> members(programs);
    scan.ForEachMember([&](size_t p, size_t row) { members[p].push_back(row); });
    for (size_t p = 0; p < programs; ++p) {
      ASSERT_EQ(counts[p], expected[p].size()) << "program " << p;
      ASSERT_EQ(members[p], expected[p]) << "program " << p;
    }
  }
  runtime::UseKernels(*runtime::AllKernels()[0]);
}

TEST(Scan, ProgramsOverLeavesOfEveryKind) {
  for (uint64_t seed = 1; seed <= 60; ++seed) Check(seed, 12, 30, seed * 37, 20);
}

TEST(Scan, ManyProgramsShareTheirLeaves) {
  for (uint64_t seed = 1; seed <= 4; ++seed) Check(seed, 12, 40, 3000, 700);
}

TEST(Scan, ManyConstantsOnOneColumn) {
  for (uint64_t seed = 1; seed <= 4; ++seed) Check(seed, 900, 600, 3000, 60);
}

TEST(Scan, WholeBatchesAndNoRows) {
  Check(1, 12, 20, 0, 5);
  Check(2, 12, 20, runtime::kBatchRows, 10);
  Check(3, 12, 20, 2 * runtime::kBatchRows + 1, 10);
}

}  // namespace
}  // namespace mrule
