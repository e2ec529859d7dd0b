// SPDX-License-Identifier: Apache-2.0
// Snapshots: every kind of slot out and in again, byte for byte; edited programs; damaged files. State is put
// into the records by hand, so that extremes are covered that no short run reaches.
#include "runtime/state/snapshot.h"

#include <gtest/gtest.h>

#include <bit>
#include <cstring>
#include <memory>
#include <random>
#include <sstream>

#include "runtime/actions/counting_sink.h"
#include "runtime/exec/code.h"
#include "runtime/exec/keyed_firings.h"
#include "runtime/program/distinct_set.h"
#include "runtime/value/kept_set.h"
#include "stdlib/kernels/state.h"
#include "tests/unit/plan_fixture.h"

namespace mrule::runtime {
namespace {

using plan::Slot;
using plan::SlotKind;
using sema::TypeKind;
using test::Required;

constexpr uint32_t kCapacity = 3;

template <typename T>
void Put(std::vector<uint8_t>& image, uint32_t offset, const T& value) {
  std::memcpy(image.data() + offset, &value, sizeof value);
}

/// Adds a slot to an entity, with the bytes of a new record.
uint32_t AddSlot(plan::EntityPlan& entity, SlotKind kind, std::string key, uint32_t bytes,
                 sema::Type type = {}) {
  const auto offset = static_cast<uint32_t>(entity.image.size());
  Slot slot;
  slot.kind = kind;
  slot.key = std::move(key);
  slot.offset = offset;
  slot.bytes = bytes;
  slot.type = type;
  entity.image.resize(offset + bytes);
  if (kind == SlotKind::kLastAt || kind == SlotKind::kObserved) Put(entity.image, offset, INT64_MIN);
  entity.slots.push_back(slot);
  return static_cast<uint32_t>(entity.slots.size() - 1);
}

void Finish(plan::EntityPlan& entity) {
  entity.image.resize((entity.image.size() + 63) / 64 * 64);
  entity.record_bytes = static_cast<uint32_t>(entity.image.size());
}

/// A slot of every kind, and attributes and kept values of every type.
plan::Plan EveryPlan() {
  plan::Plan plan = test::SmallPlan();
  plan.events.clear();
  for (plan::EntityPlan& entity : plan.entities) {
    entity.attributes.clear();
    entity.image.resize(sizeof(plan::RecordHeader));
  }
  plan::EntityPlan& contact = plan.entities[0];
  for (const TypeKind kind : {TypeKind::kBoolean, TypeKind::kNumber, TypeKind::kCount, TypeKind::kRatio,
                              TypeKind::kPercent, TypeKind::kMoney, TypeKind::kDuration, TypeKind::kInstant,
                              TypeKind::kDate, TypeKind::kTimeOfDay, TypeKind::kText, TypeKind::kCode,
                              TypeKind::kEnum, TypeKind::kMessage, TypeKind::kSubject, TypeKind::kSet}) {
    AddSlot(contact, SlotKind::kAttribute, "attribute a" + std::to_string(static_cast<int>(kind)),
            sizeof(MrKept), Required(kind));
    if (kind != TypeKind::kSet)
      AddSlot(contact, SlotKind::kKept, "last k" + std::to_string(static_cast<int>(kind)), sizeof(MrKept),
              Required(kind));
  }
  contact.slots[AddSlot(contact, SlotKind::kAttribute, "attribute score", 8, Required(TypeKind::kCount))]
      .always_known = true;
  AddSlot(contact, SlotKind::kTotal, "count opened", 8);
  AddSlot(contact, SlotKind::kLastAt, "last opened", 8);
  for (const SlotKind kind : {SlotKind::kRecents, SlotKind::kLimit}) {
    contact
        .slots[AddSlot(contact, kind, kind == SlotKind::kLimit ? "rule \"A\" limit" : "recent opened",
                       8 + 8 * kCapacity)]
        .capacity = kCapacity;
  }
  const uint32_t money_log =
      AddSlot(contact, SlotKind::kLog, "log purchased.amount", sizeof(MrLog), Required(TypeKind::kMoney));
  const uint32_t cursor =
      AddSlot(contact, SlotKind::kCursor, "sum purchased.amount over 30d", sizeof(MrCursor));
  contact.slots[cursor].log = money_log;
  contact.slots[cursor].summed = true;
  const uint32_t fixed_log =
      AddSlot(contact, SlotKind::kLog, "log weight", sizeof(MrLog), Required(TypeKind::kNumber));
  contact.slots[fixed_log].fixed = true;
  const uint32_t short_cursor = AddSlot(contact, SlotKind::kCursor, "sum weight over 1d", sizeof(MrCursor));
  contact.slots[short_cursor].log = fixed_log;
  contact.slots[short_cursor].summed = true;
  const uint32_t span = AddSlot(contact, SlotKind::kSpan, "sum weight over 7d ending 3d ago", sizeof(MrSpan));
  contact.slots[span].log = fixed_log;
  contact.slots[span].summed = true;
  AddSlot(contact, SlotKind::kLog, "log pages", sizeof(MrLog), Required(TypeKind::kText));
  AddSlot(contact, SlotKind::kLog, "log ratios", sizeof(MrLog), Required(TypeKind::kRatio));
  AddSlot(contact, SlotKind::kDistinct, "distinct page", sizeof(MrDistinct), Required(TypeKind::kText));
  AddSlot(contact, SlotKind::kDistinct, "distinct position", sizeof(MrDistinct), Required(TypeKind::kCount));
  AddSlot(contact, SlotKind::kHold, "hold roas", sizeof(MrHold));
  AddSlot(contact, SlotKind::kObserved, "observed spend", sizeof(MrObserved));
  const uint32_t sequence =
      AddSlot(contact, SlotKind::kSequence, "sequence a followed by b", sizeof(MrSequence) + 8);
  contact.slots[sequence].capacity = 2;
  for (uint32_t stage = 0; stage < 2; ++stage)
    Put(contact.image, contact.slots[sequence].offset + 8 + 8 * stage, INT64_MIN);
  const uint32_t runs = AddSlot(contact, SlotKind::kRuns, "sequence each a followed by b", sizeof(MrRuns));
  contact.slots[runs].capacity = 2;
  contact.slots[runs].keys = {Required(TypeKind::kText), Required(TypeKind::kNumber)};
  AddSlot(contact, SlotKind::kSegment, "segment vip", 8);
  AddSlot(contact, SlotKind::kLatch, "rule \"A\" latch", 8);
  AddSlot(contact, SlotKind::kRow, "roas in a row", sizeof(MrRow));
  AddSlot(contact, SlotKind::kExtreme, "peak of roas", sizeof(MrExtreme), Required(TypeKind::kRatio));
  AddSlot(contact, SlotKind::kExtreme, "low of spend", sizeof(MrExtreme), Required(TypeKind::kMoney));
  AddSlot(contact, SlotKind::kPending, "pending 1", 8);
  for (plan::EntityPlan& entity : plan.entities) Finish(entity);
  return plan;
}

/// A program with a runner of its own.
struct Session {
  explicit Session(plan::Plan plan)
      : program(test::LoadPlan(std::move(plan))), code(*program), runner(*program, code, sink, {}) {}

