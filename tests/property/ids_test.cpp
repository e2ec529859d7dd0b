// SPDX-License-Identifier: Apache-2.0
// What the ids of decisions promise (S12, S18): each decision has its own; a replay gives the same, on any
// engine and any number of threads, after a restart, and whatever other rules there are.
#include <gtest/gtest.h>

#include <map>
#include <set>
#include <sstream>
#include <string>
#include <vector>

#include "tests/support/run.h"

namespace mrule::testing {
namespace {

/// Every way of firing, several of them more than once for a subject at one instant.
constexpr const char* kRules =
    "message m on email\n\n"
    "event landed on contact\nevent deal on contact\n  size: number\n"
    "measure dealt: number = sum of deal.size\n\n"
    "rule \"event\"\nwhen opened\nsend m\nadd tag \"a\"\n\n"
    "rule \"two triggers\"\nwhen opened or clicked\nsend m\n\n"
    "rule \"each\"\nwhen each 10 dealt\nsend m\n\n"
    "rule \"wait\"\nwhen clicked\nsend m\nat most 2 per 1h\notherwise wait\n\n"
    "rule \"skip\"\nwhen clicked\nsend m\nonce per 1h\n\n"
    "rule \"state\"\nwhen score > 1\nsend m\nscore -8\n\n"
    "rule \"rise\"\nwhen opened\nscore +4\n\n"
    "rule \"followed\"\nwhen each opened followed by clicked within 2h\nsend m\n\n"
    "rule \"absent\"\nwhen each opened not followed by landed within 1h\nsend m\nscore +4\n\n"
    "rule \"every\"\nevery 1h when email is missing send m\n\n"
    "rule \"back\"\nwhen opened\nadd tag \"b\" for 1h\n\n"
    "rule \"emit\"\nwhen purchased\nemit clicked\n";

/// Nothing of what the others read is changed by these, but they cause events, rounds and internal events of
/// their own.
constexpr const char* kOthers =
    "event noise on contact\nentity contact\n  loud: number = 0\n\n"
    "rule \"other event\"\nwhen visited\nemit noise\n\n"
    "rule \"other noise\"\nwhen noise\nset loud to 1\n\n"
    "rule \"other state\"\nwhen loud > 0\nset loud to 0\n\n"
    "rule \"other deadline\"\nwhen visited not followed by noise within 1h\nsend m\n\n"
    "rule \"other schedule\"\nevery 30min when loud < 1 send m\n\n";

std::string Events() {
  std::string events;
  for (const char* hour : {"00", "01", "02"}) {
    for (const char* contact : {"c1", "c2"}) {
      for (const char* type : {"visited", "opened", "opened", "visited", "clicked", "clicked", "clicked",
                               "deal", "purchased", "clicked"}) {
        events += std::string("{\"type\":\"") + type + "\",\"contact\":\"" + contact +
                  "\",\"at\":\"2026-03-01T" + hour + ":00:00Z\"" +
                  (std::string(type) == "deal" ? ",\"size\":35}\n" : "}\n");
      }
    }
  }
  return events;
}

Rules Compile(const std::string& text) {
  const Compiled compiled = Rules::CompileText({{"ids.mrule", text}});
  EXPECT_TRUE(static_cast<bool>(compiled)) << compiled.Rendered();
  return compiled.rules();
}

Said Say(const Rules& rules, const std::string& events, RunPlan plan = {}) {
  plan.drain = true;
  return RunRules(rules, Engines()[0], events, plan);
}

std::string WithoutOthers(const std::string& decisions) {
  std::istringstream in(decisions);
  std::string out, line;
  while (std::getline(in, line)) {
    if (line.find("\"rule\":\"other") == std::string::npos) out += line + "\n";
  }
  return out;
}

/// How many decisions each rule has, for the first contact at the instant.
std::map<std::string, int> DecisionsAt(const std::string& decisions, const std::string& at) {
  std::map<std::string, int> count;
  std::istringstream in(decisions);
  for (std::string line; std::getline(in, line);) {
    if (line.find("\"at\":\"" + at) == std::string::npos || line.find("\"c1\"") == std::string::npos)
      continue;
    const size_t name = line.find("\"rule\":\"") + 8;
    ++count[line.substr(name, line.find('"', name) - name)];
  }
  return count;
}

TEST(Ids, EachDecisionHasItsOwn) {
  const Said said = Say(Compile(kRules), Events());
  EXPECT_EQ(RepeatedId(said.decisions), "");
  EXPECT_EQ(RepeatedId(said.suppressed), "");
  // The cases that this is about are there.
  std::map<std::string, int> count = DecisionsAt(said.decisions, "2026-03-01T01:00:00Z");
  for (const char* rule : {"event", "two triggers", "each", "wait", "followed", "absent", "state"})
    EXPECT_GT(count[rule], 1) << rule;
  EXPECT_GT(count["every"], 0);
  EXPECT_GT(count["back"], 0);
}

TEST(Ids, OtherRulesDoNotChangeThem) {
  const Said alone = Say(Compile(kRules), Events());
  for (const std::string& text : {std::string(kOthers) + kRules, std::string(kRules) + "\n" + kOthers}) {
    const Said among = Say(Compile(text), Events());
    EXPECT_NE(among.decisions.find("\"rule\":\"other state\""), std::string::npos);
    EXPECT_EQ(FirstDifference("decisions", alone.decisions, WithoutOthers(among.decisions)), "");
    EXPECT_EQ(FirstDifference("suppressed", alone.suppressed, WithoutOthers(among.suppressed)), "");
  }
}

TEST(Ids, EnginesAndThreadsGiveTheSame) {
  const Rules rules = Compile(kRules);
  const Said alone = Say(rules, Events());
  for (const EngineChoice& engine : Engines()) {
    for (const int threads : {1, 2, 5}) {
      RunPlan plan;
      plan.drain = true;
      plan.threads = threads;
      EXPECT_EQ(alone.DifferenceFrom(RunRules(rules, engine, Events(), plan)), "")
          << engine.name << " " << threads;
    }
  }
}

/// A run that ends completes its instant; the next one may bring more of that instant all the same.
TEST(Ids, AnInstantThatGoesOnAfterARestartCountsOn) {
  const Rules rules = Compile(kRules);
  const std::string event =
      "{\"type\":\"clicked\",\"contact\":\"c1\",\"at\":\"2026-03-01T00:00:00Z\"}\n"
      "{\"type\":\"opened\",\"contact\":\"c1\",\"at\":\"2026-03-01T00:00:00Z\"}\n";
  for (const int threads : {1, 3}) {
    for (const bool silent : {false, true}) {
      std::string state, decisions;
      std::set<std::string> told;
      for (int run = 0; run < 3; ++run) {
        RunPlan plan;
        plan.state_in = state;
        plan.threads = threads;
        plan.silent = silent && run == 0;  // whether anyone listens changes no state
        const Said said = RunRules(rules, Engines()[0], event, plan);
        ASSERT_EQ(said.error, "");
        state = said.state;
        decisions += said.decisions;
      }
      EXPECT_EQ(RepeatedId(decisions), "") << threads << silent;
      EXPECT_NE(state.find("\"fired\":[[\"event\",0,3]"), std::string::npos) << state;
    }
  }
  // What has fired at the instant is of no use when the clock has moved.
  RunPlan later;
  later.until = ParseInstant("2026-03-01T00:30:00Z");
  EXPECT_EQ(RunRules(rules, Engines()[0], event, later).state.find("\"fired\""), std::string::npos);
}

}  // namespace
}  // namespace mrule::testing
