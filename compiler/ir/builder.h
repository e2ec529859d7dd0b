// SPDX-License-Identifier: Apache-2.0
// Makes one function: every equal value once (value numbering), constants folded by the kernels themselves, Kleene logic
// simplified, dead values dropped. Lowering asks for values and never looks back at the code it made.
#pragma once

#include <string>
#include <unordered_map>
#include <vector>

#include "compiler/ir/ir.h"

namespace mrule::ir {

class FunctionBuilder {
 public:
  // --- values; each returns its position, perhaps that of an equal earlier value ---
  uint32_t Const(int64_t bits, Physical type = Physical::kI64);
  uint32_t ConstF64(double value);
  uint32_t Bool(bool value) { return Const(value ? 1 : 0); }
  uint32_t Unknown(Physical type);
  uint32_t Builtin(stdlib::BuiltinId id, const std::vector<uint32_t>& args);
  uint32_t And(uint32_t a, uint32_t b);
  uint32_t Or(uint32_t a, uint32_t b);
  uint32_t Not(uint32_t a);
  uint32_t IsKnown(uint32_t a);
  uint32_t Default(uint32_t a, uint32_t b);
  uint32_t Require(uint32_t a, uint32_t b);
  /// Any other value of class kValue but LogAdd. State is read again after it has been written.
  uint32_t Value(const Inst& inst);

  // --- effects; nothing is emitted for one that can never happen ---
  void Effect(Inst inst);
  /// Returns the position of the LogAdd, or kNoValue if it can never happen.
  uint32_t LogAdd(Inst inst);

  // --- control ---
  void StoreOutput(uint32_t value, uint32_t output);
  void ExitUnlessTrue(uint32_t value);
  void Return(uint32_t value = kNoValue);

  const Inst& inst(uint32_t value) const { return code_[value]; }
  bool IsConst(uint32_t value, int64_t bits) const {
    return code_[value].op == Opcode::kConst && code_[value].imm == bits;
  }
  bool AlwaysKnown(uint32_t value) const;

  /// The finished function; the builder is empty again. Without a Return yet, returns nothing.
  Function Finish(std::string name);

 private:
  uint32_t Number(const Inst& inst);  ///< the equal earlier value, or a new one
  uint32_t EpochOf(const Inst& inst) const;
  bool PrepareEffect(Inst& inst);
  void Written(uint32_t slot) { ++epochs_[slot]; }

  std::vector<Inst> code_;
  std::vector<uint32_t> epoch_;                      // of code_[i], when it was made
  std::unordered_map<uint32_t, uint32_t> epochs_;    // record slot: how often it was written in this function
  std::unordered_multimap<size_t, uint32_t> index_;  // hash of a value to its position; unused while code is short
  size_t indexed_ = 0;
  uint32_t outputs_ = 0;
};

/// Result of a pure builtin on constants: true if it is a value (in `bits`) or `unknown`; false if the kernel trapped or takes
/// texts or sets, and the call has to stay.
bool FoldBuiltin(stdlib::BuiltinId id, const int64_t* arg_bits, int64_t* bits, bool* unknown);

Physical PhysicalOf(stdlib::SigType type);

}  // namespace mrule::ir
