// SPDX-License-Identifier: Apache-2.0
// Rules that set each other off at one instant (S9). Two steps:
//
// 1. A graph whose size is linear in the program: a rule leads to what it writes (an attribute, an item of a set, a
//    constant value of an attribute, an emitted event), and from there to the rules whose conditions read that. Its
//    strongly connected components, of which nearly every program has none, are looked at one by one.
// 2. Within a component, exactly: can what this rule does make that rule's condition true, can it make it false? Rules
//    that cannot fire again and again are taken out until nothing changes; if a cycle is left, it is reported.
//
// What is assumed:
// - One rule's effects are judged together, those of several rules in one round one after the other: that two sums
//   which alone are too small pass a bound together is not seen.
// - A rule on state fires when its condition turns true, so it goes round only if something turns it false in between:
//   a rule that pushes its own condition further is no cycle.
// - A rule with a limit of at most kRoundsMax firings ends what it is part of. So does `C for D`, which is never true
//   at the instant at which it begins to be.
// - A constant put into a set, or given to an attribute, changes something at most once unless another rule undoes it.
// - A condition on an attribute that the rule itself has left false (`when ping and status is new set status to old`)
//   stops an emitted event from firing it again.
// - Two rules whose conditions contradict each other about a value that no rule of the cycle changes (`roas > 4`, `roas <
//   1`) do not set each other off.
// - What a rule needs and does not change is still so in the next round.
// - Other attributes, the age of things and windows stay as they are within the instant; priorities and suppressed
//   effects are not followed.
#include "compiler/sema/flow.h"

#include <algorithm>
#include <map>
#include <optional>
#include <tuple>
#include <unordered_map>

#include "compiler/base/limits.h"
#include "compiler/sema/flow_judge.h"
#include "compiler/sema/flow_region.h"
#include "compiler/sema/window_text.h"

namespace mrule::sema {
namespace {

using flow::Judge;
using hir::ActionCall;
using hir::Effect;
using hir::EffectForm;
using hir::EventTypeId;
using hir::Expr;
using hir::ExprId;
using hir::ExprKind;
using hir::PatternId;
using hir::Program;
using hir::Rule;
using hir::RuleId;

constexpr uint32_t kVisitsMax = Judge::kVisitsMax;
constexpr size_t kExactRulesMax = 256;    // rules that are compared pair by pair

// --- the graph ---

/// Nodes are the rules, in order, then what they write and read.
struct Graph {
  std::vector<uint32_t> begin;  // of a node's successors; one more than nodes
  std::vector<uint32_t> next;

  std::span<const uint32_t> Successors(uint32_t node) const {
    return {next.data() + begin[node], begin[node + 1] - begin[node]};
  }
  uint32_t size() const { return static_cast<uint32_t>(begin.size() - 1); }
};

class GraphMaker {
 public:
  GraphMaker(const Program& program, const Judge& judge) : program_(program), judge_(judge) {}

  Graph Make() {
    nodes_ = static_cast<uint32_t>(program_.rules.size());
    for (uint32_t i = 0; i < program_.rules.size(); ++i) AddWrites(i);
    if (!edges_.empty()) {
      for (uint32_t i = 0; i < program_.rules.size(); ++i) AddReads(i);
    }
    Graph graph;
    graph.begin.assign(nodes_ + 1, 0);
    for (auto [from, to] : edges_) ++graph.begin[from + 1];
    for (uint32_t i = 0; i < nodes_; ++i) graph.begin[i + 1] += graph.begin[i];
    graph.next.resize(edges_.size());
    std::vector<uint32_t> at(graph.begin.begin(), graph.begin.end() - 1);
    for (auto [from, to] : edges_) graph.next[at[from]++] = to;
    return graph;
  }

 private:
  // What of an attribute a node stands for. An unspecified change reaches every reader; a constant one reaches those
  // that ask for that constant, and those that ask for anything else than constants.
  enum class Part : uint8_t { kAnyChange, kValue, kSomeChange, kEvent };
  struct Key {
    Part part;
    uint32_t entity;
    uint32_t index;
    double value;
    friend bool operator==(const Key&, const Key&) = default;
  };
  struct KeyHash {
    size_t operator()(const Key& key) const noexcept {
      size_t hash = std::hash<double>()(key.value);
      hash = hash * 0x9E3779B97F4A7C15u + key.index;
      hash = hash * 0x9E3779B97F4A7C15u + key.entity;
      return hash * 0x9E3779B97F4A7C15u + static_cast<size_t>(key.part);
    }
  };

