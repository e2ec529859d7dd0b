// SPDX-License-Identifier: Apache-2.0
// The declared names of one program, while it is checked: what each stands for and where it was declared. The
// types, entities and events themselves live in hir::Program; what has no place there (metrics, action
// phrases, groups of events) lives here. Filled by check_declarations.cpp and collect.cpp, read by the rest
// of the checker.
#pragma once

#include <optional>
#include <string>
#include <string_view>
#include <unordered_map>
#include <vector>

#include "compiler/sema/hir.h"
#include "compiler/syntax/tree.h"

namespace mrule::sema {

using hir::EntityId;
using hir::EventTypeId;
using hir::ExprId;
using source::Span;

/// A node and the tree it is in. The tree outlives the check.
struct NodeRef {
  const syntax::Tree* tree = nullptr;
  syntax::NodeId id;

  explicit operator bool() const { return tree != nullptr && id.has_value(); }
  const syntax::Node& node() const { return tree->node(id); }
  NodeRef child(size_t i) const { return {tree, tree->child(id, i)}; }
  std::span<const syntax::NodeId> children() const { return tree->children(id); }
  std::string_view text() const { return tree->text(id); }
};

/// Library declarations can be extended or replaced by user files; two of one level are an error.
enum class Level : uint8_t { kLibrary, kUser };

/// An event's name, or that of a group of events.
struct EventName {
  StringId name;
  Level level = Level::kLibrary;
  Span span;
  bool is_group = false;
  NodeRef decl;                     ///< of a group
  std::vector<EventTypeId> events;  ///< one, or the group's
  std::vector<EntityId> subjects;   ///< of all of them
};

/// How far a declaration that may refer to others has been checked.
enum class Progress : uint8_t { kNew, kBusy, kDone, kBad };

/// A measure or a metric.
struct ValueName {
  StringId name;
  Level level = Level::kLibrary;
  Span span;
  NodeRef decl;
  bool is_metric = false;
  Progress progress = Progress::kNew;
  Type type;
  std::vector<EntityId> subjects;         ///< whose value it can be
  std::optional<hir::Window> default_window;
  hir::MeasureId measure;                 ///< if it is polled
};

struct SegmentName {
  StringId name;
  Level level = Level::kLibrary;
  Span span;
  NodeRef decl;
  Progress progress = Progress::kNew;
  hir::SegmentId segment;
  EntityId entity;
};

/// One type that a hole of an action's phrase accepts.
struct HoleType {
  enum class Special : uint8_t { kNone, kAttribute, kAny, kEvent };
  Special special = Special::kNone;
  Type type;  ///< of each item if the hole takes a list
};

struct Hole {
  StringId name;
  std::vector<HoleType> types;
  bool optional = false;
  bool is_list = false;
};

struct PhraseElement {
  enum class Kind : uint8_t { kWord, kPreposition, kHole };
  Kind kind = Kind::kWord;
  StringId text;
  uint32_t hole = 0;
};

/// A way to write an action.
struct ActionForm {
  StringId name;         ///< as decisions print it
  std::string spelling;  ///< `increase budget by {amount} up to {ceiling}`, for messages
  Level level = Level::kLibrary;
  Span span;
  NodeRef decl;
  std::vector<PhraseElement> elements;  ///< after the verb
  std::vector<Hole> holes;
  std::vector<EntityId> subjects;  ///< empty: any
  bool any_subject = false;        ///< `subject: any`
  bool state_only = false;
  bool grows = false;
  std::optional<uint32_t> ceiling;  ///< the hole after `up to`
  std::vector<NodeRef> effects;     ///< EffectValue nodes
  NodeRef reverse;                  ///< how it is taken back, an ActionCall node; none if it cannot be
  bool bad = false;                 ///< its declaration was reported
};

/// All that one identifier can mean.
struct NameEntry {
  EntityId entity;
  uint32_t event = kNone;    ///< index into Vocabulary::events
  uint32_t value = kNone;    ///< index into Vocabulary::values
  uint32_t segment = kNone;  ///< index into Vocabulary::segments
  bool is_message = false;
  bool is_field = false;               ///< of some event
  std::vector<EntityId> attribute_of;  ///< entities with an attribute of this name

  static constexpr uint32_t kNone = 0xFFFFFFFFu;
};

struct Vocabulary {
  std::vector<EventName> events;
  std::vector<ValueName> values;
  std::vector<SegmentName> segments;
  std::vector<ActionForm> actions;
  std::unordered_map<StringId, NameEntry> names;
  std::unordered_map<StringId, std::vector<uint32_t>> actions_by_verb;
  std::vector<std::unordered_map<StringId, uint32_t>>
      attributes;                                              ///< by entity: attribute's name to its index
  std::vector<std::unordered_map<StringId, uint32_t>> fields;  ///< by event: field's name to its index
  bool messages_declared = false;  ///< in user files: then only declared ones are messages

  const NameEntry* Find(StringId name) const {
    auto found = names.find(name);
    return found == names.end() ? nullptr : &found->second;
  }
  std::optional<uint32_t> Attribute(EntityId entity, StringId name) const {
    return Lookup(attributes[entity.index()], name);
  }
  std::optional<uint32_t> Field(EventTypeId event, StringId name) const {
    return Lookup(fields[event.index()], name);
  }

 private:
  static std::optional<uint32_t> Lookup(const std::unordered_map<StringId, uint32_t>& map, StringId name) {
    auto found = map.find(name);
    if (found == map.end()) return std::nullopt;
    return found->second;
  }
};

}  // namespace mrule::sema
