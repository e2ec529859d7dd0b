// SPDX-License-Identifier: Apache-2.0
#include "runtime/exec/wake.h"

#include <algorithm>

#include "runtime/exec/record_store.h"
#include "runtime/exec/waiting_firings.h"
#include "stdlib/kernels/sequence.h"
#include "runtime/program/windows.h"
#include "stdlib/kernels/state.h"

namespace mrule::runtime {
namespace {

using Kind = plan::TimerSource::Kind;

/// at + micros if that is after now, else never.
int64_t After(int64_t at, int64_t micros, int64_t now) {
  int64_t due;
  if (at == INT64_MIN || __builtin_add_overflow(at, micros, &due) || due <= now) return Timers::kNever;
  return due;
}

/// Has anything come up at exactly `now`, as far as the state still tells? Instants that have since moved later have not.
bool IsDue(const Program& program, const plan::TimerSource& source, char* record, int64_t now) {
  switch (source.kind) {
    case Kind::kExtremeLeaves:
    case Kind::kLogExpiry:
      // The oldest entry inside cannot change until it leaves, so a log's entry is never early; and whoever judged an event
      // at this very instant may have advanced the cursor past the evidence.
      return true;
    case Kind::kSpan:
      return true;  // likewise
    case Kind::kRecentsTurn:
    case Kind::kKnownSince:
    case Kind::kRecentsExpiry:
    case Kind::kNoneIn:
    case Kind::kHoldDeadline:
    case Kind::kFreshness:
    case Kind::kClock:
    case Kind::kSchedule:
    case Kind::kSequence:
    case Kind::kRuns:
    case Kind::kAge:
    case Kind::kWaiting:
    case Kind::kRevert:
      return NextWake(program, source, record, now - 1) == now;
  }
  return true;
}

/// The text in the subject's own zone attribute, or null.
const MrText* ZoneNameOf(const plan::TimerSource& source, const char* record) {
  if (source.slot == 0) return nullptr;
  const auto* kept = reinterpret_cast<const MrKept*>(record + source.slot);
  return kept->known != 0 ? reinterpret_cast<const MrText*>(kept->bits) : nullptr;
}

}  // namespace

bool IsRecurring(const plan::TimerSource& source) { return source.kind == Kind::kClock || source.kind == Kind::kSchedule; }

int64_t NextWake(const Program& program, const plan::TimerSource& source, char* record, int64_t now) {
  MrFrame frame{};
  frame.record = record;
  frame.now = now;
  switch (source.kind) {
    case Kind::kLogExpiry:
      mr_s_cursor_advance(&frame, source.slot, source.slot2, source.micros);
      return mr_s_cursor_leave_at(&frame, source.slot, source.slot2, source.micros);
    case Kind::kRecentsExpiry:
      if (source.slot2 <= kMrLatestMax) return mr_s_latest_leave_at(&frame, source.slot, source.slot2, source.micros);
      return mr_s_recents_leave_at(&frame, source.slot, source.slot2, source.micros);
    case Kind::kNoneIn:
      return std::min(After(mr_s_last_at_read(&frame, source.slot), source.micros, now),
                      After(HeaderOf(record).first_seen, source.micros, now));
    case Kind::kHoldDeadline:
      return mr_s_hold_deadline(&frame, source.slot, source.micros, source.slot2);
    case Kind::kFreshness: {
      int64_t stale_at = mr_s_stale_at(&frame, source.slot, source.micros);
      return stale_at > now ? stale_at : Timers::kNever;
    }
    case Kind::kClock:
      return program.ClockAt(static_cast<uint32_t>(source.micros), ZoneNameOf(source, record), now).until;
    case Kind::kSchedule: {
      const auto number = static_cast<uint32_t>(source.micros);
      const calendar::Zone& zone = Program::ZoneOf(ZoneNameOf(source, record), program.ScheduleZone(number));
      return calendar::FirstAtOrAfter(program.plan().schedules[number].recurrence, zone, now + 1);
    }
    case Kind::kSequence: {
      const int64_t due = mr_s_seq_deadline(&frame, source.slot, source.slot2, source.micros);
      return due > now ? due : Timers::kNever;
    }
    case Kind::kRuns:
      return mr_s_runs_deadline(&frame, source.slot, source.slot2, source.micros, now);
    case Kind::kSpan: {
      const WindowBounds bounds = BoundsAt(source.window, now);
      mr_s_span_move(&frame, source.slot, source.slot2, bounds.after, bounds.until);
      const int64_t oldest = mr_s_span_oldest(&frame, source.slot, source.slot2);
      const int64_t next = mr_s_span_next(&frame, source.slot, source.slot2);
      return std::min(oldest == Timers::kNever ? oldest : LeavesAt(source.window, oldest),
                      next == Timers::kNever ? next : EntersAt(source.window, next));
    }
    case Kind::kRecentsTurn: {
      const int64_t after = BoundsAt(source.window, now).after;
      const int64_t oldest = mr_s_recents_oldest(&frame, source.slot, source.slot2, after);
      return oldest == Timers::kNever ? oldest : LeavesAt(source.window, oldest);
    }
    case Kind::kKnownSince: {
      const int64_t covered = CoveredAt(source.window, HeaderOf(record).first_seen);
      return covered > now ? covered : Timers::kNever;
    }
    case Kind::kAge: {
      if (source.slot == 0) return After(0, source.micros, now);
      int64_t at = 0;
      if (mr_s_kept_read(&frame, source.slot, &at) != kMrOk) return Timers::kNever;
      return After(at, source.micros, now);
    }
    case Kind::kWaiting:
      return WaitingFirings(record + source.slot, source.slot2).NextDue(now);
    case Kind::kExtremeLeaves:
      return mr_s_extreme_leave_at(&frame, source.slot, source.slot2, source.micros);
    case Kind::kRevert: {
      const int64_t due = *reinterpret_cast<const int64_t*>(record + source.slot);
      return due > now ? due : Timers::kNever;
    }
  }
  return Timers::kNever;
}

bool TakeDue(const plan::TimerSource& source, char* record, int64_t now, MrValue* keys) {
  MrFrame frame{};
  frame.record = record;
  frame.now = now;
  if (source.kind == Kind::kSequence) {
    if (mr_s_seq_deadline(&frame, source.slot, source.slot2, source.micros) > now) return false;
    mr_s_seq_end(&frame, source.slot, source.slot2);
    return true;
  }
  return mr_s_runs_take_due(&frame, source.slot, source.slot2, source.micros, keys) != 0;
}

bool IsNeeded(const plan::TimerSource& source, const char* record) {
  if (source.only_while_latched.empty()) return true;
  return std::any_of(source.only_while_latched.begin(), source.only_while_latched.end(), [record](uint32_t latch) {
    return *reinterpret_cast<const int64_t*>(record + latch) != 0;
  });
}

void Arm(const Program& program, Timers& timers, const plan::TimerSource& source, uint32_t number, char* record,
         uint32_t index, int64_t now) {
  int64_t& pending = PendingOf(source, record);
  if (pending <= now + 1 || !IsNeeded(source, record)) return;
  int64_t due = NextWake(program, source, record, now);
  if (due >= pending) return;
  pending = due;
  timers.Add({due, index, number});
}

bool Wake(const Program& program, Timers& timers, const plan::TimerSource& source, const TimerEntry& entry, char* record,
          int64_t now) {
  int64_t& pending = PendingOf(source, record);
  if (pending != entry.at) return false;
  pending = Timers::kNever;
  if (!IsNeeded(source, record)) return false;
  bool due = IsDue(program, source, record, now);
  Arm(program, timers, source, entry.source, record, entry.record, now);
  return due;
}

}  // namespace mrule::runtime
