// SPDX-License-Identifier: Apache-2.0
// What the oracle remembers: everything. Values and truths are computed anew from the whole log whenever they
// are asked for. Held by the walk (evaluate.cpp), read by judge.cpp.
#pragma once

#include <map>
#include <set>
#include <string>
#include <vector>

#include "tests/oracle/model.h"

namespace mrule::oracle {

enum class Truth : uint8_t { kFalse, kTrue, kUnknown };

struct Entry {
  Time at = 0;
  std::string event;                    ///< of a deadline: the text of its sequence; of a change: `changes`
  std::map<std::string, Value> fields;  ///< the known ones; of a change: `attribute`, `old`, `new`
  bool internal = false;                ///< a deadline or a change; never in the log
};

/// One judgement of the condition of a hold or a row.
struct Step {
  Time at = 0;
  Truth truth = Truth::kUnknown;
  bool observed =
      false;  ///< a polled measure in it was observed at this instant, and this is the first judgement of it
};

/// What the value of a trend was found to be.
struct Sighting {
  Time at = 0;
  Value value;
};

using Fields = std::map<std::string, Value>;

struct Fired {
  Time at = 0;
  Fields fields;  ///< of the event that set it off
};

/// A firing that waits for its limits.
struct Turn {
  bool has_event = false;
  Entry event;
};

/// A way back that is set.
struct Back {
  Time due = 0;  ///< 0: it waits for a condition
  Value before;  ///< the budget to go back to
};
/// Of the action with this number, or of the rule as a whole.
constexpr size_t kWholeRule = SIZE_MAX;
using BackKey = std::pair<std::string, size_t>;  ///< rule, action

struct Subject {
  std::string id;
  Entity entity = Entity::kContact;
  Time first_seen = 0;
  std::vector<Entry> log;
  std::map<std::string, Value> attributes;
  std::map<int, std::vector<Step>> holds;       ///< of holds and rows, by number
  std::map<int, std::vector<Sighting>> trends;  ///< by number
  std::map<int, Truth> members;       ///< by segment, for `enters` and `leaves`; absent: never judged
  std::map<int, Truth> turned;        ///< segments whose membership turned in this round
  std::map<std::string, Truth> seen;  ///< state rules: the last truth that was not unknown
  std::map<std::string, std::vector<Fired>> fired;   ///< all firings of a rule
  std::map<std::string, std::vector<Turn>> waiting;  ///< by rule, as they were set off
  std::map<BackKey, Back> backs;
  std::set<std::pair<std::string, size_t>>
      overdue;  ///< absences that have been told of: the sequence, and the run by its entry
};

/// A run of a sequence that waits.
struct Wait {
  Time at = 0;       ///< of its last step
  size_t stage = 0;  ///< how many steps it has made, less one
  std::string key;
  size_t entry = 0;  ///< of the log, its last step
};

/// What has come of a sequence after a log.
struct Progress {
  std::vector<Wait> runs;
  bool completed = false;  ///< by the last entry
};
Progress ProgressOf(const Expr& sequence, const std::vector<Entry>& log);

/// A subject at an instant, perhaps with an event at hand.
struct Moment {
  const Program* program = nullptr;
  const Subject* subject = nullptr;
  Time now = 0;
  const Entry* event = nullptr;
  bool held = false;  ///< inside a hold: polled measures are unknown when they are stale (S2)
};

/// A window, both ends included.
struct Span {
  Time from = 0, to = 0;
};
Span SpanOf(const Window& window, const Moment& moment);
/// Whether the firing at `at` is of the limit's period that contains the moment.
bool IsRecent(const Limit& limit, Time at, const Moment& moment);
/// When what is done at the moment for a time is taken back; 0: never.
Time DueOf(const Until& until, const Moment& moment);
bool IsBetween(const Expr& between, const Moment& moment);
bool Occurs(const Schedule& schedule, const Moment& moment);
/// Every instant from `from` to `to` at which a day begins, one of the times of day is reached, or an
/// interval is over, in any zone.
void CollectEdges(const Program& program, const std::set<Time>& times, Time from, Time to,
                  std::set<Time>& out);

/// a / b to the nearest whole number, from exactly between two to the even one; b is positive.
int64_t DividedToEven(__int128 a, __int128 b);

struct MeasureInfo {
  std::string_view name, event, field;
  bool last = false;  ///< else a sum
  Time fresh = 0;
};
const MeasureInfo& MeasureNamed(std::string_view name);

Value Read(const Expr& expr, const Moment& moment);
Truth Judge(const Expr& expr, const Moment& moment);
bool Matches(const Pattern& pattern, const Entry& entry);
/// How many steps of a kEach the event at hand makes the total pass.
int64_t StepsPassed(const Expr& each, const Moment& moment);
/// The value of a trend, unknown without its evidence.
Value TrendValue(const Expr& trend, const Moment& moment);

/// The polled measures that a condition reads, inner holds included.
void CollectMeasures(const Expr& expr, std::vector<const MeasureInfo*>& out);

/// What `hold` has come to at `now`, if its condition has not changed since the last step.
struct Held {
  Truth truth = Truth::kUnknown;
  Time full_at = 0;  ///< when it becomes true by itself; 0: not so
};
Held HeldAt(const Expr& hold, const std::vector<Step>& steps, Time now);

}  // namespace mrule::oracle
