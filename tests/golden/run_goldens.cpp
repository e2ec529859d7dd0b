// SPDX-License-Identifier: Apache-2.0
// Every file of tests/golden/run as a test of its own: through every engine, stopped and started again at
// every instant, paused and taken up again at every line, and on several threads. MRULE_UPDATE_GOLDENS=1 rewrites the expectations with what the interpreter says; read the
// difference before you keep it.
#include <gtest/gtest.h>

#include <algorithm>
#include <cstdlib>
#include <filesystem>
#include <fstream>
#include <vector>

#include "tests/golden/golden_file.h"
#include "tests/support/run.h"

namespace mrule::testing {

namespace {

/// Restarts are tried at this many instants of a file at most.
constexpr size_t kRestartsMax = 12;

std::optional<Rules> Compile(const std::string& name, const std::string& text) {
  Compiled compiled = Rules::CompileText({{name, text}});
  if (!compiled) {
    ADD_FAILURE() << name << " does not compile\n" << compiled.Rendered();
    return std::nullopt;
  }
  return compiled.rules();
}

/// Offsets in `events` between two records such that all before are earlier than all after.
std::vector<size_t> Cuts(const std::string& events) {
  std::vector<std::pair<size_t, Instant>> starts;
  for (size_t at = 0; at < events.size(); at = events.find('\n', at) + 1) {
    const std::optional<Instant> instant =
        InstantOf(std::string_view(events).substr(at, events.find('\n', at) - at));
    starts.emplace_back(at, instant.value_or(starts.empty() ? Instant() : starts.back().second));
  }
  std::vector<size_t> cuts;
  for (size_t i = 1; i < starts.size(); ++i) {
    const auto before = std::max_element(starts.begin(), starts.begin() + static_cast<ptrdiff_t>(i),
                                         [](auto& a, auto& b) { return a.second < b.second; });
    const auto after = std::min_element(starts.begin() + static_cast<ptrdiff_t>(i), starts.end(),
                                        [](auto& a, auto& b) { return a.second < b.second; });
    if (before->second < after->second) cuts.push_back(starts[i].first);
  }
  return cuts;
}

/// A state without the decisions that are kept for late records, if `like` has none.
std::string WithoutDecided(std::string state, const std::string& like) {
  if (like.find(",\"decided\":[") != std::string::npos) return state;
  for (size_t at; (at = state.find(",\"decided\":[")) != std::string::npos;) state.erase(at, state.find("]]", at) + 2 - at);
  return state;
}

/// Without the numbers of late records' lines, which begin anew in each run.
std::string WithoutLines(std::string contradicted) {
  for (size_t at = 0; (at = contradicted.find("\"line\":", at)) != std::string::npos;) {
    contradicted.erase(at, contradicted.find(',', at) + 1 - at);
  }
  return contradicted;
}

class GoldenTest : public ::testing::Test {
 public:
  explicit GoldenTest(std::filesystem::path path) : path_(std::move(path)) {}
  void TestBody() override;

 private:
  RunPlan PlanFor(std::string_view state) const;
  /// The whole stream in one run, after the earlier deployment if there is one.
  Said Whole(const Rules& rules, const EngineChoice& engine) const;
  /// The stream up to `cut`, and the rest from the state saved there. The first run ends there, or only pauses.
  Said Restarted(const Rules& rules, const EngineChoice& engine, size_t cut, bool pause, const Said& before) const;
  /// Whether the end of a run changes what comes after it, so that it must pause.
  bool HoldsBack() const { return file_.rules.find("lateness:") != std::string::npos; }
  void CheckRestarts(const Rules& rules, const Said& whole, const Said& before) const;
  void CheckRestart(const Rules& rules, const Said& whole, size_t cut, bool pause, size_t engine, const Said& before) const;
  Said Before(const EngineChoice& engine) const;
  void CheckThreads(const Rules& rules, const Said& whole, const Said& before) const;
  void CheckExpectations(const Said& said) const;

