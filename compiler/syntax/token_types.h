// SPDX-License-Identifier: Apache-2.0
// The lexer's token types, without ANTLR: read by the classification pass, the adapter, the formatter and the
// editor's colouring. The rows come from grammar/MRuleLexer.g4.
#pragma once

#include <cstdint>
#include <string_view>

namespace mrule::syntax {

enum class TokenType : uint16_t {
  kEndOfFile = 0,
#define MR_TOKEN(name, number, spelling) k##name = number,
#include "grammar/token_types.def"
};

/// How the token is written, for example "when" or "<="; empty if it is not one fixed text.
std::string_view SpellingOf(TokenType type);
/// The keyword that is spelled so, or kID.
TokenType KeywordOf(std::string_view word);
/// A word: an identifier or any keyword.
bool IsWord(TokenType type);

}  // namespace mrule::syntax
