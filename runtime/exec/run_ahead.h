// SPDX-License-Identifier: Apache-2.0
// Events run through a short pipeline of prefetches before they are applied, because looking up a subject and its record is
// mostly waiting for memory. Used by the runner and by the threads of a run in parallel.
#pragma once

#include <algorithm>
#include <cstddef>

#include "runtime/exec/shard.h"

namespace mrule::runtime {

/// Calls step(i) for each i below `count`, in order; at(i) is the event that it will apply.
template <typename At, typename Step>
void RunAhead(const Shard& shard, size_t count, At at, Step step) {
  // How far ahead of its application an event's slot, record and logs are fetched.
  constexpr size_t kSlotsAhead = 48, kRecordsAhead = 28, kLogsAhead = 12;
  for (size_t i = 0; i < std::min(count, kSlotsAhead); ++i) shard.PrefetchSlots(at(i));
  for (size_t i = 0; i < std::min(count, kRecordsAhead); ++i) shard.PrefetchRecords(at(i));
  for (size_t i = 0; i < std::min(count, kLogsAhead); ++i) shard.PrefetchLogs(at(i));
  for (size_t i = 0; i < count; ++i) {
    if (i + kSlotsAhead < count) shard.PrefetchSlots(at(i + kSlotsAhead));
    if (i + kRecordsAhead < count) shard.PrefetchRecords(at(i + kRecordsAhead));
    if (i + kLogsAhead < count) shard.PrefetchLogs(at(i + kLogsAhead));
    step(i);
  }
}

}  // namespace mrule::runtime
