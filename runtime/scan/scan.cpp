// SPDX-License-Identifier: Apache-2.0
#include "runtime/scan/scan.h"

#include <algorithm>
#include <bit>
#include <cstring>

#include "runtime/match/bits.h"
#include "runtime/scan/bitmap_kernels.h"
#include "runtime/scan/class_column.h"

namespace mrule::runtime {

using plan::MatchLeaf;
using plan::ScanOp;

namespace {

using Bitmap = uint64_t[kBatchWords];

/// A postfix program as a tree: children of a node precede it.
struct Node {
  ScanOp::Kind kind = ScanOp::Kind::kAll;
  uint32_t index = 0;                // leaf, residual function
  std::vector<uint32_t> children;    // nodes
};

struct Tree {
  std::vector<Node> nodes;  // the root is the last
};

Tree MakeTree(const plan::ScanProgram& program) {
  Tree tree;
  std::vector<uint32_t> stack;
  for (const ScanOp& op : program.ops) {
    Node node{op.kind, op.index, {}};
    if (op.kind == ScanOp::Kind::kAnd || op.kind == ScanOp::Kind::kOr) {
      MR_CHECK(op.index >= 1 && op.index <= stack.size(), "an operator has its operands on the stack");
      node.children.assign(stack.end() - op.index, stack.end());
      stack.resize(stack.size() - op.index);
    }
    tree.nodes.push_back(std::move(node));
    stack.push_back(static_cast<uint32_t>(tree.nodes.size() - 1));
  }
  MR_CHECK(stack.size() == 1, "a scan program leaves one bitmap");
  return tree;
}

}  // namespace

struct Scan::Impl {
  Impl(const Program& program_in, const plan::ScanPlan& plan_in) : program(program_in), plan(plan_in), leaf_at(plan_in.leaves.size()) {
    std::vector<std::vector<const MatchLeaf*>> by_column(plan.columns.size());
    for (size_t i = 0; i < plan.leaves.size(); ++i) {
      const MatchLeaf& leaf = plan.leaves[i];
      leaf_at[i] = static_cast<uint32_t>(by_column[leaf.input].size());
      by_column[leaf.input].push_back(&leaf);
    }
    for (size_t c = 0; c < plan.columns.size(); ++c) columns.emplace_back(program, plan.columns[c].kind, by_column[c]);
    size_t deepest = 1;
    for (const plan::ScanProgram& one : plan.programs) {
      trees.push_back(MakeTree(one));
      deepest = std::max(deepest, trees.back().nodes.size());
    }
    leaf_bits.resize(plan.leaves.size() * kBatchWords);
    temporaries.resize(deepest * kBatchWords);
    std::memset(all, 0xFF, sizeof all);
    std::memset(none, 0, sizeof none);
  }

  void EvaluateLeaves(size_t batch) {
    const BitmapKernels& k = Kernels();
    for (size_t i = 0; i < plan.leaves.size(); ++i) {
      const ClassColumn& column = columns[plan.leaves[i].input];
      uint64_t* out = leaf_bits.data() + i * kBatchWords;
      const auto ranges = column.RangesOf(leaf_at[i]);
      if (ranges.empty()) std::memset(out, 0, sizeof(Bitmap));
      bool add = false;
      for (const auto& [low, high] : ranges) {
        const uint16_t span = static_cast<uint16_t>(high - low);
        if (column.wide()) {
          k.in_range16(column.codes16() + batch * kBatchRows, low, span, add, out);
        } else {
          k.in_range8(column.codes8() + batch * kBatchRows, static_cast<uint8_t>(low), static_cast<uint8_t>(span), add, out);
        }
        add = true;
      }
    }
  }

  /// The bitmap of a node: a leaf's own, or one of the temporaries (each node has its place there).
  const uint64_t* Evaluate(const Tree& tree, uint32_t at, size_t batch) {
    const Node& node = tree.nodes[at];
    uint64_t* out = temporaries.data() + size_t{at} * kBatchWords;
    switch (node.kind) {
      case ScanOp::Kind::kLeaf:
        return leaf_bits.data() + size_t{node.index} * kBatchWords;
      case ScanOp::Kind::kResidual:
        EvaluateResidual(ir::FunctionId(node.index), batch, out);
        return out;
      case ScanOp::Kind::kAll:
        return all;
      case ScanOp::Kind::kNone:
        return none;
      case ScanOp::Kind::kAnd:
      case ScanOp::Kind::kOr: {
        std::memcpy(out, Evaluate(tree, node.children[0], batch), sizeof(Bitmap));
        for (size_t i = 1; i < node.children.size(); ++i) {
          const uint64_t* with = Evaluate(tree, node.children[i], batch);
          (node.kind == ScanOp::Kind::kAnd ? Kernels().and_into : Kernels().or_into)(out, with);
        }
        return out;
      }
    }
    return none;
  }

