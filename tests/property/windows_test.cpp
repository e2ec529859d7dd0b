// SPDX-License-Identifier: Apache-2.0
// Windows of the calendar, windows that end in the past and what is usual, against a plain recomputation over
// the events (S3, S8). What a window holds is read at generated instants, many of them on its very edges; and
// rules on state must fire at the instants at which time alone makes them true. Local time is that of the
// oracle's tables, not the product's. The stream is also cut in two, and goes on from the saved state.
//
//   windows_test --seeds A-B
#include <fmt/format.h>

#include <algorithm>
#include <cstdio>
#include <map>
#include <optional>
#include <set>
#include <sstream>
#include <string>
#include <string_view>
#include <vector>

#include "tests/oracle/civil.h"
#include "tests/support/run.h"
#include "tests/support/seeds.h"

namespace mrule::testing {

namespace {

using oracle::kDay;
using oracle::kHour;
using oracle::kMinute;
using oracle::Period;
using oracle::Time;

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

constexpr std::string_view kPeriods[] = {"day", "week", "month", "quarter"};

/// A window as the test understands it, and as a rule says it.
struct Shape {
  std::string words;
  bool rolls = false;
  Time length = 0;  ///< of one that rolls
  Time lag = 0;
  Period period = Period::kDay;
  int first = 0, last = 0;
  bool so_far = false;
};

struct Civil {
  std::string zone;
  int week_start = 1;
  Time Start(Period period, Time instant, int64_t back) const {
    return oracle::StartOf(zone, period, week_start, instant, back);
  }
};

struct Sale {
  Time at = 0;
  int amount = 0;
};

/// Is what happened at `at` in the window at `t`?
bool IsInside(const Shape& shape, const Civil& civil, Time at, Time t) {
  const Time seen_from = t - shape.lag;
  if (shape.rolls) return at > seen_from - shape.length && at <= seen_from;
  if (at < civil.Start(shape.period, seen_from, shape.first) || at > seen_from) return false;
  if (shape.last == 0) return true;
  if (at >= civil.Start(shape.period, seen_from, shape.last - 1)) return false;
  if (!shape.so_far) return true;
  const Time elapsed = seen_from - civil.Start(shape.period, seen_from, 0);
  return at <= civil.Start(shape.period, seen_from, shape.last) + elapsed;
}

std::string Hours(Time micros) { return fmt::format("{}h", micros / kHour); }

Shape Draw(Random& random) {
  Shape shape;
  if (random.Below(3) == 0) {
    static constexpr int kLags[] = {1, 3, 24, 60};
    shape.lag = kLags[random.Below(4)] * kHour;
  }
  const std::string lag = shape.lag == 0         ? ""
                          : random.Below(2) == 0 ? " settled " + Hours(shape.lag)
                                                 : " ending " + Hours(shape.lag) + " ago";
  const int period = random.Below(4);
  shape.period = static_cast<Period>(period);
  switch (random.Below(5)) {
    case 0:
      shape.rolls = true;
      shape.length = (1 + random.Below(80)) * kHour;
      shape.words = "over " + Hours(shape.length) + lag;
      break;
    case 1:
      shape.words = (period == 0 ? "today" : fmt::format("this {}", kPeriods[period])) + lag;
      break;
    case 2:
      shape.first = shape.last = 1;
      shape.period = Period::kDay;
      shape.words = "yesterday" + lag;
      break;
    case 3:
      shape.first = shape.last = 7;
      shape.period = Period::kDay;
      shape.words = "same weekday last week" + lag;
      break;
    default:
      shape.first = 1 + random.Below(period == 0 ? 8 : 2);
      shape.last = 1;
      shape.words = fmt::format("in last {} full {}s{}", shape.first, kPeriods[period], lag);
      break;
  }
  return shape;
}

/// `usual sales …`: its periods, and how many must be known.
struct Usual {
  std::string words;
  std::vector<Shape> periods;
  int enough = 0;
};

Usual DrawUsual(Random& random) {
  Usual usual;
  const bool so_far = random.Below(3) != 0;
  const int period = random.Below(2);
  const bool weekdays = period == 0 && random.Below(3) == 0;
  const int count = 1 + random.Below(period == 0 && !weekdays ? 5 : 2);
  const Time lag = random.Below(3) == 0 ? 3 * kHour : 0;
  for (int i = 1; i <= count; ++i) {
    Shape shape;
    shape.period = static_cast<Period>(period);
    shape.first = shape.last = i * (weekdays ? 7 : 1);
    shape.so_far = so_far;
    shape.lag = lag;
    usual.periods.push_back(shape);
  }
  usual.enough = 1 + random.Below(count);
  usual.words =
      fmt::format("usual sales {}{} over previous {} {}s",
                  so_far ? (period == 0 ? "today" : "this week") : fmt::format("per {}", kPeriods[period]),
                  lag == 0 ? "" : " settled 3h", count, weekdays ? "week" : kPeriods[period]);
  return usual;
}

struct Experiment {
  Civil civil;
  std::vector<Shape> shapes;
  std::vector<int> least;  ///< of the rule on state: so much has been sold in the window
  Usual usual;
  std::vector<Sale> sales;
  std::vector<std::pair<Time, size_t>> probes;  ///< and how many sales came before in the stream
  std::string rules, events;
  std::vector<size_t> cuts;  ///< offsets between instants
  Time until = 0, first_seen = 0;
};

Time At(std::string_view text) {
  return ParseInstant(text).value().time_since_epoch() / std::chrono::microseconds(1);
}
std::string Text(Time t) { return Print(Instant(std::chrono::microseconds(t))); }

/// Near an edge of some window, or anywhere.
Time DrawInstant(Random& random, const Experiment& e, Time from, Time to) {
  const Time any = from + (to - from) / 100'000 * random.Below(100'000);
  if (random.Below(3) == 0) return any / kMinute * kMinute;
  Time edge = e.civil.Start(static_cast<Period>(random.Below(3)), any, 0);
  if (random.Below(3) == 0) edge += random.Below(25) * kHour;
  static constexpr Time kNear[] = {-kHour, -1'000'000, 0, 0, 0, 1'000'000, kHour, 3 * kHour};
  return edge + kNear[random.Below(8)];
}

Experiment Make(uint64_t seed) {
  Random random(seed);
  Experiment e;
  static constexpr std::string_view kZones[] = {"", "Europe/Berlin", "America/New_York", "Asia/Kolkata"};
  e.civil = {std::string(kZones[random.Below(4)]), random.Below(2) == 0 ? 1 : 7};
  e.rules = fmt::format(
      "workspace\n  {}week_start: {}\nend\n\nevent sold on contact\n  amount: number\nevent probed on "
      "contact\n"
      "measure sales: number = sum of sold.amount\n\n",
      e.civil.zone.empty() ? "" : "zone: \"" + e.civil.zone + "\"\n  ",
      e.civil.week_start == 1 ? "monday" : "sunday");
  for (int i = 0; i < 3; ++i) {
    e.shapes.push_back(Draw(random));
    e.least.push_back(1 + random.Below(3));
    const std::string& w = e.shapes.back().words;
    e.rules += fmt::format(
        "rule \"P{0}\"\nwhen probed\nnotify slack \"#a\" \"{{count of sold {1}}} {{sales {1}}} {{min of "
        "sold.amount {1} default -1}} "
        "{{max of sold.amount {1} default -1}} {{first sold.amount {1} default -1}} {{last sold.amount {1} "
        "default -1}} "
        "{{distinct of sold.amount {1}}}\"\n\n",
        i, w);
    e.rules +=
        fmt::format("rule \"S{}\"\nwhen count of sold {} >= {}\nadd tag \"s\"\n\n", i, w, e.least.back());
  }
  e.usual = DrawUsual(random);
  e.rules +=
      fmt::format("rule \"PU\"\nwhen probed\nnotify slack \"#a\" \"{{{} default -1}}\"\n\n", e.usual.words);
  e.rules += fmt::format("rule \"SU\"\nwhen 2 * sales today >= {} with at least {} {}\nadd tag \"u\"\n\n",
                         e.usual.words, e.usual.enough, e.usual.words.substr(e.usual.words.rfind(' ') + 1));
  // Around a change of clocks, mostly.
  static constexpr std::string_view kBegins[] = {"2026-02-20T00:00:00Z", "2026-03-18T00:00:00Z",
                                                 "2026-10-15T00:00:00Z", "2026-12-02T00:00:00Z"};
  const Time begin = At(kBegins[random.Below(4)]), end = begin + (3 + random.Below(25)) * kDay;
  std::vector<std::pair<Time, int>> lines;  // amount, or -1: a probe
  for (int i = 20 + random.Below(40); i > 0; --i)
    lines.emplace_back(DrawInstant(random, e, begin, end), 1 + random.Below(9));
  for (int i = 0; i < 30; ++i) lines.emplace_back(DrawInstant(random, e, begin, end + 2 * kDay), -1);
  std::sort(lines.begin(), lines.end());
  e.first_seen = lines.front().first;
  for (const auto& [at, amount] : lines) {
    if (!e.events.empty() && at != e.until) e.cuts.push_back(e.events.size());
    e.until = at;
    if (amount < 0) {
      e.probes.emplace_back(at, e.sales.size());
      e.events += fmt::format("{{\"type\":\"probed\",\"contact\":\"ann\",\"at\":\"{}\"}}\n", Text(at));
    } else {
      e.sales.push_back({at, amount});
      e.events += fmt::format("{{\"type\":\"sold\",\"contact\":\"ann\",\"at\":\"{}\",\"amount\":{}}}\n",
                              Text(at), amount);
    }
  }
  return e;
}

/// The amounts inside of the first `known_sales`, in the order of the stream.
std::vector<int> Inside(const Experiment& e, const Shape& shape, Time t, size_t known_sales) {
  std::vector<int> amounts;
  for (size_t i = 0; i < known_sales; ++i) {
    if (IsInside(shape, e.civil, e.sales[i].at, t)) amounts.push_back(e.sales[i].amount);
  }
  return amounts;
}

int Sum(const std::vector<int>& amounts) {
  int sum = 0;
  for (int amount : amounts) sum += amount;
  return sum;
}

std::optional<double> UsualAt(const Experiment& e, Time t, size_t known_sales, int enough) {
  int known = 0, sum = 0;
  for (const Shape& shape : e.usual.periods) {
    if (e.civil.Start(shape.period, t - shape.lag, shape.first) < e.first_seen) continue;
    ++known;
    sum += Sum(Inside(e, shape, t, known_sales));
  }
  if (known < enough) return std::nullopt;
  return static_cast<double>(sum) / known;
}

using Lines = std::multiset<std::string>;

/// Numbers alone, so that how they are printed does not matter.
std::string Numbers(const std::vector<double>& values) {
  std::string out;
  for (double value : values) out += fmt::format(" {:.2f}", value);
  return out;
}

Lines Model(const Experiment& e) {
  Lines expected;
  for (const auto& [t, sales] : e.probes) {
    for (size_t i = 0; i < e.shapes.size(); ++i) {
      const std::vector<int> in = Inside(e, e.shapes[i], t, sales);
      const bool none = in.empty();
      const std::vector<double> values = {static_cast<double>(in.size()),
                                          static_cast<double>(Sum(in)),
                                          none ? -1.0 : *std::min_element(in.begin(), in.end()),
                                          none ? -1.0 : *std::max_element(in.begin(), in.end()),
                                          none ? -1.0 : in.front(),
                                          none ? -1.0 : in.back(),
                                          static_cast<double>(std::set<int>(in.begin(), in.end()).size())};
      expected.insert(fmt::format("P{} {}{}", i, Text(t), Numbers(values)));
    }
    const int all = static_cast<int>(e.usual.periods.size());
    expected.insert(fmt::format("PU {}{}", Text(t), Numbers({UsualAt(e, t, sales, all).value_or(-1)})));
  }
  // Every instant at which anything could turn: when something happens, and when a sale or a period's start
  // comes to an edge.
  std::set<Time> instants;
  for (const auto& [t, sales] : e.probes) instants.insert(t);
  std::vector<Shape> all_shapes = e.shapes;
  all_shapes.insert(all_shapes.end(), e.usual.periods.begin(), e.usual.periods.end());
  all_shapes.push_back({});  // today
  for (const Shape& shape : all_shapes) {
    for (Time day = e.first_seen - kDay; day <= e.until + kDay; day += kDay / 2) {
      instants.insert(e.civil.Start(shape.rolls ? Period::kDay : shape.period, day, 0) + shape.lag);
    }
    for (const Sale& sale : e.sales) {
      instants.insert(sale.at);
      instants.insert(sale.at + shape.lag);
      instants.insert(sale.at + shape.lag + shape.length);
      if (!shape.so_far) continue;
      const Time elapsed = sale.at - e.civil.Start(shape.period, sale.at, 0);
      instants.insert(e.civil.Start(shape.period, sale.at, -shape.last) + elapsed + shape.lag);
    }
  }
  std::vector<bool> armed(e.shapes.size() + 1, true);
  for (Time t : instants) {
    if (t < e.first_seen || t > e.until) continue;
    const auto after = std::upper_bound(e.sales.begin(), e.sales.end(), t,
                                        [](Time at, const Sale& sale) { return at < sale.at; });
    const size_t sales = static_cast<size_t>(after - e.sales.begin());
    for (size_t i = 0; i < armed.size(); ++i) {
      std::optional<bool> holds;
      if (i < e.shapes.size()) {
        holds = Inside(e, e.shapes[i], t, sales).size() >= static_cast<size_t>(e.least[i]);
      } else if (const auto usual = UsualAt(e, t, sales, e.usual.enough)) {
        holds = 2.0 * Sum(Inside(e, {}, t, sales)) >= *usual;
      }
      if (!holds) continue;
      if (*holds && armed[i])
        expected.insert(fmt::format("S{} {}", i < e.shapes.size() ? std::to_string(i) : "U", Text(t)));
      armed[i] = !*holds;
    }
  }
  return expected;
}

std::string_view Between(std::string_view line, std::string_view before) {
  const size_t begin = line.find(before) + before.size();
  return line.substr(begin, line.find('"', begin) - begin);
}

Lines Read(const std::string& decisions) {
  Lines found;
  std::istringstream lines(decisions);
  for (std::string line; std::getline(lines, line);) {
    const std::string_view rule = Between(line, "\"rule\":\"");
    std::string shown(Between(line, "\"at\":\""));
    if (rule[0] == 'P') {
      std::istringstream words{std::string(Between(line, "\"message\":\""))};
      std::vector<double> values;
      for (double value; words >> value;) values.push_back(value);
      shown += Numbers(values);
    }
    found.insert(fmt::format("{} {}", rule, shown));
  }
  return found;
}

std::string Check(uint64_t seed, size_t& firings) {
  const Experiment e = Make(seed);
  const Compiled compiled = Rules::CompileText({{"windows.mrule", e.rules}});
  if (!compiled) return compiled.Rendered();
  const Lines expected = Model(e);
  firings += expected.size();
  const EngineChoice& engine = Engines()[seed % Engines().size()];
  std::string which = "in one run";
  std::string decisions = RunRules(compiled.rules(), engine, e.events).decisions;
  if (Read(decisions) == expected && !e.cuts.empty()) {
    const size_t cut = e.cuts[seed % e.cuts.size()];
    const Said first = RunRules(compiled.rules(), engine, e.events.substr(0, cut));
    const Said second = RunRules(compiled.rules(), engine, e.events.substr(cut), {{}, false, first.state});
    decisions = first.decisions + second.decisions;
    which = "restarted after byte " + std::to_string(cut);
  }
  const Lines actual = Read(decisions);
  if (actual == expected) return "";
  std::string found;
  for (const std::string& line : expected) found += actual.contains(line) ? "" : "must be: " + line + "\n";
  for (const std::string& line : actual)
    found += expected.contains(line) ? "" : "must not be: " + line + "\n";
  return fmt::format("{}\n--- events\n{}\n--- seed {}, {}\n{}", e.rules, e.events, seed, which, found);
}

}  // namespace

}  // namespace mrule::testing

int main(int argc, char** argv) {
  return mrule::testing::RunSeeds(argc, argv, "firings", mrule::testing::Check);
}
