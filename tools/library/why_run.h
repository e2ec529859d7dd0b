// SPDX-License-Identifier: Apache-2.0
// One run that answers why a rule fired for a subject or did not: an execution that is watched and stops at the instant asked
// about. `mrule why` drives it; so can whatever else holds events in memory. Prints nothing and reads no clock.
#pragma once

#include <cstdint>
#include <memory>
#include <optional>
#include <string>
#include <vector>

#include "compiler/plan/why_plan.h"
#include "runtime/why/why.h"
#include "tools/library/execution.h"

namespace mrule::library {

struct WhyQuestion {
  std::string subject;                     ///< identifier, of the rule's entity
  std::optional<int64_t> at;               ///< absent: where the clock stands at the end of the events
  std::optional<int64_t> lateness_micros;  ///< instead of the workspace's
  std::vector<ExecutionSource> sources;    ///< none: one without a name
};

class WhyRun {
 public:
  /// How far behind the instant the next firing is looked for.
  static constexpr int64_t kAheadMicros = int64_t{400} * 24 * 3600 * 1'000'000;

  /// `program` and `why` are of one compilation and outlive the run, as does `rejects`.
  static Result<std::unique_ptr<WhyRun>> Start(const runtime::Program& program, const plan::WhyPlan& why, WhyQuestion question,
                                               runtime::RejectSink& rejects);

  /// To be given the events, as any execution, from a state if there is one.
  Execution& execution() { return *execution_; }
  /// After the last event, once: what was asked, and when the rule fires if nothing more arrives. Fails if no instant was
  /// asked about and there was no event.
  Result<runtime::WhyReport> Answer();

 private:
  WhyRun(const runtime::Program& program, const plan::WhyPlan& why, WhyQuestion question);

  WhyQuestion question_;
  runtime::WhyWatch watch_;
  std::unique_ptr<Execution> execution_;
};

}  // namespace mrule::library
