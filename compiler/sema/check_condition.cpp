// SPDX-License-Identifier: Apache-2.0
// Conditions without time: and, or, not, comparisons and membership. Chains of `and` lean left and become one
// node.
#include <algorithm>

#include "compiler/sema/checker.h"
#include "compiler/sema/search_pattern.h"

namespace mrule::sema {

ExprId Checker::CheckCondition(NodeRef node, const Scope& scope) {
  if (!node) return Error(Span());
  Span span = SpanOf(node, scope);
  Depth depth(*this, span);
  if (!depth || !CountNode(span)) return Error(span);
  switch (node.node().kind) {
    case NodeKind::kError:
      return Error(span);
    case NodeKind::kParen:
      return CheckCondition(node.child(0), scope);
    case NodeKind::kAnd:
    case NodeKind::kOr:
      return CheckJunction(node, scope);
    case NodeKind::kNot: {
      NodeRef inner = node.child(0);
      if (inner && IsLasting(inner)) {
        ReportAmbiguousHold(node, inner.child(0), inner, "not");
        return Error(span);
      }
      Scope under = scope;
      if (under.events == EventPlace::kAllowed) under.events = EventPlace::kUnderNot;
      return Negated(CheckCondition(inner, under), span);
    }
    case NodeKind::kCompare:
    case NodeKind::kBetween:
      return CheckComparison(node, scope);
    case NodeKind::kInList:
      return CheckInList(node, scope);
    case NodeKind::kInName:
      return CheckInName(node, scope);
    case NodeKind::kHasAnyOf:
      return CheckHasAny(node, scope);
    case NodeKind::kTextTest:
      return CheckTextTest(node, scope);
    case NodeKind::kIsKnown:
      return CheckIsKnown(node, scope);
    case NodeKind::kHold:
      return CheckHold(node, scope);
    case NodeKind::kRow:
      return CheckRow(node, scope);
    case NodeKind::kTrend:
      return CheckTrend(node, scope);
    case NodeKind::kChanges:
      return CheckChanges(node, scope);
    case NodeKind::kRise:
      return CheckRise(node, scope);
    case NodeKind::kEvidence:
      return CheckEvidence(node, scope);
    case NodeKind::kEventRef:
      return CheckTrigger(node, scope);
    case NodeKind::kEach:
      return CheckEach(node, scope);
    case NodeKind::kFollowed:
      return CheckSequence(node, scope);
    case NodeKind::kEachRun:
      diags_.Report(span, DiagId::kEachAlone)
          .Help("write `" + SourceText(node) + " followed by … within …`; a rule on one event fires at each one anyway");
      return Error(span);
    case NodeKind::kOccurred:
    case NodeKind::kTimesCount:
    case NodeKind::kNoOccurrence:
    case NodeKind::kNeverOccurred:
      return CheckOccurrence(node, scope);
    case NodeKind::kWindowed: {
      // `signed_up all time`, `opened today`: the event occurred in that time.
      const NameEntry* entry = vocabulary_.Find(node.child(0).node().text);
      bool is_event = entry && entry->event != NameEntry::kNone && entry->value == NameEntry::kNone;
      auto form = static_cast<syntax::WindowForm>(node.child(1).node().op);
      return is_event && form != syntax::WindowForm::kRolling ? CheckOccurrence(node, scope)
                                                              : CheckTruth(node, scope);
    }
    case NodeKind::kClockTest:
      return CheckClockTest(node, scope);
    case NodeKind::kEnters:
    case NodeKind::kLeaves:
      return CheckMembershipChange(node, scope);
    case NodeKind::kNamePath:
      if (node.children().size() == 1 && !IsResolvable(node, scope)) {
        const NameEntry* entry = vocabulary_.Find(node.node().text);
        if (entry && entry->event != NameEntry::kNone) return CheckTrigger(node, scope);
      }
      return CheckTruth(node, scope);
    default:
      return CheckTruth(node, scope);
  }
}

// A value that must be yes or no by itself: `consent_email`.
ExprId Checker::CheckTruth(NodeRef node, const Scope& scope) {
  ExprId value = CheckValue(node, scope);
  Type type = TypeOf(value);
  if (type.is_error() || type.kind == TypeKind::kBoolean) return value;
  Span span = SpanOf(node, scope);
  auto report = diags_.Report(span, DiagId::kNotCondition, {{"type", TypeText(type)}});
  std::string text = SourceText(node);
  if (type.kind == TypeKind::kEnum || type.is_text()) {
    report.Help("compare it: `" + text + " is …`");
  } else if (type.kind != TypeKind::kSet) {
    report.Help("compare it: `" + text + " > …`");
  }
  return Error(span);
}

ExprId Checker::CheckJunction(NodeRef node, const Scope& scope) {
  NodeKind kind = node.node().kind;
  std::string_view word = kind == NodeKind::kAnd ? "and" : "or";
  Span span = SpanOf(node, scope);
  std::vector<NodeRef> operands;
  bool bad = false;
  while (node && node.node().kind == kind) {
    NodeRef left = node.child(0), right = node.child(1);
    // `a for 6h and b for 3h` reads one way; `a and b for 3h` reads two.
    NodeRef left_end = left && left.node().kind == kind ? left.child(1) : left;
    if (IsLasting(right) && !IsLasting(left_end)) {
      ReportAmbiguousHold(node, left, right, word);
      bad = true;
    }
    operands.push_back(right);
    node = left;
  }
  operands.push_back(node);
  if (bad) return Error(span);
  std::vector<ExprId> args;
  Scope inner = scope;
  inner.in_or |= kind == NodeKind::kOr;
  for (; !operands.empty(); operands.pop_back()) args.push_back(CheckCondition(operands.back(), inner));
  return Joined(kind == NodeKind::kAnd ? ExprKind::kAnd : ExprKind::kOr, std::move(args), span);
}

ExprId Checker::Joined(ExprKind kind, std::vector<ExprId> args, Span span) {
  std::vector<ExprId> kept;
  Type type{TypeKind::kBoolean, false, 0};
  bool is_and = kind == ExprKind::kAnd;
  for (ExprId arg : args) {
    if (IsError(arg)) return Error(span);
    if (is_and ? IsTrue(arg) : IsFalse(arg)) continue;
    type.optional |= TypeOf(arg).optional;
    kept.push_back(arg);
  }
  // What is settled without its event still needs the event: it says when the rule is judged and what its actions can read.
  bool has_trigger = std::any_of(kept.begin(), kept.end(), [this](ExprId arg) { return HasTrigger(arg); });
  for (ExprId arg : kept) {
    if (!has_trigger && (is_and ? IsFalse(arg) : IsTrue(arg))) return arg;
  }
  if (kept.empty()) return ConstantI64(TypeKind::kBoolean, is_and, span);
  if (kept.size() == 1) return kept.front();
  Expr expr;
  expr.kind = kind;
  expr.type = type;
  expr.span = span;
  expr.args = std::move(kept);
  return Add(std::move(expr));
}

bool Checker::HasTrigger(ExprId condition) const {
  const Expr& expr = program_.exprs[condition];
  if (expr.kind == ExprKind::kEvent || expr.kind == ExprKind::kSequence) return true;
  if (expr.kind != ExprKind::kAnd && expr.kind != ExprKind::kOr) return false;
  return std::any_of(expr.args.begin(), expr.args.end(), [this](ExprId arg) { return HasTrigger(arg); });
}

ExprId Checker::Negated(ExprId value, Span span) {
  Type type = TypeOf(value);
  if (type.is_error()) return value;
  if (IsTrue(value) || IsFalse(value)) return ConstantI64(TypeKind::kBoolean, IsFalse(value), span);
  Expr expr;
  expr.kind = ExprKind::kNot;
  expr.type = type;
  expr.span = span;
  expr.args = {value};
  return Add(std::move(expr));
}

// --- comparisons ---

bool Checker::IsBareWord(NodeRef node) const {
  return node && node.node().kind == NodeKind::kNamePath && node.children().size() == 1;
}

bool Checker::IsResolvable(NodeRef word, const Scope& scope) const {
  StringId name = word.node().text;
  if (scope.holes && scope.holes->contains(name)) return true;
  if (scope.pattern_event) return vocabulary_.Field(scope.pattern_event, name).has_value();
  if (scope.entity && vocabulary_.Attribute(scope.entity, name)) return true;
  if (TriggerField(name, scope.triggers)) return true;
  const NameEntry* entry = vocabulary_.Find(name);
  return entry && (entry->value != NameEntry::kNone || (entry->entity && entry->entity == scope.entity));
}

void Checker::CheckPair(NodeRef left, NodeRef right, const Scope& scope, ExprId& left_id, ExprId& right_id) {
  bool right_first = IsBareWord(left) && !IsResolvable(left, scope) && right &&
                     (!IsBareWord(right) || IsResolvable(right, scope));
  // A constant on the left tells nothing of the right side's words.
  if (right_first && right.node().kind == NodeKind::kText) right_first = false;
  if (right_first) {
    right_id = CheckValue(right, scope);
    Type type = TypeOf(right_id);
    bool takes_words =
        type.kind == TypeKind::kEnum || type.kind == TypeKind::kCode || type.kind == TypeKind::kMessage;
    if (IsError(right_id)) {
      left_id = Error(SpanOf(left, scope));
      return;
    }
    left_id = CheckValue(left, scope, takes_words ? &type : nullptr);
    return;
  }
  left_id = CheckValue(left, scope);
  if (IsError(left_id) && (IsBareWord(right) || !right)) {
    right_id = Error(SpanOf(left, scope));  // what the word could mean depends on the left side
    return;
  }
  Type type = TypeOf(left_id);
  right_id =
      NeedsQuotes(right, type, left, scope) ? Error(SpanOf(right, scope)) : CheckValue(right, scope, &type);
}

// `city is Berlin`: reports a word that is no name where a text is wanted.
bool Checker::NeedsQuotes(NodeRef word, const Type& wanted, NodeRef other, const Scope& scope) {
  bool wants_text = wanted.kind == TypeKind::kText || wanted.kind == TypeKind::kSubject;
  if (!wants_text || !IsBareWord(word) || IsResolvable(word, scope)) return false;
  const NameEntry* entry = vocabulary_.Find(word.node().text);
  if (entry && (entry->event != NameEntry::kNone || !entry->attribute_of.empty())) return false;
  std::string quoted = "\"" + std::string(word.text()) + "\"";
  Span span = SpanOf(word, scope);
  diags_.Report(span, DiagId::kWordNeedsQuotes, {{"word", word.text()}, {"field", SourceText(other)}})
      .Fix(span, quoted, "write `" + quoted + "`");
  return true;
}

ExprId Checker::CheckComparison(NodeRef node, const Scope& scope) {
  const auto windows = WindowsBesidePrevious(node);
  const auto* outer = previous_base_;
  if (windows) previous_base_ = &*windows;
  const ExprId id = node.node().kind == NodeKind::kCompare ? CheckCompare(node, scope) : CheckBetween(node, scope);
  previous_base_ = outer;
  return id;
}

ExprId Checker::CheckCompare(NodeRef node, const Scope& scope) {
  ExprId left, right;
  CheckPair(node.child(0), node.child(1), scope, left, right);
  return Compare(syntax::OperatorSpelling(node.node().op_as_operator()), left, right, SpanOf(node, scope),
                 scope);
}

ExprId Checker::Compare(std::string_view op, ExprId left, ExprId right, Span span, const Scope& scope) {
  return Apply(op, {left, right}, span, scope);
}

ExprId Checker::CheckBetween(NodeRef node, const Scope& scope) {
  Span span = SpanOf(node, scope);
  // `purchased between 09:00 and 17:00`: two conditions.
  NodeRef left = node.child(0), from = node.child(1);
  const NameEntry* entry = IsBareWord(left) && !IsResolvable(left, scope) ? vocabulary_.Find(left.node().text) : nullptr;
  if (entry && entry->event != NameEntry::kNone && from && from.node().kind == NodeKind::kTimeOfDay) {
    Span end = left.node().span.After();
    diags_.Report(left.node().span, DiagId::kClockNeedsAnd, {{"event", left.text()}})
        .Fix(end, " and", "join the two: `" + std::string(left.text()) + " and between …`");
    return Error(span);
  }
  ExprId value = CheckValue(node.child(0), scope);
  Type type = TypeOf(value);
  ExprId low = CheckValue(node.child(1), scope, &type);
  ExprId high = CheckValue(node.child(2), scope, &type);
  if (IsError(value)) return Error(span);
  ExprId above = Compare(">=", value, low, span, scope);
  ExprId below = IsError(above) && !IsError(low) ? Error(span) : Compare("<=", value, high, span, scope);
  ExprId both = Joined(ExprKind::kAnd, {above, below}, span);
  return node.node().op ? Negated(both, span) : both;
}

// --- membership ---

ExprId Checker::CheckInList(NodeRef node, const Scope& scope) {
  Span span = SpanOf(node, scope);
  ExprId value = CheckValue(node.child(0), scope);
  if (IsError(value)) return Error(span);
  Type type = TypeOf(value);
  std::vector<ExprId> items;
  bool bad = false;
  for (size_t i = 1; i < node.children().size(); ++i) {
    NodeRef item = node.child(i);
    ExprId id = CheckValue(item, scope, &type);
    if (IsError(id)) {
      bad = true;
    } else if (!IsConstant(id)) {
      diags_.Report(item.node().span, DiagId::kNotConstant, {{"what", "an item of a list"}});
      bad = true;
    } else if (!IsAssignable(TypeOf(id), type) &&
               !(type.kind == TypeKind::kCount && TypeOf(id).kind == TypeKind::kNumber)) {
      bool is_currency = type.kind == TypeKind::kMoney && TypeOf(id).kind == TypeKind::kMoney;
      ReportNoOverload("in", {value, id},
                       is_currency ? Overload::Problem::kCurrencies : Overload::Problem::kNoRow,
                       item.node().span);
      bad = true;
    } else {
      items.push_back(id);
    }
  }
  if (bad || type.kind == TypeKind::kSet || type.kind == TypeKind::kBoolean) {
    if (!bad)
      diags_.Report(span, DiagId::kArguments, {{"function", "in"}, {"types", TypeText(type)}})
          .Help("ask a set with `has any of (…)`");
    return Error(span);
  }
  bool has_fraction = std::any_of(items.begin(), items.end(),
                                  [this](ExprId id) { return TypeOf(id).kind == TypeKind::kNumber; });
  if (type.kind == TypeKind::kCount && has_fraction) {
    type.kind = TypeKind::kNumber;
    value = Convert(value, type);
  }
  Expr expr;
  expr.kind = ExprKind::kInSet;
  expr.type = {TypeKind::kBoolean, type.optional, 0};
  expr.span = span;
  expr.args = {value};
  for (ExprId id : items) {
    ExprId item = Convert(id, type);
    if (type.is_text()) {
      expr.constant.items.push_back(program_.exprs[item].constant.text);
    } else {
      expr.members.push_back(program_.exprs[item].constant);
    }
  }
  ExprId in = Add(std::move(expr));
  return node.node().op ? Negated(in, span) : in;
}

// `contact in vip`.
ExprId Checker::CheckInName(NodeRef node, const Scope& scope) {
  Span span = SpanOf(node, scope);
  NodeRef who = node.child(0), name = node.child(1);
  if (!name || name.node().kind == NodeKind::kError) return Error(span);
  const NameEntry* entry = vocabulary_.Find(name.node().text);
  if (!entry || entry->segment == NameEntry::kNone) {
    std::vector<std::string_view> candidates;
    for (const SegmentName& segment : vocabulary_.segments) candidates.push_back(Text(segment.name));
    auto report =
        diags_.Report(name.node().span, DiagId::kUnknownName, {{"kind", "segment"}, {"name", name.text()}});
    report.Help("a list is written in parentheses: `in (" + std::string(name.text()) + ")`");
    Suggest(report, name.node().span, name.text(), candidates);
    return Error(span);
  }
  CheckSegment(entry->segment);
  const SegmentName& segment = vocabulary_.segments[entry->segment];
  if (segment.progress != Progress::kDone) return Error(span);
  const NameEntry* subject = IsBareWord(who) ? vocabulary_.Find(who.node().text) : nullptr;
  if (!subject || !subject->entity || subject->entity != segment.entity || scope.pattern_event ||
      scope.entity != segment.entity) {
    diags_
        .Report(who ? who.node().span : span, DiagId::kNotMember,
                {{"segment", Text(segment.name)}, {"entity", EntityText(segment.entity)}})
        .Label(segment.span, "the segment is declared here");
    return Error(span);
  }
  ExprId condition = program_.segments[segment.segment].condition;
  return node.node().op ? Negated(condition, span) : condition;
}

ExprId Checker::CheckHasAny(NodeRef node, const Scope& scope) {
  Span span = SpanOf(node, scope);
  ExprId set = CheckValue(node.child(0), scope);
  Type type = TypeOf(set);
  if (type.is_error()) return Error(span);
  if (type.kind != TypeKind::kSet) {
    diags_
        .Report(SpanOf(node.child(0), scope), DiagId::kArguments,
                {{"function", "has any of"}, {"types", TypeText(type)}})
        .Help("ask a single value with `in (…)`");
    return Error(span);
  }
  Type item_type{type.detail ? TypeKind::kCode : TypeKind::kText, false, 0};
  Expr expr;
  expr.kind = ExprKind::kHasAny;
  expr.type = {TypeKind::kBoolean, type.optional, 0};
  expr.span = span;
  expr.args = {set};
  bool bad = false;
  for (size_t i = 1; i < node.children().size(); ++i) {
    ExprId item = CheckValue(node.child(i), scope, &item_type);
    if (IsError(item)) {
      bad = true;
    } else if (!IsConstant(item)) {
      diags_.Report(node.child(i).node().span, DiagId::kNotConstant, {{"what", "an item of a list"}});
      bad = true;
    } else if (!TypeOf(item).is_text()) {
      ReportNoOverload("has any of", {set, item}, Overload::Problem::kNoRow, node.child(i).node().span);
      bad = true;
    } else {
      expr.constant.items.push_back(program_.exprs[item].constant.text);
    }
  }
  if (bad) return Error(span);
  ExprId has = Add(std::move(expr));
  return node.node().op ? Negated(has, span) : has;
}

ExprId Checker::CheckTextTest(NodeRef node, const Scope& scope) {
  Span span = SpanOf(node, scope);
  ExprId value = CheckValue(node.child(0), scope);
  Type type = TypeOf(value);
  Type expected =
      type.kind == TypeKind::kSet ? Type{type.detail ? TypeKind::kCode : TypeKind::kText, false, 0} : type;
  if (type.kind == TypeKind::kMessage) expected.kind = TypeKind::kText;
  if (NeedsQuotes(node.child(1), expected, node.child(0), scope)) return Error(span);
  ExprId wanted = CheckValue(node.child(1), scope, &expected);
  if (type.is_error() || IsError(wanted)) return Error(span);
  ExprId result;
  if (node.node().op_as_operator() != Operator::kMatches) {
    result = Apply(syntax::OperatorSpelling(node.node().op_as_operator()), {value, wanted}, span, scope);
  } else {
    if (!type.is_text() || !TypeOf(wanted).is_text()) {
      ReportNoOverload("matches", {value, wanted}, Overload::Problem::kNoRow, span);
      return Error(span);
    }
    if (!IsConstant(wanted)) {
      diags_.Report(SpanOf(node.child(1), scope), DiagId::kNotConstant, {{"what", "a search pattern"}});
      return Error(span);
    }
    StringId pattern = program_.exprs[wanted].constant.text;
    if (auto reason = SearchPatternFault(Text(pattern))) {
      diags_.Report(SpanOf(node.child(1), scope), DiagId::kSearchPattern,
                    {{"pattern", Text(pattern)}, {"reason", *reason}});
      return Error(span);
    }
    Expr expr;
    expr.kind = ExprKind::kMatches;
    expr.type = {TypeKind::kBoolean, type.optional, 0};
    expr.span = span;
    expr.args = {value};
    expr.constant.text = pattern;
    result = Add(std::move(expr));
  }
  return node.node().negated ? Negated(result, span) : result;
}

ExprId Checker::CheckIsKnown(NodeRef node, const Scope& scope) {
  Span span = SpanOf(node, scope);
  ExprId value = CheckValue(node.child(0), scope);
  if (IsError(value)) return Error(span);
  bool missing = node.node().op != 0;
  if (!TypeOf(value).optional) {
    diags_.Report(SpanOf(node.child(0), scope), DiagId::kAlwaysKnown, {{"value", SourceText(node.child(0))}});
    return ConstantI64(TypeKind::kBoolean, !missing, span);
  }
  Expr expr;
  expr.kind = ExprKind::kIsKnown;
  expr.type = {TypeKind::kBoolean, false, 0};
  expr.span = span;
  expr.args = {value};
  ExprId known = Add(std::move(expr));
  return missing ? Negated(known, span) : known;
}

}  // namespace mrule::sema
