// SPDX-License-Identifier: Apache-2.0
// Runs the tests of a program: each on a run of its own, by the engine at hand, with the clock that the test writes down. The program
// is compiled once; what a test has of its own is the state of its subjects. Shows nothing and reads no clock.
//
// A test's clock ends at the last instant that it mentions, or where `until` says. Where something is expected without a time, every
// outstanding deadline passes after that, so that "nothing" means: not later either.
#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <vector>

#include "compiler/plan/test_plan.h"
#include "runtime/exec/code.h"
#include "runtime/exec/watch.h"
#include "runtime/json/reader.h"
#include "runtime/program/program.h"
#include "runtime/testing/expect.h"
#include "runtime/testing/seen.h"
#include "runtime/why/picture.h"

namespace mrule::runtime {

/// A condition over a subject that was expected and is not so.
struct StateMismatch {
  uint32_t expectation = 0;
  int64_t at = 0;
  std::optional<Picture> picture;   ///< absent: no record has named the subject
};

struct TestResult {
  const plan::TestPlan* test = nullptr;
  std::vector<SeenDecision> decided, held_back;
  std::vector<Mismatch> mismatches;
  std::vector<StateMismatch> states;
  std::vector<std::string> problems;   ///< what could not be evaluated or read
  int64_t end = 0;                     ///< where its clock ended; deadlines may have passed after it

  bool passed() const { return mismatches.empty() && states.empty() && problems.empty(); }
};

/// The last instant that a test mentions, or where it says that it ends.
int64_t EndOf(const plan::TestPlan& test);

class TestRunner : private RejectSink {
 public:
  /// All outlive it. `watch` may be null; it looks on at every test.
  TestRunner(const Program& program, const Code& code, Watch* watch);

  TestResult Run(const plan::TestPlan& test);

 private:
  void OnReject(uint64_t line, std::string_view code, std::string_view reason, std::string_view raw) override;
  void FeedUntil(const plan::TestPlan& test, size_t& next, int64_t until, Runner& runner);
  void JudgeState(const plan::TestPlan& test, uint32_t expectation, int64_t at, Runner& runner, TestResult& result);

  const Program& program_;
  const Code& code_;
  Watch* watch_;
  JsonReader reader_;
  EventBatch batch_;
  std::string lines_;
  std::vector<std::string> rejects_;
};

}  // namespace mrule::runtime
