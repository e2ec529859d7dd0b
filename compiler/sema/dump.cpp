// SPDX-License-Identifier: Apache-2.0
// The readable form of a typed program. Names instead of ids, so that it can be a golden file; of the
// vocabulary, only what the rules reach. Deep chains of operators are walked with a stack of our own.
#include <algorithm>
#include <charconv>
#include <string>
#include <vector>

#include "compiler/sema/hir.h"
#include "compiler/sema/window_text.h"

namespace mrule::hir {
namespace {

using sema::Physical;

constexpr const char* kKindNames[] = {"Constant",  "Unknown", "Field", "Attribute", "Subject", "Now",
                                      "Aggregate", "Builtin", "And",   "Or",        "Not",     "IsKnown",
                                      "Default",   "Require", "InSet", "Matches",   "HasAny",  "Event",
                                      "Times",     "NoneIn",  "Hold",  "Enters",    "Leaves",  "Template",
                                      "Today",     "Clock",
                                      "Row",       "Usual",   "Baseline", "Extreme", "Before", "Sequence"};
constexpr const char* kAggregateNames[] = {"count", "sum", "avg", "min", "max", "first", "last", "distinct"};
constexpr const char* kTypeNames[] = {"error", "boolean",  "number",  "count",   "ratio",       "percent",
                                      "money", "duration", "instant", "date",    "time of day", "text",
                                      "code",  "enum",     "message", "subject", "set"};
constexpr const char* kCountOps[] = {"at least", "at most", "exactly"};
constexpr const char* kPeriodNames[] = {"day", "week", "month", "quarter", "year"};
constexpr const char* kEffectForms[] = {"=", "+=", "-="};
constexpr const char* kSaferForms[] = {"", " safer less", " safer more"};

std::string Micros(int64_t micros) { return micros == 0 ? "all time" : DurationText(micros); }

std::string Quoted(std::string_view text) {
  std::string out = "\"";
  for (char c : text) {
    if (c == '"' || c == '\\') out += '\\';
    if (c == '\n') {
      out += "\\n";
    } else {
      out += c;
    }
  }
  return out + '"';
}

class Dumper {
 public:
  explicit Dumper(const Program& program) : program_(program) {}

  std::string Run() {
    for (const Rule& rule : program_.rules) DumpRule(rule);
    for (const Test& test : program_.tests) DumpTest(test);
    std::string rules = std::move(out_);
    out_.clear();
    for (size_t i = 0; i < program_.segments.size(); ++i) {
      if (i < segments_.size() && segments_[i]) DumpSegment(program_.segments[SegmentId(i)]);
    }
    return out_ + rules;
  }

 private:
  struct Line {
    ExprId expr;
    int depth = 0;
    std::string label;
  };

  std::string Name(StringId id) const { return std::string(program_.Text(id)); }

  std::string TypeText(const Type& type) const {
    std::string text = type.optional ? "optional " : "";
    text += kTypeNames[static_cast<size_t>(type.kind)];
    if (type.kind == TypeKind::kMoney) text += " " + Name(program_.currencies[type.detail]);
    if (type.kind == TypeKind::kSubject) text += " " + Name(program_.entities[EntityId(type.detail)].name);
    return text;
  }

  std::string ConstantText(const Constant& constant, const Type& type) const {
    switch (PhysicalOf(type.kind)) {
      case Physical::kF64: {
        char buffer[64];
        auto end = std::to_chars(buffer, buffer + sizeof buffer, constant.f64).ptr;
        return std::string(buffer, end);
      }
      case Physical::kText:
        return Quoted(program_.Text(constant.text));
      case Physical::kSet: {
        std::string text = "{";
        for (StringId item : constant.items)
          text += (text.size() > 1 ? ", " : "") + Quoted(program_.Text(item));
        return text + "}";
      }
      case Physical::kI64:
        break;
    }
    if (type.kind == TypeKind::kBoolean) return constant.i64 ? "true" : "false";
    if (type.kind == TypeKind::kEnum)
      return Name(program_.enums[EnumId(type.detail)].values[static_cast<size_t>(constant.i64)]);
    if (type.kind == TypeKind::kDuration && constant.i64 > 0) return Micros(constant.i64);
    return std::to_string(constant.i64);
  }

  void Indent(int depth) { out_.append(static_cast<size_t>(depth) * 2, ' '); }

