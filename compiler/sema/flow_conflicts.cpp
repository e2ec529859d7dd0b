// SPDX-License-Identifier: Apache-2.0
// Rules that exclude each other (S10). Two rules are compared if both set one attribute, to values that can differ, in
// one round: at a common event, or both on state. Their conditions must be conjunctions of simple comparisons; then
// regions are met variable by variable, and a state in which both hold is the example. Anything else says nothing.
//
// Assumed: attributes and fields are independent of each other; what is missing is missing for both rules. A pair of
// different priorities is meant, and so is one whose common value is the same expression.
//
// Cost: rules are kept apart by attribute and event, then by the values that they demand of one variable, so that a
// thousand rules `when purchased and country is …` are not compared with each other. What is left is compared pair by
// pair, within a budget for the whole program.
#include <algorithm>
#include <map>
#include <set>
#include <tuple>

#include "compiler/sema/flow.h"
#include "compiler/sema/flow_region.h"

namespace mrule::sema {
namespace {

using hir::Effect;
using hir::EffectForm;
using hir::EventTypeId;
using hir::Expr;
using hir::ExprId;
using hir::ExprKind;
using hir::Program;
using hir::Rule;
using hir::RuleId;

constexpr size_t kPairsMax = 2'000'000;   // compared in one program; about a second
constexpr size_t kLiteralsMax = 64;       // comparisons in one condition
constexpr int kSameDepthMax = 32;

using Demands = std::map<Variable, Literal>;

/// One rule's claim on one attribute, and what must hold for it.
struct Claim {
  uint32_t rule = 0;
  ExprId value;
  source::Span span;  // of the action
  Demands demands;
};

/// Rules that set one attribute in the same rounds: at one event, or (None) on state.
struct Round {
  uint32_t entity = 0;
  uint32_t attribute = 0;
  EventTypeId event;
  auto Key() const { return std::tuple(entity, attribute, event.value); }
  friend bool operator<(const Round& a, const Round& b) { return a.Key() < b.Key(); }
};

class Conflicts {
 public:
  Conflicts(const Program& program, diagnostics::Emitter& diags) : program_(program), diags_(diags) {}

  void Run() {
    // Most attributes are set by one rule only, or by none: those cost nothing more.
    for (uint32_t i = 0; i < program_.rules.size(); ++i) AddClaims(i);
    for (auto& [round, claims] : rounds_) {
      if (claims.size() > 1) Compare(round, claims);
    }
  }

 private:
  void AddClaims(uint32_t index) {
    const Rule& rule = program_.rules[RuleId(index)];
    bool sets = false;
    for (const hir::ActionCall& action : rule.actions) {
      for (const Effect& effect : action.effects) sets |= effect.form == EffectForm::kSet;
    }
    if (!sets) return;
    std::vector<EventTypeId> events;
    if (rule.on_event) {
      if (!EventsOf(rule.condition, events)) return;
    } else {
      events.push_back(EventTypeId());
    }
    for (EventTypeId event : events) {
      Claim claim;
      claim.rule = index;
      size_t count = 0;
      if (!Demand(rule.condition, event, claim.demands, count)) continue;
      for (const hir::ActionCall& action : rule.actions) {
        for (const Effect& effect : action.effects) {
          if (effect.form != EffectForm::kSet) continue;
          claim.value = effect.value;
          claim.span = action.span;
          Round round{rule.entity.value, effect.attribute, event};
          rounds_[round].push_back(claim);
        }
      }
    }
  }

  static bool IsTrigger(const Expr& expr) { return expr.kind == ExprKind::kEvent || expr.kind == ExprKind::kSequence; }

  // The events that a rule fires at, if its condition is a conjunction with one trigger (or one `or` of them) in it.
  bool EventsOf(ExprId id, std::vector<EventTypeId>& events) const {
    const Expr& expr = program_.exprs[id];
    if (IsTrigger(expr)) {
      for (const hir::PatternCase& one : program_.patterns[expr.pattern].cases) events.push_back(one.event);
      return true;
    }
    if (expr.kind != ExprKind::kAnd) return false;
    int triggers = 0;
    for (ExprId arg : expr.args) {
      if (IsTrigger(program_.exprs[arg])) triggers += EventsOf(arg, events);
    }
    return triggers == 1;
  }

