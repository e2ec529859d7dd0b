// SPDX-License-Identifier: Apache-2.0
// The builtin table as data: every function and operator overload of the language, one row of builtins.def each. The
// checker resolves overloads from `params`, the engines call `kernel`, completion and the reference page list the rows.
#pragma once

#include <cstdint>
#include <span>
#include <string_view>

namespace mrule::stdlib {

/// Types as signatures name them. Names equal sema::TypeKind's without the k; money of both sides must be of one currency.
enum class SigType : uint8_t {
  kBoolean, kNumber, kCount, kRatio, kPercent, kMoney, kDuration, kInstant, kDate, kTimeOfDay, kText, kEnum, kSet,
};

enum class BuiltinId : uint16_t {
#define MR_BUILTIN(name, spelling, signature, kernel, doc) k##name,
#include "stdlib/builtins.def"
  kCount_,
};

struct BuiltinRow {
  BuiltinId id;
  std::string_view name;      ///< AddMoney
  std::string_view spelling;  ///< the operator ("+", "<=", "contains", "unary -") or the function's name ("least")
  SigType result;
  SigType params[3];
  uint8_t arity;
  std::string_view kernel;    ///< C symbol: mr_k_add_money
  const void* address;        ///< the native kernel
  std::string_view doc;
};

std::span<const BuiltinRow> Builtins();
const BuiltinRow& Row(BuiltinId id);

}  // namespace mrule::stdlib
