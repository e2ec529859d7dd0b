// SPDX-License-Identifier: Apache-2.0
// How the rest of the runtime runs a plan's functions without knowing which engine does: a table of function pointers, filled
// by the JIT as it compiles, with the interpreter behind every empty entry. Both give the same results bit for bit.
#pragma once

#include <atomic>
#include <cstdint>
#include <vector>

#include "runtime/interp/interpreter.h"
#include "runtime/program/program.h"
#include "stdlib/abi.h"

namespace mrule::runtime {

/// Machine code of one ir::Function. Returns an ir::Truth.
using NativeFn = int32_t (*)(MrFrame*);

class Code {
 public:
  explicit Code(const Program& program) : native_(program.plan().functions.size()) {}

  /// Runs a function; the frame's record, fields, outputs, now and program are set. The program is the one that this was made for,
  /// or a sibling of it. Null ids are not allowed.
#if defined(__clang__)
  // Machine code made at run time lacks the mark that -fsanitize=function looks for before a function.
  __attribute__((no_sanitize("function")))
#endif
  int32_t Run(plan::FunctionId id, MrFrame* frame) const {
    NativeFn fn = native_[id.index()].load(std::memory_order_acquire);
    return fn != nullptr ? fn(frame) : Interpret(*static_cast<const Program*>(frame->program), id, frame);
  }
  /// From the JIT's thread; takes effect at the next call.
  void Install(plan::FunctionId id, NativeFn fn) { native_[id.index()].store(fn, std::memory_order_release); }

 private:
  std::vector<std::atomic<NativeFn>> native_;
};

}  // namespace mrule::runtime
