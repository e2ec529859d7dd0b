// SPDX-License-Identifier: Apache-2.0
#include "compiler/syntax/lexical_errors.h"

#include <string>

namespace mrule::syntax {
namespace {

using diagnostics::DiagId;
using enum TokenType;

struct Intent {
  std::string_view written;
  std::string_view meant;
};

// What word processors and other languages make of our signs.
constexpr Intent kIntents[] = {
    {"==", "="},      {"<>", "!="},     {"=<", "<="},     {"=>", ">="},    {"&&", "and"},   {"||", "or"},
    {"\u2264", "<="}, {"\u2265", ">="}, {"\u2260", "!="}, {"\u2212", "-"}, {"\u2013", "-"}, {"\u2014", "-"},
    {"\u00D7", "*"},  {"\u00F7", "/"},  {"\u00A0", " "},  {"\u202F", " "}, {"\u2009", " "}, {"\u200B", ""},
    {"\u2018", "\""}, {"\u2019", "\""}, {"'", "\""},      {";", ""},
};

std::string_view MeantBy(std::string_view text, bool& found) {
  for (const Intent& intent : kIntents) {
    if (intent.written == text) {
      found = true;
      return intent.meant;
    }
  }
  found = false;
  return {};
}

std::string ShownCharacter(std::string_view text) {
  if (text == "\u00A0" || text == "\u202F" || text == "\u2009") return "no-break space";
  if (text == "\u200B") return "zero-width space";
  if (static_cast<unsigned char>(text[0]) < 0x20 || text[0] == 0x7F) return "control character";
  return std::string(text);
}

// Curly quotes as plain ones: `“Spring”` as `"Spring"`.
std::string WithPlainQuotes(std::string_view text) {
  size_t end = text.ends_with('"') ? text.size() - 1 : text.size() - 3;  // each curly quote is three bytes
  return "\"" + std::string(text.substr(3, end - 3)) + "\"";
}

void ReportSign(Span span, std::string_view text, diagnostics::Emitter& diags) {
  bool found = false;
  std::string_view meant = MeantBy(text, found);
  auto report = diags.Report(span, DiagId::kUnknownCharacter, {{"character", ShownCharacter(text)}});
  if (!found) return;
  bool is_quote = meant == "\"" && text != "\"";
  if (is_quote) {
    report.Help("text stands between `\"` and `\"`");
  } else if (meant.empty()) {
    report.Fix(span, "", "delete it");
  } else if (meant == " ") {
    report.Fix(span, " ", "write a plain space");
  } else {
    report.Fix(span, meant, "write `" + std::string(meant) + "`");
  }
}

void ReportNumber(Span span, std::string_view text, diagnostics::Emitter& diags) {
  auto report = diags.Report(span, DiagId::kMalformedNumber, {{"found", text}});
  std::string digits(text.substr(0, text.find_first_not_of("0123456789.,$€£")));
  std::string_view unit = text.substr(digits.size());
  if (unit.empty()) {
    // `$1,00`: a decimal comma, or a comma too much.
    size_t comma = digits.rfind(',');
    std::string plain, decimal = digits;
    for (char c : digits) {
      if (c != ',') plain += c;
    }
    bool is_decimal = comma != std::string::npos && digits.find('.') == std::string::npos && digits.size() - comma <= 3;
    if (is_decimal && digits.find(',') == comma) {
      decimal[comma] = '.';
      report.Fix(span, decimal, "write `" + decimal + "`");
    }
    report.Fix(span, plain, "write `" + plain + "`");
    report.Help("commas group digits by three: $1,000; cents follow a point: $1.50");
  } else if (unit == "m") {
    report.Fix(span, digits + "min", "minutes: `" + digits + "min`");
    report.Fix(span, digits + "M", "millions: `" + digits + "M`");
  } else if (unit == "K") {
    report.Fix(span, digits + "k", "write `" + digits + "k`");
  } else if (unit == "sec" || unit == "hr" || unit == "hours" || unit == "hour" || unit == "days" ||
             unit == "day" || unit == "weeks" || unit == "week" || unit == "mins" || unit == "minutes") {
    std::string right = digits + (unit[0] == 'm' ? "min" : std::string(1, unit[0]));
    report.Fix(span, right, "write `" + right + "`");
  } else {
    report.Help("durations are written 30s, 15min, 6h, 7d, 2w; large numbers 10k, 1.5M");
  }
}

}  // namespace

void ReportLexicalError(const File& file, const std::vector<Token>& tokens, uint32_t index,
                        diagnostics::Emitter& diags) {
  const Token& token = tokens[index];
  Span span = file.SpanOf(token.begin, token.end);
  std::string_view text = file.Text(span);
  switch (static_cast<TokenType>(token.type)) {
    case kUNCLOSED_STRING:
      diags.Report(span, DiagId::kUnclosedText).Fix(span.After(), "\"", "close the text");
      return;
    case kCURLY_STRING:
      diags.Report(span, DiagId::kUnknownCharacter, {{"character", text.substr(0, 3)}})
          .Fix(span, WithPlainQuotes(text), "use plain quotes");
      return;
    case kBAD_NUMBER:
      ReportNumber(span, text, diags);
      return;
    case kBAD_WORD: {
      uint32_t at = token.begin;
      while (static_cast<unsigned char>(file.bytes()[at]) < 0x80) ++at;
      uint32_t end = at + 1;
      while (end < token.end && static_cast<unsigned char>(file.bytes()[end]) >= 0x80) ++end;
      diags
          .Report(file.SpanOf(at, end), DiagId::kUnknownCharacter,
                  {{"character", file.Text(file.SpanOf(at, end))}})
          .Note("names are made of the letters a to z, digits and `_`");
      return;
    }
    case kBAD_SIGN:
      ReportSign(span, text, diags);
      return;
    case kBAD_CHARACTER: {
      bool follows =
          index > 0 && tokens[index - 1].type == token.type && tokens[index - 1].end == token.begin;
      if (!follows) ReportSign(span, text, diags);
      return;
    }
    default:
      return;
  }
}

TokenType TypeDespiteError(TokenType type, std::string_view text) {
  switch (type) {
    case kUNCLOSED_STRING:
    case kCURLY_STRING:
      return kSTRING;
    case kBAD_NUMBER:
      return kNUMBER;
    case kBAD_SIGN:
      if (text == "==") return kEQUAL;
      if (text == "<>") return kNOT_EQUAL;
      if (text == "=<") return kLESS_EQUAL;
      if (text == "=>") return kGREATER_EQUAL;
      return text == "&&" ? kAND : kOR;
    default:
      return kID;
  }
}

}  // namespace mrule::syntax
