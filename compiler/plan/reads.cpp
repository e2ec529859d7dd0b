// SPDX-License-Identifier: Apache-2.0
#include "compiler/plan/reads.h"

#include <algorithm>
#include <limits>
#include <map>

namespace mrule::plan {
namespace {

constexpr int64_t kForEver = std::numeric_limits<int64_t>::max();

int64_t Sum(int64_t a, int64_t b) { return a > kForEver - b ? kForEver : a + b; }

class Reads {
 public:
  explicit Reads(const hir::Program& program) : program_(program) {}

  /// `longer`: by how much what surrounds the expression makes an influence last longer.
  void Walk(hir::ExprId id, int64_t longer) {
    const hir::Expr& expr = program_.exprs[id];
    switch (expr.kind) {
      case hir::ExprKind::kConstant:
      case hir::ExprKind::kUnknown:
      case hir::ExprKind::kField:
      case hir::ExprKind::kSubject:
      case hir::ExprKind::kNow:
      case hir::ExprKind::kToday:
      case hir::ExprKind::kClock:
      case hir::ExprKind::kBefore:
        return;
      case hir::ExprKind::kAttribute:
        attributes_[expr.index] = kForEver;
        return;
      case hir::ExprKind::kAggregate: {
        const hir::Aggregate& aggregate = program_.aggregates[expr.aggregate];
        return AddPattern(aggregate.pattern, Reach(aggregate.window, longer));
      }
      case hir::ExprKind::kTimes:
      case hir::ExprKind::kNoneIn:
        return AddPattern(expr.pattern, Reach(expr.window, longer));
      case hir::ExprKind::kEvent:
        return AddPattern(expr.pattern, longer);
      case hir::ExprKind::kSequence:
        return AddSequence(program_.sequences[expr.sequence], longer);
      case hir::ExprKind::kHold:
        return Walk(expr.args[0], Sum(longer, expr.window_micros));
      case hir::ExprKind::kRow:
        return Walk(expr.args[0], kForEver);  // as long as the reports of a row take
      case hir::ExprKind::kExtreme:
        return Walk(expr.args[0], Sum(longer, expr.window_micros));
      case hir::ExprKind::kEnters:
      case hir::ExprKind::kLeaves:
        return Walk(program_.segments[expr.segment].condition, longer);
      case hir::ExprKind::kBuiltin:
      case hir::ExprKind::kUsual:
      case hir::ExprKind::kBaseline:
      case hir::ExprKind::kAnd:
      case hir::ExprKind::kOr:
      case hir::ExprKind::kNot:
      case hir::ExprKind::kIsKnown:
      case hir::ExprKind::kDefault:
      case hir::ExprKind::kRequire:
      case hir::ExprKind::kInSet:
      case hir::ExprKind::kMatches:
      case hir::ExprKind::kHasAny:
      case hir::ExprKind::kTemplate:
        for (hir::ExprId arg : expr.args) Walk(arg, longer);
        return;
    }
  }

  void Fill(RulePlan& rule, const std::vector<Attribute>& attributes) const {
    for (const auto& [event, reach] : events_) {
      if (reach > 0) rule.event_reads.push_back({event, reach});
    }
    const hir::Entity& entity = program_.entities[hir::EntityId(rule.entity)];
    for (uint32_t i = 0; i < attributes.size(); ++i) {
      for (const auto& [number, reach] : attributes_) {
        if (program_.Text(entity.attributes[number].name) == attributes[i].name) rule.attribute_reads.push_back({i, reach});
      }
    }
  }

 private:
  /// A calendar's window reaches as far as its periods are long: for ever is the safe answer.
  static int64_t Reach(const hir::Window& window, int64_t longer) {
    if (window.kind != hir::Window::Kind::kRolling) return kForEver;
    return Sum(Sum(window.micros, window.lag), longer);
  }

  /// Whichever step it is of, an event reaches no farther than all hops together.
  void AddSequence(const hir::Sequence& sequence, int64_t longer) {
    int64_t reach = longer;
    for (const hir::Step& step : sequence.steps) reach = Sum(reach, step.within_micros);
    for (const hir::Step& step : sequence.steps) AddPattern(step.pattern, reach);
  }

  void AddPattern(hir::PatternId id, int64_t reach) {
    for (const hir::PatternCase& one : program_.patterns[id].cases) {
      int64_t& known = events_[one.event.value];
      known = std::max(known, reach);
    }
  }

  const hir::Program& program_;
  std::map<uint32_t, int64_t> events_;
  std::map<uint32_t, int64_t> attributes_;  // by number in the entity's declaration
};

/// A firing more, or one less, moves what a limit lets through for as long as the limit looks back.
int64_t LongestLimit(const hir::Rule& rule) {
  int64_t longest = 0;
  for (const hir::Limit& limit : rule.limits) {
    longest = std::max(longest, limit.period_micros == 0 ? kForEver : limit.period_micros);
  }
  return longest;
}

}  // namespace

void AddReads(Context& context) {
  for (size_t i = 0; i < context.program.rules.size(); ++i) {
    const hir::Rule& rule = context.program.rules[hir::RuleId(i)];
    Reads reads(context.program);
    reads.Walk(rule.condition, LongestLimit(rule));
    reads.Fill(context.plan.rules[i], context.plan.entities[rule.entity.index()].attributes);
  }
}

}  // namespace mrule::plan
