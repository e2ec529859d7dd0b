// SPDX-License-Identifier: Apache-2.0
// Values are shown as the rule writes them: a metric is one value, made of the aggregates that it divides; conversions
// between kinds of numbers are left out.
#include "compiler/plan/why.h"

#include <algorithm>
#include <memory>

#include "compiler/plan/lower.h"
#include "compiler/plan/rules.h"

namespace mrule::plan {
namespace {

/// The parts of one case, and the functions that compute them: one at the event (or on state), one for what each hold waits for.
class Parts {
 public:
  Parts(Context& context, hir::EntityId entity, hir::EventTypeId event)
      : context_(context), program_(context.program), entity_(entity), event_(event) {
    OpenFunction(event);
  }

  WhyCase Finish(hir::ExprId condition, const std::string& label) {
    Condition(condition, 0);
    for (size_t i = 0; i < lowerers_.size(); ++i) {
      case_.functions[i].id = lowerers_[i]->Finish("parts of " + label);
    }
    case_.event = event_ ? event_.value : kNoHandler;
    return std::move(case_);
  }

 private:
  using Kind = WhyNode::Kind;

  uint32_t OpenFunction(hir::EventTypeId event) {
    lowerers_.push_back(std::make_unique<Lowerer>(context_, entity_, event));
    case_.functions.push_back({{}, event.has_value(), 0});
    return static_cast<uint32_t>(lowerers_.size() - 1);
  }

  /// A node whose value is `value` of `function`.
  uint32_t AddNode(Kind kind, std::string label, Type type, uint32_t function, uint32_t value) {
    WhyNode node;
    node.kind = kind;
    node.label = std::move(label);
    node.type = type;
    node.function = function;
    node.output = case_.functions[function].outputs++;
    lowerers_[function]->code().StoreOutput(value, node.output);
    case_.nodes.push_back(std::move(node));
    return static_cast<uint32_t>(case_.nodes.size() - 1);
  }
  uint32_t AddNode(Kind kind, hir::ExprId id, uint32_t function) {
    return AddNode(kind, LabelOf(id), program_.exprs[id].type, function, lowerers_[function]->Value(id));
  }
  void AddChild(uint32_t node, uint32_t child) { case_.nodes[node].children.push_back(child); }

  std::string LabelOf(hir::ExprId id) const {
    const hir::Expr& expr = program_.exprs[id];
    if (expr.kind == hir::ExprKind::kBaseline) return std::string(program_.Text(expr.constant.text));
    if (expr.kind == hir::ExprKind::kExtreme) {
      return (expr.index == 0 ? "peak of " : "low of ") + LabelOf(expr.args[0]) + " over " + DurationText(expr.window_micros);
    }
    const bool is_pair = expr.kind == hir::ExprKind::kBuiltin && expr.args.size() == 2;
    if (is_pair && (IsOfBase(expr.args[0]) || IsOfBase(expr.args[1]))) {  // the rule has one sentence for all of it
      return SideOf(expr.args[0]) + " " + std::string(stdlib::Row(expr.builtin).spelling) + " " + SideOf(expr.args[1]);
    }
    const std::string text = context_.SourceText(program_.exprs[id].span);
    return text.empty() ? context_.keys.Expr(id, entity_, event_) : text;
  }

  /// A peak, or what a value was before, or so much more or less than that.
  bool IsOfBase(hir::ExprId id) const {
    const hir::Expr& expr = program_.exprs[Plain(id)];
    if (expr.kind == hir::ExprKind::kExtreme || expr.kind == hir::ExprKind::kBaseline) return true;
    return expr.kind == hir::ExprKind::kBuiltin && expr.args.size() == 2 && IsOfBase(expr.args[0]);
  }
  std::string SideOf(hir::ExprId id) const {
    id = Plain(id);
    return program_.exprs[id].kind == hir::ExprKind::kConstant ? context_.keys.Expr(id, entity_, event_) : LabelOf(id);
  }

  /// What is behind conversions between kinds of numbers.
  hir::ExprId Plain(hir::ExprId id) const {
    while (program_.exprs[id].kind == hir::ExprKind::kBuiltin && program_.exprs[id].args.size() == 1 &&
           stdlib::Row(program_.exprs[id].builtin).spelling.starts_with("to ")) {
      id = program_.exprs[id].args[0];
    }
    return id;
  }

  uint32_t Condition(hir::ExprId id, uint32_t function) {
    const hir::Expr& expr = program_.exprs[id];
    switch (expr.kind) {
      case hir::ExprKind::kAnd: return Joined(Kind::kAnd, id, function);
      case hir::ExprKind::kOr: return Joined(Kind::kOr, id, function);
      case hir::ExprKind::kNot: return Joined(Kind::kNot, id, function);
      case hir::ExprKind::kRequire: return Joined(Kind::kRequire, id, function);
      case hir::ExprKind::kHold: return Hold(id, function);
      case hir::ExprKind::kEvent: return Event(id, function);
      case hir::ExprKind::kSequence: return AddNode(Kind::kEvent, id, function);  // its keys are fields of other events too
      case hir::ExprKind::kTimes: return Times(id, function);
      default:
        return ComparisonOf(expr).empty() ? Test(id, function) : Compare(id, function);
    }
  }