  // Gathers what the condition demands of each variable at `event`; false if some of it is not simple, or if it
  // cannot hold.
  bool Demand(ExprId id, EventTypeId event, Demands& demands, size_t& count) const {
    if (++count > kLiteralsMax) return false;
    const Expr& expr = program_.exprs[id];
    if (expr.kind == ExprKind::kAnd) {
      return std::all_of(expr.args.begin(), expr.args.end(),
                         [&](ExprId arg) { return Demand(arg, event, demands, count); });
    }
    if (expr.kind == ExprKind::kConstant) return expr.constant.i64 != 0;
    if (IsTrigger(expr)) {  // a sequence can be complete at any of its last events
      for (const hir::PatternCase& one : program_.patterns[expr.pattern].cases) {
        if (one.event == event) return !one.filter || Demand(one.filter, event, demands, count);
      }
      return false;
    }
    auto literal = ReadLiteral(program_, id, false);
    if (!literal) return false;
    auto [known, is_new] = demands.emplace(literal->variable, *literal);
    if (!is_new) known->second.region.Meet(literal->region);
    return !known->second.region.IsEmpty();
  }

  // --- pairs ---

  void Compare(const Round& round, std::vector<Claim>& claims) {
    // The variable of which most rules demand a single value keeps them apart.
    std::map<Variable, size_t> users;
    for (const Claim& claim : claims) {
      for (const auto& [variable, literal] : claim.demands) {
        if (IsSingle(literal.region)) ++users[variable];
      }
    }
    auto best = std::max_element(users.begin(), users.end(), [](auto& a, auto& b) { return a.second < b.second; });
    std::map<double, std::vector<const Claim*>> by_value;
    std::vector<const Claim*> others;
    for (const Claim& claim : claims) {
      auto demand = users.empty() ? claim.demands.end() : claim.demands.find(best->first);
      if (demand != claim.demands.end() && IsSingle(demand->second.region)) {
        by_value[demand->second.region.allowed->front()].push_back(&claim);
      } else {
        others.push_back(&claim);
      }
    }
    for (const auto& [value, group] : by_value) {
      for (size_t i = 1; i < group.size(); ++i) CompareWith(round, *group[i], {group.data(), i});
    }
    for (size_t i = 0; i < others.size(); ++i) {
      if (CompareWith(round, *others[i], {others.data(), i})) continue;
      for (const auto& [value, group] : by_value) {
        if (CompareWith(round, *others[i], group)) break;
      }
    }
  }

  static bool IsSingle(const Region& region) { return region.allowed && region.allowed->size() == 1; }

  // Reports the first of `known` that excludes `claim`: one report for each rule is enough to act on.
  bool CompareWith(const Round& round, const Claim& claim, std::span<const Claim* const> known) {
    for (const Claim* other : known) {
      if (pairs_++ >= kPairsMax) return true;
      const Claim& first = claim.rule < other->rule ? claim : *other;
      const Claim& second = claim.rule < other->rule ? *other : claim;
      if (!CanDiffer(first, second)) continue;
      auto example = ExampleOf(round, first, second);
      if (!example) continue;
      if (reported_.insert({{first.rule, second.rule}, round.attribute}).second) Report(round, first, second, *example);
      return true;
    }
    return false;
  }

  bool CanDiffer(const Claim& a, const Claim& b) const {
    if (a.rule == b.rule) return false;
    const Rule& second = program_.rules[RuleId(b.rule)];
    if (second.revert.of && second.revert.of.index() == a.rule) return false;  // flow_reverts.cpp
    if (program_.rules[RuleId(a.rule)].priority != program_.rules[RuleId(b.rule)].priority) return false;
    return !IsSame(a.value, b.value, 0);
  }

  bool IsSame(ExprId a_id, ExprId b_id, int depth) const {
    const Expr& a = program_.exprs[a_id];
    const Expr& b = program_.exprs[b_id];
    if (depth > kSameDepthMax || a.kind != b.kind || a.type.kind != b.type.kind || a.args.size() != b.args.size()) return false;
    switch (a.kind) {
      case ExprKind::kConstant:
        if (a.constant.items != b.constant.items || ValueOf(program_, a) != ValueOf(program_, b)) return false;
        break;
      case ExprKind::kAttribute:
      case ExprKind::kBefore:
      case ExprKind::kField:
        if (a.index != b.index || a.constant.text != b.constant.text) return false;
        break;
      case ExprKind::kAggregate:
        if (a.aggregate != b.aggregate) return false;
        break;
      case ExprKind::kBuiltin:
        if (a.builtin != b.builtin) return false;
        break;
      case ExprKind::kClock:
      case ExprKind::kToday:
        if (a.index != b.index) return false;
        break;
      case ExprKind::kTemplate:
        if (a.chunks != b.chunks) return false;
        break;
      case ExprKind::kUnknown:
        return true;  // sets nothing
      case ExprKind::kNow:
      case ExprKind::kSubject:
      case ExprKind::kDefault:
        break;
      default:
        return false;
    }
    for (size_t i = 0; i < a.args.size(); ++i) {
      if (!IsSame(a.args[i], b.args[i], depth + 1)) return false;
    }
    return true;
  }

