// SPDX-License-Identifier: Apache-2.0
// Schedules and spans of the day against a walk over every minute of two years: an occurrence is the first instant at which the local
// clock has reached one of the times of one of the days. Random schedules, several zones, both changes of the clocks.
#include <gtest/gtest.h>

#include <random>
#include <set>
#include <string>

#include "stdlib/calendar/recurrence.h"

namespace mrule::calendar {
namespace {

constexpr int64_t kMinuteMicros = 60'000'000;
constexpr int64_t kFrom = 1'735'689'600'000'000;  // 2025-01-01T00:00:00Z
constexpr int64_t kUntil = kFrom + 730 * kDayMicros;

const char* const kZones[] = {"UTC", "Europe/Berlin", "America/New_York", "Asia/Kolkata", "Australia/Lord_Howe",
                              "Pacific/Auckland", "America/Sao_Paulo", "Africa/Cairo"};

std::mt19937_64 Random(uint64_t seed) { return std::mt19937_64(seed); }

Days RandomDays(std::mt19937_64& random) {
  Days days;
  switch (random() % 4) {
    case 0: break;
    case 1: days.weekdays = static_cast<uint8_t>(1 + random() % 127); break;
    case 2: days.weekdays = kMondayToFriday; break;
    default:
      days.month_days = 1u << random() % 32;
      if (random() % 2 == 0) days.month_days |= 1u << random() % 32;
      break;
  }
  return days;
}

int64_t RandomTime(std::mt19937_64& random) {
  // Often near midnight and near the hours at which clocks change.
  const int64_t minutes = random() % 3 == 0 ? static_cast<int64_t>(random() % 1440)
                          : random() % 2 == 0 ? static_cast<int64_t>(random() % 240)
                                              : (1380 + static_cast<int64_t>(random() % 120)) % 1440;
  return minutes * kMinuteMicros;
}

bool IsOnDay(const Days& days, int64_t day) {
  const Date date = DateOf(day);
  const bool weekday = (days.weekdays >> (WeekdayOf(day) - 1) & 1) != 0;
  const bool last = DaysInMonth(date.year, date.month) == date.day;
  return weekday && (days.month_days == 0 || (days.month_days >> date.day & 1) != 0 || ((days.month_days & 1) != 0 && last));
}

/// Minute by minute: which local (day, time) is reached for the first time.
std::set<int64_t> Walk(const Days& days, const std::vector<int64_t>& times, const Zone& zone) {
  std::set<int64_t> found;
  Local reached = ToLocal(zone, kFrom - kDayMicros);
  for (int64_t at = kFrom - kDayMicros + kMinuteMicros; at < kUntil; at += kMinuteMicros) {
    const Local now = ToLocal(zone, at);
    const auto before = [](const Local& a, const Local& b) { return a.day != b.day ? a.day < b.day : a.micros < b.micros; };
    if (!before(reached, now)) continue;  // the clock was set back: these minutes have been there
    for (int64_t day = reached.day; day <= now.day; ++day) {
      if (!IsOnDay(days, day)) continue;
      for (int64_t time : times) {
        const Local wanted{day, time};
        if (before(reached, wanted) && !before(now, wanted) && at >= kFrom) found.insert(at);
      }
    }
    reached = now;
  }
  return found;
}

class RecurrenceWalk : public ::testing::TestWithParam<const char*> {};

TEST_P(RecurrenceWalk, OccurrencesAreThoseOfAWalkOverEveryMinute) {
  const Zone* zone = FindZone(GetParam());
  ASSERT_NE(nullptr, zone);
  auto random = Random(20'250'101);
  for (int round = 0; round < 12; ++round) {
    Recurrence recurrence;
    recurrence.days = RandomDays(random);
    recurrence.times.clear();
    for (size_t i = 0; i <= random() % 3; ++i) recurrence.times.push_back(RandomTime(random));
    std::sort(recurrence.times.begin(), recurrence.times.end());
    std::set<int64_t> found;
    for (int64_t at = FirstAtOrAfter(recurrence, *zone, kFrom); at < kUntil; at = FirstAtOrAfter(recurrence, *zone, at + 1)) {
      found.insert(at);
    }
    EXPECT_EQ(Walk(recurrence.days, recurrence.times, *zone), found) << "round " << round;
  }
}

TEST_P(RecurrenceWalk, SpansBeginAndEndWhereSchedulesWould) {
  const Zone* zone = FindZone(GetParam());
  ASSERT_NE(nullptr, zone);
  auto random = Random(7);
  for (int round = 0; round < 8; ++round) {
    ClockSpan span;
    span.days = RandomDays(random);
    span.from_micros = RandomTime(random);
    span.to_micros = RandomTime(random);
    const int64_t days = span.to_micros <= span.from_micros ? 1 : 0;
    int64_t until = INT64_MIN;
    bool inside_until = false;
    for (int64_t at = kFrom; at < kFrom + 400 * kDayMicros; at += 7 * kMinuteMicros) {
      bool inside = false;
      const int64_t today = ToLocal(*zone, at).day;
      for (int64_t day = today - 3; day <= today + 2; ++day) {
        inside |= IsOnDay(span.days, day) && ToInstant(*zone, day, span.from_micros) <= at &&
                  at < ToInstant(*zone, day + days, span.to_micros);
      }
      const ClockState state = StateAt(span, *zone, at);
      ASSERT_EQ(inside, state.inside) << at;
      ASSERT_GT(state.until, at);
      if (at < until) ASSERT_EQ(inside_until, inside) << "it said that nothing would change before " << until;
      until = state.until;
      inside_until = inside;
    }
  }
}

INSTANTIATE_TEST_SUITE_P(Zones, RecurrenceWalk, ::testing::ValuesIn(kZones));

TEST(Recurrence, IntervalsCountFromTheEpochInBothDirections) {
  Recurrence recurrence;
  recurrence.interval_micros = 7 * 60 * kMinuteMicros;
  EXPECT_EQ(0, FirstAtOrAfter(recurrence, Utc(), 0));
  EXPECT_EQ(recurrence.interval_micros, FirstAtOrAfter(recurrence, Utc(), 1));
  EXPECT_EQ(0, FirstAtOrAfter(recurrence, Utc(), -1));
  EXPECT_EQ(-recurrence.interval_micros, FirstAtOrAfter(recurrence, Utc(), -recurrence.interval_micros));
  EXPECT_EQ(kNever, FirstAtOrAfter(recurrence, Utc(), INT64_MAX));
}

TEST(Recurrence, ADateOccursOnce) {
  Recurrence recurrence;
  recurrence.once = true;
  recurrence.date = DayOf({2026, 11, 27});
  recurrence.times = {9 * 60 * kMinuteMicros};
  const int64_t at = recurrence.date * kDayMicros + recurrence.times[0];
  EXPECT_EQ(at, FirstAtOrAfter(recurrence, Utc(), 0));
  EXPECT_EQ(at, FirstAtOrAfter(recurrence, Utc(), at));
  EXPECT_EQ(kNever, FirstAtOrAfter(recurrence, Utc(), at + 1));
}

TEST(Recurrence, TwoTimesInOneGapAreOneOccurrence) {
  Recurrence recurrence;
  recurrence.times = {(2 * 60 + 15) * kMinuteMicros, (2 * 60 + 45) * kMinuteMicros};
  const Zone& berlin = *FindZone("Europe/Berlin");
  const int64_t gap = 1'774'746'000'000'000;  // 2026-03-29T01:00:00Z
  EXPECT_EQ(gap, FirstAtOrAfter(recurrence, berlin, gap - 1));
  EXPECT_EQ(gap + (23 * 60 + 15) * kMinuteMicros, FirstAtOrAfter(recurrence, berlin, gap + 1));
}

}  // namespace
}  // namespace mrule::calendar
