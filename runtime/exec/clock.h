// SPDX-License-Identifier: Apache-2.0
// Whose clock a limit or a way back reads: a zone by name, or the subject's own (S8).
#pragma once

#include <string_view>

#include "compiler/plan/plan.h"
#include "stdlib/abi.h"
#include "stdlib/calendar/calendar.h"

namespace mrule::runtime {

/// The zone that the subject names, if it is to be asked and names one; else the plan's.
inline const calendar::Zone& ZoneOf(const plan::ClockPlan& clock, const char* record) {
  const calendar::Zone* zone = nullptr;
  if (clock.of_subject) {
    const auto& kept = *reinterpret_cast<const MrKept*>(record + clock.slot);
    const auto* name = reinterpret_cast<const MrText*>(kept.bits);
    if (kept.known != 0) zone = calendar::FindZone({name->data, name->size});
  }
  if (zone == nullptr) zone = calendar::FindZone(clock.zone);
  return zone != nullptr ? *zone : calendar::Utc();
}

}  // namespace mrule::runtime
