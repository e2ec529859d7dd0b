// SPDX-License-Identifier: Apache-2.0
#include "compiler/plan/tests.h"

#include <algorithm>

#include "compiler/diagnostics/suggest.h"
#include "compiler/plan/why.h"

namespace mrule::plan {
namespace {

class TestPlanner {
 public:
  explicit TestPlanner(Context& context) : context_(context), program_(context.program) {}

  TestPlan Plan(const hir::Test& test) {
    TestPlan out;
    out.name = program_.Text(test.name);
    const source::File& file = context_.sources[test.span.file];
    out.file = file.name();
    out.line = file.LineOf(test.span.begin);
    if (test.rule) out.rule = test.rule.value;
    if (test.zone) out.zone = program_.Text(test.zone);
    out.start = test.start;
    out.until = test.until;
    for (const hir::TestRecord& record : test.records) out.records.push_back(PlanRecord(record));
    for (const hir::TestExpectation& expectation : test.expectations) out.expectations.push_back(PlanExpectation(test, expectation));
    return out;
  }

 private:
  ValueRef Constant(const Type& type, const hir::Constant& constant) const {
    ValueRef ref;
    ref.type = type;
    if (sema::PhysicalOf(type.kind) == Physical::kText) {
      ref.kind = ValueRef::Kind::kConstantText;
      ref.bits = context_.constants.Text(constant.text);
    } else {
      ref.bits = PayloadOf(constant, type);
    }
    return ref;
  }

  void AddConstant(hir::ExprId id, TestValue& out) const {
    const hir::Expr& expr = program_.exprs[id];
    out.type = expr.type;
    if (expr.type.kind != sema::TypeKind::kSet) {
      out.values.push_back(Constant(expr.type, expr.constant));
      return;
    }
    out.is_list = true;
    const Type item{expr.type.detail ? sema::TypeKind::kCode : sema::TypeKind::kText, false, 0};
    for (StringId text : expr.constant.items) {
      hir::Constant one;
      one.text = text;
      out.values.push_back(Constant(item, one));
    }
  }

  uint32_t LineOf(source::Span span) const { return context_.sources[span.file].LineOf(span.begin); }

  TestRecord PlanRecord(const hir::TestRecord& record) const {
    TestRecord out;
    out.at = record.at;
    if (record.event) out.event = record.event.value;
    for (const auto& [entity, id] : record.subjects) out.subjects.emplace_back(entity.value, program_.Text(id));
    for (const hir::TestValue& value : record.values) {
      TestValue& made = out.values.emplace_back();
      made.name = program_.Text(value.name);
      if (value.value) AddConstant(value.value, made);
    }
    out.line = LineOf(record.span);
    return out;
  }

  TestExpectation PlanExpectation(const hir::Test& test, const hir::TestExpectation& from) {
    TestExpectation out;
    out.kind = from.kind;
    out.when = from.when;
    out.at = from.at;
    if (from.entity) out.entity = from.entity.value;
    if (from.subject) out.subject = program_.Text(from.subject);
    if (from.action) out.action = program_.Text(from.action);
    for (const hir::Argument& argument : from.arguments) {
      TestValue& made = out.arguments.emplace_back();
      made.name = program_.Text(argument.name);
      for (hir::ExprId value : argument.values) AddConstant(value, made);
      made.is_list = argument.is_list;
    }
    out.counted = from.counted;
    out.op = from.op;
    out.times = from.times;
    if (from.by_rule) out.by_rule = from.by_rule.value;
    if (from.by_limit) {
      LimitPlan limit;
      limit.count = from.by_limit->count;
      limit.period_micros = from.by_limit->period_micros;
      limit.by_calendar = from.by_limit->by_calendar;
      limit.period = from.by_limit->period;
      out.by_limit = limit;
    }
    out.text = context_.SourceText(from.span);
    out.line = LineOf(from.span);
    for (hir::ExprId reason : from.because) PlanReason(test, out, reason);
    if (from.condition) out.state = AddParts(context_, from.entity, from.condition, "an expectation");
    return out;
  }

  bool MayDecide(const hir::Test& test, const TestExpectation& expectation, const RuleCase& rule_case) const {
    if (test.rule && rule_case.rule != test.rule.value && context_.plan.rules[rule_case.rule].revert.of != test.rule.value) return false;
    if (expectation.by_rule != kNoHandler && rule_case.rule != expectation.by_rule) return false;
    if (expectation.entity != kNoHandler && context_.plan.rules[rule_case.rule].entity != expectation.entity) return false;
    return std::any_of(rule_case.actions.begin(), rule_case.actions.end(),
                       [&](const ActionPlan& action) { return action.name == expectation.action; });
  }

  /// A value as the rules' reasons call it.
  std::string LabelOf(hir::ExprId id) const {
    while (program_.exprs[id].kind == hir::ExprKind::kBuiltin && program_.exprs[id].args.size() == 1 &&
           stdlib::Row(program_.exprs[id].builtin).spelling.starts_with("to ")) {
      id = program_.exprs[id].args[0];
    }
    const hir::Expr& expr = program_.exprs[id];
    if (expr.kind == hir::ExprKind::kField) return std::string(program_.Text(expr.constant.text));
    return context_.SourceText(expr.span);
  }

  void PlanReason(const hir::Test& test, TestExpectation& out, hir::ExprId id) {
    const hir::Expr& expr = program_.exprs[id];
    const hir::Expr& constant = program_.exprs[expr.args[1]];
    TestReason reason;
    reason.label = LabelOf(expr.args[0]);
    reason.op = stdlib::Row(expr.builtin).spelling;
    reason.value = Constant(constant.type, constant.constant);
    reason.text = context_.SourceText(expr.span);
    std::vector<std::string_view> known;
    for (const RuleCase& rule_case : context_.plan.cases) {
      if (!MayDecide(test, out, rule_case)) continue;
      for (const Reason& one : rule_case.because) known.push_back(one.label);
    }
    if (std::find(known.begin(), known.end(), reason.label) == known.end()) {
      auto report = context_.diags.Report(expr.span, diagnostics::DiagId::kTestReason,
                                          {{"reason", reason.text}, {"problem", "the rule's condition reads no `" + reason.label + "`"}});
      std::sort(known.begin(), known.end());
      known.erase(std::unique(known.begin(), known.end()), known.end());
      for (std::string_view label : known) report.Expected("`" + std::string(label) + "`");
    }
    out.because.push_back(std::move(reason));
  }

  Context& context_;
  const hir::Program& program_;
};

}  // namespace

void AddTests(Context& context, TestSuite& suite) {
  suite.tests.clear();
  suite.rules.clear();
  TestPlanner planner(context);
  for (const hir::Test& test : context.program.tests) suite.tests.push_back(planner.Plan(test));
  if (!suite.lay_open) return;
  for (size_t i = 0; i < context.program.rules.size(); ++i) suite.rules.push_back(AddWhy(context, hir::RuleId(i)));
}

void PlaceTests(const Context& context, TestSuite& suite) {
  for (TestPlan& test : suite.tests) {
    for (TestExpectation& expectation : test.expectations) {
      if (expectation.entity != kNoHandler) PlaceParts(context.states[expectation.entity], expectation.state);
    }
  }
  for (WhyPlan& why : suite.rules) PlaceWhy(context, why);
}

}  // namespace mrule::plan
