// SPDX-License-Identifier: Apache-2.0
#include "compiler/plan/keys.h"

#include <algorithm>
#include <cstdio>
#include <cstdlib>

namespace mrule::plan {
namespace {

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
  return out + "\"";
}

std::string NumberText(double value) {
  char text[40];
  for (int digits = 6; digits <= 17; ++digits) {  // the shortest text that reads back as the same number
    std::snprintf(text, sizeof text, "%.*g", digits, value);
    if (std::strtod(text, nullptr) == value) break;
  }
  return text;
}

std::string MicrosText(int64_t micros) {
  const bool negative = micros < 0;
  const uint64_t magnitude = negative ? uint64_t{0} - static_cast<uint64_t>(micros) : static_cast<uint64_t>(micros);
  std::string out = (negative ? "-" : "") + std::to_string(magnitude / 1'000'000);
  if (magnitude % 1'000'000 != 0) {
    std::string fraction = std::to_string(magnitude % 1'000'000);
    fraction.insert(0, 6 - fraction.size(), '0');
    while (fraction.back() == '0') fraction.pop_back();
    out += "." + fraction;
  }
  return out;
}

const char* FnName(hir::AggregateFn fn) {
  switch (fn) {
    case hir::AggregateFn::kCount:
      return "count";
    case hir::AggregateFn::kSum:
      return "sum";
    case hir::AggregateFn::kAvg:
      return "avg";
    case hir::AggregateFn::kMin:
      return "min";
    case hir::AggregateFn::kMax:
      return "max";
    case hir::AggregateFn::kFirst:
      return "first";
    case hir::AggregateFn::kLast:
      return "last";
    case hir::AggregateFn::kDistinct:
      return "distinct";
  }
  return "";
}

bool IsWord(std::string_view spelling) { return spelling[0] >= 'a' && spelling[0] <= 'z'; }

}  // namespace

uint32_t FieldIndex(const hir::Program& program, const hir::Expr& field, hir::EventTypeId event) {
  const std::vector<hir::Field>& fields = program.events[event].fields;
  if (!field.constant.text || (field.index < fields.size() && fields[field.index].name == field.constant.text)) {
    return field.index;
  }
  for (uint32_t i = 0; i < fields.size(); ++i) {
    if (fields[i].name == field.constant.text) return i;
  }
  return field.index;
}

std::string Keys::Constant(const hir::Constant& constant, Type type) const {
  switch (type.kind) {
    case TypeKind::kBoolean:
      return constant.i64 != 0 ? "true" : "false";
    case TypeKind::kNumber:
    case TypeKind::kRatio:
      return NumberText(constant.f64);
    case TypeKind::kPercent:
      return NumberText(constant.f64 * 100) + "%";
    case TypeKind::kMoney:
      return MicrosText(constant.i64) +
             (type.detail < program_.currencies.size() ? " " + std::string(program_.Text(program_.currencies[type.detail]))
                                                       : "");
    case TypeKind::kDuration:
      return DurationText(constant.i64);
    case TypeKind::kEnum: {
      const hir::EnumType& values = program_.enums[hir::EnumId(type.detail)];
      const size_t position = static_cast<size_t>(constant.i64);
      return position < values.values.size() ? std::string(program_.Text(values.values[position]))
                                             : std::to_string(constant.i64);
    }
    case TypeKind::kText:
    case TypeKind::kCode:
    case TypeKind::kMessage:
    case TypeKind::kSubject:
      return Quoted(constant.text ? program_.Text(constant.text) : std::string_view());
    case TypeKind::kSet: {
      std::vector<std::string> items;
      for (StringId item : constant.items) items.push_back(Quoted(program_.Text(item)));
      std::sort(items.begin(), items.end());
      std::string out = "{";
      for (const std::string& item : items) out += (out.size() > 1 ? ", " : "") + item;
      return out + "}";
    }
    case TypeKind::kInstant:
      return "instant " + std::to_string(constant.i64);
    case TypeKind::kDate:
      return "day " + std::to_string(constant.i64);
    case TypeKind::kTimeOfDay:
      return "time " + std::to_string(constant.i64);
    case TypeKind::kCount:
    case TypeKind::kError:
      return std::to_string(constant.i64);
  }
  return "";
}

