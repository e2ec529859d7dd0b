// SPDX-License-Identifier: Apache-2.0
#include "compiler/plan/leaves.h"

#include <algorithm>
#include <cmath>
#include <limits>

#include "compiler/plan/ordered_key.h"

namespace mrule::plan {
namespace {

using Ranges = std::vector<std::pair<int64_t, int64_t>>;

constexpr int64_t kMin = std::numeric_limits<int64_t>::min();
constexpr int64_t kMax = std::numeric_limits<int64_t>::max();

Ranges Complement(const Ranges& ranges) {
  Ranges out;
  int64_t next = kMin;
  for (const auto& [low, high] : ranges) {
    if (low > next) out.push_back({next, low - 1});
    if (high == kMax) return out;
    next = high + 1;
  }
  out.push_back({next, kMax});
  return out;
}

Ranges Normalized(Ranges ranges) {
  std::sort(ranges.begin(), ranges.end());
  Ranges out;
  for (const auto& range : ranges) {
    if (!out.empty() && (out.back().second == kMax || range.first <= out.back().second + 1)) {
      out.back().second = std::max(out.back().second, range.second);
    } else {
      out.push_back(range);
    }
  }
  return out;
}

Ranges Intersection(const Ranges& a, const Ranges& b) {
  Ranges out;
  for (size_t i = 0, j = 0; i < a.size() && j < b.size();) {
    const int64_t low = std::max(a[i].first, b[j].first);
    const int64_t high = std::min(a[i].second, b[j].second);
    if (low <= high) out.push_back({low, high});
    (a[i].second < b[j].second ? i : j) += 1;
  }
  return out;
}

Ranges Compared(std::string_view op, int64_t key) {
  if (op == "=") return {{key, key}};
  if (op == "!=") return Complement({{key, key}});
  if (op == "<") return key == kMin ? Ranges{} : Ranges{{kMin, key - 1}};
  if (op == "<=") return {{kMin, key}};
  if (op == ">") return key == kMax ? Ranges{} : Ranges{{key + 1, kMax}};
  return {{key, kMax}};
}

std::string_view Mirrored(std::string_view op) {
  if (op == "<") return ">";
  if (op == "<=") return ">=";
  if (op == ">") return "<";
  if (op == ">=") return "<=";
  return op;
}

/// Integers whose double compares so with `bound`; none if doubles are too coarse there.
std::optional<Ranges> IntegersCompared(std::string_view op, double bound) {
  constexpr double kExact = 9007199254740992.0;  // 2^53
  if (!(bound > -kExact && bound < kExact)) return std::nullopt;
  const int64_t floor = static_cast<int64_t>(std::floor(bound));
  const bool whole = static_cast<double>(floor) == bound;
  if (op == "=") return whole ? Ranges{{floor, floor}} : Ranges{};
  if (op == "!=") return whole ? Complement({{floor, floor}}) : Ranges{{kMin, kMax}};
  if (op == "<") return Ranges{{kMin, whole ? floor - 1 : floor}};
  if (op == "<=") return Ranges{{kMin, floor}};
  if (op == ">") return Ranges{{floor + 1, kMax}};
  return Ranges{{whole ? floor : floor + 1, kMax}};
}

void SetRanges(LeafDraft& draft, Ranges ranges) {
  draft.leaf.kind = MatchLeaf::Kind::kRanges;
  draft.never = ranges.empty();
  if (ranges.size() == 1 && ranges[0].first == kMin && ranges[0].second == kMax) {
    draft.leaf.kind = MatchLeaf::Kind::kKnown;
    draft.always = draft.input.always_known;
    ranges.clear();
  }
  draft.leaf.ranges = std::move(ranges);
}

bool TextHolds(const MatchLeaf& test, std::string_view operand, std::string_view text) {
  bool holds = false;
  if (test.kind == MatchLeaf::Kind::kPrefix) holds = text.starts_with(operand);
  if (test.kind == MatchLeaf::Kind::kSuffix) holds = text.ends_with(operand);
  if (test.kind == MatchLeaf::Kind::kContains) holds = text.find(operand) != std::string_view::npos;
  return holds != test.negated;
}

bool IsPart(MatchLeaf::Kind kind) {
  return kind == MatchLeaf::Kind::kPrefix || kind == MatchLeaf::Kind::kSuffix || kind == MatchLeaf::Kind::kContains;
}

}  // namespace

LeafInput LeafMaker::CountInput(hir::PatternId pattern, const hir::Window& window) {
  LeafInput input;
  input.from_field = false;
  input.always_known = true;
  input.key = "times " + state_.pattern_key(pattern, false) + context_.keys.Over(window);
  return input;
}

std::optional<LeafInput> LeafMaker::InputOf(hir::ExprId id) {
  const hir::Expr& expr = program_.exprs[id];
  LeafInput input;
  switch (sema::PhysicalOf(expr.type.kind)) {
    case Physical::kI64:
      input.kind = MatchInput::Kind::kOrderedI64;
      break;
    case Physical::kF64:
      input.kind = MatchInput::Kind::kOrderedF64;
      break;
    case Physical::kText:
      input.kind = MatchInput::Kind::kText;
      break;
    case Physical::kSet:
      input.kind = MatchInput::Kind::kSet;
      break;
  }
  if (expr.kind == hir::ExprKind::kField) {
    input.field = context_.FieldSlot(event_, FieldIndex(program_, expr, event_));
    return input;
  }
  input.from_field = false;
  input.expr = id;
  if (expr.kind == hir::ExprKind::kAttribute) {
    const hir::Attribute& attribute = program_.entities[entity_].attributes[expr.index];
    input.always_known = static_cast<bool>(attribute.default_value);
  } else if (expr.kind == hir::ExprKind::kAggregate) {
    const hir::Aggregate& aggregate = program_.aggregates[expr.aggregate];
    if (!aggregate.window.all_time() || aggregate.fn == hir::AggregateFn::kAvg) return std::nullopt;
    input.always_known = aggregate.fn == hir::AggregateFn::kCount || aggregate.fn == hir::AggregateFn::kSum ||
                         aggregate.fn == hir::AggregateFn::kDistinct;
  } else if (expr.kind == hir::ExprKind::kSequence) {
    input.always_known = true;
  } else {
    return std::nullopt;
  }
  input.key = context_.keys.Expr(id, entity_, event_);
  return input;
}

std::optional<LeafDraft> LeafMaker::Comparison(const hir::Expr& expr, bool truth) {
  std::string_view op = ComparisonOf(expr);
  size_t side = program_.exprs[expr.args[1]].kind == hir::ExprKind::kConstant ? 0 : 1;
  const hir::Expr& constant = program_.exprs[expr.args[1 - side]];
  if (constant.kind != hir::ExprKind::kConstant) return std::nullopt;
  if (side == 1) op = Mirrored(op);

  hir::ExprId value = expr.args[side];
  bool widened = false;
  while (program_.exprs[value].kind == hir::ExprKind::kBuiltin && program_.exprs[value].args.size() == 1 &&
         stdlib::Row(program_.exprs[value].builtin).spelling.starts_with("to ")) {
    widened |= program_.exprs[value].builtin == stdlib::BuiltinId::kToNumber;
    value = program_.exprs[value].args[0];
  }
  LeafDraft draft;
  if (const std::optional<CappedCount> capped = FindCappedCount(program_, expr)) {
    const hir::Aggregate& aggregate = program_.aggregates[program_.exprs[capped->count].aggregate];
    draft.input = CountInput(aggregate.pattern, aggregate.window);
    draft.input.capped = *capped;
  } else {
    const std::optional<LeafInput> input = InputOf(value);
    if (!input) return std::nullopt;
    draft.input = *input;
  }
  if (draft.input.kind == MatchInput::Kind::kSet) return std::nullopt;
  if (draft.input.kind == MatchInput::Kind::kText) {
    if (op != "=" && op != "!=") return std::nullopt;
    draft.leaf.kind = MatchLeaf::Kind::kInTexts;
    draft.leaf.texts = {context_.constants.Text(constant.constant.text)};
    draft.leaf.negated = (op == "!=") == truth;
    return draft;
  }
  Ranges ranges;
  if (widened) {
    const std::optional<Ranges> integers = IntegersCompared(op, constant.constant.f64);
    if (!integers) return std::nullopt;
    ranges = *integers;
  } else if (draft.input.kind == MatchInput::Kind::kOrderedF64) {
    ranges = Compared(op, OrderedKey(constant.constant.f64));
  } else {
    ranges = Compared(op, constant.constant.i64);
  }
  SetRanges(draft, truth ? ranges : Complement(ranges));
  return draft;
}

std::optional<LeafDraft> LeafMaker::TextTest(const hir::Expr& expr, bool truth) {
  const hir::Expr& constant = program_.exprs[expr.args[1]];
  if (constant.kind != hir::ExprKind::kConstant) return std::nullopt;
  LeafDraft draft;
  switch (expr.builtin) {
    case stdlib::BuiltinId::kTextContains:
      draft.leaf.kind = MatchLeaf::Kind::kContains;
      break;
    case stdlib::BuiltinId::kTextStartsWith:
      draft.leaf.kind = MatchLeaf::Kind::kPrefix;
      break;
    case stdlib::BuiltinId::kTextEndsWith:
      draft.leaf.kind = MatchLeaf::Kind::kSuffix;
      break;
    case stdlib::BuiltinId::kSetContains:
      draft.leaf.kind = MatchLeaf::Kind::kHasAny;
      break;
    default:
      return std::nullopt;
  }
  const std::optional<LeafInput> input = InputOf(expr.args[0]);
  if (!input) return std::nullopt;
  draft.input = *input;
  draft.leaf.texts = {context_.constants.Text(constant.constant.text)};
  draft.leaf.negated = !truth;
  return draft;
}

std::optional<LeafDraft> LeafMaker::SetTest(const hir::Expr& expr, bool truth) {
  const std::optional<LeafInput> input = InputOf(expr.args[0]);
  if (!input) return std::nullopt;
  LeafDraft draft;
  draft.input = *input;
  draft.leaf.negated = !truth;
  if (expr.kind == hir::ExprKind::kMatches) {
    draft.leaf.kind = MatchLeaf::Kind::kRegex;
    draft.leaf.regex = context_.constants.Regex(expr.constant.text);
    return draft;
  }
  if (expr.kind == hir::ExprKind::kHasAny || input->kind == MatchInput::Kind::kText) {
    draft.leaf.kind = expr.kind == hir::ExprKind::kHasAny ? MatchLeaf::Kind::kHasAny : MatchLeaf::Kind::kInTexts;
    std::vector<StringId> items = expr.constant.items;
    for (const hir::Constant& member : expr.members) items.push_back(member.text);
    for (StringId item : items) draft.leaf.texts.push_back(context_.constants.Text(item));
    std::sort(draft.leaf.texts.begin(), draft.leaf.texts.end());
    draft.leaf.texts.erase(std::unique(draft.leaf.texts.begin(), draft.leaf.texts.end()), draft.leaf.texts.end());
    return draft;
  }
  Ranges ranges;
  for (const hir::Constant& member : expr.members) {
    const int64_t key = input->kind == MatchInput::Kind::kOrderedF64 ? OrderedKey(member.f64) : member.i64;
    ranges.push_back({key, key});
  }
  ranges = Normalized(std::move(ranges));
  draft.leaf.negated = false;
  SetRanges(draft, truth ? ranges : Complement(ranges));
  return draft;
}

std::optional<LeafDraft> LeafMaker::Times(hir::ExprId id, bool truth) {
  const hir::Expr& expr = program_.exprs[id];
  LeafDraft draft;
  draft.input = CountInput(expr.pattern, expr.window);
  draft.input.expr = id;
  const Ranges ranges = Compared(expr.op == hir::CountOp::kAtLeast  ? ">="
                                 : expr.op == hir::CountOp::kAtMost ? "<="
                                                                    : "=",
                                 expr.count);
  SetRanges(draft, truth ? ranges : Complement(ranges));
  return draft;
}

std::optional<LeafDraft> LeafMaker::Either(const hir::Expr& expr, bool truth) {
  // An Or that is true is the union of its parts; an And that is false, the union of theirs being false.
  if ((expr.kind == hir::ExprKind::kOr) != truth) return std::nullopt;
  std::optional<LeafDraft> sum;
  Ranges ranges;
  for (hir::ExprId arg : expr.args) {
    std::optional<LeafDraft> part = Make({arg, truth ? Want::kTrue : Want::kFalse});
    if (!part) return std::nullopt;
    if (part->leaf.kind == MatchLeaf::Kind::kKnown) part->leaf.ranges = {{kMin, kMax}};
    if (part->leaf.kind == MatchLeaf::Kind::kInTexts && part->leaf.negated) return std::nullopt;
    if (!sum) {
      sum = std::move(part);
      continue;
    }
    if (sum->input.from_field != part->input.from_field || sum->input.field != part->input.field ||
        sum->input.key != part->input.key) {
      return std::nullopt;
    }
    sum->leaf.ranges.insert(sum->leaf.ranges.end(), part->leaf.ranges.begin(), part->leaf.ranges.end());
    sum->leaf.texts.insert(sum->leaf.texts.end(), part->leaf.texts.begin(), part->leaf.texts.end());
  }
  if (!sum) return std::nullopt;
  if (sum->input.kind == MatchInput::Kind::kText) {
    std::sort(sum->leaf.texts.begin(), sum->leaf.texts.end());
    sum->leaf.texts.erase(std::unique(sum->leaf.texts.begin(), sum->leaf.texts.end()), sum->leaf.texts.end());
    return sum;
  }
  sum->always = false;
  SetRanges(*sum, Normalized(sum->leaf.ranges));
  return sum;
}

std::optional<LeafDraft> LeafMaker::Make(const Literal& literal) {
  const hir::Expr& expr = program_.exprs[literal.expr];
  if (literal.want == Want::kKnown || literal.want == Want::kMissing) {
    const std::optional<LeafInput> input = InputOf(literal.expr);
    if (!input) return std::nullopt;
    LeafDraft draft;
    draft.input = *input;
    draft.leaf.kind = literal.want == Want::kKnown ? MatchLeaf::Kind::kKnown : MatchLeaf::Kind::kMissing;
    draft.always = input->always_known && literal.want == Want::kKnown;
    draft.never = input->always_known && literal.want == Want::kMissing;
    return draft;
  }
  const bool truth = literal.want == Want::kTrue;
  switch (expr.kind) {
    case hir::ExprKind::kBuiltin:
      if (!ComparisonOf(expr).empty()) return Comparison(expr, truth);
      return expr.args.size() == 2 ? TextTest(expr, truth) : std::nullopt;
    case hir::ExprKind::kInSet:
    case hir::ExprKind::kMatches:
    case hir::ExprKind::kHasAny:
      return SetTest(expr, truth);
    case hir::ExprKind::kTimes:
      return Times(literal.expr, truth);
    case hir::ExprKind::kOr:
    case hir::ExprKind::kAnd:
      return Either(expr, truth);
    case hir::ExprKind::kSequence:
    case hir::ExprKind::kField:
    case hir::ExprKind::kAttribute: {  // a boolean by itself
      const std::optional<LeafInput> input = InputOf(literal.expr);
      if (!input || input->kind != MatchInput::Kind::kOrderedI64) return std::nullopt;
      LeafDraft draft;
      draft.input = *input;
      draft.leaf.ranges = {{truth ? 1 : 0, truth ? 1 : 0}};
      return draft;
    }
    default:
      return std::nullopt;
  }
}

std::optional<LeafDraft> LeafMaker::Both(const LeafDraft& a, const LeafDraft& b) const {
  using Kind = MatchLeaf::Kind;
  LeafDraft both = a;
  if (a.never || b.never) {
    both.never = true;
    return both;
  }
  if (a.leaf.kind == Kind::kMissing || b.leaf.kind == Kind::kMissing) {
    both.never = a.leaf.kind != b.leaf.kind;
    return both;
  }
  if (b.leaf.kind == Kind::kKnown) return a;
  if (a.leaf.kind == Kind::kKnown) return b;
  if (a.leaf.kind == Kind::kRanges && b.leaf.kind == Kind::kRanges) {
    SetRanges(both, Intersection(a.leaf.ranges, b.leaf.ranges));
    return both;
  }
  const MatchLeaf& x = a.leaf;
  const MatchLeaf& y = b.leaf;
  if (x.kind == Kind::kInTexts && y.kind == Kind::kInTexts) {
    both.leaf.texts.clear();
    if (x.negated && y.negated) {
      std::set_union(x.texts.begin(), x.texts.end(), y.texts.begin(), y.texts.end(), std::back_inserter(both.leaf.texts));
    } else if (!x.negated && !y.negated) {
      std::set_intersection(x.texts.begin(), x.texts.end(), y.texts.begin(), y.texts.end(),
                            std::back_inserter(both.leaf.texts));
    } else {
      const MatchLeaf& in = x.negated ? y : x;
      const MatchLeaf& out = x.negated ? x : y;
      both.leaf.negated = false;
      std::set_difference(in.texts.begin(), in.texts.end(), out.texts.begin(), out.texts.end(),
                          std::back_inserter(both.leaf.texts));
    }
    both.never = !both.leaf.negated && both.leaf.texts.empty();
    return both;
  }
  const bool x_in = x.kind == Kind::kInTexts && !x.negated;
  const bool y_in = y.kind == Kind::kInTexts && !y.negated;
  if ((x_in && IsPart(y.kind)) || (y_in && IsPart(x.kind))) {
    const MatchLeaf& part = x_in ? y : x;
    both = x_in ? a : b;
    std::erase_if(both.leaf.texts, [&](uint32_t text) { return !TextHolds(part, TextOf(part.texts[0]), TextOf(text)); });
    both.never = both.leaf.texts.empty();
    return both;
  }
  if (x.kind == y.kind && x.negated == y.negated && x.texts == y.texts && x.regex == y.regex) return a;
  return std::nullopt;
}

}  // namespace mrule::plan