  std::string Save() {
    std::ostringstream out;
    EXPECT_TRUE(SaveSnapshot(runner, *program, out).ok());
    return out.str();
  }
  Result<RestoreReport> Load(const std::string& text) {
    std::istringstream in(text);
    return LoadSnapshot(runner, *program, in);
  }

  std::unique_ptr<Program> program;
  Code code;
  CountingSink sink;
  Runner runner;
};

class Filler {
 public:
  Filler(Session& run, uint64_t seed) : run_(run), random_(seed) {}

  void Fill(char* record) {
    for (const Slot& slot : run_.program->plan().entities[0].slots) {
      // A cursor always stands somewhere in its log.
      if (slot.kind == SlotKind::kCursor || slot.kind == SlotKind::kSpan || random_() % 4 != 0) FillSlot(record, slot);
    }
  }

 private:
  int64_t Any() {
    switch (random_() % 6) {
      case 0:
        return INT64_MAX;
      case 1:
        return INT64_MIN;
      case 2:
        return 0;
      case 3:
        return static_cast<int64_t>(random_() % 1000);
      default:
        return static_cast<int64_t>(random_());
    }
  }
  const MrText* Text() { return run_.program->texts().Intern("te\"xt\n" + std::to_string(random_() % 50)); }
  int64_t Value(const Slot& slot) {
    if (slot.fixed) return Any();
    switch (slot.type.kind) {
      case TypeKind::kBoolean:
        return static_cast<int64_t>(random_() % 2);
      case TypeKind::kEnum:
        return static_cast<int64_t>(random_() % 3);
      case TypeKind::kNumber:
      case TypeKind::kRatio:
      case TypeKind::kPercent: {
        double value = std::bit_cast<double>(random_());
        if (random_() % 8 == 0) value = -0.0;
        if (random_() % 8 == 0) value = static_cast<double>(random_());
        while (!(value - value == 0)) value = std::bit_cast<double>(random_());
        return std::bit_cast<int64_t>(value);
      }
      case TypeKind::kText:
      case TypeKind::kCode:
      case TypeKind::kMessage:
      case TypeKind::kSubject:
        return reinterpret_cast<int64_t>(Text());
      case TypeKind::kSet: {
        const MrText* items[] = {Text(), Text(), Text()};
        return reinterpret_cast<int64_t>(
            MakeKeptSet(run_.program->slab(), run_.program->texts(), std::span(items, random_() % 4)));
      }
      default:
        return Any();
    }
  }
  template <typename T>
  void Store(char* record, const Slot& slot, const T& value) {
    std::memcpy(record + slot.offset, &value, sizeof value);
  }
  void FillSlot(char* record, const Slot& slot) {
    Slab& slab = run_.program->slab();
    switch (slot.kind) {
      case SlotKind::kAttribute:
      case SlotKind::kKept:
        if (slot.always_known) return Store(record, slot, Value(slot));
        return Store(record, slot, MrKept{Value(slot), 1});
      case SlotKind::kTotal:
      case SlotKind::kLastAt:
      case SlotKind::kRevert:
        return Store(record, slot, Any());
      case SlotKind::kLatch:
        return Store(record, slot, static_cast<int64_t>(random_() % 3));
      case SlotKind::kSegment:
        return Store(record, slot, static_cast<uint8_t>(random_() % 4));
      case SlotKind::kRecents: {
        static_assert(kCapacity <= kMrLatestMax);
        MrFrame frame{};
        frame.record = record;
        for (uint64_t n = random_() % 8; n > 0; --n) {
          frame.now += static_cast<int64_t>(random_() % 5);
          mr_s_latest_add(&frame, slot.offset, slot.capacity);
        }
        return;
      }
      case SlotKind::kLimit: {
        auto* recents = reinterpret_cast<MrRecents*>(record + slot.offset);
        int64_t at = 0;
        for (uint64_t n = random_() % 8; n > 0; --n) {
          at += static_cast<int64_t>(random_() % 5);
          recents->at[recents->next] = at;
          recents->next = (recents->next + 1) % slot.capacity;
          recents->count = std::min(recents->count + 1, slot.capacity);
        }
        return;
      }
      case SlotKind::kLog: {
        auto* log = reinterpret_cast<MrLog*>(record + slot.offset);
        ReserveLog(slab, log, 16);
        log->base = random_() % 20;
        log->tail = log->base + random_() % 16;
        for (uint64_t p = log->base; p != log->tail; ++p)
          log->entries[p & log->mask] = {static_cast<int64_t>(p) * 10, Value(slot)};
        return;
      }
      case SlotKind::kCursor: {
        const auto* log =
            reinterpret_cast<const MrLog*>(record + run_.program->plan().entities[0].slots[slot.log].offset);
        return Store(record, slot,
                     MrCursor{log->base + (log->tail - log->base) / 2, log->base == log->tail ? 0 : Any()});
      }
      case SlotKind::kSpan: {
        const auto* log =
            reinterpret_cast<const MrLog*>(record + run_.program->plan().entities[0].slots[slot.log].offset);
        const uint64_t entries = log->tail - log->base;
        return Store(record, slot, MrSpan{log->base + entries / 3, entries == 0 ? 0 : Any(), log->base + entries / 2});
      }
      case SlotKind::kDistinct: {
        auto* distinct = reinterpret_cast<MrDistinct*>(record + slot.offset);
        bool full = false;
        for (uint64_t n = random_() % 20; n > 0; --n) AddDistinct(slab, distinct, Value(slot), &full);
        return;
      }
      case SlotKind::kHold:
        return Store(record, slot, MrHold{static_cast<int64_t>(random_() % 3), Any(), Any(), 2, Any()});
      case SlotKind::kObserved:
        return Store(record, slot, MrObserved{Any(), Any()});
      case SlotKind::kSequence: {
        auto* sequence = reinterpret_cast<MrSequence*>(record + slot.offset);
        for (uint32_t stage = 0; stage < slot.capacity; ++stage) {
          if (random_() % 2 == 0) sequence->at[stage] = Any();
        }
        return;
      }
      case SlotKind::kRuns: {
        auto* runs = reinterpret_cast<MrRuns*>(record + slot.offset);
        Slot text, number;
        text.type = slot.keys[0];
        number.type = slot.keys[1];
        ReserveRuns(slab, runs, 16);
        int64_t at = static_cast<int64_t>(random_() % 1000) - 500;
        for (runs->count = 0; runs->count < random_() % 16; ++runs->count) {
          at += static_cast<int64_t>(random_() % 3);
          runs->entries[runs->count] = {at, static_cast<int64_t>(random_() % slot.capacity), {Value(text), Value(number)}};
        }
        return;
      }
      case SlotKind::kPending:
        return Store(record, slot, Any());
      case SlotKind::kRow:
        return Store(record, slot, MrRow{static_cast<int64_t>(random_() % 9), Any()});
      case SlotKind::kExtreme: {
        const bool known = random_() % 2 != 0;
        return Store(record, slot, MrExtreme{known ? Value(slot) : 0, known, Any()});
      }
      case SlotKind::kKeyedLimit: {
        KeyedFirings keyed(record + slot.offset, slot.capacity);
        for (uint64_t n = random_() % 8; n > 0; --n) {
          MrRecents* firings = keyed.FindOrAdd(slab, KeyOf({Value(slot), 1}), INT64_MIN);
          firings->at[0] = Any();
          firings->count = 1;
          firings->next = slot.capacity == 1 ? 0 : 1;
        }
        return;
      }
      case SlotKind::kWaiting:
        return;  // belongs to a rule: tests/golden/run/s11_wait_*
    }
  }

