// SPDX-License-Identifier: Apache-2.0
#include "tests/oracle/drawer.h"

namespace mrule::oracle {

Time Drawer::Duration() { return r_.Pick(kDurations); }

Expr Drawer::MoneyConstant() {
  const Amount& amount = r_.Pick(kAmounts);
  return Constant(fmt::format("${}{}", amount.json, amount.micros % 1'000'000 == 0 ? "" : "0"),
                  Value::Whole(amount.micros));
}
Expr Drawer::CountConstant(int below) {
  const int count = r_.Below(below);
  return Constant(std::to_string(count), Value::Whole(count));
}
Expr Drawer::NumberConstant() {
  const double number = r_.Pick(kNumbers);
  return Constant(fmt::format("{}", number), Value::Real(number));
}
Expr Drawer::DurationConstant() {
  const Time duration = Duration();
  Expr e = Constant(PrintDuration(duration), Value::Whole(duration));
  e.field = "duration";
  return e;
}

Window Drawer::CalendarWindow() {
  Window window;
  const int kind = r_.Below(10);
  window.kind = kind < 5 ? Window::Kind::kCurrent : kind < 9 ? Window::Kind::kFull : Window::Kind::kSameDay;
  if (window.kind == Window::Kind::kCurrent)
    window.period =
        std::array<Period, 6>{Period::kDay,   Period::kDay,     Period::kWeek,
                              Period::kMonth, Period::kQuarter, Period::kYear}[static_cast<size_t>(
            r_.Below(6))];
  if (window.kind == Window::Kind::kFull) {
    window.period = std::array<Period, 5>{Period::kDay, Period::kDay, Period::kDay, Period::kWeek,
                                          Period::kMonth}[static_cast<size_t>(r_.Below(5))];
    window.count = 1 + r_.Below(2);
  }
  window.in_last = true;
  if (r_.Chance(30)) window.zone = r_.Pick(kZones);
  return window;
}

Window Drawer::LaggedWindow() {
  Window window;
  window.kind = Window::Kind::kLagged;
  window.length = Duration();
  window.lag = Duration();
  window.in_last = r_.Chance(50);
  return window;
}

Window Drawer::RollingWindow() {
  Window window;
  window.kind = Window::Kind::kRolling;
  window.length = Duration();
  window.in_last = r_.Chance(30);
  return window;
}
Window Drawer::AnyWindow() {
  if (calendar_ && r_.Chance(30)) return CalendarWindow();
  if (r_.Chance(15)) return LaggedWindow();
  return r_.Chance(20) ? Window() : RollingWindow();
}
Window Drawer::LastWindow() {
  if (calendar_ && r_.Chance(40)) {
    Window window = CalendarWindow();
    if (window.kind != Window::Kind::kSameDay) return window;
  }
  Window window = RollingWindow();
  window.in_last = true;
  return window;
}
Window Drawer::OverWindow() {
  if (calendar_ && r_.Chance(30)) {
    Window window = CalendarWindow();
    window.in_last = false;
    return window;
  }
  if (r_.Chance(15)) return LaggedWindow();
  Window window = RollingWindow();
  window.in_last = false;
  return window;
}

Expr Drawer::FieldOf(const std::string& event, const std::string& name) {
  Expr e = Made(Op::kField, {}, name);
  e.field = event;
  return e;
}

Expr Drawer::Aggregate(std::string fn, Pattern pattern, std::string field) {
  Expr e = Made(Op::kAggregate, {}, std::move(fn));
  e.pattern = std::move(pattern);
  e.field = std::move(field);
  e.window = AnyWindow();
  return e;
}

Expr Drawer::Money(Entity entity, const std::string& event, int depth) {
  if (depth > 0 && r_.Chance(25)) {
    // The checker takes the sum of a polled measure to be known always, in a hold as well.
    const int ops = held_ && entity == Entity::kCampaign ? 2 : 3;
    const Op op =
        std::array<Op, 3>{Op::kAdd, Op::kSubtract, Op::kDefault}[static_cast<size_t>(r_.Below(ops))];
    Expr right = op == Op::kDefault ? MoneyConstant() : Money(entity, event, depth - 1);
    return Made(op, {Money(entity, event, depth - 1), std::move(right)});
  }
  if (event == "bought" && r_.Chance(40)) return FieldOf("bought", "amount");
  if (event == "report" && r_.Chance(40)) return FieldOf("report", r_.Chance(50) ? "spend" : "revenue");
  if (entity == Entity::kContact) {
    if (r_.Chance(20)) return Made(Op::kAttribute, {}, "balance");
    Pattern bought = PlainPattern("bought", r_.Chance(30));
    return Aggregate(
        r_.Pick(std::array<const char*, 8>{"sum", "sum", "sum", "avg", "min", "max", "first", "last"}),
        std::move(bought), "amount");
  }
  if (r_.Chance(25)) return Made(Op::kAttribute, {}, "budget");
  return Measure(r_.Pick(std::array<const char*, 3>{"spend", "revenue", "cpc"}));
}

Expr Drawer::Measure(const std::string& name) {
  const bool metric = name == "roas" || name == "cpc";
  Expr e = Made(metric ? Op::kMetric : Op::kMeasure, {}, name);
  e.window = OverWindow();
  return e;
}

Expr Drawer::Count(Entity entity, const std::string& event) {
  if (event == "bought" && r_.Chance(30)) return FieldOf("bought", "quantity");
  if (event == "clicked" && r_.Chance(30)) return FieldOf("clicked", "position");
  if (entity == Entity::kCampaign) {
    if (r_.Chance(50)) return Measure("clicks");
    return Aggregate("count", PlainPattern(r_.Chance(50) ? "report" : "clicked", false), "");
  }
  switch (r_.Below(5)) {
    case 0:
      return Aggregate("distinct", PlainPattern("bought", r_.Chance(20)), "sku");
    case 1:
      return Aggregate("sum", PlainPattern("bought", false), "quantity");
    default:
      return Aggregate("count", AnyPattern(), "");
  }
}

Pattern Drawer::PlainPattern(const std::string& event, bool narrowed) {
  Pattern pattern;
  pattern.event = event;
  if (narrowed && event == "bought") pattern.where.push_back(Where());
  return pattern;
}

Expr Drawer::Where() {
  if (r_.Chance(30))
    return Made(Op::kCompare, {FieldOf("bought", "quantity"), CountConstant()}, Comparison());
  return Made(Op::kCompare, {FieldOf("bought", "amount"), MoneyConstant()}, Comparison());
}

Pattern Drawer::AnyPattern() {
  switch (r_.Below(6)) {
    case 0:
      return PlainPattern("activity", false);
    case 1: {
      Pattern opened = PlainPattern("opened", false);
      opened.message = r_.Pick(kMessages);
      return opened;
    }
    case 2:
      return PlainPattern("opened", false);
    case 3:
      return PlainPattern("clicked", false);
    default:
      return PlainPattern("bought", r_.Chance(40));
  }
}
Pattern Drawer::PatternOf(Entity entity) {
  if (entity == Entity::kContact) return AnyPattern();
  return PlainPattern(r_.Pick(std::array<const char*, 3>{"report", "clicked", "noted"}), false);
}

}  // namespace mrule::oracle
