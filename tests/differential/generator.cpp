// SPDX-License-Identifier: Apache-2.0
#include "tests/differential/generator.h"

#include <fmt/format.h>

#include <array>
#include <string_view>
#include <vector>

#include "tests/support/random.h"
#include "tests/support/vocabulary.h"

namespace mrule::differential {

namespace {

using testing::Random;

constexpr std::array<std::string_view, 6> kCompare = {"=", "!=", "<", "<=", ">", ">="};
constexpr std::array<std::string_view, 4> kCountries = {"US", "DE", "FR", "JP"};
constexpr std::array<std::string_view, 5> kSkus = {"a1", "a2", "b1", "b22", "c"};
constexpr std::array<std::string_view, 4> kTexts = {"alpha", "alphabet", "beta", "a"};
constexpr std::array<std::string_view, 4> kMoney = {"$0", "$10", "$25.50", "$100"};
constexpr std::array<std::string_view, 4> kCounts = {"0", "1", "2", "5"};
constexpr std::array<std::string_view, 4> kNumbers = {"0", "0.5", "2", "3.25"};
constexpr std::array<std::string_view, 6> kWindows = {"30min", "1h", "3h", "6h", "1d", "2d"};
constexpr std::array<std::string_view, 4> kTimes = {"00:00", "02:30", "09:00", "21:30"};
constexpr std::array<std::string_view, 3> kZones = {"Europe/Berlin", "America/New_York", "Asia/Kolkata"};
// Their edges lie on half hours, where probes look.
constexpr std::array<std::string_view, 13> kCalendarWindows = {
    "today", "yesterday", "this week", "month to date", "today in \"Asia/Kolkata\"", "over last 2 full days",
    "over last 1 full week in \"Europe/Berlin\"", "same weekday last week", "over 6h ending 3h ago", "over 1d settled 30min",
    "today settled 90min", "yesterday ending 2h ago", "over last 2 full days in \"Europe/Berlin\" settled 1d"};
constexpr std::array<std::string_view, 3> kMessages = {"m1", "m2", "m3"};

class Generator {
 public:
  explicit Generator(uint64_t seed, bool half_hours = false) : r_(seed), half_hours_(half_hours) {}

  Probe MakeProbe() {
    Probe made;
    made.vocabulary = std::string(testing::GeneratedVocabulary());
    for (int i = 0; i < 3; ++i) made.contact_conditions.push_back(Condition(kContact, 2));
    for (int i = 0; i < 2; ++i) made.campaign_conditions.push_back(Condition(kCampaign, 2));
    made.events = Events();
    return made;
  }

  Case Make() {
    Case made;
    made.rules = std::string(testing::GeneratedVocabulary());
    const int segments = r_.Below(3);
    for (int i = 0; i < segments; ++i) {
      made.rules += fmt::format("segment s{} = contacts where {}\n\n", i, Condition(kContact, 2));
    }
    segments_ = segments;
    const int rules = 1 + r_.Below(6);
    for (int i = 0; i < rules; ++i) made.rules += Rule(i);
    made.events = Events();
    return made;
  }

 private:
  enum Where { kContact, kCampaign };
  enum Event { kNone, kOpened, kBought, kClicked, kNudged, kReport };

  // --- values ---

  std::string Duration() { return std::string(r_.Pick(kWindows)); }
  /// Of a measure or metric.
  std::string Over() {
    return r_.Chance(25) ? std::string(r_.Pick(kCalendarWindows)) : "over " + Duration();
  }
  std::string Window() {
    switch (r_.Below(4)) {
      case 0:
        return " over " + Duration();
      case 1:
        return " in last " + Duration();
      case 2:
        return " " + std::string(r_.Pick(kCalendarWindows));
      default:
        return r_.Chance(50) ? " all time" : "";
    }
  }

