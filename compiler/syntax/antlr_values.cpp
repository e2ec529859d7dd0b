// SPDX-License-Identifier: Apache-2.0
// Values and literals, from ANTLR's tree to ours. Chains (`a + b + …`) are walked in loops, as conditions
// are.
#include "compiler/base/limits.h"
#include "compiler/syntax/antlr_builder.h"
#include "compiler/syntax/templates.h"

namespace mrule::syntax {

using diagnostics::DiagId;

NodeId TreeBuilder::Value(P::ValueContext* ctx) {
  std::vector<P::ValueContext*> suffixes;
  while (auto* left = dynamic_cast<P::ValueContext*>(ctx->children[0])) {
    suffixes.push_back(ctx);
    ctx = left;
  }
  NodeId node = ValueHead(ctx);
  for (; !suffixes.empty(); suffixes.pop_back()) node = ValueSuffix(suffixes.back(), node);
  return node;
}

NodeId TreeBuilder::ValueHead(P::ValueContext* ctx) {
  Span span = SpanOf(ctx);
  if (auto* path = As<P::PathValueContext>(ctx)) {
    NodeId name = NamePath(path->namePath());
    return path->window() ? Add(NodeKind::kWindowed, span, {name, Window(path->window())}) : name;
  }
  if (auto* usual = As<P::UsualValueContext>(ctx)) {
    NodeId path = NamePath(usual->namePath());
    NodeId period = usual->TODAY() ? NodeId::None() : Name(usual->name(0));
    NodeId count = AddLeaf(NodeKind::kNumber, usual->NUMBER());
    NodeId unit = Name(usual->name(usual->TODAY() ? 0 : 1));
    return AddOp(NodeKind::kUsual, span, (usual->DEVIATION() ? 1 : 0) | (usual->PER() ? 0 : 2), {path, period, count, unit, WindowZone(usual->windowZone()), Lag(usual->lag())});
  }
  if (auto* old = As<P::OldValueContext>(ctx)) return Add(NodeKind::kOld, span, {Name(old->name())});
  if (auto* literal = As<P::LiteralValueContext>(ctx)) return Literal(literal->literal());
  if (auto* today = As<P::TodayValueContext>(ctx)) {
    return Add(NodeKind::kToday, span, {today->zone() ? Zone(today->zone()) : NodeId::None()});
  }
  if (auto* inner = As<P::ParenValueContext>(ctx)) {
    return Add(NodeKind::kParen, span, {Enclosed(inner->expr())});
  }
  if (auto* call = As<P::CallValueContext>(ctx)) return Call(call);
  if (auto* count = As<P::CountValueContext>(ctx)) {
    Nodes children{EventRef(count->eventRef())};
    if (count->window()) children.push_back(Window(count->window()));
    return AddNode(NodeKind::kAggregate, span, {}, static_cast<uint8_t>(AggregateForm::kCount), children);
  }
  if (auto* aggregate = As<P::AggregateValueContext>(ctx)) return Aggregate(aggregate);
  if (auto* param = As<P::ParamValueContext>(ctx)) return Param(param->testParam());
  if (auto* sign = As<P::SignValueContext>(ctx)) {
    return Add(sign->PREFIX_MINUS() ? NodeKind::kNegate : NodeKind::kPlusSign, span, {Value(sign->value())});
  }
  auto* percent = As<P::PercentOfValueContext>(ctx);
  MR_CHECK(percent, "the first alternatives of `value` are all listed");
  NodeId share = AddLeaf(NodeKind::kPercent, percent->PERCENT());
  return Add(NodeKind::kPercentOf, span, {share, Value(percent->value())});
}

NodeId TreeBuilder::ValueSuffix(P::ValueContext* ctx, NodeId left) {
  auto binary = [&](Operator op, P::ValueContext* right) {
    return AddOp(NodeKind::kBinary, SpanOf(ctx), static_cast<uint8_t>(op), {left, Value(right)});
  };
  if (auto* times = As<P::TimesValueContext>(ctx)) {
    return binary(times->STAR() ? Operator::kTimes : Operator::kDivide, times->value(1));
  }
  if (auto* plus = As<P::PlusValueContext>(ctx)) {
    return binary(plus->PLUS() ? Operator::kPlus : Operator::kMinus, plus->value(1));
  }
  auto* otherwise = As<P::DefaultValueContext>(ctx);
  MR_CHECK(otherwise, "the suffixes of `value` are all listed");
  return Add(NodeKind::kDefault, SpanOf(ctx), {left, Value(otherwise->value(1))});
}

NodeId TreeBuilder::Call(P::CallValueContext* ctx) {
  Nodes arguments;
  for (P::ValueContext* value : ctx->value()) {
    arguments.push_back(Value(value));
    CheckListNumber(arguments.back());
  }
  return AddNode(NodeKind::kCall, SpanOf(ctx), TextOf(SpanOf(ctx->FUNCTION())), 0, arguments);
}

NodeId TreeBuilder::Aggregate(P::AggregateValueContext* ctx) {
  AggregateForm form = ctx->SUM()     ? AggregateForm::kSum
                       : ctx->AVG()   ? AggregateForm::kAvg
                       : ctx->MIN()   ? AggregateForm::kMin
                       : ctx->MAX()   ? AggregateForm::kMax
                       : ctx->FIRST() ? AggregateForm::kFirst
                       : ctx->LAST()  ? AggregateForm::kLast
                                      : AggregateForm::kDistinct;
  Nodes children{FieldRef(ctx->fieldTarget())};
  if (ctx->window()) children.push_back(Window(ctx->window()));
  return AddNode(NodeKind::kAggregate, SpanOf(ctx), {}, static_cast<uint8_t>(form), children);
}

NodeId TreeBuilder::FieldRef(P::FieldTargetContext* ctx) {
  if (auto* plain = As<P::PlainFieldContext>(ctx)) {
    return Add(NodeKind::kFieldRef, SpanOf(ctx), {NamePath(plain->namePath())});
  }
  auto* filtered = As<P::ParenFieldContext>(ctx);
  MR_CHECK(filtered, "the alternatives of `fieldTarget` are all listed");
  Nodes children{NamePath(filtered->namePath())};
  if (filtered->expr()) children.push_back(Enclosed(filtered->expr()));
  return Add(NodeKind::kFieldRef, SpanOf(ctx), children);
}

NodeId TreeBuilder::Literal(P::LiteralContext* ctx) {
  antlr4::Token* token = ctx->getStart();
  if (WordOf(token).bad) return AddError(SpanOf(token));
  switch (WordOf(token).type) {
    case TokenType::kNUMBER:
      return AddLeaf(NodeKind::kNumber, token);
    case TokenType::kMONEY:
      return AddLeaf(NodeKind::kMoney, token);
    case TokenType::kPERCENT:
      return AddLeaf(NodeKind::kPercent, token);
    case TokenType::kDURATION:
      return AddLeaf(NodeKind::kDuration, token);
    case TokenType::kDATE:
      return AddLeaf(NodeKind::kDate, token);
    case TokenType::kTIME_OF_DAY:
      return AddLeaf(NodeKind::kTimeOfDay, token);
    case TokenType::kINSTANT:
      return AddLeaf(NodeKind::kInstant, token);
    case TokenType::kTRUE:
      return AddOp(NodeKind::kBoolean, SpanOf(token), 1);
    case TokenType::kFALSE:
      return AddOp(NodeKind::kBoolean, SpanOf(token), 0);
    case TokenType::kNOW:
      return Add(NodeKind::kNow, SpanOf(token));
    default:
      MR_CHECK(WordOf(token).type == TokenType::kSTRING, "the alternatives of `literal` are all listed");
      return Text(token);
  }
}

NodeId TreeBuilder::Text(antlr4::Token* token) {
  Span span = SpanOf(token);
  if (WordOf(token).bad) return AddError(span);
  if (span.size() > limits::kTextBytesMax) {
    diags_.Report(span, DiagId::kTextTooLong, {{"limit", limits::kTextBytesMax}});
    return AddError(span);
  }
  std::vector<TextPiece> pieces = SplitText(file_, span, TextHoles::kAllowed, diags_);
  bool is_plain = pieces.empty() || (pieces.size() == 1 && !pieces[0].is_hole);
  if (is_plain) return AddText(NodeKind::kText, span, pieces.empty() ? std::string_view() : pieces[0].text);
  Nodes parts;
  for (const TextPiece& piece : pieces) {
    parts.push_back(piece.is_hole ? HoleValue(piece.span)
                                  : AddText(NodeKind::kChunk, piece.span, piece.text));
  }
  return Add(NodeKind::kTemplate, span, parts);
}

// The value between the braces of `{…}`: lexed, classified and parsed like a file of its own.
NodeId TreeBuilder::HoleValue(Span inner) {
  bool complete = false;
  std::vector<Token> tokens = Lex(TextOf(inner), inner.begin, limits::kTextBytesMax, complete);
  Classified classified = Classify(file_, tokens, VerbTable(), &diags_);
  uint32_t word_count = static_cast<uint32_t>(classified.words.size());
  mrule::syntax::Segment whole{TokenType::kEndOfFile, 0, word_count, false};
  for (const mrule::syntax::Segment& segment : classified.segments) {
    whole.has_lexical_error |= segment.has_lexical_error;
  }
  uint32_t too_deep = FindTooDeep(classified, whole);
  if (too_deep < word_count) {
    const Word& word = classified.words[too_deep];
    diags_.Report(file_.SpanOf(word.begin, word.end), DiagId::kNestingTooDeep,
                  {{"limit", limits::kNestingMax}});
    return AddError(inner);
  }
  if (!hole_parser_) hole_parser_ = std::make_unique<ReusableParser>();
  Parsed parsed = hole_parser_->Parse(classified.words, Unit::kValue);
  if (!parsed.tree) {
    if (!whole.has_lexical_error) {
      ReportUnexpected(file_, classified.words, parsed.error_at, Unit::kValue, *hole_parser_, verbs_,
                       file_.SpanOf(inner.end, inner.end + 1), InDetail(), diags_);
    }
    return AddError(inner);
  }
  std::span<const Word> outer = words_;
  words_ = classified.words;
  NodeId value = Value(static_cast<P::ValueUnitContext*>(parsed.tree)->value());
  words_ = outer;
  return value;
}

}  // namespace mrule::syntax
