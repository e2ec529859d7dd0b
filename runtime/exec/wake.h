// SPDX-License-Identifier: Apache-2.0
// When a subject must be looked at with no event: what each timer source's state says, and which entries are in the queue. A
// source has at most one live entry per record; its `pending` slot holds that entry's instant. When the true instant moves
// later, the entry stays and is pushed on when it is popped; when it moves earlier, a new one is added and the old one is
// recognised as dead because `pending` differs. Made and used by the shard.
#pragma once

#include <cstdint>
#include <vector>

#include "compiler/plan/plan.h"
#include "runtime/exec/timers.h"
#include "runtime/program/program.h"
#include "stdlib/abi.h"

namespace mrule::runtime {

/// The first instant after `now` at which the source can change anything, or Timers::kNever. Lets values leave a log's cursor
/// whose time is up at `now`.
int64_t NextWake(const Program& program, const plan::TimerSource& source, char* record, int64_t now);
/// The next run of a kSequence or kRuns whose time is up at `now`: closes it and gives its keys, for which there is room for two.
bool TakeDue(const plan::TimerSource& source, char* record, int64_t now, MrValue* keys);
/// Whether anything can fire at all: false while all latches the source is for are armed.
bool IsNeeded(const plan::TimerSource& source, const char* record);

/// Goes on for ever, so that nobody waits for its end.
bool IsRecurring(const plan::TimerSource& source);

inline int64_t& PendingOf(const plan::TimerSource& source, char* record) {
  return *reinterpret_cast<int64_t*>(record + source.pending);
}

/// Makes sure the queue has an entry at or before the source's next instant.
void Arm(const Program& program, Timers& timers, const plan::TimerSource& source, uint32_t number, char* record,
         uint32_t index, int64_t now);
/// An entry has come up at `now`: true if the source's units are to be judged. Arms the source again.
bool Wake(const Program& program, Timers& timers, const plan::TimerSource& source, const TimerEntry& entry, char* record,
          int64_t now);

}  // namespace mrule::runtime
