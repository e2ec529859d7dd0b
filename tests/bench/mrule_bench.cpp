// SPDX-License-Identifier: Apache-2.0
// The workloads on our runtime, in process, one JSON line a measurement as the references print them. Plans are made straight from
// the rule trees, or with --text=PREFIX from the files PREFIXn.mrule, n the number of rules. --engine=jit compiles functions to
// machine code before the run.
//
//   mrule_bench w1 CONTACTS_CSV W1_RULES_JSON [--rules=10,100,1000] [--repeat=15]
//   mrule_bench w2 EVENTS_JSONL W2_RULES_JSON [--rules=10,100,1000] [--repeat=5]                  (events in our shape)
//   mrule_bench w3 W3_EVENTS_JSONL W3_RULES_JSONL [--rules=1000,10000,100000] [--repeat=15]     (events in our shape)
#include <bit>
#include <cmath>
#include <cstring>
#include <fstream>
#include <string>

#include "compiler/driver/analyze.h"
#include "compiler/plan/build.h"
#include "runtime/exec/record_store.h"
#include "runtime/exec/runner.h"
#include "runtime/jit/jit.h"
#include "runtime/json/reader.h"
#include "runtime/match/matcher.h"
#include "runtime/program/program.h"
#include "runtime/scan/scan.h"
#include "tests/bench/direct_plan.h"
#include "tests/bench/reference/common.h"

namespace mrule::bench {
namespace {

using runtime::EventBatch;
using runtime::JsonReader;
using runtime::Matcher;
using runtime::Program;

Json ReadTrees(const std::string& path, size_t most) {
  if (!path.ends_with(".jsonl")) return ReadJson(path);
  std::ifstream in(path);
  if (!in) Fail("cannot open " + path);
  Json out = Json::array();
  for (std::string line; out.size() < most && std::getline(in, line);) out.push_back(Json::parse(line));
  return out;
}

/// From `.mrule` text; of W1, the scan of contacts too.
Planned FromText(const std::string& path) {
  const driver::SourceInput input{path, std::nullopt};
  const std::unique_ptr<driver::Analysis> analysis = driver::Analyze(std::span(&input, 1));
  std::vector<plan::ScanPlan> scans;
  plan::Plan plan;
  if (analysis->ok) plan = plan::Build(analysis->program, analysis->sources, analysis->diags, &scans);
  if (!analysis->ok || analysis->diags.has_errors()) {
    for (const diagnostics::Diagnostic& one : analysis->diags.Finish().diagnostics) std::fprintf(stderr, "%s\n", one.message.c_str());
    Fail(path + " does not compile");
  }
  Planned out;
  if (!scans.empty()) out.scan = std::move(scans[0]);
  out.plan = std::move(plan);
  return out;
}

template <typename Direct>
Planned MakePlan(const Args& args, int n, Direct direct, const Json& trees) {
  const std::string prefix = args.Get("text", "");
  if (!prefix.empty()) return FromText(prefix + std::to_string(n) + ".mrule");
  return direct(trees, static_cast<size_t>(n));
}

const char* PlanName(const Args& args) { return args.Has("text") ? "compiled" : "direct"; }

/// Machine code, if asked for; must outlive the run.
std::unique_ptr<runtime::Jit> CompileNative(const Args& args, const Program& program, runtime::Code& code) {
  if (args.Get("engine", "interpreter") != "jit") return nullptr;
  auto jit = runtime::LoadJit();
  if (!jit.ok()) Fail("the LLVM engine cannot be opened");
  if (!jit.value()->Compile(program, runtime::OptLevel::kDefault, code).ok()) Fail("the LLVM engine cannot compile the program");
  return std::move(jit).value();
}

std::unique_ptr<Program> Load(plan::Plan plan) {
  auto loaded = Program::Load(std::move(plan));
  if (!loaded.ok()) Fail("the program cannot be loaded");
  return std::move(loaded).value();
}

struct NoRejects : runtime::RejectSink {
  void OnReject(uint64_t line, std::string_view code, std::string_view reason, std::string_view raw) override {
    Fail("line " + std::to_string(line) + ": " + std::string(code) + " " + std::string(reason) + ": " + std::string(raw));
  }
};

// --- W1 ---

/// One row of the CSV file as attribute values, in the order of the scan's columns.
class CsvRows {
 public:
  CsvRows(std::string_view text, const Program& program, const plan::ScanPlan& scan) : text_(text), program_(program) {
    const std::vector<std::string_view> names = Cells(Line());
    for (const plan::ScanColumn& column : scan.columns) {
      const plan::Attribute& attribute = program.plan().entities[scan.entity].attributes[column.attribute];
      cell_of_column_.push_back(static_cast<size_t>(std::find(names.begin(), names.end(), attribute.name) - names.begin()));
      if (cell_of_column_.back() == names.size()) Fail("contacts have no " + attribute.name);
      types_.push_back(attribute.type);
    }
  }

