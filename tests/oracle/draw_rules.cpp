// SPDX-License-Identifier: Apache-2.0
#include "tests/oracle/drawer.h"

namespace mrule::oracle {

Rule Drawer::DrawRule(int number) {
  Rule rule;
  rule.name = fmt::format("r{}", number);
  rule.entity = r_.Chance(60) ? Entity::kContact : Entity::kCampaign;
  rule.on_event = r_.Chance(40);
  std::string event;
  bool plain = false;  // every firing is at an event of that name
  std::string changed;
  if (r_.Chance(16)) {
    rule.on_event = true;
    rule.condition = Change(rule.entity);
    changed = rule.condition.text;
    if (r_.Chance(20)) {
      Expr other = Made(Op::kEvent);
      other.pattern.event = rule.entity == Entity::kContact ? "nudged" : "noted";
      rule.condition = Made(Op::kOr, {rule.condition, r_.Chance(50) ? other : Change(rule.entity)});
      changed.clear();
    }
    if (changed != "tags" && !changed.empty() && r_.Chance(40)) {
      Expr compared =
          Made(Op::kCompare, {Made(Op::kAttribute, {}, changed), Made(Op::kOld, {}, changed)}, Comparison());
      if (changed == "status" || changed == "country") compared.text = r_.Chance(50) ? "=" : "!=";
      rule.condition = Made(Op::kAnd, {rule.condition, std::move(compared)});
    }
    if (r_.Chance(40)) rule.condition = Made(Op::kAnd, {rule.condition, Condition(rule.entity, "", 1)});
  } else if (calendar_ && r_.Chance(30)) {
    rule.on_event = false;
    rule.schedule.push_back(DrawSchedule(rule.entity));
    rule.condition = r_.Chance(15) ? Made(Op::kAnd) : StateCondition(rule.entity, 1);
  } else if (rule.entity == Entity::kContact && r_.Chance(40)) {
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
    plain = true;
    if ((event == "bought" || event == "report") && r_.Chance(20)) {
      const Expr each = Each(event);
      plain = false;
      if (r_.Chance(40)) {
        trigger = Made(Op::kAnd, {trigger, each});
      } else {
        trigger = each;
        if (!each.text.empty()) event.clear();  // steps of a measure name no event whose fields could be read
      }
    }
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
  if ((changed == "balance" || changed == "points" || changed == "budget") && r_.Chance(50))
    rule.actions.push_back({Action::Kind::kTell, "old " + changed, {}});
  AddWaysBack(rule);
  AddLimits(rule, plain ? event : "");
  if (r_.Chance(20)) rule.priority = r_.Below(5);
  return rule;
}

void Drawer::AddLimits(Rule& rule, const std::string& event) {
  if (r_.Chance(25)) rule.limits.push_back({1 + r_.Below(3), Duration()});
  if (calendar_ && r_.Chance(25)) {
    Limit limit{1 + r_.Below(2), 0};
    limit.calendar.push_back(r_.Pick(
        std::array<Period, 5>{Period::kDay, Period::kDay, Period::kWeek, Period::kMonth, Period::kYear}));
    limit.zone = Zone(rule.entity);
    rule.limits.push_back(limit);
  }
  if (!event.empty() && r_.Chance(30)) {
    const std::string field = event == "opened"    ? "message"
                              : event == "clicked" ? "position"
                              : event == "report"  ? "clicks"
                              : event == "bought"  ? (r_.Chance(60) ? "sku" : "quantity")
                                                   : "";
    if (rule.limits.empty() || r_.Chance(30)) rule.limits.push_back({1 + r_.Below(2), Duration()});
    rule.limits.back().field = field;
  }
  rule.waits = !rule.limits.empty() && r_.Chance(35);
  if (!rule.waits && r_.Chance(8)) rule.limits.push_back({1, 0});
}

Until Drawer::DrawUntil(Entity entity) {
  Until until;
  until.kind = std::array<Until::Kind, 7>{Until::Kind::kFor,      Until::Kind::kFor,     Until::Kind::kTime,
                                          Until::Kind::kTomorrow, Until::Kind::kWeekday, Until::Kind::kDate,
                                          Until::Kind::kInstant}[static_cast<size_t>(r_.Below(7))];
  if (until.kind == Until::Kind::kFor) {
    until.time = Duration();
    return until;
  }
  until.time = r_.Pick(kTimes);
  until.day = until.kind == Until::Kind::kWeekday ? 1 + r_.Below(7) : start_ / kDay + r_.Below(4);
  if (until.kind == Until::Kind::kInstant) {
    until.time += until.day * kDay;
  } else if (calendar_) {
    until.zone = Zone(entity);
  }
  return until;
}

void Drawer::AddWaysBack(Rule& rule) {
  for (Action& action : rule.actions) {
    const bool reversible =
        action.kind == Action::Kind::kAddTag || action.kind == Action::Kind::kPause ||
        action.kind == Action::Kind::kResume || action.kind == Action::Kind::kChangeBudget ||
        action.kind == Action::Kind::kLiftBudget || action.kind == Action::Kind::kLiftByShare;
    if (reversible && r_.Chance(25)) action.until.push_back(DrawUntil(rule.entity));
  }
  if (r_.Chance(15)) rule.way_back.push_back({StateCondition(rule.entity, 1), DrawAction(rule.entity, "")});
}

Action Drawer::DrawAction(Entity entity, const std::string& event) {
  if (entity == Entity::kCampaign) {
    switch (r_.Below(6)) {
      case 0:
        return {Action::Kind::kPause, "", {}};
      case 1:
        return {Action::Kind::kResume, "", {}};
      case 2:
        return {Action::Kind::kChangeBudget, "", {r_.Chance(50) ? MoneyConstant() : Money(entity, event, 0)}};
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

}  // namespace mrule::oracle
