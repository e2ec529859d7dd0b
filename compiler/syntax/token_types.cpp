// SPDX-License-Identifier: Apache-2.0
#include "compiler/syntax/token_types.h"

#include <unordered_map>

namespace mrule::syntax {
namespace {

struct Row {
  TokenType type;
  std::string_view spelling;
};

constexpr Row kRows[] = {
#define MR_TOKEN(name, number, spelling) {TokenType::k##name, spelling},
#include "grammar/token_types.def"
};

constexpr bool IsKeywordSpelling(std::string_view spelling) {
  return !spelling.empty() && spelling[0] >= 'a' && spelling[0] <= 'z';
}

std::unordered_map<std::string_view, TokenType> MakeKeywords() {
  std::unordered_map<std::string_view, TokenType> keywords;
  for (const Row& row : kRows) {
    if (IsKeywordSpelling(row.spelling)) keywords.emplace(row.spelling, row.type);
  }
  return keywords;
}

}  // namespace

std::string_view SpellingOf(TokenType type) {
  for (const Row& row : kRows) {
    if (row.type == type) return row.spelling;
  }
  return {};
}

TokenType KeywordOf(std::string_view word) {
  static const std::unordered_map<std::string_view, TokenType> keywords = MakeKeywords();
  auto it = keywords.find(word);
  return it == keywords.end() ? TokenType::kID : it->second;
}

bool IsWord(TokenType type) {
  // Keywords are numbered from the first declaration keyword to the last preposition; see MRuleLexer.g4.
  return type == TokenType::kID || (type >= TokenType::kUSE && type <= TokenType::kUP);
}

}  // namespace mrule::syntax
