// SPDX-License-Identifier: Apache-2.0
// The plan as text, for people and golden files: bytes per subject, work per event, and everything in order of its index.
#include <bit>
#include <cstdio>
#include <cstdlib>
#include <limits>

#include "compiler/plan/build.h"
#include "compiler/plan/keys.h"
#include "compiler/plan/memory.h"
#include "stdlib/abi.h"

namespace mrule::plan {
namespace {

const char* KindName(SlotKind kind) {
  switch (kind) {
    case SlotKind::kAttribute:
      return "attribute";
    case SlotKind::kTotal:
      return "total";
    case SlotKind::kKept:
      return "kept";
    case SlotKind::kLastAt:
      return "last-at";
    case SlotKind::kRecents:
      return "recents";
    case SlotKind::kLog:
      return "log";
    case SlotKind::kCursor:
      return "cursor";
    case SlotKind::kDistinct:
      return "distinct";
    case SlotKind::kHold:
      return "hold";
    case SlotKind::kObserved:
      return "observed";
    case SlotKind::kSegment:
      return "segment";
    case SlotKind::kLatch:
      return "latch";
    case SlotKind::kLimit:
      return "limit";
    case SlotKind::kSequence:
      return "sequence";
    case SlotKind::kRuns:
      return "runs";
    case SlotKind::kPending:
      return "pending";
    case SlotKind::kKeyedLimit:
      return "keyed-limit";
    case SlotKind::kWaiting:
      return "waiting";
    case SlotKind::kRow:
      return "row";
    case SlotKind::kExtreme:
      return "extreme";
    case SlotKind::kRevert:
      return "revert";
    case SlotKind::kSpan:
      return "span";
  }
  return "";
}

const char* KindName(JudgeUnit::Kind kind) {
  switch (kind) {
    case JudgeUnit::Kind::kHold:
      return "hold";
    case JudgeUnit::Kind::kSegment:
      return "segment";
    case JudgeUnit::Kind::kRule:
      return "rule";
    case JudgeUnit::Kind::kRow:
      return "row";
    case JudgeUnit::Kind::kExtreme:
      return "extreme";
  }
  return "";
}

const char* KindName(TimerSource::Kind kind) {
  switch (kind) {
    case TimerSource::Kind::kLogExpiry:
      return "log-expiry";
    case TimerSource::Kind::kRecentsExpiry:
      return "recents-expiry";
    case TimerSource::Kind::kNoneIn:
      return "none-in";
    case TimerSource::Kind::kHoldDeadline:
      return "hold-deadline";
    case TimerSource::Kind::kFreshness:
      return "freshness";
    case TimerSource::Kind::kClock:
      return "clock";
    case TimerSource::Kind::kSchedule:
      return "schedule";
    case TimerSource::Kind::kSequence:
      return "sequence";
    case TimerSource::Kind::kRuns:
      return "runs";
    case TimerSource::Kind::kSpan:
      return "span";
    case TimerSource::Kind::kRecentsTurn:
      return "recents-turn";
    case TimerSource::Kind::kKnownSince:
      return "known-since";
    case TimerSource::Kind::kAge:
      return "age";
    case TimerSource::Kind::kWaiting:
      return "waiting";
    case TimerSource::Kind::kExtremeLeaves:
      return "extreme-leaves";
    case TimerSource::Kind::kRevert:
      return "revert";
  }
  return "";
}

const char* KindName(MatchInput::Kind kind) {
  switch (kind) {
    case MatchInput::Kind::kOrderedI64:
      return "i64";
    case MatchInput::Kind::kOrderedF64:
      return "f64";
    case MatchInput::Kind::kText:
      return "text";
    case MatchInput::Kind::kSet:
      return "set";
  }
  return "";
}

const char* KindName(MatchLeaf::Kind kind) {
  switch (kind) {
    case MatchLeaf::Kind::kRanges:
      return "in";
    case MatchLeaf::Kind::kInTexts:
      return "among";
    case MatchLeaf::Kind::kPrefix:
      return "starts with";
    case MatchLeaf::Kind::kSuffix:
      return "ends with";
    case MatchLeaf::Kind::kContains:
      return "contains";
    case MatchLeaf::Kind::kRegex:
      return "matches";
    case MatchLeaf::Kind::kHasAny:
      return "has any of";
    case MatchLeaf::Kind::kKnown:
      return "is known";
    case MatchLeaf::Kind::kMissing:
      return "is missing";
  }
  return "";
}

std::string Quoted(const std::string& text) { return "\"" + text + "\""; }

class Dumper {
 public:
  explicit Dumper(const Plan& plan) : plan_(plan) {}

