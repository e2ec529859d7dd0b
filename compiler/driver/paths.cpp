// SPDX-License-Identifier: Apache-2.0
// From names on a command line to rule files.
#include <algorithm>
#include <filesystem>
#include <system_error>
#include <unordered_set>

#include "compiler/driver/analyze.h"

namespace mrule::driver {

namespace fs = std::filesystem;

namespace {

Result<std::vector<std::string>> FilesBelow(const std::string& folder) {
  std::vector<std::string> found;
  std::error_code error;
  fs::recursive_directory_iterator it(folder, error);
  while (!error && it != fs::recursive_directory_iterator()) {
    std::error_code ignored;  // an entry that is gone by now is none
    if (it->path().extension() == ".mrule" && it->is_regular_file(ignored)) found.push_back(it->path().string());
    it.increment(error);
  }
  if (error) return Error{"`" + folder + "` cannot be read: " + error.message()};
  if (found.empty()) return Error{"`" + folder + "` holds no .mrule file"};
  std::sort(found.begin(), found.end());
  return found;
}

/// One spelling for one file, as far as the file system tells.
std::string Identity(const std::string& path) {
  std::error_code error;
  const fs::path canonical = fs::weakly_canonical(path, error);
  return error ? path : canonical.string();
}

}  // namespace

Result<std::vector<SourceInput>> ExpandPaths(std::span<const std::string> paths) {
  std::vector<SourceInput> inputs;
  std::unordered_set<std::string> seen;
  for (const std::string& path : paths) {
    std::vector<std::string> files = {path};
    std::error_code error;
    const fs::file_status status = fs::status(path, error);
    if (!fs::exists(status)) return Error{"`" + path + "` cannot be read: " + (error ? error.message() : "no such file")};
    if (fs::is_directory(status)) {
      Result<std::vector<std::string>> below = FilesBelow(path);
      if (!below.ok()) return below.error();
      files = std::move(below).value();
    }
    for (std::string& file : files) {
      if (seen.insert(Identity(file)).second) inputs.push_back({std::move(file), std::nullopt});
    }
  }
  return inputs;
}

}  // namespace mrule::driver
