// SPDX-License-Identifier: Apache-2.0
// Values and truths from the whole log, in the charter's words (S2, S3, S5, S6).
#include <algorithm>
#include <array>
#include <cstdlib>

#include "tests/oracle/world.h"

namespace mrule::oracle {

namespace {

constexpr std::array<MeasureInfo, 4> kMeasures = {{
    {"grade", "noted", "level", true, 2 * kHour},
    {"spend", "report", "spend", false, 90 * kMinute},
    {"revenue", "report", "revenue", false, 90 * kMinute},
    {"clicks", "report", "clicks", false, 3 * kHour},
}};

constexpr std::string_view kChange = "changes";

Truth Of(bool truth) { return truth ? Truth::kTrue : Truth::kFalse; }

Truth Not(Truth truth) { return truth == Truth::kUnknown ? truth : Of(truth == Truth::kFalse); }

std::vector<const Entry*> Occurred(const Pattern& pattern, const Window& window, const Moment& moment) {
  std::vector<const Entry*> found;
  const Span span = SpanOf(window, moment);
  for (const Entry& entry : moment.subject->log) {
    if (entry.at >= span.from && entry.at <= span.to && Matches(pattern, entry)) found.push_back(&entry);
  }
  return found;
}

Value FieldOf(const Entry& entry, const std::string& name) {
  const auto found = entry.fields.find(name);
  return found == entry.fields.end() ? Value() : found->second;
}

bool Less(const Value& a, const Value& b) {
  return a.kind == Value::Kind::kWhole ? a.whole < b.whole : a.real < b.real;
}

Value Combine(std::string_view fn, const std::vector<Value>& values) {
  if (fn == "count") return Value::Whole(static_cast<int64_t>(values.size()));
  if (fn == "distinct") {
    std::set<std::string> different;
    for (const Value& value : values) different.insert(value.text);
    return Value::Whole(static_cast<int64_t>(different.size()));
  }
  int64_t sum = 0;
  for (const Value& value : values) sum += value.whole;
  if (fn == "sum") return Value::Whole(sum);
  if (values.empty()) return {};  // S5
  if (fn == "avg") return Value::Whole(DividedToEven(sum, static_cast<int64_t>(values.size())));
  if (fn == "first") return values.front();
  if (fn == "last") return values.back();
  if (fn == "min") return *std::min_element(values.begin(), values.end(), Less);
  if (fn == "max") return *std::max_element(values.begin(), values.end(), Less);
  std::abort();
}

Value Aggregated(std::string_view fn, const Pattern& pattern, const std::string& field, const Window& window,
                 const Moment& moment) {
  std::vector<Value> values;
  for (const Entry* entry : Occurred(pattern, window, moment)) {
    const Value value = fn == "count" ? Value::Whole(1) : FieldOf(*entry, field);
    if (value.known()) values.push_back(value);
  }
  return Combine(fn, values);
}

Value Measured(const MeasureInfo& measure, const Window& window, const Moment& moment) {
  const Pattern pattern{std::string(measure.event), "", {}};
  const std::string field(measure.field);
  if (moment.held) {  // S2: an observation holds until its measure's `fresh` period ends
    bool fresh = false;
    for (const Entry* entry : Occurred(pattern, {}, moment))
      fresh |= FieldOf(*entry, field).known() && moment.now < entry->at + measure.fresh;
    if (!fresh) return {};
  }
  return Aggregated(measure.last ? "last" : "sum", pattern, field, window, moment);
}

Value Metric(std::string_view name, const Window& window, const Moment& moment) {
  const Value spend = Measured(MeasureNamed("spend"), window, moment);
  const Value other = Measured(MeasureNamed(name == "roas" ? "revenue" : "clicks"), window, moment);
  if (!spend.known() || !other.known()) return {};
  if (name == "roas") {
    if (spend.whole == 0) return {};
    return Value::Real(static_cast<double>(other.whole) / static_cast<double>(spend.whole));
  }
  if (other.whole == 0) return {};
  return Value::Whole(DividedToEven(spend.whole, other.whole));
}

/// The largest value, or the smallest, that there was for some time in the window, and now (S3): what lasts
/// no time is none.
Value Best(const Expr& trend, const Value& now, const Moment& moment) {
  Value best = now;
  const auto found = moment.subject->trends.find(trend.number);
  if (found == moment.subject->trends.end()) return best;
  const std::vector<Sighting>& seen = found->second;
  for (size_t i = 0; i < seen.size(); ++i) {
    const Time end = i + 1 < seen.size() ? seen[i + 1].at : moment.now;
    if (end == seen[i].at || end <= moment.now - trend.duration || !seen[i].value.known()) continue;
    if (trend.flag ? Less(seen[i].value, best) : Less(best, seen[i].value)) best = seen[i].value;
  }
  return best;
}

Truth IsFar(const Expr& trend, const Moment& moment) {
  const Value now = TrendValue(trend, moment);
  if (!now.known()) return Truth::kUnknown;
  const Value best = Best(trend, now, moment);
  const int sign = trend.flag ? 1 : -1;
  if (now.kind == Value::Kind::kReal) {
    if (best.real <= 0) return Truth::kUnknown;  // S5: a share of nothing
    const double edge = best.real + sign * (best.real * (static_cast<double>(trend.count) / 100));
    return Of(trend.flag ? now.real >= edge : now.real <= edge);
  }
  if (best.whole <= 0) return Truth::kUnknown;
  const int64_t edge =
      best.whole + sign * DividedToEven(static_cast<__int128>(best.whole) * trend.count, 100);
  return Of(trend.flag ? now.whole >= edge : now.whole <= edge);
}

Truth Compared(std::string_view how, const Value& a, const Value& b) {
  if (!a.known() || !b.known()) return Truth::kUnknown;
  bool less = false, equal = false;
  if (a.kind == Value::Kind::kText) {
    less = a.text < b.text;
    equal = a.text == b.text;
  } else {
    less = Less(a, b);
    equal = !less && !Less(b, a);
  }
  if (how == "=") return Of(equal);
  if (how == "!=") return Of(!equal);
  if (how == "<") return Of(less);
  if (how == "<=") return Of(less || equal);
  if (how == ">") return Of(!less && !equal);
  return Of(!less);
}

}  // namespace

int64_t DividedToEven(__int128 a, __int128 b) {
  __int128 whole = a / b, rest = a % b;
  if (rest < 0) {
    rest += b;
    --whole;
  }
  if (rest * 2 > b || (rest * 2 == b && whole % 2 != 0)) ++whole;
  return static_cast<int64_t>(whole);
}

const MeasureInfo& MeasureNamed(std::string_view name) {
  for (const MeasureInfo& measure : kMeasures) {
    if (measure.name == name) return measure;
  }
  std::abort();
}

bool Matches(const Pattern& pattern, const Entry& entry) {
  if (pattern.event == "activity" ? entry.event != "opened" && entry.event != "bought"
                                  : entry.event != pattern.event)
    return false;
  if (!pattern.message.empty() && FieldOf(entry, "message") != Value::Text(pattern.message)) return false;
  if (pattern.where.empty()) return true;
  const Subject nobody;
  return Judge(pattern.where[0], {nullptr, &nobody, entry.at, &entry, false}) == Truth::kTrue;
}

int64_t StepsPassed(const Expr& each, const Moment& moment) {
  if (moment.event == nullptr || moment.event->internal) return 0;
  const auto counted = [&each](const Entry& entry) -> int64_t {
    if (each.text.empty()) return Matches(each.pattern, entry) ? 1 : 0;
    const MeasureInfo& measure = MeasureNamed(each.text);
    if (entry.event != measure.event) return 0;
    const Value value = FieldOf(entry, std::string(measure.field));
    return value.known() ? value.whole : 0;
  };
  int64_t total = 0;  // of all time, the event at hand included: it is the last of the log
  for (const Entry& entry : moment.subject->log) total += counted(entry);
  return total / each.count - (total - counted(*moment.event)) / each.count;
}

Value TrendValue(const Expr& trend, const Moment& moment) {
  if (trend.evidence != 0) {
    const Value seen = Measured(MeasureNamed(trend.field), trend.args[0].window, moment);
    if (!seen.known() || seen.whole < trend.evidence) return {};
  }
  return Read(trend.args[0], moment);
}

Value Read(const Expr& e, const Moment& moment) {
  switch (e.op) {
    case Op::kConstant:
      return e.value;
    case Op::kAttribute: {
      const auto found = moment.subject->attributes.find(e.text);
      return found == moment.subject->attributes.end() ? Value() : found->second;
    }
    case Op::kField:
      return moment.event != nullptr && moment.event->event == e.field ? FieldOf(*moment.event, e.text)
                                                                       : Value();
    case Op::kAggregate:
      return Aggregated(e.text, e.pattern, e.field, e.window, moment);
    case Op::kMeasure:
      return Measured(MeasureNamed(e.text), e.window, moment);
    case Op::kMetric:
      return Metric(e.text, e.window, moment);
    case Op::kAdd:
    case Op::kSubtract: {
      const Value a = Read(e.args[0], moment), b = Read(e.args[1], moment);
      if (!a.known() || !b.known()) return {};
      const int sign = e.op == Op::kAdd ? 1 : -1;
      if (a.kind == Value::Kind::kReal) return Value::Real(a.real + sign * b.real);
      return Value::Whole(a.whole + sign * b.whole);
    }
    case Op::kShare: {
      const Value a = Read(e.args[0], moment);
      return a.known() ? Value::Whole(DividedToEven(static_cast<__int128>(a.whole) * e.count, 100)) : Value();
    }
    case Op::kDefault: {
      const Value a = Read(e.args[0], moment);
      return a.known() ? a : Read(e.args[1], moment);
    }
    case Op::kNow:
      return Value::Whole(moment.now);
    case Op::kOld: {
      const bool at_hand = moment.event != nullptr && moment.event->event == kChange &&
                           moment.event->fields.at("attribute").text == e.text;
      return at_hand ? FieldOf(*moment.event, "old") : Value();
    }
    default:
      std::abort();
  }
}

Truth Judge(const Expr& e, const Moment& moment) {
  const Subject& subject = *moment.subject;
  switch (e.op) {
    case Op::kCompare:
      return Compared(e.text, Read(e.args[0], moment), Read(e.args[1], moment));
    case Op::kAnd:
    case Op::kOr: {  // Kleene: the part that settles it, else unknown if any part is
      const Truth settles = Of(e.op == Op::kOr);
      bool unknown = false;
      for (const Expr& arg : e.args) {
        const Truth truth = Judge(arg, moment);
        if (truth == settles) return settles;
        unknown |= truth == Truth::kUnknown;
      }
      return unknown ? Truth::kUnknown : Not(settles);
    }
    case Op::kNot:
      return Not(Judge(e.args[0], moment));
    case Op::kKnown:
      return Of(Read(e.args[0], moment).known() != e.flag);
    case Op::kIn: {
      const Value value = Read(e.args[0], moment);
      if (!value.known()) return Truth::kUnknown;
      bool found = false;
      for (size_t i = 1; i < e.args.size(); ++i) found |= e.args[i].value == value;
      return Of(found != e.flag);
    }
    case Op::kTagged: {
      const auto tags = subject.attributes.find("tags");
      if (tags == subject.attributes.end() || !tags->second.known()) return Truth::kUnknown;
      return Of(tags->second.items.contains(e.text));
    }
    case Op::kTimes: {
      const auto times = static_cast<int64_t>(Occurred(e.pattern, e.window, moment).size());
      return Of(e.text == "at least"  ? times >= e.count
                : e.text == "at most" ? times <= e.count
                                      : times == e.count);
    }
    case Op::kHappened:
      return Of(!Occurred(e.pattern, e.window, moment).empty());
    case Op::kNone:  // S6
      if (!Occurred(e.pattern, e.window, moment).empty()) return Truth::kFalse;
      // Of a rolling window the beginning is outside, and known when a subject is first seen at it.
      if (!e.flag && subject.first_seen >
                         SpanOf(e.window, moment).from - (e.window.kind == Window::Kind::kRolling ? 1 : 0))
        return Truth::kUnknown;
      return Truth::kTrue;
    case Op::kNever:
      return Of(Occurred(e.pattern, {}, moment).empty());
    case Op::kHold: {
      const auto steps = subject.holds.find(e.number);
      return steps == subject.holds.end() ? Truth::kFalse : HeldAt(e, steps->second, moment.now).truth;
    }
    case Op::kRow: {  // S2: reports count, and nothing else does
      const auto steps = subject.holds.find(e.number);
      int64_t row = 0;
      for (const Step& step : steps == subject.holds.end() ? std::vector<Step>() : steps->second) {
        if (!step.observed || step.truth == Truth::kUnknown) continue;
        row = step.truth == Truth::kTrue ? row + 1 : 0;
      }
      return Of(row >= e.count);
    }
    case Op::kTrend:
      return IsFar(e, moment);
    case Op::kChanges: {
      if (moment.event == nullptr || moment.event->event != kChange ||
          moment.event->fields.at("attribute").text != e.text)
        return Truth::kFalse;
      return Of((e.args.empty() || FieldOf(*moment.event, "new") == e.args[0].value) &&
                (e.was.empty() || FieldOf(*moment.event, "old") == e.was[0].value));
    }
    case Op::kEach:
      return Of(StepsPassed(e, moment) > 0);
    case Op::kEvent:
      return Of(moment.event != nullptr && Matches(e.pattern, *moment.event));
    case Op::kSequence:
      if (moment.event == nullptr) return Truth::kFalse;
      if (e.flag) return Of(moment.event->internal && moment.event->event == Print(e));
      return Of(!moment.event->internal && ProgressOf(e, subject.log).completed);
    case Op::kBetween:
      return Of(IsBetween(e, moment));
    case Op::kEvidence: {
      const Value seen = Measured(MeasureNamed(e.text), e.window, moment);
      return seen.known() && seen.whole >= e.count ? Judge(e.args[0], moment) : Truth::kUnknown;
    }
    case Op::kMember: {
      const Truth truth = Judge(moment.program->segments[static_cast<size_t>(e.number)], moment);
      return e.flag ? Not(truth) : truth;
    }
    case Op::kEnters:
    case Op::kLeaves: {
      const auto turned = subject.turned.find(e.number);
      return Of(turned != subject.turned.end() && turned->second == Of(e.op == Op::kEnters));
    }
    default:
      std::abort();
  }
}

void CollectMeasures(const Expr& e, std::vector<const MeasureInfo*>& out) {
  if (e.op == Op::kTrend && e.evidence != 0) out.push_back(&MeasureNamed(e.field));
  if (e.op == Op::kMeasure || e.op == Op::kEvidence) out.push_back(&MeasureNamed(e.text));
  if (e.op == Op::kMetric) {
    out.push_back(&MeasureNamed("spend"));
    out.push_back(&MeasureNamed(e.text == "roas" ? "revenue" : "clicks"));
  }
  for (const Expr& arg : e.args) CollectMeasures(arg, out);
}

Held HeldAt(const Expr& hold, const std::vector<Step>& steps, Time now) {
  std::vector<const MeasureInfo*> measures;
  CollectMeasures(hold.args[0], measures);
  Time fresh = 0;  // an unknown longer than this loses the count; 0: none does
  for (const MeasureInfo* measure : measures)
    fresh = fresh == 0 ? measure->fresh : std::min(fresh, measure->fresh);

  Truth truth = Truth::kUnknown;
  Time since = now, accrued = 0;
  int observations = 0;
  for (const Step& step : steps) {
    if (truth == Truth::kTrue) accrued += step.at - since;
    const bool too_long = truth == Truth::kUnknown && fresh != 0 && step.at - since > fresh;
    if (step.truth == Truth::kFalse || (step.truth == Truth::kTrue && too_long)) {
      accrued = 0;
      observations = 0;
    }
    if (step.truth == Truth::kTrue && step.observed) ++observations;
    if (truth == Truth::kTrue || step.truth != truth) since = step.at;
    truth = step.truth;
  }
  if (truth != Truth::kTrue) return {truth, 0};
  accrued += now - since;
  if (!measures.empty() && observations < 2) return {Truth::kFalse, 0};
  if (accrued >= hold.duration) return {Truth::kTrue, 0};
  return {Truth::kFalse, now + hold.duration - accrued};
}

}  // namespace mrule::oracle
