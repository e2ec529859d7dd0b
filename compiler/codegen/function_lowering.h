// SPDX-License-Identifier: Apache-2.0
// One ir::Function into one llvm::Function: the inside of llvm_lowering.cpp. Every value is a pair of a payload (i64, double or
// ptr) and an i1 that says whether it is known.
#pragma once

#include <string_view>
#include <vector>

#include <llvm/IR/IRBuilder.h>
#include <llvm/IR/Module.h>

#include "compiler/ir/ir.h"

namespace mrule::codegen {

class FunctionLowering {
 public:
  FunctionLowering(llvm::Module& module, const ir::Function& function, llvm::Function* target);
  void Emit();

 private:
  struct Pair {
    llvm::Value* bits = nullptr;
    llvm::Value* known = nullptr;
  };

  // function_lowering.cpp: the frame and control
  void EmitInst(uint32_t index, const ir::Inst& inst);
  void EmitControl(const ir::Inst& inst);
  void ReturnIf(llvm::Value* condition, int32_t truth);
  llvm::Value* FrameField(unsigned byte_offset, llvm::Type* type, const char* name);
  llvm::Value* RecordAddress(uint32_t offset);
  void RecordTrap(llvm::Value* status, uint32_t site);

  // lower_values.cpp
  Pair EmitValue(uint32_t index, const ir::Inst& inst);
  Pair EmitBuiltin(uint32_t index, const ir::Inst& inst);
  Pair EmitStateRead(uint32_t index, const ir::Inst& inst);
  Pair MaybeFromStatus(llvm::Value* status, llvm::Value* bits, llvm::Value* asked, uint32_t site);
  /// Runs `emit` only when `condition` holds; its pair elsewhere is unknown.
  template <typename Fn>
  Pair Guarded(llvm::Value* condition, llvm::Type* type, Fn emit);
  llvm::Value* IsTrue(const Pair& pair);
  llvm::Value* IsFalse(const Pair& pair);
  Pair FromTruth(llvm::Value* is_true, llvm::Value* is_false);
  Pair Cast(const Pair& pair, ir::Physical type);

  // lower_effects.cpp
  void EmitEffect(const ir::Inst& inst);
  llvm::Value* EffectGuard(const ir::Inst& inst, bool needs_value);
  Pair EmitLogAdd(const ir::Inst& inst);

  // helpers
  llvm::Value* Call(std::string_view symbol, llvm::Type* result, std::vector<llvm::Value*> args);
  llvm::Type* TypeOf(ir::Physical type);
  llvm::Value* Zero(ir::Physical type);
  llvm::Value* I32(uint32_t v) { return b_.getInt32(v); }
  llvm::Value* I64(int64_t v) { return b_.getInt64(static_cast<uint64_t>(v)); }
  llvm::Value* Out(llvm::Type* type);
  llvm::Value* AsBits(const Pair& pair);
  Pair& At(uint32_t value) { return values_[value]; }

  llvm::Module& module_;
  const ir::Function& function_;
  llvm::Function* target_;
  llvm::IRBuilder<> b_;
  llvm::Value* frame_ = nullptr;
  llvm::Value* record_ = nullptr;
  llvm::Value* fields_ = nullptr;
  llvm::Value* outputs_ = nullptr;
  llvm::Value* now_ = nullptr;
  std::vector<Pair> values_;
};

}  // namespace mrule::codegen