  uint32_t Joined(Kind kind, hir::ExprId id, uint32_t function) {
    const uint32_t node = AddNode(kind, id, function);
    for (hir::ExprId arg : program_.exprs[id].args) AddChild(node, Condition(arg, function));
    return node;
  }

  uint32_t Hold(hir::ExprId id, uint32_t function) {
    const hir::Expr& expr = program_.exprs[id];
    const uint32_t node = AddNode(Kind::kHold, id, function);
    const HoldState& hold = lowerers_[function]->HoldOf(expr);
    case_.nodes[node].slot = hold.slot;
    case_.nodes[node].duration_micros = hold.duration_micros;
    case_.nodes[node].observations_min = hold.observations_min;
    const uint32_t inner = OpenFunction({});
    holds_.push_back(std::make_unique<HoldState>());
    lowerers_[inner]->ReadAsHold(holds_.back().get());
    AddChild(node, Condition(expr.args[0], inner));
    return node;
  }

  uint32_t Event(hir::ExprId id, uint32_t function) {
    const uint32_t node = AddNode(Kind::kEvent, id, function);
    for (const hir::PatternCase& one : program_.patterns[program_.exprs[id].pattern].cases) {
      if (one.event == event_ && one.filter) AddChild(node, Condition(one.filter, function));
    }
    return node;
  }

  uint32_t Times(hir::ExprId id, uint32_t function) {
    const hir::Expr& expr = program_.exprs[id];
    const uint32_t node = AddNode(Kind::kCompare, id, function);
    case_.nodes[node].op = expr.op == hir::CountOp::kAtLeast ? ">=" : expr.op == hir::CountOp::kAtMost ? "<=" : "=";
    Type count;
    count.kind = TypeKind::kCount;
    ir::FunctionBuilder& code = lowerers_[function]->code();
    std::string label = context_.SourceText(program_.patterns[expr.pattern].span);
    if (label.empty()) label = context_.state(entity_).pattern_key(expr.pattern, false);
    if (!expr.window.all_time()) label += " " + hir::WindowWords(program_, expr.window);
    AddChild(node, AddNode(Kind::kValue, std::move(label), count, function, lowerers_[function]->TimesCount(expr)));
    const uint32_t bound = AddNode(Kind::kValue, std::to_string(expr.count), count, function, code.Const(expr.count));
    case_.nodes[bound].constant = true;
    AddChild(node, bound);
    return node;
  }

  uint32_t Compare(hir::ExprId id, uint32_t function) {
    const hir::Expr& expr = program_.exprs[id];
    const uint32_t node = AddNode(Kind::kCompare, id, function);
    case_.nodes[node].op = ComparisonOf(expr);
    const std::optional<CappedCount> capped = FindCappedCount(program_, expr);
    for (hir::ExprId arg : expr.args) {
      if (capped && arg == capped->count) {
        const uint32_t value = lowerers_[function]->CappedCountValue(*capped);
        AddChild(node, AddNode(Kind::kValue, LabelOf(arg), program_.exprs[arg].type, function, value));
      } else {
        AddChild(node, Value(Plain(arg), function));
      }
    }
    return node;
  }

  uint32_t Test(hir::ExprId id, uint32_t function) {
    const uint32_t node = AddNode(Kind::kTest, id, function);
    AddSources(id, node, function);
    return node;
  }

  uint32_t Value(hir::ExprId id, uint32_t function) {
    const uint32_t node = AddNode(Kind::kValue, id, function);
    case_.nodes[node].constant = program_.exprs[id].kind == hir::ExprKind::kConstant;
    AddSources(id, node, function);
    const hir::Expr& expr = program_.exprs[id];
    if (expr.kind == hir::ExprKind::kBaseline && !expr.even_if_new) {
      Type truth;
      truth.kind = TypeKind::kBoolean;
      AddChild(node, AddNode(Kind::kValue, "known throughout " + hir::WindowText(program_, expr.window), truth, function,
                             lowerers_[function]->code().IsKnown(lowerers_[function]->KnownSince(expr.window))));
    }
    return node;
  }

