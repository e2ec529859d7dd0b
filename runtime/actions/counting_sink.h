// SPDX-License-Identifier: Apache-2.0
// Counts what a run decides and writes nothing: for benchmarks and dry runs. Asks for no detail, so arguments
// and reasons are not even evaluated.
#pragma once

#include <cstdint>

#include "runtime/exec/decision.h"

namespace mrule::runtime {

class CountingSink : public DecisionSink {
 public:
  bool wants_detail() const override { return false; }
  void OnDecision(const Decision&) override { ++decisions; }
  void OnDecisions(const Decision&, std::span<const plan::RuleCase* const>, uint64_t count) override { decisions += count; }
  void OnSuppressed(const Decision&, bool limit, uint32_t) override { ++(limit ? limited : suppressed); }
  void OnTrap(int64_t, uint32_t, const MrText*, uint32_t, MrStatus, std::string_view) override { ++traps; }
  void OnLate(const Event&, int64_t) override { ++late; }

  uint64_t decisions = 0;
  uint64_t suppressed = 0;
  uint64_t limited = 0;
  uint64_t traps = 0;
  uint64_t late = 0;
};

}  // namespace mrule::runtime
