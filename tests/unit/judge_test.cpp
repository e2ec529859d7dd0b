// SPDX-License-Identifier: Apache-2.0
// What a completed instant does: edges and levels (S4), windows that slide by themselves (S3), `C for D` (S2) row by row, rounds
// (S9), segments, and restarts.
#include <gtest/gtest.h>

#include "tests/unit/run_fixture.h"

namespace mrule::test {
namespace {

using hir::EffectForm;
using ir::FunctionBuilder;
using ir::Opcode;
using Kind = plan::TimerSource::Kind;

/// A state rule on one count attribute that may be missing: `x >= 10`.
struct EdgePlan : PlanMaker {
  explicit EdgePlan(bool edge = true) {
    x = Attribute("x", TypeKind::kCount, false);
    rule = AddRule("r", {Act("send")});
    FunctionBuilder b;
    b.Return(AtLeast(b, b.Value(Make(Opcode::kKept, OffsetOf(x))), 10));
    unit = OnState(rule, Add(b, "x >= 10"), edge);
    entity().attributes[x].dirty = Mask({unit});
  }
  uint32_t x, rule, unit;
};

TEST(Judge, AStateRuleFiresWhenItBecomesTrueAndRearmsWhenSeenFalse) {
  EdgePlan p;
  Replay run(p.plan);
  int64_t at = 0;
  for (MrValue x : {MrValue{10, 1}, {11, 1}, {0, 0}, {12, 1}, {9, 1}, {0, 0}, {13, 1}}) run.Set("c1", ++at, {{p.x, x}});
  run.Finish();
  EXPECT_EQ(run.Take(), (Lines{"1 r send c1", "7 r send c1"}));  // unknown does not re-arm, false does
}

TEST(Judge, ADipThatLastsNoTimeNeitherFiresNorRearms) {
  EdgePlan p;
  Replay run(p.plan);
  run.Set("c1", 1, {{p.x, {10, 1}}});
  run.Set("c1", 2, {{p.x, {5, 1}}});
  run.Set("c1", 2, {{p.x, {10, 1}}});
  run.Set("c2", 2, {{p.x, {10, 1}}});
  run.Set("c2", 2, {{p.x, {5, 1}}});
  run.Finish();
  EXPECT_EQ(run.Take(), (Lines{"1 r send c1"}));
}

TEST(Judge, AnInstantThatIsContinuedAfterFinishIsJudgedAgain) {
  EdgePlan p;
  Replay run(p.plan);
  run.Set("c1", 1, {{p.x, {10, 1}}});
  run.Finish();
  run.Set("c1", 1, {{p.x, {5, 1}}});
  run.Finish();
  run.Set("c1", 1, {{p.x, {10, 1}}});
  run.Finish();
  EXPECT_EQ(run.Take(), (Lines{"1 r send c1", "1 r send c1"}));
}

TEST(Judge, ALimitThatHoldsARuleBackStillLatchesIt) {
  EdgePlan p;
  p.Limit(p.rule, 1, 10);
  Replay run(p.plan);
  int64_t x[] = {10, 5, 10, 10, 5, 10};
  int64_t at[] = {1, 2, 3, 20, 21, 22};
  for (int i = 0; i < 6; ++i) run.Set("c1", at[i], {{p.x, {x[i], 1}}});
  run.Finish();
  EXPECT_EQ(run.Take(), (Lines{"1 r send c1", "limited 3 r send c1", "22 r send c1"}));
}

TEST(Judge, SubjectsAreJudgedInOrderOfFirstAppearance) {
  EdgePlan p;
  Replay run(p.plan);
  for (const char* name : {"c1", "c2", "c3"}) run.Set(name, 1, {{p.x, {5, 1}}});
  for (const char* name : {"c3", "c1", "c2"}) run.Set(name, 2, {{p.x, {15, 1}}});
  run.Finish();
  EXPECT_EQ(run.Take(), (Lines{"2 r send c1", "2 r send c2", "2 r send c3"}));
}

/// Two rules on counts: `x >= 10` adds to y, `y >= 1` acts, so the second fires in the next round.
TEST(Judge, WhatEffectsMakeTrueFiresInTheNextRound) {
  PlanMaker p;
  uint32_t x = p.Attribute("x", TypeKind::kCount, true), y = p.Attribute("y", TypeKind::kCount, true);
  FunctionBuilder b;
  uint32_t second = p.AddRule("second", {Act("send")});
  uint32_t first = p.AddRule("first", {Change("raise", y, EffectForm::kAdd, Literal(1))});
  b.Return(AtLeast(b, b.Value(Make(Opcode::kSlot, p.OffsetOf(y))), 1));
  uint32_t unit_second = p.OnState(second, p.Add(b, "y"));
  b.Return(AtLeast(b, b.Value(Make(Opcode::kSlot, p.OffsetOf(x))), 10));
  uint32_t unit_first = p.OnState(first, p.Add(b, "x"));
  p.entity().attributes[x].dirty = PlanMaker::Mask({unit_first});
  p.entity().attributes[y].dirty = PlanMaker::Mask({unit_second});
  Replay run(p.plan);
  run.sink.show_cause = true;
  run.Set("c1", 3, {{x, {10, 1}}});
  run.Finish();
  EXPECT_EQ(run.Take(), (Lines{"3 first raise c1 #1", "3 second send c1 #1"}));
}

TEST(Judge, RoundsThatDoNotEndAreStoppedOnThatSubjectAlone) {
  PlanMaker p;
  uint32_t x = p.Attribute("x", TypeKind::kCount, true), y = p.Attribute("y", TypeKind::kCount, true);
  FunctionBuilder b;
  uint32_t loop = p.AddRule("loop", {Change("raise", x, EffectForm::kAdd, Literal(1))});
  b.Return(AtLeast(b, b.Value(Make(Opcode::kSlot, p.OffsetOf(x))), 10));
  uint32_t unit = p.OnState(loop, p.Add(b, "x"), false);
  uint32_t other = p.AddRule("other", {Act("send")});
  b.Return(AtLeast(b, b.Value(Make(Opcode::kSlot, p.OffsetOf(y))), 1));
  uint32_t unit_other = p.OnState(other, p.Add(b, "y"));
  p.entity().attributes[x].dirty = PlanMaker::Mask({unit});
  p.entity().attributes[y].dirty = PlanMaker::Mask({unit_other});
  Replay run(p.plan);
  run.Set("c1", 1, {{x, {10, 1}}});
  run.Set("c2", 1, {{y, {1, 1}}});
  run.Set("c1", 2, {{y, {1, 1}}});
  run.Finish();
  Lines lines = run.Take();
  ASSERT_EQ(lines.size(), 19u);
  EXPECT_EQ(lines[15], "1 loop raise c1");
  EXPECT_EQ(lines[16], "trap 1 rounds c1 0");
  EXPECT_EQ(lines[17], "1 other send c2");
  EXPECT_EQ(lines[18], "2 other send c1");
  EXPECT_EQ(run.Word("c1", p.OffsetOf(x)), 26);
}

/// `count e over 10 >= 2` on state, by a log; event 0 adds to it.
struct WindowPlan : PlanMaker {
  explicit WindowPlan(bool only_while_latched = false, bool at_most = false) {
    log = Slot(SlotKind::kLog, "log", sizeof(MrLog));
    cursor = Slot(SlotKind::kCursor, "cursor", sizeof(MrCursor));
    event = AddEvent("e");
    FunctionBuilder b;
    b.Effect(Make(Opcode::kCursorAdvance, log, cursor, 10));
    uint32_t kept = b.LogAdd(On(Make(Opcode::kLogAdd, log), b.Const(1)));
    b.Effect(On(Make(Opcode::kCursorAdd, cursor), b.Const(1), kept));
    b.Effect(Make(Opcode::kLogTrim, log, cursor));
    handler(event).update = Add(b, "update");
    rule = AddRule("r", {Act("send")});
    b.Effect(Make(Opcode::kCursorAdvance, log, cursor, 10));
    uint32_t count = b.Value(Make(Opcode::kLogCount, log, cursor));
    b.Return(at_most ? b.Not(AtLeast(b, count, 1)) : AtLeast(b, count, 2));
    unit = OnState(rule, Add(b, "condition"));
    timer = AddTimer(Kind::kLogExpiry, log, cursor, 10, {unit});
    if (only_while_latched) entity().timers[timer].only_while_latched = {plan.rules[rule].latch};
    handler(event).dirty = Mask({unit});
    handler(event).timers = {timer};
  }
  uint32_t log, cursor, event, rule, unit, timer;
};

TEST(Judge, AConditionIsJudgedWhenAValueLeavesItsWindow) {
  for (bool only_while_latched : {false, true}) {
    WindowPlan p(only_while_latched);
    Replay run(p.plan);
    for (int64_t at : {0, 5, 14, 30, 41, 45}) run.Add(0, "c1", at);
    // At 5 two are inside; at 10 one of them leaves, which re-arms; so do 15 and 51 after 14 and 45.
    run.Finish();
    EXPECT_EQ(run.Take(), (Lines{"5 r send c1", "14 r send c1", "45 r send c1"})) << only_while_latched;
    run.runner->Drain();
    EXPECT_EQ(run.Take(), Lines{});
    // Without the restriction every value that leaves is looked at; with it, only those after which a rule could re-arm.
    EXPECT_EQ(run.runner->counts().timers_fired, only_while_latched ? 3u : 6u);
  }
}

TEST(Judge, AnEmptyWindowFiresExactlyWhenItsLastValueLeaves) {
  WindowPlan p(false, true);
  Replay run(p.plan);
  run.Add(0, "c1", 0);
  run.Add(0, "c1", 4);
  run.Add(0, "c2", 14);  // at 14 c1's last value leaves: judged with this instant, after its events
  run.Finish();
  EXPECT_EQ(run.Take(), (Lines{"14 r send c1"}));
  run.runner->AdvanceTo(23);
  EXPECT_EQ(run.Take(), Lines{});
  EXPECT_EQ(run.runner->counts().clock, 23);
  run.runner->Drain();
  EXPECT_EQ(run.Take(), (Lines{"24 r send c2"}));
}

TEST(Judge, AnEventAtTheDeadlineStillCounts) {
  WindowPlan p(false, true);
  Replay run(p.plan);
  run.Add(0, "c1", 0);
  run.Add(0, "c1", 10);  // the first leaves at 10, this comes at 10
  run.Finish();
  run.runner->AdvanceTo(19);
  EXPECT_EQ(run.Take(), Lines{});
  run.runner->AdvanceTo(20);
  EXPECT_EQ(run.Take(), (Lines{"20 r send c1"}));
}

TEST(Judge, RecentInstantsLeaveToo) {
  PlanMaker p;
  uint32_t recents = p.Slot(SlotKind::kRecents, "recents", 8 + 8 * 2);
  uint32_t event = p.AddEvent("e");
  FunctionBuilder b;
  b.Effect(Make(Opcode::kRecentsAdd, recents, 2));
  p.handler(event).update = p.Add(b, "update");
  uint32_t rule = p.AddRule("r", {Act("send")});
  b.Return(b.Not(AtLeast(b, b.Value(Make(Opcode::kRecentsCount, recents, 2, 10)), 2)));
  uint32_t unit = p.OnState(rule, p.Add(b, "fewer than two"));
  p.handler(event).dirty = PlanMaker::Mask({unit});
  p.handler(event).timers = {p.AddTimer(Kind::kRecentsExpiry, recents, 2, 10, {unit})};
  Replay run(p.plan);
  for (int64_t at : {0, 3, 6, 8}) run.Add(event, "c1", at);
  run.Finish();
  EXPECT_EQ(run.Take(), (Lines{"0 r send c1"}));
  run.runner->Drain();
  EXPECT_EQ(run.Take(), (Lines{"16 r send c1"}));  // the second latest, 6, leaves
}

TEST(Judge, NoneInFiresWhenTheSubjectIsOldEnough) {
  PlanMaker p;
  uint32_t last = p.Slot(SlotKind::kLastAt, "last", 8, INT64_MIN);
  uint32_t event = p.AddEvent("e"), other = p.AddEvent("other");
  FunctionBuilder b;
  b.Effect(Make(Opcode::kLastAtSet, last));
  p.handler(event).update = p.Add(b, "update");
  uint32_t rule = p.AddRule("r", {Act("send")});
  b.Return(b.Value(Make(Opcode::kNoneIn, last, 0, 10)));
  uint32_t unit = p.OnState(rule, p.Add(b, "none"));
  p.handler(event).dirty = PlanMaker::Mask({unit});
  p.handler(event).timers = {p.AddTimer(Kind::kNoneIn, last, 0, 10, {unit})};
  Replay run(p.plan);
  run.Add(other, "c1", 0);
  run.Add(other, "c2", 0);
  run.Add(event, "c2", 7);
  run.Add(event, "c3", 8);
  run.Finish();
  run.runner->Drain();
  EXPECT_EQ(run.Take(), (Lines{"10 r send c1", "17 r send c2", "18 r send c3"}));
}

// --- `C for 6h` ---

/// Event 0 observes C, a boolean field; the rule is `C for 6h`.
struct HoldPlan : PlanMaker {
  explicit HoldPlan(int64_t fresh) {
    uint32_t observed = Slot(SlotKind::kObserved, "observed", sizeof(MrObserved), INT64_MIN);
    uint32_t kept = Slot(SlotKind::kKept, "c", sizeof(MrKept));
    uint32_t hold = Slot(SlotKind::kHold, "hold", sizeof(MrHold));
    AddEvent("insights", {TypeKind::kBoolean});
    FunctionBuilder b;
    b.Effect(Make(Opcode::kObserve, observed));
    b.Effect(On(Make(Opcode::kKeptSet, kept), b.Value(Make(Opcode::kField, 0))));
    handler(0).update = Add(b, "update");
    uint32_t rule = AddRule("r", {Act("pause")});
    plan::JudgeUnit unit;
    unit.kind = plan::JudgeUnit::Kind::kHold;
    b.Return(b.Require(b.Value(Make(Opcode::kKept, kept)), b.Value(Make(Opcode::kIsFresh, observed, 0, fresh))));
    unit.condition = Add(b, "C");
    unit.slot = hold;
    unit.duration_micros = 6 * kHour;
    unit.reset_after_micros = fresh;
    unit.observations_min = 2;
    unit.observed = {observed};
    unit.dependents = Mask({1});
    uint32_t held = AddUnit(unit);
    b.Return(b.Value(Make(Opcode::kHoldRead, hold, 2, 6 * kHour)));
    uint32_t judged = OnState(rule, Add(b, "held"));
    entity().units[held].timers = {AddTimer(Kind::kHoldDeadline, hold, 2, 6 * kHour, {judged})};
    handler(0).dirty = Mask({held});
    handler(0).timers = {AddTimer(Kind::kFreshness, observed, 0, fresh, {held})};
  }
};

/// Feeds hourly observations `T`, `F`, `_` from 00:00; what is decided by `until` (minutes), instants in minutes.
Lines Observe(const std::string& observations, int64_t fresh, int64_t until) {
  HoldPlan p(fresh);
  Replay run(p.plan);
  run.sink.unit = kMinute;
  for (size_t hour = 0; hour < observations.size(); ++hour) {
    if (observations[hour] == '_') continue;
    run.Add(0, "c", static_cast<int64_t>(hour) * kHour, {{observations[hour] == 'T', 1}});
  }
  run.Finish();
  run.runner->AdvanceTo(until * kMinute);
  return run.Take();
}

TEST(Hold, FiresAfterSixHoursOfTruth) {
  EXPECT_EQ(Observe("TTTTTTT", 90 * kMinute, 600), (Lines{"360 r pause c"}));
}
TEST(Hold, FiresByATimerWithNoEvent) {
  EXPECT_EQ(Observe("TTTTTT", 90 * kMinute, 359), Lines{});
  EXPECT_EQ(Observe("TTTTTT", 90 * kMinute, 360), (Lines{"360 r pause c"}));
}
TEST(Hold, StartsAgainAfterFalse) {
  EXPECT_EQ(Observe("TTFTTTTTTT", 90 * kMinute, 600), (Lines{"540 r pause c"}));
}
TEST(Hold, IsSuspendedWhileUnknown) {
  EXPECT_EQ(Observe("TTT__TTTT", 90 * kMinute, 600), (Lines{"450 r pause c"}));
}
TEST(Hold, IsResetByALongUnknown) {
  EXPECT_EQ(Observe("TTT___TTTTTTT", 90 * kMinute, 800), (Lines{"720 r pause c"}));
}
TEST(Hold, OneObservationIsNoEvidence) {
  EXPECT_EQ(Observe("T", 12 * kHour, 1440), Lines{});
  EXPECT_EQ(Observe("TT", 12 * kHour, 1440), (Lines{"360 r pause c"}));
}
TEST(Hold, FalseAtTheDeadlineStopsIt) { EXPECT_EQ(Observe("TTTTTTF", 90 * kMinute, 800), Lines{}); }

/// A fresh runner with the records of another, as a snapshot would make it. The program is the same one.
void Restart(Replay& run, const plan::Plan& plan, uint64_t* held = nullptr, bool keep_latches = true) {
  runtime::Runner& old = *run.runner;
  auto fresh = std::make_unique<runtime::Runner>(*run.program, run.code, run.sink, runtime::RunnerOptions());
  for (size_t i = 0; i < old.subject_count(0); ++i) {
    char* from = old.record(0, i);
    auto& header = *reinterpret_cast<plan::RecordHeader*>(from);
    char* to = fresh->FindOrAddRecord(0, runtime::View(*static_cast<const MrText*>(header.id)), header.first_seen);
    reinterpret_cast<plan::RecordHeader*>(to)->sequence = header.sequence;
    for (const plan::Slot& slot : plan.entities[0].slots) {
      if (slot.kind == SlotKind::kPending || (slot.kind == SlotKind::kLatch && !keep_latches)) continue;
      std::memcpy(to + slot.offset, from + slot.offset, slot.bytes);
    }
  }
  fresh->SetClock(old.counts().clock);
  uint64_t count = fresh->AfterRestore();
  if (held != nullptr) *held = count;
  run.runner = std::move(fresh);
}

TEST(Hold, ARestartChangesNothing) {
  HoldPlan p(90 * kMinute);
  Replay run(p.plan);
  run.sink.unit = kMinute;
  for (int hour = 0; hour <= 3; ++hour) run.Add(0, "c", hour * kHour, {{1, 1}});
  run.Finish();
  run.runner->AdvanceTo(4 * kHour);
  Restart(run, p.plan);
  for (int hour = 5; hour <= 6; ++hour) run.Add(0, "c", hour * kHour, {{1, 1}});
  run.Finish();
  run.runner->Drain();
  // The observation of 04:00 is missing, so C is unknown from 04:30 to 05:00.
  EXPECT_EQ(run.Take(), (Lines{"390 r pause c"}));
}

TEST(Hold, TheFirstRowWithARestartFiresAtSix) {
  HoldPlan p(90 * kMinute);
  Replay run(p.plan);
  run.sink.unit = kMinute;
  for (int hour = 0; hour <= 6; ++hour) {
    if (hour == 4) {
      run.Finish();
      Restart(run, p.plan);
    }
    run.Add(0, "c", hour * kHour, {{1, 1}});
  }
  run.Finish();
  EXPECT_EQ(run.Take(), (Lines{"360 r pause c"}));
}

TEST(Hold, AnObservationWithinLatenessCounts) {
  HoldPlan p(90 * kMinute);
  Replay run(p.plan, Lateness(2 * kHour));
  run.sink.unit = kMinute;
  for (int hour = 0; hour <= 5; ++hour) run.Add(0, "c", hour * kHour, {{1, 1}});
  run.Feed();
  run.Add(0, "c", 4 * kHour, {{0, 1}});  // arrives at 05:30
  run.Add(0, "c", 6 * kHour, {{1, 1}});
  run.Finish();
  run.runner->AdvanceTo(7 * kHour);
  EXPECT_EQ(run.Take(), Lines{});
}

TEST(Hold, AnObservationThatIsTooLateChangesNothing) {
  HoldPlan p(90 * kMinute);
  Replay run(p.plan, Lateness(2 * kHour));
  run.sink.unit = kMinute;
  for (int hour = 0; hour <= 8; ++hour) run.Add(0, "c", hour * kHour, {{1, 1}});
  run.Feed();
  run.Add(0, "c", 4 * kHour, {{0, 1}});  // arrives at 08:00
  run.Finish();
  EXPECT_EQ(run.Take(), (Lines{"late 240", "360 r pause c"}));
}

// --- segments ---

/// Segment `vip`: x >= 10, missing while x is; rules on entering and leaving.
struct SegmentPlanMaker : PlanMaker {
  SegmentPlanMaker() {
    x = Attribute("x", TypeKind::kCount, false);
    uint32_t word = Slot(SlotKind::kSegment, "segment", 8);
    plan::JudgeUnit unit;
    unit.kind = plan::JudgeUnit::Kind::kSegment;
    FunctionBuilder b;
    b.Return(AtLeast(b, b.Value(Make(Opcode::kKept, OffsetOf(x))), 10));
    unit.condition = Add(b, "vip");
    unit.slot = word;
    unit.dependents = Mask({1, 2});
    AddUnit(unit);
    for (int turn : {1, 2}) {
      uint32_t rule = AddRule(turn == 1 ? "enters" : "leaves", {Act("sync")});
      b.Return(b.Value(Make(Opcode::kSegmentTurned, word, 0, turn)));
      OnState(rule, Add(b, "turned"), false);
    }
    entity().attributes[x].dirty = Mask({0});
  }
  uint32_t x;
};

TEST(Segment, TurnsAreSeenInTheirRoundOnly) {
  SegmentPlanMaker p;
  Replay run(p.plan);
  int64_t at = 0;
  for (MrValue x : {MrValue{5, 1}, {10, 1}, {11, 1}, {0, 0}, {12, 1}, {3, 1}, {4, 1}, {0, 0}, {10, 1}, {0, 0}, {9, 1}}) {
    run.Set("c1", ++at, {{p.x, x}});
  }
  run.Finish();
  // Unknown in between is no turn: 4 and 5 are silent, and 11 leaves.
  EXPECT_EQ(run.Take(), (Lines{"2 enters sync c1", "6 leaves sync c1", "9 enters sync c1", "11 leaves sync c1"}));
}

// --- internal events: the third phase of an instant (S1) ---

/// Attribute x (a count) and two internal events, both due at 10 for every subject known by then: `second` is declared last, and
/// its timer comes first. `x >= 10` is judged on state.
struct DeadlinePlan : PlanMaker {
  DeadlinePlan() {
    x = Attribute("x", TypeKind::kCount, true);
    e = AddEvent("e");
    first = AddInternal("first");
    second = AddInternal("second");
    uint32_t timer = AddTimer(Kind::kAge, 0, 0, 10, {});
    entity().timers[timer].delivers = second;
    timer = AddTimer(Kind::kAge, 0, 0, 10, {});
    entity().timers[timer].delivers = first;
  }
  uint32_t AddInternal(const std::string& name) {
    uint32_t event = AddEvent(name);
    plan.events[event].internal = true;
    return event;
  }
  uint32_t OnX(uint32_t rule, int64_t least, bool edge = true) {
    FunctionBuilder b;
    b.Return(AtLeast(b, b.Value(Make(Opcode::kSlot, OffsetOf(x))), least));
    uint32_t unit = OnState(rule, Add(b, "x"), edge);
    plan::UnitMask& dirty = entity().attributes[x].dirty;
    dirty.resize(1);
    dirty[0] |= uint64_t{1} << unit;
    return unit;
  }
  uint32_t x, e, first, second;
};

TEST(Deadline, InternalEventsHappenAfterStateInOrderOfSubjectAndDeclaration) {
  DeadlinePlan p;
  p.OnEvent(p.second, p.AddRule("b", {Act("send")}));
  p.OnEvent(p.first, p.AddRule("a", {Act("send")}));
  p.OnEvent(p.e, p.AddRule("event", {Act("send")}));
  p.OnX(p.AddRule("state", {Act("send")}), 10);
  Replay run(p.plan);
  run.sink.show_cause = true;
  run.Set("c1", 1, {{p.x, {0, 1}}});
  run.Set("c2", 2, {{p.x, {0, 1}}});
  run.Add(p.e, "c2", 10);
  run.Set("c2", 10, {{p.x, {10, 1}}});
  run.Set("c1", 10, {{p.x, {10, 1}}});
  run.Add(p.e, "c1", 10);
  run.Set("c3", 11, {{p.x, {0, 1}}});  // not known at 10
  run.Finish();
  run.runner->Drain();
  EXPECT_EQ(run.Take(),
            (Lines{"10 event send c2 #1", "10 event send c1 #1", "10 state send c1 #1", "10 state send c2 #1",
                   "10 a send c1 #1", "10 b send c1 #1", "10 a send c2 #1", "10 b send c2 #1"}));
  EXPECT_EQ(run.runner->counts().timers_fired, 4u);
}

TEST(Deadline, StateIsJudgedAfterTheInternalEventsOfEachSubjectInRounds) {
  DeadlinePlan p;
  // `first` adds 10 to x; what that makes true is seen by `second`, and by state rules after both, round by round.
  p.OnEvent(p.first, p.AddRule("raise", {Change("raise", p.x, EffectForm::kAdd, Literal(10))}));
  FunctionBuilder b;
  b.Return(AtLeast(b, b.Value(Make(Opcode::kSlot, p.OffsetOf(p.x))), 10));
  p.OnEvent(p.second, p.AddRule("seen", {Act("send")}), p.Add(b, "x >= 10"));
  p.OnX(p.AddRule("more", {Change("raise", p.x, EffectForm::kAdd, Literal(10))}), 10);
  p.OnX(p.AddRule("last", {Act("send")}), 20);
  Replay run(p.plan);
  run.Set("c1", 1, {{p.x, {0, 1}}});
  run.Set("c2", 1, {{p.x, {0, 1}}});
  run.Finish();
  run.runner->AdvanceTo(9);
  EXPECT_EQ(run.Take(), Lines{});
  run.runner->AdvanceTo(10);
  Lines expected;
  for (const char* subject : {"c1", "c2"}) {
    for (const char* line : {"10 raise raise ", "10 seen send ", "10 more raise ", "10 last send "}) {
      expected.push_back(line + std::string(subject));
    }
  }
  EXPECT_EQ(run.Take(), expected);
  EXPECT_EQ(run.Word("c2", p.OffsetOf(p.x)), 20);
}

TEST(Deadline, FiringsOfAnInstantAreCountedThroughItsPhases) {
  DeadlinePlan p;
  // A rule on both internal events, whose event `e` sets off again what state does.
  uint32_t both = p.AddRule("both", {Act("emit")});
  p.plan.cases[both].actions[0].emits = p.e;
  p.OnEvent(p.first, both);
  p.OnEvent(p.second, both);
  p.OnEvent(p.e, p.AddRule("raise", {Change("raise", p.x, EffectForm::kAdd, Literal(10))}));
  p.OnX(p.AddRule("state", {Act("send")}), 10, false);
  Replay run(p.plan);
  run.sink.show_cause = true;
  run.Set("c1", 10 - 1, {{p.x, {0, 1}}});
  run.Set("c1", 10, {{p.x, {10, 1}}});
  run.Add(p.e, "c1", 10);
  run.Finish();
  EXPECT_EQ(run.Take(), (Lines{"10 raise raise c1 #1", "10 state send c1 #1", "10 both emit c1 #1",
                               "10 raise raise c1 #2", "10 both emit c1 #2", "10 raise raise c1 #3",
                               "10 state send c1 #2"}));
}

TEST(Deadline, RoundsAfterADeadlineAreCappedLikeOthers) {
  DeadlinePlan p;
  p.OnEvent(p.first, p.AddRule("raise", {Change("raise", p.x, EffectForm::kAdd, Literal(10))}));
  p.OnX(p.AddRule("loop", {Change("raise", p.x, EffectForm::kAdd, Literal(1))}), 10, false);
  Replay run(p.plan);
  run.Set("c1", 1, {{p.x, {0, 1}}});
  run.Finish();
  run.runner->Drain();
  const Lines lines = run.Take();
  ASSERT_EQ(lines.size(), 18u);
  EXPECT_EQ(lines[0], "10 raise raise c1");
  EXPECT_EQ(lines[17], "trap 10 rounds c1 0");
  EXPECT_EQ(run.Word("c1", p.OffsetOf(p.x)), 26);
}

TEST(Deadline, ARestartBeforeAnInternalEventChangesNothing) {
  DeadlinePlan p;
  p.OnEvent(p.first, p.AddRule("a", {Act("send")}));
  Replay run(p.plan);
  run.Set("c1", 1, {{p.x, {0, 1}}});
  run.Finish();
  Restart(run, p.plan);
  run.runner->AdvanceTo(10);
  Restart(run, p.plan);
  run.runner->Drain();
  EXPECT_EQ(run.Take(), (Lines{"10 a send c1"}));
}

// --- restarts and new rules (S4) ---

TEST(Restore, WhatHeldBeforeARuleWasKnownDoesNotFireIt) {
  EdgePlan p;
  Replay run(p.plan);
  run.Set("c1", 1, {{p.x, {10, 1}}});
  run.Set("c2", 1, {{p.x, {5, 1}}});
  run.Set("c3", 1, {{p.x, {0, 0}}});
  run.Finish();
  EXPECT_EQ(run.Take().size(), 1u);
  uint64_t held = 0;
  Restart(run, p.plan, &held, false);
  EXPECT_EQ(held, 1u);
  for (const char* name : {"c1", "c2", "c3", "c4"}) run.Set(name, 2, {{p.x, {20, 1}}});
  run.Set("c1", 3, {{p.x, {5, 1}}});
  run.Set("c1", 4, {{p.x, {15, 1}}});
  run.Finish();
  EXPECT_EQ(run.Take(), (Lines{"2 r send c2", "2 r send c3", "2 r send c4", "4 r send c1"}));
}

TEST(Restore, IncludingExistingFires) {
  EdgePlan p;
  p.plan.rules[0].including_existing = true;
  Replay run(p.plan);
  run.Set("c1", 1, {{p.x, {10, 1}}});
  run.Finish();
  run.Take();
  uint64_t held = 7;
  Restart(run, p.plan, &held, false);
  EXPECT_EQ(held, 0u);
  run.Finish();
  EXPECT_EQ(run.Take(), (Lines{"1 r send c1"}));
}

TEST(Restore, TimersAreSetAgain) {
  WindowPlan p(false, true);
  Replay run(p.plan);
  run.Add(0, "c1", 0);
  run.Finish();
  Restart(run, p.plan);
  run.runner->Drain();
  EXPECT_EQ(run.Take(), (Lines{"10 r send c1"}));
}

}  // namespace
}  // namespace mrule::test
