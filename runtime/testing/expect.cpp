// SPDX-License-Identifier: Apache-2.0
#include "runtime/testing/expect.h"

#include <algorithm>

namespace mrule::runtime {
namespace {

using Expectation = plan::TestExpectation;
using Kind = Expectation::Kind;
using When = Expectation::When;

constexpr size_t kNearMax = 3;

bool Holds(std::string_view op, const SeenValue& left, const SeenValue& right) {
  if (left.json == "null") return false;  // never on the unknown
  if (op == "=") return left == right;
  if (op == "!=") return !(left == right);
  if (left.number && right.number) {
    return op == "<" ? *left.number < *right.number : op == "<=" ? *left.number <= *right.number : op == ">" ? *left.number > *right.number : *left.number >= *right.number;
  }
  return op == "<" ? left.json < right.json : op == "<=" ? left.json <= right.json : op == ">" ? left.json > right.json : left.json >= right.json;
}

bool HasArgument(const ValueMaker& maker, const plan::TestValue& expected, const SeenDecision& seen) {
  const auto found = std::find_if(seen.arguments.begin(), seen.arguments.end(), [&](const SeenArgument& one) { return one.name == expected.name; });
  if (found == seen.arguments.end() || found->values.size() != expected.values.size()) return false;
  for (size_t i = 0; i < expected.values.size(); ++i) {
    if (!(found->values[i] == maker.Make(expected.values[i], nullptr))) return false;
  }
  return true;
}

bool HasReason(const ValueMaker& maker, const plan::TestReason& expected, const SeenDecision& seen) {
  const auto found = std::find_if(seen.because.begin(), seen.because.end(), [&](const SeenArgument& one) { return one.name == expected.label; });
  return found != seen.because.end() && Holds(expected.op, found->values.front(), maker.Make(expected.value, nullptr));
}

bool SameLimit(const plan::LimitPlan& a, const plan::LimitPlan& b) {
  return a.count == b.count && a.by_calendar == b.by_calendar && a.period_micros == b.period_micros && (!a.by_calendar || a.period == b.period);
}

bool IsHeldByCause(const Expectation& expected, const SeenDecision& seen) {
  if (expected.by_rule != plan::kNoHandler) return !seen.by_limit && seen.winner_rule == expected.by_rule;
  if (!expected.by_limit) return true;
  return seen.by_limit && std::any_of(seen.limits.begin(), seen.limits.end(),
                                      [&](const plan::LimitPlan* limit) { return SameLimit(*limit, *expected.by_limit); });
}

/// Gives each expectation a decision of its own, as many as can have one (augmenting paths).
class Matching {
 public:
  Matching(std::vector<std::vector<uint32_t>> edges, size_t decisions) : edges_(std::move(edges)), owner_(decisions, kNobody) {}

  /// Whether expectation `i` got one.
  bool Give(uint32_t i) {
    seen_.assign(owner_.size(), false);
    return Augment(i);
  }
  bool IsOwned(uint32_t decision) const { return owner_[decision] != kNobody; }

 private:
  static constexpr uint32_t kNobody = 0xFFFFFFFFu;

  // Depth is bounded by the number of expectations of one test.
  bool Augment(uint32_t i) {
    for (uint32_t decision : edges_[i]) {
      if (seen_[decision]) continue;
      seen_[decision] = true;
      if (owner_[decision] != kNobody && !Augment(owner_[decision])) continue;
      owner_[decision] = i;
      return true;
    }
    return false;
  }

  std::vector<std::vector<uint32_t>> edges_;
  std::vector<uint32_t> owner_;
  std::vector<bool> seen_;
};

class Comparer {
 public:
  Comparer(const plan::Plan& plan, const plan::TestPlan& test, const std::vector<SeenDecision>& decided,
           const std::vector<SeenDecision>& held_back)
      : plan_(plan), test_(test), decided_(decided), held_back_(held_back) {}

  std::vector<Mismatch> Run() {
    std::vector<std::vector<uint32_t>> edges(test_.expectations.size());
    for (uint32_t i = 0; i < edges.size(); ++i) edges[i] = Meeting(test_.expectations[i], decided_);
    claimed_.assign(decided_.size(), false);
    Matching matching(edges, decided_.size());
    std::vector<bool> met(edges.size(), true);
    for (uint32_t i = 0; i < edges.size(); ++i) {
      const Expectation& one = test_.expectations[i];
      if (one.kind != Kind::kDecided) continue;
      if (!one.counted) {
        met[i] = matching.Give(i);
        continue;
      }
      const auto count = static_cast<int64_t>(edges[i].size());
      met[i] = one.op == hir::CountOp::kExactly ? count == one.times : one.op == hir::CountOp::kAtLeast ? count >= one.times : count <= one.times;
      for (uint32_t decision : edges[i]) claimed_[decision] = true;
    }
    for (uint32_t decision = 0; decision < decided_.size(); ++decision) {
      if (matching.IsOwned(decision)) claimed_[decision] = true;
    }
    std::vector<Mismatch> mismatches;
    for (uint32_t i = 0; i < edges.size(); ++i) Judge(i, met[i], edges[i], mismatches);
    return mismatches;
  }

