// SPDX-License-Identifier: Apache-2.0
// The LLVM engine against the interpreter on random functions of the rule IR: equal truths, outputs, records and traps, bit for
// bit, at both levels of optimisation. Every opcode and every builtin row is drawn.
#include <gtest/gtest.h>

#include <bit>
#include <cstring>
#include <random>
#include <span>
#include <vector>

#include "runtime/exec/code.h"
#include "runtime/interp/interpreter.h"
#include "runtime/jit/jit.h"
#include "runtime/program/program.h"
#include "stdlib/builtins.h"
#include "stdlib/kernels/sequence.h"
#include "stdlib/kernels/state.h"

namespace mrule::runtime {
namespace {

using ir::Inst;
using ir::Opcode;
using ir::Physical;
using stdlib::SigType;

constexpr uint32_t kFields = 8;       // two of each physical type
constexpr uint32_t kOutputs = 4;
constexpr uint32_t kRecordBytes = 1024;
// Slots, one of each kind, at fixed places after the header.
constexpr uint32_t kTotal = 64, kKept = 80, kLastAt = 96, kRecents = 128, kLog = 192, kCursor = 224, kObserved = 256, kHold = 288,
                   kSegment = 336, kKeptF = 352, kDistinctAt = 384, kRow = 416, kExtreme = 448, kExtremeF = 480, kExtremeLog = 512,
                   kExtremeLogF = 544, kSequence = 576, kRuns = 608;
constexpr uint32_t kRecentsCapacity = 4;
constexpr int64_t kHour = 3'600'000'000;

Physical PhysicalOfSig(SigType type) {
  switch (type) {
    case SigType::kNumber:
    case SigType::kRatio:
    case SigType::kPercent:
      return Physical::kF64;
    case SigType::kText:
      return Physical::kText;
    case SigType::kSet:
      return Physical::kSet;
    default:
      return Physical::kI64;
  }
}

class FunctionMaker {
 public:
  explicit FunctionMaker(uint64_t seed) : random_(seed) {}

  ir::Function Make() {
    ir::Function f;
    f.name = "random";
    f.outputs = kOutputs;
    code_ = &f.code;
    for (uint32_t i = 0; i < kFields; ++i) Add({.op = Opcode::kField, .type = static_cast<Physical>(i % 4), .slot = i});
    const int length = 5 + Below(40);
    for (int i = 0; i < length; ++i) Step();
    for (uint32_t i = 0; i < kOutputs; ++i) {
      Add({.op = Opcode::kStoreOutput, .a = Any(static_cast<Physical>(Below(3))), .slot = i});
    }
    const uint32_t truth = BooleanOrUnknown();
    Add({.op = Opcode::kReturn, .a = truth});
    return f;
  }

 private:
  int Below(int n) { return static_cast<int>(random_() % static_cast<uint64_t>(n)); }
  uint32_t Add(Inst inst) {
    code_->push_back(inst);
    return static_cast<uint32_t>(code_->size() - 1);
  }
  bool MakesValue(const Inst& inst) { return ir::ClassOf(inst.op) == ir::OpClass::kValue; }
  uint32_t Any(Physical type) {
    std::vector<uint32_t> fits;
    for (uint32_t i = 0; i < code_->size(); ++i) {
      if (MakesValue((*code_)[i]) && (*code_)[i].type == type) fits.push_back(i);
    }
    return fits[static_cast<size_t>(Below(static_cast<int>(fits.size())))];
  }
  uint32_t BooleanOrUnknown() {
    // A comparison of two integers: true, false or unknown.
    return Add({.op = Opcode::kBuiltin, .builtin = less_count_, .a = Any(Physical::kI64), .b = Any(Physical::kI64)});
  }

