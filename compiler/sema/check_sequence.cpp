// SPDX-License-Identifier: Apache-2.0
// Sequences (S7): `A followed by B within D`, `A not followed by B within D`, chains of them, `each`, `with same`. A sequence that
// ends with an event fires at that event, one that ends with an absence at an internal event of its own, which holds the keys.
#include <algorithm>

#include "compiler/base/limits.h"
#include "compiler/sema/checker.h"
#include "compiler/sema/same_expr.h"

namespace mrule::sema {
namespace {

NodeRef Unwrapped(NodeRef node) {
  while (node && node.node().kind == NodeKind::kParen) node = node.child(0);
  return node;
}

/// The words between two parts, without the blanks around them.
Span Between(const NodeRef& left, const NodeRef& right) {
  Span span{left.node().span.file, left.node().span.end, right.node().span.begin};
  const source::File* file = left.tree->source;
  if (file == nullptr) return span;
  auto is_blank = [file](uint32_t at) {
    const char c = file->bytes()[at];
    return c == ' ' || c == '\t' || c == '\n' || c == '\r';
  };
  while (span.begin < span.end && is_blank(span.begin)) ++span.begin;
  while (span.begin < span.end && is_blank(span.end - 1)) --span.end;
  return span;
}

std::string_view PlaceText(EventPlace place) {
  switch (place) {
    case EventPlace::kAllowed:
      return "";
    case EventPlace::kUnderNot:
      return "stand under `not`";
    case EventPlace::kUnderHold:
      return "last for a time";
    case EventPlace::kUnderEvidence:
      return "rest on evidence";
    case EventPlace::kInSegment:
      return "make a segment";
    case EventPlace::kInFilter:
      return "be tested inside `where`";
    case EventPlace::kInValue:
      return "be a value";
    case EventPlace::kBesideSchedule:
      return "be waited for by a rule that has a schedule";
  }
  return "";
}

bool CanBeKey(TypeKind kind) { return kind != TypeKind::kSet && kind != TypeKind::kBoolean; }

}  // namespace

std::optional<Checker::SequenceNodes> Checker::ReadSequence(NodeRef node) const {
  SequenceNodes nodes;
  node = Unwrapped(node);
  for (; node && node.node().kind == NodeKind::kFollowed; node = Unwrapped(node.child(0))) {
    nodes.hops.push_back({node, node.child(1), node.child(2), node.child(3), node.node().op != 0});
  }
  std::reverse(nodes.hops.begin(), nodes.hops.end());
  if (node && node.node().kind == NodeKind::kEachRun) {
    nodes.each = true;
    node = node.child(0);
  }
  nodes.first = node;
  const bool is_event = node && node.node().kind == NodeKind::kEventRef;
  const bool good = std::all_of(nodes.hops.begin(), nodes.hops.end(), [](const SequenceHop& hop) {
    return hop.event && hop.event.node().kind == NodeKind::kEventRef;
  });
  if (!is_event || !good) return std::nullopt;
  return nodes;
}

std::vector<NodeRef> Checker::SequenceKeys(const SequenceNodes& nodes) const {
  std::vector<NodeRef> keys;
  for (const SequenceHop& hop : nodes.hops) {
    if (!hop.keys || !keys.empty()) continue;
    for (NodeId id : hop.keys.children()) keys.push_back({hop.keys.tree, id});
  }
  return keys;
}

// The internal event at which an absence fires. Its fields are the keys; mistakes in them are reported by CheckSequence.
EventTypeId Checker::DeadlineEvent(NodeRef node, const SequenceNodes& nodes) {
  auto [known, is_new] = deadline_of_node_.try_emplace({node.tree, node.id});
  if (!is_new) return known->second;
  hir::EventType event;
  event.internal = true;
  event.name = Intern(SourceText(node));
  event.span = node.node().span;
  auto& by_name = vocabulary_.fields.emplace_back();
  const NodeRef path = nodes.first.child(0);
  const NameEntry* entry = path ? vocabulary_.Find(path.node().text) : nullptr;
  if (entry && entry->event != NameEntry::kNone && !vocabulary_.events[entry->event].events.empty()) {
    const EventTypeId first = vocabulary_.events[entry->event].events.front();
    for (const NodeRef& key : SequenceKeys(nodes)) {
      const auto field = vocabulary_.Field(first, key.node().text);
      if (!field || !by_name.try_emplace(key.node().text, static_cast<uint32_t>(event.fields.size())).second) continue;
      hir::Field kept = program_.events[first].fields[*field];
      kept.type.optional = false;
      kept.positional = false;
      event.fields.push_back(kept);
    }
  }
  const EventTypeId id = program_.events.Add(std::move(event));
  known->second = id;
  for (size_t i = 0; i + 1 <= nodes.hops.size(); ++i) {
    const NodeRef step = i == 0 ? nodes.first : nodes.hops[i - 1].event;
    if (!step.child(0)) continue;
    const NameEntry* named = vocabulary_.Find(step.child(0).node().text);
    if (named && named->event != NameEntry::kNone) steps_of_deadline_[id.value].push_back(named->event);
  }
  return id;
}

// Is the event the deadline of an absence that one of these events begins?
bool Checker::IsDeadlineOf(EventTypeId trigger, std::span<const EventTypeId> events) const {
  const auto steps = steps_of_deadline_.find(trigger.value);
  if (steps == steps_of_deadline_.end()) return false;
  return std::any_of(steps->second.begin(), steps->second.end(), [&](uint32_t step) {
    const std::vector<EventTypeId>& of_step = vocabulary_.events[step].events;
    return std::all_of(of_step.begin(), of_step.end(), [&](EventTypeId event) {
      return std::find(events.begin(), events.end(), event) != events.end();
    });
  });
}

// A field of an event that began an absence, in a rule that fires at its deadline: only keys are kept that long.
bool Checker::ReportNotKept(Span span, std::string_view shown, StringId field, std::span<const EventTypeId> triggers) {
  for (EventTypeId trigger : triggers) {
    const auto steps = steps_of_deadline_.find(trigger.value);
    if (steps == steps_of_deadline_.end()) continue;
    for (uint32_t step : steps->second) {
      const EventName& event = vocabulary_.events[step];
      const bool has = std::any_of(event.events.begin(), event.events.end(),
                                   [&](EventTypeId id) { return vocabulary_.Field(id, field).has_value(); });
      if (!has) continue;
      diags_.Report(span, DiagId::kFieldNotKept, {{"field", shown}, {"event", Text(event.name)}})
          .Label(program_.events[trigger].span, "the rule fires when this time is up")
          .Help("the fields named by `with same` are kept; of others ask the latest: `last " +
                std::string(Text(event.name)) + "." + std::string(Text(field)) + "`");
      return true;
    }
  }
  return false;
}

bool Checker::CheckSequencePlace(NodeRef node, const SequenceNodes& nodes, const Scope& scope) {
  if (scope.events == EventPlace::kAllowed && !scope.pattern_event) return true;
  const bool absent = nodes.hops.back().negative;
  auto report = diags_.Report(SpanOf(node, scope), DiagId::kSequenceNotHere, {{"place", PlaceText(scope.events)}});
  if (scope.events == EventPlace::kUnderNot && !absent) {
    report.Help("say within which time nothing followed: `" + SourceText(nodes.first) + " not followed by " +
                SourceText(nodes.hops.back().event) + " within …`");
  } else {
    report.Help("a sequence is complete at one instant: let the rule fire at it, and test the rest after `and`");
  }
  return false;
}

// Which hops there are, without their events: a mistake here is the only one reported of the sequence.
bool Checker::CheckSequenceShape(const SequenceNodes& nodes) {
  for (size_t i = 0; i < nodes.hops.size(); ++i) {
    const SequenceHop& hop = nodes.hops[i];
    const NodeRef left = hop.node.child(0);
    if (hop.negative && i + 1 < nodes.hops.size()) {
      diags_.Report(Between(left, hop.event), DiagId::kAbsenceInside)
          .Label(nodes.hops[i + 1].event.node().span, "this would have to follow what did not happen")
          .Help("let `not followed by` be the last step, or write two rules");
      return false;
    }
    if (!hop.within) {
      const std::string words = (hop.negative ? "not followed by " : "followed by ") + SourceText(hop.event);
      const Span end = (hop.keys ? hop.keys : hop.event).node().span.After();
      diags_.Report(source::Join(Between(left, hop.event), hop.event.node().span), DiagId::kSequenceWithoutEnd, {{"words", words}})
          .Fix(end, " within 7d", "say how long to wait: `" + words + " within 7d`");
      return false;
    }
  }
  if (nodes.hops.size() + 1 > limits::kSequenceStepsMax) {
    diags_.Report(nodes.hops[limits::kSequenceStepsMax - 1].event.node().span, DiagId::kSequenceTooLong,
                  {{"limit", limits::kSequenceStepsMax}, {"what", "steps"}});
    return false;
  }
  return true;
}

bool Checker::CheckSequenceKeys(const SequenceNodes& nodes, hir::Sequence& sequence) {
  const std::vector<NodeRef> keys = SequenceKeys(nodes);
  NodeRef first_list;
  for (const SequenceHop& hop : nodes.hops) {
    if (!hop.keys) continue;
    if (!first_list) {
      first_list = hop.keys;
      continue;
    }
    const auto names = [](const NodeRef& list) {
      std::vector<StringId> out;
      for (NodeId id : list.children()) out.push_back(list.tree->node(id).text);
      std::sort(out.begin(), out.end());
      return out;
    };
    if (names(hop.keys) == names(first_list)) continue;
    diags_.Report(hop.keys.node().span, DiagId::kSequenceKeysDiffer)
        .Label(first_list.node().span, "the keys of the whole sequence")
        .Help("`with same` holds for all steps: say it once");
    return false;
  }
  if (keys.size() > limits::kSequenceKeysMax) {
    diags_.Report(keys[limits::kSequenceKeysMax].node().span, DiagId::kSequenceTooLong,
                  {{"limit", limits::kSequenceKeysMax}, {"what", "keys"}});
    return false;
  }
  std::vector<EventTypeId> events;
  for (const hir::Step& step : sequence.steps) {
    for (const hir::PatternCase& one : program_.patterns[step.pattern].cases) events.push_back(one.event);
  }
  for (const NodeRef& key : keys) {
    const StringId name = key.node().text;
    const bool twice = std::any_of(sequence.keys.begin(), sequence.keys.end(),
                                   [name](const hir::SequenceKey& known) { return known.name == name; });
    if (twice) {
      diags_.Report(key.node().span, DiagId::kRepeatedClause, {{"clause", Text(name)}});
      return false;
    }
    EventTypeId with;
    for (EventTypeId event : events) {
      if (vocabulary_.Field(event, name)) with = with ? with : event;
    }
    for (EventTypeId event : events) {
      if (vocabulary_.Field(event, name)) continue;
      auto report = diags_.Report(key.node().span, DiagId::kSequenceKeyMissing,
                                  {{"event", Text(program_.events[event].name)}, {"key", Text(name)}});
      if (with) report.Label(key.node().span, "a field of `" + std::string(Text(program_.events[with].name)) + "` only");
      std::vector<std::string_view> candidates;
      for (const hir::Field& field : program_.events[event].fields) {
        const bool common = std::all_of(events.begin(), events.end(), [&](EventTypeId other) {
          return vocabulary_.Field(other, field.name).has_value();
        });
        if (common && CanBeKey(field.type.kind)) candidates.push_back(Text(field.name));
      }
      Suggest(report, key.node().span, Text(name), candidates);
      return false;
    }
    const hir::Field& first = program_.events[events.front()].fields[*vocabulary_.Field(events.front(), name)];
    std::string problem;
    if (!CanBeKey(first.type.kind)) problem = "is " + TypeText(first.type) + ", and a key is one value of many";
    for (EventTypeId event : events) {
      Type one = first.type, other = program_.events[event].fields[*vocabulary_.Field(event, name)].type;
      one.optional = other.optional = false;
      if (!problem.empty() || one.SameAs(other)) continue;
      problem = "is " + TypeText(one) + " in `" + std::string(Text(program_.events[events.front()].name)) + "` and " +
                TypeText(other) + " in `" + std::string(Text(program_.events[event].name)) + "`";
    }
    if (!problem.empty()) {
      diags_.Report(key.node().span, DiagId::kSequenceKeyType, {{"key", Text(name)}, {"problem", problem}});
      return false;
    }
    sequence.keys.push_back({name, first.type});
    sequence.keys.back().type.optional = false;
  }
  return true;
}

ExprId Checker::CheckSequence(NodeRef node, const Scope& scope) {
  Span span = SpanOf(node, scope);
  const std::optional<SequenceNodes> nodes = ReadSequence(node);
  if (!nodes) return Error(span);
  if (!CheckSequencePlace(node, *nodes, scope) || !CheckSequenceShape(*nodes)) return Error(span);
  hir::Sequence sequence;
  sequence.subject = scope.entity;
  sequence.each = nodes->each;
  sequence.absent = nodes->hops.back().negative;
  sequence.span = span;
  bool bad = false;
  for (size_t i = 0; i <= nodes->hops.size(); ++i) {
    hir::Step step;
    if (i != 0) {
      auto within = PositiveDuration(nodes->hops[i - 1].within, "`within`");
      bad |= !within;
      step.within_micros = within.value_or(0);
    }
    step.pattern = PatternOf(i == 0 ? nodes->first : nodes->hops[i - 1].event, scope);
    bad |= !step.pattern;
    sequence.steps.push_back(step);
  }
  if (bad || !CheckSequenceKeys(*nodes, sequence)) return Error(span);
  if (sequence.absent) {
    sequence.deadline = DeadlineEvent(Unwrapped(node), *nodes);
    program_.events[sequence.deadline].subjects = {scope.entity};
  }
  return SequenceValue(std::move(sequence), span);
}

// Equal sequences are one, so that they share their state.
ExprId Checker::SequenceValue(hir::Sequence sequence, Span span) {
  hir::SequenceId id;
  for (size_t i = 0; i < program_.sequences.size() && !id; ++i) {
    if (hir::SameSequence(program_, program_.sequences[hir::SequenceId(i)], sequence)) id = hir::SequenceId(i);
  }
  if (!id) {
    if (sequence.absent) {
      hir::Pattern pattern;
      pattern.subject = sequence.subject;
      pattern.span = span;
      pattern.cases.push_back({sequence.deadline, ExprId(), ExprId()});
      sequence.completed_by = program_.patterns.Add(std::move(pattern));
    } else {
      sequence.completed_by = sequence.steps.back().pattern;
    }
    id = program_.sequences.Add(std::move(sequence));
  }
  const hir::Sequence& known = program_.sequences[id];
  std::vector<EventTypeId> triggers;
  for (const hir::PatternCase& one : program_.patterns[known.completed_by].cases) triggers.push_back(one.event);
  Expr expr;
  expr.kind = ExprKind::kSequence;
  expr.type = {TypeKind::kBoolean, false, 0};
  expr.span = span;
  expr.sequence = id;
  expr.pattern = known.completed_by;
  for (const hir::SequenceKey& key : known.keys) {
    expr.args.push_back(TriggerValue(triggers, *vocabulary_.Field(triggers.front(), key.name), span));
  }
  return Add(std::move(expr));
}

}  // namespace mrule::sema
