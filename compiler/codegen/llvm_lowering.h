// SPDX-License-Identifier: Apache-2.0
// Rule IR to LLVM IR: one `i32 (ptr frame)` function per ir::Function, with kernels as calls that later passes inline. Pure: the
// same functions give the same text. Executes nothing and reads no clock. LLVM's types stay behind this header's .cpp and
// runtime/jit.
#pragma once

#include <memory>
#include <span>
#include <string>

#include "compiler/plan/plan.h"

namespace llvm {
class LLVMContext;
class Module;
}  // namespace llvm

namespace mrule::codegen {

/// The symbol of a function's machine code.
std::string SymbolOf(ir::FunctionId id);

/// Functions `ids` of `plan` as one module; kernels and host functions are declared, not defined.
std::unique_ptr<llvm::Module> EmitLlvm(const plan::Plan& plan, std::span<const ir::FunctionId> ids, llvm::LLVMContext& context);

}  // namespace mrule::codegen
