// SPDX-License-Identifier: Apache-2.0
// The structures below the event-time loop, each against a plain one of the standard library: timers, subjects, texts, slabs,
// distinct values.
#include <gtest/gtest.h>

#include <algorithm>
#include <map>
#include <random>
#include <set>
#include <unordered_map>

#include "runtime/exec/firing_counts.h"
#include "runtime/exec/seen_ids.h"
#include "runtime/exec/source_clocks.h"
#include "runtime/exec/subject_table.h"
#include "runtime/exec/timers.h"
#include "runtime/program/distinct_set.h"
#include "runtime/value/hash.h"
#include "runtime/value/kept_set.h"

namespace mrule::runtime {
namespace {

void CompareTimers(uint64_t seed, int64_t start, int64_t reach, int operations) {
  SCOPED_TRACE(testing::Message() << "seed " << seed << " reach " << reach);
  std::mt19937_64 random(seed);
  Timers timers;
  std::multimap<int64_t, uint32_t> oracle;
  int64_t now = start;
  std::vector<TimerEntry> due;
  for (int i = 0; i < operations; ++i) {
    if (random() % 3 != 0) {
      int64_t span = random() % 4 == 0 ? reach : reach / 1000 + 1;
      int64_t at = now + static_cast<int64_t>(random() % static_cast<uint64_t>(span));
      timers.Add({at, static_cast<uint32_t>(i), 0});
      oracle.emplace(at, i);
    } else {
      int64_t next = oracle.empty() ? Timers::kNever : oracle.begin()->first;
      ASSERT_EQ(timers.Next(), next);
      if (oracle.empty()) continue;
      bool skip = random() % 4 == 0 && next > now;  // time may also move to an instant without entries
      int64_t to = skip ? now + static_cast<int64_t>(random() % static_cast<uint64_t>(next - now)) : next;
      due.clear();
      timers.PopAt(to, due);
      std::multiset<uint32_t> expected, got;
      auto [first, last] = oracle.equal_range(to);
      for (auto it = first; it != last; ++it) expected.insert(it->second);
      oracle.erase(first, last);
      for (const TimerEntry& entry : due) got.insert(entry.record);
      ASSERT_EQ(got, expected);
      now = to;
    }
    ASSERT_EQ(timers.size(), oracle.size());
  }
}

TEST(Timers, PopInOrderLikeAMap) {
  int64_t now_micros = 1'764'000'000'000'000;
  for (uint64_t seed = 1; seed <= 5; ++seed) {
    CompareTimers(seed, 0, 100, 20'000);
    CompareTimers(seed, now_micros, 86'400'000'000 * 30, 20'000);
    CompareTimers(seed, -1'000'000, 10'000'000, 20'000);
    CompareTimers(seed, INT64_MIN, int64_t{1} << 61, 5'000);
  }
}

SubjectKey KeyOf(const std::string& name) {
  return {name.data(), static_cast<uint32_t>(name.size()), HashBytes(name)};
}

TEST(SubjectTable, FindsLikeAMapAndKeepsOrderAndAddresses) {
  TextPool texts;
  SubjectTable table(texts, 128, std::vector<uint8_t>(100, 7));
  std::unordered_map<std::string, uint32_t> oracle;
  std::vector<char*> addresses;
  std::mt19937_64 random(3);
  for (int i = 0; i < 200'000; ++i) {
    std::string name = "c" + std::to_string(random() % 60'000);
    SubjectKey key = KeyOf(name);
    auto it = oracle.find(name);
    uint32_t found = table.Find(key);
    ASSERT_EQ(found, it == oracle.end() ? SubjectTable::kNone : it->second);
    if (it != oracle.end()) continue;
    uint32_t index = table.Add(key);
    ASSERT_EQ(index, oracle.size());
    oracle.emplace(name, index);
    addresses.push_back(table.record(index));
    ASSERT_EQ(reinterpret_cast<uintptr_t>(addresses.back()) % 64, 0u);
    ASSERT_EQ(addresses.back()[99], 7);
    ASSERT_EQ(addresses.back()[100], 0);
  }
  for (auto& [name, index] : oracle) {
    ASSERT_EQ(table.record(index), addresses[index]);
    ASSERT_EQ(View(*static_cast<const MrText*>(HeaderOf(table.record(index)).id)), name);
    SubjectKey key = KeyOf(name);
    table.Guess(key);
    ASSERT_NE(key.guess, SubjectTable::kNone);
    ASSERT_EQ(table.Find(key), index);
    if (key.sure) ASSERT_EQ(key.guess, index);
    key.sure = false;
    for (uint32_t guess : {key.guess, index, (index + 1) % static_cast<uint32_t>(oracle.size()), 1'000'000u}) {
      key.guess = guess;  // right or wrong, it changes no answer
      ASSERT_EQ(table.Find(key), index);
    }
    // A name that only shares its hash is never sure.
    SubjectKey other = KeyOf(name);
    const std::string longer = name + "x";
    other.data = longer.data();
    other.size = static_cast<uint32_t>(longer.size());
    table.Guess(other);
    ASSERT_FALSE(other.sure);
  }
}

TEST(SameBytes, EveryByteOfEverySizeCounts) {
  for (size_t size = 0; size <= 70; ++size) {
    const std::string text(size, 'a');
    std::string other = text;
    ASSERT_TRUE(SameBytes(text.data(), other.data(), size));
    for (char& c : other) {
      c = 'b';
      ASSERT_FALSE(SameBytes(text.data(), other.data(), size)) << size;
      c = 'a';
    }
  }
}

TEST(RecordStore, RecordsLargerThanAChunkAreKeptApart) {
  RecordStore store(uint32_t{1} << 20, {});
  char* first = store.Add();
  for (int i = 0; i < 99; ++i) store.Add();
  std::fill(first, first + store.stride(), 1);
  EXPECT_EQ(store.At(0), first);
  EXPECT_EQ(store.At(1)[0], 0);
  EXPECT_EQ(store.At(99)[0], 0);
}

TEST(TextPool, OnePointerPerText) {
  TextPool pool;
  std::map<std::string, const MrText*> oracle;
  std::mt19937_64 random(5);
  for (int i = 0; i < 100'000; ++i) {
    std::string text(random() % 40, 'a');
    for (char& c : text) c = static_cast<char>(random() % 3 + 'a');
    if (i % 1000 == 0) text.assign(200'000, static_cast<char>(i / 1000));
    bool known = oracle.count(text) != 0;
    ASSERT_EQ(pool.Find(text, HashBytes(text)) != nullptr, known);
    const MrText* pooled = pool.Intern(text);
    ASSERT_EQ(View(*pooled), text);
    auto [it, added] = oracle.emplace(text, pooled);
    ASSERT_EQ(it->second, pooled);
    if (added) ASSERT_EQ(pooled->id, oracle.size());
    ASSERT_EQ(pool.ById(pooled->id), pooled);
  }
  EXPECT_EQ(pool.size(), oracle.size());
}

TEST(Slab, BlocksDoNotOverlapAndComeBack) {
  Slab slab;
  std::mt19937_64 random(7);
  struct Block {
    unsigned char* at;
    size_t bytes;
    unsigned char fill;
  };
  std::vector<Block> blocks;
  for (int i = 0; i < 20'000; ++i) {
    if (blocks.empty() || random() % 5 < 3) {
      size_t bytes = random() % (random() % 50 == 0 ? 300'000 : 500) + 1;
      auto* at = static_cast<unsigned char*>(slab.Allocate(bytes));
      ASSERT_EQ(reinterpret_cast<uintptr_t>(at) % 32, 0u);
      blocks.push_back({at, bytes, static_cast<unsigned char>(i)});
      std::fill(at, at + bytes, blocks.back().fill);
    } else {
      std::swap(blocks[random() % blocks.size()], blocks.back());
      Block& block = blocks.back();
      ASSERT_TRUE(std::all_of(block.at, block.at + block.bytes, [&](unsigned char c) { return c == block.fill; }));
      slab.Free(block.at, block.bytes);
      blocks.pop_back();
    }
  }
  for (const Block& block : blocks) slab.Free(block.at, block.bytes);
  EXPECT_EQ(slab.bytes_in_use(), 0u);
}

TEST(SeenIds, RemembersForTheHorizonExactly) {
  runtime::SeenIds ids(10);
  EXPECT_TRUE(ids.Add({1, 2}, 0));
  EXPECT_FALSE(ids.Add({1, 2}, 9));
  EXPECT_TRUE(ids.Add({2, 2}, 9));  // the low half alone is not enough
  EXPECT_TRUE(ids.Has({1, 2}, 9));
  EXPECT_FALSE(ids.Has({1, 2}, 10));
  EXPECT_TRUE(ids.Add({1, 2}, 10));
  EXPECT_EQ(ids.size(), 2u);
}

TEST(SeenIds, IsASetOverTime) {
  runtime::SeenIds ids(1000);
  std::map<uint64_t, int64_t> model;
  uint64_t state = 7;
  for (int64_t at = 0; at < 200'000; ++at) {
    state = state * 6364136223846793005ull + 1442695040888963407ull;
    const uint64_t id = (state >> 40) % 3000;
    // All of a few homes: probing sequences run into each other.
    const runtime::Hash128 hash{id, (id % 16) | id << 20};
    const auto known = model.find(id);
    const bool is_new = known == model.end() || known->second <= at - 1000;
    ASSERT_EQ(ids.Add(hash, at), is_new) << at;
    if (is_new) model[id] = at;
  }
}

TEST(SourceClocks, TheLowestCountsUntilItIsSilentForTooLong) {
  runtime::SourceClocks clocks({{"a", 5, 100}, {"b", 0, 100}});
  clocks.Saw(0, 50);
  EXPECT_EQ(clocks.Advance(), runtime::SourceClocks::kNever);
  clocks.Saw(1, 60);
  EXPECT_EQ(clocks.Advance(), 45);
  clocks.Saw(0, 165);
  EXPECT_EQ(clocks.Advance(), 60);  // b lags by 100
  clocks.Saw(0, 166);
  EXPECT_EQ(clocks.Advance(), 161);
  clocks.SetSilent(1, false);
  EXPECT_EQ(clocks.Advance(), 161);  // never back
  clocks.Saw(1, 170);
  EXPECT_EQ(clocks.Advance(), 161);
  clocks.SetEnded(0, true);
  EXPECT_EQ(clocks.Advance(), 170);
}

TEST(DistinctSet, CountsLikeASet) {
  Slab slab;
  MrDistinct distinct{nullptr, 0};
  std::set<int64_t> oracle;
  std::mt19937_64 random(11);
  bool full = false;
  for (int i = 0; i < 20'000; ++i) {
    int64_t bits = i == 500 || i == 700 ? DistinctSet::kFree : static_cast<int64_t>(random() % 5'000) - 2'500;
    ASSERT_EQ(AddDistinct(slab, &distinct, bits, &full), oracle.insert(bits).second);
    ASSERT_FALSE(full);
  }
  EXPECT_EQ(distinct.count, static_cast<int64_t>(oracle.size()));
  std::set<int64_t> walked;
  static_cast<const DistinctSet*>(distinct.set)->ForEach([&](int64_t bits) { walked.insert(bits); });
  EXPECT_EQ(walked, oracle);
}

TEST(KeptSet, IsSortedAndWithoutRepeats) {
  Slab slab;
  TextPool texts;
  const MrText* items[] = {texts.Intern("b"), texts.Intern("a"), texts.Intern("b"), texts.Intern("")};
  const MrTextSet* set = MakeKeptSet(slab, texts, items);
  ASSERT_EQ(set->size, 3u);
  EXPECT_EQ(View(*set->items[0]), "");
  EXPECT_EQ(View(*set->items[1]), "a");
  EXPECT_EQ(View(*set->items[2]), "b");
  FreeKeptSet(slab, set);
  EXPECT_EQ(slab.bytes_in_use(), 0u);
}

TEST(FiringCounts, AreOfOneInstant) {
  FiringCounts counts;
  std::vector<char> memory(64 * 1000);
  for (uint32_t round = 1; round <= 3; ++round) {
    for (int i = 0; i < 1000; ++i) {
      for (uint32_t rule = 0; rule < 3; ++rule) ASSERT_EQ(counts.Count(7, &memory[64 * i], rule), round);
    }
  }
  EXPECT_TRUE(counts.At(6).empty());
  const auto at = counts.At(7);
  EXPECT_EQ(at.size(), 1000u);
  EXPECT_EQ(at.at(memory.data()), (FiringCounts::OfSubject{{0, 3}, {1, 3}, {2, 3}}));
  EXPECT_EQ(counts.Count(8, memory.data(), 1), 1u);
  EXPECT_EQ(counts.At(8).size(), 1u);
  EXPECT_TRUE(counts.At(7).empty());
  counts.Restore(9, memory.data(), 1, 41);
  EXPECT_EQ(counts.Count(9, memory.data(), 1), 42u);
}

}  // namespace
}  // namespace mrule::runtime
