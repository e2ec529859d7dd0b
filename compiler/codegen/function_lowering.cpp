// SPDX-License-Identifier: Apache-2.0
#include "compiler/codegen/function_lowering.h"

#include <cstddef>

#include "compiler/base/check.h"
#include "stdlib/abi.h"

namespace mrule::codegen {

using ir::Inst;
using ir::OpClass;
using ir::Opcode;
using ir::Physical;

FunctionLowering::FunctionLowering(llvm::Module& module, const ir::Function& function, llvm::Function* target)
    : module_(module), function_(function), target_(target), b_(module.getContext()), values_(function.code.size()) {}

void FunctionLowering::Emit() {
  b_.SetInsertPoint(llvm::BasicBlock::Create(module_.getContext(), "entry", target_));
  frame_ = target_->getArg(0);
  frame_->setName("frame");
  record_ = FrameField(offsetof(MrFrame, record), b_.getPtrTy(), "record");
  fields_ = FrameField(offsetof(MrFrame, fields), b_.getPtrTy(), "fields");
  outputs_ = FrameField(offsetof(MrFrame, outputs), b_.getPtrTy(), "outputs");
  now_ = FrameField(offsetof(MrFrame, now), b_.getInt64Ty(), "now");
  for (uint32_t i = 0; i < function_.code.size(); ++i) EmitInst(i, function_.code[i]);
}

void FunctionLowering::EmitInst(uint32_t index, const Inst& inst) {
  if (inst.op == Opcode::kLogAdd) {
    values_[index] = EmitLogAdd(inst);
    return;
  }
  switch (ir::ClassOf(inst.op)) {
    case OpClass::kValue:
      values_[index] = EmitValue(index, inst);
      return;
    case OpClass::kEffect:
      EmitEffect(inst);
      return;
    case OpClass::kControl:
      EmitControl(inst);
      return;
  }
}

void FunctionLowering::EmitControl(const Inst& inst) {
  switch (inst.op) {
    case Opcode::kStoreOutput: {
      const Pair& value = At(inst.a);
      llvm::Value* at = b_.CreateConstInBoundsGEP1_64(b_.getInt8Ty(), outputs_, uint64_t{inst.slot} * sizeof(MrValue));
      b_.CreateStore(AsBits(value), at);
      llvm::Value* known_at = b_.CreateConstInBoundsGEP1_64(b_.getInt8Ty(), at, offsetof(MrValue, known));
      b_.CreateStore(b_.CreateZExt(value.known, b_.getInt64Ty()), known_at);
      return;
    }
    case Opcode::kExitIfFalse:
      ReturnIf(IsFalse(At(inst.a)), ir::kFalse);
      return;
    case Opcode::kExitUnlessTrue:
      ReturnIf(b_.CreateNot(IsTrue(At(inst.a))), ir::kFalse);
      return;
    case Opcode::kReturn: {
      if (inst.a == ir::kNoValue) {
        b_.CreateRet(I32(ir::kFalse));
        return;
      }
      const Pair& value = At(inst.a);
      llvm::Value* truth = b_.CreateZExt(b_.CreateICmpNE(value.bits, I64(0)), b_.getInt32Ty());
      b_.CreateRet(b_.CreateSelect(value.known, truth, I32(ir::kUnknownTruth)));
      return;
    }
    default:
      MR_CHECK(false, "ClassOf sends only control opcodes here");
  }
}

void FunctionLowering::ReturnIf(llvm::Value* condition, int32_t truth) {
  llvm::BasicBlock* out = llvm::BasicBlock::Create(module_.getContext(), "exit", target_);
  llvm::BasicBlock* on = llvm::BasicBlock::Create(module_.getContext(), "on", target_);
  b_.CreateCondBr(condition, out, on);
  b_.SetInsertPoint(out);
  b_.CreateRet(I32(static_cast<uint32_t>(truth)));
  b_.SetInsertPoint(on);
}

llvm::Value* FunctionLowering::FrameField(unsigned byte_offset, llvm::Type* type, const char* name) {
  llvm::Value* at = b_.CreateConstInBoundsGEP1_64(b_.getInt8Ty(), frame_, byte_offset);
  return b_.CreateLoad(type, at, name);
}

llvm::Value* FunctionLowering::RecordAddress(uint32_t offset) {
  return b_.CreateConstInBoundsGEP1_64(b_.getInt8Ty(), record_, offset);
}

/// frame.trap = the worst status met, frame.trap_site = where. Statuses above kMrUnknown only.
void FunctionLowering::RecordTrap(llvm::Value* status, uint32_t site) {
  llvm::BasicBlock* trapped = llvm::BasicBlock::Create(module_.getContext(), "trapped", target_);
  llvm::BasicBlock* on = llvm::BasicBlock::Create(module_.getContext(), "on", target_);
  llvm::Value* at = b_.CreateConstInBoundsGEP1_64(b_.getInt8Ty(), frame_, offsetof(MrFrame, trap));
  b_.CreateCondBr(b_.CreateICmpUGT(status, I32(kMrUnknown)), trapped, on);
  b_.SetInsertPoint(trapped);
  llvm::Value* before = b_.CreateLoad(b_.getInt32Ty(), at);
  llvm::Value* worse = b_.CreateICmpUGT(status, before);
  b_.CreateStore(b_.CreateSelect(worse, status, before), at);
  llvm::Value* site_at = b_.CreateConstInBoundsGEP1_64(b_.getInt8Ty(), frame_, offsetof(MrFrame, trap_site));
  b_.CreateStore(b_.CreateSelect(worse, I32(site), b_.CreateLoad(b_.getInt32Ty(), site_at)), site_at);
  b_.CreateBr(on);
  b_.SetInsertPoint(on);
}

llvm::Value* FunctionLowering::Call(std::string_view symbol, llvm::Type* result, std::vector<llvm::Value*> args) {
  std::vector<llvm::Type*> types;
  for (llvm::Value* arg : args) types.push_back(arg->getType());
  llvm::FunctionType* type = llvm::FunctionType::get(result, types, false);
  llvm::FunctionCallee callee = module_.getOrInsertFunction(llvm::StringRef(symbol.data(), symbol.size()), type);
  return b_.CreateCall(callee, args);
}

llvm::Type* FunctionLowering::TypeOf(Physical type) {
  switch (type) {
    case Physical::kI64:
      return b_.getInt64Ty();
    case Physical::kF64:
      return b_.getDoubleTy();
    case Physical::kText:
    case Physical::kSet:
      return b_.getPtrTy();
  }
  return nullptr;
}

llvm::Value* FunctionLowering::Zero(Physical type) { return llvm::Constant::getNullValue(TypeOf(type)); }

/// A place for a kernel's result, in the entry block so that it becomes a register.
llvm::Value* FunctionLowering::Out(llvm::Type* type) {
  llvm::BasicBlock& entry = target_->getEntryBlock();
  llvm::IRBuilder<> at_entry(&entry, entry.begin());
  return at_entry.CreateAlloca(type);
}

llvm::Value* FunctionLowering::AsBits(const Pair& pair) {
  llvm::Type* type = pair.bits->getType();
  if (type->isDoubleTy()) return b_.CreateBitCast(pair.bits, b_.getInt64Ty());
  if (type->isPointerTy()) return b_.CreatePtrToInt(pair.bits, b_.getInt64Ty());
  return pair.bits;
}

}  // namespace mrule::codegen
