// SPDX-License-Identifier: Apache-2.0
// Types as declarations name them, and how messages name a type.
#include "compiler/sema/checker.h"

namespace mrule::sema {
namespace {

struct TypeWord {
  std::string_view word;
  TypeKind kind;
};

constexpr TypeWord kTypeWords[] = {
    {"boolean", TypeKind::kBoolean},       {"number", TypeKind::kNumber},   {"count", TypeKind::kCount},
    {"ratio", TypeKind::kRatio},           {"percent", TypeKind::kPercent}, {"money", TypeKind::kMoney},
    {"duration", TypeKind::kDuration},     {"instant", TypeKind::kInstant}, {"date", TypeKind::kDate},
    {"time_of_day", TypeKind::kTimeOfDay}, {"text", TypeKind::kText},       {"code", TypeKind::kCode},
    {"message", TypeKind::kMessage},
};

}  // namespace

Checker::DeclaredType Checker::ReadType(NodeRef node, bool for_hole) {
  DeclaredType result;
  if (node && node.node().kind == NodeKind::kTypeOptional) {
    result = ReadType(node.child(0), for_hole);
    result.optional = true;
    return result;
  }
  if (!node) {
    result.alternatives.emplace_back();
    return result;
  }
  switch (node.node().kind) {
    case NodeKind::kTypeName:
      result.alternatives.push_back(ReadNamedType(node, for_hole));
      break;
    case NodeKind::kTypeOneOf:
      result.alternatives.push_back({HoleType::Special::kNone, ReadEnum(node)});
      break;
    case NodeKind::kTypeSetOf: {
      DeclaredType item = ReadType(node.child(0), for_hole);
      result.is_list = true;
      HoleType type = item.alternatives.front();
      bool is_text = type.type.is_text() || type.type.is_error();
      if (item.is_list || item.optional || item.alternatives.size() > 1 || (!for_hole && !is_text)) {
        diags_
            .Report(node.node().span, DiagId::kTypeNotAllowed,
                    {{"type", SourceText(node)}, {"where", for_hole ? "an action's part" : "a field"}})
            .Help("a set holds texts: `set of text` or `set of code`");
        type = HoleType();
      }
      if (for_hole) {
        result.alternatives.push_back(type);
      } else if (!type.type.is_error()) {
        bool of_code = type.type.kind == TypeKind::kCode;
        result.alternatives.push_back({HoleType::Special::kNone, {TypeKind::kSet, false, of_code ? 1u : 0u}});
      } else {
        result.alternatives.emplace_back();
      }
      break;
    }
    case NodeKind::kTypeEither:
      for (NodeId child : node.children())
        result.alternatives.push_back(ReadNamedType({node.tree, child}, for_hole));
      if (!for_hole) {
        diags_
            .Report(node.node().span, DiagId::kTypeNotAllowed,
                    {{"type", SourceText(node)}, {"where", "a field"}})
            .Help("only a part of an action's phrase can be of several types");
        result.alternatives.resize(1);
        result.alternatives[0] = HoleType();
      }
      break;
    default:
      break;  // an Error node
  }
  if (result.alternatives.empty()) result.alternatives.emplace_back();
  result.type = result.alternatives.front().type;
  return result;
}

HoleType Checker::ReadNamedType(NodeRef node, bool for_hole) {
  if (node.node().kind != NodeKind::kTypeName) return HoleType();
  std::string_view word = node.text();
  for (const TypeWord& known : kTypeWords) {
    if (known.word == word) return {HoleType::Special::kNone, {known.kind, false, 0}};
  }
  if (for_hole && word == "attribute") return {HoleType::Special::kAttribute, {TypeKind::kText, false, 0}};
  if (for_hole && word == "any") return {HoleType::Special::kAny, {}};
  if (for_hole && word == "event") return {HoleType::Special::kEvent, {TypeKind::kText, false, 0}};
  const NameEntry* entry = vocabulary_.Find(node.node().text);
  if (entry && entry->entity) {
    return {HoleType::Special::kNone,
            {TypeKind::kSubject, false, static_cast<uint32_t>(entry->entity.index())}};
  }
  std::vector<std::string_view> candidates;
  for (const TypeWord& known : kTypeWords) candidates.push_back(known.word);
  for (const hir::Entity& entity : program_.entities) candidates.push_back(Text(entity.name));
  Suggest(diags_.Report(node.node().span, DiagId::kUnknownName, {{"kind", "type"}, {"name", word}}),
          node.node().span, word, candidates);
  return HoleType();
}

Type Checker::ReadEnum(NodeRef node) {
  hir::EnumType type;
  std::string key;
  for (NodeId id : node.children()) {
    NodeRef name{node.tree, id};
    StringId value = name.node().text;
    if (!value) continue;
    if (std::find(type.values.begin(), type.values.end(), value) != type.values.end()) {
      diags_.Report(name.node().span, DiagId::kDuplicateName, {{"name", Text(value)}});
      continue;
    }
    type.values.push_back(value);
    key += Text(value);
    key += ',';
  }
  // Equal lists are one type, so that `status` of a campaign and of an ad set compare.
  auto [known, is_new] = enum_by_text_.emplace(key, static_cast<uint32_t>(program_.enums.size()));
  if (is_new) program_.enums.Add(std::move(type));
  return {TypeKind::kEnum, false, known->second};
}

std::string Checker::TypeText(const Type& type) const {
  switch (type.kind) {
    case TypeKind::kError:
      return "nothing";
    case TypeKind::kBoolean:
      return "yes or no";
    case TypeKind::kNumber:
      return "a number";
    case TypeKind::kCount:
      return "a count";
    case TypeKind::kRatio:
      return "a ratio";
    case TypeKind::kPercent:
      return "a percentage";
    case TypeKind::kMoney:
      return "money (" + std::string(Text(program_.currencies[type.detail])) + ")";
    case TypeKind::kDuration:
      return "a duration";
    case TypeKind::kInstant:
      return "an instant";
    case TypeKind::kDate:
      return "a date";
    case TypeKind::kTimeOfDay:
      return "a time of day";
    case TypeKind::kText:
      return "text";
    case TypeKind::kCode:
      return "a code";
    case TypeKind::kEnum: {
      constexpr size_t kValuesShown = 12;
      std::string text = "one of ";
      const hir::EnumType& values = program_.enums[hir::EnumId(type.detail)];
      for (size_t i = 0; i < values.values.size() && i < kValuesShown; ++i) {
        if (i) text += ", ";
        text += Text(values.values[i]);
      }
      return values.values.size() > kValuesShown ? text + ", …" : text;
    }
    case TypeKind::kMessage:
      return "a message";
    case TypeKind::kSubject: {
      std::string_view name = Text(program_.entities[EntityId(type.detail)].name);
      bool vowel = std::string_view("aeiou").find(name.empty() ? 'x' : name[0]) != std::string_view::npos;
      return (vowel ? "an " : "a ") + std::string(name);
    }
    case TypeKind::kSet:
      return "a set of texts";
  }
  return "nothing";
}

std::string Checker::HoleText(const Hole& hole) const {
  std::string text;
  for (const HoleType& type : hole.types) {
    if (!text.empty()) text += " or ";
    switch (type.special) {
      case HoleType::Special::kAttribute:
        text += "an attribute";
        break;
      case HoleType::Special::kAny:
        text += "a value";
        break;
      case HoleType::Special::kEvent:
        text += "an event";
        break;
      case HoleType::Special::kNone:
        text += TypeText(type.type);
        break;
    }
  }
  return hole.is_list ? "a list of values, each " + text : text;
}

}  // namespace mrule::sema
