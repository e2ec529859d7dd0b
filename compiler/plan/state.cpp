// SPDX-License-Identifier: Apache-2.0
#include "compiler/plan/state.h"

#include <algorithm>
#include <cstddef>
#include <cstring>
#include <limits>

#include "compiler/base/limits.h"
#include "compiler/plan/constants.h"
#include "stdlib/abi.h"

namespace mrule::plan {
namespace {

static_assert(sizeof(RecordHeader) == ir::kHeaderBytes);

constexpr uint32_t kCacheLineBytes = 64;
constexpr uint32_t kAttributeGroup = 0;
constexpr uint32_t kPatternGroups = 1;               // + index of the event type that writes it
constexpr uint32_t kOtherGroup = 0xFFFFFFF0u;        // latches, limits, holds, pending instants

/// MrLatest or MrRecents.
uint32_t RecentsBytes(uint32_t capacity) { return (capacity <= kMrLatestMax ? 0 : 8) + 8 * capacity; }

}  // namespace

EntityState::EntityState(const hir::Program& program, const Keys& keys, hir::EntityId entity)
    : program_(program), keys_(keys), entity_(entity) {}

uint32_t EntityState::AddSlot(SlotKind kind, const std::string& key, uint32_t bytes, uint32_t capacity) {
  auto [it, added] = by_key_.try_emplace(key, static_cast<uint32_t>(slots_.size()));
  if (added) {
    plan::Slot slot;
    slot.kind = kind;
    slot.key = key;
    slot.bytes = bytes;
    slot.capacity = capacity;
    slots_.push_back(std::move(slot));
    groups_.push_back(kOtherGroup);
    initial_.push_back(0);
    has_default_.push_back(0);
  }
  return it->second;
}

uint32_t EntityState::Attribute(uint32_t attribute) {
  auto [it, added] = attribute_by_index_.try_emplace(attribute, static_cast<uint32_t>(attributes_plan_.size()));
  if (!added) return it->second;
  const hir::Attribute& declared = program_.entities[entity_].attributes[attribute];
  const Physical physical = sema::PhysicalOf(declared.type.kind);
  const bool numeric = physical == Physical::kI64 || physical == Physical::kF64;
  // An instant stays MrKept even with a default, because timers of ages read it as one.
  const bool always_known = declared.default_value && numeric && declared.type.kind != TypeKind::kInstant;
  const uint32_t index = AddSlot(SlotKind::kAttribute, "attribute " + std::string(program_.Text(declared.name)),
                                 always_known ? sizeof(int64_t) : sizeof(MrKept));
  plan::Slot& slot = slots_[index];
  slot.type = declared.type;
  slot.always_known = always_known;
  groups_[index] = kAttributeGroup;
  if (declared.default_value && numeric) {
    const hir::Expr& value = program_.exprs[declared.default_value];
    initial_[index] = PayloadOf(value.constant, value.type);
    has_default_[index] = 1;
  }
  plan::Attribute out;
  out.name = program_.Text(declared.name);
  out.type = declared.type;
  out.slot = index;
  out.safer = declared.safer;
  out.declared = attribute;
  if (declared.changed) out.changes = declared.changed.value;
  attributes_plan_.push_back(std::move(out));
  return it->second;
}

uint32_t EntityState::pattern_index(hir::PatternId pattern, bool valued) {
  const uint64_t id = uint64_t{pattern.value} << 1 | (valued ? 1 : 0);
  if (auto it = pattern_by_id_.find(id); it != pattern_by_id_.end()) return it->second;
  std::string key = keys_.Pattern(pattern, valued);
  auto [it, added] = pattern_by_key_.try_emplace(key, static_cast<uint32_t>(patterns_.size()));
  if (added) {
    PatternState state;
    state.pattern = pattern;
    state.key = std::move(key);
    state.value_type.kind = TypeKind::kCount;
    for (const hir::PatternCase& one : program_.patterns[pattern].cases) {
      if (!valued || !one.value) continue;
      state.valued = true;
      state.value_type = program_.exprs[one.value].type;
    }
    patterns_.push_back(std::move(state));
  }
  pattern_by_id_.emplace(id, it->second);
  return it->second;
}

void EntityState::Feeds(uint32_t pattern, SlotKind kind, hir::AggregateFn fn, uint32_t slot) {
  PatternState& state = patterns_[pattern];
  for (const Feed& feed : state.feeds) {
    if (feed.slot == slot) return;
  }
  state.feeds.push_back({kind, fn, slot});
  const hir::Pattern& declared = program_.patterns[state.pattern];
  if (!declared.cases.empty()) groups_[slot] = kPatternGroups + declared.cases.front().event.value;
}

uint32_t EntityState::Total(const hir::Aggregate& aggregate, hir::AggregateFn fn) {
  const uint32_t pattern = pattern_index(aggregate.pattern, true);
  const bool sum = fn == hir::AggregateFn::kSum;
  const uint32_t slot =
      AddSlot(SlotKind::kTotal, (sum ? "sum " : "count ") + patterns_[pattern].key, sizeof(MrTotal));
  slots_[slot].fixed = sum && sema::PhysicalOf(patterns_[pattern].value_type.kind) == Physical::kF64;
  slots_[slot].type = patterns_[pattern].value_type;
  Feeds(pattern, SlotKind::kTotal, fn, slot);
  return slot;
}

uint32_t EntityState::TotalCount(hir::PatternId id) {
  const uint32_t pattern = pattern_index(id, false);
  const uint32_t slot = AddSlot(SlotKind::kTotal, "count " + patterns_[pattern].key, sizeof(MrTotal));
  slots_[slot].type.kind = TypeKind::kCount;
  Feeds(pattern, SlotKind::kTotal, hir::AggregateFn::kCount, slot);
  return slot;
}

uint32_t EntityState::Kept(const hir::Aggregate& aggregate) {
  const uint32_t pattern = pattern_index(aggregate.pattern, true);
  hir::Aggregate all_time = aggregate;
  all_time.window = hir::Window();
  const uint32_t slot = AddSlot(SlotKind::kKept, keys_.Aggregate(all_time), sizeof(MrKept));
  slots_[slot].type = patterns_[pattern].value_type;
  Feeds(pattern, SlotKind::kKept, aggregate.fn, slot);
  return slot;
}

uint32_t EntityState::Distinct(const hir::Aggregate& aggregate) {
  const uint32_t pattern = pattern_index(aggregate.pattern, true);
  const uint32_t slot =
      AddSlot(SlotKind::kDistinct, "distinct " + patterns_[pattern].key, sizeof(MrDistinct));
  slots_[slot].type = patterns_[pattern].value_type;
  Feeds(pattern, SlotKind::kDistinct, aggregate.fn, slot);
  return slot;
}

LogState& EntityState::Log(PatternState& pattern, bool raw) {
  for (LogState& log : pattern.logs) {
    if (log.raw == raw) return log;
  }
  const bool f64 = sema::PhysicalOf(pattern.value_type.kind) == Physical::kF64;
  LogState log;
  log.raw = raw;
  log.slot = AddSlot(SlotKind::kLog, (raw ? "raw log " : "log ") + pattern.key, sizeof(MrLog));
  slots_[log.slot].type = pattern.value_type;
  slots_[log.slot].fixed = f64 && !raw;
  groups_[log.slot] = kPatternGroups + program_.patterns[pattern.pattern].cases.front().event.value;
  pattern.logs.push_back(log);
  return pattern.logs.back();
}

WindowRef EntityState::Window(const hir::Aggregate& aggregate, uint32_t index, bool summed) {
  PatternState& pattern = patterns_[pattern_index(aggregate.pattern, true)];
  const bool by_value = aggregate.fn != hir::AggregateFn::kCount && aggregate.fn != hir::AggregateFn::kSum &&
                        aggregate.fn != hir::AggregateFn::kAvg;
  const bool raw = by_value && sema::PhysicalOf(pattern.value_type.kind) == Physical::kF64;
  LogState& log = Log(pattern, raw);
  const bool is_span = index != kNoWindow;
  for (LogWindow& window : log.windows) {
    if (window.window != index || (!is_span && window.micros != aggregate.window.micros)) continue;
    slots_[window.slot].summed |= summed;
    return {log.slot, window.slot};
  }
  LogWindow window;
  window.micros = is_span ? 0 : aggregate.window.micros;
  window.window = index;
  const std::string key = slots_[log.slot].key + keys_.Over(aggregate.window);
  window.slot = is_span ? AddSlot(SlotKind::kSpan, key, sizeof(MrSpan)) : AddSlot(SlotKind::kCursor, key, sizeof(MrCursor));
  plan::Slot& slot = slots_[window.slot];
  slot.log = log.slot;
  slot.window_micros = window.micros;
  slot.window = index;
  slot.summed = summed;
  groups_[window.slot] = groups_[log.slot];
  log.windows.push_back(window);
  return {log.slot, window.slot};
}

uint32_t EntityState::Recents(hir::PatternId id, uint32_t capacity) {
  const uint32_t pattern = pattern_index(id, false);
  const uint32_t slot = AddSlot(SlotKind::kRecents, "recent " + patterns_[pattern].key, 0);
  slots_[slot].capacity = std::max(slots_[slot].capacity, capacity);
  slots_[slot].bytes = RecentsBytes(slots_[slot].capacity);
  Feeds(pattern, SlotKind::kRecents, hir::AggregateFn::kCount, slot);
  return slot;
}

uint32_t EntityState::LastAt(hir::PatternId id) {
  const uint32_t pattern = pattern_index(id, false);
  const uint32_t slot = AddSlot(SlotKind::kLastAt, "last at " + patterns_[pattern].key, sizeof(MrLastAt));
  Feeds(pattern, SlotKind::kLastAt, hir::AggregateFn::kLast, slot);
  return slot;
}

uint32_t EntityState::Observed(hir::PatternId id) {
  const uint32_t pattern = pattern_index(id, true);
  const uint32_t slot = AddSlot(SlotKind::kObserved, "observed " + patterns_[pattern].key, sizeof(MrObserved));
  Feeds(pattern, SlotKind::kObserved, hir::AggregateFn::kLast, slot);
  return slot;
}

const SequenceState& EntityState::Sequence(hir::SequenceId id) {
  for (const SequenceState& known : sequences_) {
    if (known.sequence == id) return known;
  }
  const hir::Sequence& sequence = program_.sequences[id];
  SequenceState state;
  state.sequence = id;
  state.list = sequence.each || !sequence.keys.empty();
  const auto stages = static_cast<uint32_t>(sequence.steps.size() - 1);
  const std::string text = keys_.Sequence(sequence);
  std::string key = text;
  for (int i = 2; Has(key); ++i) key = text + " (" + std::to_string(i) + ")";  // the checker took them for different
  state.slot = AddSlot(state.list ? SlotKind::kRuns : SlotKind::kSequence, key,
                       state.list ? sizeof(MrRuns) : sizeof(MrSequence) + 8 * (stages - 1), stages);
  for (const hir::SequenceKey& one : sequence.keys) slots_[state.slot].keys.push_back(one.type);
  groups_[state.slot] = kPatternGroups + program_.patterns[sequence.steps.front().pattern].cases.front().event.value;
  sequences_.push_back(state);
  return sequences_.back();
}

uint64_t EntityState::Layout(EntityPlan& out) {
  // What one event type writes lies together, and a group that fits into a cache line is not split over two.
  std::vector<uint32_t> order(slots_.size());
  for (uint32_t i = 0; i < order.size(); ++i) order[i] = i;
  std::sort(order.begin(), order.end(),
            [&](uint32_t a, uint32_t b) { return groups_[a] != groups_[b] ? groups_[a] < groups_[b] : a < b; });
  uint64_t offset = ir::kHeaderBytes;
  for (size_t begin = 0; begin < order.size();) {
    size_t end = begin;
    uint64_t bytes = 0;
    while (end < order.size() && groups_[order[end]] == groups_[order[begin]]) bytes += slots_[order[end++]].bytes;
    const uint64_t used = offset % kCacheLineBytes;
    if (bytes <= kCacheLineBytes && used + bytes > kCacheLineBytes) offset += kCacheLineBytes - used;
    for (; begin < end; ++begin) {
      slots_[order[begin]].offset = static_cast<uint32_t>(std::min<uint64_t>(offset, UINT32_MAX));
      offset += slots_[order[begin]].bytes;
    }
  }
  const uint64_t total = (offset + kCacheLineBytes - 1) / kCacheLineBytes * kCacheLineBytes;
  if (total > limits::kRecordBytesMax) return total;

  out.record_bytes = static_cast<uint32_t>(total);
  position_.resize(slots_.size());
  for (uint32_t i = 0; i < order.size(); ++i) position_[order[i]] = i;
  for (uint32_t index : order) {
    out.slots.push_back(slots_[index]);
    if (slots_[index].kind == SlotKind::kCursor || slots_[index].kind == SlotKind::kSpan) out.slots.back().log = position_[slots_[index].log];
  }
  out.attributes = attributes_plan_;
  out.image.assign(out.record_bytes, 0);
  WriteImage(out.image);
  return total;
}

void EntityState::PlaceAttributes(EntityPlan& out) const {
  for (plan::Attribute& attribute : out.attributes) attribute.slot = position_[attribute.slot];
}

void EntityState::WriteImage(std::vector<uint8_t>& image) const {
  auto put = [&image](uint32_t offset, int64_t word) { std::memcpy(image.data() + offset, &word, sizeof word); };
  for (size_t i = 0; i < slots_.size(); ++i) {
    const plan::Slot& slot = slots_[i];
    switch (slot.kind) {
      case SlotKind::kAttribute:
        put(slot.offset, initial_[i]);
        if (!slot.always_known && has_default_[i]) put(slot.offset + 8, 1);
        break;
      case SlotKind::kLastAt:
      case SlotKind::kObserved:
        put(slot.offset, std::numeric_limits<int64_t>::min());
        break;
      case SlotKind::kPending:
      case SlotKind::kRevert:
        put(slot.offset, std::numeric_limits<int64_t>::max());
        break;
      case SlotKind::kSequence:
        for (uint32_t stage = 0; stage < slot.capacity; ++stage) {
          put(slot.offset + static_cast<uint32_t>(offsetof(MrSequence, at)) + 8 * stage, std::numeric_limits<int64_t>::min());
        }
        break;
      case SlotKind::kCursor:
      case SlotKind::kSpan:
        if (!slot.summed) put(slot.offset + 8, kMrNotSummed);
        break;
      case SlotKind::kTotal:
      case SlotKind::kKept:
      case SlotKind::kRecents:
      case SlotKind::kLog:
      case SlotKind::kDistinct:
      case SlotKind::kHold:
      case SlotKind::kSegment:
      case SlotKind::kLatch:
      case SlotKind::kLimit:
      case SlotKind::kKeyedLimit:
      case SlotKind::kWaiting:
      case SlotKind::kRow:
      case SlotKind::kExtreme:
      case SlotKind::kRuns:
        break;
    }
  }
}

void EntityState::Patch(ir::Function& function) const {
  for (ir::Inst& inst : function.code) {
    if (!ir::ReadsOrWritesRecord(inst.op)) continue;
    if (inst.op == ir::Opcode::kSlot && inst.type == Physical::kText && inst.slot == kSubjectSlot) {
      inst.slot = 0;
      continue;
    }
    if ((inst.op == ir::Opcode::kInClock || inst.op == ir::Opcode::kToday) && inst.slot == kNoSlot) {
      inst.slot = 0;
      continue;
    }
    const plan::Slot& slot = slots_[inst.slot];
    if (inst.op == ir::Opcode::kRecentsCount || inst.op == ir::Opcode::kRecentsIn || inst.op == ir::Opcode::kRecentsAdd) inst.slot2 = slot.capacity;
    if (ir::Slot2IsCursor(inst.op)) inst.slot2 = slots_[inst.slot2].offset;
    inst.slot = slot.offset;
  }
}

}  // namespace mrule::plan
