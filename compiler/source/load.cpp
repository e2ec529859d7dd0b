// SPDX-License-Identifier: Apache-2.0
// The way in: reading bytes and deciding whether they are rule text.
#include <cerrno>
#include <cstdio>
#include <cstring>
#include <memory>
#include <system_error>

#include "compiler/base/limits.h"
#include "compiler/source/file.h"

namespace mrule::source {
namespace {

uint8_t ByteAt(std::string_view bytes, size_t i) { return static_cast<uint8_t>(bytes[i]); }

bool IsContinuationAt(std::string_view bytes, size_t i) {
  return i < bytes.size() && (ByteAt(bytes, i) & 0xC0) == 0x80;
}

/// How many bytes the character at `i` has, or 0 if it is no UTF-8. Table 3-7 of the Unicode standard: the
/// second byte has a narrower range after E0, ED, F0 and F4, which shuts out overlong forms, surrogates and
/// what is past U+10FFFF.
size_t CharacterBytes(std::string_view bytes, size_t i) {
  const uint8_t lead = ByteAt(bytes, i);
  if (lead < 0x80) return 1;
  if (lead < 0xC2 || lead > 0xF4 || !IsContinuationAt(bytes, i + 1)) return 0;
  if (lead < 0xE0) return 2;
  const uint8_t second = ByteAt(bytes, i + 1);
  if (!IsContinuationAt(bytes, i + 2)) return 0;
  if (lead < 0xF0) return (lead == 0xE0 && second < 0xA0) || (lead == 0xED && second > 0x9F) ? 0 : 3;
  if (!IsContinuationAt(bytes, i + 3)) return 0;
  return (lead == 0xF0 && second < 0x90) || (lead == 0xF4 && second > 0x8F) ? 0 : 4;
}

/// Whether the eight bytes at `i` are ASCII without NUL, so that they need no closer look. May say no too
/// often.
bool IsPlainAscii8(std::string_view bytes, size_t i) {
  uint64_t word;
  std::memcpy(&word, bytes.data() + i, sizeof word);
  constexpr uint64_t kHigh = 0x8080808080808080u;
  constexpr uint64_t kOnes = 0x0101010101010101u;
  return ((word | (word - kOnes)) & kHigh) == 0;
}

TextProblem ProblemAt(TextFault fault, std::string_view bytes, size_t i) {
  const auto line = 1 + std::count(bytes.begin(), bytes.begin() + static_cast<ptrdiff_t>(i), '\n');
  return {fault, static_cast<uint32_t>(line), ByteAt(bytes, i)};
}

}  // namespace

std::optional<TextProblem> CheckText(std::string_view bytes) {
  if (bytes.size() > limits::kSourceBytesMax) return TextProblem{TextFault::kTooLarge, 0, 0};
  for (size_t i = 0; i < bytes.size();) {
    if (i + 8 <= bytes.size() && IsPlainAscii8(bytes, i)) {
      i += 8;
      continue;
    }
    if (bytes[i] == '\0') return ProblemAt(TextFault::kNul, bytes, i);
    const size_t width = CharacterBytes(bytes, i);
    if (width == 0) return ProblemAt(TextFault::kNotUtf8, bytes, i);
    i += width;
  }
  return std::nullopt;
}

Error ToError(std::string_view name, const TextProblem& problem) {
  const std::string place = "line " + std::to_string(problem.line) + " of `" + std::string(name) + "` has ";
  switch (problem.fault) {
    case TextFault::kTooLarge:
      return {"`" + std::string(name) + "` is larger than " + std::to_string(limits::kSourceBytesMax) +
              " bytes, the most a rule file may have"};
    case TextFault::kNotUtf8: {
      char hex[8];
      std::snprintf(hex, sizeof hex, "0x%02X", problem.byte);
      return {place + "the byte " + hex + ", which is not UTF-8 text"};
    }
    case TextFault::kNul:
      return {place + "a zero byte, which rule text may not hold"};
  }
  return {};
}

Result<std::string> ReadBytes(const std::string& path) {
  const auto failure = [&path] {
    return Error{"cannot read `" + path + "`: " + std::generic_category().message(errno)};
  };
  struct Closer {
    void operator()(std::FILE* file) const { std::fclose(file); }
  };
  std::unique_ptr<std::FILE, Closer> file(std::fopen(path.c_str(), "rb"));
  if (file == nullptr) return failure();
  std::string bytes;
  // Not sized by asking for the file's length: a pipe has none, and a growing file would outrun it.
  char buffer[1 << 16];
  while (bytes.size() <= limits::kSourceBytesMax) {
    const size_t got = std::fread(buffer, 1, sizeof buffer, file.get());
    bytes.append(buffer, got);
    if (got < sizeof buffer) {
      if (std::ferror(file.get()) != 0) return failure();
      return bytes;
    }
  }
  return bytes;
}

Result<FileId> SourceSet::AddText(std::string name, std::string text) {
  if (auto problem = CheckText(text)) return ToError(name, *problem);
  const FileId id(files_.size());
  files_.emplace_back(id, std::move(name), std::move(text));
  return id;
}

Result<FileId> SourceSet::Load(const std::string& path) {
  Result<std::string> bytes = ReadBytes(path);
  if (!bytes) return bytes.error();
  return AddText(path, std::move(bytes).value());
}

const File& SourceSet::operator[](FileId id) const {
  MR_CHECK(id.index() < files_.size(), "a file id comes from the set that is asked");
  return files_[id.index()];
}

}  // namespace mrule::source
