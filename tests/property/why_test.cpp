// SPDX-License-Identifier: Apache-2.0
// What `mrule why` answers on generated programs, against what plain runs decide: a rule that fired for a subject at an instant
// is said to have fired then, one that did not is not; a condition told as true or false is so by its parts; and the firing that
// is foretold comes, if nothing more arrives.
//
//   why_test --seeds A-B
#include <fmt/format.h>

#include <algorithm>
#include <cstdio>
#include <map>
#include <set>
#include <sstream>
#include <string>
#include <string_view>
#include <vector>

#include "compiler/driver/compile.h"
#include "tests/differential/generator.h"
#include "tests/support/run.h"
#include "tests/support/seeds.h"
#include "tools/library/why_run.h"

namespace mrule::testing {

namespace {

using runtime::Truth;
using Kind = plan::WhyNode::Kind;

class NoRejects : public runtime::RejectSink {
 public:
  void OnReject(uint64_t, std::string_view, std::string_view, std::string_view) override {}
};

/// A rule at a subject, as decisions name them.
struct Pair {
  std::string rule, entity, subject;
  auto operator<=>(const Pair&) const = default;
};

std::string_view Between(std::string_view line, std::string_view before, std::string_view after) {
  const size_t begin = line.find(before);
  if (begin == std::string_view::npos) return {};
  const size_t from = begin + before.size();
  return line.substr(from, line.find(after, from) - from);
}

/// When each rule fired for each subject.
std::map<Pair, std::set<Instant>> FiringsOf(const std::string& decisions) {
  std::map<Pair, std::set<Instant>> firings;
  std::istringstream lines(decisions);
  for (std::string line; std::getline(lines, line);) {
    if (line.find("\"revert\":true") != std::string::npos) continue;  // a way back has its rule's name
    Pair pair;
    pair.rule = Between(line, "\"rule\":\"", "\"");
    const std::string_view subject = Between(line, "\"rule\":\"" + pair.rule + "\",\"", "\",\"action\"");
    pair.entity = subject.substr(0, subject.find('"'));
    pair.subject = subject.substr(subject.rfind('"') + 1);
    firings[pair].insert(InstantOf(line).value_or(Instant()));
  }
  return firings;
}

std::vector<Instant> InstantsOf(const std::string& events) {
  std::vector<Instant> instants;
  std::istringstream lines(events);
  for (std::string line; std::getline(lines, line);) {
    if (auto at = InstantOf(line); at && (instants.empty() || *at > instants.back())) instants.push_back(*at);
  }
  return instants;
}

/// Is the truth of every joined part what its own parts make it?
bool AddsUp(const runtime::Picture& picture) {
  for (const runtime::WhyPart& part : picture.parts) {
    if (part.node->kind != Kind::kAnd && part.node->kind != Kind::kOr && part.node->kind != Kind::kNot) continue;
    const Truth deciding = part.node->kind == Kind::kAnd ? Truth::kFalse : Truth::kTrue;
    bool any_deciding = false, any_unknown = false;
    for (uint32_t child : part.node->children) {
      any_deciding |= picture.parts[child].truth == deciding;
      any_unknown |= picture.parts[child].truth == Truth::kUnknown;
    }
    Truth made = any_deciding ? deciding : any_unknown ? Truth::kUnknown : deciding == Truth::kTrue ? Truth::kFalse : Truth::kTrue;
    if (part.node->kind == Kind::kNot && made != Truth::kUnknown) made = made == Truth::kTrue ? Truth::kFalse : Truth::kTrue;
    if (made != part.truth) return false;
  }
  return true;
}

class Experiment {
 public:
  explicit Experiment(uint64_t seed) : seed_(seed), case_(differential::Generate(seed)) {}

  size_t asked() const { return asked_; }

  /// What is wrong, or nothing.
  std::string Run() {
    Compiled compiled = Rules::CompileText({{"rules.mrule", case_.rules}});
    if (!compiled) return compiled.Rendered();
    rules_.emplace(compiled.rules());
    const Said said = RunRules(*rules_, Engines()[0], case_.events);
    firings_ = FiringsOf(said.decisions);
    const std::vector<Instant> instants = InstantsOf(case_.events);
    if (instants.empty()) return "";
    size_t turn = seed_;
    for (const auto& [pair, at] : firings_) {
      if (asked_ >= kQuestionsMax) break;
      if (std::string found = Ask(pair, *at.begin()); !found.empty()) return found;
      if (std::string found = Ask(pair, instants[turn++ * 7 % instants.size()]); !found.empty()) return found;
    }
    return "";
  }

