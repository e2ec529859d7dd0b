// SPDX-License-Identifier: Apache-2.0
#include "compiler/syntax/classify.h"

#include <algorithm>
#include <string>

#include "compiler/base/limits.h"
#include "compiler/syntax/lexical_errors.h"

namespace mrule::syntax {
namespace {

using enum TokenType;

bool IsIn(TokenType type, std::initializer_list<TokenType> types) {
  return std::find(types.begin(), types.end(), type) != types.end();
}

bool IsLiteral(TokenType type) { return type >= kINSTANT && type <= kSTRING; }

// Can a declaration, a condition or an action end with this word?
bool CanEnd(TokenType type) {
  return IsLiteral(type) ||
         IsIn(type, {kEndOfFile, kID,    kVERB,         kRPAREN, kRBRACE, kEND,       kNEW,
                     kONCE,      kKNOWN, kMISSING,      kTIME,   kTODAY,  kYESTERDAY, kEXISTING,
                     kUNBOUNDED, kLESS,  kGREATER_WORD, kTRUE,   kFALSE,  kNOW,       kAGO,   kCHANGES,   kTODAY_VALUE});
}

bool IsPreposition(TokenType type) { return type == kIN || (type >= kBY && type <= kUNTIL); }

bool IsComparison(TokenType type) {
  return IsIn(type, {kEQUAL, kNOT_EQUAL, kLESS_THAN, kLESS_EQUAL, kGREATER_THAN, kGREATER_EQUAL});
}

bool IsDeclarationKeyword(TokenType type) { return type >= kUSE && type <= kCONNECTOR; }

// The next word is the name of what is declared, whatever the word.
bool NamesNext(TokenType type) {
  return (IsDeclarationKeyword(type) && type != kWORKSPACE) || type == kENTERS || type == kLEAVES;
}

bool IsCode(std::string_view text) {
  return text.size() >= 2 && text.size() <= 3 &&
         std::all_of(text.begin(), text.end(), [](char c) { return c >= 'A' && c <= 'Z'; });
}

std::string Lowered(std::string_view text) {
  std::string lowered(text);
  for (char& c : lowered) {
    if (c >= 'A' && c <= 'Z') c = static_cast<char>(c - 'A' + 'a');
  }
  return lowered;
}

class Classifier {
 public:
  Classifier(const File& file, std::vector<Token>& tokens, const VerbTable& verbs,
             diagnostics::Emitter* diags)
      : file_(file), tokens_(tokens), verbs_(verbs), diags_(diags) {}

  Classified Run() {
    CollectWords();
    for (uint32_t i = 0; i < words_.size(); ++i) Settle(i);
    CloseSegment(static_cast<uint32_t>(words_.size()));
    MarkLexicalErrors();
    for (const Word& word : words_) tokens_[word.token_index].type = static_cast<uint16_t>(word.type);
    return {std::move(words_), std::move(segments_)};
  }

 private:
  // --- words ---

  void CollectWords() {
    words_.reserve(tokens_.size() / 2 + 1);
    for (uint32_t i = 0; i < tokens_.size(); ++i) {
      const Token& token = tokens_[i];
      TokenType type = static_cast<TokenType>(token.type);
      if (token.hidden) continue;
      Word word{type, false, token.begin, token.end, i};
      if (type >= kUNCLOSED_STRING) {
        if (type != kBAD_SIGN) lexical_errors_.push_back(token.begin);
        if (diags_) ReportLexicalError(file_, tokens_, i, *diags_);
        if (type == kBAD_CHARACTER) continue;
        word.type = TypeDespiteError(type, TextOf(word));
        word.bad = type != kBAD_SIGN;
      }
      bool wrong_case = false;
      if (word.type == kID) {
        word.type = KeywordIgnoringCase(TextOf(word));
        wrong_case = word.type != kID;
      }
      if (word.type == kID && EndsMoney(word)) {
        words_.back().type = kMONEY;
        words_.back().end = word.end;
        continue;
      }
      words_.push_back(word);
      wrong_case_.push_back(wrong_case);
    }
  }

  std::string_view TextOf(const Word& word) const {
    return file_.bytes().substr(word.begin, word.end - word.begin);
  }