  void EvaluateResidual(ir::FunctionId id, size_t batch, uint64_t* out) {
    std::memset(out, 0, sizeof(Bitmap));
    const size_t end = std::min(records.size(), (batch + 1) * kBatchRows);
    for (size_t row = batch * kBatchRows; row < end; ++row) {
      MrFrame frame{};
      frame.record = records[row];
      frame.now = now;
      frame.program = &program;
      if (code->Run(id, &frame) == ir::kTrue) SetBit(out, row - batch * kBatchRows);
    }
  }

  /// A program's members in a batch, into `out` if not null; returns how many.
  uint64_t Members(const Tree& tree, size_t batch, size_t rows, uint64_t* out) {
    const uint32_t root = static_cast<uint32_t>(tree.nodes.size() - 1);
    const Node& node = tree.nodes[root];
    const size_t valid = std::min(rows - batch * kBatchRows, kBatchRows);
    operands.clear();
    if (node.kind == ScanOp::Kind::kAnd) {
      for (uint32_t child : node.children) operands.push_back(Evaluate(tree, child, batch));
    } else {
      operands.push_back(Evaluate(tree, root, batch));
    }
    Bitmap tail;
    if (valid < kBatchRows) {  // the last batch: rows that pad it belong to nothing
      std::memset(tail, 0, sizeof tail);
      for (size_t row = 0; row < valid; ++row) SetBit(tail, row);
      operands.push_back(tail);
    }
    return Kernels().and_many(operands.data(), operands.size(), out);
  }

  const Program& program;
  const plan::ScanPlan& plan;
  std::vector<ClassColumn> columns;
  std::vector<uint32_t> leaf_at;      // leaf to its position among its column's leaves
  std::vector<Tree> trees;
  std::vector<uint64_t> leaf_bits;    // of the batch at hand
  std::vector<uint64_t> temporaries;
  std::vector<const uint64_t*> operands;
  alignas(64) Bitmap all;
  alignas(64) Bitmap none;
  const Code* code = nullptr;
  std::span<char* const> records;
  int64_t now = 0;
};

Scan::Scan(const Program& program, const plan::ScanPlan& plan) : impl_(std::make_unique<Impl>(program, plan)) {}
Scan::~Scan() = default;

void Scan::AddRow(std::span<const MrValue> attributes) {
  for (size_t c = 0; c < impl_->columns.size(); ++c) impl_->columns[c].Append(attributes[c]);
  ++rows_;
}

void Scan::Seal() {
  const size_t padded = (rows_ + kBatchRows - 1) / kBatchRows * kBatchRows;
  for (ClassColumn& column : impl_->columns) column.Seal(padded);
}

size_t Scan::bytes() const {
  size_t n = 0;
  for (const ClassColumn& column : impl_->columns) n += column.bytes();
  return n;
}

std::vector<uint64_t> Scan::Count(const Code* code, std::span<char* const> records, int64_t now) {
  impl_->code = code;
  impl_->records = records;
  impl_->now = now;
  std::vector<uint64_t> counts(impl_->trees.size());
  for (size_t batch = 0; batch * kBatchRows < rows_; ++batch) {
    impl_->EvaluateLeaves(batch);
    for (size_t p = 0; p < impl_->trees.size(); ++p) counts[p] += impl_->Members(impl_->trees[p], batch, rows_, nullptr);
  }
  return counts;
}

void Scan::ForEachMember(const std::function<void(size_t, size_t)>& member, const Code* code, std::span<char* const> records,
                         int64_t now) {
  impl_->code = code;
  impl_->records = records;
  impl_->now = now;
  const size_t batches = (rows_ + kBatchRows - 1) / kBatchRows;
  std::vector<uint64_t> bits(impl_->trees.size() * batches * kBatchWords);
  for (size_t batch = 0; batch < batches; ++batch) {
    impl_->EvaluateLeaves(batch);
    for (size_t p = 0; p < impl_->trees.size(); ++p) {
      impl_->Members(impl_->trees[p], batch, rows_, bits.data() + (p * batches + batch) * kBatchWords);
    }
  }
  for (size_t p = 0; p < impl_->trees.size(); ++p) {
    ForEachBit(bits.data() + p * batches * kBatchWords, batches * kBatchWords, [&](size_t row) { member(p, row); });
  }
}

}  // namespace mrule::runtime
