// SPDX-License-Identifier: Apache-2.0
// The LLVM engine, seen from outside: it turns a plan's functions into machine code and installs them in a Code table. LLVM
// lives in a shared object of its own that is opened on the first call of LoadJit, so a program that never compiles never
// pays for it. This header shows no LLVM type.
#pragma once

#include <cstdint>
#include <memory>
#include <string>

#include "compiler/base/result.h"
#include "runtime/exec/code.h"

namespace mrule::runtime {

enum class OptLevel : uint8_t {
  kNone,     ///< no passes: fastest to compile, kernels are called
  kDefault,  ///< kernels inlined, scalar clean-up
};

struct JitStats {
  uint64_t functions = 0;
  uint64_t modules = 0;
  double compile_seconds = 0;  ///< wall time spent in LLVM
};

class Jit {
 public:
  virtual ~Jit() = default;
  /// Compiles every function of the program and installs it, those that run only for printed decisions last. `code` and the
  /// program are outlived by this Jit, which owns the machine code. May run on a thread of its own while the interpreter works:
  /// each function takes effect as it is installed.
  virtual Result<JitStats> Compile(const Program& program, OptLevel level, Code& code) = 0;
  /// From another thread: a Compile under way or to come stops after the module at hand, and fails.
  virtual void Cancel() = 0;
  /// The optimised LLVM IR of one function, for `mrule dump --phase=llvm`.
  virtual Result<std::string> DumpLlvm(const Program& program, OptLevel level) = 0;
};

/// Opens the LLVM engine. Fails with a reason where it was not built or cannot be opened.
Result<std::unique_ptr<Jit>> LoadJit();

}  // namespace mrule::runtime
