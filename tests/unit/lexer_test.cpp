// SPDX-License-Identifier: Apache-2.0
// Tokens told from bytes are those of the grammar's lexer, on the standard library and on random strings of awkward pieces.
#include "compiler/syntax/antlr_parser.h"  // before gtest, whose macro TEST is a token of the grammar

#include <gtest/gtest.h>

#include <random>
#include <string>

#include "stdlib/prelude.h"

namespace mrule::syntax {
namespace {

void ExpectSame(const std::string& text) {
  bool complete = false;
  const std::vector<Token> bytes = Lex(text, 0, text.size() + 1, complete, LexBy::kBytes);
  ASSERT_TRUE(complete) << text;
  const std::vector<Token> grammar = Lex(text, 0, text.size() + 1, complete, LexBy::kGrammar);
  ASSERT_TRUE(complete) << text;
  ASSERT_EQ(bytes.size(), grammar.size()) << text;
  for (size_t i = 0; i < bytes.size(); ++i) {
    ASSERT_EQ(bytes[i].type, grammar[i].type) << "token " << i << " of: " << text;
    ASSERT_EQ(bytes[i].hidden, grammar[i].hidden) << "token " << i << " of: " << text;
    ASSERT_EQ(bytes[i].begin, grammar[i].begin) << "token " << i << " of: " << text;
    ASSERT_EQ(bytes[i].end, grammar[i].end) << "token " << i << " of: " << text;
  }
}

TEST(Lexer, TellsTheStandardLibraryAsTheGrammarDoes) {
  for (const stdlib::PreludeFile& file : stdlib::Prelude()) ExpectSame(std::string(file.text));
}

TEST(Lexer, TellsAwkwardPiecesAsTheGrammarDoes) {
  const std::string pieces[] = {"when", "x_1", "Über", "aé", "é", "7", "7d", "90min", "5ms", "3dd", "4_", "1,000", "12,5", "0.5", "50", " USD", "2026-01-01", "9:30",
                                "T10:00:00Z", "$5", "€", "10%", "5k", "\"", "\"a\"", "\"é\"", "\\", "\\\"", "“x”", "#", "##", " ", "\n",
                                "\r\n", "\t", "\f", "(", ")", "{", "}", ",", ".", ":", "*", "/", "=", "==", "<", ">", "<=", "<>", "!",
                                "!=", "+", "+=", "-", "-=", "&&", "|", "||", "'", ";", "@", "_", "\xE2\x80\xA8", "😀"};
  std::mt19937 random(20260101);
  for (int round = 0; round < 20'000; ++round) {
    std::string text;
    for (size_t i = 1 + random() % 8; i > 0; --i) text += pieces[random() % std::size(pieces)];
    ExpectSame(text);
    if (HasFatalFailure()) return;
  }
}

}  // namespace
}  // namespace mrule::syntax
