// SPDX-License-Identifier: Apache-2.0
// Peaks, lows and reports in a row against a recomputation from the whole history (S1, S2, S3, S5). The engine keeps a few values
// and sets timers; the model keeps everything and looks at every instant at which anything can change. The stream is also cut in
// two, and goes on from the saved state.
//
//   comparisons_test --seeds A-B
#include <fmt/format.h>

#include <cstdio>
#include <map>
#include <set>
#include <sstream>
#include <string>
#include <string_view>
#include <vector>

#include "tests/support/run.h"
#include "tests/support/seeds.h"

namespace mrule::testing {

namespace {

using std::chrono::minutes;

/// splitmix64.
class Random {
 public:
  explicit Random(uint64_t seed) : state_(seed) {}
  int Below(int n) {
    uint64_t z = (state_ += 0x9E3779B97F4A7C15ull);
    z = (z ^ (z >> 30)) * 0xBF58476D1CE4E5B9ull;
    z = (z ^ (z >> 27)) * 0x94D049BB133111EBull;
    return static_cast<int>((z ^ (z >> 31)) % static_cast<uint64_t>(n));
  }

 private:
  uint64_t state_;
};

struct Trend {
  bool up = false;
  int percent = 0;
  minutes window{};
};

struct Experiment {
  std::vector<Trend> trends;
  std::vector<int> rows;  ///< how many reports
  std::string rules;
  std::string events;
  std::vector<size_t> cuts;  ///< offsets between instants
  std::map<std::string, std::map<Instant, double>> values;  ///< by subject: what was reported last at each instant
  Instant until;
};

using Firings = std::multiset<std::string>;

std::string Line(std::string_view rule, std::string_view subject, Instant at) {
  return fmt::format("{} {} {}", rule, subject, Print(at));
}

Experiment Make(uint64_t seed) {
  Random random(seed);
  Experiment e;
  e.rules =
      "event reading on campaign\n  level: optional number\nmeasure level: number = last of reading.level fresh 90min\n\n";
  for (int i = 0; i < 4; ++i) {
    Trend trend{random.Below(2) == 0, 10 * (1 + random.Below(6)), minutes(30 * (1 + random.Below(20)))};
    e.trends.push_back(trend);
    e.rules += fmt::format("rule \"T{}\"\nwhen level {} {}% from its {} over {}min\npause campaign\n\n", i,
                           trend.up ? "up" : "down", trend.percent, trend.up ? "low" : "peak", trend.window.count());
  }
  for (int i = 0; i < 2; ++i) {
    e.rows.push_back(2 + random.Below(3));
    e.rules += fmt::format("rule \"R{}\"\nwhen level > 40 for {} reports in a row\nnotify slack \"#a\" \"row\"\n\n", i, e.rows.back());
  }
  Instant at = InstantOf(R"({"at":"2026-03-01T00:00:00Z"})").value();
  const int count = 10 + random.Below(60);
  for (int i = 0; i < count; ++i) {
    const minutes step(10 * random.Below(12) * (random.Below(10) == 0 ? 10 : 1));
    if (step.count() != 0 && i != 0) e.cuts.push_back(e.events.size());
    at += step;
    const std::string subject = "k" + std::to_string(random.Below(2));
    if (random.Below(12) == 0) {
      e.events += fmt::format("{{\"type\":\"reading\",\"campaign\":\"{}\",\"at\":\"{}\"}}\n", subject, Print(at));
      continue;
    }
    const int value = 10 * random.Below(11) - (random.Below(8) == 0 ? 50 : 0);
    e.values[subject][at] = value;
    e.events +=
        fmt::format("{{\"type\":\"reading\",\"campaign\":\"{}\",\"at\":\"{}\",\"level\":{}}}\n", subject, Print(at), value);
  }
  e.until = at + std::chrono::days(1);
  return e;
}

/// Whether the value is that far from the best of the window at `t`; nothing while that cannot be said.
std::optional<bool> IsFar(const std::map<Instant, double>& values, const Trend& trend, Instant t) {
  std::optional<double> best, now;
  for (auto it = values.begin(); it != values.end() && it->first <= t; ++it) {
    const auto next = std::next(it);
    const bool is_now = next == values.end() || next->first > t;
    if (is_now) now = it->second;
    if (!is_now && next->first <= t - trend.window) continue;  // it ended a window ago
    if (!best || (trend.up ? it->second < *best : it->second > *best)) best = it->second;
  }
  if (!now || *best <= 0) return std::nullopt;
  const double share = *best * (trend.percent / 100.0);
  return trend.up ? *now >= *best + share : *now <= *best - share;
}

Firings Model(const Experiment& e) {
  Firings expected;
  for (const auto& [subject, values] : e.values) {
    for (size_t i = 0; i < e.trends.size(); ++i) {
      std::set<Instant> instants;
      for (const auto& [at, value] : values) {
        instants.insert(at);
        if (at + e.trends[i].window <= e.until) instants.insert(at + e.trends[i].window);
      }
      bool armed = true;
      for (Instant t : instants) {
        const std::optional<bool> far = IsFar(values, e.trends[i], t);
        if (far == true && armed) expected.insert(Line("T" + std::to_string(i), subject, t));
        if (far) armed = !*far;
      }
    }
    for (size_t i = 0; i < e.rows.size(); ++i) {
      int count = 0;
      for (const auto& [at, value] : values) {
        count = value > 40 ? count + 1 : 0;
        if (count == e.rows[i]) expected.insert(Line("R" + std::to_string(i), subject, at));
      }
    }
  }
  return expected;
}

std::string_view Between(std::string_view line, std::string_view before) {
  const size_t begin = line.find(before) + before.size();
  return line.substr(begin, line.find('"', begin) - begin);
}

Firings Read(const std::string& decisions) {
  Firings found;
  std::istringstream lines(decisions);
  for (std::string line; std::getline(lines, line);) {
    found.insert(
        Line(Between(line, "\"rule\":\""), Between(line, "\"campaign\":\""), InstantOf(line).value_or(Instant())));
  }
  return found;
}

std::string Check(uint64_t seed, size_t& firings) {
  const Experiment e = Make(seed);
  const Compiled compiled = Rules::CompileText({{"comparisons.mrule", e.rules}});
  if (!compiled) return compiled.Rendered();
  const Firings expected = Model(e);
  firings += expected.size();
  const EngineChoice& engine = Engines()[seed % Engines().size()];
  const Said whole = RunRules(compiled.rules(), engine, e.events, {e.until, false, {}});
  std::string decisions = whole.decisions;
  std::string which = "in one run";
  if (Read(decisions) == expected && !e.cuts.empty()) {
    const size_t cut = e.cuts[seed % e.cuts.size()];
    const Said first = RunRules(compiled.rules(), engine, e.events.substr(0, cut));
    const Said second = RunRules(compiled.rules(), engine, e.events.substr(cut), {e.until, false, first.state});
    decisions = first.decisions + second.decisions;
    which = "restarted after byte " + std::to_string(cut);
  }
  const Firings actual = Read(decisions);
  if (actual == expected) return "";
  std::string found;
  for (const std::string& line : expected) found += actual.contains(line) ? "" : "must fire: " + line + "\n";
  for (const std::string& line : actual) found += expected.contains(line) ? "" : "must not fire: " + line + "\n";
  return fmt::format("{}\n--- events\n{}\n--- seed {}, {}\n{}", e.rules, e.events, seed, which, found);
}

}  // namespace

}  // namespace mrule::testing

int main(int argc, char** argv) { return mrule::testing::RunSeeds(argc, argv, "firings", mrule::testing::Check); }