 private:
  bool IsLookedAt(const SeenDecision& seen) const {
    return test_.rule == plan::kNoHandler || seen.rule == test_.rule || plan_.rules[seen.rule].revert.of == test_.rule;
  }

  std::vector<uint32_t> Meeting(const Expectation& expected, const std::vector<SeenDecision>& among) const {
    std::vector<uint32_t> meeting;
    for (uint32_t i = 0; i < among.size(); ++i) {
      if (IsLookedAt(among[i]) && LacksOf(plan_, expected, among[i]).none()) meeting.push_back(i);
    }
    return meeting;
  }

  void Judge(uint32_t i, bool met, const std::vector<uint32_t>& meeting, std::vector<Mismatch>& out) {
    const Expectation& expected = test_.expectations[i];
    Mismatch mismatch;
    mismatch.expectation = i;
    switch (expected.kind) {
      case Kind::kState: return;
      case Kind::kDecided:
        if (met) return;
        mismatch.found = meeting.size();
        mismatch.near = expected.counted ? meeting : Nearest(expected, decided_);
        break;
      case Kind::kHeldBack: {
        const std::vector<uint32_t> held = Meeting(expected, held_back_);
        const auto count = static_cast<int64_t>(held.size());
        const bool good = !expected.counted                        ? count > 0
                          : expected.op == hir::CountOp::kExactly ? count == expected.times
                          : expected.op == hir::CountOp::kAtLeast ? count >= expected.times
                                                                  : count <= expected.times;
        if (good) return;
        mismatch.found = held.size();
        mismatch.near = expected.counted ? held : Nearest(expected, held_back_);
        break;
      }
      case Kind::kNot:
      case Kind::kNothing: mismatch.unwanted = meeting; break;
      case Kind::kNothingElse:
        for (uint32_t decision : meeting) {
          if (!claimed_[decision]) mismatch.unwanted.push_back(decision);
        }
        break;
    }
    const bool is_negative = expected.kind == Kind::kNot || expected.kind == Kind::kNothing || expected.kind == Kind::kNothingElse;
    if (is_negative && mismatch.unwanted.empty()) return;
    out.push_back(std::move(mismatch));
  }

  std::vector<uint32_t> Nearest(const Expectation& expected, const std::vector<SeenDecision>& among) const {
    std::vector<std::pair<size_t, uint32_t>> ranked;
    for (uint32_t i = 0; i < among.size(); ++i) {
      if (IsLookedAt(among[i])) ranked.emplace_back(LacksOf(plan_, expected, among[i]).count(), i);
    }
    std::sort(ranked.begin(), ranked.end());
    std::vector<uint32_t> nearest;
    for (const auto& [lacks, index] : ranked) {
      if (nearest.size() < kNearMax) nearest.push_back(index);
    }
    return nearest;
  }

  const plan::Plan& plan_;
  const plan::TestPlan& test_;
  const std::vector<SeenDecision>& decided_;
  const std::vector<SeenDecision>& held_back_;
  std::vector<bool> claimed_;  // decisions that an expectation asks for
};

}  // namespace

Lacks LacksOf(const plan::Plan& plan, const Expectation& expected, const SeenDecision& seen) {
  const ValueMaker maker(plan);
  Lacks lacks;
  lacks.subject = (expected.entity != plan::kNoHandler && expected.entity != seen.entity) ||
                  (!expected.subject.empty() && expected.subject != seen.subject);
  lacks.action = !expected.action.empty() && expected.action != seen.action;
  lacks.instant = (expected.when == When::kAt && seen.at != expected.at) || (expected.when == When::kBy && seen.at > expected.at);
  if (expected.kind == Kind::kHeldBack) {
    lacks.cause = !IsHeldByCause(expected, seen);
  } else {
    lacks.rule = expected.by_rule != plan::kNoHandler && seen.rule != expected.by_rule;
  }
  for (uint32_t i = 0; i < expected.arguments.size(); ++i) {
    if (!HasArgument(maker, expected.arguments[i], seen)) lacks.arguments.push_back(i);
  }
  for (uint32_t i = 0; i < expected.because.size(); ++i) {
    if (!HasReason(maker, expected.because[i], seen)) lacks.because.push_back(i);
  }
  return lacks;
}

std::vector<Mismatch> Compare(const plan::Plan& plan, const plan::TestPlan& test, const std::vector<SeenDecision>& decided,
                              const std::vector<SeenDecision>& held_back) {
  return Comparer(plan, test, decided, held_back).Run();
}

}  // namespace mrule::runtime