  uint32_t Node(Part part, uint32_t entity, uint32_t index, double value = 0) {
    auto [known, is_new] = nodes_by_key_.emplace(Key{part, entity, index, value}, nodes_);
    if (is_new) ++nodes_;
    return known->second;
  }
  void Link(uint32_t from, uint32_t to) { edges_.emplace_back(from, to); }

  void AddWrites(uint32_t index) {
    const Rule& rule = program_.rules[RuleId(index)];
    uint32_t entity = rule.entity.value;
    for (const ActionCall& action : rule.actions) {
      if (action.emits) Link(index, Node(Part::kEvent, entity, action.emits.value));
      for (const Effect& effect : action.effects) {
        const Expr& value = program_.exprs[effect.value];
        if (value.kind == ExprKind::kUnknown) continue;
        bool is_item = effect.form != EffectForm::kSet && value.type.is_text();
        bool is_constant = value.kind == ExprKind::kConstant && (effect.form == EffectForm::kSet || is_item) &&
                           value.type.kind != TypeKind::kSet;
        Link(index, Node(Part::kSomeChange, entity, effect.attribute));
        Link(index, is_constant ? Node(Part::kValue, entity, effect.attribute, ValueOf(program_, value))
                                : Node(Part::kAnyChange, entity, effect.attribute));
      }
    }
  }

  void ReadEvents(uint32_t index, PatternId pattern) {
    for (const hir::PatternCase& one : program_.patterns[pattern].cases) {
      uint32_t changed = program_.events[one.event].changed;
      if (changed != hir::EventType::kNone) {
        Link(Node(Part::kSomeChange, program_.rules[RuleId(index)].entity.value, changed), index);
        continue;
      }
      auto node = nodes_by_key_.find({Part::kEvent, program_.rules[RuleId(index)].entity.value, one.event.value, 0});
      if (node != nodes_by_key_.end() && judge_.Passes(one)) Link(node->second, index);
    }
  }

  void AddReads(uint32_t index) {
    const Rule& rule = program_.rules[RuleId(index)];
    uint32_t entity = rule.entity.value;
    std::vector<std::pair<ExprId, bool>> pending{{rule.condition, true}};  // and whether it must be true
    for (uint32_t visits = 0; !pending.empty() && visits < kVisitsMax; ++visits) {
      auto [id, must] = pending.back();
      pending.pop_back();
      const Expr& expr = program_.exprs[id];
      if (expr.kind == ExprKind::kEvent || expr.kind == ExprKind::kSequence) ReadEvents(index, expr.pattern);
      if (expr.kind == ExprKind::kAnd || (rule.on_event && expr.kind == ExprKind::kOr)) {
        for (ExprId arg : expr.args) pending.emplace_back(arg, must && expr.kind == ExprKind::kAnd);
        continue;
      }
      if (rule.on_event || expr.kind == ExprKind::kHold || expr.kind == ExprKind::kRow) continue;
      if (expr.kind == ExprKind::kTimes || expr.kind == ExprKind::kNoneIn) ReadEvents(index, expr.pattern);
      if (expr.kind == ExprKind::kAggregate) ReadEvents(index, program_.aggregates[expr.aggregate].pattern);
      if (expr.kind == ExprKind::kEnters || expr.kind == ExprKind::kLeaves)
        pending.emplace_back(program_.segments[expr.segment].condition, must && expr.kind == ExprKind::kEnters);
      if (auto literal = ReadLiteral(program_, id, false)) {
        bool is_item = literal->variable.kind == Variable::Kind::kItem;
        if (is_item || (must && literal->region.allowed)) {
          uint32_t attribute = literal->variable.index;
          Link(Node(Part::kAnyChange, entity, attribute), index);
          if (is_item) {
            Link(Node(Part::kValue, entity, attribute, literal->variable.item), index);
          } else {
            for (double value : *literal->region.allowed) Link(Node(Part::kValue, entity, attribute, value), index);
          }
          continue;
        }
      }
      if (expr.kind == ExprKind::kAttribute) Link(Node(Part::kSomeChange, entity, expr.index), index);
      for (ExprId arg : expr.args) pending.emplace_back(arg, false);
    }
  }

