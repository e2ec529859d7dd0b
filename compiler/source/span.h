// SPDX-License-Identifier: Apache-2.0
// Where something stands in rule text: a file and a half-open range of bytes. Every phase after loading
// speaks in spans; lines and columns are looked up in `File`, at the edge, when somebody has to read them.
#pragma once

#include <algorithm>
#include <cstdint>

#include "compiler/base/id.h"

namespace mrule::source {

using FileId = Id<struct FileTag>;

/// Bytes [begin, end) of `file`, counted after a byte order mark. An empty span (begin == end) is a place
/// between bytes.
struct Span {
  FileId file;
  uint32_t begin = 0;
  uint32_t end = 0;

  /// No place at all: the default, for what concerns no text.
  static constexpr Span None() { return Span(); }

  constexpr bool has_file() const { return file.has_value(); }
  constexpr uint32_t size() const { return end - begin; }
  constexpr bool empty() const { return begin == end; }
  constexpr bool Contains(uint32_t offset) const { return begin <= offset && offset < end; }
  /// The place just before the span, and the one just after: for fixes that insert.
  constexpr Span Before() const { return {file, begin, begin}; }
  constexpr Span After() const { return {file, end, end}; }

  friend constexpr bool operator==(Span a, Span b) {
    return a.file == b.file && a.begin == b.begin && a.end == b.end;
  }
  friend constexpr bool operator!=(Span a, Span b) { return !(a == b); }
  /// By file, then begin, then end; spans without a file come last.
  friend constexpr bool operator<(Span a, Span b) {
    if (a.file != b.file) return a.file < b.file;
    if (a.begin != b.begin) return a.begin < b.begin;
    return a.end < b.end;
  }
};

/// The smallest span that covers both, which lie in one file. A span without a file yields the other.
constexpr Span Join(Span a, Span b) {
  if (!a.has_file()) return b;
  if (!b.has_file() || a.file != b.file) return a;
  return {a.file, std::min(a.begin, b.begin), std::max(a.end, b.end)};
}

}  // namespace mrule::source
