// SPDX-License-Identifier: Apache-2.0
#include "compiler/ir/builder.h"

#include <algorithm>
#include <cstring>
#include <utility>

#include "compiler/ir/passes/dead_values.h"
#include "stdlib/abi.h"

namespace mrule::ir {
namespace {

constexpr size_t kLinearMax = 24;  // up to here a scan finds equal values sooner than a hash table does

size_t HashOf(const Inst& inst) {
  uint64_t h = static_cast<uint64_t>(inst.op) | static_cast<uint64_t>(inst.type) << 8 |
               static_cast<uint64_t>(inst.builtin) << 16 | static_cast<uint64_t>(inst.a) << 32;
  auto mix = [&h](uint64_t x) { h = (h ^ x) * 0x9E3779B97F4A7C15u, h ^= h >> 29; };
  mix(static_cast<uint64_t>(inst.b) << 32 | inst.c);
  mix(static_cast<uint64_t>(inst.slot) << 32 | inst.slot2);
  mix(static_cast<uint64_t>(inst.imm));
  return h;
}

double AsDouble(int64_t bits) {
  double value;
  std::memcpy(&value, &bits, sizeof value);
  return value;
}

/// Calls a kernel whose parameters are int64_t or double, with exactly its C type.
template <typename... Args>
MrStatus CallKernel(const stdlib::BuiltinRow& row, const int64_t* bits, void* out, Args... args) {
  if (sizeof...(Args) == row.arity) {
    if constexpr (sizeof...(Args) > 0) {
      const auto address = reinterpret_cast<uintptr_t>(row.address);
      if (PhysicalOf(row.result) == Physical::kF64) {
        return reinterpret_cast<MrStatus (*)(Args..., double*)>(address)(args..., static_cast<double*>(out));
      }
      return reinterpret_cast<MrStatus (*)(Args..., int64_t*)>(address)(args..., static_cast<int64_t*>(out));
    }
  }
  if constexpr (sizeof...(Args) < 3) {
    const int64_t next = bits[sizeof...(Args)];
    if (PhysicalOf(row.params[sizeof...(Args)]) == Physical::kF64) {
      return CallKernel<Args..., double>(row, bits, out, args..., AsDouble(next));
    }
    return CallKernel<Args..., int64_t>(row, bits, out, args..., next);
  }
  return kMrUnknown;
}

bool IsTextual(stdlib::SigType type) {
  return type == stdlib::SigType::kText || type == stdlib::SigType::kSet;
}

bool ReadsState(Opcode op) {
  return ReadsOrWritesRecord(op) && ClassOf(op) == OpClass::kValue && op != Opcode::kLogAdd;
}

Inst Make(Opcode op, Physical type, uint32_t a = kNoValue, uint32_t b = kNoValue) {
  Inst inst;
  inst.op = op;
  inst.type = type;
  inst.a = a;
  inst.b = b;
  return inst;
}

}  // namespace

Physical PhysicalOf(stdlib::SigType type) {
  switch (type) {
    case stdlib::SigType::kNumber:
    case stdlib::SigType::kRatio:
    case stdlib::SigType::kPercent:
      return Physical::kF64;
    case stdlib::SigType::kText:
      return Physical::kText;
    case stdlib::SigType::kSet:
      return Physical::kSet;
    case stdlib::SigType::kBoolean:
    case stdlib::SigType::kCount:
    case stdlib::SigType::kMoney:
    case stdlib::SigType::kDuration:
    case stdlib::SigType::kInstant:
    case stdlib::SigType::kDate:
    case stdlib::SigType::kTimeOfDay:
    case stdlib::SigType::kEnum:
      return Physical::kI64;
  }
  return Physical::kI64;
}

bool FoldBuiltin(stdlib::BuiltinId id, const int64_t* arg_bits, int64_t* bits, bool* unknown) {
  const stdlib::BuiltinRow& row = stdlib::Row(id);
  if (IsTextual(row.result)) return false;
  for (int i = 0; i < row.arity; ++i) {
    if (IsTextual(row.params[i])) return false;
  }
  double f64 = 0;
  int64_t i64 = 0;
  const bool is_f64 = PhysicalOf(row.result) == Physical::kF64;
  const MrStatus status = CallKernel<>(row, arg_bits, is_f64 ? static_cast<void*>(&f64) : &i64);
  if (status > kMrUnknown) return false;
  *unknown = status == kMrUnknown;
  if (is_f64) {
    std::memcpy(bits, &f64, sizeof f64);
  } else {
    *bits = i64;
  }
  return true;
}

uint32_t FunctionBuilder::EpochOf(const Inst& inst) const {
  if (epochs_.empty() || !ReadsState(inst.op)) return 0;
  uint32_t epoch = 0;
  if (auto it = epochs_.find(inst.slot); it != epochs_.end()) epoch += it->second;
  if (Slot2IsCursor(inst.op)) {
    if (auto it = epochs_.find(inst.slot2); it != epochs_.end()) epoch += it->second;
  }
  return epoch;
}

uint32_t FunctionBuilder::Number(const Inst& inst) {
  const uint32_t epoch = EpochOf(inst);
  if (code_.size() <= kLinearMax) {
    for (size_t i = 0; i < code_.size(); ++i) {
      if (code_[i] == inst && epoch_[i] == epoch) return static_cast<uint32_t>(i);
    }
  } else {
    for (; indexed_ < code_.size(); ++indexed_) {
      if (ClassOf(code_[indexed_].op) == OpClass::kValue && code_[indexed_].op != Opcode::kLogAdd) {
        index_.emplace(HashOf(code_[indexed_]), static_cast<uint32_t>(indexed_));
      }
    }
    auto [begin, end] = index_.equal_range(HashOf(inst));
    for (auto it = begin; it != end; ++it) {
      if (code_[it->second] == inst && epoch_[it->second] == epoch) return it->second;
    }
  }
  code_.push_back(inst);
  epoch_.push_back(epoch);
  return static_cast<uint32_t>(code_.size() - 1);
}

uint32_t FunctionBuilder::Const(int64_t bits, Physical type) {
  Inst inst = Make(Opcode::kConst, type);
  inst.imm = bits;
  return Number(inst);
}

uint32_t FunctionBuilder::ConstF64(double value) {
  int64_t bits;
  value += 0.0;  // no negative zero
  std::memcpy(&bits, &value, sizeof bits);
  return Const(bits, Physical::kF64);
}

uint32_t FunctionBuilder::Unknown(Physical type) { return Number(Make(Opcode::kUnknown, type)); }

bool FunctionBuilder::AlwaysKnown(uint32_t value) const {
  const Inst& inst = code_[value];
  switch (inst.op) {
    case Opcode::kConst:
    case Opcode::kConstText:
    case Opcode::kSlot:
    case Opcode::kNow:
    case Opcode::kIsKnown:
    case Opcode::kRecentsCount:
    case Opcode::kRecentsIn:
    case Opcode::kLogSum:
    case Opcode::kLogCount:
    case Opcode::kLogDistinct:
    case Opcode::kDistinctCount:
    case Opcode::kFromFixed:
    case Opcode::kIsFresh:
    case Opcode::kSegmentTurned:
    case Opcode::kToday:
    case Opcode::kInClock:
      return inst.a == kNoValue || inst.op == Opcode::kIsKnown || AlwaysKnown(inst.a);
    case Opcode::kAnd:
    case Opcode::kOr:
      return AlwaysKnown(inst.a) && AlwaysKnown(inst.b);
    case Opcode::kNot:
    case Opcode::kInInts:
    case Opcode::kInTexts:
    case Opcode::kHasAny:
    case Opcode::kMatches:
      return AlwaysKnown(inst.a);
    case Opcode::kDefault:
      return AlwaysKnown(inst.b);
    default:
      return false;
  }
}

uint32_t FunctionBuilder::Builtin(stdlib::BuiltinId id, const std::vector<uint32_t>& args) {
  const stdlib::BuiltinRow& row = stdlib::Row(id);
  Inst inst = Make(Opcode::kBuiltin, PhysicalOf(row.result));
  inst.builtin = id;
  int64_t bits[3] = {0, 0, 0};
  bool constant = true;
  for (size_t i = 0; i < args.size() && i < 3; ++i) {
    const Inst& arg = code_[args[i]];
    if (arg.op == Opcode::kUnknown) return Unknown(inst.type);
    constant &= arg.op == Opcode::kConst;
    bits[i] = arg.imm;
    (i == 0 ? inst.a : i == 1 ? inst.b : inst.c) = args[i];
  }
  if (constant) {
    int64_t result = 0;
    bool unknown = false;
    if (FoldBuiltin(id, bits, &result, &unknown)) return unknown ? Unknown(inst.type) : Const(result, inst.type);
  }
  return Number(inst);
}

uint32_t FunctionBuilder::And(uint32_t a, uint32_t b) {
  if (IsConst(a, 0) || IsConst(b, 0)) return Bool(false);
  if (IsConst(a, 1) || a == b) return b;
  if (IsConst(b, 1)) return a;
  return Number(Make(Opcode::kAnd, Physical::kI64, std::min(a, b), std::max(a, b)));
}

uint32_t FunctionBuilder::Or(uint32_t a, uint32_t b) {
  if (IsConst(a, 1) || IsConst(b, 1)) return Bool(true);
  if (IsConst(a, 0) || a == b) return b;
  if (IsConst(b, 0)) return a;
  return Number(Make(Opcode::kOr, Physical::kI64, std::min(a, b), std::max(a, b)));
}

uint32_t FunctionBuilder::Not(uint32_t a) {
  const Inst inst = code_[a];
  if (inst.op == Opcode::kConst) return Bool(inst.imm == 0);
  if (inst.op == Opcode::kUnknown) return a;
  if (inst.op == Opcode::kNot) return inst.a;
  return Number(Make(Opcode::kNot, Physical::kI64, a));
}

uint32_t FunctionBuilder::IsKnown(uint32_t a) {
  if (AlwaysKnown(a)) return Bool(true);
  if (code_[a].op == Opcode::kUnknown) return Bool(false);
  return Number(Make(Opcode::kIsKnown, Physical::kI64, a));
}

uint32_t FunctionBuilder::Default(uint32_t a, uint32_t b) {
  if (AlwaysKnown(a) || a == b) return a;
  if (code_[a].op == Opcode::kUnknown) return b;
  return Number(Make(Opcode::kDefault, code_[a].type, a, b));
}

uint32_t FunctionBuilder::Require(uint32_t a, uint32_t b) {
  if (IsConst(b, 1) || code_[a].op == Opcode::kUnknown) return a;
  if (IsConst(b, 0) || code_[b].op == Opcode::kUnknown) return Unknown(code_[a].type);
  return Number(Make(Opcode::kRequire, code_[a].type, a, b));
}

uint32_t FunctionBuilder::Value(const Inst& inst) {
  if (inst.a != kNoValue && code_[inst.a].op == Opcode::kUnknown) return Unknown(inst.type);
  return Number(inst);
}

bool FunctionBuilder::PrepareEffect(Inst& inst) {
  if (inst.a != kNoValue && code_[inst.a].op == Opcode::kUnknown) return false;
  if (inst.b == kNoValue) return true;
  if (IsConst(inst.b, 0) || code_[inst.b].op == Opcode::kUnknown) return false;
  if (IsConst(inst.b, 1)) inst.b = kNoValue;
  return true;
}

void FunctionBuilder::Effect(Inst inst) {
  if (!PrepareEffect(inst)) return;
  if (inst.op == Opcode::kCursorAdvance || inst.op == Opcode::kSpanAdvance) {
    // Advancing twice to one instant does nothing the second time, unless an entry came between.
    const uint32_t epoch = epochs_[inst.slot];
    for (size_t i = 0; i < code_.size(); ++i) {
      if (code_[i] == inst && epoch_[i] == epoch) return;
    }
    code_.push_back(inst);
    epoch_.push_back(epoch);
    return Written(inst.slot2);
  }
  code_.push_back(inst);
  epoch_.push_back(0);
  if (inst.op != Opcode::kLogTrim && inst.op != Opcode::kLogKeep) Written(inst.slot);
}

uint32_t FunctionBuilder::LogAdd(Inst inst) {
  if (!PrepareEffect(inst)) return kNoValue;
  code_.push_back(inst);
  epoch_.push_back(0);
  Written(inst.slot);
  return static_cast<uint32_t>(code_.size() - 1);
}

void FunctionBuilder::StoreOutput(uint32_t value, uint32_t output) {
  Inst inst = Make(Opcode::kStoreOutput, Physical::kI64, value);
  inst.slot = output;
  code_.push_back(inst);
  epoch_.push_back(0);
  if (output >= outputs_) outputs_ = output + 1;
}

void FunctionBuilder::ExitUnlessTrue(uint32_t value) {
  if (IsConst(value, 1)) return;
  code_.push_back(Make(Opcode::kExitUnlessTrue, Physical::kI64, value));
  epoch_.push_back(0);
}

void FunctionBuilder::Return(uint32_t value) {
  code_.push_back(Make(Opcode::kReturn, Physical::kI64, value));
  epoch_.push_back(0);
}

Function FunctionBuilder::Finish(std::string name) {
  if (code_.empty() || code_.back().op != Opcode::kReturn) Return();
  Function function;
  function.name = std::move(name);
  function.code = std::move(code_);
  function.outputs = outputs_;
  *this = FunctionBuilder();
  RemoveDeadValues(function);
  return function;
}

}  // namespace mrule::ir
