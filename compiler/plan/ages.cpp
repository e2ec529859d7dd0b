// SPDX-License-Identifier: Apache-2.0
#include "compiler/plan/ages.h"

#include <optional>

namespace mrule::plan {
namespace {

using ir::Opcode;

/// now * now_factor + (the instant of a slot) * slot_factor + constant
struct Linear {
  int now_factor = 0;
  int slot_factor = 0;
  uint32_t slot = 0;
  int64_t constant = 0;
  bool has_otherwise = false;  ///< without the slot's value, `otherwise` stands for slot and constant
  int64_t otherwise = 0;
};

bool Add(int64_t a, int64_t b, int64_t* out) { return !__builtin_add_overflow(a, b, out); }

std::optional<Linear> Negated(Linear value) {
  value.now_factor = -value.now_factor;
  value.slot_factor = -value.slot_factor;
  if (__builtin_sub_overflow(int64_t{0}, value.constant, &value.constant)) return std::nullopt;
  if (__builtin_sub_overflow(int64_t{0}, value.otherwise, &value.otherwise)) return std::nullopt;
  return value;
}

std::optional<Linear> Sum(const Linear& a, const Linear& b) {
  if (a.slot_factor != 0 && b.slot_factor != 0) return std::nullopt;
  const Linear& with_slot = a.slot_factor != 0 ? a : b;
  const Linear& other = a.slot_factor != 0 ? b : a;
  Linear sum = with_slot;
  sum.now_factor += other.now_factor;
  if (!Add(with_slot.constant, other.constant, &sum.constant)) return std::nullopt;
  if (sum.has_otherwise && !Add(with_slot.otherwise, other.constant, &sum.otherwise)) return std::nullopt;
  return sum;
}

bool IsComparison(std::string_view spelling) {
  return spelling == "=" || spelling == "!=" || spelling[0] == '<' || spelling[0] == '>';
}

/// Where `factor * (now - at)` compared with 0 changes: at `at`, or one microsecond later.
void AddChanges(std::string_view op, int factor, Age at, std::vector<Age>& ages) {
  const bool equality = op == "=" || op == "!=";
  const bool at_once = factor > 0 ? op == ">=" || op == "<" : op == ">" || op == "<=";
  if (equality || at_once) ages.push_back(at);
  if (equality || !at_once) {
    if (Add(at.micros, 1, &at.micros)) ages.push_back(at);
  }
}

}  // namespace

bool FindAges(const ir::Function& function, std::vector<Age>& ages) {
  const std::vector<ir::Inst>& code = function.code;
  std::vector<std::optional<Linear>> linear(code.size());
  std::vector<uint8_t> uses_now(code.size(), 0);  // in its value, beyond comparisons already accounted for
  for (size_t i = 0; i < code.size(); ++i) {
    const ir::Inst& inst = code[i];
    Linear value;
    switch (inst.op) {
      case Opcode::kNow:
        uses_now[i] = 1;
        value.now_factor = 1;
        linear[i] = value;
        continue;
      case Opcode::kConst:
        if (inst.type == ir::Physical::kI64) {
          value.constant = inst.imm;
          linear[i] = value;
        }
        continue;
      case Opcode::kKept:
        if (inst.type == ir::Physical::kI64) {
          value.slot_factor = 1;
          value.slot = inst.slot;
          linear[i] = value;
        }
        continue;
      case Opcode::kDefault:
        if (code[inst.a].op == Opcode::kKept && code[inst.b].op == Opcode::kConst && linear[inst.a]) {
          value = *linear[inst.a];
          value.has_otherwise = true;
          value.otherwise = code[inst.b].imm;
          linear[i] = value;
          continue;
        }
        break;
      case Opcode::kBuiltin: {
        const std::string_view spelling = stdlib::Row(inst.builtin).spelling;
        const bool now_used = uses_now[inst.a] || (inst.b != ir::kNoValue && uses_now[inst.b]);
        if (spelling == "unary -" && linear[inst.a]) {
          linear[i] = Negated(*linear[inst.a]);
        } else if ((spelling == "+" || spelling == "-") && linear[inst.a] && linear[inst.b]) {
          const std::optional<Linear> right = spelling == "-" ? Negated(*linear[inst.b]) : linear[inst.b];
          if (right) linear[i] = Sum(*linear[inst.a], *right);
        } else if (IsComparison(spelling) && now_used) {
          if (!linear[inst.a] || !linear[inst.b]) return false;
          const std::optional<Linear> right = Negated(*linear[inst.b]);
          const std::optional<Linear> difference = right ? Sum(*linear[inst.a], *right) : std::nullopt;
          if (!difference) return false;
          const int factor = difference->now_factor;
          if (factor == 0) continue;
          if (factor != 1 && factor != -1) return false;
          if (difference->slot_factor != 0 && difference->slot_factor != -factor) return false;
          // factor * now - factor * slot + constant = factor * (now - (slot - constant / factor))
          Age at;
          at.constant = difference->slot_factor == 0;
          at.slot = difference->slot;
          at.micros = -factor * difference->constant;
          AddChanges(spelling, factor, at, ages);
          if (difference->has_otherwise) {
            at.constant = true;
            at.micros = -factor * difference->otherwise;
            AddChanges(spelling, factor, at, ages);
          }
          continue;
        }
        if (now_used && !linear[i]) return false;
        uses_now[i] = now_used;
        continue;
      }
      default:
        break;
    }
    for (uint32_t operand : {inst.a, inst.b, inst.c}) {
      if (operand == ir::kNoValue || !uses_now[operand]) continue;
      if (inst.op != Opcode::kRequire && inst.op != Opcode::kIsKnown) return false;
      if (inst.op == Opcode::kRequire && operand == inst.a) {
        linear[i] = linear[inst.a];
        uses_now[i] = 1;
      }
    }
  }
  return true;
}

}  // namespace mrule::plan