  Session& run_;
  std::mt19937_64 random_;
};

void FillRun(Session& run, uint64_t seed, int subjects) {
  Filler filler(run, seed);
  for (int i = 0; i < subjects; ++i) {
    char* record = run.runner.FindOrAddRecord(0, "c \"" + std::to_string(i), i * 1000);
    filler.Fill(record);
    reinterpret_cast<plan::RecordHeader*>(record)->sequence = static_cast<uint64_t>(i) * 3;
  }
  run.runner.FindOrAddRecord(1, "campaign", 5);
  run.runner.SetClock(1'767'225'600'000'001);
}

TEST(Snapshot, SaveLoadSaveGivesEqualBytes) {
  for (uint64_t seed = 0; seed < 50; ++seed) {
    Session first(EveryPlan()), second(EveryPlan());
    FillRun(first, seed, 20);
    const std::string saved = first.Save();
    const auto report = second.Load(saved);
    ASSERT_TRUE(report.ok()) << report.error().message << " seed " << seed;
    EXPECT_EQ(report.value().subjects, 21u);
    EXPECT_TRUE(report.value().dropped.empty());
    EXPECT_TRUE(report.value().started.empty());
    EXPECT_EQ(second.runner.counts().clock, 1'767'225'600'000'001);
    ASSERT_EQ(second.Save(), saved) << "seed " << seed;
  }
}

TEST(Snapshot, NothingYet) {
  Session first(EveryPlan()), second(EveryPlan());
  const std::string saved = first.Save();
  EXPECT_TRUE(second.Load(saved).ok());
  EXPECT_EQ(second.Save(), saved);
}

TEST(Snapshot, Golden) {
  plan::Plan plan;
  plan.entities.resize(1);
  plan.entities[0].name = "contact";
  plan.entities[0].image.resize(sizeof(plan::RecordHeader));
  const uint32_t log =
      AddSlot(plan.entities[0], SlotKind::kLog, "log x", sizeof(MrLog), Required(TypeKind::kNumber));
  const uint32_t cursor = AddSlot(plan.entities[0], SlotKind::kCursor, "sum x over 1d", sizeof(MrCursor));
  plan.entities[0].slots[cursor].log = log;
  plan.entities[0].slots[cursor].summed = true;
  AddSlot(plan.entities[0], SlotKind::kLatch, "rule \"A\" latch", 8);
  AddSlot(plan.entities[0], SlotKind::kPending, "pending", 8);
  Finish(plan.entities[0]);
  const Slot log_slot = plan.entities[0].slots[log], cursor_slot = plan.entities[0].slots[cursor];
  Session run(std::move(plan));
  char* record = run.runner.FindOrAddRecord(0, "c1", -5);
  auto* entries = reinterpret_cast<MrLog*>(record + log_slot.offset);
  ReserveLog(run.program->slab(), entries, 2);
  entries->tail = 2;
  entries->entries[0] = {1, std::bit_cast<int64_t>(0.1)};
  entries->entries[1] = {2, std::bit_cast<int64_t>(1e300)};
  const MrCursor at_second{1, 7};
  std::memcpy(record + cursor_slot.offset, &at_second, sizeof at_second);
  run.runner.SetClock(9);
  EXPECT_EQ(
      run.Save(),
      R"({"mrule_snapshot":1,"clock":9,"subjects":1,"keeps":{"contact":["log x","sum x over 1d","rule \"A\" latch"]},"records":0})"
      "\n"
      R"({"contact":"c1","first_seen":-5,"sequence":1,"state":{"log x":[[1,0.1],[2,1e+300]],"sum x over 1d":[1,7],"rule \"A\" latch":0}})"
      "\n");
}

