// SPDX-License-Identifier: Apache-2.0
// Typed rules (HIR): the checker's output and the lowerer's input. One Program owns every node in flat stores; nodes refer
// to each other by id. Names are resolved, metrics are expanded into aggregates, units are checked; nothing here depends on
// source text except spans, which serve diagnostics and the labels of `because`.
#pragma once

#include <optional>
#include <string>
#include <utility>
#include <vector>

#include "compiler/base/interner.h"
#include "compiler/base/limits.h"
#include "compiler/base/store.h"
#include "compiler/sema/types.h"
#include "compiler/source/span.h"
#include "stdlib/builtins.h"
#include "stdlib/calendar/calendar.h"
#include "stdlib/calendar/recurrence.h"

namespace mrule::hir {

using sema::Type;
using sema::TypeKind;
using source::Span;

using EnumId = Id<struct EnumTag>;
using EntityId = Id<struct EntityTag>;
using EventTypeId = Id<struct EventTypeTag>;
using PatternId = Id<struct PatternTag>;
using AggregateId = Id<struct AggregateTag>;
using MeasureId = Id<struct MeasureTag>;
using SegmentId = Id<struct SegmentTag>;
using SequenceId = Id<struct SequenceTag>;
using ExprId = Id<struct ExprTag>;
using RuleId = Id<struct RuleTag>;
using ScheduleId = Id<struct ScheduleTag>;
using ClockTestId = Id<struct ClockTestTag>;
using TestId = Id<struct TestTag>;

// --- vocabulary -----------------------------------------------------------------------------------------------------

struct EnumType {
  std::vector<StringId> values;  ///< in order of declaration; a value's payload is its position
};

enum class Safer : uint8_t { kNone, kLess, kMore };

struct Attribute {
  StringId name;
  Type type;              ///< never optional by itself: an attribute may always be missing unless it has a default
  ExprId default_value;   ///< a kConstant, or None
  Safer safer = Safer::kNone;  ///< which of two conflicting new values wins (S10)
  EventTypeId changed;    ///< the internal event that happens when it changes, if a rule waits for that
  Span span;
};

struct Entity {
  StringId name;
  EntityId parent;        ///< `ad_set in campaign`, or None
  std::vector<Attribute> attributes;
  Span span;
};

struct Field {
  StringId name;
  Type type;
  bool positional = false;
  Span span;
};

struct EventType {
  StringId name;
  std::vector<EntityId> subjects;  ///< the record goes to each of these that it names by a key of the entity's name
  std::vector<Field> fields;
  Span span;
  /// The program's own: a deadline or an occurrence of a schedule. It happens when an instant is complete, never in the input,
  /// and no name in a rule file means it.
  bool internal = false;
  uint32_t changed = kNone;        ///< internal: the attribute whose changes it is; fields are the new value and the old one

  static constexpr uint32_t kNone = 0xFFFFFFFFu;
};

/// A measure as far as the runtime needs it: aggregates that read it know whether it is polled.
struct Measure {
  StringId name;
  int64_t fresh_micros = 0;  ///< 0: not polled, holds for ever
};

// --- the clock -----------------------------------------------------------------------------------------------------

/// Whose clock is read. Of the subject: the zone that its attribute names, else the one named here.
struct ZoneRef {
  StringId name;            ///< of the IANA database; None: UTC
  bool of_subject = false;  ///< `contact time`
  uint32_t attribute = 0;   ///< of the entity, if of_subject
};

/// When a rule is looked at whatever happens. Rules of one entity with the same schedule share it: its occurrences are an internal
/// event of the entity.
struct Schedule {
  StringId text;            ///< canonical: `every day at 06:00 in Europe/Berlin`
  EntityId entity;
  EventTypeId event;
  ZoneRef zone;
  calendar::Recurrence recurrence;
};

/// `between 09:00 and 17:00 on weekdays`.
struct ClockTest {
  StringId text;            ///< canonical
  ZoneRef zone;
  calendar::ClockSpan span;
};

// --- windows --------------------------------------------------------------------------------------------------------

/// The time that is looked back at. Neither end ever goes back while time goes on.
struct Window {
  enum class Kind : uint8_t {
    kAllTime,
    kRolling,   ///< (t - lag - micros, t - lag]
    kCalendar,  ///< from the start of the period `first` back to the end of the one `last` back, or, if `last` is 0, up to t; all of it
                ///< as it was at t - lag
  };
  Kind kind = Kind::kAllTime;
  calendar::Period period = calendar::Period::kDay;
  int week_start = 1;  ///< kCalendar of weeks; else 1
  int64_t micros = 0;
  int64_t lag = 0;
  int64_t first = 0;
  int64_t last = 0;
  bool so_far = false; ///< kCalendar: ends no longer after the start of the period `last` back than now is after that of its own
  StringId zone;       ///< kCalendar: always named

