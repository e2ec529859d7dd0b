// SPDX-License-Identifier: Apache-2.0
// The rule IR: what the verifier refuses, one case for each of its rules; what the builder folds and shares.
#include <gtest/gtest.h>

#include <bit>

#include "compiler/ir/builder.h"
#include "compiler/ir/ir.h"

namespace mrule::ir {
namespace {

using stdlib::BuiltinId;

constexpr VerifyContext kContext{.record_bytes = 256, .field_count = 2, .texts = 1, .int_sets = 1, .text_sets = 1, .regexes = 1};

Inst Make(Opcode op, Physical type = Physical::kI64, uint32_t slot = 0, uint32_t slot2 = 0, int64_t imm = 0) {
  Inst inst;
  inst.op = op;
  inst.type = type;
  inst.slot = slot;
  inst.slot2 = slot2;
  inst.imm = imm;
  return inst;
}

Inst With(Inst inst, uint32_t a, uint32_t b = kNoValue, uint32_t c = kNoValue) {
  inst.a = a;
  inst.b = b;
  inst.c = c;
  return inst;
}

Inst Call(BuiltinId id, uint32_t a, uint32_t b = kNoValue, Physical type = Physical::kI64) {
  Inst inst = With(Make(Opcode::kBuiltin, type), a, b);
  inst.builtin = id;
  return inst;
}

const Inst kReturnNothing = Make(Opcode::kReturn);

std::string Problem(std::vector<Inst> code, uint32_t outputs = 0) {
  Function function;
  function.name = "f";
  function.code = std::move(code);
  function.outputs = outputs;
  const Result<void> result = Verify(function, kContext);
  return result.ok() ? "" : result.error().message;
}

struct Refused {
  const char* why;
  std::vector<Inst> code;
};

TEST(Verify, RefusesEachKindOfMalformedFunction) {
  const Inst one = Make(Opcode::kConst, Physical::kI64, 0, 0, 1);
  const Inst half = Make(Opcode::kConst, Physical::kF64);
  const Inst text = Make(Opcode::kConstText, Physical::kText);
  const Inst field = Make(Opcode::kField, Physical::kSet);
  const Refused cases[] = {
      {"the last instruction is not Return", {}},
      {"the last instruction is not Return", {one}},
      {"Return is not the last instruction", {kReturnNothing, kReturnNothing}},
      {"operand a is missing", {Make(Opcode::kNot), kReturnNothing}},
      {"operand a does not precede its use", {With(Make(Opcode::kNot), 0), kReturnNothing}},
      {"operand a does not precede its use", {With(Make(Opcode::kNot), 7), kReturnNothing}},
      {"operand a makes no value", {Make(Opcode::kLastAtSet, Physical::kI64, 32), With(Make(Opcode::kNot), 0), kReturnNothing}},
      {"operand a has the wrong type", {half, With(Make(Opcode::kNot), 0), kReturnNothing}},
      {"operand b has the wrong type", {one, half, With(Make(Opcode::kAnd), 0, 1), kReturnNothing}},
      {"operand b is not allowed", {one, With(Make(Opcode::kNot), 0, 0), kReturnNothing}},
      {"operand c is not allowed", {one, With(Make(Opcode::kAnd), 0, 0, 0), kReturnNothing}},
      {"operand a is not allowed", {one, With(Make(Opcode::kNow), 0), kReturnNothing}},
      {"operand a is not allowed", {one, With(Make(Opcode::kLastAtSet, Physical::kI64, 32), 0), kReturnNothing}},
      {"makes a value of the wrong type", {Make(Opcode::kConst, Physical::kText), kReturnNothing}},
      {"makes a value of the wrong type", {Make(Opcode::kNow, Physical::kF64), kReturnNothing}},
      {"makes a value of the wrong type", {one, With(Make(Opcode::kNot, Physical::kF64), 0), kReturnNothing}},
      {"no such text", {Make(Opcode::kConstText, Physical::kText, 1), kReturnNothing}},
      {"no such field", {Make(Opcode::kField, Physical::kI64, 2), kReturnNothing}},
      {"no such set of numbers", {one, With(Make(Opcode::kInInts, Physical::kI64, 1), 0), kReturnNothing}},
      {"operand a has the wrong type", {text, With(Make(Opcode::kInInts), 0), kReturnNothing}},
      {"no such set of texts", {text, With(Make(Opcode::kInTexts, Physical::kI64, 1), 0), kReturnNothing}},
      {"no such set of texts", {field, With(Make(Opcode::kHasAny, Physical::kI64, 1), 0), kReturnNothing}},
      {"operand a has the wrong type", {text, With(Make(Opcode::kHasAny), 0), kReturnNothing}},
      {"no such pattern", {text, With(Make(Opcode::kMatches, Physical::kI64, 1), 0), kReturnNothing}},
      {"no such output", {one, With(Make(Opcode::kStoreOutput), 0), kReturnNothing}},
      {"no such builtin", {one, Call(BuiltinId::kCount_, 0), kReturnNothing}},
      {"operand a has the wrong type", {half, Call(BuiltinId::kGeCount, 0, 0), kReturnNothing}},
      {"operand b is missing", {one, Call(BuiltinId::kGeCount, 0), kReturnNothing}},
      {"operand b is not allowed", {one, Call(BuiltinId::kNegCount, 0, 0), kReturnNothing}},
      {"makes a value of the wrong type", {one, Call(BuiltinId::kGeCount, 0, 0, Physical::kF64), kReturnNothing}},
      {"operand b has the wrong type", {half, one, With(Make(Opcode::kDefault, Physical::kF64), 0, 1), kReturnNothing}},
      {"makes a value of the wrong type", {half, one, With(Make(Opcode::kRequire), 0, 1), kReturnNothing}},
      {"operand a has the wrong type", {half, With(Make(Opcode::kFromFixed, Physical::kF64), 0), kReturnNothing}},
      {"operand a has the wrong type", {one, With(Make(Opcode::kToFixed), 0), kReturnNothing}},
      {"not a multiple of 8", {Make(Opcode::kSlot, Physical::kI64, 36), kReturnNothing}},
      {"lies in the header", {Make(Opcode::kSlot, Physical::kI64, 8), kReturnNothing}},
      {"lies in the header", {Make(Opcode::kSlot, Physical::kI64, 0), kReturnNothing}},
      {"outside the record", {Make(Opcode::kKept, Physical::kI64, 248), kReturnNothing}},
      {"outside the record", {Make(Opcode::kHoldRead, Physical::kI64, 224, 0, 5), kReturnNothing}},
      {"outside the record", {Make(Opcode::kRecentsCount, Physical::kI64, 64, 24, 5), kReturnNothing}},
      {"outside the record", {Make(Opcode::kLogCount, Physical::kI64, 240, 64), kReturnNothing}},
      {"outside the record", {Make(Opcode::kLogCount, Physical::kI64, 64, 248), kReturnNothing}},
      {"the capacity is out of range", {Make(Opcode::kRecentsCount, Physical::kI64, 64, 0, 5), kReturnNothing}},
      {"the capacity is out of range", {Make(Opcode::kRecentsAdd, Physical::kI64, 64, 5000), kReturnNothing}},
      {"the window is not positive", {Make(Opcode::kRecentsCount, Physical::kI64, 64, 2, 0), kReturnNothing}},
      {"the window is not positive", {Make(Opcode::kCursorAdvance, Physical::kI64, 64, 96), kReturnNothing}},
      {"the window is negative", {Make(Opcode::kNoneIn, Physical::kI64, 64, 0, -1), kReturnNothing}},
      {"slot2 is neither 0 nor 1", {Make(Opcode::kNoneIn, Physical::kI64, 64, 2, 1), kReturnNothing}},
      {"the fresh period is not positive", {Make(Opcode::kIsFresh, Physical::kI64, 64), kReturnNothing}},
      {"the duration is not positive", {Make(Opcode::kHoldRead, Physical::kI64, 64), kReturnNothing}},
      {"imm is neither 1 nor 2", {Make(Opcode::kSegmentTurned, Physical::kI64, 64), kReturnNothing}},
      {"there is no such stage", {Make(Opcode::kSeqEnd, Physical::kI64, 64, 7), kReturnNothing}},
      {"slot2 is no stage", {Make(Opcode::kSeqEnd, Physical::kI64, 64, 0x400), kReturnNothing}},
      {"the time between two steps is not positive", {Make(Opcode::kSeqAdvance, Physical::kI64, 64), kReturnNothing}},
      {"outside the record", {Make(Opcode::kSeqAdvance, Physical::kI64, 240, 0, 5), kReturnNothing}},
      {"there is a second key and no first",
       {one, With(Make(Opcode::kRunsStart, Physical::kI64, 64), kNoValue, kNoValue, 0), kReturnNothing}},
      {"operand b has the wrong type",
       {one, half, With(Make(Opcode::kTotalAdd, Physical::kI64, 64), 0, 1), kReturnNothing}},
      {"operand a has the wrong type", {half, With(Make(Opcode::kReturn), 0)}},
      {"operand a has the wrong type", {half, With(Make(Opcode::kExitUnlessTrue), 0), kReturnNothing}},
  };
  for (const Refused& one_case : cases) {
    const std::string problem = Problem(one_case.code);
    EXPECT_NE(problem.find(one_case.why), std::string::npos) << "wanted: " << one_case.why << "\n   got: " << problem;
  }
}

TEST(Verify, TakesTheSubjectsIdentifierFromTheHeader) {
  EXPECT_EQ(Problem({Make(Opcode::kSlot, Physical::kText, 0), With(Make(Opcode::kStoreOutput), 0), kReturnNothing}, 1), "");
}

TEST(Builder, FoldsConstantsWithTheKernels) {
  FunctionBuilder b;
  const uint32_t five = b.Builtin(BuiltinId::kAddCount, {b.Const(2), b.Const(3)});
  EXPECT_TRUE(b.IsConst(five, 5));
  EXPECT_TRUE(b.IsConst(b.Builtin(BuiltinId::kGeCount, {five, b.Const(5)}), 1));
  const uint32_t half = b.Builtin(BuiltinId::kDivCount, {b.Const(1), b.Const(2)});
  EXPECT_TRUE(b.IsConst(half, std::bit_cast<int64_t>(0.5)));
  EXPECT_EQ(b.inst(half).type, Physical::kF64);
  const uint32_t scaled = b.Builtin(BuiltinId::kMulMoneyRatio, {b.Const(50'000'000), half});
  EXPECT_TRUE(b.IsConst(scaled, 25'000'000));
}

TEST(Builder, DivisionByZeroFoldsToUnknownAndOverflowStays) {
  FunctionBuilder b;
  EXPECT_EQ(b.inst(b.Builtin(BuiltinId::kDivCount, {b.Const(1), b.Const(0)})).op, Opcode::kUnknown);
  EXPECT_EQ(b.inst(b.Builtin(BuiltinId::kMulCount, {b.Const(INT64_MAX), b.Const(2)})).op, Opcode::kBuiltin);
}

TEST(Builder, SimplifiesKleeneLogic) {
  FunctionBuilder b;
  const uint32_t x = b.Value(Make(Opcode::kField));
  const uint32_t yes = b.Bool(true), no = b.Bool(false), unknown = b.Unknown(Physical::kI64);
  EXPECT_EQ(b.And(x, yes), x);
  EXPECT_EQ(b.And(no, x), no);
  EXPECT_EQ(b.Or(x, no), x);
  EXPECT_EQ(b.Or(yes, x), yes);
  EXPECT_EQ(b.And(x, x), x);
  EXPECT_EQ(b.Not(b.Not(x)), x);
  EXPECT_EQ(b.Not(unknown), unknown);
  EXPECT_EQ(b.And(no, unknown), no);
  EXPECT_EQ(b.inst(b.And(x, unknown)).op, Opcode::kAnd);  // false or unknown: x decides
  EXPECT_EQ(b.IsKnown(unknown), no);
  EXPECT_EQ(b.IsKnown(b.Value(Make(Opcode::kSlot, Physical::kI64, 40))), yes);
  EXPECT_EQ(b.inst(b.IsKnown(x)).op, Opcode::kIsKnown);
  EXPECT_EQ(b.Default(unknown, x), x);
  EXPECT_EQ(b.Default(yes, x), yes);
  EXPECT_EQ(b.Require(x, yes), x);
  EXPECT_EQ(b.Require(x, no), unknown);
}

TEST(Builder, SharesEqualValuesAndOrdersOperands) {
  FunctionBuilder b;
  const uint32_t x = b.Value(Make(Opcode::kField, Physical::kI64, 0));
  const uint32_t y = b.Value(Make(Opcode::kField, Physical::kI64, 1));
  EXPECT_EQ(b.And(x, y), b.And(y, x));
  EXPECT_EQ(b.Value(Make(Opcode::kField, Physical::kI64, 1)), y);
}

TEST(Builder, SharesValuesInLongFunctionsToo) {
  FunctionBuilder b;
  std::vector<uint32_t> values;
  for (int i = 0; i < 200; ++i) values.push_back(b.Const(i));
  for (int i = 0; i < 200; ++i) EXPECT_EQ(b.Const(i), values[i]);
}

TEST(Builder, ReadsStateAgainAfterItIsWritten) {
  FunctionBuilder b;
  const uint32_t before = b.Value(Make(Opcode::kSlot, Physical::kI64, 40));
  b.Effect(With(Make(Opcode::kTotalAdd, Physical::kI64, 40), b.Const(1)));
  const uint32_t after = b.Value(Make(Opcode::kSlot, Physical::kI64, 40));
  EXPECT_NE(before, after);
  EXPECT_EQ(b.Value(Make(Opcode::kSlot, Physical::kI64, 40)), after);
}

TEST(Builder, AdvancesACursorOnceUntilAnEntryComes) {
  FunctionBuilder b;
  const Inst advance = Make(Opcode::kCursorAdvance, Physical::kI64, 64, 96, 1000);
  b.Effect(advance);
  b.Effect(advance);
  b.LogAdd(With(Make(Opcode::kLogAdd, Physical::kI64, 64), b.Const(1)));
  b.Effect(advance);
  const Function function = b.Finish("f");
  int advances = 0;
  for (const Inst& inst : function.code) advances += inst.op == Opcode::kCursorAdvance;
  EXPECT_EQ(advances, 2);
}

TEST(Builder, DropsEffectsThatCannotHappenAndDeadValues) {
  FunctionBuilder b;
  b.Effect(With(Make(Opcode::kTotalAdd, Physical::kI64, 40), b.Const(1), b.Bool(false)));
  b.Effect(With(Make(Opcode::kKeptSet, Physical::kI64, 40), b.Unknown(Physical::kI64)));
  b.Value(Make(Opcode::kField));
  const Function function = b.Finish("f");
  ASSERT_EQ(function.code.size(), 1u);
  EXPECT_EQ(function.code[0].op, Opcode::kReturn);
}

TEST(Dump, ShowsOperandsSlotsAndGuards) {
  FunctionBuilder b;
  const uint32_t guard = b.Value(Make(Opcode::kField, Physical::kI64, 1));
  b.Effect(With(Make(Opcode::kRecentsAdd, Physical::kI64, 64, 3), kNoValue, guard));
  const uint32_t count = b.Value(Make(Opcode::kRecentsCount, Physical::kI64, 64, 3, 1000));
  b.StoreOutput(b.ConstF64(0.5), 0);
  b.Return(b.Builtin(BuiltinId::kGeCount, {count, b.Const(3)}));
  EXPECT_EQ(Dump(b.Finish("f")),
            "f, 1 outputs\n"
            "  %0 = Field #1\n"
            "  RecentsAdd @64 x3 if %0\n"
            "  %2 = RecentsCount @64 x3 1000\n"
            "  %3 = Const 0.5 : f64\n"
            "  StoreOutput #0 %3\n"
            "  %5 = Const 3\n"
            "  %6 = Builtin GeCount %2 %5\n"
            "  Return %6\n");
}

}  // namespace
}  // namespace mrule::ir
