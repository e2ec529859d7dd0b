// SPDX-License-Identifier: Apache-2.0
// Recursive descent without the recursion: open containers are kept on a stack of at most
// limits::kJsonDepthMax.
#include "runtime/json/json_check.h"

#include <vector>

#include "compiler/base/limits.h"
#include "runtime/json/decimal.h"
#include "runtime/json/line_walker.h"

namespace mrule::runtime {
namespace {

class Checker {
 public:
  explicit Checker(std::string_view line) : line_(line) {}

  JsonProblem Run() {
    if (const size_t bad = FindBadUtf8(line_); bad != std::string_view::npos)
      return Fail(JsonFault::kNotUtf8, bad);
    if (const size_t nul = line_.find('\0'); nul != std::string_view::npos) return Fail(JsonFault::kNul, nul);
    SkipSpace();
    const char first = Peek();
    if (!Value()) return problem_;
    SkipSpace();
    if (i_ != line_.size()) return Fail(JsonFault::kTrailing, i_);
    if (first == '{') return problem_;
    return NotObject(first);
  }

 private:
  char Peek() const { return i_ < line_.size() ? line_[i_] : '\0'; }
  void SkipSpace() {
    while (i_ < line_.size() &&
           (line_[i_] == ' ' || line_[i_] == '\t' || line_[i_] == '\r' || line_[i_] == '\n'))
      ++i_;
  }
  JsonProblem Fail(JsonFault fault, size_t offset, std::string what = {}) {
    problem_ = {fault, offset + 1, std::move(what)};
    return problem_;
  }
  bool Syntax(size_t offset, std::string what) {
    Fail(JsonFault::kSyntax, offset, std::move(what));
    return false;
  }
  JsonProblem NotObject(char first) {
    std::string_view what = "a number";
    if (first == '[') what = "a list";
    if (first == '"') what = "a text";
    if (first == 't' || first == 'f') what = "true or false";
    if (first == 'n') what = "null";
    return Fail(JsonFault::kNotObject, 0, std::string(what));
  }
  std::string Found() const {
    if (i_ >= line_.size()) return "found the end of the line";
    const char c = line_[i_];
    if (c > ' ' && c < 0x7F) return std::string("found `") + c + "`";
    return "found another character";
  }

  /// A text at i_, which is at its opening quote.
  bool Text() {
    const size_t begin = i_++;
    for (; i_ < line_.size() && line_[i_] != '"'; ++i_) {
      if (static_cast<unsigned char>(line_[i_]) < 0x20)
        return Syntax(i_, "a text holds a control character that is not escaped");
      if (line_[i_] == '\\') ++i_;
    }
    if (i_ >= line_.size()) return Syntax(begin, "a text has no closing quote");
    if (!LineWalker::GoodEscapes(line_.substr(begin + 1, i_ - begin - 1))) {
      return Syntax(begin, "a text has an escape that JSON does not know");
    }
    ++i_;
    return true;
  }

  bool Scalar() {
    const size_t begin = i_;
    if (Peek() == '"') return Text();
    constexpr std::string_view kEnd = " \t\r\n,:]}[{\"";
    while (i_ < line_.size() && kEnd.find(line_[i_]) == std::string_view::npos) ++i_;
    const std::string_view text = line_.substr(begin, i_ - begin);
    if (text.empty()) return Syntax(begin, "expected a value, " + Found());
    if (text == "true" || text == "false" || text == "null" || IsJsonNumber(text)) return true;
    const std::string shown(text.substr(0, 40));
    return Syntax(begin, FindBadUtf8(shown) == std::string_view::npos ? "`" + shown + "` is not a value"
                                                                      : "expected a value");
  }

  bool Key() {
    SkipSpace();
    if (Peek() != '"') return Syntax(i_, "expected a key in quotes, " + Found());
    if (!Text()) return false;
    SkipSpace();
    if (Peek() != ':') return Syntax(i_, "expected `:` after a key, " + Found());
    ++i_;
    return true;
  }

  /// One value with all it holds.
  bool Value() {
    std::vector<char> open;
    for (;;) {
      SkipSpace();
      const char c = Peek();
      if (c == '{' || c == '[') {
        if (open.size() == limits::kJsonDepthMax) {
          Fail(JsonFault::kTooDeep, i_);
          return false;
        }
        open.push_back(c == '{' ? '}' : ']');
        ++i_;
        SkipSpace();
        if (Peek() != open.back()) {
          if (c == '{' && !Key()) return false;
          continue;
        }
      } else if (!Scalar()) {
        return false;
      }
      bool more = false;
      while (!open.empty() && !more) {
        SkipSpace();
        if (Peek() == ',') {
          ++i_;
          more = true;
        } else if (Peek() == open.back()) {
          ++i_;
          open.pop_back();
        } else {
          return Syntax(i_, std::string("expected `,` or `") + open.back() + "`, " + Found());
        }
      }
      if (open.empty()) return true;
      if (open.back() == '}' && !Key()) return false;
    }
  }