  static Window Rolling(int64_t micros, int64_t lag = 0) {
    Window window;
    window.kind = Kind::kRolling;
    window.micros = micros;
    window.lag = lag;
    return window;
  }
  bool all_time() const { return kind == Kind::kAllTime; }
  /// (t - W, t], which cursors and instants alone can tell.
  bool plain() const { return kind == Kind::kRolling && lag == 0; }
  /// Is what happens now in it? Then the latest of what happened decide how much is.
  bool ends_now() const { return lag == 0 && (kind != Kind::kCalendar || last == 0); }

  friend bool operator==(const Window&, const Window&) = default;
};

// --- expressions ----------------------------------------------------------------------------------------------------

/// What a constant holds; which member counts follows from the expression's type.
struct Constant {
  int64_t i64 = 0;              ///< boolean, count, money, duration, instant, date, time of day, enumeration
  double f64 = 0;               ///< number, ratio, percent
  StringId text;                ///< text, code, message, subject
  std::vector<StringId> items;  ///< set
};

enum class ExprKind : uint8_t {
  kConstant,      ///< constant
  kUnknown,       ///< the unknown value of the expression's type
  kField,         ///< index: field of the event at hand (the trigger, or the pattern's event inside a pattern). If a rule
                  ///< has several triggers, of the first one; the others have a field of this name (constant.text) and type
  kAttribute,     ///< index: attribute of the rule's entity
  kSubject,       ///< the subject's own identifier (`campaign.name` falls back to it in texts; `contact.id`)
  kNow,           ///< the instant of judgement
  kAggregate,     ///< aggregate
  kBuiltin,       ///< builtin (row of builtins.def), args
  kAnd, kOr,      ///< args, two or more, Kleene
  kNot,           ///< args[0]
  kIsKnown,       ///< args[0]
  kDefault,       ///< args[0] if known, else args[1]
  kRequire,       ///< args[0] if args[1] is true, else unknown (evidence)
  kInSet,         ///< args[0] among `constant` items or `members`; numbers, enums and texts
  kMatches,       ///< args[0] matches the RE2 pattern `constant.text` (unanchored)
  kHasAny,        ///< set args[0] shares an item with `constant.items`
  kEvent,         ///< the event at hand matches `pattern` (a trigger)
  kTimes,         ///< count of `pattern` in `window` compared by `op` with `count`
  kNoneIn,        ///< no `pattern` in the window, subject known throughout it unless even_if_new (S6)
  kHold,          ///< args[0] for `window_micros` (S2)
  kEnters, kLeaves,  ///< segment: membership turned true / false in this round
  kTemplate,      ///< text made of chunks and args, see `chunks`; only as an action's argument
  kToday,         ///< the date on the clock of the clock test `index`, a span of whole days
  kClock,         ///< now is inside the clock test `index`
  kRow,           ///< args[0] was true at each of the last `count` reports of the polled measures it reads
  kUsual,         ///< the mean (index 0) or the deviation (index 1) of those of args, sums over periods that are over, throughout
                  ///< whose windows the subject was known; unknown if they are fewer than `count`. constant.text: the unit as written
  kBaseline,      ///< args[0], what a value was over `window`, which is the time before its own (index 0) or a longer one, per length of
                  ///< its own (index 1); unknown unless the subject was known throughout, or even_if_new. constant.text: its words
  kExtreme,       ///< the peak (index 0) or the low (index 1) that the value args[0] had in (now - window, now]
  kBefore,        ///< index: attribute; what it was before the rule that this is the way back of (S13)
  kSequence,      ///< the event at hand completes `sequence` (a trigger); `pattern` is what it must match, args are the keys
};

/// Comparison of kTimes.
enum class CountOp : uint8_t { kAtLeast, kAtMost, kExactly };

struct Expr {
  ExprKind kind = ExprKind::kUnknown;
  Type type;
  Span span;
  std::vector<ExprId> args;
  uint32_t index = 0;            ///< field, attribute or clock test; kExtreme
  stdlib::BuiltinId builtin{};   ///< kBuiltin
  Constant constant;             ///< kConstant, kInSet (text items), kMatches, kHasAny
  std::vector<Constant> members; ///< kInSet over numbers, money, enumerations …
  PatternId pattern;
  AggregateId aggregate;
  SegmentId segment;
  SequenceId sequence;
  Window window;                 ///< kTimes, kNoneIn (all time: `never`)
  int64_t window_micros = 0;     ///< kHold, kExtreme: how long
  int64_t count = 0;             ///< kTimes, kRow
  CountOp op = CountOp::kAtLeast;
  bool even_if_new = false;
  std::vector<StringId> chunks;  ///< kTemplate: chunk i precedes args[i]; one more chunk than args
};

/// One way an event can match: its type, and a condition over its fields (None: any).
struct PatternCase {
  EventTypeId event;
  ExprId filter;
  ExprId value;   ///< in an aggregate's pattern, the field aggregated; None for counts
};

/// Which events are meant; several cases where a group of events is named.
struct Pattern {
  EntityId subject;
  std::vector<PatternCase> cases;
  Span span;
};

/// One event of a sequence, at most `within_micros` after the one before (0: the first).
struct Step {
  PatternId pattern;
  int64_t within_micros = 0;
};

/// A field that all events of a run have in common; each step's events have one of this name and type.
struct SequenceKey {
  StringId name;
  Type type;
};

/// `A followed by B within D …` (S7).
struct Sequence {
  EntityId subject;
  std::vector<Step> steps;        ///< two or more
  bool absent = false;            ///< the last step is one that does not happen
  bool each = false;              ///< runs go side by side; else a repeated step restarts the clock
  std::vector<SequenceKey> keys;
  EventTypeId deadline;           ///< if absent: the internal event of the last step's deadline, whose fields are the keys
  PatternId completed_by;         ///< the last step, or the deadline
  Span span;
};

enum class AggregateFn : uint8_t { kCount, kSum, kAvg, kMin, kMax, kFirst, kLast, kDistinct };

struct Aggregate {
  AggregateFn fn = AggregateFn::kCount;
  PatternId pattern;
  Type type;                  ///< result; sum and count are known (0 when empty), the others optional
  Type value_type;            ///< of the aggregated field; kCount for counts
  Window window;
  MeasureId measure;          ///< the polled measure it reads, or None
};

// --- rules ----------------------------------------------------------------------------------------------------------

enum class EffectForm : uint8_t { kSet, kAdd, kRemove };

/// A change of the local picture: attribute of the rule's entity.
struct Effect {
  uint32_t attribute = 0;
  EffectForm form = EffectForm::kSet;
  ExprId value;
};

struct Argument {
  StringId name;
  std::vector<ExprId> values;  ///< one, or the items of a list
  bool is_list = false;
};

struct ActionCall {
  StringId name;               ///< as decisions print it: `increase_budget`
  bool state_only = false;     ///< `kind: state` (S12): acts on state, nothing leaves
  std::vector<Argument> arguments;  ///< in the order of the declaration; omitted optional ones are absent
  std::vector<Effect> effects;
  EventTypeId emits;           ///< `emit NAME`: the event put on this subject's stream in the next round, or None
  Span span;
};

/// At most `count` firings in (t - period, t], in the calendar period that contains t, or for ever.
struct Limit {
  int64_t count = 1;
  int64_t period_micros = 0;  ///< 0: a calendar period, or for ever
  bool by_calendar = false;
  calendar::Period period = calendar::Period::kDay;
  ZoneRef zone = {};
  ExprId key = {};         ///< a kField of the event: each of its values counts on its own. None: the subject
};

/// `each 1,000 impressions`: the rule fires once for each multiple that the event at hand makes the subject's all-time total pass.
struct Each {
  int64_t every = 0;       ///< whole, or millionths of numbers and money; 0: the rule has none
  AggregateId total;       ///< a sum or a count of all time
};

/// What becomes of a firing beyond a limit (S11). `drop journey`, which ends the subject's journey, belongs here once there are
/// journeys.
enum class Beyond : uint8_t { kSkip, kWait };

/// What makes a rule the way back of another (S13): it can fire once after the other has, unless something else has changed what
/// the other's actions set.
struct Revert {
  enum class When : uint8_t {
    kNever,      ///< it is a rule of its own
    kCondition,  ///< `until C then …`: when the rule's condition holds
    kFor,        ///< `for 6h`: micros later
    kTimeOfDay,  ///< `until 08:00`: the next one
    kTomorrow,   ///< `until tomorrow 08:00`
    kWeekday,    ///< `until monday 08:00`: the next one; day: ISO 1 to 7
    kDate,       ///< `until 2026-12-01 08:00`; day: since 1970-01-01
    kInstant,    ///< micros since 1970-01-01T00:00:00Z
  };
  static constexpr uint32_t kAllActions = 0xFFFFFFFFu;

