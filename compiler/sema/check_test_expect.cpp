// SPDX-License-Identifier: Apache-2.0
// What a test expects. An expectation that no rule could ever meet, or that could never be missed, is a mistake here.
#include <algorithm>

#include "compiler/sema/literals.h"
#include "compiler/sema/overloads.h"
#include "compiler/sema/test_context.h"

namespace mrule::sema {

using Expectation = hir::TestExpectation;

bool Checker::ReadWhen(NodeRef when, Expectation& out) {
  if (!when) return true;
  if (when.node().kind != NodeKind::kTestWhen) return false;
  if (out.when != Expectation::When::kEver) {
    diags_.Report(when.node().span, DiagId::kRepeatedClause, {{"clause", when.node().op ? "by" : "at"}});
    return false;
  }
  auto at = ReadTestTime(when.child(0));
  if (!at) return false;
  out.when = when.node().op ? Expectation::When::kBy : Expectation::When::kAt;
  out.at = *at;
  return true;
}

bool Checker::ReadExpectedWhom(NodeRef words, Expectation& out) {
  if (!words) return true;
  if (words.node().kind != NodeKind::kTestWords) return false;
  std::vector<NodeRef> items;
  for (NodeId id : words.children()) {
    NodeRef item = Unparam({words.tree, id});
    if (!item) return false;
    items.push_back(item);
  }
  if (items.size() > 2) {
    diags_.Report(items[2].node().span, DiagId::kTestWords, {{"words", SourceText(items[2])}, {"problem", "is a word too much"}})
        .Help("whom it is about is written `ann` or `contact ann`");
    return false;
  }
  auto whom = ReadWhom(items, {});
  if (!whom) return false;
  out.entity = whom->entity;
  out.subject = whom->id;
  return true;
}

void Checker::CheckExpectNothing(NodeRef line) {
  Expectation out;
  out.span = line.node().span;
  out.kind = line.node().op ? Expectation::Kind::kNothingElse : Expectation::Kind::kNothing;
  if (ReadExpectedWhom(line.child(0), out) && ReadWhen(line.child(1), out)) test_->test.expectations.push_back(std::move(out));
}

// --- actions ---

std::vector<hir::RuleId> Checker::RulesThatDecide(const Expectation& expectation) const {
  std::vector<hir::RuleId> rules;
  for (size_t i = 0; i < program_.rules.size(); ++i) {
    const hir::RuleId id(i);
    const hir::Rule& rule = program_.rules[id];
    if (test_->test.rule && id != test_->test.rule && rule.revert.of != test_->test.rule) continue;
    if (expectation.by_rule && expectation.kind == Expectation::Kind::kDecided && id != expectation.by_rule) continue;
    if (expectation.entity && rule.entity != expectation.entity) continue;
    const bool decides = !expectation.action || std::any_of(rule.actions.begin(), rule.actions.end(), [&](const hir::ActionCall& call) {
      return call.name == expectation.action;
    });
    if (decides) rules.push_back(id);
  }
  return rules;
}

bool Checker::ReadExpectedAction(NodeRef call, Expectation& out, uint32_t& form_index) {
  if (call.node().kind != NodeKind::kActionCall) return false;
  std::vector<NodeRef> whom_words;
  const ActionMatch match = MatchExpected(call, whom_words);
  form_index = match.form;
  if (match.form == NameEntry::kNone) return false;
  const ActionForm form = vocabulary_.actions[match.form];
  out.action = form.name;
  if (!whom_words.empty()) {
    auto whom = ReadWhom(whom_words, form.subjects);
    if (!whom) return false;
    out.entity = whom->entity;
    out.subject = whom->id;
  }
  Scope scope;
  scope.entity = out.entity;
  if (!scope.entity && form.subjects.size() == 1) scope.entity = form.subjects.front();
  for (const TestWhom& known : test_->subjects) {
    const bool can = form.subjects.empty() || std::find(form.subjects.begin(), form.subjects.end(), known.entity) != form.subjects.end();
    if (!scope.entity && can) scope.entity = known.entity;
  }
  scope.events = EventPlace::kInValue;
  hir::ActionCall ignored;
  std::unordered_map<StringId, ExprId> bound;
  const size_t errors_before = diags_.error_count();
  for (uint32_t i = 0; i < form.holes.size(); ++i) {
    node_count_ = 0;
    if (!match.hole_values[i].empty()) CheckArgument(form, form.holes[i], match, i, scope, ignored, bound);
  }
  if (diags_.error_count() != errors_before) return false;
  for (const hir::Argument& argument : ignored.arguments) {
    for (ExprId value : argument.values) {
      if (IsConstant(value)) continue;
      diags_.Report(program_.exprs[value].span, DiagId::kNotConstant, {{"what", "a value in a test"}});
      return false;
    }
  }
  out.arguments = std::move(ignored.arguments);
  return true;
}

/// Each is a comparison of a value, in the words of the rule, with what is written out.
bool Checker::CheckReasons(NodeRef because, std::span<const hir::RuleId> rules, Expectation& out) {
  const hir::Rule rule = program_.rules[rules.front()];
  const auto events = PossibleEvents(rule.condition);
  const std::vector<EventTypeId> triggers = events.value_or(std::vector<EventTypeId>());
  Scope scope;
  scope.entity = rule.entity;
  scope.triggers = triggers;
  scope.events = EventPlace::kInValue;
  node_count_ = 0;
  const ExprId condition = CheckCondition(because, scope);
  if (IsError(condition)) return false;
  std::vector<ExprId> parts{condition};
  if (program_.exprs[condition].kind == ExprKind::kAnd) parts = program_.exprs[condition].args;
  for (ExprId part : parts) {
    const Expr& expr = program_.exprs[part];
    const bool compares = expr.kind == ExprKind::kBuiltin && expr.args.size() == 2 &&
                          IsComparison(stdlib::Row(expr.builtin).spelling) && IsConstant(expr.args[1]);
    if (!compares) {
      diags_.Report(expr.span, DiagId::kTestReason,
                    {{"reason", SourceText(expr.span)}, {"problem", "it does not compare a value with one that is written out"}})
          .Help("for example `because roas < 1.2 and spend over 6h > $100`");
      return false;
    }
    out.because.push_back(part);
  }
  return true;
}

/// `once per 24h`, `at most 3 per week`, `once`.
std::optional<hir::Limit> Checker::LimitOfWords(std::string_view words) const {
  std::vector<std::string_view> parts;
  for (size_t at = 0; at < words.size();) {
    const size_t end = std::min(words.find(' ', at), words.size());
    if (end > at) parts.push_back(words.substr(at, end - at));
    at = end + 1;
  }
  hir::Limit limit;
  size_t next = 0;
  auto take = [&](std::string_view word) {
    const bool is_next = next < parts.size() && parts[next] == word;
    next += is_next;
    return is_next;
  };
  if (take("at")) {
    if (!take("most") || next == parts.size()) return std::nullopt;
    if (!take("once")) {
      const NumberLiteral number = DecodeNumber(parts[next++]);
      if (number.fault != LiteralFault::kNone || !number.whole) return std::nullopt;
      limit.count = number.i64;
      take("times");
    }
  } else if (!take("once")) {
    return std::nullopt;
  }
  if (next == parts.size()) return limit;
  if (!take("per") || next == parts.size()) return std::nullopt;
  static constexpr std::pair<std::string_view, calendar::Period> kPeriods[] = {{"day", calendar::Period::kDay},
                                                                               {"week", calendar::Period::kWeek},
                                                                               {"month", calendar::Period::kMonth},
                                                                               {"quarter", calendar::Period::kQuarter},
                                                                               {"year", calendar::Period::kYear}};
  for (const auto& [word, period] : kPeriods) {
    if (parts[next] != word) continue;
    limit.by_calendar = true;
    limit.period = period;
  }
  if (!limit.by_calendar) {
    const TimeLiteral period = DecodeDuration(parts[next]);
    if (period.fault != LiteralFault::kNone || period.value <= 0) return std::nullopt;
    limit.period_micros = period.value;
  }
  return limit;
}

/// Whether a rule that can decide it has the limit that it names.
bool Checker::HasLimit(const Expectation& expectation) const {
  for (hir::RuleId id : RulesThatDecide(expectation)) {
    for (const hir::Limit& limit : program_.rules[id].limits) {
      const hir::Limit& wanted = *expectation.by_limit;
      if (limit.count == wanted.count && limit.by_calendar == wanted.by_calendar && limit.period_micros == wanted.period_micros &&
          (!limit.by_calendar || limit.period == wanted.period)) {
        return true;
      }
    }
  }
  return false;
}

bool Checker::ReadExpectTail(NodeRef tail, Expectation& out) {
  switch (tail.node().kind) {
    case NodeKind::kTestWhen: return ReadWhen(tail, out);
    case NodeKind::kTestTimes: {
      if (out.counted || out.kind == Expectation::Kind::kNot) {
        diags_.Report(tail.node().span, DiagId::kTestCause,
                      {{"cause", SourceText(tail)}, {"problem", out.counted ? "the number of times is said already" : "`no` says that it is never"}});
        return false;
      }
      auto number = WholeNumber(tail.child(0), 0, 1'000'000, "a number of times");
      if (!number) return false;
      out.counted = true;
      out.times = *number;
      const Operator op = tail.node().op_as_operator();
      out.op = op == Operator::kEqual ? hir::CountOp::kExactly : op == Operator::kGreaterEqual ? hir::CountOp::kAtLeast : hir::CountOp::kAtMost;
      return true;
    }
    case NodeKind::kTestCause: {
      NodeRef name = tail.child(0);
      auto wrong = [&](std::string_view problem) {
        diags_.Report(tail.node().span, DiagId::kTestCause, {{"cause", SourceText(tail)}, {"problem", problem}});
        return false;
      };
      if (tail.text() == "rule") {
        if (out.by_rule || out.by_limit) return wrong("one cause is enough");
        out.by_rule = RuleNamed(name);
        return out.by_rule.has_value();
      }
      if (out.kind != Expectation::Kind::kHeldBack) return wrong("only `held back` has one");
      if (tail.text() == "limit") {
        if (out.by_rule || out.by_limit) return wrong("one cause is enough");
        out.by_limit = LimitOfWords(name.text());
        if (out.by_limit && (!rules_fine_ || HasLimit(out))) return true;
        auto report = diags_.Report(tail.node().span, DiagId::kTestCause,
                                    {{"cause", SourceText(tail)}, {"problem", "no rule that decides it has such a limit"}});
        report.Help("a limit is named as the rule writes it: `by limit \"once per 24h\"`, `by limit \"at most 3 per 7d\"`");
        return false;
      }
      return wrong("a decision is held back by a limit or by another rule");
    }
    default: return true;  // a condition: the reasons, checked when it is known whose they are
  }
}

void Checker::CheckExpectAction(NodeRef line) {
  Expectation out;
  out.span = line.node().span;
  const auto form = static_cast<syntax::ExpectForm>(line.node().op);
  out.kind = form == syntax::ExpectForm::kDecided ? Expectation::Kind::kDecided
             : form == syntax::ExpectForm::kNot   ? Expectation::Kind::kNot
                                                  : Expectation::Kind::kHeldBack;
  uint32_t action_form = NameEntry::kNone;
  if (line.child(0) && !ReadExpectedAction(line.child(0), out, action_form)) return;
  if (!ReadExpectedWhom(line.child(1), out)) return;
  NodeRef because;
  for (size_t i = 2; i < line.children().size(); ++i) {
    NodeRef tail = line.child(i);
    if (!tail || tail.node().kind == NodeKind::kError || !ReadExpectTail(tail, out)) return;
    const NodeKind kind = tail.node().kind;
    if (kind == NodeKind::kTestWhen || kind == NodeKind::kTestTimes || kind == NodeKind::kTestCause) continue;
    if (because) {
      diags_.Report(tail.node().span, DiagId::kRepeatedClause, {{"clause", "because"}});
      return;
    }
    because = tail;
  }
  if (!rules_fine_) return;  // a rule that has a mistake may be the one
  const std::vector<hir::RuleId> rules = RulesThatDecide(out);
  if (rules.empty()) {
    std::string where = "here";
    if (out.by_rule && out.kind == Expectation::Kind::kDecided) where = "of the name `" + std::string(Text(program_.rules[out.by_rule].name)) + "`";
    if (test_->test.rule) where = "but `" + std::string(Text(program_.rules[test_->test.rule].name)) + "` is looked at, which never";
    const std::string action = out.action ? vocabulary_.actions[action_form].spelling : "anything";
    std::string whom;
    if (out.entity) whom = " for a subject that is " + std::string(EntityText(out.entity));
    auto report = diags_.Report(line.node().span, DiagId::kTestNeverDecided, {{"where", where}, {"action", action}, {"whom", whom}});
    if (out.kind == Expectation::Kind::kNot) report.Help("it would hold whatever the rules do");
    return;
  }
  if (because && out.kind != Expectation::Kind::kDecided) {
    diags_.Report(because.node().span, DiagId::kTestCause,
                  {{"cause", "because " + SourceText(because)}, {"problem", "only what is decided has reasons"}});
    return;
  }
  if (because && !CheckReasons(because, rules, out)) return;
  test_->test.expectations.push_back(std::move(out));
}

// --- state ---

/// `contact ann with score 10, plan pro` is the condition that each of these is so.
void Checker::CheckExpectWith(NodeRef line) {
  Expectation out;
  out.span = line.node().span;
  out.kind = Expectation::Kind::kState;
  if (!ReadExpectedWhom(line.child(0), out) || !ReadWhen(line.child(1), out)) return;
  TestHappening happening;
  happening.whom = TestWhom{out.entity, out.subject, line.node().span};
  std::vector<ExprId> all;
  bool good = true;
  for (size_t i = 2; i < line.children().size(); ++i) {
    NodeRef field = line.child(i);
    auto column = CheckTestField(field, happening);
    if (!column) {
      good = false;
      continue;
    }
    const Span span = field.node().span;
    const Span name_span{span.file, span.begin, span.begin + static_cast<uint32_t>(field.text().size())};
    const ExprId attribute = AttributeValue(out.entity, *vocabulary_.Attribute(out.entity, column->name), name_span);
    if (column->missing) {
      Expr known;
      known.kind = ExprKind::kIsKnown;
      known.type = {TypeKind::kBoolean, false, 0};
      known.span = span;
      known.args = {attribute};
      all.push_back(Negated(Add(std::move(known)), span));
      continue;
    }
    if (column->several || column->values.size() != 1) {
      diags_.Report(span, DiagId::kTestSeries, {{"problem", "there are several values, and one instant"}});
      good = false;
      continue;
    }
    const ExprId wanted = column->values.front();
    if (TypeOf(attribute).kind == TypeKind::kSet) {
      // A set is these items when it has each of them; that it has no other is more than a condition can say.
      for (StringId item : std::vector<StringId>(program_.exprs[wanted].constant.items)) {
        Expr has;
        has.kind = ExprKind::kHasAny;
        has.type = {TypeKind::kBoolean, true, 0};
        has.span = span;
        has.args = {attribute};
        has.constant.items = {item};
        all.push_back(Add(std::move(has)));
      }
      continue;
    }
    all.push_back(Compare("=", attribute, wanted, span, Scope()));
  }
  for (ExprId one : all) good &= !IsError(one);
  if (!good || all.empty()) return;
  out.condition = all.size() == 1 ? all.front() : Joined(ExprKind::kAnd, std::move(all), out.span);
  test_->test.expectations.push_back(std::move(out));
}

void Checker::CheckExpectState(NodeRef line) {
  Expectation out;
  out.span = line.node().span;
  out.kind = Expectation::Kind::kState;
  NodeRef condition = line.child(0);
  if (!condition || condition.node().kind == NodeKind::kError) return;
  if (!ReadWhen(line.child(2), out)) return;
  if (line.child(1)) {
    if (!ReadExpectedWhom(line.child(1), out)) return;
  } else {
    std::vector<Evidence> evidence;
    std::vector<NodeRef> unknown;
    GatherEvidence(condition, {}, evidence, unknown);
    std::vector<EntityId> allowed;
    if (!evidence.empty()) {
      auto agreed = Agree(evidence, "the expectation");
      if (!agreed) return;
      allowed = *agreed;
    }
    auto whom = OnlySubject(line.node().span, allowed, SourceText(condition));
    if (!whom) return;
    out.entity = whom->entity;
    out.subject = whom->id;
  }
  Scope scope;
  scope.entity = out.entity;
  scope.events = EventPlace::kInValue;
  node_count_ = 0;
  out.condition = CheckCondition(condition, scope);
  if (!IsError(out.condition)) test_->test.expectations.push_back(std::move(out));
}

}  // namespace mrule::sema