  // Each line says one expression; its arguments follow, indented.
  void DumpExpr(ExprId root, int depth, std::string label = {}) {
    constexpr int kIndentMax = 40;
    std::vector<Line> pending{{root, depth, std::move(label)}};
    while (!pending.empty()) {
      Line line = std::move(pending.back());
      pending.pop_back();
      Indent(std::min(line.depth, kIndentMax));
      out_ += line.label;
      if (!line.expr) {
        out_ += "-\n";
        continue;
      }
      const Expr& expr = program_.exprs[line.expr];
      out_ += kKindNames[static_cast<size_t>(expr.kind)];
      Details(expr);
      out_ += " : " + TypeText(expr.type) + "\n";
      DumpPatternOf(expr, line.depth + 1);
      for (size_t i = expr.args.size(); i-- > 0;) pending.push_back({expr.args[i], line.depth + 1, {}});
    }
  }

  void Details(const Expr& expr) {
    switch (expr.kind) {
      case ExprKind::kConstant:
        out_ += " " + ConstantText(expr.constant, expr.type);
        break;
      case ExprKind::kField:
        out_ += " " + Name(expr.constant.text);
        break;
      case ExprKind::kAttribute:
        out_ += " " + (entity_ ? Name(program_.entities[entity_].attributes[expr.index].name)
                               : std::to_string(expr.index));
        break;
      case ExprKind::kBuiltin:
        out_ += " " + std::string(stdlib::Row(expr.builtin).name);
        break;
      case ExprKind::kAggregate: {
        const Aggregate& aggregate = program_.aggregates[expr.aggregate];
        out_ += std::string(" ") + kAggregateNames[static_cast<size_t>(aggregate.fn)];
        out_ += (aggregate.window.all_time() ? " " : " over ") + WindowText(program_, aggregate.window);
        if (aggregate.measure) {
          const Measure& measure = program_.measures[aggregate.measure];
          out_ += " measure " + Name(measure.name) + " fresh " + Micros(measure.fresh_micros);
        }
        break;
      }
      case ExprKind::kInSet:
        out_ += " {";
        for (size_t i = 0; i < expr.constant.items.size(); ++i)
          out_ += (i ? ", " : "") + Quoted(program_.Text(expr.constant.items[i]));
        for (size_t i = 0; i < expr.members.size(); ++i) {
          Type type = program_.exprs[expr.args[0]].type;
          out_ += (i ? ", " : "") + ConstantText(expr.members[i], type);
        }
        out_ += "}";
        break;
      case ExprKind::kMatches:
        out_ += " " + Quoted(program_.Text(expr.constant.text));
        break;
      case ExprKind::kHasAny:
        out_ += " {";
        for (size_t i = 0; i < expr.constant.items.size(); ++i)
          out_ += (i ? ", " : "") + Quoted(program_.Text(expr.constant.items[i]));
        out_ += "}";
        break;
      case ExprKind::kTimes:
        out_ += std::string(" ") + kCountOps[static_cast<size_t>(expr.op)] + " " +
                std::to_string(expr.count) + " in " + WindowText(program_, expr.window);
        break;
      case ExprKind::kNoneIn:
        out_ += " in " + WindowText(program_, expr.window) + (expr.even_if_new ? " even if new" : "");
        break;
      case ExprKind::kHold:
        out_ += " for " + Micros(expr.window_micros);
        break;
      case ExprKind::kRow:
        out_ += " for " + std::to_string(expr.count) + " reports";
        break;
      case ExprKind::kUsual:
        out_ += std::string(expr.index == 0 ? " mean" : " deviation") + " of at least " + std::to_string(expr.count);
        break;
      case ExprKind::kBaseline:
        out_ += std::string(expr.index == 0 ? " before" : " average") + " over " + WindowText(program_, expr.window) +
                (expr.even_if_new ? " even if new" : "");
        break;
      case ExprKind::kExtreme:
        out_ += std::string(expr.index == 0 ? " peak" : " low") + " over " + Micros(expr.window_micros);
        break;
      case ExprKind::kEnters:
      case ExprKind::kLeaves:
        Reach(expr.segment);
        out_ += " " + Name(program_.segments[expr.segment].name);
        break;
      case ExprKind::kToday:
      case ExprKind::kClock:
        out_ += " " + Name(program_.clock_tests[ClockTestId(expr.index)].text);
        break;
      case ExprKind::kTemplate:
        for (StringId chunk : expr.chunks) out_ += " " + Quoted(program_.Text(chunk));
        break;
      case ExprKind::kBefore:
        out_ += " " + Name(program_.entities[entity_].attributes[expr.index].name);
        break;
      case ExprKind::kSequence: {
        const Sequence& sequence = program_.sequences[expr.sequence];
        if (sequence.each) out_ += " each";
        if (sequence.absent) out_ += " not";
        for (size_t i = 0; i < sequence.keys.size(); ++i)
          out_ += (i ? ", " : " with same ") + Name(sequence.keys[i].name);
        break;
      }
      case ExprKind::kUnknown:
      case ExprKind::kSubject:
      case ExprKind::kNow:
      case ExprKind::kAnd:
      case ExprKind::kOr:
      case ExprKind::kNot:
      case ExprKind::kIsKnown:
      case ExprKind::kDefault:
      case ExprKind::kRequire:
      case ExprKind::kEvent:
        break;
    }
  }

