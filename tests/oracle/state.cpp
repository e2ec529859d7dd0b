// SPDX-License-Identifier: Apache-2.0
// What is judged of a subject when an instant is complete (S1, S2, S4, S9).
#include <algorithm>

#include "tests/oracle/walk.h"

namespace mrule::oracle {

namespace {

bool WaitsForSegment(const Expr& e) {
  if (e.op == Op::kEnters || e.op == Op::kLeaves) return true;
  return std::any_of(e.args.begin(), e.args.end(), WaitsForSegment);
}

}  // namespace

void Walk::JudgeHolds(Subject& subject, const Expr& e, Time now) {
  for (const Expr& arg : e.args) JudgeHolds(subject, arg, now);
  if (e.op == Op::kTrend) return JudgeTrend(subject, e, now);
  if (e.op != Op::kHold && e.op != Op::kRow) return;
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
  if (e.op == Op::kRow) return;
  const Held held = HeldAt(e, steps, now);
  if (held.full_at > now) wake_.insert(held.full_at);
}

/// A value that another one follows leaves the window as long after that as the window is long.
void Walk::JudgeTrend(Subject& subject, const Expr& e, Time now) {
  std::vector<Sighting>& seen = subject.trends[e.number];
  const Value value = TrendValue(e, At(subject, now));
  if (!seen.empty() && seen.back().value != value) wake_.insert(now + e.duration);
  seen.push_back({now, value});
}

void Walk::JudgeSegment(Subject& subject, int number, Time now) {
  const Expr& condition = case_.program.segments[static_cast<size_t>(number)];
  JudgeHolds(subject, condition, now);
  const Truth truth = Judge(condition, At(subject, now));
  const auto member = subject.members.find(number);
  const Truth before = member == subject.members.end() ? Truth::kUnknown : member->second;
  if (truth == Truth::kUnknown || truth == before)
    return;  // a membership ends only when the condition is seen false
  subject.members[number] = truth;
  if (truth == Truth::kTrue || before == Truth::kTrue) subject.turned[number] = truth;
}

void Walk::JudgeState(Subject& subject, Time now) {
  for (int round = 0;; ++round) {
    if (subject.entity == Entity::kContact) {
      for (size_t i = 0; i < case_.program.segments.size(); ++i)
        JudgeSegment(subject, static_cast<int>(i), now);
    }
    std::vector<Firing> firings;
    for (const Rule& rule : case_.program.rules) {
      if (rule.entity != subject.entity) continue;
      JudgeHolds(subject, rule.condition, now);
      for (const WayBack& back : rule.way_back) JudgeHolds(subject, back.condition, now);
      if (!rule.on_event && rule.schedule.empty()) JudgeRule(subject, rule, now, firings);
      JudgeWayBack(subject, rule, now, firings);
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

void Walk::JudgeRule(Subject& subject, const Rule& rule, Time now, std::vector<Firing>& firings) {
  const Truth truth = Judge(rule.condition, At(subject, now));
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

/// While it is set it waits for its condition, and fires once.
void Walk::JudgeWayBack(Subject& subject, const Rule& rule, Time now, std::vector<Firing>& firings) {
  for (const WayBack& back : rule.way_back) {
    const auto set = subject.backs.find({rule.name, kWholeRule});
    if (set == subject.backs.end()) continue;
    if (Judge(back.condition, At(subject, now)) != Truth::kTrue) continue;
    subject.backs.erase(set);
    firings.push_back(MadeOf(rule, {back.action}, At(subject, now)));
    firings.back().back = true;
  }
}

}  // namespace mrule::oracle
