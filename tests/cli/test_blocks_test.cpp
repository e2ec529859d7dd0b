// SPDX-License-Identifier: Apache-2.0
// `mrule test` from outside: exit statuses, filters, coverage, formats, watching. What tests mean is shown by tests/golden/tests and
// docs/language/testing.md.
#include <signal.h>
#include <sys/wait.h>
#include <unistd.h>

#include <chrono>
#include <fstream>
#include <nlohmann/json.hpp>
#include <regex>
#include <thread>

#include "tests/cli/process.h"

namespace mrule::test {
namespace {

constexpr const char* kRules =
    "rule \"Stop losing\"\nwhen roas < 1.2 for 6h and spend over 6h > $100\npause campaign\nat most once per 24h\n\n"
    "rule \"Hot\"\nwhen visited \"/pricing\" and (plan is free or score > 10)\nadd tag \"hot\"\n\n";

constexpr const char* kTests =
    "test \"six bad hours\"\n"
    "  given campaign c1 with status active, budget $200\n"
    "  every 1h from 00:00 to 06:00 insights c1 with spend $100, revenue {revenue}\n"
    "  cases revenue\n"
    "  case \"a loser\" $90\n    expect nothing by 05:59\n    expect pause campaign c1 at 06:00 because roas < 1.2\n"
    "  case \"a winner\" $300\n    expect nothing\nend\n\n"
    "test \"a free visitor is hot\"\n  given contact ann with plan free\n  at 09:00 ann visited \"/pricing\"\n  expect add tag \"hot\" for ann\nend\n";

class TestBlocks : public CliTest {
 protected:
  void SetUp() override {
    CliTest::SetUp();
    Write("rules.mrule", std::string(kRules) + kTests);
  }
};

size_t CountOf(const std::string& text, const std::string& part) {
  size_t count = 0;
  for (size_t at = text.find(part); at != std::string::npos; at = text.find(part, at + 1)) ++count;
  return count;
}

TEST_F(TestBlocks, PassAndAreCounted) {
  const Outcome outcome = Mrule("test rules.mrule --verbose");
  EXPECT_EQ(outcome.status, 0) << outcome.out << outcome.err;
  EXPECT_EQ(outcome.out, "passed  six bad hours: a loser\npassed  six bad hours: a winner\npassed  a free visitor is hot\n3 passed\n");
}

TEST_F(TestBlocks, BothEnginesSayTheSame) {
  if (!MRULE_HAS_JIT) GTEST_SKIP();
  const std::string text = Mrule("test rules.mrule --format json").out;
  for (const char* opt : {"0", "2"}) EXPECT_EQ(Mrule(std::string("test rules.mrule --format json --engine jit --opt ") + opt).out, text);
}

TEST_F(TestBlocks, AFailureShowsExpectedSeenAndWhy) {
  Write("rules.mrule", std::string(kRules) +
                           "test \"too early\"\n  given campaign c1 with status active\n"
                           "  every 1h from 00:00 to 07:00 insights c1 with spend $100, revenue $90\n"
                           "  expect pause campaign c1 at 05:00\n  expect campaign c1 with status active\n  expect no pause campaign\nend\n");
  const Outcome outcome = Mrule("test rules.mrule");
  EXPECT_EQ(outcome.status, 1);
  for (const char* part : {"FAILED  too early  (rules.mrule:10)", "rules.mrule:13: expected pause campaign c1 at 05:00",
                           "- at           2026-01-05 05:00", "+ at           2026-01-05 06:00", "why: rule \"Stop losing\" for campaign c1 at 2026-01-05 05:00",
                           "if nothing more arrives it fires at 2026-01-05 06:00", "status is paused", "expected no pause campaign, and there was one",
                           "0 passed, 1 failed"}) {
    EXPECT_NE(outcome.out.find(part), std::string::npos) << part << "\n" << outcome.out;
  }
}

TEST_F(TestBlocks, FilterLeavesOut) {
  const Outcome outcome = Mrule("test rules.mrule --filter \"SIX*winner\" --verbose");
  EXPECT_EQ(outcome.status, 0);
  EXPECT_EQ(outcome.out, "passed  six bad hours: a winner\n1 passed, 2 left out by --filter\n");
  EXPECT_EQ(Mrule("test rules.mrule --filter nobody").status, 2);
}

TEST_F(TestBlocks, WithoutTestsThereIsNothingToRun) {
  Write("none.mrule", kRules);
  const Outcome outcome = Mrule("test none.mrule");
  EXPECT_EQ(outcome.status, 2);
  EXPECT_NE(outcome.err.find("there are no tests"), std::string::npos) << outcome.err;
}

TEST_F(TestBlocks, ARuleThatDoesNotCheckRunsNoTest) {
  Write("bad.mrule", std::string(kTests) + "when roas < $1 pause campaign\n");
  const Outcome outcome = Mrule("test bad.mrule");
  EXPECT_EQ(outcome.status, 1);
  EXPECT_EQ(outcome.out, "");
  EXPECT_NE(outcome.err.find("error["), std::string::npos);
}

TEST_F(TestBlocks, AReasonThatTheRuleDoesNotHaveIsAMistake) {
  Write("rules.mrule", std::string(kRules) + "test \"reasons\"\n  given campaign c1\n  expect pause campaign because cpa over 6h > $5\nend\n");
  const Outcome outcome = Mrule("check rules.mrule");
  EXPECT_EQ(outcome.status, 1);
  for (const char* part : {"error[E0810]: `cpa over 6h > $5` is no reason that a test can ask for: the rule's condition reads no `cpa over 6h`",
                           "= expected: `roas`", "= expected: `spend over 6h`"}) {
    EXPECT_NE(outcome.out.find(part), std::string::npos) << outcome.out;
  }
}

TEST_F(TestBlocks, RunPassesThemOverAndCheckCountsThem) {
  Write("events.jsonl", "{\"type\":\"visited\",\"contact\":\"c1\",\"at\":\"2026-11-01T00:00:00Z\",\"page\":\"/pricing\"}\n");
  Write("rules_only.mrule", kRules);
  EXPECT_EQ(Mrule("run rules.mrule --events events.jsonl --quiet").out, Mrule("run rules_only.mrule --events events.jsonl --quiet").out);
  EXPECT_NE(Mrule("check rules.mrule").out.find("2 rules, 0 segments, 3 tests"), std::string::npos);
}

TEST_F(TestBlocks, CoverageNamesWhatIsNeverReached) {
  const Outcome outcome = Mrule("test rules.mrule --coverage");
  EXPECT_EQ(outcome.status, 0);
  for (const char* part : {"%  Stop losing", "%  Hot", "never: it is looked at and does not hold", "never: `plan is free` is false",
                           "never: `score > 10` is true", "never: the side `score > 10` of `or` is true", "never: `plan is free` is unknown"}) {
    EXPECT_NE(outcome.out.find(part), std::string::npos) << part << "\n" << outcome.out;
  }
  EXPECT_EQ(outcome.out.find("the side `plan is free`"), std::string::npos);
  EXPECT_EQ(Mrule("test rules.mrule --coverage --min 100%").status, 1);
  EXPECT_EQ(Mrule("test rules.mrule --coverage --min 10%").status, 0);
  EXPECT_EQ(Mrule("test rules.mrule --min 10%").status, 2);
  EXPECT_EQ(Mrule("test rules.mrule --coverage --min lots").status, 2);
}

TEST_F(TestBlocks, CoverageAsJsonAddsUp) {
  const auto json = nlohmann::json::parse(Mrule("test rules.mrule --coverage --format json").out);
  EXPECT_EQ(json["passed"], 3);
  uint64_t covered = 0, total = 0;
  for (const auto& rule : json["coverage"]["rules"]) {
    covered += rule["covered"].get<uint64_t>();
    total += rule["total"].get<uint64_t>();
    for (const auto& condition : rule["conditions"]) EXPECT_GT(condition["true"].get<int>() + condition["false"].get<int>() + condition.value("unknown", 0), 0);
  }
  EXPECT_EQ(json["coverage"]["covered"], covered);
  EXPECT_EQ(json["coverage"]["total"], total);
  EXPECT_EQ(json["tests"][0]["decisions"][0]["action"], "pause");
  EXPECT_NEAR(json["tests"][0]["decisions"][0]["because"]["roas"].get<double>(), 0.9, 1e-12);
}

/// Every element is closed in order, attributes are quoted, and the counts agree with the elements.
void ExpectJunit(const std::string& xml, size_t tests, size_t failures) {
  ASSERT_TRUE(xml.starts_with("<?xml version=\"1.0\" encoding=\"UTF-8\"?>\n<testsuites ")) << xml;
  std::vector<std::string> open;
  const std::regex tag("<(/?)([a-z]+)((?: [a-z]+=\"[^\"<>]*\")*)(/?)>");
  size_t at = xml.find('\n') + 1, cases = 0, failed = 0;
  while (at < xml.size()) {
    std::smatch match;
    const std::string rest = xml.substr(at);
    const size_t next = rest.find('<');
    if (next == std::string::npos) break;
    ASSERT_TRUE(std::regex_search(rest.cbegin() + static_cast<std::ptrdiff_t>(next), rest.cend(), match, tag, std::regex_constants::match_continuous)) << rest;
    if (match[1].length() != 0) {
      ASSERT_FALSE(open.empty());
      EXPECT_EQ(open.back(), match[2].str());
      open.pop_back();
    } else {
      const std::string parent = open.empty() ? "" : open.back();
      const std::string name = match[2].str();
      EXPECT_EQ(parent, name == "testsuites" ? "" : name == "testsuite" ? "testsuites" : name == "testcase" ? "testsuite" : "testcase");
      cases += name == "testcase";
      failed += name == "failure";
      if (match[4].length() == 0) open.push_back(name);
    }
    at += next + static_cast<size_t>(match.length());
  }
  EXPECT_TRUE(open.empty());
  EXPECT_EQ(cases, tests);
  EXPECT_EQ(failed, failures);
  EXPECT_NE(xml.find("<testsuites name=\"mrule\" tests=\"" + std::to_string(tests) + "\" failures=\"" + std::to_string(failures) + "\""), std::string::npos) << xml;
}

TEST_F(TestBlocks, JunitHasItsShape) {
  Write("rules.mrule", std::string(kRules) + kTests +
                           "test \"<odd> & \\\"quoted\\\"\"\n  given contact ann\n  at 09:00 ann visited \"/pricing\"\n  expect add tag \"hot\"\nend\n");
  Write("more.mrule", "test \"another file\"\n  given campaign c1\n  expect no pause campaign\nend\n");
  const Outcome outcome = Mrule("test rules.mrule more.mrule --format junit");
  EXPECT_EQ(outcome.status, 1);
  ExpectJunit(outcome.out, 5, 1);
  EXPECT_EQ(CountOf(outcome.out, "<testsuite "), 2u);
  EXPECT_NE(outcome.out.find("&lt;odd&gt; &amp; &quot;quoted&quot;"), std::string::npos) << outcome.out;
  EXPECT_EQ(Mrule("test rules.mrule more.mrule --junit out.xml").status, 1);
  ExpectJunit(Read("out.xml"), 5, 1);
}

/// Waits until the file holds the text so often; a test that would wait for ever ends after a minute.
bool Appears(const std::filesystem::path& path, const std::string& text, size_t times) {
  for (int i = 0; i < 1200; ++i) {
    std::ifstream in(path);
    const std::string all((std::istreambuf_iterator<char>(in)), std::istreambuf_iterator<char>());
    if (CountOf(all, text) >= times) return true;
    std::this_thread::sleep_for(std::chrono::milliseconds(50));
  }
  return false;
}

TEST_F(TestBlocks, WatchRunsAgainWhenAFileChanges) {
  std::filesystem::create_directory(folder_ / "rules");
  Write("rules/a.mrule", std::string(kRules) + kTests);
  const pid_t child = fork();
  if (child == 0) {
    if (chdir(folder_.c_str()) != 0 || freopen("out.txt", "w", stdout) == nullptr || freopen("err.txt", "w", stderr) == nullptr) _exit(3);
    execl(MRULE_BINARY, MRULE_BINARY, "test", "rules", "--watch", static_cast<char*>(nullptr));
    _exit(3);
  }
  ASSERT_GT(child, 0);
  EXPECT_TRUE(Appears(folder_ / "err.txt", "waiting for a change", 1));
  EXPECT_TRUE(Appears(folder_ / "out.txt", "3 passed", 1));
  // As an editor does it: a new file in the old one's place.
  Write("rules/a.mrule.new", std::string(kRules) + kTests + "test \"one more\"\n  given campaign c9\n  expect no pause campaign\nend\n");
  std::filesystem::rename(folder_ / "rules/a.mrule.new", folder_ / "rules/a.mrule");
  EXPECT_TRUE(Appears(folder_ / "out.txt", "4 passed", 1));
  EXPECT_TRUE(Appears(folder_ / "err.txt", "waiting for a change", 2));
  // A file in a folder that was not there before.
  std::filesystem::create_directory(folder_ / "rules/more");
  std::this_thread::sleep_for(std::chrono::milliseconds(300));
  Write("rules/more/b.mrule", "test \"elsewhere\"\n  given campaign c9\n  expect no pause campaign\nend\n");
  EXPECT_TRUE(Appears(folder_ / "out.txt", "5 passed", 1));
  kill(child, SIGTERM);
  int status = 0;
  waitpid(child, &status, 0);
}

}  // namespace
}  // namespace mrule::test
