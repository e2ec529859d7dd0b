// SPDX-License-Identifier: Apache-2.0
// Why a line is not one JSON object: a slow, strict second reading of lines that the reader has refused, for
// the reason in the rejects file. It agrees with the reader on which lines are good.
#pragma once

#include <cstddef>
#include <cstdint>
#include <string>
#include <string_view>

namespace mrule::runtime {

enum class JsonFault : uint8_t { kNone, kSyntax, kNotObject, kTrailing, kTooDeep, kNotUtf8, kNul };

struct JsonProblem {
  JsonFault fault = JsonFault::kNone;
  size_t byte = 0;   ///< where, 1-based
  std::string what;  ///< kSyntax: `expected a colon, found a comma`; kNotObject: `a list`
};

JsonProblem CheckJsonLine(std::string_view line);

/// Offset of the first byte that is not UTF-8, or npos.
size_t FindBadUtf8(std::string_view text);

}  // namespace mrule::runtime
