// SPDX-License-Identifier: Apache-2.0
// Files and pipes as buffers of whole lines, with lines longer than memory should hold.
#include "runtime/json/line_source.h"

#include <fcntl.h>
#include <gtest/gtest.h>
#include <sys/resource.h>
#include <unistd.h>

#include <algorithm>
#include <cstdlib>
#include <random>
#include <thread>
#include <vector>

#include "runtime/json/reader.h"
#include "tests/unit/plan_fixture.h"

namespace mrule::runtime {
namespace {

using Kind = LineSource::Buffer::Kind;

/// A pipe whose other end is written by a thread, in pieces.
class Pipe {
 public:
  template <typename Write>
  explicit Pipe(Write write) {
    int ends[2];
    EXPECT_EQ(pipe(ends), 0);
    read_end_ = ends[0];
    writer_ = std::thread([write, fd = ends[1]] {
      write([fd](std::string_view bytes) {
        while (!bytes.empty()) {
          const ssize_t wrote = ::write(fd, bytes.data(), bytes.size());
          if (wrote <= 0) break;
          bytes.remove_prefix(static_cast<size_t>(wrote));
        }
      });
      close(fd);
    });
  }
  ~Pipe() { writer_.join(); }
  int read_end() const { return read_end_; }

 private:
  int read_end_ = -1;
  std::thread writer_;
};

struct Seen {
  std::string lines;  // kLines buffers put together
  std::vector<std::string> long_lines;
  bool last = false;
};

Seen ReadAll(LineSource& source) {
  Seen seen;
  for (;;) {
    auto next = source.Next();
    EXPECT_TRUE(next.ok());
    if (!next.ok() || next.value().kind == Kind::kEnd) return seen;
    EXPECT_FALSE(seen.last) << "nothing follows the last buffer";
    if (next.value().kind == Kind::kLongLine) {
      seen.long_lines.emplace_back(next.value().text);
      seen.lines += "<long>\n";
      continue;
    }
    seen.lines += next.value().text;
    seen.last = next.value().last;
    if (!seen.last) {
      EXPECT_EQ(next.value().text.back(), '\n');
    }
    volatile char beyond = next.value().text.data()[next.value().text.size() + LineSource::kPadding - 1];
    static_cast<void>(beyond);
  }
}

TEST(LineSource, WholeLinesFromAnyPieces) {
  std::mt19937 random(5);
  for (int round = 0; round < 40; ++round) {
    std::string text;
    for (int i = 0; i < 200; ++i)
      text += std::string(random() % 60, static_cast<char>('a' + i % 26)) + (i % 7 == 0 ? "\r\n" : "\n");
    if (round % 2 == 0) text += "no line end";
    const size_t piece = 1 + random() % 100;
    Pipe pipe([&](auto write) {
      for (size_t i = 0; i < text.size(); i += piece) write(std::string_view(text).substr(i, piece));
    });
    LineSource source(pipe.read_end(), true, "a pipe", 16 + random() % 200);
    const Seen seen = ReadAll(source);
    EXPECT_EQ(seen.lines, text);
    EXPECT_EQ(seen.last, round % 2 == 0);
    EXPECT_EQ(source.bytes_read(), text.size());
  }
}

TEST(LineSource, UnreadLinesComeAgain) {
  Pipe pipe([](auto write) { write("one\ntwo\nthree\n"); });
  LineSource source(pipe.read_end(), true, "a pipe");
  std::string all;
  size_t unread = 0;
  for (;;) {
    auto next = source.Next(unread);
    ASSERT_TRUE(next.ok());
    if (next.value().kind == Kind::kEnd) break;
    const std::string_view text = next.value().text;
    const size_t line = text.find('\n') + 1;
    all += std::string(text.substr(0, line)) + "|";
    unread = text.size() - line;
  }
  EXPECT_EQ(all, "one\n|two\n|three\n|");
}

TEST(LineSource, AHundredMegabyteLineIsSkippedInLittleMemory) {
  rusage before;
  getrusage(RUSAGE_SELF, &before);
  const std::string good = R"({"type":"opened","contact":"c1","at":"2026-01-01"})"
                           "\n";
  Pipe pipe([&](auto write) {
    write(good);
    const std::string block(1 << 20, 'x');
    write("{\"type\":\"opened\",\"x\":\"");
    for (int i = 0; i < 100; ++i) write(block);
    write("\"}\n");
    write(good);
  });
  LineSource source(pipe.read_end(), true, "a pipe");
  struct : RejectSink {
    void OnReject(uint64_t line, std::string_view code, std::string_view, std::string_view raw) override {
      text += std::to_string(line) + " " + std::string(code) + " " + std::to_string(raw.size()) + "\n";
    }
    std::string text;
  } rejects;
  const auto program = test::LoadPlan(test::SmallPlan());
  JsonReader reader(*program, rejects);
  EventBatch batch;
  for (;;) {
    auto next = source.Next();
    ASSERT_TRUE(next.ok());
    if (next.value().kind == Kind::kEnd) break;
    if (next.value().kind == Kind::kLongLine) {
      reader.RejectLongLine(next.value().text);
    } else {
      EXPECT_EQ(reader.Read(next.value().text, next.value().last, 1000, batch), next.value().text.size());
    }
  }
  EXPECT_EQ(rejects.text, "2 R0712 1000\n");
  EXPECT_EQ(reader.lines(), 3u);
  ASSERT_EQ(batch.events.size(), 2u);
  EXPECT_EQ(batch.events[1].line, 3u);
  rusage after;
  getrusage(RUSAGE_SELF, &after);
  EXPECT_LT(after.ru_maxrss - before.ru_maxrss, 64 << 10) << "kilobytes";
}

TEST(LineSource, ALongLineAtTheEndWithoutALineEnd) {
  Pipe pipe([](auto write) { write(std::string(limits::kLineBytesMax + 2, 'x')); });
  LineSource source(pipe.read_end(), true, "a pipe");
  const Seen seen = ReadAll(source);
  ASSERT_EQ(seen.long_lines.size(), 1u);
  EXPECT_EQ(seen.long_lines[0], std::string(JsonReader::kLongLineBytesKept, 'x'));
}

TEST(LineSource, TheLongestAllowedLineComesWhole) {
  const std::string line(limits::kLineBytesMax, 'x');
  Pipe pipe([&](auto write) { write("a\n" + line + "\r\nb"); });
  LineSource source(pipe.read_end(), true, "a pipe");
  const Seen seen = ReadAll(source);
  EXPECT_TRUE(seen.long_lines.empty());
  EXPECT_EQ(seen.lines.size(), line.size() + 5);
}

TEST(LineSource, EmptyInputAndErrors) {
  auto empty = LineSource::Open("/dev/null");
  ASSERT_TRUE(empty.ok());
  auto next = empty.value()->Next();
  ASSERT_TRUE(next.ok());
  EXPECT_EQ(next.value().kind, Kind::kEnd);
  auto missing = LineSource::Open("/nonexistent/events.jsonl");
  ASSERT_FALSE(missing.ok());
  EXPECT_EQ(missing.error().message, "cannot open `/nonexistent/events.jsonl`: No such file or directory");
  auto folder = LineSource::Open("/");
  ASSERT_FALSE(folder.ok());
  EXPECT_EQ(folder.error().message, "cannot read `/`: it is a folder");
  LineSource closed(-1, false, "a closed pipe");
  auto failed = closed.Next();
  ASSERT_FALSE(failed.ok());
  EXPECT_EQ(failed.error().message, "cannot read a closed pipe: Bad file descriptor");
}

}  // namespace
}  // namespace mrule::runtime
