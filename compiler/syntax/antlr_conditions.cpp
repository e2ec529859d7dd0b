// SPDX-License-Identifier: Apache-2.0
// Conditions, from ANTLR's tree to ours. Chains (`a and b and …`) lean left and may be thousands long: they
// are walked in loops. What recursion is left is bounded by the nesting cap.
#include <utility>
#include <vector>

#include "compiler/syntax/antlr_builder.h"

namespace mrule::syntax {
namespace {

uint8_t Op(Operator op) { return static_cast<uint8_t>(op); }

std::string DurationFor(std::string_view number, std::string_view unit) {
  for (std::string_view known : {"day", "hour", "week"}) {
    if (unit.starts_with(known)) return std::string(number) + known[0];
  }
  return unit.starts_with("min") ? std::string(number) + "min" : std::string();
}

}  // namespace

NodeId TreeBuilder::Condition(P::ExprContext* ctx) {
  std::vector<P::ExprContext*> suffixes;
  while (auto* left = dynamic_cast<P::ExprContext*>(ctx->children[0])) {
    suffixes.push_back(ctx);
    ctx = left;
  }
  NodeId node = ExprHead(ctx);
  for (; !suffixes.empty(); suffixes.pop_back()) node = ExprSuffix(suffixes.back(), node);
  return AsCondition(node);
}

/// A condition in parentheses, whatever it stands in.
NodeId TreeBuilder::Enclosed(P::ExprContext* ctx) {
  const bool outer = std::exchange(in_filter_, false);
  NodeId node = Condition(ctx);
  in_filter_ = outer;
  return node;
}

NodeId TreeBuilder::ExprHead(P::ExprContext* ctx) {
  Span span = SpanOf(ctx);
  if (auto* operand = As<P::OperandExprContext>(ctx)) return Operand(operand);
  if (auto* inverse = As<P::NotExprContext>(ctx)) {
    return Add(NodeKind::kNot, span, {Condition(inverse->expr())});
  }
  if (auto* no = As<P::NoExprContext>(ctx)) {
    NodeId event = EventRef(no->eventRef());
    NodeId window = Window(no->window());
    return AddOp(NodeKind::kNoOccurrence, span, no->EVEN() ? 1 : 0, {event, window});
  }
  if (auto* never = As<P::NeverExprContext>(ctx)) {
    return Add(NodeKind::kNeverOccurred, span, {EventRef(never->eventRef())});
  }
  if (auto* enters = As<P::EntersExprContext>(ctx)) {
    return Add(NodeKind::kEnters, span, {Name(enters->name())});
  }
  if (auto* leaves = As<P::LeavesExprContext>(ctx)) {
    return Add(NodeKind::kLeaves, span, {Name(leaves->name())});
  }
  if (auto* clock = As<P::ClockExprContext>(ctx)) return ClockTest(clock);
  if (auto* days = As<P::DaysExprContext>(ctx)) return ClockTest(days);
  if (auto* each = As<P::EachTimesExprContext>(ctx)) {
    return Add(NodeKind::kEach, SpanOf(ctx), {AddLeaf(NodeKind::kNumber, each->NUMBER()), NamePath(each->namePath())});
  }
  auto* each = As<P::EachExprContext>(ctx);
  MR_CHECK(each, "the first alternatives of `expr` are all listed");
  NodeId event = EventRef(each->eventRef());
  if (!each->WHERE()) return Add(NodeKind::kEachRun, span, {event});
  if (tree_.child(event, 2)) {
    ReportExpected(SpanOf(each->WHERE()), "`followed by`");
    return AddError(span);
  }
  return Filtered(span, each->expr(), [&](Span part, NodeId filter) {
    NodeId filtered = Add(NodeKind::kEventRef, part, {tree_.child(event, 0), tree_.child(event, 1), filter});
    return Add(NodeKind::kEachRun, part, {filtered});
  });
}

// `A where C`, where C reaches as far as it can, but not beyond the first `followed by`: what was read as `(A where a) and (b
// followed by B)` or the like is put in its place.
template <typename Make>
NodeId TreeBuilder::Filtered(Span span, P::ExprContext* where, Make make) {
  const bool outer = std::exchange(in_filter_, true);
  NodeId filter = Condition(where);
  in_filter_ = outer;
  NodeId rest = FirstFollowed(filter);
  if (!rest) return make(span, filter);
  const uint32_t begin = span.begin;
  NodeId before = BeforeFollowed(filter, rest);
  NodeId event = make({span.file, begin, SpanOf(before).end}, before);
  return FromFollowed(filter, rest, event, begin);
}

// The first `followed by` in `node` that no parenthesis encloses, or None. Only And, Or, Not and suffixes lie above it.
NodeId TreeBuilder::FirstFollowed(NodeId node) const {
  NodeId found;
  std::vector<NodeId> pending{node};
  while (!pending.empty()) {
    NodeId id = pending.back();
    pending.pop_back();
    switch (tree_.node(id).kind) {
      case NodeKind::kFollowed:
        if (!found || SpanOf(tree_.child(id, 1)).begin < SpanOf(tree_.child(found, 1)).begin) found = id;
        pending.push_back(tree_.child(id, 0));
        break;
      case NodeKind::kAnd:
      case NodeKind::kOr:
        pending.push_back(tree_.child(id, 1));
        [[fallthrough]];
      case NodeKind::kNot:
      case NodeKind::kHold:
      case NodeKind::kEvidence:
        pending.push_back(tree_.child(id, 0));
        break;
      default:
        break;
    }
  }
  return found;
}

bool TreeBuilder::Encloses(NodeId outer, NodeId inner) const {
  return SpanOf(outer).begin <= SpanOf(inner).begin && SpanOf(inner).end <= SpanOf(outer).end;
}

// What stands before `followed by`: the filter.
NodeId TreeBuilder::BeforeFollowed(NodeId node, NodeId followed) {
  struct Left {
    NodeKind kind;
    NodeId operand;  // of and, or: what stands left; None: not
    uint32_t begin;
  };
  std::vector<Left> left;
  while (node != followed) {
    NodeKind kind = tree_.node(node).kind;
    bool joins = kind == NodeKind::kAnd || kind == NodeKind::kOr;
    NodeId next = tree_.child(node, 0);
    if (joins && !Encloses(next, followed)) {
      left.push_back({kind, next, SpanOf(node).begin});
      next = tree_.child(node, 1);
    } else if (kind == NodeKind::kNot) {
      left.push_back({kind, NodeId::None(), SpanOf(node).begin});
    }
    node = next;
  }
  NodeId filter = tree_.child(followed, 0);
  for (; !left.empty(); left.pop_back()) {
    Span span{SpanOf(filter).file, left.back().begin, SpanOf(filter).end};
    filter = left.back().operand ? Add(left.back().kind, span, {left.back().operand, filter})
                                 : Add(left.back().kind, span, {filter});
  }
  return filter;
}

// What stands from `followed by` on, with `event` as the first step.
NodeId TreeBuilder::FromFollowed(NodeId node, NodeId followed, NodeId event, uint32_t begin) {
  std::vector<NodeId> outer;
  while (node != followed) {
    bool joins = tree_.node(node).kind == NodeKind::kAnd || tree_.node(node).kind == NodeKind::kOr;
    bool is_right = joins && !Encloses(tree_.child(node, 0), followed);
    if (!is_right && tree_.node(node).kind != NodeKind::kNot) outer.push_back(node);
    node = tree_.child(node, is_right ? 1 : 0);
  }
  outer.push_back(followed);
  NodeId made = event;
  for (; !outer.empty(); outer.pop_back()) {
    const Node old = tree_.node(outer.back());
    Nodes children;
    for (NodeId child : tree_.children(outer.back())) children.push_back(child);
    children[0] = made;
    made = AddNode(old.kind, {old.span.file, begin, old.span.end}, {}, old.op, children);
  }
  return made;
}

NodeId TreeBuilder::Followed(P::FollowedExprContext* ctx, NodeId left) {
  // Inside a filter, what stands left is the end of the filter.
  if (!in_filter_) left = AsStep(left);
  NodeId event = EventRef(ctx->eventRef());
  NodeId within = ctx->WITHIN() ? AddLeaf(NodeKind::kDuration, ctx->DURATION()) : NodeId::None();
  NodeId keys = NodeId::None();
  for (P::NameListContext* list : ctx->nameList()) {
    if (keys) {
      ReportExpected(SpanOf(list), "`and`, `or` or an action: `with same` is there already");
      return AddError(SpanOf(ctx));
    }
    keys = NameList(list);
  }
  return AddOp(NodeKind::kFollowed, SpanOf(ctx), ctx->NOT() != nullptr, {left, event, within, keys});
}

// What `followed by` follows.
NodeId TreeBuilder::AsStep(NodeId id) {
  NodeId inner = id;
  while (tree_.node(inner).kind == NodeKind::kParen) inner = tree_.child(inner, 0);
  NodeKind kind = tree_.node(inner).kind;
  return kind == NodeKind::kFollowed || kind == NodeKind::kEachRun ? inner : AsEvent(id);
}

NodeId TreeBuilder::ExprSuffix(P::ExprContext* ctx, NodeId left) {
  Span span = SpanOf(ctx);
  // Joining conditions.
  if (auto* both = As<P::AndExprContext>(ctx)) {
    left = AsCondition(left);
    return Add(NodeKind::kAnd, span, {left, Condition(both->expr(1))});
  }
  if (auto* either = As<P::OrExprContext>(ctx)) {
    left = AsCondition(left);
    return Add(NodeKind::kOr, span, {left, Condition(either->expr(1))});
  }
  if (auto* hold = As<P::HoldExprContext>(ctx)) {
    left = AsCondition(left);
    return Add(NodeKind::kHold, span, {left, AddLeaf(NodeKind::kDuration, hold->DURATION())});
  }
  if (auto* row = As<P::RowExprContext>(ctx)) return InARow(row, AsCondition(left));
  if (auto* trend = As<P::TrendExprContext>(ctx)) return Trend(trend, left);
  if (auto* changes = As<P::ChangesExprContext>(ctx)) return Changes(changes, left);
  if (auto* rise = As<P::RiseExprContext>(ctx)) return Rise(rise, left);
  if (auto* evidence = As<P::EvidenceExprContext>(ctx)) {
    left = AsCondition(left);
    NodeId amount = evidence->MONEY() ? AddLeaf(NodeKind::kMoney, evidence->MONEY())
                                      : AddLeaf(NodeKind::kNumber, evidence->NUMBER());
    return Add(NodeKind::kEvidence, span, {left, amount, NamePath(evidence->namePath())});
  }
  if (auto* followed = As<P::FollowedExprContext>(ctx)) return Followed(followed, left);
  // Events.
  if (auto* windowed = As<P::WindowExprContext>(ctx)) {
    NodeId event = AsEvent(left);
    return Add(NodeKind::kOccurred, span, {event, Window(windowed->window())});
  }
  if (auto* times = As<P::TimesExprContext>(ctx)) return TimesCount(times, left);
  // Comparing values.
  if (auto* compare = As<P::CompareExprContext>(ctx)) {
    static constexpr Operator kOperators[] = {Operator::kNotEqual,     Operator::kLessEqual,
                                              Operator::kGreaterEqual, Operator::kEqual,
                                              Operator::kLess,         Operator::kGreater};
    size_t index = static_cast<size_t>(TypeOf(compare->comparison()->getStart())) -
                   static_cast<size_t>(TokenType::kNOT_EQUAL);
    MR_CHECK(index < std::size(kOperators), "the lexer numbers comparisons from != to >");
    return CompareTo(ctx, Op(kOperators[index]), left, SpanOf(compare->comparison()), compare->value());
  }
  if (auto* is = As<P::IsExprContext>(ctx)) {
    return CompareTo(ctx, Op(is->NOT() ? Operator::kNotEqual : Operator::kEqual), left, SpanOf(is->IS()),
                     is->value());
  }
  return Membership(ctx, left);
}

NodeId TreeBuilder::Membership(P::ExprContext* ctx, NodeId left) {
  Span span = SpanOf(ctx);
  if (auto* known = As<P::KnownExprContext>(ctx)) {
    RequireValue(left, SpanOf(known->IS()));
    bool missing = (known->MISSING() != nullptr) != (known->NOT() != nullptr);
    return AddOp(NodeKind::kIsKnown, span, missing, {left});
  }
  if (auto* between = As<P::BetweenExprContext>(ctx)) {
    RequireValue(left, SpanOf(between->BETWEEN()));
    NodeId low = Value(between->value(0));
    NodeId high = Value(between->value(1));
    return AddOp(NodeKind::kBetween, span, between->NOT() != nullptr, {left, low, high});
  }
  if (auto* in = As<P::InListExprContext>(ctx)) {
    RequireValue(left, SpanOf(in->IN()));
    Nodes children = Items(in->items());
    children.insert(children.begin(), left);
    return AddNode(NodeKind::kInList, span, {}, in->NOT() != nullptr, children);
  }
  if (auto* in = As<P::InNameExprContext>(ctx)) {
    RequireValue(left, SpanOf(in->IN()));
    return AddOp(NodeKind::kInName, span, in->NOT() != nullptr, {left, Name(in->name())});
  }
  if (auto* has = As<P::HasExprContext>(ctx)) {
    RequireValue(left, SpanOf(has->HAS()));
    Nodes children = Items(has->items());
    children.insert(children.begin(), left);
    return AddNode(NodeKind::kHasAnyOf, span, {}, has->NONE() != nullptr, children);
  }
  auto* text = As<P::TextExprContext>(ctx);
  MR_CHECK(text, "the suffixes of `expr` are all listed");
  return TextTest(text, left);
}

NodeId TreeBuilder::TextTest(P::TextExprContext* ctx, NodeId left) {
  P::TextTestContext* test = ctx->textTest();
  RequireValue(left, SpanOf(test));
  Operator op = Operator::kContains;
  if (As<P::StartsTestContext>(test)) op = Operator::kStartsWith;
  if (As<P::EndsTestContext>(test)) op = Operator::kEndsWith;
  if (As<P::MatchesTestContext>(test)) op = Operator::kMatches;
  TokenType first = TypeOf(test->getStart());
  NodeId id = AddOp(NodeKind::kTextTest, SpanOf(ctx), Op(op), {left, Value(ctx->value())});
  tree_.node(id).negated = first == TokenType::kNOT || first == TokenType::kDOES;
  return id;
}

NodeId TreeBuilder::TimesCount(P::TimesExprContext* ctx, NodeId left) {
  NodeId event = AsEvent(left);
  P::CountBoundContext* bound = ctx->countBound();
  Operator op = bound->LEAST()  ? Operator::kGreaterEqual
                : bound->MOST() ? Operator::kLessEqual
                                : Operator::kEqual;
  NodeId number = AddLeaf(NodeKind::kNumber, ctx->NUMBER());
  NodeId window = Window(ctx->window());
  return AddOp(NodeKind::kTimesCount, SpanOf(ctx), Op(op), {event, number, window});
}

// `C for 3 reports in a row`.
NodeId TreeBuilder::InARow(P::RowExprContext* ctx, NodeId left) {
  std::string_view unit = TextOf(SpanOf(ctx->name(0)));
  bool in_a_row = TextOf(SpanOf(ctx->name(1))) == "a" && TextOf(SpanOf(ctx->name(2))) == "row";
  Span tail = source::Join(SpanOf(ctx->NUMBER()), SpanOf(ctx->name(2)));
  std::string number(TextOf(SpanOf(ctx->NUMBER())));
  if (!in_a_row || (unit != "reports" && unit != "report")) {
    auto report = diags_.Report(tail, diagnostics::DiagId::kRowUnit, {{"found", TextOf(tail)}});
    std::string reports = number + " reports in a row", duration = DurationFor(number, unit);
    report.Fix(tail, reports, "true at each of the last " + number + " reports: `for " + reports + "`");
    if (!duration.empty()) report.Fix(tail, duration, "true all that time: `for " + duration + "`");
    return AddError(SpanOf(ctx));
  }
  return Add(NodeKind::kRow, SpanOf(ctx), {left, AddLeaf(NodeKind::kNumber, ctx->NUMBER())});
}

// `cac over 7d rises by 30% vs previous 7d`.
NodeId TreeBuilder::Rise(P::RiseExprContext* ctx, NodeId left) {
  bool falls = ctx->FALLS() != nullptr;
  RequireValue(left, SpanOf(falls ? ctx->FALLS() : ctx->RISES()));
  NodeId amount = Value(ctx->value());
  Span tail = source::Join(SpanOf(ctx->PREVIOUS()), SpanOf(ctx).After());
  NodeId window = ctx->NUMBER() ? PreviousFull(tail, ctx->NUMBER(), ctx->FULL() != nullptr, ctx->name())
                                : AddNode(NodeKind::kWindow, tail, {}, static_cast<uint8_t>(WindowForm::kPrevious),
                                          Nodes{AddLeaf(NodeKind::kDuration, ctx->DURATION())});
  return AddOp(NodeKind::kRise, SpanOf(ctx), falls ? 1 : 0, {left, amount, window});
}

// `stage changes from "lead" to "customer"`.
NodeId TreeBuilder::Changes(P::ChangesExprContext* ctx, NodeId left) {
  NodeKind kind = tree_.node(left).kind;
  if (kind != NodeKind::kNamePath) {
    if (kind != NodeKind::kError) ReportExpected(SpanOf(left), "an attribute before `changes`");
    return AddError(SpanOf(ctx));
  }
  size_t next = 0;
  NodeId from = ctx->FROM() ? Value(ctx->value(next++)) : NodeId::None();
  NodeId to = ctx->TO() ? Value(ctx->value(next)) : NodeId::None();
  return Add(NodeKind::kChanges, SpanOf(ctx), {left, from, to});
}

// `roas over 3d down 20% from its peak over 14d`.
NodeId TreeBuilder::Trend(P::TrendExprContext* ctx, NodeId left) {
  Span words = source::Join(SpanOf(ctx->name(0)), SpanOf(ctx->name(1)));
  std::string_view base = TextOf(SpanOf(ctx->name(1)));
  bool up = ctx->UP() != nullptr;
  RequireValue(left, SpanOf(up ? ctx->UP() : ctx->DOWN()));
  if (TextOf(SpanOf(ctx->name(0))) != "its" || (base != "peak" && base != "low" && base != "average")) {
    std::string wanted = up ? "its low" : "its peak";
    diags_.Report(words, diagnostics::DiagId::kTrendBase, {{"found", TextOf(words)}})
        .Fix(words, wanted, "write `" + wanted + "`");
    return AddError(SpanOf(ctx));
  }
  NodeId percent = AddLeaf(NodeKind::kPercent, ctx->PERCENT());
  NodeId name = Name(ctx->name(1));
  NodeId window = Window(ctx->window());
  return AddOp(NodeKind::kTrend, SpanOf(ctx), up ? 1 : 0, {left, percent, name, window});
}

NodeId TreeBuilder::CompareTo(P::ExprContext* ctx, uint8_t op, NodeId left, Span operator_span,
                              P::ValueContext* right) {
  RequireValue(left, operator_span);
  return AddOp(NodeKind::kCompare, SpanOf(ctx), op, {left, Value(right)});
}

// `value`, `opened welcome_2`, `purchased where amount > $50`.
NodeId TreeBuilder::Operand(P::OperandExprContext* ctx) {
  if (!ctx->eventArg() && !ctx->WHERE()) return Value(ctx->value());
  auto* path = As<P::PathValueContext>(ctx->value());
  if (!path || path->window()) {
    Span at = ctx->eventArg() ? SpanOf(ctx->eventArg()) : SpanOf(ctx->WHERE());
    ReportExpected(at, ctx->eventArg() ? "`and`, `or` or an action" : "an event before `where`");
    return AddError(SpanOf(ctx));
  }
  if (!ctx->WHERE()) return EventRef(SpanOf(ctx), path->namePath(), ctx->eventArg(), nullptr);
  NodeId path_id = NamePath(path->namePath());
  NodeId arg_id = ctx->eventArg() ? EventArg(ctx->eventArg()) : NodeId::None();
  return Filtered(SpanOf(ctx), ctx->expr(), [&](Span part, NodeId filter) {
    return Add(NodeKind::kEventRef, part, {path_id, arg_id, filter});
  });
}

NodeId TreeBuilder::EventRef(P::EventRefContext* ctx) {
  if (auto* plain = As<P::PlainEventContext>(ctx)) {
    return EventRef(SpanOf(ctx), plain->namePath(), plain->eventArg(), nullptr);
  }
  auto* parenthesised = As<P::ParenEventContext>(ctx);
  MR_CHECK(parenthesised, "the alternatives of `eventRef` are all listed");
  return EventRef(SpanOf(ctx), parenthesised->namePath(), parenthesised->eventArg(), parenthesised->expr());
}

NodeId TreeBuilder::EventRef(Span span, P::NamePathContext* path, P::EventArgContext* arg,
                             P::ExprContext* where) {
  NodeId path_id = NamePath(path);
  NodeId arg_id = arg ? EventArg(arg) : NodeId::None();
  NodeId where_id = where ? Enclosed(where) : NodeId::None();
  return Add(NodeKind::kEventRef, span, {path_id, arg_id, where_id});
}

NodeId TreeBuilder::EventArg(P::EventArgContext* ctx) {
  if (ctx->STRING()) return Text(ctx->STRING()->getSymbol());
  return AddLeaf(NodeKind::kName, ctx->ID());
}

// The event that a window or a count speaks of; parentheses around it are dropped.
NodeId TreeBuilder::AsEvent(NodeId id) {
  NodeId inner = id;
  while (tree_.node(inner).kind == NodeKind::kParen) inner = tree_.child(inner, 0);
  NodeKind kind = tree_.node(inner).kind;
  if (kind == NodeKind::kEventRef || kind == NodeKind::kError) return inner;
  if (kind == NodeKind::kNamePath) {
    return Add(NodeKind::kEventRef, SpanOf(id), {inner, NodeId::None(), NodeId::None()});
  }
  ReportExpected(SpanOf(id), "an event");
  return AddError(SpanOf(id));
}

// `opened in last 7d` reads as a value (a measure's window) until it turns out to be a condition of its own.
NodeId TreeBuilder::AsCondition(NodeId id) {
  if (tree_.node(id).kind != NodeKind::kWindowed) return id;
  NodeId path = tree_.child(id, 0), window = tree_.child(id, 1);
  char first = TextOf(SpanOf(window))[0];
  if (first != 'i' && first != 'I') return id;  // `spend over 6h`: the checker says what is missing
  NodeId event = Add(NodeKind::kEventRef, SpanOf(path), {path, NodeId::None(), NodeId::None()});
  return Add(NodeKind::kOccurred, SpanOf(id), {event, window});
}

bool TreeBuilder::IsValue(NodeId id) const {
  switch (tree_.node(id).kind) {
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
    case NodeKind::kEachRun:
    case NodeKind::kFollowed:
    case NodeKind::kEnters:
    case NodeKind::kLeaves:
      return false;
    default:
      return true;
  }
}

void TreeBuilder::RequireValue(NodeId left, Span operator_span) {
  if (IsValue(left)) return;
  diags_
      .Report(operator_span, diagnostics::DiagId::kUnexpectedToken,
              {{"expected", "`and`, `or` or an action"},
               {"found", "`" + std::string(TextOf(operator_span)) + "`"}})
      .Label(SpanOf(left), "this is a condition already")
      .Help("join two conditions with `and`, or put this one in parentheses");
}

TreeBuilder::Nodes TreeBuilder::Items(P::ItemsContext* ctx) {
  Nodes items;
  for (P::ValueContext* value : ctx->value()) {
    items.push_back(Value(value));
    CheckListNumber(items.back());
  }
  return items;
}

// `in (100,200)`: one number or two?
void TreeBuilder::CheckListNumber(NodeId id) {
  if (tree_.node(id).kind != NodeKind::kNumber) return;
  std::string_view text = tree_.text(id);
  if (text.find(',') == std::string_view::npos) return;
  std::string joined, apart;
  for (char c : text) {
    if (c != ',') joined += c;
    apart += c;
    if (c == ',') apart += ' ';
  }
  diags_.Report(SpanOf(id), diagnostics::DiagId::kAmbiguousNumberInList, {{"found", text}})
      .Fix(SpanOf(id), joined, "one number: `" + joined + "`")
      .Fix(SpanOf(id), apart, "several: `" + apart + "`");
}

}  // namespace mrule::syntax
