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

/// How far the clock goes on behind the last event: every window and hold of a generated program ends within
/// it.
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
    if (const auto instant = testing::InstantOf(events.substr(at, end - at));
        instant && (!last || *instant > *last))
      last = instant;
    at = end + 1;
  }
  return last;
}

/// Of eight programs four go to machine code without passes, two to optimised code, one to both and one to
/// none.
bool TakesPart(size_t engine, uint64_t choice) {
  const bool optimised = engine == 2;
  return choice % 8 == 0 || (optimised ? choice % 4 == 2 : choice % 2 == 1);
}

}  // namespace

std::string Compare(std::string_view rules, std::string_view events, uint64_t choice, bool must_check,
                    Breadth breadth) {
  const Compiled compiled = Rules::CompileText({{"generated.mrule", std::string(rules)}});
  if (!compiled) return must_check ? "the program does not check:\n" + compiled.Rendered() : "";
  testing::RunPlan plan;
  if (const std::optional<Instant> last = LastInstant(events)) plan.until = *last + kAfter;
  const Said reference = RunRules(compiled.rules(), Engines()[0], events, plan);
  if (!reference.error.empty()) return reference.error;
  if (const std::string repeated = testing::RepeatedId(reference.decisions); !repeated.empty())
    return "an id came twice: " + repeated;
  for (size_t i = 1; i < Engines().size(); ++i) {
    if (breadth == Breadth::kTurns && !TakesPart(i, choice)) continue;
    const testing::EngineChoice& engine = Engines()[i];
    const std::string difference = reference.DifferenceFrom(RunRules(compiled.rules(), engine, events, plan));
    if (!difference.empty())
      return fmt::format("{} and {} differ in {}", Engines()[0].name, engine.name, difference);
  }

  // Rules must not depend on who listens: where nobody does, the runner takes shorter ways. (Snapshots may differ in how far the
  // windows were moved, and what is printed may trap.)
  plan.silent = true;
  const Said silent = RunRules(compiled.rules(), Engines()[0], events, plan);
  plan.silent = false;
  const auto counts = [](const Said& said) {
    return fmt::format("{} firings, {} decisions, {} suppressed, {} limited", said.counts.fired, said.counts.decisions,
                       said.counts.suppressed, said.counts.limited);
  };
  if (counts(silent) != counts(reference)) return counts(reference) + "; if nobody listens " + counts(silent);

  if (choice % 4 == 1) {
    testing::RunPlan parallel = plan;
    parallel.threads = choice % 8 == 1 ? 2 : 4;
    const std::string difference = reference.DifferenceFrom(RunRules(compiled.rules(), Engines()[0], events, parallel));
    if (!difference.empty()) return fmt::format("one thread and {} differ in {}", parallel.threads, difference);
  }

  const std::vector<size_t> starts = InstantStarts(events);
  if (starts.empty()) return "";
  const uint64_t mixed = choice * 0x9E3779B97F4A7C15ull >> 20;
  const size_t cut = starts[mixed % starts.size()];
  // Machine code has been compared already, and compiling it is most of the work: a restart mostly goes
  // without.
  const testing::EngineChoice& engine = Engines()[mixed / 7 % 8 == 0 ? Engines().size() - 1 : 0];
  const Said first = RunRules(compiled.rules(), engine, events.substr(0, cut));
  plan.state_in = first.state;
  if (mixed / 64 % 8 == 0) plan.threads = 2;  // a state is of no number of threads
  Said second = RunRules(compiled.rules(), engine, events.substr(cut), plan);
  if (!second.error.empty()) return "restart: " + second.error;
  second.decisions.insert(0, first.decisions);
  second.suppressed.insert(0, first.suppressed);
  second.traps.insert(0, first.traps);
  second.late.insert(0, first.late);
  second.rejects = reference.rejects;  // line numbers begin anew
  const std::string difference = reference.DifferenceFrom(second);
  if (difference.empty()) return "";
  return fmt::format("a restart before {}\nchanges {}", events.substr(cut, events.find('\n', cut) - cut),
                     difference);
}

std::string CompareSeed(uint64_t seed, Breadth breadth) {
  const Case made = Generate(seed);
  const std::string found = Compare(made.rules, made.events, seed, /*must_check=*/true, breadth);
  if (found.empty()) return "";
  return fmt::format("{}\n--- events\n{}\n--- seed {}: {}", made.rules, made.events, seed, found);
}

}  // namespace mrule::differential
