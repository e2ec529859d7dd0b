// SPDX-License-Identifier: Apache-2.0
// What must not matter about the way in which records arrive (S16), on generated programs and streams: their order within the
// lateness allowed, how often a record with an id is delivered, over how many sources they are spread, in what pieces they come,
// whether the run is paused on the way, and on how many threads it is. Records of one instant keep their order, which counts.
//
//   order_test --seeds A-B
#include <fmt/format.h>

#include <algorithm>
#include <cstdio>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include "tests/differential/generator.h"
#include "tests/support/run.h"
#include "tests/support/seeds.h"

namespace mrule::testing {

namespace {

constexpr std::chrono::hours kLateness{6};
constexpr auto kAfter = std::chrono::days(3);
constexpr size_t kSources = 3;

struct Line {
  std::string text;
  Instant at;
};

/// A stream of numbers that is the same on every machine.
class Numbers {
 public:
  explicit Numbers(uint64_t seed) : state_(seed * 2 + 1) {}
  uint64_t Below(uint64_t bound) {
    state_ = state_ * 6364136223846793005ull + 1442695040888963407ull;
    return (state_ >> 33) % bound;
  }

 private:
  uint64_t state_;
};

std::vector<Line> LinesOf(std::string_view events) {
  std::vector<Line> lines;
  while (!events.empty()) {
    const size_t end = events.find('\n');
    Line line{std::string(events.substr(0, end)), {}};
    events.remove_prefix(std::min(end, events.size() - 1) + 1);
    const std::optional<Instant> at = InstantOf(line.text);
    if (!at) continue;
    line.at = *at;
    // Each has an id of its own.
    line.text.insert(1, fmt::format("\"id\":\"{}\",", lines.size()));
    lines.push_back(std::move(line));
  }
  return lines;
}

std::string Joined(const std::vector<Line>& lines) {
  std::string text;
  for (const Line& line : lines) text += line.text + '\n';
  return text;
}

/// Each instant arrives later than it happened by as much as its own draw says, at most the lateness.
std::vector<Line> Delayed(const std::vector<Line>& lines, uint64_t seed) {
  const auto arrival = [seed](const Line& line) {
    Numbers numbers(seed ^ static_cast<uint64_t>(line.at.time_since_epoch().count()) * 0x9E3779B97F4A7C15ull);
    return line.at + std::chrono::microseconds(numbers.Below(static_cast<uint64_t>(std::chrono::microseconds(kLateness).count())));
  };
  std::vector<std::pair<Instant, size_t>> order;
  for (size_t i = 0; i < lines.size(); ++i) order.emplace_back(arrival(lines[i]), i);
  std::sort(order.begin(), order.end());
  std::vector<Line> delayed;
  for (const auto& [at, i] : order) delayed.push_back(lines[i]);
  return delayed;
}

class Orders {
 public:
  Orders(const Rules& rules, std::vector<Line> lines, uint64_t seed) : rules_(rules), lines_(std::move(lines)), numbers_(seed), seed_(seed) {
    plan_.until = lines_.back().at + kAfter;
    expected_ = Run(Joined(lines_), plan_);
  }

  std::string Check() {
    std::string found = Compare("delayed", Late(Joined(Delayed(lines_, seed_))));
    if (found.empty()) found = Compare("repeated", Late(Joined(Repeated(Delayed(lines_, seed_)))));
    if (found.empty()) found = Compare("several sources", Spread(lines_, kLateness * 0));
    if (found.empty()) found = Compare("several sources, delayed", Spread(Delayed(lines_, seed_), kLateness));
    if (found.empty()) found = Compare("several threads", Threaded());
    if (found.empty()) found = Compare("paused", Paused(Joined(Delayed(lines_, seed_ + 1))));
    return found;
  }

  size_t decisions() const { return expected_.counts.decisions; }

 private:
  Said Run(std::string_view events, const RunPlan& plan) { return RunRules(rules_, Engines()[0], events, plan); }

  RunPlan Allowing(std::string_view events) {
    RunPlan plan = plan_;
    plan.parts.push_back({{"all", kLateness, std::nullopt}, events});
    plan.piece_bytes = 100 + numbers_.Below(2000);
    return plan;
  }

