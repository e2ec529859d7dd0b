// SPDX-License-Identifier: Apache-2.0
// The open runs of a rule's sequences, as one record has them: which step each has come to, when, and until when the next one is
// awaited. A record keeps the instant of a run's latest step only.
#pragma once

#include <cstdint>
#include <string>
#include <vector>

#include "compiler/plan/why_plan.h"
#include "runtime/program/program.h"

namespace mrule::runtime {

struct WhyRun {
  std::vector<std::string> key_words, key_json;  ///< parallel to WhySequence::keys
  uint32_t steps_done = 1;
  int64_t at = 0;                                ///< of the latest of them
  int64_t deadline = 0;                          ///< of the next one; INT64_MAX: later than any instant
};

struct WhyRuns {
  const plan::WhySequence* sequence = nullptr;
  std::vector<WhyRun> runs;                      ///< in the order in which they came to their steps
};

std::vector<WhyRuns> OpenRuns(const Program& program, const plan::WhyPlan& why, const char* record, int64_t now);

}  // namespace mrule::runtime
