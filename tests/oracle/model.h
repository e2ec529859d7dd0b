// SPDX-License-Identifier: Apache-2.0
// A small model of rules and logs: what the oracle draws, prints as .mrule text for the product, and
// evaluates by itself. It knows nothing of the compiler. Made by draw.cpp, read by print.cpp, evaluate.cpp
// and reduce.cpp.
#pragma once

#include <cstdint>
#include <set>
#include <string>
#include <string_view>
#include <vector>

namespace mrule::oracle {

using Time = int64_t;  ///< microseconds since 1970-01-01T00:00:00Z, or a duration
constexpr Time kMinute = 60'000'000, kHour = 60 * kMinute, kDay = 24 * kHour;

enum class Entity : uint8_t { kContact, kCampaign };
std::string_view NameOf(Entity entity);

struct Value {
  enum class Kind : uint8_t { kUnknown, kWhole, kReal, kText, kSet };
  Kind kind = Kind::kUnknown;
  int64_t whole = 0;  ///< count, money in millionths, duration, instant, place in an enumeration
  double real = 0;
  std::string text;
  std::set<std::string> items;

  bool known() const { return kind != Kind::kUnknown; }
  bool operator==(const Value&) const = default;
  static Value Whole(int64_t value) { return {Kind::kWhole, value, 0, {}, {}}; }
  static Value Real(double value) { return {Kind::kReal, 0, value, {}, {}}; }
  static Value Text(std::string value) { return {Kind::kText, 0, 0, std::move(value), {}}; }
  static Value Set(std::set<std::string> value) { return {Kind::kSet, 0, 0, {}, std::move(value)}; }
};

// --- rules ---

enum class Period : uint8_t { kDay, kWeek, kMonth, kQuarter, kYear };

struct Window {
  enum class Kind : uint8_t {
    kAllTime,
    kRolling,   ///< over length
    kLagged,    ///< over length ending lag ago
    kPrevious,  ///< over previous length, beside a window of `lag`
    kCurrent,   ///< today, this week …
    kFull,      ///< last `count` full days, weeks, months; one day is `yesterday`
    kSameDay,   ///< same weekday last week
  };
  Kind kind = Kind::kAllTime;
  Time length = 0, lag = 0;
  Period period = Period::kDay;
  int count = 1;
  std::string zone;      ///< empty: the workspace's
  bool in_last = false;  ///< printed `in last` instead of `over`
};

enum class Op : uint8_t {
  // values
  kConstant,   ///< value, printed as `text`
  kAttribute,  ///< text
  kField,      ///< text of the event at hand; field: the event it belongs to
  kAggregate,  ///< text: count, sum, …; pattern; field; window
  kMeasure,    ///< text; window
  kMetric,     ///< text; window
  kAdd,
  kSubtract,
  kShare,    ///< count percent of args[0], an amount
  kDefault,  ///< args[0] if known, else args[1]
  kNow,
  kOld,  ///< attribute text, before the change at hand
  // conditions
  kCompare,  ///< args[0] text args[1]
  kAnd,
  kOr,
  kNot,
  kKnown,     ///< args[0] is known, or missing if `flag`
  kIn,        ///< args[0] in the list of constants args[1…]; `not in` if `flag`
  kTagged,    ///< tags contains text
  kTimes,     ///< pattern text (at least, at most, exactly) count times in last window
  kHappened,  ///< pattern in last window
  kNone,      ///< no pattern in last window; `flag`: even if new
  kNever,     ///< never pattern
  kHold,      ///< (args[0]) for duration; number
  kRow,       ///< (args[0]) for count reports in a row; number
  kTrend,     ///< args[0] down count percent from its peak over duration, up from its low if `flag`; number;
              ///< with at least `evidence` field, a measure, if that is not 0
  kEvent,     ///< pattern: the event at hand is one
  kChanges,   ///< attribute text changes, to args[0] if there is one, from was[0] if there is one
  kEach,      ///< each count pattern; or each `count` of the measure text, in its units
  kSequence,  ///< the event at hand, or the deadline, completes `steps`
  kBetween,   ///< between `from` and `to` by the clock of `text`, begun on `days`
  kEvidence,  ///< args[0] with at least count text, a measure over `window`
  kMember,    ///< contact in segment number; `not in` if `flag`
  kEnters,
  kLeaves,
};

struct Expr;

struct Pattern {
  std::string event;        ///< an event, or the group `activity`
  std::string message;      ///< `opened m1`
  std::vector<Expr> where;  ///< none or one
};

struct Expr {
  Op op = Op::kConstant;
  std::vector<Expr> args;
  std::string text, field;
  Pattern pattern;
  Window window;
  Value value;
  int64_t count = 0;
  Time duration = 0;
  int number = 0;  ///< of a hold, a row and a trend: given by Number(); of a segment: its place
  bool flag = false;
  // kSequence: `text` is the field that all have in common, `flag` says that the last step does not happen
  std::vector<Pattern> steps;
  std::vector<Time> within;  ///< of each hop: one fewer than steps
  bool each = false;
  std::vector<Expr> was;  ///< kChanges: none, or the constant that it was
  int64_t evidence = 0;   ///< kTrend
  // kBetween; `text` is a zone, empty for the workspace's, or `contact`
  Time from = 0, to = 0;
  std::string days;  ///< empty, `weekdays`, `weekends`
};

/// Times at which a rule is looked at.
struct Schedule {
  enum class Kind : uint8_t { kDays, kWeekdays, kMonthDays, kInterval };
  Kind kind = Kind::kDays;
  std::vector<int> days;    ///< of the week, Monday is 1; or of the month, 0 is the last
  std::vector<Time> times;  ///< of the day
  Time interval = 0;
  std::string zone;  ///< empty: the workspace's; `contact`: the contact's own
};

/// When something done for a time is taken back.
struct Until {
  enum class Kind : uint8_t {
    kFor,       ///< for time
    kTime,      ///< until the next time of day `time`
    kTomorrow,  ///< until tomorrow; time
    kWeekday,   ///< until the next weekday `day`, Monday is 1; time
    kDate,      ///< until the date `day`, in days since 1970-01-01; time
    kInstant,   ///< until the instant `time`
  };
  Kind kind = Kind::kFor;
  Time time = 0;
  int64_t day = 0;
  std::string zone;  ///< empty: the workspace's; `contact`: the contact's own
};

struct Action {
  enum class Kind : uint8_t {
    kScore,   ///< amount
    kAddTag,  ///< text
    kRemoveTag,
    kSetPlan,     ///< text
    kSetBalance,  ///< amount
    kEmit,        ///< `nudged`
    kSend,        ///< text
    kPause,
    kResume,
    kChangeBudget,  ///< amount
    kLiftBudget,    ///< by `amount` up to $200
    kLiftByShare,   ///< by 50% up to $200
    kTell,          ///< all attributes, in a text; `old …`: what an attribute was
  };
  Kind kind = Kind::kSend;
  std::string text;
  std::vector<Expr> amount;    ///< none or one
  std::vector<Until> until{};  ///< none or one
};

struct Limit {
  int64_t count = 1;
  Time period = 0;                 ///< 0: for ever, or a calendar's
  std::vector<Period> calendar{};  ///< none or one
  std::string zone{};              ///< of the calendar; empty: the workspace's; `contact`: the contact's own
  std::string field{};             ///< of the event: each of its values counts by itself
};

/// `until condition then action`.
struct WayBack {
  Expr condition;
  Action action;
};

struct Rule {
  std::string name;
  Entity entity = Entity::kContact;
  bool on_event = false;
  std::vector<Schedule> schedule;  ///< none or one
  Expr condition;                  ///< kAnd of nothing: no condition
  std::vector<Action> actions;
  std::vector<WayBack> way_back;  ///< none or one
  std::vector<Limit> limits;
  bool waits = false;  ///< otherwise wait
  int priority = 0;
};

struct Program {
  std::vector<Expr> segments;  ///< of contacts, by their conditions; named s0, s1, …
  std::vector<Rule> rules;
  Time lateness = 0;               ///< of the only source, if there are no others
  Time horizon = kDay;             ///< how long an id is remembered
  std::string zone, contact_zone;  ///< of the workspace; empty: not said
  int week_start = 1;
};

/// Gives each hold, row and trend its number: 0, 1, … in the order of segments and rules, inner ones first.
void Number(Program& program);

// --- logs ---

struct Field {
  std::string name;
  std::string json;
  Value value;  ///< unknown: null
};

/// One line of input; of an event, or of attributes if `type` is an entity.
struct Record {
  Time at = 0;
  std::string type;
  std::string contact, campaign;  ///< empty: not named
  size_t source = 0;
  std::string id;  ///< empty: none
  std::vector<Field> fields;
};

/// One of several that the records come from (S16).
struct Origin {
  Time lateness = 0, idle = 0;
};

struct Case {
  Program program;
  std::vector<Origin> origins;  ///< none: there is one, with the lateness of the program
  std::vector<Record> log;      ///< as it comes in, over all sources
  Time until = 0;
};

/// The same seed gives the same case on every machine.
Case Draw(uint64_t seed);

std::string Print(Time instant);
std::string PrintDuration(Time duration);
std::string PrintRules(const Program& program);
std::string PrintLog(const std::vector<Record>& log);
std::string Print(const Record& record);
std::string Print(const Expr& expr);
std::string Print(const Schedule& schedule);
std::string PrintMoney(int64_t micros);  ///< for people
std::string PrintNumber(double number);

// --- answers ---

struct Decision {
  Time at = 0;
  std::string rule, subject, action;
  std::string told;   ///< of a `notify`, its message
  bool back = false;  ///< it takes something back
  bool operator==(const Decision&) const = default;
};
std::string Print(const Decision& decision);

struct Answer {
  std::vector<Decision> decisions;
  std::vector<Decision> suppressed;
  size_t late = 0, repeated = 0;
  bool exhausted = false;  ///< some subject went beyond the rounds of an instant: nothing more can be said
};

/// What the charter says.
Answer Evaluate(const Case& made);

/// What the product says; `error` if it does not run. `compiled` program and engine by place in
/// testing::Engines().
struct Product {
  Answer answer;
  std::string error;
  bool trapped = false;
};
Product RunProduct(const Case& made, size_t engine);

/// Empty if oracle and product agree, else how they differ. `*skipped` if the case says nothing.
std::string Compare(const Case& made, bool machine_code, bool* skipped);

/// The smallest case found that still differs.
Case Reduce(const Case& made);

}  // namespace mrule::oracle