  template <typename Row>
  void ForEach(const Row& row) {
    std::vector<MrValue> values;
    while (at_ < text_.size()) {
      const std::vector<std::string_view> cells = Cells(Line());
      values.clear();
      for (size_t i = 0; i < cell_of_column_.size(); ++i) values.push_back(Value(cells[cell_of_column_[i]], types_[i]));
      row(values);
    }
  }

 private:
  std::string_view Line() {
    const size_t end = std::min(text_.find('\n', at_), text_.size());
    std::string_view line = text_.substr(at_, end - at_);
    at_ = end + 1;
    return line;
  }
  static std::vector<std::string_view> Cells(std::string_view line) {
    std::vector<std::string_view> cells;
    for (size_t from = 0; from <= line.size();) {
      const size_t comma = std::min(line.find(',', from), line.size());
      cells.push_back(line.substr(from, comma - from));
      from = comma + 1;
    }
    return cells;
  }
  MrValue Value(std::string_view cell, sema::Type type) {
    using sema::TypeKind;
    if (cell.empty()) return {0, 0};
    switch (type.kind) {
      case TypeKind::kEnum: {
        const auto& values = program_.plan().enums[type.detail];
        return {std::find(values.begin(), values.end(), cell) - values.begin(), 1};
      }
      case TypeKind::kMoney:
        return {std::llround(std::stod(std::string(cell)) * 1e6), 1};
      case TypeKind::kNumber:
        return {std::bit_cast<int64_t>(std::stod(std::string(cell))), 1};
      case TypeKind::kInstant:
        return {std::stoll(std::string(cell)) * 1'000'000, 1};
      case TypeKind::kCode:
      case TypeKind::kText:
        return {reinterpret_cast<int64_t>(program_.texts().Intern(cell)), 1};
      default:
        return {std::stoll(std::string(cell)), 1};
    }
  }

