// SPDX-License-Identifier: Apache-2.0
#include "tools/cli/output.h"

#include <fcntl.h>
#include <sys/stat.h>
#include <unistd.h>

#include <cerrno>
#include <cstdlib>
#include <cstring>
#include <filesystem>
#include <ostream>
#include <streambuf>
#include <system_error>

#include "runtime/actions/file_writer.h"

namespace mrule::cli {

namespace {

/// 0, or the number of the error.
int WriteAll(int fd, std::string_view bytes) {
  while (!bytes.empty()) {
    const ssize_t written = write(fd, bytes.data(), bytes.size());
    if (written < 0 && errno == EINTR) continue;
    if (written < 0) return errno;
    bytes.remove_prefix(static_cast<size_t>(written));
  }
  return 0;
}

std::string Shown(const std::string& path) { return path == "-" ? "standard output" : "`" + path + "`"; }

Error WriteError(const std::string& path, int error_number) {
  return Error{"cannot write " + Shown(path) + ": " + std::strerror(error_number)};
}

/// A FileWriter as the stream that snapshots are written to.
class WriterBuffer : public std::streambuf {
 public:
  explicit WriterBuffer(runtime::FileWriter& writer) : writer_(writer) {}

 protected:
  int_type overflow(int_type c) override {
    const char byte = traits_type::to_char_type(c);
    if (!traits_type::eq_int_type(c, traits_type::eof())) writer_.Write(std::string_view(&byte, 1));
    return writer_.failed() ? traits_type::eof() : traits_type::not_eof(c);
  }
  std::streamsize xsputn(const char* bytes, std::streamsize size) override {
    writer_.Write(std::string_view(bytes, static_cast<size_t>(size)));
    return writer_.failed() ? 0 : size;
  }

 private:
  runtime::FileWriter& writer_;
};

Result<void> FillWriter(runtime::FileWriter& writer, const std::function<Result<void>(std::ostream&)>& fill) {
  WriterBuffer buffer(writer);
  std::ostream out(&buffer);
  Result<void> filled = fill(out);
  Result<void> flushed = writer.Flush();  // says why, where the stream only says that
  return flushed.ok() ? filled : flushed;
}

/// Into `temporary`, an open file beside the one that `path` names.
Result<void> FillTemporary(int fd, mode_t mode, const std::string& path,
                           const std::function<Result<void>(std::ostream&)>& fill) {
  runtime::FileWriter writer(fd, /*owned=*/true, Shown(path));
  if (Result<void> filled = FillWriter(writer, fill); !filled.ok()) return filled;
  if (fchmod(fd, mode) != 0 || fsync(fd) != 0) return WriteError(path, errno);
  return writer.Close();
}

}  // namespace

Result<void> ReplaceFile(const std::string& path, const std::function<Result<void>(std::ostream&)>& fill) {
  struct stat info;
  const bool exists = path != "-" && stat(path.c_str(), &info) == 0;
  if (path == "-" || (exists && !S_ISREG(info.st_mode))) {
    Result<std::unique_ptr<runtime::FileWriter>> writer = runtime::FileWriter::Create(path);
    if (!writer.ok()) return writer.error();
    if (Result<void> filled = FillWriter(*writer.value(), fill); !filled.ok()) return filled;
    return writer.value()->Close();
  }
  // Beside the file itself, through links, so that the rename stays within one file system.
  std::error_code error;
  const std::filesystem::path resolved = std::filesystem::weakly_canonical(path, error);
  const std::string target = error ? path : resolved.string();
  std::string temporary = target + ".XXXXXX";
  const int fd = mkostemp(temporary.data(), O_CLOEXEC);
  if (fd < 0) return WriteError(path, errno);
  const mode_t mask = umask(0);
  umask(mask);
  Result<void> done = FillTemporary(fd, exists ? info.st_mode & 07777 : 0666 & ~mask, path, fill);
  if (done.ok() && rename(temporary.c_str(), target.c_str()) != 0) done = WriteError(path, errno);
  if (!done.ok()) unlink(temporary.c_str());
  return done;
}

bool SameFile(const std::string& a, const std::string& b) {
  struct stat info_a, info_b;
  return stat(a.c_str(), &info_a) == 0 && stat(b.c_str(), &info_b) == 0 && S_ISREG(info_a.st_mode) &&
         info_a.st_dev == info_b.st_dev && info_a.st_ino == info_b.st_ino;
}

Result<void> WriteStdout(std::string_view bytes) {
  if (const int error_number = WriteAll(STDOUT_FILENO, bytes); error_number != 0) return WriteError("-", error_number);
  return {};
}

void WriteStderr(std::string_view bytes) { static_cast<void>(WriteAll(STDERR_FILENO, bytes)); }

}  // namespace mrule::cli
