// SPDX-License-Identifier: Apache-2.0
// What the plan makes of a program: which state rules share, which rows and leaves an event meets, what is judged on state
// and when, and where it lies in the record.
#include <gtest/gtest.h>

#include <algorithm>
#include <chrono>
#include <cstdlib>
#include <cstring>
#include <fstream>
#include <iterator>
#include <set>

#include "compiler/base/limits.h"
#include "hir_fixture.h"
#include "stdlib/abi.h"

namespace mrule::test {
namespace {

using hir::AggregateFn;
using hir::CountOp;
using plan::Handler;
using plan::MatchLeaf;
using plan::Plan;
using plan::SlotKind;

const plan::Slot* FindSlot(const Plan& plan, hir::EntityId entity, std::string_view key) {
  for (const plan::Slot& slot : plan.entities[entity.index()].slots) {
    if (slot.key == key) return &slot;
  }
  return nullptr;
}

size_t CountSlots(const Plan& plan, hir::EntityId entity, SlotKind kind) {
  const auto& slots = plan.entities[entity.index()].slots;
  return static_cast<size_t>(std::count_if(slots.begin(), slots.end(), [&](const plan::Slot& s) { return s.kind == kind; }));
}

const Handler& HandlerOf(const Plan& plan, hir::EventTypeId event) {
  return plan.handlers[plan.events[event.index()].handlers[0]];
}

size_t Residuals(const Handler& handler) {
  return static_cast<size_t>(
      std::count_if(handler.rows.begin(), handler.rows.end(), [](const plan::MatchRow& row) { return row.residual.has_value(); }));
}

// --- event rules ---

TEST(Rows, ARuleOnABareEventHasARowWithoutLeaves) {
  HirProgram p;
  p.Rule("r", p.contact, p.Event(p.Pattern(p.opened)), true, p.ScoreAction(1));
  const Plan plan = p.Build();
  const Handler& handler = HandlerOf(plan, p.opened);
  ASSERT_EQ(handler.rows.size(), 1u);
  EXPECT_TRUE(handler.rows[0].leaves.empty());
  EXPECT_FALSE(handler.rows[0].residual);
  EXPECT_FALSE(handler.update);
  ASSERT_EQ(plan.cases.size(), 1u);
  EXPECT_FALSE(plan.cases[0].effects);
  EXPECT_EQ(plan.cases[0].actions[0].effects[0].value.bits, 1);
}

TEST(Rows, ScoresCountsAndFieldsNeedNoResidualAndShareLeaves) {
  HirProgram p;
  auto mobile = [&] { return p.Call(BuiltinId::kEqText, {p.Field(p.opened, 1), p.Text("mobile")}); };
  for (int i = 0; i < 20; ++i) {
    const ExprId score = p.Call(BuiltinId::kGeCount, {p.Attribute(p.contact, HirProgram::kScore), p.Count(50)});
    const ExprId times = p.Times(p.Pattern(p.opened), CountOp::kAtLeast, 2 + i % 4, 7 * kDayMicros);
    p.Rule("r" + std::to_string(i), p.contact, p.And({p.Event(p.Pattern(p.opened)), mobile(), i % 2 == 0 ? score : times}), true,
           p.ScoreAction(1));
  }
  const Plan plan = p.Build();
  const Handler& handler = HandlerOf(plan, p.opened);
  EXPECT_EQ(handler.rows.size(), 20u);
  EXPECT_EQ(Residuals(handler), 0u);
  EXPECT_EQ(handler.match_inputs.size(), 3u);   // device, score, the count
  EXPECT_EQ(handler.leaves.size(), 1u + 1 + 2); // device, score, two thresholds
  const plan::Slot* recents = FindSlot(plan, p.contact, "recent opened");
  ASSERT_NE(recents, nullptr);
  EXPECT_EQ(recents->capacity, 5u);
  EXPECT_EQ(recents->bytes, 40u);
  EXPECT_EQ(CountSlots(plan, p.contact, SlotKind::kRecents), 1u);
  ASSERT_TRUE(handler.inputs);
  EXPECT_EQ(plan.function(handler.inputs).outputs, 2u);
}

TEST(Rows, TestsOfOneFieldMergeIntoOneLeaf) {
  HirProgram p;
  const ExprId position = p.Field(p.clicked, 2);
  p.Rule("r", p.contact,
         p.And({p.Event(p.Pattern(p.clicked)), p.Call(BuiltinId::kGtCount, {position, p.Count(3)}),
                p.Call(BuiltinId::kLeCount, {position, p.Count(9)}), p.Call(BuiltinId::kNeCount, {position, p.Count(5)})}),
         true, p.ScoreAction(1));
  const Plan plan = p.Build();
  const Handler& handler = HandlerOf(plan, p.clicked);
  ASSERT_EQ(handler.leaves.size(), 1u);
  const std::vector<std::pair<int64_t, int64_t>> expected = {{4, 4}, {6, 9}};
  EXPECT_EQ(handler.leaves[0].ranges, expected);
  EXPECT_EQ(handler.rows[0].leaves.size(), 1u);
}

TEST(Rows, AlternativesOfOneFieldAreOneLeafAndOfTwoAreTwoRows) {
  HirProgram p;
  const ExprId position = p.Field(p.clicked, 2);
  const ExprId one_field = p.Or({p.Call(BuiltinId::kEqCount, {position, p.Count(1)}), p.Call(BuiltinId::kGeCount, {position, p.Count(9)})});
  const ExprId two_fields = p.Or({p.Call(BuiltinId::kEqCount, {position, p.Count(1)}),
                                  p.Call(BuiltinId::kTextStartsWith, {p.Field(p.clicked, 1), p.Text("https://")})});
  p.Rule("one", p.contact, p.And({p.Event(p.Pattern(p.clicked)), one_field}), true, p.ScoreAction(1));
  p.Rule("two", p.contact, p.And({p.Event(p.Pattern(p.clicked)), two_fields}), true, p.ScoreAction(1));
  const Plan plan = p.Build();
  const Handler& handler = HandlerOf(plan, p.clicked);
  ASSERT_EQ(handler.rows.size(), 3u);
  EXPECT_EQ(handler.rows[0].rule_case, 0u);
  EXPECT_EQ(handler.rows[1].rule_case, 1u);
  EXPECT_EQ(handler.rows[2].rule_case, 1u);
  EXPECT_EQ(Residuals(handler), 0u);
}

TEST(Rows, NegationReachesTheLeavesAndKeepsUnknownOut) {
  HirProgram p;
  const ExprId country = p.InTexts(p.Attribute(p.contact, HirProgram::kCountry), {"US", "CA"});
  const ExprId position = p.Call(BuiltinId::kGeCount, {p.Field(p.clicked, 2), p.Count(9)});
  p.Rule("r", p.contact, p.And({p.Event(p.Pattern(p.clicked)), p.Not(p.Or({country, position}))}), true, p.ScoreAction(1));
  const Plan plan = p.Build();
  const Handler& handler = HandlerOf(plan, p.clicked);
  ASSERT_EQ(handler.leaves.size(), 2u);
  EXPECT_EQ(Residuals(handler), 0u);
  for (const MatchLeaf& leaf : handler.leaves) {
    if (leaf.kind == MatchLeaf::Kind::kInTexts) {
      EXPECT_TRUE(leaf.negated);
    } else {
      EXPECT_EQ(leaf.ranges.back().second, 8);
    }
  }
}

TEST(Rows, ContradictionsMakeNoRow) {
  HirProgram p;
  const ExprId device = p.Field(p.opened, 1);
  p.Rule("r", p.contact,
         p.And({p.Event(p.Pattern(p.opened)), p.Call(BuiltinId::kEqText, {device, p.Text("mobile")}),
                p.Call(BuiltinId::kEqText, {device, p.Text("tablet")})}),
         true, p.ScoreAction(1));
  const Plan plan = p.Build();
  EXPECT_EQ(plan.events[p.opened.index()].handlers[0], plan::kNoHandler);
}

TEST(Rows, WhatNoLeafSaysBecomesAResidual) {
  HirProgram p;
  const ExprId age = p.Call(BuiltinId::kSubInstants, {p.Now(), p.Attribute(p.contact, HirProgram::kSignedUp)}, TypeKind::kDuration);
  p.Rule("r", p.contact,
         p.And({p.Event(p.Pattern(p.opened)), p.Call(BuiltinId::kGtDuration, {age, p.Duration(kDayMicros)}),
                p.Call(BuiltinId::kEqText, {p.Field(p.opened, 1), p.Text("mobile")})}),
         true, p.ScoreAction(1));
  const Plan plan = p.Build();
  const Handler& handler = HandlerOf(plan, p.opened);
  ASSERT_EQ(handler.rows.size(), 1u);
  EXPECT_TRUE(handler.rows[0].residual);
  EXPECT_EQ(handler.rows[0].leaves.size(), 1u);
}

TEST(Rows, BooleanEnumSetAndMissingAreLeaves) {
  HirProgram p;
  const ExprId plan_is_pro = p.Call(BuiltinId::kEqEnum, {p.Attribute(p.contact, HirProgram::kPlan), p.Constant(TypeKind::kEnum, 1)});
  const ExprId topics = p.InTexts(p.Field(p.clicked, 3), {"a", "b"}, ExprKind::kHasAny);
  const ExprId missing = p.Not(p.Of(ExprKind::kIsKnown, {p.Field(p.clicked, 1)}));
  p.Rule("r", p.contact,
         p.And({p.Event(p.Pattern(p.clicked)), p.Attribute(p.contact, HirProgram::kVip), plan_is_pro, topics, missing}), true,
         p.ScoreAction(1));
  const Plan plan = p.Build();
  const Handler& handler = HandlerOf(plan, p.clicked);
  EXPECT_EQ(Residuals(handler), 0u);
  EXPECT_EQ(handler.leaves.size(), 4u);
}

TEST(Rows, AFieldOfTwoTriggersIsEachOnesOwn) {
  HirProgram p;
  hir::Expr field;  // the first field of opened, the second of clicked
  field.kind = ExprKind::kField;
  field.type.kind = TypeKind::kMessage;
  field.index = 0;
  field.constant.text = p.interner.Intern("message");
  std::swap(p.program.events[p.clicked].fields[0], p.program.events[p.clicked].fields[1]);
  const ExprId message = p.Add(field);
  p.Rule("r", p.contact,
         p.And({p.Or({p.Event(p.Pattern(p.opened)), p.Event(p.Pattern(p.clicked))}),
                p.Call(BuiltinId::kEqText, {message, p.Text("welcome_2", TypeKind::kMessage)})}),
         true, p.ScoreAction(1));
  const Plan plan = p.Build();
  EXPECT_EQ(plan.cases.size(), 2u);
  for (hir::EventTypeId event : {p.opened, p.clicked}) {
    ASSERT_EQ(plan.events[event.index()].fields.size(), 1u);
    EXPECT_EQ(plan.events[event.index()].fields[0].name, "message");
  }
}

TEST(Rows, BecauseShowsTheComparedValues) {
  HirProgram p;
  const ExprId filter = p.Call(BuiltinId::kEqText, {p.Field(p.opened, 0), p.Text("welcome_2", TypeKind::kMessage)});
  p.Rule("r", p.contact,
         p.And({p.Event(p.Pattern(p.opened, filter)),
                p.Call(BuiltinId::kGeCount, {p.Attribute(p.contact, HirProgram::kScore), p.Count(50)})}),
         true, p.ScoreAction(1));
  const Plan plan = p.Build();
  ASSERT_EQ(plan.cases.size(), 1u);
  ASSERT_EQ(plan.cases[0].because.size(), 2u);
  EXPECT_EQ(plan.cases[0].because[0].label, "message");
  EXPECT_EQ(plan.cases[0].because[1].label, "its score");
  EXPECT_TRUE(plan.cases[0].detail);
}

// --- accumulators ---

TEST(State, EqualAggregatesAreOneSlotAndWindowsShareALog) {
  HirProgram p;
  auto amount = [&](AggregateFn fn, int64_t window) {
    return p.Aggregate(fn, p.Pattern(p.purchased, {}, p.Field(p.purchased, 0)), TypeKind::kMoney, window);
  };
  auto more = [&](ExprId value) { return p.Call(BuiltinId::kGtMoney, {value, p.Money(100)}); };
  p.Rule("a", p.contact, more(amount(AggregateFn::kSum, 7 * kDayMicros)), false, p.PlainAction("notify"));
  p.Rule("b", p.contact, more(amount(AggregateFn::kSum, 30 * kDayMicros)), false, p.PlainAction("notify"));
  p.Rule("c", p.contact, more(amount(AggregateFn::kMax, 30 * kDayMicros)), false, p.PlainAction("notify"));
  p.Rule("d", p.contact, more(amount(AggregateFn::kSum, 0)), false, p.PlainAction("notify"));
  p.Rule("e", p.contact, more(amount(AggregateFn::kSum, 0)), false, p.PlainAction("notify"));
  p.Rule("f", p.contact, more(amount(AggregateFn::kAvg, 0)), false, p.PlainAction("notify"));
  const Plan plan = p.Build();
  EXPECT_EQ(CountSlots(plan, p.contact, SlotKind::kLog), 1u);
  EXPECT_EQ(CountSlots(plan, p.contact, SlotKind::kCursor), 2u);
  EXPECT_EQ(CountSlots(plan, p.contact, SlotKind::kTotal), 2u);  // a sum, and the count for the average
  ASSERT_NE(FindSlot(plan, p.contact, "sum purchased.amount"), nullptr);
  const Handler& handler = HandlerOf(plan, p.purchased);
  EXPECT_EQ(handler.dirty[0], 0b111111u);
  EXPECT_EQ(handler.timers.size(), 2u);
}

TEST(State, NumbersAreSummedInFixedPointButKeptExactElsewhere) {
  HirProgram p;
  auto weight = [&](AggregateFn fn) {
    return p.Aggregate(fn, p.Pattern(p.purchased, {}, p.Field(p.purchased, 1)), TypeKind::kNumber, kDayMicros);
  };
  p.Rule("a", p.contact, p.Call(BuiltinId::kGtNumber, {weight(AggregateFn::kSum), weight(AggregateFn::kMin)}), false,
         p.PlainAction("notify"));
  const Plan plan = p.Build();
  const plan::Slot* sums = FindSlot(plan, p.contact, "log purchased.weight");
  const plan::Slot* raw = FindSlot(plan, p.contact, "raw log purchased.weight");
  ASSERT_NE(sums, nullptr);
  ASSERT_NE(raw, nullptr);
  EXPECT_TRUE(sums->fixed);
  EXPECT_FALSE(raw->fixed);
  for (const plan::Slot& slot : plan.entities[p.contact.index()].slots) {
    if (slot.kind != SlotKind::kCursor) continue;
    int64_t sum;
    std::memcpy(&sum, plan.entities[p.contact.index()].image.data() + slot.offset + 8, sizeof sum);
    EXPECT_EQ(sum, slot.summed ? 0 : kMrNotSummed);
  }
}

TEST(State, SmallCountsKeepInstantsAndLargeOnesALog) {
  HirProgram p;
  auto count = [&] { return p.Aggregate(AggregateFn::kCount, p.Pattern(p.opened), TypeKind::kCount, kDayMicros); };
  p.Rule("small", p.contact, p.Call(BuiltinId::kLtCount, {p.Count(4), count()}), false, p.PlainAction("notify"));
  p.Rule("again", p.contact, p.Times(p.Pattern(p.opened), CountOp::kExactly, 2, kDayMicros), false, p.PlainAction("notify"));
  Plan plan = p.Build();
  EXPECT_EQ(CountSlots(plan, p.contact, SlotKind::kLog), 0u);
  ASSERT_NE(FindSlot(plan, p.contact, "recent opened"), nullptr);
  EXPECT_EQ(FindSlot(plan, p.contact, "recent opened")->capacity, 5u);
  p.Rule("large", p.contact, p.Call(BuiltinId::kGeCount, {count(), p.Count(500)}), false, p.PlainAction("notify"));
  plan = p.Build();
  EXPECT_EQ(CountSlots(plan, p.contact, SlotKind::kLog), 1u);
}

TEST(State, TextsThatAreKeptAreRetained) {
  HirProgram p;
  const ExprId last = p.Aggregate(AggregateFn::kLast, p.Pattern(p.purchased, {}, p.Field(p.purchased, 2)), TypeKind::kText, 0);
  p.Rule("r", p.contact, p.Call(BuiltinId::kEqText, {last, p.Text("SAVE10")}), false, p.PlainAction("notify"));
  const Plan plan = p.Build();
  ASSERT_EQ(plan.events[p.purchased.index()].fields.size(), 1u);
  EXPECT_TRUE(plan.events[p.purchased.index()].fields[0].retained);
}

TEST(State, RecordsAreWholeCacheLinesAndSlotsDoNotOverlap) {
  HirProgram p;
  for (int i = 1; i < 30; ++i) {
    p.Rule("r" + std::to_string(i), p.contact, p.Times(p.Pattern(i % 2 ? p.opened : p.clicked), CountOp::kAtLeast, i, i * kDayMicros),
           false, p.ScoreAction(1))
        .limits = {{2, kDayMicros}};
  }
  const Plan plan = p.Build();
  const plan::EntityPlan& contact = plan.entities[p.contact.index()];
  EXPECT_EQ(contact.record_bytes % 64, 0u);
  EXPECT_EQ(contact.image.size(), contact.record_bytes);
  uint32_t end = sizeof(plan::RecordHeader);
  for (const plan::Slot& slot : contact.slots) {
    EXPECT_EQ(slot.offset % 8, 0u);
    EXPECT_GE(slot.offset, end);
    end = slot.offset + slot.bytes;
  }
  EXPECT_LE(end, contact.record_bytes);
}

TEST(State, TooManyInstantsAndTooLargeARecordAreReported) {
  HirProgram p;
  p.Rule("r", p.contact, p.Times(p.Pattern(p.opened), CountOp::kAtLeast, 5000, kDayMicros), false, p.ScoreAction(1));
  p.Build();
  EXPECT_EQ(p.diags.error_count(), 1u);
  HirProgram large;
  for (int i = 0; i < 200; ++i) {
    const ExprId device = large.Call(BuiltinId::kEqText, {large.Field(large.opened, 1), large.Text(("d" + std::to_string(i)).c_str())});
    large.Rule("r" + std::to_string(i), large.contact, large.Times(large.Pattern(large.opened, device), CountOp::kAtLeast, 1000, kDayMicros),
               false, large.ScoreAction(1));
  }
  large.Build();
  EXPECT_EQ(large.diags.error_count(), 1u);
}

// --- state rules ---

TEST(Units, HoldsComeFirstInnerBeforeOuterAndKnowTheirObservations) {
  HirProgram p;
  const hir::MeasureId spend = p.program.measures.Add({p.interner.Intern("spend"), 3 * kHourMicros});
  const ExprId sum = p.Aggregate(AggregateFn::kSum, p.Pattern(p.insights, {}, p.Field(p.insights, 0)), TypeKind::kMoney,
                                 6 * kHourMicros, spend);
  const ExprId inner = p.For(p.Call(BuiltinId::kGtMoney, {sum, p.Money(100)}), 6 * kHourMicros);
  p.Rule("r", p.campaign, p.For(inner, kDayMicros), false, p.PlainAction("pause"));
  const Plan plan = p.Build();
  const plan::EntityPlan& campaign = plan.entities[p.campaign.index()];
  ASSERT_EQ(campaign.units.size(), 3u);
  EXPECT_EQ(campaign.units[0].kind, plan::JudgeUnit::Kind::kHold);
  EXPECT_EQ(campaign.units[0].duration_micros, 6 * kHourMicros);
  EXPECT_EQ(campaign.units[0].reset_after_micros, 3 * kHourMicros);
  EXPECT_EQ(campaign.units[0].observations_min, 2);
  EXPECT_EQ(campaign.units[0].observed.size(), 1u);
  EXPECT_EQ(campaign.units[0].dependents[0], 0b10u);
  EXPECT_EQ(campaign.units[1].dependents[0], 0b100u);
  EXPECT_EQ(campaign.units[0].timers.size(), 1u);
  EXPECT_EQ(campaign.units[2].kind, plan::JudgeUnit::Kind::kRule);
  EXPECT_TRUE(campaign.units[2].edge);
  std::set<plan::TimerSource::Kind> kinds;
  for (const plan::TimerSource& timer : campaign.timers) kinds.insert(timer.kind);
  EXPECT_TRUE(kinds.contains(plan::TimerSource::Kind::kLogExpiry));
  EXPECT_TRUE(kinds.contains(plan::TimerSource::Kind::kFreshness));
  EXPECT_TRUE(kinds.contains(plan::TimerSource::Kind::kHoldDeadline));
  EXPECT_EQ(HandlerOf(plan, p.insights).dirty[0] & 1, 1u);
}

TEST(Units, SegmentsComeBeforeTheRulesThatReadTheirTurns) {
  HirProgram p;
  const hir::SegmentId vip = p.Segment("vip", p.contact, p.Attribute(p.contact, HirProgram::kVip));
  p.Rule("r", p.contact, p.Turned(ExprKind::kEnters, vip), false, p.PlainAction("notify"));
  const Plan plan = p.Build();
  const plan::EntityPlan& contact = plan.entities[p.contact.index()];
  ASSERT_EQ(contact.units.size(), 2u);
  EXPECT_EQ(contact.units[0].kind, plan::JudgeUnit::Kind::kSegment);
  EXPECT_EQ(contact.units[0].dependents[0], 0b10u);
  EXPECT_FALSE(contact.units[1].edge);
  EXPECT_EQ(contact.attributes[0].dirty[0], 0b01u);
}

TEST(Timers, ExpiryOfACountThatOnlyFallsWaitsForTheLatch) {
  HirProgram p;
  p.Rule("rising", p.contact, p.Times(p.Pattern(p.opened), CountOp::kAtLeast, 3, 7 * kDayMicros), false, p.ScoreAction(1));
  p.Rule("falling", p.contact, p.Times(p.Pattern(p.clicked), CountOp::kAtMost, 3, 7 * kDayMicros), false, p.ScoreAction(1));
  const Plan plan = p.Build();
  const plan::EntityPlan& contact = plan.entities[p.contact.index()];
  ASSERT_EQ(contact.timers.size(), 2u);
  EXPECT_EQ(contact.timers[0].only_while_latched, std::vector<uint32_t>{contact.units[0].slot});
  EXPECT_TRUE(contact.timers[1].only_while_latched.empty());
  EXPECT_EQ(contact.timers[0].slot2, 3u);
  EXPECT_EQ(contact.timers[1].slot2, 4u);
}

TEST(Timers, SumsOfMoneyCanRiseWhenAValueLeaves) {
  HirProgram p;
  const ExprId sum = p.Aggregate(AggregateFn::kSum, p.Pattern(p.purchased, {}, p.Field(p.purchased, 0)), TypeKind::kMoney, kDayMicros);
  p.Rule("r", p.contact, p.Call(BuiltinId::kGtMoney, {sum, p.Money(1)}), false, p.ScoreAction(1));
  const Plan plan = p.Build();
  ASSERT_EQ(plan.entities[p.contact.index()].timers.size(), 1u);
  EXPECT_TRUE(plan.entities[p.contact.index()].timers[0].only_while_latched.empty());
}

TEST(Timers, AgesFireAtTheInstantAtWhichTheyChange) {
  HirProgram p;
  const ExprId signed_up = p.Attribute(p.contact, HirProgram::kSignedUp);
  const ExprId age = p.Call(BuiltinId::kSubInstants, {p.Now(), signed_up}, TypeKind::kDuration);
  const ExprId later = p.Call(BuiltinId::kSubInstantDuration, {p.Now(), p.Duration(2 * kDayMicros)}, TypeKind::kInstant);
  p.Rule("ge", p.contact, p.Call(BuiltinId::kGeDuration, {age, p.Duration(kDayMicros)}), false, p.ScoreAction(1));
  p.Rule("gt", p.contact, p.Call(BuiltinId::kGtDuration, {age, p.Duration(kDayMicros)}), false, p.ScoreAction(1));
  p.Rule("before", p.contact, p.Call(BuiltinId::kLtInstant, {signed_up, later}), false, p.ScoreAction(1));
  p.Rule("fixed", p.contact, p.Call(BuiltinId::kGeInstant, {p.Now(), p.Constant(TypeKind::kInstant, 1'000)}), false, p.ScoreAction(1));
  const Plan plan = p.Build();
  const plan::EntityPlan& contact = plan.entities[p.contact.index()];
  ASSERT_EQ(contact.timers.size(), 4u);
  EXPECT_EQ(contact.timers[0].micros, kDayMicros);
  EXPECT_EQ(contact.timers[1].micros, kDayMicros + 1);
  EXPECT_EQ(contact.timers[2].micros, 2 * kDayMicros + 1);
  EXPECT_EQ(contact.timers[3].micros, 1'000);
  EXPECT_EQ(contact.timers[3].slot, 0u);
  EXPECT_EQ(contact.attributes[0].timers.size(), 3u);
}

TEST(Timers, NowBesideTwoInstantsIsReported) {
  HirProgram p;
  const ExprId first = p.Aggregate(AggregateFn::kFirst, p.Pattern(p.purchased, {}, p.Field(p.purchased, 0)), TypeKind::kInstant, 0);
  const ExprId age = p.Call(BuiltinId::kSubInstants, {p.Now(), p.Attribute(p.contact, HirProgram::kSignedUp)}, TypeKind::kDuration);
  const ExprId other = p.Call(BuiltinId::kSubInstants, {p.Now(), first}, TypeKind::kDuration);
  p.Rule("r", p.contact, p.Call(BuiltinId::kGtDuration, {p.Call(BuiltinId::kAddDuration, {age, other}, TypeKind::kDuration), p.Duration(5)}),
         false, p.ScoreAction(1));
  p.Build();
  EXPECT_EQ(p.diags.error_count(), 1u);
}

// --- dumps ---

/// Compares with tests/golden/ir/NAME.txt; MRULE_UPDATE_GOLDENS=1 writes it anew.
void ExpectGolden(const std::string& name, const Plan& plan) {
  const std::string actual = plan::DumpPlan(plan) + "\n" + plan::DumpIr(plan);
  const std::string path = std::string(MRULE_GOLDEN_DIR) + "/" + name + ".txt";
  if (std::getenv("MRULE_UPDATE_GOLDENS") != nullptr) {
    std::ofstream(path) << actual;
    return;
  }
  std::ifstream file(path);
  const std::string expected((std::istreambuf_iterator<char>(file)), std::istreambuf_iterator<char>());
  EXPECT_EQ(actual, expected) << path;
}

TEST(Dump, EventRules) {
  HirProgram p;
  const ExprId welcome = p.Call(BuiltinId::kEqText, {p.Field(p.opened, 0), p.Text("welcome_2", TypeKind::kMessage)});
  p.Rule("Opened", p.contact, p.Event(p.Pattern(p.opened, welcome)), true, p.ScoreAction(10));
  p.Rule("Often", p.contact,
         p.And({p.Event(p.Pattern(p.opened)), p.Times(p.Pattern(p.opened), CountOp::kAtLeast, 3, 7 * kDayMicros)}), true,
         p.PlainAction("notify"));
  p.Rule("Far down", p.contact,
         p.And({p.Event(p.Pattern(p.clicked)), p.Call(BuiltinId::kGeCount, {p.Attribute(p.contact, HirProgram::kScore), p.Count(50)}),
                p.Or({p.Call(BuiltinId::kGtCount, {p.Field(p.clicked, 2), p.Count(10)}),
                      p.InTexts(p.Attribute(p.contact, HirProgram::kCountry), {"US", "CA"})})}),
         true, p.PlainAction("notify"))
      .limits = {{1, 7 * kDayMicros}};
  ExpectGolden("event_rules", p.Build());
}

TEST(Dump, StateRules) {
  HirProgram p;
  const hir::MeasureId spend = p.program.measures.Add({p.interner.Intern("spend"), 3 * kHourMicros});
  auto sum = [&](uint32_t field, int64_t window) {
    return p.Aggregate(AggregateFn::kSum, p.Pattern(p.insights, {}, p.Field(p.insights, field)), TypeKind::kMoney, window, spend);
  };
  const ExprId roas = p.Call(BuiltinId::kDivMoney, {sum(1, kDayMicros), sum(0, kDayMicros)}, TypeKind::kRatio);
  const ExprId low = p.For(p.Call(BuiltinId::kLtRatio, {roas, p.Number(TypeKind::kRatio, 1.2)}), 6 * kHourMicros);
  p.Rule("Stop losing", p.campaign, p.And({low, p.Call(BuiltinId::kGtMoney, {sum(0, 6 * kHourMicros), p.Money(100)})}), false,
         p.PlainAction("pause"));
  p.Rule("Gone quiet", p.contact, p.NoneIn(p.Pattern(p.opened), 30 * kDayMicros), false, p.PlainAction("notify"));
  const ExprId large = p.Call(BuiltinId::kGtMoney, {p.Field(p.purchased, 0), p.Money(50)});
  const hir::SegmentId buyers = p.Segment("buyers", p.contact, p.Times(p.Pattern(p.purchased, large), CountOp::kAtLeast, 2, 0));
  p.Rule("Welcome buyers", p.contact, p.Turned(ExprKind::kEnters, buyers), false, p.ScoreAction(5));
  ExpectGolden("state_rules", p.Build());
}

// --- size ---

TEST(Build, HundredThousandRulesOnOneEventTakeAMoment) {
  HirProgram p;
  for (int i = 0; i < 100'000; ++i) {
    const std::string message = "m" + std::to_string(i % 500), url = "u" + std::to_string(i % 2000);
    p.Rule("r" + std::to_string(i), p.contact,
           p.And({p.Event(p.Pattern(p.clicked)), p.InTexts(p.Field(p.clicked, 0), {message.c_str(), "x"}),
                  p.Call(BuiltinId::kGeCount, {p.Field(p.clicked, 2), p.Count(i % 20)}),
                  p.Call(BuiltinId::kTextStartsWith, {p.Field(p.clicked, 1), p.Text(url.c_str())}),
                  p.Call(BuiltinId::kGeCount, {p.Attribute(p.contact, HirProgram::kScore), p.Count(i % 7)})}),
           true, p.ScoreAction(1));
  }
  const auto begin = std::chrono::steady_clock::now();
  const Plan plan = p.Build();
  const auto seconds = std::chrono::duration<double>(std::chrono::steady_clock::now() - begin).count();
  EXPECT_EQ(HandlerOf(plan, p.clicked).rows.size(), 100'000u);
  EXPECT_EQ(Residuals(HandlerOf(plan, p.clicked)), 0u);
  EXPECT_LT(HandlerOf(plan, p.clicked).leaves.size(), 2600u);
  EXPECT_LT(seconds, 20.0);  // generous: sanitizers and shared machines
  RecordProperty("milliseconds", static_cast<int>(seconds * 1000));
}

}  // namespace
}  // namespace mrule::test
