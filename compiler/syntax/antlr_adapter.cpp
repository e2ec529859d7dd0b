// SPDX-License-Identifier: Apache-2.0
// The front of the ANTLR door: lex, classify, then parse declaration by declaration. A declaration that
// cannot be parsed becomes an Error node with one report, and the next one is parsed as if nothing had
// happened; ANTLR's own recovery is not used, since it guesses. Parsing by declaration costs the same as
// parsing the file at once and keeps memory flat.
#include "compiler/base/limits.h"
#include "compiler/syntax/antlr_builder.h"
#include "compiler/syntax/parse.h"

namespace mrule::syntax {
namespace {

using diagnostics::DiagId;
using enum TokenType;

std::string_view PluralOf(TokenType reserved) {
  switch (reserved) {
    case kJOURNEY:
      return "journeys";
    case kSCORE:
      return "score models";
    case kREPORT:
      return "reports";
    case kPOLICY:
      return "policies";
    case kSOURCE:
      return "sources";
    default:
      return "connectors";
  }
}

class FileParser {
 public:
  FileParser(const File& file, const VerbTable& verbs, Interner& interner, diagnostics::Emitter& diags)
      : file_(file), verbs_(verbs), diags_(diags), builder_(file, tree_, verbs, diags) {
    tree_.file = file.id();
    tree_.interner = &interner;
    tree_.source = &file;
  }

  Tree Run() {
    Span whole = file_.SpanOf(0, file_.size());
    bool complete = false;
    tree_.tokens = Lex(file_.bytes(), 0, limits::kTokensMax, complete);
    if (!complete) {
      uint32_t at = tree_.tokens.empty() ? 0 : tree_.tokens.back().end;
      diags_.Report(file_.SpanOf(at, at), DiagId::kTooManyTokens, {{"limit", limits::kTokensMax}});
      std::vector<NodeId> broken{builder_.AddError(whole)};
      tree_.root = builder_.AddNode(NodeKind::kFile, whole, {}, 0, broken);
      return std::move(tree_);
    }
    classified_ = Classify(file_, tree_.tokens, verbs_, &diags_);
    tree_.Reserve(classified_.words.size());
    std::vector<NodeId> declarations;
    declarations.reserve(classified_.segments.size());
    for (const Segment& segment : classified_.segments) declarations.push_back(Declaration(segment));
    tree_.root = builder_.AddNode(NodeKind::kFile, whole, {}, 0, declarations);
    return std::move(tree_);
  }

 private:
  std::span<const Word> WordsOf(const Segment& segment) const {
    return std::span(classified_.words).subspan(segment.first, segment.end - segment.first);
  }

  Span SpanOf(const Word& word) const { return file_.SpanOf(word.begin, word.end); }

  NodeId Declaration(const Segment& segment) {
    std::span<const Word> words = WordsOf(segment);
    if (IsReservedDeclaration(segment.kind)) {
      diags_.Report(SpanOf(words[0]), DiagId::kReservedConstruct,
                    {{"construct", SpellingOf(segment.kind)}, {"plural", PluralOf(segment.kind)}});
      return Broken(words);
    }
    if (IsTooLarge(segment, words)) return Broken(words);
    Parsed parsed = parser_.Parse(words, Unit::kDeclaration);
    if (parsed.tree) {
      auto* unit = static_cast<MRuleParser::DeclarationUnitContext*>(parsed.tree);
      return builder_.Declaration(unit->declaration(), words);
    }
    if (!segment.has_lexical_error) ReportMistake(segment, words, parsed.error_at);
    return Broken(words);
  }