  void DumpPatternOf(const Expr& expr, int depth) {
    if (expr.kind == ExprKind::kSequence) {
      for (const Step& step : program_.sequences[expr.sequence].steps) {
        Indent(depth);
        out_ += step.within_micros == 0 ? "step" : "step within " + Micros(step.within_micros);
        out_ += "\n";
        DumpPattern(step.pattern, depth + 1);
      }
      return;
    }
    PatternId id = expr.pattern;
    if (expr.kind == ExprKind::kAggregate) id = program_.aggregates[expr.aggregate].pattern;
    if (id) DumpPattern(id, depth);
  }

  void DumpPattern(PatternId id, int depth) {
    for (const PatternCase& one : program_.patterns[id].cases) {
      Indent(depth);
      out_ += "event " + Name(program_.events[one.event].name);
      if (one.value) out_ += "." + Name(program_.exprs[one.value].constant.text);
      out_ += "\n";
      if (one.filter) DumpExpr(one.filter, depth + 1, "where ");
    }
  }

  void Reach(SegmentId id) {
    if (segments_.size() <= id.index()) segments_.resize(id.index() + 1);
    segments_[id.index()] = true;
  }

  void DumpSegment(const Segment& segment) {
    entity_ = segment.entity;
    out_ += "segment " + Name(segment.name) + " of " + Name(program_.entities[segment.entity].name) + "\n";
    DumpExpr(segment.condition, 1);
  }

  std::string RevertText(const Revert& revert) const {
    if (revert.when == Revert::When::kCondition) return "";
    std::string text = " of action " + std::to_string(revert.action + 1);
    switch (revert.when) {
      case Revert::When::kNever:
      case Revert::When::kCondition:
        break;
      case Revert::When::kFor:
        return text + " after " + Micros(revert.micros);
      case Revert::When::kInstant:
        return text + " at " + std::to_string(revert.micros);
      case Revert::When::kTimeOfDay:
        text += " at the next";
        break;
      case Revert::When::kTomorrow:
        text += " tomorrow at";
        break;
      case Revert::When::kWeekday:
        text += " on weekday " + std::to_string(revert.day) + " at";
        break;
      case Revert::When::kDate:
        text += " on day " + std::to_string(revert.day) + " at";
        break;
    }
    text += " " + Micros(revert.micros);
    if (revert.zone.of_subject) text += " by its own clock";
    if (revert.zone.name) text += " in " + Name(revert.zone.name);
    return text;
  }

  void DumpRule(const Rule& rule) {
    entity_ = rule.entity;
    out_ += "rule " + Quoted(program_.Text(rule.name)) + " on " + Name(program_.entities[rule.entity].name);
    out_ += rule.schedule   ? " " + Name(program_.schedules[rule.schedule].text)
            : rule.on_event ? " at an event"
                            : " on state";
    if (rule.revert.of) out_ += ", the way back of the one before" + RevertText(rule.revert);
    if (rule.including_existing) out_ += ", including existing";
    if (rule.priority) out_ += ", priority " + std::to_string(rule.priority);
    out_ += "\n";
    DumpExpr(rule.condition, 1, "when ");
    for (const ActionCall& action : rule.actions) DumpAction(action);
    for (const Limit& limit : rule.limits) {
      out_ += "  at most " + std::to_string(limit.count);
      if (limit.by_calendar) {
        out_ += std::string(" per ") + kPeriodNames[static_cast<size_t>(limit.period)];
        if (limit.zone.of_subject) out_ += " by its own clock";
        if (limit.zone.name) out_ += " in " + Name(limit.zone.name);
      } else {
        out_ += limit.period_micros ? " per " + Micros(limit.period_micros) : " for ever";
      }
      if (limit.key) out_ += " by " + Name(program_.exprs[limit.key].constant.text);
      out_ += "\n";
    }
    if (rule.each.every != 0) out_ += "  each " + std::to_string(rule.each.every) + " of the total\n";
    if (rule.beyond == Beyond::kWait) out_ += "  otherwise wait\n";
  }

