// SPDX-License-Identifier: Apache-2.0
// Opcodes that no kernel test covers: logic over the unknown, guards, exits, sets and patterns, traps and their sites, and
// functions longer than the stack buffer.
#include <gtest/gtest.h>

#include <bit>

#include "runtime/interp/interpreter.h"
#include "tests/unit/run_fixture.h"

namespace mrule::test {
namespace {

using ir::Opcode;
using ir::Physical;

/// A function written out, position by position.
struct Code {
  ir::Function function;
  uint32_t Push(ir::Inst inst, Physical type = Physical::kI64) {
    inst.type = type;
    function.code.push_back(inst);
    return static_cast<uint32_t>(function.code.size() - 1);
  }
  uint32_t Const(int64_t bits, Physical type = Physical::kI64) { return Push(Make(Opcode::kConst, 0, 0, bits), type); }
  uint32_t Truth(int value) { return value == ir::kUnknownTruth ? Push(Make(Opcode::kUnknown)) : Const(value); }
  uint32_t Builtin(stdlib::BuiltinId id, uint32_t a, uint32_t b) {
    ir::Inst inst = On(Make(Opcode::kBuiltin), a, b);
    inst.builtin = id;
    return Push(inst);
  }
  void Return(uint32_t a = ir::kNoValue) { Push(On(Make(Opcode::kReturn), a)); }
};

struct Result {
  int32_t truth;
  MrStatus trap;
  uint32_t site;
};

Result Interpret(const Code& code, plan::Plan plan = {}, char* record = nullptr, const MrValue* fields = nullptr,
                 MrValue* outputs = nullptr) {
  plan.functions = {code.function};
  auto program = std::move(runtime::Program::Load(std::move(plan))).value();
  MrFrame frame{record, fields, outputs, 100, program.get(), kMrOk, 0};
  int32_t truth = runtime::Interpret(*program, plan::FunctionId(0), &frame);
  return {truth, frame.trap, frame.trap_site};
}

int32_t Combine(Opcode op, int a, int b) {
  Code code;
  uint32_t left = code.Truth(a), right = code.Truth(b);
  code.Return(code.Push(On(Make(op), left, right)));
  return Interpret(code).truth;
}

TEST(Interpreter, LogicIsKleenes) {
  constexpr int F = ir::kFalse, T = ir::kTrue, U = ir::kUnknownTruth;
  int all[] = {F, T, U};
  for (int a : all) {
    for (int b : all) {
      int both = a == F || b == F ? F : a == U || b == U ? U : T;
      int either = a == T || b == T ? T : a == U || b == U ? U : F;
      EXPECT_EQ(Combine(Opcode::kAnd, a, b), both);
      EXPECT_EQ(Combine(Opcode::kOr, a, b), either);
      EXPECT_EQ(Combine(Opcode::kDefault, a, b), a == U ? b : a);
      EXPECT_EQ(Combine(Opcode::kRequire, a, b), b == T ? a : U);
    }
    EXPECT_EQ(Combine(Opcode::kNot, a, T), a == U ? U : a == T ? F : T);
    EXPECT_EQ(Combine(Opcode::kIsKnown, a, T), a == U ? F : T);
  }
}

TEST(Interpreter, EffectsHappenIfTheirGuardIsTrueAndTheirValueKnown) {
  for (int guard : {ir::kFalse, ir::kTrue, ir::kUnknownTruth}) {
    for (bool known : {false, true}) {
      alignas(8) char record[64] = {};
      Code code;
      uint32_t value = known ? code.Const(5) : code.Push(Make(Opcode::kUnknown));
      uint32_t when = code.Truth(guard);
      code.Push(On(Make(Opcode::kTotalAdd, 32), value, when));
      code.Push(On(Make(Opcode::kTotalAdd, 40), value));
      code.Push(On(Make(Opcode::kLastAtSet, 48), ir::kNoValue, when));
      code.Return();
      EXPECT_EQ(Interpret(code, {}, record).truth, ir::kFalse);
      auto word = [&](int offset) { return *reinterpret_cast<int64_t*>(record + offset); };
      EXPECT_EQ(word(32), known && guard == ir::kTrue ? 5 : 0);
      EXPECT_EQ(word(40), known ? 5 : 0);
      EXPECT_EQ(word(48), guard == ir::kTrue ? 100 : 0);
    }
  }
}

TEST(Interpreter, ExitsLeaveTheRestUndone) {
  for (Opcode op : {Opcode::kExitIfFalse, Opcode::kExitUnlessTrue}) {
    for (int value : {ir::kFalse, ir::kTrue, ir::kUnknownTruth}) {
      MrValue output{0, 0};
      Code code;
      code.Push(On(Make(op), code.Truth(value)));
      code.Push(On(Make(Opcode::kStoreOutput, 0), code.Const(9)));
      code.Return(code.Const(1));
      bool goes_on = value == ir::kTrue || (op == Opcode::kExitIfFalse && value == ir::kUnknownTruth);
      EXPECT_EQ(Interpret(code, {}, nullptr, nullptr, &output).truth, goes_on ? ir::kTrue : ir::kFalse);
      EXPECT_EQ(output.bits, goes_on ? 9 : 0);
    }
  }
}

TEST(Interpreter, SetsAndPatterns) {
  plan::Plan plan;
  plan.texts = {"US", "CA", "pricing"};
  plan.text_sets = {{1, 0}};
  plan.int_sets = {{3, 5, 9}, {0, std::bit_cast<int64_t>(2.5)}};
  plan.regexes = {"^/pric.*g$"};
  auto text = [](std::string_view bytes) { return MrText{bytes.data(), static_cast<uint32_t>(bytes.size()), 0}; };
  MrText us = text("US"), de = text("DE"), pricing = text("/pricing"), known_elsewhere = text("pricing");
  const MrText* items[] = {&de, &us};
  MrTextSet set{items, 2, 0}, none{items, 1, 0};
  auto value = [](const auto* pointer) { return MrValue{reinterpret_cast<int64_t>(pointer), 1}; };
  auto ask = [&](Opcode op, MrValue field, uint32_t slot, Physical type) {
    Code code;
    code.Return(code.Push(On(Make(op, slot), code.Push(Make(Opcode::kField, 0), type))));
    return Interpret(code, plan, nullptr, &field).truth;
  };
  EXPECT_EQ(ask(Opcode::kInTexts, value(&us), 0, Physical::kText), ir::kTrue);
  EXPECT_EQ(ask(Opcode::kInTexts, value(&de), 0, Physical::kText), ir::kFalse);
  EXPECT_EQ(ask(Opcode::kInTexts, value(&known_elsewhere), 0, Physical::kText), ir::kFalse);
  EXPECT_EQ(ask(Opcode::kInTexts, {0, 0}, 0, Physical::kText), ir::kUnknownTruth);
  EXPECT_EQ(ask(Opcode::kHasAny, value(&set), 0, Physical::kSet), ir::kTrue);
  EXPECT_EQ(ask(Opcode::kHasAny, value(&none), 0, Physical::kSet), ir::kFalse);
  EXPECT_EQ(ask(Opcode::kMatches, value(&pricing), 0, Physical::kText), ir::kTrue);
  EXPECT_EQ(ask(Opcode::kMatches, value(&us), 0, Physical::kText), ir::kFalse);
  EXPECT_EQ(ask(Opcode::kInInts, {5, 1}, 0, Physical::kI64), ir::kTrue);
  EXPECT_EQ(ask(Opcode::kInInts, {4, 1}, 0, Physical::kI64), ir::kFalse);
  EXPECT_EQ(ask(Opcode::kInInts, {std::bit_cast<int64_t>(-0.0), 1}, 1, Physical::kF64), ir::kTrue);
  EXPECT_EQ(ask(Opcode::kInInts, {std::bit_cast<int64_t>(2.5), 1}, 1, Physical::kF64), ir::kTrue);
}

TEST(Interpreter, ABadPatternIsAnErrorNotACrash) {
  plan::Plan plan;
  plan.regexes = {"("};
  auto program = runtime::Program::Load(plan);
  ASSERT_FALSE(program.ok());
  EXPECT_NE(program.error().message.find("the pattern `(`"), std::string::npos);
}

TEST(Interpreter, ATrapIsLeftWithItsSiteAndItsValueIsUnknown) {
  Code code;
  uint32_t big = code.Const(INT64_MAX), one = code.Const(1);
  uint32_t sum = code.Builtin(stdlib::BuiltinId::kAddCount, big, one);
  code.Return(code.Push(On(Make(Opcode::kIsKnown), sum)));
  Result result = Interpret(code);
  EXPECT_EQ(result.truth, ir::kFalse);
  EXPECT_EQ(result.trap, static_cast<MrStatus>(kMrOverflow));
  EXPECT_EQ(result.site, sum);
}

TEST(Interpreter, ADivisionByZeroIsUnknownAndNoTrap) {
  Code code;
  uint32_t one = code.Const(1), zero = code.Const(0);
  code.Return(code.Push(On(Make(Opcode::kIsKnown), code.Builtin(stdlib::BuiltinId::kDivCount, one, zero))));
  Result result = Interpret(code);
  EXPECT_EQ(result.truth, ir::kFalse);
  EXPECT_LE(result.trap, static_cast<MrStatus>(kMrUnknown));
}

TEST(Interpreter, LongFunctionsRunToTheirEnd) {
  for (int length : {250, 256, 257, 5'000}) {
    Code code;
    uint32_t one = code.Const(1), sum = code.Const(0);
    while (static_cast<int>(code.function.code.size()) < length) sum = code.Builtin(stdlib::BuiltinId::kAddCount, sum, one);
    code.Return(code.Builtin(stdlib::BuiltinId::kEqCount, sum, code.Const(length - 2)));
    EXPECT_EQ(Interpret(code).truth, ir::kTrue) << length;
  }
}

TEST(Interpreter, WindowsCountDistinctValuesHoweverMany) {
  alignas(8) char record[128] = {};
  plan::Plan plan;
  Code code;
  code.Push(Make(Opcode::kCursorAdvance, 32, 64, 1000));
  uint32_t last = 0;
  for (int i = 0; i < 500; ++i) {
    last = code.Const(i % 123);
    code.Push(On(Make(Opcode::kLogAdd, 32), last));
    code.Push(On(Make(Opcode::kDistinctAdd, 80), last));
  }
  uint32_t inside = code.Push(Make(Opcode::kLogDistinct, 32, 64)), all = code.Push(Make(Opcode::kDistinctCount, 80));
  uint32_t count = code.Push(Make(Opcode::kLogCount, 32, 64));
  MrValue outputs[3];
  uint32_t values[] = {inside, all, count};
  for (uint32_t i = 0; i < 3; ++i) code.Push(On(Make(Opcode::kStoreOutput, i), values[i]));
  code.Return();
  Interpret(code, plan, record, nullptr, outputs);
  EXPECT_EQ(outputs[0].bits, 123);
  EXPECT_EQ(outputs[1].bits, 123);
  EXPECT_EQ(outputs[2].bits, 500);
}

}  // namespace
}  // namespace mrule::test
