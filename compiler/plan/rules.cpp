// SPDX-License-Identifier: Apache-2.0
#include "compiler/plan/rules.h"

#include <algorithm>

#include "compiler/base/limits.h"
#include "compiler/plan/lower.h"
#include "stdlib/abi.h"

namespace mrule::plan {
namespace {

/// Outputs of one function, each value once.
class Outputs {
 public:
  Outputs(Context& context, hir::EntityId entity, hir::EventTypeId event, hir::RuleId rule)
      : context_(context), event_(event), lowerer_(context, entity, event, rule) {}

  ValueRef Of(hir::ExprId id) {
    const hir::Expr& expr = context_.program.exprs[id];
    if (expr.kind != hir::ExprKind::kConstant || expr.type.kind == TypeKind::kSet) return Of(lowerer_.Value(id), expr.type);
    ValueRef ref;
    ref.type = expr.type;
    if (expr.type.is_text()) {
      ref.kind = ValueRef::Kind::kConstantText;
      ref.bits = context_.constants.Text(expr.constant.text);
    } else {
      ref.bits = PayloadOf(expr.constant, expr.type);
    }
    return ref;
  }
  ValueRef Of(uint32_t value, Type type) {
    ValueRef ref;
    ref.kind = ValueRef::Kind::kOutput;
    ref.type = type;
    for (uint32_t i = 0; i < stored_.size(); ++i) {
      if (stored_[i] == value) return ref.output = i, ref;
    }
    ref.output = static_cast<uint32_t>(stored_.size());
    lowerer_.code().StoreOutput(value, ref.output);
    stored_.push_back(value);
    return ref;
  }
  /// Texts that pass through go into state: they must outlive the event.
  void Retain() {
    for (uint32_t value : stored_) RetainValue(value);
  }
  FunctionId Finish(const std::string& name) { return stored_.empty() ? FunctionId() : lowerer_.Finish(name); }
  Lowerer& lowerer() { return lowerer_; }

 private:
  void RetainValue(uint32_t value) {
    const ir::Inst inst = lowerer_.code().inst(value);
    if (inst.op == ir::Opcode::kField) context_.RetainSlot(event_, inst.slot);
    if (inst.op == ir::Opcode::kDefault || inst.op == ir::Opcode::kRequire) RetainValue(inst.a);
    if (inst.op == ir::Opcode::kDefault) RetainValue(inst.b);
  }

  Context& context_;
  hir::EventTypeId event_;
  Lowerer lowerer_;
  std::vector<uint32_t> stored_;
};

/// Collects what `because` shows: the values that the condition compares, each once.
class Reasons {
 public:
  Reasons(Context& context, hir::EntityId entity, hir::EventTypeId event, Outputs& outputs, std::vector<Reason>& out)
      : context_(context), program_(context.program), entity_(entity), event_(event), outputs_(outputs), out_(out) {}

  void Collect(hir::ExprId id) {
    const hir::Expr& expr = program_.exprs[id];
    switch (expr.kind) {
      case hir::ExprKind::kAnd:
      case hir::ExprKind::kOr:
      case hir::ExprKind::kNot:
      case hir::ExprKind::kDefault:
      case hir::ExprKind::kRequire:
      case hir::ExprKind::kHold:
      case hir::ExprKind::kRow:
        for (hir::ExprId arg : expr.args) Collect(arg);
        return;
      case hir::ExprKind::kSequence:
        if (!Matches(program_, expr.pattern, event_)) return;
        for (hir::ExprId arg : expr.args) AddValue(arg);
        [[fallthrough]];
      case hir::ExprKind::kEvent:
        for (const hir::PatternCase& one : program_.patterns[expr.pattern].cases) {
          if (one.event == event_ && one.filter) Collect(one.filter);
        }
        return;
      case hir::ExprKind::kBuiltin: {
        const std::optional<CappedCount> capped = FindCappedCount(program_, expr);
        for (hir::ExprId arg : expr.args) {
          if (capped && arg == capped->count) {
            if (IsNew(Label(arg))) Add(Label(arg), outputs_.lowerer().CappedCountValue(*capped), program_.exprs[arg].type);
          } else {
            AddValue(arg);
          }
        }
        return;
      }
      case hir::ExprKind::kInSet:
      case hir::ExprKind::kMatches:
      case hir::ExprKind::kHasAny:
      case hir::ExprKind::kIsKnown:
        return AddValue(expr.args[0]);
      case hir::ExprKind::kField:
      case hir::ExprKind::kAttribute:
      case hir::ExprKind::kAggregate:
      case hir::ExprKind::kUsual:
        return AddValue(id);
      case hir::ExprKind::kBaseline: {
        const std::string label(program_.Text(expr.constant.text));
        if (IsNew(label)) Add(label, outputs_.lowerer().Value(id), expr.type);
        return;
      }
      case hir::ExprKind::kExtreme: {
        const std::string label = (expr.index == 0 ? "peak of " : "low of ") + Label(expr.args[0]) + " over " +
                                  DurationText(expr.window_micros);
        if (IsNew(label)) Add(label, outputs_.lowerer().Value(id), expr.type);
        return;
      }
      case hir::ExprKind::kTimes: {
        std::string label = context_.SourceText(program_.patterns[expr.pattern].span);
        if (label.empty()) label = context_.state(entity_).pattern_key(expr.pattern, false);
        if (label.size() > 1 && label.front() == '(' && label.back() == ')') label = label.substr(1, label.size() - 2);
        if (!expr.window.all_time()) label += " " + hir::WindowWords(program_, expr.window);
        Type type;
        type.kind = TypeKind::kCount;
        if (IsNew(label)) Add(label, outputs_.lowerer().TimesCount(expr), type);
        return;
      }
      case hir::ExprKind::kConstant:
      case hir::ExprKind::kUnknown:
      case hir::ExprKind::kSubject:
      case hir::ExprKind::kNow:
      case hir::ExprKind::kBefore:
      case hir::ExprKind::kNoneIn:
      case hir::ExprKind::kEnters:
      case hir::ExprKind::kLeaves:
      case hir::ExprKind::kToday:
      case hir::ExprKind::kClock:
      case hir::ExprKind::kTemplate:
        return;
    }
  }

