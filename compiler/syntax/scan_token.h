// SPDX-License-Identifier: Apache-2.0
// The tokens that nearly all of a rule file is made of, told from their bytes: running ANTLR's lexer costs twenty times as much a
// byte. What is not plainly one of them is left to it, so the grammar stays the one definition of every token;
// tests/unit/lexer_test.cpp holds the two to the same answers.
#pragma once

#include <cstdint>
#include <optional>
#include <string_view>

#include "compiler/syntax/token_types.h"

namespace mrule::syntax {

struct ScannedToken {
  TokenType type = TokenType::kEndOfFile;
  uint32_t size = 0;  ///< bytes
};

/// The token that `text`, which is not empty, begins with, if it is a space, a comment, a word of ASCII letters, a closed text, a
/// sign or a plain whole number; nothing if only the lexer can tell.
std::optional<ScannedToken> ScanToken(std::string_view text);

}  // namespace mrule::syntax
