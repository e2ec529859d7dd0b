// SPDX-License-Identifier: Apache-2.0
// Setting a shard up from its plan, and its subjects: what a new one starts with and what a restored one owes.
#include "runtime/exec/shard.h"

#include <algorithm>
#include <bit>
#include <cstring>

#include "compiler/base/check.h"
#include "runtime/exec/wake.h"
#include "runtime/value/hash.h"

namespace mrule::runtime {
namespace {

constexpr size_t kPrefetchLinesMax = 8;
/// What a rule's latch holds (plan::SlotKind::kLatch).
constexpr int64_t kArmed = 0, kNeverJudged = 2;

void AddOnce(std::vector<uint32_t>& list, uint32_t value, size_t max) {
  if (list.size() < max && std::find(list.begin(), list.end(), value) == list.end()) list.push_back(value);
}

}  // namespace

Shard::Shard(const Program& program, const Code& code, DecisionSink& sink, bool counts_firings, Watch* watch)
    : program_(program),
      code_(code),
      sink_(sink),
      watch_(watch),
      detail_(sink.wants_detail()),
      counts_firings_(counts_firings || detail_ || sink.wants_contradicted()),
      schedules_(program),
      now_(INT64_MIN) {
  const plan::Plan& plan = program.plan();
  counts_.clock = INT64_MIN;
  entities_.reserve(plan.entities.size());
  for (uint32_t i = 0; i < plan.entities.size(); ++i) SetUpEntity(i);
  handlers_.reserve(plan.handlers.size());
  uint32_t inputs = 1;
  for (const plan::Handler& handler : plan.handlers) {
    SetUpHandler(handler);
    if (handler.inputs) inputs = std::max(inputs, plan.function(handler.inputs).outputs);
  }
  inputs_.resize(inputs);
  SetUpCases();
  filters_.resize(plan.schedules.size());
  for (size_t i = 0; i < plan.schedules.size(); ++i) {
    const plan::SchedulePlan& schedule = plan.schedules[i];
    const uint32_t handler = plan.events[schedule.event].handlers[0];
    if (schedule.zone.of_subject || handler == plan::kNoHandler) continue;
    filters_[i] = std::make_unique<SubjectFilter>(program, plan.handlers[handler]);
  }
}

void Shard::SetUpEntity(uint32_t index) {
  const plan::EntityPlan& entity = program_.plan().entities[index];
  std::vector<uint8_t> image = entity.image;
  image.resize(entity.record_bytes);
  for (const plan::TimerSource& source : entity.timers) {
    int64_t never = Timers::kNever;
    std::memcpy(image.data() + source.pending, &never, sizeof never);
  }
  auto words = static_cast<uint32_t>((entity.units.size() + 63) / 64);
  auto source_base = static_cast<uint32_t>(sources_.size());
  for (const plan::TimerSource& source : entity.timers) sources_.push_back({index, &source});
  EntityState state{&entity, SubjectTable(program_.texts(), entity.record_bytes, std::move(image)), index, words,
                    source_base, {}, {}};
  state.sources_of_unit.resize(entity.units.size());
  for (uint32_t unit = 0; unit < entity.units.size(); ++unit) {
    if (entity.units[unit].kind != plan::JudgeUnit::Kind::kRule) continue;
    for (uint32_t source = 0; source < entity.timers.size(); ++source) {
      const std::vector<uint32_t>& latches = entity.timers[source].only_while_latched;
      if (std::find(latches.begin(), latches.end(), entity.units[unit].slot) == latches.end()) continue;
      state.sources_of_unit[unit].push_back(source);
    }
  }
  entities_.push_back(std::move(state));
}

void Shard::SetUpHandler(const plan::Handler& handler) {
  HandlerState state{&handler, Matcher(program_, handler), {}, {}, kNoSum, 0, {}, {}};
  for (const plan::MatchRow& row : handler.rows) {
    state.rows.push_back({program_.plan().cases[row.rule_case].rule, row.rule_case, row.residual});
  }
  state.lines.push_back(0);
  for (plan::FunctionId id : {handler.update, handler.inputs}) {
    if (!id) continue;
    for (const ir::Inst& inst : program_.plan().function(id).code) {
      if (!ir::ReadsOrWritesRecord(inst.op)) continue;
      AddOnce(state.lines, inst.slot & ~63u, kPrefetchLinesMax);
      if (inst.op == ir::Opcode::kLogAdd) AddOnce(state.logs, inst.slot, kPrefetchLinesMax);
    }
  }
  handlers_.push_back(std::move(state));
}

void Shard::SetUpCases() {
  const plan::Plan& plan = program_.plan();
  cases_.resize(plan.cases.size());
  emitted_fields_of_.resize(plan.cases.size());
  for (size_t i = 0; i < plan.cases.size(); ++i) {
    const plan::RuleCase& rule_case = plan.cases[i];
    CaseState& state = cases_[i];
    state.plan = &rule_case;
    state.rule = rule_case.rule;
    const plan::RulePlan& rule = plan.rules[rule_case.rule];
    if (!rule.limits.empty() || !rule.reverts.empty() || rule.each != 0 || rule.revert.of != plan::kNoHandler) state.special = &rule;
    state.actions = static_cast<uint32_t>(rule_case.actions.size());
    state.function = rule_case.effects;
    if (rule_case.effects) state.effect_outputs = plan.function(rule_case.effects).outputs;
    if (rule_case.detail) state.detail_outputs = plan.function(rule_case.detail).outputs;
    state.effects_at = static_cast<uint32_t>(effects_.size());
    for (uint32_t a = 0; a < state.actions; ++a) {
      const plan::ActionPlan& action = rule_case.actions[a];
      for (const plan::EffectPlan& effect : action.effects) {
        state.forms |= FormBit(effect.form);
        effects_.push_back({a, effect.attribute, effect.form, &effect.value});
      }
      if (action.emits == plan::kNoHandler) continue;
      state.emits = true;
      AddEmittedFields(action, a, emitted_fields_of_[i]);
    }
    state.effects = static_cast<uint32_t>(effects_.size()) - state.effects_at;
    SetUpSum(state);
  }
  SetUpOnce();
  size_t plain = 0;
  for (HandlerState& handler : handlers_) {
    SetUpPlain(handler);
    plain = std::max(plain, handler.plain.size());
  }
  plain_.resize(plain);
}

/// A subject meets a schedule's event once at an instant, and never again after a restart at that instant. A
/// rule that waits fires at other instants too, and one of several cases for other reasons.
void Shard::SetUpOnce() {
  const plan::Plan& plan = program_.plan();
  std::vector<uint32_t> cases_of(plan.rules.size());
  for (const CaseState& state : cases_) ++cases_of[state.rule];
  std::vector<bool> of_schedule(plan.events.size());
  for (const plan::SchedulePlan& schedule : plan.schedules) of_schedule[schedule.event] = true;
  for (CaseState& state : cases_) {
    const plan::RulePlan& rule = plan.rules[state.rule];
    const bool scheduled = state.plan->event != plan::kNoHandler && of_schedule[state.plan->event];
    state.once = scheduled && cases_of[state.rule] == 1 && !rule.waits && rule.each == 0;
  }
}

/// Is all that the case does to the record adding a constant to a number that is always known?
void Shard::SetUpSum(CaseState& state) const {
  if (state.effects != 1) return;
  const EffectState& effect = effects_[state.effects_at];
  const plan::EntityPlan& entity = program_.plan().entities[program_.plan().rules[state.rule].entity];
  const plan::Attribute& attribute = entity.attributes[effect.attribute];
  const plan::Slot& slot = entity.slots[attribute.slot];
  if (effect.form == hir::EffectForm::kSet || effect.value->kind != plan::ValueRef::Kind::kConstant || !slot.always_known) return;
  state.sum_attribute = effect.attribute;
  state.sum_at = slot.offset;
  state.sum_by = effect.value->bits;
  const sema::Physical from = sema::PhysicalOf(effect.value->type.kind);
  switch (sema::PhysicalOf(attribute.type.kind)) {
    case sema::Physical::kI64:
      if (from == sema::Physical::kI64) state.sum = SumKind::kI64;
      break;
    case sema::Physical::kF64:
      state.sum = SumKind::kF64;
      if (from == sema::Physical::kI64) state.sum_by = std::bit_cast<int64_t>(static_cast<double>(state.sum_by));
      break;
    case sema::Physical::kText:
    case sema::Physical::kSet:
      break;
  }
}

/// Rules that only announce and score, which most are, fire without being collected first: there is no conflict to settle.
void Shard::SetUpPlain(HandlerState& handler) const {
  if (counts_firings_) return;
  uint8_t forms = 0;
  for (const RowState& row : handler.rows) {
    if (AddPlain(handler, row, &forms)) continue;
    handler.plain.clear();
    return;
  }
}

bool Shard::AddPlain(HandlerState& handler, const RowState& row, uint8_t* forms) const {
  const CaseState& state = cases_[row.rule_case];
  if (row.residual || state.special != nullptr || state.function || state.emits) return false;
  PlainRow plain{state.plan, -0.0, row.rule, state.actions};
  if (state.effects != 0) {
    if (state.sum != SumKind::kF64) return false;
    // One number, and all add or all take off: else the order of effects is not that of the rows.
    *forms |= state.forms;
    const bool first = handler.sum_attribute == kNoSum;
    if (!std::has_single_bit(*forms) || (!first && handler.sum_attribute != state.sum_attribute)) return false;
    handler.sum_attribute = state.sum_attribute;
    handler.sum_at = state.sum_at;
    const auto by = std::bit_cast<double>(state.sum_by);
    plain.by = state.forms == FormBit(hir::EffectForm::kRemove) ? -by : by;
  }
  handler.plain.push_back(plain);
  return true;
}

/// An emitted event's fields are the action's arguments of the same names; a text with holes has no value to pass on.
void Shard::AddEmittedFields(const plan::ActionPlan& action, uint32_t number, std::vector<EmittedField>& out) const {
  const std::vector<plan::FieldPlan>& fields = program_.plan().events[action.emits].fields;
  for (const plan::ArgumentPlan& argument : action.arguments) {
    if (argument.values.empty()) continue;
    if (!argument.templates.empty() && !argument.templates[0].chunks.empty()) continue;
    for (uint32_t field = 0; field < fields.size(); ++field) {
      if (fields[field].name == argument.name) out.push_back({number, field, &argument.values[0]});
    }
  }
}

// --- subjects ---

void Shard::AdoptNew(EntityState& entity, char* record, uint32_t index) {
  plan::RecordHeader& header = HeaderOf(record);
  header.sequence = sequence_;
  header.dirty = 0;
  ++counts_.subjects;
}

uint32_t Shard::FindOrAdd(EntityState& entity, const SubjectKey& key, int64_t now) {
  uint32_t index = entity.subjects.Find(key);
  if (index != SubjectTable::kNone) [[likely]] return index;
  index = entity.subjects.Add(key);
  char* record = entity.subjects.record(index);
  AdoptNew(entity, record, index);
  HeaderOf(record).first_seen = now;
  const plan::EntityPlan& plan = *entity.plan;
  for (const plan::JudgeUnit& unit : plan.units) {
    // A subject seen for the first time held nothing before: what is true of it becomes true now.
    if (unit.kind == plan::JudgeUnit::Kind::kRule && unit.edge) {
      *reinterpret_cast<int64_t*>(record + unit.slot) = kArmed;
    }
  }
  instant_.MarkAll(record, entity.number, index, entity.words, plan.units.size());
  Scene scene{&entity, record, index, nullptr, 0};
  for (uint32_t source = 0; source < plan.timers.size(); ++source) ArmSource(scene, source);
  return index;
}

uint32_t Shard::FindIndex(const EntityState& entity, std::string_view id) {
  return entity.subjects.Find({id.data(), static_cast<uint32_t>(id.size()), HashBytes(id)});
}

char* Shard::FindRecord(uint32_t number, std::string_view id) {
  EntityState& entity = entities_[number];
  const uint32_t index = FindIndex(entity, id);
  return index == SubjectTable::kNone ? nullptr : entity.subjects.record(index);
}

char* Shard::Restore(uint32_t number, std::string_view id, int64_t first_seen) {
  EntityState& entity = entities_[number];
  SubjectKey key{id.data(), static_cast<uint32_t>(id.size()), HashBytes(id)};
  uint32_t index = entity.subjects.Find(key);
  if (index != SubjectTable::kNone) return entity.subjects.record(index);
  index = entity.subjects.Add(key);
  char* record = entity.subjects.record(index);
  ++sequence_;  // the snapshot knows better
  AdoptNew(entity, record, index);
  HeaderOf(record).first_seen = first_seen;
  for (const plan::JudgeUnit& unit : entity.plan->units) {
    if (unit.kind == plan::JudgeUnit::Kind::kRule && unit.edge) {
      *reinterpret_cast<int64_t*>(record + unit.slot) = kNeverJudged;
    }
  }
  return record;
}

// --- running functions ---

MrFrame Shard::FrameFor(const Scene& scene) const {
  return {scene.record, scene.fields, nullptr, now_, &program_, kMrOk, 0};
}

int32_t Shard::Run(plan::FunctionId id, const Scene& scene, MrValue* outputs, uint32_t rule) {
  MrFrame frame = FrameFor(scene);
  frame.outputs = outputs;
  int32_t truth = code_.Run(id, &frame);
  if (frame.trap > kMrUnknown) [[unlikely]] {
    Trap(scene, rule, frame.trap, program_.plan().function(id).name);
    return ir::kUnknownTruth;
  }
  return truth;
}

void Shard::Trap(const Scene& scene, uint32_t rule, MrStatus status, std::string_view what) {
  if (!instant_.FirstTrap(scene.record, rule)) return;
  ++counts_.traps;
  auto* id = static_cast<const MrText*>(HeaderOf(scene.record).id);
  sink_.OnTrap(now_, scene.entity->number, id, rule, status, what);
}

void Shard::ArmSource(const Scene& scene, uint32_t source) {
  const plan::TimerSource& plan = scene.entity->plan->timers[source];
  // A schedule that occurs, or a turn that comes, at the instant at hand is still to come as long as internal events have not begun
  // to happen.
  using Kind = plan::TimerSource::Kind;
  const bool still_now = (plan.kind == Kind::kSchedule || plan.kind == Kind::kWaiting) && !delivering_;
  Arm(program_, IsRecurring(plan) ? recurring_ : timers_, plan, scene.entity->source_base + source, scene.record, scene.index,
      still_now ? now_ - 1 : now_);
}

void Shard::ArmSources(const Scene& scene, const std::vector<uint32_t>& sources) {
  for (uint32_t source : sources) ArmSource(scene, source);
}

}  // namespace mrule::runtime
