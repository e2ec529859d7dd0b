// SPDX-License-Identifier: Apache-2.0
#include "tools/cli/file_watch.h"

#include <poll.h>
#include <sys/inotify.h>
#include <unistd.h>

#include <algorithm>
#include <cerrno>
#include <cstring>
#include <filesystem>

namespace mrule::cli {
namespace {

constexpr uint32_t kEvents = IN_CLOSE_WRITE | IN_MOVED_TO | IN_MOVED_FROM | IN_CREATE | IN_DELETE;
constexpr int kQuietMs = 50;  // an editor's several steps are one change

Error Failed(const std::string& what) { return Error{what + ": " + std::strerror(errno)}; }

}  // namespace

Result<std::unique_ptr<FileWatch>> FileWatch::Start(const std::vector<std::string>& paths) {
  const int fd = inotify_init1(IN_CLOEXEC | IN_NONBLOCK);
  if (fd < 0) return Failed("cannot watch files");
  std::unique_ptr<FileWatch> watch(new FileWatch(fd));
  for (const std::string& path : paths) {
    std::error_code error;
    if (!std::filesystem::is_directory(path, error)) {
      const std::filesystem::path file(path);
      const std::string folder = file.has_parent_path() ? file.parent_path().string() : ".";
      if (Result<void> added = watch->Add(folder, file.filename().string()); !added.ok()) return added.error();
      continue;
    }
    if (Result<void> added = watch->Add(path, {}); !added.ok()) return added.error();
    for (std::filesystem::recursive_directory_iterator at(path, error), end; !error && at != end; at.increment(error)) {
      if (!at->is_directory(error)) continue;
      if (Result<void> added = watch->Add(at->path().string(), {}); !added.ok()) return added.error();
    }
  }
  return watch;
}

FileWatch::~FileWatch() { close(fd_); }

Result<void> FileWatch::Add(const std::string& folder, std::string name) {
  const int descriptor = inotify_add_watch(fd_, folder.c_str(), kEvents);
  if (descriptor < 0) return Failed("cannot watch `" + folder + "`");
  auto known = std::find_if(folders_.begin(), folders_.end(), [&](const Folder& one) { return one.descriptor == descriptor; });
  if (known == folders_.end()) {
    Folder& made = folders_.emplace_back(Folder{descriptor, folder, {}});
    if (!name.empty()) made.names.push_back(std::move(name));
  } else if (name.empty()) {
    known->names.clear();
  } else if (!known->names.empty()) {
    known->names.push_back(std::move(name));
  }
  return {};
}

bool FileWatch::IsOurs(int folder, const std::string& name) const {
  const auto known = std::find_if(folders_.begin(), folders_.end(), [&](const Folder& one) { return one.descriptor == folder; });
  if (known == folders_.end()) return false;
  if (known->names.empty()) return name.ends_with(".mrule");
  return std::find(known->names.begin(), known->names.end(), name) != known->names.end();
}

Result<bool> FileWatch::Take() {
  alignas(inotify_event) char buffer[16 << 10];
  bool ours = false;
  while (true) {
    const ssize_t size = read(fd_, buffer, sizeof buffer);
    if (size < 0 && errno == EINTR) continue;
    if (size < 0 && errno == EAGAIN) return ours;
    if (size <= 0) return Failed("cannot watch files any more");
    for (ssize_t at = 0; at < size;) {
      const auto* event = reinterpret_cast<const inotify_event*>(buffer + at);
      at += static_cast<ssize_t>(sizeof(inotify_event) + event->len);
      if ((event->mask & IN_Q_OVERFLOW) != 0) ours = true;
      if (event->len != 0 && IsOurs(event->wd, event->name)) ours = true;
      // A new folder below a watched one holds rule files too.
      if ((event->mask & IN_ISDIR) == 0 || (event->mask & (IN_CREATE | IN_MOVED_TO)) == 0) continue;
      const auto folder = std::find_if(folders_.begin(), folders_.end(), [&](const Folder& one) { return one.descriptor == event->wd; });
      if (folder == folders_.end() || !folder->names.empty()) continue;
      const std::string path = folder->path + "/" + event->name;
      if (Add(path, {}).ok()) ours = true;  // it may be gone again
    }
  }
}

Result<void> FileWatch::Wait() {
  bool changed = false;
  while (true) {
    pollfd one{fd_, POLLIN, 0};
    const int ready = poll(&one, 1, changed ? kQuietMs : -1);
    if (ready < 0 && errno == EINTR) continue;
    if (ready < 0) return Failed("cannot watch files any more");
    if (ready == 0) return {};
    Result<bool> taken = Take();
    if (!taken.ok()) return taken.error();
    changed |= taken.value();
  }
}

}  // namespace mrule::cli
