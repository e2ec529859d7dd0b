// SPDX-License-Identifier: Apache-2.0
// Vocabulary declarations, from ANTLR's tree to ours.
#include "compiler/syntax/antlr_builder.h"

namespace mrule::syntax {

NodeId TreeBuilder::Declaration(P::DeclarationContext* ctx, std::span<const Word> words) {
  words_ = words;
  Span span = SpanOf(ctx);
  if (auto* d = As<P::BareRuleContext>(ctx)) return BareRule(d);
  if (auto* d = As<P::NamedRuleContext>(ctx)) return NamedRule(d);
  if (auto* d = As<P::UnconditionalRuleContext>(ctx)) return UnconditionalRule(d);
  if (auto* d = As<P::ScheduledRuleContext>(ctx)) return ScheduledRule(d);
  if (auto* d = As<P::EntityDeclContext>(ctx)) return Entity(d);
  if (auto* d = As<P::EventDeclContext>(ctx)) return Event(d);
  if (auto* d = As<P::MeasureDeclContext>(ctx)) return Measure(d);
  if (auto* d = As<P::MetricDeclContext>(ctx)) return Metric(d);
  if (auto* d = As<P::ActionDeclContext>(ctx)) return Action(d);
  if (auto* d = As<P::SegmentDeclContext>(ctx)) return Segment(d);
  if (auto* d = As<P::TestDeclContext>(ctx)) return Test(d);
  if (auto* d = As<P::UseDeclContext>(ctx))
    return Add(NodeKind::kUseDecl, span, Names(d->nameList()));
  if (auto* d = As<P::EventsDeclContext>(ctx)) {
    NodeId subject = Name(d->name(1));
    return AddText(NodeKind::kEventsDecl, span, TextOf(SpanOf(d->name(0))),
                   {subject, NameList(d->nameList())});
  }
  if (auto* d = As<P::MessageDeclContext>(ctx)) {
    NodeId names = NameList(d->nameList());
    return Add(NodeKind::kMessageDecl, span, {names, d->name() ? Name(d->name()) : NodeId::None()});
  }
  auto* workspace = As<P::WorkspaceDeclContext>(ctx);
  MR_CHECK(workspace, "the alternatives of `declaration` are all listed");
  Nodes clauses;
  for (P::ClauseContext* clause : workspace->clause()) clauses.push_back(Clause(clause));
  return Add(NodeKind::kWorkspaceDecl, span, clauses);
}

NodeId TreeBuilder::Entity(P::EntityDeclContext* ctx) {
  Nodes children{ctx->name(1) ? Name(ctx->name(1)) : NodeId::None()};
  for (P::FieldContext* field : ctx->field()) children.push_back(Field(field));
  return AddNode(NodeKind::kEntityDecl, SpanOf(ctx), TextOf(SpanOf(ctx->name(0))), 0, children);
}

NodeId TreeBuilder::Event(P::EventDeclContext* ctx) {
  Nodes holes;
  Span holes_span = SpanOf(ctx->name()).After();
  for (P::HoleContext* hole : ctx->hole()) {
    holes_span = holes.empty() ? SpanOf(hole) : source::Join(holes_span, SpanOf(hole));
    holes.push_back(Hole(hole));
  }
  Nodes children{Add(NodeKind::kHoleList, holes_span, holes), NameList(ctx->nameList())};
  for (P::FieldContext* field : ctx->field()) children.push_back(Field(field));
  return AddNode(NodeKind::kEventDecl, SpanOf(ctx), TextOf(SpanOf(ctx->name())), 0, children);
}

NodeId TreeBuilder::Field(P::FieldContext* ctx) {
  NodeId type = Type(ctx->type());
  NodeId value;
  SaferForm safer = SaferForm::kNone;
  for (P::FieldTailContext* tail : ctx->fieldTail()) {
    if (auto* initial = As<P::DefaultTailContext>(tail)) {
      if (value) ReportExpected(SpanOf(tail), "one default value at most");
      value = Value(initial->value());
    } else if (auto* order = As<P::SaferTailContext>(tail)) {
      if (safer != SaferForm::kNone) ReportExpected(SpanOf(tail), "one `safer` at most");
      safer = order->LESS() ? SaferForm::kLess : SaferForm::kMore;
    }
  }
  Nodes children{type};
  if (value) children.push_back(value);
  return AddNode(NodeKind::kFieldDecl, SpanOf(ctx), TextOf(SpanOf(ctx->name())), static_cast<uint8_t>(safer),
                 children);
}

NodeId TreeBuilder::Measure(P::MeasureDeclContext* ctx) {
  NodeId type = Type(ctx->type());
  NodeId value = Value(ctx->value());
  NodeId fresh, window;
  for (P::FreshnessContext* tail : ctx->freshness()) {
    if (fresh) ReportExpected(SpanOf(tail), "one `fresh` at most");
    fresh = AddLeaf(NodeKind::kDuration, tail->DURATION());
  }
  for (P::DefaultWindowContext* tail : ctx->defaultWindow()) {
    if (window) ReportExpected(SpanOf(tail), "one window at most");
    window = AddLeaf(NodeKind::kDuration, tail->DURATION());
  }
  return AddText(NodeKind::kMeasureDecl, SpanOf(ctx), TextOf(SpanOf(ctx->name())),
                 {type, value, fresh, window});
}

NodeId TreeBuilder::Metric(P::MetricDeclContext* ctx) {
  NodeId type = Type(ctx->type());
  NodeId value = Value(ctx->value());
  NodeId window =
      ctx->defaultWindow() ? AddLeaf(NodeKind::kDuration, ctx->defaultWindow()->DURATION()) : NodeId::None();
  return AddText(NodeKind::kMetricDecl, SpanOf(ctx), TextOf(SpanOf(ctx->name())), {type, value, window});
}

NodeId TreeBuilder::Action(P::ActionDeclContext* ctx) {
  Nodes phrase{Name(ctx->name())};
  Span phrase_span = SpanOf(ctx->name());
  for (P::PhrasePartContext* part : ctx->phrasePart()) {
    phrase_span = source::Join(phrase_span, SpanOf(part));
    if (auto* name = As<P::PhraseNameContext>(part)) {
      phrase.push_back(Name(name->name()));
    } else if (auto* preposition = As<P::PhrasePrepositionContext>(part)) {
      phrase.push_back(Preposition(preposition->preposition()));
    } else if (auto* hole = As<P::PhraseHoleContext>(part)) {
      phrase.push_back(Hole(hole->hole()));
    }
  }
  Nodes children{Add(NodeKind::kPhrase, phrase_span, phrase)};
  for (P::ClauseContext* clause : ctx->clause()) children.push_back(Clause(clause));
  return Add(NodeKind::kActionDecl, SpanOf(ctx), children);
}

NodeId TreeBuilder::Hole(P::HoleContext* ctx) {
  NodeId type = Type(ctx->type());
  return AddText(NodeKind::kHole, SpanOf(ctx), TextOf(SpanOf(ctx->name())), {type});
}

NodeId TreeBuilder::Preposition(P::PrepositionContext* ctx) {
  std::string_view text = ctx->UP() ? "up to" : SpellingOf(TypeOf(ctx->getStart()));
  return AddText(NodeKind::kPreposition, SpanOf(ctx), text);
}

NodeId TreeBuilder::Clause(P::ClauseContext* ctx) {
  Nodes values;
  for (P::ClauseValueContext* value : ctx->clauseValue()) values.push_back(ClauseValue(value));
  return AddNode(NodeKind::kClause, SpanOf(ctx), TextOf(SpanOf(ctx->name())), 0, values);
}

NodeId TreeBuilder::ClauseValue(P::ClauseValueContext* ctx) {
  if (auto* plain = As<P::PlainValueContext>(ctx)) return Value(plain->value());
  if (auto* phrase = As<P::PhraseValueContext>(ctx)) return PhraseValue(phrase);
  auto* effect = As<P::EffectValueContext>(ctx);
  MR_CHECK(effect, "the alternatives of `clauseValue` are all listed");
  EffectForm form = effect->PLUS_EQUAL()    ? EffectForm::kAdd
                    : effect->MINUS_EQUAL() ? EffectForm::kRemove
                                            : EffectForm::kSet;
  NodeId value = Value(effect->value());
  NodeId children[] = {value};
  return AddNode(NodeKind::kEffectValue, SpanOf(ctx), TextOf(SpanOf(effect->name())),
                 static_cast<uint8_t>(form), children);
}

// `set budget to before`, as a rule would call it.
NodeId TreeBuilder::PhraseValue(P::PhraseValueContext* ctx) {
  Nodes parts;
  NodeId preposition;
  for (antlr4::tree::ParseTree* child : ctx->children) {
    if (auto* word = dynamic_cast<P::PrepositionContext*>(child)) preposition = Preposition(word);
    auto* name = dynamic_cast<P::NameContext*>(child);
    if (!name || name == ctx->name(0)) continue;
    NodeId word = Name(name);
    NodeId path = AddNode(NodeKind::kNamePath, SpanOf(name), TextOf(SpanOf(name)), 0, {&word, 1});
    parts.push_back(Add(NodeKind::kActionPart, SpanOf(name), {preposition, path}));
    preposition = NodeId::None();
  }
  return AddNode(NodeKind::kActionCall, SpanOf(ctx), TextOf(SpanOf(ctx->name(0))), 0, parts);
}

NodeId TreeBuilder::Segment(P::SegmentDeclContext* ctx) {
  NodeId entity = Name(ctx->name(1));
  NodeId condition = ctx->expr() ? Condition(ctx->expr()) : NodeId::None();
  return AddText(NodeKind::kSegmentDecl, SpanOf(ctx), TextOf(SpanOf(ctx->name(0))), {entity, condition});
}

}  // namespace mrule::syntax
