// SPDX-License-Identifier: Apache-2.0
#include "tests/differential/compare.h"

#include <fmt/format.h>

#include <algorithm>
#include <vector>

#include "tests/differential/generator.h"
#include "tests/support/run.h"

namespace mrule::differential {

namespace {

using testing::Engines;
using testing::RunRules;
using testing::Said;

/// How far the clock goes on behind the last event: every window and hold of a generated program ends within it.
constexpr auto kAfter = std::chrono::days(4);

/// Where each instant of an ordered stream begins, the first one excepted.
std::vector<size_t> InstantStarts(std::string_view events) {
  std::vector<size_t> starts;
  std::optional<Instant> previous;
  for (size_t at = 0; at < events.size();) {
    const size_t end = std::min(events.find('\n', at), events.size());
    const std::optional<Instant> instant = testing::InstantOf(events.substr(at, end - at));
    if (previous && instant && *instant < *previous) return {};
    if (previous && instant && *instant > *previous) starts.push_back(at);
    if (instant) previous = instant;
    at = end + 1;
  }
  return starts;
}

std::optional<Instant> LastInstant(std::string_view events) {
  std::optional<Instant> last;
  for (size_t at = 0; at < events.size();) {
    const size_t end = std::min(events.find('\n', at), events.size());
    if (const auto instant = testing::InstantOf(events.substr(at, end - at)); instant && (!last || *instant > *last)) last = instant;
    at = end + 1;
  }
  return last;
}

}  // namespace

std::string Compare(std::string_view rules, std::string_view events, uint64_t restart, bool must_check) {
  const Compiled compiled = Rules::CompileText({{"generated.mrule", std::string(rules)}});
  if (!compiled) return must_check ? "the program does not check:\n" + compiled.Rendered() : "";
  testing::RunPlan plan;
  if (const std::optional<Instant> last = LastInstant(events)) plan.until = *last + kAfter;
  const Said reference = RunRules(compiled.rules(), Engines()[0], events, plan);
  if (!reference.error.empty()) return reference.error;
  if (const std::string repeated = testing::RepeatedId(reference.decisions); !repeated.empty()) return "an id came twice: " + repeated;
  for (const testing::EngineChoice& engine : Engines().subspan(1)) {
    const std::string difference = reference.DifferenceFrom(RunRules(compiled.rules(), engine, events, plan));
    if (!difference.empty()) return fmt::format("{} and {} differ in {}", Engines()[0].name, engine.name, difference);
  }

  const std::vector<size_t> starts = InstantStarts(events);
  if (starts.empty()) return "";
  const size_t cut = starts[restart % starts.size()];
  const testing::EngineChoice& engine = Engines()[restart / 7 % Engines().size()];
  const Said first = RunRules(compiled.rules(), engine, events.substr(0, cut));
  plan.state_in = first.state;
  Said second = RunRules(compiled.rules(), engine, events.substr(cut), plan);
  if (!second.error.empty()) return "restart: " + second.error;
  second.decisions.insert(0, first.decisions);
  second.suppressed.insert(0, first.suppressed);
  second.traps.insert(0, first.traps);
  second.late.insert(0, first.late);
  second.rejects = reference.rejects;  // line numbers begin anew
  const std::string difference = reference.DifferenceFrom(second);
  if (difference.empty()) return "";
  return fmt::format("a restart before {}\nchanges {}", events.substr(cut, events.find('\n', cut) - cut), difference);
}

std::string CompareSeed(uint64_t seed) {
  const Case made = Generate(seed);
  const std::string found = Compare(made.rules, made.events, seed * 0x9E3779B97F4A7C15ull >> 20, /*must_check=*/true);
  if (found.empty()) return "";
  return fmt::format("{}\n--- events\n{}\n--- seed {}: {}", made.rules, made.events, seed, found);
}

}  // namespace mrule::differential