 private:
  void AddValue(hir::ExprId id) {
    id = Plain(id);
    if (const hir::ExprId base = BaseIn(id)) return Collect(base);
    if (!TellsSomething(id)) return;
    std::string label = Label(id);
    if (IsNew(label)) Add(std::move(label), outputs_.lowerer().Value(id), program_.exprs[id].type);
  }
  hir::ExprId Plain(hir::ExprId id) const {  // what is behind conversions between kinds of numbers
    while (program_.exprs[id].kind == hir::ExprKind::kBuiltin && program_.exprs[id].args.size() == 1 &&
           stdlib::Row(program_.exprs[id].builtin).spelling.starts_with("to ")) {
      id = program_.exprs[id].args[0];
    }
    return id;
  }
  hir::ExprId BaseIn(hir::ExprId id) const {  // a peak, or what a value was before, in itself or in what is 20% below it
    auto is_base = [](const hir::Expr& expr) { return expr.kind == hir::ExprKind::kExtreme || expr.kind == hir::ExprKind::kBaseline; };
    const hir::Expr& expr = program_.exprs[id];
    if (is_base(expr)) return id;
    if (expr.kind != hir::ExprKind::kBuiltin || expr.args.size() != 2) return {};
    const hir::ExprId inner = Plain(expr.args[0]);
    return is_base(program_.exprs[inner]) ? inner : hir::ExprId();
  }
  bool TellsSomething(hir::ExprId id) const {  // not a constant, nor made of constants and `now`
    const hir::Expr& expr = program_.exprs[id];
    if (expr.kind == hir::ExprKind::kField || expr.kind == hir::ExprKind::kAttribute ||
        expr.kind == hir::ExprKind::kAggregate || expr.kind == hir::ExprKind::kTimes) {
      return true;
    }
    return std::any_of(expr.args.begin(), expr.args.end(), [this](hir::ExprId arg) { return TellsSomething(arg); });
  }
  std::string Label(hir::ExprId id) const {
    const hir::Expr& expr = program_.exprs[id];
    if (expr.kind == hir::ExprKind::kField) {
      return std::string(program_.Text(program_.events[event_].fields[FieldIndex(program_, expr, event_)].name));
    }
    std::string text = context_.SourceText(expr.span);
    return text.empty() ? context_.keys.Expr(id, entity_, event_) : text;
  }
  bool IsNew(const std::string& label) const {
    return std::none_of(out_.begin(), out_.end(), [&](const Reason& reason) { return reason.label == label; });
  }
  void Add(std::string label, uint32_t value, Type type) { out_.push_back({std::move(label), outputs_.Of(value, type)}); }

