// SPDX-License-Identifier: Apache-2.0
// A plan made ready to run: its constants as runtime values (pooled texts, compiled RE2 patterns, sets) beside it. Immutable
// but for the text pool and the slab, which grow. Shared by the interpreter, machine code, reader, sinks and snapshots of one shard.
#pragma once

#include <memory>
#include <string>
#include <vector>

#include "compiler/base/result.h"
#include "compiler/plan/plan.h"
#include "runtime/value/slab.h"
#include "runtime/value/text_pool.h"

namespace mrule::runtime {

class Program {
 public:
  /// Compiles patterns and pools constants. Fails only if a pattern cannot be compiled (the checker has tried it before).
  static Result<std::unique_ptr<Program>> Load(plan::Plan plan);
  ~Program();
  /// The same plan with texts and memory of its own, for a shard on another thread. This program must outlive it.
  std::unique_ptr<Program> Sibling() const;

  const plan::Plan& plan() const { return *plan_; }
  TextPool& texts() const { return *texts_; }
  /// Plan::texts[index] as a pooled text.
  const MrText* ConstantText(uint32_t index) const { return constant_texts_[index]; }
  /// Plan::text_sets[index] as a value.
  const MrTextSet* ConstantSet(uint32_t index) const;
  /// Where window logs, sets of distinct values and set attributes of this shard live.
  Slab& slab() const;
  bool InInts(uint32_t set, int64_t bits) const;
  bool InTexts(uint32_t set, const MrText* text) const;
  bool HasAny(uint32_t set, const MrTextSet* items) const;
  bool Matches(uint32_t regex, const MrText* text) const;  ///< RE2 partial match

  // --- the clock ---
  /// The zone a text names, or `otherwise` if it is null or names none.
  static const calendar::Zone& ZoneOf(const MrText* name, const calendar::Zone& otherwise);
  const calendar::Zone& ScheduleZone(uint32_t schedule) const { return *schedule_zones_[schedule]; }
  /// Whose clock a clock test reads: the zone of that name, or its own.
  const calendar::Zone& ClockZone(uint32_t clock_test, const MrText* zone) const {
    return ZoneOf(zone, *clock_test_zones_[clock_test]);
  }
  /// Of a clock test, in the zone of that name or in its own.
  calendar::ClockState ClockAt(uint32_t clock_test, const MrText* zone, int64_t now) const;

 private:
  explicit Program(const plan::Plan* plan);
  Result<void> SetUp();

  std::unique_ptr<const plan::Plan> owned_plan_;  // null: a sibling's
  const plan::Plan* plan_;
  std::unique_ptr<TextPool> texts_;
  std::vector<const MrText*> constant_texts_;
  std::vector<const calendar::Zone*> schedule_zones_, clock_test_zones_;  // named in the plan, by index
  struct Impl;
  std::unique_ptr<Impl> impl_;
};

// What machine code calls for the opcodes that need the program (MrFrame::program is a Program).
extern "C" {
int64_t mr_rt_in_ints(const MrFrame* frame, uint32_t set, int64_t bits);
int64_t mr_rt_in_texts(const MrFrame* frame, uint32_t set, const MrText* text);
int64_t mr_rt_has_any(const MrFrame* frame, uint32_t set, const MrTextSet* items);
int64_t mr_rt_matches(const MrFrame* frame, uint32_t regex, const MrText* text);
const MrText* mr_rt_constant_text(const MrFrame* frame, uint32_t index);
}

}  // namespace mrule::runtime
