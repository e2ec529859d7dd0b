// SPDX-License-Identifier: Apache-2.0
// Buffered bytes to a file descriptor. The first failure (a full disk, a closed pipe) is kept, later writes
// do nothing, and Flush and Close report it: nothing is lost in silence. One writer serves one thread.
#pragma once

#include <cstddef>
#include <cstdint>
#include <memory>
#include <string>
#include <string_view>

#include "compiler/base/result.h"

namespace mrule::runtime {

class FileWriter {
 public:
  static constexpr size_t kBufferBytes = size_t{256} << 10;

  /// Creates or replaces the file; `-` is standard output.
  static Result<std::unique_ptr<FileWriter>> Create(const std::string& path);
  /// Writes to `fd`, which Close closes if `owned`. `name` is for errors.
  FileWriter(int fd, bool owned, std::string name);
  /// Flushes and closes; whoever has not called Close before does not want to know how it went.
  ~FileWriter();
  FileWriter(const FileWriter&) = delete;
  FileWriter& operator=(const FileWriter&) = delete;

  void Write(std::string_view bytes);
  Result<void> Flush();
  /// Flushes, closes and reports the first failure of all. The writer takes nothing afterwards.
  Result<void> Close();

  bool failed() const { return !error_.empty(); }
  uint64_t bytes_written() const { return bytes_written_; }  ///< accepted, flushed or not

 private:
  void WriteOut(std::string_view bytes);
  Result<void> Status() const;

  int fd_;
  bool owned_;
  std::string name_;
  std::string buffer_;
  std::string error_;
  uint64_t bytes_written_ = 0;
};

}  // namespace mrule::runtime
