// SPDX-License-Identifier: Apache-2.0
// The syntax tree's vocabulary: kinds of node, operators and the small forms a node's `op` holds. Made by syntax::Parse,
// read by the checker, the formatter and the language server. Nodes carry no types and no resolved names.
#pragma once

#include <cstdint>

#include "compiler/base/id.h"
#include "compiler/base/interner.h"
#include "compiler/source/file.h"
#include "compiler/source/span.h"

namespace mrule::syntax {

using source::File;
using source::FileId;
using source::Span;

using NodeId = Id<struct NodeTag>;

enum class NodeKind : uint8_t {
#define MR_NODE(kind, children) k##kind,
#include "compiler/syntax/node_kinds.def"
};

/// The name of a kind as dumps print it, for example "EventRef".
const char* NodeKindName(NodeKind kind);

enum class Operator : uint8_t {
#define MR_OPERATOR(name, spelling) k##name,
#include "compiler/syntax/operators.def"
};

/// How the operator is written in a rule, for messages.
const char* OperatorSpelling(Operator op);

/// `op` of a Window, and of a limit's period.
enum class WindowForm : uint8_t {
  kRolling,   ///< `over 6h`, `in last 7d`, `per 7d`: (t - D, t]
  kAllTime,   ///< `all time`, or no window on an aggregate
  kCalendar,  ///< `per day`; of a Window: reported
  kThis,      ///< `today`, `this week`, `month to date`; text: the period
  kYesterday, ///< `yesterday`
  kFull,      ///< `in last 7 full days`; text: the unit as written
  kPrevious,  ///< `over previous 7d`, `over previous 7 full days`
  kEnding,    ///< `over 7d settled 3d`, `over 7d ending 3d ago`
  kSameDay,   ///< `same weekday last week`
};

/// `op` of a Schedule and of a ClockTest.
enum class ScheduleForm : uint8_t {
  kInterval,   ///< `every 15min`; item: the Duration
  kWeekDays,   ///< `every day`, `every monday, friday`, `on weekdays`; items: Names, none in a ClockTest without days
  kMonthDays,  ///< `on the 1st, 15th of the month`; items: MonthDays
  kDate,       ///< `on 2026-11-27`; item: the Date
};

/// `op` of an Aggregate.
enum class AggregateForm : uint8_t { kCount, kSum, kAvg, kMin, kMax, kFirst, kLast, kDistinct };

/// `op` of an EffectValue: `=`, `+=`, `-=`.
enum class EffectForm : uint8_t { kSet, kAdd, kRemove };

/// `op` of an attribute's FieldDecl: which of two conflicting new values wins (S10).
enum class SaferForm : uint8_t { kNone, kLess, kMore };

/// `op` of a TestTime.
enum class TestTimeForm : uint8_t {
  kClock,    ///< `06:00`, of the day on which the test begins; item: the TimeOfDay
  kDate,     ///< `2026-03-01 08:00`; items: the Date, a TimeOfDay if there is one
  kInstant,  ///< item: the Instant
  kElapsed,  ///< `6h`, since the test began; item: the Duration
  kDay,      ///< `day 3 08:00`; items: the Number, a TimeOfDay if there is one
  kWeekday,  ///< `friday 08:00`; items: the Name, the TimeOfDay
  kParam,    ///< item: the Param
};

/// `op` of a TestItem.
enum class TestItemForm : uint8_t {
  kValue,    ///< `$10`
  kUp,       ///< `+$5`: more than the one before
  kDown,     ///< `-$5`
  kGap,      ///< `_`: nothing then
  kMissing,  ///< `is missing`
};

/// `op` of an ExpectAction.
enum class ExpectForm : uint8_t {
  kDecided,
  kNot,       ///< `expect no send`
  kHeldBack,  ///< `expect held back send`
};

struct Node {
  NodeKind kind = NodeKind::kError;
  uint8_t op = 0;
  bool negated = false;  ///< TextTest only: `does not contain`, `not matches`
  uint32_t first_child = 0;
  uint32_t child_count = 0;
  StringId text;
  Span span;

  Operator op_as_operator() const { return static_cast<Operator>(op); }
};

}  // namespace mrule::syntax
