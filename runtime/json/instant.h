// SPDX-License-Identifier: Apache-2.0
// Instants, dates, times of day and durations as text, both ways: what the JSON reader accepts and what sinks
// and snapshots print. Pure functions over bytes; no locale, no zone but UTC, no clock.
//
// Instants are RFC 3339: `2026-11-21T02:00:00Z`, with a fraction, with an offset (`+02:00`), lower-case `t`
// and `z` and a space instead of `T` allowed. A date alone is its midnight UTC. A fraction finer than a
// microsecond is rounded down. A leap second (`23:59:60` UTC on the last day of a month) is held as that
// minute's last microsecond, so that order is kept.
#pragma once

#include <cstdint>
#include <string>
#include <string_view>

namespace mrule::runtime {

enum class TimeFault : uint8_t {
  kNone,
  kForm,        ///< not the form at all
  kNoZone,      ///< date and time without `Z` or an offset
  kNoSuchTime,  ///< 30 February, 25:00, a leap second where there is none
  kOutOfRange,  ///< before year 1 or after year 9999
};

/// An instant in microseconds since 1970-01-01T00:00:00Z. `*micros` is written only on kNone.
TimeFault ParseInstant(std::string_view text, int64_t* micros);
/// `YYYY-MM-DD`, in days since 1970-01-01.
TimeFault ParseDate(std::string_view text, int64_t* days);
/// `HH:MM`, `HH:MM:SS` or `HH:MM:SS.fraction`, in microseconds since midnight.
TimeFault ParseTimeOfDay(std::string_view text, int64_t* micros);
/// Numbers with units, `6h`, `90min`, `1d 12h`, `0.5s`; units us, ms, s, min, h, d, w; a leading `-` negates.
/// A part finer than a microsecond is not the form.
TimeFault ParseDuration(std::string_view text, int64_t* micros);

/// Why, as the end of a sentence: `has no zone; write Z for UTC or an offset such as +02:00`.
std::string_view Explain(TimeFault fault);

/// The longest texts the functions below write.
inline constexpr size_t kInstantBytesMax = 48;
/// `2026-11-21T02:00:00Z`; a fraction only if there is one, without trailing zeros. Returns the bytes
/// written.
size_t FormatInstant(int64_t micros, char* out);
size_t FormatDate(int64_t days, char* out);
/// `09:30`, with seconds and a fraction only if there are any.
size_t FormatTimeOfDay(int64_t micros, char* out);
/// In the largest unit up to days that needs no fraction: `6h`, `90min`, `14d`; below a second `0.5s`. Parses
/// back equal.
size_t FormatDuration(int64_t micros, char* out);

std::string InstantText(int64_t micros);

}  // namespace mrule::runtime
