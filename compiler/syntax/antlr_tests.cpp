// SPDX-License-Identifier: Apache-2.0
// Tests, from ANTLR's tree to ours.
#include <algorithm>

#include "compiler/syntax/antlr_builder.h"

namespace mrule::syntax {
namespace {

/// `x6`, after a value of a series: how many of it.
bool IsRepeat(std::string_view word) {
  return word.size() > 1 && word[0] == 'x' &&
         std::all_of(word.begin() + 1, word.end(), [](char c) { return c >= '0' && c <= '9'; });
}

}  // namespace

NodeId TreeBuilder::Test(P::TestDeclContext* ctx) {
  Nodes children;
  for (P::TestHeadContext* head : ctx->testHead()) children.push_back(TestHead(head));
  for (P::TestLineContext* line : ctx->testLine()) children.push_back(TestLine(line));
  for (P::TestCaseContext* one : ctx->testCase()) children.push_back(TestCase(one));
  return AddNode(NodeKind::kTestDecl, SpanOf(ctx), DecodedName(ctx->STRING()->getSymbol()), 0, children);
}

NodeId TreeBuilder::TestHead(P::TestHeadContext* ctx) {
  if (auto* rule = As<P::HeadRuleContext>(ctx)) {
    return AddText(NodeKind::kTestRule, SpanOf(rule->STRING()), DecodedName(rule->STRING()->getSymbol()));
  }
  if (auto* start = As<P::HeadStartContext>(ctx)) {
    return Add(NodeKind::kTestStart, SpanOf(ctx), {TestTime(start->testTime())});
  }
  auto* zone = As<P::HeadZoneContext>(ctx);
  MR_CHECK(zone, "the alternatives of `testHead` are all listed");
  return AddText(NodeKind::kZone, SpanOf(zone->STRING()), DecodedName(zone->STRING()->getSymbol()));
}

NodeId TreeBuilder::TestLine(P::TestLineContext* ctx) {
  const Span span = SpanOf(ctx);
  Nodes children;
  if (auto* given = As<P::GivenLineContext>(ctx)) {
    children.push_back(TestWords(given->testWords()));
    TestWith(given->testWith(), children);
    return Add(NodeKind::kGiven, span, children);
  }
  if (auto* event = As<P::EventLineContext>(ctx)) {
    children = {TestTime(event->testTime()), TestWords(event->testWords())};
    TestWith(event->testWith(), children);
    return Add(NodeKind::kTestEvent, span, children);
  }
  if (auto* series = As<P::SeriesLineContext>(ctx)) {
    const size_t times = series->testTime().size();
    children = {AddLeaf(NodeKind::kDuration, series->DURATION()),
                series->FROM() ? TestTime(series->testTime(0)) : NodeId::None(),
                series->TO() ? TestTime(series->testTime(times - 1)) : NodeId::None(), TestWords(series->testWords())};
    TestWith(series->testWith(), children);
    return Add(NodeKind::kTestSeries, span, children);
  }
  if (auto* until = As<P::UntilLineContext>(ctx)) return Add(NodeKind::kTestUntil, span, {TestTime(until->testTime())});
  if (auto* columns = As<P::ColumnsLineContext>(ctx)) return Add(NodeKind::kTestColumns, span, Names(columns->nameList()));
  auto* expect = As<P::ExpectLineContext>(ctx);
  MR_CHECK(expect, "the alternatives of `testLine` are all listed");
  return Expectation(expect->expectation());
}

NodeId TreeBuilder::TestCase(P::TestCaseContext* ctx) {
  Nodes values;
  for (P::TestAtomContext* atom : ctx->testAtom()) {
    values.push_back(AddOp(NodeKind::kTestItem, SpanOf(atom), static_cast<uint8_t>(TestItemForm::kValue), {TestAtom(atom)}));
  }
  Nodes children{NodeId::None()};
  if (!values.empty()) {
    children[0] = Add(NodeKind::kValueList, source::Join(SpanOf(values.front()), SpanOf(values.back())), values);
  }
  for (P::TestLineContext* line : ctx->testLine()) children.push_back(TestLine(line));
  return AddNode(NodeKind::kTestCase, source::Join(SpanOf(ctx->CASE()), SpanOf(ctx->STRING())),
                 DecodedName(ctx->STRING()->getSymbol()), 0, children);
}

NodeId TreeBuilder::TestTime(P::TestTimeContext* ctx) {
  const Span span = SpanOf(ctx);
  auto add = [&](TestTimeForm form, std::initializer_list<NodeId> items) {
    return AddOp(NodeKind::kTestTime, span, static_cast<uint8_t>(form), items);
  };
  auto time_of = [&](antlr4::tree::TerminalNode* time) {
    return time ? AddLeaf(NodeKind::kTimeOfDay, time) : NodeId::None();
  };
  if (auto* clock = As<P::ClockTimeContext>(ctx)) return add(TestTimeForm::kClock, {time_of(clock->TIME_OF_DAY())});
  if (auto* date = As<P::DateTimeContext>(ctx)) {
    return add(TestTimeForm::kDate, {AddLeaf(NodeKind::kDate, date->DATE()), time_of(date->TIME_OF_DAY())});
  }
  if (auto* instant = As<P::InstantTimeContext>(ctx)) {
    return add(TestTimeForm::kInstant, {AddLeaf(NodeKind::kInstant, instant->INSTANT())});
  }
  if (auto* elapsed = As<P::ElapsedTimeContext>(ctx)) {
    return add(TestTimeForm::kElapsed, {AddLeaf(NodeKind::kDuration, elapsed->DURATION())});
  }
  if (auto* day = As<P::DayTimeContext>(ctx)) {
    if (TextOf(SpanOf(day->name())) != "day") {
      ReportExpected(SpanOf(day->name()), "a time such as `06:00`, `day 2 06:00`, `friday 06:00` or `6h`");
      return AddError(span);
    }
    return add(TestTimeForm::kDay, {AddLeaf(NodeKind::kNumber, day->NUMBER()), time_of(day->TIME_OF_DAY())});
  }
  if (auto* weekday = As<P::WeekdayTimeContext>(ctx)) {
    return add(TestTimeForm::kWeekday, {Name(weekday->name()), time_of(weekday->TIME_OF_DAY())});
  }
  auto* param = As<P::ParamTimeContext>(ctx);
  MR_CHECK(param, "the alternatives of `testTime` are all listed");
  return add(TestTimeForm::kParam, {Param(param->testParam())});
}

NodeId TreeBuilder::TestWords(P::TestWordsContext* ctx) {
  Nodes words;
  for (P::TestWordContext* word : ctx->testWord()) {
    if (word->name()) {
      const NodeId name = Name(word->name());
      words.push_back(AddText(NodeKind::kNamePath, SpanOf(word), TextOf(SpanOf(word)), {name}));
    } else if (word->testParam()) {
      words.push_back(Param(word->testParam()));
    } else {
      antlr4::Token* text = word->STRING()->getSymbol();
      words.push_back(AddText(NodeKind::kText, SpanOf(text), DecodedName(text)));
    }
  }
  return Add(NodeKind::kTestWords, SpanOf(ctx), words);
}

NodeId TreeBuilder::Param(P::TestParamContext* ctx) {
  return AddText(NodeKind::kParam, SpanOf(ctx), TextOf(SpanOf(ctx->name())));
}

void TreeBuilder::TestWith(P::TestWithContext* ctx, Nodes& fields) {
  if (ctx == nullptr) return;
  for (P::TestFieldContext* field : ctx->testField()) fields.push_back(TestField(field));
}

NodeId TreeBuilder::TestField(P::TestFieldContext* ctx) {
  const Span span = SpanOf(ctx);
  if (auto* missing = As<P::FieldMissingContext>(ctx)) {
    const NodeId item = AddOp(NodeKind::kTestItem, SpanOf(missing->MISSING()), static_cast<uint8_t>(TestItemForm::kMissing));
    return AddText(NodeKind::kTestField, span, TextOf(SpanOf(missing->name())), {item});
  }
  auto* values = As<P::FieldValuesContext>(ctx);
  MR_CHECK(values, "the alternatives of `testField` are all listed");
  return AddNode(NodeKind::kTestField, span, TextOf(SpanOf(values->name())), 0, TestItems(values->testItem()));
}

// `$10 x6 _ x2 +$5 x3`: a word that repeats belongs to the value before it.
TreeBuilder::Nodes TreeBuilder::TestItems(const std::vector<P::TestItemContext*>& items) {
  Nodes nodes;
  for (size_t i = 0; i < items.size(); ++i) {
    P::TestItemContext* item = items[i];
    P::TestAtomContext* atom = item->testAtom();
    const bool has_sign = item->PREFIX_PLUS() || item->PLUS() || item->PREFIX_MINUS() || item->MINUS();
    const bool is_word = As<P::WordAtomContext>(atom) != nullptr;
    TestItemForm form = TestItemForm::kValue;
    if (has_sign) form = item->PREFIX_PLUS() || item->PLUS() ? TestItemForm::kUp : TestItemForm::kDown;
    if (!has_sign && is_word && TextOf(SpanOf(atom)) == "_") form = TestItemForm::kGap;
    Span span = SpanOf(item);
    std::string_view repeat;
    if (i + 1 < items.size() && As<P::WordAtomContext>(items[i + 1]->testAtom())) {
      const std::string_view next = TextOf(SpanOf(items[i + 1]));
      if (IsRepeat(next)) {
        repeat = next.substr(1);
        span = source::Join(span, SpanOf(items[i + 1]));
        ++i;
      }
    }
    Nodes children;
    if (form != TestItemForm::kGap) children.push_back(TestAtom(atom));
    nodes.push_back(AddNode(NodeKind::kTestItem, span, repeat, static_cast<uint8_t>(form), children));
  }
  return nodes;
}

NodeId TreeBuilder::TestAtom(P::TestAtomContext* ctx) {
  if (auto* literal = As<P::LiteralAtomContext>(ctx)) return Literal(literal->literal());
  if (auto* param = As<P::ParamAtomContext>(ctx)) return Param(param->testParam());
  if (auto* word = As<P::WordAtomContext>(ctx)) {
    const NodeId name = Name(word->name());
    return AddText(NodeKind::kNamePath, SpanOf(ctx), TextOf(SpanOf(ctx)), {name});
  }
  auto* list = As<P::ListAtomContext>(ctx);
  MR_CHECK(list, "the alternatives of `testAtom` are all listed");
  return Add(NodeKind::kValueList, SpanOf(ctx), TestItems(list->testItem()));
}

NodeId TreeBuilder::Expectation(P::ExpectationContext* ctx) {
  const Span span = SpanOf(ctx);
  auto whom = [&](P::TestForContext* who) { return who ? TestWords(who->testWords()) : NodeId::None(); };
  auto when = [&](P::TestWhenContext* at) { return at ? TestWhen(at) : NodeId::None(); };
  if (auto* nothing = As<P::ExpectNothingContext>(ctx)) {
    const bool has_word = nothing->name() != nullptr;
    if (has_word && TextOf(SpanOf(nothing->name())) != "else") {
      ReportExpected(SpanOf(nothing->name()), "`else`, `for`, `at` or `by`");
      return AddError(span);
    }
    return AddOp(NodeKind::kExpectNothing, span, has_word ? 1 : 0, {whom(nothing->testFor()), when(nothing->testWhen())});
  }
  if (auto* action = As<P::ExpectActionContext>(ctx)) {
    return ExpectAction(action->NO() ? ExpectForm::kNot : ExpectForm::kDecided, span, action->actionCall(), nullptr,
                        action->testTail());
  }
  if (auto* held = As<P::ExpectHeldContext>(ctx)) {
    if (TextOf(SpanOf(held->name())) != "back") {
      ReportExpected(SpanOf(held->name()), "`back`, as in `held back`");
      return AddError(span);
    }
    return ExpectAction(ExpectForm::kHeldBack, span, held->actionCall(), held->testFor(), held->testTail());
  }
  if (auto* with = As<P::ExpectWithContext>(ctx)) {
    if (with->testWhen().size() > 1) ReportExpected(SpanOf(with->testWhen(1)), "one `at` at most");
    Nodes children{TestWords(with->testWords()), when(with->testWhen().empty() ? nullptr : with->testWhen(0))};
    TestWith(with->testWith(), children);
    return Add(NodeKind::kExpectWith, span, children);
  }
  auto* state = As<P::ExpectStateContext>(ctx);
  MR_CHECK(state, "the alternatives of `expectation` are all listed");
  return Add(NodeKind::kExpectState, span, {Condition(state->expr()), whom(state->testFor()), when(state->testWhen())});
}

NodeId TreeBuilder::ExpectAction(ExpectForm form, Span span, P::ActionCallContext* call, P::TestForContext* whom,
                                 const std::vector<P::TestTailContext*>& tails) {
  Nodes children{call ? ActionCall(call) : NodeId::None(), whom ? TestWords(whom->testWords()) : NodeId::None()};
  for (P::TestTailContext* tail : tails) children.push_back(TestTail(tail));
  return AddNode(NodeKind::kExpectAction, span, {}, static_cast<uint8_t>(form), children);
}

NodeId TreeBuilder::TestTail(P::TestTailContext* ctx) {
  if (auto* when = As<P::TailWhenContext>(ctx)) return TestWhen(when->testWhen());
  if (auto* times = As<P::TailTimesContext>(ctx)) {
    const Operator op = times->countBound()->LEAST() ? Operator::kGreaterEqual
                        : times->countBound()->MOST() ? Operator::kLessEqual
                                                      : Operator::kEqual;
    return AddOp(NodeKind::kTestTimes, SpanOf(ctx), static_cast<uint8_t>(op), {AddLeaf(NodeKind::kNumber, times->NUMBER())});
  }
  if (auto* cause = As<P::TailCauseContext>(ctx)) {
    const std::string_view kind = TextOf(SpanOf(cause->name(0)));
    if (!cause->STRING()) return AddText(NodeKind::kTestCause, SpanOf(ctx), kind, {Name(cause->name(1))});
    antlr4::Token* text = cause->STRING()->getSymbol();
    return AddText(NodeKind::kTestCause, SpanOf(ctx), kind, {AddText(NodeKind::kText, SpanOf(text), DecodedName(text))});
  }
  auto* because = As<P::TailBecauseContext>(ctx);
  MR_CHECK(because, "the alternatives of `testTail` are all listed");
  return Condition(because->expr());
}

NodeId TreeBuilder::TestWhen(P::TestWhenContext* ctx) {
  return AddOp(NodeKind::kTestWhen, SpanOf(ctx), ctx->TIME_BY() ? 1 : 0, {TestTime(ctx->testTime())});
}

}  // namespace mrule::syntax
