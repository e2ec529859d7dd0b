// SPDX-License-Identifier: Apache-2.0
// `C for 6h` against the golden table, reports in a row, peaks and lows: the kernels of what has been true, and of what was.
#include <gtest/gtest.h>

#include <algorithm>
#include <string>
#include <vector>

#include "tests/unit/kernel_values.h"
#include "tests/unit/state_fixture.h"

namespace mrule::test {
namespace {

constexpr int64_t kMinute = 60'000'000, kHour = 60 * kMinute, kSixHours = 6 * kHour;
constexpr uint32_t kHold = 16, kObserved = 64;

class Hold : public State {
 protected:
  Hold() { At<MrObserved>(kObserved)->at = kMin; }

  /// Plays hourly observations from 00:00 (T, F, or _ for none) and steps whenever a timer would: when the
  /// observation goes stale and at the hold's deadline. Returns the instants at which the hold became true.
  std::vector<int64_t> Play(const std::string& observations, int64_t fresh, int64_t until,
                            int64_t restart_at = -1) {
    std::vector<int64_t> fired;
    bool was_true = false;
    int64_t now = 0;
    while (now <= until) {
      const size_t hour = static_cast<size_t>(now / kHour);
      if (now % kHour == 0 && hour < observations.size() && observations[hour] != '_') {
        mr_s_observe(At(now), kObserved);
        last_ = observations[hour];
      }
      if (now == restart_at) {  // the record is all there is
        const std::vector<int64_t> saved = record_;
        record_.assign(saved.size(), -1);
        record_ = saved;
        frame_.record = reinterpret_cast<char*>(record_.data());
      }
      Step(now, fresh);
      int64_t held = 0;
      const bool is_true = mr_s_hold_read(&frame_, kHold, kSixHours, 2, &held) == kMrOk && held != 0;
      if (is_true && !was_true) fired.push_back(now);
      was_true = is_true;
      now = Next(now, fresh, observations.size());
    }
    return fired;
  }

  void Step(int64_t now, int64_t fresh) {
    At(now);
    const int64_t truth = mr_s_is_fresh(&frame_, kObserved, fresh) == 0 ? kMrHoldUnknown : last_ == 'T';
    mr_s_hold_step(&frame_, kHold, truth, At<MrObserved>(kObserved)->sequence, fresh);
    mr_s_hold_step(&frame_, kHold, truth, At<MrObserved>(kObserved)->sequence,
                   fresh);  // twice is as good as once
  }

  int64_t Next(int64_t now, int64_t fresh, size_t hours) {
    int64_t next = (now / kHour + 1) * kHour;
    if (next > static_cast<int64_t>(hours - 1) * kHour) next = kMax;
    for (int64_t timer :
         {mr_s_stale_at(&frame_, kObserved, fresh), mr_s_hold_deadline(&frame_, kHold, kSixHours, 2)}) {
      if (timer > now) next = std::min(next, timer);
    }
    return next;
  }