  std::string Run() {
    for (size_t i = 0; i < plan_.entities.size(); ++i) DumpEntity(plan_.entities[i]);
    for (const SchedulePlan& schedule : plan_.schedules) {
      Line(0, "schedule " + schedule.text + " of " + plan_.entities[schedule.entity].name +
                  (schedule.zone.of_subject ? ", by a timer of each" : ", by one timer for all"));
    }
    for (const EventPlan& event : plan_.events) DumpEvent(event);
    for (size_t i = 0; i < plan_.rules.size(); ++i) DumpRule(i);
    return std::move(out_);
  }

 private:
  void Line(int depth, const std::string& text) { out_.append(static_cast<size_t>(depth) * 2, ' ').append(text).append("\n"); }
  static std::string F(FunctionId id) { return id ? "f" + std::to_string(id.value) : "-"; }
  size_t CostOf(FunctionId id) const { return id ? plan_.function(id).code.size() : 0; }

  static std::string Units(const UnitMask& mask) {
    std::string out;
    for (size_t word = 0; word < mask.size(); ++word) {
      for (uint64_t bits = mask[word]; bits != 0; bits &= bits - 1) {
        out += " " + std::to_string(word * 64 + static_cast<size_t>(std::countr_zero(bits)));
      }
    }
    return out.empty() ? " none" : out;
  }
  static std::string List(const std::vector<uint32_t>& values) {
    std::string out;
    for (uint32_t value : values) out += " " + std::to_string(value);
    return out;
  }

  void DumpEntity(const EntityPlan& entity) {
    if (entity.slots.empty() && entity.units.empty()) return;
    Line(0, "entity " + entity.name + ": " + std::to_string(entity.record_bytes) + " bytes per subject, about " +
                std::to_string(BytesPerSubject(entity, 0)) + " with its name, " + std::to_string(kTimerBytes) +
                " for each instant pending");
    for (const Slot& slot : entity.slots) {
      std::string text = "@" + std::to_string(slot.offset) + " +" + std::to_string(slot.bytes) + " " + KindName(slot.kind) +
                         " " + Quoted(slot.key);
      if (slot.capacity != 0) text += " capacity " + std::to_string(slot.capacity);
      if (slot.always_known) text += " always known";
      if (slot.fixed) text += " fixed";
      if (slot.summed) text += " summed";
      Line(1, text);
    }
    for (const Attribute& attribute : entity.attributes) {
      std::string text = "attribute " + attribute.name + " units" + Units(attribute.dirty);
      if (!attribute.timers.empty()) text += " timers" + List(attribute.timers);
      if (attribute.changes != kNoHandler) text += " changes event " + std::to_string(attribute.changes);
      Line(1, text);
    }
    for (size_t i = 0; i < entity.units.size(); ++i) {
      const JudgeUnit& unit = entity.units[i];
      std::string text = "unit " + std::to_string(i) + " " + KindName(unit.kind) + " " + F(unit.condition) + " @" +
                         std::to_string(unit.slot);
      if (unit.kind == JudgeUnit::Kind::kRule) text += " case " + std::to_string(unit.rule_case) + (unit.edge ? "" : " turns");
      if (unit.kind == JudgeUnit::Kind::kHold) {
        text += " for " + DurationText(unit.duration_micros) + " reset after " + DurationText(unit.reset_after_micros) +
                " observations " + std::to_string(unit.observations_min) + " rests on" + List(unit.observed);
      }
      if (unit.kind == JudgeUnit::Kind::kRow) {
        text += " for " + std::to_string(unit.observations_min) + " reports of" + List(unit.observed);
      }
      if (unit.kind == JudgeUnit::Kind::kExtreme) {
        text += (unit.order < kMrLowI64 ? " peak over " : " low over ") + DurationText(unit.duration_micros) + " log @" +
                std::to_string(unit.log);
      }
      if (unit.kind != JudgeUnit::Kind::kRule) text += " units" + Units(unit.dependents);
      Line(1, text);
    }
    for (size_t i = 0; i < entity.timers.size(); ++i) {
      const TimerSource& timer = entity.timers[i];
      const auto number = static_cast<size_t>(timer.micros);
      const std::string what = timer.kind == TimerSource::Kind::kClock      ? plan_.clock_tests[number].text
                               : timer.kind == TimerSource::Kind::kSchedule ? plan_.schedules[number].text
                               : !timer.window.key.empty()                  ? "over " + timer.window.key
                                                                            : "after " + DurationText(timer.micros);
      std::string text = "timer " + std::to_string(i) + " " + KindName(timer.kind) + " @" + std::to_string(timer.slot) +
                         " " + what + " pending @" + std::to_string(timer.pending) + " units" +
                         Units(timer.dirty);
      if (!timer.only_while_latched.empty()) text += " only while latched" + List(timer.only_while_latched);
      if (timer.delivers != kNoHandler) text += " delivers " + plan_.events[timer.delivers].name;
      Line(1, text);
    }
  }

