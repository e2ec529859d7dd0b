// SPDX-License-Identifier: Apache-2.0
// The plan: the whole workspace as one program, ready to run. It says what each subject's record holds and where, what each
// event type does to it, which rules an event can concern (an index, not a list), which rules are judged on state and when
// they must be looked at again without any event. Made once by plan::Build from a program without errors; immutable; read by
// both engines, by the JSON reader, by sinks and by snapshots. No pointers into the compiler: it outlives it.
#pragma once

#include <cstdint>
#include <string>
#include <utility>
#include <vector>

#include "compiler/ir/ir.h"
#include "compiler/sema/hir.h"
#include "stdlib/calendar/calendar.h"

namespace mrule::plan {

using ir::FunctionId;
using ir::Physical;
using sema::Type;

// --- values that need no evaluation -----------------------------------------------------------------------------------

/// Where an argument, an effect or a reason gets its value when a rule fires.
struct ValueRef {
  enum class Kind : uint8_t { kConstant, kConstantText, kOutput } kind = Kind::kConstant;
  Type type;              ///< how to print it
  int64_t bits = 0;       ///< kConstant: payload; kConstantText: index into texts
  uint32_t output = 0;    ///< kOutput: index into the outputs of the case's function
};

/// A text with holes: chunk, value, chunk, value, …, chunk.
struct Template {
  std::vector<std::string> chunks;
  std::vector<ValueRef> values;
};

// --- windows -----------------------------------------------------------------------------------------------------------

/// A stretch of time that is looked back at, unless it is (t - W, t]. Neither end goes back while time goes on. At an instant, what
/// happened after `Bounds::after` and not after `Bounds::until` is inside (runtime/program/windows.h).
struct Window {
  bool calendar = false;  ///< periods of a calendar; else it rolls
  calendar::Period period = calendar::Period::kDay;
  int week_start = 1;
  int64_t micros = 0;
  int64_t lag_micros = 0; ///< it is what it would have been so long ago
  int64_t first = 0;      ///< how many periods back it begins
  int64_t last = 0;       ///< and ends, with that period's end; 0: now, that is, `lag_micros` ago
  bool so_far = false;    ///< or as long after that period's start as now is after its own, if that is earlier
  const calendar::Zone* zone = nullptr;
  std::string key;        ///< canonical text: `7d ending 3d ago`, `days 7 to 1 back in "Europe/Berlin"`

