// SPDX-License-Identifier: Apache-2.0
// The reference meaning of every opcode: runs one function of the plan, instruction by instruction, on the kernels of the
// standard library. The JIT must agree with it bit for bit.
#pragma once

#include "compiler/plan/plan.h"
#include "runtime/program/program.h"
#include "stdlib/abi.h"

namespace mrule::runtime {

/// Returns an ir::Truth (kFalse for functions that return nothing). Traps are left in the frame.
int32_t Interpret(const Program& program, plan::FunctionId id, MrFrame* frame);

}  // namespace mrule::runtime
