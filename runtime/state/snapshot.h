// SPDX-License-Identifier: Apache-2.0
// State as JSON lines, out and in: a header line (format, clock, what the plan keeps), then identifiers that
// have counted and records that a paused run holds back, if there are any, and a line per subject
// with attributes, accumulators, latches, holds and limits under their canonical keys; timers follow from
// them and are armed anew. A run restored from it decides as one that never stopped, and state survives edits
// of a program that keep its keys (S18). Keys unknown to the program are listed and dropped; keys it needs
// and the snapshot lacks start empty.
#pragma once

#include <iosfwd>
#include <string>
#include <vector>

#include "compiler/base/result.h"
#include "runtime/exec/runner.h"

namespace mrule::runtime {

struct RestoreReport {
  uint64_t subjects = 0;
  std::vector<std::string> dropped;  ///< keys in the snapshot that the program no longer has
  std::vector<std::string> started;  ///< keys of the program that the snapshot does not have
  uint64_t already_holding = 0;      ///< (rule, subject) pairs of new rules that held and were not fired (S4)
  /// Records that a paused run held back, in order: to be read again and given to Runner::RestoreHeld.
  struct Held {
    uint32_t source;  ///< the runner's number
    int64_t key;
    bool late;
    uint64_t line;
    std::string raw;
  };
  std::vector<Held> held;
};

/// Writes the runner's state after Finish() or Pause(). Subjects in order of entity, then first appearance;
/// deterministic bytes.
Result<void> SaveSnapshot(Runner& runner, const Program& program, std::ostream& out);
/// Loads into a fresh runner.
Result<RestoreReport> LoadSnapshot(Runner& runner, const Program& program, std::istream& in);

}  // namespace mrule::runtime