  const Program& program_;
  const Judge& judge_;
  std::unordered_map<Key, uint32_t, KeyHash> nodes_by_key_;
  std::vector<std::pair<uint32_t, uint32_t>> edges_;
  uint32_t nodes_ = 0;
};

/// Strongly connected components (Tarjan's, without recursion): a component's number is higher than those it leads to.
struct Components {
  std::vector<uint32_t> of;
  uint32_t count = 0;
};

template <typename Skip>
Components FindComponents(const Graph& graph, Skip skip) {
  constexpr uint32_t kNew = 0xFFFFFFFFu;
  Components result;
  result.of.assign(graph.size(), kNew);
  std::vector<uint32_t> order(graph.size(), kNew), low(graph.size(), 0), stack;
  struct Frame {
    uint32_t node;
    size_t at;
  };
  std::vector<Frame> frames;
  uint32_t clock = 0;
  for (uint32_t root = 0; root < graph.size(); ++root) {
    if (order[root] != kNew) continue;
    frames.push_back({root, 0});
    while (!frames.empty()) {
      auto& [node, at] = frames.back();
      if (at == 0) {
        order[node] = low[node] = clock++;
        stack.push_back(node);
      }
      std::span<const uint32_t> next = skip(node) ? std::span<const uint32_t>() : graph.Successors(node);
      if (at < next.size()) {
        uint32_t to = next[at++];
        if (order[to] == kNew) {
          frames.push_back({to, 0});
        } else if (result.of[to] == kNew) {
          low[node] = std::min(low[node], order[to]);
        }
        continue;
      }
      uint32_t done = node;
      frames.pop_back();
      if (!frames.empty()) low[frames.back().node] = std::min(low[frames.back().node], low[done]);
      if (low[done] != order[done]) continue;
      for (uint32_t top = kNew; top != done;) {
        top = stack.back();
        stack.pop_back();
        result.of[top] = result.count;
      }
      ++result.count;
    }
  }
  return result;
}

// --- cycles and chains ---

class Rounds {
 public:
  Rounds(const Program& program, diagnostics::Emitter& diags)
      : program_(program), diags_(diags), judge_(program), rule_count_(static_cast<uint32_t>(program.rules.size())) {}

  void Run() {
    graph_ = GraphMaker(program_, judge_).Make();
    if (graph_.next.empty()) return;
    FindCycles();
    FindChain();
  }

 private:
  const Rule& RuleAt(uint32_t index) const { return program_.rules[RuleId(index)]; }

  bool IsLimited(uint32_t node) const {
    if (node >= rule_count_) return false;
    const Rule& rule = RuleAt(node);
    // A way back fires no more often than its rule.
    const std::vector<hir::Limit>& limits = (rule.revert.of ? program_.rules[rule.revert.of] : rule).limits;
    return std::any_of(limits.begin(), limits.end(),
                       [](const hir::Limit& limit) { return !limit.key && limit.count <= limits::kRoundsMax; });
  }

  void FindCycles() {
    Components components = FindComponents(graph_, [this](uint32_t node) { return IsLimited(node); });
    std::vector<uint32_t> sizes(components.count, 0);
    for (uint32_t component : components.of) ++sizes[component];
    std::map<uint32_t, std::vector<uint32_t>> members;
    for (uint32_t rule = 0; rule < rule_count_; ++rule) {
      // A rule alone is no cycle: even one that triggers itself does so through what it writes.
      if (sizes[components.of[rule]] > 1) members[components.of[rule]].push_back(rule);
    }
    std::vector<std::vector<uint32_t>> in_order;
    for (auto& [component, rules] : members) in_order.push_back(std::move(rules));
    std::sort(in_order.begin(), in_order.end());
    for (const std::vector<uint32_t>& rules : in_order) {
      // Too many to compare: rules so entangled are left to the run.
      if (rules.size() <= kExactRulesMax) LookForCycle(rules);
    }
  }

  // The rules outside the component that its members set off: they can turn a member's condition false.
  std::vector<uint32_t> Bystanders(const std::vector<uint32_t>& members) const {
    std::vector<uint32_t> found;
    for (uint32_t member : members) {
      for (uint32_t written : graph_.Successors(member)) {
        for (uint32_t reader : graph_.Successors(written)) {
          if (found.size() >= kExactRulesMax) return found;
          bool is_known = std::binary_search(members.begin(), members.end(), reader) ||
                          std::find(found.begin(), found.end(), reader) != found.end();
          if (!is_known) found.push_back(reader);
        }
      }
    }
    return found;
  }

