// SPDX-License-Identifier: Apache-2.0
// What waiting costs: a million contacts, each with deadlines pending and windows open. Measures the same stream of events twice, with
// no deadline pending that it does not set itself and with DEADLINES of them for each contact, then lets time run until all are due.
// One JSON line a measurement; times are of the runner alone, events are read from JSON before.
//
//   pending_bench [--contacts=1000000] [--deadlines=10] [--events=4000000] [--engine=jit]
#include <fstream>
#include <random>
#include <string>

#include "compiler/driver/analyze.h"
#include "compiler/plan/build.h"
#include "compiler/plan/memory.h"
#include "runtime/exec/runner.h"
#include "runtime/jit/jit.h"
#include "runtime/json/instant.h"
#include "runtime/json/reader.h"
#include "runtime/program/program.h"
#include "tests/bench/reference/common.h"

namespace mrule::bench {
namespace {

using runtime::EventBatch;
using runtime::JsonReader;
using runtime::Program;

constexpr int64_t kSecond = 1'000'000, kHour = 3600 * kSecond, kDay = 24 * kHour;
constexpr int64_t kBegin = 1'767'225'600 * kSecond;  // 2026-01-01T00:00:00Z

struct CountingSink : runtime::DecisionSink, runtime::RejectSink {
  bool wants_detail() const override { return false; }
  void OnDecision(const runtime::Decision&) override {}
  void OnSuppressed(const runtime::Decision&, bool, uint32_t) override {}
  void OnTrap(int64_t, uint32_t, const MrText*, uint32_t, MrStatus, std::string_view what) override { Fail("trap: " + std::string(what)); }
  void OnLate(const runtime::Event&, int64_t) override { Fail("a late event"); }
  void OnReject(uint64_t, std::string_view code, std::string_view reason, std::string_view) override {
    Fail(std::string(code) + " " + std::string(reason));
  }
};

/// `deadlines` rules that wait for weeks after signing up, and three that the measured events work on: a deadline, a window, a hold.
std::string RulesText(int deadlines) {
  std::string text;
  for (int i = 0; i < deadlines; ++i)
    text += "when signed_up not followed by purchased within " + std::to_string(30 + i) + "d\nscore -1\n\n";
  return text +
         "when opened not followed by clicked within 1h\nscore +1\n\n"
         "when opened at least 3 times in last 7d\nscore +5\n\n"
         "when score >= 10 for 6h\nadd tag \"hot\"\n";
}

std::unique_ptr<Program> Compile(const std::string& text) {
  const driver::SourceInput input{"pending.mrule", text};
  const std::unique_ptr<driver::Analysis> analysis = driver::Analyze(std::span(&input, 1));
  plan::Plan plan;
  if (analysis->ok) plan = plan::Build(analysis->program, analysis->sources, analysis->diags);
  if (!analysis->ok || analysis->diags.has_errors()) Fail("the rules do not compile");
  auto loaded = Program::Load(std::move(plan));
  if (!loaded.ok()) Fail("the program cannot be loaded");
  return std::move(loaded).value();
}

/// Bytes of memory that the process has.
size_t ResidentBytes() {
  std::ifstream in("/proc/self/statm");
  size_t pages = 0, resident = 0;
  in >> pages >> resident;
  return resident * 4096;
}

/// Feeds events made on the way; only the runner's time counts.
class Feeder {
 public:
  Feeder(const Program& program, runtime::Runner& runner, CountingSink& sink) : runner_(runner), reader_(program, sink) {}
  void Add(const char* type, uint64_t contact, int64_t at) {
    text_ += R"({"type":")" + std::string(type) + R"(","contact":"c)" + std::to_string(contact) + R"(","at":")" +
             runtime::InstantText(at) + "\"}\n";
    if (text_.size() > (size_t{4} << 20)) Flush();
  }
  void Flush() {
    const size_t size = text_.size();
    text_.append(JsonReader::kPadding, ' ');
    for (size_t done = 0; done < size;) {
      batch_.Clear();
      done += reader_.Read(std::string_view(text_).substr(done, size - done), true, 1024, batch_);
      const double start = NowSeconds();
      runner_.Feed(batch_);
      seconds_ += NowSeconds() - start;
    }
    text_.clear();
  }
  double TakeSeconds() { return std::exchange(seconds_, 0); }

