// SPDX-License-Identifier: Apache-2.0
// State rules, holds and segments against a model that knows no timers (S2, S3, S4, S5). Conditions are
// generated; the stream and all durations lie on half hours. One run has a `tick` of every subject at every
// half hour, and two rules on it that say whether the condition is then true or false. From these truths the
// model tells when `when C`, `when (C) for D`, `enters`, `leaves` and `every 6h when C` must fire. Another run has no ticks at
// all: what fires there was found by timers, and must be the same.
//
//   timers_test --seeds A-B
#include <fmt/format.h>

#include <algorithm>
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

using std::chrono::minutes;

constexpr minutes kHalfHour{30};
constexpr auto kAfter = std::chrono::days(3);

enum class Truth { kUnknown, kFalse, kTrue };

struct Firing {
  std::string rule, subject;
  Instant at;
  auto operator<=>(const Firing&) const = default;
};

std::string_view Between(std::string_view line, std::string_view before, std::string_view after) {
  const size_t begin = line.find(before);
  if (begin == std::string_view::npos) return {};
  const size_t from = begin + before.size();
  return line.substr(from, line.find(after, from) - from);
}

std::set<Firing> Firings(const std::string& decisions) {
  std::set<Firing> found;
  std::istringstream lines(decisions);
  for (std::string line; std::getline(lines, line);) {
    const std::string_view rule = Between(line, "\"rule\":\"", "\"");
    const std::string_view subject =
        Between(line, std::string("\"rule\":\"") + std::string(rule) + "\",", ",\"action\"");
    found.insert({std::string(rule), std::string(subject), InstantOf(line).value_or(Instant())});
  }
  return found;
}

struct Subject {
  std::string key;  ///< `"contact":"c1"`
  bool is_contact = false;
  Instant first;
};

struct Experiment {
  std::vector<std::string> conditions;
  std::vector<minutes> holds;  ///< one for each condition
  size_t contact_count = 0;    ///< the first so many are of contacts
  std::string plain_rules, ticking_rules;
  std::string plain_events, ticking_events;
  std::vector<Subject> subjects;
  Instant until;
};

void AddRules(Experiment& e, const differential::Probe& probe) {
  e.plain_rules = e.ticking_rules = probe.vocabulary + "event tick on contact, campaign\n\n";
  for (size_t i = 0; i < e.conditions.size(); ++i) {
    const bool of_contact = i < e.contact_count;
    // `tick` alone could be of either: a text that reads the subject says of which.
    const std::string act = of_contact ? "notify \"{contact.country}\"" : "notify \"{campaign.status}\"";
    const std::string& c = e.conditions[i];
    e.ticking_rules += fmt::format(
        "rule \"T{0}\"\nwhen tick and ({1})\n{2}\n\nrule \"F{0}\"\nwhen tick and not ({1})\n{2}\n\n", i, c,
        act);
    e.plain_rules +=
        fmt::format("rule \"S{0}\"\nwhen {1}\n{3}\n\nrule \"H{0}\"\nwhen ({1}) for {2}min\n{3}\n\n"
                    "rule \"P{0}\"\nevery 6h\nwhen {1}\n{3}\n\n",
                    i, c, e.holds[i].count(), act);
    if (of_contact) {
      e.plain_rules += fmt::format(
          "segment s{0} = contacts where {1}\nrule \"E{0}\"\nwhen enters s{0}\n{2}\n\nrule \"L{0}\"\nwhen "
          "leaves s{0}\n{2}\n\n",
          i, c, act);
    }
  }
}

/// The stream with a tick of every known subject behind the last event of every half hour.
void AddTicks(Experiment& e, const std::string& events) {
  e.plain_events = events;
  std::map<Instant, std::string> at;
  std::istringstream lines(events);
  std::map<std::string, Instant> first;
  for (std::string line; std::getline(lines, line);) {
    const Instant instant = InstantOf(line).value_or(Instant());
    at[instant] += line + "\n";
    if (line.find("unheard_of") != std::string::npos) continue;
    for (const char* kind : {"contact", "campaign"}) {
      const std::string_view id = Between(line, fmt::format("\"{}\":\"", kind), "\"");
      if (!id.empty()) first.try_emplace(fmt::format("\"{}\":\"{}\"", kind, id), instant);
    }
  }
  e.until = at.rbegin()->first + kAfter;
  for (const auto& [key, from] : first) {
    e.subjects.push_back({key, key.starts_with("\"contact\""), from});
    for (Instant t = from; t <= e.until; t += kHalfHour)
      at[t] += fmt::format("{{\"type\":\"tick\",{},\"at\":\"{}\"}}\n", key, Print(t));
  }
  for (const auto& [instant, text] : at) e.ticking_events += text;
}

