// SPDX-License-Identifier: Apache-2.0
#include "runtime/actions/file_writer.h"

#include <fcntl.h>
#include <unistd.h>

#include <cerrno>
#include <cstring>

namespace mrule::runtime {

Result<std::unique_ptr<FileWriter>> FileWriter::Create(const std::string& path) {
  if (path == "-") return std::make_unique<FileWriter>(STDOUT_FILENO, /*owned=*/false, "standard output");
  const int fd = open(path.c_str(), O_WRONLY | O_CREAT | O_TRUNC | O_CLOEXEC, 0666);
  if (fd < 0) return Error{"cannot create `" + path + "`: " + std::strerror(errno)};
  return std::make_unique<FileWriter>(fd, /*owned=*/true, "`" + path + "`");
}

FileWriter::FileWriter(int fd, bool owned, std::string name)
    : fd_(fd), owned_(owned), name_(std::move(name)) {
  buffer_.reserve(kBufferBytes);
}

FileWriter::~FileWriter() {
  if (fd_ >= 0) static_cast<void>(Close().ok());
}

void FileWriter::Write(std::string_view bytes) {
  bytes_written_ += bytes.size();
  if (buffer_.size() + bytes.size() > kBufferBytes) {
    WriteOut(buffer_);
    buffer_.clear();
    if (bytes.size() > kBufferBytes) return WriteOut(bytes);
  }
  buffer_ += bytes;
}

void FileWriter::WriteOut(std::string_view bytes) {
  while (!bytes.empty() && error_.empty()) {
    const ssize_t wrote = fd_ < 0 ? -1 : write(fd_, bytes.data(), bytes.size());
    if (wrote < 0) {
      if (fd_ >= 0 && errno == EINTR) continue;
      error_ = "cannot write " + name_ + ": " + (fd_ < 0 ? "it is closed" : std::strerror(errno));
      return;
    }
    bytes.remove_prefix(static_cast<size_t>(wrote));
  }
}

Result<void> FileWriter::Status() const {
  if (error_.empty()) return {};
  return Error{error_};
}

Result<void> FileWriter::Flush() {
  WriteOut(buffer_);
  buffer_.clear();
  return Status();
}

Result<void> FileWriter::Close() {
  if (fd_ < 0) return Status();
  WriteOut(buffer_);
  buffer_.clear();
  // A network file system may find out only now that it has no room.
  if (owned_ && close(fd_) != 0 && errno != EINTR && error_.empty()) {
    error_ = "cannot write " + name_ + ": " + std::strerror(errno);
  }
  fd_ = -1;
  return Status();
}

}  // namespace mrule::runtime
