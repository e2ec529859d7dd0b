// SPDX-License-Identifier: Apache-2.0
// Which declared phrase a call means. Matching looks at words, prepositions and places only, never at types,
// so that it can come before the rule's subject is known.
#include <algorithm>

#include "compiler/sema/checker.h"

namespace mrule::sema {
namespace {

using Item = CallItem;

struct Attempt {
  bool full = false;
  size_t fixed = 0;    // words and prepositions matched
  size_t element = 0;  // where it stopped
  size_t item = 0;
  std::vector<std::vector<NodeId>> hole_values;
};

std::vector<Item> Flatten(NodeRef call) {
  std::vector<Item> items;
  for (NodeId id : call.children()) {
    NodeRef part{call.tree, id};
    if (!part || part.node().kind != NodeKind::kActionPart) continue;
    if (NodeRef preposition = part.child(0))
      items.push_back({true, preposition.node().text, {}, preposition.node().span});
    Item values;
    for (size_t i = 1; i < part.children().size(); ++i) {
      NodeRef value = part.child(i);
      if (!value) continue;
      values.span = source::Join(value.node().span, values.span);
      values.values.push_back(value.id);
    }
    if (!values.values.empty()) items.push_back(std::move(values));
  }
  return items;
}

bool IsWord(const Tree& tree, const Item& item, StringId word) {
  if (item.is_preposition || item.values.size() != 1) return false;
  const syntax::Node& node = tree.node(item.values[0]);
  return node.kind == NodeKind::kNamePath && node.text == word;
}

Attempt TryMatch(const Tree& tree, const ActionForm& form, const std::vector<Item>& items) {
  Attempt attempt;
  attempt.hole_values.resize(form.holes.size());
  size_t& at = attempt.item;
  for (size_t i = 0; i < form.elements.size(); ++i) {
    const PhraseElement& element = form.elements[i];
    attempt.element = i;
    const Item* item = at < items.size() ? &items[at] : nullptr;
    switch (element.kind) {
      case PhraseElement::Kind::kWord:
        if (!item || !IsWord(tree, *item, element.text)) return attempt;
        ++attempt.fixed;
        ++at;
        break;
      case PhraseElement::Kind::kPreposition:
        if (item && item->is_preposition && item->preposition == element.text) {
          ++attempt.fixed;
          ++at;
          break;
        }
        // `up to {ceiling: optional money}` can be left out as a whole.
        if (i + 1 < form.elements.size() && form.elements[i + 1].kind == PhraseElement::Kind::kHole &&
            form.holes[form.elements[i + 1].hole].optional) {
          ++i;
          break;
        }
        return attempt;
      case PhraseElement::Kind::kHole:
        if (item && !item->is_preposition) {
          attempt.hole_values[element.hole] = item->values;
          ++at;
          break;
        }
        if (!form.holes[element.hole].optional) return attempt;
        break;
    }
  }
  attempt.element = form.elements.size();
  attempt.full = at == items.size();
  return attempt;
}

}  // namespace

// `pause campaign until tomorrow 08:00 in "Europe/Berlin"`: takes what says for how long from the end, if no action is written so.
bool Checker::TakeUntil(std::vector<Item>& items, ActionMatch& match) const {
  const Tree& tree = *match.call.tree;
  for (size_t i = items.size(); i-- > 0;) {
    if (!items[i].is_preposition) continue;
    const std::string_view word = Text(items[i].preposition);
    if (word != "until" && word != "for") continue;
    std::vector<NodeId> values;
    size_t end = i + 1;
    for (; end < items.size() && !items[end].is_preposition && values.size() < 2; ++end) {
      if (items[end].values.size() != 1) return false;
      values.push_back(items[end].values.front());
      if (!ReadsAsTime(tree, word, values)) {
        values.pop_back();
        break;
      }
    }
    if (!ReadsAsTime(tree, word, values)) return false;
    auto lone = [&](size_t at) { return NodeRef{&tree, items[at].values.size() == 1 ? items[at].values.front() : NodeId()}; };
    if (end + 2 == items.size() && word == "until") {
      const bool is_in = items[end].is_preposition && Text(items[end].preposition) == "in";
      match.zone = items[end + 1].is_preposition ? NodeRef{} : lone(end + 1);
      if (!is_in) match.zone_owner = items[end].is_preposition ? NodeRef{} : lone(end);
      const bool named = is_in && match.zone && match.zone.node().kind == NodeKind::kText;
      const bool owned = !is_in && IsBareWord(match.zone_owner) && IsBareWord(match.zone) && match.zone.text() == "time";
      if (!named && !owned) return false;
      end += 2;
    }
    if (end != items.size()) return false;
    match.until = std::move(values);
    match.until_word = word;
    match.until_span = items[i].span;
    for (size_t at = i + 1; at < items.size(); ++at) match.until_span = source::Join(match.until_span, items[at].span);
    items.resize(i);
    return true;
  }
  return false;
}

ActionMatch Checker::MatchAction(NodeRef call) {
  ActionMatch match;
  match.call = call;
  auto forms = vocabulary_.actions_by_verb.find(call.node().text);
  if (forms == vocabulary_.actions_by_verb.end()) {
    // The verb's only declaration had a mistake of its own, or is in a file that could not be parsed.
    diags_.Report(call.node().span, DiagId::kActionForm, {{"verb", call.text()}});
    return match;
  }
  std::vector<Item> items = Flatten(call);
  Attempt best;
  uint32_t best_form = forms->second.front();
  auto find_best = [&] {
    bool first = true;
    for (uint32_t index : forms->second) {
      Attempt attempt = TryMatch(*call.tree, vocabulary_.actions[index], items);
      auto rank = [](const Attempt& a) { return std::tuple(a.full, a.fixed, a.item, a.element); };
      if (first || rank(attempt) > rank(best)) {
        best = std::move(attempt);
        best_form = index;
      }
      first = false;
    }
  };
  find_best();
  if (!best.full && TakeUntil(items, match)) find_best();
  const ActionForm& form = vocabulary_.actions[best_form];
  if (best.full) {
    if (form.bad) return match;
    match.form = best_form;
    match.hole_values = std::move(best.hole_values);
    return match;
  }
  bool has_error = std::any_of(items.begin(), items.end(), [&](const Item& item) {
    return std::any_of(item.values.begin(), item.values.end(),
                       [&](NodeId id) { return call.tree->node(id).kind == NodeKind::kError; });
  });
  if (has_error) return match;  // reported by the parser
  Span end = call.node().span.After();
  bool is_complete = best.element == form.elements.size();
  if (is_complete) {
    const Item& extra = items[best.item];
    auto report = diags_.Report(extra.span, DiagId::kExtraPart,
                                {{"found", SourceText(*call.tree, extra.span)}, {"action", form.spelling}});
    report.Label(form.span, "declared here");
    if (extra.is_preposition && (Text(extra.preposition) == "until" || Text(extra.preposition) == "for")) {
      report.Help("how long it is done is written `for 6h`, `until 08:00`, `until tomorrow 08:00`, `until monday 08:00`");
    }
    return match;
  }
  bool chose_form = best.fixed > 0 || forms->second.size() == 1;
  const PhraseElement& missing = form.elements[best.element];
  if (chose_form && (best.item == items.size() || missing.kind == PhraseElement::Kind::kHole)) {
    std::string part;
    if (missing.kind == PhraseElement::Kind::kHole) {
      const Hole& hole = form.holes[missing.hole];
      part = "`{" + std::string(Text(hole.name)) + "}`, which is " + HoleText(hole);
    } else {
      part = "`" + std::string(Text(missing.text)) + "`";
    }
    Span at = best.item < items.size() ? items[best.item].span : end;
    diags_.Report(at, DiagId::kMissingPart, {{"action", form.spelling}, {"part", part}})
        .Label(form.span, "declared here");
    return match;
  }
  Span at = best.item < items.size() ? items[best.item].span : end;
  auto report = diags_.Report(at, DiagId::kActionForm, {{"verb", call.text()}});
  std::vector<std::string_view> words;
  for (uint32_t index : forms->second) {
    const ActionForm& known = vocabulary_.actions[index];
    if (chose_form && index != best_form) continue;
    report.Expected("`" + known.spelling + "`");
    if (best.element < known.elements.size() &&
        known.elements[best.element].kind == PhraseElement::Kind::kWord) {
      words.push_back(Text(known.elements[best.element].text));
    }
  }
  if (best.item < items.size()) Suggest(report, at, SourceText(*call.tree, at), words);
  return match;
}

/// `pause campaign c1`, `send win_back for contact ann`: what stands behind the phrase says whom it is about.
ActionMatch Checker::MatchExpected(NodeRef call, std::vector<NodeRef>& whom) {
  const Tree& tree = *call.tree;
  auto forms = vocabulary_.actions_by_verb.find(call.node().text);
  if (forms == vocabulary_.actions_by_verb.end()) return MatchAction(call);
  const std::vector<Item> all = Flatten(call);
  auto word_at = [&](size_t i) -> NodeRef {
    if (all[i].is_preposition || all[i].values.size() != 1) return {};
    NodeRef word = Unparam({&tree, all[i].values.front()});
    return word && (IsBareWord(word) || word.node().kind == NodeKind::kText) ? word : NodeRef{};
  };
  auto is_entity = [&](NodeRef word) {
    const NameEntry* entry = IsBareWord(word) ? vocabulary_.Find(word.node().text) : nullptr;
    return entry != nullptr && entry->entity.has_value();
  };
  auto is_about = [&](size_t i) {
    const std::string_view word = all[i].is_preposition ? Text(all[i].preposition) : std::string_view();
    return word == "for" || word == "to";
  };
  // How many items are cut off the end, and the words among them that say whom.
  struct Cut {
    size_t items;
    std::vector<NodeRef> whom;
  };
  std::vector<Cut> cuts{{0, {}}};
  const size_t n = all.size();
  if (n >= 1 && word_at(n - 1)) {
    const NodeRef id = word_at(n - 1);
    cuts.push_back({1, {id}});
    if (n >= 2 && is_about(n - 2)) cuts.push_back({2, {id}});
    if (n >= 2 && word_at(n - 2) && is_entity(word_at(n - 2))) {
      cuts.push_back({2, {word_at(n - 2), id}});
      if (n >= 3 && is_about(n - 3)) cuts.push_back({3, {word_at(n - 2), id}});
    }
  }
  auto try_all = [&](const Cut& cut, bool full) -> std::optional<ActionMatch> {
    const std::vector<Item> items(all.begin(), all.end() - static_cast<ptrdiff_t>(cut.items));
    std::optional<ActionMatch> best;
    size_t best_fixed = 0;
    for (uint32_t index : forms->second) {
      Attempt attempt = TryMatch(tree, vocabulary_.actions[index], items);
      if (full ? !attempt.full : attempt.item != items.size()) continue;
      if (best && attempt.fixed <= best_fixed) continue;
      best_fixed = attempt.fixed;
      best.emplace();
      best->call = call;
      best->form = vocabulary_.actions[index].bad ? NameEntry::kNone : index;
      best->hole_values = std::move(attempt.hole_values);
      for (std::vector<NodeId>& values : best->hole_values) {
        for (NodeId& id : values) {
          if (NodeRef value = Unparam({&tree, id})) id = value.id;
        }
      }
    }
    if (best) whom = cut.whom;
    return best;
  };
  for (const Cut& cut : cuts) {
    if (auto match = try_all(cut, /*full=*/true)) return *match;
  }
  // Parts at the end that are left out may be anything. A word behind the phrase is a subject if it is known to be one.
  auto is_subject = [&](const Cut& cut) { return cut.whom.size() == 2 || (cut.whom.size() == 1 && IsTestSubject(cut.whom.front())); };
  for (const bool sure : {true, false}) {
    for (const Cut& cut : cuts) {
      if (is_subject(cut) != sure) continue;
      if (auto match = try_all(cut, /*full=*/false)) return *match;
    }
  }
  return MatchAction(call);
}

}  // namespace mrule::sema
