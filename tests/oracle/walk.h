// SPDX-License-Identifier: Apache-2.0
// The walk through time (S1, S4, S9, S10, S11, S13, S16): every instant at which anything could turn is
// visited, and at each of them all subjects are judged, whether or not anything touched them. Nothing is
// remembered but logs, judgements, firings and what waits. walk.cpp has the input and the order of an
// instant, state.cpp what is judged when it is complete, due.cpp what time alone sets off, firing.cpp what
// comes of a firing.
#pragma once

#include <map>
#include <set>
#include <string>
#include <string_view>
#include <tuple>
#include <vector>

#include "tests/oracle/world.h"

namespace mrule::oracle {

constexpr int kRounds = 16;  // S9

/// A firing of a round, with the values of its effects on the snapshot.
struct Firing {
  const Rule* rule = nullptr;
  std::vector<Action> actions;
  bool back = false;              ///< it takes something back
  std::vector<Value> values;      ///< of each action: what it sets, adds or takes away
  std::vector<std::string> told;  ///< of each action
  std::vector<bool> lost;
};

class Walk {
 public:
  explicit Walk(const Case& made);
  Answer Run();

 private:
  // --- input (S1, S16) ---
  std::vector<Record> InOrder();
  std::vector<Record> Once(const std::multimap<std::tuple<Time, bool, size_t>, Record>& ordered);
  void Remember(Time at, Time now);
  size_t Find(Entity entity, const std::string& id, Time now, bool* is_new);
  void Apply(const Record& record);
  void Set(Subject& subject, const Record& record, bool is_new);
  void Happen(Subject& subject, std::vector<Entry> events, int& round);
  Moment At(const Subject& subject, Time now, const Entry* event = nullptr) const;

  // --- state (S4, S9) ---
  void JudgeHolds(Subject& subject, const Expr& e, Time now);
  void JudgeTrend(Subject& subject, const Expr& e, Time now);
  void JudgeSegment(Subject& subject, int number, Time now);
  void JudgeState(Subject& subject, Time now);
  void JudgeRule(Subject& subject, const Rule& rule, Time now, std::vector<Firing>& firings);
  void JudgeWayBack(Subject& subject, const Rule& rule, Time now, std::vector<Firing>& firings);

  // --- deadlines, schedules, turns and ways back (S1, S4, S7, S11, S13) ---
  void ComeDue(Subject& subject, Time now);
  void ComeAbsences(Subject& subject, const Expr& e, Time now, std::set<std::string>& done);
  void ComeSchedule(Subject& subject, const Schedule& schedule, Time now);
  void ComeTurns(Subject& subject, const Rule& rule, Time now);
  void ComeWaysBack(Subject& subject, const Rule& rule, Time now);
  void FinishWithEmitted(Subject& subject, std::vector<Firing>& firings, Time now);

  // --- firing (S9 to S13) ---
  void Fire(Subject& subject, const Rule& rule, Time now, const Entry* event, std::vector<Firing>& firings);
  void FireNow(Subject& subject, const Rule& rule, Time now, const Entry* event,
               std::vector<Firing>& firings);
  void SetBacks(Subject& subject, const std::vector<Firing>& firings, const Subject& before, Time now);
  bool IsAllowed(const Subject& subject, const Rule& rule, const Moment& moment) const;
  void HoldBack(const Subject& subject, const Rule& rule, Time now);
  void Finish(Subject& subject, std::vector<Firing>& firings, Time now, std::vector<Entry>& emitted);
  void ApplyEffects(Subject& subject, const std::vector<Firing>& firings);
  void Write(Subject& subject, const std::string& attribute, const Value& value);
  void AddChanges(const Subject& subject, const std::map<std::string, Value>& before, Time now,
                  std::vector<Entry>& out) const;

  const Case& case_;
  std::set<Time> durations_;
  std::set<std::string> asked_;    ///< attributes whose changes some rule waits for
  std::vector<Subject> subjects_;  // in order of first appearance
  std::set<Time> wake_;
  Answer answer_;
};

/// A firing of `actions`, with what they come to at the moment.
Firing MadeOf(const Rule& rule, std::vector<Action> actions, const Moment& moment);
/// Both take turns of some limit of the rule.
bool Shares(const Rule& rule, const Turn& a, const Turn& b);
/// The attribute that an action sets, if it sets one.
std::string_view SetBy(Action::Kind kind);
Value AttributeOf(const Subject& subject, const std::string& name);

}  // namespace mrule::oracle
