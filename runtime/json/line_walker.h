// SPDX-License-Identifier: Apache-2.0
// The strict walk over one line's object, on the positions that simdjson's first stage finds (brackets,
// colons, commas, and where texts and other scalars begin). Everything on the line is checked, read or not:
// On-Demand parsing skips what nobody asks for, and would let `{"a":tru}` pass. The walk only says good or
// bad; json_check.h says why, off the hot path.
//
// Relies on what the first stage has proved of the whole text: UTF-8, texts closed, no control characters in
// them. Hence between a text's closing quote and the next position there is only white space.
#pragma once

#include <cstdint>
#include <cstring>
#include <string_view>

#include "compiler/base/limits.h"
#include "runtime/json/decimal.h"

namespace mrule::runtime {

/// A value on the line: its bytes without white space around them. Meant to stay in registers: a token
/// written field by field and read whole right after is a stall, so what passes tokens on is inlined, and the
/// fields are of one size, so that compilers take them apart.
struct Token {
  uint32_t begin = 0;
  uint32_t end = 0;
  uint32_t position = 0;  ///< index of `begin` among the positions, for walking into a list
  uint32_t escaped = 0;   ///< 1: a text with a backslash in it
};

class LineWalker {
 public:
  enum class Outcome : uint8_t { kObject, kBlank, kBad };

  /// `positions` ends in at least five entries equal to the text's size. `escapes`: there may be backslashes.
  void SetText(const char* base, const uint32_t* positions, bool escapes) {
    base_ = base;
    positions_ = positions;
    escapes_ = escapes;
  }
  const char* base() const { return base_; }
  std::string_view Text(const Token& token) const { return {base_ + token.begin, token.end - token.begin}; }
  /// Between the quotes, escapes as they are.
  std::string_view Inside(const Token& token) const {
    return {base_ + token.begin + 1, token.end - token.begin - 2};
  }

  /// Walks the line that begins at position number `*p` and ends before offset `line_end`; calls
  /// on_member(key token, value token), which returns false to call the line bad. Before,
  /// on_member.Foreseen(text) is asked whether the key it expects stands at `text` as `key":`, and returns
  /// the bytes of that, or 0; if it does, the key's token is empty. Moves `*p` past the object if the line is
  /// good.
  template <typename OnMember>
  Outcome Walk(uint32_t* p, uint32_t line_end, OnMember&& on_member) {
    uint32_t i = *p;
    if (positions_[i] >= line_end) return Outcome::kBlank;
    if (!WalkObject(&i, line_end, on_member) || positions_[i] < line_end) return Outcome::kBad;
    *p = i;
    return Outcome::kObject;
  }

  /// The same for a line that begins exactly at its object, whose end is not known: it ends before
  /// `text_end`. Returns the line's end if the line is good, has no white space between its tokens (so that
  /// no line end can hide there) and ends right after its object, which is how machines write; else 0, and
  /// Walk must look.
  template <typename OnMember>
  uint32_t WalkCompact(uint32_t* p, uint32_t text_end, OnMember&& on_member) {
    uint32_t i = *p;
    if (!WalkObject(&i, text_end, on_member) || gaps_ != 0) return 0;
    const uint32_t end = positions_[i - 1] + 1;
    if (end != text_end && base_[end] != '\n') return 0;
    *p = i;
    return end;
  }

  /// Calls on_item(token) for each item of a list that Walk has passed; stops and returns false when it does.
  template <typename OnItem>
  bool EachItem(const Token& list, OnItem&& on_item) {
    uint32_t i = list.position + 1;
    if (base_[positions_[i]] == ']') return true;
    for (;;) {
      Token item;
      if (!TakeValue(&i, &item) || !on_item(item)) return false;
      if (base_[positions_[i]] == ']') return true;
      ++i;
    }
  }

 private:
  static bool IsSpace(char c) { return c == ' ' || c == '\t' || c == '\r' || c == '\n'; }

  /// What is written for each member stays in local variables: kept in the walker, every member would wait
  /// for the one before it to reach memory and come back.
  template <typename OnMember>
  [[gnu::always_inline]] bool WalkObject(uint32_t* p, uint32_t line_end, OnMember& on_member) {
    const uint32_t* const at = positions_;
    const char* const base = base_;
    uint32_t i = *p;
    uint32_t gaps = 0;
    line_end_ = line_end;
    gaps_ = 0;
    uint32_t begin = at[i];
    if (base[begin] != '{') return false;
    ++i;
    if (at[i] < line_end && base[at[i]] == '}') {
      gaps_ = at[i] - begin - 1;
      *p = i + 1;
      return true;
    }
    for (;;) {
      // key, colon and value begin on the line
      const uint32_t key_begin = at[i], value_begin = at[i + 2];
      if (value_begin >= line_end) return false;
      Token key;
      // What is foreseen is a text that its first position begins, so the next position is its colon.
      const uint32_t foreseen = base[key_begin] == '"' ? on_member.Foreseen(base + key_begin + 1) : 0;
      if (foreseen != 0) [[likely]] {
        gaps |= (key_begin - begin - 1) | (value_begin - key_begin - 1 - foreseen);
      } else {
        const uint32_t colon = at[i + 1];
        if (base[key_begin] != '"' || base[colon] != ':') return false;
        key = TextToken(i);
        gaps |= (key_begin - begin - 1) | (colon - key.end) | (value_begin - colon - 1);
      }
      i += 2;
      Token value;
      if (base[value_begin] == '"') {
        if (at[i + 1] >= line_end) return false;
        value = TextToken(i);
        ++i;
      } else {
        uint32_t after = i;
        value = OtherValue(&after);
        if (value.end == 0) return false;
        i = after;
      }
      if (!on_member(key, value)) return false;
      begin = at[i];
      if (begin >= line_end) return false;
      gaps |= begin - value.end;
      const char next = base[begin];
      ++i;
      if (next == '}') break;
      if (next != ',') return false;
    }
    gaps_ |= gaps;
    *p = i;
    return true;
  }