  static TokenType KeywordIgnoringCase(std::string_view text) {
    if (std::none_of(text.begin(), text.end(), [](char c) { return c >= 'A' && c <= 'Z'; })) return kID;
    return KeywordOf(Lowered(text));
  }

  // `50 USD`: a number, a space, three capitals.
  bool EndsMoney(const Word& word) const {
    if (words_.empty() || words_.back().type != kNUMBER || words_.back().bad) return false;
    std::string_view text = TextOf(word);
    if (text.size() != 3 || !IsCode(text)) return false;
    std::string_view between = file_.bytes().substr(words_.back().end, word.begin - words_.back().end);
    return between.find_first_not_of(" \t") == std::string_view::npos;
  }

  void MarkLexicalErrors() {
    size_t error = 0;
    for (Segment& segment : segments_) {
      uint32_t limit = segment.end < words_.size() ? words_[segment.end].begin : file_.size();
      for (; error < lexical_errors_.size() && lexical_errors_[error] < limit; ++error) {
        segment.has_lexical_error = true;
      }
    }
  }

  // --- neighbours: final types before i, the lexer's from i on ---

  TokenType At(uint32_t i) const { return i < words_.size() ? words_[i].type : kEndOfFile; }
  TokenType Before(uint32_t i, uint32_t distance = 1) const {
    return i >= distance ? words_[i - distance].type : kEndOfFile;
  }

  // `score +10`, `a < -b`: a sign, where `a - b` is a difference. Settled here, because in the grammar the
  // two would be told apart only by reading on to the end of the chain.
  bool IsPrefixPlace(uint32_t i) const { return Before(i) == kVERB || !CanEnd(Before(i)) || i == 0; }

  bool IsFirstOnLine(uint32_t i) const {
    if (i == 0) return true;
    std::string_view between = file_.bytes().substr(words_[i - 1].end, words_[i].begin - words_[i - 1].end);
    return between.find('\n') != std::string_view::npos;
  }

  // --- one word ---

  void Settle(uint32_t i) {
    Word& word = words_[i];
    if (StartsDeclaration(i)) {
      ReportWrongCase(i);
      CloseSegment(i);
      segment_kind_ = word.type;
      in_action_area_ = IsIn(word.type, {kWHEN, kEVERY, kON});
      in_head_ = IsIn(word.type, {kRULE, kEVERY, kON});
      depth_ = 0;
      return;
    }
    if (segment_open_at_ == kNone) {
      segment_open_at_ = i;
      segment_kind_ = word.type;
      in_head_ = false;
    }
    if (word.type == kWHEN) {
      in_action_area_ = true;
      in_head_ = false;
      depth_ = 0;
    }
    // A rule with a schedule needs no `when`, so that an action may follow.
    if (in_head_ && StartsSchedule(i)) in_action_area_ = true;
    if (InTest() && SettleTestLine(i)) return;
    if (word.type == kLPAREN || word.type == kLBRACE) ++depth_;
    if (word.type == kLBRACE && InTest()) word.type = kPARAM_OPEN;
    if ((word.type == kRPAREN || word.type == kRBRACE) && depth_ > 0) --depth_;
    if (word.type == kPLUS && IsPrefixPlace(i)) word.type = kPREFIX_PLUS;
    if (word.type == kMINUS && IsPrefixPlace(i)) word.type = kPREFIX_MINUS;
    if (word.type == kOF && Before(i) == kPERCENT) word.type = kPERCENT_OF;
    // `birthday = today` is a date, `spend today` a window.
    if (word.type == kTODAY && (StartsValue(Before(i)) || (depth_ > 0 && Before(i) == kCOMMA)) && At(i + 1) != kDOT) {
      word.type = kTODAY_VALUE;
      return;
    }
    if (!IsWord(word.type)) return;
    if (IsToDate(i)) {
      word.type = kTO_DATE;
      return;
    }
    if (IsListedName(i) || IsColumn(i)) {
      listed_at_ = i;
      word.type = kID;
      return;
    }
    if (word.type != kID) {
      if (!StaysKeyword(i)) {
        word.type = kID;
      } else {
        ReportWrongCase(i);
      }
    }
    if (word.type != kID) return;
    if (StartsAction(i)) {
      word.type = kVERB;
      in_head_ = false;
    } else if (At(i + 1) == kLPAREN && words_[i + 1].begin == word.end && Before(i) != kDOT) {
      word.type = kFUNCTION;
    }
  }

