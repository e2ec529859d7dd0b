// SPDX-License-Identifier: Apache-2.0
#include "tools/library/test_session.h"

#include <algorithm>

#include "runtime/testing/record_json.h"
#include "tools/library/why_run.h"

namespace mrule::library {
namespace {

constexpr size_t kRulesExplainedMax = 2;  // of one expectation

class NoRejects : public runtime::RejectSink {
 public:
  void OnReject(uint64_t, std::string_view, std::string_view, std::string_view) override {}
};

}  // namespace

Result<std::unique_ptr<TestSession>> TestSession::Start(driver::Analysis& analysis, TestOptions options) {
  std::unique_ptr<TestSession> session(new TestSession(analysis, std::move(options)));
  if (Result<void> ready = session->SetUp(); !ready.ok()) return ready.error();
  return session;
}

Result<void> TestSession::SetUp() {
  suite_.lay_open = options_.coverage;
  std::optional<plan::Plan> plan = driver::CompileTests(analysis_, suite_);
  if (!plan) return Error{"the rules cannot be planned"};
  Result<std::unique_ptr<runtime::Program>> program = runtime::Program::Load(std::move(*plan));
  if (!program.ok()) return program.error();
  program_ = std::move(program).value();
  Result<std::unique_ptr<Engine>> engine = Engine::Start(*program_, options_.engine);
  if (!engine.ok()) return engine.error();
  engine_ = std::move(engine).value();
  if (options_.coverage) coverage_ = std::make_unique<runtime::Coverage>(*program_, suite_.rules);
  return {};
}

void TestSession::Run(const std::function<void(const TestOutcome&)>& heard) {
  runtime::TestRunner runner(*program_, engine_->code(), coverage_.get());
  for (const plan::TestPlan& test : suite_.tests) {
    if (options_.wanted && !options_.wanted(test)) continue;
    TestOutcome outcome;
    outcome.result = runner.Run(test);
    if (coverage_) coverage_->Note(outcome.result.decided);
    if (!outcome.result.passed()) Explain(outcome);
    heard(outcome);
  }
}

/// Unless a value that the rule writes out is another than the expected one.
bool TestSession::MaySay(const plan::ActionPlan& action, const plan::TestExpectation& expected) const {
  const runtime::ValueMaker maker(plan());
  for (const plan::TestValue& wanted : expected.arguments) {
    for (const plan::ArgumentPlan& argument : action.arguments) {
      if (argument.name != wanted.name || argument.values.size() != wanted.values.size() || !argument.templates.empty()) continue;
      for (size_t i = 0; i < wanted.values.size(); ++i) {
        if (argument.values[i].kind == plan::ValueRef::Kind::kOutput) continue;
        if (!(maker.Make(argument.values[i], nullptr) == maker.Make(wanted.values[i], nullptr))) return false;
      }
    }
  }
  return true;
}

void TestSession::Explain(TestOutcome& outcome) {
  const plan::TestPlan& test = *outcome.result.test;
  for (uint32_t i = 0; i < outcome.result.mismatches.size(); ++i) {
    const plan::TestExpectation& expected = test.expectations[outcome.result.mismatches[i].expectation];
    const bool is_missing = expected.kind == plan::TestExpectation::Kind::kDecided || expected.kind == plan::TestExpectation::Kind::kHeldBack;
    if (!is_missing) continue;
    WhyNot why;
    why.mismatch = i;
    const int64_t at = expected.when == plan::TestExpectation::When::kEver ? outcome.result.end : expected.at;
    for (const plan::RuleCase& one : plan().cases) {
      const plan::RulePlan& rule = plan().rules[one.rule];
      const bool decides = std::any_of(one.actions.begin(), one.actions.end(), [&](const plan::ActionPlan& action) {
        return action.name == expected.action && MaySay(action, expected);
      });
      const bool is_new = std::none_of(why.reports.begin(), why.reports.end(),
                                       [&](const runtime::WhyReport& report) { return report.rule == rule.name; });
      const bool is_meant = expected.kind != plan::TestExpectation::Kind::kDecided || expected.by_rule == plan::kNoHandler || expected.by_rule == one.rule;
      if (!decides || !is_new || !is_meant || why.reports.size() == kRulesExplainedMax) continue;
      if (test.rule != plan::kNoHandler && one.rule != test.rule && rule.revert.of != test.rule) continue;
      if (expected.entity != plan::kNoHandler && rule.entity != expected.entity) continue;
      std::string subject = expected.subject;
      for (const plan::TestRecord& record : test.records) {
        for (const auto& [entity, id] : record.subjects) {
          if (subject.empty() && entity == rule.entity) subject = id;
        }
      }
      if (subject.empty()) continue;
      if (auto report = Ask(test, one.rule, rule.entity, subject, at)) why.reports.push_back(std::move(*report));
    }
    if (!why.reports.empty()) outcome.why.push_back(std::move(why));
  }
}

/// `mrule why`, over the test's records.
std::optional<runtime::WhyReport> TestSession::Ask(const plan::TestPlan& test, uint32_t rule, uint32_t, const std::string& subject,
                                                    int64_t at) {
  if (!open_program_) {
    open_suite_.lay_open = true;
    std::optional<plan::Plan> plan = driver::CompileTests(analysis_, open_suite_);
    if (!plan) return std::nullopt;
    Result<std::unique_ptr<runtime::Program>> program = runtime::Program::Load(std::move(*plan));
    if (!program.ok()) return std::nullopt;
    open_program_ = std::move(program).value();
  }
  WhyQuestion question;
  question.subject = subject;
  question.at = at;
  question.lateness_micros = 0;
  NoRejects rejects;
  Result<std::unique_ptr<WhyRun>> run = WhyRun::Start(*open_program_, open_suite_.rules[rule], std::move(question), rejects);
  if (!run.ok()) return std::nullopt;
  std::string lines;
  for (const plan::TestRecord& record : test.records) {
    if (record.at <= at) runtime::AppendRecordJson(lines, open_program_->plan(), record);
  }
  const size_t size = lines.size();
  lines.append(runtime::JsonReader::kPadding, '\0');
  run.value()->execution().Feed(0, std::string_view(lines).substr(0, size), /*last=*/true);
  Result<runtime::WhyReport> report = run.value()->Answer();
  if (!report.ok()) return std::nullopt;
  // What it says refers to the run's watch no further than its texts do.
  return std::move(report).value();
}

}  // namespace mrule::library