  /// A value that is not a text; the end 0 if it is bad.
  [[gnu::noinline]] Token OtherValue(uint32_t* i) {
    Token value;
    return TakeValue(i, &value) ? value : Token();
  }

  [[gnu::always_inline]] Token TextToken(uint32_t i) const {
    const uint32_t begin = positions_[i];
    uint32_t last = positions_[i + 1] - 1;
    while (base_[last] != '"') --last;
    const bool escaped = escapes_ && std::memchr(base_ + begin, '\\', last - begin) != nullptr;
    return {begin, last + 1, i, escaped ? 1u : 0u};
  }

  /// A value of any kind at position number `*i`, which is on the line.
  bool TakeValue(uint32_t* i, Token* value) {
    const uint32_t begin = positions_[*i];
    const char c = base_[begin];
    if (c == '{' || c == '[') return SkipNested(i, value);
    if (positions_[*i + 1] >= line_end_) return false;
    if (c == '"') {
      *value = TextToken(*i);
    } else {
      uint32_t end = positions_[*i + 1];
      while (end > begin && IsSpace(base_[end - 1])) --end;
      *value = {begin, end, *i, 0};
      if (!IsScalar(Text(*value))) return false;
    }
    ++*i;
    return true;
  }

  static bool IsScalar(std::string_view text) {
    size_t digits = 0;
    while (digits < text.size() && text[digits] >= '0' && text[digits] <= '9') ++digits;
    if (digits == text.size() && (text[0] != '0' || digits == 1)) return true;
    if (text[0] == 't') return text == "true";
    if (text[0] == 'f') return text == "false";
    if (text[0] == 'n') return text == "null";
    return IsJsonNumber(text);
  }

  /// An object or a list at position number `*i`, with all it holds.
  bool SkipNested(uint32_t* i, Token* value) {
    const uint32_t first = *i;
    uint64_t objects = 0;  // bit d from the bottom: is the d-th container from the innermost an object
    uint32_t depth = 1;    // the line's own object
    uint32_t p = *i;
    bool open = true;
    for (;;) {
      if (positions_[p] >= line_end_) return false;
      if (open) {
        const bool object = base_[positions_[p]] == '{';
        if (++depth > limits::kJsonDepthMax) return false;
        objects = (objects << 1) | (object ? 1 : 0);
        ++p;
        open = false;
        if (positions_[p] >= line_end_) return false;
        if (base_[positions_[p]] == (object ? '}' : ']')) {
          if (Close(&p, &depth, &objects)) break;
          continue;
        }
      } else {
        const char c = base_[positions_[p]];
        if (c == ((objects & 1) != 0 ? '}' : ']')) {
          if (Close(&p, &depth, &objects)) break;
          continue;
        }
        if (c != ',') return false;
        ++p;
      }
      if ((objects & 1) != 0) {
        if (positions_[p + 2] >= line_end_ || base_[positions_[p]] != '"' || base_[positions_[p + 1]] != ':')
          return false;
        if (!GoodText(TextToken(p))) return false;
        p += 2;
      }
      if (positions_[p] >= line_end_) return false;
      const char c = base_[positions_[p]];
      if (c == '{' || c == '[') {
        open = true;
        continue;
      }
      Token scalar;
      if (!TakeValue(&p, &scalar)) return false;
      if (c == '"' && !GoodText(scalar)) return false;
    }
    gaps_ = 1;  // nobody has looked inside
    *value = {positions_[first], positions_[p - 1] + 1, first, 0};
    *i = p;
    return true;
  }

  static bool Close(uint32_t* p, uint32_t* depth, uint64_t* objects) {
    ++*p;
    *objects >>= 1;
    return --*depth == 1;
  }

 public:
  /// Are the escapes of a text well formed?
  bool GoodText(const Token& text) const { return text.escaped == 0 || GoodEscapes(Inside(text)); }
  static bool GoodEscapes(std::string_view inside);

 private:
  const char* base_ = nullptr;
  const uint32_t* positions_ = nullptr;
  uint32_t line_end_ = 0;
  uint32_t gaps_ = 0;  // not 0: the object walked last has white space between tokens, or may have
  bool escapes_ = false;
};

/// Writes the text that `inside` stands for to `out`, which has room for inside.size() bytes; returns the
/// bytes written, or SIZE_MAX if an escape is malformed or names half a character.
size_t Unescape(std::string_view inside, char* out);

}  // namespace mrule::runtime
