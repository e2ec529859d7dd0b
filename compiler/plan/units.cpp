// SPDX-License-Identifier: Apache-2.0
#include "compiler/plan/units.h"

#include <algorithm>

#include "compiler/plan/ages.h"

namespace mrule::plan {
namespace {

using ir::Opcode;

enum : uint8_t { kRises = 1, kFalls = 2 };  // how the result follows when the value becomes more (or truer)

/// For each value of a condition, which way the result can move when the value grows.
std::vector<uint8_t> Directions(const ir::Function& function) {
  const std::vector<ir::Inst>& code = function.code;
  std::vector<uint8_t> direction(code.size(), 0);
  auto flipped = [](uint8_t d) { return static_cast<uint8_t>((d & kRises ? kFalls : 0) | (d & kFalls ? kRises : 0)); };
  for (size_t i = code.size(); i-- > 0;) {
    const ir::Inst& inst = code[i];
    const uint8_t d = direction[i];
    auto mark = [&](uint32_t operand, uint8_t how) {
      if (operand != ir::kNoValue) direction[operand] |= how;
    };
    switch (inst.op) {
      case Opcode::kReturn:
      case Opcode::kExitUnlessTrue:
        mark(inst.a, kRises);
        break;
      case Opcode::kAnd:
      case Opcode::kOr:
        mark(inst.a, d);
        mark(inst.b, d);
        break;
      case Opcode::kNot:
        mark(inst.a, flipped(d));
        break;
      case Opcode::kBuiltin: {
        const std::string_view spelling = stdlib::Row(inst.builtin).spelling;
        if (spelling == ">" || spelling == ">=") {
          mark(inst.a, d);
          mark(inst.b, flipped(d));
        } else if (spelling == "<" || spelling == "<=") {
          mark(inst.a, flipped(d));
          mark(inst.b, d);
        } else if (inst.builtin == stdlib::BuiltinId::kToNumber) {
          mark(inst.a, d);
        } else {
          for (uint32_t operand : {inst.a, inst.b, inst.c}) mark(operand, kRises | kFalls);
        }
        break;
      }
      default:
        for (uint32_t operand : {inst.a, inst.b, inst.c}) mark(operand, kRises | kFalls);
        break;
    }
  }
  return direction;
}

bool IsLogRead(Opcode op) {
  return op == Opcode::kLogSum || op == Opcode::kLogCount || op == Opcode::kLogFirst || op == Opcode::kLogLast ||
         op == Opcode::kLogMin || op == Opcode::kLogMax || op == Opcode::kLogDistinct;
}

const char* KindName(TimerSource::Kind kind) {
  switch (kind) {
    case TimerSource::Kind::kLogExpiry:
      return "expiry";
    case TimerSource::Kind::kRecentsExpiry:
      return "recents expiry";
    case TimerSource::Kind::kNoneIn:
      return "none in";
    case TimerSource::Kind::kHoldDeadline:
      return "deadline";
    case TimerSource::Kind::kFreshness:
      return "freshness";
    case TimerSource::Kind::kClock:
      return "clock";
    case TimerSource::Kind::kSchedule:
      return "schedule";
    case TimerSource::Kind::kSequence:
    case TimerSource::Kind::kRuns:
      return "absence";
    case TimerSource::Kind::kAge:
      return "age";
    case TimerSource::Kind::kWaiting:
      return "waiting";
    case TimerSource::Kind::kExtremeLeaves:
      return "best value";
    case TimerSource::Kind::kRevert:
      return "revert";
    case TimerSource::Kind::kSpan:
      return "span";
    case TimerSource::Kind::kRecentsTurn:
      return "recents turn";
    case TimerSource::Kind::kKnownSince:
      return "known since";
  }
  return "";
}

}  // namespace

void UnitBuilder::AddTimer(TimerSource::Kind kind, uint32_t slot, uint32_t slot2, int64_t micros, uint32_t unit,
                           bool falling, uint32_t window) {
  EntityState& state = context_.state(entity_);
  const auto key = std::make_tuple(kind, slot, slot2, micros, window);
  auto [it, added] = source_by_key_.try_emplace(key, static_cast<uint32_t>(sources_.size()));
  if (added) {
    Source source;
    source.timer.kind = kind;
    source.timer.slot = slot;
    source.timer.slot2 = slot2;
    source.timer.micros = micros;
    if (window != kNoWindow) source.timer.window = context_.plan.windows[window];
    const std::string subject = slot != kNoSlot ? state.slot(slot).key : window != kNoWindow ? "subject" : "instant";
    const std::string after = window != kNoWindow                     ? " over " + source.timer.window.key
                              : kind == TimerSource::Kind::kClock ? " number " + std::to_string(micros)
                                                                  : " after " + DurationText(micros);
    source.timer.pending =
        state.AddSlot(SlotKind::kPending, std::string("timer ") + KindName(kind) + " of " + subject + after, 8);
    sources_.push_back(std::move(source));
    if (slot != kNoSlot) {
      if (timers_by_slot_.size() <= slot) timers_by_slot_.resize(slot + 1);
      timers_by_slot_[slot].push_back(it->second);
    }
  }
  Source& source = sources_[it->second];
  source.only_falling &= falling && units_[unit].kind == JudgeUnit::Kind::kRule && units_[unit].edge;
  if (source.units.empty() || source.units.back() != unit) source.units.push_back(unit);
}

uint32_t UnitBuilder::AddDelivery(TimerSource::Kind kind, uint32_t slot, uint32_t slot2, uint32_t event) {
  EntityState& state = context_.state(entity_);
  Source source;
  source.timer.kind = kind;
  source.timer.slot = slot;
  source.timer.slot2 = slot2;
  source.timer.delivers = event;
  source.timer.pending =
      state.AddSlot(SlotKind::kPending, std::string("timer ") + KindName(kind) + " of " + state.slot(slot).key, 8);
  source.only_falling = false;
  sources_.push_back(std::move(source));
  return static_cast<uint32_t>(sources_.size() - 1);
}

/// An absence concerns no unit: its event is delivered.
void UnitBuilder::AddDeadline(const SequenceState& state) {
  const hir::Sequence& sequence = context_.program.sequences[state.sequence];
  if (!sequence.absent) return;
  Source source;
  source.only_falling = false;
  source.timer.kind = state.list ? TimerSource::Kind::kRuns : TimerSource::Kind::kSequence;
  source.timer.slot = state.slot;
  source.timer.slot2 = static_cast<uint32_t>(sequence.steps.size() - 2);
  source.timer.micros = sequence.steps.back().within_micros;
  source.timer.delivers = sequence.deadline.value;
  source.timer.pending = context_.state(entity_).AddSlot(
      SlotKind::kPending, std::string("timer ") + KindName(source.timer.kind) + " of " + context_.state(entity_).slot(state.slot).key, 8);
  if (timers_by_slot_.size() <= state.slot) timers_by_slot_.resize(state.slot + 1);
  timers_by_slot_[state.slot].push_back(static_cast<uint32_t>(sources_.size()));
  sources_.push_back(std::move(source));
}

void UnitBuilder::AddAges(uint32_t unit, const ir::Function& function) {
  std::vector<Age> ages;
  if (!FindAges(function, ages)) {
    const bool is_rule = units_[unit].kind == JudgeUnit::Kind::kRule;
    const bool is_segment = units_[unit].kind == JudgeUnit::Kind::kSegment;
    const source::Span span = is_rule      ? context_.program.rules[hir::RuleId(units_[unit].rule)].span
                              : is_segment ? context_.program.segments[hir::SegmentId(units_[unit].rule)].span
                                           : source::Span::None();
    context_.diags.Report(span, diagnostics::DiagId::kUntimedNow);
  }
  for (const Age& age : ages) {
    AddTimer(TimerSource::Kind::kAge, age.constant ? kNoSlot : age.slot, 0, age.micros, unit, false);
  }
}

void UnitBuilder::AddSchedules() {
  EntityState& state = context_.state(entity_);
  for (size_t i = 0; i < context_.program.schedules.size(); ++i) {
    const hir::Schedule& schedule = context_.program.schedules[hir::ScheduleId(i)];
    if (schedule.entity != entity_ || !schedule.zone.of_subject) continue;
    Source source;
    source.timer.kind = TimerSource::Kind::kSchedule;
    source.timer.slot = state.AttributeSlot(schedule.zone.attribute);
    source.timer.micros = static_cast<int64_t>(i);
    source.timer.delivers = schedule.event.value;
    source.timer.pending = state.AddSlot(SlotKind::kPending, "timer " + std::string(context_.program.Text(schedule.text)), 8);
    if (timers_by_slot_.size() <= source.timer.slot) timers_by_slot_.resize(source.timer.slot + 1);
    timers_by_slot_[source.timer.slot].push_back(static_cast<uint32_t>(sources_.size()));
    sources_.push_back(std::move(source));
  }
}

void UnitBuilder::Scan(uint32_t unit) {
  const ir::Function& function = context_.plan.function(units_[unit].condition);
  const std::vector<uint8_t> directions = Directions(function);
  bool has_now = false;
  for (size_t i = 0; i < function.code.size(); ++i) {
    const ir::Inst& inst = function.code[i];
    has_now |= inst.op == Opcode::kNow;
    if (inst.op == Opcode::kKnownSince) {
      AddTimer(TimerSource::Kind::kKnownSince, kNoSlot, 0, 0, unit, false, static_cast<uint32_t>(inst.imm));
    }
    if (!ir::ReadsOrWritesRecord(inst.op) || ir::ClassOf(inst.op) != ir::OpClass::kValue) continue;
    if (inst.slot == kSubjectSlot) continue;
    if (inst.op == Opcode::kInClock || inst.op == Opcode::kToday) AddTimer(TimerSource::Kind::kClock, inst.slot, 0, inst.imm, unit, false);
    if (inst.slot == kNoSlot) continue;
    ReadBy(unit, inst.slot);
    // Counts only fall when values leave; sums can rise by it, because what leaves can be negative.
    const bool falling = directions[i] == kRises;
    if (IsLogRead(inst.op) && inst.imm == 1) {
      const uint32_t window = context_.state(entity_).slot(inst.slot2).window;
      const bool only_falls = falling && inst.op == Opcode::kLogCount && context_.plan.windows[window].ends_now();
      AddTimer(TimerSource::Kind::kSpan, inst.slot, inst.slot2, 0, unit, only_falls, window);
    } else if (inst.op == Opcode::kRecentsIn) {
      AddTimer(TimerSource::Kind::kRecentsTurn, inst.slot, 0, 0, unit, falling, static_cast<uint32_t>(inst.imm));
    } else if (IsLogRead(inst.op)) {
      const int64_t window = context_.state(entity_).slot(inst.slot2).window_micros;
      AddTimer(TimerSource::Kind::kLogExpiry, inst.slot, inst.slot2, window, unit, falling && inst.op == Opcode::kLogCount);
    } else if (inst.op == Opcode::kRecentsCount) {
      AddTimer(TimerSource::Kind::kRecentsExpiry, inst.slot, 0, inst.imm, unit, falling);
    } else if (inst.op == Opcode::kNoneIn && inst.imm > 0) {
      AddTimer(TimerSource::Kind::kNoneIn, inst.slot, 0, inst.imm, unit, false);
    } else if (inst.op == Opcode::kIsFresh) {
      AddTimer(TimerSource::Kind::kFreshness, inst.slot, 0, inst.imm, unit, false);
    } else if (inst.op == Opcode::kHoldRead) {
      AddTimer(TimerSource::Kind::kHoldDeadline, inst.slot, inst.slot2, inst.imm, unit, false);
    } else if (inst.op == Opcode::kPeakRead || inst.op == Opcode::kLowRead) {
      AddTimer(TimerSource::Kind::kExtremeLeaves, inst.slot, inst.slot2, inst.imm, unit, false);
    }
  }
  if (has_now) AddAges(unit, function);
}

UnitMask UnitBuilder::MaskOf(const std::vector<uint32_t>& units) const {
  UnitMask mask((units_.size() + 63) / 64, 0);
  for (uint32_t unit : units) mask[unit / 64] |= uint64_t{1} << (unit % 64);
  return mask;
}

void UnitBuilder::Build(const std::vector<JudgeUnit>& segments, const std::vector<JudgeUnit>& rules) {
  for (const HoldState& hold : context_.holds[entity_.index()]) {
    JudgeUnit unit;
    unit.kind = hold.kind;
    unit.condition = hold.condition;
    unit.slot = hold.slot;
    unit.log = hold.log;
    unit.order = hold.order;
    unit.duration_micros = hold.duration_micros;
    unit.reset_after_micros = hold.reset_after_micros;
    unit.observations_min = hold.observations_min;
    unit.observed = hold.observed;
    units_.push_back(std::move(unit));
  }
  units_.insert(units_.end(), segments.begin(), segments.end());
  units_.insert(units_.end(), rules.begin(), rules.end());
  EntityState& state = context_.state(entity_);
  units_by_slot_.resize(state.slot_count());
  for (uint32_t i = 0; i < units_.size(); ++i) {
    if (units_[i].kind != JudgeUnit::Kind::kRow) Scan(i);  // a row looks at its condition only when something is reported
  }
  AddSchedules();
  for (size_t i = 0; i < context_.plan.rules.size(); ++i) {
    RulePlan& rule = context_.plan.rules[i];
    if (rule.entity != entity_.value) continue;
    const hir::Rule& declared = context_.program.rules[hir::RuleId(i)];
    if (rule.waits) {
      rule.waiting_timer =
          AddDelivery(TimerSource::Kind::kWaiting, rule.waiting, rule.waiting_fields, declared.release.value);
    }
    if (rule.revert.of == kNoHandler || !rule.revert.timed()) continue;
    const hir::EventTypeId due = context_.program.patterns[context_.program.exprs[declared.condition].pattern].cases[0].event;
    rule.revert.timer = AddDelivery(TimerSource::Kind::kRevert, rule.revert.slot, 0, due.value);
  }
  for (const SequenceState& sequence : state.sequences()) AddDeadline(sequence);
  // A hold rests on each observation, although its condition reads them only through their freshness.
  for (uint32_t i = 0; i < units_.size(); ++i) {
    for (uint32_t observed : units_[i].observed) ReadBy(i, observed);
  }
  units_by_slot_.resize(state.slot_count());
  timers_by_slot_.resize(state.slot_count());
  for (std::vector<uint32_t>& units : units_by_slot_) {
    std::sort(units.begin(), units.end());
    units.erase(std::unique(units.begin(), units.end()), units.end());
  }
  for (JudgeUnit& unit : units_) {
    if (unit.kind == JudgeUnit::Kind::kRule) continue;
    unit.dependents = MaskOf(units_by_slot_[unit.slot]);
    if (unit.kind == JudgeUnit::Kind::kHold || unit.kind == JudgeUnit::Kind::kExtreme) {
      unit.timers = timers_by_slot_[unit.slot];
    }
  }
}

void UnitBuilder::MarkWritten(const ir::Function& update, Handler& handler) const {
  handler.dirty.assign((units_.size() + 63) / 64, 0);
  for (const ir::Inst& inst : update.code) {
    const bool writes = ir::ClassOf(inst.op) == ir::OpClass::kEffect || inst.op == Opcode::kLogAdd;
    if (!writes || inst.op == Opcode::kCursorAdvance || inst.op == Opcode::kLogTrim || inst.op == Opcode::kSpanAdvance ||
        inst.op == Opcode::kLogKeep) {
      continue;
    }
    if (inst.slot >= units_by_slot_.size()) continue;
    for (uint32_t unit : units_by_slot_[inst.slot]) handler.dirty[unit / 64] |= uint64_t{1} << (unit % 64);
    handler.timers.insert(handler.timers.end(), timers_by_slot_[inst.slot].begin(), timers_by_slot_[inst.slot].end());
  }
  std::sort(handler.timers.begin(), handler.timers.end());
  handler.timers.erase(std::unique(handler.timers.begin(), handler.timers.end()), handler.timers.end());
}

void UnitBuilder::Finish(EntityPlan& out, const EntityState& state) {
  for (plan::Attribute& attribute : out.attributes) {
    const uint32_t slot = attribute.slot;  // still an index of EntityState
    attribute.dirty = MaskOf(slot < units_by_slot_.size() ? units_by_slot_[slot] : std::vector<uint32_t>());
    if (slot < timers_by_slot_.size()) attribute.timers = timers_by_slot_[slot];
  }
  for (Source& source : sources_) {
    TimerSource& timer = source.timer;
    if (!source.units.empty()) timer.dirty = MaskOf(source.units);
    if (source.only_falling) {
      for (uint32_t unit : source.units) timer.only_while_latched.push_back(state.OffsetOf(units_[unit].slot));
    }
    const bool is_recents = timer.kind == TimerSource::Kind::kRecentsExpiry || timer.kind == TimerSource::Kind::kRecentsTurn;
    if (is_recents) timer.slot2 = state.slot(timer.slot).capacity;
    const bool is_log = timer.kind == TimerSource::Kind::kLogExpiry || timer.kind == TimerSource::Kind::kSpan ||
                        timer.kind == TimerSource::Kind::kExtremeLeaves;
    if (is_log) timer.slot2 = state.OffsetOf(timer.slot2);
    timer.slot = timer.slot == kNoSlot ? 0 : state.OffsetOf(timer.slot);
    timer.pending = state.OffsetOf(timer.pending);
    out.timers.push_back(std::move(timer));
  }
  for (uint32_t i = 0; i < units_.size(); ++i) {
    JudgeUnit& unit = units_[i];
    if (unit.way_back) context_.plan.rules[unit.rule].revert.unit = MaskOf({i});
    unit.slot = state.OffsetOf(unit.slot);
    if (unit.kind == JudgeUnit::Kind::kExtreme) unit.log = state.OffsetOf(unit.log);
    for (uint32_t& observed : unit.observed) observed = state.OffsetOf(observed);
    out.units.push_back(std::move(unit));
  }
}

}  // namespace mrule::plan
