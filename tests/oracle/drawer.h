// SPDX-License-Identifier: Apache-2.0
// Cases from a seed. Instants lie on half hours, in some cases with events a microsecond beside, and
// constants come from small pools, so that windows, holds and thresholds are met, missed and hit exactly.
#pragma once

#include <fmt/format.h>

#include <array>

#include "tests/oracle/model.h"
#include "tests/support/random.h"

namespace mrule::oracle {

struct Amount {
  const char* json;
  int64_t micros;
};
constexpr std::array<Amount, 5> kAmounts = {
    {{"0", 0}, {"10", 10'000'000}, {"25.5", 25'500'000}, {"60", 60'000'000}, {"100", 100'000'000}}};
constexpr std::array<const char*, 3> kPlans = {"free", "pro", "enterprise"};
constexpr std::array<const char*, 3> kCountries = {"US", "DE", "FR"};
constexpr std::array<const char*, 3> kMessages = {"m1", "m2", "m3"};
constexpr std::array<const char*, 3> kSkus = {"a", "b", "c"};
constexpr std::array<const char*, 3> kTags = {"hot", "warm", "cold"};
constexpr std::array<const char*, 6> kComparisons = {"=", "!=", "<", "<=", ">", ">="};
constexpr std::array<Time, 9> kDurations = {30 * kMinute, kHour,      90 * kMinute, 2 * kHour, 3 * kHour,
                                            6 * kHour,    12 * kHour, kDay,         2 * kDay};
constexpr std::array<const char*, 6> kZones = {
    "UTC", "Asia/Kolkata", "Europe/Berlin", "America/New_York", "Asia/Beirut", "Australia/Lord_Howe"};
constexpr std::array<Time, 9> kTimes = {
    0,         30 * kMinute, 2 * kHour,  2 * kHour + 30 * kMinute, 3 * kHour,
    6 * kHour, 9 * kHour,    17 * kHour, 23 * kHour + 30 * kMinute};
// Days before clocks change somewhere, before a leap, a month and a year.
constexpr std::array<Time, 7> kStarts = {1772323200, 1772798400, 1774612800, 1775174400,
                                         1792872000, 1793361600, 1798588800};

constexpr std::array<double, 4> kNumbers = {0, 0.5, 1, 2.5};

Expr Made(Op op, std::vector<Expr> args = {}, std::string text = "");
Expr Constant(std::string text, Value value);

class Drawer {
 public:
  explicit Drawer(uint64_t seed) : r_(seed) {}
  Case Make();

 private:
  // --- values (draw_values.cpp) ---
  Time Duration();
  Expr MoneyConstant();
  Expr CountConstant(int below = 4);
  Expr NumberConstant();
  Expr DurationConstant();
  Window CalendarWindow();
  Window LaggedWindow();
  Window RollingWindow();
  Window AnyWindow();
  Window LastWindow();
  Window OverWindow();
  Expr FieldOf(const std::string& event, const std::string& name);
  Expr Aggregate(std::string fn, Pattern pattern, std::string field);
  Expr Money(Entity entity, const std::string& event, int depth);
  Expr Measure(const std::string& name);
  Expr Count(Entity entity, const std::string& event);

  // --- events ---
  Pattern PlainPattern(const std::string& event, bool narrowed);
  Expr Where();
  Pattern AnyPattern();
  Pattern PatternOf(Entity entity);

  // --- conditions (draw_conditions.cpp) ---
  std::string Comparison();
  Expr BesideThePast(Entity entity);
  std::string Zone(Entity entity);
  Expr Between(Entity entity);
  Expr Leaf(Entity entity, const std::string& event);
  Expr Looking(Entity entity);
  Expr ContactLeaf();
  Expr CampaignLeaf();
  Expr Condition(Entity entity, const std::string& event, int depth);
  Expr Held(Entity entity, int depth);
  Expr Row();
  Expr Trend(Entity entity);
  Expr StateCondition(Entity entity, int depth);

  // --- what sets rules off (draw_triggers.cpp) ---
  Expr Sequence(std::string& last);
  Schedule DrawSchedule(Entity entity);
  Expr Change(Entity entity);
  Expr Each(const std::string& event);

  // --- rules (draw_rules.cpp) ---
  Rule DrawRule(int number);
  void AddLimits(Rule& rule, const std::string& event);
  void AddWaysBack(Rule& rule);
  Until DrawUntil(Entity entity);
  Action DrawAction(Entity entity, const std::string& event);

  // --- the log (draw_log.cpp) ---
  Field Money(const std::string& name, bool may_be_null);
  Field Whole(const std::string& name, int below);
  Field Text(const std::string& name, const std::string& text);
  Record DrawRecord(Time at);
  Record Report(Record record);
  Record Reported(Time at);
  Record Shopped(Time at);
  Record Attributes(Record record);
  void DrawLog(Case& made);
  void DrawOrigins(Case& made);
  static void Sort(std::vector<Record>& log);
  void Shuffle(std::vector<Record>& log);

  testing::Random r_;
  int segments_ = 0;
  bool held_ = false;
  bool calendar_ = false;
  Time start_ = 0;  ///< of the log
};

}  // namespace mrule::oracle
