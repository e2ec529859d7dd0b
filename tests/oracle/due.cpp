// SPDX-License-Identifier: Apache-2.0
// What time alone sets off (S1, S4, S7, S11, S13): after the state of an instant, in order of declaration;
// then the subject's state is judged again.
#include "tests/oracle/walk.h"

namespace mrule::oracle {

namespace {

/// How an action is taken back, as the vocabulary declares it.
Action Reverse(const Action& action, const Back& back) {
  switch (action.kind) {
    case Action::Kind::kAddTag:
      return {Action::Kind::kRemoveTag, action.text, {}, {}};
    case Action::Kind::kPause:
      return {Action::Kind::kResume, "", {}, {}};
    case Action::Kind::kResume:
      return {Action::Kind::kPause, "", {}, {}};
    default: {
      Expr before;
      before.value = back.before;
      return {Action::Kind::kChangeBudget, "", {before}, {}};
    }
  }
}

}  // namespace

void Walk::ComeDue(Subject& subject, Time now) {
  std::set<std::string> done;
  for (const Rule& rule : case_.program.rules) {
    if (rule.entity != subject.entity) continue;
    ComeAbsences(subject, rule.condition, now, done);
    for (const Schedule& schedule : rule.schedule) {
      if (done.insert(Print(schedule)).second && Occurs(schedule, At(subject, now)))
        ComeSchedule(subject, schedule, now);
    }
    if (rule.waits) ComeTurns(subject, rule, now);
    ComeWaysBack(subject, rule, now);
  }
  JudgeState(subject, now);
}

void Walk::ComeSchedule(Subject& subject, const Schedule& schedule, Time now) {
  const std::string text = Print(schedule);
  std::vector<Firing> firings;
  for (const Rule& rule : case_.program.rules) {
    if (rule.entity != subject.entity || rule.schedule.empty() || Print(rule.schedule[0]) != text) continue;
    if (Judge(rule.condition, At(subject, now)) == Truth::kTrue) Fire(subject, rule, now, nullptr, firings);
  }
  FinishWithEmitted(subject, firings, now);
}

void Walk::ComeAbsences(Subject& subject, const Expr& e, Time now, std::set<std::string>& done) {
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
        if (Judge(rule.condition, At(subject, now, &deadline)) == Truth::kTrue)
          Fire(subject, rule, now, &deadline, firings);
      }
      FinishWithEmitted(subject, firings, now);
      more = true;
      break;
    }
  }
}

/// S11: in the order in which they were set off, each at the instant at which the limits allow it; its
/// condition is not asked again.
void Walk::ComeTurns(Subject& subject, const Rule& rule, Time now) {
  std::vector<Turn>& waiting = subject.waiting[rule.name];
  for (size_t i = 0; i < waiting.size();) {
    const Turn turn = waiting[i];
    const Entry* event = turn.has_event ? &turn.event : nullptr;
    bool first = true;  // of those that take turns of the same limit
    for (size_t before = 0; before < i; ++before) first &= !Shares(rule, waiting[before], turn);
    if (!first || !IsAllowed(subject, rule, At(subject, now, event))) {
      ++i;
      continue;
    }
    waiting.erase(waiting.begin() + static_cast<long>(i));
    std::vector<Firing> firings;
    FireNow(subject, rule, now, event, firings);
    FinishWithEmitted(subject, firings, now);
  }
}

void Walk::ComeWaysBack(Subject& subject, const Rule& rule, Time now) {
  for (size_t i = 0; i < rule.actions.size(); ++i) {
    const auto set = subject.backs.find({rule.name, i});
    if (set == subject.backs.end() || set->second.due != now) continue;
    std::vector<Firing> firings = {MadeOf(rule, {Reverse(rule.actions[i], set->second)}, At(subject, now))};
    firings.back().back = true;
    subject.backs.erase(set);
    FinishWithEmitted(subject, firings, now);
  }
}

void Walk::FinishWithEmitted(Subject& subject, std::vector<Firing>& firings, Time now) {
  std::vector<Entry> emitted;
  Finish(subject, firings, now, emitted);
  int round = 1;
  Happen(subject, std::move(emitted), round);
}

}  // namespace mrule::oracle