  /// What the value is made of, as far as it is not written in the rule. `elsewhere`: over another window than the one written.
  void AddSources(hir::ExprId id, uint32_t node, uint32_t function, bool elsewhere = false) {
    const hir::Expr& expr = program_.exprs[id];
    if (expr.kind == hir::ExprKind::kUsual) return AddPeriods(expr, node, function);
    if (expr.kind == hir::ExprKind::kExtreme) return AddChild(node, Value(Plain(expr.args[0]), function));
    elsewhere |= expr.kind == hir::ExprKind::kBaseline;
    for (hir::ExprId arg : expr.args) {
      switch (program_.exprs[arg].kind) {
        case hir::ExprKind::kField:
        case hir::ExprKind::kAttribute:
        case hir::ExprKind::kAggregate: {
          AddChild(node, AddNode(Kind::kValue, arg, function));
          // What a metric is made of stands in the library: all of it has the words of the metric's name.
          std::string& label = case_.nodes.back().label;
          const bool misleads = elsewhere && program_.exprs[arg].kind == hir::ExprKind::kAggregate;
          if (misleads || label == case_.nodes[node].label) label = context_.keys.Expr(arg, entity_, event_);
          break;
        }
        case hir::ExprKind::kExtreme:
        case hir::ExprKind::kBaseline:
        case hir::ExprKind::kUsual:
          AddChild(node, Value(arg, function));
          break;
        default:
          AddSources(arg, node, function, elsewhere);
          break;
      }
    }
  }

  /// What the value was in each of the periods that are looked at.
  void AddPeriods(const hir::Expr& usual, uint32_t node, uint32_t function) {
    std::string unit(program_.Text(usual.constant.text));
    if (unit.ends_with('s')) unit.pop_back();
    for (size_t i = 0; i < usual.args.size(); ++i) {
      const std::string label = std::to_string(i + 1) + " " + unit + (i == 0 ? "" : "s") + " before";
      const uint32_t value = lowerers_[function]->KnownThroughout(usual.args[i]);
      AddChild(node, AddNode(Kind::kValue, label, program_.exprs[usual.args[i]].type, function, value));
    }
  }

  Context& context_;
  const hir::Program& program_;
  hir::EntityId entity_;
  hir::EventTypeId event_;
  std::vector<std::unique_ptr<Lowerer>> lowerers_;   // by function
  std::vector<std::unique_ptr<HoldState>> holds_;    // what inner conditions rest on; found already by the rule itself
  WhyCase case_;
};

/// The sequences in a condition, each once.
void AddSequences(Context& context, hir::EntityId entity, hir::ExprId id, WhyPlan& why) {
  const hir::Program& program = context.program;
  const hir::Expr& expr = program.exprs[id];
  for (hir::ExprId arg : expr.args) AddSequences(context, entity, arg, why);
  if (expr.kind != hir::ExprKind::kSequence) return;
  const hir::Sequence& sequence = program.sequences[expr.sequence];
  const SequenceState& state = context.state(entity).Sequence(expr.sequence);
  const auto same = [&state](const WhySequence& other) { return other.slot == state.slot; };
  if (std::any_of(why.sequences.begin(), why.sequences.end(), same)) return;
  WhySequence out;
  out.label = context.SourceText(sequence.span);
  if (out.label.empty()) out.label = context.keys.Sequence(sequence);
  for (const hir::Step& step : sequence.steps) {
    std::string label = context.SourceText(program.patterns[step.pattern].span);
    if (label.empty()) label = context.state(entity).pattern_key(step.pattern, false);
    out.steps.push_back({std::move(label), step.within_micros});
  }
  out.absent = sequence.absent;
  for (const hir::SequenceKey& key : sequence.keys) out.keys.push_back({std::string(program.Text(key.name)), key.type});
  out.list = state.list;
  out.slot = state.slot;
  why.sequences.push_back(std::move(out));
}

}  // namespace

WhyPlan AddWhy(Context& context, hir::RuleId id) {
  const hir::Rule& rule = context.program.rules[id];
  const std::string label = RuleLabel(context.program, rule);
  WhyPlan why;
  why.rule = id.value;
  if (!rule.on_event) {
    why.cases.push_back(Parts(context, rule.entity, {}).Finish(rule.condition, label));
    return why;
  }
  for (hir::EventTypeId event : TriggersOf(context.program, rule)) {
    why.cases.push_back(Parts(context, rule.entity, event).Finish(rule.condition, label));
  }
  AddSequences(context, rule.entity, rule.condition, why);
  return why;
}

WhyCase AddParts(Context& context, hir::EntityId entity, hir::ExprId condition, const std::string& label) {
  return Parts(context, entity, {}).Finish(condition, label);
}

void PlaceParts(const EntityState& state, WhyCase& parts) {
  for (WhyNode& node : parts.nodes) {
    if (node.kind == WhyNode::Kind::kHold) node.slot = state.OffsetOf(node.slot);
  }
}

void PlaceWhy(const Context& context, WhyPlan& why) {
  const EntityState& state = context.states[context.plan.rules[why.rule].entity];
  for (WhySequence& sequence : why.sequences) sequence.slot = state.OffsetOf(sequence.slot);
  for (WhyCase& one : why.cases) PlaceParts(state, one);
}

}  // namespace mrule::plan