  std::string_view line_;
  size_t i_ = 0;
  JsonProblem problem_;
};

bool HexQuad(const char* p, uint32_t* out) {
  uint32_t value = 0;
  for (int i = 0; i < 4; ++i) {
    const char c = p[i];
    const char lower = static_cast<char>(c | 0x20);
    if (c >= '0' && c <= '9') {
      value = value * 16 + static_cast<uint32_t>(c - '0');
    } else if (lower >= 'a' && lower <= 'f') {
      value = value * 16 + static_cast<uint32_t>(lower - 'a' + 10);
    } else {
      return false;
    }
  }
  *out = value;
  return true;
}

char* PutUtf8(uint32_t c, char* out) {
  if (c < 0x80) {
    *out++ = static_cast<char>(c);
  } else if (c < 0x800) {
    *out++ = static_cast<char>(0xC0 | (c >> 6));
    *out++ = static_cast<char>(0x80 | (c & 0x3F));
  } else if (c < 0x10000) {
    *out++ = static_cast<char>(0xE0 | (c >> 12));
    *out++ = static_cast<char>(0x80 | ((c >> 6) & 0x3F));
    *out++ = static_cast<char>(0x80 | (c & 0x3F));
  } else {
    *out++ = static_cast<char>(0xF0 | (c >> 18));
    *out++ = static_cast<char>(0x80 | ((c >> 12) & 0x3F));
    *out++ = static_cast<char>(0x80 | ((c >> 6) & 0x3F));
    *out++ = static_cast<char>(0x80 | (c & 0x3F));
  }
  return out;
}

/// One escape at inside[*i], which is a backslash, as a code point; moves *i past it.
bool TakeEscape(std::string_view inside, size_t* i, uint32_t* c) {
  if (*i + 1 >= inside.size()) return false;
  const char kind = inside[*i + 1];
  *i += 2;
  constexpr std::string_view kKinds = "\"\\/bfnrt";
  constexpr std::string_view kMeanings = "\"\\/\b\f\n\r\t";
  if (const size_t found = kKinds.find(kind); found != std::string_view::npos) {
    *c = static_cast<unsigned char>(kMeanings[found]);
    return true;
  }
  if (kind != 'u' || inside.size() - *i < 4 || !HexQuad(inside.data() + *i, c)) return false;
  *i += 4;
  if (*c >= 0xDC00 && *c <= 0xDFFF) return false;
  if (*c < 0xD800 || *c > 0xDBFF) return true;
  uint32_t low = 0;
  if (inside.size() - *i < 6 || inside[*i] != '\\' || inside[*i + 1] != 'u' ||
      !HexQuad(inside.data() + *i + 2, &low))
    return false;
  if (low < 0xDC00 || low > 0xDFFF) return false;
  *i += 6;
  *c = 0x10000 + ((*c - 0xD800) << 10) + (low - 0xDC00);
  return true;
}

}  // namespace

bool LineWalker::GoodEscapes(std::string_view inside) {
  uint32_t c = 0;
  for (size_t i = 0; i < inside.size();) {
    if (inside[i] != '\\') {
      ++i;
    } else if (!TakeEscape(inside, &i, &c)) {
      return false;
    }
  }
  return true;
}

size_t Unescape(std::string_view inside, char* out) {
  char* end = out;
  uint32_t c = 0;
  for (size_t i = 0; i < inside.size();) {
    if (inside[i] != '\\') {
      *end++ = inside[i++];
    } else if (TakeEscape(inside, &i, &c)) {
      end = PutUtf8(c, end);
    } else {
      return SIZE_MAX;
    }
  }
  return static_cast<size_t>(end - out);
}

JsonProblem CheckJsonLine(std::string_view line) { return Checker(line).Run(); }

size_t FindBadUtf8(std::string_view text) {
  const auto at = [&](size_t i) { return static_cast<unsigned char>(text[i]); };
  const auto tail = [&](size_t i) { return i < text.size() && (at(i) & 0xC0) == 0x80; };
  for (size_t i = 0; i < text.size();) {
    const unsigned char c = at(i);
    if (c < 0x80) {
      ++i;
    } else if (c >= 0xC2 && c <= 0xDF && tail(i + 1)) {
      i += 2;
    } else if (c >= 0xE0 && c <= 0xEF && tail(i + 1) && tail(i + 2) && !(c == 0xE0 && at(i + 1) < 0xA0) &&
               !(c == 0xED && at(i + 1) >= 0xA0)) {
      i += 3;
    } else if (c >= 0xF0 && c <= 0xF4 && tail(i + 1) && tail(i + 2) && tail(i + 3) &&
               !(c == 0xF0 && at(i + 1) < 0x90) && !(c == 0xF4 && at(i + 1) >= 0x90)) {
      i += 4;
    } else {
      return i;
    }
  }
  return std::string_view::npos;
}

}  // namespace mrule::runtime