  void ReportWrongCase(uint32_t i) {
    if (!wrong_case_[i] || !diags_) return;
    const Word& word = words_[i];
    std::string lowered = Lowered(TextOf(word));
    Span span = file_.SpanOf(word.begin, word.end);
    diags_->Report(span, diagnostics::DiagId::kWrongCaseKeyword, {{"found", TextOf(word)}})
        .Fix(span, lowered, "write `" + lowered + "`");
  }

  void CloseSegment(uint32_t end) {
    if (segment_open_at_ != kNone && segment_open_at_ < end) {
      if (segment_kind_ == kTEST) SettleExpectation(end);
      segments_.push_back({segment_kind_, segment_open_at_, end, false});
      if (segment_kind_ == kMEASURE || segment_kind_ == kMETRIC) SettleDefaultWindow(segment_open_at_, end);
    }
    segment_open_at_ = end;
  }

  // --- tests ---

  bool InTest() const { return segment_open_at_ != kNone && segment_kind_ == kTEST; }

  // `cases when, spend`, `{when}`: names, whatever the words; a list goes on as one of values does.
  bool IsColumn(uint32_t i) const { return Before(i) == kCASES || Before(i) == kPARAM_OPEN; }

  // Words that begin a line of a test, when they are a line's first.
  bool SettleTestLine(uint32_t i) {
    TokenType& type = words_[i].type;
    if (!IsIn(type, {kGIVEN, kEXPECT, kCASE, kCASES, kEVERY, kAT, kUNTIL, kEND}) || !IsFirstOnLine(i)) return false;
    ReportWrongCase(i);
    SettleExpectation(i);
    depth_ = 0;
    if (type == kAT) type = kSTEP_AT;
    if (type == kUNTIL) type = kTEST_UNTIL;
    if (type == kEXPECT) expect_at_ = i;
    return true;
  }

  // An action may hold `at` and `by` of its own; the last ones before a time say when it is expected.
  void SettleExpectation(uint32_t end) {
    if (expect_at_ == kNone) return;
    bool has_at = false, has_by = false;
    for (uint32_t i = end; --i > expect_at_;) {
      TokenType& type = words_[i].type;
      if (type == kBY && i + 2 < end && IsCause(i + 1) && IsIn(At(i + 2), {kSTRING, kID})) type = kBY_CAUSE;
      if (type == kAT && !has_at && IsTestTime(i + 1, end)) {
        type = kTIME_AT;
        has_at = true;
      }
      if (type == kBY && !has_by && At(i + 1) != kPARAM_OPEN && IsTestTime(i + 1, end)) {
        type = kTIME_BY;
        has_by = true;
      }
    }
    expect_at_ = kNone;
  }

  bool IsCause(uint32_t i) const {
    std::string_view text = TextOf(words_[i]);
    return text == "rule" || text == "limit" || text == "policy";
  }

  bool IsTestTime(uint32_t i, uint32_t end) const {
    if (i >= end) return false;
    if (IsIn(At(i), {kTIME_OF_DAY, kDATE, kINSTANT, kDURATION, kPARAM_OPEN})) return true;
    if (At(i) != kID || i + 1 >= end) return false;
    return At(i + 1) == kTIME_OF_DAY || (At(i + 1) == kNUMBER && TextOf(words_[i]) == "day");
  }

  // Where an expectation's action begins.
  bool IsExpected(uint32_t i) const {
    if (Before(i) == kEXPECT) return true;
    if (Before(i, 2) == kEXPECT) return Before(i) == kNO;
    return Before(i, 2) == kHELD && Before(i, 3) == kEXPECT;
  }