  // What each member demands of values that none of `rules` changes, by a text that says which value it is. `roas > 4`
  // and `roas < 1` cannot both hold at one instant, so neither rule sets off the other.
  using Demands = std::map<std::string, Region>;

  std::vector<Demands> FixedDemands(const std::vector<uint32_t>& members, const std::vector<uint32_t>& rules) const {
    std::vector<uint32_t> written;
    bool emits = false;
    for (uint32_t rule : rules) {
      for (const ActionCall& action : RuleAt(rule).actions) {
        emits |= action.emits.has_value();
        for (const Effect& effect : action.effects) written.push_back(effect.attribute);
      }
    }
    std::vector<Demands> result(members.size());
    for (size_t i = 0; i < members.size(); ++i) {
      std::vector<ExprId> pending{RuleAt(members[i]).condition};
      for (uint32_t visits = 0; !pending.empty() && visits < kVisitsMax; ++visits) {
        ExprId id = pending.back();
        pending.pop_back();
        const Expr& expr = program_.exprs[id];
        if (expr.kind == ExprKind::kAnd || expr.kind == ExprKind::kRequire || expr.kind == ExprKind::kHold) {
          pending.insert(pending.end(), expr.args.begin(), expr.args.end());
          continue;
        }
        std::optional<Region> region;
        std::string value;
        if (auto literal = ReadLiteral(program_, id, false)) {
          if (literal->variable.kind == Variable::Kind::kField) continue;
          region = literal->region;
          if (std::find(written.begin(), written.end(), literal->variable.index) != written.end()) continue;
          value = "@" + std::to_string(literal->variable.index) + "." + std::to_string(literal->variable.item);
        } else {
          region = ReadComparison(program_, id);
          if (!region || !Spell(expr.args[0], written, emits, value, 0)) continue;
        }
        auto [known, is_new] = result[i].emplace(std::move(value), *region);
        if (!is_new) known->second.Meet(*region);
      }
    }
    return result;
  }

  // A text that is equal for equal values; false if a rule can change the value, or if it is too involved.
  bool Spell(ExprId id, const std::vector<uint32_t>& written, bool emits, std::string& text, int depth) const {
    constexpr int kSpelledDepthMax = 32;
    const Expr& expr = program_.exprs[id];
    if (depth > kSpelledDepthMax) return false;
    text += std::to_string(static_cast<int>(expr.kind)) + "(";
    switch (expr.kind) {
      case ExprKind::kConstant:
        text += std::to_string(ValueOf(program_, expr));
        break;
      case ExprKind::kAttribute:
        if (std::find(written.begin(), written.end(), expr.index) != written.end()) return false;
        text += std::to_string(expr.index);
        break;
      case ExprKind::kAggregate: {
        if (emits) return false;
        // Measures share a pattern; aggregates of one measure and window may still be several.
        const hir::Aggregate& aggregate = program_.aggregates[expr.aggregate];
        text += std::to_string(static_cast<int>(aggregate.fn)) + "," + std::to_string(aggregate.pattern.value) + "," +
                hir::WindowText(program_, aggregate.window);
        break;
      }
      case ExprKind::kBuiltin:
        text += std::to_string(static_cast<int>(expr.builtin));
        break;
      case ExprKind::kDefault:
        break;
      default:
        return false;
    }
    for (ExprId arg : expr.args) {
      text += " ";
      if (!Spell(arg, written, emits, text, depth + 1)) return false;
    }
    text += ")";
    return true;
  }

  static bool AreCompatible(size_t a, size_t b, const std::vector<Demands>& fixed) {
    for (const auto& [value, region] : fixed[a]) {
      auto other = fixed[b].find(value);
      if (other == fixed[b].end()) continue;
      Region both = region;
      both.Meet(other->second);
      if (both.IsEmpty()) return false;
    }
    return true;
  }

