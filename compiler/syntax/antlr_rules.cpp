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
  for (P::ActionPartContext* part : ctx->actionPart()) parts.push_back(ActionPart(part));
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
  if (auto* until = As<P::UntilLimitContext>(ctx)) {
    return Add(NodeKind::kRevert, span, {Condition(until->expr()), Actions(until->actionList())});
  }
  auto* each = As<P::EachLimitContext>(ctx);
  MR_CHECK(each, "the alternatives of `limit` are all listed");
  return Add(NodeKind::kEach, span, {AddLeaf(NodeKind::kNumber, each->NUMBER()), NamePath(each->namePath())});
}

NodeId TreeBuilder::Limited(NodeKind kind, Span span, NodeId count, P::PeriodContext* period,
                            P::NameContext* scope) {
  Nodes children;
  if (kind == NodeKind::kAtMost) children.push_back(count);
  if (auto* rolling = As<P::RollingPeriodContext>(period)) {
    children.push_back(AddLeaf(NodeKind::kDuration, rolling->DURATION()));
    children.push_back(NodeId::None());
  } else {
    auto* calendar = As<P::CalendarPeriodContext>(period);
    MR_CHECK(calendar, "the alternatives of `period` are all listed");
    children.push_back(Name(calendar->name()));
    children.push_back(calendar->zone() ? Zone(calendar->zone()) : NodeId::None());
  }
  children.push_back(scope ? Name(scope) : NodeId::None());
  return AddNode(kind, span, {}, 0, children);
}

NodeId TreeBuilder::Integer(P::IntegerContext* ctx) {
  std::string text(TextOf(SpanOf(ctx->NUMBER())));
  if (ctx->PREFIX_MINUS()) text.insert(0, "-");
  return AddText(NodeKind::kNumber, SpanOf(ctx), text);
}

}  // namespace mrule::syntax
