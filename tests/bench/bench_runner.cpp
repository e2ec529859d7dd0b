// SPDX-License-Identifier: Apache-2.0
// Nanoseconds per event of the event-time loop alone, without JSON: typed events on 200,000 contacts, rules of the kinds of
// workload W2 (a test of a field, then score + n, k in a window, or a threshold), by interpreter. Usage:
// bench_runner [events] [rounds] [rules] [lateness, seconds]
#include <algorithm>
#include <chrono>
#include <cstdio>
#include <cstdlib>

#include "tests/unit/run_fixture.h"

namespace {

using namespace mrule;
using namespace mrule::test;
using ir::Opcode;

constexpr uint32_t kTypes = 8;
constexpr uint64_t kSubjects = 200'000;
constexpr size_t kBatch = 1024;

uint64_t Mix(uint64_t z) {
  z += 0x9E3779B97F4A7C15ull;
  z = (z ^ (z >> 30)) * 0xBF58476D1CE4E5B9ull;
  z = (z ^ (z >> 27)) * 0x94D049BB133111EBull;
  return z ^ (z >> 31);
}

struct Counter : runtime::DecisionSink {
  bool wants_detail() const override { return false; }
  void OnDecision(const runtime::Decision&) override { ++decisions; }
  void OnSuppressed(const runtime::Decision&, bool, uint32_t) override {}
  void OnTrap(int64_t, uint32_t, const MrText*, uint32_t, MrStatus, std::string_view) override {}
  void OnLate(const Event&, int64_t) override {}
  uint64_t decisions = 0;
};

plan::Plan MakePlan(uint32_t rules) {
  PlanMaker p;
  uint32_t score = p.Attribute("score", TypeKind::kCount, true);
  uint32_t recents[kTypes];
  for (uint32_t type = 0; type < kTypes; ++type) {
    uint32_t event = p.AddEvent("e" + std::to_string(type), {TypeKind::kCount, TypeKind::kCount});
    recents[type] = p.Slot(SlotKind::kRecents, "recents", 8 + 8 * 5);
    ir::FunctionBuilder b;
    b.Effect(Make(Opcode::kRecentsAdd, recents[type], 5));
    p.handler(event).update = p.Add(b, "update");
    plan::MatchInput input;
    p.handler(event).match_inputs = {input, input};
    p.handler(event).match_inputs[1].index = 1;
  }
  for (uint32_t i = 0; i < rules; ++i) {
    uint32_t type = i % kTypes;
    plan::Handler& handler = p.handler(type);
    plan::MatchLeaf leaf;
    leaf.input = i / kTypes % 2;
    auto low = static_cast<int64_t>(Mix(i) % 900);
    leaf.ranges = {{low, low + 99}};
    handler.leaves.push_back(leaf);
    ir::FunctionBuilder b;
    std::vector<plan::ActionPlan> actions = {Act("send")};
    FunctionId residual;
    if (i % 3 == 0) actions = {Change("score", score, hir::EffectForm::kAdd, Literal(1 + i % 7))};
    if (i % 3 == 1) {
      b.Return(AtLeast(b, b.Value(Make(Opcode::kRecentsCount, recents[type], 5, kHour)), 2 + i % 4));
      residual = p.Add(b, "window");
    }
    if (i % 3 == 2) {
      b.Return(AtLeast(b, b.Value(Make(Opcode::kSlot, p.OffsetOf(score))), 10 * (i % 9)));
      residual = p.Add(b, "threshold");
    }
    p.OnEvent(type, p.AddRule("r" + std::to_string(i), actions), residual);
    p.handler(type).rows.back().leaves = {static_cast<uint32_t>(p.handler(type).leaves.size() - 1)};
  }
  return p.plan;
}

void MakeBatch(EventBatch& batch, uint64_t from, uint64_t count) {
  batch.Clear();
  for (uint64_t i = from; i < from + count; ++i) {
    Event event;
    event.type = static_cast<uint32_t>(Mix(i) % kTypes);
    event.at = static_cast<int64_t>(i / 3) * 1'000'000;
    event.line = i + 1;
    event.fields = batch.arena.AllocateArray<MrValue>(2);
    event.fields[0] = {static_cast<int64_t>(Mix(i * 2) % 1000), 1};
    event.fields[1] = {static_cast<int64_t>(Mix(i * 2 + 1) % 1000), 1};
    char name[16];
    int size = std::snprintf(name, sizeof name, "c%06u", static_cast<unsigned>(Mix(i * 3) % kSubjects));
    std::string_view copy = batch.arena.Copy({name, static_cast<size_t>(size)});
    event.subjects = batch.arena.AllocateArray<runtime::SubjectKey>(1);
    event.subjects[0] = {copy.data(), static_cast<uint32_t>(copy.size()), runtime::HashBytes(copy)};
    batch.events.push_back(event);
  }
}

double Nanoseconds(uint32_t rules, uint64_t events, runtime::RunnerOptions options, runtime::RunnerCounts* counts) {
  auto program = std::move(runtime::Program::Load(MakePlan(rules))).value();
  runtime::Code code(*program);
  Counter sink;
  runtime::Runner runner(*program, code, sink, options);
  EventBatch batch;
  std::chrono::nanoseconds spent{0};
  for (uint64_t from = 0; from < events; from += kBatch) {
    MakeBatch(batch, from, std::min<uint64_t>(kBatch, events - from));
    auto begin = std::chrono::steady_clock::now();
    runner.Feed(batch);
    spent += std::chrono::steady_clock::now() - begin;
  }
  runner.Finish();
  *counts = runner.counts();
  return static_cast<double>(spent.count()) / static_cast<double>(events);
}

}  // namespace

int main(int argc, char** argv) {
  uint64_t events = argc > 1 ? std::strtoull(argv[1], nullptr, 10) : 2'000'000;
  int rounds = argc > 2 ? std::atoi(argv[2]) : 3;
  std::vector<uint32_t> sizes = {0, 10, 100, 1000};
  if (argc > 3) sizes = {static_cast<uint32_t>(std::atoi(argv[3]))};
  std::vector<int64_t> latenesses = {0, 60};
  if (argc > 4) latenesses = {std::atoll(argv[4])};
  for (int64_t lateness : latenesses) {
    for (uint32_t rules : sizes) {
      std::vector<double> times;
      runtime::RunnerCounts counts;
      for (int i = 0; i < rounds; ++i) {
        runtime::RunnerOptions options;
        options.counts_firings = false;
        options.lateness_micros = lateness * 1'000'000;
        times.push_back(Nanoseconds(rules, events, options, &counts));
      }
      std::sort(times.begin(), times.end());
      std::printf("lateness %2llds  %4u rules  %6.0f ns an event (%.0f to %.0f), %.2f decisions an event\n",
                  static_cast<long long>(lateness), rules, times[times.size() / 2], times.front(), times.back(),
                  static_cast<double>(counts.decisions) / static_cast<double>(events));
    }
  }
  return 0;
}
