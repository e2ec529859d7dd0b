// SPDX-License-Identifier: Apache-2.0
// What rules on events do: snapshot and rounds (S9), conflicts (S10), limits (S11), traps, late events (S16).
#include <gtest/gtest.h>

#include "tests/unit/run_fixture.h"

namespace mrule::test {
namespace {

using hir::EffectForm;
using ir::FunctionBuilder;
using ir::Opcode;

/// Event 0 `e`; attribute 0 `score` that starts at 0.
struct ScorePlan : PlanMaker {
  ScorePlan() {
    score = Attribute("score", TypeKind::kCount, true);
    event = AddEvent("e", {TypeKind::kCount});
  }
  FunctionId ScoreAtLeast(int64_t least) {
    FunctionBuilder b;
    b.Return(AtLeast(b, b.Value(Make(Opcode::kSlot, OffsetOf(score))), least));
    return Add(b, "score");
  }
  uint32_t score, event;
};

TEST(Runner, RulesOfOneEventSeeTheStateFromBeforeIt) {
  ScorePlan p;
  uint32_t add = p.AddRule("add", {Change("score", p.score, EffectForm::kAdd, Literal(10))});
  uint32_t hot = p.AddRule("hot", {Act("send")});
  p.OnEvent(p.event, add);
  p.OnEvent(p.event, hot, p.ScoreAtLeast(10));
  Replay run(p.plan);
  run.sink.show_cause = true;
  run.Add(0, "c1", 5, {{1, 1}});
  run.Add(0, "c1", 5, {{1, 1}});
  run.Add(0, "c2", 5, {{1, 1}});
  run.Finish();
  EXPECT_EQ(run.Take(), (Lines{"5 add score c1 #1", "5 add score c1 #2", "5 hot send c1 #1", "5 add score c2 #1"}));
  EXPECT_EQ(run.Word("c1", p.OffsetOf(p.score)), 20);
  EXPECT_EQ(run.runner->counts().events, 3u);
  EXPECT_EQ(run.runner->counts().fired, 4u);
  EXPECT_EQ(run.runner->counts().subjects, 2u);
  EXPECT_EQ(run.runner->counts().clock, 5);
}

TEST(Runner, ARuleWithSeveralRowsFiresOncePerEvent) {
  ScorePlan p;
  uint32_t rule = p.AddRule("r", {Act("send")});
  p.OnEvent(p.event, rule, p.ScoreAtLeast(1));  // false: the next row still counts
  p.OnEvent(p.event, rule);
  p.OnEvent(p.event, rule);
  Replay run(p.plan);
  run.Add(0, "c1", 5, {{1, 1}});
  run.Finish();
  EXPECT_EQ(run.Take(), (Lines{"5 r send c1"}));
}

TEST(Runner, LimitsCountFiringsInAHalfOpenPeriod) {
  ScorePlan p;
  uint32_t rule = p.AddRule("r", {Act("send")});
  p.OnEvent(p.event, rule);
  p.Limit(rule, 2, 10);
  Replay run(p.plan);
  for (int64_t at : {0, 4, 9, 10, 13, 14, 30}) run.Add(0, "c1", at, {{1, 1}});
  run.Add(0, "c2", 30, {{1, 1}});
  run.Finish();
  EXPECT_EQ(run.Take(), (Lines{"0 r send c1", "4 r send c1", "limited 9 r send c1", "10 r send c1", "limited 13 r send c1",
                               "14 r send c1", "30 r send c1", "30 r send c2"}));
  EXPECT_EQ(run.runner->counts().limited, 2u);
}

TEST(Runner, AllLimitsOfARuleMustAllow) {
  ScorePlan p;
  uint32_t rule = p.AddRule("r", {Act("send")});
  p.OnEvent(p.event, rule);
  p.Limit(rule, 1, 10);
  p.Limit(rule, 3, 0);
  Replay run(p.plan);
  for (int64_t at : {0, 5, 10, 20, 30, 40}) run.Add(0, "c1", at, {{1, 1}});
  run.Finish();
  EXPECT_EQ(run.Take(), (Lines{"0 r send c1", "limited 5 r send c1", "10 r send c1", "20 r send c1",
                               "limited 30 r send c1", "limited 40 r send c1"}));
}

struct Conflict {
  hir::Safer safer;
  int64_t first, second;
  int32_t first_priority, second_priority;
  std::vector<std::string> expected;
  int64_t budget;
};

void Check(const Conflict& c) {
  PlanMaker p;
  uint32_t budget = p.Attribute("budget", TypeKind::kMoney, true, c.safer);
  uint32_t other = p.Attribute("other", TypeKind::kCount, true);
  uint32_t event = p.AddEvent("e");
  uint32_t rules[2];
  for (int i = 0; i < 2; ++i) {
    plan::ActionPlan action =
        Change("set", budget, EffectForm::kSet, Literal(i == 0 ? c.first : c.second, TypeKind::kMoney));
    action.effects.push_back({other, EffectForm::kAdd, Literal(1)});
    rules[i] = p.AddRule(i == 0 ? "a" : "b", {action, Act("tell")});
    p.OnEvent(event, rules[i]);
  }
  p.plan.rules[0].priority = c.first_priority;
  p.plan.rules[1].priority = c.second_priority;
  Replay run(p.plan);
  run.Add(0, "c", 1);
  run.Finish();
  EXPECT_EQ(run.Take(), c.expected);
  EXPECT_EQ(run.Word("c", p.OffsetOf(budget)), c.budget);
  EXPECT_EQ(run.Word("c", p.OffsetOf(other)), c.first == c.second ? 2 : 1);
}

TEST(Runner, ConflictsGoByPriorityThenSafetyThenSourceOrder) {
  const Lines first_wins{"1 a set c", "1 a tell c", "lost to a 1 b set c", "1 b tell c"};
  const Lines second_wins{"lost to b 1 a set c", "1 a tell c", "1 b set c", "1 b tell c"};
  Check({hir::Safer::kNone, 5, 7, 0, 0, first_wins, 5});
  Check({hir::Safer::kNone, 5, 7, 0, 1, second_wins, 7});
  Check({hir::Safer::kLess, 5, 7, 0, 0, first_wins, 5});
  Check({hir::Safer::kLess, 7, 5, 0, 0, second_wins, 5});
  Check({hir::Safer::kLess, 7, 5, 1, 0, first_wins, 7});
  Check({hir::Safer::kMore, 5, 7, 0, 0, second_wins, 7});
  Check({hir::Safer::kLess, 5, 5, 0, 0, {"1 a set c", "1 a tell c", "1 b set c", "1 b tell c"}, 5});
}

TEST(Runner, EffectValuesAreOfTheSnapshotAndSetsComeBeforeSums) {
  ScorePlan p;
  FunctionBuilder b;
  uint32_t twice = b.Builtin(stdlib::BuiltinId::kAddCount, {b.Value(Make(Opcode::kSlot, p.OffsetOf(p.score))),
                                                           b.Value(Make(Opcode::kField, 0))});
  b.StoreOutput(twice, 0);
  FunctionId effects = p.Add(b, "effects");
  plan::ValueRef output;
  output.kind = plan::ValueRef::Kind::kOutput;
  output.type.kind = TypeKind::kCount;
  uint32_t add = p.AddRule("add", {Change("score", p.score, EffectForm::kAdd, output)});
  uint32_t set = p.AddRule("set", {Change("set", p.score, EffectForm::kSet, Literal(100))});
  p.plan.cases[add].effects = effects;
  p.OnEvent(p.event, add);
  p.OnEvent(p.event, set);
  Replay run(p.plan);
  run.Add(0, "c1", 1, {{3, 1}});  // score 0: sets 100, adds 0 + 3
  run.Add(0, "c1", 2, {{4, 1}});  // sets 100, adds 103 + 4
  run.Finish();
  EXPECT_EQ(run.Word("c1", p.OffsetOf(p.score)), 207);
}

TEST(Runner, ATrapStopsItsRuleOnThatSubjectAndIsReportedOnceAnInstant) {
  ScorePlan p;
  FunctionBuilder b;
  uint32_t sum = b.Builtin(stdlib::BuiltinId::kAddCount, {b.Value(Make(Opcode::kField, 0)), b.Const(1)});
  b.Return(AtLeast(b, sum, 0));
  FunctionId overflows = p.Add(b, "overflows");
  p.OnEvent(p.event, p.AddRule("bad", {Act("send")}), overflows);
  p.OnEvent(p.event, p.AddRule("good", {Act("send")}));
  Replay run(p.plan);
  run.Add(0, "c1", 1, {{INT64_MAX, 1}});
  run.Add(0, "c1", 1, {{INT64_MAX, 1}});
  run.Add(0, "c1", 2, {{INT64_MAX, 1}});
  run.Add(0, "c1", 2, {{5, 1}});
  run.Finish();
  EXPECT_EQ(run.Take(), (Lines{"trap 1 bad c1 2", "1 good send c1", "1 good send c1", "trap 2 bad c1 2", "2 good send c1",
                               "2 bad send c1", "2 good send c1"}));
  EXPECT_EQ(run.runner->counts().traps, 2u);
}

TEST(Runner, AnEmittedEventHappensInTheNextRoundBeforeTheNextRecord) {
  PlanMaker p;
  uint32_t score = p.Attribute("score", TypeKind::kCount, true);
  uint32_t outer = p.AddEvent("outer"), inner = p.AddEvent("inner", {TypeKind::kCount});
  plan::ActionPlan emit = Act("emit");
  emit.emits = inner;
  plan::ArgumentPlan argument;
  argument.name = "f0";
  argument.values = {Literal(7)};
  emit.arguments = {argument};
  emit.effects.push_back({score, EffectForm::kAdd, Literal(1)});
  p.OnEvent(outer, p.AddRule("a", {emit}));
  FunctionBuilder b;
  b.ExitUnlessTrue(AtLeast(b, b.Value(Make(Opcode::kSlot, p.OffsetOf(score))), 1));
  b.Return(AtLeast(b, b.Value(Make(Opcode::kField, 0)), 7));
  p.OnEvent(inner, p.AddRule("b", {Act("send")}), p.Add(b, "inner"));
  Replay run(p.plan);
  run.sink.show_cause = true;
  run.Add(outer, "c1", 1);
  run.Add(outer, "c1", 1);
  run.Finish();
  EXPECT_EQ(run.Take(), (Lines{"1 a emit c1 #1", "1 b send c1 #1", "1 a emit c1 #2", "1 b send c1 #2"}));
}

TEST(Runner, EventsThatEmitEachOtherForEverAreStopped) {
  PlanMaker p;
  uint32_t event = p.AddEvent("ping");
  plan::ActionPlan emit = Act("emit");
  emit.emits = event;
  p.OnEvent(event, p.AddRule("a", {emit}));
  Replay run(p.plan);
  run.Add(event, "c1", 1);
  run.Finish();
  Lines lines = run.Take();
  ASSERT_EQ(lines.size(), 17u);  // rounds 0 … 15
  EXPECT_EQ(lines.back(), "trap 1 rounds c1 0");
}

TEST(Runner, RecordsOlderThanTheClockAreLate) {
  ScorePlan p;
  p.OnEvent(p.event, p.AddRule("r", {Act("send")}));
  Replay run(p.plan);
  run.Add(0, "c1", 10, {{1, 1}});
  run.Add(0, "c1", 9, {{1, 1}});
  run.Add(0, "c1", 10, {{1, 1}});
  run.Finish();
  EXPECT_EQ(run.Take(), (Lines{"10 r send c1", "late 9", "10 r send c1"}));
  EXPECT_EQ(run.runner->counts().late, 1u);
}

TEST(Runner, WithinLatenessEventsAreSortedByInstantThenInput) {
  ScorePlan p;
  FunctionBuilder b;
  b.Return(AtLeast(b, b.Value(Make(Opcode::kField, 0)), 0));
  p.OnEvent(p.event, p.AddRule("r", {Act("send")}), p.Add(b, "any"));
  Replay run(p.plan, Lateness(10));
  for (int64_t at : {10, 5, 5, 20, 9, 10, 31, 19}) {
    run.Add(0, "c" + std::to_string(at), at, {{1, 1}});
    run.Feed();  // each record alone: what is decided must not depend on batches
  }
  EXPECT_EQ(run.Take(), (Lines{"5 r send c5", "5 r send c5", "10 r send c10", "10 r send c10", "late 9", "20 r send c20"}));
  run.Finish();
  EXPECT_EQ(run.Take(), (Lines{"late 19", "31 r send c31"}));  // known to be late when its source's clock has passed
}

TEST(Runner, HeldEventsKeepTheirValues) {
  PlanMaker p;
  uint32_t name = p.Attribute("name", TypeKind::kText, false);
  uint32_t tags = p.Attribute("tags", TypeKind::kSet, false);
  Replay run(p.plan, Lateness(100));
  for (int i = 0; i < 600; ++i) {
    std::string text = "name " + std::to_string(i);
    MrText transient{text.data(), static_cast<uint32_t>(text.size()), 0};
    const MrText* item = &transient;
    MrTextSet set{&item, 1, 0};
    run.Set("c" + std::to_string(i), i, {{name, {reinterpret_cast<int64_t>(&transient), 1}},
                                         {tags, {reinterpret_cast<int64_t>(&set), 1}}});
    run.Feed();
  }
  run.Finish();
  for (int i = 0; i < 600; ++i) {
    std::string subject = "c" + std::to_string(i);
    auto* text = reinterpret_cast<const MrText*>(run.Word(subject, p.OffsetOf(name)));
    auto* set = reinterpret_cast<const MrTextSet*>(run.Word(subject, p.OffsetOf(tags)));
    ASSERT_EQ(runtime::View(*text), "name " + std::to_string(i));
    ASSERT_EQ(set->size, 1u);
    ASSERT_EQ(set->items[0], text);  // pooled
  }
}

TEST(Runner, TagsAreAddedAndRemoved) {
  PlanMaker p;
  p.plan.texts = {"hot", "cold", "new"};
  uint32_t tags = p.Attribute("tags", TypeKind::kSet, false);
  uint32_t add = p.AddEvent("add"), remove = p.AddEvent("remove");
  p.OnEvent(add, p.AddRule("hot", {Change("tag", tags, EffectForm::kAdd, TextLiteral(0))}));
  p.OnEvent(add, p.AddRule("cold", {Change("tag", tags, EffectForm::kAdd, TextLiteral(1))}));
  p.OnEvent(remove, p.AddRule("not hot", {Change("untag", tags, EffectForm::kRemove, TextLiteral(0))}));
  Replay run(p.plan);
  auto items = [&] {
    std::string all;
    auto* set = reinterpret_cast<const MrTextSet*>(run.Word("c1", p.OffsetOf(tags)));
    for (uint32_t i = 0; set != nullptr && i < set->size; ++i) all += std::string(runtime::View(*set->items[i])) + " ";
    return all;
  };
  run.Add(remove, "c1", 1);
  run.Feed();
  EXPECT_EQ(items(), "");
  run.Add(add, "c1", 2);
  run.Add(add, "c1", 3);
  run.Feed();
  EXPECT_EQ(items(), "cold hot ");
  run.Add(remove, "c1", 4);
  run.Feed();
  EXPECT_EQ(items(), "cold ");
  size_t in_use = run.program->slab().bytes_in_use();
  for (int i = 0; i < 100; ++i) {
    run.Add(add, "c1", 5 + i);
    run.Add(remove, "c1", 5 + i);
  }
  run.Finish();
  EXPECT_EQ(run.program->slab().bytes_in_use(), in_use);  // replaced sets go back
}

}  // namespace
}  // namespace mrule::test
