// SPDX-License-Identifier: Apache-2.0
// What the lexer could not read: how it is reported, with a fix where the intent is plain, and how the parser
// goes on. Used by the classification pass.
#pragma once

#include <cstdint>
#include <string_view>
#include <vector>

#include "compiler/diagnostics/emitter.h"
#include "compiler/source/file.h"
#include "compiler/syntax/token_types.h"
#include "compiler/syntax/tree.h"

namespace mrule::syntax {

/// Reports tokens[index], one of the lexer's error tokens. Neighbouring unknown characters are one mistake.
void ReportLexicalError(const File& file, const std::vector<Token>& tokens, uint32_t index,
                        diagnostics::Emitter& diags);

/// The type under which the parser is to see an error token.
TokenType TypeDespiteError(TokenType type, std::string_view text);

}  // namespace mrule::syntax
