// SPDX-License-Identifier: Apache-2.0
// Spans, the line table, columns, and what is turned away on loading.
#include <gtest/gtest.h>

#include <cstdio>
#include <fstream>

#include "compiler/base/limits.h"
#include "compiler/source/file.h"

namespace mrule::source {
namespace {

const File& Add(SourceSet& sources, std::string text) {
  Result<FileId> id = sources.AddText("rules.mrule", std::move(text));
  EXPECT_TRUE(id.ok()) << (id.ok() ? "" : id.error().message);
  return sources[id.value()];
}

std::string ErrorOf(std::string text) {
  SourceSet sources;
  Result<FileId> id = sources.AddText("rules.mrule", std::move(text));
  return id.ok() ? "accepted" : id.error().message;
}

TEST(Span, JoinCoversBothAndIgnoresNone) {
  const FileId file(size_t{0});
  EXPECT_EQ(Join({file, 5, 7}, {file, 1, 2}), (Span{file, 1, 7}));
  EXPECT_EQ(Join(Span::None(), {file, 1, 2}), (Span{file, 1, 2}));
  EXPECT_EQ(Join({file, 1, 2}, Span::None()), (Span{file, 1, 2}));
}

TEST(Span, OrderIsFileThenPositionAndNoneIsLast) {
  const FileId first(size_t{0}), second(size_t{1});
  EXPECT_LT((Span{first, 9, 9}), (Span{second, 0, 0}));
  EXPECT_LT((Span{first, 1, 2}), (Span{first, 1, 3}));
  EXPECT_LT((Span{second, 1, 2}), Span::None());
}

TEST(File, EmptyTextHasOneLine) {
  SourceSet sources;
  const File& file = Add(sources, "");
  EXPECT_EQ(file.line_count(), 1u);
  EXPECT_EQ(file.LineText(1), "");
  EXPECT_EQ(file.PositionOf(0), (Position{1, 1}));
  EXPECT_EQ(file.PositionOf(99), (Position{1, 1}));
}

TEST(File, LinesEndAtLfOrCrLf) {
  SourceSet sources;
  const File& file = Add(sources, "ab\r\ncd\n\nx\ry");
  ASSERT_EQ(file.line_count(), 4u);
  EXPECT_EQ(file.LineText(1), "ab");
  EXPECT_EQ(file.LineText(2), "cd");
  EXPECT_EQ(file.LineText(3), "");
  EXPECT_EQ(file.LineText(4), "x\ry");  // a lone CR breaks no line
  EXPECT_EQ(file.LineOf(3), 1u);        // the LF belongs to the line it ends
  EXPECT_EQ(file.LineOf(4), 2u);
  EXPECT_EQ(file.PositionOf(5), (Position{2, 2}));
}

TEST(File, ColumnsCountBytesCodePointsAndUtf16Units) {
  SourceSet sources;
  const File& file =
      Add(sources, "x\n\t€😀b");  // tab 1 byte, euro 3 bytes, emoji 4 bytes and two UTF-16 units
  const uint32_t b = 2 + 1 + 3 + 4;
  EXPECT_EQ(file.ByteColumn(b), 9u);
  EXPECT_EQ(file.CodePointColumn(b), 4u);
  EXPECT_EQ(file.Utf16Column(b), 5u);
  EXPECT_EQ(DisplayWidth(file.LineText(2)), 4u);
  EXPECT_EQ(file.OffsetOfUtf16(2, 5), b);
  EXPECT_EQ(file.OffsetOfUtf16(2, 4), b - 4);  // inside the pair: its begin
  EXPECT_EQ(file.OffsetOfUtf16(2, 99), b + 1);
  EXPECT_EQ(file.OffsetOfUtf16(99, 1), 2u);
  EXPECT_EQ(file.OffsetOfUtf16(1, 99), 1u);  // not past the line break
}

TEST(File, EveryOffsetComesBackFromItsUtf16Column) {
  SourceSet sources;
  const File& file = Add(sources, "aé\r\n😀€z\n\nend");
  for (uint32_t offset = 0; offset <= file.size(); ++offset) {
    const bool inside =
        offset < file.size() && (static_cast<unsigned char>(file.bytes()[offset]) & 0xC0) == 0x80;
    const uint32_t line = file.LineOf(offset);
    if (inside || offset > file.LineEnd(line)) continue;
    EXPECT_EQ(file.OffsetOfUtf16(line, file.Utf16Column(offset)), offset);
  }
}

TEST(File, ByteOrderMarkIsDropped) {
  SourceSet sources;
  const File& file = Add(sources, "\xEF\xBB\xBFwhen");
  EXPECT_EQ(file.bytes(), "when");
  EXPECT_EQ(file.byte_order_mark_bytes(), 3u);
  EXPECT_EQ(file.Text(file.SpanOf(1, 3)), "he");
  EXPECT_EQ(file.Text(file.SpanOf(2, 99)), "en");
}

TEST(CheckText, NamesTheLineOfTheFirstBadByte) {
  EXPECT_EQ(ErrorOf("when\nroas\n\x80 x"),
            "line 3 of `rules.mrule` has the byte 0x80, which is not UTF-8 text");
  EXPECT_EQ(ErrorOf(std::string("when\n\0x", 7)),
            "line 2 of `rules.mrule` has a zero byte, which rule text may not hold");
  EXPECT_EQ(ErrorOf(std::string("\0abcdefghijk", 12)),
            "line 1 of `rules.mrule` has a zero byte, which rule text may not hold");
}

TEST(CheckText, AcceptsExactlyTheUtf8ThatUnicodeDefines) {
  for (const char* good : {"\x7F", "\xC2\x80", "\xDF\xBF", "\xE0\xA0\x80", "\xED\x9F\xBF", "\xEE\x80\x80",
                           "\xEF\xBF\xBF", "\xF0\x90\x80\x80", "\xF4\x8F\xBF\xBF"}) {
    EXPECT_FALSE(CheckText(good).has_value()) << good;
    EXPECT_FALSE(CheckText(std::string("seven a") + good + "and the rest").has_value()) << good;
  }
  for (const char* bad : {"\x80", "\xBF", "\xC0\x80", "\xC1\xBF", "\xE0\x9F\xBF", "\xED\xA0\x80",
                          "\xED\xBF\xBF", "\xF0\x8F\xBF\xBF", "\xF4\x90\x80\x80", "\xF5\x80\x80\x80", "\xFF",
                          "\xC3", "\xE2\x82", "\xF0\x9F\x98", "\xC3x", "\xE2\x82x", "\xF0\x9F\x98x"}) {
    EXPECT_TRUE(CheckText(bad).has_value());
    EXPECT_TRUE(CheckText(std::string("seven a") + bad + "and the rest").has_value());
  }
}

TEST(CheckText, CapsTheSize) {
  std::string text(limits::kSourceBytesMax, ' ');
  EXPECT_FALSE(CheckText(text).has_value());
  text += ' ';
  ASSERT_TRUE(CheckText(text).has_value());
  EXPECT_EQ(CheckText(text)->fault, TextFault::kTooLarge);
  EXPECT_EQ(ErrorOf(text), "`rules.mrule` is larger than 67108864 bytes, the most a rule file may have");
}

TEST(SourceSet, AddressesStayAsItGrows) {
  SourceSet sources;
  const File* first = &Add(sources, "first");
  const std::string_view bytes = first->bytes();
  for (int i = 0; i < 1000; ++i) (void)Add(sources, "another");
  EXPECT_EQ(&sources[FileId(size_t{0})], first);
  EXPECT_EQ(bytes, "first");
  EXPECT_EQ(sources.size(), 1001u);
}

TEST(SourceSet, LoadsAFileAndSaysWhyItCannot) {
  const std::string path = testing::TempDir() + "mrule_source_test.mrule";
  std::ofstream(path, std::ios::binary) << "when opened welcome_2\r\nscore +10";
  SourceSet sources;
  Result<FileId> id = sources.Load(path);
  ASSERT_TRUE(id.ok());
  EXPECT_EQ(sources[id.value()].bytes(), "when opened welcome_2\r\nscore +10");
  EXPECT_EQ(sources[id.value()].name(), path);
  std::remove(path.c_str());

  Result<FileId> missing = sources.Load(path);
  ASSERT_FALSE(missing.ok());
  EXPECT_EQ(missing.error().message, "cannot read `" + path + "`: No such file or directory");
  Result<FileId> folder = sources.Load(testing::TempDir());
  ASSERT_FALSE(folder.ok());
  EXPECT_EQ(folder.error().message, "cannot read `" + testing::TempDir() + "`: Is a directory");
}

}  // namespace
}  // namespace mrule::source
