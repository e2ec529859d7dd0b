// SPDX-License-Identifier: Apache-2.0
// Laws that every program keeps, on generated programs and streams: what is done to the input, or to the
// program, must show in the decisions in one way only.
//
//   restart      stopping and starting again from a snapshot at any instant, and between instants, changes
//   nothing (S18) shift        all times k later: all decisions k later; of a calendar, whole weeks later
//   (S1, S8) twins        each subject has another to which the same happens: it decides the same, and
//   changes nothing for the first ticking      time passes in more steps: nothing changes (S3) onlooker one
//   more rule without effects changes nothing for the others (S9) final        what comes later does not
//   change what was decided before (S16) longer_hold  `C for d2` fires only for subjects for which `C for d1`
//   does, where d1 < d2 (S2)
//
//   metamorphic_test --law NAME [--seeds A-B] [--keep-going]
#include <fmt/format.h>

#include <algorithm>
#include <array>
#include <cstdio>
#include <functional>
#include <map>
#include <set>
#include <string>
#include <string_view>
#include <vector>

#include "tests/differential/generator.h"
#include "tests/support/run.h"
#include "tests/support/seeds.h"

namespace mrule::testing {

namespace {

using std::chrono::microseconds;
using std::chrono::minutes;

constexpr auto kAfter = std::chrono::days(4);
constexpr std::string_view kTwin = "twin-";

std::vector<std::string> Lines(std::string_view text) {
  std::vector<std::string> lines;
  while (!text.empty()) {
    const size_t end = std::min(text.find('\n'), text.size());
    lines.emplace_back(text.substr(0, end));
    text.remove_prefix(std::min(end + 1, text.size()));
  }
  return lines;
}

std::string Kept(std::string_view text, const std::function<bool(const std::string&)>& keep) {
  std::string out;
  for (const std::string& line : Lines(text)) {
    if (keep(line)) out += line + "\n";
  }
  return out;
}

bool Has(std::string_view line, std::string_view part) { return line.find(part) != std::string_view::npos; }

std::string Replaced(std::string text, std::string_view from, std::string_view to) {
  for (size_t at = text.find(from); at != std::string::npos; at = text.find(from, at + to.size()))
    text.replace(at, from.size(), to);
  return text;
}

/// Every instant of a text, `…Z` with or without a fraction, moved by `by`.
std::string Shifted(const std::string& text, microseconds by) {
  std::string out;
  constexpr size_t kSeconds = 19;  // 2026-03-01T00:00:00
  for (size_t i = 0; i < text.size();) {
    const bool begins = text.compare(i, 3, "202") == 0 && i + kSeconds < text.size() && text[i + 10] == 'T';
    if (!begins) {
      out += text[i++];
      continue;
    }
    std::string digits;
    size_t end = i + kSeconds;
    if (text[end] == '.') {
      while (text[++end] != 'Z') digits += text[end];
      digits.resize(6, '0');
    }
    Instant at = ParseInstant(text.substr(i, kSeconds) + "Z").value_or(Instant());
    if (!digits.empty()) at += microseconds(std::stol(digits));
    out += Print(at + by);
    i = end + 1;
  }
  return out;
}

Instant LastInstant(std::string_view events) {
  Instant last;
  for (const std::string& line : Lines(events)) last = std::max(last, InstantOf(line).value_or(last));
  return last;
}

/// Decisions without their ids, which name the instant.
std::string WithoutIds(std::string_view decisions) {
  std::string out;
  for (const std::string& line : Lines(decisions))
    out += line.substr(std::min(line.find("\"at\""), line.size())) + "\n";
  return out;
}

struct Trial {
  std::string rules, events;
  Instant until;
  Said plain;  ///< the run that nothing was done to
};

Said Run(const Rules& rules, std::string_view events, Instant until) {
  return RunRules(rules, Engines()[0], events, {until, false, {}});
}

std::string Compiling(const std::string& rules, std::optional<Rules>& out) {
  const Compiled compiled = Rules::CompileText({{"generated.mrule", rules}});
  if (!compiled) return "does not check:\n" + compiled.Rendered();
  out = compiled.rules();
  return "";
}

std::string Restart(const Rules& rules, const Trial& trial, uint64_t seed) {
  std::vector<std::string> parts;  // of the events, one for each instant
  std::optional<Instant> previous;
  for (const std::string& line : Lines(trial.events)) {
    const std::optional<Instant> at = InstantOf(line);
    if (parts.empty() || (at && previous && *at != *previous)) parts.emplace_back();
    parts.back() += line + "\n";
    if (at) previous = at;
  }
  Said all;
  std::string state;
  for (size_t i = 0; i < parts.size(); ++i) {
    RunPlan plan;
    plan.state_in = state;
    const Instant now = LastInstant(parts[i]);
    const bool last = i + 1 == parts.size();
    // Some stops are at an instant at which nothing comes.
    const Instant next = last ? trial.until : LastInstant(parts[i + 1]);
    if (last) {
      plan.until = trial.until;
    } else if ((seed + i) % 3 == 0) {
      plan.until = now + (next - now) / 2;
    }
    const Said part = RunRules(rules, Engines()[0], parts[i], plan);
    if (!part.error.empty()) return part.error;
    all.decisions += part.decisions;
    all.suppressed += part.suppressed;
    all.traps += part.traps;
    state = part.state;
  }
  all.state = state;
  all.rejects = trial.plain.rejects;  // line numbers begin anew
  all.late = trial.plain.late;
  return trial.plain.DifferenceFrom(all);
}

/// How far a program can be moved: nothing, if an instant is written in it or its calendar has months or
/// changes of clocks; whole weeks, if it has days and weeks; else any time.
microseconds ShiftFor(const Trial& trial, uint64_t seed) {
  const std::string_view rules = std::string_view(trial.rules).substr(trial.rules.rfind("action notify"));
  const auto says = [rules](std::string_view word) { return Has(rules, word); };
  for (const std::string_view word :
       {"2026-", "month", "quarter", "year", "anniversary", "contact time", "Europe/", "America/"}) {
    if (says(word)) return {};
  }
  for (const std::string_view word : {"day", "week", "every ", "between ", " until ", " in \""}) {
    if (says(word)) return std::chrono::days(7) * (1 + static_cast<int64_t>(seed % 50));
  }
  return microseconds(1) + minutes(1 + static_cast<int64_t>(seed % 100'000));
}

std::string Shift(const Rules& rules, const Trial& trial, uint64_t seed) {
  const microseconds by = ShiftFor(trial, seed);
  if (by == microseconds()) return "";
  const Said moved = Run(rules, Shifted(trial.events, by), trial.until + by);
  std::string found = FirstDifference("decisions", WithoutIds(Shifted(trial.plain.decisions, by)),
                                      WithoutIds(moved.decisions));
  if (found.empty())
    found = FirstDifference("suppressed", WithoutIds(Shifted(trial.plain.suppressed, by)),
                            WithoutIds(moved.suppressed));
  return found;
}

/// The same line about the twins of its subjects.
std::string Twin(std::string line) {
  for (const std::string_view before : {"\"contact\":\"", "\"campaign\":\""}) {
    const size_t at = line.find(before);
    if (at != std::string::npos) line.insert(at + before.size(), kTwin);
  }
  return line;
}

std::string Twins(const Rules& rules, const Trial& trial, uint64_t seed) {
  std::string events;
  for (const std::string& line : Lines(trial.events))
    events += seed % 2 == 0 ? line + "\n" + Twin(line) + "\n" : Twin(line) + "\n" + line + "\n";
  const Said both = Run(rules, events, trial.until);
  const auto is_twin = [](const std::string& line) { return Has(line, "\":\"" + std::string(kTwin)); };
  const auto is_old = [&is_twin](const std::string& line) { return !is_twin(line); };
  std::string found = FirstDifference("decisions", trial.plain.decisions, Kept(both.decisions, is_old));
  if (found.empty())
    found = FirstDifference("suppressed", trial.plain.suppressed, Kept(both.suppressed, is_old));
  if (found.empty()) {
    found = FirstDifference("decisions of twins", WithoutIds(trial.plain.decisions),
                            WithoutIds(Replaced(Kept(both.decisions, is_twin), kTwin, "")));
  }
  return found;
}

std::string Ticking(const Rules& rules, const Trial& trial, uint64_t seed) {
  // Records of nobody else's business, at instants at which nothing else is.
  std::string events;
  std::optional<Instant> previous;
  for (const std::string& line : Lines(trial.events)) {
    const std::optional<Instant> at = InstantOf(line);
    if (at && previous && *at > *previous) {
      const auto step = (*at - *previous) / static_cast<int64_t>(2 + seed % 5) + microseconds(1);
      for (Instant tick = *previous + step; tick < *at; tick += step) {
        events += fmt::format("{{\"type\":\"contact\",\"contact\":\"nobody\",\"at\":\"{}\"}}\n", Print(tick));
      }
    }
    if (at) previous = at;
    events += line + "\n";
  }
  const Said ticked = Run(rules, events, trial.until);
  const auto old = [](const std::string& line) { return !Has(line, "\"nobody\""); };
  std::string found = FirstDifference("decisions", trial.plain.decisions, Kept(ticked.decisions, old));
  if (found.empty())
    found = FirstDifference("suppressed", trial.plain.suppressed, Kept(ticked.suppressed, old));
  return found;
}

std::string Onlooker(const Rules&, const Trial& trial, uint64_t seed) {
  constexpr std::string_view kRules =
      "rule \"onlooker e\"\nwhen opened\nsend m1\n\nrule \"onlooker s\"\nwhen count of opened over 3h >= "
      "1\nsend m2\n\n"
      "rule \"onlooker h\"\nwhen (spend over 6h > $10) for 2h\nnotify \"{spend over 6h}\"\n\n"
      "rule \"onlooker n\"\nwhen no bought in last 3h\nsend m3\nat most 2 per 1d\n\n";
  const size_t first = std::min(trial.rules.find("\nrule \""), trial.rules.find("\nsegment "));
  const size_t at = seed % 2 == 0 || first == std::string::npos ? trial.rules.size() : first + 1;
  std::string rules = trial.rules;
  rules.insert(at, kRules);
  std::optional<Rules> compiled;
  if (const std::string error = Compiling(rules, compiled); !error.empty()) return error;
  const Said more = Run(*compiled, trial.events, trial.until);
  const auto old = [](const std::string& line) { return !Has(line, "\"rule\":\"onlooker"); };
  std::string found = FirstDifference("decisions", trial.plain.decisions, Kept(more.decisions, old));
  if (found.empty())
    found = FirstDifference("suppressed", trial.plain.suppressed, Kept(more.suppressed, old));
  return found;
}

std::string Final(const Rules& rules, const Trial& trial, uint64_t seed) {
  const std::vector<std::string> lines = Lines(trial.events);
  const std::optional<Instant> cut = InstantOf(lines[seed / 2 % lines.size()]);
  if (!cut) return "";
  const auto till = [cut](const std::string& line) { return InstantOf(line).value_or(Instant()) <= *cut; };
  const Said before = Run(rules, Kept(trial.events, till), *cut);
  return FirstDifference("decisions", before.decisions, Kept(trial.plain.decisions, till));
}

std::string LongerHold(uint64_t seed, size_t& firings) {
  const differential::Probe probe = differential::GenerateProbe(seed);
  if (probe.events.empty()) return "";
  std::string rules = probe.vocabulary;
  size_t number = 0;
  const auto add = [&](const std::vector<std::string>& conditions, std::string_view act) {
    for (const std::string& condition : conditions) {
      const auto shorter = static_cast<unsigned>(30 * (1 + (seed + number) % 8)),
                 longer = shorter + 30 * static_cast<unsigned>(1 + seed % 5);
      for (const auto& [name, length] : {std::pair{'A', shorter}, std::pair{'B', longer}})
        rules +=
            fmt::format("rule \"{}{}\"\nwhen ({}) for {}min\n{}\n\n", name, number, condition, length, act);
      ++number;
    }
  };
  add(probe.contact_conditions, "notify \"{contact.country}\"");
  add(probe.campaign_conditions, "notify \"{campaign.status}\"");
  std::optional<Rules> compiled;
  if (const std::string error = Compiling(rules, compiled); !error.empty()) return error;
  const Said said = Run(*compiled, probe.events, LastInstant(probe.events) + kAfter);
  std::map<std::string, std::set<std::string>> fired;  // by rule
  for (const std::string& line : Lines(said.decisions)) {
    const size_t at = line.find("\"rule\":\"") + 8;
    const size_t subject = line.find("\",", at) + 2;
    fired[line.substr(at, subject - 2 - at)].insert(line.substr(subject, line.find(",\"action\"") - subject));
  }
  firings += fired.size();
  for (size_t i = 0; i < number; ++i) {
    const std::set<std::string>&longer = fired[fmt::format("B{}", i)],
          &shorter = fired[fmt::format("A{}", i)];
    if (!std::includes(shorter.begin(), shorter.end(), longer.begin(), longer.end()))
      return fmt::format("{}\n{}\nrule B{} fires for a subject for which A{} does not\n", rules, probe.events,
                         i, i);
  }
  return "";
}

using Law = std::string (*)(const Rules&, const Trial&, uint64_t);
constexpr std::array<std::pair<std::string_view, Law>, 6> kLaws = {{{"restart", Restart},
                                                                    {"shift", Shift},
                                                                    {"twins", Twins},
                                                                    {"onlooker", Onlooker},
                                                                    {"ticking", Ticking},
                                                                    {"final", Final}}};

std::string Check(std::string_view law, uint64_t seed, size_t& decisions) {
  if (law == "longer_hold") return LongerHold(seed, decisions);
  const auto* found =
      std::find_if(kLaws.begin(), kLaws.end(), [law](const auto& one) { return one.first == law; });
  if (found == kLaws.end()) return fmt::format("there is no law {}\n", law);
  const differential::Case made = differential::Generate(seed);
  if (made.events.empty()) return "";
  std::optional<Rules> rules;
  if (const std::string error = Compiling(made.rules, rules); !error.empty()) return error;
  Trial trial{made.rules, made.events, LastInstant(made.events) + kAfter, {}};
  trial.plain = Run(*rules, trial.events, trial.until);
  decisions += Lines(trial.plain.decisions).size();
  const std::string broken = found->second(*rules, trial, seed);
  return broken.empty() ? "" : fmt::format("{}\n--- events\n{}\n{}", made.rules, made.events, broken);
}

}  // namespace

}  // namespace mrule::testing

int main(int argc, char** argv) {
  const mrule::testing::SeedOptions options = mrule::testing::ReadSeedOptions(argc, argv);
  if (options.rest.size() != 2 || options.rest[0] != "--law") {
    fmt::print(stderr, "usage: metamorphic_test --law NAME [--seeds A-B] [--keep-going]\n");
    return 2;
  }
  const std::string_view law = options.rest[1];
  return RunSeeds(options, "decisions", [law](uint64_t seed, size_t& decisions) {
    return mrule::testing::Check(law, seed, decisions);
  });
}
