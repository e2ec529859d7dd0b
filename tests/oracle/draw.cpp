// SPDX-License-Identifier: Apache-2.0
// Cases from a seed. Instants lie on half hours, in some cases with events a microsecond beside, and
// constants come from small pools, so that windows, holds and thresholds are met, missed and hit exactly.
#include <fmt/format.h>

#include <array>

#include "tests/oracle/model.h"

namespace mrule::oracle {

namespace {

/// splitmix64: the same numbers everywhere.
class Random {
 public:
  explicit Random(uint64_t seed) : state_(seed) { state_ = Next(); }
  uint64_t Next() {
    uint64_t z = (state_ += 0x9E3779B97F4A7C15ull);
    z = (z ^ (z >> 30)) * 0xBF58476D1CE4E5B9ull;
    z = (z ^ (z >> 27)) * 0x94D049BB133111EBull;
    return z ^ (z >> 31);
  }
  int Below(int n) { return static_cast<int>(Next() % static_cast<uint64_t>(n)); }
  bool Chance(int percent) { return Below(100) < percent; }
  template <typename T, size_t N>
  const T& Pick(const std::array<T, N>& from) {
    return from[static_cast<size_t>(Below(static_cast<int>(N)))];
  }

 private:
  uint64_t state_;
};

constexpr bool kSequences = true, kCalendar = false, kSchedules = true;

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

Expr Made(Op op, std::vector<Expr> args = {}, std::string text = "") {
  Expr e;
  e.op = op;
  e.args = std::move(args);
  e.text = std::move(text);
  return e;
}

Expr Constant(std::string text, Value value) {
  Expr e = Made(Op::kConstant, {}, std::move(text));
  e.value = std::move(value);
  return e;
}

class Drawer {
 public:
  explicit Drawer(uint64_t seed) : r_(seed) {}

  Case Make() {
    Case made;
    calendar_ = (kCalendar || kSchedules) && r_.Chance(50);
    if (calendar_ && r_.Chance(70)) made.program.zone = r_.Pick(kZones);
    if (kSchedules && calendar_ && r_.Chance(30)) made.program.contact_zone = r_.Pick(kZones);
    if (calendar_ && r_.Chance(20)) made.program.week_start = 7;
    const int segments = r_.Chance(50) ? 0 : 1 + r_.Below(2);
    for (int i = 0; i < segments; ++i) {
      made.program.segments.push_back(StateCondition(Entity::kContact, 1));
      segments_ = i + 1;
    }
    const int rules = 1 + r_.Below(5);
    for (int i = 0; i < rules; ++i) made.program.rules.push_back(DrawRule(i));
    for (const Entity entity : {Entity::kContact, Entity::kCampaign}) {
      Rule tell;
      tell.name = entity == Entity::kContact ? "tell contact" : "tell campaign";
      tell.entity = entity;
      tell.on_event = true;
      tell.condition = Made(Op::kEvent);
      tell.condition.pattern.event = entity == Entity::kContact ? "asked" : "audited";
      tell.actions.push_back({Action::Kind::kTell, std::string(NameOf(entity)), {}});
      made.program.rules.push_back(tell);
    }
    Number(made.program);
    DrawLog(made);
    return made;
  }

 private:
  // --- values ---

  Time Duration() { return r_.Pick(kDurations); }

  Expr MoneyConstant() {
    const Amount& amount = r_.Pick(kAmounts);
    return Constant(fmt::format("${}{}", amount.json, amount.micros % 1'000'000 == 0 ? "" : "0"),
                    Value::Whole(amount.micros));
  }
  Expr CountConstant(int below = 4) {
    const int count = r_.Below(below);
    return Constant(std::to_string(count), Value::Whole(count));
  }
  Expr NumberConstant() {
    const double number = r_.Pick(kNumbers);
    return Constant(fmt::format("{}", number), Value::Real(number));
  }
  Expr DurationConstant() {
    const Time duration = Duration();
    Expr e = Constant(PrintDuration(duration), Value::Whole(duration));
    e.field = "duration";
    return e;
  }

