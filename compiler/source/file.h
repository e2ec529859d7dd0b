// SPDX-License-Identifier: Apache-2.0
// Rule text in memory. A `SourceSet` owns the files of one session and checks each on the way in; a `File`
// answers questions about lines and columns. The lexer reads bytes(); renderers and the language server read
// the rest.
//
// INVARIANT: the bytes of a File are valid UTF-8 without NUL, hold no leading byte order mark and number at
// most limits::kSourceBytesMax.
#pragma once

#include <cstdint>
#include <deque>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "compiler/base/result.h"
#include "compiler/source/span.h"

namespace mrule::source {

/// Line and column as people count: both from 1, the column in code points (a tab is one).
struct Position {
  uint32_t line = 1;
  uint32_t column = 1;

  friend constexpr bool operator==(Position a, Position b) {
    return a.line == b.line && a.column == b.column;
  }
};

class File {
 public:
  /// `bytes` has passed CheckText; a leading byte order mark is dropped here.
  File(FileId id, std::string name, std::string bytes);

  FileId id() const { return id_; }
  const std::string& name() const { return name_; }
  std::string_view bytes() const { return bytes_; }
  uint32_t size() const { return static_cast<uint32_t>(bytes_.size()); }
  /// How many bytes of the file on disk come before offset 0: 3 with a byte order mark, else 0.
  uint32_t byte_order_mark_bytes() const { return byte_order_mark_bytes_; }

  /// A file has at least one line; text after the last line break, even if empty, is a line.
  uint32_t line_count() const { return static_cast<uint32_t>(line_begins_.size()); }
  /// The line, from 1, that holds byte `offset`. An offset past the end is taken as the end, here and below.
  uint32_t LineOf(uint32_t offset) const;
  uint32_t LineBegin(uint32_t line) const { return line_begins_[line - 1]; }
  /// Where the text of `line` ends: before its line break, be that LF or CR LF.
  uint32_t LineEnd(uint32_t line) const;
  std::string_view LineText(uint32_t line) const;

  /// Columns of `offset` in its line, from 1.
  uint32_t ByteColumn(uint32_t offset) const;
  uint32_t CodePointColumn(uint32_t offset) const;
  uint32_t Utf16Column(uint32_t offset) const;
  Position PositionOf(uint32_t offset) const { return {LineOf(offset), CodePointColumn(offset)}; }
  /// The other way, for editors: the offset of UTF-16 column `column` (from 1) of `line`, kept inside the
  /// line.
  uint32_t OffsetOfUtf16(uint32_t line, uint32_t column) const;

  std::string_view Text(Span span) const;
  Span SpanOf(uint32_t begin, uint32_t end) const { return {id_, begin, end}; }

 private:
  std::string_view UpTo(uint32_t offset) const;  // the part of offset's line that precedes it

  FileId id_;
  std::string name_;
  std::string bytes_;
  std::vector<uint32_t> line_begins_;
  uint32_t byte_order_mark_bytes_ = 0;
  bool is_ascii_ = true;
};

/// Why text cannot be rule text.
enum class TextFault : uint8_t { kTooLarge, kNotUtf8, kNul };

struct TextProblem {
  TextFault fault;
  uint32_t line = 0;  ///< of the first bad byte, from 1; 0 for kTooLarge
  uint8_t byte = 0;   ///< the first bad byte
};

/// The first thing wrong with `bytes`, or nothing.
std::optional<TextProblem> CheckText(std::string_view bytes);
Error ToError(std::string_view name, const TextProblem& problem);

/// The bytes of a file on disk, unchecked; reads little more than a rule file may have.
Result<std::string> ReadBytes(const std::string& path);

class SourceSet {
 public:
  /// Reads, checks and keeps a file. `diagnostics::Load` does the same and reports a failure as a diagnostic.
  Result<FileId> Load(const std::string& path);
  /// Checks and keeps text that is already in memory, under a name to show.
  Result<FileId> AddText(std::string name, std::string text);

  const File& operator[](FileId id) const;
  size_t size() const { return files_.size(); }
  auto begin() const { return files_.begin(); }
  auto end() const { return files_.end(); }

 private:
  std::deque<File> files_;  // a deque: addresses of files, and views into them, stay valid as it grows
};

/// How many columns a terminal is taken to need: one per code point.
uint32_t DisplayWidth(std::string_view utf8);

}  // namespace mrule::source
