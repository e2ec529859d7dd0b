// SPDX-License-Identifier: Apache-2.0
// One block that unread bytes are moved to the front of. Blocks and not mmap: a file that shrinks while it is
// mapped kills the process, pipes need this path anyway, and copying from the page cache is small beside
// parsing.
#include "runtime/json/line_source.h"

#include <fcntl.h>
#include <poll.h>
#include <sys/stat.h>
#include <unistd.h>

#include <algorithm>
#include <cerrno>
#include <cstring>

#include "compiler/base/check.h"
#include "runtime/json/reader.h"

namespace mrule::runtime {

static_assert(LineSource::kPadding >= JsonReader::kPadding);

Result<std::unique_ptr<LineSource>> LineSource::Open(const std::string& path) {
  if (path == "-") return std::make_unique<LineSource>(STDIN_FILENO, /*owned=*/false, "standard input");
  const int fd = open(path.c_str(), O_RDONLY | O_CLOEXEC);
  if (fd < 0) return Error{"cannot open `" + path + "`: " + std::strerror(errno)};
  struct stat info;
  if (fstat(fd, &info) == 0 && S_ISDIR(info.st_mode)) {
    close(fd);
    return Error{"cannot read `" + path + "`: it is a folder"};
  }
  if (S_ISREG(info.st_mode)) posix_fadvise(fd, 0, 0, POSIX_FADV_SEQUENTIAL);
  return std::make_unique<LineSource>(fd, /*owned=*/true, "`" + path + "`");
}

LineSource::LineSource(int fd, bool owned, std::string name, size_t block_bytes)
    : fd_(fd), owned_(owned), name_(std::move(name)), capacity_(std::max<size_t>(block_bytes, 16)) {
  block_ = std::make_unique<char[]>(capacity_ + kPadding);
}

LineSource::~LineSource() {
  if (owned_) close(fd_);
}

LineSource::Buffer LineSource::Lines(size_t end) {
  Buffer buffer;
  buffer.kind = Buffer::Kind::kLines;
  buffer.text = {block_.get() + begin_, end - begin_};
  buffer.last = at_end_ && end == end_;
  handed_out_ = buffer.text.size();
  begin_ = end;
  scanned_ = end;
  return buffer;
}

Result<LineSource::Buffer> LineSource::Next(size_t unread) {
  MR_CHECK(unread <= handed_out_, "only bytes of the previous buffer can come again");
  begin_ -= unread;
  scanned_ = unread == 0 ? std::max(scanned_, begin_) : begin_;
  handed_out_ = 0;
  for (;;) {
    // The last line end among what is here.
    if (scanned_ < end_) {
      const void* found = memrchr(block_.get() + scanned_, '\n', end_ - scanned_);
      if (found != nullptr)
        return Lines(static_cast<size_t>(static_cast<const char*>(found) - block_.get()) + 1);
      scanned_ = end_;
    }
    if (at_end_) return begin_ == end_ ? Buffer() : Lines(end_);
    // No line end, and already more than a line may have, counting a carriage return that may belong to the
    // line end.
    if (end_ - begin_ > limits::kLineBytesMax + 1) {
      if (Result<void> skipped = SkipLongLine(); !skipped.ok()) return skipped.error();
      Buffer buffer;
      buffer.kind = Buffer::Kind::kLongLine;
      buffer.text = long_line_;
      return buffer;
    }
    if (Result<void> filled = Fill(); !filled.ok()) return filled.error();
  }
}

bool LineSource::Ready() const {
  if (at_end_ || (begin_ < end_ && memrchr(block_.get() + begin_, '\n', end_ - begin_) != nullptr)) return true;
  pollfd wanted{fd_, POLLIN, 0};
  return poll(&wanted, 1, 0) != 0;  // a file is always ready; what cannot be polled says so when it is read
}

Result<void> LineSource::Fill() {
  if (begin_ > 0) {
    std::memmove(block_.get(), block_.get() + begin_, end_ - begin_);
    end_ -= begin_;
    scanned_ -= begin_;
    begin_ = 0;
  }
  if (end_ == capacity_) {  // one line fills the block
    const size_t grown = std::min(capacity_ * 2, std::max(limits::kLineBytesMax + 2, capacity_ + 1));
    auto block = std::make_unique<char[]>(grown + kPadding);
    std::memcpy(block.get(), block_.get(), end_);
    block_ = std::move(block);
    capacity_ = grown;
  }
  for (;;) {
    const ssize_t got = read(fd_, block_.get() + end_, capacity_ - end_);
    if (got < 0 && errno == EINTR) continue;
    if (got < 0) return Error{"cannot read " + name_ + ": " + std::strerror(errno)};
    at_end_ = got == 0;
    end_ += static_cast<size_t>(got);
    bytes_read_ += static_cast<size_t>(got);
    return {};
  }
}

Result<void> LineSource::SkipLongLine() {
  long_line_.assign(block_.get() + begin_, std::min(end_ - begin_, JsonReader::kLongLineBytesKept));
  for (;;) {
    const void* found = end_ > begin_ ? std::memchr(block_.get() + begin_, '\n', end_ - begin_) : nullptr;
    if (found != nullptr) {
      begin_ = static_cast<size_t>(static_cast<const char*>(found) - block_.get()) + 1;
      scanned_ = begin_;
      return {};
    }
    begin_ = end_ = scanned_ = 0;
    if (at_end_) return {};
    if (Result<void> filled = Fill(); !filled.ok()) return filled;
  }
}

}  // namespace mrule::runtime
