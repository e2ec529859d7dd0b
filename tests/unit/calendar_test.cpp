// SPDX-License-Identifier: Apache-2.0
// Civil time against its own definition around every change of clocks, against tables of known facts, and against slow counting.
#include "stdlib/calendar/calendar.h"

#include <cctz/time_zone.h>
#include <gtest/gtest.h>

#include <cstdint>
#include <string>
#include <vector>

namespace mrule::calendar {
namespace {

constexpr int64_t kSecond = 1'000'000;
constexpr int64_t kHour = 3600 * kSecond;
constexpr int64_t kLast = std::numeric_limits<int64_t>::max();

int64_t At(int64_t year, int month, int day, int64_t hour = 0, int64_t minute = 0, int64_t second = 0) {
  return DayOf({year, month, day}) * kDayMicros + ((hour * 60 + minute) * 60 + second) * kSecond;
}

const Zone& Named(const char* name) {
  const Zone* zone = FindZone(name);
  EXPECT_NE(zone, nullptr) << name;
  return zone != nullptr ? *zone : Utc();
}

int64_t Wall(const Local& local) { return local.day * kDayMicros + local.micros; }

/// Instants in micros at which the zone's clocks change, from 1970 to the end of 2037.
std::vector<int64_t> ChangesOf(const char* name) {
  cctz::time_zone zone;
  EXPECT_TRUE(cctz::load_time_zone(name, &zone));
  std::vector<int64_t> changes;
  cctz::time_point<cctz::seconds> at{cctz::seconds(0)};
  cctz::time_zone::civil_transition change;
  while (zone.next_transition(at, &change)) {
    at = zone.lookup(change.to).trans;
    if (zone.lookup(change.to).kind == cctz::time_zone::civil_lookup::UNIQUE) at = zone.lookup(change.to).pre;
    if (at.time_since_epoch().count() * kSecond >= At(2038, 1, 1)) break;
    changes.push_back(at.time_since_epoch().count() * kSecond);
  }
  return changes;
}

class EachZone : public testing::TestWithParam<const char*> {};
INSTANTIATE_TEST_SUITE_P(Zones, EachZone,
                         testing::Values("Europe/Berlin", "Europe/London", "America/New_York", "America/Sao_Paulo",
                                         "America/St_Johns", "Australia/Lord_Howe", "Asia/Kathmandu", "Asia/Kolkata",
                                         "Asia/Tehran", "Pacific/Apia", "Africa/Casablanca"),
                         [](const auto& one) {
                           std::string name = one.param;
                           for (char& c : name) c = c == '/' ? '_' : c;
                           return name;
                         });

// Before and after a change the wall clock runs as the instants do; at the change it jumps. What it jumps over is the first instant
// after the gap, and what it shows twice is the first of the two.
TEST_P(EachZone, EveryChangeOfClocks) {
  const Zone& zone = Named(GetParam());
  for (const int64_t change : ChangesOf(GetParam())) {
    SCOPED_TRACE(change / kSecond);
    const int64_t before = Wall(ToLocal(zone, change - 1)) + 1;  // where the clock would have gone on
    const int64_t after = Wall(ToLocal(zone, change));
    const auto instant = [&](int64_t wall) { return ToInstant(zone, 0, wall); };
    for (const int64_t beside : {int64_t{1}, kSecond - 1, kSecond, 60 * kSecond}) {
      EXPECT_EQ(Wall(ToLocal(zone, change + beside)), after + beside);
      EXPECT_EQ(Wall(ToLocal(zone, change - beside)), before - beside);
    }
    EXPECT_EQ(instant(before - 1), change - 1);
    if (after >= before) {  // a gap, or none
      for (int64_t wall = before; wall < after; wall += 7 * 60 * kSecond + 1) EXPECT_EQ(instant(wall), change);
      EXPECT_EQ(instant(after), change);
      EXPECT_EQ(instant(after + 1), change + 1);
    } else {  // from `after` to `before` the clock goes twice
      for (int64_t wall = after; wall < before; wall += 7 * 60 * kSecond + 1) {
        EXPECT_EQ(instant(wall), change - (before - wall));
      }
      EXPECT_EQ(instant(before), change + (before - after));
      EXPECT_EQ(instant(before + 1), change + (before - after) + 1);
    }
  }
}

TEST_P(EachZone, WhatExistsOnceComesBack) {
  const Zone& zone = Named(GetParam());
  for (int64_t instant = -At(1999, 1, 1); instant < At(2038, 1, 1); instant += 11 * kHour + 1234567) {
    const Local local = ToLocal(zone, instant);
    EXPECT_GE(local.micros, 0);
    EXPECT_LT(local.micros, kDayMicros);
    const int64_t back = ToInstant(zone, local.day, local.micros);
    EXPECT_EQ(ToLocal(zone, back), local);
    EXPECT_LE(back, instant);  // the first of two
  }
}

// A period's start is the first instant that is in it; it never goes back while time goes on; and the number of periods back is that
// many starts back.
TEST_P(EachZone, StartsOfPeriodsNeverGoBack) {
  const Zone& zone = Named(GetParam());
  std::vector<int64_t> instants;
  for (const int64_t change : ChangesOf(GetParam())) {
    for (int64_t at = change - 25 * kHour; at <= change + 25 * kHour; at += 37 * 60 * kSecond) instants.push_back(at);
  }
  for (const Period period : {Period::kDay, Period::kWeek, Period::kMonth, Period::kQuarter, Period::kYear}) {
    for (const int week_start : {1, 6, 7}) {
      int64_t last = std::numeric_limits<int64_t>::min();
      for (const int64_t at : instants) {
        const int64_t start = StartOf(zone, period, week_start, at, 0);
        ASSERT_LE(start, at);
        ASSERT_GE(start, last);
        last = start;
        const int64_t next = StartOf(zone, period, week_start, at, -1);
        ASSERT_GT(next, at);
        const int64_t previous = StartOf(zone, period, week_start, at, 1);
        ASSERT_LE(previous, start);
        const int64_t back = StartOf(zone, period, week_start, next, 1);
        ASSERT_TRUE(back == start || back == next);  // next if that day was left out
        if (previous < start) {  // a day that was left out has no instants
          ASSERT_EQ(StartOf(zone, period, week_start, start - 1, 0), previous);
        }
      }
    }
  }
}

TEST(Calendar, KnownChanges) {
  const Zone& berlin = Named("Europe/Berlin");
  EXPECT_EQ(ToInstant(berlin, DayOf({2026, 3, 29}), 2 * kHour + 30 * 60 * kSecond), At(2026, 3, 29, 1));    // a gap
  EXPECT_EQ(ToInstant(berlin, DayOf({2026, 3, 29}), 3 * kHour), At(2026, 3, 29, 1));
  EXPECT_EQ(ToInstant(berlin, DayOf({2026, 10, 25}), 2 * kHour + 30 * 60 * kSecond), At(2026, 10, 25, 0, 30));  // the first
  EXPECT_EQ(ToInstant(berlin, DayOf({2026, 10, 25}), 3 * kHour), At(2026, 10, 25, 2));
  EXPECT_EQ(StartOf(berlin, Period::kDay, 1, At(2026, 3, 29, 12), 0), At(2026, 3, 28, 23));
  EXPECT_EQ(StartOf(berlin, Period::kDay, 1, At(2026, 3, 29, 12), -1), At(2026, 3, 29, 22));  // a day of 23 hours
  EXPECT_EQ(StartOf(berlin, Period::kDay, 1, At(2026, 10, 25, 12), 0), At(2026, 10, 24, 22));
  EXPECT_EQ(StartOf(berlin, Period::kDay, 1, At(2026, 10, 25, 12), -1), At(2026, 10, 25, 23));  // of 25

  const Zone& lord_howe = Named("Australia/Lord_Howe");  // half an hour of summer time
  EXPECT_EQ(StartOf(lord_howe, Period::kDay, 1, At(2026, 4, 5, 3), 0), At(2026, 4, 4, 13));
  EXPECT_EQ(StartOf(lord_howe, Period::kDay, 1, At(2026, 4, 5, 3), -1), At(2026, 4, 5, 13, 30));

  EXPECT_EQ(ToLocal(Named("Asia/Kathmandu"), At(2026, 1, 1)), (Local{DayOf({2026, 1, 1}), 5 * kHour + 45 * 60 * kSecond}));
  EXPECT_EQ(ToLocal(Named("Asia/Kolkata"), At(2026, 1, 1, 18, 30)), (Local{DayOf({2026, 1, 2}), 0}));

  // Clocks went forward at midnight, which did not exist: the day begins at 01:00.
  const Zone& sao_paulo = Named("America/Sao_Paulo");
  EXPECT_EQ(StartOf(sao_paulo, Period::kDay, 1, At(2018, 11, 4, 12), 0), At(2018, 11, 4, 3));
  EXPECT_EQ(ToLocal(sao_paulo, At(2018, 11, 4, 3)), (Local{DayOf({2018, 11, 4}), kHour}));
  EXPECT_EQ(StartOf(sao_paulo, Period::kDay, 1, At(2025, 11, 4, 12), 0), At(2025, 11, 4, 3));  // summer time is no more

  // Clocks went back from 00:01 to 23:01: midnight came twice, and the day begins at the first.
  const Zone& st_johns = Named("America/St_Johns");
  EXPECT_EQ(StartOf(st_johns, Period::kDay, 1, At(2005, 10, 30, 12), 0), At(2005, 10, 30, 2, 30));
  EXPECT_EQ(StartOf(st_johns, Period::kDay, 1, At(2005, 10, 30, 3), 0), At(2005, 10, 30, 2, 30));  // 23:30 by the clock
}

TEST(Calendar, ADayThatWasLeftOut) {
  const Zone& apia = Named("Pacific/Apia");  // after 2011-12-29 came 2011-12-31
  const int64_t turn = At(2011, 12, 30, 10);
  EXPECT_EQ(ToLocal(apia, turn - 1).day, DayOf({2011, 12, 29}));
  EXPECT_EQ(ToLocal(apia, turn), (Local{DayOf({2011, 12, 31}), 0}));
  EXPECT_EQ(ToInstant(apia, DayOf({2011, 12, 30}), 0), turn);
  EXPECT_EQ(ToInstant(apia, DayOf({2011, 12, 30}), 9 * kHour), turn);
  EXPECT_EQ(StartOf(apia, Period::kDay, 1, turn, 0), turn);
  EXPECT_EQ(StartOf(apia, Period::kDay, 1, turn, 1), turn);  // yesterday had no instant
  EXPECT_EQ(StartOf(apia, Period::kDay, 1, turn, 2), turn - 24 * kHour);
  EXPECT_EQ(StartOf(apia, Period::kDay, 1, turn - 1, -1), turn);
}

TEST(Calendar, DaysAndDates) {
  Date date{1582, 10, 15};
  for (int64_t day = DayOf(date); date.year < 2500; ++day) {
    ASSERT_EQ(DateOf(day), date);
    ASSERT_EQ(DayOf(date), day);
    const bool leap = date.year % 4 == 0 && (date.year % 100 != 0 || date.year % 400 == 0);
    const int lengths[] = {31, leap ? 29 : 28, 31, 30, 31, 30, 31, 31, 30, 31, 30, 31};
    ASSERT_EQ(DaysInMonth(date.year, date.month), lengths[date.month - 1]);
    if (++date.day > lengths[date.month - 1]) {
      date.day = 1;
      if (++date.month > 12) {
        date.month = 1;
        ++date.year;
      }
    }
  }
  EXPECT_EQ(DayOf({1970, 1, 1}), 0);
  EXPECT_EQ(DayOf({2026, 14, 0}), DayOf({2027, 1, 31}));
  EXPECT_EQ(DateOf(-719'529), (Date{-1, 12, 31}));
}

TEST(Calendar, WeeksOfTheYear) {
  EXPECT_EQ(WeekdayOf(0), 4);
  EXPECT_EQ(WeekdayOf(-4), 7);
  EXPECT_EQ(WeekdayOf(DayOf({2026, 11, 24})), 2);
  EXPECT_EQ(IsoWeekOf(DayOf({2020, 12, 31})), (IsoWeek{2020, 53}));
  EXPECT_EQ(IsoWeekOf(DayOf({2021, 1, 3})), (IsoWeek{2020, 53}));
  EXPECT_EQ(IsoWeekOf(DayOf({2021, 1, 4})), (IsoWeek{2021, 1}));
  EXPECT_EQ(IsoWeekOf(DayOf({2026, 12, 31})), (IsoWeek{2026, 53}));
  EXPECT_EQ(IsoWeekOf(DayOf({2024, 12, 30})), (IsoWeek{2025, 1}));
  EXPECT_EQ(IsoWeekOf(DayOf({2027, 1, 1})), (IsoWeek{2026, 53}));
}

TEST(Calendar, PeriodsAreNumberedInARow) {
  for (const Period period : {Period::kDay, Period::kWeek, Period::kMonth, Period::kQuarter, Period::kYear}) {
    for (int week_start = 1; week_start <= 7; ++week_start) {
      int64_t last = PeriodOf(period, week_start, -4000);
      for (int64_t day = -3999; day < 30'000; ++day) {
        const int64_t number = PeriodOf(period, week_start, day);
        const Date date = DateOf(day);
        const bool starts = period == Period::kDay || (period == Period::kWeek && WeekdayOf(day) == week_start) ||
                            (period == Period::kMonth && date.day == 1) ||
                            (period == Period::kQuarter && date.day == 1 && date.month % 3 == 1) ||
                            (period == Period::kYear && date.day == 1 && date.month == 1);
        ASSERT_EQ(number, last + (starts ? 1 : 0));
        if (starts) { ASSERT_EQ(FirstDayOf(period, week_start, number), day); }
        last = number;
      }
    }
  }
}

TEST(Calendar, WeeksAndMonthsInAZone) {
  const Zone& berlin = Named("Europe/Berlin");
  const int64_t at = At(2026, 11, 24, 13);
  EXPECT_EQ(StartOf(berlin, Period::kWeek, 1, at, 0), At(2026, 11, 22, 23));
  EXPECT_EQ(StartOf(berlin, Period::kWeek, 7, at, 0), At(2026, 11, 21, 23));
  EXPECT_EQ(StartOf(berlin, Period::kWeek, 6, at, 0), At(2026, 11, 20, 23));
  EXPECT_EQ(StartOf(berlin, Period::kMonth, 1, at, 0), At(2026, 10, 31, 23));
  EXPECT_EQ(StartOf(berlin, Period::kMonth, 1, at, 1), At(2026, 9, 30, 22));
  EXPECT_EQ(StartOf(berlin, Period::kMonth, 1, at, 9), At(2026, 1, 31, 23));
  EXPECT_EQ(StartOf(berlin, Period::kQuarter, 1, at, 0), At(2026, 9, 30, 22));
  EXPECT_EQ(StartOf(berlin, Period::kYear, 1, at, 0), At(2025, 12, 31, 23));
  EXPECT_EQ(StartOf(berlin, Period::kMonth, 1, At(2028, 3, 1), 1), At(2028, 1, 31, 23));  // of 29 days
  EXPECT_EQ(StartOf(Utc(), Period::kDay, 1, At(2026, 11, 24), 0), At(2026, 11, 24));   // midnight begins the day
  EXPECT_EQ(StartOf(Utc(), Period::kDay, 1, At(2026, 11, 24) - 1, 0), At(2026, 11, 23));
}

TEST(Calendar, NamesOfZones) {
  EXPECT_EQ(FindZone("UTC"), &Utc());
  EXPECT_EQ(NameOf(Named("Europe/Berlin")), "Europe/Berlin");
  EXPECT_EQ(FindZone("Europe/Berlin"), FindZone("Europe/Berlin"));
  EXPECT_NE(FindZone("Asia/Calcutta"), nullptr);  // an old name
  for (const char* name : {"", "Europe", "Europe/Nowhere", "europe/berlin", "localtime", "/etc/localtime", "posixrules",
                           "Fixed/UTC+01:00:00", "../zoneinfo/UTC", "tzdata.zi"}) {
    EXPECT_EQ(FindZone(name), nullptr) << name;
  }
  for (const std::string& name : ZoneNames()) EXPECT_NE(FindZone(name), nullptr) << name;
  EXPECT_GT(ZoneNames().size(), 400u);
  EXPECT_TRUE(DatabaseVersion().starts_with("20")) << DatabaseVersion();
}

TEST(Calendar, TheEndsOfTime) {
  const Zone& berlin = Named("Europe/Berlin");
  for (const int64_t end : {kLast, std::numeric_limits<int64_t>::min()}) {
    const Local local = ToLocal(berlin, end);
    EXPECT_EQ(ToInstant(berlin, local.day, local.micros), end);
    EXPECT_LE(StartOf(berlin, Period::kYear, 1, end, 0), end);
  }
  EXPECT_EQ(ToInstant(berlin, 1'000'000'000, 0), kLast);
  EXPECT_EQ(ToInstant(berlin, kLast, kLast), kLast);
  EXPECT_EQ(ToInstant(berlin, -1'000'000'000, 0), std::numeric_limits<int64_t>::min());
  EXPECT_EQ(StartOf(berlin, Period::kDay, 1, kLast, -1), kLast);
}

}  // namespace
}  // namespace mrule::calendar
