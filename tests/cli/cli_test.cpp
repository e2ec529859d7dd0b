// SPDX-License-Identifier: Apache-2.0
// The command line around the commands, and every command but `run`.
#include "tests/cli/process.h"

namespace mrule::test {
namespace {

using ::testing::Test;

constexpr const char* kRule = "when opened welcome_2 score +10\n";
constexpr const char* kWrong = "when opened welcome_2 score +$10\n";
constexpr const char* kBroken = "when (opened score +10\n";

bool Has(const std::string& text, const std::string& part) { return text.find(part) != std::string::npos; }

TEST_F(CliTest, NoCommandIsAUsageError) { EXPECT_EQ(Mrule("").status, 2); }

TEST_F(CliTest, AnUnknownCommandIsAUsageError) {
  const Outcome outcome = Mrule("frobnicate");
  EXPECT_EQ(outcome.status, 2);
  EXPECT_NE(outcome.err, "");
}

TEST_F(CliTest, HelpIsOnStandardOutputWithExamples) {
  const Outcome outcome = Mrule("--help");
  EXPECT_EQ(outcome.status, 0);
  EXPECT_TRUE(Has(outcome.out, "Exit status")) << outcome.out;
  for (const char* command : {"run", "check", "dump", "explain"}) {
    const Outcome help = Mrule(std::string(command) + " --help");
    EXPECT_EQ(help.status, 0) << command;
    EXPECT_TRUE(Has(help.out, std::string("  mrule ") + command)) << help.out;
  }
}

TEST_F(CliTest, HelpOnAFullDiskFails) { EXPECT_EQ(Mrule("--help > /dev/full").status, 2); }

TEST_F(CliTest, VersionNamesTheLanguage) {
  const Outcome outcome = Mrule("version");
  EXPECT_EQ(outcome.status, 0);
  EXPECT_TRUE(Has(outcome.out, "language ")) << outcome.out;
  EXPECT_TRUE(Has(outcome.out, "time zones: IANA 20")) << outcome.out;
  EXPECT_EQ(Has(outcome.out, "LLVM engine: available"), MRULE_HAS_JIT != 0) << outcome.out;
  EXPECT_EQ(Mrule("--version").status, 0);
  const Outcome json = Mrule("version --format json");
  EXPECT_EQ(json.status, 0);
  EXPECT_EQ(CountLines(json.out), 1u) << json.out;
  EXPECT_TRUE(Has(json.out, "\"language\":\"")) << json.out;
  EXPECT_TRUE(Has(json.out, MRULE_HAS_JIT != 0 ? "\"llvm\":true" : "\"llvm\":false")) << json.out;
  // The same edition of the time zones as in the text.
  const size_t at = outcome.out.find("IANA ") + 5;
  EXPECT_TRUE(Has(json.out, "\"time_zones\":\"" + outcome.out.substr(at, outcome.out.find('\n', at) - at) + "\"")) << json.out;
}

TEST_F(CliTest, CheckOfGoodRulesIsFine) {
  Write("good.mrule", kRule);
  const Outcome outcome = Mrule("check good.mrule");
  EXPECT_EQ(outcome.status, 0) << outcome.out << outcome.err;
  EXPECT_EQ(outcome.out, "no problems in 1 file: 1 rule, 0 segments\n");
  EXPECT_EQ(Mrule("check --quiet good.mrule").out, "");
}

TEST_F(CliTest, CheckOfWrongRulesHasFindings) {
  Write("wrong.mrule", kWrong);
  const Outcome outcome = Mrule("check wrong.mrule");
  EXPECT_EQ(outcome.status, 1);
  EXPECT_TRUE(Has(outcome.out, "wrong.mrule:1:")) << outcome.out;
  EXPECT_TRUE(Has(outcome.out, "1 error and 0 warnings in 1 file")) << outcome.out;
}

TEST_F(CliTest, CheckForToolsIsJsonOrSarif) {
  Write("broken.mrule", kBroken);
  const Outcome json = Mrule("check --format json broken.mrule");
  EXPECT_EQ(json.status, 1);
  EXPECT_EQ(json.out.substr(0, 1), "{") << json.out;
  EXPECT_TRUE(Has(json.out, "\"code\":\"E0101\"")) << json.out;
  const Outcome sarif = Mrule("check --format sarif broken.mrule");
  EXPECT_EQ(sarif.status, 1);
  EXPECT_TRUE(Has(sarif.out, "2.1.0")) << sarif.out;
}

TEST_F(CliTest, CheckTakesFoldersAndEachFileOnce) {
  Write("rules/b.mrule", kRule);
  Write("rules/deep/a.mrule", "when clicked score +3\n");
  Write("rules/notes.txt", "no rule");
  const Outcome outcome = Mrule("check rules rules/b.mrule");
  EXPECT_EQ(outcome.status, 0) << outcome.out << outcome.err;
  EXPECT_EQ(outcome.out, "no problems in 2 files: 2 rules, 0 segments\n");
}

TEST_F(CliTest, CheckOfAnEmptyFileIsFine) {
  Write("empty.mrule", "");
  EXPECT_EQ(Mrule("check empty.mrule").status, 0);
}

TEST_F(CliTest, WhatCannotBeReadIsAUsageError) {
  std::filesystem::create_directory(folder_ / "empty");
  Write("binary.mrule", std::string_view("when \xff\xfe", 7));
  for (const char* name : {"missing.mrule", "empty", "binary.mrule"}) {
    const Outcome outcome = Mrule(std::string("check ") + name);
    EXPECT_EQ(outcome.status, 2) << name << outcome.out;
    EXPECT_NE(outcome.out + outcome.err, "") << name;
  }
}

TEST_F(CliTest, AFullDiskIsReported) {
  Write("good.mrule", kRule);
  for (const char* arguments : {"check good.mrule", "dump --phase=tree good.mrule", "explain", "version"}) {
    const Outcome outcome = Mrule(std::string(arguments) + " > /dev/full");
    EXPECT_EQ(outcome.status, 2) << arguments;
    EXPECT_TRUE(Has(outcome.err, "cannot write standard output")) << outcome.err;
  }
}

TEST_F(CliTest, EveryPhaseCanBeDumped) {
  Write("good.mrule", kRule);
  for (const char* phase : {"tokens", "tree", "hir", "ir", "plan"}) {
    const Outcome outcome = Mrule(std::string("dump --phase=") + phase + " good.mrule");
    EXPECT_EQ(outcome.status, 0) << phase << outcome.err;
    EXPECT_NE(outcome.out, "") << phase;
    EXPECT_EQ(outcome.out, Mrule(std::string("dump --phase=") + phase + " good.mrule").out) << phase;
  }
}

TEST_F(CliTest, ThePlanShowsSchedules) {
  Write("schedules.mrule",
        "every weekday at 08:00 in \"Europe/Berlin\" when score > 5 send x\n"
        "every day at 09:00 contact time when plan is free and between 09:00 and 17:00 send x\n");
  const std::string plan = Mrule("dump --phase=plan schedules.mrule").out;
  EXPECT_NE(plan.find("schedule every weekday at 08:00 in Europe/Berlin of contact, by one timer for all"), std::string::npos) << plan;
  EXPECT_NE(plan.find("schedule every day at 09:00 contact time, else UTC of contact, by a timer of each"), std::string::npos) << plan;
  EXPECT_NE(plan.find("event every day at 09:00 contact time, else UTC (internal)"), std::string::npos) << plan;
  EXPECT_NE(plan.find("delivers every day at 09:00 contact time, else UTC"), std::string::npos) << plan;
}

TEST_F(CliTest, MachineCodeCanBeDumpedWhereThereIsLlvm) {
  Write("good.mrule", "when purchased where amount * 2 > $10 score +10\n");
  for (const char* opt : {"0", "2"}) {
    const Outcome outcome = Mrule(std::string("dump --phase=llvm --opt ") + opt + " good.mrule");
    EXPECT_EQ(outcome.status, MRULE_HAS_JIT != 0 ? 0 : 2) << outcome.err;
    EXPECT_EQ(Has(outcome.out, "define"), MRULE_HAS_JIT != 0) << outcome.out;
  }
}

TEST_F(CliTest, TokensAndTreesOfBrokenRulesAreDumpedWithTheirProblems) {
  Write("broken.mrule", kBroken);
  for (const char* phase : {"tokens", "tree"}) {
    const Outcome outcome = Mrule(std::string("dump --phase=") + phase + " broken.mrule");
    EXPECT_EQ(outcome.status, 1) << phase;
    EXPECT_NE(outcome.out, "") << phase;
    EXPECT_TRUE(Has(outcome.err, "error[")) << outcome.err;
  }
  EXPECT_EQ(Mrule("dump --phase=plan broken.mrule").out, "");
}

TEST_F(CliTest, AnUnknownPhaseIsAUsageError) {
  Write("good.mrule", kRule);
  EXPECT_EQ(Mrule("dump --phase=wishes good.mrule").status, 2);
  EXPECT_EQ(Mrule("dump good.mrule").status, 2);
}

TEST_F(CliTest, ExplainListsAndExplains) {
  const Outcome list = Mrule("explain");
  EXPECT_EQ(list.status, 0);
  EXPECT_TRUE(Has(list.out, "E0101")) << list.out;
  EXPECT_TRUE(Has(list.out, "W0001")) << list.out;
  EXPECT_TRUE(Has(Mrule("explain e0101").out, "E0101"));
  EXPECT_EQ(Mrule("explain hidden-character").status, 0);
  EXPECT_EQ(Mrule("explain E9999").status, 2);
}

}  // namespace
}  // namespace mrule::test
