// SPDX-License-Identifier: Apache-2.0
// The walk through time (S1, S4, S9, S10, S11, S16): every instant at which anything could turn is visited,
// and at each of them all subjects are judged, whether or not anything touched them. Nothing is remembered
// but logs, judgements and firings.
#include <algorithm>
#include <map>
#include <set>

#include "tests/oracle/world.h"

namespace mrule::oracle {

namespace {

constexpr int kRounds = 16;  // S9

void CollectDurations(const Expr& e, std::set<Time>& out) {
  for (const Time time : {e.window.length, e.window.lag, e.window.length + e.window.lag, e.duration}) {
    if (time != 0) out.insert(time);
  }
  if (e.op == Op::kConstant && e.field == "duration") out.insert(e.value.whole);
  for (const Time time : e.within) out.insert(time);
  std::vector<const MeasureInfo*> measures;
  CollectMeasures(e, measures);
  for (const MeasureInfo* measure : measures) out.insert(measure->fresh);
  for (const Expr& arg : e.args) CollectDurations(arg, out);
}

/// Whether it looks at a calendar, and at which times of the day it turns.
bool CollectTimes(const Expr& e, std::set<Time>& out) {
  bool any = e.op == Op::kBetween || e.window.kind == Window::Kind::kCurrent ||
             e.window.kind == Window::Kind::kFull || e.window.kind == Window::Kind::kSameDay;
  if (e.op == Op::kBetween) out.insert({e.from, e.to});
  for (const Expr& arg : e.args) any |= CollectTimes(arg, out);
  return any;
}

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

/// The attribute that an action sets, if it sets one.
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

std::string Told(const Subject& subject) {
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

/// A firing of a round, with the values of its effects on the snapshot.
struct Firing {
  const Rule* rule = nullptr;
  std::vector<Value> values;  ///< of each action: what it sets, adds or takes away
  std::vector<bool> lost;
};

class Walk {
 public:
  explicit Walk(const Case& made) : case_(made) {
    std::set<Time> times = {0};
    bool calendar = false;
    for (const Expr& segment : case_.program.segments) calendar |= CollectTimes(segment, times);
    for (const Rule& rule : case_.program.rules) {
      calendar |= CollectTimes(rule.condition, times) || !rule.schedule.empty();
      for (const Schedule& schedule : rule.schedule)
        times.insert(schedule.times.begin(), schedule.times.end());
    }
    if (calendar && !case_.log.empty()) {
      Time from = case_.until;
      for (const Record& record : case_.log) from = std::min(from, record.at);
      CollectEdges(case_.program, times, from, case_.until, wake_);
    }
    for (const Expr& segment : case_.program.segments) CollectDurations(segment, durations_);
    for (const Rule& rule : case_.program.rules) CollectDurations(rule.condition, durations_);
  }

  Answer Run() {
    std::vector<Record> log = InOrder();
    size_t next = 0;
    while (true) {
      const bool more = next < log.size();
      Time now = more ? log[next].at : INT64_MAX;
      if (!wake_.empty()) now = std::min(now, *wake_.begin());
      if (now > case_.until) break;
      wake_.erase(now);
      for (; next < log.size() && log[next].at == now; ++next) Apply(log[next]);
      for (size_t i = 0; i < subjects_.size(); ++i) JudgeState(subjects_[i], now);
      for (size_t i = 0; i < subjects_.size(); ++i) ComeDue(subjects_[i], now);
      if (answer_.exhausted) break;
    }
    return std::move(answer_);
  }

 private:
  /// S16: in order of time; what comes behind the clock, which is the newest instant seen less the lateness,
  /// is late.
  std::vector<Record> InOrder() {
    std::multimap<Time, Record> ordered;  // equal instants in the order of arrival
    Time newest = INT64_MIN;
    for (const Record& record : case_.log) {
      if (newest != INT64_MIN && record.at < newest - case_.program.lateness) {
        ++answer_.late;
        continue;
      }
      newest = std::max(newest, record.at);
      ordered.emplace(record.at, record);
    }
    std::vector<Record> kept;
    for (const auto& [at, record] : ordered) kept.push_back(record);
    return kept;
  }

  /// What happened at `at` may matter again when each of the durations is over, and just after.
  void Remember(Time at, Time now) {
    for (const Time duration : durations_) {
      for (const Time beside : {0, 1}) {
        if (at + duration + beside > now) wake_.insert(at + duration + beside);
      }
    }
  }

  // --- input (S1) ---

  size_t Find(Entity entity, const std::string& id, Time now) {
    for (size_t i = 0; i < subjects_.size(); ++i) {
      if (subjects_[i].entity == entity && subjects_[i].id == id) return i;
    }
    Subject made;
    made.id = id;
    made.entity = entity;
    made.first_seen = now;
    if (entity == Entity::kContact) made.attributes["points"] = Value::Real(0);
    subjects_.push_back(made);
    Remember(now, now);
    return subjects_.size() - 1;
  }

  void Apply(const Record& record) {
    for (const Entity entity : {Entity::kContact, Entity::kCampaign}) {
      const std::string& id = entity == Entity::kContact ? record.contact : record.campaign;
      if (id.empty()) continue;
      Subject& subject = subjects_[Find(entity, id, record.at)];
      if (record.type == oracle::NameOf(entity)) {
        for (const Field& field : record.fields) {
          subject.attributes[field.name] = field.value;
          if (field.name == "joined_at" && field.value.known()) Remember(field.value.whole, record.at);
        }
        continue;
      }
      Entry entry{record.at, record.type, {}, false};
      for (const Field& field : record.fields) {
        if (field.value.known()) entry.fields[field.name] = field.value;
      }
      int round = 0;
      Happen(subject, {entry}, round);
    }
  }

  /// The events happen one after the other, each judged right after it; then, a round later, what they
  /// emitted.
  void Happen(Subject& subject, std::vector<Entry> events, int& round) {
    while (!events.empty()) {
      if (round >= kRounds) {
        answer_.exhausted = true;
        return;
      }
      std::vector<Entry> emitted;
      for (const Entry& event : events) {
        subject.log.push_back(event);
        Remember(event.at, event.at);
        std::vector<Firing> firings;
        for (const Rule& rule : case_.program.rules) {
          if (rule.entity != subject.entity || !rule.on_event) continue;
          if (Judge(rule.condition, {&case_.program, &subject, event.at, &event, false}) == Truth::kTrue)
            Fire(subject, rule, event.at, &event, firings);
        }
        Finish(subject, firings, event.at, emitted);
      }
      events = std::move(emitted);
      ++round;
    }
  }

  // --- deadlines and schedules (S1, S4, S7) ---

  /// In the order of their declaration; then the subject's state is judged again.
  void ComeDue(Subject& subject, Time now) {
    std::set<std::string> done;
    for (const Rule& rule : case_.program.rules) {
      if (rule.entity != subject.entity) continue;
      ComeAbsences(subject, rule.condition, now, done);
      for (const Schedule& schedule : rule.schedule) {
        if (!done.insert(Print(schedule)).second ||
            !Occurs(schedule, {&case_.program, &subject, now, nullptr, false}))
          continue;
        const std::string text = Print(schedule);
        std::vector<Firing> firings;
        for (const Rule& other : case_.program.rules) {
          if (other.entity != subject.entity || other.schedule.empty() || Print(other.schedule[0]) != text)
            continue;
          if (Judge(other.condition, {&case_.program, &subject, now, nullptr, false}) == Truth::kTrue)
            Fire(subject, other, now, nullptr, firings);
        }
        FinishWithEmitted(subject, firings, now);
      }
    }
    JudgeState(subject, now);
  }

  void ComeAbsences(Subject& subject, const Expr& e, Time now, std::set<std::string>& done) {
    for (const Expr& arg : e.args) ComeAbsences(subject, arg, now, done);
    if (e.op != Op::kSequence || !e.flag || !done.insert(Print(e)).second) return;
    const std::string text = Print(e);
    for (bool more = true; more;) {
      more = false;
      for (const Wait& run : ProgressOf(e, subject.log).runs) {
        if (run.stage + 2 != e.steps.size() || run.at + e.within[run.stage] != now) continue;
        if (!subject.overdue.insert({text, run.entry}).second) continue;
        const Entry deadline{now, text, {}, true};
        std::vector<Firing> firings;
        for (const Rule& rule : case_.program.rules) {
          if (rule.entity != subject.entity || !rule.on_event) continue;
          if (Judge(rule.condition, {&case_.program, &subject, now, &deadline, false}) == Truth::kTrue)
            Fire(subject, rule, now, &deadline, firings);
        }
        FinishWithEmitted(subject, firings, now);
        more = true;
        break;
      }
    }
  }

  void FinishWithEmitted(Subject& subject, std::vector<Firing>& firings, Time now) {
    std::vector<Entry> emitted;
    Finish(subject, firings, now, emitted);
    int round = 1;
    Happen(subject, std::move(emitted), round);
  }

  // --- state (S4, S9) ---

  void JudgeHolds(Subject& subject, const Expr& e, Time now) {
    for (const Expr& arg : e.args) JudgeHolds(subject, arg, now);
    if (e.op != Op::kHold) return;
    std::vector<const MeasureInfo*> measures;
    CollectMeasures(e.args[0], measures);
    bool observed = false;
    for (const Entry& entry : subject.log) {
      for (const MeasureInfo* measure : measures)
        observed |= entry.at == now && entry.event == measure->event &&
                    entry.fields.contains(std::string(measure->field));
    }
    std::vector<Step>& steps = subject.holds[e.number];
    if (!steps.empty() && steps.back().at == now) observed = false;  // a report counts as it is judged first
    steps.push_back({now, Judge(e.args[0], {&case_.program, &subject, now, nullptr, true}), observed});
    const Held held = HeldAt(e, steps, now);
    if (held.full_at > now) wake_.insert(held.full_at);
  }

  void JudgeSegment(Subject& subject, int number, Time now) {
    const Expr& condition = case_.program.segments[static_cast<size_t>(number)];
    JudgeHolds(subject, condition, now);
    const Truth truth = Judge(condition, {&case_.program, &subject, now, nullptr, false});
    const auto member = subject.members.find(number);
    const Truth before = member == subject.members.end() ? Truth::kUnknown : member->second;
    if (truth == Truth::kUnknown || truth == before)
      return;  // a membership ends only when the condition is seen false
    subject.members[number] = truth;
    if (truth == Truth::kTrue || before == Truth::kTrue) subject.turned[number] = truth;
  }

  void JudgeState(Subject& subject, Time now) {
    for (int round = 0;; ++round) {
      if (subject.entity == Entity::kContact) {
        for (size_t i = 0; i < case_.program.segments.size(); ++i)
          JudgeSegment(subject, static_cast<int>(i), now);
      }
      std::vector<Firing> firings;
      for (const Rule& rule : case_.program.rules) {
        if (rule.entity != subject.entity) continue;
        JudgeHolds(subject, rule.condition, now);
        if (!rule.on_event && rule.schedule.empty()) JudgeRule(subject, rule, now, firings);
      }
      subject.turned.clear();
      if (firings.empty()) return;
      if (round >= kRounds) {
        answer_.exhausted = true;
        return;
      }
      std::vector<Entry> emitted;
      Finish(subject, firings, now, emitted);
      int next = round + 1;
      if (!emitted.empty()) Happen(subject, std::move(emitted), next);
      if (next > round + 1) round = next - 2;
    }
  }

  void JudgeRule(Subject& subject, const Rule& rule, Time now, std::vector<Firing>& firings) {
    const Truth truth = Judge(rule.condition, {&case_.program, &subject, now, nullptr, false});
    if (WaitsForSegment(rule.condition)) {  // entering and leaving are moments
      if (truth == Truth::kTrue) Fire(subject, rule, now, nullptr, firings);
      return;
    }
    if (truth == Truth::kUnknown) return;
    const auto seen = subject.seen.find(rule.name);
    const bool armed = seen == subject.seen.end() || seen->second == Truth::kFalse;
    subject.seen[rule.name] = truth;
    if (truth == Truth::kTrue && armed) Fire(subject, rule, now, nullptr, firings);
  }

  static bool WaitsForSegment(const Expr& e) {
    if (e.op == Op::kEnters || e.op == Op::kLeaves) return true;
    return std::any_of(e.args.begin(), e.args.end(), WaitsForSegment);
  }

  // --- firing ---

  static Decision DecisionOf(const Subject& subject, const Rule& rule, size_t action, Time now) {
    return {now, rule.name, std::string(oracle::NameOf(subject.entity)) + ":" + subject.id,
            std::string(NameOf(rule.actions[action].kind)), ""};
  }

  /// S11: at most `count` firings in (now - period, now].
  static bool Allowed(const Rule& rule, const std::vector<Time>& fired, Time now) {
    for (const Limit& limit : rule.limits) {
      const auto recent = std::count_if(fired.begin(), fired.end(), [&limit, now](Time at) {
        return limit.period == 0 || at > now - limit.period;
      });
      if (recent >= limit.count) return false;
    }
    return true;
  }

  static Value Effect(const Subject& subject, const Action& action, const Moment& moment) {
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

  void Fire(Subject& subject, const Rule& rule, Time now, const Entry* event, std::vector<Firing>& firings) {
    std::vector<Time>& fired = subject.fired[rule.name];
    if (!Allowed(rule, fired, now)) {
      for (size_t i = 0; i < rule.actions.size(); ++i)
        answer_.suppressed.push_back(DecisionOf(subject, rule, i, now));
      return;
    }
    fired.push_back(now);
    Firing firing{&rule, {}, std::vector<bool>(rule.actions.size(), false)};
    for (const Action& action : rule.actions)
      firing.values.push_back(Effect(subject, action, {&case_.program, &subject, now, event, false}));
    firings.push_back(firing);
  }

  /// S10: priority, then the safer value (less, for a status and a budget), then the place in the file.
  static void Settle(std::vector<Firing>& firings, std::string_view attribute) {
    struct Claim {
      size_t firing, action;
    };
    std::vector<Claim> claims;
    for (size_t f = 0; f < firings.size(); ++f) {
      for (size_t a = 0; a < firings[f].values.size(); ++a) {
        if (SetBy(firings[f].rule->actions[a].kind) == attribute && firings[f].values[a].known())
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

  void Finish(Subject& subject, std::vector<Firing>& firings, Time now, std::vector<Entry>& emitted) {
    for (const std::string_view attribute : {"plan", "balance", "status", "budget"})
      Settle(firings, attribute);
    for (const Firing& firing : firings) {
      for (size_t i = 0; i < firing.lost.size(); ++i) {
        Decision decision = DecisionOf(subject, *firing.rule, i, now);
        if (firing.lost[i]) {
          answer_.suppressed.push_back(decision);
          continue;
        }
        if (firing.rule->actions[i].kind == Action::Kind::kTell) decision.told = Told(subject);
        answer_.decisions.push_back(decision);
        if (firing.rule->actions[i].kind == Action::Kind::kEmit)
          emitted.push_back({now, "nudged", {}, false});
      }
    }
    // Sets, then what is added, then what is taken away.
    ForEachEffect(firings, [&subject](const Action& action, const Value& value) {
      const std::string attribute(SetBy(action.kind));
      if (!attribute.empty()) subject.attributes[attribute] = value;
    });
    ForEachEffect(firings, [&subject](const Action& action, const Value& value) {
      if (action.kind == Action::Kind::kScore) subject.attributes["points"].real += value.real;
      if (action.kind != Action::Kind::kAddTag) return;
      Value& tags = subject.attributes["tags"];
      if (!tags.known()) tags = Value::Set({});
      tags.items.insert(value.text);
    });
    ForEachEffect(firings, [&subject](const Action& action, const Value& value) {
      if (action.kind == Action::Kind::kRemoveTag) subject.attributes["tags"].items.erase(value.text);
    });
  }

  template <typename Do>
  static void ForEachEffect(const std::vector<Firing>& firings, Do act) {
    for (const Firing& firing : firings) {
      for (size_t i = 0; i < firing.lost.size(); ++i) {
        if (!firing.lost[i] && firing.values[i].known()) act(firing.rule->actions[i], firing.values[i]);
      }
    }
  }

  const Case& case_;
  std::set<Time> durations_;
  std::vector<Subject> subjects_;  // in order of first appearance
  std::set<Time> wake_;
  Answer answer_;
};

int Numbered(Expr& e, int next) {
  for (Expr& arg : e.args) next = Numbered(arg, next);
  if (e.op == Op::kHold) e.number = next++;
  return next;
}

}  // namespace

void Number(Program& program) {
  int next = 0;
  for (Expr& segment : program.segments) next = Numbered(segment, next);
  for (Rule& rule : program.rules) next = Numbered(rule.condition, next);
}

Answer Evaluate(const Case& made) { return Walk(made).Run(); }

}  // namespace mrule::oracle
