// SPDX-License-Identifier: Apache-2.0
#include "runtime/scan/scan.h"

#include <algorithm>
#include <array>
#include <compare>
#include <map>
#include <numeric>
#include <tuple>

#include "runtime/match/bits.h"
#include "runtime/scan/bitmap_kernels.h"
#include "runtime/scan/class_column.h"

namespace mrule::runtime {

using plan::MatchLeaf;
using plan::ScanOp;

namespace {

/// A bitmap that is made of others, or the root of a program.
struct Step {
  bool is_or = false;
  std::vector<uint32_t> operands;  // slots

  auto operator<=>(const Step&) const = default;
};

/// Tests of one narrow column that are looked up together.
struct LookUp {
  uint32_t column = 0;
  std::vector<uint32_t> leaves;
  std::array<uint8_t, 256> table{};
};

}  // namespace

// Each bitmap of a batch has a slot: all rows, no rows, the leaves, residual functions, and what steps make of them. Equal steps of
// different programs are one.
struct Scan::Impl {
  static constexpr uint32_t kAllSlot = 0, kNoneSlot = 1, kFirstLeafSlot = 2;

  Impl(const Program& program_in, const plan::ScanPlan& plan_in) : program(program_in), plan(plan_in), leaf_at(plan_in.leaves.size()) {
    std::vector<std::vector<const MatchLeaf*>> by_column(plan.columns.size());
    for (size_t i = 0; i < plan.leaves.size(); ++i) {
      const MatchLeaf& leaf = plan.leaves[i];
      leaf_at[i] = static_cast<uint32_t>(by_column[leaf.input].size());
      by_column[leaf.input].push_back(&leaf);
    }
    for (size_t c = 0; c < plan.columns.size(); ++c) columns.emplace_back(program, plan.columns[c].kind, by_column[c]);
    slots = kFirstLeafSlot + static_cast<uint32_t>(plan.leaves.size());
    for (const plan::ScanProgram& one : plan.programs) roots.push_back(Compile(one));
    for (Step& root : roots) {
      steps_of_root.push_back({static_cast<uint32_t>(root_operands.size()), static_cast<uint32_t>(root.operands.size()), root.is_or});
      for (uint32_t slot : root.operands) root_operands.push_back(slot * kBatchWords);
    }
    // Steps of one length follow each other, so that the processor foresees them.
    order.resize(roots.size());
    std::iota(order.begin(), order.end(), 0u);
    std::sort(order.begin(), order.end(), [&](uint32_t a, uint32_t b) {
      const CountStep &left = steps_of_root[a], &right = steps_of_root[b];
      return std::tuple(left.is_or, left.n, a) < std::tuple(right.is_or, right.n, b);
    });
    for (uint32_t root : order) sorted_steps.push_back(steps_of_root[root]);
    bitmaps.resize(size_t{slots} * kBatchWords + kBatchWords);
    base = reinterpret_cast<uint64_t*>((reinterpret_cast<uintptr_t>(bitmaps.data()) + 63) / 64 * 64);
    std::fill(Bits(kAllSlot), Bits(kAllSlot) + kBatchWords, ~uint64_t{0});
  }

  // --- before the scan ---

  /// A postfix program: inner nodes become steps, the root is returned.
  Step Compile(const plan::ScanProgram& one) {
    std::vector<Step> stack;
    for (const ScanOp& op : one.ops) {
      switch (op.kind) {
        case ScanOp::Kind::kLeaf:
          stack.push_back({false, {kFirstLeafSlot + op.index}});
          break;
        case ScanOp::Kind::kResidual: {
          auto [at, added] = residuals.emplace(op.index, slots);
          slots += added;
          stack.push_back({false, {at->second}});
          break;
        }
        case ScanOp::Kind::kAll:
          stack.push_back({false, {kAllSlot}});
          break;
        case ScanOp::Kind::kNone:
          stack.push_back({false, {kNoneSlot}});
          break;
        case ScanOp::Kind::kAnd:
        case ScanOp::Kind::kOr: {
          MR_CHECK(op.index >= 1 && op.index <= stack.size(), "an operator has its operands on the stack");
          Step step{op.kind == ScanOp::Kind::kOr, {}};
          for (size_t i = stack.size() - op.index; i < stack.size(); ++i) {
            Step& operand = stack[i];
            if (operand.operands.size() == 1 || operand.is_or == step.is_or) {  // the same operator: spliced
              step.operands.insert(step.operands.end(), operand.operands.begin(), operand.operands.end());
            } else {
              step.operands.push_back(SlotOf(std::move(operand)));
            }
          }
          std::sort(step.operands.begin(), step.operands.end());
          step.operands.erase(std::unique(step.operands.begin(), step.operands.end()), step.operands.end());
          if (step.operands.size() == 1) step.is_or = false;
          stack.resize(stack.size() - op.index);
          stack.push_back(std::move(step));
          break;
        }
      }
    }
    MR_CHECK(stack.size() == 1, "a scan program leaves one bitmap");
    return std::move(stack[0]);
  }