  void Step() {
    switch (Below(24)) {
      case 0:
        Add({.op = Opcode::kConst, .imm = Constant()});
        return;
      case 1:
        Add({.op = Opcode::kConst, .type = Physical::kF64, .imm = std::bit_cast<int64_t>(static_cast<double>(Below(9)) * 0.25)});
        return;
      case 2:
        Add({.op = Opcode::kUnknown, .type = static_cast<Physical>(Below(2))});
        return;
      case 3:
        Add({.op = Opcode::kConstText, .type = Physical::kText, .slot = static_cast<uint32_t>(Below(3))});
        return;
      case 4:
        Add({.op = Below(2) ? Opcode::kAnd : Opcode::kOr, .a = BooleanOrUnknown(), .b = BooleanOrUnknown()});
        return;
      case 5:
        Add({.op = Opcode::kNot, .a = BooleanOrUnknown()});
        return;
      case 6: {
        const Physical type = static_cast<Physical>(Below(3));
        const uint32_t a = Any(type), b = Any(type);
        Add({.op = Opcode::kDefault, .type = type, .a = a, .b = b});
        return;
      }
      case 7: {
        const Physical type = static_cast<Physical>(Below(2));
        const uint32_t a = Any(type);
        Add({.op = Opcode::kRequire, .type = type, .a = a, .b = BooleanOrUnknown()});
        return;
      }
      case 8:
        Add({.op = Opcode::kInTexts, .a = Any(Physical::kText), .slot = 0});
        return;
      case 9:
        Add({.op = Opcode::kMatches, .a = Any(Physical::kText), .slot = 0});
        return;
      case 10:
        Add({.op = Opcode::kHasAny, .a = Any(Physical::kSet), .slot = 0});
        return;
      case 11:
        Add({.op = Opcode::kInInts, .a = Any(Physical::kI64), .slot = 0});
        return;
      case 12:
        StateRead();
        return;
      case 13:
        StateWrite();
        return;
      case 14:
        if (Below(6) == 0) Add({.op = Below(2) ? Opcode::kExitIfFalse : Opcode::kExitUnlessTrue, .a = BooleanOrUnknown()});
        return;
      case 15:
        Add({.op = Opcode::kNow});
        return;
      default: {
        const auto rows = stdlib::Builtins();
        const stdlib::BuiltinRow& row = rows[static_cast<size_t>(Below(static_cast<int>(rows.size())))];
        Inst inst{.op = Opcode::kBuiltin, .type = PhysicalOfSig(row.result), .builtin = row.id};
        uint32_t* operands[3] = {&inst.a, &inst.b, &inst.c};
        for (unsigned i = 0; i < row.arity; ++i) *operands[i] = Any(PhysicalOfSig(row.params[i]));
        Add(inst);
        return;
      }
    }
  }

  void StateRead() {
    switch (Below(12)) {
      case 10:
        Add({.op = Opcode::kRowRead, .slot = kRow, .imm = 1 + Below(4)});
        return;
      case 11: {
        const bool f64 = Below(2) != 0;
        Add({.op = Below(2) ? Opcode::kPeakRead : Opcode::kLowRead, .type = f64 ? Physical::kF64 : Physical::kI64,
             .slot = f64 ? kExtremeF : kExtreme, .slot2 = f64 ? kExtremeLogF : kExtremeLog, .imm = 5 * kHour});
        return;
      }
      case 0:
        Add({.op = Opcode::kSlot, .slot = kTotal});
        return;
      case 1:
        Add({.op = Opcode::kKept, .slot = kKept});
        return;
      case 2:
        Add({.op = Opcode::kRecentsCount, .slot = kRecents, .slot2 = kRecentsCapacity, .imm = 3 * kHour});
        return;
      case 3:
        Add({.op = Opcode::kNoneIn, .slot = kLastAt, .slot2 = static_cast<uint32_t>(Below(2)), .imm = Below(3) * kHour});
        return;
      case 4:
        Add({.op = Opcode::kIsFresh, .slot = kObserved, .imm = 2 * kHour});
        return;
      case 5:
        Add({.op = Opcode::kHoldRead, .slot = kHold, .slot2 = static_cast<uint32_t>(Below(2) * 2), .imm = 2 * kHour});
        return;
      case 6:
        Add({.op = Opcode::kSegmentTurned, .slot = kSegment, .imm = 1 + Below(2)});
        return;
      case 7:
        Add({.op = Opcode::kFromFixed, .type = Physical::kF64, .a = Any(Physical::kI64)});
        return;
      case 8:
        Add({.op = Opcode::kToFixed, .a = Any(Physical::kF64)});
        return;
      default: {
        Add({.op = Opcode::kCursorAdvance, .slot = kLog, .slot2 = kCursor, .imm = 5 * kHour});
        static constexpr Opcode kReads[] = {Opcode::kLogSum, Opcode::kLogCount, Opcode::kLogFirst,   Opcode::kLogLast,
                                            Opcode::kLogMin, Opcode::kLogMax,   Opcode::kLogDistinct};
        Add({.op = kReads[Below(7)], .slot = kLog, .slot2 = kCursor});
        return;
      }
    }
  }