  When when = When::kNever;
  RuleId of;                       ///< stands right before its ways back
  uint32_t action = kAllActions;   ///< the action of `of` that it takes back
  int64_t day = 0;
  int64_t micros = 0;              ///< since local midnight, unless said otherwise above
  ZoneRef zone;
};

struct Rule {
  StringId name;               ///< unique; a bare `when` gets `FILE:LINE`
  EntityId entity;
  ExprId condition;
  bool on_event = false;       ///< the condition needs an event (S4); else it is judged on state
  ScheduleId schedule;         ///< its event is the schedule's, or None
  bool including_existing = false;
  int32_t priority = 0;        ///< higher wins (S10)
  std::vector<ActionCall> actions;
  std::vector<Limit> limits;
  Each each;
  Beyond beyond = Beyond::kSkip;
  Revert revert;
  EventTypeId release;         ///< kWait: the internal event that lets waiting firings through
  Span span;
};

// --- tests ----------------------------------------------------------------------------------------------------------

/// An attribute or a field as a record of a test has it.
struct TestValue {
  StringId name;
  ExprId value;   ///< a kConstant of the attribute's or field's type; None: not known from then on
};

struct TestRecord {
  int64_t at = 0;
  EventTypeId event;    ///< None: sets attributes of the only subject
  std::vector<std::pair<EntityId, StringId>> subjects;
  std::vector<TestValue> values;
  Span span;
};

struct TestExpectation {
  enum class Kind : uint8_t {
    kDecided,      ///< an action
    kNot,          ///< an action that must not be decided
    kHeldBack,     ///< an action that a limit or a conflict keeps back; without a name: any
    kNothing,      ///< no action at all
    kNothingElse,  ///< none that no other expectation asks for
    kState,        ///< a condition over a subject
  };
  enum class When : uint8_t { kEver, kAt, kBy };