  void LookForCycle(const std::vector<uint32_t>& members) {
    std::vector<uint32_t> rules = members;
    std::vector<uint32_t> more = Bystanders(members);
    rules.insert(rules.end(), more.begin(), more.end());
    size_t n = members.size();
    std::vector<Demands> fixed = FixedDemands(members, rules);
    // By member: which of `rules` turn its condition true (or fire it), and which turn it false.
    std::vector<std::vector<bool>> triggers(n, std::vector<bool>(rules.size())), resets = triggers;
    for (size_t to = 0; to < n; ++to) {
      const Rule& target = RuleAt(members[to]);
      for (size_t from = 0; from < rules.size(); ++from) {
        const Rule& source = RuleAt(rules[from]);
        if (source.entity != target.entity) continue;
        // What a rule on state does while its condition holds cannot make it turn true.
        bool is_itself = from == to && !target.on_event;
        triggers[to][from] = from < n && !is_itself && judge_.Triggers(source, target) && AreCompatible(from, to, fixed);
        resets[to][from] = judge_.Judged(source, target.condition).to_false;
      }
    }
    std::vector<bool> alive(rules.size(), true);
    for (bool changed = true; changed;) {
      changed = false;
      for (size_t i = 0; i < n; ++i) {
        if (!alive[i] || GoesOn(i, n, members, triggers, resets, alive)) continue;
        alive[i] = false;
        changed = true;
      }
    }
    for (size_t start = 0; start < n; ++start) {
      if (!alive[start]) continue;
      std::vector<uint32_t> cycle = CycleFrom(start, n, triggers, alive);
      if (cycle.empty()) continue;
      for (uint32_t& index : cycle) index = members[index];
      Report(cycle, true);
      return;
    }
  }

  bool GoesOn(size_t index, size_t n, const std::vector<uint32_t>& members, const std::vector<std::vector<bool>>& triggers,
              const std::vector<std::vector<bool>>& resets, const std::vector<bool>& alive) {
    auto any = [&](const std::vector<bool>& row) {
      for (size_t i = 0; i < row.size(); ++i) {
        if (row[i] && alive[i]) return true;
      }
      return false;
    };
    const Rule& rule = RuleAt(members[index]);
    if (!any(triggers[index])) return false;
    bool leads_on = false;
    for (size_t i = 0; i < n; ++i) leads_on |= alive[i] && triggers[i][index];
    if (!leads_on) return false;
    if (!rule.on_event) return any(resets[index]);
    if (judge_.Judged(rule, rule.condition).after != false) return true;
    // It has closed the door behind itself: does another one open it?
    for (size_t i = 0; i < n; ++i) {
      if (i != index && alive[i] && judge_.Judged(RuleAt(members[i]), rule.condition).to_true) return true;
    }
    return false;
  }

  // The shortest way from `start` back to it; empty if there is none.
  static std::vector<uint32_t> CycleFrom(size_t start, size_t n, const std::vector<std::vector<bool>>& triggers,
                                         const std::vector<bool>& alive) {
    constexpr uint32_t kNone = 0xFFFFFFFFu;
    std::vector<uint32_t> from(n, kNone), queue{static_cast<uint32_t>(start)};
    for (size_t at = 0; at < queue.size(); ++at) {
      uint32_t node = queue[at];
      if (triggers[start][node]) {
        std::vector<uint32_t> cycle{node};
        for (; node != start; node = from[node]) cycle.push_back(from[node]);
        std::reverse(cycle.begin(), cycle.end());
        return cycle;
      }
      for (uint32_t to = 0; to < n; ++to) {
        if (to == start || from[to] != kNone || !alive[to] || !triggers[to][node]) continue;
        from[to] = node;
        queue.push_back(to);
      }
    }
    return {};
  }

  // More than kRoundsMax rules, each set off by the one before. Rules in a cycle are left out: either it was reported,
  // or it is none.
  void FindChain() {
    Components components = FindComponents(graph_, [](uint32_t) { return false; });
    std::vector<uint32_t> sizes(components.count, 0);
    for (uint32_t component : components.of) ++sizes[component];
    // Components are numbered from the ends of chains to their beginnings.
    std::vector<uint32_t> by_component(graph_.size());
    {
      std::vector<uint32_t> at(components.count + 1, 0);
      for (uint32_t component : components.of) ++at[component + 1];
      for (uint32_t i = 0; i < components.count; ++i) at[i + 1] += at[i];
      for (uint32_t node = 0; node < graph_.size(); ++node) by_component[at[components.of[node]]++] = node;
    }
    auto weight = [&](uint32_t node) { return node < rule_count_ && sizes[components.of[node]] == 1 ? 1u : 0u; };
    std::vector<uint32_t> after(graph_.size(), 0), before(graph_.size(), 0);  // rules on the longest way, itself included
    for (uint32_t node : by_component) {
      uint32_t longest = 0;
      for (uint32_t to : graph_.Successors(node)) {
        if (components.of[to] != components.of[node]) longest = std::max(longest, after[to]);
      }
      after[node] = longest + weight(node);
    }
    if (*std::max_element(after.begin(), after.end()) <= limits::kRoundsMax) return;
    for (size_t i = by_component.size(); i-- > 0;) {
      uint32_t node = by_component[i];
      before[node] += weight(node);
      for (uint32_t to : graph_.Successors(node)) {
        if (components.of[to] != components.of[node]) before[to] = std::max(before[to], before[node]);
      }
    }
    std::vector<uint32_t> candidates;  // from the beginnings to the ends
    for (size_t i = by_component.size(); i-- > 0;) {
      uint32_t node = by_component[i];
      if (weight(node) != 0 && before[node] + after[node] > limits::kRoundsMax + 1) candidates.push_back(node);
    }
    if (candidates.size() > kExactRulesMax) candidates.resize(kExactRulesMax);
    ReportLongest(candidates);
  }

