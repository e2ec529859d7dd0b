// SPDX-License-Identifier: Apache-2.0
// From ANTLR's tree of one declaration to ours. One TreeBuilder serves a file: the adapter hands it a parsed
// declaration and gets a node. What the grammar leaves open (may this stand left of `<`?) is checked here.
// Included by the antlr_*.cpp files only.
#pragma once

#include <initializer_list>
#include <span>
#include <string>
#include <string_view>
#include <typeinfo>
#include <vector>

#include "compiler/base/limits.h"
#include "compiler/syntax/antlr_parser.h"
#include "compiler/syntax/parse.h"

namespace mrule::syntax {

/// `ctx` as the labelled alternative `Alternative` of its rule, or null if it is another. Alternatives are classes without
/// derived ones and one library defines them all, so their names' addresses tell them apart: a dynamic_cast compares texts.
template <typename Alternative, typename Rule>
Alternative* As(Rule* ctx) {
  return ctx != nullptr && typeid(*ctx).name() == typeid(Alternative).name() ? static_cast<Alternative*>(ctx) : nullptr;
}

class TreeBuilder {
 public:
  TreeBuilder(const File& file, Tree& tree, const VerbTable& verbs, diagnostics::Emitter& diags)
      : file_(file), tree_(tree), verbs_(verbs), diags_(diags), errors_before_(diags.error_count()) {}

  /// The node of a parsed declaration whose words are `words`.
  NodeId Declaration(MRuleParser::DeclarationContext* ctx, std::span<const Word> words);

  NodeId AddNode(NodeKind kind, Span span, std::string_view text, uint8_t op,
                 std::span<const NodeId> children);
  NodeId AddError(Span span, std::string_view text = {});
  /// Few enough mistakes so far for the next one to be shown, and worth the search for what was expected.
  bool InDetail() const { return diags_.error_count() - errors_before_ < limits::kErrorsReportedMax; }
  Span SpanOfWords(std::span<const Word> words) const;

 private:
  using P = MRuleParser;
  using Nodes = std::vector<NodeId>;

  // --- words and spans (antlr_builder.cpp) ---
  const Word& WordOf(antlr4::Token* token) const { return words_[token->getTokenIndex()]; }
  TokenType TypeOf(antlr4::Token* token) const { return WordOf(token).type; }
  Span SpanOf(antlr4::Token* token) const;
  Span SpanOf(antlr4::ParserRuleContext* ctx) const;
  Span SpanOf(antlr4::tree::TerminalNode* node) const { return SpanOf(node->getSymbol()); }
  std::string_view TextOf(Span span) const { return file_.Text(span); }
  Span SpanOf(NodeId id) const { return tree_.node(id).span; }

  NodeId Add(NodeKind kind, Span span, std::initializer_list<NodeId> children = {}) {
    return AddNode(kind, span, {}, 0, std::span(children.begin(), children.size()));
  }
  NodeId Add(NodeKind kind, Span span, std::span<const NodeId> children) {
    return AddNode(kind, span, {}, 0, children);
  }
  NodeId AddOp(NodeKind kind, Span span, uint8_t op, std::initializer_list<NodeId> children = {}) {
    return AddNode(kind, span, {}, op, std::span(children.begin(), children.size()));
  }
  NodeId AddText(NodeKind kind, Span span, std::string_view text,
                 std::initializer_list<NodeId> children = {}) {
    return AddNode(kind, span, text, 0, std::span(children.begin(), children.size()));
  }
  NodeId AddLeaf(NodeKind kind, antlr4::Token* token);
  NodeId AddLeaf(NodeKind kind, antlr4::tree::TerminalNode* node) { return AddLeaf(kind, node->getSymbol()); }

  // --- reports ---
  void ReportExpected(Span at, std::string_view expected);
  NodeId Reserved(Span at, std::string_view construct, std::string_view plural);

