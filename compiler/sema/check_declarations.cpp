// SPDX-License-Identifier: Apache-2.0
// The second pass: what the collected names are. Entities come first, then events, measures, metrics,
// segments, actions; metrics and segments may use each other in any order and are checked when first needed.
#include <algorithm>

#include "compiler/sema/checker.h"
#include "compiler/sema/literals.h"

namespace mrule::sema {
namespace {

void AddOnce(std::vector<EntityId>& list, EntityId entity) {
  if (std::find(list.begin(), list.end(), entity) == list.end()) list.push_back(entity);
}

}  // namespace

void Checker::CheckDeclarations() {
  for (NodeRef decl : workspace_decls_) CheckWorkspace(decl);
  for (const EntityDecl& decl : entity_decls_) CheckEntity(decl.entity, decl.decl);
  for (const EventDecl& decl : event_decls_) CheckEvent(decl.event, decl.decl);
  for (EventName& event : vocabulary_.events) {
    if (event.is_group) CheckGroup(event);
  }
  for (uint32_t i = 0; i < vocabulary_.values.size(); ++i) CheckValue(i);
  for (uint32_t i = 0; i < vocabulary_.segments.size(); ++i) CheckSegment(i);
  for (auto [decl, level] : action_decls_) CheckActionDecl(decl, level);
  for (const ActionForm& form : vocabulary_.actions) CheckActionEffects(form);
  for (const ActionForm& form : vocabulary_.actions) {
    if (form.reverse) MatchAction(form.reverse);
  }
}

// --- workspace ---

void Checker::CheckWorkspace(NodeRef decl) {
  if (decl.id != workspace_decls_.front().id || decl.tree != workspace_decls_.front().tree) {
    diags_.Report(decl.node().span, DiagId::kDuplicateName, {{"name", "workspace"}})
        .Label(workspace_decls_.front().node().span, "declared here first");
    return;
  }
  for (NodeId clause : decl.children()) {
    if (clause) CheckWorkspaceClause({decl.tree, clause});
  }
}

void Checker::CheckWorkspaceClause(NodeRef clause) {
  if (clause.node().kind != NodeKind::kClause) return;
  std::string_view name = clause.text();
  NodeRef value = clause.child(0);
  if (!value || value.node().kind == NodeKind::kError) return;
  auto wrong = [&, this](std::string_view expected) {
    diags_.Report(value.node().span, DiagId::kBadClause, {{"clause", name}, {"expected", expected}});
  };
  bool is_single = clause.children().size() == 1;
  bool is_word = is_single && value.node().kind == NodeKind::kNamePath;
  if (name == "currency") {
    std::string_view code = value.text();
    bool is_code = is_word && code.size() == 3 &&
                   std::all_of(code.begin(), code.end(), [](char c) { return c >= 'A' && c <= 'Z'; });
    if (!is_code) return wrong("a currency's code of three capital letters, such as `EUR`");
    program_.currencies[0] = Intern(code);
  } else if (name == "lateness" || name == "horizon" || name == "idle") {
    if (!is_single || value.node().kind != NodeKind::kDuration) return wrong("a duration, such as `10min`");
    bool may_be_none = name == "lateness" && DecodeDuration(value.text()).value == 0;
    auto micros = may_be_none ? std::optional<int64_t>(0) : PositiveDuration(value, name);
    if (!micros) return;
    (name == "lateness"  ? program_.lateness_micros
     : name == "horizon" ? program_.horizon_micros
                         : program_.idle_micros) = *micros;
  } else if (name == "zone" || name == "contact_time_zone") {
    if (!is_single || (value.node().kind != NodeKind::kText && !is_word))
      return wrong("a time zone, such as `\"Europe/Berlin\"`");
    if (const StringId zone = ZoneNamed(value)) (name == "zone" ? program_.zone : program_.contact_time_zone) = zone;
  } else if (name == "week_start") {
    static constexpr std::pair<std::string_view, int> kStarts[] = {{"monday", 1}, {"saturday", 6}, {"sunday", 7}};
    const auto start = std::find_if(std::begin(kStarts), std::end(kStarts), [&](const auto& one) { return one.first == value.text(); });
    if (!is_word || start == std::end(kStarts)) return wrong("`monday`, `sunday` or `saturday`");
    program_.week_start = start->second;
  } else if (name == "unknown_fields") {
    if (!is_word || (value.text() != "reject" && value.text() != "ignore"))
      return wrong("`reject` or `ignore`");
    program_.strict_fields = value.text() == "reject";
  } else {
    static constexpr std::string_view kClauses[] = {"currency", "zone", "week_start", "contact_time_zone",
                                                    "lateness", "horizon", "idle", "unknown_fields"};
    Span span = NameSpan(clause, name);
    span = {span.file, clause.node().span.begin,
            clause.node().span.begin + static_cast<uint32_t>(name.size())};
    Suggest(diags_.Report(span, DiagId::kUnknownName, {{"kind", "workspace setting"}, {"name", name}}), span,
            name, kClauses);
  }
}

// --- entities and events ---

void Checker::CheckEntity(EntityId id, NodeRef decl) {
  if (NodeRef parent = decl.child(0)) {
    auto entity = EntityNamed(parent);
    if (entity && *entity == id) {
      diags_.Report(parent.node().span, DiagId::kCycle, {{"name", parent.text()}});
    } else if (entity) {
      program_.entities[id].parent = *entity;
    }
  }
  std::unordered_map<StringId, Span> seen;
  std::span<const NodeId> children = decl.children();
  for (size_t i = 1; i < children.size(); ++i) {
    NodeRef field = decl.child(i);
    if (!field || field.node().kind != NodeKind::kFieldDecl) continue;
    StringId name = field.node().text;
    Span span = field.node().span;
    Span name_span{span.file, span.begin, span.begin + static_cast<uint32_t>(Text(name).size())};
    auto [first, is_new] = seen.emplace(name, name_span);
    if (!is_new) {
      ReportDuplicate(name_span, name, first->second);
      continue;
    }
    if (!CheckName(Text(name), name_span)) continue;
    hir::Attribute attribute;
    attribute.name = name;
    attribute.span = name_span;
    attribute.type = ReadType(field.child(0)).type;
    attribute.safer = static_cast<hir::Safer>(field.node().op);
    if (NodeRef initial = field.child(1)) {
      Scope scope;
      scope.entity = id;
      ExprId value = CheckValue(initial, scope, &attribute.type);
      if (!IsError(value) && !attribute.type.is_error()) {
        if (!IsAssignable(TypeOf(value), attribute.type)) {
          diags_.Report(initial.node().span, DiagId::kDeclaredType,
                        {{"name", Text(name)},
                         {"declared", TypeText(attribute.type)},
                         {"actual", TypeText(TypeOf(value))}});
        } else if (!IsConstant(value)) {
          diags_.Report(initial.node().span, DiagId::kNotConstant, {{"what", "a default value"}});
        } else {
          attribute.default_value = Convert(value, attribute.type);
        }
      }
    }
    hir::Entity& entity = program_.entities[id];
    auto& by_name = vocabulary_.attributes[id.index()];
    auto [known, added] = by_name.emplace(name, static_cast<uint32_t>(entity.attributes.size()));
    if (added) {
      entity.attributes.push_back(std::move(attribute));
      Entry(name).attribute_of.push_back(id);
    } else {
      entity.attributes[known->second] = std::move(attribute);
    }
  }
}

void Checker::CheckEvent(uint32_t index, NodeRef decl) {
  EventTypeId id = vocabulary_.events[index].events.front();
  if (NodeRef subjects = decl.child(1)) {
    for (NodeId name : subjects.children()) {
      if (auto entity = EntityNamed({decl.tree, name})) {
        AddOnce(program_.events[id].subjects, *entity);
        AddOnce(vocabulary_.events[index].subjects, *entity);
      }
    }
  }
  std::vector<NodeRef> fields;
  NodeRef holes = decl.child(0);
  size_t hole_count = holes ? holes.children().size() : 0;
  for (size_t i = 0; i < hole_count; ++i) fields.push_back(holes.child(i));
  for (size_t i = 2; i < decl.children().size(); ++i) fields.push_back(decl.child(i));
  std::unordered_map<StringId, Span> seen;
  for (size_t i = 0; i < fields.size(); ++i) {
    NodeRef field = fields[i];
    if (!field || (field.node().kind != NodeKind::kFieldDecl && field.node().kind != NodeKind::kHole))
      continue;
    bool is_hole = i < hole_count;
    StringId name = field.node().text;
    Span span = field.node().span;
    span.begin += is_hole ? 1 : 0;
    span.end = span.begin + static_cast<uint32_t>(Text(name).size());
    auto [first, is_new] = seen.emplace(name, span);
    if (!is_new) {
      ReportDuplicate(span, name, first->second);
      continue;
    }
    if (!CheckName(Text(name), span)) continue;
    DeclaredType type = ReadType(field.child(0));
    type.type.optional = type.optional;
    hir::Field declared{name, type.type, is_hole, span};
    if (NodeRef extra = field.child(1)) {
      diags_
          .Report(extra.node().span, DiagId::kTypeNotAllowed,
                  {{"type", SourceText(extra)}, {"where", "an event's field"}})
          .Help("an event's field has no default value: write `default` where the field is used");
    }
    hir::EventType& event = program_.events[id];
    auto [known, added] =
        vocabulary_.fields[id.index()].emplace(name, static_cast<uint32_t>(event.fields.size()));
    if (added) {
      event.fields.push_back(declared);
      Entry(name).is_field = true;
    } else {
      event.fields[known->second] = declared;
    }
  }
}

void Checker::CheckGroup(EventName& group) {
  auto subject = EntityNamed(group.decl.child(0));
  if (subject) group.subjects.push_back(*subject);
  NodeRef members = group.decl.child(1);
  if (!members) return;
  for (NodeId id : members.children()) {
    NodeRef name{members.tree, id};
    const EventName* event = EventNamed(name);
    if (!event) continue;
    if (event->is_group) {
      diags_.Report(name.node().span, DiagId::kUnknownName, {{"kind", "single event"}, {"name", name.text()}})
          .Help("a group lists events, not other groups");
      continue;
    }
    if (subject &&
        std::find(event->subjects.begin(), event->subjects.end(), *subject) == event->subjects.end()) {
      diags_
          .Report(
              name.node().span, DiagId::kMixedSubjects,
              {{"what", "the group"}, {"one", EntityText(*subject)}, {"other", EntityList(event->subjects)}})
          .Label(event->span, "`" + std::string(name.text()) + "` is declared here");
      continue;
    }
    if (std::find(group.events.begin(), group.events.end(), event->events.front()) == group.events.end()) {
      group.events.push_back(event->events.front());
    }
  }
}

std::optional<EntityId> Checker::EntityNamed(NodeRef name, bool plural_allowed) {
  if (!name || name.node().kind == NodeKind::kError) return std::nullopt;
  std::string_view text = name.text();
  const NameEntry* entry = vocabulary_.Find(name.node().text);
  if (plural_allowed && (!entry || !entry->entity) && text.ends_with('s')) {
    if (StringId singular = interner_.Find(text.substr(0, text.size() - 1)))
      entry = vocabulary_.Find(singular);
  }
  if (entry && entry->entity) return entry->entity;
  std::vector<std::string_view> candidates;
  for (const hir::Entity& entity : program_.entities) candidates.push_back(Text(entity.name));
  Suggest(diags_.Report(name.node().span, DiagId::kUnknownName, {{"kind", "entity"}, {"name", text}}),
          name.node().span, text, candidates);
  return std::nullopt;
}

// --- measures and metrics ---

void Checker::CheckValue(uint32_t index) {
  if (vocabulary_.values[index].progress == Progress::kBusy) {
    ValueName& value = vocabulary_.values[index];
    diags_.Report(value.span, DiagId::kCycle, {{"name", Text(value.name)}});
    value.progress = Progress::kBad;
    return;
  }
  if (vocabulary_.values[index].progress != Progress::kNew) return;
  vocabulary_.values[index].progress = Progress::kBusy;
  vocabulary_.values[index].type = ReadType(vocabulary_.values[index].decl.child(0)).type;
  if (vocabulary_.values[index].is_metric) {
    CheckMetric(index);
  } else {
    CheckMeasure(index);
  }
  ValueName& value = vocabulary_.values[index];
  if (value.progress == Progress::kBusy)
    value.progress = value.type.is_error() ? Progress::kBad : Progress::kDone;
}

void Checker::CheckDeclaredType(ValueName& value, const Type& actual, Span span) {
  if (!actual.is_error() && !value.type.is_error() && !IsAssignable(actual, value.type)) {
    diags_.Report(
        span, DiagId::kDeclaredType,
        {{"name", Text(value.name)}, {"declared", TypeText(value.type)}, {"actual", TypeText(actual)}});
    value.progress = Progress::kBad;
  }
  if (actual.is_error()) value.progress = Progress::kBad;
  value.type.optional = actual.optional;
}

void Checker::CheckMeasure(uint32_t index) {
  ValueName& value = vocabulary_.values[index];
  NodeRef body = value.decl.child(1), fresh = value.decl.child(2), window = value.decl.child(3);
  if (!body || body.node().kind == NodeKind::kError) {
    value.progress = Progress::kBad;
    return;
  }
  if (body.node().kind != NodeKind::kAggregate) {
    diags_.Report(body.node().span, DiagId::kNotAggregate, {{"name", Text(value.name)}})
        .Help("declare a `metric` for what is computed from several measures");
    value.progress = Progress::kBad;
    return;
  }
  int64_t fresh_micros = 0;
  if (fresh) {
    auto micros = PositiveDuration(fresh, "fresh");
    fresh_micros = micros.value_or(0);
  }
  if (window) value.default_window = DefaultWindow(window);
  if (NodeRef inner = body.child(1)) {
    auto own = WindowOf(inner);
    if (own && !own->all_time()) value.default_window = own;
  }
  // The latest of all is the latest of any window that is not empty: no window need be named.
  auto fn = static_cast<hir::AggregateFn>(body.node().op);
  bool is_end = fn == hir::AggregateFn::kFirst || fn == hir::AggregateFn::kLast;
  if (is_end && !value.default_window) value.default_window = hir::Window();
  if (fresh_micros) value.measure = program_.measures.Add({value.name, fresh_micros});
  NodeRef path = body.child(0).child(0);
  NodeRef event_name = path;
  const EventName* event = nullptr;
  if (body.child(0).node().kind == NodeKind::kFieldRef && path.children().size() == 2)
    event_name = path.child(0);
  event = EventNamed(event_name);
  if (!event || event->subjects.empty()) {
    value.progress = Progress::kBad;
    return;
  }
  value.subjects = event->subjects;
  Scope scope;
  scope.entity = value.subjects.front();
  ExprId checked = CheckAggregate(body, scope);
  CheckDeclaredType(vocabulary_.values[index], TypeOf(checked), body.node().span);
}

void Checker::CheckMetric(uint32_t index) {
  NodeRef body, window;
  {
    ValueName& value = vocabulary_.values[index];
    body = value.decl.child(1);
    window = value.decl.child(2);
    if (window) value.default_window = DefaultWindow(window);
  }
  if (!body) {
    vocabulary_.values[index].progress = Progress::kBad;
    return;
  }
  std::vector<Evidence> evidence;
  std::vector<NodeRef> unknown;
  gathered_bad_ = false;
  GatherEvidence(body, {}, evidence, unknown);
  ValueName& value = vocabulary_.values[index];
  if (gathered_bad_) value.progress = Progress::kBad;
  gathered_bad_ = false;
  if (value.progress == Progress::kBad) return;  // a cycle, or a mistake in another one: reported
  if (!unknown.empty()) {
    ReportUnknownName(unknown.front(), unknown.front().node().text, Scope());
    value.progress = Progress::kBad;
    return;
  }
  std::optional<std::vector<EntityId>> subjects;
  if (!evidence.empty()) subjects = Agree(evidence, "the metric");
  if (!subjects) {
    if (evidence.empty())
      diags_.Report(body.node().span, DiagId::kNotAggregate, {{"name", Text(value.name)}});
    value.progress = Progress::kBad;
    return;
  }
  value.subjects = *subjects;
  const hir::Window any_window = hir::Window::Rolling(1);
  Scope scope;
  scope.entity = value.subjects.front();
  scope.has_metric_window = true;
  scope.metric_window = value.default_window.value_or(any_window);
  ExprId checked = CheckValue(body, scope, &value.type);
  CheckDeclaredType(vocabulary_.values[index], TypeOf(checked), body.node().span);
}

// --- segments ---

void Checker::CheckSegment(uint32_t index) {
  SegmentName& segment = vocabulary_.segments[index];
  if (segment.progress == Progress::kBusy) {
    diags_.Report(segment.span, DiagId::kCycle, {{"name", Text(segment.name)}});
    segment.progress = Progress::kBad;
    return;
  }
  if (segment.progress != Progress::kNew) return;
  auto entity = EntityNamed(segment.decl.child(0), true);
  if (!entity) {
    segment.progress = Progress::kBad;
    return;
  }
  segment.progress = Progress::kBusy;
  segment.entity = *entity;
  Scope scope;
  scope.entity = *entity;
  scope.events = EventPlace::kInSegment;
  NodeRef body = segment.decl.child(1);
  node_count_ = 0;
  ExprId condition =
      body ? CheckCondition(body, scope) : ConstantI64(TypeKind::kBoolean, 1, segment.decl.node().span);
  SegmentName& checked = vocabulary_.segments[index];
  if (checked.progress == Progress::kBad) return;
  checked.progress = IsError(condition) ? Progress::kBad : Progress::kDone;
  if (checked.progress == Progress::kBad) return;
  CheckNow(condition);
  checked.segment = program_.segments.Add({checked.name, *entity, condition, checked.span});
}

}  // namespace mrule::sema
