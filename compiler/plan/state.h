// SPDX-License-Identifier: Apache-2.0
// What one entity's subjects keep, while the plan is made: lowering asks for accumulators by meaning, and equal ones are one
// slot. Until the layout is known, functions name slots by their index here; `Layout` gives offsets and `Patch` puts them in.
#pragma once

#include <string>
#include <unordered_map>
#include <vector>

#include "compiler/plan/keys.h"
#include "compiler/plan/plan.h"

namespace mrule::plan {

/// A window over a log.
struct LogWindow {
  int64_t micros = 0;           ///< of a plain one
  uint32_t window = kNoWindow;  ///< index into Plan::windows of any other
  uint32_t slot = 0;            ///< the MrCursor, or MrSpan

  bool is_span() const { return window != kNoWindow; }
};

/// The log of a pattern's values. A raw one holds doubles as they are (first, last, min, max, distinct); the other holds
/// them in fixed point, so that sums are exact whatever enters and leaves.
struct LogState {
  uint32_t slot = 0;
  bool raw = false;
  std::vector<LogWindow> windows;
};

/// A slot without a window that a pattern's events write.
struct Feed {
  SlotKind kind = SlotKind::kTotal;
  hir::AggregateFn fn = hir::AggregateFn::kCount;
  uint32_t slot = 0;
};

struct PatternState {
  hir::PatternId pattern;  ///< the first of equal ones
  bool valued = false;     ///< its cases have values
  std::string key;
  Type value_type;
  std::vector<Feed> feeds;
  std::vector<LogState> logs;
};

/// What is kept of one sequence.
struct SequenceState {
  hir::SequenceId sequence;
  uint32_t slot = 0;
  bool list = false;  ///< MrRuns; else MrSequence
};

/// Where a windowed aggregate is read.
struct WindowRef {
  uint32_t log = 0;
  uint32_t cursor = 0;
};

/// Names the subject's identifier, which lies in the header, where functions name slots by index.
inline constexpr uint32_t kSubjectSlot = 0xFFFFFFFEu;
inline constexpr uint32_t kNoSlot = 0xFFFFFFFFu;

class EntityState {
 public:
  EntityState(const hir::Program& program, const Keys& keys, hir::EntityId entity);

  // --- asking for state; each returns a slot's index ---
  uint32_t AttributeSlot(uint32_t attribute) { return attributes_plan_[Attribute(attribute)].slot; }
  /// Index into EntityPlan::attributes of an attribute of the entity.
  uint32_t Attribute(uint32_t attribute);
  uint32_t Total(const hir::Aggregate& aggregate, hir::AggregateFn fn);  ///< fn: kCount or kSum
  uint32_t Kept(const hir::Aggregate& aggregate);
  uint32_t Distinct(const hir::Aggregate& aggregate);
  /// `window`: index into Plan::windows, or kNoWindow for a plain one.
  WindowRef Window(const hir::Aggregate& aggregate, uint32_t window, bool summed);
  uint32_t TotalCount(hir::PatternId pattern);
  uint32_t Recents(hir::PatternId pattern, uint32_t capacity);
  uint32_t LastAt(hir::PatternId pattern);
  uint32_t Observed(hir::PatternId pattern);
  const SequenceState& Sequence(hir::SequenceId sequence);
  /// Any other slot; `key` says all of its meaning.
  uint32_t AddSlot(SlotKind kind, const std::string& key, uint32_t bytes, uint32_t capacity = 0);
  bool Has(const std::string& key) const { return by_key_.contains(key); }

  const std::vector<SequenceState>& sequences() const { return sequences_; }
  const std::vector<PatternState>& patterns() const { return patterns_; }
  std::vector<plan::Attribute>& attributes() { return attributes_plan_; }
  plan::Slot& slot(uint32_t index) { return slots_[index]; }
  const plan::Slot& slot(uint32_t index) const { return slots_[index]; }
  size_t slot_count() const { return slots_.size(); }
  hir::EntityId entity() const { return entity_; }
  uint32_t pattern_index(hir::PatternId pattern, bool valued);
  const std::string& pattern_key(hir::PatternId pattern, bool valued) {
    return patterns_[pattern_index(pattern, valued)].key;
  }

  /// Gives each slot its offset and fills record_bytes, image, slots and attributes of `out`; attributes name slots by their
  /// index here until `PlaceAttributes`. Returns the bytes needed.
  uint64_t Layout(EntityPlan& out);
  void PlaceAttributes(EntityPlan& out) const;
  /// Slot indexes to offsets, and capacities, after Layout.
  void Patch(ir::Function& function) const;
  uint32_t OffsetOf(uint32_t slot) const { return slots_[slot].offset; }

 private:
  LogState& Log(PatternState& pattern, bool raw);
  void Feeds(uint32_t pattern, SlotKind kind, hir::AggregateFn fn, uint32_t slot);
  void WriteImage(std::vector<uint8_t>& image) const;

  const hir::Program& program_;
  const Keys& keys_;
  hir::EntityId entity_;
  std::vector<plan::Slot> slots_;
  std::vector<uint32_t> groups_;             // by slot: what it is used with
  std::vector<int64_t> initial_;             // by slot: first word of a new record (attributes: the default's payload)
  std::vector<uint8_t> has_default_;
  std::vector<uint32_t> position_;           // by slot, after Layout: its place in EntityPlan::slots
  std::unordered_map<std::string, uint32_t> by_key_;
  std::vector<PatternState> patterns_;
  std::unordered_map<std::string, uint32_t> pattern_by_key_;
  std::unordered_map<uint64_t, uint32_t> pattern_by_id_;
  std::vector<SequenceState> sequences_;
  std::vector<plan::Attribute> attributes_plan_;
  std::unordered_map<uint32_t, uint32_t> attribute_by_index_;
};

}  // namespace mrule::plan
