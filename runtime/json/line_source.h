// SPDX-License-Identifier: Apache-2.0
// A file, a pipe or standard input as buffers of whole lines for the JSON reader. Holds one block (grown at
// most to the longest allowed line) and its padding; a longer line is skipped as it streams by, and only its
// beginning is kept. Reads no clock and waits for nothing but the input.
#pragma once

#include <cstddef>
#include <cstdint>
#include <memory>
#include <string>
#include <string_view>

#include "compiler/base/limits.h"
#include "compiler/base/result.h"

namespace mrule::runtime {

class LineSource {
 public:
  static constexpr size_t kBlockBytes = size_t{4} << 20;
  /// Readable bytes behind every buffer, for simdjson.
  static constexpr size_t kPadding = 64;

  /// `path` is a file, or `-` for standard input.
  static Result<std::unique_ptr<LineSource>> Open(const std::string& path);
  /// Reads `fd`, which is closed at the end if `owned`. `name` is for errors. The block's size is for tests.
  LineSource(int fd, bool owned, std::string name, size_t block_bytes = kBlockBytes);
  ~LineSource();
  LineSource(const LineSource&) = delete;
  LineSource& operator=(const LineSource&) = delete;

  struct Buffer {
    enum class Kind : uint8_t {
      kLines,     ///< whole lines; the last one of the input may lack its line end
      kLongLine,  ///< the beginning of one line longer than limits::kLineBytesMax; the rest of it is gone
      kEnd,       ///< no more
    } kind = Kind::kEnd;
    std::string_view text;  ///< valid until the next call
    bool last = false;      ///< kLines: nothing follows
  };

  /// The next lines. `unread` bytes at the end of the previous kLines buffer come again, at the front.
  Result<Buffer> Next(size_t unread = 0);

  /// Whether Next would not wait: a file, bytes at hand, or the end.
  bool Ready() const;
  int fd() const { return fd_; }
  uint64_t bytes_read() const { return bytes_read_; }

 private:
  Result<void> Fill();
  Result<void> SkipLongLine();
  Buffer Lines(size_t end);

  int fd_;
  bool owned_;
  std::string name_;
  std::unique_ptr<char[]> block_;
  size_t capacity_ = 0;    // without padding
  size_t begin_ = 0;       // first byte not handed out
  size_t end_ = 0;         // past the last byte read
  size_t scanned_ = 0;     // no line end between begin_ and here
  size_t handed_out_ = 0;  // size of the previous kLines buffer
  bool at_end_ = false;
  uint64_t bytes_read_ = 0;
  std::string long_line_;  // the beginning of the long line last met
};

}  // namespace mrule::runtime