  // The last `over D` of a measure or metric is the window of the whole, not of the name before it.
  void SettleDefaultWindow(uint32_t first, uint32_t end) {
    uint32_t last = end;
    for (int tails = 0; tails < 2 && last >= first + 2 && words_[last - 1].type == kDURATION;
         ++tails, last -= 2) {
      TokenType& type = words_[last - 2].type;
      if (type == kOVER) type = kFINAL_OVER;
      if (type != kFINAL_OVER && type != kFRESH) return;
    }
  }

  // --- declarations ---

  bool StartsDeclaration(uint32_t i) {
    TokenType type = words_[i].type;
    bool in_block = segment_open_at_ != kNone && IsBlockDeclaration(segment_kind_);
    if (type == kWHEN) {
      if (in_block) return Before(i) == kEND;
      if (in_head_ && segment_open_at_ != kNone) return false;
      return Before(i) != kDOT && At(i + 1) != kCOLON;
    }
    if (type == kEVERY || type == kON) {
      if (in_block ? Before(i) != kEND : in_head_ && segment_open_at_ != kNone) return false;
      return depth_ == 0 && IsFirstOnLine(i) && CanEnd(Before(i)) && StartsSchedule(i);
    }
    if (!IsDeclarationKeyword(type) || Before(i) == kDOT || At(i + 1) == kCOLON) return false;
    bool first_on_line = IsFirstOnLine(i);
    bool shaped = HasDeclarationShape(i, first_on_line);
    if (in_block && Before(i) != kEND) {
      // Blocks of connectors and sources may declare things; the others hold nothing that looks like a
      // declaration.
      bool holds_declarations = IsIn(segment_kind_, {kSOURCE, kCONNECTOR, kPOLICY});
      // In a test a line may go on with a field's name, which can be many a word.
      if (segment_kind_ == kTEST) return first_on_line && shaped && (IsUnmistakable(type) || type == kTEST);
      return !holds_declarations && first_on_line && shaped && !IsBlockDeclaration(type);
    }
    if (type == kRULE && At(i + 1) == kSTRING && (depth_ > 0 || first_on_line)) return true;
    if (depth_ > 0) return first_on_line && shaped && CanEnd(Before(i));
    if (IsObjectOfVerb(i)) return false;
    if (first_on_line && shaped && (IsUnmistakable(type) || IsDeclarationKeyword(Before(i)))) return true;
    if (!CanEnd(Before(i))) return false;
    if (shaped) return true;
    // A declaration written wrong is still one if it has a line's first place, for the sake of the message.
    return first_on_line && type <= kRULE && type != kWORKSPACE && type != kUSE &&
           (IsWord(At(i + 1)) || At(i + 1) == kSTRING) && !IsPreposition(At(i + 1)) && At(i + 1) != kIS &&
           !verbs_.contains(std::string(TextOf(words_[i])));
  }

  // `every day`, `every 15min`, `on 2026-11-27`, `on the 1st of the month`.
  bool StartsSchedule(uint32_t i) const {
    TokenType next = At(i + 1);
    if (words_[i].type == kEVERY) return IsWord(next) || IsIn(next, {kDURATION, kNUMBER, kORDINAL});
    if (words_[i].type != kON) return false;
    if (next == kDATE) return true;
    return i + 2 < words_.size() && TextOf(words_[i + 1]) == "the" && (At(i + 2) == kORDINAL || At(i + 2) == kLAST);
  }

  // With its shape and first on a line these begin a declaration even where the one before is unfinished.
  static bool IsUnmistakable(TokenType type) {
    return IsIn(type, {kEVENT, kEVENTS, kMEASURE, kMETRIC, kSEGMENT, kRULE, kJOURNEY, kSCORE});
  }

