// SPDX-License-Identifier: Apache-2.0
// One run of a rule set over a stream through the public library, everything it says kept as text: what
// goldens, data cases, the differential tests and the fuzz targets compare.
#pragma once

#include <optional>
#include <span>
#include <string>
#include <string_view>
#include <vector>

#include "mrule/mrule.h"

namespace mrule::testing {

/// A way to run rules that must decide like every other.
struct EngineChoice {
  std::string_view name;
  EngineKind kind;
  int optimisation;
};

/// The interpreter, then machine code without and with optimisation where this build has it.
std::span<const EngineChoice> Engines();

/// What a run said: JSON lines, each with its line end.
struct Said {
  std::string decisions;
  std::string suppressed;
  std::string rejects;  ///< {"line":…,"code":…,"reason":…}
  std::string late;     ///< the records as they came
  std::string contradicted;  ///< decisions that a late record may contradict
  std::string traps;    ///< {"at":…,"rule":…,"contact":…,"what":…}
  std::string state;    ///< the snapshot at the end
  Counts counts;
  std::string error;  ///< why there is no run; then all else is empty

  /// The engine-independent part: empty if equal, else the first line that differs, as a sentence.
  std::string DifferenceFrom(const Said& other) const;
};

struct RunPlan {
  std::optional<Instant> until;
  bool drain = false;
  std::string_view state_in{};  ///< a snapshot to start from; empty: none
  bool silent = false;        ///< nobody asks for decisions: they are only counted
  /// The run does not end but stops, to go on in another from its state.
  bool pause = false;
  bool pausable = false;  ///< holds records back as such a run does
  int threads = 1;
  /// Of several sources; then `events` is not read.
  struct Part {
    Source source;
    std::string_view events;
  };
  std::vector<Part> parts{};
  /// Bytes fed at a time, in turn over the parts; 0: all at once.
  size_t piece_bytes = 0;
  /// What the sources bring, in the order in which it is fed; then the `events` of the parts are not read.
  struct Piece {
    size_t source;
    std::string text;
  };
  std::vector<Piece> pieces{};
};

Said RunRules(const Rules& rules, const EngineChoice& engine, std::string_view events,
              const RunPlan& plan = {});

/// The first line in which two texts differ, as a sentence that begins with `what`; empty if they are equal.
std::string FirstDifference(std::string_view what, std::string_view left, std::string_view right);

/// The first decision whose id stood before it already, or that has none; empty if every id is there once.
std::string RepeatedId(std::string_view decisions);

/// `text` as a JSON string, quotes included.
std::string JsonQuoted(std::string_view text);

/// "2026-01-31T06:00:00Z", with fractions if there are any.
std::string Print(Instant at);
/// The value of the first `"at":"…"` of a line, or nothing.
std::optional<Instant> InstantOf(std::string_view line);
/// An instant as records write it, with Z; nothing if it is none.
std::optional<Instant> ParseInstant(std::string_view text);

}  // namespace mrule::testing