std::string Keys::Pattern(hir::PatternId id, bool valued) const {
  const hir::Pattern& pattern = program_.patterns[id];
  std::vector<std::string> cases;
  for (const hir::PatternCase& one : pattern.cases) {
    std::string text(program_.Text(program_.events[one.event].name));
    if (valued && one.value) {
      text += ".";
      Append(text, one.value, pattern.subject, one.event);
    }
    if (one.filter) {
      text += " where ";
      Append(text, one.filter, pattern.subject, one.event);
    }
    cases.push_back(std::move(text));
  }
  std::sort(cases.begin(), cases.end());
  std::string out;
  for (const std::string& text : cases) out += (out.empty() ? "" : " or ") + text;
  return out;
}

std::string Keys::Sequence(const hir::Sequence& sequence) const {
  std::string out = sequence.each ? "sequence each" : "sequence";
  for (size_t i = 0; i < sequence.steps.size(); ++i) {
    const std::string pattern = Pattern(sequence.steps[i].pattern, false);
    if (i != 0) out += sequence.absent && i + 1 == sequence.steps.size() ? " not followed by" : " followed by";
    out += pattern.find(' ') == std::string::npos ? " " + pattern : " (" + pattern + ")";
    if (i != 0) out += " within " + DurationText(sequence.steps[i].within_micros);
  }
  for (size_t i = 0; i < sequence.keys.size(); ++i) {
    out += i == 0 ? " with same " : ", ";
    out += program_.Text(sequence.keys[i].name);
  }
  return out;
}

std::string Keys::Aggregate(const hir::Aggregate& aggregate) const {
  std::string out = FnName(aggregate.fn);
  out += " " + Pattern(aggregate.pattern, true);
  return out + Over(aggregate.window);
}

std::string Keys::Over(const hir::Window& window) const {
  return window.all_time() ? std::string() : " over " + hir::WindowText(program_, window);
}

std::string Keys::Expr(hir::ExprId id, hir::EntityId entity, hir::EventTypeId event) const {
  std::string out;
  Append(out, id, entity, event);
  return out;
}

void Keys::AppendList(std::string& out, const hir::Expr& expr, const char* between, hir::EntityId entity,
                      hir::EventTypeId event) const {
  for (size_t i = 0; i < expr.args.size(); ++i) {
    if (i != 0) out += between;
    Append(out, expr.args[i], entity, event);
  }
}