  std::string Bound(int64_t key, MatchInput::Kind kind) const {
    if (key == std::numeric_limits<int64_t>::min() || key == std::numeric_limits<int64_t>::max()) return "";
    if (kind != MatchInput::Kind::kOrderedF64) return std::to_string(key);
    const int64_t bits = key < 0 ? key ^ std::numeric_limits<int64_t>::max() : key;
    char text[40];
    for (int digits = 6; digits <= 17; ++digits) {
      std::snprintf(text, sizeof text, "%.*g", digits, std::bit_cast<double>(bits));
      if (std::strtod(text, nullptr) == std::bit_cast<double>(bits)) break;
    }
    return text;
  }

  std::string LeafText(const Handler& handler, const MatchLeaf& leaf) const {
    std::string text = "input " + std::to_string(leaf.input) + (leaf.negated ? " not " : " ") + KindName(leaf.kind);
    const MatchInput::Kind kind = handler.match_inputs[leaf.input].kind;
    for (const auto& [low, high] : leaf.ranges) {
      text += low == high ? " " + Bound(low, kind) : " [" + Bound(low, kind) + ".." + Bound(high, kind) + "]";
    }
    for (uint32_t item : leaf.texts) text += " " + Quoted(plan_.texts[item]);
    if (leaf.kind == MatchLeaf::Kind::kRegex) text += " " + Quoted(plan_.regexes[leaf.regex]);
    return text;
  }

  void DumpEvent(const EventPlan& event) {
    bool used = false;
    for (uint32_t handler : event.handlers) used |= handler != kNoHandler;
    if (!used) return;
    Line(0, "event " + event.name + (event.internal ? " (internal)" : ""));
    for (size_t i = 0; i < event.fields.size(); ++i) {
      Line(1, "field " + std::to_string(i) + " " + event.fields[i].name + (event.fields[i].retained ? " retained" : ""));
    }
    for (uint32_t index : event.handlers) {
      if (index != kNoHandler) DumpHandler(event, plan_.handlers[index]);
    }
  }

  void DumpHandler(const EventPlan& event, const Handler& handler) {
    size_t residuals = 0;
    for (const MatchRow& row : handler.rows) residuals += row.residual ? 1 : 0;
    Line(1, "on " + plan_.entities[handler.entity].name + ": work per event: update " + std::to_string(CostOf(handler.update)) +
                ", inputs " + std::to_string(CostOf(handler.inputs)) + " instructions, " + std::to_string(handler.rows.size()) +
                " rows over " + std::to_string(handler.leaves.size()) + " leaves, " + std::to_string(residuals) +
                " with a residual");
    Line(2, "update " + F(handler.update) + " inputs " + F(handler.inputs) + " units" + Units(handler.dirty) + " timers" +
                (handler.timers.empty() ? " none" : List(handler.timers)));
    for (size_t i = 0; i < handler.match_inputs.size(); ++i) {
      const MatchInput& input = handler.match_inputs[i];
      Line(2, "input " + std::to_string(i) + " " + KindName(input.kind) + " " +
                  (input.from_field ? "field " + event.fields[input.index].name : "output " + std::to_string(input.index)));
    }
    for (size_t i = 0; i < handler.leaves.size(); ++i) {
      Line(2, "leaf " + std::to_string(i) + " " + LeafText(handler, handler.leaves[i]));
    }
    for (const MatchRow& row : handler.rows) {
      std::string text = "row case " + std::to_string(row.rule_case);
      if (!row.leaves.empty()) text += " leaves" + List(row.leaves);
      if (row.residual) text += " residual " + F(row.residual);
      Line(2, text);
    }
  }

  std::string RefText(const ValueRef& ref) const {
    switch (ref.kind) {
      case ValueRef::Kind::kConstantText:
        return Quoted(plan_.texts[static_cast<size_t>(ref.bits)]);
      case ValueRef::Kind::kOutput:
        return "$" + std::to_string(ref.output);
      case ValueRef::Kind::kConstant:
        break;
    }
    if (sema::PhysicalOf(ref.type.kind) != Physical::kF64) return std::to_string(ref.bits);
    char text[40];
    std::snprintf(text, sizeof text, "%.17g", std::bit_cast<double>(ref.bits));
    return text;
  }

