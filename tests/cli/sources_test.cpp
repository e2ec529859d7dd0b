// SPDX-License-Identifier: Apache-2.0
// `mrule run` over several sources, over a pause, and on several threads (S16).
#include <gtest/gtest.h>

#include "tests/cli/process.h"

namespace mrule::test {
namespace {

bool Has(const std::string& text, const std::string& part) { return text.find(part) != std::string::npos; }

std::string Purchase(const std::string& contact, const std::string& time, const std::string& more = "") {
  return "{\"type\":\"purchased\",\"contact\":\"" + contact + "\",\"at\":\"2026-11-21T" + time + "Z\",\"amount\":5" + more + "}\n";
}

class SourcesTest : public CliTest {
 protected:
  void SetUp() override {
    CliTest::SetUp();
    Write("rules.mrule", "when purchased send thank_you\nwhen purchased and count of purchased over 1d = 2 send again\n"
                         "message thank_you on email\nmessage again on email\n");
    Write("web.jsonl", Purchase("w1", "01:00:00") + Purchase("w2", "03:00:00") + Purchase("w1", "05:00:00"));
    Write("ads.jsonl", Purchase("a1", "02:00:00") + Purchase("a2", "03:00:00") + Purchase("a3", "01:30:00"));
  }
};

TEST_F(SourcesTest, FilesAreReadSideBySide) {
  const Outcome outcome = Mrule("run rules.mrule --events web.jsonl --events 'ads=ads.jsonl;lateness=2h;idle=1h'");
  EXPECT_EQ(outcome.status, 0) << outcome.err;
  EXPECT_EQ(CountLines(outcome.out), 7u);
  size_t last = 0;
  for (const char* subject : {"\"w1\"", "\"a3\"", "\"a1\"", "\"w2\"", "\"a2\""}) {
    const size_t at = outcome.out.find(subject);
    EXPECT_TRUE(at != std::string::npos && at >= last) << subject << outcome.out;
    last = at;
  }
  EXPECT_EQ(outcome.out, Mrule("run rules.mrule --events web.jsonl --events 'ads=ads.jsonl;lateness=2h' --threads 3").out);
}

TEST_F(SourcesTest, LateAndRejectedRecordsNameTheirSource) {
  Write("ads.jsonl", Purchase("a1", "02:00:00") + "nonsense\n" + Purchase("a3", "01:30:00"));
  const Outcome outcome = Mrule("run rules.mrule --events web.jsonl --events ads.jsonl");
  EXPECT_EQ(outcome.status, 1);
  EXPECT_TRUE(Has(Read("events.late.jsonl"), "{\"source\":\"ads\",\"line\":3,")) << Read("events.late.jsonl");
  EXPECT_TRUE(Has(Read("events.rejects.jsonl"), "{\"source\":\"ads\",\"line\":2,")) << Read("events.rejects.jsonl");
  EXPECT_TRUE(Has(outcome.err, "ads line 2:")) << outcome.err;
}

TEST_F(SourcesTest, APipeMayBeOneOfThem) {
  const Outcome outcome = Mrule("run rules.mrule --events - --events 'ads=ads.jsonl;lateness=2h' < web.jsonl");
  EXPECT_EQ(outcome.status, 0) << outcome.err;
  EXPECT_EQ(CountLines(outcome.out), 7u);
}

TEST_F(SourcesTest, ASilentPipeDoesNotBlockTheOthers) {
  // The pipe's writer waits for what the other source lets be decided, and writes nothing. It opens the pipe for reading too, so that it
  // does not wait for a reader that never comes.
  const Outcome outcome = Mrule(
      "version > version.txt; mkfifo pipe; '" MRULE_BINARY "' run rules.mrule --events web.jsonl --events 'ads=pipe;idle=30min' "
      "--decisions out.jsonl --quiet & exec 3<> pipe; "
      "for i in $(seq 200); do grep -q w2 out.jsonl 2> grep.txt && break; sleep 0.05; done; grep -c w2 out.jsonl; exec 3>&-; wait");
  EXPECT_EQ(outcome.out, "1\n") << outcome.err;
  EXPECT_EQ(CountLines(Read("out.jsonl")), 4u);
}

TEST_F(SourcesTest, WhatIsWrongWithASourceIsSaid) {
  for (const auto& [options, message] : {
           std::pair("--events web.jsonl --events web.jsonl", "is read twice"),
           std::pair("--events 'web.jsonl;delay=1h'", "`delay` is no setting of a source"),
           std::pair("--events 'web.jsonl;idle=soon'", "is no duration"),
           std::pair("--events a=", "has no file"),
           std::pair("--events x=web.jsonl --events x=ads.jsonl", "two sources are named `x`"),
           std::pair("--events nowhere.jsonl", "cannot open"),
           std::pair("--events web.jsonl --threads 0", "threads"),
       }) {
    const Outcome outcome = Mrule(std::string("run rules.mrule ") + options);
    EXPECT_EQ(outcome.status, 2) << options;
    EXPECT_TRUE(Has(outcome.err, message)) << options << "\n" << outcome.err;
  }
}

TEST_F(SourcesTest, RepeatedRecordsAreCounted) {
  Write("web.jsonl", Purchase("w1", "01:00:00", ",\"id\":\"x\"") + Purchase("w1", "01:00:00", ",\"id\":\"x\""));
  const Outcome outcome = Mrule("run rules.mrule --events web.jsonl");
  EXPECT_EQ(outcome.status, 0);
  EXPECT_EQ(CountLines(outcome.out), 1u);
  EXPECT_TRUE(Has(outcome.err, "repeated    1 dropped")) << outcome.err;
}

TEST_F(SourcesTest, APausedRunGoesOnWhereItStood) {
  const std::string web = Read("web.jsonl");
  const std::string late = Purchase("w3", "08:00:00") + Purchase("w1", "00:30:00");
  Write("all.jsonl", web + late);
  const Outcome whole = Mrule("run rules.mrule --events all.jsonl --lateness 2h --contradicted whole.jsonl");
  EXPECT_EQ(whole.status, 1);
  EXPECT_EQ(CountLines(Read("whole.jsonl")), 1u);
  for (const size_t lines : {1, 2, 3}) {
    size_t cut = 0;
    for (size_t i = 0; i < lines; ++i) cut = web.find('\n', cut) + 1;
    Write("first.jsonl", web.substr(0, cut));
    Write("second.jsonl", web.substr(cut) + late);
    const Outcome first = Mrule("run rules.mrule --events first.jsonl --lateness 2h --pause --state-out state.jsonl --threads 2");
    const Outcome second = Mrule("run rules.mrule --events second.jsonl --lateness 2h --state-in state.jsonl --contradicted again.jsonl");
    EXPECT_EQ(first.status, 0) << first.err;
    EXPECT_EQ(first.out + second.out, whole.out);
    EXPECT_EQ(CountLines(Read("again.jsonl")), 1u);
  }
  EXPECT_EQ(Mrule("run rules.mrule --events web.jsonl --pause").status, 2);
  EXPECT_EQ(Mrule("run rules.mrule --events web.jsonl --pause --drain --state-out state.jsonl").status, 2);
}

TEST_F(SourcesTest, TablesAndSuppressedDecisionsAreTheSameOnAnyNumberOfThreads) {
  Write("rules.mrule", "when purchased send thank_you once\nmessage thank_you on email\n");
  std::string one, one_suppressed;
  for (const char* threads : {"1", "2", "5"}) {
    const Outcome outcome = Mrule(std::string("run rules.mrule --events web.jsonl --format table --suppressed s.jsonl --threads ") + threads);
    EXPECT_EQ(outcome.status, 0) << outcome.err;
    if (one.empty()) {
      one = outcome.out;
      one_suppressed = Read("s.jsonl");
    }
    EXPECT_EQ(outcome.out, one);
    EXPECT_EQ(Read("s.jsonl"), one_suppressed);
  }
  EXPECT_EQ(CountLines(one_suppressed), 1u);
}

TEST_F(SourcesTest, AFullDiskStopsThreadsToo) {
  const Outcome outcome = Mrule("run rules.mrule --events web.jsonl --decisions /dev/full --threads 2");
  EXPECT_EQ(outcome.status, 2);
}

}  // namespace
}  // namespace mrule::test
