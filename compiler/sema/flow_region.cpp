// SPDX-License-Identifier: Apache-2.0
#include "compiler/sema/flow_region.h"

#include <algorithm>
#include <chrono>
#include <cmath>
#include <cstdio>

namespace mrule::sema {
namespace {

using hir::Expr;
using hir::ExprId;
using hir::ExprKind;
using hir::Program;

double ValueOf(const Type& type, const hir::Constant& constant) {
  switch (PhysicalOf(type.kind)) {
    case Physical::kF64:
      return constant.f64;
    case Physical::kText:
      return static_cast<double>(constant.text.value);
    case Physical::kI64:
    case Physical::kSet:
      return static_cast<double>(constant.i64);
  }
  return 0;
}

bool Contains(const std::vector<double>& values, double value) {
  return std::find(values.begin(), values.end(), value) != values.end();
}

Region Only(std::vector<double> values) {
  Region region;
  region.allowed = std::move(values);
  return region;
}

Region AllBut(std::vector<double> values) {
  Region region;
  region.excluded = std::move(values);
  return region;
}

std::string_view Opposite(std::string_view op) {
  if (op == "=") return "!=";
  if (op == "!=") return "=";
  if (op == "<") return ">=";
  if (op == "<=") return ">";
  if (op == ">") return "<=";
  return op == ">=" ? "<" : "";
}

std::string_view Mirrored(std::string_view op) {
  if (op == "<") return ">";
  if (op == "<=") return ">=";
  if (op == ">") return "<";
  return op == ">=" ? "<=" : op;
}

std::optional<Region> RegionOf(std::string_view op, double value, bool is_ordered) {
  if (op == "=") return Only({value});
  if (op == "!=") return AllBut({value});
  if (!is_ordered) return std::nullopt;
  Region region;
  if (op == "<" || op == "<=") {
    region.high = value;
    region.high_open = op == "<";
  } else if (op == ">" || op == ">=") {
    region.low = value;
    region.low_open = op == ">";
  } else {
    return std::nullopt;
  }
  return region;
}

std::optional<Variable> VariableOf(const Program& program, ExprId id) {
  const Expr& expr = program.exprs[id];
  if (expr.kind == ExprKind::kAttribute) return Variable{Variable::Kind::kAttribute, expr.index, 0};
  if (expr.kind == ExprKind::kField) return Variable{Variable::Kind::kField, expr.constant.text.value, 0};
  return std::nullopt;
}

std::optional<Literal> ItemLiteral(const Program& program, ExprId set, StringId item, bool negated) {
  const Expr& expr = program.exprs[Unwrapped(program, set)];
  if (expr.kind != ExprKind::kAttribute) return std::nullopt;
  Variable variable{Variable::Kind::kItem, expr.index, item.value};
  return Literal{variable, Only({negated ? 0.0 : 1.0}), {TypeKind::kBoolean, false, 0}};
}

// The steps in which an example moves away from a bound.
double StepOf(TypeKind kind) {
  switch (kind) {
    case TypeKind::kMoney:
      return 1e6;
    case TypeKind::kPercent:
      return 0.01;
    case TypeKind::kDuration:
    case TypeKind::kTimeOfDay:
      return 3600e6;
    case TypeKind::kInstant:
      return 86400e6;
    default:
      return 1;
  }
}

std::optional<double> Pick(const Region& region, const Type& type) {
  std::vector<double> tried;
  if (region.allowed) tried = *region.allowed;
  double step = StepOf(type.kind);
  if (region.HasLowerBound()) tried.insert(tried.end(), {region.low, region.low + step});
  if (region.HasLowerBound() && region.HasUpperBound()) {
    double middle = (region.low + region.high) / 2;
    tried.push_back(PhysicalOf(type.kind) == Physical::kI64 ? std::floor(middle) : middle);
  }
  if (region.HasUpperBound()) tried.insert(tried.end(), {region.high, region.high - step});
  // Beyond the values that are excluded there is always another one.
  bool is_number = PhysicalOf(type.kind) == Physical::kF64 || type.kind == TypeKind::kCount || type.kind == TypeKind::kMoney;
  for (size_t i = 0; is_number && i <= region.excluded.size(); ++i) tried.push_back(step * static_cast<double>(i));
  for (double value : tried) {
    if (region.Has(value)) return value;
  }
  return std::nullopt;
}

std::string Decimal(double value) {
  char buffer[40];
  std::snprintf(buffer, sizeof buffer, "%.10g", value);
  return buffer;
}

std::string MoneyText(std::string_view currency, double micros) {
  double units = micros / 1e6;
  char buffer[40];
  std::snprintf(buffer, sizeof buffer, units == std::floor(units) ? "%.0f" : "%.2f", std::fabs(units));
  std::string digits = buffer;
  size_t whole = std::min(digits.find('.'), digits.size());
  for (size_t at = whole; at > 3; at -= 3) digits.insert(at - 3, ",");
  std::string sign = units < 0 ? "-" : "";
  if (currency == "USD") return sign + "$" + digits;
  if (currency == "EUR") return sign + "€" + digits;
  if (currency == "GBP") return sign + "£" + digits;
  return sign + digits + " " + std::string(currency);
}

std::string DurationText(double micros) {
  struct Unit {
    double size;
    const char* name;
  };
  static constexpr Unit kUnits[] = {{86400e6, "d"}, {3600e6, "h"}, {60e6, "min"}, {1e6, "s"}};
  for (const Unit& unit : kUnits) {
    if (std::fmod(micros, unit.size) == 0) return Decimal(micros / unit.size) + unit.name;
  }
  return Decimal(micros / 1000) + "ms";
}

std::string DateText(int64_t days) {
  std::chrono::year_month_day date{std::chrono::sys_days(std::chrono::days(days))};
  char buffer[40];
  std::snprintf(buffer, sizeof buffer, "%04d-%02u-%02u", static_cast<int>(date.year()),
                static_cast<unsigned>(date.month()), static_cast<unsigned>(date.day()));
  return buffer;
}

std::string ClockText(int64_t micros) {
  char buffer[40];
  int64_t minutes = micros / 60'000'000;
  std::snprintf(buffer, sizeof buffer, "%02d:%02d", static_cast<int>(minutes / 60), static_cast<int>(minutes % 60));
  return buffer;
}

}  // namespace

// --- regions ---

bool Region::Has(double value) const {
  if (empty || missing) return false;
  if (value < low || (low_open && value == low) || value > high || (high_open && value == high)) return false;
  return !(allowed && !Contains(*allowed, value)) && !Contains(excluded, value);
}

bool Region::IsEmpty() const {
  if (empty) return true;
  if (missing) return false;
  if (allowed) return std::none_of(allowed->begin(), allowed->end(), [this](double value) { return Has(value); });
  return low > high || (low == high && !Has(low));
}

void Region::Meet(const Region& other) {
  empty |= other.empty || missing != other.missing;
  if (other.low > low || (other.low == low && other.low_open)) {
    low = other.low;
    low_open = other.low_open;
  }
  if (other.high < high || (other.high == high && other.high_open)) {
    high = other.high;
    high_open = other.high_open;
  }
  if (other.allowed) {
    if (!allowed) {
      allowed = other.allowed;
    } else {
      std::erase_if(*allowed, [&](double value) { return !Contains(*other.allowed, value); });
    }
  }
  excluded.insert(excluded.end(), other.excluded.begin(), other.excluded.end());
}

// --- comparisons ---

double ValueOf(const Program&, const Expr& constant) { return ValueOf(constant.type, constant.constant); }

ExprId Unwrapped(const Program& program, ExprId id) {
  for (;;) {
    const Expr& expr = program.exprs[id];
    bool is_default = expr.kind == ExprKind::kDefault && program.exprs[expr.args[1]].kind == ExprKind::kConstant;
    bool is_widening = expr.kind == ExprKind::kBuiltin && expr.args.size() == 1 &&
                       stdlib::Row(expr.builtin).spelling.starts_with("to ");
    if (!is_default && !is_widening) return id;
    id = expr.args[0];
  }
}

std::optional<Region> ReadComparison(const Program& program, ExprId id) {
  const Expr& expr = program.exprs[id];
  if (expr.kind != ExprKind::kBuiltin || expr.args.size() != 2) return std::nullopt;
  const Expr& right = program.exprs[expr.args[1]];
  if (right.kind != ExprKind::kConstant) return std::nullopt;
  return RegionOf(stdlib::Row(expr.builtin).spelling, ValueOf(program, right), PhysicalOf(right.type.kind) != Physical::kText);
}

std::optional<Literal> ReadLiteral(const Program& program, ExprId id, bool negated) {
  const Expr* expr = &program.exprs[id];
  while (expr->kind == ExprKind::kNot) {
    negated = !negated;
    id = expr->args[0];
    expr = &program.exprs[id];
  }
  if (expr->type.kind == TypeKind::kBoolean) {
    if (auto variable = VariableOf(program, Unwrapped(program, id)))
      return Literal{*variable, Only({negated ? 0.0 : 1.0}), expr->type};
  }
  switch (expr->kind) {
    case ExprKind::kBuiltin: {
      if (expr->args.size() != 2) return std::nullopt;
      std::string_view op = stdlib::Row(expr->builtin).spelling;
      ExprId left = expr->args[0], right = expr->args[1];
      if (program.exprs[left].kind == ExprKind::kConstant) {
        std::swap(left, right);
        op = Mirrored(op);
      }
      const Expr& constant = program.exprs[right];
      if (constant.kind != ExprKind::kConstant) return std::nullopt;
      if (expr->builtin == stdlib::BuiltinId::kSetContains)
        return right == expr->args[1] ? ItemLiteral(program, left, constant.constant.text, negated) : std::nullopt;
      auto variable = VariableOf(program, Unwrapped(program, left));
      if (!variable) return std::nullopt;
      if (negated) op = Opposite(op);
      auto region = RegionOf(op, ValueOf(program, constant), PhysicalOf(constant.type.kind) != Physical::kText);
      if (!region) return std::nullopt;
      // A count compared with a number: the constant's type says how the value reads.
      return Literal{*variable, std::move(*region), program.exprs[Unwrapped(program, left)].type};
    }
    case ExprKind::kInSet: {
      ExprId value = Unwrapped(program, expr->args[0]);
      auto variable = VariableOf(program, value);
      if (!variable) return std::nullopt;
      std::vector<double> values;
      for (StringId item : expr->constant.items) values.push_back(static_cast<double>(item.value));
      for (const hir::Constant& member : expr->members)
        values.push_back(ValueOf(program.exprs[expr->args[0]].type, member));
      return Literal{*variable, negated ? AllBut(std::move(values)) : Only(std::move(values)), program.exprs[value].type};
    }
    case ExprKind::kHasAny:
      if (expr->constant.items.size() != 1) return std::nullopt;
      return ItemLiteral(program, expr->args[0], expr->constant.items[0], negated);
    case ExprKind::kIsKnown: {
      auto variable = VariableOf(program, expr->args[0]);
      if (!variable) return std::nullopt;
      Region region;
      region.missing = negated;
      return Literal{*variable, region, program.exprs[expr->args[0]].type};
    }
    default:
      return std::nullopt;
  }
}

// --- words ---

std::string ValueText(const Program& program, const Type& type, double value) {
  switch (type.kind) {
    case TypeKind::kMoney:
      return MoneyText(program.Text(program.currencies[type.detail]), value);
    case TypeKind::kPercent:
      return Decimal(value * 100) + "%";
    case TypeKind::kDuration:
      return DurationText(value);
    case TypeKind::kDate:
      return DateText(static_cast<int64_t>(value));
    case TypeKind::kTimeOfDay:
      return ClockText(static_cast<int64_t>(value));
    case TypeKind::kInstant: {
      double days = std::floor(value / 86400e6);
      return DateText(static_cast<int64_t>(days)) + "T" + ClockText(static_cast<int64_t>(value - days * 86400e6)) + "Z";
    }
    case TypeKind::kBoolean:
      return value != 0 ? "true" : "false";
    case TypeKind::kEnum:
      return std::string(program.Text(program.enums[hir::EnumId(type.detail)].values[static_cast<size_t>(value)]));
    case TypeKind::kText:
    case TypeKind::kSubject:
      return "\"" + std::string(program.Text(StringId(static_cast<size_t>(value)))) + "\"";
    case TypeKind::kCode:
    case TypeKind::kMessage:
      return std::string(program.Text(StringId(static_cast<size_t>(value))));
    default:
      return Decimal(value);
  }
}

std::optional<std::string> Example(const Program& program, hir::EntityId entity, const Literal& literal) {
  const Variable& variable = literal.variable;
  bool is_field = variable.kind == Variable::Kind::kField;
  StringId name = is_field ? StringId(static_cast<size_t>(variable.index))
                           : program.entities[entity].attributes[variable.index].name;
  std::string text(program.Text(name));
  const Region& region = literal.region;
  if (region.missing) return text + " is missing";
  bool is_bounded = region.allowed || region.HasLowerBound() || region.HasUpperBound();
  if (!is_bounded && region.excluded.empty()) return text + " is known";
  bool is_true = region.allowed && !region.allowed->empty() && region.Has(1);
  if (variable.kind == Variable::Kind::kItem) {
    text += " contains \"" + std::string(program.Text(StringId(static_cast<size_t>(variable.item)))) + "\"";
    return is_true ? text : "not " + text;
  }
  if (literal.type.kind == TypeKind::kBoolean && region.allowed) return is_true ? text : "not " + text;
  if (auto value = Pick(region, literal.type)) return text + " is " + ValueText(program, literal.type, *value);
  if (is_bounded) return std::nullopt;
  return text + " is not " + ValueText(program, literal.type, region.excluded.front());
}

}  // namespace mrule::sema
