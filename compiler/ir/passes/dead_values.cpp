// SPDX-License-Identifier: Apache-2.0
#include "compiler/ir/passes/dead_values.h"

namespace mrule::ir {

void RemoveDeadValues(Function& function) {
  std::vector<Inst>& code = function.code;
  std::vector<uint8_t> live(code.size(), 0);
  for (size_t i = code.size(); i-- > 0;) {
    const Inst& inst = code[i];
    if (ClassOf(inst.op) != OpClass::kValue || inst.op == Opcode::kLogAdd) live[i] = 1;
    if (!live[i]) continue;
    for (uint32_t operand : {inst.a, inst.b, inst.c}) {
      if (operand != kNoValue) live[operand] = 1;
    }
  }
  std::vector<uint32_t> renamed(code.size(), kNoValue);
  size_t kept = 0;
  for (size_t i = 0; i < code.size(); ++i) {
    if (!live[i]) continue;
    Inst inst = code[i];
    for (uint32_t* operand : {&inst.a, &inst.b, &inst.c}) {
      if (*operand != kNoValue) *operand = renamed[*operand];
    }
    renamed[i] = static_cast<uint32_t>(kept);
    code[kept++] = inst;
  }
  code.resize(kept);
}

}  // namespace mrule::ir
