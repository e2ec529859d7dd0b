// SPDX-License-Identifier: Apache-2.0
// Between lexer and parser: which words are keywords where they stand, which begin an action, and where
// declarations begin. Vocabulary can use almost any word and line breaks are free, so that is settled here,
// from neighbouring tokens, and the grammar stays plain. Made from the lexer's tokens by Classify; read by
// the ANTLR adapter and CollectVerbs.
#pragma once

#include <cstdint>
#include <vector>

#include "compiler/diagnostics/emitter.h"
#include "compiler/source/file.h"
#include "compiler/syntax/parse.h"
#include "compiler/syntax/token_types.h"

namespace mrule::syntax {

/// A token as the parser sees it: no spaces, no comments, `50 USD` as one.
struct Word {
  TokenType type = TokenType::kEndOfFile;
  bool bad = false;  ///< reported already, as text without an end or a number that is none
  uint32_t begin = 0;
  uint32_t end = 0;
  uint32_t token_index = 0;  ///< in the file's tokens
};

/// The words of one declaration: [first, end). `kind` is its first word's type; what precedes the first
/// declaration of a file is a segment too.
struct Segment {
  TokenType kind = TokenType::kEndOfFile;
  uint32_t first = 0;
  uint32_t end = 0;
  bool has_lexical_error =
      false;  ///< reported; a syntax error in the same segment is taken to follow from it
};

struct Classified {
  std::vector<Word> words;
  std::vector<Segment> segments;
};

/// Classifies `tokens` of `file`, which get their final types too. Reports what the lexer could not read and
/// keywords in the wrong case, unless `diags` is null.
Classified Classify(const File& file, std::vector<Token>& tokens, const VerbTable& verbs,
                    diagnostics::Emitter* diags);

/// True for a declaration that reaches to its `end` and holds lines of its own, such as `test`.
bool IsBlockDeclaration(TokenType type);
/// True for a declaration that is reserved for a later version, such as `journey`.
bool IsReservedDeclaration(TokenType type);

/// The first word of the segment at which it is nested deeper than limits::kNestingMax, or its end. Counted
/// are parentheses, braces, `where` and runs of prefixes (`not`, `-`, `20% of`, `set of`): whatever makes the
/// parser recurse.
uint32_t FindTooDeep(const Classified& classified, const Segment& segment);

}  // namespace mrule::syntax