  void StateWrite() {
    const uint32_t guard = Below(2) ? BooleanOrUnknown() : ir::kNoValue;
    switch (Below(11)) {
      case 6:
        Add({.op = Opcode::kSeqBegin, .slot = kSequence});
        Add({.op = Opcode::kSeqAdvance, .b = guard, .slot = kSequence, .slot2 = 1 | kMrSeqLast, .imm = kHour});
        Add({.op = Opcode::kSeqAdvance, .b = BooleanOrUnknown(), .slot = kSequence, .slot2 = 0, .imm = 2 * kHour});
        Add({.op = Opcode::kSeqStart, .b = BooleanOrUnknown(), .slot = kSequence});
        if (Below(3) == 0) Add({.op = Opcode::kSeqEnd, .b = BooleanOrUnknown(), .slot = kSequence, .slot2 = 1});
        Add({.op = Opcode::kSlot, .slot = kSequence});
        return;
      case 7: {
        const uint32_t each = Below(2) ? uint32_t{kMrSeqEach} : 0;
        const uint32_t key = Below(2) ? Any(Physical::kI64) : Any(Physical::kText);
        const uint32_t key2 = Below(2) ? Any(Physical::kF64) : ir::kNoValue;
        Add({.op = Opcode::kSeqBegin, .slot = kRuns});
        Add({.op = Opcode::kRunsExpire, .slot = kRuns, .slot2 = 0, .imm = 2 * kHour});
        Add({.op = Opcode::kRunsEnd, .a = key, .b = BooleanOrUnknown(), .c = key2, .slot = kRuns, .slot2 = 1});
        Add({.op = Opcode::kRunsAdvance, .a = key, .b = guard, .c = key2, .slot = kRuns, .slot2 = each});
        Add({.op = Opcode::kRunsStart, .a = key, .b = BooleanOrUnknown(), .c = key2, .slot = kRuns, .slot2 = each});
        Add({.op = Opcode::kSlot, .slot = kRuns});
        return;
      }
      case 0:
        Add({.op = Opcode::kTotalAdd, .a = Any(Physical::kI64), .b = guard, .slot = kTotal});
        return;
      case 1: {
        static constexpr Opcode kWrites[] = {Opcode::kKeptSet, Opcode::kKeptFirst, Opcode::kKeptMin, Opcode::kKeptMax};
        const bool f64 = Below(2) != 0;
        Add({.op = kWrites[Below(4)], .a = Any(f64 ? Physical::kF64 : Physical::kI64), .b = guard, .slot = f64 ? kKeptF : kKept});
        return;
      }
      case 2:
        Add({.op = Opcode::kLastAtSet, .b = guard, .slot = kLastAt});
        return;
      case 3:
        Add({.op = Opcode::kRecentsAdd, .b = guard, .slot = kRecents, .slot2 = kRecentsCapacity});
        return;
      case 4:
        Add({.op = Opcode::kObserve, .b = guard, .slot = kObserved});
        return;
      case 5:
        Add({.op = Opcode::kDistinctAdd, .a = Any(Physical::kI64), .b = guard, .slot = kDistinctAt});
        Add({.op = Opcode::kDistinctCount, .slot = kDistinctAt});
        return;
      default: {
        Add({.op = Opcode::kCursorAdvance, .slot = kLog, .slot2 = kCursor, .imm = 5 * kHour});
        Add({.op = Opcode::kLogTrim, .slot = kLog, .slot2 = kCursor});
        const uint32_t value = Any(Physical::kI64);
        const uint32_t kept = Add({.op = Opcode::kLogAdd, .a = value, .b = guard, .slot = kLog});
        Add({.op = Opcode::kCursorAdd, .a = value, .b = kept, .slot = kCursor});
        return;
      }
    }
  }

  int64_t Constant() {
    static constexpr int64_t kFrom[] = {0, 1, 2, -1, 1'000'000, 25'500'000, INT64_MAX, INT64_MIN, kHour};
    return kFrom[Below(9)];
  }