  void ReportLongest(const std::vector<uint32_t>& candidates) {
    constexpr size_t kNone = ~size_t{0};
    std::vector<size_t> length(candidates.size(), 1), from(candidates.size(), kNone);
    size_t best = 0;
    for (size_t to = 0; to < candidates.size(); ++to) {
      for (size_t i = 0; i < to; ++i) {
        if (length[i] + 1 <= length[to] || !judge_.Triggers(RuleAt(candidates[i]), RuleAt(candidates[to]))) continue;
        length[to] = length[i] + 1;
        from[to] = i;
      }
      if (length[to] > length[best]) best = to;
    }
    if (candidates.empty() || length[best] <= limits::kRoundsMax) return;
    std::vector<uint32_t> chain;
    for (size_t at = best; at != kNone; at = from[at]) chain.push_back(candidates[at]);
    std::reverse(chain.begin(), chain.end());
    Report(chain, false);
  }

  // --- words ---

  // A way back has the name of the rule that it belongs to.
  std::string Quoted(uint32_t rule) const {
    const std::string name = "\"" + std::string(program_.Text(RuleAt(rule).name)) + "\"";
    return RuleAt(rule).revert.when == hir::Revert::When::kNever ? name : "the way back of " + name;
  }

  // The action by which one rule sets off the next.
  source::Span Link(uint32_t from, uint32_t to) {
    const Rule& source = RuleAt(from);
    for (const ActionCall& action : source.actions) {
      Rule alone;
      alone.entity = source.entity;
      alone.condition = source.condition;
      alone.actions = {action};
      if (judge_.Triggers(alone, RuleAt(to))) return action.span;
    }
    return source.actions.front().span;
  }

  void Report(const std::vector<uint32_t>& rules, bool is_cycle) {
    constexpr size_t kShown = 20;
    std::string text;
    for (size_t i = 0; i < rules.size(); ++i) {
      if (i >= kShown && i + 1 < rules.size()) continue;
      if (i != 0) text += i > kShown ? " → … → " : " → ";
      text += Quoted(rules[i]);
    }
    if (is_cycle) text += " → " + Quoted(rules.front());
    size_t steps = is_cycle ? rules.size() : rules.size() - 1;
    auto target = [&](size_t i) { return rules[(i + 1) % rules.size()]; };
    auto report = diags_.Report(Link(rules[0], target(0)), DiagId::kRoundsMayRunOut,
                                {{"how", is_cycle ? "can set each other off for ever" : "set each other off one after the other"},
                                 {"limit", limits::kRoundsMax},
                                 {"rules", text}});
    for (size_t i = 0; i < steps && i < kShown; ++i) {
      report.Label(Link(rules[i], target(i)),
                   Quoted(rules[i]) + " sets off " + (target(i) == rules[i] ? "itself" : Quoted(target(i))));
    }
    if (is_cycle) {
      report.Help("give one of them a limit, such as `once per 24h`, or a condition that its own effect ends for good");
    } else {
      report.Help("let the first of them do what the others add up to");
    }
  }

  using DiagId = diagnostics::DiagId;
  const Program& program_;
  diagnostics::Emitter& diags_;
  Judge judge_;
  Graph graph_;
  uint32_t rule_count_;
};

}  // namespace

void CheckRounds(const Program& program, diagnostics::Emitter& diags) { Rounds(program, diags).Run(); }

}  // namespace mrule::sema
