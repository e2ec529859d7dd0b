// SPDX-License-Identifier: Apache-2.0
// Whom a rule is about: contact, campaign, ad set … Nobody writes it; it follows from the events, attributes,
// measures and actions that the rule names. Gathering looks at names only, before any type is known; words
// that are constants of the other side (`plan is free`) are left out.
#include <algorithm>

#include "compiler/sema/checker.h"

namespace mrule::sema {
namespace {

bool TakesWords(const Type& type) {
  return type.kind == TypeKind::kEnum || type.kind == TypeKind::kCode || type.kind == TypeKind::kMessage;
}

bool Contains(const std::vector<EntityId>& list, EntityId entity) {
  return std::find(list.begin(), list.end(), entity) != list.end();
}

void AddAll(std::vector<EntityId>& list, const std::vector<EntityId>& more) {
  for (EntityId entity : more) {
    if (!Contains(list, entity)) list.push_back(entity);
  }
}

std::vector<EntityId> Common(const std::vector<EntityId>& a, const std::vector<EntityId>& b) {
  std::vector<EntityId> common;
  for (EntityId entity : a) {
    if (Contains(b, entity)) common.push_back(entity);
  }
  return common;
}

}  // namespace

// The events that a condition waits for: those that are not counted, denied or asked about.
std::vector<EventTypeId> Checker::Triggers(NodeRef condition) {
  std::vector<EventTypeId> triggers;
  std::vector<NodeRef> pending{condition};
  while (!pending.empty()) {
    NodeRef node = pending.back();
    pending.pop_back();
    if (!node) continue;
    const NameEntry* entry = nullptr;
    switch (node.node().kind) {
      case NodeKind::kAnd:
      case NodeKind::kOr:
        pending.push_back(node.child(1));
        pending.push_back(node.child(0));
        break;
      case NodeKind::kParen:
        pending.push_back(node.child(0));
        break;
      case NodeKind::kFollowed: {  // fires at its last event, or at the deadline of one that does not come
        const std::optional<SequenceNodes> sequence = ReadSequence(node);
        if (!sequence) break;
        if (sequence->hops.back().negative) {
          triggers.push_back(DeadlineEvent(node, *sequence));
        } else {
          pending.push_back(sequence->hops.back().event);
        }
        break;
      }
      case NodeKind::kEventRef:
        if (node.child(0)) entry = vocabulary_.Find(node.child(0).node().text);
        break;
      case NodeKind::kEach:
        if (node.child(1)) entry = vocabulary_.Find(node.child(1).node().text);
        if (entry && entry->value != NameEntry::kNone) entry = nullptr;
        break;
      case NodeKind::kNamePath:
        entry = vocabulary_.Find(node.node().text);
        if (entry && !entry->attribute_of.empty()) entry = nullptr;
        break;
      default:
        break;
    }
    if (!entry || entry->event == NameEntry::kNone) continue;
    for (EventTypeId event : vocabulary_.events[entry->event].events) {
      if (std::find(triggers.begin(), triggers.end(), event) == triggers.end()) triggers.push_back(event);
    }
  }
  return triggers;
}

bool Checker::IsWordTyped(NodeRef value, std::span<const EventTypeId> triggers) const {
  while (value && value.node().kind == NodeKind::kParen) value = value.child(0);
  if (value && value.node().kind == NodeKind::kOld) {
    const NameEntry* entry = value.child(0) ? vocabulary_.Find(value.child(0).node().text) : nullptr;
    return entry && std::any_of(entry->attribute_of.begin(), entry->attribute_of.end(), [&](EntityId entity) {
      return TakesWords(program_.entities[entity].attributes[*vocabulary_.Attribute(entity, value.child(0).node().text)].type);
    });
  }
  if (!value || value.node().kind != NodeKind::kNamePath) return false;
  size_t parts = value.children().size();
  if (parts > 2) return false;
  StringId name = value.child(parts - 1).node().text;
  if (parts == 1) {
    if (auto field = TriggerField(name, triggers))
      return TakesWords(program_.events[triggers.front()].fields[*field].type);
    const NameEntry* entry = vocabulary_.Find(name);
    if (!entry) return false;
    return std::any_of(entry->attribute_of.begin(), entry->attribute_of.end(), [&](EntityId entity) {
      return TakesWords(program_.entities[entity].attributes[*vocabulary_.Attribute(entity, name)].type);
    });
  }
  const NameEntry* owner = vocabulary_.Find(value.child(0).node().text);
  if (owner && owner->entity) {
    auto attribute = vocabulary_.Attribute(owner->entity, name);
    return attribute && TakesWords(program_.entities[owner->entity].attributes[*attribute].type);
  }
  if (!owner || owner->event == NameEntry::kNone || vocabulary_.events[owner->event].events.empty())
    return false;
  EventTypeId event = vocabulary_.events[owner->event].events.front();
  auto field = vocabulary_.Field(event, name);
  return field && TakesWords(program_.events[event].fields[*field].type);
}

void Checker::GatherEvidence(NodeRef root, std::span<const EventTypeId> triggers,
                             std::vector<Evidence>& evidence, std::vector<NodeRef>& unknown) {
  std::vector<NodeRef> pending{root};
  while (!pending.empty()) {
    NodeRef node = pending.back();
    pending.pop_back();
    if (!node) continue;
    switch (node.node().kind) {
      case NodeKind::kNamePath:
        GatherName(node, triggers, evidence, unknown);
        continue;
      case NodeKind::kEventRef:
        GatherEvent(node.child(0), evidence, unknown);
        continue;  // `where` names the event's own fields
      case NodeKind::kFieldRef: {
        NodeRef path = node.child(0);
        if (path && path.node().kind == NodeKind::kNamePath && path.children().size() == 2)
          GatherEvent(path.child(0), evidence, unknown);
        continue;
      }
      case NodeKind::kEnters:
      case NodeKind::kLeaves:
      case NodeKind::kInName: {
        NodeRef name = node.child(node.node().kind == NodeKind::kInName ? 1 : 0);
        const NameEntry* entry = name ? vocabulary_.Find(name.node().text) : nullptr;
        if (!entry || entry->segment == NameEntry::kNone) {
          if (name) unknown.push_back(node);
          continue;
        }
        CheckSegment(entry->segment);
        const SegmentName& segment = vocabulary_.segments[entry->segment];
        if (segment.entity)
          evidence.push_back(
              {name.node().span, "`" + std::string(Text(segment.name)) + "`", {segment.entity}, true, {}});
        continue;
      }
      case NodeKind::kZone: {
        const NameEntry* entry = node.node().op ? vocabulary_.Find(node.node().text) : nullptr;
        if (entry && entry->entity) {
          evidence.push_back({node.node().span, "`" + SourceText(node) + "`", {entry->entity}, false, {}});
        }
        continue;
      }
      case NodeKind::kOld: {
        const NameEntry* entry = node.child(0) ? vocabulary_.Find(node.child(0).node().text) : nullptr;
        if (!entry || entry->attribute_of.empty()) continue;  // reported when it is checked
        evidence.push_back(
            {node.node().span, "`" + SourceText(node) + "`", entry->attribute_of, false, node.child(0).node().text});
        continue;
      }
      case NodeKind::kHasAnyOf:
        pending.push_back(node.child(0));
        continue;
      case NodeKind::kChanges:
      case NodeKind::kCompare:
      case NodeKind::kInList: {
        std::span<const NodeId> children = node.children();
        NodeRef left = node.child(0);
        bool words_right = IsWordTyped(left, triggers);
        bool word_left =
            !words_right && children.size() == 2 && IsBareWord(left) && IsWordTyped(node.child(1), triggers);
        for (size_t i = children.size(); i-- > 0;) {
          NodeRef child = node.child(i);
          if (IsBareWord(child) && (i == 0 ? word_left : words_right)) continue;
          pending.push_back(child);
        }
        continue;
      }
      default: {
        std::span<const NodeId> children = node.children();
        for (size_t i = children.size(); i-- > 0;) pending.push_back(node.child(i));
        continue;
      }
    }
  }
}

void Checker::GatherEvent(NodeRef path, std::vector<Evidence>& evidence, std::vector<NodeRef>& unknown) {
  if (!path || path.node().kind == NodeKind::kError) return;
  const NameEntry* entry = vocabulary_.Find(path.node().text);
  if (!entry || entry->event == NameEntry::kNone) {
    unknown.push_back(path);
    return;
  }
  const EventName& event = vocabulary_.events[entry->event];
  if (!event.subjects.empty())
    evidence.push_back(
        {path.node().span, "`" + std::string(Text(event.name)) + "`", event.subjects, true, {}});
}

void Checker::GatherName(NodeRef path, std::span<const EventTypeId> triggers, std::vector<Evidence>& evidence,
                         std::vector<NodeRef>& unknown) {
  size_t parts = path.children().size();
  if (parts == 0) return;
  StringId first = path.child(0).node().text;
  const NameEntry* entry = vocabulary_.Find(first);
  if (parts > 1) {
    if (entry && entry->entity) {
      evidence.push_back(
          {path.node().span, "`" + std::string(path.text()) + "`", {entry->entity}, false, {}});
    } else if (entry && entry->event != NameEntry::kNone) {
      GatherEvent(path.child(0), evidence, unknown);
    } else {
      unknown.push_back(path);
    }
    return;
  }
  if (TriggerField(first, triggers)) return;
  if (!entry) {
    unknown.push_back(path);
    return;
  }
  Evidence found{path.node().span, "`" + std::string(path.text()) + "`", entry->attribute_of, false, {}};
  if (!entry->attribute_of.empty()) found.attribute = first;
  if (entry->value != NameEntry::kNone) {
    uint32_t index = entry->value;
    CheckValue(index);
    AddAll(found.entities, vocabulary_.values[index].subjects);
    found.is_stream = true;
    if (vocabulary_.values[index].progress == Progress::kBad) {
      gathered_bad_ = true;
      return;
    }
  }
  if (entry->event != NameEntry::kNone && found.entities.empty()) {
    AddAll(found.entities, vocabulary_.events[entry->event].subjects);
    found.is_stream = true;
  }
  if (entry->entity) {
    if (!Contains(found.entities, entry->entity)) found.entities.push_back(entry->entity);
  }
  if (!found.entities.empty()) {
    evidence.push_back(std::move(found));
  } else {
    unknown.push_back(path);
  }
}

std::string Checker::EntityList(std::span<const EntityId> entities) const {
  std::string text;
  for (size_t i = 0; i < entities.size(); ++i) {
    if (i) text += i + 1 == entities.size() ? " or " : ", ";
    text += EntityText(entities[i]);
  }
  return text;
}

std::optional<std::vector<EntityId>> Checker::Agree(const std::vector<Evidence>& evidence,
                                                    std::string_view what) {
  std::vector<EntityId> allowed = evidence.front().entities;
  size_t narrowest = 0;  // the piece that last made the choice smaller
  for (size_t i = 1; i < evidence.size(); ++i) {
    std::vector<EntityId> common = Common(allowed, evidence[i].entities);
    if (common.empty()) {
      // Speak of the piece that contradicts this one by itself, if there is one.
      size_t other = narrowest;
      for (size_t j = 0; j < i; ++j) {
        if (Common(evidence[j].entities, evidence[i].entities).empty()) {
          other = j;
          break;
        }
      }
      std::string one = EntityList(evidence[other].entities), two = EntityList(evidence[i].entities);
      diags_.Report(evidence[i].span, DiagId::kMixedSubjects, {{"what", what}, {"one", one}, {"other", two}})
          .Label(evidence[other].span, evidence[other].what + " is of a " + one)
          .Label(evidence[i].span, evidence[i].what + " is of a " + two)
          .Help("a rule reads and acts on one kind of subject");
      return std::nullopt;
    }
    if (common.size() < allowed.size()) narrowest = i;
    allowed = std::move(common);
  }
  return allowed;
}

std::optional<EntityId> Checker::InferSubject(NodeRef rule, const std::vector<ActionMatch>& matches,
                                              std::span<const EventTypeId> triggers) {
  std::vector<Evidence> evidence;
  std::vector<NodeRef> unknown;
  GatherEvidence(rule.child(0), triggers, evidence, unknown);
  for (NodeId id : rule.children()) {
    if (id && rule.tree->node(id).kind == NodeKind::kSchedule) {
      GatherEvidence({rule.tree, id}, triggers, evidence, unknown);
    }
  }
  for (size_t i = 2; i < rule.children().size(); ++i) {
    NodeRef clause = rule.child(i);
    if (clause && clause.node().kind == NodeKind::kRevert) GatherEvidence(clause.child(0), {}, evidence, unknown);
    if (clause && clause.node().kind == NodeKind::kEach) GatherEvidence(clause, triggers, evidence, unknown);
  }
  bool has_bad_action = false;
  for (const ActionMatch& match : matches) {
    if (match.form == NameEntry::kNone) {
      has_bad_action = true;
      continue;
    }
    const ActionForm& form = vocabulary_.actions[match.form];
    if (!form.subjects.empty())
      evidence.push_back({match.call.node().span, "`" + form.spelling + "`", form.subjects, false, {}});
    for (size_t i = 0; i < form.holes.size(); ++i) {
      const Hole& hole = form.holes[i];
      HoleType::Special special = hole.types.front().special;
      for (NodeId id : match.hole_values[i]) {
        NodeRef value{match.call.tree, id};
        bool is_word =
            IsBareWord(value) && (TakesWords(hole.types.front().type) || special == HoleType::Special::kAny);
        if (is_word || special == HoleType::Special::kEvent) continue;
        if (special == HoleType::Special::kAttribute) {
          const NameEntry* entry = IsBareWord(value) ? vocabulary_.Find(value.node().text) : nullptr;
          if (entry && !entry->attribute_of.empty()) {
            evidence.push_back({value.node().span, "`" + std::string(value.text()) + "`", entry->attribute_of,
                                false, value.node().text});
          }
          continue;
        }
        GatherEvidence(value, triggers, evidence, unknown);
      }
    }
  }
  std::optional<std::vector<EntityId>> allowed;
  if (!evidence.empty()) {
    allowed = Agree(evidence, "the rule");
    if (!allowed) return std::nullopt;
    if (allowed->size() == 1) return allowed->front();
    for (const Evidence& item : evidence) {
      if (!item.is_stream) continue;
      for (EntityId entity : item.entities) {
        if (Contains(*allowed, entity)) return entity;
      }
    }
  }
  // Open. A name that nobody knows is the likelier mistake.
  if (!unknown.empty()) {
    NodeRef name = unknown.front();
    if (name.node().kind == NodeKind::kNamePath || name.node().kind == NodeKind::kName) {
      ReportUnknownName(
          name, name.node().kind == NodeKind::kName ? name.node().text : name.child(0).node().text, Scope());
    } else {
      CheckCondition(name, Scope());  // says which segment is unknown
    }
    return std::nullopt;
  }
  if (has_bad_action) return std::nullopt;
  if (!allowed) {
    diags_.Report(rule.child(0) ? rule.child(0).node().span : rule.node().span, DiagId::kOpenSubject,
                  {{"choice", "nothing in it belongs to a contact, a campaign or another subject"}});
    return std::nullopt;
  }
  for (const Evidence& item : evidence) {
    if (!item.attribute) continue;
    auto report = diags_.Report(item.span, DiagId::kOpenSubject,
                                {{"choice", item.what + " is an attribute of " + EntityList(*allowed)}});
    for (EntityId entity : *allowed) {
      std::string qualified = std::string(EntityText(entity)) + "." + std::string(Text(item.attribute));
      report.Fix(item.span, qualified, "the " + std::string(EntityText(entity)) + "'s: `" + qualified + "`");
    }
    return std::nullopt;
  }
  diags_.Report(rule.child(0) ? rule.child(0).node().span : rule.node().span, DiagId::kOpenSubject,
                {{"choice", "it could be " + EntityList(*allowed)}});
  return std::nullopt;
}

}  // namespace mrule::sema
