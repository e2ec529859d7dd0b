// SPDX-License-Identifier: Apache-2.0
// What a name in a condition or an action means: a field of the event at hand, an attribute, a measure, a
// metric, the subject itself, or, where the other side says of which type, a bare constant such as `free` or
// `US`. A name that means two of these is an error that offers both.
#include <algorithm>

#include "compiler/sema/checker.h"

namespace mrule::sema {

ExprId Checker::CheckPath(NodeRef path, const Scope& scope, const Type* expected) {
  if (path.children().size() > 1) return QualifiedName(path, scope);
  StringId name = path.node().text;
  bool takes_words = expected && (expected->kind == TypeKind::kEnum || expected->kind == TypeKind::kCode ||
                                  expected->kind == TypeKind::kMessage);
  return takes_words ? CheckWord(path, name, *expected, scope) : SingleName(path, name, scope);
}

ExprId Checker::CheckWord(NodeRef path, StringId word, const Type& expected, const Scope& scope) {
  Span span = SpanOf(path, scope);
  if (scope.holes && scope.holes->contains(word)) return SingleName(path, word, scope);
  // A name of the same type stands for its value.
  auto is_same = [&](const Type& type) {
    return type.kind == expected.kind && type.detail == expected.detail;
  };
  bool names_value = false;
  if (scope.pattern_event) {
    auto field = vocabulary_.Field(scope.pattern_event, word);
    names_value = field && is_same(program_.events[scope.pattern_event].fields[*field].type);
  } else {
    if (scope.entity) {
      auto attribute = vocabulary_.Attribute(scope.entity, word);
      names_value = attribute && is_same(program_.entities[scope.entity].attributes[*attribute].type);
    }
    auto field = TriggerField(word, scope.triggers);
    names_value |= field && is_same(program_.events[scope.triggers.front()].fields[*field].type);
  }
  switch (expected.kind) {
    case TypeKind::kEnum: {
      const std::vector<StringId>& values = program_.enums[hir::EnumId(expected.detail)].values;
      auto found = std::find(values.begin(), values.end(), word);
      if (found != values.end())
        return ConstantI64(TypeKind::kEnum, found - values.begin(), span, expected.detail);
      if (names_value) return SingleName(path, word, scope);
      std::vector<std::string_view> candidates;
      for (StringId value : values) candidates.push_back(Text(value));
      Suggest(diags_.Report(span, DiagId::kUnknownEnumValue,
                            {{"value", Text(word)}, {"type", TypeText(expected)}}),
              span, Text(word), candidates);
      return Error(span);
    }
    case TypeKind::kMessage: {
      const NameEntry* entry = vocabulary_.Find(word);
      bool is_message = entry && entry->is_message;
      if (is_message || !vocabulary_.messages_declared) return ConstantText(expected, word, span);
      if (names_value) return SingleName(path, word, scope);
      std::vector<std::string_view> candidates;
      for (const auto& [name, where] : user_messages_) candidates.push_back(Text(name));
      std::sort(candidates.begin(), candidates.end());
      Suggest(diags_.Report(span, DiagId::kUnknownName, {{"kind", "message"}, {"name", Text(word)}}), span,
              Text(word), candidates);
      return Error(span);
    }
    default:
      return names_value ? SingleName(path, word, scope) : ConstantText(expected, word, span);
  }
}

ExprId Checker::SingleName(NodeRef path, StringId name, const Scope& scope) {
  Span span = SpanOf(path, scope);
  if (scope.holes) {
    auto bound = scope.holes->find(name);
    if (bound != scope.holes->end()) return bound->second;
  }
  if (scope.pattern_event) return FilterName(path, name, scope);
  const NameEntry* entry = vocabulary_.Find(name);
  std::optional<uint32_t> field = scope.has_metric_window ? std::nullopt : TriggerField(name, scope.triggers);
  std::optional<uint32_t> attribute;
  if (scope.entity) attribute = vocabulary_.Attribute(scope.entity, name);
  bool is_value = entry && entry->value != NameEntry::kNone && !scope.in_effect;
  if (field) {
    const hir::Field& declared = program_.events[scope.triggers.front()].fields[*field];
    std::string_view event = Text(program_.events[scope.triggers.front()].name);
    std::string one = std::string(event) + "." + std::string(Text(name));
    if (attribute || is_value) {
      std::string other = attribute ? std::string(EntityText(scope.entity)) + "." + std::string(Text(name))
                                    : std::string(Text(name)) + " over 24h";
      diags_
          .Report(span, DiagId::kAmbiguousName,
                  {{"name", Text(name)},
                   {"one", "a field of `" + std::string(event) + "`"},
                   {"other", attribute ? "an attribute of the " + std::string(EntityText(scope.entity))
                                       : "a measure"}})
          .Label(declared.span, "the event's field")
          .Fix(span, one, "the event's: `" + one + "`")
          .Fix(span, other,
               attribute ? "the " + std::string(EntityText(scope.entity)) + "'s: `" + other + "`"
                         : "the measure: `" + other + "`");
      return Error(span);
    }
    return TriggerValue(scope.triggers, *field, span);
  }
  if (attribute && is_value) {
    std::string one = std::string(EntityText(scope.entity)) + "." + std::string(Text(name));
    std::string other = std::string(Text(name)) + " over 24h";
    diags_
        .Report(span, DiagId::kAmbiguousName,
                {{"name", Text(name)},
                 {"one", "an attribute of the " + std::string(EntityText(scope.entity))},
                 {"other", "a measure"}})
        .Fix(span, one, "the attribute: `" + one + "`")
        .Fix(span, other, "the measure: `" + other + "`");
    return Error(span);
  }
  if (attribute) return AttributeValue(scope.entity, *attribute, span);
  if (is_value) return WindowedValue(entry->value, std::nullopt, path, scope);
  if (entry && entry->entity && entry->entity == scope.entity) return SubjectValue(scope.entity, span);
  return ReportUnknownName(path, name, scope);
}

// Inside `where`, only the event's own fields are names.
ExprId Checker::FilterName(NodeRef path, StringId name, const Scope& scope) {
  Span span = SpanOf(path, scope);
  if (auto field = vocabulary_.Field(scope.pattern_event, name))
    return FieldValue(scope.pattern_event, *field, span);
  const hir::EventType& event = program_.events[scope.pattern_event];
  const NameEntry* entry = vocabulary_.Find(name);
  bool is_state = entry && (entry->value != NameEntry::kNone ||
                            (scope.entity && vocabulary_.Attribute(scope.entity, name)));
  if (is_state) {
    diags_.Report(span, DiagId::kFilterReadsState, {{"name", Text(name)}, {"event", Text(event.name)}})
        .Help("test it outside the parentheses, after `and`");
    return Error(span);
  }
  std::vector<std::string_view> candidates;
  for (const hir::Field& field : event.fields) candidates.push_back(Text(field.name));
  Suggest(diags_.Report(span, DiagId::kUnknownField, {{"event", Text(event.name)}, {"name", Text(name)}}),
          span, Text(name), candidates);
  return Error(span);
}

// `contact.name`, `purchased.amount`.
ExprId Checker::QualifiedName(NodeRef path, const Scope& scope) {
  Span span = SpanOf(path, scope);
  if (path.children().size() > 2) return ReportUnknownName(path, path.node().text, scope);
  StringId owner = path.child(0).node().text, name = path.child(1).node().text;
  Span name_span = path.child(1).node().span;
  const NameEntry* entry = vocabulary_.Find(owner);
  if (entry && entry->entity) {
    const hir::Entity& entity = program_.entities[entry->entity];
    if (scope.pattern_event) {
      diags_
          .Report(span, DiagId::kFilterReadsState,
                  {{"name", path.text()}, {"event", Text(program_.events[scope.pattern_event].name)}})
          .Help("test it outside the parentheses, after `and`");
      return Error(span);
    }
    if (scope.entity && entry->entity != scope.entity) {
      diags_
          .Report(span, DiagId::kMixedSubjects,
                  {{"what", "the rule"}, {"one", EntityText(scope.entity)}, {"other", Text(owner)}})
          .Help("a rule reads and acts on one kind of subject");
      return Error(span);
    }
    auto attribute = vocabulary_.Attribute(entry->entity, name);
    bool is_name = Text(name) == "name";
    if (attribute) {
      ExprId value = AttributeValue(entry->entity, *attribute, span);
      if (!scope.in_template || !is_name || !TypeOf(value).optional) return value;
      // A text always has something to say: the identifier, where no name is known.
      Expr expr;
      expr.kind = ExprKind::kDefault;
      expr.type = {TypeKind::kText, false, 0};
      expr.span = span;
      expr.args = {value, SubjectValue(entry->entity, span)};
      return Add(std::move(expr));
    }
    if (is_name || Text(name) == "id") return SubjectValue(entry->entity, span);
    std::vector<std::string_view> candidates;
    for (const hir::Attribute& known : entity.attributes) candidates.push_back(Text(known.name));
    Suggest(
        diags_.Report(name_span, DiagId::kUnknownAttribute, {{"entity", Text(owner)}, {"name", Text(name)}}),
        name_span, Text(name), candidates);
    return Error(span);
  }
  if (entry && entry->event != NameEntry::kNone) {
    const EventName& event = vocabulary_.events[entry->event];
    if (event.events.empty()) return Error(span);
    auto field = vocabulary_.Field(event.events.front(), name);
    if (!field) {
      std::vector<std::string_view> candidates;
      for (const hir::Field& known : program_.events[event.events.front()].fields)
        candidates.push_back(Text(known.name));
      Suggest(diags_.Report(name_span, DiagId::kUnknownField, {{"event", Text(owner)}, {"name", Text(name)}}),
              name_span, Text(name), candidates);
      return Error(span);
    }
    if (scope.pattern_event && event.events.size() == 1 && event.events.front() == scope.pattern_event) {
      return FieldValue(scope.pattern_event, *field, span);
    }
    bool at_hand = !scope.pattern_event && !scope.triggers.empty();
    for (EventTypeId trigger : scope.triggers) {
      at_hand &= std::find(event.events.begin(), event.events.end(), trigger) != event.events.end() ||
                 IsDeadlineOf(trigger, event.events);
    }
    auto trigger_field = at_hand ? TriggerField(name, scope.triggers) : std::nullopt;
    if (trigger_field) return TriggerValue(scope.triggers, *trigger_field, span);
    if (at_hand && ReportNotKept(span, path.text(), name, scope.triggers)) return Error(span);
    diags_.Report(span, DiagId::kFieldOutsideEvent, {{"field", path.text()}, {"event", Text(owner)}})
        .Help("say which of the events is meant: `last " + std::string(path.text()) + "`, `sum of " +
              std::string(path.text()) + " over 30d`");
    return Error(span);
  }
  return ReportUnknownName(path, owner, scope);
}

// --- values of names ---

ExprId Checker::AttributeValue(EntityId entity, uint32_t index, Span span) {
  const hir::Attribute& attribute = program_.entities[entity].attributes[index];
  Expr expr;
  expr.kind = ExprKind::kAttribute;
  expr.type = attribute.type;
  expr.type.optional = !attribute.default_value && !attribute.type.is_error();
  expr.span = span;
  expr.index = index;
  return Add(std::move(expr));
}

ExprId Checker::FieldValue(EventTypeId event, uint32_t index, Span span) {
  const hir::Field& field = program_.events[event].fields[index];
  Expr expr;
  expr.kind = ExprKind::kField;
  expr.type = field.type;
  expr.span = span;
  expr.index = index;
  expr.constant.text = field.name;
  return Add(std::move(expr));
}

// A field that all triggers have; `index` is the first one's. It can be missing if it can be in any of them.
ExprId Checker::TriggerValue(std::span<const EventTypeId> triggers, uint32_t index, Span span) {
  ExprId value = FieldValue(triggers.front(), index, span);
  StringId name = program_.exprs[value].constant.text;
  for (EventTypeId trigger : triggers) {
    if (program_.events[trigger].fields[*vocabulary_.Field(trigger, name)].type.optional) {
      program_.exprs[value].type.optional = true;
    }
  }
  return value;
}

ExprId Checker::SubjectValue(EntityId entity, Span span) {
  Expr expr;
  expr.kind = ExprKind::kSubject;
  expr.type = {TypeKind::kSubject, false, static_cast<uint32_t>(entity.index())};
  expr.span = span;
  return Add(std::move(expr));
}

// The field's index in the first trigger, if all triggers have one of this name and type.
std::optional<uint32_t> Checker::TriggerField(StringId name, std::span<const EventTypeId> triggers) const {
  std::optional<uint32_t> first;
  for (EventTypeId trigger : triggers) {
    auto field = vocabulary_.Field(trigger, name);
    if (!field) return std::nullopt;
    if (!first) {
      first = field;
    } else if (!program_.events[trigger].fields[*field].type.SameAs(
                   program_.events[triggers.front()].fields[*first].type)) {
      return std::nullopt;
    }
  }
  return first;
}

std::string Checker::TriggerText(std::span<const EventTypeId> triggers) const {
  constexpr size_t kShown = 3;
  std::string text;
  for (size_t i = 0; i < triggers.size() && i < kShown; ++i) {
    if (i) text += ", ";
    text += "`" + std::string(Text(program_.events[triggers[i]].name)) + "`";
  }
  return triggers.size() > kShown ? text + ", …" : text;
}

ExprId Checker::ReportUnknownName(NodeRef path, StringId name, const Scope& scope) {
  Span span = SpanOf(path, scope);
  const NameEntry* entry = vocabulary_.Find(name);
  if (entry && entry->event != NameEntry::kNone) {
    std::string event(Text(name));
    diags_.Report(span, DiagId::kEventAsValue, {{"name", event}})
        .Help("count its occurrences with `count of " + event +
              " over 7d`, or ask whether there was one with `" + event + " in last 7d`");
    return Error(span);
  }
  if (entry && entry->segment != NameEntry::kNone) {
    diags_.Report(span, DiagId::kUnknownName, {{"kind", "attribute or measure"}, {"name", Text(name)}})
        .Help("`" + std::string(Text(name)) + "` is a segment: write `" +
              std::string(scope.entity ? EntityText(scope.entity) : "contact") + " in " +
              std::string(Text(name)) + "`");
    return Error(span);
  }
  if (ReportNotKept(span, Text(name), name, scope.triggers)) return Error(span);
  std::vector<std::string_view> candidates;
  if (scope.entity) {
    for (const hir::Attribute& attribute : program_.entities[scope.entity].attributes)
      candidates.push_back(Text(attribute.name));
  } else {
    for (const hir::Entity& entity : program_.entities) {
      for (const hir::Attribute& attribute : entity.attributes) candidates.push_back(Text(attribute.name));
    }
  }
  if (!scope.triggers.empty()) {
    for (const hir::Field& field : program_.events[scope.triggers.front()].fields)
      candidates.push_back(Text(field.name));
  }
  for (const ValueName& value : vocabulary_.values) candidates.push_back(Text(value.name));
  if (!scope.has_metric_window) {
    for (const EventName& event : vocabulary_.events) candidates.push_back(Text(event.name));
  }
  std::string_view shown = Text(name);
  Span name_span =
      path.node().kind == NodeKind::kNamePath && path.children().size() > 1 && !scope.use_span.has_file()
          ? path.child(0).node().span
          : span;
  auto report = diags_.Report(name_span, DiagId::kUnknownName,
                              {{"kind", "attribute, measure or event"}, {"name", shown}});
  if (!scope.triggers.empty() && scope.triggers.size() > 1 && entry && entry->is_field) {
    report.Help("a field is known only if each of the events has it: " + TriggerText(scope.triggers));
  }
  Suggest(report, name_span, shown, candidates);
  return Error(span);
}

}  // namespace mrule::sema