  void DumpAction(const ActionCall& action) {
    out_ += std::string("  ") + (action.state_only ? "state " : "decide ") + Name(action.name) + "\n";
    for (const Argument& argument : action.arguments) {
      for (ExprId value : argument.values)
        DumpExpr(value, 2, Name(argument.name) + (argument.is_list ? "[]: " : ": "));
    }
    for (const Effect& effect : action.effects) {
      const Attribute& attribute = program_.entities[entity_].attributes[effect.attribute];
      DumpExpr(effect.value, 2,
               "effect " + Name(attribute.name) + kSaferForms[static_cast<size_t>(attribute.safer)] + " " +
                   kEffectForms[static_cast<size_t>(effect.form)] + " ");
    }
    if (action.emits) out_ += "    emits " + Name(program_.events[action.emits].name) + "\n";
  }

  // --- tests: instants count from the test's start ---

  std::string After(const Test& test, int64_t at) const { return at == test.start ? "at the start" : "after " + Micros(at - test.start); }

  std::string Whom(EntityId entity, StringId id) const {
    return id ? Name(program_.entities[entity].name) + " " + Quoted(program_.Text(id)) : "anybody";
  }

  void DumpTest(const Test& test) {
    out_ += "test " + Quoted(program_.Text(test.name)) + " from " + std::to_string(test.start);
    if (test.rule) out_ += " of rule " + Quoted(program_.Text(program_.rules[test.rule].name));
    if (test.until) out_ += ", until " + After(test, *test.until);
    out_ += "\n";
    for (const TestRecord& record : test.records) {
      out_ += "  " + After(test, record.at) + " " + (record.event ? Name(program_.events[record.event].name) : "known") + " of";
      for (const auto& [entity, id] : record.subjects) out_ += " " + Whom(entity, id);
      for (const TestValue& value : record.values) {
        out_ += ", " + Name(value.name) + " ";
        out_ += value.value ? ConstantText(program_.exprs[value.value].constant, program_.exprs[value.value].type) : "not known";
      }
      out_ += "\n";
    }
    for (const TestExpectation& expectation : test.expectations) DumpExpectation(test, expectation);
  }

  void DumpExpectation(const Test& test, const TestExpectation& expectation) {
    static constexpr const char* kKinds[] = {"decided", "not decided", "held back", "nothing", "nothing else", "state"};
    out_ += std::string("  expect ") + kKinds[static_cast<size_t>(expectation.kind)];
    if (expectation.action) out_ += " " + Name(expectation.action);
    out_ += " for " + Whom(expectation.entity, expectation.subject);
    if (expectation.when == TestExpectation::When::kAt) out_ += " " + After(test, expectation.at);
    if (expectation.when == TestExpectation::When::kBy) out_ += " up to " + After(test, expectation.at);
    if (expectation.counted) out_ += std::string(" ") + kCountOps[static_cast<size_t>(expectation.op)] + " " + std::to_string(expectation.times);
    if (expectation.by_rule) out_ += " by rule " + Quoted(program_.Text(program_.rules[expectation.by_rule].name));
    if (expectation.by_limit) out_ += " by a limit of " + std::to_string(expectation.by_limit->count);
    out_ += "\n";
    entity_ = expectation.entity;
    for (const Argument& argument : expectation.arguments) {
      for (ExprId value : argument.values) DumpExpr(value, 2, Name(argument.name) + (argument.is_list ? "[]: " : ": "));
    }
    for (ExprId reason : expectation.because) DumpExpr(reason, 2, "because ");
    if (expectation.condition) DumpExpr(expectation.condition, 2, "that ");
  }

  const Program& program_;
  std::string out_;
  EntityId entity_;
  std::vector<bool> segments_;
};

}  // namespace

std::string Dump(const Program& program) { return Dumper(program).Run(); }

}  // namespace mrule::hir
