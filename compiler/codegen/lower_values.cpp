// SPDX-License-Identifier: Apache-2.0
// Opcodes that make values. Builtins and state reads are calls of their kernels; logic and knownness are plain instructions.
#include <bit>

#include "compiler/base/check.h"
#include "compiler/codegen/function_lowering.h"
#include "stdlib/abi.h"
#include "stdlib/builtins.h"

namespace mrule::codegen {

using ir::Inst;
using ir::Opcode;
using ir::Physical;
using stdlib::SigType;

namespace {

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
    case SigType::kBoolean:
    case SigType::kCount:
    case SigType::kMoney:
    case SigType::kDuration:
    case SigType::kInstant:
    case SigType::kDate:
    case SigType::kTimeOfDay:
    case SigType::kEnum:
      return Physical::kI64;
  }
  return Physical::kI64;
}

bool IsPointer(Physical type) { return type == Physical::kText || type == Physical::kSet; }

}  // namespace

llvm::Value* FunctionLowering::IsTrue(const Pair& pair) {
  return b_.CreateAnd(pair.known, b_.CreateICmpNE(pair.bits, I64(0)));
}

llvm::Value* FunctionLowering::IsFalse(const Pair& pair) {
  return b_.CreateAnd(pair.known, b_.CreateICmpEQ(pair.bits, I64(0)));
}

FunctionLowering::Pair FunctionLowering::FromTruth(llvm::Value* is_true, llvm::Value* is_false) {
  return {b_.CreateZExt(is_true, b_.getInt64Ty()), b_.CreateOr(is_true, is_false)};
}

/// The payload as another physical type's, without changing its bits.
FunctionLowering::Pair FunctionLowering::Cast(const Pair& pair, Physical type) {
  llvm::Type* want = TypeOf(type);
  if (pair.bits->getType() == want) return pair;
  llvm::Value* bits = AsBits(pair);
  if (want->isDoubleTy()) return {b_.CreateBitCast(bits, want), pair.known};
  if (want->isPointerTy()) return {b_.CreateIntToPtr(bits, want), pair.known};
  return {bits, pair.known};
}

template <typename Fn>
FunctionLowering::Pair FunctionLowering::Guarded(llvm::Value* condition, llvm::Type* type, Fn emit) {
  llvm::BasicBlock* from = b_.GetInsertBlock();
  llvm::BasicBlock* act = llvm::BasicBlock::Create(module_.getContext(), "known", target_);
  llvm::BasicBlock* on = llvm::BasicBlock::Create(module_.getContext(), "on", target_);
  b_.CreateCondBr(condition, act, on);
  b_.SetInsertPoint(act);
  const Pair made = emit();
  llvm::BasicBlock* done = b_.GetInsertBlock();
  b_.CreateBr(on);
  b_.SetInsertPoint(on);
  llvm::PHINode* bits = b_.CreatePHI(type, 2);
  bits->addIncoming(llvm::Constant::getNullValue(type), from);
  bits->addIncoming(made.bits, done);
  llvm::PHINode* known = b_.CreatePHI(b_.getInt1Ty(), 2);
  known->addIncoming(b_.getFalse(), from);
  known->addIncoming(made.known, done);
  return {bits, known};
}

FunctionLowering::Pair FunctionLowering::MaybeFromStatus(llvm::Value* status, llvm::Value* bits, llvm::Value* asked,
                                                         uint32_t site) {
  RecordTrap(b_.CreateSelect(asked, status, I32(kMrOk)), site);
  llvm::Value* ok = b_.CreateAnd(asked, b_.CreateICmpEQ(status, I32(kMrOk)));
  return {b_.CreateSelect(ok, bits, llvm::Constant::getNullValue(bits->getType())), ok};
}

FunctionLowering::Pair FunctionLowering::EmitBuiltin(uint32_t index, const Inst& inst) {
  const stdlib::BuiltinRow& row = stdlib::Row(inst.builtin);
  const uint32_t operands[3] = {inst.a, inst.b, inst.c};
  std::vector<llvm::Value*> args;
  llvm::Value* known = b_.getTrue();
  bool pointers = false;
  for (unsigned i = 0; i < row.arity; ++i) {
    const Physical type = PhysicalOfSig(row.params[i]);
    const Pair arg = Cast(At(operands[i]), type);
    args.push_back(arg.bits);
    known = b_.CreateAnd(known, arg.known);
    pointers |= IsPointer(type);
  }
  llvm::Type* result_type = TypeOf(PhysicalOfSig(row.result));
  const auto call = [&](llvm::Value* asked) {
    llvm::Value* out = Out(result_type);
    args.push_back(out);
    llvm::Value* status = Call(row.kernel, b_.getInt32Ty(), args);
    return MaybeFromStatus(status, b_.CreateLoad(result_type, out), asked, index);
  };
  // Kernels are total on any numbers, so they may run on an unknown's zero; an unknown text has nothing to point to.
  if (!pointers) return call(known);
  return Guarded(known, result_type, [&] { return call(b_.getTrue()); });
}

