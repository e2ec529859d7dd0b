// SPDX-License-Identifier: Apache-2.0
// State kernels against lists that are searched from the start.
#include <gtest/gtest.h>

#include <algorithm>
#include <array>
#include <optional>
#include <set>
#include <tuple>
#include <vector>

#include "tests/unit/exact_arithmetic.h"
#include "tests/unit/kernel_values.h"
#include "tests/unit/state_fixture.h"

namespace mrule::test {
namespace {

TEST_F(State, TotalsRefuseOverflow) {
  mr_s_total_add(At(1), 16, kMax - 1);
  mr_s_total_add(At(1), 16, 2);
  EXPECT_EQ(TakeTrap(), kMrOverflow);
  EXPECT_EQ(mr_s_total_read(&frame_, 16), kMax - 1);
  mr_s_total_add(At(1), 16, 1);
  EXPECT_EQ(TakeTrap(), kMrOk);
  EXPECT_EQ(mr_s_total_read(&frame_, 16), kMax);
}

TEST_F(State, KeptValues) {
  int64_t out;
  EXPECT_EQ(mr_s_kept_read(&frame_, 0, &out), kMrUnknown);
  for (int64_t v : {5, -3, 9}) {
    mr_s_kept_first(&frame_, 0, v);
    mr_s_kept_min_i64(&frame_, 16, v);
    mr_s_kept_max_i64(&frame_, 32, v);
    mr_s_kept_min_f64(&frame_, 48, BitsOf(static_cast<double>(v)));
    mr_s_kept_max_f64(&frame_, 64, BitsOf(static_cast<double>(v)));
  }
  auto read = [&](uint32_t off) { return mr_s_kept_read(&frame_, off, &out), out; };
  EXPECT_EQ(read(0), 5);
  EXPECT_EQ(read(16), -3);
  EXPECT_EQ(read(32), 9);
  EXPECT_EQ(DoubleOf(read(48)), -3);
  EXPECT_EQ(DoubleOf(read(64)), 9);
  mr_s_kept_set(&frame_, 0, 8);
  EXPECT_EQ(read(0), 8);
  mr_s_kept_unset(&frame_, 0);
  EXPECT_EQ(mr_s_kept_read(&frame_, 0, &out), kMrUnknown);
}

TEST_F(State, AllTimeDistinct) {
  for (int64_t v : {1, 2, 1, 3, 4, 4}) mr_s_distinct_add(&frame_, 16, v);
  EXPECT_EQ(mr_s_distinct_count(&frame_, 16), 4);
  EXPECT_EQ(TakeTrap(), kMrOk);
  mr_s_distinct_add(&frame_, 16, 5);
  EXPECT_EQ(TakeTrap(), kMrWindowFull);
  EXPECT_EQ(mr_s_distinct_count(&frame_, 16), 4);
}

TEST_F(State, NoneInAWindowNeedsTheSubjectToBeOldEnough) {
  *At<int64_t>(kMrFirstSeenOffset) = 100;
  At<MrLastAt>(16)->at = kMin;
  int64_t out;
  EXPECT_EQ(mr_s_none_in(At(109), 16, 10, 0, &out), kMrUnknown);
  EXPECT_EQ(mr_s_none_in(At(109), 16, 10, 1, &out), kMrOk);
  EXPECT_EQ(out, 1);
  EXPECT_EQ(mr_s_none_in(At(110), 16, 10, 0, &out), kMrOk);
  EXPECT_EQ(out, 1);
  EXPECT_EQ(mr_s_none_in(At(110), 16, 0, 0, &out), kMrOk);
  EXPECT_EQ(out, 1);
  mr_s_last_at_set(At(115), 16);
  EXPECT_EQ(mr_s_last_at_read(&frame_, 16), 115);
  EXPECT_EQ(mr_s_none_in(At(124), 16, 10, 0, &out), kMrOk);
  EXPECT_EQ(out, 0);
  EXPECT_EQ(mr_s_none_in(At(125), 16, 10, 0, &out), kMrOk);  // (115, 125]
  EXPECT_EQ(out, 1);
  EXPECT_EQ(mr_s_none_in(At(125), 16, 0, 0, &out), kMrOk);
  EXPECT_EQ(out, 0);
}

TEST_F(State, RecentInstants) {
  Random random;
  for (uint32_t capacity : {1u, 2u, 3u, 7u, 8u}) {
    for (bool ring : {true, false}) {
      auto* add = ring ? &mr_s_recents_add : &mr_s_latest_add;
      auto* count = ring ? &mr_s_recents_count : &mr_s_latest_count;
      auto* leave_at = ring ? &mr_s_recents_leave_at : &mr_s_latest_leave_at;
      std::fill(record_.begin(), record_.end(), 0);
      std::vector<int64_t> all;
      int64_t now = -1000;
      for (int i = 0; i < 3000; ++i) {
        now += static_cast<int64_t>(random.Below(4));
        if (random.Below(2)) {
          add(At(now), 16, capacity);
          all.push_back(now);
        }
        const int64_t window = 1 + static_cast<int64_t>(random.Below(12));
        std::vector<int64_t> inside;
        for (int64_t at : all) {
          if (at > now - window) inside.push_back(at);
        }
        if (inside.size() > capacity) inside.erase(inside.begin(), inside.end() - capacity);
        ASSERT_EQ(count(At(now), 16, capacity, window), static_cast<int64_t>(inside.size()));
        ASSERT_EQ(leave_at(At(now), 16, capacity, window), inside.empty() ? kMax : inside.front() + window);
      }
    }
  }
}

constexpr uint32_t kLog = 16, kShort = 64, kLong = 80;

TEST_F(State, WindowsShareALog) {
  Random random;
  constexpr int64_t kShortWindow = 10, kLongWindow = 40;
  std::vector<MrWindowEntry> all;
  int64_t now = -50;
  for (int i = 0; i < 20'000; ++i) {
    now += random.Below(10) == 0 ? static_cast<int64_t>(random.Below(60))
                                 : static_cast<int64_t>(random.Below(2));
    At(now);
    mr_s_cursor_advance(&frame_, kLog, kShort, kShortWindow);
    mr_s_cursor_advance(&frame_, kLog, kLong, kLongWindow);
    mr_s_log_trim(&frame_, kLog, kLong);
    if (random.Below(3) != 0) {
      const int64_t value = static_cast<int64_t>(random.Below(50)) - 20;
      ASSERT_EQ(mr_s_log_add(&frame_, kLog, value), 1);
      mr_s_cursor_add(&frame_, kShort, value);
      mr_s_cursor_add(&frame_, kLong, value);
      all.push_back({now, value});
    }
    for (auto [cursor, window] : {std::pair{kShort, kShortWindow}, std::pair{kLong, kLongWindow}}) {
      std::vector<int64_t> values;
      int64_t oldest = kMax, sum = 0;
      for (size_t e = all.size(); e-- > 0 && all[e].at > now - window;) {
        values.insert(values.begin(), all[e].value);
        sum += all[e].value;
        oldest = all[e].at;
      }
      ASSERT_EQ(mr_s_cursor_sum(&frame_, cursor), sum);
      ASSERT_EQ(mr_s_cursor_count(&frame_, kLog, cursor), static_cast<int64_t>(values.size()));
      ASSERT_EQ(mr_s_cursor_leave_at(&frame_, kLog, cursor, window), values.empty() ? kMax : oldest + window);
      int64_t out = 0;
      ASSERT_EQ(mr_s_cursor_distinct(&frame_, kLog, cursor, &out), kMrOk);
      ASSERT_EQ(out, static_cast<int64_t>(std::set<int64_t>(values.begin(), values.end()).size()));
      const MrStatus expected = values.empty() ? kMrUnknown : kMrOk;
      ASSERT_EQ(mr_s_cursor_first(&frame_, kLog, cursor, &out), expected);
      if (values.empty()) {
        ASSERT_EQ(mr_s_cursor_last(&frame_, kLog, cursor, &out), kMrUnknown);
        ASSERT_EQ(mr_s_cursor_min_i64(&frame_, kLog, cursor, &out), kMrUnknown);
        ASSERT_EQ(mr_s_cursor_max_f64(&frame_, kLog, cursor, &out), kMrUnknown);
        continue;
      }
      ASSERT_EQ(out, values.front());
      mr_s_cursor_last(&frame_, kLog, cursor, &out);
      ASSERT_EQ(out, values.back());
      mr_s_cursor_min_i64(&frame_, kLog, cursor, &out);
      ASSERT_EQ(out, *std::min_element(values.begin(), values.end()));
      mr_s_cursor_max_i64(&frame_, kLog, cursor, &out);
      ASSERT_EQ(out, *std::max_element(values.begin(), values.end()));
    }
    ASSERT_EQ(frame_.trap, kMrOk);
  }
  EXPECT_LE(At<MrLog>(kLog)->mask, 127u);  // what is trimmed is used again
}

constexpr uint32_t kNear = 96, kFar = 128, kPlain = 160;

// Two spans and a cursor over one log, whose ends go forward by fits and starts: across many entries at once, not at all, and together,
// so that what enters leaves at the same instant.
TEST_F(State, SpansMoveBothEnds) {
  Random random;
  for (bool summed : {true, false}) {
    host = Host();
    std::fill(record_.begin(), record_.end(), 0);
    if (!summed) At<MrSpan>(kNear)->sum = kMrNotSummed;
    std::vector<MrWindowEntry> all;
    int64_t now = 0;
    std::array<int64_t, 2> after{-100, -100}, until{-90, -90};
    for (int i = 0; i < 10'000; ++i) {
      now += random.Below(12) == 0 ? static_cast<int64_t>(random.Below(80)) : static_cast<int64_t>(random.Below(3));
      At(now);
      if (random.Below(3) != 0) {
        const int64_t value = static_cast<int64_t>(random.Below(50)) - 20;
        ASSERT_EQ(mr_s_log_add(&frame_, kLog, value), 1);
        mr_s_cursor_add(&frame_, kPlain, value);
        all.push_back({now, value});
      }
      mr_s_cursor_advance(&frame_, kLog, kPlain, 5);
      for (size_t s = 0; s < 2; ++s) {
        const uint32_t span = s == 0 ? kNear : kFar;
        const int64_t lag = s == 0 ? 10 : 60;
        if (random.Below(4) != 0) {  // else it stays where it is
          until[s] = std::max(until[s], random.Below(3) == 0 ? now - lag : (now - lag) / 24 * 24);
          after[s] = std::max(after[s], std::min(until[s], until[s] - static_cast<int64_t>(random.Below(40))));
          mr_s_span_move(&frame_, kLog, span, after[s], until[s]);
        }
        std::vector<int64_t> values;
        int64_t sum = 0, oldest = kMax, next = kMax;
        for (const MrWindowEntry& entry : all) {
          if (entry.at > until[s]) {
            if (entry.at > after[s]) next = std::min(next, entry.at);
            continue;
          }
          if (entry.at <= after[s]) continue;
          values.push_back(entry.value);
          sum += entry.value;
          oldest = std::min(oldest, entry.at);
        }
        ASSERT_EQ(mr_s_span_count(&frame_, kLog, span), static_cast<int64_t>(values.size()));
        ASSERT_EQ(mr_s_cursor_sum(&frame_, span), s == 0 && !summed ? kMrNotSummed : sum);
        ASSERT_EQ(mr_s_span_oldest(&frame_, kLog, span), oldest);
        ASSERT_EQ(mr_s_span_next(&frame_, kLog, span), next);
        int64_t out = 0;
        ASSERT_EQ(mr_s_span_distinct(&frame_, kLog, span, &out), kMrOk);
        ASSERT_EQ(out, static_cast<int64_t>(std::set<int64_t>(values.begin(), values.end()).size()));
        const MrStatus expected = values.empty() ? kMrUnknown : kMrOk;
        ASSERT_EQ(mr_s_span_first(&frame_, kLog, span, &out), expected);
        if (!values.empty()) ASSERT_EQ(out, values.front());
        ASSERT_EQ(mr_s_span_last(&frame_, kLog, span, &out), expected);
        if (!values.empty()) ASSERT_EQ(out, values.back());
        ASSERT_EQ(mr_s_span_min_i64(&frame_, kLog, span, &out), expected);
        if (!values.empty()) ASSERT_EQ(out, *std::min_element(values.begin(), values.end()));
        ASSERT_EQ(mr_s_span_max_i64(&frame_, kLog, span, &out), expected);
        if (!values.empty()) ASSERT_EQ(out, *std::max_element(values.begin(), values.end()));
      }
      mr_s_log_trim(&frame_, kLog, kPlain);
      mr_s_log_keep(&frame_, kLog, kNear);
      mr_s_log_keep(&frame_, kLog, kFar);
      const MrLog* log = At<MrLog>(kLog);
      for (uint32_t head : {kPlain, kNear, kFar}) ASSERT_LE(log->base, At<MrCursor>(head)->head);
      ASSERT_EQ(frame_.trap, kMrOk);
    }
    EXPECT_LE(At<MrLog>(kLog)->mask, 1023u);  // what lies before all of them is used again
  }
}

TEST_F(State, SpansOfDoublesAreOrderedAsDoubles) {
  for (double value : {2.5, -7.0, 3.0}) mr_s_log_add(At(1), kLog, BitsOf(value));
  At<MrSpan>(kNear)->sum = kMrNotSummed;
  mr_s_span_move(At(9), kLog, kNear, 0, 5);
  int64_t out;
  EXPECT_EQ(mr_s_span_min_f64(&frame_, kLog, kNear, &out), kMrOk);
  EXPECT_EQ(DoubleOf(out), -7.0);
  EXPECT_EQ(mr_s_span_max_f64(&frame_, kLog, kNear, &out), kMrOk);
  EXPECT_EQ(DoubleOf(out), 3.0);
}

TEST_F(State, ASpanIsWhereTheRuntimeSays) {
  mr_s_log_add(At(3), kLog, 7);
  host.windows.push_back({2, 4, 2});
  mr_s_span_advance(At(9), kLog, kNear, 0);
  EXPECT_EQ(mr_s_cursor_sum(&frame_, kNear), 7);
  EXPECT_EQ(mr_s_span_oldest(&frame_, kLog, kNear), 3);
  host.windows[0] = {3, 8, 3};
  mr_s_span_advance(At(12), kLog, kNear, 0);
  EXPECT_EQ(mr_s_cursor_sum(&frame_, kNear), 0);
  EXPECT_EQ(mr_s_span_count(&frame_, kLog, kNear), 0);
}

TEST_F(State, WindowsOfDoublesAreOrderedAsDoubles) {
  for (double value : {2.5, -7.0, 3.0}) mr_s_log_add(At(1), kLog, BitsOf(value));
  int64_t out;
  mr_s_cursor_min_f64(&frame_, kLog, kShort, &out);
  EXPECT_EQ(DoubleOf(out), -7.0);
  mr_s_cursor_max_f64(&frame_, kLog, kShort, &out);
  EXPECT_EQ(DoubleOf(out), 3.0);
}

TEST_F(State, LargeDistinctTakesScratchMemory) {
  Random random;
  std::set<int64_t> seen;
  for (int i = 0; i < 5000; ++i) {
    const int64_t value =
        static_cast<int64_t>(random.Below(1000)) * 4096;  // alike in their low bits, as pointers are
    mr_s_log_add(At(i), kLog, value);
    seen.insert(value);
  }
  int64_t out;
  EXPECT_EQ(mr_s_cursor_distinct(&frame_, kLog, kShort, &out), kMrOk);
  EXPECT_EQ(out, static_cast<int64_t>(seen.size()));
  host.scratch_ends = true;
  EXPECT_EQ(mr_s_cursor_distinct(&frame_, kLog, kShort, &out), kMrWindowFull);
}

TEST_F(State, AFullLogLosesTheEntryAndTraps) {
  host.log_capacity_max = 4;
  for (int i = 0; i < 4; ++i) EXPECT_EQ(mr_s_log_add(At(i), kLog, i), 1);
  EXPECT_EQ(mr_s_log_add(At(4), kLog, 4), 0);
  EXPECT_EQ(TakeTrap(), kMrWindowFull);
  EXPECT_EQ(mr_s_cursor_count(&frame_, kLog, kShort), 4);
  mr_s_cursor_advance(At(12), kLog, kShort, 10);  // 0, 1 and 2 leave
  mr_s_log_trim(&frame_, kLog, kShort);
  EXPECT_EQ(mr_s_log_add(At(12), kLog, 4), 1);
  EXPECT_EQ(TakeTrap(), kMrOk);
}

TEST_F(State, ASumThatOverflowsIsRightAgainLater) {
  for (int64_t value : {kMax, int64_t{5}}) {
    mr_s_log_add(At(value == 5 ? 2 : 1), kLog, value);
    mr_s_cursor_add(&frame_, kShort, value);
  }
  EXPECT_EQ(TakeTrap(), kMrOverflow);
  mr_s_cursor_advance(At(11), kLog, kShort, 10);
  EXPECT_EQ(TakeTrap(), kMrOverflow);
  EXPECT_EQ(mr_s_cursor_sum(&frame_, kShort), 5);
}

TEST_F(State, FixedPoint) {
  Random random;
  for (int i = 0; i < 20'000; ++i) {
    const double d = random.F64();
    int64_t out = 0;
    const MrStatus status = mr_s_to_fixed(d, &out);
    ASSERT_TRUE(Same(OracleScale(1'000'000, d), status, out)) << d;
    const int64_t micro = random.I64();
    ASSERT_TRUE(IsNearest(mr_s_from_fixed(micro), micro, 1'000'000)) << micro;
  }
  int64_t out;
  EXPECT_EQ(mr_s_to_fixed(kNan, &out), kMrOverflow);
  EXPECT_EQ(mr_s_to_fixed(-kInfinity, &out), kMrOverflow);
  EXPECT_EQ(mr_s_to_fixed(0.1, &out), kMrOk);
  EXPECT_EQ(out, 100'000);
  EXPECT_EQ(mr_s_from_fixed(300'000), 0.3);
}

TEST_F(State, AnObservationHoldsUntilItIsStale) {
  At<MrObserved>(16)->at = kMin;
  EXPECT_EQ(mr_s_is_fresh(At(0), 16, 90), 0);
  EXPECT_EQ(mr_s_is_fresh(At(0), 16, 0), 0);
  EXPECT_EQ(mr_s_stale_at(&frame_, 16, 90), kMax);
  mr_s_observe(At(120), 16);
  EXPECT_EQ(At<MrObserved>(16)->sequence, 1);
  EXPECT_EQ(mr_s_is_fresh(At(209), 16, 90), 1);
  EXPECT_EQ(mr_s_is_fresh(At(210), 16, 90), 0);
  EXPECT_EQ(mr_s_stale_at(&frame_, 16, 90), 210);
  EXPECT_EQ(mr_s_is_fresh(At(kMax), 16, 0), 1);
  EXPECT_EQ(mr_s_stale_at(&frame_, 16, 0), kMax);
}

TEST_F(State, SegmentsTurn) {
  reinterpret_cast<uint8_t*>(frame_.record)[16] = 2;
  reinterpret_cast<uint8_t*>(frame_.record)[17] = 1;
  EXPECT_EQ(mr_s_segment_turned(&frame_, 16, 1), 1);
  EXPECT_EQ(mr_s_segment_turned(&frame_, 16, 2), 0);
}

TEST_F(State, ClocksReadTheSubjectsZoneWhereItIsKnown) {
  MrText berlin{};
  EXPECT_EQ(mr_s_in_clock(At(1000), 0, 7), 14);
  EXPECT_EQ(mr_s_in_clock(&frame_, 16, 7), 14);
  mr_s_kept_set(&frame_, 16, reinterpret_cast<int64_t>(&berlin));
  EXPECT_EQ(mr_s_in_clock(&frame_, 16, 7), 15);
  EXPECT_EQ(mr_s_today(&frame_, 16, 7), 1015);
  EXPECT_EQ(mr_s_today(&frame_, 0, 7), 1014);
}

}  // namespace
}  // namespace mrule::test