  // Checked before parsing: the parser recurses with nesting, and conditions are judged with bounded work.
  bool IsTooLarge(const Segment& segment, std::span<const Word> words) {
    uint32_t too_deep = FindTooDeep(classified_, segment);
    if (too_deep < segment.end) {
      diags_.Report(SpanOf(classified_.words[too_deep]), DiagId::kNestingTooDeep,
                    {{"limit", limits::kNestingMax}});
      return true;
    }
    bool has_expression = segment.kind != kENTITY && segment.kind != kEVENT && segment.kind != kTEST;
    if (has_expression && words.size() > limits::kExpressionNodesMax) {
      diags_.Report(SpanOf(words[limits::kExpressionNodesMax]), DiagId::kDeclarationTooLong,
                    {{"limit", limits::kExpressionNodesMax}});
      return true;
    }
    return false;
  }

  void ReportMistake(const Segment& segment, std::span<const Word> words, uint32_t error_at) {
    bool has_end =
        std::any_of(words.begin(), words.end(), [](const Word& word) { return word.type == kEND; });
    const bool is_block = segment.kind == kWORKSPACE || segment.kind == kTEST;
    if (is_block && error_at >= words.size() && !has_end) {
      Span after = SpanOf(words.back()).After();
      diags_.Report(SpanOf(words[0]), DiagId::kMissingEnd, {{"opener", SpellingOf(segment.kind)}})
          .Fix(after, "\nend", segment.kind == kTEST ? "close it after the last line" : "close it after the last clause");
      return;
    }
    if (ReportReservedWord(words)) return;
    Span end = file_.SpanOf(words.back().end, words.back().end);
    ReportUnexpected(file_, words, error_at, Unit::kDeclaration, parser_, verbs_, end, builder_.InDetail(),
                     diags_);
  }

  // A rule that cannot be parsed and uses a reserved word: the word is what it is about.
  bool ReportReservedWord(std::span<const Word> words) {
    for (const Word& word : words) {
      std::string_view plural;
      if (word.type == kFOLLOWED) plural = "sequences of events";
      if (word.type == kSETTLED || word.type == kENDING) plural = "windows that end in the past";
      if (word.type == kPREVIOUS) plural = "windows before a window";
      if (plural.empty()) continue;
      diags_.Report(SpanOf(word), DiagId::kReservedConstruct,
                    {{"construct", SpellingOf(word.type)}, {"plural", plural}});
      return true;
    }
    return false;
  }

  // The Error node of a declaration keeps its name, so that its users are not told that the name is unknown.
  NodeId Broken(std::span<const Word> words) {
    std::string_view name;
    if (words.size() > 1 && words[0].type >= kUSE && words[0].type <= kCONNECTOR && words[1].type == kID) {
      name = file_.Text(SpanOf(words[1]));
    }
    return builder_.AddError(builder_.SpanOfWords(words), name);
  }

  const File& file_;
  const VerbTable& verbs_;
  diagnostics::Emitter& diags_;
  Tree tree_;
  TreeBuilder builder_;
  ReusableParser parser_;
  Classified classified_;
};

}  // namespace

void CollectVerbs(const File& file, VerbTable& verbs) {
  bool complete = false;
  std::vector<Token> tokens = Lex(file.bytes(), 0, limits::kTokensMax, complete);
  Classified classified = Classify(file, tokens, verbs, nullptr);
  for (const Segment& segment : classified.segments) {
    if (segment.kind != kACTION || segment.end - segment.first < 2) continue;
    const Word* words = classified.words.data() + segment.first;
    uint32_t count = segment.end - segment.first;
    auto text_of = [&](const Word& word) {
      return std::string(file.Text(file.SpanOf(word.begin, word.end)));
    };
    VerbShape& shape = verbs[text_of(words[1])];
    if (count < 3) continue;
    if (words[2].type == kLBRACE) {
      shape.hole_next = true;
    } else if (IsWord(words[2].type) && (count < 4 || words[3].type != kCOLON)) {
      shape.next_words.insert(text_of(words[2]));
    }
  }
}

Tree Parse(const File& file, const VerbTable& verbs, Interner& interner, diagnostics::Emitter& diags) {
  return FileParser(file, verbs, interner, diags).Run();
}

}  // namespace mrule::syntax
