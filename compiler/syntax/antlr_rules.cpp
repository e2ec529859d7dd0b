// SPDX-License-Identifier: Apache-2.0
// Rules, actions and limits, from ANTLR's tree to ours.
#include "compiler/syntax/antlr_builder.h"

namespace mrule::syntax {

NodeId TreeBuilder::NamedRule(P::NamedRuleContext* ctx) {
  Nodes head;
  for (P::RuleHeadContext* part : ctx->ruleHead()) head.push_back(RuleHead(part));
  return Rule(SpanOf(ctx), DecodedName(ctx->STRING()->getSymbol()), ctx->expr(), ctx->actionList(),
              ctx->limit(), std::move(head));
}

// A schedule alone says when.
NodeId TreeBuilder::UnconditionalRule(P::UnconditionalRuleContext* ctx) {
  Nodes head;
  for (P::RuleHeadContext* part : ctx->ruleHead()) head.push_back(RuleHead(part));
  head.push_back(Schedule(ctx->schedule()));
  for (P::IntegerContext* priority : ctx->integer()) {
    head.push_back(Add(NodeKind::kPriority, SpanOf(priority), {Integer(priority)}));
  }
  return Rule(SpanOf(ctx), DecodedName(ctx->STRING()->getSymbol()), nullptr, ctx->actionList(), ctx->limit(),
              std::move(head));
}

NodeId TreeBuilder::RuleHead(P::RuleHeadContext* ctx) {
  if (auto* priority = As<P::HeadPriorityContext>(ctx)) {
    return Add(NodeKind::kPriority, SpanOf(ctx), {Integer(priority->integer())});
  }
  auto* schedule = As<P::HeadScheduleContext>(ctx);
  MR_CHECK(schedule, "the alternatives of `ruleHead` are all listed");
  return Schedule(schedule->schedule());
}

NodeId TreeBuilder::BareRule(P::BareRuleContext* ctx) {
  return Rule(SpanOf(ctx), {}, ctx->expr(), ctx->actionList(), ctx->limit(), {});
}

NodeId TreeBuilder::ScheduledRule(P::ScheduledRuleContext* ctx) {
  Nodes head{Schedule(ctx->schedule())};
  return Rule(SpanOf(ctx), {}, ctx->expr(), ctx->actionList(), ctx->limit(), std::move(head));
}

NodeId TreeBuilder::Rule(Span span, std::string_view name, P::ExprContext* condition,
                         P::ActionListContext* actions, const std::vector<P::LimitContext*>& limits,
                         Nodes head_nodes) {
  Nodes children{condition ? Condition(condition) : NodeId::None(), Actions(actions)};
  children.insert(children.end(), head_nodes.begin(), head_nodes.end());
  for (P::LimitContext* limit : limits) {
    if (NodeId node = Limit(limit)) children.push_back(node);
  }
  return AddNode(NodeKind::kRuleDecl, span, name, 0, children);
}

NodeId TreeBuilder::Actions(P::ActionListContext* ctx) {
  Nodes calls;
  for (P::ActionCallContext* call : ctx->actionCall()) calls.push_back(ActionCall(call));
  return Add(NodeKind::kActionList, SpanOf(ctx), calls);
}

NodeId TreeBuilder::ActionCall(P::ActionCallContext* ctx) {
  Nodes parts;
  std::vector<P::ActionPartContext*> part_contexts = ctx->actionPart();
  for (size_t i = 0; i < part_contexts.size(); ++i) {
    P::ActionPartContext* part = part_contexts[i];
    bool is_until = part->preposition() && part->preposition()->UNTIL();
    if (is_until && TextOf(SpanOf(part->value(0))) == "tomorrow") {
      // The time of day that follows belongs to it.
      bool has_time =
          i + 1 < part_contexts.size() && TypeOf(part_contexts[i + 1]->getStart()) == TokenType::kTIME_OF_DAY;
      Span span = SpanOf(part);
      if (has_time) span = source::Join(span, SpanOf(part_contexts[++i]));
      Reserved(span, "until tomorrow", "reverting actions");
      continue;
    }
    parts.push_back(ActionPart(part));
  }
  return AddNode(NodeKind::kActionCall, SpanOf(ctx), TextOf(SpanOf(ctx->VERB())), 0, parts);
}

NodeId TreeBuilder::ActionPart(P::ActionPartContext* ctx) {
  Nodes children{ctx->preposition() ? Preposition(ctx->preposition()) : NodeId::None()};
  for (P::ValueContext* value : ctx->value()) children.push_back(Value(value));
  return Add(NodeKind::kActionPart, SpanOf(ctx), children);
}

// A limit's node, or None for one that is reserved.
NodeId TreeBuilder::Limit(P::LimitContext* ctx) {
  Span span = SpanOf(ctx);
  if (As<P::OnceLimitContext>(ctx)) return Add(NodeKind::kOnce, span);
  if (auto* once = As<P::OncePerLimitContext>(ctx)) {
    return Limited(NodeKind::kOncePer, span, NodeId::None(), once->period(), once->name());
  }
  if (auto* most = As<P::AtMostLimitContext>(ctx)) {
    NodeId count = most->NUMBER() ? AddLeaf(NodeKind::kNumber, most->NUMBER())
                                  : AddText(NodeKind::kNumber, SpanOf(most->ONCE()), "1");
    return Limited(NodeKind::kAtMost, span, count, most->period(), most->name());
  }
  if (auto* otherwise = As<P::OtherwiseLimitContext>(ctx)) {
    std::string words;
    for (P::NameContext* name : otherwise->name()) {
      if (!words.empty()) words += ' ';
      words += TextOf(SpanOf(name));
    }
    return AddText(NodeKind::kOtherwise, span, words);
  }
  if (auto* priority = As<P::PriorityLimitContext>(ctx)) {
    return Add(NodeKind::kPriority, span, {Integer(priority->integer())});
  }
  if (As<P::ExistingLimitContext>(ctx)) return Add(NodeKind::kIncludingExisting, span);
  if (As<P::UnboundedLimitContext>(ctx)) return Add(NodeKind::kUnbounded, span);
  if (As<P::EachLimitContext>(ctx)) {
    Reserved(span, "each", "limits by count");
  } else {
    MR_CHECK(As<P::UntilLimitContext>(ctx), "the alternatives of `limit` are all listed");
    Reserved(span, "until", "reverting actions");
  }
  return NodeId::None();
}

NodeId TreeBuilder::Limited(NodeKind kind, Span span, NodeId count, P::PeriodContext* period,
                            P::NameContext* scope) {
  Nodes children;
  if (kind == NodeKind::kAtMost) children.push_back(count);
  WindowForm form = WindowForm::kRolling;
  if (auto* rolling = As<P::RollingPeriodContext>(period)) {
    children.push_back(AddLeaf(NodeKind::kDuration, rolling->DURATION()));
  } else {
    std::string_view word = TextOf(SpanOf(period));
    if (word == "day" || word == "week" || word == "month") {
      Reserved(SpanOf(period), word, "calendar periods");
    } else {
      ReportExpected(SpanOf(period), "a duration such as `24h`");
    }
    form = WindowForm::kCalendar;
    children.push_back(NodeId::None());
  }
  if (scope) children.push_back(Name(scope));
  return AddNode(kind, span, {}, static_cast<uint8_t>(form), children);
}

NodeId TreeBuilder::Integer(P::IntegerContext* ctx) {
  std::string text(TextOf(SpanOf(ctx->NUMBER())));
  if (ctx->PREFIX_MINUS()) text.insert(0, "-");
  return AddText(NodeKind::kNumber, SpanOf(ctx), text);
}

}  // namespace mrule::syntax