  std::string MoneyValue(Where where, Event event, int depth) {
    if (depth > 0 && r_.Chance(35)) {
      switch (r_.Below(5)) {
        case 0:
          return fmt::format("({} + {})", MoneyValue(where, event, depth - 1),
                             MoneyValue(where, event, depth - 1));
        case 1:
          return fmt::format("({} - {})", MoneyValue(where, event, depth - 1),
                             MoneyValue(where, event, depth - 1));
        case 2:
          return fmt::format("({} * {})", MoneyValue(where, event, depth - 1), r_.Pick(kNumbers));
        case 3:
          return fmt::format("({} + 20%)", MoneyValue(where, event, depth - 1));
        default:
          return fmt::format("({} default {})", MoneyValue(where, event, depth - 1), r_.Pick(kMoney));
      }
    }
    if (event == kBought && r_.Chance(40)) return "amount";
    if (event == kReport && r_.Chance(40)) return r_.Chance(50) ? "report.spend" : "report.revenue";
    if (where == kContact) {
      switch (r_.Below(4)) {
        case 0:
          return "balance";
        case 1:
          return fmt::format("sum of bought.amount{}", Window());
        case 2:
          return fmt::format("{} of bought.amount{}",
                             r_.Pick(std::array<std::string_view, 5>{"avg", "min", "max", "first", "last"}),
                             Window());
        default:
          return fmt::format("sum of (bought.amount where quantity > {}){}", r_.Pick(kCounts), Window());
      }
    }
    switch (r_.Below(4)) {
      case 0:
        return "budget";
      case 1:
        return "cpc " + Over();
      case 2:
        return "spend " + Over();
      default:
        return "revenue " + Over();
    }
  }

  std::string CountValue(Where where, Event event, int depth) {
    if (depth > 0 && r_.Chance(20)) {
      return fmt::format("({} + {})", CountValue(where, event, depth - 1),
                         CountValue(where, event, depth - 1));
    }
    if (event == kBought && r_.Chance(30)) return "quantity";
    if (event == kClicked && r_.Chance(30)) return "position";
    if (where == kContact) {
      switch (r_.Below(4)) {
        case 0:
          return "visits";
        case 1:
          return fmt::format("count of {}{}", r_.Chance(50) ? "bought" : "activity", Window());
        case 2:
          return fmt::format("distinct bought.sku{}", Window());
        default:
          return fmt::format("count of (bought where amount >= {}){}", r_.Pick(kMoney), Window());
      }
    }
    return fmt::format("{} {}", r_.Chance(50) ? "clicks" : "conversions", Over());
  }

  std::string NumberValue(Where where, Event event, int depth) {
    if (depth > 0 && r_.Chance(30)) {
      static constexpr std::array<std::string_view, 4> kOps = {"+", "-", "*", "/"};
      return fmt::format("({} {} {})", NumberValue(where, event, depth - 1), r_.Pick(kOps),
                         NumberValue(where, event, depth - 1));
    }
    if (event == kBought && r_.Chance(30)) return "weight";
    if (where == kContact) {
      switch (r_.Below(3)) {
        case 0:
          return "rating";
        case 1:
          return "points";
        default:
          return fmt::format("sum of bought.weight{}", Window());
      }
    }
    return "roas " + Over();
  }

  // --- the clock ---

  std::string Zone(Where where) {
    if (where == kContact && r_.Chance(40)) return " contact time";
    return r_.Chance(50) ? fmt::format(" in \"{}\"", r_.Pick(kZones)) : "";
  }
  std::string Clock(Where where) {
    static constexpr std::array<std::string_view, 4> kDays = {"weekdays", "weekends", "monday, friday",
                                                              "the 1st, last day of the month"};
    if (where == kContact && r_.Chance(25)) {
      return fmt::format("anniversary(born, today{}) {} 2026-03-10", Zone(where), r_.Pick(kCompare));
    }
    if (r_.Chance(30)) return fmt::format("on {}{}", r_.Pick(kDays), Zone(where));
    const int from = r_.Below(4), to = (from + 1 + r_.Below(3)) % 4;
    return fmt::format("between {} and {}{}{}", kTimes[static_cast<size_t>(from)], kTimes[static_cast<size_t>(to)],
                       r_.Chance(40) ? fmt::format(" on {}", r_.Pick(kDays)) : "", Zone(where));
  }
  std::string Schedule(Where where) {
    static constexpr std::array<std::string_view, 6> kDays = {
        "every day", "every weekday", "every monday, thursday", "on the 1st, 15th of the month", "on the last day of the month",
        "on 2026-03-08"};
    if (r_.Chance(25)) return r_.Chance(50) ? "every 6h" : "every 90min";
    std::string schedule(r_.Pick(kDays));
    if (r_.Chance(70)) schedule += fmt::format(" at {}", r_.Pick(kTimes));
    return schedule + Zone(where);
  }

