// SPDX-License-Identifier: Apache-2.0
// What the parts of plan::Build share while they work on one program. Nothing of it outlives Build but the plan.
#pragma once

#include <string>
#include <unordered_map>
#include <vector>

#include "compiler/diagnostics/emitter.h"
#include "compiler/ir/builder.h"
#include "compiler/plan/constants.h"
#include "compiler/plan/keys.h"
#include "compiler/plan/plan.h"
#include "compiler/plan/state.h"
#include "compiler/source/file.h"

namespace mrule::plan {

/// What of one entity is judged before segments and rules: a `C for D`, a `C for n reports in a row`, the peak or low of a
/// value. Equal ones are one.
struct HoldState {
  JudgeUnit::Kind kind = JudgeUnit::Kind::kHold;
  uint32_t slot = 0;
  uint32_t log = 0;                ///< kExtreme
  uint32_t order = 0;              ///< kExtreme
  FunctionId condition;
  int64_t duration_micros = 0;
  int64_t reset_after_micros = 0;
  int64_t observations_min = 0;
  std::vector<uint32_t> observed;  ///< slots of the MrObserved it rests on
};

/// The plan's functions while they are made: equal ones of one entity and event are one.
class Functions {
 public:
  explicit Functions(Plan& plan) : plan_(plan) {}

  FunctionId Add(ir::Function function, hir::EntityId entity, hir::EventTypeId event);
  hir::EntityId entity(FunctionId id) const { return owners_[id.index()].entity; }
  hir::EventTypeId event(FunctionId id) const { return owners_[id.index()].event; }

 private:
  struct Owner {
    hir::EntityId entity;
    hir::EventTypeId event;
  };

  Plan& plan_;
  std::vector<Owner> owners_;
  std::unordered_multimap<size_t, uint32_t> by_hash_;
};

struct Context {
  Context(const hir::Program& program, const source::SourceSet& sources, diagnostics::Emitter& diags);

  /// The plan's slot of a field of an event; added if no rule has read it yet.
  uint32_t FieldSlot(hir::EventTypeId event, uint32_t field);
  /// That field's text goes into state, or into an attribute.
  void RetainField(hir::EventTypeId event, uint32_t field) { RetainSlot(event, FieldSlot(event, field)); }
  void RetainSlot(hir::EventTypeId event, uint32_t slot);
  /// Index into Plan::windows of a window that is not plain; added if no rule has it yet.
  uint32_t WindowIndex(const hir::Window& window);
  /// The words of the rule file at `span`, blanks made single.
  std::string SourceText(source::Span span) const;
  EntityState& state(hir::EntityId entity) { return states[entity.index()]; }

  const hir::Program& program;
  const source::SourceSet& sources;
  diagnostics::Emitter& diags;
  Plan plan;
  Keys keys;
  Constants constants;
  Functions functions;
  std::vector<EntityState> states;               // by entity
  std::vector<std::vector<HoldState>> holds;     // by entity, inner before outer
  std::vector<std::unordered_map<uint32_t, uint32_t>> hold_by_slot;  // by entity
  std::vector<std::vector<uint32_t>> segments;   // by entity: indexes into Plan::segments
  std::vector<std::unordered_map<uint32_t, uint32_t>> fields;  // by event: field to slot
};

}  // namespace mrule::plan