  Kind kind = Kind::kNothing;
  When when = When::kEver;
  int64_t at = 0;              ///< kAt, kBy
  EntityId entity;             ///< whom it is about; None: anybody
  StringId subject;            ///< likewise
  StringId action;             ///< as decisions print it
  std::vector<Argument> arguments;  ///< those that were written: constants
  bool counted = false;        ///< so many times, by `op` and `times`; else once, each by a decision of its own
  CountOp op = CountOp::kExactly;
  int64_t times = 0;
  std::vector<ExprId> because; ///< comparisons of the rule's reasons with constants
  RuleId by_rule;              ///< decided by it; held back: by its decision, which won
  std::optional<Limit> by_limit;  ///< held back: by a limit of this count and period
  ExprId condition;            ///< kState
  Span span;
};

/// One run of a test: a test without cases, or one of its cases.
struct Test {
  StringId name;               ///< with its case: `only losers: a winner`
  RuleId rule;                 ///< whose decisions are looked at; None: all
  StringId zone;               ///< in which its times are written; None: UTC
  int64_t start = 0;
  std::optional<int64_t> until;  ///< where its clock ends; else at the last instant that it mentions
  std::vector<TestRecord> records;  ///< by instant
  std::vector<TestExpectation> expectations;
  Span span;
};

struct Segment {
  StringId name;
  EntityId entity;
  ExprId condition;
  Span span;
};

struct Program {
  Interner* interner = nullptr;  ///< outlives the program
  Store<EnumId, EnumType> enums;
  std::vector<StringId> currencies;  ///< Type::detail of money; 0 is the workspace's
  Store<EntityId, Entity> entities;
  Store<EventTypeId, EventType> events;
  Store<MeasureId, Measure> measures;
  Store<PatternId, Pattern> patterns;
  Store<AggregateId, Aggregate> aggregates;
  Store<SegmentId, Segment> segments;
  Store<ScheduleId, Schedule> schedules;
  Store<ClockTestId, ClockTest> clock_tests;
  Store<SequenceId, Sequence> sequences;
  Store<ExprId, Expr> exprs;
  Store<RuleId, Rule> rules;     ///< in source order: files as given, then position
  Store<TestId, Test> tests;     ///< likewise; nothing of a rule refers to them
  int64_t lateness_micros = 0;
  int64_t horizon_micros = limits::kHorizonDefaultMicros;  ///< for how long a repeated event id counts once (S16)
  int64_t idle_micros = limits::kIdleDefaultMicros;  ///< after how long a silent source stops holding the clock back
  StringId zone;                     ///< of calendars: a name of the IANA database; None: UTC
  StringId contact_time_zone;        ///< of `contact time` for contacts whose own zone is not known; None: as `zone`
  int week_start = 1;                ///< ISO weekday
  bool strict_fields = false;    ///< workspace `unknown_fields: reject`

  std::string_view Text(StringId id) const { return interner->Text(id); }
};

/// A readable dump for `mrule dump --phase=hir` and goldens. Only what the rules reach is printed of the vocabulary.
std::string Dump(const Program& program);

}  // namespace mrule::hir
