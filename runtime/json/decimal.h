// SPDX-License-Identifier: Apache-2.0
// JSON numbers as exact decimals. Money never passes through a double: its text is scaled to millionths of
// the unit, rounded half even beyond the sixth decimal. All functions take the token's bytes and the grammar
// of RFC 8259, `-12.5e3`.
#pragma once

#include <cstdint>
#include <string>
#include <string_view>

namespace mrule::runtime {

enum class NumberFault : uint8_t {
  kNone,
  kForm,        ///< not a number
  kFraction,    ///< a whole number is needed
  kOutOfRange,  ///< more than 64 bits, or more than a double holds
};

bool IsJsonNumber(std::string_view text);
/// `-?` and digits without a leading zero: what may stand for a text, as ids do.
bool IsJsonInteger(std::string_view text);

/// Millionths, rounded half even.
NumberFault ParseMicros(std::string_view text, int64_t* micros);
/// A whole number; `5.0` and `5e2` are.
NumberFault ParseWhole(std::string_view text, int64_t* value);
/// The nearest double; -0 becomes 0, and what is too small to hold becomes 0.
NumberFault ParseDouble(std::string_view text, double* value);

inline constexpr size_t kNumberBytesMax = 32;
/// Millionths as a JSON number of units: `12.5`, `-0.000001`, `1000`. Returns the bytes written.
size_t FormatMicros(int64_t micros, char* out);
/// Shortest text that reads back equal; `null` for what is no number.
size_t FormatDouble(double value, char* out);
size_t FormatWhole(int64_t value, char* out);

}  // namespace mrule::runtime
