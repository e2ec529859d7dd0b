// SPDX-License-Identifier: Apache-2.0
// Opcodes that write the record: each is a call of its kernel under its guard.
#include "compiler/base/check.h"
#include "compiler/codegen/function_lowering.h"
#include "stdlib/abi.h"

namespace mrule::codegen {

using ir::Inst;
using ir::Opcode;
using ir::Physical;

/// True when the effect is to happen: the guard, if any, is true, and the value, if needed, known.
llvm::Value* FunctionLowering::EffectGuard(const Inst& inst, bool needs_value) {
  llvm::Value* guard = b_.getTrue();
  if (inst.b != ir::kNoValue) guard = IsTrue(At(inst.b));
  if (needs_value) guard = b_.CreateAnd(guard, At(inst.a).known);
  return guard;
}

void FunctionLowering::EmitEffect(const Inst& inst) {
  const bool needs_value = inst.a != ir::kNoValue;
  llvm::Value* guard = EffectGuard(inst, needs_value);
  llvm::BasicBlock* act = llvm::BasicBlock::Create(module_.getContext(), "act", target_);
  llvm::BasicBlock* on = llvm::BasicBlock::Create(module_.getContext(), "on", target_);
  b_.CreateCondBr(guard, act, on);
  b_.SetInsertPoint(act);
  llvm::Type* none = b_.getVoidTy();
  llvm::Value* slot = I32(inst.slot);
  llvm::Value* slot2 = I32(inst.slot2);
  llvm::Value* bits = needs_value ? AsBits(At(inst.a)) : nullptr;
  const bool f64 = needs_value && At(inst.a).bits->getType()->isDoubleTy();
  switch (inst.op) {
    case Opcode::kTotalAdd:
      Call("mr_s_total_add", none, {frame_, slot, bits});
      break;
    case Opcode::kKeptSet:
      Call("mr_s_kept_set", none, {frame_, slot, bits});
      break;
    case Opcode::kKeptFirst:
      Call("mr_s_kept_first", none, {frame_, slot, bits});
      break;
    case Opcode::kKeptMin:
      Call(f64 ? "mr_s_kept_min_f64" : "mr_s_kept_min_i64", none, {frame_, slot, bits});
      break;
    case Opcode::kKeptMax:
      Call(f64 ? "mr_s_kept_max_f64" : "mr_s_kept_max_i64", none, {frame_, slot, bits});
      break;
    case Opcode::kLastAtSet:
      Call("mr_s_last_at_set", none, {frame_, slot});
      break;
    case Opcode::kRecentsAdd:
      Call(inst.slot2 <= kMrLatestMax ? "mr_s_latest_add" : "mr_s_recents_add", none, {frame_, slot, slot2});
      break;
    case Opcode::kCursorAdvance:
      Call("mr_s_cursor_advance", none, {frame_, slot, slot2, I64(inst.imm)});
      break;
    case Opcode::kCursorAdd:
      Call("mr_s_cursor_add", none, {frame_, slot, bits});
      break;
    case Opcode::kLogTrim:
      Call("mr_s_log_trim", none, {frame_, slot, slot2});
      break;
    case Opcode::kSpanAdvance:
      Call("mr_s_span_advance", none, {frame_, slot, slot2, I32(static_cast<uint32_t>(inst.imm))});
      break;
    case Opcode::kLogKeep:
      Call("mr_s_log_keep", none, {frame_, slot, slot2});
      break;
    case Opcode::kDistinctAdd:
      Call("mr_s_distinct_add", none, {frame_, slot, bits});
      break;
    case Opcode::kObserve:
      Call("mr_s_observe", none, {frame_, slot});
      break;
    case Opcode::kSeqBegin:
      Call("mr_s_seq_begin", none, {frame_, slot});
      break;
    case Opcode::kSeqStart:
      Call("mr_s_seq_start", none, {frame_, slot});
      break;
    case Opcode::kSeqAdvance:
      Call("mr_s_seq_advance", none, {frame_, slot, I64(inst.slot2), I64(inst.imm)});
      break;
    case Opcode::kSeqEnd:
      Call("mr_s_seq_end", none, {frame_, slot, I64(inst.slot2)});
      break;
    case Opcode::kRunsExpire:
      Call("mr_s_runs_expire", none, {frame_, slot, I64(inst.slot2), I64(inst.imm)});
      break;
    case Opcode::kRunsStart:
    case Opcode::kRunsAdvance:
    case Opcode::kRunsEnd: {
      const char* symbol = inst.op == Opcode::kRunsStart     ? "mr_s_runs_start"
                           : inst.op == Opcode::kRunsAdvance ? "mr_s_runs_advance"
                                                             : "mr_s_runs_end";
      llvm::Value* key2 = inst.c != ir::kNoValue ? AsBits(At(inst.c)) : I64(0);
      Call(symbol, none, {frame_, slot, I64(inst.slot2), needs_value ? bits : I64(0), key2});
      break;
    }
    default:
      MR_CHECK(false, "ClassOf sends only effect opcodes here");
  }
  b_.CreateBr(on);
  b_.SetInsertPoint(on);
}

FunctionLowering::Pair FunctionLowering::EmitLogAdd(const Inst& inst) {
  llvm::Value* guard = EffectGuard(inst, true);
  llvm::BasicBlock* from = b_.GetInsertBlock();
  llvm::BasicBlock* act = llvm::BasicBlock::Create(module_.getContext(), "log", target_);
  llvm::BasicBlock* on = llvm::BasicBlock::Create(module_.getContext(), "on", target_);
  b_.CreateCondBr(guard, act, on);
  b_.SetInsertPoint(act);
  llvm::Value* kept = Call("mr_s_log_add", b_.getInt64Ty(), {frame_, I32(inst.slot), AsBits(At(inst.a))});
  b_.CreateBr(on);
  b_.SetInsertPoint(on);
  llvm::PHINode* result = b_.CreatePHI(b_.getInt64Ty(), 2);
  result->addIncoming(I64(0), from);
  result->addIncoming(kept, act);
  return {result, b_.getTrue()};
}

}  // namespace mrule::codegen
