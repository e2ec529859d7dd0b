// SPDX-License-Identifier: Apache-2.0
// Lines and columns of a file.
#include "compiler/source/file.h"

#include <cstring>

namespace mrule::source {
namespace {

bool IsContinuation(char c) { return (static_cast<unsigned char>(c) & 0xC0) == 0x80; }

/// Code points that need a surrogate pair in UTF-16 start with such a byte.
bool StartsPair(char c) { return static_cast<unsigned char>(c) >= 0xF0; }

uint32_t CountCodePoints(std::string_view utf8) {
  uint32_t count = 0;
  for (char c : utf8) count += IsContinuation(c) ? 0 : 1;
  return count;
}

}  // namespace

File::File(FileId id, std::string name, std::string bytes)
    : id_(id), name_(std::move(name)), bytes_(std::move(bytes)) {
  if (bytes_.starts_with("\xEF\xBB\xBF")) {
    bytes_.erase(0, 3);
    byte_order_mark_bytes_ = 3;
  }
  line_begins_.push_back(0);
  unsigned char all_bits = 0;
  for (uint32_t i = 0; i < bytes_.size(); ++i) {
    all_bits |= static_cast<unsigned char>(bytes_[i]);
    if (bytes_[i] == '\n') line_begins_.push_back(i + 1);
  }
  is_ascii_ = all_bits < 0x80;
}

uint32_t File::LineOf(uint32_t offset) const {
  auto after = std::upper_bound(line_begins_.begin(), line_begins_.end(), offset);
  return static_cast<uint32_t>(after - line_begins_.begin());
}

uint32_t File::LineEnd(uint32_t line) const {
  if (line == line_count()) return size();
  uint32_t end = line_begins_[line] - 1;
  if (end > LineBegin(line) && bytes_[end - 1] == '\r') --end;
  return end;
}

std::string_view File::LineText(uint32_t line) const {
  return bytes().substr(LineBegin(line), LineEnd(line) - LineBegin(line));
}

std::string_view File::UpTo(uint32_t offset) const {
  offset = std::min(offset, size());
  uint32_t begin = LineBegin(LineOf(offset));
  return bytes().substr(begin, offset - begin);
}

uint32_t File::ByteColumn(uint32_t offset) const { return static_cast<uint32_t>(UpTo(offset).size()) + 1; }

uint32_t File::CodePointColumn(uint32_t offset) const {
  std::string_view before = UpTo(offset);
  return (is_ascii_ ? static_cast<uint32_t>(before.size()) : CountCodePoints(before)) + 1;
}

uint32_t File::Utf16Column(uint32_t offset) const {
  std::string_view before = UpTo(offset);
  if (is_ascii_) return static_cast<uint32_t>(before.size()) + 1;
  uint32_t column = CountCodePoints(before) + 1;
  for (char c : before) column += StartsPair(c) ? 1 : 0;
  return column;
}

uint32_t File::OffsetOfUtf16(uint32_t line, uint32_t column) const {
  line = std::clamp(line, 1u, line_count());
  const uint32_t end = LineEnd(line);
  uint32_t offset = LineBegin(line);
  uint32_t units = 1;
  while (offset < end && units < column) {
    const uint32_t width = StartsPair(bytes_[offset]) ? 2 : 1;
    if (units + width > column) break;  // a column in the middle of a pair means the pair's begin
    units += width;
    do {
      ++offset;
    } while (offset < end && IsContinuation(bytes_[offset]));
  }
  return offset;
}

std::string_view File::Text(Span span) const {
  const uint32_t begin = std::min(span.begin, size());
  const uint32_t end = std::clamp(span.end, begin, size());
  return bytes().substr(begin, end - begin);
}

uint32_t DisplayWidth(std::string_view utf8) { return CountCodePoints(utf8); }

}  // namespace mrule::source
