// SPDX-License-Identifier: Apache-2.0
// Rule IR: straight-line functions over known-or-unknown 64-bit values, with early exits and no loops, so that every function
// ends and its cost is its length. Made by plan::Build (from HIR), checked by ir::Verify, run by the interpreter and compiled
// by codegen. All engines share the kernels, so an opcode means the same everywhere.
#pragma once

#include <cstdint>
#include <string>
#include <vector>

#include "compiler/base/id.h"
#include "compiler/base/result.h"
#include "compiler/sema/types.h"
#include "stdlib/builtins.h"

namespace mrule::ir {

using sema::Physical;
using FunctionId = Id<struct FunctionTag>;

enum class Opcode : uint8_t {
#define MR_OP(name, cls, operands) k##name,
#include "compiler/ir/opcodes.def"
};
enum class OpClass : uint8_t { kValue, kEffect, kControl };

const char* OpcodeName(Opcode op);
OpClass ClassOf(Opcode op);
/// Is `slot` a record offset, and is `slot2` one too?
bool ReadsOrWritesRecord(Opcode op);
bool Slot2IsCursor(Opcode op);

/// The record's header (plan::RecordHeader). Functions read only its first word, the subject's identifier: `Slot 0 : text`.
inline constexpr uint32_t kHeaderBytes = 32;

inline constexpr uint32_t kNoValue = 0xFFFFFFFFu;

/// One instruction. Its value, if any, is named by its position in the function.
struct Inst {
  Opcode op = Opcode::kUnknown;
  Physical type = Physical::kI64;  ///< of the value made
  stdlib::BuiltinId builtin{};     ///< kBuiltin
  uint32_t a = kNoValue;
  uint32_t b = kNoValue;
  uint32_t c = kNoValue;
  uint32_t slot = 0;
  uint32_t slot2 = 0;
  int64_t imm = 0;

  friend bool operator==(const Inst&, const Inst&) = default;
};

/// What a truth-valued function returns.
enum Truth : int32_t { kFalse = 0, kTrue = 1, kUnknownTruth = 2 };

struct Function {
  std::string name;  ///< for dumps: `rule "Scale winners" condition`
  std::vector<Inst> code;
  uint32_t outputs = 0;  ///< how many output slots it writes
};

/// Is it well formed? Operands precede their use and have the physical type the opcode needs, offsets lie inside the record
/// and are aligned, table indexes exist, the last instruction is the only kReturn.
struct VerifyContext {
  uint32_t record_bytes = 0;
  uint32_t field_count = 0;
  uint32_t texts = 0, int_sets = 0, text_sets = 0, regexes = 0, clock_tests = 0, windows = 0;
};
Result<void> Verify(const Function& function, const VerifyContext& context);

/// `%3 = Builtin LtRatio %1 %2`, one instruction a line.
std::string Dump(const Function& function);

}  // namespace mrule::ir