  bool HasDeclarationShape(uint32_t i, bool first_on_line) const {
    TokenType next = At(i + 1), after = At(i + 2);
    bool name_next = IsWord(next);
    switch (words_[i].type) {
      case kUSE:
        return name_next && !IsPreposition(next);
      case kENTITY:
        return name_next && (IsWord(after) || after == kEndOfFile);
      case kEVENT:
        return name_next && (after == kLBRACE || after == kON);
      case kEVENTS:
        return name_next && after == kON;
      case kMEASURE:
      case kMETRIC:
        return name_next && after == kCOLON;
      case kACTION:
        return name_next && next != kIS && (IsWord(after) || after == kLBRACE || after == kEndOfFile);
      case kMESSAGE:
        return name_next && (after == kCOMMA || after == kON);
      case kWORKSPACE:
        return first_on_line || next == kEND || (name_next && after == kCOLON);
      case kSEGMENT:
        return name_next && after == kEQUAL;
      case kRULE:
        return next == kSTRING;
      case kJOURNEY:
      case kSCORE:
        return name_next && after == kON;
      case kREPORT:
      case kTEST:
        return first_on_line && next == kSTRING && !verbs_.contains(std::string(TextOf(words_[i])));
      case kPOLICY:
      case kSOURCE:
      case kCONNECTOR:
        return first_on_line && (next == kID || next == kSTRING);
      default:
        return false;
    }
  }

  // `send message welcome_1`, where `action send message …` is declared.
  bool IsObjectOfVerb(uint32_t i) const {
    if (Before(i) != kVERB) return false;
    auto it = verbs_.find(std::string(TextOf(words_[i - 1])));
    return it != verbs_.end() && it->second.next_words.contains(std::string(TextOf(words_[i])));
  }

  // --- actions ---

  bool StartsAction(uint32_t i) const {
    const bool expected = InTest() && IsExpected(i);
    if (!expected && (InTest() || !in_action_area_ || depth_ > 0)) return false;
    auto verb = verbs_.find(std::string(TextOf(words_[i])));
    if (verb == verbs_.end()) return false;
    TokenType before = Before(i);
    if (before == kTHEN) return true;
    if (!expected && before != kCOMMA && !CanEnd(before)) return false;
    TokenType next = At(i + 1);
    if (next == kDOT || next == kCOLON) return false;
    bool object_next =
        i + 1 < words_.size() && verb->second.next_words.contains(std::string(TextOf(words_[i + 1])));
    if (!object_next && CannotFollowVerb(next)) return false;
    if (expected) return true;
    if (before != kVERB) return true;
    auto it = verbs_.find(std::string(TextOf(words_[i - 1])));
    return it == verbs_.end() ||
           (!it->second.hole_next && !it->second.next_words.contains(std::string(TextOf(words_[i]))));
  }

  static bool CannotFollowVerb(TokenType next) {
    return IsComparison(next) ||
           IsIn(next, {kIS, kIN, kBETWEEN, kAND, kOR, kNOT, kRPAREN, kSTAR, kSLASH, kOVER, kWHERE, kCONTAINS,
                       kSTARTS, kENDS, kMATCHES, kHAS, kDOES, kDEFAULT});
  }

  // --- keywords ---

  bool StaysKeyword(uint32_t i) {
    TokenType type = words_[i].type;
    TokenType before = Before(i), next = At(i + 1);
    if (before == kDOT || next == kCOLON || IsDeclarationKeyword(type) || NamesNext(before)) return false;
    bool is_item =
        depth_ > 0 && (before == kLPAREN || before == kCOMMA) && (next == kCOMMA || next == kRPAREN);
    if (is_item && type != kTRUE && type != kFALSE && type != kNOW) return false;
    if (wrong_case_[i] && IsCodeInValuePlace(i)) return false;
    if (IsPreposition(type) && type != kIN && StartsValue(before) && FollowsValue(next)) return false;
    return KeepsMeaning(i, type, before, next);
  }

  // `one of free, on, off`: the words are values.
  bool IsListedName(uint32_t i) {
    return (Before(i) == kOF && Before(i, 2) == kONE) ||
           (Before(i) == kCOMMA && i >= 2 && listed_at_ == i - 2);
  }

  // `spend month to date`: no name, and no preposition of an action.
  bool IsToDate(uint32_t i) const {
    if (words_[i].type != kID || !CanPrecedeWindow(Before(i)) || At(i + 1) != kTO || i + 2 >= words_.size()) return false;
    return IsPeriodAt(i) && TextOf(words_[i + 2]) == "date";
  }

  static bool IsPeriod(std::string_view text) {
    return text == "day" || text == "week" || text == "month" || text == "quarter" || text == "year";
  }

  bool IsPeriodAt(uint32_t i) const { return i < words_.size() && IsPeriod(TextOf(words_[i])); }