  // --- conditions ---

  /// Down from a peak or up from a low; `grade` is reported, `spend` is a window, `balance` and `budget` are attributes.
  std::string Trend(Where where, Event event) {
    const bool up = r_.Chance(40);
    const std::string value = r_.Chance(40)           ? MoneyValue(where, event, 1)
                              : where == kContact     ? NumberValue(where, event, 1)
                              : r_.Chance(50)         ? std::string("grade")
                                                      : "roas over " + Duration();
    return fmt::format("{} {} {}% from its {} over {}", value, up ? "up" : "down", 10 * (1 + r_.Below(6)),
                       up ? "low" : "peak", Duration());
  }

  /// A rule on a change: its texts and values may read what was before.
  std::string ChangeRule(int number) {
    static constexpr std::array<std::string_view, 10> kChanges = {
        "plan changes",    "plan changes to pro", "plan changes from free", "plan changes from free to pro", "points changes",
        "consent changes", "contact.tags changes", "balance changes",       "visits changes to 2",           "contact.country changes"};
    const std::string_view change = r_.Pick(kChanges);
    const std::string attribute(change.substr(0, change.find(' ')));
    std::string condition(change);
    if (r_.Chance(25)) condition = fmt::format("({} or {})", condition, r_.Chance(50) ? "nudged" : "rating changes");
    const bool alone = condition[0] != '(';
    if (alone && attribute == "points" && r_.Chance(50)) condition += " and points > old points";
    if (r_.Chance(50)) condition += " and " + Condition(kContact, 1);
    std::string rule = fmt::format("rule \"r{}\"\nwhen {}\n", number, condition);
    const bool shows = alone && r_.Chance(50) && attribute.find('.') == std::string::npos;
    rule += shows ? fmt::format("notify \"{{old {0}}} then {{{0}}}\"\n", attribute) : Action(kContact, kNone) + "\n";
    if (r_.Chance(30)) rule += fmt::format("at most {} per {}\n", 1 + r_.Below(3), Duration());
    return rule + "\n";
  }

  /// Against the window before, an average, or what is usual.
  std::string Against() {
    static constexpr std::array<std::string_view, 4> kSums = {"spend", "revenue", "clicks", "conversions"};
    static constexpr std::array<std::string_view, 4> kLonger = {"over 1d", "over 31h", "over previous 5h", "over 2d settled 3h"};
    const std::string_view sum = r_.Pick(kSums);
    const std::string amount = sum == "spend" || sum == "revenue" ? "$10" : "2";
    const std::string evidence = r_.Chance(30) ? fmt::format(" with at least {} clicks", 1 + r_.Below(3)) : "";
    if (r_.Chance(25)) {
      return fmt::format("{} over {}h{} {} {}% from its average {}{}", r_.Chance(40) ? "roas" : sum, 1 + r_.Below(6),
                         r_.Chance(25) ? " settled 1h" : "", r_.Chance(50) ? "up" : "down", 10 * (1 + r_.Below(6)), r_.Pick(kLonger), evidence);
    }
    if (r_.Chance(50)) {
      const std::string length = Duration();
      const bool metric = r_.Chance(30);
      return fmt::format("{} over {} {} by {} vs previous {}{}", metric ? "roas" : sum, length, r_.Chance(50) ? "rises" : "falls",
                         metric || r_.Chance(60) ? fmt::format("{}%", 10 * (1 + r_.Below(5))) : amount, metric ? Duration() : length, evidence);
    }
    const bool so_far = r_.Chance(60);
    const std::string lag = r_.Chance(30) ? " settled 2h" : "";
    const std::string of = fmt::format("{} {}{} over previous {} days", sum, so_far ? "today" : "per day", lag, 2 + r_.Below(2));
    return fmt::format("{} today{} {} usual {}{}{}", sum, lag, r_.Pick(kCompare), of, r_.Chance(40) ? " + 2 * deviation of " + of : "",
                       r_.Chance(50) ? " with at least 2 days" : evidence);
  }