  // --- names and types ---
  NodeId Name(P::NameContext* ctx);
  Nodes Names(P::NameListContext* ctx);
  NodeId NameList(P::NameListContext* ctx);
  NodeId NamePath(P::NamePathContext* ctx);
  NodeId Type(P::TypeContext* ctx);

  // --- declarations (antlr_declarations.cpp) ---
  NodeId Entity(P::EntityDeclContext* ctx);
  NodeId Event(P::EventDeclContext* ctx);
  NodeId Field(P::FieldContext* ctx);
  NodeId Measure(P::MeasureDeclContext* ctx);
  NodeId Metric(P::MetricDeclContext* ctx);
  NodeId Action(P::ActionDeclContext* ctx);
  NodeId Hole(P::HoleContext* ctx);
  NodeId Preposition(P::PrepositionContext* ctx);
  NodeId Clause(P::ClauseContext* ctx);
  NodeId ClauseValue(P::ClauseValueContext* ctx);
  NodeId PhraseValue(P::PhraseValueContext* ctx);
  NodeId Segment(P::SegmentDeclContext* ctx);

  // --- rules (antlr_rules.cpp) ---
  NodeId NamedRule(P::NamedRuleContext* ctx);
  NodeId BareRule(P::BareRuleContext* ctx);
  NodeId UnconditionalRule(P::UnconditionalRuleContext* ctx);
  NodeId RuleHead(P::RuleHeadContext* ctx);
  NodeId ScheduledRule(P::ScheduledRuleContext* ctx);
  NodeId Rule(Span span, std::string_view name, P::ExprContext* condition, P::ActionListContext* actions,
              const std::vector<P::LimitContext*>& limits, Nodes head_nodes);
  NodeId Actions(P::ActionListContext* ctx);
  NodeId ActionCall(P::ActionCallContext* ctx);
  NodeId ActionPart(P::ActionPartContext* ctx);
  NodeId Limit(P::LimitContext* ctx);
  NodeId Limited(NodeKind kind, Span span, NodeId count, P::PeriodContext* period, P::NameContext* scope);
  NodeId Integer(P::IntegerContext* ctx);

  // --- schedules and times of day (antlr_schedules.cpp) ---
  NodeId Schedule(P::ScheduleContext* ctx);
  NodeId WrongSchedule(P::ScheduleContext* ctx);
  NodeId ClockTest(P::ClockExprContext* ctx);
  NodeId ClockTest(P::DaysExprContext* ctx);
  NodeId Zone(P::ZoneContext* ctx);
  NodeId Times(P::AtTimesContext* ctx);
  NodeId MonthDay(P::MonthDayContext* ctx);
  /// `the` … `the month` around days of the month; false if another word stands there, which is reported.
  bool IsTheMonth(const std::vector<P::NameContext*>& words);
  /// Appends the items of a clock test's days and returns their form.
  ScheduleForm ClockDays(P::ClockDaysContext* ctx, Nodes& items);

  // --- tests (antlr_tests.cpp) ---
  NodeId Test(P::TestDeclContext* ctx);
  NodeId TestHead(P::TestHeadContext* ctx);
  NodeId TestLine(P::TestLineContext* ctx);
  NodeId TestCase(P::TestCaseContext* ctx);
  NodeId TestTime(P::TestTimeContext* ctx);
  NodeId TestWords(P::TestWordsContext* ctx);
  NodeId Param(P::TestParamContext* ctx);
  void TestWith(P::TestWithContext* ctx, Nodes& fields);
  NodeId TestField(P::TestFieldContext* ctx);
  Nodes TestItems(const std::vector<P::TestItemContext*>& items);
  NodeId TestAtom(P::TestAtomContext* ctx);
  NodeId Expectation(P::ExpectationContext* ctx);
  NodeId ExpectAction(ExpectForm form, Span span, P::ActionCallContext* call, P::TestForContext* whom,
                      const std::vector<P::TestTailContext*>& tails);
  NodeId TestTail(P::TestTailContext* ctx);
  NodeId TestWhen(P::TestWhenContext* ctx);