  // A calendar window stands after a name, an event's argument, a parenthesis, or `at least 3 times`.
  static bool CanPrecedeWindow(TokenType before) {
    return before == kID || before == kRPAREN || before == kSTRING || before == kTIMES;
  }

  // Do the words before this one end a window of the calendar, or its zone?
  bool EndsCalendarWindow(uint32_t i) const {
    const TokenType before = Before(i), second = Before(i, 2);
    if (before == kTODAY || before == kYESTERDAY) return true;
    if (before == kSTRING) return second == kIN;
    if (before != kID || second == kDOT) return false;
    return second == kTHIS || second == kFULL || second == kLAST || second == kPER || second == kTO;
  }

  static bool FollowsValue(TokenType next) {
    return IsComparison(next) || IsIn(next, {kIS, kBETWEEN, kPLUS, kMINUS, kSTAR, kSLASH, kRPAREN});
  }

  // Where a value begins no preposition can stand: `when at < now`.
  static bool StartsValue(TokenType before) {
    return IsComparison(before) ||
           IsIn(before, {kWHEN, kAND, kOR, kNOT, kWHERE, kLPAREN, kPLUS, kMINUS, kPREFIX_PLUS, kPREFIX_MINUS,
                         kSTAR, kSLASH, kIS, kBETWEEN, kDEFAULT});
  }

  // `country is NO`, `set state to OR`.
  bool IsCodeInValuePlace(uint32_t i) const {
    TokenType before = Before(i), next = At(i + 1);
    if (!IsCode(TextOf(words_[i])) || words_[i].type == kNOT || next == kLEAST || next == kMOST) return false;
    return IsComparison(before) || before == kIS || (before == kNOT && Before(i, 2) == kIS) ||
           IsPreposition(before);
  }