  std::string Leaf(Where where, Event event) {
    if (where == kCampaign && r_.Chance(12)) return Against();
    switch (r_.Below(where == kContact ? 21 : 10)) {
      case 0:
        return fmt::format("{} {} {}", MoneyValue(where, event, 1), r_.Pick(kCompare), r_.Pick(kMoney));
      case 1:
        return fmt::format("{} {} {}", CountValue(where, event, 1), r_.Pick(kCompare), r_.Pick(kCounts));
      case 2:
        return fmt::format("{} {} {}", NumberValue(where, event, 1), r_.Pick(kCompare), r_.Pick(kNumbers));
      case 3:
        return fmt::format("{} {} {}", MoneyValue(where, event, 1), r_.Pick(kCompare),
                           MoneyValue(where, event, 1));
      case 4:
        return fmt::format("{} {}between {} and {}", CountValue(where, event, 0), r_.Chance(30) ? "not " : "",
                           r_.Below(3), 3 + r_.Below(3));
      case 5:
        return fmt::format("{} is {}", MoneyValue(where, event, 0), r_.Chance(50) ? "known" : "missing");
      case 6:
        return where == kCampaign ? fmt::format("status is {}", r_.Chance(50) ? "paused" : "active")
                                  : fmt::format("country {}in ({}, {})", r_.Chance(30) ? "not " : "",
                                                r_.Pick(kCountries), r_.Pick(kCountries));
      case 7:
        if (where == kCampaign) return fmt::format("grade {} {}", r_.Pick(kCompare), r_.Pick(kNumbers));
        return fmt::format("plan is {}{}", r_.Chance(30) ? "not " : "",
                           r_.Pick(std::array<std::string_view, 3>{"free", "pro", "enterprise"}));
      case 8:
        if (where == kCampaign)
          return fmt::format("spend over {} {} {}% of budget", Duration(), r_.Pick(kCompare),
                             20 * r_.Below(8));
        return r_.Chance(50) ? "consent" : "not consent";
      case 20:
        return Clock(where);
      case 9:
        if (where == kCampaign) return Clock(where);
        return fmt::format(
            "city {} \"{}\"",
            r_.Pick(std::array<std::string_view, 5>{"contains", "starts with", "ends with", "=", "matches"}),
            r_.Pick(kTexts));
      case 10:
        return fmt::format("tags has {} of (\"{}\", \"{}\")", r_.Chance(60) ? "any" : "none", r_.Pick(kTexts),
                           r_.Pick(kTexts));
      case 11:
        return fmt::format("{} at least {} times in last {}", r_.Chance(50) ? "opened m1" : "activity",
                           1 + r_.Below(3), Duration());
      case 12:
        return fmt::format("no {} in last {}{}", r_.Chance(50) ? "bought" : "opened", Duration(),
                           r_.Chance(50) ? " even if new" : "");
      case 14:
        return fmt::format("bought {} {} times in last {}", r_.Chance(50) ? "at most" : "exactly",
                           r_.Below(3), Duration());
      case 15:
        return fmt::format("plan {} {}", r_.Pick(kCompare),
                           r_.Pick(std::array<std::string_view, 3>{"free", "pro", "enterprise"}));
      case 16:
        return fmt::format("tags {} \"{}\"", r_.Chance(60) ? "contains" : "does not contain",
                           r_.Pick(kTexts));
      case 17:
        return fmt::format("(bought where amount > {}) at least {} times in last {}", r_.Pick(kMoney),
                           1 + r_.Below(2), Duration());
      case 18:
        return fmt::format("no (bought where quantity > {}) in last {} even if new", r_.Below(3), Duration());
      case 19:
        return fmt::format("{} is {}", NumberValue(where, event, 1), r_.Chance(50) ? "known" : "missing");
      case 13:
        return r_.Chance(50) ? "never opened m2" : fmt::format("bought in last {}", Duration());
      default:
        return event == kBought    ? fmt::format("sku in ({}, {})", r_.Pick(kSkus), r_.Pick(kSkus))
               : event == kClicked ? fmt::format("url starts with \"{}\"", r_.Pick(kTexts))
               : half_hours_       ? fmt::format("now - joined_at >= {}", Duration())
                                   : fmt::format("now - joined_at > {}", Duration());
    }
  }