TEST(Snapshot, AnEditedProgram) {
  Session first(EveryPlan());
  FillRun(first, 1, 3);
  plan::Plan edited = EveryPlan();
  edited.enums[0] = {"pro", "gold"};  // free and enterprise are gone
  edited.entities[1].name = "ad_set";
  for (Slot& slot : edited.entities[0].slots) {
    if (slot.key == "count opened") slot.key = "count clicked";
  }
  Session second(std::move(edited));
  const auto report = second.Load(first.Save());
  ASSERT_TRUE(report.ok()) << report.error().message;
  EXPECT_EQ(report.value().started, std::vector<std::string>{"contact: count clicked"});
  EXPECT_EQ(report.value().subjects, 3u);
  const auto& dropped = report.value().dropped;
  EXPECT_NE(std::find(dropped.begin(), dropped.end(), "contact: count opened"), dropped.end());
  EXPECT_NE(std::find(dropped.begin(), dropped.end(), "entity campaign"), dropped.end());
}

TEST(Snapshot, DamageIsFound) {
  Session first(EveryPlan());
  FillRun(first, 2, 4);
  const std::string good = first.Save();
  const auto error = [](const std::string& text) {
    Session run(EveryPlan());
    const auto report = run.Load(text);
    return report.ok() ? std::string("loaded") : report.error().message;
  };
  EXPECT_EQ(error(""), "the snapshot is empty");
  EXPECT_EQ(error("hello\n"),
            "line 1 of the snapshot is damaged: it does not begin with a snapshot's header");
  EXPECT_EQ(error("{\"a\":1}\n"),
            "line 1 of the snapshot is damaged: it does not begin with a snapshot's header");
  EXPECT_EQ(error("{\"mrule_snapshot\":2}\n"), "the snapshot has format 2, and this version reads format 1");
  EXPECT_EQ(error("{\"mrule_snapshot\":1}\n"),
            "line 1 of the snapshot is damaged: its header lacks the clock, the number of subjects or what "
            "it keeps");
  EXPECT_EQ(error(good.substr(0, good.find('\n') + 1)), "the snapshot is not whole: it has 0 of 5 subjects");
  EXPECT_EQ(error(good.substr(0, good.size() - 10)),
            "line 6 of the snapshot is damaged: it is not a JSON object");
  const size_t second = good.find('\n') + 1, third = good.find('\n', second) + 1;
  EXPECT_EQ(error(good.substr(0, third) + good.substr(second)),
            "line 3 of the snapshot is damaged: `c \"0` has been there before");
  const std::string header = R"({"mrule_snapshot":1,"clock":0,"subjects":1,"keeps":{}})"
                             "\n";
  const auto state = [&](const std::string& value) {
    return error(header + R"({"contact":"c1","first_seen":0,"sequence":0,"state":{)" + value + "}}\n");
  };
  EXPECT_EQ(state(""), "loaded");
  for (const char* wrong :
       {R"("count opened":1.5)", R"("count opened":9223372036854775808)", R"("count opened":"1")",
        R"("recent opened":[3,2])", R"("recent opened":[])", R"("log purchased.amount":[[1]])",
        R"("log purchased.amount":[[2,1],[1,1]])", R"("sum purchased.amount over 30d":[1,0])",
        R"("hold roas":[3,0,0,0,0])", R"("hold roas":[0,0,0,0])", R"("segment vip":4)",
        R"("rule \"A\" latch":-1)", R"("distinct position":[1,1])", R"("observed spend":null)",
        R"("attribute a13":7)"}) {
    EXPECT_TRUE(state(wrong).ends_with("does not hold what it should")) << wrong << ": " << state(wrong);
  }
  EXPECT_EQ(error(header + "{\"contact\":\"c1\"}\n"),
            "line 2 of the snapshot is damaged: it is not a subject with first_seen, sequence and state");
  // Any damage to any byte is refused or read as another value, and never brings the process down.
  std::mt19937_64 random(4);
  for (int i = 0; i < 3000; ++i) {
    std::string text = good;
    text[random() % text.size()] = static_cast<char>(random());
    Session run(EveryPlan());
    static_cast<void>(run.Load(text).ok());
  }
}

TEST(Snapshot, AFullDiskIsReported) {
  Session run(EveryPlan());
  FillRun(run, 3, 2);
  std::ostringstream out;
  out.setstate(std::ios::badbit);
  const auto saved = SaveSnapshot(run.runner, *run.program, out);
  ASSERT_FALSE(saved.ok());
  EXPECT_EQ(saved.error().message, "cannot write the snapshot; is the disk full?");
}

}  // namespace
}  // namespace mrule::runtime