  char last_ = '_';
};

using Instants = std::vector<int64_t>;

TEST_F(Hold, SixHoursOfTruth) { EXPECT_EQ(Play("TTTTTTT", 90 * kMinute, 6 * kHour), Instants{6 * kHour}); }
TEST_F(Hold, FiresByTimerAlone) { EXPECT_EQ(Play("TTTTTT", 90 * kMinute, 6 * kHour), Instants{6 * kHour}); }
TEST_F(Hold, FalseStartsAgain) {
  EXPECT_EQ(Play("TTFTTTTTTT", 90 * kMinute, 9 * kHour), Instants{9 * kHour});
}
TEST_F(Hold, AShortUnknownSuspends) {
  EXPECT_EQ(Play("TTT__TTTT", 90 * kMinute, 9 * kHour), Instants{7 * kHour + 30 * kMinute});
}
TEST_F(Hold, ALongUnknownResets) {
  EXPECT_EQ(Play("TTT___TTTTTTT", 90 * kMinute, 13 * kHour), Instants{12 * kHour});
}
TEST_F(Hold, OneObservationIsNoEvidence) { EXPECT_EQ(Play("T", 12 * kHour, 24 * kHour), Instants{}); }
TEST_F(Hold, TheSecondObservationIsEnoughHoweverLate) {
  EXPECT_EQ(Play("T_______T", 12 * kHour, 9 * kHour), Instants{8 * kHour});
}
TEST_F(Hold, ARestartChangesNothing) {
  EXPECT_EQ(Play("TTTTTTT", 90 * kMinute, 6 * kHour, 4 * kHour), Instants{6 * kHour});
}
TEST_F(Hold, FalseAtFourInTimeForbids) { EXPECT_EQ(Play("TTTTFTT", 90 * kMinute, 6 * kHour), Instants{}); }
TEST_F(Hold, UnknownAfterFiringReadsUnknownAndFalseReadsFalse) {
  Play("TTTTTTT", 90 * kMinute, 8 * kHour);
  int64_t out = 7;
  Step(9 * kHour, 90 * kMinute);
  EXPECT_EQ(mr_s_hold_read(&frame_, kHold, kSixHours, 2, &out), kMrUnknown);
  EXPECT_EQ(mr_s_hold_deadline(&frame_, kHold, kSixHours, 2), kMax);
  last_ = 'F';
  mr_s_observe(At(10 * kHour), kObserved);
  Step(10 * kHour, 90 * kMinute);
  EXPECT_EQ(mr_s_hold_read(&frame_, kHold, kSixHours, 2, &out), kMrOk);
  EXPECT_EQ(out, 0);
}
TEST_F(Hold, ConditionsThatAreNotPolledNeedNoObservation) {
  mr_s_hold_step(At(100), kHold, kMrHoldTrue, 0, 0);
  EXPECT_EQ(mr_s_hold_deadline(&frame_, kHold, 50, 0), 150);
  int64_t out;
  mr_s_hold_read(At(149), kHold, 50, 0, &out);
  EXPECT_EQ(out, 0);
  mr_s_hold_read(At(150), kHold, 50, 0, &out);
  EXPECT_EQ(out, 1);
  EXPECT_EQ(mr_s_hold_deadline(&frame_, kHold, 50, 0), kMax);
  mr_s_hold_step(At(160), kHold, kMrHoldUnknown, 0, 0);  // suspended for however long
  mr_s_hold_step(At(9000), kHold, kMrHoldTrue, 0, 0);
  mr_s_hold_read(&frame_, kHold, 60, 0, &out);
  EXPECT_EQ(out, 1);
}

// --- reports in a row, peaks and lows ---

TEST_F(State, ARowCountsReportsAndNothingElse) {
  const auto step = [&](int64_t truth, int64_t sequence) {
    mr_s_row_step(&frame_, 16, truth, sequence, 3);
    return mr_s_row_read(&frame_, 16, 3) != 0;
  };
  EXPECT_FALSE(step(kMrHoldTrue, 1));
  EXPECT_FALSE(step(kMrHoldTrue, 1));  // nothing was reported since
  EXPECT_FALSE(step(kMrHoldTrue, 2));
  EXPECT_FALSE(step(kMrHoldUnknown, 3));
  EXPECT_TRUE(step(kMrHoldTrue, 4));
  EXPECT_TRUE(step(kMrHoldUnknown, 5));
  EXPECT_TRUE(step(kMrHoldFalse, 5));
  EXPECT_FALSE(step(kMrHoldFalse, 6));
  EXPECT_EQ(At<MrRow>(16)->count, 0);
}

TEST_F(State, APeakIsTheBestOfWhatIsAndWasAndLeavesAWindowAfterItsEnd) {
  const auto step = [&](int64_t now, int64_t known, int64_t bits) {
    mr_s_extreme_step(At(now), 16, 64, known, bits, 100, kMrPeakI64);
  };
  const auto peak = [&](int64_t now) {
    int64_t out = -1;
    return mr_s_extreme_read(At(now), 16, 64, 100, kMrPeakI64, &out) == kMrOk ? out : -1;
  };
  EXPECT_EQ(peak(0), -1);
  step(0, 1, 50);
  EXPECT_EQ(peak(0), 50);
  EXPECT_EQ(mr_s_extreme_leave_at(&frame_, 16, 64, 100), kMax);
  step(10, 1, 90);  // the 50 is forgotten when the 90 ends
  step(20, 1, 30);
  EXPECT_EQ(At<MrLog>(64)->tail - At<MrLog>(64)->base, 1u);
  step(30, 1, 200);
  step(30, 1, 40);  // the 200 lasted no time
  step(40, 0, 0);
  EXPECT_EQ(peak(40), 90);
  EXPECT_EQ(mr_s_extreme_leave_at(&frame_, 16, 64, 100), 120);
  EXPECT_EQ(peak(119), 90);
  EXPECT_EQ(peak(120), 40);
  EXPECT_EQ(mr_s_extreme_leave_at(&frame_, 16, 64, 100), 140);
  EXPECT_EQ(peak(140), -1);
}

}  // namespace
}  // namespace mrule::test