  std::string Condition(Where where, int depth, Event event = kNone) {
    if (depth > 0 && r_.Chance(55)) {
      switch (r_.Below(3)) {
        case 0:
          return fmt::format("({} and {})", Condition(where, depth - 1, event),
                             Condition(where, depth - 1, event));
        case 1:
          return fmt::format("({} or {})", Condition(where, depth - 1, event),
                             Condition(where, depth - 1, event));
        default:
          return fmt::format("not ({})", Condition(where, depth - 1, event));
      }
    }
    if (event == kNone && r_.Chance(8)) return Trend(where, event);
    return Leaf(where, event);
  }

  /// A hold inside a condition, not only around it.
  std::string HeldLeaf(Where where) {
    std::string leaf = Leaf(where, kNone);
    if (where == kCampaign && r_.Chance(20)) {
      leaf = r_.Chance(50) ? fmt::format("spend over {} is {}", Duration(), r_.Chance(50) ? "known" : "missing")
                           : fmt::format("(clicks over {} default 1) {} 1", Duration(), r_.Pick(kCompare));
    }
    return fmt::format("({}) for {}", leaf, Duration());
  }

  std::string StateCondition(Where where) {
    std::string condition = Condition(where, 2);
    if (r_.Chance(35)) condition = fmt::format("(({}) for {})", condition, Duration());
    if (r_.Chance(15))
      condition = fmt::format("({} {} {})", HeldLeaf(where), r_.Chance(50) ? "and" : "or", condition);
    if (where == kCampaign && r_.Chance(20))
      condition = fmt::format("(roas over 6h < {} with at least {}) and {}", r_.Pick(kNumbers),
                              r_.Pick(std::array<std::string_view, 4>{"1 clicks", "4 clicks", "$25.50 spend", "2 report"}),
                              condition);
    if (where == kCampaign && r_.Chance(25)) {
      static constexpr std::array<std::string_view, 4> kReported = {"grade", "spend over 3h", "roas over 6h",
                                                                    "clicks over 1h"};
      const std::string_view value = r_.Pick(kReported);
      condition = fmt::format("({} {} {}{} for {} reports in a row) {} {}", value, r_.Pick(kCompare),
                              value.starts_with("spend") ? "$" : "", r_.Pick(kCounts), 2 + r_.Below(3),
                              r_.Chance(70) ? "and" : "or", condition);
    }
    if (where == kContact && segments_ > 0 && r_.Chance(25)) {
      return fmt::format("{} s{} and {}", r_.Chance(50) ? "enters" : "leaves", r_.Below(segments_),
                         Condition(where, 1));
    }
    return condition;
  }

  // --- rules ---

  std::string Action(Where where, Event event, bool for_a_time = true) {
    const std::string time = for_a_time ? ForATime() : "";
    if (where == kCampaign) {
      switch (r_.Below(5)) {
        case 4:
          return fmt::format("lift budget by {} up to $200{}", r_.Chance(50) ? "20%" : "$10", time);
        case 0:
          return "pause campaign" + time;
        case 1:
          return "resume campaign" + time;
        case 2:
          return fmt::format("change budget to {}{}",
                             r_.Chance(50) ? std::string(r_.Pick(kMoney)) : MoneyValue(where, event, 1), time);
        default:
          return "notify \"spend {spend over 6h} roas {roas}\"";
      }
    }
    switch (r_.Below(9)) {
      case 7:
        return "emit nudged";
      case 8:
        if (r_.Chance(30)) return fmt::format("set time_zone to \"{}\"", r_.Pick(kZones));
        return fmt::format("set plan to {}",
                           r_.Pick(std::array<std::string_view, 3>{"free", "pro", "enterprise"}));
      case 0:
        return fmt::format("score +{}", r_.Pick(kCounts));
      case 1:
        return fmt::format("score {}", NumberValue(where, event, 1));
      case 2:
        return fmt::format("add tag \"{}\"{}", r_.Pick(kTexts), time);
      case 3:
        return fmt::format("remove tag \"{}\"", r_.Pick(kTexts));
      case 4:
        return fmt::format("set balance to {}", MoneyValue(where, event, 1));
      case 5:
        return fmt::format("send {}", r_.Pick(kMessages));
      default:
        return event == kBought ? "notify \"{amount} from {country}\""
                                : "notify \"{points} points in {city}\"";
    }
  }

