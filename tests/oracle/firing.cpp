// SPDX-License-Identifier: Apache-2.0
// What comes of a firing (S9 to S13): limits, values on the snapshot, conflicts, effects, changes and ways
// back.
#include <algorithm>
#include <array>

#include "tests/oracle/walk.h"

namespace mrule::oracle {

namespace {

std::string_view NameOf(Action::Kind kind) {
  switch (kind) {
    case Action::Kind::kScore:
      return "score";
    case Action::Kind::kAddTag:
      return "add_tag";
    case Action::Kind::kRemoveTag:
      return "remove_tag";
    case Action::Kind::kSetPlan:
    case Action::Kind::kSetBalance:
      return "set";
    case Action::Kind::kEmit:
      return "emit";
    case Action::Kind::kSend:
      return "send";
    case Action::Kind::kPause:
      return "pause";
    case Action::Kind::kResume:
      return "resume";
    case Action::Kind::kChangeBudget:
      return "change_budget";
    case Action::Kind::kLiftBudget:
    case Action::Kind::kLiftByShare:
      return "lift_budget";
    case Action::Kind::kTell:
      return "notify";
  }
  return "";
}

std::string Told(const Action& action, const Moment& moment) {
  const Subject& subject = *moment.subject;
  if (action.text.starts_with("old ")) {
    Expr old;
    old.op = Op::kOld;
    old.text = action.text.substr(4);
    const Value value = Read(old, moment);
    return value.known() ? old.text == "points" ? PrintNumber(value.real) : PrintMoney(value.whole)
                         : "unknown";
  }
  const auto told = [&subject](const std::string& name, auto print) {
    const Value value = AttributeOf(subject, name);
    return value.known() ? std::string(print(value)) : std::string("unknown");
  };
  const auto money = [](const Value& value) { return PrintMoney(value.whole); };
  if (subject.entity == Entity::kCampaign) {
    return told("status", [](const Value& value) { return value.whole == 0 ? "paused" : "active"; }) + " " +
           told("budget", money);
  }
  constexpr const char* kPlans[] = {"free", "pro", "enterprise"};
  return told("plan", [](const Value& value) { return kPlans[value.whole]; }) + " " +
         told("country", [](const Value& value) { return value.text; }) + " " + told("balance", money) + " " +
         told("points", [](const Value& value) { return PrintNumber(value.real); }) + " " +
         told("tags", [](const Value& value) {
           std::string out;
           for (const std::string& item : value.items) out += (out.empty() ? "" : ", ") + item;
           return out;
         });
}

Decision DecisionOf(const Subject& subject, const Firing& firing, size_t action, Time now) {
  return {now,
          firing.rule->name,
          std::string(oracle::NameOf(subject.entity)) + ":" + subject.id,
          std::string(NameOf(firing.actions[action].kind)),
          "",
          firing.back};
}

Value Effect(const Subject& subject, const Action& action, const Moment& moment) {
  const auto capped = [&subject](int64_t more) {
    const Value budget = AttributeOf(subject, "budget");
    return budget.known() ? Value::Whole(std::min<int64_t>(budget.whole + more, 200'000'000)) : Value();
  };
  switch (action.kind) {
    case Action::Kind::kScore:
    case Action::Kind::kSetBalance:
    case Action::Kind::kChangeBudget:
      return Read(action.amount[0], moment);
    case Action::Kind::kAddTag:
    case Action::Kind::kRemoveTag:
      return Value::Text(action.text);
    case Action::Kind::kSetPlan:
      return Value::Whole(action.text == "free" ? 0 : action.text == "pro" ? 1 : 2);
    case Action::Kind::kPause:
      return Value::Whole(0);
    case Action::Kind::kResume:
      return Value::Whole(1);
    case Action::Kind::kLiftBudget: {
      const Value amount = Read(action.amount[0], moment);
      return amount.known() ? capped(amount.whole) : Value();
    }
    case Action::Kind::kLiftByShare: {
      const Value budget = AttributeOf(subject, "budget");
      return budget.known() ? capped(DividedToEven(budget.whole, 2)) : Value();
    }
    case Action::Kind::kEmit:
    case Action::Kind::kSend:
    case Action::Kind::kTell:
      return {};
  }
  return {};
}

/// S10: priority, then the safer value (less, for a status and a budget), then the place in the file.
void Settle(std::vector<Firing>& firings, std::string_view attribute) {
  struct Claim {
    size_t firing, action;
  };
  std::vector<Claim> claims;
  for (size_t f = 0; f < firings.size(); ++f) {
    for (size_t a = 0; a < firings[f].values.size(); ++a) {
      if (SetBy(firings[f].actions[a].kind) == attribute && firings[f].values[a].known())
        claims.push_back({f, a});
    }
  }
  if (claims.empty()) return;
  const auto value = [&firings](const Claim& claim) -> const Value& {
    return firings[claim.firing].values[claim.action];
  };
  const bool safer_less = attribute == "status" || attribute == "budget";
  Claim winner = claims[0];
  for (const Claim& claim : claims) {
    const int mine = firings[claim.firing].rule->priority, best = firings[winner.firing].rule->priority;
    const bool safer = safer_less && value(claim).whole < value(winner).whole;
    if (mine > best || (mine == best && safer)) winner = claim;
  }
  for (const Claim& claim : claims) {
    if (value(claim) != value(winner)) firings[claim.firing].lost[claim.action] = true;
  }
}

/// What an action, or any of the rule's, sets: an attribute, or whether a tag is there.
struct Control {
  std::string attribute;
  std::string tag;     ///< of `tags`
  bool added = false;  ///< the tag
};
std::vector<Control> Controls(const Rule& rule, size_t place) {
  std::vector<Control> out;
  for (size_t i = 0; i < rule.actions.size(); ++i) {
    if (place != i && place != kWholeRule) continue;
    const Action& action = rule.actions[i];
    const std::string_view attribute = SetBy(action.kind);
    const bool added = action.kind == Action::Kind::kAddTag;
    if (!attribute.empty()) out.push_back({std::string(attribute), {}, false});
    if (added || action.kind == Action::Kind::kRemoveTag) out.push_back({"tags", action.text, added});
  }
  return out;
}

/// Of a tag: is it there.
Value ValueOf(const Subject& subject, const Control& control) {
  const Value value = AttributeOf(subject, control.attribute);
  return control.tag.empty() ? value : Value::Whole(value.items.contains(control.tag) ? 1 : 0);
}

/// Empty: the firings of a limit count together.
Value KeyOf(const Limit& limit, const Fields& fields) {
  const auto found = fields.find(limit.field);
  return limit.field.empty() || found == fields.end() ? Value() : found->second;
}

/// How often a rule with an `each` fires.
int64_t TimesOf(const Expr& condition, const Moment& moment) {
  if (condition.op == Op::kEach) return StepsPassed(condition, moment);
  for (const Expr& arg : condition.args) {
    if (const int64_t times = TimesOf(arg, moment); times != 0) return times;
  }
  return 0;
}

template <typename Do>
void ForEachEffect(const std::vector<Firing>& firings, Do act) {
  for (const Firing& firing : firings) {
    for (size_t i = 0; i < firing.lost.size(); ++i) {
      if (!firing.lost[i] && firing.values[i].known()) act(firing.actions[i], firing.values[i]);
    }
  }
}

}  // namespace

std::string_view SetBy(Action::Kind kind) {
  switch (kind) {
    case Action::Kind::kSetPlan:
      return "plan";
    case Action::Kind::kSetBalance:
      return "balance";
    case Action::Kind::kPause:
    case Action::Kind::kResume:
      return "status";
    case Action::Kind::kChangeBudget:
    case Action::Kind::kLiftBudget:
    case Action::Kind::kLiftByShare:
      return "budget";
    default:
      return "";
  }
}

Value AttributeOf(const Subject& subject, const std::string& name) {
  const auto found = subject.attributes.find(name);
  return found == subject.attributes.end() ? Value() : found->second;
}

Firing MadeOf(const Rule& rule, std::vector<Action> actions, const Moment& moment) {
  Firing firing{&rule, std::move(actions), false, {}, {}, {}};
  for (const Action& action : firing.actions) {
    firing.values.push_back(Effect(*moment.subject, action, moment));
    firing.told.push_back(action.kind == Action::Kind::kTell ? Told(action, moment) : "");
    firing.lost.push_back(false);
  }
  return firing;
}

// --- limits (S11) ---

bool Shares(const Rule& rule, const Turn& a, const Turn& b) {
  return std::any_of(rule.limits.begin(), rule.limits.end(), [&](const Limit& limit) {
    return KeyOf(limit, a.event.fields) == KeyOf(limit, b.event.fields);
  });
}

bool Walk::IsAllowed(const Subject& subject, const Rule& rule, const Moment& moment) const {
  const Fields fields = moment.event == nullptr ? Fields() : moment.event->fields;
  const auto fired = subject.fired.find(rule.name);
  if (fired == subject.fired.end()) return true;
  return std::all_of(rule.limits.begin(), rule.limits.end(), [&](const Limit& limit) {
    const auto recent = std::count_if(fired->second.begin(), fired->second.end(), [&](const Fired& one) {
      return KeyOf(limit, one.fields) == KeyOf(limit, fields) && IsRecent(limit, one.at, moment);
    });
    return recent < limit.count;
  });
}

void Walk::HoldBack(const Subject& subject, const Rule& rule, Time now) {
  const Firing held{&rule, rule.actions, false, {}, {}, {}};
  for (size_t i = 0; i < rule.actions.size(); ++i)
    answer_.suppressed.push_back(DecisionOf(subject, held, i, now));
}

void Walk::Fire(Subject& subject, const Rule& rule, Time now, const Entry* event,
                std::vector<Firing>& firings) {
  const int64_t times = std::max<int64_t>(TimesOf(rule.condition, At(subject, now, event)), 1);
  std::vector<Turn>& waiting = subject.waiting[rule.name];
  for (int64_t i = 0; i < times; ++i) {
    const Turn turn{event != nullptr, event != nullptr ? *event : Entry()};
    const bool behind = std::any_of(waiting.begin(), waiting.end(),
                                    [&](const Turn& other) { return Shares(rule, other, turn); });
    if (!behind && IsAllowed(subject, rule, At(subject, now, event))) {
      FireNow(subject, rule, now, event, firings);
      continue;
    }
    HoldBack(subject, rule, now);
    if (rule.waits) waiting.push_back(turn);
  }
}

void Walk::FireNow(Subject& subject, const Rule& rule, Time now, const Entry* event,
                   std::vector<Firing>& firings) {
  subject.fired[rule.name].push_back({now, event == nullptr ? Fields() : event->fields});
  for (const Limit& limit : rule.limits) {
    if (limit.period != 0) wake_.insert(now + limit.period);  // then there is room again
  }
  firings.push_back(MadeOf(rule, rule.actions, At(subject, now, event)));
}

// --- effects (S9, S10, S12) ---

void Walk::Finish(Subject& subject, std::vector<Firing>& firings, Time now, std::vector<Entry>& emitted) {
  for (const std::string_view attribute : {"plan", "balance", "status", "budget"}) Settle(firings, attribute);
  for (const Firing& firing : firings) {
    for (size_t i = 0; i < firing.lost.size(); ++i) {
      Decision decision = DecisionOf(subject, firing, i, now);
      if (firing.lost[i]) {
        answer_.suppressed.push_back(decision);
        continue;
      }
      decision.told = firing.told[i];
      answer_.decisions.push_back(decision);
      if (firing.actions[i].kind == Action::Kind::kEmit) emitted.push_back({now, "nudged", {}, false});
    }
  }
  const Subject before = subject;
  ApplyEffects(subject, firings);
  AddChanges(subject, before.attributes, now, emitted);
  SetBacks(subject, firings, before, now);
}

/// Sets, then what is added, then what is taken away.
void Walk::ApplyEffects(Subject& subject, const std::vector<Firing>& firings) {
  ForEachEffect(firings, [&](const Action& action, const Value& value) {
    const std::string attribute(SetBy(action.kind));
    if (!attribute.empty()) Write(subject, attribute, value);
  });
  ForEachEffect(firings, [&](const Action& action, const Value& value) {
    if (action.kind == Action::Kind::kScore) subject.attributes["points"].real += value.real;
    if (action.kind != Action::Kind::kAddTag) return;
    Value tags = AttributeOf(subject, "tags");
    if (!tags.known()) tags = Value::Set({});
    tags.items.insert(value.text);
    Write(subject, "tags", tags);
  });
  ForEachEffect(firings, [&](const Action& action, const Value& value) {
    if (action.kind != Action::Kind::kRemoveTag) return;
    Value tags = AttributeOf(subject, "tags");
    tags.items.erase(value.text);
    Write(subject, "tags", tags);
  });
}

/// S13: whatever changes an attribute takes the control from the ways back of all that have set it; of tags, one by one.
void Walk::Write(Subject& subject, const std::string& attribute, const Value& value) {
  const Value old = AttributeOf(subject, attribute);
  if (old == value) return;
  subject.attributes[attribute] = value;
  std::erase_if(subject.backs, [&](const auto& back) {
    const auto rule = std::find_if(case_.program.rules.begin(), case_.program.rules.end(),
                                   [&](const Rule& one) { return one.name == back.first.first; });
    const std::vector<Control> controls = Controls(*rule, back.first.second);
    return std::any_of(controls.begin(), controls.end(), [&](const Control& control) {
      return control.attribute == attribute &&
             (control.tag.empty() || old.items.contains(control.tag) != value.items.contains(control.tag));
    });
  });
}

/// What has another value than before, and a known one, has changed.
void Walk::AddChanges(const Subject& subject, const std::map<std::string, Value>& before, Time now,
                      std::vector<Entry>& out) const {
  constexpr std::array<const char*, 9> kDeclared = {"country", "plan",      "balance", "joined_at", "tags",
                                                    "points",  "time_zone", "status",  "budget"};
  for (const char* attribute : kDeclared) {
    const auto found = before.find(attribute);
    const Value old = found == before.end() ? Value() : found->second,
                value = AttributeOf(subject, attribute);
    if (!asked_.contains(attribute) || !value.known() || value == old) continue;
    Entry change{now, "changes", {{"attribute", Value::Text(attribute)}, {"new", value}}, true};
    if (old.known()) change.fields["old"] = old;
    out.push_back(std::move(change));
  }
}

// --- ways back (S13) ---

/// Each firing sets those of its rule, unless what it did has lost, has changed nothing, or has no way back.
void Walk::SetBacks(Subject& subject, const std::vector<Firing>& firings, const Subject& before, Time now) {
  for (const Firing& firing : firings) {
    if (firing.back) continue;
    std::vector<size_t> places;
    for (size_t i = 0; i < firing.actions.size(); ++i) {
      if (!firing.actions[i].until.empty() && !firing.lost[i]) places.push_back(i);
    }
    const bool all_won = std::find(firing.lost.begin(), firing.lost.end(), true) == firing.lost.end();
    if (!firing.rule->way_back.empty() && all_won) places.push_back(kWholeRule);
    for (const size_t place : places) {
      const BackKey key(firing.rule->name, place);
      const auto set = before.backs.find(key);
      const std::vector<Control> controls = Controls(*firing.rule, place);
      const auto is_changed = [&](const Control& control) { return ValueOf(before, control) != ValueOf(subject, control); };
      // Of what adds and what removes one tag in a round, the removal stays.
      const auto is_lost = [&](const Control& control) {
        return !control.tag.empty() && ValueOf(subject, control) != Value::Whole(control.added ? 1 : 0);
      };
      const bool changed = std::any_of(controls.begin(), controls.end(), is_changed);
      if (set == before.backs.end() && !controls.empty() && !changed) continue;
      if (std::any_of(controls.begin(), controls.end(), is_lost)) continue;
      Back back{0, set == before.backs.end() ? AttributeOf(before, "budget") : set->second.before};
      if (place != kWholeRule) {
        back.due = DueOf(firing.actions[place].until[0], At(before, now));
        if (back.due == 0 || (SetBy(firing.actions[place].kind) == "budget" && !back.before.known())) continue;
        wake_.insert(back.due);
      }
      subject.backs[key] = back;
    }
  }
}

}  // namespace mrule::oracle
