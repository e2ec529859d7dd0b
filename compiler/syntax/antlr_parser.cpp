// SPDX-License-Identifier: Apache-2.0
#include "compiler/syntax/antlr_parser.h"

#include <optional>
#include <string>

#include "compiler/syntax/scan_token.h"

namespace mrule::syntax {
namespace {

// Thrown by the error strategy and caught in Run; ANTLR's own handlers let it pass.
struct Stopped {
  size_t token_index;
};

uint32_t SkipCodePoints(std::string_view text, uint32_t at, size_t count) {
  for (; count > 0; --count) {
    ++at;
    while (at < text.size() && (static_cast<unsigned char>(text[at]) & 0xC0) == 0x80) ++at;
  }
  return at;
}

/// ANTLR's lexer, set up when the first token is met that needs it. It counts code points, we count bytes.
class SlowLexer {
 public:
  explicit SlowLexer(std::string_view text) : text_(text) {}

  /// The token at byte `at`, which is never before that of the last call; `end` gets the byte behind it.
  std::unique_ptr<antlr4::Token> At(uint32_t at, uint32_t& end) {
    if (!lexer_) {
      input_.emplace(std::string(text_));
      lexer_ = std::make_unique<grammar::MRuleLexer>(&*input_);
      lexer_->removeErrorListeners();
    }
    for (; seen_bytes_ < at; ++seen_bytes_) {
      if ((static_cast<unsigned char>(text_[seen_bytes_]) & 0xC0) != 0x80) ++seen_code_points_;
    }
    input_->seek(seen_code_points_);
    std::unique_ptr<antlr4::Token> token = lexer_->nextToken();
    end = SkipCodePoints(text_, at, token->getStopIndex() + 1 - token->getStartIndex());
    return token;
  }

 private:
  std::string_view text_;
  std::optional<antlr4::ANTLRInputStream> input_;
  std::unique_ptr<grammar::MRuleLexer> lexer_;
  uint32_t seen_bytes_ = 0;
  size_t seen_code_points_ = 0;
};

}  // namespace

std::vector<Token> Lex(std::string_view text, uint32_t base, size_t tokens_max, bool& complete, LexBy by) {
  std::vector<Token> tokens;
  tokens.reserve(text.size() / 4 + 8);
  SlowLexer slow(text);
  uint32_t at = 0;
  try {
    while (at < text.size() && tokens.size() < tokens_max) {
      std::optional<ScannedToken> scanned;
      if (by == LexBy::kBytes) scanned = ScanToken(text.substr(at));
      if (scanned) {
        const bool hidden = scanned->type >= TokenType::kDOC_COMMENT && scanned->type <= TokenType::kSPACE;
        tokens.push_back({static_cast<uint16_t>(scanned->type), hidden, base + at, base + at + scanned->size});
        at += scanned->size;
        continue;
      }
      uint32_t end = at;
      const std::unique_ptr<antlr4::Token> token = slow.At(at, end);
      tokens.push_back({static_cast<uint16_t>(token->getType()),
                        token->getChannel() != antlr4::Token::DEFAULT_CHANNEL, base + at, base + end});
      at = end;
    }
  } catch (const std::exception&) {
    // Not reached for text that a File holds (UTF-8, no error left to the lexer); the caller reports an
    // incomplete read.
  }
  complete = at == text.size();
  return tokens;
}

class ReusableParser::WordSource : public antlr4::TokenSource {
 public:
  void Reset(std::span<const Word> words, TokenType extra) {
    words_ = words;
    extra_ = extra;
    at_ = 0;
  }

  std::unique_ptr<antlr4::Token> nextToken() override {
    size_t type = antlr4::Token::EOF;
    if (at_ < words_.size()) {
      type = static_cast<size_t>(words_[at_].type);
    } else if (at_ == words_.size() && extra_ != TokenType::kEndOfFile) {
      type = static_cast<size_t>(extra_);
    }
    ++at_;
    return std::make_unique<antlr4::CommonToken>(type);
  }

  size_t getLine() const override { return 0; }
  size_t getCharPositionInLine() override { return 0; }
  antlr4::CharStream* getInputStream() override { return nullptr; }
  std::string getSourceName() override { return "rules"; }
  antlr4::TokenFactory<antlr4::CommonToken>* getTokenFactory() override { return nullptr; }

 private:
  std::span<const Word> words_;
  TokenType extra_ = TokenType::kEndOfFile;
  size_t at_ = 0;
};

class ReusableParser::StopAtFirst : public antlr4::DefaultErrorStrategy {
 public:
  void reportError(antlr4::Parser*, const antlr4::RecognitionException& e) override {
    throw Stopped{e.getOffendingToken()->getTokenIndex()};
  }
  void recover(antlr4::Parser* parser, std::exception_ptr) override { Stop(parser); }
  antlr4::Token* recoverInline(antlr4::Parser* parser) override { Stop(parser); }
  void sync(antlr4::Parser*) override {}

 private:
  [[noreturn]] static void Stop(antlr4::Parser* parser) {
    throw Stopped{parser->getCurrentToken()->getTokenIndex()};
  }
};

ReusableParser::ReusableParser()
    : source_(std::make_unique<WordSource>()),
      stream_(std::make_unique<antlr4::CommonTokenStream>(source_.get())),
      strategy_(std::make_shared<StopAtFirst>()),
      parser_(std::make_unique<MRuleParser>(stream_.get())) {
  parser_->removeErrorListeners();
  parser_->setErrorHandler(strategy_);
}

ReusableParser::~ReusableParser() = default;

Parsed ReusableParser::Run(Unit unit, bool full_context) {
  using antlr4::atn::PredictionMode;
  parser_->getInterpreter<antlr4::atn::ParserATNSimulator>()->setPredictionMode(
      full_context ? PredictionMode::LL : PredictionMode::SLL);
  try {
    if (unit == Unit::kDeclaration) return {parser_->declarationUnit(), 0};
    return {parser_->valueUnit(), 0};
  } catch (const Stopped& stopped) {
    return {nullptr, static_cast<uint32_t>(stopped.token_index)};
  } catch (const std::exception&) {
    return {nullptr, 0};
  }
}

Parsed ReusableParser::Parse(std::span<const Word> words, Unit unit) {
  source_->Reset(words, TokenType::kEndOfFile);
  stream_->setTokenSource(source_.get());
  parser_->setTokenStream(stream_.get());
  Parsed parsed = Run(unit, false);
  if (parsed.tree) return parsed;
  stream_->seek(0);
  parser_->reset();
  return Run(unit, true);
}

bool ReusableParser::Accepts(std::span<const Word> words, TokenType next, Unit unit) {
  source_->Reset(words, next);
  stream_->setTokenSource(source_.get());
  parser_->setTokenStream(stream_.get());
  Parsed parsed = Run(unit, true);
  return parsed.tree || parsed.error_at > words.size();
}

}  // namespace mrule::syntax
