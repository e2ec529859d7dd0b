// SPDX-License-Identifier: Apache-2.0
#include "tests/oracle/drawer.h"

namespace mrule::oracle {

Expr Drawer::Sequence(std::string& last) {
  Expr e = Made(Op::kSequence);
  if (r_.Chance(30)) e.text = "sku";
  const int steps = r_.Chance(70) ? 2 : 3;
  for (int i = 0; i < steps; ++i) {
    e.steps.push_back(e.text.empty() ? AnyPattern()
                                     : PlainPattern(r_.Chance(50) ? "carted" : "bought", r_.Chance(20)));
    if (e.text.empty() && r_.Chance(45))
      e.steps.back() = PlainPattern(
          r_.Pick(std::array<const char*, 5>{"carted", "carted", "bought", "opened", "nudged"}), false);
    // Mostly short, so that runs end while others begin.
    if (i > 0)
      e.within.push_back(r_.Chance(70)
                             ? r_.Pick(std::array<Time, 4>{30 * kMinute, kHour, 2 * kHour, 3 * kHour})
                             : Duration());
  }
  e.each = r_.Chance(30);
  e.flag = r_.Chance(50);
  const std::string& event = e.steps.back().event;
  last = !e.flag && event == "bought" && e.steps[0].event != event && steps == 2 ? event : "";
  return e;
}

Schedule Drawer::DrawSchedule(Entity entity) {
  Schedule made;
  made.kind = std::array<Schedule::Kind, 5>{Schedule::Kind::kDays, Schedule::Kind::kDays,
                                            Schedule::Kind::kWeekdays, Schedule::Kind::kMonthDays,
                                            Schedule::Kind::kInterval}[static_cast<size_t>(r_.Below(5))];
  if (made.kind == Schedule::Kind::kInterval) {
    made.interval = r_.Pick(std::array<Time, 4>{90 * kMinute, 6 * kHour, 7 * kHour, kDay});
    return made;
  }
  if (made.kind == Schedule::Kind::kWeekdays) {
    made.days.push_back(1 + r_.Below(4));
    if (r_.Chance(60)) made.days.push_back(made.days[0] + 1 + r_.Below(3));
  }
  if (made.kind == Schedule::Kind::kMonthDays) {
    made.days.push_back(r_.Chance(50) ? 1 : 2 + r_.Below(29));
    if (r_.Chance(30)) made.days = {0};
  }
  made.times.push_back(r_.Pick(kTimes));
  if (r_.Chance(30) && made.times[0] < 17 * kHour)
    made.times.push_back(made.times[0] + 30 * kMinute * (1 + r_.Below(12)));
  made.zone = Zone(entity);
  return made;
}

Expr Drawer::Change(Entity entity) {
  Expr change = Made(Op::kChanges);
  const auto constant = [&]() -> Expr {
    const std::string& of = change.text;
    if (of == "balance" || of == "budget") return MoneyConstant();
    if (of == "points") return NumberConstant();
    if (of == "country") {
      const std::string country = r_.Pick(kCountries);
      return Constant(country, Value::Text(country));
    }
    const int place = r_.Below(of == "plan" ? 3 : 2);
    return Constant(of == "plan" ? kPlans[static_cast<size_t>(place)]
                    : place == 0 ? "paused"
                                 : "active",
                    Value::Whole(place));
  };
  change.text =
      entity == Entity::kCampaign
          ? (r_.Chance(50) ? "status" : "budget")
          : r_.Pick(std::array<const char*, 6>{"plan", "plan", "country", "balance", "points", "tags"});
  if (change.text != "tags" && r_.Chance(40)) change.args.push_back(constant());
  if (change.text != "tags" && r_.Chance(25)) change.was.push_back(constant());
  return change;
}

/// Steps of a total, at an event of that name.
Expr Drawer::Each(const std::string& event) {
  Expr each = Made(Op::kEach);
  each.count = 1 + r_.Below(3);
  if (event == "bought" || r_.Chance(30)) {
    each.pattern = PlainPattern(event, false);
    return each;
  }
  each.text = r_.Chance(50) ? "clicks" : "spend";
  if (each.text == "spend") each.count *= 30'000'000;
  return each;
}

}  // namespace mrule::oracle
