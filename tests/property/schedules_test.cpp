// SPDX-License-Identifier: Apache-2.0
// Scheduled rules over many subjects against the same rules at an event. A schedule does not ask every subject about every rule: the
// tests of single values run over blocks of records, and only who passes is asked. Here each subject known by then has a
// `tick` at each occurrence, in order of first appearance, and rules `when tick and C` must fire as `every 6h when C` do: the same
// ones, for the same subjects, in the same order. Effects of the one rule are conditions of the others.
//
//   schedules_test --seeds A-B
#include <fmt/format.h>

#include <cstdio>
#include <map>
#include <set>
#include <sstream>
#include <string>
#include <string_view>
#include <vector>

#include "tests/differential/generator.h"
#include "tests/support/run.h"
#include "tests/support/seeds.h"

namespace mrule::testing {

namespace {

using std::chrono::hours;

constexpr hours kEvery{6};
constexpr auto kAfter = std::chrono::days(2);
constexpr uint64_t kCopies = 70;  // so that subjects fill several blocks

/// The number after `"contact":"c` or `"campaign":"k` of each line becomes one of many.
std::string Scattered(const std::string& events, uint64_t seed) {
  std::string out;
  uint64_t state = seed * 0x9E3779B97F4A7C15ull + 1;
  std::istringstream lines(events);
  for (std::string line; std::getline(lines, line); out += line + "\n") {
    for (const std::string_view before : {"\"contact\":\"c", "\"campaign\":\"k"}) {
      const size_t at = line.find(before);
      if (at == std::string::npos) continue;
      state = state * 6364136223846793005ull + 1442695040888963407ull;
      line.insert(at + before.size(), std::to_string(state >> 33 & 0xFFFF).substr(0, 1) + std::to_string((state >> 40) % kCopies));
    }
  }
  return out;
}

std::vector<std::string> Subjects(const std::string& line) {
  std::vector<std::string> found;
  if (line.find("unheard_of") != std::string::npos) return found;
  for (const std::string_view key : {"contact", "campaign"}) {
    const std::string before = fmt::format("\"{}\":\"", key);
    const size_t at = line.find(before);
    if (at == std::string::npos) continue;
    const size_t from = at + before.size();
    found.push_back(before + line.substr(from, line.find('"', from) - from) + "\"");
  }
  return found;
}

/// The stream with a tick of every subject known by then behind the last event of each occurrence.
std::string WithTicks(const std::string& events, Instant& until) {
  std::map<Instant, std::string> at;
  std::istringstream lines(events);
  for (std::string line; std::getline(lines, line);) at[InstantOf(line).value_or(Instant())] += line + "\n";
  until = at.rbegin()->first + kAfter;
  const Instant first = at.begin()->first;
  for (Instant t = first - (first.time_since_epoch() % kEvery); t <= until; t += kEvery) at.try_emplace(t);
  std::vector<std::string> known;
  std::set<std::string> seen;
  std::string out;
  for (auto& [instant, text] : at) {
    std::istringstream records(text);
    for (std::string line; std::getline(records, line);) {
      for (std::string& subject : Subjects(line)) {
        if (seen.insert(subject).second) known.push_back(subject);
      }
    }
    out += text;
    if (instant.time_since_epoch() % kEvery != Instant::duration::zero()) continue;
    for (const std::string& subject : known) {
      out += fmt::format("{{\"type\":\"tick\",{},\"at\":\"{}\"}}\n", subject, Print(instant));
    }
  }
  return out;
}

/// Without ids, which name the cause.
std::string WithoutIds(const std::string& decisions) {
  std::string out;
  std::istringstream lines(decisions);
  for (std::string line; std::getline(lines, line);) out += line.substr(line.find("\"at\":")) + "\n";
  return out;
}

std::string Check(uint64_t seed, size_t& decided) {
  const differential::Probe probe = differential::GenerateProbe(seed);
  if (probe.events.empty()) return "";
  std::string scheduled = probe.vocabulary + "event tick on contact, campaign\n\n", ticking = scheduled;
  size_t number = 0;
  auto add = [&](const std::string& condition, std::string_view act) {
    scheduled += fmt::format("rule \"r{}\"\nevery 6h\nwhen {}\n{}\n\n", number, condition, act);
    ticking += fmt::format("rule \"r{}\"\nwhen tick and ({})\n{}\n\n", number, condition, act);
    ++number;
  };
  for (const std::string& condition : probe.contact_conditions) {
    add(condition, number % 2 == 0 ? "notify \"{contact.country}\"" : "set visits to 2\nnotify \"{contact.city}\"");
  }
  for (const std::string& condition : probe.campaign_conditions) add(condition, "notify \"{campaign.status}\"");

  Instant until;
  const std::string events = Scattered(probe.events, seed);
  const std::string with_ticks = WithTicks(events, until);
  const Compiled one = Rules::CompileText({{"rules.mrule", scheduled}});
  if (!one) return one.Rendered();
  const Compiled other = Rules::CompileText({{"rules.mrule", ticking}});
  if (!other) return other.Rendered();
  const Said by_schedule = RunRules(one.rules(), Engines()[0], events, {until, false, {}});
  const Said by_tick = RunRules(other.rules(), Engines()[0], with_ticks, {until, false, {}});
  if (!by_schedule.error.empty() || !by_tick.error.empty()) return by_schedule.error + by_tick.error;
  if (!by_schedule.traps.empty() || !by_tick.traps.empty()) return "";  // reported once an instant, whatever set it off
  decided += by_schedule.counts.decisions;
  const std::string found = FirstDifference("decisions", WithoutIds(by_schedule.decisions), WithoutIds(by_tick.decisions));
  if (found.empty()) return "";
  return fmt::format("{}\n--- events\n{}\n--- seed {}: {}", scheduled, events, seed, found);
}

}  // namespace

}  // namespace mrule::testing

int main(int argc, char** argv) { return mrule::testing::RunSeeds(argc, argv, "decisions", mrule::testing::Check); }
