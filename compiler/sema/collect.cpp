// SPDX-License-Identifier: Apache-2.0
// The first pass: which names there are, before any is looked at, so that the order of declarations does not
// matter. A user's entity or event of a library's name extends it; anything else of a library's name replaces
// it.
#include <algorithm>

#include "compiler/base/limits.h"
#include "compiler/diagnostics/suggest.h"
#include "compiler/sema/checker.h"
#include "compiler/sema/flow.h"

namespace mrule::sema {

hir::Program Checker::Run() {
  program_.interner = &interner_;
  program_.currencies.push_back(Intern("USD"));
  CollectNames();
  CheckDeclarations();
  if (rule_decls_.size() > limits::kRulesMax) {
    diags_.Report(rule_decls_[limits::kRulesMax].node().span, DiagId::kTooManyRules,
                  {{"limit", limits::kRulesMax}});
    return std::move(program_);
  }
  program_.rules.reserve(rule_decls_.size());
  size_t nodes = 0;
  for (const Tree& tree : trees_) nodes += tree.size();
  program_.exprs.reserve(nodes / 2);  // about as many; growing would move every expression again and again
  for (NodeRef rule : rule_decls_) CheckRule(rule);
  rules_fine_ = !diags_.has_errors();
  for (size_t i = 0; i < program_.rules.size(); ++i) rule_by_name_.emplace(program_.rules[hir::RuleId(i)].name, hir::RuleId(i));
  for (NodeRef test : test_decls_) CheckTest(test);
  if (!diags_.has_errors()) {
    CheckRounds(program_, diags_);
    CheckConflicts(program_, diags_);
    CheckReverts(program_, diags_);
  }
  return std::move(program_);
}

hir::Program Check(std::span<const Tree> trees, size_t prelude_count, Interner& interner,
                   diagnostics::Emitter& diags) {
  return Checker(trees, prelude_count, interner, diags).Run();
}

void Checker::CollectNames() {
  for (size_t i = 0; i < trees_.size(); ++i) {
    const Tree& tree = trees_[i];
    if (!tree.root) continue;
    Level level = i < prelude_count_ ? Level::kLibrary : Level::kUser;
    for (NodeId id : tree.children(tree.root)) {
      if (!id) continue;
      NodeRef decl{&tree, id};
      switch (tree.node(id).kind) {
        case NodeKind::kUseDecl:
          CheckUse(decl);
          break;
        case NodeKind::kEntityDecl:
          CollectEntity(decl, level);
          break;
        case NodeKind::kEventDecl:
          CollectEvent(decl, level);
          break;
        case NodeKind::kEventsDecl:
          CollectGroup(decl, level);
          break;
        case NodeKind::kMeasureDecl:
          CollectValue(decl, level, false);
          break;
        case NodeKind::kMetricDecl:
          CollectValue(decl, level, true);
          break;
        case NodeKind::kSegmentDecl:
          CollectSegment(decl, level);
          break;
        case NodeKind::kActionDecl:
          action_decls_.emplace_back(decl, level);
          break;
        case NodeKind::kMessageDecl:
          CollectMessages(decl, level);
          break;
        case NodeKind::kWorkspaceDecl:
          workspace_decls_.push_back(decl);
          break;
        case NodeKind::kRuleDecl:
          rule_decls_.push_back(decl);
          break;
        case NodeKind::kTestDecl:
          test_decls_.push_back(decl);
          break;
        default:
          break;  // an Error node: reported by the parser
      }
    }
  }
}

void Checker::ReportDuplicate(Span span, StringId name, Span first) {
  diags_.Report(span, DiagId::kDuplicateName, {{"name", Text(name)}}).Label(first, "declared here first");
}

bool Checker::CheckName(std::string_view name, Span span) {
  if (name.size() <= limits::kNameBytesMax) return true;
  diags_.Report(span, DiagId::kNameTooLong, {{"limit", limits::kNameBytesMax}});
  return false;
}

void Checker::CollectEntity(NodeRef decl, Level level) {
  StringId name = decl.node().text;
  Span span = NameSpan(decl, Text(name));
  if (!CheckName(Text(name), span)) return;
  if (level == Level::kUser) {
    auto [first, is_new] = user_entities_.emplace(name, span);
    if (!is_new) return ReportDuplicate(span, name, first->second);
  }
  NameEntry& entry = Entry(name);
  if (!entry.entity) {
    hir::Entity entity;
    entity.name = name;
    entity.span = span;
    entry.entity = program_.entities.Add(std::move(entity));
    vocabulary_.attributes.emplace_back();
  }
  entity_decls_.push_back({entry.entity, decl});
}

void Checker::CollectEvent(NodeRef decl, Level level) {
  StringId name = decl.node().text;
  Span span = NameSpan(decl, Text(name));
  if (!CheckName(Text(name), span)) return;
  if (level == Level::kUser) {
    auto [first, is_new] = user_events_.emplace(name, span);
    if (!is_new) return ReportDuplicate(span, name, first->second);
  }
  NameEntry& entry = Entry(name);
  bool replaces_group = entry.event != NameEntry::kNone && vocabulary_.events[entry.event].is_group;
  if (entry.event == NameEntry::kNone || replaces_group) {
    hir::EventType event;
    event.name = name;
    event.span = span;
    EventName named{name, level, span, false, {}, {program_.events.Add(std::move(event))}, {}};
    vocabulary_.fields.emplace_back();
    if (replaces_group) {
      vocabulary_.events[entry.event] = std::move(named);
    } else {
      entry.event = static_cast<uint32_t>(vocabulary_.events.size());
      vocabulary_.events.push_back(std::move(named));
    }
  }
  event_decls_.push_back({entry.event, decl});
}

void Checker::CollectGroup(NodeRef decl, Level level) {
  StringId name = decl.node().text;
  Span span = NameSpan(decl, Text(name));
  if (!CheckName(Text(name), span)) return;
  NameEntry& entry = Entry(name);
  EventName group{name, level, span, true, decl, {}, {}};
  if (entry.event == NameEntry::kNone) {
    entry.event = static_cast<uint32_t>(vocabulary_.events.size());
    vocabulary_.events.push_back(std::move(group));
    return;
  }
  EventName& known = vocabulary_.events[entry.event];
  if (known.level == level || user_events_.contains(name)) return ReportDuplicate(span, name, known.span);
  known = std::move(group);
}

void Checker::CollectValue(NodeRef decl, Level level, bool is_metric) {
  StringId name = decl.node().text;
  Span span = NameSpan(decl, Text(name));
  if (!CheckName(Text(name), span)) return;
  NameEntry& entry = Entry(name);
  ValueName value;
  value.name = name;
  value.level = level;
  value.span = span;
  value.decl = decl;
  value.is_metric = is_metric;
  if (entry.value == NameEntry::kNone) {
    entry.value = static_cast<uint32_t>(vocabulary_.values.size());
    vocabulary_.values.push_back(std::move(value));
    return;
  }
  ValueName& known = vocabulary_.values[entry.value];
  if (known.level == level) return ReportDuplicate(span, name, known.span);
  known = std::move(value);
}

void Checker::CollectSegment(NodeRef decl, Level level) {
  StringId name = decl.node().text;
  Span span = NameSpan(decl, Text(name));
  if (!CheckName(Text(name), span)) return;
  NameEntry& entry = Entry(name);
  SegmentName segment;
  segment.name = name;
  segment.level = level;
  segment.span = span;
  segment.decl = decl;
  if (entry.segment == NameEntry::kNone) {
    entry.segment = static_cast<uint32_t>(vocabulary_.segments.size());
    vocabulary_.segments.push_back(std::move(segment));
    return;
  }
  SegmentName& known = vocabulary_.segments[entry.segment];
  if (known.level == level) return ReportDuplicate(span, name, known.span);
  known = std::move(segment);
}

void Checker::CollectMessages(NodeRef decl, Level level) {
  NodeRef names = decl.child(0);
  if (!names) return;
  for (NodeId id : names.children()) {
    NodeRef name{decl.tree, id};
    StringId text = name.node().text;
    if (!CheckName(Text(text), name.node().span)) continue;
    if (level == Level::kUser) {
      vocabulary_.messages_declared = true;
      auto [first, is_new] = user_messages_.emplace(text, name.node().span);
      if (!is_new) ReportDuplicate(name.node().span, text, first->second);
    }
    Entry(text).is_message = true;
  }
}

// `use ads`: the name of a library file. Everything in them is known without it.
void Checker::CheckUse(NodeRef decl) {
  std::vector<std::string> packages;
  for (size_t i = 0; i < prelude_count_; ++i) {
    if (!trees_[i].source) continue;
    std::string_view name = trees_[i].source->name();
    name.remove_prefix(name.find_last_of('/') + 1);
    packages.emplace_back(name.substr(0, name.find('.')));
  }
  std::vector<std::string_view> views(packages.begin(), packages.end());
  for (NodeId id : decl.children()) {
    NodeRef name{decl.tree, id};
    if (std::find(views.begin(), views.end(), name.text()) != views.end()) continue;
    Span span = name.node().span;
    Suggest(diags_.Report(span, DiagId::kUnknownName, {{"kind", "library"}, {"name", name.text()}}), span,
            name.text(), views);
  }
}

// --- small help, used by all files ---

void Checker::Suggest(Builder report, Span span, std::string_view name,
                      std::span<const std::string_view> candidates) {
  auto nearest = diagnostics::Nearest(name, candidates);
  if (nearest) report.Fix(span, *nearest, "did you mean `" + std::string(*nearest) + "`?");
}

std::string Checker::SourceText(const Tree& tree, Span span) const {
  return tree.source && span.file == tree.file ? std::string(tree.source->Text(span)) : std::string();
}

std::string Checker::SourceText(Span span) const {
  for (const Tree& tree : trees_) {
    if (tree.file == span.file) return SourceText(tree, span);
  }
  return {};
}

std::string Checker::SourceText(const NodeRef& node) const {
  return SourceText(*node.tree, node.node().span);
}

Span Checker::NameSpan(NodeRef decl, std::string_view name) const {
  Span span = decl.node().span;
  std::string text = SourceText(decl);
  size_t after_keyword = text.find_first_of(" \t\r\n");
  size_t at = text.find(name, after_keyword == std::string::npos ? 0 : after_keyword);
  if (name.empty() || at == std::string::npos) return span;
  span.begin += static_cast<uint32_t>(at);
  span.end = span.begin + static_cast<uint32_t>(name.size());
  return span;
}

}  // namespace mrule::sema
