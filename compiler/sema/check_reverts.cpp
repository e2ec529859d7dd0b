// SPDX-License-Identifier: Apache-2.0
// Ways back (S13): `until C then A …` after a rule's actions, and an action that is done for a time, `pause campaign until tomorrow
// 08:00`, whose way back its declaration names. Each becomes a rule of its own that belongs to the first.
#include <algorithm>

#include "compiler/sema/checker.h"
#include "compiler/sema/literals.h"

namespace mrule::sema {
namespace {

constexpr std::string_view kBefore = "before";

std::optional<uint8_t> WeekdayNamed(std::string_view word) {
  static constexpr std::string_view kDays[] = {"monday", "tuesday", "wednesday", "thursday",
                                               "friday", "saturday", "sunday"};
  const auto found = std::find(std::begin(kDays), std::end(kDays), word);
  if (found == std::end(kDays)) return std::nullopt;
  return static_cast<uint8_t>(found - std::begin(kDays) + 1);
}

}  // namespace

// --- until C then A ---

std::vector<ActionMatch> Checker::MatchRevert(NodeRef decl) {
  std::vector<ActionMatch> matches;
  for (size_t i = 2; i < decl.children().size(); ++i) {
    NodeRef revert = decl.child(i);
    if (!revert || revert.node().kind != NodeKind::kRevert || !revert.child(1)) continue;
    NodeRef actions = revert.child(1);
    for (NodeId call : actions.children()) {
      NodeRef node{decl.tree, call};
      if (node && node.node().kind == NodeKind::kActionCall) matches.push_back(MatchAction(node));
    }
    break;
  }
  return matches;
}

void Checker::CheckRevert(NodeRef decl, const std::vector<ActionMatch>& matches, const hir::Rule& rule) {
  NodeRef clause;
  for (size_t i = 2; i < decl.children().size(); ++i) {
    NodeRef node = decl.child(i);
    if (!node || node.node().kind != NodeKind::kRevert) continue;
    if (clause) {
      diags_.Report(node.node().span, DiagId::kRepeatedClause, {{"clause", "until"}})
          .Label(clause.node().span, "the first is here");
      return;
    }
    clause = node;
  }
  if (!clause) return;
  hir::Rule back;
  back.entity = rule.entity;
  back.span = clause.node().span;
  back.revert.when = hir::Revert::When::kCondition;
  Scope scope;
  scope.entity = rule.entity;
  node_count_ = 0;
  back.condition = CheckCondition(clause.child(0), scope);
  for (const ActionMatch& match : matches) {
    if (match.form == NameEntry::kNone) continue;
    if (!match.until.empty()) {
      diags_.Report(match.until_span, DiagId::kTimedRevert);
      continue;
    }
    CheckAction(match, scope, back);
  }
  if (IsError(back.condition)) return;
  if (HasTrigger(back.condition)) {
    diags_.Report(clause.child(0).node().span, DiagId::kRevertNeedsState)
        .Help("ask for the event as a state: `… in last 1h`");
    return;
  }
  CheckNow(back.condition);
  reverts_.push_back(std::move(back));
}

// --- done for a time ---

/// What stands after `until` or `for` at the end of a call, if it reads as a time.
bool Checker::ReadsAsTime(const Tree& tree, std::string_view preposition, const std::vector<NodeId>& values) const {
  auto kind = [&](size_t i) { return tree.node(values[i]).kind; };
  if (values.empty()) return false;
  if (preposition == "for") return values.size() == 1 && kind(0) == NodeKind::kDuration;
  if (kind(0) == NodeKind::kTimeOfDay || kind(0) == NodeKind::kInstant) return values.size() == 1;
  const bool is_day = kind(0) == NodeKind::kDate ||
                      (kind(0) == NodeKind::kNamePath &&
                       (Text(tree.node(values[0]).text) == "tomorrow" || WeekdayNamed(Text(tree.node(values[0]).text))));
  return is_day && (values.size() == 1 || (values.size() == 2 && kind(1) == NodeKind::kTimeOfDay));
}

std::optional<hir::Revert> Checker::ReadUntil(const ActionMatch& match, EntityId entity) {
  hir::Revert revert;
  const Tree& tree = *match.call.tree;
  auto node = [&](size_t i) { return NodeRef{&tree, match.until[i]}; };
  auto time_of_day = [&](NodeRef time) -> bool {
    const TimeLiteral literal = DecodeTimeOfDay(time.text());
    if (ReportFault(time, static_cast<uint8_t>(literal.fault), "a time of day")) return false;
    revert.micros = literal.value;
    return true;
  };
  using When = hir::Revert::When;
  NodeRef first = node(0);
  switch (first.node().kind) {
    case NodeKind::kDuration: {
      auto micros = PositiveDuration(first, "how long it is done");
      if (!micros) return std::nullopt;
      revert.when = When::kFor;
      revert.micros = *micros;
      return revert;
    }
    case NodeKind::kInstant: {
      const TimeLiteral literal = DecodeInstant(first.text());
      if (ReportFault(first, static_cast<uint8_t>(literal.fault), "an instant")) return std::nullopt;
      revert.when = When::kInstant;
      revert.micros = literal.value;
      return revert;
    }
    case NodeKind::kTimeOfDay:
      revert.when = When::kTimeOfDay;
      if (!time_of_day(first)) return std::nullopt;
      break;
    case NodeKind::kDate: {
      const TimeLiteral literal = DecodeDate(first.text());
      if (ReportFault(first, static_cast<uint8_t>(literal.fault), "a date")) return std::nullopt;
      revert.when = When::kDate;
      revert.day = literal.value;
      break;
    }
    default:
      revert.when = When::kTomorrow;
      if (auto weekday = WeekdayNamed(first.text())) {
        revert.when = When::kWeekday;
        revert.day = *weekday;
      }
      break;
  }
  if (match.until.size() == 2 && !time_of_day(node(1))) return std::nullopt;
  revert.zone.name = match.zone && !match.zone_owner ? ZoneNamed(match.zone) : program_.zone;
  if (match.zone && !match.zone_owner && !revert.zone.name) return std::nullopt;
  if (match.zone_owner) {
    auto zone = SubjectZone(match.zone_owner.node().text, match.zone_owner.node().span, entity);
    if (!zone) return std::nullopt;
    revert.zone = *zone;
  }
  return revert;
}

// The action's declared way back, as a rule on an event that a timer lets happen.
void Checker::CheckTimed(const ActionMatch& match, const hir::ActionCall& call, const Scope& outer, hir::Rule& rule) {
  const ActionForm& form = vocabulary_.actions[match.form];
  if (!form.reverse) {
    diags_.Report(match.until_span, DiagId::kNoReverse, {{"action", form.spelling}, {"word", match.until_word}})
        .Label(form.span, "declared here, without `reverse:`");
    return;
  }
  auto revert = ReadUntil(match, outer.entity);
  if (!revert) return;
  hir::Rule back;
  back.entity = outer.entity;
  back.span = match.call.node().span;
  back.revert = *revert;
  back.revert.action = static_cast<uint32_t>(rule.actions.size() - 1);
  if (CheckReverse(form, call, outer.entity, match, back)) reverts_.push_back(std::move(back));
}

bool Checker::CheckReverse(const ActionForm& form, const hir::ActionCall& call, EntityId entity, const ActionMatch& use,
                           hir::Rule& back) {
  const ActionMatch match = MatchAction(form.reverse);
  if (match.form == NameEntry::kNone) return false;
  const ActionForm& reverse = vocabulary_.actions[match.form];
  std::unordered_map<StringId, const hir::Argument*> given;
  for (const hir::Argument& argument : call.arguments) given.emplace(argument.name, &argument);
  hir::ActionCall out;
  out.name = reverse.name;
  out.state_only = reverse.state_only;
  out.span = use.call.node().span;
  std::unordered_map<StringId, ExprId> bound;  // by hole of the way back
  for (uint32_t i = 0; i < reverse.holes.size(); ++i) {
    const Hole& hole = reverse.holes[i];
    std::unordered_map<StringId, ExprId> words;  // what a bare word of `reverse:` stands for
    NodeRef value = match.hole_values[i].empty() ? NodeRef{} : NodeRef{match.call.tree, match.hole_values[i].front()};
    const auto same = value && IsBareWord(value) ? given.find(value.node().text) : given.end();
    if (same != given.end()) {
      for (ExprId item : same->second->values) {
        if (IsConstant(item)) continue;
        diags_.Report(program_.exprs[item].span, DiagId::kReverseNeedsConstant, {{"action", form.spelling}})
            .Label(use.until_span, "the way back must be known beforehand");
        return false;
      }
      out.arguments.push_back(*same->second);
      out.arguments.back().name = hole.name;
      if (hole.types.front().special == HoleType::Special::kAttribute) out.effects.push_back({call.effects.front().attribute, {}, {}});
      if (!hole.is_list) bound.emplace(hole.name, same->second->values.front());
      continue;
    }
    if (value && IsBareWord(value) && value.text() == kBefore) {
      // `set field to before` has no effect of its own: it sets what its field names.
      const bool of_field = hole.types.front().special == HoleType::Special::kAny && !out.effects.empty();
      auto before = of_field ? FieldBefore(form, out.effects.back().attribute, entity, use) : ValueBefore(reverse, hole, entity, use.until_span);
      if (!before) return false;
      words.emplace(value.node().text, *before);
    }
    Scope scope;
    scope.entity = entity;
    scope.in_action = true;
    scope.events = EventPlace::kInValue;
    scope.holes = &words;
    const size_t errors = diags_.error_count();
    CheckArgument(reverse, hole, match, i, scope, out, bound);
    if (diags_.error_count() != errors) return false;
  }
  Scope scope;
  scope.entity = entity;
  scope.holes = &bound;
  scope.in_effect = true;
  scope.events = EventPlace::kInValue;
  for (const NodeRef& effect : reverse.effects) CheckEffect(effect, scope, out);
  back.actions.push_back(std::move(out));
  return true;
}

std::optional<ExprId> Checker::FieldBefore(const ActionForm& form, uint32_t attribute, EntityId entity, const ActionMatch& use) {
  Expr expr;
  expr.kind = ExprKind::kBefore;
  expr.index = attribute;
  expr.type = program_.entities[entity].attributes[attribute].type;
  expr.span = use.until_span;
  if (expr.type.kind != TypeKind::kSet) return Add(std::move(expr));
  diags_.Report(use.until_span, DiagId::kNoReverse, {{"action", form.spelling}, {"word", use.until_word}})
      .Label(form.span, "goes back to one value only, and `" + std::string(Text(program_.entities[entity].attributes[attribute].name)) + "` holds several");
  return std::nullopt;
}

// `before`: what the attribute that the hole's effect sets was before the action.
std::optional<ExprId> Checker::ValueBefore(const ActionForm& reverse, const Hole& hole, EntityId entity, Span span) {
  for (const NodeRef& effect : reverse.effects) {
    NodeRef value = effect.child(0);
    if (!IsBareWord(value) || value.node().text != hole.name) continue;
    auto attribute = vocabulary_.Attribute(entity, effect.node().text);
    if (!attribute) break;
    Expr expr;
    expr.kind = ExprKind::kBefore;
    expr.index = *attribute;
    expr.type = program_.entities[entity].attributes[*attribute].type;
    expr.span = span;
    if (expr.type.kind == TypeKind::kSet) break;
    return Add(std::move(expr));
  }
  diags_.Report(reverse.span, DiagId::kNothingBefore, {{"part", Text(hole.name)}});
  return std::nullopt;
}

// --- both ---

// The ways back that checking the rule has found become rules that follow it.
void Checker::AddReverts(hir::RuleId of) {
  for (hir::Rule& back : reverts_) {
    const hir::Rule& rule = program_.rules[of];
    back.name = rule.name;
    back.priority = rule.priority;
    back.revert.of = of;
    if (back.revert.when != hir::Revert::When::kCondition) {
      const std::string name = "way back of `" + std::string(Text(rule.actions[back.revert.action].name)) + "` of rule \"" +
                               std::string(Text(rule.name)) + "\"";
      hir::Pattern pattern;
      pattern.subject = rule.entity;
      pattern.span = back.span;
      pattern.cases.push_back({AddInternalEvent(name, rule.entity, back.span), {}, {}});
      Expr expr;
      expr.kind = ExprKind::kEvent;
      expr.type.kind = TypeKind::kBoolean;
      expr.span = back.span;
      expr.pattern = program_.patterns.Add(std::move(pattern));
      back.condition = Add(std::move(expr));
      back.on_event = true;
    }
    program_.rules.Add(std::move(back));
  }
  reverts_.clear();
}

}  // namespace mrule::sema
