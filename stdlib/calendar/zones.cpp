// SPDX-License-Identifier: Apache-2.0
// Zones: finding them, and between instants and local time by cctz.
#include <cctz/civil_time.h>
#include <cctz/time_zone.h>

#include <algorithm>
#include <chrono>
#include <cstdlib>
#include <fstream>
#include <limits>
#include <map>
#include <memory>
#include <mutex>

#include "stdlib/calendar/calendar.h"

namespace mrule::calendar {

class Zone {
 public:
  std::string name;
  cctz::time_zone zone;
};

namespace {

constexpr int64_t kSecondMicros = 1'000'000;
constexpr int64_t kDaySeconds = 86'400;
constexpr int64_t kLast = std::numeric_limits<int64_t>::max();
constexpr int64_t kFirst = std::numeric_limits<int64_t>::min();
// Days that an instant can reach, and a few more; beyond them local times saturate.
constexpr int64_t kDaysMax = kLast / kDayMicros + 2;

using Seconds = cctz::time_point<cctz::seconds>;

Seconds AtSecond(int64_t since_epoch) { return Seconds(cctz::seconds(since_epoch)); }

int64_t FloorSeconds(int64_t micros) {
  return micros / kSecondMicros - (micros % kSecondMicros < 0 ? 1 : 0);
}

/// What the database's folder tells of it, read once.
struct Database {
  std::string version = "unknown";
  std::vector<std::string> names;  // sorted
};

/// tzdata.zi begins with `# version 2026f`; a zone's line is `Z NAME …`, a link's is `L TARGET NAME`.
Database ReadDatabase() {
  const char* folder = std::getenv("TZDIR");
  std::ifstream file(std::string(folder != nullptr ? folder : "/usr/share/zoneinfo") + "/tzdata.zi");
  Database database;
  database.names.push_back("UTC");
  constexpr std::string_view kVersion = "# version ";
  for (std::string line; std::getline(file, line);) {
    if (line.starts_with(kVersion)) database.version = line.substr(kVersion.size());
    if (line.starts_with("Z ")) database.names.push_back(line.substr(2, line.find(' ', 2) - 2));
    if (line.starts_with("L ")) database.names.push_back(line.substr(line.rfind(' ') + 1));
  }
  std::sort(database.names.begin(), database.names.end());
  database.names.erase(std::unique(database.names.begin(), database.names.end()), database.names.end());
  return database;
}

const Database& TheDatabase() {
  static const Database database = ReadDatabase();
  return database;
}

}  // namespace

// Only names of the database's own list: cctz would also open `localtime`, absolute paths and fixed offsets, and what such a rule means would
// depend on the machine.
const Zone* FindZone(std::string_view name) {
  static std::mutex mutex;
  static auto& loaded = *new std::map<std::string, std::unique_ptr<Zone>, std::less<>>();
  const std::lock_guard lock(mutex);
  if (auto it = loaded.find(name); it != loaded.end()) return it->second.get();
  const std::vector<std::string>& names = TheDatabase().names;
  if (!std::binary_search(names.begin(), names.end(), name)) return nullptr;
  auto zone = std::make_unique<Zone>();
  zone->name = name;
  if (!cctz::load_time_zone(zone->name, &zone->zone)) zone.reset();
  return loaded.emplace(name, std::move(zone)).first->second.get();
}

const Zone& Utc() {
  static const Zone& zone = *FindZone("UTC");  // cctz has it without the database
  return zone;
}

std::string_view NameOf(const Zone& zone) { return zone.name; }
const std::vector<std::string>& ZoneNames() { return TheDatabase().names; }
const std::string& DatabaseVersion() { return TheDatabase().version; }

Local ToLocal(const Zone& zone, int64_t instant_micros) {
  const int64_t seconds = FloorSeconds(instant_micros);
  const int64_t rest = instant_micros - seconds * kSecondMicros;
  const cctz::civil_second at = zone.zone.lookup(AtSecond(seconds)).cs;
  const int64_t day = cctz::civil_day(at) - cctz::civil_day();
  return {day, ((at.hour() * 60 + at.minute()) * 60 + at.second()) * kSecondMicros + rest};
}

int64_t ToInstant(const Zone& zone, int64_t day, int64_t micros) {
  const int64_t carried = micros / kDayMicros - (micros % kDayMicros < 0 ? 1 : 0);
  if (day > kDaysMax - carried) return kLast;
  if (day < -kDaysMax - carried) return kFirst;
  day += carried;
  micros -= carried * kDayMicros;
  const int64_t second = micros / kSecondMicros;
  const cctz::civil_second local = cctz::civil_second() + (day * kDaySeconds + second);
  const cctz::time_zone::civil_lookup found = zone.zone.lookup(local);
  if (found.kind == cctz::time_zone::civil_lookup::SKIPPED) micros = 0;  // the gap's end is a whole second
  const Seconds at = found.kind == cctz::time_zone::civil_lookup::SKIPPED ? found.trans : found.pre;
  int64_t instant;
  if (__builtin_mul_overflow(at.time_since_epoch().count(), kSecondMicros, &instant) ||
      __builtin_add_overflow(instant, micros % kSecondMicros, &instant)) {
    return at.time_since_epoch().count() < 0 ? kFirst : kLast;
  }
  return instant;
}

int64_t StartOf(const Zone& zone, Period period, int week_start, int64_t instant, int64_t back) {
  const auto start = [&](int64_t number) { return ToInstant(zone, FirstDayOf(period, week_start, number), 0); };
  int64_t number = PeriodOf(period, week_start, ToLocal(zone, instant).day);
  while (start(number + 1) <= instant && instant != kLast) ++number;
  return start(number - back);
}

}  // namespace mrule::calendar