  /// A field of the event to count by.
  std::string_view LimitKey(Event event) {
    switch (event) {
      case kOpened:
        return "message";
      case kBought:
        return r_.Pick(std::array<std::string_view, 3>{"sku", "quantity", "weight"});
      case kClicked:
        return r_.Chance(50) ? "url" : "position";
      case kReport:
        return "clicks";
      case kNudged:
      case kNone:
        break;
    }
    return "";
  }

  /// A length of time or a calendar period.
  std::string Period(Where where) {
    if (r_.Chance(60)) return std::string(Duration());
    const std::string_view period = r_.Pick(std::array<std::string_view, 3>{"day", "week", "month"});
    if (where == kContact && r_.Chance(30)) return fmt::format("{} contact time", period);
    return r_.Chance(50) ? std::string(period) : fmt::format("{} in \"{}\"", period, r_.Pick(kZones));
  }

  /// How long an action is done, or nothing.
  std::string ForATime() {
    if (!r_.Chance(25)) return "";
    switch (r_.Below(4)) {
      case 0:
        return fmt::format(" for {}", Duration());
      case 1:
        return fmt::format(" until {}", r_.Pick(std::array<std::string_view, 3>{"00:00", "08:00", "02:30"}));
      case 2:
        return fmt::format(" until {} 06:00 in \"{}\"",
                           r_.Pick(std::array<std::string_view, 3>{"tomorrow", "monday", "2026-03-05"}), r_.Pick(kZones));
      default:
        return " until tomorrow";
    }
  }

  std::string Limits(Where where, Event event) {
    std::string text;
    if (r_.Chance(30)) text += fmt::format("at most {} per {}\n", 1 + r_.Below(3), Period(where));
    const std::string_view key = LimitKey(event);
    if (!key.empty() && r_.Chance(20)) text += fmt::format("at most {} per {} per {}\n", 1 + r_.Below(2), Period(where), key);
    if (!text.empty() && r_.Chance(40)) return text + "otherwise wait\n";
    if (r_.Chance(10)) text += "once\n";
    return text;
  }

  /// `A followed by B within D …` of every form. Tells the event at hand, if it is one whose fields a condition may read.
  std::string Sequence(Where where, Event* event) {
    static constexpr std::array<std::string_view, 8> kSteps = {
        "opened", "bought", "(bought where amount > $10)", "opened m1", "(opened m2)", "clicked", "nudged", "activity"};
    static constexpr std::array<std::string_view, 3> kCampaignSteps = {"report", "noted", "(report where clicks > 1)"};
    static constexpr std::array<std::string_view, 3> kKeyed = {"bought", "clicked", "(bought where quantity >= 1)"};
    static constexpr std::array<std::string_view, 4> kKeys = {"sku", "sku, quantity", "weight", "note"};
    const bool keyed = where == kContact && r_.Chance(35);
    const bool by_sku = r_.Chance(60);
    const auto step = [&]() -> std::string_view {
      if (where == kCampaign) return r_.Pick(kCampaignSteps);
      if (!keyed) return r_.Pick(kSteps);
      return by_sku ? r_.Pick(kKeyed) : "bought";
    };
    std::string keys = !keyed ? "" : " with same " + std::string(by_sku ? "sku" : r_.Pick(kKeys));
    const int hops = 1 + r_.Below(3);
    std::string out = r_.Chance(30) ? "each " : "";
    std::string_view last = step();
    const bool absent = r_.Chance(45);
    // The filter of a first step may stand without parentheses; it ends at `followed by`.
    out += where == kContact && !keyed && r_.Chance(15)
               ? fmt::format("bought where amount >= {} {} quantity < {}", r_.Pick(kMoney), r_.Chance(50) ? "and" : "or", r_.Pick(kCounts))
               : std::string(last);
    for (int hop = 0; hop < hops; ++hop) {
      last = step();
      const bool ends = absent && hop + 1 == hops;
      const bool before = r_.Chance(50);
      out += fmt::format("{} followed by {}{} within {}{}", ends ? " not" : "", last, before ? keys : "", Duration(),
                         before ? "" : keys);
      keys.clear();
    }
    *event = absent ? kNone : last.find("bought") != std::string_view::npos ? kBought : last == "clicked" ? kClicked : kNone;
    return out;
  }