  std::mt19937_64 random_;
  std::vector<Inst>* code_ = nullptr;
  stdlib::BuiltinId less_count_ = [] {
    for (const stdlib::BuiltinRow& row : stdlib::Builtins()) {
      if (row.spelling == "<" && row.arity == 2 && row.params[0] == SigType::kCount && row.params[1] == SigType::kCount) return row.id;
    }
    return stdlib::BuiltinId{};
  }();
};

struct Outcome {
  int32_t truth = 0;
  std::vector<int64_t> outputs;  // known, and bits where known
  std::vector<int64_t> record;
  MrStatus trap = 0;
};

constexpr size_t kFunctions = 400;
constexpr int kInstants = 12;

plan::Plan MakePlan() {
  plan::Plan plan;
  plan.texts = {"alpha", "beta", "alphabet"};
  plan.text_sets = {{0, 1}};
  plan.int_sets = {{0, 2, 1'000'000}};
  plan.regexes = {"^al"};
  for (size_t i = 0; i < kFunctions; ++i) plan.functions.push_back(FunctionMaker(i).Make());
  return plan;
}

/// Runs function `id` at several instants on one fresh record, with random fields.
std::vector<Outcome> RunAll(const Program& program, const Code& code, size_t id) {
  std::mt19937_64 random(id * 7919 + 1);
  alignas(64) char record[kRecordBytes] = {};
  reinterpret_cast<MrLastAt*>(record + kLastAt)->at = INT64_MIN;
  reinterpret_cast<MrObserved*>(record + kObserved)->at = INT64_MIN;
  for (int64_t& at : std::span(reinterpret_cast<MrSequence*>(record + kSequence)->at, 2)) at = INT64_MIN;
  const MrText* items[2] = {program.ConstantText(0), program.ConstantText(2)};
  const MrTextSet sets[2] = {{items, 2, 0}, {items + 1, 1, 0}};
  std::vector<Outcome> all;
  int64_t now = kHour;
  for (int i = 0; i < kInstants; ++i) {
    MrValue fields[kFields];
    for (uint32_t f = 0; f < kFields; ++f) {
      fields[f] = {0, static_cast<int64_t>(random() % 4 != 0)};
      if (!fields[f].known) continue;
      switch (static_cast<Physical>(f % 4)) {
        case Physical::kI64:
          fields[f].bits = random() % 8 == 0 ? INT64_MAX - 1 : static_cast<int64_t>(random() % 5) * (random() % 2 ? 1 : 500'000);
          break;
        case Physical::kF64:
          fields[f].bits = std::bit_cast<int64_t>(static_cast<double>(static_cast<int64_t>(random() % 17) - 8) * 0.37);
          break;
        case Physical::kText:
          fields[f].bits = reinterpret_cast<int64_t>(program.ConstantText(static_cast<uint32_t>(random() % 3)));
          break;
        case Physical::kSet:
          fields[f].bits = reinterpret_cast<int64_t>(&sets[random() % 2]);
          break;
      }
    }
    MrValue outputs[kOutputs] = {};
    MrFrame frame{};
    frame.record = record;
    frame.fields = fields;
    frame.outputs = outputs;
    frame.now = now;
    frame.program = &program;
    mr_s_row_step(&frame, kRow, static_cast<int64_t>(random() % 3), i, 4);
    mr_s_extreme_step(&frame, kExtreme, kExtremeLog, random() % 4 != 0, static_cast<int64_t>(random() % 9), 5 * kHour, kMrPeakI64);
    mr_s_extreme_step(&frame, kExtremeF, kExtremeLogF, random() % 4 != 0,
                      std::bit_cast<int64_t>(static_cast<double>(random() % 9) * 0.37), 5 * kHour, kMrLowF64);
    mr_s_row_step(&frame, kRow, static_cast<int64_t>(random() % 3), i, 4);
    mr_s_extreme_step(&frame, kExtreme, kExtremeLog, random() % 4 != 0, static_cast<int64_t>(random() % 9), 5 * kHour, kMrPeakI64);
    mr_s_extreme_step(&frame, kExtremeF, kExtremeLogF, random() % 4 != 0,
                      std::bit_cast<int64_t>(static_cast<double>(random() % 9) * 0.37), 5 * kHour, kMrLowF64);
    Outcome outcome;
    outcome.truth = code.Run(ir::FunctionId(id), &frame);
    outcome.trap = frame.trap;
    for (const MrValue& value : outputs) {
      outcome.outputs.push_back(value.known);
      outcome.outputs.push_back(value.known ? value.bits : 0);
    }
    // The log's ring and the distinct set are memory of their own: compare what they say, not where they are.
    char copy[kRecordBytes];
    std::memcpy(copy, record, sizeof copy);
    std::memset(copy + kLog, 0, sizeof(void*));
    std::memset(copy + kDistinctAt, 0, sizeof(void*));
    auto* runs = reinterpret_cast<MrRuns*>(copy + kRuns);
    for (uint32_t run = 0; run < runs->count; ++run) {
      outcome.outputs.insert(outcome.outputs.end(), {runs->entries[run].at, runs->entries[run].stage, runs->entries[run].keys[0],
                                                     runs->entries[run].keys[1]});
    }
    runs->entries = nullptr;
    std::memset(copy + kExtremeLog, 0, sizeof(void*));
    std::memset(copy + kExtremeLogF, 0, sizeof(void*));
    const auto* words = reinterpret_cast<const int64_t*>(copy);
    outcome.record.assign(words, words + kRecordBytes / 8);
    all.push_back(std::move(outcome));
    now += static_cast<int64_t>(random() % 3) * kHour;
  }
  return all;
}

class JitLevels : public testing::TestWithParam<OptLevel> {};

TEST_P(JitLevels, AgreesWithTheInterpreterOnRandomFunctions) {
  auto jit = LoadJit();
  ASSERT_TRUE(jit.ok()) << jit.error().message;
  auto program = Program::Load(MakePlan());
  ASSERT_TRUE(program.ok());
  const Code interpreted(*program.value());
  Code compiled(*program.value());
  auto stats = jit.value()->Compile(*program.value(), GetParam(), compiled);
  ASSERT_TRUE(stats.ok()) << stats.error().message;
  EXPECT_EQ(stats.value().functions, kFunctions);
  for (size_t id = 0; id < kFunctions; ++id) {
    const auto expected = RunAll(*program.value(), interpreted, id);
    const auto actual = RunAll(*program.value(), compiled, id);
    for (int i = 0; i < kInstants; ++i) {
      const std::string where = "function " + std::to_string(id) + " at instant " + std::to_string(i) + "\n" +
                                ir::Dump(program.value()->plan().functions[id]);
      ASSERT_EQ(expected[i].truth, actual[i].truth) << where;
      ASSERT_EQ(expected[i].outputs, actual[i].outputs) << where;
      ASSERT_EQ(expected[i].record, actual[i].record) << where;
      ASSERT_EQ(expected[i].trap, actual[i].trap) << where;
    }
  }
}

TEST(JitCompile, LeavesDetailsToTheInterpreterUnlessTheyServeOtherwise) {
  auto jit = LoadJit();
  ASSERT_TRUE(jit.ok()) << jit.error().message;
  plan::Plan plan = MakePlan();
  plan.cases.resize(2);
  plan.cases[0].detail = ir::FunctionId(0);
  plan.cases[0].effects = ir::FunctionId(1);
  plan.cases[1].detail = ir::FunctionId(1);
  auto program = Program::Load(std::move(plan));
  ASSERT_TRUE(program.ok());
  Code code(*program.value());
  auto stats = jit.value()->Compile(*program.value(), OptLevel::kNone, code);
  ASSERT_TRUE(stats.ok()) << stats.error().message;
  EXPECT_EQ(stats.value().functions, kFunctions - 1);
}

TEST(JitCompile, FailsOnceItIsCancelled) {
  auto jit = LoadJit();
  ASSERT_TRUE(jit.ok()) << jit.error().message;
  auto program = Program::Load(MakePlan());
  ASSERT_TRUE(program.ok());
  Code code(*program.value());
  jit.value()->Cancel();
  EXPECT_FALSE(jit.value()->Compile(*program.value(), OptLevel::kDefault, code).ok());
}

INSTANTIATE_TEST_SUITE_P(Jit, JitLevels, testing::Values(OptLevel::kNone, OptLevel::kDefault),
                         [](const auto& info) { return info.param == OptLevel::kNone ? "None" : "Default"; });

}  // namespace
}  // namespace mrule::runtime