  static std::string PeriodText(const LimitPlan& limit) {
    if (!limit.by_calendar) return limit.period_micros == 0 ? "ever" : DurationText(limit.period_micros);
    static constexpr const char* kPeriods[] = {"day", "week", "month", "quarter", "year"};
    std::string text = kPeriods[static_cast<size_t>(limit.period)];
    if (limit.clock.of_subject) text += " by @" + std::to_string(limit.clock.slot) + ", else";
    return text + " in " + limit.clock.zone;
  }

  void DumpRule(size_t index) {
    const RulePlan& rule = plan_.rules[index];
    std::string text = "rule " + Quoted(rule.name) + " on " + plan_.entities[rule.entity].name;
    if (!rule.on_event && rule.revert.of == kNoHandler) text += " latch @" + std::to_string(rule.latch);
    if (rule.priority != 0) text += " priority " + std::to_string(rule.priority);
    if (rule.including_existing) text += " including existing";
    for (const LimitPlan& limit : rule.limits) {
      text += " at most " + std::to_string(limit.count) + " per " +
              PeriodText(limit) + (limit.keyed ? " by key" : "") + " @" +
              std::to_string(limit.slot);
    }
    if (rule.each != 0) text += " each " + std::to_string(rule.each) + " of @" + std::to_string(rule.each_total);
    if (rule.waits) text += " waiting @" + std::to_string(rule.waiting);
    if (rule.revert.of != kNoHandler) {
      text += " way back " + std::to_string(rule.revert.number) + " @" + std::to_string(rule.revert.slot);
      for (const BeforePlan& before : rule.revert.before) {
        text += " before " + plan_.entities[rule.entity].attributes[before.attribute].name + " @" + std::to_string(before.slot);
      }
    }
    Line(0, text);
    for (size_t i = CaseBegin(index); i < plan_.cases.size() && plan_.cases[i].rule == index; ++i) DumpCase(i);
  }

  size_t CaseBegin(size_t rule) {  // cases are in order of rule
    while (case_ < plan_.cases.size() && plan_.cases[case_].rule < rule) ++case_;
    return case_;
  }

  std::string FieldName(uint32_t event, uint32_t slot) const { return plan_.events[event].fields[slot].name; }

  void DumpCase(size_t index) {
    const RuleCase& one = plan_.cases[index];
    std::string head = "case " + std::to_string(index) + " effects " + F(one.effects) + " detail " + F(one.detail);
    if (!one.limit_keys.empty()) {
      head += " limited by";
      for (uint32_t slot : one.limit_keys) head += slot == kNoHandler ? " -" : " " + FieldName(one.event, slot);
    }
    if (!one.kept_fields.empty()) {
      head += " keeps";
      for (uint32_t slot : one.kept_fields) head += " " + FieldName(one.event, slot);
    }
    Line(1, head);
    for (const ActionPlan& action : one.actions) {
      std::string text = action.name + (action.state_only ? " (state)" : "");
      for (const ArgumentPlan& argument : action.arguments) {
        text += " " + argument.name + "=";
        for (size_t i = 0; i < argument.values.size(); ++i) {
          if (i != 0) text += ",";
          if (i >= argument.templates.size() || argument.templates[i].chunks.empty()) {
            text += RefText(argument.values[i]);
            continue;
          }
          const Template& made = argument.templates[i];
          text += "\"";
          for (size_t j = 0; j < made.chunks.size(); ++j) {
            text += made.chunks[j] + (j < made.values.size() ? "{" + RefText(made.values[j]) + "}" : "");
          }
          text += "\"";
        }
      }
      if (action.emits != kNoHandler) text += " emits " + plan_.events[action.emits].name;
      Line(2, text);
      for (const EffectPlan& effect : action.effects) {
        const char* form = effect.form == hir::EffectForm::kSet   ? " = "
                           : effect.form == hir::EffectForm::kAdd ? " += "
                                                                  : " -= ";
        Line(3, "effect " + plan_.entities[plan_.rules[one.rule].entity].attributes[effect.attribute].name + form +
                    RefText(effect.value));
      }
    }
    for (const Reason& reason : one.because) Line(2, "because " + Quoted(reason.label) + " " + RefText(reason.value));
  }

  const Plan& plan_;
  std::string out_;
  size_t case_ = 0;
};

}  // namespace

std::string DumpIr(const Plan& plan) {
  std::string out;
  for (size_t i = 0; i < plan.functions.size(); ++i) out += "f" + std::to_string(i) + " " + ir::Dump(plan.functions[i]);
  return out;
}

std::string DumpPlan(const Plan& plan) { return Dumper(plan).Run(); }

}  // namespace mrule::plan
