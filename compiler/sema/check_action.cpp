// SPDX-License-Identifier: Apache-2.0
// Action declarations, and the calls of actions in rules: arguments and effects.
#include <algorithm>

#include "compiler/sema/checker.h"

namespace mrule::sema {

// --- declarations ---

void Checker::CheckActionDecl(NodeRef decl, Level level) {
  ActionForm form;
  form.level = level;
  form.decl = decl;
  NodeRef phrase = decl.child(0);
  if (!phrase || phrase.node().kind != NodeKind::kPhrase || !phrase.child(0)) return;
  form.span = phrase.node().span;
  for (size_t i = 1; i < decl.children().size(); ++i) {
    NodeRef clause = decl.child(i);
    if (clause && clause.node().kind == NodeKind::kClause) CheckActionClause(clause, form);
  }
  if (form.any_subject) AllowAnySubject(form);
  size_t errors_before = diags_.error_count();
  ReadPhrase(phrase, form);
  form.bad |= diags_.error_count() != errors_before;
  std::string key(phrase.child(0).text());
  for (const PhraseElement& element : form.elements) {
    if (element.kind == PhraseElement::Kind::kHole) break;
    key += ' ';
    key += Text(element.text);
  }
  uint32_t index = static_cast<uint32_t>(vocabulary_.actions.size());
  auto [known, is_new] = action_by_key_.emplace(key, index);
  if (!is_new) {
    ActionForm& first = vocabulary_.actions[known->second];
    if (first.level == level) {
      diags_.Report(form.span, DiagId::kDuplicateName, {{"name", key}})
          .Label(first.span, "declared here first");
      return;
    }
    first = std::move(form);
    return;
  }
  vocabulary_.actions_by_verb[phrase.child(0).node().text].push_back(index);
  vocabulary_.actions.push_back(std::move(form));
}

void Checker::ReadPhrase(NodeRef phrase, ActionForm& form) {
  std::string name;
  std::string pending_preposition;
  auto is_subject = [&](StringId word) {
    const NameEntry* entry = vocabulary_.Find(word);
    return entry && entry->entity &&
           std::find(form.subjects.begin(), form.subjects.end(), entry->entity) != form.subjects.end();
  };
  bool before_holes = true;
  std::unordered_map<StringId, Span> seen;
  for (size_t i = 0; i < phrase.children().size(); ++i) {
    NodeRef part = phrase.child(i);
    if (!part) continue;
    if (!form.spelling.empty()) form.spelling += ' ';
    StringId text = part.node().text;
    PhraseElement element;
    element.text = text;
    switch (part.node().kind) {
      case NodeKind::kName:
        form.spelling += part.text();
        if (before_holes && (i == 0 || !is_subject(text))) {
          name += pending_preposition;
          pending_preposition.clear();
          if (!name.empty()) name += '_';
          name += part.text();
        }
        if (i == 0) continue;  // the verb
        break;
      case NodeKind::kPreposition: {
        form.spelling += part.text();
        element.kind = PhraseElement::Kind::kPreposition;
        if (before_holes) {
          pending_preposition += '_';
          for (char c : part.text()) pending_preposition += c == ' ' ? '_' : c;
        }
        break;
      }
      case NodeKind::kHole: {
        form.spelling += "{" + std::string(part.text()) + "}";
        before_holes = false;
        Span name_span = part.node().span;
        name_span.begin += 1;
        name_span.end = name_span.begin + static_cast<uint32_t>(part.text().size());
        auto [first, is_new] = seen.emplace(text, name_span);
        if (!is_new) ReportDuplicate(name_span, text, first->second);
        DeclaredType type = ReadType(part.child(0), true);
        element.kind = PhraseElement::Kind::kHole;
        element.hole = static_cast<uint32_t>(form.holes.size());
        bool after_up_to = !form.elements.empty() &&
                           form.elements.back().kind == PhraseElement::Kind::kPreposition &&
                           Text(form.elements.back().text) == "up to";
        if (after_up_to) form.ceiling = element.hole;
        form.holes.push_back({text, std::move(type.alternatives), type.optional, type.is_list});
        break;
      }
      default:
        continue;
    }
    form.elements.push_back(element);
  }
  form.name = Intern(name);
}

void Checker::CheckActionClause(NodeRef clause, ActionForm& form) {
  std::string_view name = clause.text();
  auto wrong = [&, this](NodeRef value, std::string_view expected) {
    diags_.Report(value ? value.node().span : clause.node().span, DiagId::kBadClause,
                  {{"clause", name}, {"expected", expected}});
    form.bad = true;
  };
  for (NodeId id : clause.children()) {
    NodeRef value{clause.tree, id};
    if (!value || value.node().kind == NodeKind::kError) {
      form.bad = true;
      continue;
    }
    bool is_word = IsBareWord(value);
    if (name == "subject") {
      if (!is_word) {
        wrong(value, "names of entities");
      } else if (value.text() == "any") {
        form.any_subject = true;
      } else if (auto entity = EntityNamed(value)) {
        form.subjects.push_back(*entity);
      } else {
        form.bad = true;
      }
    } else if (name == "kind") {
      if (!is_word || (value.text() != "state" && value.text() != "outbox")) {
        wrong(value, "`state` or `outbox`");
      } else {
        form.state_only = value.text() == "state";
      }
    } else if (name == "effect") {
      if (value.node().kind != NodeKind::kEffectValue) {
        wrong(value, "an attribute and its new value, such as `status = paused`");
      } else {
        form.effects.push_back(value);
      }
    } else if (name == "reverse") {
      if (value.node().kind != NodeKind::kActionCall) {
        wrong(value, "an action, such as `resume campaign`");
      } else {
        form.reverse = value;
      }
    } else if (name == "grows") {
      if (!is_word) {
        wrong(value, "the name of an attribute");
      } else {
        form.grows = true;
      }
    }
  }
  static constexpr std::string_view kClauses[] = {"subject", "kind", "effect", "grows", "reverse"};
  if (std::find(std::begin(kClauses), std::end(kClauses), name) == std::end(kClauses)) {
    Span span = clause.node().span;
    span.end = span.begin + static_cast<uint32_t>(name.size());
    Suggest(diags_.Report(span, DiagId::kUnknownName, {{"kind", "setting of an action"}, {"name", name}}),
            span, name, kClauses);
    form.bad = true;
  }
}

// `subject: any`: every entity that has what the effects change; without effects the list stays empty, which is all.
void Checker::AllowAnySubject(ActionForm& form) {
  form.subjects.clear();
  if (form.effects.empty()) return;
  for (uint32_t i = 0; i < program_.entities.size(); ++i) {
    EntityId entity(static_cast<size_t>(i));
    bool has_all = std::all_of(form.effects.begin(), form.effects.end(), [&](const NodeRef& effect) {
      return vocabulary_.Attribute(entity, effect.node().text).has_value();
    });
    if (has_all) form.subjects.push_back(entity);
  }
}

// Each effect must make sense for every subject, and for every type that a part can have.
void Checker::CheckActionEffects(const ActionForm& form) {
  if (form.bad) return;
  size_t variants = 1;
  for (const Hole& hole : form.holes) variants = std::max(variants, hole.types.size());
  std::vector<EntityId> subjects = form.subjects;
  for (size_t i = 0; form.subjects.empty() && i < program_.entities.size(); ++i) {
    EntityId entity(i);
    bool has_all = std::all_of(form.effects.begin(), form.effects.end(), [&](const NodeRef& effect) {
      return vocabulary_.Attribute(entity, effect.node().text).has_value();
    });
    if (has_all) subjects.push_back(entity);
  }
  for (EntityId entity : subjects) {
    for (size_t variant = 0; variant < variants; ++variant) {
      std::unordered_map<StringId, ExprId> bound;
      for (const Hole& hole : form.holes) {
        Type type = hole.types[std::min(variant, hole.types.size() - 1)].type;
        if (type.is_error() || hole.is_list) continue;
        Expr placeholder;
        placeholder.kind = ExprKind::kUnknown;
        placeholder.type = type;
        placeholder.type.optional = hole.optional;
        placeholder.span = form.span;
        bound.emplace(hole.name, Add(std::move(placeholder)));
      }
      Scope scope;
      scope.entity = entity;
      scope.holes = &bound;
      scope.in_effect = true;
      scope.events = EventPlace::kInValue;
      hir::ActionCall ignored;
      for (const NodeRef& effect : form.effects) CheckEffect(effect, scope, ignored);
    }
  }
}

void Checker::CheckEffect(const NodeRef& effect, const Scope& scope, hir::ActionCall& call) {
  StringId name = effect.node().text;
  Span span = effect.node().span;
  auto index = vocabulary_.Attribute(scope.entity, name);
  if (!index && call.span.has_file()) {
    // An action for every kind of subject, called for one that lacks what it changes.
    diags_
        .Report(call.span, DiagId::kUnknownAttribute,
                {{"entity", EntityText(scope.entity)}, {"name", Text(name)}})
        .Label(span, "the action changes it here");
    return;
  }
  if (!index) {
    Span name_span{span.file, span.begin, span.begin + static_cast<uint32_t>(Text(name).size())};
    std::vector<std::string_view> candidates;
    for (const hir::Attribute& known : program_.entities[scope.entity].attributes)
      candidates.push_back(Text(known.name));
    Suggest(diags_.Report(name_span, DiagId::kUnknownAttribute,
                          {{"entity", EntityText(scope.entity)}, {"name", Text(name)}}),
            name_span, Text(name), candidates);
    return;
  }
  Type type = program_.entities[scope.entity].attributes[*index].type;
  auto form = static_cast<hir::EffectForm>(effect.node().op);
  bool changes_set = type.kind == TypeKind::kSet && form != hir::EffectForm::kSet;
  Type wanted = changes_set ? Type{type.detail ? TypeKind::kCode : TypeKind::kText, false, 0} : type;
  node_count_ = 0;
  ExprId value = CheckValue(effect.child(0), scope, &wanted);
  if (IsError(value) || type.is_error()) return;
  std::vector<Type> sum{type, wanted};
  bool can_add = form == hir::EffectForm::kSet || changes_set || Resolve("+", sum).row;
  if (!can_add || !IsAssignable(TypeOf(value), wanted)) {
    diags_.Report(
        span, DiagId::kEffectType,
        {{"attribute", Text(name)}, {"declared", TypeText(type)}, {"actual", TypeText(TypeOf(value))}});
    return;
  }
  hir::Effect result;
  result.attribute = *index;
  result.form = form;
  result.value = Convert(value, wanted);
  call.effects.push_back(result);
}

// --- calls ---

void Checker::CheckAction(const ActionMatch& match, const Scope& outer, hir::Rule& rule) {
  const ActionForm& form = vocabulary_.actions[match.form];
  size_t errors_before = diags_.error_count();
  Scope scope = outer;
  scope.in_action = true;
  scope.events = EventPlace::kInValue;
  node_count_ = 0;
  hir::ActionCall call;
  call.name = form.name;
  call.state_only = form.state_only;
  call.span = match.call.node().span;
  std::unordered_map<StringId, ExprId> bound;
  for (uint32_t i = 0; i < form.holes.size(); ++i)
    CheckArgument(form, form.holes[i], match, i, scope, call, bound);
  if (diags_.error_count() != errors_before) return;
  Scope effect_scope;
  effect_scope.entity = scope.entity;
  effect_scope.holes = &bound;
  effect_scope.in_effect = true;
  effect_scope.events = EventPlace::kInValue;
  for (const NodeRef& effect : form.effects) CheckEffect(effect, effect_scope, call);
  rule.actions.push_back(std::move(call));
  if (!match.until.empty()) CheckTimed(match, hir::ActionCall(rule.actions.back()), outer, rule);
}

void Checker::CheckArgument(const ActionForm& form, const Hole& hole, const ActionMatch& match,
                            uint32_t index, const Scope& scope, hir::ActionCall& call,
                            std::unordered_map<StringId, ExprId>& bound) {
  const std::vector<NodeId>& values = match.hole_values[index];
  if (values.empty()) {
    Expr absent;
    absent.kind = ExprKind::kUnknown;
    absent.type = hole.types.front().type;
    absent.type.optional = true;
    absent.span = match.call.node().span;
    bound.emplace(hole.name, Add(std::move(absent)));
    return;
  }
  const Tree& tree = *match.call.tree;
  if (!hole.is_list && values.size() > 1) {
    diags_.Report(source::Join(tree.node(values[1]).span, tree.node(values.back()).span), DiagId::kOneValue,
                  {{"part", Text(hole.name)}, {"action", form.spelling}});
    return;
  }
  hir::Argument argument;
  argument.name = hole.name;
  argument.is_list = hole.is_list;
  for (NodeId id : values) {
    ExprId value = CheckHoleValue(hole, {&tree, id}, scope, call);
    if (!IsError(value)) argument.values.push_back(value);
  }
  if (argument.values.size() != values.size()) return;
  if (!hole.is_list) bound.emplace(hole.name, argument.values.front());
  call.arguments.push_back(std::move(argument));
}

ExprId Checker::CheckHoleValue(const Hole& hole, NodeRef node, const Scope& scope, hir::ActionCall& call) {
  Span span = node.node().span;
  HoleType::Special special = hole.types.front().special;
  if (special == HoleType::Special::kAttribute) return CheckAttributeHole(node, scope, call);
  if (special == HoleType::Special::kEvent) return CheckEventHole(node, scope, call);
  Type expected = hole.types.front().type;
  std::vector<Type> types;
  for (const HoleType& type : hole.types) types.push_back(type.type);
  bool sets_attribute = special == HoleType::Special::kAny && !call.effects.empty();
  if (special == HoleType::Special::kAny) {
    types.clear();
    if (sets_attribute) {
      expected = program_.entities[scope.entity].attributes[call.effects.back().attribute].type;
      types.push_back(expected);
    }
  }
  if (expected.kind == TypeKind::kText && IsBareWord(node) && !IsResolvable(node, scope)) {
    std::string quoted = "\"" + std::string(node.text()) + "\"";
    diags_.Report(span, DiagId::kWordNeedsQuotes, {{"word", node.text()}, {"field", Text(hole.name)}})
        .Fix(span, quoted, "write " + quoted);
    return Error(span);
  }
  ExprId value =
      CheckValue(node, scope, special == HoleType::Special::kAny && !sets_attribute ? nullptr : &expected);
  if (IsError(value)) return value;
  Type actual = TypeOf(value);
  bool is_template = program_.exprs[value].kind == ExprKind::kTemplate;
  const Type* chosen = nullptr;
  for (const Type& type : types) {
    if (type.kind == actual.kind && type.detail == actual.detail) chosen = &type;
  }
  for (const Type& type : types) {
    bool fits = IsAssignable(actual, type) && !(is_template && type.kind != TypeKind::kText);
    if (!chosen && fits) chosen = &type;
  }
  if (types.empty()) return value;
  if (chosen) {
    value = Convert(value, *chosen);
    if (sets_attribute) call.effects.back().value = value;
    return value;
  }
  std::string wanted = sets_attribute ? TypeText(expected) : HoleText({hole.name, hole.types, false, false});
  auto report = diags_.Report(span, DiagId::kArgumentType,
                              {{"part", Text(hole.name)}, {"expected", wanted}, {"found", TypeText(actual)}});
  std::string text = SourceText(node);
  bool is_number = IsConstant(value) && (actual.kind == TypeKind::kCount || actual.kind == TypeKind::kNumber);
  for (const Type& type : types) {
    bool is_dollars = type.kind == TypeKind::kMoney && Text(program_.currencies[type.detail]) == "USD";
    if (is_number && is_dollars) report.Fix(span, "$" + text, "an amount: `$" + text + "`");
    if (is_number && type.kind == TypeKind::kPercent)
      report.Fix(span, text + "%", "a share: `" + text + "%`");
    if (type.kind == TypeKind::kText && !IsConstant(value))
      report.Fix(span, "\"{" + text + "}\"", "as text: `\"{" + text + "}\"`");
  }
  return Error(span);
}

// `set {field: attribute} to …`
ExprId Checker::CheckAttributeHole(NodeRef node, const Scope& scope, hir::ActionCall& call) {
  Span span = node.node().span;
  if (node.node().kind == NodeKind::kError) return Error(span);
  StringId name;
  Span name_span = span;
  if (IsBareWord(node)) {
    name = node.node().text;
  } else if (node.node().kind == NodeKind::kNamePath && node.children().size() == 2) {
    const NameEntry* owner = vocabulary_.Find(node.child(0).node().text);
    if (owner && owner->entity && owner->entity == scope.entity) {
      name = node.child(1).node().text;
      name_span = node.child(1).node().span;
    }
  }
  auto attribute = name ? vocabulary_.Attribute(scope.entity, name) : std::nullopt;
  if (!attribute) {
    std::vector<std::string_view> candidates;
    for (const hir::Attribute& known : program_.entities[scope.entity].attributes)
      candidates.push_back(Text(known.name));
    std::string text = SourceText(*node.tree, name_span);
    Suggest(diags_.Report(name_span, DiagId::kUnknownAttribute,
                          {{"entity", EntityText(scope.entity)}, {"name", text}}),
            name_span, text, candidates);
    return Error(span);
  }
  hir::Effect effect;
  effect.attribute = *attribute;
  call.effects.push_back(effect);
  return ConstantText({TypeKind::kText, false, 0}, name, span);
}

// `emit {event: event}`
ExprId Checker::CheckEventHole(NodeRef node, const Scope& scope, hir::ActionCall& call) {
  Span span = node.node().span;
  if (node.node().kind == NodeKind::kError) return Error(span);
  const EventName* event = EventNamed(node);
  if (!event) return Error(span);
  if (event->is_group) {
    diags_.Report(span, DiagId::kUnknownName, {{"kind", "single event"}, {"name", node.text()}})
        .Help("a group of events cannot be put on a stream");
    return Error(span);
  }
  if (std::find(event->subjects.begin(), event->subjects.end(), scope.entity) == event->subjects.end()) {
    diags_.Report(
        span, DiagId::kMixedSubjects,
        {{"what", "the rule"}, {"one", EntityText(scope.entity)}, {"other", EntityList(event->subjects)}});
    return Error(span);
  }
  for (const hir::Field& field : program_.events[event->events.front()].fields) {
    if (field.type.optional) continue;
    diags_.Report(span, DiagId::kEmitNeedsField, {{"event", node.text()}, {"field", Text(field.name)}})
        .Label(field.span, "declared here");
    return Error(span);
  }
  call.emits = event->events.front();
  return ConstantText({TypeKind::kText, false, 0}, event->name, span);
}

}  // namespace mrule::sema
