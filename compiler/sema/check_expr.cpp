// SPDX-License-Identifier: Apache-2.0
// Values: literals, arithmetic, function calls, texts with holes. Chains of operators lean left and may be
// thousands long; they are walked in loops.
#include <algorithm>

#include "compiler/diagnostics/suggest.h"
#include "compiler/sema/checker.h"
#include "compiler/sema/literals.h"

namespace mrule::sema {
namespace {

constexpr int64_t kDayMicros = 86'400'000'000;

bool IsConditionKind(NodeKind kind) {
  switch (kind) {
    case NodeKind::kAnd:
    case NodeKind::kOr:
    case NodeKind::kNot:
    case NodeKind::kCompare:
    case NodeKind::kBetween:
    case NodeKind::kInList:
    case NodeKind::kInName:
    case NodeKind::kHasAnyOf:
    case NodeKind::kTextTest:
    case NodeKind::kIsKnown:
    case NodeKind::kHold:
    case NodeKind::kRow:
    case NodeKind::kTrend:
    case NodeKind::kChanges:
    case NodeKind::kRise:
    case NodeKind::kEvidence:
    case NodeKind::kEventRef:
    case NodeKind::kOccurred:
    case NodeKind::kTimesCount:
    case NodeKind::kNoOccurrence:
    case NodeKind::kNeverOccurred:
    case NodeKind::kClockTest:
    case NodeKind::kEnters:
    case NodeKind::kLeaves:
      return true;
    default:
      return false;
  }
}

// Can the row be without a result although its arguments are known? Only by a divisor, a duration or a
// square that is not a constant.
bool MayBeUnknown(std::string_view spelling, const stdlib::BuiltinRow& row, const Expr& right) {
  bool is_constant = right.kind == ExprKind::kConstant;
  if (spelling == "square_root") return !is_constant || (right.type.kind == TypeKind::kCount ? right.constant.i64 < 0 : right.constant.f64 < 0);
  if (spelling == "/") {
    if (!is_constant) return true;
    return PhysicalOf(right.type.kind) == Physical::kF64 ? right.constant.f64 == 0 : right.constant.i64 == 0;
  }
  bool moves_date =
      row.result == stdlib::SigType::kDate && row.arity == 2 && row.params[1] == stdlib::SigType::kDuration;
  return moves_date && !(is_constant && right.constant.i64 % kDayMicros == 0);
}

}  // namespace

ExprId Checker::CheckValue(NodeRef node, const Scope& scope, const Type* expected) {
  if (!node) return Error(Span());
  Span span = SpanOf(node, scope);
  Depth depth(*this, span);
  if (!depth || !CountNode(span)) return Error(span);
  switch (node.node().kind) {
    case NodeKind::kParam: {
      NodeRef value = Unparam(node);
      return value ? CheckValue(value, scope, expected) : Error(span);
    }
    case NodeKind::kParen:
      return CheckParenthesised(node.child(0), scope, expected);
    case NodeKind::kBinary:
      return CheckArithmetic(node, scope);
    case NodeKind::kNegate:
      return Apply("unary -", {CheckValue(node.child(0), scope)}, span, scope);
    case NodeKind::kPlusSign: {
      ExprId value = CheckValue(node.child(0), scope);
      if (IsError(value)) return value;
      std::vector<Type> types{TypeOf(value)};
      if (Resolve("unary -", types).row) return value;
      ReportNoOverload("+", {value}, Overload::Problem::kNoRow, span);
      return Error(span);
    }
    case NodeKind::kPercentOf: {
      ExprId share = CheckLiteral(node.child(0), scope);
      ExprId whole = CheckValue(node.child(1), scope);
      return Apply("*", {share, whole}, span, scope);
    }
    case NodeKind::kDefault:
      return CheckDefault(node, scope, expected);
    case NodeKind::kNamePath:
      return CheckPath(node, scope, expected);
    case NodeKind::kWindowed: {
      NodeRef path = node.child(0);
      const NameEntry* entry =
          path.children().size() == 1 ? vocabulary_.Find(path.child(0).node().text) : nullptr;
      if (!entry || entry->value == NameEntry::kNone || scope.pattern_event) {
        if (!WindowOf(node.child(1))) return Error(span);
        auto report = diags_.Report(path.node().span, DiagId::kWindowWithoutMeasure, {{"name", path.text()}});
        if (entry && entry->event != NameEntry::kNone) {
          report.Help("count the events: `count of " + std::string(path.text()) + " " +
                      SourceText(node.child(1)) + "`");
        } else {
          std::vector<std::string_view> names;
          for (const ValueName& value : vocabulary_.values) names.push_back(Text(value.name));
          Suggest(report, path.node().span, path.text(), names);
        }
        return Error(span);
      }
      auto window = WindowOf(node.child(1));
      if (!window) return Error(span);
      return WindowedValue(entry->value, window, node, scope);
    }
    case NodeKind::kAggregate:
      return CheckAggregate(node, scope);
    case NodeKind::kUsual:
      return CheckUsual(node, scope);
    case NodeKind::kOld:
      return CheckOld(node, scope);
    case NodeKind::kCall:
      return CheckCall(node, scope);
    case NodeKind::kToday:
      return CheckToday(node, scope);
    case NodeKind::kNow: {
      Expr expr;
      expr.kind = ExprKind::kNow;
      expr.type = {TypeKind::kInstant, false, 0};
      expr.span = span;
      return Add(std::move(expr));
    }
    case NodeKind::kNumber:
    case NodeKind::kMoney:
    case NodeKind::kPercent:
    case NodeKind::kDuration:
    case NodeKind::kDate:
    case NodeKind::kTimeOfDay:
    case NodeKind::kInstant:
    case NodeKind::kBoolean:
      return CheckLiteral(node, scope);
    case NodeKind::kText: {
      Type type{expected && expected->is_text() ? expected->kind : TypeKind::kText, false, 0};
      if (type.kind == TypeKind::kSubject) type.kind = TypeKind::kText;
      bool is_word = type.kind == TypeKind::kMessage || (expected && expected->kind == TypeKind::kEnum);
      if (is_word && expected->kind == TypeKind::kEnum) type = *expected;
      if (is_word) return CheckWord(node, node.node().text, type, scope);
      return ConstantText(type, node.node().text, span);
    }
    case NodeKind::kTemplate:
      return CheckTemplate(node, scope);
    case NodeKind::kError:
      return Error(span);
    default:
      return Error(span);  // a condition without parentheses: reported by the parser
  }
}

// `(a and b) is true`: in parentheses, a condition is a value of yes or no.
ExprId Checker::CheckParenthesised(NodeRef node, const Scope& scope, const Type* expected) {
  if (!node || !IsConditionKind(node.node().kind)) return CheckValue(node, scope, expected);
  Scope inner = scope;
  if (inner.events == EventPlace::kAllowed) inner.events = EventPlace::kInValue;
  return CheckCondition(node, inner);
}

// `a + b - c …`, leaning left.
ExprId Checker::CheckArithmetic(NodeRef node, const Scope& scope) {
  std::vector<NodeRef> chain;
  while (node && node.node().kind == NodeKind::kBinary) {
    chain.push_back(node);
    node = node.child(0);
  }
  ExprId result = CheckValue(node, scope);
  for (; !chain.empty(); chain.pop_back()) {
    NodeRef step = chain.back();
    ExprId right = CheckValue(step.child(1), scope);
    result = Apply(syntax::OperatorSpelling(step.node().op_as_operator()), {result, right},
                   SpanOf(step, scope), scope);
  }
  return result;
}

ExprId Checker::CheckDefault(NodeRef node, const Scope& scope, const Type* expected) {
  std::vector<NodeRef> chain;
  while (node && node.node().kind == NodeKind::kDefault) {
    chain.push_back(node);
    node = node.child(0);
  }
  ExprId result = CheckValue(node, scope, expected);
  for (; !chain.empty(); chain.pop_back()) {
    NodeRef step = chain.back();
    Span span = SpanOf(step, scope);
    Type left = TypeOf(result);
    ExprId fallback = CheckValue(step.child(1), scope, left.is_error() ? expected : &left);
    Type right = TypeOf(fallback);
    if (left.is_error() || right.is_error()) {
      result = Error(span);
      continue;
    }
    if (!IsAssignable(right, left) && !(IsAssignable(left, right) && left.kind == TypeKind::kCount)) {
      ReportNoOverload("default", {result, fallback},
                       left.kind == TypeKind::kMoney && right.kind == left.kind
                           ? Overload::Problem::kCurrencies
                           : Overload::Problem::kNoRow,
                       span);
      result = Error(span);
      continue;
    }
    if (program_.exprs[result].kind == ExprKind::kUnknown) {
      result = fallback;  // a part that was left out of the action
      continue;
    }
    if (!left.optional) {
      if (!scope.in_effect) {
        diags_.Report(SpanOf(step.child(0), scope), DiagId::kAlwaysKnown,
                      {{"value", SourceText(step.child(0))}});
      }
      continue;
    }
    bool widens = !IsAssignable(right, left);
    if (widens) result = Convert(result, right);
    fallback = Convert(fallback, TypeOf(result));
    Expr expr;
    expr.kind = ExprKind::kDefault;
    expr.type = TypeOf(result);
    expr.type.optional = right.optional;
    expr.span = span;
    expr.args = {result, fallback};
    result = Add(std::move(expr));
  }
  return result;
}

ExprId Checker::CheckCall(NodeRef node, const Scope& scope) {
  std::string_view name = node.text();
  Span span = SpanOf(node, scope);
  std::vector<std::string_view> names = FunctionNames();
  if (std::find(names.begin(), names.end(), name) == names.end()) {
    Span name_span = node.node().span;
    name_span.end = name_span.begin + static_cast<uint32_t>(name.size());
    Suggest(diags_.Report(name_span, DiagId::kUnknownName, {{"kind", "function"}, {"name", name}}), name_span,
            name, names);
    return Error(span);
  }
  std::vector<ExprId> args;
  for (NodeId id : node.children()) args.push_back(CheckValue({node.tree, id}, scope));
  // `least` and `greatest` take any number.
  if (args.size() > 2 && (name == "least" || name == "greatest")) {
    ExprId result = args[0];
    for (size_t i = 1; i < args.size(); ++i) result = Apply(name, {result, args[i]}, span, scope);
    return result;
  }
  return Apply(name, std::move(args), span, scope);
}

ExprId Checker::CheckTemplate(NodeRef node, const Scope& scope) {
  Span span = SpanOf(node, scope);
  if (!scope.in_action) {
    diags_.Report(span, DiagId::kTemplateHere).Help("write a plain brace as `\\{`");
    return Error(span);
  }
  Scope inner = scope;
  inner.in_template = true;
  Expr expr;
  expr.kind = ExprKind::kTemplate;
  expr.type = {TypeKind::kText, false, 0};
  expr.span = span;
  StringId empty = Intern("");
  StringId pending = empty;
  bool bad = false;
  for (NodeId id : node.children()) {
    NodeRef part{node.tree, id};
    if (!part) continue;
    if (part.node().kind == NodeKind::kChunk) {
      pending = Intern(std::string(Text(pending)) + std::string(part.text()));
      continue;
    }
    ExprId value = CheckValue(part, inner);
    bad |= IsError(value);
    expr.chunks.push_back(pending);
    expr.args.push_back(value);
    pending = empty;
  }
  expr.chunks.push_back(pending);
  return bad ? Error(span) : Add(std::move(expr));
}

ExprId Checker::Apply(std::string_view spelling, std::vector<ExprId> args, Span span, const Scope& scope) {
  std::vector<Type> types;
  for (ExprId arg : args) {
    if (IsError(arg)) return Error(span);
    types.push_back(TypeOf(arg));
  }
  Overload overload = Resolve(spelling, types);
  if (!overload.row) {
    ReportNoOverload(spelling, args, overload.problem, span);
    return Error(span);
  }
  if (!args.empty() && MayBeUnknown(spelling, *overload.row, program_.exprs[args.back()]))
    overload.result.optional = true;
  return Call(*overload.row, overload.result, std::move(args), span);
}

// A number where the other side has a unit: what the author meant, as a fix.
static std::string UnitSpelling(const Type& unit, std::string_view number, std::string_view currency) {
  switch (unit.kind) {
    case TypeKind::kMoney:
      if (currency == "USD") return "$" + std::string(number);
      if (currency == "EUR") return "€" + std::string(number);
      if (currency == "GBP") return "£" + std::string(number);
      return std::string(number) + " " + std::string(currency);
    case TypeKind::kPercent:
      return std::string(number) + "%";
    case TypeKind::kDuration:
      return std::string(number) + "d";
    default:
      return {};
  }
}

void Checker::ReportNoOverload(std::string_view spelling, const std::vector<ExprId>& args,
                               Overload::Problem problem, Span span) {
  if (problem == Overload::Problem::kCurrencies) {
    diags_
        .Report(span, DiagId::kCurrencyMismatch,
                {{"left", TypeText(TypeOf(args[0]))}, {"right", TypeText(TypeOf(args[1]))}})
        .Label(program_.exprs[args[0]].span, TypeText(TypeOf(args[0])))
        .Label(program_.exprs[args[1]].span, TypeText(TypeOf(args[1])))
        .Help("a workspace says which currency its amounts are in: `currency: EUR`");
    return;
  }
  for (size_t i = 0; args.size() == 2 && i < 2; ++i) {
    const Expr& number = program_.exprs[args[i]];
    const Expr& other = program_.exprs[args[1 - i]];
    bool is_number = number.kind == ExprKind::kConstant &&
                     (number.type.kind == TypeKind::kCount || number.type.kind == TypeKind::kNumber);
    std::string_view currency =
        other.type.kind == TypeKind::kMoney ? Text(program_.currencies[other.type.detail]) : "";
    std::string written = SourceText(number.span);
    std::string fixed = UnitSpelling(other.type, written, currency);
    if (!is_number || fixed.empty() || written.empty()) continue;
    diags_
        .Report(number.span, DiagId::kNumberWithoutUnit,
                {{"number", written}, {"other", TypeText(other.type)}})
        .Label(other.span, "this is " + TypeText(other.type))
        .Fix(number.span, fixed, "write `" + fixed + "`");
    return;
  }
  if (args.size() == 2 &&
      (!IsBuiltin(spelling) ||
       Resolve(spelling, std::vector<Type>{{TypeKind::kCount, false, 0}, {TypeKind::kCount, false, 0}}).row ||
       Resolve(spelling, std::vector<Type>{{TypeKind::kText, false, 0}, {TypeKind::kText, false, 0}}).row)) {
    auto report = diags_.Report(
        span, DiagId::kOperandTypes,
        {{"op", spelling}, {"left", TypeText(TypeOf(args[0]))}, {"right", TypeText(TypeOf(args[1]))}});
    report.Label(program_.exprs[args[0]].span, TypeText(TypeOf(args[0])));
    if (program_.exprs[args[1]].span != program_.exprs[args[0]].span)
      report.Label(program_.exprs[args[1]].span, TypeText(TypeOf(args[1])));
    return;
  }
  std::string types;
  for (ExprId arg : args) types += (types.empty() ? "" : " and ") + TypeText(TypeOf(arg));
  if (types.empty()) types = "nothing";
  std::string_view shown = spelling == "unary -" ? std::string_view("-") : spelling;
  diags_.Report(span, DiagId::kArguments, {{"function", shown}, {"types", types}});
}

// --- literals ---

bool Checker::ReportFault(NodeRef node, uint8_t fault, std::string_view what) {
  Span span = node.node().span;
  switch (static_cast<LiteralFault>(fault)) {
    case LiteralFault::kNone:
      return false;
    case LiteralFault::kTooLarge:
      diags_.Report(span, DiagId::kLiteralTooLarge, {{"literal", node.text()}, {"what", what}});
      return true;
    case LiteralFault::kTooManyDecimals:
      diags_.Report(span, DiagId::kTooManyDecimals, {{"literal", node.text()}, {"what", what}});
      return true;
    case LiteralFault::kInvalid:
      diags_.Report(span, DiagId::kInvalidLiteral, {{"literal", node.text()}, {"what", what}});
      return true;
  }
  return true;
}

ExprId Checker::CheckLiteral(NodeRef node, const Scope& scope) {
  Span span = SpanOf(node, scope);
  std::string_view text = node.text();
  auto time = [&, this](TimeLiteral literal, TypeKind kind, std::string_view what) {
    if (ReportFault(node, static_cast<uint8_t>(literal.fault), what)) return Error(span);
    return ConstantI64(kind, literal.value, span);
  };
  switch (node.node().kind) {
    case NodeKind::kNumber: {
      NumberLiteral number = DecodeNumber(text);
      if (ReportFault(node, static_cast<uint8_t>(number.fault), "a number")) return Error(span);
      return number.whole ? ConstantI64(TypeKind::kCount, number.i64, span)
                          : ConstantF64(TypeKind::kNumber, number.f64, span);
    }
    case NodeKind::kMoney: {
      MoneyLiteral money = DecodeMoney(text);
      if (ReportFault(node, static_cast<uint8_t>(money.fault), "an amount of money")) return Error(span);
      StringId currency = Intern(money.currency);
      auto& known = program_.currencies;
      auto found = std::find(known.begin(), known.end(), currency);
      uint32_t detail = static_cast<uint32_t>(found - known.begin());
      if (found == known.end()) known.push_back(currency);
      return ConstantI64(TypeKind::kMoney, money.micros, span, detail);
    }
    case NodeKind::kPercent: {
      PercentLiteral percent = DecodePercent(text);
      if (ReportFault(node, static_cast<uint8_t>(percent.fault), "a percentage")) return Error(span);
      return ConstantF64(TypeKind::kPercent, percent.value, span);
    }
    case NodeKind::kDuration:
      return time(DecodeDuration(text), TypeKind::kDuration, "a duration");
    case NodeKind::kDate:
      return time(DecodeDate(text), TypeKind::kDate, "a day of the calendar");
    case NodeKind::kTimeOfDay:
      return time(DecodeTimeOfDay(text), TypeKind::kTimeOfDay, "a time of day");
    case NodeKind::kInstant:
      return time(DecodeInstant(text), TypeKind::kInstant, "an instant");
    case NodeKind::kBoolean:
      return ConstantI64(TypeKind::kBoolean, node.node().op, span);
    default:
      return Error(span);
  }
}

}  // namespace mrule::sema