  /// With all else that does not matter.
  Said Threaded() {
    const std::string events = Joined(Repeated(Delayed(lines_, seed_ + 2)));
    RunPlan plan = Allowing(events);
    plan.threads = 2 + static_cast<int>(numbers_.Below(3));
    return Run({}, plan);
  }

  Said Late(const std::string& events) { return Run({}, Allowing(events)); }

  /// Some lines come again, at once or later, but not too late.
  std::vector<Line> Repeated(const std::vector<Line>& lines) {
    std::vector<Line> out;
    for (size_t i = 0; i < lines.size(); ++i) {
      out.push_back(lines[i]);
      if (numbers_.Below(3) == 0) out.push_back(lines[numbers_.Below(i + 1)]);
    }
    out.insert(out.end(), lines.begin(), lines.end());
    return out;
  }

  Said Spread(const std::vector<Line>& lines, std::chrono::microseconds lateness) {
    std::vector<std::vector<Line>> parts(kSources);
    for (const Line& line : lines) {
      Numbers numbers(seed_ + static_cast<uint64_t>(line.at.time_since_epoch().count()));
      parts[numbers.Below(kSources)].push_back(line);
    }
    std::vector<std::string> texts;
    for (const std::vector<Line>& part : parts) texts.push_back(Joined(part));
    RunPlan plan = plan_;
    for (size_t i = 0; i < kSources; ++i) {
      plan.parts.push_back({{std::string(1, static_cast<char>('a' + i)), lateness, std::chrono::hours(1'000'000)}, texts[i]});
    }
    plan.piece_bytes = 100 + numbers_.Below(2000);
    return Run({}, plan);
  }

  Said Paused(const std::string& events) {
    Said all;
    std::string state;
    for (std::string_view rest = events;;) {
      size_t cut = rest.size() * (1 + numbers_.Below(4)) / 4;
      cut = cut >= rest.size() ? rest.size() : rest.find('\n', cut) + 1;
      RunPlan plan = Allowing(rest.substr(0, cut));
      plan.pausable = true;
      plan.threads = 1 + static_cast<int>(numbers_.Below(3));
      plan.state_in = state;
      plan.pause = cut < rest.size();
      if (plan.pause) plan.until.reset();
      const Said part = Run({}, plan);
      all.error = part.error;
      all.decisions += part.decisions;
      all.suppressed += part.suppressed;
      all.traps += part.traps;
      if (!plan.pause || !part.error.empty()) return all;
      state = part.state;
      rest.remove_prefix(cut);
    }
  }

  std::string Compare(std::string_view what, const Said& got) const {
    std::string found = got.error;
    if (found.empty()) found = FirstDifference("decisions", expected_.decisions, got.decisions);
    if (found.empty()) found = FirstDifference("suppressed", expected_.suppressed, got.suppressed);
    if (found.empty()) found = FirstDifference("traps", expected_.traps, got.traps);
    return found.empty() ? "" : fmt::format("{}: {}", what, found);
  }

  const Rules& rules_;
  std::vector<Line> lines_;
  Numbers numbers_;
  uint64_t seed_;
  RunPlan plan_;
  Said expected_;
};

std::string CheckSeed(uint64_t seed, size_t& decisions) {
  const differential::Case made = differential::Generate(seed);
  const Compiled compiled = Rules::CompileText({{"generated.mrule", made.rules}});
  if (!compiled) return "the program does not check:\n" + compiled.Rendered();
  std::vector<Line> lines = LinesOf(made.events);
  if (lines.empty()) return "";
  Orders orders(compiled.rules(), std::move(lines), seed);
  const std::string found = orders.Check();
  decisions += orders.decisions();
  return found.empty() ? "" : fmt::format("{}\n--- events\n{}\n--- seed {}: {}", made.rules, made.events, seed, found);
}

}  // namespace

}  // namespace mrule::testing

int main(int argc, char** argv) { return mrule::testing::RunSeeds(argc, argv, "decisions", mrule::testing::CheckSeed); }
