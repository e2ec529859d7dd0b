// SPDX-License-Identifier: Apache-2.0
// Local time for the oracle (S8): a few zones with the transitions of 2026 written down, good from November
// 2025 to January 2027.
#pragma once

#include <string>
#include <vector>

#include "tests/oracle/model.h"

namespace mrule::oracle {

/// Microseconds that local clocks are ahead of UTC. An empty name is UTC.
Time OffsetAt(const std::string& zone, Time instant);
/// Days since 1970-01-01 on the local calendar.
int64_t DayOf(const std::string& zone, Time instant);
/// The instant of a local time: in a gap the first after it, where it comes twice the first.
Time InstantOf(const std::string& zone, int64_t day, Time time_of_day);
bool IsZone(const std::string& name);
std::vector<std::string> ZoneNames();
/// Monday is 1.
int WeekdayOf(int64_t day);
/// 1 to 31, and whether it is the last of its month.
int DayOfMonth(int64_t day);
bool IsLastOfMonth(int64_t day);
/// The beginning of the period that contains `instant`, `back` periods earlier.
Time StartOf(const std::string& zone, Period period, int week_start, Time instant, int64_t back);

}  // namespace mrule::oracle