 private:
  static constexpr size_t kQuestionsMax = 12;

  std::string Complaint(const Pair& pair, Instant at, std::string_view what) const {
    return fmt::format("{}\n--- events\n{}\n--- rule {} of {} {} at {}: {}", case_.rules, case_.events, pair.rule, pair.entity, pair.subject, Print(at), what);
  }

  std::string Ask(const Pair& pair, Instant at) {
    ++asked_;
    const driver::SourceInput input{"rules.mrule", case_.rules};
    const std::unique_ptr<driver::Analysis> analysis = driver::Analyze(std::span(&input, 1));
    plan::WhyPlan why;
    const std::vector<std::string>& names = rules_->names();
    why.rule = static_cast<uint32_t>(std::find(names.begin(), names.end(), pair.rule) - names.begin());
    std::optional<plan::Plan> plan = driver::Compile(*analysis, &why);
    if (!plan) return Complaint(pair, at, "no plan");
    Result<std::unique_ptr<runtime::Program>> program = runtime::Program::Load(std::move(*plan));
    NoRejects rejects;
    Result<std::unique_ptr<library::WhyRun>> run =
        library::WhyRun::Start(*program.value(), why, {pair.subject, at.time_since_epoch().count(), std::nullopt, {}}, rejects);
    std::string events = case_.events;
    const size_t size = events.size();
    events.resize(size + runtime::JsonReader::kPadding);
    run.value()->execution().Feed(0, std::string_view(events).substr(0, size), true);
    Result<runtime::WhyReport> report = run.value()->Answer();
    return Judge(pair, at, report.value());
  }

  std::string Judge(const Pair& pair, Instant at, const runtime::WhyReport& report) {
    const std::set<Instant>& fired = firings_[pair];
    const bool says_fired = report.verdict == runtime::Verdict::kFired &&
                            (report.released || report.picture->at == at.time_since_epoch().count());
    if (fired.contains(at) && !says_fired) return Complaint(pair, at, "it fired, but is said: " + report.because);
    if (!fired.contains(at) && says_fired) return Complaint(pair, at, "it did not fire, but is said to have");
    const auto before = static_cast<uint64_t>(std::distance(fired.begin(), fired.upper_bound(at)));
    if ((report.history.fired == 0) != (before == 0)) return Complaint(pair, at, fmt::format("said to have fired {} times, did at {} instants", report.history.fired, before));
    if (report.picture && !AddsUp(*report.picture)) return Complaint(pair, at, "the parts do not make the whole");
    return Foretold(pair, at, report);
  }

  /// The same stream cut at the instant, and then only time.
  std::string Foretold(const Pair& pair, Instant at, const runtime::WhyReport& report) {
    std::string until;
    std::istringstream lines(case_.events);
    for (std::string line; std::getline(lines, line);) {
      if (auto when = InstantOf(line); !when || *when <= at) until += line + '\n';
    }
    constexpr auto kAhead = std::chrono::days(10);
    const Said said = RunRules(*rules_, Engines()[0], until, {at + kAhead, false, {}});
    const std::map<Pair, std::set<Instant>> all = FiringsOf(said.decisions);
    std::optional<Instant> next;
    if (auto of_pair = all.find(pair); of_pair != all.end()) {
      if (auto later = of_pair->second.upper_bound(at); later != of_pair->second.end()) next = *later;
    }
    std::optional<Instant> told;
    if (report.next_firing) told = Instant(std::chrono::microseconds(*report.next_firing));
    if (told && *told > at + kAhead) told.reset();
    if (told == next) return "";
    return Complaint(pair, at, fmt::format("foretold for {}, fires at {}", told ? Print(*told) : "never", next ? Print(*next) : "never"));
  }

  uint64_t seed_;
  differential::Case case_;
  std::optional<Rules> rules_;
  std::map<Pair, std::set<Instant>> firings_;
  size_t asked_ = 0;
};

}  // namespace

}  // namespace mrule::testing

int main(int argc, char** argv) {
  return mrule::testing::RunSeeds(argc, argv, "questions", [](uint64_t seed, size_t& seen) {
    mrule::testing::Experiment experiment(seed);
    std::string found = experiment.Run();
    seen += experiment.asked();
    return found;
  });
}