  uint32_t SlotOf(Step step) {
    auto [at, added] = known_steps.emplace(step, slots);
    if (!added) return at->second;
    inner.push_back({static_cast<uint32_t>(inner_operands.size()), static_cast<uint32_t>(step.operands.size()), step.is_or});
    inner_slots.push_back(slots);
    for (uint32_t slot : step.operands) inner_operands.push_back(slot * kBatchWords);
    return slots++;
  }

  /// Once codes are settled: which leaves are looked up together, and which are a few comparisons.
  void PlanLeaves() {
    std::vector<std::vector<uint32_t>> by_column(plan.columns.size());
    for (uint32_t i = 0; i < plan.leaves.size(); ++i) by_column[plan.leaves[i].input].push_back(i);
    for (uint32_t c = 0; c < plan.columns.size(); ++c) {
      const ClassColumn& column = columns[c];
      for (size_t from = 0; from < by_column[c].size(); from += 8) {
        LookUp group;
        group.column = c;
        size_t ranges = 0;
        for (size_t i = from; i < std::min(by_column[c].size(), from + 8); ++i) {
          const uint32_t leaf = by_column[c][i];
          for (const auto& [low, high] : column.RangesOf(leaf_at[leaf])) {
            ++ranges;
            for (size_t code = low; code <= high && !column.wide(); ++code) {
              group.table[code] = static_cast<uint8_t>(group.table[code] | 1u << group.leaves.size());
            }
          }
          group.leaves.push_back(leaf);
        }
        constexpr size_t kRangesAsFast = 3;
        if (column.wide() || ranges <= kRangesAsFast) {
          compared.insert(compared.end(), group.leaves.begin(), group.leaves.end());
        } else {
          looked_up.push_back(std::move(group));
        }
      }
    }
  }

  // --- a batch ---