  std::string SequenceCondition(Where where, Event* event) {
    std::string condition = Sequence(where, event);
    if (r_.Chance(20)) {
      Event other = kNone;
      condition = fmt::format("({} or {})", condition,
                              r_.Chance(60) ? Sequence(where, &other) : std::string(where == kContact ? "opened" : "noted"));
      *event = kNone;
    }
    if (r_.Chance(40)) condition = fmt::format("{} and {}", condition, Condition(where, 1, *event));
    return condition;
  }

  std::string Rule(int number) {
    if (r_.Chance(15)) return ChangeRule(number);
    const Where where = r_.Chance(70) ? kContact : kCampaign;
    Event event = kNone;
    std::string condition;
    std::string schedule;
    bool is_sequence = false;
    if (r_.Chance(15)) {
      schedule = Schedule(where) + "\n";
      condition = Condition(where, 2);
      if (r_.Chance(20)) condition = fmt::format("({}) and ({})", condition, HeldLeaf(where));
    } else if (r_.Chance(25)) {
      is_sequence = true;
      condition = SequenceCondition(where, &event);
    } else if (r_.Chance(60)) {
      if (where == kCampaign) {
        event = r_.Chance(70) ? kReport : kClicked;
      } else {
        event = std::array<Event, 4>{kOpened, kBought, kClicked, kNudged}[static_cast<size_t>(r_.Below(4))];
      }
      switch (event) {
        case kOpened:
          condition = r_.Chance(50) ? fmt::format("opened {}", r_.Pick(kMessages)) : "opened";
          break;
        case kNudged:
          condition = "nudged";
          break;
        case kBought:
          condition = r_.Chance(30) ? fmt::format("(bought where amount > {})", r_.Pick(kMoney)) : "bought";
          break;
        case kClicked:
          condition = "clicked";
          break;
        case kReport:
        case kNone:
          condition = "report";
          break;
      }
      if (r_.Chance(8)) {
        condition = where == kCampaign && event == kReport ? fmt::format("report and each {} spend", 10 + r_.Below(60))
                    : event == kBought                     ? fmt::format("each {} bought", 1 + r_.Below(3))
                                                           : condition;
      }
      if (r_.Chance(75)) condition += " and " + Condition(where, 2, event);
    } else {
      condition = StateCondition(where);
    }
    std::string rule = fmt::format("rule \"r{}\"\n{}when {}\n", number, schedule, condition);
    const int actions = 1 + r_.Below(2);
    for (int i = 0; i < actions; ++i) rule += Action(where, event) + "\n";
    // A subject's noun decides where an event may go to either; name it where nothing else does.
    if (where == kCampaign && (event == kClicked || is_sequence)) rule += "pause campaign\n";
    if (r_.Chance(20)) {
      rule += fmt::format("until {} then {}\n", StateCondition(where), Action(where, kNone, /*for_a_time=*/false));
    }
    rule += Limits(where, event);
    if (event == kNone && schedule.empty() && !is_sequence && r_.Chance(10)) rule += "including existing\n";
    if (r_.Chance(20)) rule += fmt::format("priority {}\n", r_.Below(5));
    return rule + "\n";
  }

  // --- events ---

  std::string Instant(int64_t minutes) {
    return fmt::format("2026-03-{:02}T{:02}:{:02}:00Z", 1 + minutes / 1440, minutes / 60 % 24, minutes % 60);
  }

  std::string MoneyJson() {
    return std::array<std::string, 5>{"0", "10", "25.5", "100",
                                      "12.345678"}[static_cast<size_t>(r_.Below(5))];
  }