  Context& context_;
  const hir::Program& program_;
  hir::EntityId entity_;
  hir::EventTypeId event_;
  Outputs& outputs_;
  std::vector<Reason>& out_;
};

ArgumentPlan PlanArgument(const Context& context, const hir::Argument& argument, Outputs& detail) {
  ArgumentPlan out;
  out.name = context.program.Text(argument.name);
  out.is_list = argument.is_list;
  for (hir::ExprId id : argument.values) {
    const hir::Expr& expr = context.program.exprs[id];
    if (expr.kind != hir::ExprKind::kTemplate) {
      out.values.push_back(detail.Of(id));
      continue;
    }
    out.templates.resize(argument.values.size());
    Template& made = out.templates[out.values.size()];
    for (StringId chunk : expr.chunks) made.chunks.emplace_back(context.program.Text(chunk));
    for (hir::ExprId hole : expr.args) made.values.push_back(detail.Of(hole));
    ValueRef unused;
    unused.type = expr.type;
    out.values.push_back(unused);
  }
  return out;
}

/// Slots of the fields that a function reads.
void AddFieldsRead(const Plan& plan, FunctionId id, std::vector<uint32_t>& out) {
  if (!id) return;
  for (const ir::Inst& inst : plan.function(id).code) {
    if (inst.op == ir::Opcode::kField) out.push_back(inst.slot);
  }
}

/// What the case's limits count by, and what it keeps of its event if it has to wait.
void AddLimitFields(Context& context, const hir::Rule& rule, hir::EventTypeId event, RuleCase& out) {
  bool keyed = false;
  for (const hir::Limit& limit : rule.limits) {
    uint32_t slot = kNoHandler;
    if (limit.key) {
      const uint32_t field = FieldIndex(context.program, context.program.exprs[limit.key], event);
      slot = context.FieldSlot(event, field);
      if (context.program.exprs[limit.key].type.is_text()) context.RetainField(event, field);
      keyed = true;
    }
    out.limit_keys.push_back(slot);
  }
  if (rule.beyond == hir::Beyond::kWait && event) {
    AddFieldsRead(context.plan, out.effects, out.kept_fields);
    AddFieldsRead(context.plan, out.detail, out.kept_fields);
    for (uint32_t slot : out.limit_keys) {
      if (slot != kNoHandler) out.kept_fields.push_back(slot);
    }
    std::sort(out.kept_fields.begin(), out.kept_fields.end());
    out.kept_fields.erase(std::unique(out.kept_fields.begin(), out.kept_fields.end()), out.kept_fields.end());
    uint32_t& most = context.plan.rules[out.rule].waiting_fields;
    most = std::max(most, static_cast<uint32_t>(out.kept_fields.size()));
  }
  if (!keyed) out.limit_keys.clear();
}

ClockPlan PlanClock(Context& context, hir::EntityId entity, const hir::ZoneRef& zone) {
  ClockPlan clock;
  if (zone.name) clock.zone = context.program.Text(zone.name);
  clock.of_subject = zone.of_subject;
  if (zone.of_subject) clock.slot = context.state(entity).AttributeSlot(zone.attribute);
  return clock;
}

/// `limit 2 per 7d by cart_id`
std::string LimitKeyText(const hir::Program& program, const hir::Limit& limit) {
  std::string text = "limit " + std::to_string(limit.count) + " per ";
  if (limit.by_calendar) {
    static constexpr const char* kPeriods[] = {"day", "week", "month", "quarter", "year"};
    text += kPeriods[static_cast<size_t>(limit.period)];
    if (limit.zone.of_subject) text += " by its own clock, else";
    text += " in " + (limit.zone.name ? std::string(program.Text(limit.zone.name)) : "UTC");
  } else {
    text += limit.period_micros == 0 ? "ever" : DurationText(limit.period_micros);
  }
  if (limit.key) text += " by " + std::string(program.Text(program.exprs[limit.key].constant.text));
  return text;
}

void AddLimit(Context& context, const hir::Rule& rule, const hir::Limit& limit, RulePlan& out) {
  if (limit.count < 1 || limit.count > limits::kRecentInstantsMax) {
    context.diags.Report(rule.span, diagnostics::DiagId::kTooManyRecentInstants,
                         {{"count", limit.count}, {"limit", limits::kRecentInstantsMax}});
    return;
  }
  EntityState& state = context.state(rule.entity);
  const uint32_t capacity = static_cast<uint32_t>(limit.count);
  LimitPlan planned;
  planned.count = limit.count;
  planned.period_micros = limit.period_micros;
  planned.by_calendar = limit.by_calendar;
  planned.period = limit.period;
  planned.week_start = context.plan.week_start;
  planned.clock = PlanClock(context, rule.entity, limit.zone);
  planned.keyed = static_cast<bool>(limit.key);
  planned.slot = state.AddSlot(planned.keyed ? SlotKind::kKeyedLimit : SlotKind::kLimit,
                               RuleLabel(context.program, rule) + " " + LimitKeyText(context.program, limit),
                               planned.keyed ? 16 : 8 + 8 * capacity, capacity);
  if (limit.key) state.slot(planned.slot).type = context.program.exprs[limit.key].type;
  out.limits.push_back(planned);
}

/// What the event has added to the total of `each`.
FunctionId EachFunction(Context& context, const hir::Rule& rule, hir::EventTypeId event) {
  const hir::Aggregate& total = context.program.aggregates[rule.each.total];
  Lowerer lowerer(context, rule.entity, event);
  uint32_t value = ir::kNoValue;
  for (const hir::PatternCase& one : context.program.patterns[total.pattern].cases) {
    if (one.event != event) continue;
    value = one.value && total.fn == hir::AggregateFn::kSum ? lowerer.Value(one.value) : lowerer.code().Const(1);
  }
  if (value == ir::kNoValue) value = lowerer.code().Const(0);
  lowerer.code().StoreOutput(value, 0);
  return lowerer.Finish("step of " + RuleLabel(context.program, rule));
}

void CollectBefore(const hir::Program& program, hir::ExprId id, std::vector<hir::ExprId>& out) {
  const hir::Expr& expr = program.exprs[id];
  if (expr.kind == hir::ExprKind::kBefore) out.push_back(id);
  for (hir::ExprId arg : expr.args) CollectBefore(program, arg, out);
}

/// What is kept of a way back, and what takes it away.
void AddRevert(Context& context, hir::RuleId id, RulePlan& out) {
  const hir::Rule& rule = context.program.rules[id];
  const hir::Rule& of = context.program.rules[rule.revert.of];
  EntityState& state = context.state(rule.entity);
  const std::string label = RuleLabel(context.program, rule);
  RevertPlan& revert = out.revert;
  revert.of = rule.revert.of.value;
  revert.when = rule.revert;
  if (rule.revert.action != hir::Revert::kAllActions) revert.action = rule.revert.action;
  revert.slot = state.AddSlot(SlotKind::kRevert, label, 8);
  revert.clock = PlanClock(context, rule.entity, rule.revert.zone);
  for (uint32_t i = 0; i < of.actions.size(); ++i) {
    if (revert.action != kNoHandler && revert.action != i) continue;
    for (const hir::Effect& effect : of.actions[i].effects) {
      const hir::Expr& value = context.program.exprs[effect.value];
      if (effect.form == hir::EffectForm::kSet) {
        revert.controls.push_back({state.Attribute(effect.attribute), kNoHandler, false});
      } else if (value.kind == hir::ExprKind::kConstant && value.type.is_text()) {
        const uint32_t item = context.constants.Text(value.constant.text);
        revert.controls.push_back({state.Attribute(effect.attribute), item, effect.form == hir::EffectForm::kAdd});
      }
    }
  }
  std::sort(revert.controls.begin(), revert.controls.end());
  revert.controls.erase(std::unique(revert.controls.begin(), revert.controls.end()), revert.controls.end());
  std::vector<hir::ExprId> befores;
  for (const hir::ActionCall& call : rule.actions) {
    for (const hir::Effect& effect : call.effects) CollectBefore(context.program, effect.value, befores);
    for (const hir::Argument& argument : call.arguments) {
      for (hir::ExprId value : argument.values) CollectBefore(context.program, value, befores);
    }
  }
  for (hir::ExprId before : befores) {
    const uint32_t slot = BeforeSlot(context, rule, context.program.exprs[before]);
    const bool is_known = std::any_of(revert.before.begin(), revert.before.end(),
                                      [slot](const BeforePlan& one) { return one.slot == slot; });
    if (!is_known) revert.before.push_back({state.Attribute(context.program.exprs[before].index), slot});
  }
  RulePlan& parent = context.plan.rules[revert.of];
  parent.reverts.push_back(id.value);
  revert.number = static_cast<uint32_t>(parent.reverts.size());
}

void CollectTriggers(const hir::Program& program, hir::ExprId id, std::vector<hir::EventTypeId>& out) {
  const hir::Expr& expr = program.exprs[id];
  if (expr.kind == hir::ExprKind::kEvent || expr.kind == hir::ExprKind::kSequence) {
    for (const hir::PatternCase& one : program.patterns[expr.pattern].cases) out.push_back(one.event);
  }
  for (hir::ExprId arg : expr.args) CollectTriggers(program, arg, out);
}

}  // namespace

std::string RuleLabel(const hir::Program& program, const hir::Rule& rule) {
  if (rule.revert.of) {
    const hir::Rule& of = program.rules[rule.revert.of];
    if (!rule.on_event) return "way back of " + RuleLabel(program, of);
    const std::string action(program.Text(of.actions[rule.revert.action].name));
    size_t before = 0;  // calls of the same action
    for (uint32_t i = 0; i < rule.revert.action; ++i) before += program.Text(of.actions[i].name) == action ? 1 : 0;
    return "way back of " + action + (before == 0 ? "" : " " + std::to_string(before + 1)) + " of " + RuleLabel(program, of);
  }
  return "rule \"" + std::string(program.Text(rule.name)) + "\"";
}

uint32_t BeforeSlot(Context& context, const hir::Rule& rule, const hir::Expr& before) {
  const hir::Attribute& attribute = context.program.entities[rule.entity].attributes[before.index];
  const std::string key =
      RuleLabel(context.program, rule) + " before " + std::string(context.program.Text(attribute.name));
  EntityState& state = context.state(rule.entity);
  const uint32_t slot = state.AddSlot(SlotKind::kKept, key, sizeof(MrKept));
  state.slot(slot).type = attribute.type;
  return slot;
}

std::vector<hir::EventTypeId> TriggersOf(const hir::Program& program, const hir::Rule& rule) {
  std::vector<hir::EventTypeId> triggers;
  CollectTriggers(program, rule.condition, triggers);
  std::sort(triggers.begin(), triggers.end());
  triggers.erase(std::unique(triggers.begin(), triggers.end()), triggers.end());
  return triggers;
}

uint32_t AddCase(Context& context, hir::RuleId id, hir::EventTypeId event) {
  const hir::Rule& rule = context.program.rules[id];
  const std::string label = RuleLabel(context.program, rule);
  Outputs effects(context, rule.entity, event, id);
  Outputs detail(context, rule.entity, event, id);
  RuleCase out;
  out.rule = id.value;
  for (const hir::ActionCall& call : rule.actions) {
    ActionPlan action;
    action.name = context.program.Text(call.name);
    action.state_only = call.state_only;
    if (call.emits) action.emits = call.emits.value;
    for (const hir::Argument& argument : call.arguments) {
      action.arguments.push_back(PlanArgument(context, argument, detail));
    }
    for (const hir::Effect& effect : call.effects) {
      action.effects.push_back(
          {context.state(rule.entity).Attribute(effect.attribute), effect.form, effects.Of(effect.value)});
    }
    out.actions.push_back(std::move(action));
  }
  if (!rule.revert.of || !rule.on_event) Reasons(context, rule.entity, event, detail, out.because).Collect(rule.condition);
  effects.Retain();
  out.effects = effects.Finish("effects of " + label);
  out.detail = detail.Finish("detail of " + label);
  if (event) out.event = event.value;
  AddLimitFields(context, rule, event, out);
  if (rule.each.every != 0) out.each = EachFunction(context, rule, event);
  context.plan.cases.push_back(std::move(out));
  return static_cast<uint32_t>(context.plan.cases.size() - 1);
}

void AddRule(Context& context, hir::RuleId id) {
  const hir::Rule& rule = context.program.rules[id];
  EntityState& state = context.state(rule.entity);
  RulePlan out;
  out.name = context.program.Text(rule.name);
  out.entity = rule.entity.value;
  out.on_event = rule.on_event;
  out.including_existing = rule.including_existing;
  out.priority = rule.priority;
  if (rule.revert.of) {
    AddRevert(context, id, out);
  } else if (!rule.on_event) {
    out.latch = state.AddSlot(SlotKind::kLatch, RuleLabel(context.program, rule) + " latch", 8);
  }
  for (const hir::Limit& limit : rule.limits) AddLimit(context, rule, limit, out);
  if (rule.each.every != 0) {
    const hir::Aggregate& total = context.program.aggregates[rule.each.total];
    out.each = rule.each.every;
    out.each_total = total.fn == hir::AggregateFn::kCount ? state.TotalCount(total.pattern) : state.Total(total, total.fn);
    out.each_fixed = state.slot(out.each_total).fixed;
  }
  if (rule.beyond == hir::Beyond::kWait) {
    out.waits = true;
    out.waiting = state.AddSlot(SlotKind::kWaiting, RuleLabel(context.program, rule) + " waiting", 8);
    state.slot(out.waiting).rule = id.value;
    context.plan.events[rule.release.index()].releases = id.value;
  }
  if (rule.span.has_file() && rule.span.file.index() < context.sources.size()) {
    const source::File& file = context.sources[rule.span.file];
    out.file = file.name();
    out.line = file.LineOf(rule.span.begin);
  }
  context.plan.rules.push_back(std::move(out));
}

}  // namespace mrule::plan
