// SPDX-License-Identifier: Apache-2.0
// Which row of the builtin table an operator or a function means for given types of arguments. The rows are
// all there is: nothing here knows an operator. What widens into what is decided here too: a count into a
// number or a ratio, numbers and ratios into each other, and a percent into a ratio in comparisons.
#pragma once

#include <span>
#include <string_view>
#include <vector>

#include "compiler/sema/types.h"
#include "stdlib/builtins.h"

namespace mrule::sema {

TypeKind KindOf(stdlib::SigType type);

struct Overload {
  enum class Problem : uint8_t { kNone, kNoRow, kCurrencies, kEnumerations };

  const stdlib::BuiltinRow* row = nullptr;  ///< null if there is a problem
  Type result;  ///< optional as its arguments are; what the row itself may leave out is not seen
  Problem problem = Problem::kNone;
};

/// The row that takes the arguments with the least widening; the first of equals.
Overload Resolve(std::string_view spelling, std::span<const Type> args);

/// Is there a function or operator of this spelling, whatever it takes?
bool IsBuiltin(std::string_view spelling);
/// The spellings that are names (`least`), in the order of the table.
std::vector<std::string_view> FunctionNames();
bool IsComparison(std::string_view spelling);

/// Can a value of type `from` stand where `to` is wanted? Optionality aside.
bool IsAssignable(const Type& from, const Type& to);

}  // namespace mrule::sema