  // --- conditions (antlr_conditions.cpp) ---
  NodeId Condition(P::ExprContext* ctx);
  NodeId Enclosed(P::ExprContext* ctx);
  NodeId ExprHead(P::ExprContext* ctx);
  NodeId ExprSuffix(P::ExprContext* ctx, NodeId left);
  NodeId Membership(P::ExprContext* ctx, NodeId left);
  NodeId Operand(P::OperandExprContext* ctx);
  NodeId TextTest(P::TextExprContext* ctx, NodeId left);
  NodeId TimesCount(P::TimesExprContext* ctx, NodeId left);
  NodeId InARow(P::RowExprContext* ctx, NodeId left);
  NodeId Trend(P::TrendExprContext* ctx, NodeId left);
  NodeId Changes(P::ChangesExprContext* ctx, NodeId left);
  NodeId Rise(P::RiseExprContext* ctx, NodeId left);
  NodeId CompareTo(P::ExprContext* ctx, uint8_t op, NodeId left, Span operator_span, P::ValueContext* right);
  NodeId AsEvent(NodeId id);
  NodeId Followed(P::FollowedExprContext* ctx, NodeId left);
  NodeId AsStep(NodeId id);
  template <typename Make>
  NodeId Filtered(Span span, P::ExprContext* where, Make make);
  NodeId FirstFollowed(NodeId node) const;
  bool Encloses(NodeId outer, NodeId inner) const;
  NodeId BeforeFollowed(NodeId node, NodeId followed);
  NodeId FromFollowed(NodeId node, NodeId followed, NodeId event, uint32_t begin);
  NodeId AsCondition(NodeId id);
  bool IsValue(NodeId id) const;
  void RequireValue(NodeId left, Span operator_span);
  NodeId EventRef(P::EventRefContext* ctx);
  NodeId EventRef(Span span, P::NamePathContext* path, P::EventArgContext* arg, P::ExprContext* where);
  NodeId EventArg(P::EventArgContext* ctx);
  Nodes Items(P::ItemsContext* ctx);
  void CheckListNumber(NodeId id);

  // --- windows (antlr_windows.cpp) ---
  NodeId Window(P::WindowContext* ctx);
  NodeId WindowZone(P::WindowZoneContext* ctx);
  NodeId Lag(P::LagContext* ctx);
  NodeId PreviousFull(Span span, antlr4::tree::TerminalNode* number, bool full, P::NameContext* unit);
  void ReportVague(Span at, std::string_view number, std::string_view word, std::string_view rolling_prefix,
                   std::string_view calendar_prefix);

  // --- values (antlr_values.cpp) ---
  NodeId Value(P::ValueContext* ctx);
  NodeId ValueHead(P::ValueContext* ctx);
  NodeId ValueSuffix(P::ValueContext* ctx, NodeId left);
  NodeId Call(P::CallValueContext* ctx);
  NodeId Aggregate(P::AggregateValueContext* ctx);
  NodeId FieldRef(P::FieldTargetContext* ctx);
  NodeId Literal(P::LiteralContext* ctx);
  NodeId Text(antlr4::Token* token);
  NodeId HoleValue(Span inner);

  std::string DecodedName(antlr4::Token* token);

  const File& file_;
  Tree& tree_;
  const VerbTable& verbs_;
  diagnostics::Emitter& diags_;
  size_t errors_before_;
  std::span<const Word> words_;                  // of the declaration at hand
  bool in_filter_ = false;                       // of an event, outside parentheses
  std::unique_ptr<ReusableParser> hole_parser_;  // made when the first text with a hole is met
};

/// Reports that words[error_at] cannot stand where it does, or that more was expected at `end`. Only
/// `in_detail` is what was expected found out.
void ReportUnexpected(const File& file, std::span<const Word> words, uint32_t error_at, Unit unit,
                      ReusableParser& parser, const VerbTable& verbs, Span end, bool in_detail,
                      diagnostics::Emitter& diags);

}  // namespace mrule::syntax