FunctionLowering::Pair FunctionLowering::EmitStateRead(uint32_t index, const Inst& inst) {
  llvm::Type* i64 = b_.getInt64Ty();
  llvm::Type* i32 = b_.getInt32Ty();
  llvm::Value* slot = I32(inst.slot);
  llvm::Value* slot2 = I32(inst.slot2);
  llvm::Value* window = I32(static_cast<uint32_t>(inst.imm));  // of opcodes that name one
  const bool span = inst.imm != 0;                             // of reads of a log
  const bool f64 = inst.type == Physical::kF64;
  const auto known = [&](llvm::Value* bits) { return Pair{bits, b_.getTrue()}; };
  const auto maybe = [&](const char* symbol) {
    llvm::Value* out = Out(i64);
    llvm::Value* status = Call(symbol, i32, {frame_, slot, slot2, out});
    return Cast(MaybeFromStatus(status, b_.CreateLoad(i64, out), b_.getTrue(), index), inst.type);
  };
  switch (inst.op) {
    case Opcode::kRecentsCount:
      return known(Call(inst.slot2 <= kMrLatestMax ? "mr_s_latest_count" : "mr_s_recents_count", i64,
                        {frame_, slot, slot2, I64(inst.imm)}));
    case Opcode::kLogSum:
      return known(Call("mr_s_cursor_sum", i64, {frame_, slot2}));
    case Opcode::kLogCount:
      return known(Call(span ? "mr_s_span_count" : "mr_s_cursor_count", i64, {frame_, slot, slot2}));
    case Opcode::kLogFirst:
      return maybe(span ? "mr_s_span_first" : "mr_s_cursor_first");
    case Opcode::kLogLast:
      return maybe(span ? "mr_s_span_last" : "mr_s_cursor_last");
    case Opcode::kLogMin:
      return maybe(span ? (f64 ? "mr_s_span_min_f64" : "mr_s_span_min_i64") : (f64 ? "mr_s_cursor_min_f64" : "mr_s_cursor_min_i64"));
    case Opcode::kLogMax:
      return maybe(span ? (f64 ? "mr_s_span_max_f64" : "mr_s_span_max_i64") : (f64 ? "mr_s_cursor_max_f64" : "mr_s_cursor_max_i64"));
    case Opcode::kLogDistinct:
      return maybe(span ? "mr_s_span_distinct" : "mr_s_cursor_distinct");
    case Opcode::kRecentsIn:
      return known(Call("mr_s_recents_in", i64, {frame_, slot, slot2, window}));
    case Opcode::kKnownSince: {
      llvm::Value* out = Out(i64);
      llvm::Value* status = Call("mr_s_known_since", i32, {frame_, window, out});
      return MaybeFromStatus(status, b_.CreateLoad(i64, out), b_.getTrue(), index);
    }
    case Opcode::kDistinctCount:
      return known(Call("mr_s_distinct_count", i64, {frame_, slot}));
    case Opcode::kNoneIn: {
      llvm::Value* out = Out(i64);
      llvm::Value* status = Call("mr_s_none_in", i32, {frame_, slot, I64(inst.imm), I64(inst.slot2), out});
      return MaybeFromStatus(status, b_.CreateLoad(i64, out), b_.getTrue(), index);
    }
    case Opcode::kIsFresh:
      return known(Call("mr_s_is_fresh", i64, {frame_, slot, I64(inst.imm)}));
    case Opcode::kHoldRead: {
      llvm::Value* out = Out(i64);
      llvm::Value* status = Call("mr_s_hold_read", i32, {frame_, slot, I64(inst.imm), I64(inst.slot2), out});
      return MaybeFromStatus(status, b_.CreateLoad(i64, out), b_.getTrue(), index);
    }
    case Opcode::kSegmentTurned:
      return known(Call("mr_s_segment_turned", i64, {frame_, slot, I64(inst.imm)}));
    case Opcode::kToday:
      return known(Call("mr_s_today", i64, {frame_, slot, I64(inst.imm)}));
    case Opcode::kInClock:
      return known(Call("mr_s_in_clock", i64, {frame_, slot, I64(inst.imm)}));
    case Opcode::kRowRead:
      return known(Call("mr_s_row_read", i64, {frame_, slot, I64(inst.imm)}));
    case Opcode::kPeakRead:
    case Opcode::kLowRead: {
      const uint32_t order = (inst.op == Opcode::kPeakRead ? kMrPeakI64 : kMrLowI64) + (f64 ? 1 : 0);
      llvm::Value* out = Out(i64);
      llvm::Value* status = Call("mr_s_extreme_read", i32, {frame_, slot, slot2, I64(inst.imm), I32(order), out});
      return Cast(MaybeFromStatus(status, b_.CreateLoad(i64, out), b_.getTrue(), index), inst.type);
    }
    default:
      MR_CHECK(false, "EmitValue sends only state reads here");
  }
  return {};
}

