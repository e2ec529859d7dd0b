// SPDX-License-Identifier: Apache-2.0
#include "tests/oracle/drawer.h"

namespace mrule::oracle {

Expr Made(Op op, std::vector<Expr> args, std::string text) {
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

Case Drawer::Make() {
  Case made;
  calendar_ = r_.Chance(50);
  start_ = (calendar_ ? r_.Pick(kStarts) : kStarts[0]) * 1'000'000;
  if (calendar_ && r_.Chance(70)) made.program.zone = r_.Pick(kZones);
  if (calendar_ && r_.Chance(30)) made.program.contact_zone = r_.Pick(kZones);
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

Case Draw(uint64_t seed) { return Drawer(seed).Make(); }

}  // namespace mrule::oracle