  // A state in which both hold, in words; nothing if there is none.
  std::optional<std::string> ExampleOf(const Round& round, const Claim& a, const Claim& b) const {
    for (const auto& [variable, literal] : b.demands) {
      auto other = a.demands.find(variable);
      if (other == a.demands.end()) continue;
      Region both = other->second.region;
      both.Meet(literal.region);
      if (both.IsEmpty()) return std::nullopt;
    }
    Demands all = a.demands;
    for (const auto& [variable, literal] : b.demands) {
      auto [known, is_new] = all.emplace(variable, literal);
      if (!is_new) known->second.region.Meet(literal.region);
    }
    std::string text;
    size_t left = all.size();
    for (const auto& [variable, literal] : all) {
      auto part = Example(program_, hir::EntityId(round.entity), literal);
      if (!part) return std::nullopt;
      if (!text.empty()) text += left == 1 ? " and " : ", ";
      text += *part;
      --left;
    }
    return text;
  }

  // --- words ---

  std::string ActionText(const Claim& claim, std::string_view attribute) const {
    const Expr& value = program_.exprs[claim.value];
    std::string rule = "\"" + std::string(program_.Text(program_.rules[RuleId(claim.rule)].name)) + "\"";
    if (value.kind != ExprKind::kConstant || PhysicalOf(value.type.kind) == Physical::kSet)
      return rule + " computes a new `" + std::string(attribute) + "`";
    return rule + " makes it " + ValueText(program_, value.type, ValueOf(program_, value));
  }

  void Report(const Round& round, const Claim& first, const Claim& second, const std::string& example) {
    const hir::Attribute& attribute = program_.entities[hir::EntityId(round.entity)].attributes[round.attribute];
    std::string_view name = program_.Text(attribute.name);
    std::string_view one = program_.Text(program_.rules[RuleId(first.rule)].name);
    std::string_view two = program_.Text(program_.rules[RuleId(second.rule)].name);
    std::string when = round.event ? "at one `" + std::string(program_.Text(program_.events[round.event].name)) + "`" : "at once";
    std::string shown = example;
    if (shown.empty()) {
      shown = round.event ? "at every `" + std::string(program_.Text(program_.events[round.event].name)) + "`" : "at any time";
    } else {
      shown = "when " + shown;
    }
    diags_
        .Report(second.span, DiagId::kRulesConflict,
                {{"one", one}, {"two", two}, {"attribute", name}, {"when", when}, {"example", shown}})
        .Label(first.span, ActionText(first, name))
        .Label(second.span, ActionText(second, name))
        .Note(Settled(attribute, first, second, name))
        .Help("say which one is meant: give it a higher `priority`, or make the conditions exclude each other");
  }

  std::string Settled(const hir::Attribute& attribute, const Claim& first, const Claim& second, std::string_view name) const {
    auto rule_text = [this](const Claim& claim) {
      return "\"" + std::string(program_.Text(program_.rules[RuleId(claim.rule)].name)) + "\"";
    };
    const Expr& a = program_.exprs[first.value];
    const Expr& b = program_.exprs[second.value];
    bool is_ordered = PhysicalOf(attribute.type.kind) == Physical::kI64 || PhysicalOf(attribute.type.kind) == Physical::kF64;
    bool both_known = a.kind == ExprKind::kConstant && b.kind == ExprKind::kConstant;
    if (attribute.safer != hir::Safer::kNone && is_ordered) {
      bool less = attribute.safer == hir::Safer::kLess;
      if (!both_known) return std::string("the ") + (less ? "lower" : "higher") + " `" + std::string(name) + "` is the safer one and wins";
      bool first_wins = (ValueOf(program_, a) < ValueOf(program_, b)) == less;
      return rule_text(first_wins ? first : second) + " wins, because its `" + std::string(name) + "` is the safer one";
    }
    return rule_text(first) + " wins, because it stands first";
  }

  using DiagId = diagnostics::DiagId;
  const Program& program_;
  diagnostics::Emitter& diags_;
  std::map<Round, std::vector<Claim>> rounds_;
  struct Reported {
    std::pair<uint32_t, uint32_t> rules;
    uint32_t attribute;
    friend auto operator<=>(const Reported&, const Reported&) = default;
  };
  std::set<Reported> reported_;
  size_t pairs_ = 0;
};

}  // namespace

void CheckConflicts(const Program& program, diagnostics::Emitter& diags) { Conflicts(program, diags).Run(); }

}  // namespace mrule::sema