  std::string Events() {
    std::string out;
    int64_t minutes = 0;
    const int count = 20 + r_.Below(60);
    for (int i = 0; i < count && minutes < 27 * 1440; ++i) {
      static constexpr std::array<int, 8> kSteps = {0, 0, 0, 10, 30, 60, 60, 360};
      const int step = kSteps[static_cast<size_t>(r_.Below(8))];
      minutes += half_hours_ && step == 10 ? 30 : step;
      if (r_.Chance(half_hours_ ? 1 : 4)) minutes += 1440;
      const std::string at = Instant(minutes);
      const int contact = r_.Below(3), campaign = r_.Below(2);
      switch (r_.Below(8)) {
        case 7:
          out += r_.Chance(20)
                     ? fmt::format(R"({{"type":"unheard_of","contact":"c{}","at":"{}"}})", contact, at)
                     : fmt::format(R"({{"type":"noted","campaign":"k{}","at":"{}","level":{}}})", campaign,
                                   at, r_.Pick(kNumbers));
          break;
        case 0:
          out +=
              fmt::format(R"({{"type":"contact","contact":"c{}","at":"{}","{}":{}}})", contact, at, "country",
                          r_.Chance(15) ? std::string("null") : fmt::format("\"{}\"", r_.Pick(kCountries)));
          break;
        case 1: {
          static constexpr std::array<std::string_view, 17> kAttributes = {
              R"("time_zone":"Europe/Berlin")", R"("time_zone":"America/New_York")", R"("time_zone":"Mars")",
              R"("born":"1990-03-10")", R"("born":"2000-02-29")",
              R"("plan":"free")",   R"("plan":"pro")",         R"("consent":true)",
              R"("consent":false)", R"("balance":25.5)",       R"("balance":null)",
              R"("visits":2)",      R"("rating":3.25)",        R"("city":"alphabet")",
              R"("city":"beta")",   R"("tags":["alpha","a"])", R"("joined_at":"2026-03-01T00:30:00Z")"};
          out += fmt::format(R"({{"type":"contact","contact":"c{}","at":"{}",{}}})", contact, at,
                             r_.Pick(kAttributes));
          break;
        }
        case 2:
          out += fmt::format(R"({{"type":"opened","contact":"c{}","at":"{}","message":"{}"}})", contact, at,
                             r_.Pick(kMessages));
          break;
        case 3:
          out += fmt::format(R"({{"type":"bought","contact":"c{}","at":"{}","amount":{})", contact, at,
                             MoneyJson());
          if (r_.Chance(70)) out += fmt::format(R"(,"quantity":{})", r_.Below(6));
          if (r_.Chance(70)) out += fmt::format(R"(,"sku":"{}")", r_.Pick(kSkus));
          if (r_.Chance(60)) out += fmt::format(R"(,"weight":{})", r_.Pick(kNumbers));
          out += "}";
          break;
        case 4:
          out += fmt::format(
              R"({{"type":"clicked","contact":"c{}","campaign":"k{}","at":"{}","url":"{}","position":{}{}}})",
              contact, campaign, at, r_.Pick(kTexts), r_.Below(6),
              r_.Chance(60) ? fmt::format(R"(,"sku":"{}")", r_.Pick(kSkus)) : "");
          break;
        case 5:
          out += fmt::format(R"({{"type":"campaign","campaign":"k{}","at":"{}","status":"{}","budget":{}}})",
                             campaign, at, r_.Chance(50) ? "active" : "paused", MoneyJson());
          break;
        default:
          out += fmt::format(R"({{"type":"report","campaign":"k{}","at":"{}","spend":{},"revenue":{})",
                             campaign, at, MoneyJson(), MoneyJson());
          if (r_.Chance(80)) out += fmt::format(R"(,"clicks":{},"conversions":{})", r_.Below(6), r_.Below(3));
          out += "}";
          break;
      }
      out += "\n";
    }
    return out;
  }

  Random r_;
  bool half_hours_;  // instants at half hours, and nothing that turns just after one
  int segments_ = 0;
};

}  // namespace

Case Generate(uint64_t seed) { return Generator(seed).Make(); }
Probe GenerateProbe(uint64_t seed) { return Generator(seed, /*half_hours=*/true).MakeProbe(); }

}  // namespace mrule::differential
