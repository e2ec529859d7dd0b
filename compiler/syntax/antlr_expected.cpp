// SPDX-License-Identifier: Apache-2.0
// "expected …, found …" in a rule author's words. What could stand at the mistake is found by trying every
// token type there: exact where ANTLR's own expectation sets are not, and cheap, since only a broken
// declaration pays.
#include <algorithm>
#include <bitset>
#include <string>
#include <vector>

#include "compiler/diagnostics/suggest.h"
#include "compiler/syntax/antlr_builder.h"

namespace mrule::syntax {
namespace {

using diagnostics::DiagId;
using enum TokenType;

constexpr size_t kTypesMax = 200;
constexpr size_t kWordsTriedMax = 400;  // beyond, trying every token type would be slow
constexpr size_t kExpectedMax = 5;
using TypeSet = std::bitset<kTypesMax>;

bool Has(const TypeSet& set, TokenType type) { return set.test(static_cast<size_t>(type)); }

TypeSet AcceptedAfter(std::span<const Word> words, Unit unit, ReusableParser& parser) {
  TypeSet accepted;
  for (size_t type = 1; type < static_cast<size_t>(kDOC_COMMENT); ++type) {
    if (parser.Accepts(words, static_cast<TokenType>(type), unit)) accepted.set(type);
  }
  return accepted;
}

void Take(TypeSet& set, std::initializer_list<TokenType> types) {
  for (TokenType type : types) set.reset(static_cast<size_t>(type));
}

// Names for what starts alike, most telling first; each takes its tokens out of the set.
std::vector<std::string> Describe(TypeSet set, bool after_operand) {
  std::vector<std::string> names;
  bool is_value = Has(set, kNUMBER) && Has(set, kMONEY) && Has(set, kID);
  if (Has(set, kRULE) && Has(set, kWHEN)) return {"a declaration such as `rule`, `when` or `segment`"};
  if (is_value) {
    names.push_back(Has(set, kNEVER) ? "a condition" : "a value");
    Take(set, {kNUMBER, kMONEY, kPERCENT, kDURATION, kDATE,     kTIME_OF_DAY,  kINSTANT,     kSTRING,
               kTRUE,   kFALSE, kNOW,     kTODAY_VALUE, kID,   kFUNCTION,     kCOUNT,       kSUM,
               kAVG,    kMIN,   kMAX,     kFIRST,    kLAST,    kDISTINCT,     kPREFIX_MINUS, kPREFIX_PLUS,
               kLPAREN, kOLD, kUSUAL, kDEVIATION});
    if (names.back() == "a condition") Take(set, {kNO, kNEVER, kENTERS, kLEAVES, kEACH, kNOT, kBETWEEN, kON});
  }
  auto take_one = [&](TokenType type, std::string_view name) {
    if (!Has(set, type)) return;
    names.emplace_back(name);
    Take(set, {type});
  };
  take_one(kRPAREN, "`)`");
  take_one(kRBRACE, "`}`");
  take_one(kVERB, "an action");
  if (Has(set, kEQUAL) && Has(set, kLESS_THAN)) {
    if (after_operand) names.emplace_back("a comparison");
    Take(set, {kEQUAL,   kNOT_EQUAL, kLESS_THAN, kLESS_EQUAL, kGREATER_THAN, kGREATER_EQUAL, kIS,  kIN,
               kBETWEEN, kCONTAINS,  kCONTAIN,   kSTARTS,     kSTART,        kENDS,          kEND, kMATCHES,
               kMATCH,   kHAS,       kDOES,      kNOT});
  }
  bool in_condition = Has(set, kAND);
  if (in_condition) {
    names.emplace_back("`and`");
    names.emplace_back("`or`");
    Take(set, {kAND, kOR, kFOR, kWITH, kWHERE, kFOLLOWED, kNOT, kEXACTLY, kAT, kDOWN, kUP, kCHANGES, kRISES,
               kFALLS});
  }
  if (Has(set, kBY) && Has(set, kTO) && Has(set, kFROM)) {
    if (!is_value) names.emplace_back("a word such as `to` or `by`");
    Take(set, {kBY, kTO, kFROM, kON, kFOR, kWITH, kAS, kIN, kAT, kOF, kUNTIL, kUP});
  }
  if (Has(set, kONCE) && Has(set, kUNBOUNDED)) {
    names.emplace_back("a limit such as `once per 7d`");
    Take(set, {kONCE, kAT, kOTHERWISE, kPRIORITY, kINCLUDING, kUNBOUNDED, kEACH, kUNTIL});
  }
  if (Has(set, kOVER) && Has(set, kALL)) {
    if (after_operand || !in_condition) names.emplace_back("a window such as `over 7d`");
    Take(set, {kOVER, kALL, kIN, kTODAY, kYESTERDAY, kTHIS, kLAST, kSAME, kTO_DATE});
  }
  if (Has(set, kSTAR) && Has(set, kSLASH)) Take(set, {kSTAR, kSLASH, kPLUS, kMINUS, kDEFAULT});
  if (Has(set, kOPTIONAL) && Has(set, kSET)) {
    names.emplace_back("a type such as `money` or `text`");
    Take(set, {kOPTIONAL, kSET, kONE, kID});
  }
  take_one(kID, "a name");
  take_one(kSTRING, "text in quotes");
  take_one(kDURATION, "a duration such as `6h`");
  take_one(kNUMBER, "a number");
  for (size_t type = 1; type < kTypesMax && names.size() < kExpectedMax; ++type) {
    std::string_view spelling =
        set.test(type) ? SpellingOf(static_cast<TokenType>(type)) : std::string_view();
    if (!spelling.empty()) names.push_back("`" + std::string(spelling) + "`");
  }
  if (names.size() > kExpectedMax) names.resize(kExpectedMax);
  return names;
}

// After `a`, but not after `b` of `a < b`: there a comparison makes sense.
bool IsAfterOperand(std::span<const Word> words) {
  if (words.empty() || (words.back().type != kID && words.back().type != kRPAREN)) return false;
  size_t at = words.size() - 1;
  while (at >= 2 && words[at - 1].type == kDOT) at -= 2;
  return at == 0 || words.back().type == kRPAREN || words[at - 1].type == kAND || words[at - 1].type == kOR ||
         words[at - 1].type == kWHEN || words[at - 1].type == kLPAREN || words[at - 1].type == kWHERE;
}

std::string Join(const std::vector<std::string>& names) {
  std::string joined;
  for (size_t i = 0; i < names.size(); ++i) {
    if (i > 0) joined += i + 1 == names.size() ? " or " : ", ";
    joined += names[i];
  }
  return joined.empty() ? "something else" : joined;
}

// A word near the mistake that is nearly a verb: `puase campaign`.
void SuggestVerb(const File& file, std::span<const Word> words, uint32_t error_at, const VerbTable& verbs,
                 diagnostics::Builder& report) {
  std::vector<std::string_view> known;
  for (const auto& [verb, shape] : verbs) known.push_back(verb);
  std::sort(known.begin(), known.end());  // the table has no order; the answer must have one
  for (uint32_t back = 0; back < 2 && back <= error_at; ++back) {
    uint32_t at = error_at - back;
    if (at >= words.size() || words[at].type != kID) continue;
    Span span = file.SpanOf(words[at].begin, words[at].end);
    if (std::optional<std::string_view> verb = diagnostics::Nearest(file.Text(span), known)) {
      report.Fix(span, *verb, "did you mean the action `" + std::string(*verb) + "`?");
      return;
    }
  }
}

}  // namespace

void ReportUnexpected(const File& file, std::span<const Word> words, uint32_t error_at, Unit unit,
                      ReusableParser& parser, const VerbTable& verbs, Span end, bool in_detail,
                      diagnostics::Emitter& diags) {
  error_at = std::min(error_at, static_cast<uint32_t>(words.size()));
  bool at_end = error_at == words.size();
  Span span = at_end ? end : file.SpanOf(words[error_at].begin, words[error_at].end);
  std::string found = at_end ? (unit == Unit::kValue ? "`}`" : "the end of the declaration")
                             : "`" + std::string(file.Text(span)) + "`";
  std::vector<std::string> expected;
  TypeSet accepted;
  if (in_detail && error_at <= kWordsTriedMax) {
    accepted = AcceptedAfter(words.first(error_at), unit, parser);
    expected = Describe(accepted, IsAfterOperand(words.first(error_at)));
  }
  auto report =
      diags.Report(span, DiagId::kUnexpectedToken, {{"expected", Join(expected)}, {"found", found}});
  if (expected.size() > 1) {
    for (const std::string& name : expected) report.Expected(name);
  }
  if (Has(accepted, kVERB) && !at_end) SuggestVerb(file, words, error_at, verbs, report);
}

}  // namespace mrule::syntax
