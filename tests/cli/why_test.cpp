// SPDX-License-Identifier: Apache-2.0
// `mrule why` from outside. What it says of conditions is checked by docs/language/why.md and tests/property/why_test.cpp.
#include "tests/cli/process.h"

namespace mrule::test {
namespace {

constexpr const char* kRules =
    "rule \"Once a week\"\nwhen purchased\nscore +1\nonce per 7d\n\n"
    "rule \"Rich\"\nwhen score > 5\nadd tag \"rich\"\n\n"
    "rule \"Pro\"\nwhen plan is pro and not (country is US or country is CA)\nadd tag \"pro\"\n\n"
    "rule \"Down\"\nwhen clicked\nset plan to free\n\n"
    "rule \"Up\"\npriority 2\nwhen clicked\nset plan to pro\n\n"
    "message offer on email\nrule \"Offer\"\nwhen purchased\nsend offer\nonce per 7d\notherwise wait\n\n"
    "entity shop\n  size: number = 0\nrule \"Grown\"\nwhen shop.size > 3\nnotify slack \"#a\" \"{shop.size}\"\n";

constexpr const char* kEvents =
    "{\"type\":\"purchased\",\"contact\":\"c1\",\"at\":\"2026-11-01T00:00:00Z\",\"amount\":10}\n"
    "{\"type\":\"contact\",\"contact\":\"c1\",\"at\":\"2026-11-01T12:00:00Z\",\"country\":\"US\",\"plan\":\"free\"}\n"
    "{\"type\":\"purchased\",\"contact\":\"c1\",\"at\":\"2026-11-02T00:00:00Z\",\"amount\":10}\n"
    "{\"type\":\"clicked\",\"contact\":\"c1\",\"at\":\"2026-11-03T00:00:00Z\"}\n"
    "{\"type\":\"shop\",\"shop\":\"s1\",\"at\":\"2026-11-04T00:00:00Z\",\"size\":5}\n";

class WhyTest : public CliTest {
 protected:
  void SetUp() override {
    CliTest::SetUp();
    Write("rules.mrule", kRules);
    Write("events.jsonl", kEvents);
  }
  Outcome Why(const std::string& rule, const std::string& rest) const {
    return Mrule("why \"" + rule + "\" rules.mrule --events events.jsonl " + rest);
  }
};

void ExpectSays(const Outcome& outcome, const std::string& part) {
  EXPECT_EQ(outcome.status, 0) << outcome.err;
  EXPECT_NE(outcome.out.find(part), std::string::npos) << outcome.out;
}

TEST_F(WhyTest, ALimitThatHoldsARuleBackIsNamedWithTheInstantItOpens) {
  const Outcome outcome = Why("Once a week", "--contact c1");
  ExpectSays(outcome, "its condition is true, and a limit holds it back");
  ExpectSays(outcome, "limit once per 7d: 1 of 1 used, open again at 2026-11-08T00:00:00Z");
  ExpectSays(outcome, "fired 1 time, last at 2026-11-01T00:00:00Z");
  ExpectSays(outcome, "held back by a limit 1 time");
  ExpectSays(Why("Once a week", "--contact c1 --at 2026-11-01T00:00:00Z"), "it fired: its condition is true");
}

TEST_F(WhyTest, AFiringThatWaitsIsToldWithItsInstant) {
  const Outcome outcome = Why("Offer", "--contact c1 --at 2026-11-02T00:00:00Z");
  ExpectSays(outcome, "its condition is true, and a limit makes it wait until 2026-11-08T00:00:00Z");
  ExpectSays(outcome, "if nothing more arrives: fires at 2026-11-08T00:00:00Z");
}

TEST_F(WhyTest, ALimitPerFieldTellsEachValue) {
  Write("rules.mrule", "message offer on email\nrule \"Per cart\"\nwhen purchased\nsend offer\nat most 2 per 7d per cart_id\n");
  std::string events;
  for (const char* order : {"\"k1\"", "\"k2\"", "\"k1\"", "null"}) {
    const std::string hour = std::to_string(CountLines(events));
    events += "{\"type\":\"purchased\",\"contact\":\"c1\",\"at\":\"2026-11-01T0" + hour + ":00:00Z\",\"cart_id\":" + order + "}\n";
  }
  Write("events.jsonl", events);
  ExpectSays(Why("Per cart", "--contact c1"), "limit at most 2 per 7d per cart_id\n"
                                              "  cart_id not given: 1 of 2 used\n"
                                              "  cart_id k1: 2 of 2 used, open again at 2026-11-08T00:00:00Z\n"
                                              "  cart_id k2: 1 of 2 used\n");
  ExpectSays(Why("Per cart", "--contact c1 --at 2026-11-08T01:00:00Z"), "  cart_id k1: 1 of 2 used\nfired 4 times");
  ExpectSays(Why("Per cart", "--contact c1 --at 2026-11-20T00:00:00Z"), "limit at most 2 per 7d per cart_id: 0 of 2 used for any cart_id\n");
  ExpectSays(Why("Per cart", "--contact c1 --format json"),
             "\"limits\":[{\"limit\":\"at most 2 per 7d per cart_id\",\"count\":2,\"field\":\"cart_id\",\"values\":["
             "{\"value\":null,\"used\":1,\"full\":false,\"opens\":null},"
             "{\"value\":\"k1\",\"used\":2,\"full\":true,\"opens\":\"2026-11-08T00:00:00Z\"},");
}

TEST_F(WhyTest, ASequenceIsToldStepByStep) {
  Write("rules.mrule", "message offer on email\nrule \"Warm\"\n"
                       "when opened followed by visited within 1d not followed by purchased within 7d\nsend offer\n");
  Write("events.jsonl", "{\"type\":\"opened\",\"contact\":\"c1\",\"at\":\"2026-11-01T00:00:00Z\"}\n"
                        "{\"type\":\"visited\",\"contact\":\"c1\",\"at\":\"2026-11-01T10:00:00Z\"}\n");
  const std::string label = "sequence opened followed by visited within 1d not followed by purchased within 7d: ";
  ExpectSays(Why("Warm", "--contact c1 --at 2026-11-01T01:00:00Z"), label + "1 open\n"
             "  ✓ opened at 2026-11-01T00:00:00Z\n"
             "  · visited up to 2026-11-02T00:00:00Z is awaited\n"
             "  · then no purchased within 7d\n");
  ExpectSays(Why("Warm", "--contact c1"), label + "1 open\n"
             "  ✓ opened\n"
             "  ✓ visited at 2026-11-01T10:00:00Z\n"
             "  · no purchased up to 2026-11-08T10:00:00Z would complete it\n");
  ExpectSays(Why("Warm", "--contact c1 --at 2026-11-09T00:00:00Z"), label + "has not begun\n");
  ExpectSays(Why("Warm", "--contact c1 --format json"),
             "\"runs\":[{\"with\":{},\"steps\":[{\"step\":\"opened\",\"done\":true},"
             "{\"step\":\"visited\",\"done\":true,\"at\":\"2026-11-01T10:00:00Z\",\"within\":\"1d\"},"
             "{\"step\":\"purchased\",\"absent\":true,\"done\":false,\"until\":\"2026-11-08T10:00:00Z\",\"within\":\"7d\"}]}]");
}

TEST_F(WhyTest, ThreadsDoNotChangeTheAnswer) {
  for (const char* rest : {"--contact c1", "--contact c1 --format json", "--contact c1 --at 2026-11-02T00:00:00Z"}) {
    EXPECT_EQ(Why("Offer", std::string(rest) + " --threads 4").out, Why("Offer", rest).out);
  }
  EXPECT_EQ(Why("Offer", "--contact c1 --threads 0").status, 2);
}

TEST_F(WhyTest, JsonTellsTheEditionOfTheTimeZones) { ExpectSays(Why("Offer", "--contact c1 --format json"), "\"time_zones\":\"20"); }

TEST_F(WhyTest, AWayBackThatIsSetIsTold) {
  Write("rules.mrule", "rule \"Rest\"\nwhen spend over 6h > $50\npause campaign for 6h\n");
  Write("events.jsonl", "{\"type\":\"campaign\",\"campaign\":\"k\",\"at\":\"2026-11-01T00:00:00Z\",\"status\":\"active\"}\n"
                        "{\"type\":\"insights\",\"campaign\":\"k\",\"at\":\"2026-11-01T01:00:00Z\",\"spend\":60}\n");
  ExpectSays(Why("Rest", "--campaign k"), "its way back is due at 2026-11-01T07:00:00Z");
}

TEST_F(WhyTest, OfSeveralChangesTheFewestAreNamed) {
  ExpectSays(Why("Pro", "--contact c1 --at 2026-11-02T00:00:00Z"),
             "`plan is pro` is false and `country is US` is true\n");
  ExpectSays(Why("Pro", "--contact c1 --at 2026-11-02T00:00:00Z"),
             "to make it true: `plan` equal to pro (it is free), and `country` other than US (it is US)");
  ExpectSays(Why("Rich", "--contact c1"), "to make it true: `score` more than 5 (it is 1)");
}

TEST_F(WhyTest, TheRuleThatWonIsNamed) {
  ExpectSays(Why("Down", "--contact c1"), "rule \"Up\" won over what it does");
  ExpectSays(Why("Up", "--contact c1"), "it fired");
}

TEST_F(WhyTest, WhoIsNotThereAndWhatHasNotHappenedIsSaid) {
  ExpectSays(Why("Rich", "--contact nobody"), "no record up to then names contact nobody");
  ExpectSays(Why("Up", "--contact c1 --at 2026-11-02T00:00:00Z"), "it waits for `clicked`, and c1 has met none up to then");
}

TEST_F(WhyTest, AnEntityOfOnesOwnIsNamed) {
  ExpectSays(Why("Grown", "--subject shop s1"), "it fired: its condition is true");
  EXPECT_EQ(Why("Grown", "--contact c1").status, 2);
  EXPECT_NE(Why("Grown", "").err.find("name one with --subject shop ID"), std::string::npos);
}

TEST_F(WhyTest, JsonHasTheWholeTree) {
  const Outcome outcome = Why("Pro", "--contact c1 --at 2026-11-02T00:00:00Z --format json");
  ExpectSays(outcome, "{\"rule\":\"Pro\",\"contact\":\"c1\",\"at\":\"2026-11-02T00:00:00Z\",\"verdict\":\"false\"");
  ExpectSays(outcome, "{\"text\":\"country is US\",\"kind\":\"compare\",\"truth\":\"true\",\"operator\":\"=\",\"parts\":"
                      "[{\"text\":\"country\",\"kind\":\"value\",\"value\":\"US\"}");
  EXPECT_EQ(CountLines(outcome.out), 1u);
}

TEST_F(WhyTest, WhatCannotBeAskedIsAUsageError) {
  EXPECT_NE(Why("Ritch", "--contact c1").err.find("did you mean `Rich`?"), std::string::npos);
  EXPECT_EQ(Why("Rich", "--contact c1 --at noon").status, 2);
  EXPECT_EQ(Mrule("why Rich rules.mrule --contact c1 --events none.jsonl").status, 2);
}

}  // namespace
}  // namespace mrule::test