/// Fires when true after it was last seen false.
struct Edge {
  bool armed = true;
  bool Fires(Truth truth) {
    if (truth == Truth::kFalse) armed = true;
    if (truth != Truth::kTrue || !armed) return false;
    armed = false;
    return true;
  }
};

/// What the rules of condition `i` must do for one subject, given its truth at each half hour.
void Model(const Experiment& e, size_t i, const Subject& subject, const std::map<Instant, Truth>& truths,
           std::set<Firing>& expected) {
  Edge state, hold;
  minutes accrued{0};
  Truth before = Truth::kUnknown;
  bool member = false;
  for (const auto& [t, truth] : truths) {
    if (before == Truth::kTrue) accrued += kHalfHour;
    if (truth == Truth::kFalse) accrued = minutes(0);
    const Truth held = truth != Truth::kTrue ? truth : accrued >= e.holds[i] ? Truth::kTrue : Truth::kFalse;
    const auto fire = [&, at = t](char kind) {
      expected.insert({kind + std::to_string(i), subject.key, at});
    };
    if (state.Fires(truth)) fire('S');
    if (truth == Truth::kTrue && t.time_since_epoch() % std::chrono::hours(6) == Instant::duration::zero()) fire('P');
    if (subject.is_contact) {  // what is polled has rules of its own for holds
      if (hold.Fires(held)) fire('H');
      if (truth == Truth::kTrue && !member) fire('E');
      if (truth == Truth::kFalse && member) fire('L');
      if (truth != Truth::kUnknown) member = truth == Truth::kTrue;
    }
    before = truth;
  }
}

std::string Explain(const Experiment& e, const Firing& firing, std::string_view what) {
  const size_t condition = static_cast<size_t>(std::stoul(firing.rule.substr(1)));
  return fmt::format("rule {} for {} at {}: {}\n  condition: {}\n  hold: {}min\n", firing.rule,
                     firing.subject, Print(firing.at), what, e.conditions[condition],
                     e.holds[condition].count());
}

std::string Check(uint64_t seed, size_t& firings) {
  const differential::Probe probe = differential::GenerateProbe(seed);
  if (probe.events.empty()) return "";
  Experiment e;
  e.conditions = probe.contact_conditions;
  e.contact_count = e.conditions.size();
  e.conditions.insert(e.conditions.end(), probe.campaign_conditions.begin(), probe.campaign_conditions.end());
  for (size_t i = 0; i < e.conditions.size(); ++i)
    e.holds.push_back(kHalfHour * (1 + (seed * 7 + i * 5) % 12));
  AddRules(e, probe);
  AddTicks(e, probe.events);

  const Compiled plain = Rules::CompileText({{"plain.mrule", e.plain_rules}});
  if (!plain) return plain.Rendered();
  const Compiled ticking = Rules::CompileText({{"ticking.mrule", e.ticking_rules}});
  if (!ticking) return ticking.Rendered();
  const Said alone = RunRules(plain.rules(), Engines()[0], e.plain_events, {e.until, false, {}});
  const Said ticked = RunRules(ticking.rules(), Engines()[0], e.ticking_events, {e.until, false, {}});
  if (!alone.error.empty() || !ticked.error.empty()) return alone.error + ticked.error;
  if (!alone.traps.empty() || !ticked.traps.empty()) return "";  // overflow: nothing can be said

  const std::set<Firing> answers = Firings(ticked.decisions);
  std::set<Firing> expected;
  for (size_t i = 0; i < e.conditions.size(); ++i) {
    for (const Subject& subject : e.subjects) {
      if (subject.is_contact != (i < e.contact_count)) continue;
      std::map<Instant, Truth> truths;
      for (Instant t = subject.first; t <= e.until; t += kHalfHour) {
        truths[t] = answers.contains({"T" + std::to_string(i), subject.key, t})   ? Truth::kTrue
                    : answers.contains({"F" + std::to_string(i), subject.key, t}) ? Truth::kFalse
                                                                                  : Truth::kUnknown;
      }
      Model(e, i, subject, truths, expected);
    }
  }
  firings += expected.size();
  std::string found;
  const std::set<Firing> actual = Firings(alone.decisions);
  for (const Firing& firing : expected) {
    if (!actual.contains(firing)) found += Explain(e, firing, "must fire, and does not");
  }
  for (const Firing& firing : actual) {
    const bool polled_hold = firing.rule[0] == 'H' && std::stoul(firing.rule.substr(1)) >= e.contact_count;
    if (!polled_hold && !expected.contains(firing)) found += Explain(e, firing, "fires, and must not");
  }
  if (found.empty()) return "";
  return fmt::format("{}\n--- events\n{}\n--- seed {}\n{}", e.plain_rules, e.plain_events, seed, found);
}

}  // namespace

}  // namespace mrule::testing

int main(int argc, char** argv) { return mrule::testing::RunSeeds(argc, argv, "firings", mrule::testing::Check); }