void Keys::Append(std::string& out, hir::ExprId id, hir::EntityId entity, hir::EventTypeId event) const {
  const hir::Expr& expr = program_.exprs[id];
  switch (expr.kind) {
    case hir::ExprKind::kConstant:
      out += Constant(expr.constant, expr.type);
      return;
    case hir::ExprKind::kUnknown:
      out += "unknown";
      return;
    case hir::ExprKind::kField:
      out += event ? program_.Text(program_.events[event].fields[FieldIndex(program_, expr, event)].name)
                   : std::string_view("field");
      return;
    case hir::ExprKind::kAttribute:
      out += "its ";
      out += program_.Text(program_.entities[entity].attributes[expr.index].name);
      return;
    case hir::ExprKind::kBefore:
      out += "its former ";
      out += program_.Text(program_.entities[entity].attributes[expr.index].name);
      return;
    case hir::ExprKind::kSubject:
      out += "itself";
      return;
    case hir::ExprKind::kNow:
      out += "now";
      return;
    case hir::ExprKind::kAggregate: {
      const hir::Aggregate& aggregate = program_.aggregates[expr.aggregate];
      out += "(" + Aggregate(aggregate);
      if (aggregate.measure && program_.measures[aggregate.measure].fresh_micros != 0) {
        out += " fresh " + DurationText(program_.measures[aggregate.measure].fresh_micros);
      }
      out += ")";
      return;
    }
    case hir::ExprKind::kBuiltin: {
      const stdlib::BuiltinRow& row = stdlib::Row(expr.builtin);
      if (expr.args.size() == 2 && (!IsWord(row.spelling) || row.spelling.find(' ') != std::string_view::npos ||
                                    row.spelling == "contains")) {
        out += "(";
        AppendList(out, expr, (" " + std::string(row.spelling) + " ").c_str(), entity, event);
      } else {
        out += row.spelling;
        out += "(";
        AppendList(out, expr, ", ", entity, event);
      }
      out += ")";
      return;
    }
    case hir::ExprKind::kAnd:
    case hir::ExprKind::kOr:
      out += "(";
      AppendList(out, expr, expr.kind == hir::ExprKind::kAnd ? " and " : " or ", entity, event);
      out += ")";
      return;
    case hir::ExprKind::kNot:
      out += "not ";
      return Append(out, expr.args[0], entity, event);
    case hir::ExprKind::kIsKnown:
      Append(out, expr.args[0], entity, event);
      out += " is known";
      return;
    case hir::ExprKind::kDefault:
    case hir::ExprKind::kRequire:
      out += "(";
      AppendList(out, expr, expr.kind == hir::ExprKind::kDefault ? " default " : " with ", entity, event);
      out += ")";
      return;
    case hir::ExprKind::kInSet: {
      Append(out, expr.args[0], entity, event);
      std::vector<std::string> items;
      for (StringId item : expr.constant.items) items.push_back(Quoted(program_.Text(item)));
      for (const hir::Constant& member : expr.members) {
        items.push_back(Constant(member, program_.exprs[expr.args[0]].type));
      }
      std::sort(items.begin(), items.end());
      out += " in (";
      for (size_t i = 0; i < items.size(); ++i) out += (i == 0 ? "" : ", ") + items[i];
      out += ")";
      return;
    }
    case hir::ExprKind::kMatches:
      Append(out, expr.args[0], entity, event);
      out += " matches " + Quoted(program_.Text(expr.constant.text));
      return;
    case hir::ExprKind::kHasAny: {
      Append(out, expr.args[0], entity, event);
      Type set;
      set.kind = TypeKind::kSet;
      out += " has any of " + Constant(expr.constant, set);
      return;
    }
    case hir::ExprKind::kEvent:
      out += "event " + Pattern(expr.pattern, false);
      return;
    case hir::ExprKind::kSequence:
      out += Sequence(program_.sequences[expr.sequence]);
      return;
    case hir::ExprKind::kTimes:
      out += "(" + Pattern(expr.pattern, false);
      out += expr.op == hir::CountOp::kAtLeast ? " at least " : expr.op == hir::CountOp::kAtMost ? " at most " : " exactly ";
      out += std::to_string(expr.count);
      out += Over(expr.window) + ")";
      return;
    case hir::ExprKind::kNoneIn:
      out += "(no " + Pattern(expr.pattern, false);
      out += Over(expr.window);
      if (expr.even_if_new) out += " even if new";
      out += ")";
      return;
    case hir::ExprKind::kHold:
      out += "(";
      Append(out, expr.args[0], entity, event);
      out += " for " + DurationText(expr.window_micros) + ")";
      return;
    case hir::ExprKind::kRow:
      out += "(";
      Append(out, expr.args[0], entity, event);
      out += " for " + std::to_string(expr.count) + " reports in a row)";
      return;
    case hir::ExprKind::kUsual:
      out += (expr.index == 0 ? "(usual, at least " : "(deviation, at least ") + std::to_string(expr.count) + ", of ";
      AppendList(out, expr, ", ", entity, event);
      out += ")";
      return;
    case hir::ExprKind::kBaseline:
      if (expr.even_if_new) return Append(out, expr.args[0], entity, event);
      out += "(";
      Append(out, expr.args[0], entity, event);
      out += " known throughout " + hir::WindowText(program_, expr.window) + ")";
      return;
    case hir::ExprKind::kExtreme:
      out += expr.index == 0 ? "(peak of " : "(low of ";
      Append(out, expr.args[0], entity, event);
      out += " over " + DurationText(expr.window_micros) + ")";
      return;
    case hir::ExprKind::kEnters:
    case hir::ExprKind::kLeaves:
      out += expr.kind == hir::ExprKind::kEnters ? "enters " : "leaves ";
      out += program_.Text(program_.segments[expr.segment].name);
      return;
    case hir::ExprKind::kToday:
    case hir::ExprKind::kClock:
      out += "(now " + std::string(program_.Text(program_.clock_tests[hir::ClockTestId(expr.index)].text)) + ")";
      return;
    case hir::ExprKind::kTemplate:
      for (size_t i = 0; i < expr.chunks.size(); ++i) {
        out += Quoted(program_.Text(expr.chunks[i]));
        if (i < expr.args.size()) Append(out, expr.args[i], entity, event);
      }
      return;
  }
}

}  // namespace mrule::plan
