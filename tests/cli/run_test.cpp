// SPDX-License-Identifier: Apache-2.0
// `mrule run` from outside: what goes where, and what the exit status says (S16, S17).
#include <sys/stat.h>
#include <unistd.h>

#include "tests/cli/process.h"

namespace mrule::test {
namespace {

constexpr const char* kRules =
    "rule \"Big order\"\n"
    "when purchased where amount >= $100\n"
    "send thank_you\n"
    "\n"
    "rule \"Third visit\"\n"
    "when visited \"/pricing\" at least 3 times in last 7d\n"
    "add tag \"hot\"\n"
    "once\n"
    "\n"
    "message thank_you on email\n";

constexpr const char* kEvents =
    "{\"type\":\"purchased\",\"contact\":\"c1\",\"at\":\"2026-11-21T02:00:00Z\",\"amount\":150}\n"
    "{\"type\":\"purchased\",\"contact\":\"c2\",\"at\":\"2026-11-21T03:00:00Z\",\"amount\":50}\n"
    "\n"
    "{\"type\":\"visited\",\"contact\":\"c2\",\"at\":\"2026-11-21T04:00:00Z\",\"page\":\"/pricing\"}\n"
    "{\"type\":\"visited\",\"contact\":\"c2\",\"at\":\"2026-11-21T05:00:00Z\",\"page\":\"/pricing\"}\n";

constexpr const char* kThirdVisit =
    "{\"type\":\"visited\",\"contact\":\"c2\",\"at\":\"2026-11-21T06:00:00Z\",\"page\":\"/pricing\"}\n";

bool Has(const std::string& text, const std::string& part) { return text.find(part) != std::string::npos; }

class RunTest : public CliTest {
 protected:
  void SetUp() override {
    CliTest::SetUp();
    Write("rules.mrule", kRules);
    Write("events.jsonl", kEvents);
  }
};

TEST_F(RunTest, DecisionsAreLinesOnStandardOutputAndTheSummaryIsApart) {
  const Outcome outcome = Mrule("run rules.mrule --events events.jsonl");
  EXPECT_EQ(outcome.status, 0) << outcome.err;
  EXPECT_EQ(CountLines(outcome.out), 1u) << outcome.out;
  EXPECT_TRUE(Has(outcome.out, "\"rule\":\"Big order\",\"contact\":\"c1\",\"action\":\"send\"")) << outcome.out;
  EXPECT_TRUE(Has(outcome.err, "1 by 1 of 2 rules")) << outcome.err;
  EXPECT_TRUE(Has(outcome.err, "Big order")) << outcome.err;
  EXPECT_FALSE(Exists("events.rejects.jsonl"));
  EXPECT_FALSE(Exists("events.late.jsonl"));
  EXPECT_EQ(Mrule("run rules.mrule --events events.jsonl --quiet").err, "");
}

TEST_F(RunTest, TheSummaryAsJsonHasTheSameCounts) {
  const Outcome outcome = Mrule("run rules.mrule --events events.jsonl --summary json --state-out state.jsonl");
  EXPECT_EQ(outcome.status, 0) << outcome.err;
  EXPECT_EQ(CountLines(outcome.err), 1u) << outcome.err;
  EXPECT_TRUE(Has(outcome.err, "\"decisions\":1,\"decisions_by_rule\":{\"Big order\":1}")) << outcome.err;
  EXPECT_TRUE(Has(outcome.err, "\"zone\":\"UTC\",\"time_zones\":\"20")) << outcome.err;
  EXPECT_FALSE(Has(outcome.err, "\"state\"")) << outcome.err;
  const Outcome next = Mrule("run rules.mrule --events - --state-in state.jsonl --summary json < /dev/null");
  EXPECT_EQ(CountLines(next.err), 1u) << next.err;
  EXPECT_TRUE(next.err.starts_with("{\"state\":{\"subjects\":")) << next.err;
  EXPECT_EQ(Mrule("run rules.mrule --events events.jsonl --summary json --quiet").err, "");
}

TEST_F(RunTest, StandardInputIsReadAndEmptyInputIsFine) {
  EXPECT_EQ(CountLines(Mrule("run rules.mrule --events - < events.jsonl").out), 1u);
  const Outcome piped = Mrule("run rules.mrule --events - < /dev/null");
  EXPECT_EQ(piped.status, 0) << piped.err;
  EXPECT_EQ(piped.out, "");
  Write("empty.jsonl", "");
  EXPECT_EQ(Mrule("run rules.mrule --events empty.jsonl --drain").status, 0);
}

TEST_F(RunTest, ALastLineWithoutItsEndCounts) {
  std::string events = kEvents;
  events += kThirdVisit;
  events.pop_back();
  Write("events.jsonl", events);
  EXPECT_EQ(CountLines(Mrule("run rules.mrule --events events.jsonl").out), 2u);
}

TEST_F(RunTest, EnginesDecideAlike) {
  const Outcome interpreter = Mrule("run rules.mrule --events events.jsonl --engine interpreter");
  EXPECT_EQ(interpreter.status, 0);
  EXPECT_EQ(Mrule("run rules.mrule --events events.jsonl --engine auto").out, interpreter.out);
  for (const char* opt : {"0", "2"}) {
    const Outcome jit = Mrule(std::string("run rules.mrule --events events.jsonl --engine jit --opt ") + opt);
    if (MRULE_HAS_JIT != 0) {
      EXPECT_EQ(jit.status, 0) << jit.err;
      EXPECT_EQ(jit.out, interpreter.out);
      EXPECT_TRUE(Has(jit.err, "engine      jit")) << jit.err;
    } else {
      EXPECT_EQ(jit.status, 2);
      EXPECT_TRUE(Has(jit.err, "LLVM engine")) << jit.err;
    }
  }
}

TEST_F(RunTest, ALongStreamBringsMachineCodeInWithoutChangingADecision) {
  std::string events;
  for (int i = 0; i < 60'000; ++i) {
    const std::string id = "c" + std::to_string(i % 500);
    const int second = i % 60, minute = i / 60 % 60, hour = i / 3600;
    char at[32];
    std::snprintf(at, sizeof at, "2026-11-21T%02d:%02d:%02dZ", hour, minute, second);
    events += "{\"type\":\"purchased\",\"contact\":\"" + id + "\",\"at\":\"" + at + "\",\"amount\":" + std::to_string(i % 200) + "}\n";
  }
  Write("events.jsonl", events);
  const Outcome alone = Mrule("run rules.mrule --events events.jsonl --engine interpreter --decisions a.jsonl");
  const Outcome both = Mrule("run rules.mrule --events events.jsonl --engine auto --decisions b.jsonl");
  EXPECT_EQ(alone.status, 0) << alone.err;
  EXPECT_EQ(both.status, 0) << both.err;
  EXPECT_EQ(CountLines(Read("a.jsonl")), 30'000u);
  EXPECT_EQ(Read("a.jsonl"), Read("b.jsonl"));
}

TEST_F(RunTest, RejectedRecordsAreKeptWholeAndCounted) {
  Write("events.jsonl", std::string(kEvents) + "not json\n{\"type\":\"purchased\",\"contact\":\"c1\"}\n");
  const Outcome outcome = Mrule("run rules.mrule --events events.jsonl");
  EXPECT_EQ(outcome.status, 1);
  EXPECT_EQ(CountLines(outcome.out), 1u);
  EXPECT_TRUE(Has(outcome.err, "2, written to events.rejects.jsonl")) << outcome.err;
  EXPECT_TRUE(Has(outcome.err, "line 6: R07")) << outcome.err;
  const std::string rejects = Read("events.rejects.jsonl");
  EXPECT_EQ(CountLines(rejects), 2u);
  EXPECT_TRUE(Has(rejects, "\"line\":6")) << rejects;
  EXPECT_TRUE(Has(rejects, "not json")) << rejects;

  EXPECT_EQ(Mrule("run rules.mrule --events events.jsonl --rejects mine.jsonl").status, 1);
  EXPECT_EQ(Read("mine.jsonl"), rejects);
  EXPECT_EQ(Mrule("run rules.mrule --events - < events.jsonl").status, 1);
  EXPECT_EQ(Read("stdin.rejects.jsonl"), rejects);
}

TEST_F(RunTest, RejectsCanBeDroppedButStillCount) {
  Write("events.jsonl", "not json\n");
  const Outcome outcome = Mrule("run rules.mrule --events events.jsonl --rejects none");
  EXPECT_EQ(outcome.status, 1);
  EXPECT_FALSE(Exists("events.rejects.jsonl"));
  EXPECT_FALSE(Exists("none"));
}

TEST_F(RunTest, RejectsWithNowhereToGoStopTheRun) {
  if (geteuid() == 0) GTEST_SKIP() << "root may write anywhere";
  Write("events.jsonl", "not json\n");
  chmod(folder_.c_str(), 0555);
  EXPECT_EQ(Mrule("run rules.mrule --events events.jsonl 2>/dev/null").status, 2);
  chmod(folder_.c_str(), 0755);
}

TEST_F(RunTest, LateRecordsAreKeptAndLatenessIsAnOption) {
  Write("events.jsonl", std::string(kThirdVisit) + kEvents);
  const Outcome outcome = Mrule("run rules.mrule --events events.jsonl --lateness 0s");
  EXPECT_EQ(outcome.status, 1);
  EXPECT_EQ(CountLines(Read("events.late.jsonl")), 4u);
  const Outcome patient = Mrule("run rules.mrule --events events.jsonl --lateness 1d --quiet");
  EXPECT_EQ(patient.status, 0) << patient.err;
  EXPECT_EQ(CountLines(patient.out), 2u);
  EXPECT_EQ(Mrule("run rules.mrule --events events.jsonl --lateness soon").status, 2);
}

TEST_F(RunTest, AStateCarriesARunOver) {
  Write("more.jsonl", kThirdVisit);
  ASSERT_EQ(Mrule("run rules.mrule --events events.jsonl --state-out state.jsonl").status, 0);
  const Outcome more = Mrule("run rules.mrule --events more.jsonl --state-in state.jsonl --state-out state.jsonl");
  EXPECT_EQ(more.status, 0) << more.err;
  EXPECT_TRUE(Has(more.out, "\"rule\":\"Third visit\",\"contact\":\"c2\"")) << more.out;
  Write("whole.jsonl", std::string(kEvents) + kThirdVisit);
  ASSERT_EQ(Mrule("run rules.mrule --events whole.jsonl --state-out whole.state").status, 0);
  EXPECT_EQ(Read("state.jsonl"), Read("whole.state"));
}

TEST_F(RunTest, AStateThatIsNoneIsRefusedAndAFailedRunLeavesTheOldOne) {
  Write("state.jsonl", "hello\n");
  EXPECT_EQ(Mrule("run rules.mrule --events events.jsonl --state-in state.jsonl").status, 2);
  EXPECT_EQ(Mrule("run rules.mrule --events events.jsonl --state-in missing.jsonl").status, 2);
  EXPECT_EQ(Mrule("run rules.mrule --events events.jsonl --decisions /dev/full --state-out state.jsonl").status, 2);
  EXPECT_EQ(Read("state.jsonl"), "hello\n");
}

TEST_F(RunTest, TimeMovesOnOnlyWhenAsked) {
  Write("rules.mrule", "rule \"Quiet\"\nwhen no purchased in last 2h even if new\nsend win_back\n");
  Write("events.jsonl", "{\"type\":\"purchased\",\"contact\":\"c1\",\"at\":\"2026-11-21T02:00:00Z\",\"amount\":1}\n");
  EXPECT_EQ(CountLines(Mrule("run rules.mrule --events events.jsonl").out), 0u);
  EXPECT_EQ(CountLines(Mrule("run rules.mrule --events events.jsonl --until 2026-11-21T03:00:00Z").out), 0u);
  const Outcome until = Mrule("run rules.mrule --events events.jsonl --until 2026-11-21T05:00:00Z");
  EXPECT_EQ(CountLines(until.out), 1u) << until.out << until.err;
  EXPECT_EQ(Mrule("run rules.mrule --events events.jsonl --drain").out, until.out);
  EXPECT_EQ(Mrule("run rules.mrule --events events.jsonl --until tomorrow").status, 2);
  EXPECT_EQ(Mrule("run rules.mrule --events events.jsonl --until 2026-11-21T05:00:00Z --drain").status, 2);
}

TEST_F(RunTest, ATableIsForPeople) {
  const Outcome outcome = Mrule("run rules.mrule --events events.jsonl --format table");
  EXPECT_EQ(outcome.status, 0);
  EXPECT_TRUE(Has(outcome.out, "Big order")) << outcome.out;
  EXPECT_FALSE(Has(outcome.out, "{")) << outcome.out;
}

TEST_F(RunTest, DecisionsCanBeDroppedAndSuppressedOnesKept) {
  const Outcome none = Mrule("run rules.mrule --events events.jsonl --decisions none");
  EXPECT_EQ(none.status, 0);
  EXPECT_EQ(none.out, "");
  EXPECT_TRUE(Has(none.err, "1 by 1 of 2 rules")) << none.err;
  Write("rules.mrule", "when purchased send thank_you at most once per 7d\nmessage thank_you on email\n");
  std::string twice = kEvents;
  twice += "{\"type\":\"purchased\",\"contact\":\"c1\",\"at\":\"2026-11-21T07:00:00Z\",\"amount\":9}\n";
  Write("events.jsonl", twice);
  const Outcome kept = Mrule("run rules.mrule --events events.jsonl --suppressed held.jsonl");
  EXPECT_EQ(CountLines(kept.out), 2u) << kept.out;
  EXPECT_TRUE(Has(Read("held.jsonl"), "\"suppressed_by\":\"limit\"")) << Read("held.jsonl");
}

TEST_F(RunTest, WhatCannotBeWrittenIsReported) {
  for (const char* option : {"--decisions", "--suppressed", "--rejects", "--late", "--state-out"}) {
    const Outcome outcome = Mrule(std::string("run rules.mrule --events events.jsonl ") + option + " missing/folder/x");
    EXPECT_EQ(outcome.status, 2) << option;
    EXPECT_TRUE(Has(outcome.err, "missing/folder/x")) << outcome.err;
  }
  EXPECT_EQ(Mrule("run rules.mrule --events events.jsonl > /dev/full").status, 2);
  EXPECT_EQ(Mrule("run rules.mrule --events events.jsonl --state-out /dev/full").status, 2);
  Write("events.jsonl", "not json\n");
  EXPECT_EQ(Mrule("run rules.mrule --events events.jsonl --rejects /dev/full").status, 2);
}

TEST_F(RunTest, WhatCannotBeReadIsAUsageErrorAndDestroysNothing) {
  Write("out.jsonl", "precious\n");
  std::filesystem::create_directory(folder_ / "folder");
  EXPECT_EQ(Mrule("run rules.mrule --events missing.jsonl --decisions out.jsonl").status, 2);
  EXPECT_EQ(Mrule("run rules.mrule --events folder --decisions out.jsonl").status, 2);
  EXPECT_EQ(Mrule("run missing.mrule --events events.jsonl --decisions out.jsonl").status, 2);
  EXPECT_EQ(Mrule("run rules.mrule --decisions out.jsonl").status, 2);
  EXPECT_EQ(Read("out.jsonl"), "precious\n");
}

TEST_F(RunTest, NoOutputMayBeAnInputOrAnotherOutput) {
  EXPECT_EQ(Mrule("run rules.mrule --events events.jsonl --decisions events.jsonl").status, 2);
  EXPECT_EQ(Mrule("run rules.mrule --events events.jsonl --decisions ./rules.mrule").status, 2);
  EXPECT_EQ(Mrule("run rules.mrule --events events.jsonl --rejects x --late x").status, 2);
  EXPECT_EQ(Mrule("run rules.mrule --events events.jsonl --state-out events.jsonl").status, 2);
  EXPECT_EQ(Read("events.jsonl"), kEvents);
  EXPECT_EQ(Read("rules.mrule"), kRules);
}

TEST_F(RunTest, RulesWithErrorsDoNotRun) {
  Write("rules.mrule", "when purchsed send thank_you\n");
  const Outcome outcome = Mrule("run rules.mrule --events events.jsonl --decisions out.jsonl");
  EXPECT_EQ(outcome.status, 1);
  EXPECT_TRUE(Has(outcome.err, "error[")) << outcome.err;
  EXPECT_FALSE(Exists("out.jsonl"));
}

}  // namespace
}  // namespace mrule::test