  Window CalendarWindow() {
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

  Window LaggedWindow() {
    Window window;
    window.kind = Window::Kind::kLagged;
    window.length = Duration();
    window.lag = Duration();
    window.in_last = r_.Chance(50);
    return window;
  }

  Window RollingWindow() {
    Window window;
    window.kind = Window::Kind::kRolling;
    window.length = Duration();
    window.in_last = r_.Chance(30);
    return window;
  }
  Window AnyWindow() {
    if (kCalendar && calendar_ && r_.Chance(30)) return CalendarWindow();
    if (kCalendar && r_.Chance(15)) return LaggedWindow();
    return r_.Chance(20) ? Window() : RollingWindow();
  }
  Window LastWindow() {
    if (kCalendar && calendar_ && r_.Chance(40)) {
      Window window = CalendarWindow();
      if (window.kind != Window::Kind::kSameDay) return window;
    }
    Window window = RollingWindow();
    window.in_last = true;
    return window;
  }
  Window OverWindow() {
    if (kCalendar && calendar_ && r_.Chance(30)) {
      Window window = CalendarWindow();
      window.in_last = false;
      return window;
    }
    if (kCalendar && r_.Chance(15)) return LaggedWindow();
    Window window = RollingWindow();
    window.in_last = false;
    return window;
  }

  Expr FieldOf(const std::string& event, const std::string& name) {
    Expr e = Made(Op::kField, {}, name);
    e.field = event;
    return e;
  }

  Expr Aggregate(std::string fn, Pattern pattern, std::string field) {
    Expr e = Made(Op::kAggregate, {}, std::move(fn));
    e.pattern = std::move(pattern);
    e.field = std::move(field);
    e.window = AnyWindow();
    return e;
  }

  Expr Money(Entity entity, const std::string& event, int depth) {
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

  Expr Measure(const std::string& name) {
    const bool metric = name == "roas" || name == "cpc";
    Expr e = Made(metric ? Op::kMetric : Op::kMeasure, {}, name);
    e.window = OverWindow();
    return e;
  }

  Expr Count(Entity entity, const std::string& event) {
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

  // --- events ---

  Pattern PlainPattern(const std::string& event, bool narrowed) {
    Pattern pattern;
    pattern.event = event;
    if (narrowed && event == "bought") pattern.where.push_back(Where());
    return pattern;
  }

  Expr Where() {
    if (r_.Chance(30))
      return Made(Op::kCompare, {FieldOf("bought", "quantity"), CountConstant()}, Comparison());
    return Made(Op::kCompare, {FieldOf("bought", "amount"), MoneyConstant()}, Comparison());
  }

  Pattern AnyPattern() {
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
  Pattern PatternOf(Entity entity) {
    if (entity == Entity::kContact) return AnyPattern();
    return PlainPattern(r_.Pick(std::array<const char*, 3>{"report", "clicked", "noted"}), false);
  }

  // --- conditions ---

  std::string Comparison() { return r_.Pick(kComparisons); }

  /// `A over 6h` beside `A over previous 2d`.
  Expr BesideThePast(Entity entity) {
    Expr now = entity == Entity::kContact ? Aggregate("sum", PlainPattern("bought", false), "amount")
                                          : Measure(r_.Chance(50) ? "spend" : "roas");
    now.window = Window();
    now.window.kind = Window::Kind::kRolling;
    now.window.length = Duration();
    Expr before = now;
    before.window.kind = Window::Kind::kPrevious;
    before.window.lag = now.window.length;
    before.window.length = Duration();
    return Made(Op::kCompare, {std::move(now), std::move(before)}, Comparison());
  }

  std::string Zone(Entity entity) {
    if (entity == Entity::kContact && r_.Chance(40)) return "contact";
    return r_.Chance(50) ? "" : r_.Pick(kZones);
  }

  Expr Between(Entity entity) {
    Expr e = Made(Op::kBetween, {}, Zone(entity));
    e.from = r_.Pick(kTimes);
    do {
      e.to = r_.Pick(kTimes);
    } while (e.to == e.from);
    if (r_.Chance(30)) e.days = r_.Chance(50) ? "weekdays" : "weekends";
    return e;
  }

  Expr Sequence(std::string& last) {
    Expr e = Made(Op::kSequence);
    if (r_.Chance(30)) e.text = "sku";
    const int steps = r_.Chance(70) ? 2 : 3;
    for (int i = 0; i < steps; ++i) {
      e.steps.push_back(e.text.empty() ? AnyPattern()
                                       : PlainPattern(r_.Chance(50) ? "carted" : "bought", r_.Chance(20)));
      if (e.text.empty() && r_.Chance(20))
        e.steps.back() = PlainPattern(r_.Chance(70) ? "carted" : "nudged", false);
      if (i > 0) e.within.push_back(Duration());
    }
    e.each = r_.Chance(30);
    e.flag = r_.Chance(50);
    const std::string& event = e.steps.back().event;
    last = !e.flag && event == "bought" && e.steps[0].event != event && steps == 2 ? event : "";
    return e;
  }

  Schedule DrawSchedule(Entity entity) {
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

  Expr Leaf(Entity entity, const std::string& event) {
    if (kCalendar && r_.Chance(5)) return BesideThePast(entity);
    if (kSchedules && calendar_ && r_.Chance(10)) return Between(entity);
    const int kind = r_.Below(14);
    if (kind < 3) return Made(Op::kCompare, {Money(entity, event, 1), MoneyConstant()}, Comparison());
    if (kind < 5) return Made(Op::kCompare, {Count(entity, event), CountConstant()}, Comparison());
    if (kind == 5)
      return Made(Op::kCompare, {Money(entity, event, 0), Money(entity, event, 0)}, Comparison());
    if (kind < 8) return Looking(entity);
    if (kind == 8 && !(held_ && entity == Entity::kCampaign)) {
      Expr known = Made(Op::kKnown, {Money(entity, event, 0)});
      known.flag = r_.Chance(50);
      return known;
    }
    return entity == Entity::kContact ? ContactLeaf() : CampaignLeaf();
  }

  /// What did or did not happen in a window.
  Expr Looking(Entity entity) {
    Expr e = Made(std::array<Op, 5>{Op::kTimes, Op::kHappened, Op::kNone, Op::kNone,
                                    Op::kNever}[static_cast<size_t>(r_.Below(5))]);
    e.pattern = PatternOf(entity);
    if (e.op != Op::kNever) e.window = LastWindow();
    if (e.op == Op::kTimes) {
      e.text = r_.Pick(std::array<const char*, 3>{"at least", "at most", "exactly"});
      e.count = (e.text == "at least" ? 1 : 0) + r_.Below(3);
      // One sort of condition for each way of counting that a marketer would write.
    }
    e.flag = e.op == Op::kNone && r_.Chance(50);
    return e;
  }

  Expr ContactLeaf() {
    switch (r_.Below(6)) {
      case 0: {
        const int plan = r_.Below(3);
        return Made(Op::kCompare,
                    {Made(Op::kAttribute, {}, "plan"),
                     Constant(kPlans[static_cast<size_t>(plan)], Value::Whole(plan))},
                    Comparison());
      }
      case 1: {
        Expr in = Made(Op::kIn, {Made(Op::kAttribute, {}, "country")});
        for (int i = 0; i < 2; ++i) {
          const std::string country = r_.Pick(kCountries);
          in.args.push_back(Constant(country, Value::Text(country)));
        }
        in.flag = r_.Chance(30);
        return in;
      }
      case 2:
        return Made(Op::kCompare, {Made(Op::kAttribute, {}, "points"), NumberConstant()}, Comparison());
      case 3:
        return Made(Op::kTagged, {}, r_.Pick(kTags));
      case 4:
        if (segments_ > 0) {
          Expr member = Made(Op::kMember);
          member.number = r_.Below(segments_);
          member.flag = r_.Chance(30);
          return member;
        }
        [[fallthrough]];
      default:
        return Made(Op::kCompare,
                    {Made(Op::kSubtract, {Made(Op::kNow), Made(Op::kAttribute, {}, "joined_at")}),
                     DurationConstant()},
                    r_.Pick(std::array<const char*, 4>{">", ">=", "<", "<="}));
    }
  }

  Expr CampaignLeaf() {
    switch (r_.Below(5)) {
      case 0: {
        const int status = r_.Below(2);
        return Made(Op::kCompare,
                    {Made(Op::kAttribute, {}, "status"),
                     Constant(status == 0 ? "paused" : "active", Value::Whole(status))},
                    r_.Chance(70) ? "=" : "!=");
      }
      case 1: {
        Expr share = Made(Op::kShare, {Made(Op::kAttribute, {}, "budget")});
        share.count = 20 * (1 + r_.Below(5));
        return Made(Op::kCompare, {Measure("spend"), std::move(share)}, Comparison());
      }
      case 2: {
        Expr level = Made(Op::kMeasure, {}, "level");
        level.window = r_.Chance(60) ? Window() : OverWindow();
        return Made(Op::kCompare, {std::move(level), NumberConstant()}, Comparison());
      }
      case 3: {
        Expr compared = Made(Op::kCompare, {Measure("roas"), NumberConstant()}, Comparison());
        Expr evidence = Made(Op::kEvidence, {}, "clicks");
        evidence.window = compared.args[0].window;
        evidence.count = 1 + r_.Below(4);
        evidence.args.push_back(std::move(compared));
        return evidence;
      }
      default:
        return Made(Op::kCompare, {Measure("roas"), NumberConstant()}, Comparison());
    }
  }

  Expr Condition(Entity entity, const std::string& event, int depth) {
    if (depth > 0 && r_.Chance(50)) {
      switch (r_.Below(3)) {
        case 0:
          return Made(Op::kAnd, {Condition(entity, event, depth - 1), Condition(entity, event, depth - 1)});
        case 1:
          return Made(Op::kOr, {Condition(entity, event, depth - 1), Condition(entity, event, depth - 1)});
        default:
          return Made(Op::kNot, {Condition(entity, event, depth - 1)});
      }
    }
    return Leaf(entity, event);
  }

  Expr Held(Entity entity, int depth) {
    held_ = true;
    Expr hold = Made(Op::kHold, {Condition(entity, "", depth)});
    held_ = false;
    hold.duration = Duration();
    return hold;
  }

  Expr StateCondition(Entity entity, int depth) {
    if (r_.Chance(35)) return Held(entity, depth);
    if (r_.Chance(15))
      return Made(r_.Chance(50) ? Op::kAnd : Op::kOr, {Held(entity, 0), Condition(entity, "", depth)});
    return Condition(entity, "", depth);
  }

  // --- rules ---

  Rule DrawRule(int number) {
    Rule rule;
    rule.name = fmt::format("r{}", number);
    rule.entity = r_.Chance(60) ? Entity::kContact : Entity::kCampaign;
    rule.on_event = r_.Chance(40);
    std::string event;
    if (kSchedules && calendar_ && r_.Chance(30)) {
      rule.on_event = false;
      rule.schedule.push_back(DrawSchedule(rule.entity));
      rule.condition = r_.Chance(15) ? Made(Op::kAnd) : StateCondition(rule.entity, 1);
    } else if (kSequences && rule.entity == Entity::kContact && r_.Chance(40)) {
      rule.on_event = true;
      rule.condition = Sequence(event);
      if (r_.Chance(15)) {
        Expr other = Made(Op::kEvent);
        other.pattern = AnyPattern();
        std::string ignored;
        rule.condition = Made(Op::kOr, {rule.condition, r_.Chance(50) ? other : Sequence(ignored)});
        event.clear();
      }
      if (r_.Chance(50)) rule.condition = Made(Op::kAnd, {rule.condition, Condition(rule.entity, event, 1)});
    } else if (rule.on_event) {
      event = rule.entity == Entity::kContact
                  ? r_.Pick(std::array<const char*, 4>{"bought", "opened", "clicked", "nudged"})
                  : r_.Pick(std::array<const char*, 3>{"report", "clicked", "noted"});
      Expr trigger = Made(Op::kEvent);
      trigger.pattern = PlainPattern(event, r_.Chance(30));
      if (event == "opened" && r_.Chance(50)) trigger.pattern.message = r_.Pick(kMessages);
      rule.condition = trigger;
      if (r_.Chance(75)) {
        Expr rest = r_.Chance(15) ? Held(rule.entity, 0) : Condition(rule.entity, event, 2);
        rule.condition = Made(Op::kAnd, {std::move(trigger), std::move(rest)});
      }
    } else if (rule.entity == Entity::kContact && segments_ > 0 && r_.Chance(30)) {
      Expr turn = Made(r_.Chance(50) ? Op::kEnters : Op::kLeaves);
      turn.number = r_.Below(segments_);
      rule.condition = r_.Chance(50) ? turn : Made(Op::kAnd, {turn, Condition(rule.entity, "", 1)});
    } else {
      rule.condition = StateCondition(rule.entity, 2);
    }
    const int actions = 1 + r_.Below(2);
    for (int i = 0; i < actions; ++i) rule.actions.push_back(DrawAction(rule.entity, event));
    // What `clicked` happens to is told by what is done about it.
    rule.actions.push_back(rule.entity == Entity::kContact ? Action{Action::Kind::kSend, "m1", {}}
                                                           : Action{Action::Kind::kTell, "campaign", {}});
    if (r_.Chance(25)) rule.limits.push_back({1 + r_.Below(3), Duration()});
    if (r_.Chance(8)) rule.limits.push_back({1, 0});
    if (r_.Chance(20)) rule.priority = r_.Below(5);
    return rule;
  }

  Action DrawAction(Entity entity, const std::string& event) {
    if (entity == Entity::kCampaign) {
      switch (r_.Below(6)) {
        case 0:
          return {Action::Kind::kPause, "", {}};
        case 1:
          return {Action::Kind::kResume, "", {}};
        case 2:
          return {
              Action::Kind::kChangeBudget, "", {r_.Chance(50) ? MoneyConstant() : Money(entity, event, 0)}};
        case 3:
          return {Action::Kind::kLiftBudget, "", {MoneyConstant()}};
        case 4:
          return {Action::Kind::kLiftByShare, "", {}};
        default:
          return {Action::Kind::kTell, "campaign", {}};
      }
    }
    switch (r_.Below(8)) {
      case 0:
        return {Action::Kind::kScore, "", {NumberConstant()}};
      case 1:
        return {Action::Kind::kAddTag, r_.Pick(kTags), {}};
      case 2:
        return {Action::Kind::kRemoveTag, r_.Pick(kTags), {}};
      case 3:
        return {Action::Kind::kSetPlan, r_.Pick(kPlans), {}};
      case 4:
        return {Action::Kind::kSetBalance, "", {r_.Chance(50) ? MoneyConstant() : Money(entity, event, 1)}};
      case 5:
        return {Action::Kind::kEmit, "", {}};
      case 6:
        return {Action::Kind::kTell, "contact", {}};
      default:
        return {Action::Kind::kSend, r_.Pick(kMessages), {}};
    }
  }

  // --- the log ---

  Field Money(const std::string& name, bool may_be_null) {
    if (may_be_null && r_.Chance(10)) return {name, "null", {}};
    const Amount& amount = r_.Pick(kAmounts);
    return {name, amount.json, Value::Whole(amount.micros)};
  }
  Field Whole(const std::string& name, int below) {
    const int count = r_.Below(below);
    return {name, std::to_string(count), Value::Whole(count)};
  }
  Field Text(const std::string& name, const std::string& text) {
    return {name, "\"" + text + "\"", Value::Text(text)};
  }

  Record DrawRecord(Time at) {
    Record record;
    record.at = at;
    const std::string contact = fmt::format("c{}", r_.Below(3)), campaign = fmt::format("k{}", r_.Below(2));
    const int kind = r_.Below(10);
    if (kSequences && kind < 4 && r_.Chance(25)) {
      record.contact = contact;
      record.type = "carted";
      if (r_.Chance(80)) record.fields.push_back(Text("sku", r_.Pick(kSkus)));
      return record;
    }
    if (kind < 4) {
      record.contact = contact;
      record.type = kind < 2 ? "bought" : "opened";
      if (kind == 3) return Attributes(record);
      if (kind == 2) record.fields = {Text("message", r_.Pick(kMessages))};
      if (kind < 2) {
        record.fields = {Money("amount", false)};
        if (r_.Chance(70)) record.fields.push_back(Whole("quantity", 4));
        if (r_.Chance(70)) record.fields.push_back(Text("sku", r_.Pick(kSkus)));
      }
      return record;
    }
    record.campaign = campaign;
    switch (kind) {
      case 4:
        record.type = "campaign";
        if (r_.Chance(60)) {
          const bool active = r_.Chance(60);
          record.fields.push_back(
              {"status", active ? "\"active\"" : "\"paused\"", Value::Whole(active ? 1 : 0)});
        }
        if (r_.Chance(60)) record.fields.push_back(Money("budget", true));
        return record;
      case 5: {
        record.type = "noted";
        const double level = r_.Pick(kNumbers);
        if (r_.Chance(90)) record.fields.push_back({"level", fmt::format("{}", level), Value::Real(level)});
        return record;
      }
      case 6:
        record.type = "clicked";
        if (r_.Chance(80)) record.contact = contact;
        if (!record.contact.empty() && r_.Chance(20)) record.campaign.clear();
        if (r_.Chance(70)) record.fields.push_back(Whole("position", 4));
        return record;
      default:
        record.type = "report";
        if (r_.Chance(90)) record.fields.push_back(Money("spend", true));
        if (r_.Chance(85)) record.fields.push_back(Money("revenue", true));
        if (r_.Chance(80)) record.fields.push_back(Whole("clicks", 4));
        return record;
    }
  }

  Record Attributes(Record record) {
    record.type = "contact";
    if (calendar_ && r_.Chance(30)) {
      const std::string zone = r_.Chance(15) ? "Mars/Olympus" : r_.Pick(kZones);
      record.fields = {r_.Chance(10) ? Field{"time_zone", "null", {}} : Text("time_zone", zone)};
      return record;
    }
    switch (r_.Below(5)) {
      case 0: {
        const int plan = r_.Below(3);
        record.fields = {
            {"plan", fmt::format("\"{}\"", kPlans[static_cast<size_t>(plan)]), Value::Whole(plan)}};
        break;
      }
      case 1:
        record.fields = {r_.Chance(15) ? Field{"country", "null", {}} : Text("country", r_.Pick(kCountries))};
        break;
      case 2:
        record.fields = {Money("balance", true)};
        break;
      case 3:
        record.fields = {{"tags", "[\"hot\",\"cold\"]", Value::Set({"hot", "cold"})}};
        break;
      default: {
        const Time joined = record.at - (r_.Chance(50) ? 0 : Duration());
        record.fields = {{"joined_at", "\"" + Print(joined) + "\"", Value::Whole(joined)}};
        break;
      }
    }
    return record;
  }

  void DrawLog(Case& made) {
    const bool beside = r_.Chance(30), hourly = r_.Chance(25);
    Time at = (calendar_ ? r_.Pick(kStarts) : kStarts[0]) * 1'000'000;
    const int records = 15 + r_.Below(40);
    for (int i = 0; i < records; ++i) {
      at += hourly ? (r_.Chance(60) ? 0 : kHour)
                   : kMinute * r_.Pick(std::array<int, 9>{0, 0, 0, 30, 30, 60, 60, 120, 360});
      if (!hourly && r_.Chance(4)) at += kDay;
      made.log.push_back(DrawRecord(at + (beside && r_.Chance(30) ? r_.Below(3) : 0)));
    }
    if (r_.Chance(20)) {
      made.program.lateness = r_.Chance(50) ? kHour : 3 * kHour;
      Shuffle(made.log);
    } else {
      Sort(made.log);
    }
    made.until = at + 4 * kDay;
    for (const char* contact : {"c0", "c1", "c2"}) {
      Record asked;
      asked.at = made.until;
      asked.type = "asked";
      asked.contact = contact;
      made.log.push_back(asked);
    }
    for (const char* campaign : {"k0", "k1"}) {
      Record audited;
      audited.at = made.until;
      audited.type = "audited";
      audited.campaign = campaign;
      made.log.push_back(audited);
    }
  }

  static void Sort(std::vector<Record>& log) {
    for (size_t i = 1; i < log.size(); ++i) {
      for (size_t j = i; j > 0 && log[j].at < log[j - 1].at; --j) std::swap(log[j], log[j - 1]);
    }
  }

  void Shuffle(std::vector<Record>& log) {
    for (size_t i = 0; i + 1 < log.size(); ++i) {
      if (r_.Chance(40)) std::swap(log[i], log[i + 1]);
    }
  }

  Random r_;
  int segments_ = 0;
  bool held_ = false;
  bool calendar_ = false;
};

}  // namespace

Case Draw(uint64_t seed) { return Drawer(seed).Make(); }

}  // namespace mrule::oracle
