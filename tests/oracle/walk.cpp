// SPDX-License-Identifier: Apache-2.0
#include "tests/oracle/walk.h"

#include <algorithm>
#include <tuple>

namespace mrule::oracle {

namespace {

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

template <typename Visit>
void ForEachCondition(const Program& program, Visit visit) {
  for (const Expr& segment : program.segments) visit(segment);
  for (const Rule& rule : program.rules) {
    visit(rule.condition);
    for (const WayBack& back : rule.way_back) visit(back.condition);
  }
}

void CollectAsked(const Expr& e, std::set<std::string>& out) {
  if (e.op == Op::kChanges) out.insert(e.text);
  for (const Expr& arg : e.args) CollectAsked(arg, out);
}

int Numbered(Expr& e, int next) {
  for (Expr& arg : e.args) next = Numbered(arg, next);
  if (e.op == Op::kHold || e.op == Op::kRow || e.op == Op::kTrend) e.number = next++;
  return next;
}

}  // namespace

void Number(Program& program) {
  int next = 0;
  for (Expr& segment : program.segments) next = Numbered(segment, next);
  for (Rule& rule : program.rules) {
    next = Numbered(rule.condition, next);
    for (WayBack& back : rule.way_back) next = Numbered(back.condition, next);
  }
}

Answer Evaluate(const Case& made) { return Walk(made).Run(); }

Walk::Walk(const Case& made) : case_(made) {
  std::set<Time> times = {0};
  bool calendar = false;
  ForEachCondition(case_.program, [&](const Expr& condition) {
    calendar |= CollectTimes(condition, times);
    CollectDurations(condition, durations_);
    CollectAsked(condition, asked_);
  });
  for (const Rule& rule : case_.program.rules) {
    calendar |= !rule.schedule.empty();
    for (const Schedule& schedule : rule.schedule) times.insert(schedule.times.begin(), schedule.times.end());
    for (const Limit& limit : rule.limits) calendar |= !limit.calendar.empty();
  }
  if (!calendar || case_.log.empty()) return;
  Time from = case_.until;
  for (const Record& record : case_.log) from = std::min(from, record.at);
  CollectEdges(case_.program, times, from, case_.until, wake_);
}

Answer Walk::Run() {
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

/// S16: of the records with one id the first counts, for as long as it is remembered; one that has counted is
/// not late.
std::vector<Record> Walk::Once(const std::multimap<std::tuple<Time, bool, size_t>, Record>& ordered) {
  std::map<std::string, Time> counted;
  std::vector<Record> kept;
  for (const auto& [place, record] : ordered) {
    const auto [at, late, source] = place;
    const auto same = counted.find(record.id);
    if (!record.id.empty() && same != counted.end() && at < same->second + case_.program.horizon) {
      ++answer_.repeated;
    } else if (late) {
      ++answer_.late;
    } else {
      counted[record.id] = at;
      kept.push_back(record);
    }
  }
  return kept;
}

/// S16: in order of time, then of the sources. A source's clock is the newest instant it has told of, less
/// its lateness; the clock is the lowest of them, but for a source that lags behind the furthest by more than
/// its idle time. What comes behind either is late.
std::vector<Record> Walk::InOrder() {
  std::vector<Origin> origins = case_.origins;
  if (origins.empty()) origins.push_back({case_.program.lateness, INT64_MAX});
  std::vector<std::vector<Time>> seen(origins.size());
  const auto clock_of = [&](size_t source) {
    return *std::max_element(seen[source].begin(), seen[source].end()) - origins[source].lateness;
  };
  Time clock = INT64_MIN, first = INT64_MIN;
  // By the instant, or for a late record the clock that it was behind; late ones after the others, then by
  // source; those of one place in the order of arrival.
  std::multimap<std::tuple<Time, bool, size_t>, Record> ordered;
  for (const Record& record : case_.log) {
    const size_t source = record.source;
    const Time own = seen[source].empty() ? INT64_MIN : clock_of(source);
    if (record.at < clock || record.at < own) {
      ordered.emplace(std::tuple(own >= clock ? own : clock - 1, true, source), record);
      continue;
    }
    seen[source].push_back(record.at);
    if (first == INT64_MIN) first = clock_of(source);  // where one stands of which nothing has come yet
    ordered.emplace(std::tuple(record.at, false, source), record);
    Time furthest = INT64_MIN;
    for (size_t i = 0; i < origins.size(); ++i) {
      if (!seen[i].empty()) furthest = std::max(furthest, clock_of(i));
    }
    Time lowest = furthest;
    for (size_t i = 0; i < origins.size(); ++i) {
      if (furthest - (seen[i].empty() ? first : clock_of(i)) > origins[i].idle) continue;
      lowest = std::min(lowest, seen[i].empty() ? INT64_MIN : clock_of(i));
    }
    clock = std::max(clock, lowest);
  }
  return Once(ordered);
}

/// What happened at `at` may matter again when each of the durations is over, and just after.
void Walk::Remember(Time at, Time now) {
  for (const Time duration : durations_) {
    for (const Time beside : {0, 1}) {
      if (at + duration + beside > now) wake_.insert(at + duration + beside);
    }
  }
}

Moment Walk::At(const Subject& subject, Time now, const Entry* event) const {
  return {&case_.program, &subject, now, event, false};
}

size_t Walk::Find(Entity entity, const std::string& id, Time now, bool* is_new) {
  *is_new = false;
  for (size_t i = 0; i < subjects_.size(); ++i) {
    if (subjects_[i].entity == entity && subjects_[i].id == id) return i;
  }
  *is_new = true;
  Subject made;
  made.id = id;
  made.entity = entity;
  made.first_seen = now;
  if (entity == Entity::kContact) made.attributes["points"] = Value::Real(0);
  subjects_.push_back(made);
  Remember(now, now);
  return subjects_.size() - 1;
}

void Walk::Apply(const Record& record) {
  for (const Entity entity : {Entity::kContact, Entity::kCampaign}) {
    const std::string& id = entity == Entity::kContact ? record.contact : record.campaign;
    if (id.empty()) continue;
    bool is_new = false;
    Subject& subject = subjects_[Find(entity, id, record.at, &is_new)];
    if (record.type == oracle::NameOf(entity)) {
      Set(subject, record, is_new);
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

/// What it changes is judged right after it; the record that makes a subject known changes nothing.
void Walk::Set(Subject& subject, const Record& record, bool is_new) {
  const std::map<std::string, Value> before = subject.attributes;
  for (const Field& field : record.fields) {
    Write(subject, field.name, field.value);
    if (field.name == "joined_at" && field.value.known()) Remember(field.value.whole, record.at);
  }
  std::vector<Entry> changes;
  if (!is_new) AddChanges(subject, before, record.at, changes);
  int round = 0;
  Happen(subject, std::move(changes), round);
}

/// The events happen one after the other, each judged right after it; then, a round later, what they emitted
/// and changed.
void Walk::Happen(Subject& subject, std::vector<Entry> events, int& round) {
  while (!events.empty()) {
    if (round >= kRounds) {
      answer_.exhausted = true;
      return;
    }
    std::vector<Entry> next;
    for (const Entry& event : events) {
      if (!event.internal) {
        subject.log.push_back(event);
        Remember(event.at, event.at);
      }
      std::vector<Firing> firings;
      for (const Rule& rule : case_.program.rules) {
        if (rule.entity != subject.entity || !rule.on_event) continue;
        if (Judge(rule.condition, At(subject, event.at, &event)) == Truth::kTrue)
          Fire(subject, rule, event.at, &event, firings);
      }
      Finish(subject, firings, event.at, next);
    }
    events = std::move(next);
    ++round;
  }
}

}  // namespace mrule::oracle