  bool KeepsMeaning(uint32_t i, TokenType type, TokenType before, TokenType next) const {
    bool in_type = IsIn(before, {kCOLON, kOPTIONAL, kOF});
    switch (type) {
      case kOPTIONAL:
        return in_type && IsWord(next);
      case kONE:
      case kSET:
        return in_type && next == kOF;
      case kSAFER:
        return next == kLESS || next == kGREATER_WORD;
      case kLESS:
      case kGREATER_WORD:
        return before == kSAFER;
      case kFRESH:
      case kWITHIN:
        return next == kDURATION;
      case kMOST:
      case kLEAST:
        return before == kAT;
      case kEXACTLY:
        return next == kNUMBER;
      case kTIMES:
        return before == kNUMBER;
      case kPRIORITY:
        return CanEnd(before) &&
               (next == kNUMBER || ((next == kMINUS || next == kPLUS) && At(i + 2) == kNUMBER));
      case kOTHERWISE:
      case kTHEN:
      case kENTERS:
      case kLEAVES:
        return IsWord(next);
      case kUNBOUNDED:
      case kCONTAINS:
      case kMATCHES:
        return CanEnd(before) || before == kNOT;
      case kDEFAULT:
      case kEVERY:
        return CanEnd(before);
      case kGIVEN:
      case kEXPECT:
      case kCASE:
      case kCASES:
        return false;  // where they are keywords they are settled already
      case kNOTHING:
      case kHELD:
        return before == kEXPECT;
      case kBECAUSE:
        return InTest() && expect_at_ != kNone;
      case kINCLUDING:
        return next == kEXISTING;
      case kEXISTING:
        return before == kINCLUDING;
      case kEACH:
        return IsWord(next) || next == kNUMBER || next == kLPAREN;
      case kKNOWN:
      case kMISSING:
        return before == kIS || (before == kNOT && Before(i, 2) == kIS);
      case kCONTAIN:
      case kMATCH:
        return before == kNOT;
      case kSTART:
        return before == kNOT && next == kWITH;
      case kDOES:
        return next == kNOT;
      case kSTARTS:
      case kENDS:
        return next == kWITH;
      case kHAS:
        return next == kANY || next == kNONE;
      case kANY:
      case kNONE:
        return before == kHAS;
      case kNO:
      case kNEVER:
        return IsWord(next) || next == kLPAREN;
      case kEVEN:
        return next == kIF;
      case kIF:
        return before == kEVEN;
      case kNEW:
        return before == kIF;
      case kFOLLOWED:
        return next == kBY;
      case kSAME:
        return before == kWITH || (CanPrecedeWindow(before) && At(i + 2) == kLAST);
      case kALL:
        return next == kTIME;
      case kTIME:
        return before == kALL;
      case kTODAY:
      case kYESTERDAY:
        return CanPrecedeWindow(before);
      case kTHIS:
        return (CanEnd(before) || before == kTIMES) && IsWord(next);
      case kFULL:
        return before == kNUMBER;
      case kPREVIOUS:
        return before == kOVER || before == kVS;
      case kSETTLED:
      case kENDING:
        return next == kDURATION && (before == kDURATION || EndsCalendarWindow(i));
      case kAGO:
        return before == kDURATION && Before(i, 2) == kENDING;
      case kLAST:
        if ((before == kIN || before == kOVER) && (next == kDURATION || next == kNUMBER)) return true;
        if (IsPeriodAt(i + 1) && At(i + 2) != kDOT && At(i + 2) != kOF) {  // `on the last day of the month` is a schedule
          return before == kIN || before == kOVER || CanPrecedeWindow(before) || Before(i, 2) == kSAME;
        }
        return NamesAggregate(i, next);
      case kSUM:
      case kAVG:
      case kMIN:
      case kMAX:
      case kFIRST:
      case kDISTINCT:
        return NamesAggregate(i, next);
      case kCOUNT:
        return next == kOF;
      case kUP:
        return next == kTO || (next == kPERCENT && At(i + 2) == kFROM);
      case kUSUAL:
        return IsWord(next) && IsIn(At(i + 2), {kTODAY, kTHIS, kPER});
      case kDEVIATION:
        return next == kOF && IsIn(At(i + 3), {kTODAY, kTHIS, kPER});
      case kRISES:
      case kFALLS:
        return next == kBY;
      case kVS:
        return next == kPREVIOUS || (next == kOVER && At(i + 2) == kPREVIOUS);
      case kCHANGES:
        return before == kID;
      case kOLD:
        // `plan is old send x`, but `score > old score`.
        return (next == kID || IsDeclarationKeyword(next)) &&
               (!verbs_.contains(std::string(TextOf(words_[i + 1]))) || (StartsValue(before) && before != kIS));
      case kDOWN:
        return next == kPERCENT && At(i + 2) == kFROM;
      default:
        return true;  // and, or, not, is, in, when, over, prepositions … are never names
    }
  }

  bool NamesAggregate(uint32_t i, TokenType next) const {
    return next == kOF || (IsWord(next) && At(i + 2) == kDOT);
  }

  static constexpr uint32_t kNone = 0xFFFFFFFFu;

  const File& file_;
  std::vector<Token>& tokens_;
  const VerbTable& verbs_;
  diagnostics::Emitter* diags_;  // may be null

  std::vector<Word> words_;
  std::vector<bool> wrong_case_;          // parallel to words_
  std::vector<uint32_t> lexical_errors_;  // offsets, rising
  std::vector<Segment> segments_;
  uint32_t segment_open_at_ = kNone;
  TokenType segment_kind_ = kEndOfFile;
  bool in_action_area_ = false;  // past the `when` or the schedule of a rule
  bool in_head_ = false;         // of a rule: neither its `when` nor an action has come
  uint32_t depth_ = 0;
  uint32_t expect_at_ = kNone;  // the `expect` of the line at hand, in a test
  uint32_t listed_at_ = kNone;  // the last word of a `one of` list
};

}  // namespace

Classified Classify(const File& file, std::vector<Token>& tokens, const VerbTable& verbs,
                    diagnostics::Emitter* diags) {
  return Classifier(file, tokens, verbs, diags).Run();
}

bool IsBlockDeclaration(TokenType type) { return type >= TokenType::kJOURNEY && type <= TokenType::kCONNECTOR; }

bool IsReservedDeclaration(TokenType type) { return IsBlockDeclaration(type) && type != TokenType::kTEST; }

}  // namespace mrule::syntax
