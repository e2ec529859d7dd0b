// SPDX-License-Identifier: Apache-2.0
#include <utility>

#include "tests/oracle/drawer.h"

namespace mrule::oracle {

std::string Drawer::Comparison() { return r_.Pick(kComparisons); }

/// `A over 6h` beside `A over previous 2d`.
Expr Drawer::BesideThePast(Entity entity) {
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

std::string Drawer::Zone(Entity entity) {
  if (entity == Entity::kContact && r_.Chance(40)) return "contact";
  return r_.Chance(50) ? "" : r_.Pick(kZones);
}

Expr Drawer::Between(Entity entity) {
  Expr e = Made(Op::kBetween, {}, Zone(entity));
  e.from = r_.Pick(kTimes);
  do {
    e.to = r_.Pick(kTimes);
  } while (e.to == e.from);
  if (r_.Chance(30)) e.days = r_.Chance(50) ? "weekdays" : "weekends";
  return e;
}

Expr Drawer::Leaf(Entity entity, const std::string& event) {
  if (r_.Chance(5)) return BesideThePast(entity);
  if (calendar_ && r_.Chance(10)) return Between(entity);
  if (r_.Chance(6)) return Trend(entity);
  const int kind = r_.Below(14);
  if (kind < 3) return Made(Op::kCompare, {Money(entity, event, 1), MoneyConstant()}, Comparison());
  if (kind < 5) return Made(Op::kCompare, {Count(entity, event), CountConstant()}, Comparison());
  if (kind == 5) return Made(Op::kCompare, {Money(entity, event, 0), Money(entity, event, 0)}, Comparison());
  if (kind < 8) return Looking(entity);
  if (kind == 8 && !(held_ && entity == Entity::kCampaign)) {
    Expr known = Made(Op::kKnown, {Money(entity, event, 0)});
    known.flag = r_.Chance(50);
    return known;
  }
  return entity == Entity::kContact ? ContactLeaf() : CampaignLeaf();
}

/// What did or did not happen in a window.
Expr Drawer::Looking(Entity entity) {
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

Expr Drawer::ContactLeaf() {
  switch (r_.Below(6)) {
    case 0: {
      const int plan = r_.Below(3);
      return Made(
          Op::kCompare,
          {Made(Op::kAttribute, {}, "plan"), Constant(kPlans[static_cast<size_t>(plan)], Value::Whole(plan))},
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
      return Made(
          Op::kCompare,
          {Made(Op::kSubtract, {Made(Op::kNow), Made(Op::kAttribute, {}, "joined_at")}), DurationConstant()},
          r_.Pick(std::array<const char*, 4>{">", ">=", "<", "<="}));
  }
}

Expr Drawer::CampaignLeaf() {
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
      Expr level = Made(Op::kMeasure, {}, "grade");
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

Expr Drawer::Condition(Entity entity, const std::string& event, int depth) {
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

Expr Drawer::Held(Entity entity, int depth) {
  const bool outer = std::exchange(held_, true);
  Expr hold = Made(Op::kHold, {Condition(entity, "", depth)});
  if (!outer && r_.Chance(15)) {  // a hold, or a row, inside the hold
    Expr inner = entity == Entity::kCampaign && r_.Chance(30) ? Row() : Held(entity, 0);
    if (r_.Chance(30)) inner = Made(Op::kNot, {std::move(inner)});
    hold.args[0] = Made(r_.Chance(50) ? Op::kAnd : Op::kOr, {std::move(inner), hold.args[0]});
  }
  held_ = outer;
  hold.duration = Duration();
  return hold;
}

/// Of campaigns: only they have measures that are polled.
Expr Drawer::Row() {
  const bool outer = std::exchange(held_, true);
  const std::string measure = r_.Pick(std::array<const char*, 5>{"spend", "roas", "cpc", "clicks", "grade"});
  Expr value = Measure(measure);
  if (measure == "grade" && r_.Chance(60)) value.window = Window();
  Expr constant = measure == "clicks"                      ? CountConstant()
                  : measure == "spend" || measure == "cpc" ? MoneyConstant()
                                                           : NumberConstant();
  Expr row = Made(Op::kRow, {Made(Op::kCompare, {std::move(value), std::move(constant)}, Comparison())});
  if (r_.Chance(30))
    row.args[0] =
        Made(r_.Chance(50) ? Op::kAnd : Op::kOr, {row.args[0], Condition(Entity::kCampaign, "", 0)});
  held_ = outer;
  row.count = 2 + r_.Below(3);
  return row;
}

Expr Drawer::Trend(Entity entity) {
  Expr trend = Made(Op::kTrend);
  const int kind = r_.Below(4);
  if (entity == Entity::kContact) {
    trend.args.push_back(kind == 0 ? Made(Op::kAttribute, {}, "points") : Money(entity, "", 1));
  } else if (kind == 0) {
    trend.args.push_back(Measure("grade"));
    if (r_.Chance(60)) trend.args[0].window = Window();
  } else if (kind == 1) {
    trend.args.push_back(Money(entity, "", 1));
  } else {
    trend.args.push_back(Measure(r_.Pick(std::array<const char*, 3>{"roas", "spend", "cpc"})));
    if (r_.Chance(30)) {
      trend.evidence = 1 + r_.Below(4);
      trend.field = "clicks";
    }
  }
  trend.flag = r_.Chance(40);
  trend.count = 10 * (1 + r_.Below(6));
  trend.duration = Duration();
  return trend;
}

Expr Drawer::StateCondition(Entity entity, int depth) {
  if (r_.Chance(35)) return Held(entity, depth);
  if (entity == Entity::kCampaign && r_.Chance(15)) {
    if (r_.Chance(50)) return Row();
    return Made(r_.Chance(50) ? Op::kAnd : Op::kOr, {Row(), Condition(entity, "", depth)});
  }
  if (r_.Chance(15))
    return Made(r_.Chance(50) ? Op::kAnd : Op::kOr, {Held(entity, 0), Condition(entity, "", depth)});
  return Condition(entity, "", depth);
}

}  // namespace mrule::oracle