  bool ends_now() const { return calendar && last == 0 && lag_micros == 0; }
};
inline constexpr uint32_t kNoWindow = 0xFFFFFFFFu;

// --- subjects ----------------------------------------------------------------------------------------------------------

/// Bits over an entity's judge units; word i holds units 64 i … 64 i + 63.
using UnitMask = std::vector<uint64_t>;

enum class SlotKind : uint8_t {
  kAttribute,       ///< MrKept, or 8 bytes where the attribute has a default (`always_known`)
  kTotal, kKept, kLastAt,
  kRecents,         ///< MrLatest if the capacity is at most kMrLatestMax, else MrRecents
  kLog, kCursor, kDistinct, kHold, kObserved,
  kSegment,         ///< 8 bytes: byte 0 membership (0 never judged, 1 out, 2 in, 3 unknown), byte 1 turned in this round (1 entered, 2 left)
  kLatch,           ///< 8 bytes: 0 armed, 1 fired and not re-armed, 2 never judged (S4)
  kLimit,           ///< MrRecents of firings
  kSequence,        ///< MrSequence with `capacity` stages
  kRuns,            ///< MrRuns of a sequence with `capacity` stages
  kPending,         ///< 8 bytes: the instant at which a timer source is to be looked at, INT64_MAX if none
  kKeyedLimit,      ///< 16 bytes: firings by value of a field of the event (runtime/exec/keyed_firings.h); null while empty
  kRevert,          ///< 8 bytes: when the way back is due, or when it was set; INT64_MAX: it is not
  kWaiting,         ///< 8 bytes: firings that a limit makes wait (runtime/exec/waiting_firings.h); null while there are none
  kSpan,            ///< MrSpan: a window over a log that is not (t - W, t]
  kRow,             ///< MrRow
  kExtreme,         ///< MrExtreme; the values it had are a kLog of their own
};

/// Where an index of a handler or of an event may be absent.
inline constexpr uint32_t kNoHandler = 0xFFFFFFFFu;

/// One slot of a record, for snapshots and dumps. `key` is canonical text, equal across edits that keep the meaning (S18):
/// `attribute score`, `sum purchased.amount over 30d`, `rule "VIP" latch`.
struct Slot {
  SlotKind kind = SlotKind::kTotal;
  std::string key;
  uint32_t offset = 0;
  uint32_t bytes = 0;
  Type type;                 ///< attribute, kept, a log's values, a keyed limit's keys
  bool always_known = false; ///< kAttribute held as 8 bytes
  bool fixed = false;        ///< kTotal, kLog: doubles held as fixed-point micro units
  uint32_t capacity = 0;     ///< kRecents, kLimit, kKeyedLimit: of each key; kSequence, kRuns: stages
  std::vector<Type> keys;    ///< kRuns
  uint32_t log = 0;          ///< kCursor, kSpan: index of its log's slot
  int64_t window_micros = 0; ///< kCursor
  uint32_t window = kNoWindow; ///< kSpan: index into Plan::windows
  bool summed = false;       ///< kCursor, kSpan: its sum is read; else the sum stays kMrNotSummed
  uint32_t rule = 0;         ///< kWaiting: index into Plan::rules
};

/// A way back that a change of an attribute takes away.
struct TakeOver {
  uint32_t revert = 0;          ///< record offset of its kRevert
  uint32_t item = kNoHandler;   ///< index into Plan::texts: a change of whether the set has it; kNoHandler: any change
};

struct Attribute {
  std::string name;
  Type type;
  uint32_t slot = 0;            ///< index into EntityPlan::slots
  hir::Safer safer = hir::Safer::kNone;
  uint32_t declared = 0;        ///< its place in the entity's declaration
  uint32_t changes = kNoHandler;    ///< the internal event of its changes, if a rule waits for them
  uint32_t new_field = kNoHandler;  ///< of that event: where the new value goes, if a rule reads it
  uint32_t old_field = kNoHandler;  ///< and the old one
  std::vector<TakeOver> takes_over;  ///< ways back that a change of it takes away (S13)
  std::vector<uint32_t> moves_turns; ///< rules by whose calendar limits in this zone firings wait (S11): index into Plan::rules
  UnitMask dirty;               ///< units that read it
  std::vector<uint32_t> timers; ///< timer sources that depend on it
};

/// Something judged when an instant is complete, in this order: holds, rows and extremes (inner first), segments, rules.
struct JudgeUnit {
  enum class Kind : uint8_t { kHold, kSegment, kRule, kRow, kExtreme } kind = Kind::kRule;
  FunctionId condition;          ///< kExtreme: stores the value in output 0
  uint32_t slot = 0;             ///< MrHold, MrRow, MrExtreme, segment word or latch: record offset
  uint32_t rule = 0;             ///< kRule: index into Plan::rules; kSegment: index into Plan::segments
  uint32_t rule_case = 0;        ///< kRule: index into Plan::cases
  bool way_back = false;         ///< kRule: of another, judged only while `slot`, its kRevert, is set
  bool edge = true;              ///< kRule: fires when it becomes true; false: `enters`/`leaves`, which are edges themselves
  int64_t duration_micros = 0;   ///< kHold; kExtreme: its window
  int64_t reset_after_micros = 0;///< kHold: an unknown longer than this resets; 0: never
  int64_t observations_min = 0;  ///< kHold; kRow: how many reports
  uint32_t log = 0;              ///< kExtreme: record offset of its MrLog
  uint32_t order = 0;            ///< kExtreme: kMrPeakI64 …
  std::vector<uint32_t> observed;///< kHold, kRow: record offsets of the MrObserved it rests on
  UnitMask dependents;           ///< all but kRule: units to judge after it
  std::vector<uint32_t> timers;  ///< kHold, kExtreme: its deadline source
};

/// A reason to look at a subject's units at a later instant with no event. `pending` is the kPending slot.
struct TimerSource {
  enum class Kind : uint8_t {
    kLogExpiry,      ///< the oldest entry in the cursor leaves: at + window
    kRecentsExpiry,  ///< the oldest kept instant still inside leaves: at + window
    kNoneIn,         ///< last + window, and first_seen + window
    kHoldDeadline,   ///< the hold becomes true
    kFreshness,      ///< observed.at + fresh
    kClock,          ///< clock test number `micros` turns; slot: MrKept of the subject's zone, or 0
    kSchedule,       ///< schedule number `micros` occurs by the subject's clock; slot: MrKept of the subject's zone
    kSequence,       ///< a stage's run has waited for `micros`
    kRuns,           ///< likewise, the first of several
    kAge,            ///< the instant in a MrKept + micros; with slot 0, the instant `micros` itself
    kWaiting,        ///< the limit lets the next waiting firing through
    kSpan,           ///< something enters or leaves the span: slot: the log, slot2: the MrSpan
    kRecentsTurn,    ///< the oldest kept instant inside `window` leaves it
    kKnownSince,     ///< the subject has been known throughout `window`
    kExtremeLeaves,  ///< the best value that an MrExtreme had leaves its window
    kRevert,         ///< a timed way back is due
  } kind = Kind::kLogExpiry;
  uint32_t slot = 0;      ///< record offset of the slot concerned (log, recents, last-at, hold, observed, MrKept)
  uint32_t slot2 = 0;     ///< cursor offset; recents' capacity; hold: observations_min; extreme: log offset; sequence: stage
  int64_t micros = 0;     ///< window, duration, fresh period or age
  Window window;          ///< kSpan, kRecentsTurn, kKnownSince
  uint32_t pending = 0;   ///< record offset of the pending instant
  UnitMask dirty;         ///< units to judge then
  /// If not empty: latch offsets of the only rules concerned, and a leaving value can only turn their conditions false, so
  /// the timer is needed only while one of them is not armed.
  std::vector<uint32_t> only_while_latched;
  /// The internal event that happens to the subject then, once the instant's state has been judged; or kNoHandler.
  uint32_t delivers = kNoHandler;
};

struct EntityPlan {
  std::string name;              ///< also the key in records: {"contact": "c42"}
  uint32_t record_bytes = 0;     ///< multiple of 64; header included (record_header.h)
  std::vector<uint8_t> image;    ///< a new record's bytes
  std::vector<Slot> slots;       ///< in order of offset
  std::vector<Attribute> attributes;  ///< only those some rule reads or writes
  std::vector<JudgeUnit> units;
  std::vector<TimerSource> timers;
  std::vector<std::string> declared;  ///< every declared attribute, read or not; filled only under Plan::strict_fields
};

/// The record's first bytes (ir::kHeaderBytes).
struct RecordHeader {
  const void* id;        ///< const MrText*: the subject's identifier
  int64_t first_seen;    ///< instant of the first record that named it (S6)
  uint64_t sequence;     ///< order of first appearance over all subjects; decides order within an instant
  uint64_t dirty;        ///< the scheduler's; 0 outside an open instant
};

// --- events ------------------------------------------------------------------------------------------------------------

/// A field that some rule reads. Its slot is its position in EventPlan::fields.
struct FieldPlan {
  std::string name;      ///< JSON key
  Type type;
  bool retained = false; ///< a text that goes into state: it must be interned for good
  std::vector<std::string> enum_values;  ///< kEnum: spelling by payload
};

/// One input of a handler's matcher: a field, or an output of the handler's `inputs` function.
struct MatchInput {
  enum class Kind : uint8_t { kOrderedI64, kOrderedF64, kText, kSet } kind = Kind::kOrderedI64;
  bool from_field = true;
  uint32_t index = 0;  ///< field slot or output slot
};

/// A test of one input against constants. Doubles are compared as OrderedKey(double) (ordered_key.h).
/// Unknown inputs satisfy kMissing only.
struct MatchLeaf {
  enum class Kind : uint8_t { kRanges, kInTexts, kPrefix, kSuffix, kContains, kRegex, kHasAny, kKnown, kMissing } kind = Kind::kRanges;
  bool negated = false;   ///< known, and the test is false
  uint32_t input = 0;
  std::vector<std::pair<int64_t, int64_t>> ranges;  ///< inclusive, sorted, disjoint; ordered keys for doubles
  std::vector<uint32_t> texts;  ///< kInTexts, kHasAny: indexes into Plan::texts; kPrefix, kSuffix, kContains: one
  uint32_t regex = 0;
};

/// A conjunction of leaves that lets one case fire. A rule's condition in disjunctive form has several rows.
struct MatchRow {
  std::vector<uint32_t> leaves;   ///< indexes into Handler::leaves, at most one per input
  FunctionId residual;            ///< what no leaf can say; true is needed; None if nothing
  uint32_t rule_case = 0;         ///< index into Plan::cases
};

/// What one event type does to one entity's records, in this order: update, match, fire.
struct Handler {
  uint32_t event = 0;
  uint32_t entity = 0;
  FunctionId update;              ///< writes accumulators; None if nothing depends on this event
  FunctionId inputs;              ///< stores the matcher's inputs that come from state; None if none
  std::vector<MatchInput> match_inputs;
  std::vector<MatchLeaf> leaves;
  std::vector<MatchRow> rows;     ///< in order of rule
  UnitMask dirty;                 ///< units to judge when the instant is complete
  std::vector<uint32_t> timers;   ///< sources to re-arm after the update
};

/// Every declared event type has one, also those that no rule reads: the reader rejects what it does not find here.
struct EventPlan {
  std::string name;
  std::vector<FieldPlan> fields;      ///< those read by rules
  std::vector<uint32_t> subjects;     ///< entities, in declared order
  std::vector<uint32_t> handlers;     ///< per subject: index into Plan::handlers, or kNoHandler
  std::vector<std::string> declared;  ///< every declared field, read or not; filled only under Plan::strict_fields
  bool internal = false;              ///< happens by a timer, when an instant is complete (S1); never read from the input
  uint32_t releases = kNoHandler;     ///< internal: index into Plan::rules of the rule whose waiting firings it lets through
};

// --- rules -------------------------------------------------------------------------------------------------------------

struct ArgumentPlan {
  std::string name;
  bool is_list = false;
  std::vector<ValueRef> values;
  /// Empty, or one for each of `values`: texts with holes. One that has chunks stands instead of values[i].
  std::vector<Template> templates;
};

struct EffectPlan {
  uint32_t attribute = 0;   ///< index into EntityPlan::attributes
  hir::EffectForm form = hir::EffectForm::kSet;
  ValueRef value;           ///< an output of the case's effects function, or a constant
};

struct ActionPlan {
  std::string name;
  bool state_only = false;
  std::vector<ArgumentPlan> arguments;  ///< outputs of the case's detail function
  std::vector<EffectPlan> effects;
  uint32_t emits = kNoHandler;          ///< event index, or kNoHandler
};

/// Why a rule fired: label and value, `{"roas": 0.91, "spend over 6h": 700}`.
struct Reason {
  std::string label;
  ValueRef value;
};

/// Whose clock is read at run time.
struct ClockPlan {
  std::string zone = "UTC";  ///< of the IANA database
  bool of_subject = false;   ///< the zone that the subject names counts first
  uint32_t slot = 0;         ///< of_subject: record offset of the MrKept with its name
};

struct LimitPlan {
  int64_t count = 1;
  int64_t period_micros = 0;  ///< 0: a calendar period, or for ever
  bool by_calendar = false;
  calendar::Period period = calendar::Period::kDay;
  int week_start = 1;         ///< ISO weekday
  ClockPlan clock;
  bool keyed = false;         ///< counts each value of a field by itself: RuleCase::limit_keys
  uint32_t slot = 0;          ///< record offset of its MrRecents, capacity = count; keyed: of its kKeyedLimit
};

/// A value that a way back goes back to.
struct BeforePlan {
  uint32_t attribute = 0;  ///< index into EntityPlan::attributes
  uint32_t slot = 0;       ///< record offset of the kKept that holds it
};

/// An attribute that an action sets, or a text that it adds to a set or takes from it.
struct ControlPlan {
  uint32_t attribute = 0;      ///< index into EntityPlan::attributes
  uint32_t item = kNoHandler;  ///< index into Plan::texts; kNoHandler: the attribute is set
  bool added = false;          ///< the item is added; else removed