  void Compare(uint32_t leaf, size_t batch) {
    const BitmapKernels& k = Kernels();
    const ClassColumn& column = columns[plan.leaves[leaf].input];
    uint64_t* out = Bits(kFirstLeafSlot + leaf);
    const auto ranges = column.RangesOf(leaf_at[leaf]);
    if (ranges.empty()) std::fill(out, out + kBatchWords, 0);
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

  /// Everything but the roots.
  void Evaluate(size_t batch, size_t rows) {
    const BitmapKernels& k = Kernels();
    for (uint32_t leaf : compared) Compare(leaf, batch);
    for (const LookUp& group : looked_up) {
      if (k.lookup8 == nullptr) {
        for (uint32_t leaf : group.leaves) Compare(leaf, batch);
        continue;
      }
      uint64_t* outs[8];
      for (size_t i = 0; i < group.leaves.size(); ++i) outs[i] = Bits(kFirstLeafSlot + group.leaves[i]);
      const ClassColumn& column = columns[group.column];
      k.lookup8(column.codes8() + batch * kBatchRows, group.table.data(), column.codes_end(), group.leaves.size(), outs);
    }
    for (const auto& [function, slot] : residuals) EvaluateResidual(ir::FunctionId(function), batch, Bits(slot));
    SetValid(std::min(rows - batch * kBatchRows, kBatchRows));
    for (size_t i = 0; i < inner.size(); ++i) {
      k.combine(base, inner_operands.data() + inner[i].first, inner[i].n, inner[i].is_or, Bits(inner_slots[i]));
    }
  }

  /// The last batch: rows that pad it belong to nothing. Steps have no negation, so it is enough that no leaf has them.
  void SetValid(size_t valid) {
    uint64_t* all = Bits(kAllSlot);
    std::fill(all, all + kBatchWords, ~uint64_t{0});
    if (valid == kBatchRows) return;
    std::fill(all, all + kBatchWords, 0);
    for (size_t row = 0; row < valid; ++row) SetBit(all, row);
    for (size_t leaf = 0; leaf < plan.leaves.size(); ++leaf) {
      uint64_t* bits = Bits(kFirstLeafSlot + static_cast<uint32_t>(leaf));
      for (size_t w = 0; w < kBatchWords; ++w) bits[w] &= all[w];
    }
  }

  void EvaluateResidual(ir::FunctionId id, size_t batch, uint64_t* out) {
    std::fill(out, out + kBatchWords, 0);
    const size_t end = std::min(records.size(), (batch + 1) * kBatchRows);
    for (size_t row = batch * kBatchRows; row < end; ++row) {
      MrFrame frame{};
      frame.record = records[row];
      frame.now = now;
      frame.program = &program;
      if (code->Run(id, &frame) == ir::kTrue) SetBit(out, row - batch * kBatchRows);
    }
  }

  uint64_t* Bits(uint32_t slot) { return base + size_t{slot} * kBatchWords; }

  const Program& program;
  const plan::ScanPlan& plan;
  std::vector<ClassColumn> columns;
  std::vector<uint32_t> leaf_at;  // leaf to its position among its column's leaves
  std::vector<uint32_t> compared;
  std::vector<LookUp> looked_up;
  std::map<uint32_t, uint32_t> residuals;  // function to slot
  std::map<Step, uint32_t> known_steps;
  std::vector<CountStep> inner;            // steps that others read, operands first
  std::vector<uint32_t> inner_operands, inner_slots;
  std::vector<Step> roots;                 // by program
  std::vector<uint32_t> root_operands;
  std::vector<CountStep> steps_of_root, sorted_steps;
  std::vector<uint32_t> order;             // sorted_steps to programs
  uint32_t slots = 0;
  std::vector<uint64_t> bitmaps;
  uint64_t* base = nullptr;                // of the slots, at a cache line
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
  impl_->PlanLeaves();
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
  Impl& m = *impl_;
  std::vector<uint64_t> counters(m.roots.size() * kCounterWords);
  for (size_t batch = 0; batch * kBatchRows < rows_; ++batch) {
    m.Evaluate(batch, rows_);
    Kernels().count(m.base, m.sorted_steps.data(), m.sorted_steps.size(), m.root_operands.data(), counters.data());
  }
  std::vector<uint64_t> counts(m.roots.size());
  for (size_t i = 0; i < counts.size(); ++i) {
    const uint64_t* counter = counters.data() + i * kCounterWords;
    counts[m.order[i]] = std::accumulate(counter, counter + kCounterWords, uint64_t{0});
  }
  return counts;
}

void Scan::ForEachMember(const std::function<void(size_t, size_t)>& member, const Code* code, std::span<char* const> records,
                         int64_t now) {
  impl_->code = code;
  impl_->records = records;
  impl_->now = now;
  Impl& m = *impl_;
  const size_t batches = (rows_ + kBatchRows - 1) / kBatchRows;
  const size_t programs = m.roots.size();
  std::vector<uint64_t> bits(programs * batches * kBatchWords);
  for (size_t batch = 0; batch < batches; ++batch) {
    m.Evaluate(batch, rows_);
    for (size_t p = 0; p < programs; ++p) {
      const CountStep& step = m.steps_of_root[p];
      Kernels().combine(m.base, m.root_operands.data() + step.first, step.n, step.is_or,
                        bits.data() + (p * batches + batch) * kBatchWords);
    }
  }
  for (size_t p = 0; p < programs; ++p) {
    ForEachBit(bits.data() + p * batches * kBatchWords, batches * kBatchWords, [&](size_t row) { member(p, row); });
  }
}

}  // namespace mrule::runtime
