// SPDX-License-Identifier: Apache-2.0
// Names and text of the rule IR. The text is for people and golden files: no addresses, no hashes, one instruction a line.
#include "compiler/ir/ir.h"

#include <cstdio>
#include <cstring>

namespace mrule::ir {
namespace {

struct OpcodeRow {
  const char* name;
  OpClass cls;
};

constexpr OpcodeRow kOpcodes[] = {
#define MR_OP(name, cls, operands) {#name, OpClass::cls},
#include "compiler/ir/opcodes.def"
};

bool NamesRecordSlot(Opcode op) {
  switch (op) {
    case Opcode::kConst:
    case Opcode::kConstText:
    case Opcode::kUnknown:
    case Opcode::kField:
    case Opcode::kNow:
    case Opcode::kBuiltin:
    case Opcode::kAnd:
    case Opcode::kOr:
    case Opcode::kNot:
    case Opcode::kIsKnown:
    case Opcode::kDefault:
    case Opcode::kRequire:
    case Opcode::kInInts:
    case Opcode::kInTexts:
    case Opcode::kHasAny:
    case Opcode::kMatches:
    case Opcode::kFromFixed:
    case Opcode::kToFixed:
    case Opcode::kKnownSince:
    case Opcode::kStoreOutput:
    case Opcode::kExitIfFalse:
    case Opcode::kExitUnlessTrue:
    case Opcode::kReturn:
      return false;
    case Opcode::kSlot:
    case Opcode::kKept:
    case Opcode::kRecentsCount:
    case Opcode::kRecentsIn:
    case Opcode::kLogSum:
    case Opcode::kLogCount:
    case Opcode::kLogFirst:
    case Opcode::kLogLast:
    case Opcode::kLogMin:
    case Opcode::kLogMax:
    case Opcode::kLogDistinct:
    case Opcode::kDistinctCount:
    case Opcode::kNoneIn:
    case Opcode::kIsFresh:
    case Opcode::kHoldRead:
    case Opcode::kSegmentTurned:
    case Opcode::kToday:
    case Opcode::kInClock:
    case Opcode::kRowRead:
    case Opcode::kPeakRead:
    case Opcode::kLowRead:
    case Opcode::kTotalAdd:
    case Opcode::kKeptSet:
    case Opcode::kKeptFirst:
    case Opcode::kKeptMin:
    case Opcode::kKeptMax:
    case Opcode::kLastAtSet:
    case Opcode::kRecentsAdd:
    case Opcode::kCursorAdvance:
    case Opcode::kLogAdd:
    case Opcode::kCursorAdd:
    case Opcode::kLogTrim:
    case Opcode::kSpanAdvance:
    case Opcode::kLogKeep:
    case Opcode::kDistinctAdd:
    case Opcode::kObserve:
    case Opcode::kSeqBegin:
    case Opcode::kSeqStart:
    case Opcode::kSeqAdvance:
    case Opcode::kSeqEnd:
    case Opcode::kRunsExpire:
    case Opcode::kRunsStart:
    case Opcode::kRunsAdvance:
    case Opcode::kRunsEnd:
      return true;
  }
  return false;
}

bool NamesTable(Opcode op) {
  return op == Opcode::kConstText || op == Opcode::kField || op == Opcode::kInInts || op == Opcode::kInTexts ||
         op == Opcode::kHasAny || op == Opcode::kMatches || op == Opcode::kStoreOutput;
}

const char* PhysicalName(Physical type) {
  switch (type) {
    case Physical::kI64:
      return "i64";
    case Physical::kF64:
      return "f64";
    case Physical::kText:
      return "text";
    case Physical::kSet:
      return "set";
  }
  return "";
}

std::string Number(double value) {
  char text[40];
  for (int digits = 6; digits <= 17; ++digits) {  // the shortest text that reads back as the same number
    std::snprintf(text, sizeof text, "%.*g", digits, value);
    double back = 0;
    std::sscanf(text, "%lf", &back);
    if (back == value) break;
  }
  return text;
}

}  // namespace

const char* OpcodeName(Opcode op) { return kOpcodes[static_cast<size_t>(op)].name; }
OpClass ClassOf(Opcode op) { return kOpcodes[static_cast<size_t>(op)].cls; }
bool ReadsOrWritesRecord(Opcode op) { return NamesRecordSlot(op); }

bool Slot2IsCursor(Opcode op) {
  switch (op) {
    case Opcode::kLogSum:
    case Opcode::kLogCount:
    case Opcode::kLogFirst:
    case Opcode::kLogLast:
    case Opcode::kLogMin:
    case Opcode::kLogMax:
    case Opcode::kPeakRead:
    case Opcode::kLowRead:
    case Opcode::kLogDistinct:
    case Opcode::kCursorAdvance:
    case Opcode::kLogTrim:
    case Opcode::kSpanAdvance:
    case Opcode::kLogKeep:
      return true;
    default:
      return false;
  }
}

std::string Dump(const Function& function) {
  std::string out = function.name;
  if (function.outputs != 0) out += ", " + std::to_string(function.outputs) + " outputs";
  out += "\n";
  for (size_t i = 0; i < function.code.size(); ++i) {
    const Inst& inst = function.code[i];
    out += "  ";
    if (ClassOf(inst.op) == OpClass::kValue) out += "%" + std::to_string(i) + " = ";
    out += OpcodeName(inst.op);
    if (inst.op == Opcode::kBuiltin) {
      out += " ";
      out += stdlib::Row(inst.builtin).name;
    }
    if (inst.op == Opcode::kConst) {
      double number;
      std::memcpy(&number, &inst.imm, sizeof number);
      out += " " + (inst.type == Physical::kF64 ? Number(number) : std::to_string(inst.imm));
    }
    if (NamesTable(inst.op)) out += " #" + std::to_string(inst.slot);
    if (NamesRecordSlot(inst.op)) {
      out += " @" + std::to_string(inst.slot);
      if (Slot2IsCursor(inst.op)) {
        out += " @" + std::to_string(inst.slot2);
      } else if (inst.slot2 != 0) {
        out += " x" + std::to_string(inst.slot2);
      }
      if (inst.imm != 0 || inst.op == Opcode::kSpanAdvance || inst.op == Opcode::kRecentsIn) out += " " + std::to_string(inst.imm);
    }
    if (inst.op == Opcode::kKnownSince) out += " " + std::to_string(inst.imm);
    const bool guarded = ClassOf(inst.op) == OpClass::kEffect || inst.op == Opcode::kLogAdd;
    if (inst.a != kNoValue) out += " %" + std::to_string(inst.a);
    if (inst.b != kNoValue) out += (guarded ? " if %" : " %") + std::to_string(inst.b);
    if (inst.c != kNoValue) out += " %" + std::to_string(inst.c);
    if (ClassOf(inst.op) == OpClass::kValue && inst.type != Physical::kI64) {
      out += std::string(" : ") + PhysicalName(inst.type);
    }
    out += "\n";
  }
  return out;
}

}  // namespace mrule::ir
