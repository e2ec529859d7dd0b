// SPDX-License-Identifier: Apache-2.0
// Plans made from typed programs, run: that what plan::Build lays out and the runner do mean the rule. Golden cases of S2.
#include <gtest/gtest.h>

#include "compiler/base/limits.h"
#include "tests/unit/hir_fixture.h"
#include "tests/unit/run_fixture.h"

namespace mrule::test {
namespace {

using hir::AggregateFn;
using hir::CountOp;

std::string At(int64_t micros, const std::string& what) { return std::to_string(micros) + " " + what; }

/// `last of insights.spend > 100 for 6h` with hourly observations: T and F are the condition's truth, `_` is none.
Lines RunHold(const std::string& observations, int64_t fresh_micros) {
  HirProgram p;
  const hir::MeasureId spend = p.program.measures.Add({p.interner.Intern("spend"), fresh_micros});
  const ExprId last = p.Aggregate(AggregateFn::kLast, p.Pattern(p.insights, {}, p.Field(p.insights, 0)), TypeKind::kMoney, 0, spend);
  p.Rule("hold", p.campaign, p.For(p.Call(BuiltinId::kGtMoney, {last, p.Money(100)}), 6 * kHourMicros), false, p.PlainAction("pause"));
  Replay run(p.Build());
  for (size_t hour = 0; hour < observations.size(); ++hour) {
    if (observations[hour] == '_') continue;
    const int64_t value = observations[hour] == 'T' ? 200'000'000 : 0;
    run.Add(p.insights.value, "c1", static_cast<int64_t>(hour) * kHourMicros, {{value, 1}});
  }
  run.Feed();
  run.runner->AdvanceTo(24 * kHourMicros);
  return run.Take();
}

TEST(PlanRun, HoldsFollowTheGoldenCases) {
  const int64_t fresh = 90 * 60'000'000LL;
  EXPECT_EQ(RunHold("TTTTTT", fresh), Lines{At(6 * kHourMicros, "hold pause c1")});
  EXPECT_EQ(RunHold("TTTTTTT", fresh), Lines{At(6 * kHourMicros, "hold pause c1")});
  EXPECT_EQ(RunHold("TTFTTTTTTT", fresh), Lines{At(9 * kHourMicros, "hold pause c1")});
  EXPECT_EQ(RunHold("TTT__TTTT", fresh), Lines{At(7 * kHourMicros + kHourMicros / 2, "hold pause c1")});
  EXPECT_EQ(RunHold("TTT___TTTTTTT", fresh), Lines{At(12 * kHourMicros, "hold pause c1")});
  EXPECT_EQ(RunHold("T", 12 * kHourMicros), Lines{});
}

TEST(PlanRun, ScoresThresholdsAndRecentCountsOnOneEvent) {
  HirProgram p;
  auto mobile = [&] { return p.Call(BuiltinId::kEqText, {p.Field(p.opened, 1), p.Text("mobile")}); };
  const ExprId opened = p.Event(p.Pattern(p.opened));
  p.Rule("score", p.contact, p.And({opened, mobile()}), true, p.ScoreAction(10));
  p.Rule("hot", p.contact, p.And({opened, p.Call(BuiltinId::kGeCount, {p.Attribute(p.contact, HirProgram::kScore), p.Count(20)})}),
         true, p.PlainAction("send"));
  p.Rule("often", p.contact, p.And({opened, p.Times(p.Pattern(p.opened), CountOp::kAtLeast, 3, 10)}), true, p.PlainAction("tell"));
  Replay run(p.Build());
  for (int64_t at : {1, 5, 11, 12}) run.Add(p.opened.value, "c1", at, {run.Text(at == 5 ? "tablet" : "mobile")});
  run.Finish();
  EXPECT_EQ(run.Take(), (Lines{"1 score score c1", "11 score score c1", "12 score score c1", "12 hot send c1", "12 often tell c1"}));
}

TEST(PlanRun, AStateRuleOnARollingCountFiresAndRearms) {
  HirProgram p;
  p.Rule("r", p.contact, p.Times(p.Pattern(p.opened), CountOp::kAtLeast, 2, 10), false, p.PlainAction("send"));
  Replay run(p.Build());
  for (int64_t at : {0, 5, 6, 30, 31}) run.Add(p.opened.value, "c1", at, {});
  run.Finish();
  EXPECT_EQ(run.Take(), (Lines{"5 r send c1", "31 r send c1"}));
}

TEST(PlanRun, SumsSlideAndAgesPassWithoutEvents) {
  HirProgram p;
  const ExprId sum = p.Aggregate(AggregateFn::kSum, p.Pattern(p.purchased, {}, p.Field(p.purchased, 0)), TypeKind::kMoney, 100);
  p.Rule("low again", p.contact, p.Call(BuiltinId::kLtMoney, {sum, p.Money(5)}), false, p.PlainAction("send"));
  const ExprId age = p.Call(BuiltinId::kSubInstants, {p.Now(), p.Aggregate(AggregateFn::kFirst, p.Pattern(p.purchased, {}, p.Field(p.purchased, 3)), TypeKind::kInstant, 0)}, TypeKind::kDuration);
  p.Rule("aged", p.contact, p.Call(BuiltinId::kGtDuration, {age, p.Duration(50)}), false, p.PlainAction("tell"));
  Replay run(p.Build());
  run.Add(p.purchased.value, "c1", 10, {{7'000'000, 1}, {10, 1}});
  run.Feed();
  run.runner->AdvanceTo(1000);
  EXPECT_EQ(run.Take(), (Lines{"61 aged tell c1", "110 low again send c1"}));
}

/// `each opened not followed by purchased within 10`.
TEST(PlanRun, OpenRunsOfASequenceAreCappedAndTheOldestStay) {
  HirProgram p;
  hir::EventType deadline;
  deadline.name = p.interner.Intern("deadline");
  deadline.subjects = {p.contact};
  deadline.internal = true;
  hir::Sequence sequence;
  sequence.subject = p.contact;
  sequence.steps = {{p.Pattern(p.opened), 0}, {p.Pattern(p.purchased), 10}};
  sequence.absent = sequence.each = true;
  sequence.deadline = p.program.events.Add(std::move(deadline));
  sequence.completed_by = p.Pattern(sequence.deadline);
  hir::Expr expr;
  expr.kind = ExprKind::kSequence;
  expr.type.kind = TypeKind::kBoolean;
  expr.pattern = sequence.completed_by;
  expr.sequence = p.program.sequences.Add(std::move(sequence));
  p.Rule("r", p.contact, p.program.exprs.Add(std::move(expr)), true, p.PlainAction("send"));
  Replay run(p.Build());
  for (uint32_t i = 0; i < limits::kOpenSequencesMax; ++i) run.Add(p.opened.value, "c1", 1);
  run.Finish();
  EXPECT_EQ(run.Take(), Lines{});
  for (int i = 0; i < 3; ++i) run.Add(p.opened.value, "c1", 2);
  run.Finish();
  EXPECT_EQ(run.Take(), (Lines{"trap 2 update by opened of contact c1 " + std::to_string(kMrSequencesFull)}));
  run.runner->AdvanceTo(11);
  Lines lines = run.Take();
  EXPECT_EQ(lines.size(), limits::kOpenSequencesMax);
  EXPECT_EQ(lines.front(), "11 r send c1");
  run.Add(p.opened.value, "c1", 12);
  run.Add(p.purchased.value, "c1", 13);
  run.Add(p.opened.value, "c1", 14);
  run.Finish();
  run.runner->Drain();
  EXPECT_EQ(run.Take(), (Lines{"24 r send c1"}));
}

TEST(PlanRun, SegmentsTurnAndRulesFollow) {
  HirProgram p;
  const hir::SegmentId buyers = p.Segment("buyers", p.contact, p.Times(p.Pattern(p.purchased), CountOp::kAtLeast, 1, 100));
  p.Rule("in", p.contact, p.Turned(ExprKind::kEnters, buyers), false, p.PlainAction("add"));
  p.Rule("out", p.contact, p.Turned(ExprKind::kLeaves, buyers), false, p.PlainAction("remove"));
  Replay run(p.Build());
  run.Add(p.purchased.value, "c1", 10, {});
  run.Feed();
  run.runner->AdvanceTo(1000);
  EXPECT_EQ(run.Take(), (Lines{"10 in add c1", "110 out remove c1"}));
}

}  // namespace
}  // namespace mrule::test
