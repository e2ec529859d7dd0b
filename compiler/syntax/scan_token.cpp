// SPDX-License-Identifier: Apache-2.0
#include "compiler/syntax/scan_token.h"

#include <algorithm>
#include <array>

namespace mrule::syntax {
namespace {

using enum TokenType;

enum ByteClass : uint8_t { kSpaceByte = 1, kLetterByte = 2, kDigitByte = 4 };

constexpr std::array<uint8_t, 256> MakeClasses() {
  std::array<uint8_t, 256> classes{};
  for (char c : {' ', '\t', '\r', '\n', '\f', '\v'}) classes[static_cast<uint8_t>(c)] = kSpaceByte;
  for (int c = 'a'; c <= 'z'; ++c) classes[c] = classes[c - 'a' + 'A'] = kLetterByte;
  for (int c = '0'; c <= '9'; ++c) classes[c] = kDigitByte;
  classes['_'] = kLetterByte;
  return classes;
}

constexpr std::array<uint8_t, 256> kClasses = MakeClasses();

bool Is(char c, int classes) { return (kClasses[static_cast<uint8_t>(c)] & classes) != 0; }

uint32_t SizeOfRun(std::string_view text, int classes) {
  uint32_t size = 1;
  while (size < text.size() && Is(text[size], classes)) ++size;
  return size;
}

std::optional<ScannedToken> ScanComment(std::string_view text) {
  const size_t end = std::min(text.find_first_of("\r\n"), text.size());
  return ScannedToken{text.starts_with("##") ? kDOC_COMMENT : kCOMMENT, static_cast<uint32_t>(end)};
}

std::optional<ScannedToken> ScanText(std::string_view text) {
  for (uint32_t i = 1; i < text.size(); ++i) {
    if (text[i] == '"') return ScannedToken{kSTRING, i + 1};
    if (text[i] == '\\') ++i;
    if (i >= text.size() || text[i] == '\n' || text[i] == '\r') break;
  }
  return std::nullopt;  // not closed
}

std::optional<ScannedToken> ScanWord(std::string_view text) {
  const uint32_t size = SizeOfRun(text, kLetterByte | kDigitByte);
  // A letter beyond ASCII may follow and belong to the word.
  if (size < text.size() && static_cast<uint8_t>(text[size]) >= 0x80) return std::nullopt;
  return ScannedToken{KeywordOf(text.substr(0, size)), size};
}

std::optional<ScannedToken> ScanNumber(std::string_view text) {
  const uint32_t size = SizeOfRun(text, kDigitByte);
  // Only what no longer token begins with: `7d`, `1,000`, `2026-01-01`, `9:30` and `0.5` are the lexer's.
  if (size < text.size() && !Is(text[size], kSpaceByte) && text[size] != ')') return std::nullopt;
  return ScannedToken{kNUMBER, size};
}

std::optional<ScannedToken> ScanSign(std::string_view text) {
  const char next = text.size() > 1 ? text[1] : ' ';
  const bool alone = next != '=' && next != '<' && next != '>';
  switch (text[0]) {
    case '(': return ScannedToken{kLPAREN, 1};
    case ')': return ScannedToken{kRPAREN, 1};
    case '{': return ScannedToken{kLBRACE, 1};
    case '}': return ScannedToken{kRBRACE, 1};
    case ',': return ScannedToken{kCOMMA, 1};
    case '.': return ScannedToken{kDOT, 1};
    case ':': return ScannedToken{kCOLON, 1};
    case '*': return ScannedToken{kSTAR, 1};
    case '/': return ScannedToken{kSLASH, 1};
    case '=': return alone ? std::optional(ScannedToken{kEQUAL, 1}) : std::nullopt;
    case '<': return alone ? std::optional(ScannedToken{kLESS_THAN, 1}) : std::nullopt;
    case '>': return alone ? std::optional(ScannedToken{kGREATER_THAN, 1}) : std::nullopt;
    case '+': return alone ? std::optional(ScannedToken{kPLUS, 1}) : std::nullopt;
    case '-': return alone ? std::optional(ScannedToken{kMINUS, 1}) : std::nullopt;
    default: return std::nullopt;
  }
}

}  // namespace

std::optional<ScannedToken> ScanToken(std::string_view text) {
  const char first = text[0];
  if (Is(first, kSpaceByte)) return ScannedToken{kSPACE, SizeOfRun(text, kSpaceByte)};
  if (Is(first, kLetterByte)) return ScanWord(text);
  if (Is(first, kDigitByte)) return ScanNumber(text);
  if (first == '"') return ScanText(text);
  if (first == '#') return ScanComment(text);
  return ScanSign(text);
}

}  // namespace mrule::syntax
