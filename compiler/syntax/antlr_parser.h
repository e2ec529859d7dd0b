// SPDX-License-Identifier: Apache-2.0
// The ANTLR door: the only place where its lexer and parser are run and where its exceptions stop. Included
// by the antlr_*.cpp files only.
#pragma once

#include <cstdint>
#include <memory>
#include <span>
#include <string_view>
#include <vector>

#include "antlr4-runtime.h"
#include "compiler/syntax/classify.h"
#include "compiler/syntax/tree.h"
#include "grammar/MRuleLexer.h"
#include "grammar/MRuleParser.h"

namespace mrule::syntax {

using grammar::MRuleParser;

/// Who tells tokens: ANTLR's lexer all of them, or only those that cannot be told from their bytes (scan_token.h).
enum class LexBy : uint8_t { kBytes, kGrammar };

/// Lexes `text`, which begins at byte `base` of its file; stops after `tokens_max` tokens. `complete` tells
/// whether all of the text was read. Offsets are bytes of the file.
std::vector<Token> Lex(std::string_view text, uint32_t base, size_t tokens_max, bool& complete,
                       LexBy by = LexBy::kBytes);

/// What a run of words is parsed as.
enum class Unit : uint8_t { kDeclaration, kValue };

struct Parsed {
  antlr4::ParserRuleContext* tree = nullptr;  ///< owned by the parser until its next run; null on a mistake
  uint32_t error_at = 0;  ///< which word was not expected; the number of words if it was the end
};

/// A parser that stops at the first mistake. Reused from declaration to declaration: setting one up costs
/// more than parsing a short rule.
class ReusableParser {
 public:
  ReusableParser();
  ~ReusableParser();

  Parsed Parse(std::span<const Word> words, Unit unit);
  /// Would a word of this type be right after `words`?
  bool Accepts(std::span<const Word> words, TokenType next, Unit unit);

 private:
  class WordSource;
  class StopAtFirst;

  Parsed Run(Unit unit, bool full_context);

  std::unique_ptr<WordSource> source_;
  std::unique_ptr<antlr4::CommonTokenStream> stream_;
  std::shared_ptr<StopAtFirst> strategy_;
  std::unique_ptr<MRuleParser> parser_;
};

}  // namespace mrule::syntax