  std::filesystem::path path_;
  GoldenFile file_;
};

RunPlan GoldenTest::PlanFor(std::string_view state) const {
  RunPlan plan;
  plan.until = file_.until;
  plan.drain = file_.drain;
  plan.state_in = state;
  for (const GoldenFile::Part& part : file_.parts) plan.parts.push_back({part.source, part.events});
  return plan;
}

Said GoldenTest::Before(const EngineChoice& engine) const {
  if (!file_.before_rules) return {};
  const std::optional<Rules> rules = Compile(file_.name + " (before)", *file_.before_rules);
  return rules ? RunRules(*rules, engine, file_.before_events) : Said{};
}

Said GoldenTest::Whole(const Rules& rules, const EngineChoice& engine) const {
  const Said before = Before(engine);
  return RunRules(rules, engine, file_.events, PlanFor(before.state));
}

Said GoldenTest::Restarted(const Rules& rules, const EngineChoice& engine, size_t cut, bool pause,
                           const Said& before) const {
  const std::string_view events = file_.events;
  RunPlan until_cut;
  until_cut.state_in = before.state;
  until_cut.pause = pause;
  until_cut.threads = 1 + static_cast<int>(cut / 3 % 3);
  const Said first = RunRules(rules, engine, events.substr(0, cut), until_cut);
  RunPlan rest = PlanFor(first.state);
  rest.pausable = pause;
  rest.threads = 1 + static_cast<int>(cut % 3);  // as many as one likes: a state is of no number of threads
  Said second = RunRules(rules, engine, events.substr(cut), rest);
  second.decisions.insert(0, first.decisions);
  second.suppressed.insert(0, first.suppressed);
  second.traps.insert(0, first.traps);
  second.late.insert(0, first.late);
  second.contradicted.insert(0, first.contradicted);
  return second;
}

void GoldenTest::CheckRestarts(const Rules& rules, const Said& whole, const Said& before) const {
  if (!file_.parts.empty()) return;  // where each source is cut, tests/property tries
  const std::vector<size_t> ends = HoldsBack() ? std::vector<size_t>() : Cuts(file_.events);
  const size_t step = ends.size() / kRestartsMax + 1;
  for (size_t i = 0; i < ends.size(); i += step) CheckRestart(rules, whole, ends[i], false, i, before);
  // A pause may come anywhere.
  std::vector<size_t> pauses;
  for (size_t at = file_.events.find('\n'); at + 1 < file_.events.size(); at = file_.events.find('\n', at + 1)) pauses.push_back(at + 1);
  const size_t pause_step = pauses.size() / kRestartsMax + 1;
  for (size_t i = 0; i < pauses.size(); i += pause_step) CheckRestart(rules, whole, pauses[i], true, i, before);
}

void GoldenTest::CheckRestart(const Rules& rules, const Said& whole, size_t cut, bool pause, size_t engine, const Said& before) const {
  Said restarted = Restarted(rules, Engines()[engine % Engines().size()], cut, pause, before);
  restarted.rejects = whole.rejects;  // counted from the restart
  // A run that can pause watches for contradictions, one that cannot does not.
  if (!HoldsBack() || WithoutLines(restarted.contradicted) == WithoutLines(whole.contradicted)) {
    restarted.contradicted = whole.contradicted;
  }
  if (pause) restarted.state = WithoutDecided(restarted.state, whole.state);
  EXPECT_EQ("", whole.DifferenceFrom(restarted))
      << (pause ? "paused before " : "restarted before ") << file_.events.substr(cut, file_.events.find('\n', cut) - cut);
}

void GoldenTest::CheckThreads(const Rules& rules, const Said& whole, const Said& before) const {
  for (const int threads : {2, 4}) {
    RunPlan plan = PlanFor(before.state);
    plan.threads = threads;
    EXPECT_EQ("", whole.DifferenceFrom(RunRules(rules, Engines()[0], file_.events, plan))) << threads << " threads";
  }
}

void GoldenTest::CheckExpectations(const Said& said) const {
  const std::map<std::string, std::string> actual = {{"decisions", said.decisions},
                                                     {"suppressed", said.suppressed},
                                                     {"rejects", said.rejects},
                                                     {"late", said.late},
                                                     {"contradicted", said.contradicted},
                                                     {"traps", said.traps}};
  std::map<std::string, std::string> updated;
  for (const auto& [section, expected] : file_.expected) {
    const auto found = actual.find(section);
    ASSERT_NE(found, actual.end()) << "unknown section EXPECT " << section;
    EXPECT_EQ("", Mismatch(expected, found->second)) << section << ", all that came:\n" << found->second;
    updated[section] = AsExpectation(expected, found->second);
  }
  if (!file_.expected.contains("traps")) EXPECT_EQ("", said.traps);
  if (!file_.expected.contains("late")) EXPECT_EQ("", said.late);
  if (!file_.expected.contains("contradicted")) EXPECT_EQ("", said.contradicted);
  if (!file_.expected.contains("rejects")) EXPECT_EQ("", said.rejects);
  if (std::getenv("MRULE_UPDATE_GOLDENS") != nullptr)
    std::ofstream(path_, std::ios::binary) << file_.Rewritten(updated);
}

void GoldenTest::TestBody() {
  file_ = ReadGolden(path_);
  ASSERT_EQ("", file_.error);
  const std::optional<Rules> rules = Compile(file_.name, file_.rules);
  ASSERT_TRUE(rules.has_value());
  const Said reference = Whole(*rules, Engines()[0]);
  ASSERT_EQ("", reference.error);
  EXPECT_EQ("", RepeatedId(reference.decisions));
  for (const EngineChoice& engine : Engines()) {
    EXPECT_EQ("", reference.DifferenceFrom(Whole(*rules, engine))) << engine.name;
  }
  const Said before = Before(Engines()[0]);
  CheckThreads(*rules, reference, before);
  Said said = reference;
  if (file_.restart) {
    size_t cut = 0;
    while (cut < file_.events.size() &&
           InstantOf(std::string_view(file_.events).substr(cut)).value_or(Instant()) <= *file_.restart) {
      cut = file_.events.find('\n', cut) + 1;
    }
    said = Restarted(*rules, Engines()[0], cut, HoldsBack(), before);
    ASSERT_EQ("", said.error);
  }
  CheckExpectations(said);
  CheckRestarts(*rules, reference, before);
}

std::vector<std::filesystem::path> Files() {
  std::vector<std::filesystem::path> files;
  for (const auto& entry : std::filesystem::directory_iterator(MRULE_GOLDEN_RUN_DIR)) {
    if (entry.path().extension() == ".mrule") files.push_back(entry.path());
  }
  std::sort(files.begin(), files.end());
  return files;
}

}  // namespace

}  // namespace mrule::testing

int main(int argc, char** argv) {
  ::testing::InitGoogleTest(&argc, argv);
  for (const std::filesystem::path& path : mrule::testing::Files()) {
    ::testing::RegisterTest("run", path.stem().c_str(), nullptr, nullptr, path.c_str(), 1,
                            [path]() -> ::testing::Test* { return new mrule::testing::GoldenTest(path); });
  }
  return RUN_ALL_TESTS();
}
