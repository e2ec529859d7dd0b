// SPDX-License-Identifier: Apache-2.0
// One record slot as JSON and back, exactly: instants, money and durations as whole microseconds and
// millionths, doubles in their shortest text, texts and enumerations by spelling. Used by snapshots alone.
//
//   attribute, kept    the value; absent while unknown
//   total, last at, latch, segment   a whole number
//   recents, limit     [instants, oldest first]
//   log                [[instant, value], …], oldest first
//   cursor             [entries of the log before the window, sum]
//   distinct           [values, sorted]
//   hold               [state, since, accrued, observations, sequence seen]
//   observed           [instant, sequence]
//   keyed limit        [[value, [instants, oldest first]], …], by value
//   waiting            [[set off at, due at, event or null, {field: value}], …], first first
//   sequence           [[stage, instant], …], open runs by stage
//   runs               [[stage, instant, key, …], …], in order of instant
//   pending            never written: every timer is armed anew after loading
#pragma once

#include <nlohmann/json_fwd.hpp>
#include <string>

#include "compiler/base/result.h"
#include "compiler/plan/plan.h"
#include "runtime/program/program.h"
#include "stdlib/abi.h"

namespace mrule::runtime {

class SlotJson {
 public:
  /// `program` outlives this.
  explicit SlotJson(const Program& program) : program_(program) {}

  /// Appends the slot's value; false, and nothing appended, if it is as in a new record.
  bool Append(std::string& out, const plan::EntityPlan& entity, const plan::Slot& slot,
              const char* record) const;

  enum class Outcome : uint8_t { kLoaded, kDropped, kCorrupt };
  /// Puts a value into a new record's slot. A log must be loaded before its cursors. kDropped: a value that
  /// the program's types no longer know, left unknown.
  Outcome Load(const nlohmann::json& value, const plan::EntityPlan& entity, const plan::Slot& slot,
               char* record) const;
  /// A log came back and its cursor did not: the window starts empty.
  void StartCursor(const plan::EntityPlan& entity, const plan::Slot& slot, char* record) const;

 private:
  void AppendValue(std::string& out, plan::Type type, int64_t bits) const;
  void AppendValue(std::string& out, const plan::Slot& slot, int64_t bits) const;
  bool AppendKeyed(std::string& out, const plan::Slot& slot, const char* at) const;
  bool AppendWaiting(std::string& out, const plan::RulePlan& rule, const char* at) const;
  Outcome LoadValue(const nlohmann::json& value, plan::Type type, int64_t* bits) const;
  Outcome LoadValue(const nlohmann::json& value, const plan::Slot& slot, int64_t* bits) const;
  Outcome LoadRing(const nlohmann::json& value, uint32_t capacity, MrRecents* recents) const;
  Outcome LoadKeyed(const nlohmann::json& value, const plan::Slot& slot, char* at) const;
  Outcome LoadWaiting(const nlohmann::json& value, const plan::RulePlan& rule, char* at) const;
  Outcome LoadWaitingFields(const nlohmann::json& fields, uint32_t rule_case, MrValue* values) const;
  Outcome LoadLog(const nlohmann::json& value, const plan::Slot& slot, char* record) const;
  Outcome LoadDistinct(const nlohmann::json& value, const plan::Slot& slot, char* record) const;
  static plan::Slot KeySlot(const plan::Slot& slot, size_t key);
  void AppendRuns(std::string& out, const plan::Slot& slot, const MrRuns& runs) const;
  Outcome LoadSequence(const nlohmann::json& value, const plan::Slot& slot, char* record) const;
  Outcome LoadRuns(const nlohmann::json& value, const plan::Slot& slot, char* record) const;

  const Program& program_;
};

}  // namespace mrule::runtime