  friend auto operator<=>(const ControlPlan&, const ControlPlan&) = default;
};

/// What makes a rule the way back of another (S13).
struct RevertPlan {
  uint32_t of = kNoHandler;          ///< index into Plan::rules; kNoHandler: it is a rule of its own
  uint32_t number = 0;               ///< among the ways back of that rule, from 1
  uint32_t action = kNoHandler;      ///< the action that it takes back; kNoHandler: all
  std::vector<ControlPlan> controls; ///< what those actions set
  std::vector<BeforePlan> before;
  uint32_t slot = 0;                 ///< record offset of its kRevert
  hir::Revert when;                  ///< its zone is that of the clock
  ClockPlan clock;
  uint32_t timer = 0;                ///< timed: index into EntityPlan::timers
  UnitMask unit;                     ///< else: its unit

  bool timed() const { return when.when != hir::Revert::When::kCondition; }
};

/// What a rule's condition reads of its subject's past, for late records (S16): one that came at `a` may contradict a decision
/// of the rule at d if a <= d <= a + reach.
struct ReadPlan {
  uint32_t what = 0;             ///< index into Plan::events or EntityPlan::attributes
  int64_t reach_micros = 0;      ///< INT64_MAX: for ever
};

struct RulePlan {
  std::string name;
  uint32_t entity = 0;
  bool on_event = false;
  bool including_existing = false;
  int32_t priority = 0;
  uint32_t latch = 0;               ///< state rules: record offset
  std::vector<LimitPlan> limits;
  std::vector<uint32_t> reverts;    ///< its ways back: indexes into Plan::rules
  RevertPlan revert;
  int64_t each = 0;                 ///< fires for each multiple of it that the total passes; 0: as any rule
  uint32_t each_total = 0;          ///< record offset of the MrTotal
  bool each_fixed = false;          ///< numbers, held in millionths
  bool waits = false;               ///< what is beyond the limits waits (S11)
  uint32_t waiting = 0;             ///< record offset of its kWaiting
  uint32_t waiting_fields = 0;      ///< fields kept of each waiting firing: the most that a case keeps
  uint32_t waiting_timer = 0;       ///< index into EntityPlan::timers
  std::vector<ReadPlan> event_reads;      ///< sorted by event; those of reach 0 are left out
  std::vector<ReadPlan> attribute_reads;  ///< likewise
  std::string file;                 ///< for traps and reports
  uint32_t line = 0;
};

/// A rule as one event type (or state) fires it: arguments read fields by slot, so they differ by event type.
struct RuleCase {
  uint32_t rule = 0;
  FunctionId effects;   ///< outputs for EffectPlan::value; None if all are constants
  FunctionId detail;    ///< outputs for arguments and reasons; run only for a sink that prints them
  std::vector<ActionPlan> actions;
  std::vector<Reason> because;
  uint32_t event = kNoHandler;          ///< index into Plan::events; kNoHandler: state
  FunctionId each;                      ///< of RulePlan::each: its output is what the event has added to the total
  std::vector<uint32_t> limit_keys;     ///< parallel to the rule's limits: slot of the field, or kNoHandler; empty: none is keyed
  std::vector<uint32_t> kept_fields;    ///< of a rule that waits: slots of the fields that firing later needs
};

struct SegmentPlan {
  std::string name;
  uint32_t entity = 0;
  uint32_t slot = 0;   ///< record offset of its segment word
};

/// Whose clock a schedule or a clock test reads.
struct ZonePlan {
  std::string name = "UTC";  ///< of the IANA database
  bool of_subject = false;   ///< the zone that the subject's attribute names, and `name` where that is unknown or no zone
};

/// A schedule that rules of one entity have; its occurrences are an internal event of the entity.
struct SchedulePlan {
  std::string text;
  uint32_t entity = 0;
  uint32_t event = 0;
  ZonePlan zone;
  calendar::Recurrence recurrence;
};

/// `between 09:00 and 17:00 on weekdays`.
struct ClockTestPlan {
  std::string text;
  ZonePlan zone;
  calendar::ClockSpan span;
};

struct Plan {
  std::vector<std::string> texts;
  std::vector<std::vector<int64_t>> int_sets;    ///< sorted payloads (doubles by bits of value + 0.0)
  std::vector<std::vector<uint32_t>> text_sets;  ///< indexes into texts, sorted by text
  std::vector<std::string> regexes;
  std::vector<Window> windows;
  std::vector<std::vector<std::string>> enums;   ///< Type::detail of enumerations
  std::vector<std::string> currencies;           ///< Type::detail of money
  std::vector<EntityPlan> entities;
  std::vector<EventPlan> events;
  std::vector<Handler> handlers;
  std::vector<RulePlan> rules;
  std::vector<RuleCase> cases;
  std::vector<SegmentPlan> segments;
  std::vector<SchedulePlan> schedules;
  std::vector<ClockTestPlan> clock_tests;
  std::vector<ir::Function> functions;           ///< FunctionId indexes it
  int64_t lateness_micros = 0;
  int64_t horizon_micros = 0;                    ///< a repeated identifier counts once within it
  int64_t idle_micros = 0;                       ///< a silent source holds the clock back for so long
  bool strict_fields = false;
  std::string zone = "UTC";             ///< the workspace's: a name of the IANA database (stdlib/calendar)
  std::string contact_time_zone = "UTC"; ///< of contacts whose own zone is not known
  int week_start = 1;                   ///< ISO weekday

  const ir::Function& function(FunctionId id) const { return functions[id.index()]; }
};

}  // namespace mrule::plan
