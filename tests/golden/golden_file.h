// SPDX-License-Identifier: Apache-2.0
// A golden run file: a rule file whose comments after the rules hold an input and what is expected of it.
//
//   # Why this file exists, and which meaning it checks.
//   # TEST: run [--until INSTANT | --drain] [--restart INSTANT]
//   rules
//   # --- before.mrule          rules of an earlier deployment, whose state is taken over
//   # --- before.jsonl          the events it saw
//   # --- events.jsonl          or, of several sources, in their order:
//   # --- events NAME [lateness=5min] [idle=1h]
//   # --- EXPECT decisions      one line each, in order; keys given must be equal, others may be there
//   # --- EXPECT suppressed|rejects|late|contradicted|traps      the same; checked only if the section is there
//
// --restart ends the run after the events up to the instant, and goes on from its saved state.
#pragma once

#include <filesystem>
#include <map>
#include <optional>
#include <string>
#include <vector>

#include "mrule/mrule.h"

namespace mrule::testing {

struct GoldenFile {
  std::string name;   ///< file name, also the rule file's name in decisions
  std::string rules;  ///< line numbers as in the file
  std::optional<Instant> until;
  bool drain = false;
  std::optional<Instant> restart;
  std::optional<std::string> before_rules;
  std::string before_events;
  std::string events;
  struct Part {
    Source source;
    std::string events;
  };
  std::vector<Part> parts;  ///< of several sources
  std::map<std::string, std::string> expected;  ///< "decisions" and the like
  std::string error;                            ///< what is wrong with the file itself

  /// The file with other expectations.
  std::string Rewritten(const std::map<std::string, std::string>& expectations) const;

  std::string text;  ///< as it is on disk
};

GoldenFile ReadGolden(const std::filesystem::path& path);

/// Whether `actual` has as many lines as `expected` and each holds what is expected of it. Says what is
/// missing, else "".
std::string Mismatch(const std::string& expected, const std::string& actual);
/// What an update writes: every line of `actual` without its id, reasons only where `expected` asked for
/// some.
std::string AsExpectation(const std::string& expected, const std::string& actual);

}  // namespace mrule::testing