FunctionLowering::Pair FunctionLowering::EmitValue(uint32_t index, const Inst& inst) {
  llvm::Type* i64 = b_.getInt64Ty();
  llvm::Type* type = TypeOf(inst.type);
  const auto load_pair = [&](llvm::Value* at) {
    llvm::Value* known_at = b_.CreateConstInBoundsGEP1_64(b_.getInt8Ty(), at, offsetof(MrValue, known));
    return Pair{b_.CreateLoad(type, at), b_.CreateICmpNE(b_.CreateLoad(i64, known_at), I64(0))};
  };
  switch (inst.op) {
    case Opcode::kConst:
      return Cast({I64(inst.imm), b_.getTrue()}, inst.type);
    case Opcode::kConstText:
      return {Call("mr_rt_constant_text", b_.getPtrTy(), {frame_, I32(inst.slot)}), b_.getTrue()};
    case Opcode::kUnknown:
      return {Zero(inst.type), b_.getFalse()};
    case Opcode::kField:
      return load_pair(b_.CreateConstInBoundsGEP1_64(b_.getInt8Ty(), fields_, uint64_t{inst.slot} * sizeof(MrValue)));
    case Opcode::kSlot:
      return {b_.CreateLoad(type, RecordAddress(inst.slot)), b_.getTrue()};
    case Opcode::kKept:
      static_assert(offsetof(MrKept, known) == offsetof(MrValue, known), "a kept slot is laid out as a value");
      return load_pair(RecordAddress(inst.slot));
    case Opcode::kNow:
      return {now_, b_.getTrue()};
    case Opcode::kBuiltin:
      return EmitBuiltin(index, inst);
    case Opcode::kAnd: {
      const Pair &a = At(inst.a), &b = At(inst.b);
      return FromTruth(b_.CreateAnd(IsTrue(a), IsTrue(b)), b_.CreateOr(IsFalse(a), IsFalse(b)));
    }
    case Opcode::kOr: {
      const Pair &a = At(inst.a), &b = At(inst.b);
      return FromTruth(b_.CreateOr(IsTrue(a), IsTrue(b)), b_.CreateAnd(IsFalse(a), IsFalse(b)));
    }
    case Opcode::kNot: {
      const Pair& a = At(inst.a);
      return FromTruth(IsFalse(a), IsTrue(a));
    }
    case Opcode::kIsKnown:
      return {b_.CreateZExt(At(inst.a).known, i64), b_.getTrue()};
    case Opcode::kDefault: {
      const Pair a = Cast(At(inst.a), inst.type), b = Cast(At(inst.b), inst.type);
      return {b_.CreateSelect(a.known, a.bits, b.bits), b_.CreateOr(a.known, b.known)};
    }
    case Opcode::kRequire: {
      const Pair a = Cast(At(inst.a), inst.type);
      llvm::Value* known = b_.CreateAnd(a.known, IsTrue(At(inst.b)));
      return {b_.CreateSelect(known, a.bits, llvm::Constant::getNullValue(a.bits->getType())), known};
    }
    case Opcode::kInInts:
    case Opcode::kInTexts:
    case Opcode::kHasAny:
    case Opcode::kMatches: {
      const Pair& a = At(inst.a);
      const char* symbol = inst.op == Opcode::kInInts    ? "mr_rt_in_ints"
                           : inst.op == Opcode::kInTexts ? "mr_rt_in_texts"
                           : inst.op == Opcode::kHasAny  ? "mr_rt_has_any"
                                                         : "mr_rt_matches";
      return Guarded(a.known, i64, [&] {
        llvm::Value* arg = inst.op == Opcode::kInInts ? AsBits(a) : a.bits;
        return Pair{Call(symbol, i64, {frame_, I32(inst.slot), arg}), b_.getTrue()};
      });
    }
    case Opcode::kFromFixed: {
      const Pair& a = At(inst.a);
      llvm::Value* made = Call("mr_s_from_fixed", b_.getDoubleTy(), {AsBits(a)});
      return {b_.CreateSelect(a.known, made, Zero(Physical::kF64)), a.known};
    }
    case Opcode::kToFixed: {
      const Pair a = Cast(At(inst.a), Physical::kF64);
      llvm::Value* out = Out(i64);
      llvm::Value* status = Call("mr_s_to_fixed", b_.getInt32Ty(), {a.bits, out});
      return MaybeFromStatus(status, b_.CreateLoad(i64, out), a.known, index);
    }
    default:
      return EmitStateRead(index, inst);
  }
}

}  // namespace mrule::codegen
