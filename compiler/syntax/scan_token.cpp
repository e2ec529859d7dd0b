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

/// Behind these bytes a token is at its end, whatever it is.
bool EndsAt(std::string_view text, uint32_t size) { return size >= text.size() || Is(text[size], kSpaceByte) || text[size] == ')'; }

bool IsDurationUnit(std::string_view word) {
  return word == "d" || word == "h" || word == "w" || word == "min" || word == "s" || word == "ms";
}

/// Whole numbers and durations. `1,000`, `2026-01-01`, `9:30`, `0.5` and whatever else goes on are the lexer's.
std::optional<ScannedToken> ScanNumber(std::string_view text) {
  const uint32_t digits = SizeOfRun(text, kDigitByte);
  if (EndsAt(text, digits)) return ScannedToken{kNUMBER, digits};
  if (!Is(text[digits], kLetterByte)) return std::nullopt;
  const uint32_t letters = SizeOfRun(text.substr(digits), kLetterByte);
  if (!IsDurationUnit(text.substr(digits, letters)) || !EndsAt(text, digits + letters)) return std::nullopt;
  return ScannedToken{kDURATION, digits + letters};
}

std::optional<ScannedToken> ScanSign(std::string_view text) {
  const char next = text.size() > 1 ? text[1] : ' ';
  const bool alone = next != '=' && next != '<' && next != '>';
  const auto one_or_with_equal = [&](TokenType one, TokenType two) -> std::optional<ScannedToken> {
    if (next == '=') return ScannedToken{two, 2};
    return alone ? std::optional(ScannedToken{one, 1}) : std::nullopt;
  };
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
    case '!': return next == '=' ? std::optional(ScannedToken{kNOT_EQUAL, 2}) : std::nullopt;
    case '=': return alone ? std::optional(ScannedToken{kEQUAL, 1}) : std::nullopt;
    case '<': return one_or_with_equal(kLESS_THAN, kLESS_EQUAL);
    case '>': return one_or_with_equal(kGREATER_THAN, kGREATER_EQUAL);
    case '+': return one_or_with_equal(kPLUS, kPLUS_EQUAL);
    case '-': return one_or_with_equal(kMINUS, kMINUS_EQUAL);
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
