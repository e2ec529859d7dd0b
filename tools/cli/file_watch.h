// SPDX-License-Identifier: Apache-2.0
// Waits until one of some files is written, made, moved or removed: inotify on the folders that hold them, because editors replace
// files rather than write them.
#pragma once

#include <memory>
#include <string>
#include <vector>

#include "compiler/base/result.h"

namespace mrule::cli {

class FileWatch {
 public:
  /// Files and folders; of a folder, every `*.mrule` below it.
  static Result<std::unique_ptr<FileWatch>> Start(const std::vector<std::string>& paths);
  ~FileWatch();
  FileWatch(const FileWatch&) = delete;
  FileWatch& operator=(const FileWatch&) = delete;

  /// Returns when something has changed and then been left alone for a moment. Fails if it cannot wait any more.
  Result<void> Wait();

 private:
  explicit FileWatch(int fd) : fd_(fd) {}
  Result<void> Add(const std::string& folder, std::string name);
  bool IsOurs(int folder, const std::string& name) const;
  /// Takes what there is to read; whether any of it is about one of the files.
  Result<bool> Take();

  struct Folder {
    int descriptor;
    std::string path;
    std::vector<std::string> names;   ///< of files; empty: all rule files
  };

  int fd_;
  std::vector<Folder> folders_;
};

}  // namespace mrule::cli
