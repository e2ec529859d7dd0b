// SPDX-License-Identifier: Apache-2.0
#include "runtime/testing/test_run.h"

#include <algorithm>

#include "runtime/exec/runner.h"
#include "runtime/testing/record_json.h"

namespace mrule::runtime {
namespace {

using Kind = plan::TestExpectation::Kind;
using When = plan::TestExpectation::When;

/// Is something expected of all time to come?
bool LooksAhead(const plan::TestPlan& test) {
  if (test.until) return false;
  return std::any_of(test.expectations.begin(), test.expectations.end(), [](const plan::TestExpectation& one) {
    return one.kind != Kind::kState && one.when == When::kEver;
  });
}

}  // namespace

int64_t EndOf(const plan::TestPlan& test) {
  int64_t end = test.until.value_or(test.start);
  if (!test.records.empty()) end = std::max(end, test.records.back().at);
  for (const plan::TestExpectation& one : test.expectations) {
    if (one.when != When::kEver) end = std::max(end, one.at);
  }
  return end;
}

TestRunner::TestRunner(const Program& program, const Code& code, Watch* watch)
    : program_(program), code_(code), watch_(watch), reader_(program, *this) {}

void TestRunner::OnReject(uint64_t, std::string_view code, std::string_view reason, std::string_view) {
  rejects_.push_back(std::string(reason) + " (" + std::string(code) + ")");
}

/// The records up to `until`.
void TestRunner::FeedUntil(const plan::TestPlan& test, size_t& next, int64_t until, Runner& runner) {
  lines_.clear();
  for (; next < test.records.size() && test.records[next].at <= until; ++next) {
    AppendRecordJson(lines_, program_.plan(), test.records[next]);
  }
  if (lines_.empty()) return;
  const size_t size = lines_.size();
  lines_.append(JsonReader::kPadding, '\0');
  reader_.Read(std::string_view(lines_).substr(0, size), /*last=*/true, SIZE_MAX, batch_);
  runner.Feed(batch_);
  batch_.Clear();
}

void TestRunner::JudgeState(const plan::TestPlan& test, uint32_t expectation, int64_t at, Runner& runner, TestResult& result) {
  const plan::TestExpectation& expected = test.expectations[expectation];
  char* record = runner.FindRecord(expected.entity, expected.subject);
  StateMismatch mismatch{expectation, at, std::nullopt};
  if (record != nullptr) {
    const MrFrame frame{record, nullptr, nullptr, at, &program_, kMrOk, 0};
    mismatch.picture = TakePicture(program_, expected.state, frame);
    if (mismatch.picture->root().truth == Truth::kTrue) return;
    mismatch.picture->from = &expected.state;
  }
  result.states.push_back(std::move(mismatch));
}

TestResult TestRunner::Run(const plan::TestPlan& test) {
  TestResult result;
  result.test = &test;
  result.end = EndOf(test);
  rejects_.clear();
  SeenSink sink(program_.plan());
  RunnerOptions options;
  options.horizon_micros = program_.plan().horizon_micros;
  options.watch = watch_;
  Runner runner(program_, code_, sink, options);
  sink.Attach(&runner);

  // Where state is looked at, in order of time; what names no time is looked at at the end.
  std::vector<std::pair<int64_t, uint32_t>> looks;
  for (uint32_t i = 0; i < test.expectations.size(); ++i) {
    const plan::TestExpectation& one = test.expectations[i];
    if (one.kind == Kind::kState) looks.emplace_back(one.when == When::kEver ? result.end : one.at, i);
  }
  std::sort(looks.begin(), looks.end());
  size_t next = 0;
  for (const auto& [at, expectation] : looks) {
    FeedUntil(test, next, at, runner);
    runner.AdvanceTo(at);
    JudgeState(test, expectation, at, runner, result);
  }
  FeedUntil(test, next, result.end, runner);
  runner.AdvanceTo(result.end);
  if (LooksAhead(test)) runner.Drain();

  result.problems = std::move(rejects_);
  result.problems.insert(result.problems.end(), sink.traps.begin(), sink.traps.end());
  result.mismatches = Compare(program_.plan(), test, sink.decided, sink.held_back);
  result.decided = std::move(sink.decided);
  result.held_back = std::move(sink.held_back);
  return result;
}

}  // namespace mrule::runtime
