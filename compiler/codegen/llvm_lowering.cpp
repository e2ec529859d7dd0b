// SPDX-License-Identifier: Apache-2.0
#include "compiler/codegen/llvm_lowering.h"

#include <fmt/format.h>
#include <llvm/IR/LLVMContext.h>
#include <llvm/IR/Module.h>

#include "compiler/codegen/function_lowering.h"

namespace mrule::codegen {

std::string SymbolOf(ir::FunctionId id) { return fmt::format("mrule_f{}", id.value); }

std::unique_ptr<llvm::Module> EmitLlvm(const plan::Plan& plan, std::span<const ir::FunctionId> ids, llvm::LLVMContext& context) {
  auto module = std::make_unique<llvm::Module>("mrule", context);
  llvm::FunctionType* type = llvm::FunctionType::get(llvm::Type::getInt32Ty(context), {llvm::PointerType::get(context, 0)}, false);
  for (ir::FunctionId id : ids) {
    llvm::Function* target = llvm::Function::Create(type, llvm::GlobalValue::ExternalLinkage, SymbolOf(id), *module);
    target->addFnAttr(llvm::Attribute::NoUnwind);
    target->addParamAttr(0, llvm::Attribute::NoAlias);
    FunctionLowering(*module, plan.function(id), target).Emit();
  }
  return module;
}

}  // namespace mrule::codegen
