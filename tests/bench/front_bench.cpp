// SPDX-License-Identifier: Apache-2.0
// From text to first decision, phase by phase, one JSON line a file of rules. Each phase does what the command line does; `verbs`
// and `parse` are of all files, the standard library's too, and each of them lexes. With --events, lines are fed until the first
// decision is made. --engine=jit adds the time to compile to machine code, which is not in the total. The first run of a process pays
// for ANTLR's tables, which later ones find ready: `total_ms_first` is of the first file's first run what a new process takes.
//
//   front_bench RULES.mrule… [--events=EVENTS_JSONL] [--engine=jit] [--repeat=5]
#include <optional>
#include <string>

#include "compiler/diagnostics/load.h"
#include "compiler/driver/compile.h"
#include "compiler/sema/check.h"
#include "compiler/syntax/parse.h"
#include "runtime/exec/runner.h"
#include "runtime/jit/jit.h"
#include "runtime/json/reader.h"
#include "runtime/program/program.h"
#include "stdlib/prelude.h"
#include "tests/bench/reference/common.h"

namespace mrule::bench {
namespace {

struct CountingSink : runtime::DecisionSink, runtime::RejectSink {
  bool wants_detail() const override { return false; }
  void OnDecision(const runtime::Decision&) override { ++decisions; }
  void OnSuppressed(const runtime::Decision&, bool, uint32_t) override {}
  void OnTrap(int64_t, uint32_t, const MrText*, uint32_t, MrStatus, std::string_view what) override { Fail("trap: " + std::string(what)); }
  void OnLate(const runtime::Event&, int64_t) override {}
  void OnReject(uint64_t, std::string_view code, std::string_view reason, std::string_view) override {
    Fail(std::string(code) + " " + std::string(reason));
  }
  uint64_t decisions = 0;
};

/// Times of the phases of one run, in the order in which they ran.
class Phases {
 public:
  void Start() { since_ = NowSeconds(); }
  void End(const char* name) {
    const double now = NowSeconds();
    times_.emplace_back(name, (now - since_) * 1e3);
    since_ = NowSeconds();
  }
  const std::vector<std::pair<const char*, double>>& times() const { return times_; }

 private:
  double since_ = 0;
  std::vector<std::pair<const char*, double>> times_;
};

std::vector<source::FileId> LoadFiles(driver::Analysis& analysis, const std::string& path) {
  std::vector<source::FileId> files;
  for (const stdlib::PreludeFile& file : stdlib::Prelude()) {
    files.push_back(*diagnostics::AddText(analysis.sources, std::string(file.name), std::string(file.text), analysis.diags));
  }
  analysis.prelude_count = files.size();
  const std::optional<source::FileId> id = diagnostics::Load(analysis.sources, path, analysis.diags);
  if (!id) Fail("cannot read " + path);
  files.push_back(*id);
  return files;
}

struct Run {
  Phases phases;
  size_t rules = 0;
  size_t functions = 0;  // compiled to machine code
  double jit_ms = 0;
  uint64_t decisions = 0;
};

Run RunOnce(const Args& args, const std::string& path, std::string_view events) {
  Run run;
  Phases& phases = run.phases;
  phases.Start();
  driver::Analysis analysis;
  const std::vector<source::FileId> files = LoadFiles(analysis, path);
  phases.End("read");
  syntax::VerbTable verbs;
  for (source::FileId id : files) syntax::CollectVerbs(analysis.sources[id], verbs);
  phases.End("verbs");
  for (source::FileId id : files) {
    analysis.trees.push_back(syntax::Parse(analysis.sources[id], verbs, analysis.interner, analysis.diags));
  }
  phases.End("parse");
  analysis.program = sema::Check(analysis.trees, analysis.prelude_count, analysis.interner, analysis.diags);
  analysis.ok = !analysis.diags.has_errors();
  phases.End("check");
  std::optional<plan::Plan> plan = driver::Compile(analysis);
  if (!plan) Fail(path + " does not compile");
  phases.End("plan");
  auto loaded = runtime::Program::Load(std::move(*plan));
  if (!loaded.ok()) Fail("the program cannot be loaded");
  const runtime::Program& program = *loaded.value();
  run.rules = program.plan().rules.size();
  runtime::Code code(program);
  phases.End("load");
  CountingSink sink;
  runtime::Runner runner(program, code, sink, {.sources = {}, .counts_firings = false});
  runtime::JsonReader reader(program, sink);
  phases.End("matchers");
  runtime::EventBatch batch;
  for (size_t at = 0; at < events.size() && sink.decisions == 0;) {
    batch.Clear();
    at += reader.Read(events.substr(at), true, 1, batch);
    runner.Feed(batch);
  }
  phases.End("first_decision");
  run.decisions = sink.decisions;
  if (args.Get("engine", "") == "jit") {
    auto jit = runtime::LoadJit();
    if (!jit.ok()) Fail("the LLVM engine cannot be opened");
    const double start = NowSeconds();
    const auto stats = jit.value()->Compile(program, runtime::OptLevel::kDefault, code);
    if (!stats.ok()) Fail("the LLVM engine cannot compile the program");
    run.functions = stats.value().functions;
    run.jit_ms = (NowSeconds() - start) * 1e3;
  }
  return run;
}

void Measure(const Args& args, const std::string& path, std::string_view events) {
  std::vector<Run> runs;
  for (int i = 0; i < std::stoi(args.Get("repeat", "5")); ++i) runs.push_back(RunOnce(args, path, events));
  nlohmann::ordered_json line = {{"program", "mrule-front"}, {"file", path}, {"rules", runs[0].rules}};
  std::vector<double> totals(runs.size(), 0);
  for (size_t phase = 0; phase < runs[0].phases.times().size(); ++phase) {
    std::vector<double> ms;
    for (size_t i = 0; i < runs.size(); ++i) {
      ms.push_back(runs[i].phases.times()[phase].second);
      totals[i] += ms.back();
    }
    line[std::string(runs[0].phases.times()[phase].first) + "_ms"] = Round(SpreadOf(ms).median, 2);
  }
  const Spread total = SpreadOf(totals);
  line["total_ms"] = Round(total.median, 2);
  line["total_ms_min"] = Round(total.min, 2);
  line["total_ms_max"] = Round(total.max, 2);
  line["total_ms_first"] = Round(totals[0], 2);
  line["decisions"] = runs[0].decisions;
  if (args.Has("engine")) {
    std::vector<double> ms;
    for (const Run& run : runs) ms.push_back(run.jit_ms);
    line["functions"] = runs[0].functions;
    line["jit_ms"] = Round(SpreadOf(ms).median, 1);
  }
  PrintLine(line);
}

}  // namespace
}  // namespace mrule::bench

int main(int argc, char** argv) {
  using namespace mrule::bench;
  const Args args(argc, argv);
  if (args.positional.empty()) Fail("usage: front_bench RULES.mrule… [--events=EVENTS_JSONL] [--engine=jit] [--repeat=N]");
  std::string_view events;
  FileBytes bytes;
  if (args.Has("events")) events = (bytes = ReadFile(args.Get("events", ""))).view();
  for (const std::string& path : args.positional) Measure(args, path, events);
  return 0;
}
