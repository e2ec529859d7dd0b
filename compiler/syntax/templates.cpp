// SPDX-License-Identifier: Apache-2.0
#include "compiler/syntax/templates.h"

namespace mrule::syntax {
namespace {

using diagnostics::DiagId;

// What `\x` stands for, or nothing.
std::string_view Unescaped(char escaped) {
  switch (escaped) {
    case '"':
      return "\"";
    case '\\':
      return "\\";
    case 'n':
      return "\n";
    case 't':
      return "\t";
    case '{':
      return "{";
    case '}':
      return "}";
    default:
      return {};
  }
}

uint32_t CodePointBytes(char lead) {
  unsigned char byte = static_cast<unsigned char>(lead);
  return byte < 0x80 ? 1 : byte < 0xE0 ? 2 : byte < 0xF0 ? 3 : 4;
}

class Splitter {
 public:
  Splitter(const File& file, Span literal, TextHoles holes, diagnostics::Emitter& diags)
      : file_(file), diags_(diags), holes_(holes), at_(literal.begin + 1), end_(literal.end) {
    // Text that was never closed has no quote at its end.
    if (literal.size() >= 2 && file.bytes()[literal.end - 1] == '"') --end_;
  }

  std::vector<TextPiece> Run() {
    chunk_begin_ = at_;
    while (at_ < end_) {
      char c = file_.bytes()[at_];
      if (c == '\\' && at_ + 1 < end_) {
        Escape();
      } else if (c == '{' && holes_ == TextHoles::kAllowed) {
        if (!HoleHere()) break;
      } else {
        chunk_ += c;
        ++at_;
      }
    }
    CloseChunk(end_);
    return std::move(pieces_);
  }

 private:
  void Escape() {
    std::string_view plain = Unescaped(file_.bytes()[at_ + 1]);
    uint32_t size = 1 + CodePointBytes(file_.bytes()[at_ + 1]);
    if (plain.empty()) {
      Span span = file_.SpanOf(at_, std::min(at_ + size, end_));
      diags_.Report(span, DiagId::kUnknownCharacter, {{"character", file_.Text(span)}})
          .Help(
              "in text, a backslash is written `\\\\`; `\\\"`, `\\n`, `\\t` and `\\{` are the escapes there "
              "are")
          .Fix(file_.SpanOf(at_, at_ + 1), "\\\\", "write the backslash twice");
    }
    chunk_ += plain;
    at_ = std::min(at_ + size, end_);
  }

  // False if the hole has no end: then the rest of the text is taken as a chunk.
  bool HoleHere() {
    size_t close = file_.bytes().substr(0, end_).find('}', at_);
    if (close == std::string_view::npos) {
      Span brace = file_.SpanOf(at_, at_ + 1);
      diags_.Report(brace, DiagId::kUnclosedPlaceholder).Fix(brace, "\\{", "write a plain brace: `\\{`");
      chunk_ += file_.bytes().substr(at_, end_ - at_);
      return false;
    }
    CloseChunk(at_);
    uint32_t inner_end = static_cast<uint32_t>(close);
    pieces_.push_back({true, file_.SpanOf(at_ + 1, inner_end), {}});
    at_ = inner_end + 1;
    chunk_begin_ = at_;
    return true;
  }

  void CloseChunk(uint32_t end) {
    if (end > chunk_begin_) pieces_.push_back({false, file_.SpanOf(chunk_begin_, end), std::move(chunk_)});
    chunk_.clear();
  }

  const File& file_;
  diagnostics::Emitter& diags_;
  TextHoles holes_;
  uint32_t at_;
  uint32_t end_;
  uint32_t chunk_begin_ = 0;
  std::string chunk_;
  std::vector<TextPiece> pieces_;
};

}  // namespace

std::vector<TextPiece> SplitText(const File& file, Span literal, TextHoles holes,
                                 diagnostics::Emitter& diags) {
  return Splitter(file, literal, holes, diags).Run();
}

}  // namespace mrule::syntax
