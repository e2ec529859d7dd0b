// SPDX-License-Identifier: Apache-2.0
#include "tests/support/run.h"

#include <fmt/format.h>

#include <algorithm>
#include <array>
#include <cstdio>
#include <unordered_set>

namespace mrule::testing {

namespace {

constexpr std::array<EngineChoice, 3> kEngines = {{
    {"interpreter", EngineKind::kInterpreter, 0},
    {"jit without passes", EngineKind::kJit, 0},
    {"jit", EngineKind::kJit, 2},
}};

std::string_view TakeLine(std::string_view& text) {
  const size_t end = text.find('\n');
  const std::string_view line = text.substr(0, end);
  text.remove_prefix(end == std::string_view::npos ? text.size() : end + 1);
  return line;
}

}  // namespace

std::span<const EngineChoice> Engines() {
#if MRULE_TESTS_HAVE_JIT
  return kEngines;
#else
  return std::span(kEngines).first(1);
#endif
}

std::string FirstDifference(std::string_view what, std::string_view left, std::string_view right) {
  for (int number = 1; !left.empty() || !right.empty(); ++number) {
    const bool ended_left = left.empty(), ended_right = right.empty();
    const std::string_view a = TakeLine(left), b = TakeLine(right);
    if (a == b && ended_left == ended_right) continue;
    return fmt::format("{}, line {}:\n  {}\n  {}\n", what, number, ended_left ? "(no more)" : a,
                       ended_right ? "(no more)" : b);
  }
  return "";
}

std::string Said::DifferenceFrom(const Said& other) const {
  if (error != other.error) return fmt::format("error: \"{}\" and \"{}\"\n", error, other.error);
  std::string found = FirstDifference("decisions", decisions, other.decisions);
  if (found.empty()) found = FirstDifference("suppressed", suppressed, other.suppressed);
  if (found.empty()) found = FirstDifference("traps", traps, other.traps);
  if (found.empty()) found = FirstDifference("rejects", rejects, other.rejects);
  if (found.empty()) found = FirstDifference("late", late, other.late);
  if (found.empty()) found = FirstDifference("contradicted", contradicted, other.contradicted);
  if (found.empty()) found = FirstDifference("state", state, other.state);
  return found;
}

std::string RepeatedId(std::string_view decisions) {
  std::unordered_set<std::string_view> seen;
  while (!decisions.empty()) {
    const std::string_view line = TakeLine(decisions);
    constexpr std::string_view kId = "{\"id\":\"";
    if (!line.starts_with(kId) ||
        !seen.insert(line.substr(kId.size(), line.find('"', kId.size()) - kId.size())).second) {
      return std::string(line);
    }
  }
  return "";
}

std::string JsonQuoted(std::string_view text) {
  std::string out = "\"";
  for (char c : text) {
    if (c == '"' || c == '\\') {
      out += '\\';
      out += c;
    } else if (static_cast<unsigned char>(c) < 0x20) {
      out += fmt::format("\\u{:04x}", static_cast<unsigned char>(c));
    } else {
      out += c;
    }
  }
  return out + '"';
}

std::string Print(Instant at) {
  using namespace std::chrono;
  const sys_days day = floor<days>(at);
  const year_month_day date(day);
  const hh_mm_ss<microseconds> time(at - day);
  std::string out = fmt::format("{:04}-{:02}-{:02}T{:02}:{:02}:{:02}", static_cast<int>(date.year()),
                                static_cast<unsigned>(date.month()), static_cast<unsigned>(date.day()),
                                time.hours().count(), time.minutes().count(), time.seconds().count());
  if (time.subseconds().count() != 0) out += fmt::format(".{:06}", time.subseconds().count());
  return out + "Z";
}

std::optional<Instant> ParseInstant(std::string_view text) {
  using namespace std::chrono;
  int y = 0, mo = 0, d = 0, h = 0, mi = 0, s = 0;
  if (std::sscanf(std::string(text).c_str(), "%d-%d-%dT%d:%d:%dZ", &y, &mo, &d, &h, &mi, &s) != 6)
    return std::nullopt;
  const year_month_day date(year(y), month(static_cast<unsigned>(mo)), day(static_cast<unsigned>(d)));
  if (!date.ok()) return std::nullopt;
  return Instant(sys_days(date)) + hours(h) + minutes(mi) + seconds(s);
}

std::optional<Instant> InstantOf(std::string_view line) {
  const size_t at = line.find("\"at\":\"");
  if (at == std::string_view::npos) return std::nullopt;
  return ParseInstant(line.substr(at + 6, 20));
}

namespace {

/// A piece of each in turn: none runs ahead of the others by more than that.
void FeedParts(Session& session, const RunPlan& plan) {
  std::vector<std::string_view> rest;
  for (const RunPlan::Part& part : plan.parts) rest.push_back(part.events);
  for (bool any = true; any;) {
    any = false;
    for (size_t i = 0; i < rest.size(); ++i) {
      if (rest[i].empty()) continue;
      const size_t size = plan.piece_bytes == 0 ? rest[i].size() : std::min(plan.piece_bytes, rest[i].size());
      session.Feed(i, rest[i].substr(0, size));
      rest[i].remove_prefix(size);
      if (rest[i].empty()) session.End(i);
      any = true;
    }
  }
}

}  // namespace

Said RunRules(const Rules& rules, const EngineChoice& engine, std::string_view events, const RunPlan& plan) {
  Said said;
  SessionOptions options;
  options.engine = engine.kind;
  options.optimisation = engine.optimisation;
  if (!plan.silent) options.on_decision = [&said](std::string_view json) { said.decisions.append(json).push_back('\n'); };
  if (!plan.silent) options.on_suppressed = [&said](std::string_view json) { said.suppressed.append(json).push_back('\n'); };
  options.on_late = [&said](const Late& late) { said.late.append(late.record).push_back('\n'); };
  options.on_contradicted = [&said](std::string_view json) { said.contradicted.append(json).push_back('\n'); };
  options.on_reject = [&said](const Reject& reject) {
    said.rejects += fmt::format("{{\"line\":{},\"code\":{},\"reason\":{}}}\n", reject.line,
                                JsonQuoted(reject.code), JsonQuoted(reject.reason));
  };
  options.on_trap = [&said](const Trap& trap) {
    said.traps += fmt::format("{{\"at\":\"{}\",\"rule\":{},{}:{},\"what\":{}}}\n", Print(trap.at),
                              JsonQuoted(trap.rule), JsonQuoted(trap.subject_kind), JsonQuoted(trap.subject),
                              JsonQuoted(trap.what));
  };
  options.pausable = plan.pausable || plan.pause;
  options.threads = plan.threads;
  for (const RunPlan::Part& part : plan.parts) options.sources.push_back(part.source);
  Opened opened = Session::Open(rules, std::move(options));
  if (!opened) {
    said.error = "open: " + opened.error();
    return said;
  }
  Session& session = opened.session();
  if (!plan.state_in.empty()) {
    if (Outcome loaded = session.LoadState(plan.state_in); !loaded) {
      said.error = "load: " + loaded.error();
      return said;
    }
  }
  if (!plan.pieces.empty()) {
    for (const RunPlan::Piece& piece : plan.pieces) session.Feed(piece.source, piece.text);
  } else if (plan.parts.empty()) {
    session.Feed(events);
  } else {
    FeedParts(session, plan);
  }
  if (plan.pause) {
    if (Outcome paused = session.Pause(); !paused) said.error = "pause: " + paused.error();
  } else {
    session.Finish();
  }
  if (plan.until) session.AdvanceTo(*plan.until);
  if (plan.drain) session.Drain();
  if (Outcome saved = session.SaveState(&said.state); !saved) said.error = "save: " + saved.error();
  said.counts = session.counts();
  return said;
}

}  // namespace mrule::testing
