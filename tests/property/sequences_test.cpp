// SPDX-License-Identifier: Apache-2.0
// Sequences (S7) against a model that reads whole logs: what is written down here looks back from each event over all earlier
// ones, where the engine keeps a few words. Every subject is a stream of its own, so one run checks thousands of them.
//
//   sequences_test --seeds A-B     40 forms on 500 subjects each
#include <fmt/format.h>

#include <algorithm>
#include <cstdio>
#include <cstring>
#include <map>
#include <optional>
#include <random>
#include <string>
#include <tuple>
#include <vector>

#include "tests/support/run.h"
#include "tests/support/seeds.h"

namespace mrule::testing {
namespace {

constexpr int64_t kMinute = 60'000'000;

struct Happened {
  int64_t at = 0;
  char type = 'a';
  std::string key;  // empty: none
};

/// The form of a sequence: `steps` of "abc"; `within[i]` minutes from step i to step i + 1.
struct Form {
  std::string steps;
  std::vector<int64_t> within;
  bool absent = false, each = false, keyed = false;

  std::string Text() const {
    std::string out = each ? "each " : "";
    out += steps[0];
    for (size_t i = 0; i < within.size(); ++i) {
      out += fmt::format("{} followed by {} within {}min", absent && i + 1 == within.size() ? " not" : "", steps[i + 1], within[i]);
    }
    return keyed ? out + " with same k" : out;
  }
  int64_t Within(size_t hop) const { return within[hop] * kMinute; }
};

using Stream = std::vector<Happened>;

// --- two steps: said of the whole log ---

/// A follows A or B within the time: then A's wait is over, or begun anew.
std::vector<int64_t> Absences(const Form& form, const Stream& log) {
  std::vector<int64_t> fired;
  for (size_t i = 0; i < log.size(); ++i) {
    if (log[i].type != form.steps[0]) continue;
    const int64_t deadline = log[i].at + form.Within(0);
    bool open = true;
    for (size_t j = i + 1; j < log.size() && log[j].at <= deadline; ++j) {
      open &= log[j].type != form.steps[1] && (form.each || log[j].type != form.steps[0]);
    }
    if (open) fired.push_back(deadline);
  }
  return fired;
}

/// Without `each`, B belongs to the latest A if no B lies between; with it, each B takes the oldest A that is free and in time.
std::vector<int64_t> Followers(const Form& form, const Stream& log) {
  std::vector<int64_t> fired;
  std::vector<bool> taken(log.size(), false);
  for (size_t j = 0; j < log.size(); ++j) {
    if (log[j].type != form.steps[1]) continue;
    std::optional<size_t> match;
    for (size_t i = 0; i < j; ++i) {
      if (log[i].type != form.steps[0]) continue;
      if (!form.each) {
        match = i;
      } else if (!match && !taken[i] && log[j].at - log[i].at <= form.Within(0)) {
        match = i;
      }
    }
    if (!match || taken[*match] || log[j].at - log[*match].at > form.Within(0)) continue;
    taken[*match] = true;
    fired.push_back(log[j].at);
  }
  return fired;
}

// --- chains: every run is written down ---

std::vector<int64_t> Chains(const Form& form, const Stream& log) {
  struct Run {
    size_t steps;    // that have happened
    int64_t at;      // the latest of them
    bool gone = false;
  };
  std::vector<int64_t> fired;
  std::vector<Run> runs;
  const size_t waits = form.absent ? form.within.size() - 1 : form.within.size();  // that end with an event
  const auto come = [&](size_t steps, int64_t at) {
    for (Run& other : runs) other.gone |= !form.each && other.steps == steps;
    runs.push_back({steps, at});
  };
  for (size_t e = 0; e <= log.size(); ++e) {
    // Absences that were over before this event, at the end all.
    for (Run& run : runs) {
      if (!form.absent || run.gone || run.steps != form.within.size()) continue;
      if (e < log.size() && run.at + form.Within(waits) >= log[e].at) continue;
      fired.push_back(run.at + form.Within(waits));
      run.gone = true;
    }
    if (e == log.size()) break;
    const Happened& event = log[e];
    for (Run& run : runs) run.gone |= form.absent && run.steps == form.within.size() && event.type == form.steps.back();
    for (size_t steps = waits; steps > 0; --steps) {
      if (event.type != form.steps[steps]) continue;
      const auto run = std::find_if(runs.begin(), runs.end(), [&](const Run& one) {
        return !one.gone && one.steps == steps && event.at - one.at <= form.Within(steps - 1);
      });
      if (run == runs.end()) continue;
      run->gone = true;
      if (!form.absent && steps == waits) {
        fired.push_back(event.at);
      } else {
        come(steps + 1, event.at);
      }
      break;
    }
    if (event.type == form.steps[0]) come(1, event.at);
  }
  return fired;
}

std::vector<int64_t> Expected(const Form& form, const Stream& log) {
  std::vector<Stream> parts;
  if (form.keyed) {
    std::map<std::string, Stream> by_key;
    for (const Happened& event : log) {
      if (!event.key.empty()) by_key[event.key].push_back(event);
    }
    for (auto& [key, part] : by_key) parts.push_back(std::move(part));
  } else {
    parts.push_back(log);
  }
  std::vector<int64_t> fired;
  for (const Stream& part : parts) {
    const std::vector<int64_t> some = form.within.size() > 1 ? Chains(form, part)
                                      : form.absent          ? Absences(form, part)
                                                             : Followers(form, part);
    fired.insert(fired.end(), some.begin(), some.end());
  }
  std::sort(fired.begin(), fired.end());
  return fired;
}

// --- input ---

std::vector<Form> Forms() {
  std::vector<Form> forms;
  for (bool absent : {false, true}) {
    for (bool each : {false, true}) {
      for (bool keyed : {false, true}) {
        for (const char* steps : {"ab", "aa", "abc", "aba", "aab"}) {
          std::vector<int64_t> within(std::strlen(steps) - 1, 3);
          if (within.size() > 1) within[1] = 4;
          forms.push_back({steps, within, absent, each, keyed});
        }
      }
    }
  }
  return forms;
}

/// Minutes are few, so that edges are met; now and then a microsecond lies between.
Stream Draw(std::mt19937_64& random) {
  static constexpr int64_t kSteps[] = {0, 0, 1, 1, 1, 2, 3, 4};
  Stream stream;
  int64_t at = 0;
  const int count = 4 + static_cast<int>(random() % 9);
  for (int i = 0; i < count; ++i) {
    at += kSteps[random() % 8] * kMinute + (random() % 16 == 0 ? 1 : 0);
    const uint64_t key = random() % 8;
    stream.push_back({at, "aabbc"[random() % 5], key == 0 ? "" : key < 5 ? "x" : "y"});
  }
  return stream;
}

std::string InstantText(int64_t micros) {
  return fmt::format("2026-01-01T{:02}:{:02}:{:02}.{:06}Z", micros / (60 * kMinute), micros / kMinute % 60,
                     micros / 1'000'000 % 60, micros % 1'000'000);
}

std::string Check(uint64_t seed, size_t& completions) {
  constexpr size_t subjects = 500;
  const std::vector<Form> forms = Forms();
  std::string text =
      "event a on contact\n  k: optional text\nevent b on contact\n  k: optional text\nevent c on contact\n  k: optional text\n";
  for (size_t i = 0; i < forms.size(); ++i) text += fmt::format("rule \"f{}\"\nwhen {}\nsend x\n", i, forms[i].Text());
  Compiled compiled = Rules::CompileText({{"forms.mrule", text}});
  if (!compiled) return compiled.Rendered();

  std::mt19937_64 random(seed);
  std::vector<Stream> streams;
  struct Line {
    int64_t at;
    size_t place;
    std::string json;
  };
  std::vector<Line> lines;
  for (size_t s = 0; s < subjects; ++s) {
    streams.push_back(Draw(random));
    for (const Happened& event : streams.back()) {
      lines.push_back({event.at, lines.size(), fmt::format(R"({{"type":"{}","contact":"{}","at":"{}"{}}})", event.type, s, InstantText(event.at),
                                             event.key.empty() ? "" : fmt::format(R"(,"k":"{}")", event.key))});
    }
  }
  std::sort(lines.begin(), lines.end(), [](const Line& a, const Line& b) { return std::tie(a.at, a.place) < std::tie(b.at, b.place); });
  std::string events;
  for (const Line& line : lines) events += line.json + "\n";

  std::string first;
  for (const EngineChoice& engine : Engines()) {
    const Said said = RunRules(compiled.rules(), engine, events, {std::nullopt, true, ""});
    if (!said.error.empty() || said.counts.traps != 0 || said.counts.rejected != 0) {
      return said.error + "\n" + (said.traps + said.rejects).substr(0, 500);
    }
    if (first.empty()) {
      first = said.decisions;
      if (const std::string repeated = RepeatedId(first); !repeated.empty()) {
        return "an id twice: " + repeated;
      }
    } else if (first != said.decisions) {
      return fmt::format("{}: {}", engine.name, FirstDifference("decisions", first, said.decisions));
    }
  }

  std::vector<std::vector<std::vector<int64_t>>> fired(forms.size(), std::vector<std::vector<int64_t>>(subjects));
  for (size_t at = 0; at < first.size();) {
    const size_t end = first.find('\n', at);
    const std::string line = first.substr(at, end - at);
    at = end + 1;
    const auto number = [&line](const char* key) {
      return std::strtoull(line.c_str() + line.find(key) + std::strlen(key), nullptr, 10);
    };
    unsigned hour = 0, minute = 0, second = 0, micro = 0;
    const char* time = line.c_str() + line.find("T", line.find("\"at\":\"")) + 1;
    std::sscanf(time, "%u:%u:%u", &hour, &minute, &second);
    if (time[8] == '.') {
      std::string digits(time + 9, std::strspn(time + 9, "0123456789"));
      digits.resize(6, '0');
      micro = static_cast<unsigned>(std::stoul(digits));
    }
    fired[number("\"rule\":\"f")][number("\"contact\":\"")].push_back((int64_t{hour} * 60 + minute) * kMinute +
                                                                        int64_t{second} * 1'000'000 + micro);
  }
  for (size_t f = 0; f < forms.size(); ++f) {
    for (size_t s = 0; s < subjects; ++s) {
      std::sort(fired[f][s].begin(), fired[f][s].end());
      const std::vector<int64_t> expected = Expected(forms[f], streams[s]);
      completions += expected.size();
      if (expected == fired[f][s]) continue;
      std::string found = fmt::format("`{}`, subject {}:\n", forms[f].Text(), s);
      for (const Happened& event : streams[s]) found += fmt::format("  {} {} {}\n", InstantText(event.at), event.type, event.key);
      for (int64_t one : expected) found += fmt::format("  expected {}\n", InstantText(one));
      for (int64_t one : fired[f][s]) found += fmt::format("  fired    {}\n", InstantText(one));
      return found;
    }
  }
  return "";
}

}  // namespace
}  // namespace mrule::testing

int main(int argc, char** argv) { return mrule::testing::RunSeeds(argc, argv, "completions", mrule::testing::Check); }
