// SPDX-License-Identifier: Apache-2.0
#include "runtime/state/slot_json.h"

#include <algorithm>
#include <bit>
#include <cstring>
#include <nlohmann/json.hpp>
#include <span>
#include <vector>

#include "compiler/base/limits.h"
#include "runtime/actions/value_text.h"
#include "runtime/json/decimal.h"
#include "runtime/program/distinct_set.h"
#include "runtime/value/kept_set.h"

namespace mrule::runtime {
namespace {

using nlohmann::json;
using plan::SlotKind;
using sema::TypeKind;
using Outcome = SlotJson::Outcome;

void AppendWhole(std::string& out, int64_t value) {
  char buffer[kNumberBytesMax];
  out.append(buffer, FormatWhole(value, buffer));
}

void AppendWholes(std::string& out, std::span<const int64_t> values) {
  out += '[';
  for (size_t i = 0; i < values.size(); ++i) {
    if (i != 0) out += ',';
    AppendWhole(out, values[i]);
  }
  out += ']';
}

bool IsWhole(const json& value) {
  return value.is_number_integer() &&
         (!value.is_number_unsigned() || value.get<uint64_t>() <= static_cast<uint64_t>(INT64_MAX));
}

/// `count` whole numbers in a list.
bool TakeWholes(const json& value, size_t count, int64_t* out) {
  if (!value.is_array() || value.size() != count) return false;
  for (size_t i = 0; i < count; ++i) {
    if (!IsWhole(value[i])) return false;
    out[i] = value[i].get<int64_t>();
  }
  return true;
}

template <typename T>
T Read(const char* at) {
  T value;
  std::memcpy(&value, at, sizeof value);
  return value;
}

/// Recent instants held as MrLatest: newest first, each with its sign bit flipped, zeros where there is none. In snapshots they are
/// as those of a ring, oldest first.
bool IsLatest(const plan::Slot& slot) { return slot.kind == SlotKind::kRecents && slot.capacity <= kMrLatestMax; }
constexpr uint64_t kSignBit = uint64_t{1} << 63;

bool AppendLatest(std::string& out, const plan::Slot& slot, const char* at) {
  std::vector<int64_t> instants;
  for (uint32_t i = slot.capacity; i > 0; --i) {
    const auto one = Read<uint64_t>(at + sizeof(uint64_t) * (i - 1));
    if (one != 0) instants.push_back(static_cast<int64_t>(one ^ kSignBit));
  }
  if (instants.empty()) return false;
  AppendWholes(out, instants);
  return true;
}

Outcome LoadLatest(const json& value, const plan::Slot& slot, char* at) {
  std::vector<int64_t> instants(value.is_array() ? value.size() : 0);
  if (instants.empty() || !TakeWholes(value, instants.size(), instants.data())) return Outcome::kCorrupt;
  if (!std::is_sorted(instants.begin(), instants.end())) return Outcome::kCorrupt;
  const size_t kept = std::min<size_t>(instants.size(), slot.capacity);
  for (size_t i = 0; i < kept; ++i) {
    const uint64_t one = static_cast<uint64_t>(instants[instants.size() - 1 - i]) ^ kSignBit;
    std::memcpy(at + sizeof one * i, &one, sizeof one);
  }
  return Outcome::kLoaded;
}

bool AsNew(const plan::EntityPlan& entity, const plan::Slot& slot, const char* record) {
  return std::memcmp(record + slot.offset, entity.image.data() + slot.offset, slot.bytes) == 0;
}

/// A ring's instants, oldest first.
std::vector<int64_t> InOrder(const MrRecents& recents, uint32_t capacity) {
  std::vector<int64_t> instants;
  for (uint32_t i = 0; i < recents.count; ++i) {
    instants.push_back(recents.at[(recents.next + capacity - recents.count + i) % capacity]);
  }
  return instants;
}

const plan::Slot& LogOf(const plan::EntityPlan& entity, const plan::Slot& cursor) {
  return entity.slots[cursor.log];
}

}  // namespace

void SlotJson::AppendValue(std::string& out, const plan::Slot& slot, int64_t bits) const {
  if (slot.fixed) return AppendWhole(out, bits);
  AppendValue(out, slot.type, bits);
}

void SlotJson::AppendValue(std::string& out, plan::Type type, int64_t bits) const {
  switch (type.kind) {
    case TypeKind::kNumber:
    case TypeKind::kRatio:
    case TypeKind::kPercent: {
      const double value = std::bit_cast<double>(bits);
      if (bits == std::bit_cast<int64_t>(-0.0)) {
        out += "-0.0";  // "-0" would come back as the integer
        return;
      }
      char buffer[kNumberBytesMax];
      out.append(buffer, FormatDouble(value, buffer));
      return;
    }
    case TypeKind::kBoolean:
    case TypeKind::kEnum:
    case TypeKind::kText:
    case TypeKind::kCode:
    case TypeKind::kMessage:
    case TypeKind::kSubject:
    case TypeKind::kSet:
      return ValuePrinter(program_.plan()).AppendJson(out, type, MrValue{bits, 1});
    case TypeKind::kCount:
    case TypeKind::kMoney:
    case TypeKind::kDuration:
    case TypeKind::kInstant:
    case TypeKind::kDate:
    case TypeKind::kTimeOfDay:
    case TypeKind::kError:
      break;
  }
  AppendWhole(out, bits);
}

bool SlotJson::Append(std::string& out, const plan::EntityPlan& entity, const plan::Slot& slot,
                      const char* record) const {
  const char* at = record + slot.offset;
  if (IsLatest(slot)) return AppendLatest(out, slot, at);
  switch (slot.kind) {
    case SlotKind::kAttribute:
      if (slot.always_known) {
        AppendValue(out, slot, Read<int64_t>(at));
        return true;
      }
      [[fallthrough]];
    case SlotKind::kKept: {
      const auto kept = Read<MrKept>(at);
      if (kept.known == 0) return false;
      AppendValue(out, slot, kept.bits);
      return true;
    }
    case SlotKind::kTotal:
    case SlotKind::kLastAt:
    case SlotKind::kRevert:
      if (AsNew(entity, slot, record)) return false;
      AppendWhole(out, Read<int64_t>(at));
      return true;
    case SlotKind::kLatch:
      // Always: one that is not there is taken for a new rule's, which was never judged (S4).
      AppendWhole(out, Read<int64_t>(at));
      return true;
    case SlotKind::kSegment: {
      // The second byte, turned in this round, is 0 whenever a snapshot is taken.
      const auto membership = static_cast<uint8_t>(at[0]);
      if (membership == entity.image[slot.offset]) return false;
      AppendWhole(out, membership);
      return true;
    }
    case SlotKind::kRecents:
    case SlotKind::kLimit: {
      const auto* recents = reinterpret_cast<const MrRecents*>(at);
      if (recents->count == 0) return false;
      AppendWholes(out, InOrder(*recents, slot.capacity));
      return true;
    }
    case SlotKind::kLog: {
      const auto log = Read<MrLog>(at);
      if (log.base == log.tail) return false;
      out += '[';
      for (uint64_t p = log.base; p != log.tail; ++p) {
        const MrWindowEntry& entry = log.entries[p & log.mask];
        out += p == log.base ? "[" : ",[";
        AppendWhole(out, entry.at);
        out += ',';
        AppendValue(out, slot, entry.value);
        out += ']';
      }
      out += ']';
      return true;
    }
    case SlotKind::kCursor: {
      const auto log = Read<MrLog>(record + LogOf(entity, slot).offset);
      const auto cursor = Read<MrCursor>(at);
      const int64_t before = static_cast<int64_t>(cursor.head - log.base);
      if (log.base == log.tail && (cursor.sum == 0 || cursor.sum == kMrNotSummed)) return false;
      AppendWholes(out, std::vector<int64_t>{before, cursor.sum});
      return true;
    }
    case SlotKind::kSpan: {
      const auto log = Read<MrLog>(record + LogOf(entity, slot).offset);
      const auto span = Read<MrSpan>(at);
      if (log.base == log.tail && (span.sum == 0 || span.sum == kMrNotSummed)) return false;
      AppendWholes(out, std::vector<int64_t>{static_cast<int64_t>(span.head - log.base), span.sum,
                                             static_cast<int64_t>(span.tail - log.base)});
      return true;
    }
    case SlotKind::kDistinct: {
      const auto distinct = Read<MrDistinct>(at);
      if (distinct.count == 0) return false;
      std::vector<int64_t> values;
      static_cast<const DistinctSet*>(distinct.set)->ForEach([&](int64_t bits) { values.push_back(bits); });
      if (slot.type.is_text()) {
        std::sort(values.begin(), values.end(), [](int64_t a, int64_t b) {
          return TextLess(reinterpret_cast<const MrText*>(a), reinterpret_cast<const MrText*>(b));
        });
      } else {
        std::sort(values.begin(), values.end());
      }
      for (size_t i = 0; i < values.size(); ++i) {
        out += i == 0 ? '[' : ',';
        AppendValue(out, slot, values[i]);
      }
      out += ']';
      return true;
    }
    case SlotKind::kHold: {
      if (AsNew(entity, slot, record)) return false;
      const auto hold = Read<MrHold>(at);
      AppendWholes(out, std::vector<int64_t>{hold.state, hold.since, hold.accrued, hold.observations,
                                             hold.seen_sequence});
      return true;
    }
    case SlotKind::kObserved: {
      if (AsNew(entity, slot, record)) return false;
      const auto observed = Read<MrObserved>(at);
      AppendWholes(out, std::vector<int64_t>{observed.at, observed.sequence});
      return true;
    }
    case SlotKind::kKeyedLimit:
      return AppendKeyed(out, slot, record + slot.offset);
    case SlotKind::kWaiting:
      return AppendWaiting(out, program_.plan().rules[slot.rule], record + slot.offset);
    case SlotKind::kSequence: {
      const auto* sequence = reinterpret_cast<const MrSequence*>(at);
      bool open = false;
      for (uint32_t stage = 0; stage < slot.capacity; ++stage) {
        if (sequence->at[stage] == INT64_MIN) continue;
        out += open ? "," : "[";
        open = true;
        AppendWholes(out, std::vector<int64_t>{stage, sequence->at[stage]});
      }
      if (open) out += ']';
      return open;
    }
    case SlotKind::kRuns: {
      const auto runs = Read<MrRuns>(at);
      if (runs.count == 0) return false;
      AppendRuns(out, slot, runs);
      return true;
    }
    case SlotKind::kPending:
      return false;
    case SlotKind::kRow: {
      if (AsNew(entity, slot, record)) return false;
      const auto row = Read<MrRow>(at);
      AppendWholes(out, std::vector<int64_t>{row.count, row.seen_sequence});
      return true;
    }
    case SlotKind::kExtreme: {
      if (AsNew(entity, slot, record)) return false;
      const auto extreme = Read<MrExtreme>(at);
      out += '[';
      AppendWhole(out, extreme.since);
      if (extreme.known != 0) {
        out += ',';
        AppendValue(out, slot, extreme.bits);
      }
      out += ']';
      return true;
    }
  }
  return false;
}

/// A slot of one of a sequence's keys, so that it is written as any value of its type.
plan::Slot SlotJson::KeySlot(const plan::Slot& slot, size_t key) {
  plan::Slot one;
  one.type = slot.keys[key];
  return one;
}

void SlotJson::AppendRuns(std::string& out, const plan::Slot& slot, const MrRuns& runs) const {
  for (uint32_t i = 0; i < runs.count; ++i) {
    const MrRun& run = runs.entries[i];
    out += i == 0 ? "[[" : ",[";
    AppendWhole(out, run.stage);
    out += ',';
    AppendWhole(out, run.at);
    for (size_t key = 0; key < slot.keys.size(); ++key) {
      out += ',';
      AppendValue(out, KeySlot(slot, key), run.keys[key]);
    }
    out += ']';
  }
  out += ']';
}

Outcome SlotJson::LoadSequence(const json& value, const plan::Slot& slot, char* record) const {
  if (!value.is_array() || value.empty()) return Outcome::kCorrupt;
  auto* sequence = reinterpret_cast<MrSequence*>(record + slot.offset);
  for (const json& item : value) {
    int64_t numbers[2];
    if (!TakeWholes(item, 2, numbers) || numbers[0] < 0 || numbers[0] >= slot.capacity) return Outcome::kCorrupt;
    sequence->at[numbers[0]] = numbers[1];
  }
  return Outcome::kLoaded;
}

Outcome SlotJson::LoadRuns(const json& value, const plan::Slot& slot, char* record) const {
  if (!value.is_array() || value.empty() || value.size() > limits::kOpenSequencesMax) return Outcome::kCorrupt;
  auto* runs = reinterpret_cast<MrRuns*>(record + slot.offset);
  ReserveRuns(program_.slab(), runs, static_cast<uint32_t>(value.size()));
  int64_t before = INT64_MIN;
  for (const json& item : value) {
    if (!item.is_array() || item.size() != 2 + slot.keys.size() || !IsWhole(item[0]) || !IsWhole(item[1])) {
      return Outcome::kCorrupt;
    }
    MrRun run{item[1].get<int64_t>(), item[0].get<int64_t>(), {0, 0}};
    if (run.stage < 0 || run.stage >= slot.capacity || run.at < before) return Outcome::kCorrupt;
    before = run.at;
    for (size_t key = 0; key < slot.keys.size(); ++key) {
      if (LoadValue(item[2 + key], KeySlot(slot, key), &run.keys[key]) != Outcome::kLoaded) return Outcome::kCorrupt;
    }
    runs->entries[runs->count++] = run;
  }
  return Outcome::kLoaded;
}

Outcome SlotJson::LoadValue(const json& value, const plan::Slot& slot, int64_t* bits) const {
  if (slot.fixed) return TakeWholes(json::array({value}), 1, bits) ? Outcome::kLoaded : Outcome::kCorrupt;
  return LoadValue(value, slot.type, bits);
}

Outcome SlotJson::LoadValue(const json& value, plan::Type type, int64_t* bits) const {
  const auto text_of = [&](const json& item) {
    return program_.texts().Intern(item.get_ref<const std::string&>());
  };
  switch (type.kind) {
    case TypeKind::kNumber:
    case TypeKind::kRatio:
    case TypeKind::kPercent:
      if (!value.is_number()) return Outcome::kCorrupt;
      *bits = std::bit_cast<int64_t>(value.get<double>());
      return Outcome::kLoaded;
    case TypeKind::kBoolean:
      if (!value.is_boolean()) return Outcome::kCorrupt;
      *bits = value.get<bool>() ? 1 : 0;
      return Outcome::kLoaded;
    case TypeKind::kEnum: {
      if (!value.is_string() || type.detail >= program_.plan().enums.size()) return Outcome::kCorrupt;
      const auto& names = program_.plan().enums[type.detail];
      const auto found = std::find(names.begin(), names.end(), value.get_ref<const std::string&>());
      if (found == names.end()) return Outcome::kDropped;
      *bits = found - names.begin();
      return Outcome::kLoaded;
    }
    case TypeKind::kText:
    case TypeKind::kCode:
    case TypeKind::kMessage:
    case TypeKind::kSubject:
      if (!value.is_string()) return Outcome::kCorrupt;
      *bits = reinterpret_cast<int64_t>(text_of(value));
      return Outcome::kLoaded;
    case TypeKind::kSet: {
      if (!value.is_array()) return Outcome::kCorrupt;
      std::vector<const MrText*> items;
      for (const json& item : value) {
        if (!item.is_string()) return Outcome::kCorrupt;
        items.push_back(text_of(item));
      }
      *bits = reinterpret_cast<int64_t>(MakeKeptSet(program_.slab(), program_.texts(), items));
      return Outcome::kLoaded;
    }
    case TypeKind::kCount:
    case TypeKind::kMoney:
    case TypeKind::kDuration:
    case TypeKind::kInstant:
    case TypeKind::kDate:
    case TypeKind::kTimeOfDay:
    case TypeKind::kError:
      break;
  }
  if (!IsWhole(value)) return Outcome::kCorrupt;
  *bits = value.get<int64_t>();
  return Outcome::kLoaded;
}

Outcome SlotJson::LoadRing(const json& value, uint32_t capacity, MrRecents* recents) const {
  std::vector<int64_t> instants(value.is_array() ? value.size() : 0);
  if (instants.empty() || !TakeWholes(value, instants.size(), instants.data())) return Outcome::kCorrupt;
  if (!std::is_sorted(instants.begin(), instants.end())) return Outcome::kCorrupt;
  const size_t kept = std::min<size_t>(instants.size(), capacity);
  std::copy(instants.end() - static_cast<ptrdiff_t>(kept), instants.end(), recents->at);
  recents->count = static_cast<uint32_t>(kept);
  recents->next = static_cast<uint32_t>(kept % capacity);
  return Outcome::kLoaded;
}

Outcome SlotJson::LoadLog(const json& value, const plan::Slot& slot, char* record) const {
  if (!value.is_array() || value.empty() || value.size() > limits::kWindowEntriesMax)
    return Outcome::kCorrupt;
  auto* log = reinterpret_cast<MrLog*>(record + slot.offset);
  ReserveLog(program_.slab(), log, value.size());
  int64_t before = INT64_MIN;
  for (const json& item : value) {
    MrWindowEntry entry{};
    if (!item.is_array() || item.size() != 2 || !IsWhole(item[0])) return Outcome::kCorrupt;
    entry.at = item[0].get<int64_t>();
    if (entry.at < before || LoadValue(item[1], slot, &entry.value) != Outcome::kLoaded)
      return Outcome::kCorrupt;
    before = entry.at;
    log->entries[log->tail++ & log->mask] = entry;
  }
  return Outcome::kLoaded;
}

Outcome SlotJson::LoadDistinct(const json& value, const plan::Slot& slot, char* record) const {
  if (!value.is_array() || value.empty()) return Outcome::kCorrupt;
  auto* distinct = reinterpret_cast<MrDistinct*>(record + slot.offset);
  for (const json& item : value) {
    int64_t bits = 0;
    bool full = false;
    const Outcome outcome = LoadValue(item, slot, &bits);
    if (outcome != Outcome::kLoaded || !AddDistinct(program_.slab(), distinct, bits, &full))
      return Outcome::kCorrupt;
  }
  return Outcome::kLoaded;
}

Outcome SlotJson::Load(const json& value, const plan::EntityPlan& entity, const plan::Slot& slot,
                       char* record) const {
  char* at = record + slot.offset;
  if (IsLatest(slot)) return LoadLatest(value, slot, at);
  int64_t numbers[5];
  const auto put = [at](const auto& data) {
    std::memcpy(at, &data, sizeof data);
    return Outcome::kLoaded;
  };
  switch (slot.kind) {
    case SlotKind::kAttribute:
    case SlotKind::kKept: {
      int64_t bits = 0;
      const Outcome outcome = LoadValue(value, slot, &bits);
      if (outcome != Outcome::kLoaded) return outcome;
      if (slot.kind == SlotKind::kAttribute && slot.always_known) return put(bits);
      return put(MrKept{bits, 1});
    }
    case SlotKind::kTotal:
    case SlotKind::kLastAt:
    case SlotKind::kRevert:
      return IsWhole(value) ? put(value.get<int64_t>()) : Outcome::kCorrupt;
    case SlotKind::kLatch:
    case SlotKind::kSegment: {
      const int64_t most = slot.kind == SlotKind::kLatch ? 2 : 3;
      if (!IsWhole(value) || value.get<int64_t>() < 0 || value.get<int64_t>() > most)
        return Outcome::kCorrupt;
      if (slot.kind == SlotKind::kLatch) return put(value.get<int64_t>());
      return put(static_cast<uint8_t>(value.get<int64_t>()));
    }
    case SlotKind::kRecents:
    case SlotKind::kLimit:
      return LoadRing(value, slot.capacity, reinterpret_cast<MrRecents*>(at));
    case SlotKind::kLog:
      return LoadLog(value, slot, record);
    case SlotKind::kCursor: {
      const auto log = Read<MrLog>(record + LogOf(entity, slot).offset);
      if (!TakeWholes(value, 2, numbers) || numbers[0] < 0) return Outcome::kCorrupt;
      if (static_cast<uint64_t>(numbers[0]) > log.tail - log.base) return Outcome::kCorrupt;
      return put(MrCursor{log.base + static_cast<uint64_t>(numbers[0]), numbers[1]});
    }
    case SlotKind::kSpan: {
      const auto log = Read<MrLog>(record + LogOf(entity, slot).offset);
      if (!TakeWholes(value, 3, numbers) || numbers[0] < 0 || numbers[2] < numbers[0]) return Outcome::kCorrupt;
      if (static_cast<uint64_t>(numbers[2]) > log.tail - log.base) return Outcome::kCorrupt;
      return put(MrSpan{log.base + static_cast<uint64_t>(numbers[0]), numbers[1], log.base + static_cast<uint64_t>(numbers[2])});
    }
    case SlotKind::kDistinct:
      return LoadDistinct(value, slot, record);
    case SlotKind::kHold:
      if (!TakeWholes(value, 5, numbers) || numbers[0] < 0 || numbers[0] > 2) return Outcome::kCorrupt;
      return put(MrHold{numbers[0], numbers[1], numbers[2], numbers[3], numbers[4]});
    case SlotKind::kObserved:
      if (!TakeWholes(value, 2, numbers)) return Outcome::kCorrupt;
      return put(MrObserved{numbers[0], numbers[1]});
    case SlotKind::kKeyedLimit:
      return LoadKeyed(value, slot, at);
    case SlotKind::kWaiting:
      return LoadWaiting(value, program_.plan().rules[slot.rule], at);
    case SlotKind::kSequence:
      return LoadSequence(value, slot, record);
    case SlotKind::kRuns:
      return LoadRuns(value, slot, record);
    case SlotKind::kPending:
      return Outcome::kCorrupt;  // never written
    case SlotKind::kRow:
      if (!TakeWholes(value, 2, numbers) || numbers[0] < 0) return Outcome::kCorrupt;
      return put(MrRow{numbers[0], numbers[1]});
    case SlotKind::kExtreme: {
      if (!value.is_array() || value.empty() || value.size() > 2 || !IsWhole(value[0])) return Outcome::kCorrupt;
      MrExtreme extreme{0, value.size() == 2, value[0].get<int64_t>()};
      if (extreme.known != 0) {
        const Outcome outcome = LoadValue(value[1], slot, &extreme.bits);
        if (outcome != Outcome::kLoaded) return outcome;
      }
      return put(extreme);
    }
  }
  return Outcome::kCorrupt;
}

void SlotJson::StartCursor(const plan::EntityPlan& entity, const plan::Slot& slot, char* record) const {
  const auto log = Read<MrLog>(record + LogOf(entity, slot).offset);
  const int64_t sum = slot.summed ? 0 : kMrNotSummed;
  const MrCursor cursor{log.tail, sum};
  const MrSpan span{log.tail, sum, log.tail};
  if (slot.kind == SlotKind::kSpan) {
    std::memcpy(record + slot.offset, &span, sizeof span);
  } else {
    std::memcpy(record + slot.offset, &cursor, sizeof cursor);
  }
}

}  // namespace mrule::runtime
