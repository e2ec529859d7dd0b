// SPDX-License-Identifier: Apache-2.0
// The tests of a set of rule files, compiled and run: one program for all, and for those that fail a look at why, by the machinery
// of `mrule why`. `mrule test` drives it; so can an editor. Prints nothing and reads no clock.
#pragma once

#include <functional>
#include <memory>
#include <optional>
#include <string>
#include <vector>

#include "compiler/driver/compile.h"
#include "runtime/testing/coverage.h"
#include "runtime/testing/test_run.h"
#include "runtime/why/why.h"
#include "tools/library/engine.h"

namespace mrule::library {

struct TestOptions {
  EngineOptions engine;
  bool coverage = false;
  std::function<bool(const plan::TestPlan&)> wanted;   ///< null: all
};

/// Why a decision that was expected did not come.
struct WhyNot {
  uint32_t mismatch = 0;                    ///< index into TestResult::mismatches
  std::vector<runtime::WhyReport> reports;  ///< of the rules that could have decided it
};

struct TestOutcome {
  runtime::TestResult result;
  std::vector<WhyNot> why;
};

class TestSession {
 public:
  /// `analysis` has no errors and outlives the session. Fails if a limit of size is crossed, which is then reported in
  /// `analysis.diags`, or if the engine cannot be had.
  static Result<std::unique_ptr<TestSession>> Start(driver::Analysis& analysis, TestOptions options);

  const plan::Plan& plan() const { return program_->plan(); }
  const std::vector<plan::TestPlan>& tests() const { return suite_.tests; }
  /// In source order; each outcome as soon as it is known.
  void Run(const std::function<void(const TestOutcome&)>& heard);
  /// After Run; null if it was not asked for.
  const runtime::Coverage* coverage() const { return coverage_.get(); }

 private:
  TestSession(driver::Analysis& analysis, TestOptions options) : analysis_(analysis), options_(std::move(options)) {}
  Result<void> SetUp();
  void Explain(TestOutcome& outcome);
  bool MaySay(const plan::ActionPlan& action, const plan::TestExpectation& expected) const;
  std::optional<runtime::WhyReport> Ask(const plan::TestPlan& test, uint32_t rule, uint32_t entity, const std::string& subject, int64_t at);

  driver::Analysis& analysis_;
  TestOptions options_;
  plan::TestSuite suite_;
  std::unique_ptr<runtime::Program> program_;
  std::unique_ptr<Engine> engine_;
  std::unique_ptr<runtime::Coverage> coverage_;
  // Laid open, for explanations; made when the first test fails.
  plan::TestSuite open_suite_;
  std::unique_ptr<runtime::Program> open_program_;
};

}  // namespace mrule::library
