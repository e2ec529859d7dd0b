// SPDX-License-Identifier: Apache-2.0
#include "runtime/exec/subject_filter.h"

#include <algorithm>

#include "runtime/match/leaf.h"

namespace mrule::runtime {
namespace {

constexpr size_t kBlock = 64;       // records whose truth is one word
constexpr size_t kBlocksAhead = 2;  // fetched before they are tested

}  // namespace

SubjectFilter::SubjectFilter(const Program& program, const plan::Handler& handler) : program_(program) {
  std::vector<uint32_t> test_of_leaf(handler.leaves.size());
  constexpr uint32_t kNone = 0xFFFFFFFFu;
  for (size_t i = 0; i < handler.leaves.size(); ++i) {
    const plan::MatchLeaf& leaf = handler.leaves[i];
    const plan::MatchInput& input = handler.match_inputs[leaf.input];
    Test test{&leaf, input.kind, 0, false, false, 0};
    test_of_leaf[i] = kNone;
    if (!Place(handler, input, test)) continue;
    test_of_leaf[i] = static_cast<uint32_t>(tests_.size());
    const uint32_t line = test.offset & ~63u;
    if (std::find(lines_.begin(), lines_.end(), line) == lines_.end()) lines_.push_back(line);
    tests_.push_back(test);
  }
  for (const plan::MatchRow& row : handler.rows) {
    std::vector<uint32_t> tests;
    for (uint32_t leaf : row.leaves) {
      if (test_of_leaf[leaf] != kNone) tests.push_back(test_of_leaf[leaf]);
    }
    std::sort(tests.begin(), tests.end());
    all_ |= tests.empty();
    if (std::find(rows_.begin(), rows_.end(), tests) == rows_.end()) rows_.push_back(std::move(tests));
  }
}

bool SubjectFilter::Place(const plan::Handler& handler, const plan::MatchInput& input, Test& test) const {
  if (input.from_field || !handler.inputs) return false;
  const std::vector<ir::Inst>& code = program_.plan().function(handler.inputs).code;
  const auto store = std::find_if(code.begin(), code.end(), [&](const ir::Inst& inst) {
    return inst.op == ir::Opcode::kStoreOutput && inst.slot == input.index;
  });
  if (store == code.end()) return false;
  const ir::Inst* value = &code[store->a];
  if (value->op == ir::Opcode::kDefault && code[value->b].op == ir::Opcode::kConst) {
    test.has_otherwise = true;
    test.otherwise = code[value->b].imm;
    value = &code[value->a];
  }
  test.offset = value->slot;
  test.always_known = value->op == ir::Opcode::kSlot;
  return value->slot != 0 && (value->op == ir::Opcode::kKept || (value->op == ir::Opcode::kSlot && !test.has_otherwise));
}

MrValue SubjectFilter::ValueOf(const Test& test, const char* record) const {
  const auto* kept = reinterpret_cast<const MrKept*>(record + test.offset);
  if (test.always_known) return {kept->bits, 1};
  if (kept->known == 0 && test.has_otherwise) return {test.otherwise, 1};
  return {kept->bits, kept->known};
}

bool SubjectFilter::Holds(const Test& test, const char* record) const {
  const MrValue value = ValueOf(test, record);
  switch (test.kind) {
    case plan::MatchInput::Kind::kOrderedI64:
    case plan::MatchInput::Kind::kOrderedF64:
      return LeafHoldsForKey(*test.leaf, KeyOf(test.kind, value));
    case plan::MatchInput::Kind::kText:
      return LeafHoldsForText(program_, *test.leaf, value.known != 0 ? reinterpret_cast<const MrText*>(value.bits) : nullptr);
    case plan::MatchInput::Kind::kSet:
      return LeafHoldsForSet(program_, *test.leaf, value.known != 0 ? reinterpret_cast<const MrTextSet*>(value.bits) : nullptr);
  }
  return true;
}

/// Each test at most once, and only for the records that the tests before it in some row have left.
uint64_t SubjectFilter::MarkBlock(char* const* records, size_t count) const {
  constexpr size_t kTestsKept = 64;  // truths of the first tests are kept for rows to come
  uint64_t truth[kTestsKept], asked[kTestsKept];
  std::fill(asked, asked + std::min(kTestsKept, tests_.size()), uint64_t{0});
  const uint64_t everybody = count == kBlock ? ~uint64_t{0} : (uint64_t{1} << count) - 1;
  uint64_t marked = 0;
  for (const std::vector<uint32_t>& row : rows_) {
    uint64_t left = everybody & ~marked;
    for (uint32_t number : row) {
      if (left == 0) break;
      const bool kept = number < kTestsKept;
      uint64_t open = kept ? left & ~asked[number] : left;
      uint64_t holds = kept && asked[number] != 0 ? truth[number] : 0;
      if (kept) asked[number] |= left;
      for (; open != 0; open &= open - 1) {
        const auto bit = static_cast<unsigned>(__builtin_ctzll(open));
        if (Holds(tests_[number], records[bit])) holds |= uint64_t{1} << bit;
      }
      if (kept) truth[number] = holds;
      left &= holds;
    }
    marked |= left;
  }
  return marked;
}

void SubjectFilter::Mark(const SubjectTable& subjects, std::vector<uint64_t>& words) const {
  const size_t size = subjects.size();
  words.resize((size + kBlock - 1) / kBlock, 0);
  if (rows_.empty()) return;
  char* records[kBlock];
  for (size_t block = 0; block * kBlock < size; ++block) {
    const size_t first = block * kBlock, count = std::min(kBlock, size - first);
    if (all_) {
      words[block] |= count == kBlock ? ~uint64_t{0} : (uint64_t{1} << count) - 1;
      continue;
    }
    for (size_t i = first + kBlocksAhead * kBlock; i < std::min(size, first + (kBlocksAhead + 1) * kBlock); ++i) {
      for (uint32_t line : lines_) __builtin_prefetch(subjects.record(i) + line);
    }
    for (size_t i = 0; i < count; ++i) records[i] = subjects.record(first + i);
    words[block] |= MarkBlock(records, count);
  }
}

}  // namespace mrule::runtime
