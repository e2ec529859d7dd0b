// SPDX-License-Identifier: Apache-2.0
// What `mrule test` tells: results and coverage as text for people, as JSON, and as JUnit XML for build servers. Strings only.
#pragma once

#include <string>
#include <vector>

#include "tools/library/test_session.h"

namespace mrule::cli {

/// Why one test failed, for people: expected and seen, with instants in the test's zone, and why a rule did not fire.
std::string FailureText(const plan::Plan& plan, const library::TestOutcome& outcome);

/// One line for each failed expectation, without its explanation.
std::vector<std::string> FailureLines(const plan::Plan& plan, const library::TestOutcome& outcome);

struct TestTotals {
  size_t passed = 0, failed = 0, left_out = 0;
  double seconds = 0;
};

std::string CoverageText(const plan::Plan& plan, const runtime::Coverage& coverage);

/// One JSON object for the whole run; `coverage` may be null.
std::string TestsJson(const plan::Plan& plan, const std::vector<library::TestOutcome>& outcomes, const TestTotals& totals,
                      const runtime::Coverage* coverage);
/// A test suite for each file.
std::string TestsJunit(const plan::Plan& plan, const std::vector<library::TestOutcome>& outcomes, const TestTotals& totals);

}  // namespace mrule::cli
