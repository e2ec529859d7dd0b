// SPDX-License-Identifier: Apache-2.0
// Spans, leaves, names and reports: what all parts of the tree builder share.
#include "compiler/syntax/antlr_builder.h"

#include "compiler/syntax/templates.h"

namespace mrule::syntax {

using diagnostics::DiagId;

Span TreeBuilder::SpanOfWords(std::span<const Word> words) const {
  return words.empty() ? file_.SpanOf(0, 0) : file_.SpanOf(words.front().begin, words.back().end);
}

Span TreeBuilder::SpanOf(antlr4::Token* token) const {
  const Word& word = WordOf(token);
  return file_.SpanOf(word.begin, word.end);
}

Span TreeBuilder::SpanOf(antlr4::ParserRuleContext* ctx) const {
  return source::Join(SpanOf(ctx->getStart()), SpanOf(ctx->getStop()));
}

NodeId TreeBuilder::AddNode(NodeKind kind, Span span, std::string_view text, uint8_t op,
                            std::span<const NodeId> children) {
  Node node;
  node.kind = kind;
  node.op = op;
  node.span = span;
  // An empty text literal is a text; elsewhere nothing stands for no text.
  if (!text.empty() || kind == NodeKind::kText) node.text = tree_.interner->Intern(text);
  return tree_.Add(node, children);
}

NodeId TreeBuilder::AddError(Span span, std::string_view text) {
  return AddNode(NodeKind::kError, span, text, 0, {});
}

NodeId TreeBuilder::AddLeaf(NodeKind kind, antlr4::Token* token) {
  Span span = SpanOf(token);
  return AddText(kind, span, TextOf(span));
}

void TreeBuilder::ReportExpected(Span at, std::string_view expected) {
  constexpr size_t kShownBytesMax = 40;
  std::string found(TextOf(at).substr(0, TextOf(at).find('\n')));
  if (found.size() > kShownBytesMax) {
    size_t cut = kShownBytesMax;
    while ((static_cast<unsigned char>(found[cut]) & 0xC0) == 0x80) --cut;
    found = found.substr(0, cut) + "…";
  }
  diags_.Report(at, DiagId::kUnexpectedToken, {{"expected", expected}, {"found", "`" + found + "`"}});
}

NodeId TreeBuilder::Reserved(Span at, std::string_view construct, std::string_view plural) {
  diags_.Report(at, DiagId::kReservedConstruct, {{"construct", construct}, {"plural", plural}});
  return AddError(at);
}

NodeId TreeBuilder::Name(P::NameContext* ctx) { return AddLeaf(NodeKind::kName, ctx->ID()); }

TreeBuilder::Nodes TreeBuilder::Names(P::NameListContext* ctx) {
  Nodes names;
  for (P::NameContext* name : ctx->name()) names.push_back(Name(name));
  return names;
}

NodeId TreeBuilder::NameList(P::NameListContext* ctx) {
  return Add(NodeKind::kNameList, SpanOf(ctx), Names(ctx));
}

NodeId TreeBuilder::NamePath(P::NamePathContext* ctx) {
  Nodes names;
  std::string dotted;
  for (P::NameContext* name : ctx->name()) {
    if (!dotted.empty()) dotted += '.';
    dotted += TextOf(SpanOf(name));
    names.push_back(Name(name));
  }
  return AddNode(NodeKind::kNamePath, SpanOf(ctx), dotted, 0, names);
}

NodeId TreeBuilder::Type(P::TypeContext* ctx) {
  Span span = SpanOf(ctx);
  if (auto* named = As<P::NamedTypeContext>(ctx)) {
    Nodes types;
    for (P::NameContext* name : named->name()) types.push_back(AddLeaf(NodeKind::kTypeName, name->ID()));
    return types.size() == 1 ? types[0] : Add(NodeKind::kTypeEither, span, types);
  }
  if (auto* one_of = As<P::OneOfTypeContext>(ctx)) {
    return Add(NodeKind::kTypeOneOf, span, Names(one_of->nameList()));
  }
  if (auto* set = As<P::SetTypeContext>(ctx))
    return Add(NodeKind::kTypeSetOf, span, {Type(set->type())});
  auto* optional = As<P::OptionalTypeContext>(ctx);
  MR_CHECK(optional, "the alternatives of `type` are all listed");
  return Add(NodeKind::kTypeOptional, span, {Type(optional->type())});
}

std::string TreeBuilder::DecodedName(antlr4::Token* token) {
  std::string name;
  for (const TextPiece& piece : SplitText(file_, SpanOf(token), TextHoles::kNone, diags_)) name += piece.text;
  return name;
}

}  // namespace mrule::syntax