  std::string_view text_;
  const Program& program_;
  std::vector<size_t> cell_of_column_;
  std::vector<sema::Type> types_;
  size_t at_ = 0;
};

void RunW1(const Args& args) {
  FileBytes csv = ReadFile(args.positional[1]);
  const Json trees = ReadTrees(args.positional[2], SIZE_MAX);
  for (int n : args.Numbers("rules", "10,100,1000")) {
    double start = NowSeconds();
    Planned planned = MakePlan(args, n, PlanW1, trees);
    const std::unique_ptr<Program> program = Load(std::move(planned.plan));
    const double plan_seconds = NowSeconds() - start;
    start = NowSeconds();
    runtime::Scan scan(*program, planned.scan);
    CsvRows(csv.view(), *program, planned.scan).ForEach([&](const std::vector<MrValue>& row) { scan.AddRow(row); });
    scan.Seal();
    const double load_seconds = NowSeconds() - start;
    const std::vector<uint64_t> matches = scan.Count();
    std::vector<double> seconds;
    for (int i = 0; i < std::stoi(args.Get("repeat", "15")); ++i) {
      start = NowSeconds();
      if (scan.Count() != matches) Fail("two scans differ");
      seconds.push_back(NowSeconds() - start);
    }
    uint64_t total = 0;
    for (uint64_t m : matches) total += m;
    if (args.Has("per-rule")) {
      std::ofstream out(args.Get("per-rule", "") + "." + std::to_string(n));
      for (uint64_t m : matches) out << m << '\n';
    }
    const Spread s = SpreadOf(seconds);
    PrintLine({{"program", "mrule"},
               {"workload", "W1"},
               {"plan", PlanName(args)},
               {"rules", n},
               {"contacts", scan.rows()},
               {"ns_per_rule_contact", Round(s.median * 1e9 / (static_cast<double>(scan.rows()) * n), 5)},
               {"scan_ms", Round(s.median * 1e3, 3)},
               {"scan_ms_min", Round(s.min * 1e3, 3)},
               {"scan_ms_max", Round(s.max * 1e3, 3)},
               {"matches", total},
               {"leaves", planned.scan.leaves.size()},
               {"column_bytes", scan.bytes()},
               {"plan_ms", Round(plan_seconds * 1e3, 3)},
               {"load_ms", Round(load_seconds * 1e3, 3)}});
  }
}

// --- W2 ---

constexpr uint32_t kContacts = 200'000;
constexpr int64_t kFirstSeen = 1'767'225'600'000'000;

struct CountingSink : runtime::DecisionSink {
  bool wants_detail() const override { return false; }
  void OnDecision(const runtime::Decision& decision) override {
    ++decisions;
    if (file != nullptr) std::fprintf(file, "%s %u\n", std::string(runtime::View(*decision.subject)).c_str(), decision.rule);
  }
  /// What has fired lies in `cases` as the reference's actions lie in its list; nobody reads either.
  void OnDecisions(const runtime::Decision& common, std::span<const plan::RuleCase* const> cases, uint64_t count) override {
    if (file != nullptr) return DecisionSink::OnDecisions(common, cases, count);
    decisions += count;
  }
  void OnSuppressed(const runtime::Decision&, bool, uint32_t) override { Fail("a decision was suppressed"); }
  void OnTrap(int64_t, uint32_t, const MrText*, uint32_t, MrStatus, std::string_view what) override { Fail("trap: " + std::string(what)); }
  void OnLate(const runtime::Event&, int64_t) override { Fail("a late event"); }
  uint64_t decisions = 0;
  std::FILE* file = nullptr;
};

uint32_t ContactOf(const Program& program) {
  const auto& entities = program.plan().entities;
  return static_cast<uint32_t>(std::find_if(entities.begin(), entities.end(), [](const auto& e) { return e.name == "contact"; }) -
                               entities.begin());
}

/// Sum of the attribute `score` over all contacts.
int64_t ScoreSum(const Program& program, runtime::Runner& runner) {
  double sum = 0;
  const uint32_t entity = ContactOf(program);
  const plan::EntityPlan& contact = program.plan().entities[entity];
  for (const plan::Attribute& attribute : contact.attributes) {
    if (attribute.name != "score") continue;
    for (size_t i = 0; i < runner.subject_count(entity); ++i) {
      double score = 0;
      std::memcpy(&score, runner.record(entity, i) + contact.slots[attribute.slot].offset, sizeof score);
      sum += score;
    }
  }
  return std::llround(sum);
}

void RunW2(const Args& args) {
  FileBytes text = ReadFile(args.positional[1]);
  const Json trees = ReadTrees(args.positional[2], SIZE_MAX);
  const size_t batch_events = std::stoul(args.Get("batch", "1024"));
  for (int n : args.Numbers("rules", "10,100,1000")) {
    std::vector<double> ns, reader_ns, runner_ns;
    uint64_t decisions = 0, events = 0;
    int64_t score_sum = 0;
    double plan_seconds = 0;
    uint32_t record_bytes = 0;
    size_t subjects = 0;
    for (int i = 0; i < std::stoi(args.Get("repeat", "5")); ++i) {
      double start = NowSeconds();
      const std::unique_ptr<Program> program = Load(MakePlan(args, n, PlanW2, trees).plan);
      runtime::Code code(*program);
      const std::unique_ptr<runtime::Jit> jit = CompileNative(args, *program, code);
      CountingSink sink;
      NoRejects rejects;
      if (args.Has("actions"))
        sink.file = std::fopen((args.Get("actions", "") + "." + std::to_string(n)).c_str(), "w");
      runtime::Runner runner(*program, code, sink, {.sources = {}, .counts_firings = false});
      JsonReader reader(*program, rejects);
      EventBatch batch;
      plan_seconds = NowSeconds() - start;
      // As in the reference, contacts are known before, so that first touching their records' memory is not measured.
      for (uint32_t contact = 0; contact < kContacts; ++contact) runner.FindOrAddRecord(ContactOf(*program), std::to_string(contact), kFirstSeen);
      runner.AfterRestore();
      double in_reader = 0, in_runner = 0;
      events = 0;
      start = NowSeconds();
      double before = start;
      for (size_t at = 0; at < text.size;) {
        batch.Clear();
        at += reader.Read(text.view().substr(at), true, batch_events, batch);
        const double between = NowSeconds();
        runner.Feed(batch);
        const double after = NowSeconds();
        events += batch.events.size();
        in_reader += between - before;
        in_runner += after - between;
        before = after;
      }
      runner.Finish();
      ns.push_back((NowSeconds() - start) * 1e9 / static_cast<double>(events));
      reader_ns.push_back(in_reader * 1e9 / static_cast<double>(events));
      runner_ns.push_back(in_runner * 1e9 / static_cast<double>(events));
      decisions = sink.decisions;
      if (sink.file != nullptr) std::fclose(sink.file);
      score_sum = ScoreSum(*program, runner);
      record_bytes = program->plan().entities[ContactOf(*program)].record_bytes;
      subjects = runner.subject_count(ContactOf(*program));
    }
    const Spread s = SpreadOf(ns);
    PrintLine({{"program", "mrule"},
               {"workload", "W2"},
               {"plan", PlanName(args)},
               {"engine", args.Get("engine", "interpreter")},
               {"rules", n},
               {"events", events},
               {"ns_per_event", Round(s.median, 1)},
               {"ns_per_event_min", Round(s.min, 1)},
               {"ns_per_event_max", Round(s.max, 1)},
               {"reader_ns", Round(SpreadOf(reader_ns).median, 1)},
               {"runner_ns", Round(SpreadOf(runner_ns).median, 1)},
               {"actions", decisions},
               {"score_sum", score_sum},
               {"subjects", subjects},
               {"record_bytes", record_bytes},
               {"plan_ms", Round(plan_seconds * 1e3, 3)}});
  }
}

// --- W3 ---

void RunW3(const Args& args) {
  FileBytes text = ReadFile(args.positional[1]);
  const std::vector<int> sizes = args.Numbers("rules", "1000,10000,100000");
  const Json trees = ReadTrees(args.positional[2], static_cast<size_t>(*std::max_element(sizes.begin(), sizes.end())));
  for (int n : sizes) {
    double start = NowSeconds();
    const std::unique_ptr<Program> program = Load(MakePlan(args, n, PlanW3, trees).plan);
    const double plan_seconds = NowSeconds() - start;
    NoRejects rejects;
    JsonReader reader(*program, rejects);
    EventBatch batch;
    if (reader.Read(text.view(), true, SIZE_MAX, batch) != text.size) Fail("not all events were read");
    start = NowSeconds();
    const auto& all = program->plan().events;
    const auto seen = std::find_if(all.begin(), all.end(), [](const plan::EventPlan& e) { return e.name == "seen"; });
    const plan::Handler& handler = program->plan().handlers[seen->handlers[0]];
    Matcher matcher(*program, handler);
    const double build_seconds = NowSeconds() - start;
    std::vector<uint32_t> rows;
    uint64_t matches = 0;
    std::ofstream out;
    if (args.Has("matches")) out.open(args.Get("matches", "") + "." + std::to_string(n));
    const auto match_all = [&] {
      matches = 0;
      for (const runtime::Event& event : batch.events) {
        rows.clear();
        matcher.Match(event.fields, nullptr, rows);
        uint32_t last = UINT32_MAX;  // rows of one rule follow each other
        for (uint32_t row : rows) {
          const uint32_t rule = program->plan().cases[handler.rows[row].rule_case].rule;
          if (handler.rows[row].residual) Fail("a row has a residual");
          if (rule == last) continue;
          last = rule;
          ++matches;
          if (out.is_open()) out << event.line - 1 << ' ' << rule << '\n';
        }
      }
    };
    match_all();
    out.close();
    const uint64_t first = matches;
    std::vector<double> us;
    for (int i = 0; i < std::stoi(args.Get("repeat", "15")); ++i) {
      start = NowSeconds();
      match_all();
      us.push_back((NowSeconds() - start) * 1e6 / static_cast<double>(batch.events.size()));
      if (matches != first) Fail("two runs differ");
    }
    const Spread s = SpreadOf(us);
    PrintLine({{"program", "mrule-match"},
               {"workload", "W3"},
               {"plan", PlanName(args)},
               {"rules", n},
               {"events", batch.events.size()},
               {"us_per_event", Round(s.median, 4)},
               {"us_per_event_min", Round(s.min, 4)},
               {"us_per_event_max", Round(s.max, 4)},
               {"matches", matches},
               {"plan_ms", Round(plan_seconds * 1e3, 3)},
               {"build_ms", Round(build_seconds * 1e3, 3)}});
  }
}

}  // namespace
}  // namespace mrule::bench

int main(int argc, char** argv) {
  using namespace mrule::bench;
  const Args args(argc, argv);
  const std::string workload = args.positional.empty() ? "" : args.positional[0];
  if (args.positional.size() == 3 && workload == "w1") {
    RunW1(args);
  } else if (args.positional.size() == 3 && workload == "w2") {
    RunW2(args);
  } else if (args.positional.size() == 3 && workload == "w3") {
    RunW3(args);
  } else {
    Fail("usage: mrule_bench w1|w2|w3 DATA RULES [--rules=N,N,…] [--repeat=N]");
  }
  return 0;
}