 private:
  runtime::Runner& runner_;
  JsonReader reader_;
  EventBatch batch_;
  std::string text_;
  double seconds_ = 0;
};

struct Sizes {
  uint64_t contacts, events;
  int deadlines;
  bool pending;
};

void Measure(const Args& args, const Program& program, const Sizes& sizes) {
  const plan::Plan& plan = program.plan();
  runtime::Code code(program);
  std::unique_ptr<runtime::Jit> jit;
  if (args.Get("engine", "interpreter") == "jit") {
    auto loaded = runtime::LoadJit();
    if (!loaded.ok()) Fail("the LLVM engine cannot be opened");
    jit = std::move(loaded).value();
    if (!jit->Compile(program, runtime::OptLevel::kDefault, code).ok()) Fail("the LLVM engine cannot compile the program");
  }
  CountingSink sink;
  runtime::Runner runner(program, code, sink, {});
  Feeder feeder(program, runner, sink);
  uint32_t entity = 0;
  while (plan.entities[entity].name != "contact") ++entity;
  feeder.Add("opened", 0, kBegin);
  feeder.Flush();
  const size_t before = ResidentBytes();

  // Everybody is known before the measured events; where deadlines are pending, by having signed up.
  for (uint64_t contact = 0; contact < sizes.contacts; ++contact) {
    if (sizes.pending) {
      feeder.Add("signed_up", contact, kBegin + static_cast<int64_t>(contact * kHour / sizes.contacts));
    } else {
      runner.FindOrAddRecord(entity, "c" + std::to_string(contact), kBegin);
    }
  }
  feeder.Flush();
  runner.AfterRestore();
  const double signing_up = feeder.TakeSeconds();
  const size_t after = ResidentBytes();

  std::mt19937_64 random(7);
  const uint64_t fired_before = runner.counts().timers_fired;
  for (uint64_t i = 0; i < sizes.events; ++i) {
    const uint64_t contact = random() % sizes.contacts;
    feeder.Add(random() % 2 == 0 ? "opened" : "clicked", contact, kBegin + kHour + static_cast<int64_t>(i * 2 * kDay / sizes.events));
  }
  feeder.Flush();
  const double seconds = feeder.TakeSeconds();
  const uint64_t fired = runner.counts().timers_fired - fired_before;

  const double start = NowSeconds();
  runner.Drain();
  const double draining = NowSeconds() - start;
  const uint64_t drained = runner.counts().timers_fired - fired_before - fired;

  const double contacts = static_cast<double>(sizes.contacts);
  PrintLine({{"program", "pending_bench"},
             {"engine", args.Get("engine", "interpreter")},
             {"contacts", sizes.contacts},
             {"pending", sizes.pending ? sizes.contacts * static_cast<uint64_t>(sizes.deadlines) : 0},
             {"events", sizes.events},
             {"ns_per_event", Round(seconds * 1e9 / static_cast<double>(sizes.events), 1)},
             {"timers_fired", fired},
             {"ns_per_sign_up", Round(signing_up * 1e9 / contacts, 1)},
             {"ns_per_deadline_due", Round(drained == 0 ? 0 : draining * 1e9 / static_cast<double>(drained), 1)},
             {"deadlines_due", drained},
             {"bytes_per_contact", Round(static_cast<double>(after - before) / contacts, 1)},
             {"bytes_per_contact_printed", plan::BytesPerSubject(plan.entities[entity], sizes.pending ? sizes.deadlines : 0)}});
}

}  // namespace
}  // namespace mrule::bench

int main(int argc, char** argv) {
  using namespace mrule::bench;
  const Args args(argc, argv);
  Sizes sizes{};
  sizes.contacts = std::stoull(args.Get("contacts", "1000000"));
  sizes.events = std::stoull(args.Get("events", "4000000"));
  sizes.deadlines = std::stoi(args.Get("deadlines", "10"));
  const auto program = Compile(RulesText(sizes.deadlines));
  for (const bool pending : {false, true}) {
    sizes.pending = pending;
    Measure(args, *program, sizes);
  }
  return 0;
}
