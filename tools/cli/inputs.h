// SPDX-License-Identifier: Apache-2.0
// The sources of `mrule run`: what --events says of them, and how they are read side by side, always the one that is furthest
// behind in event time. A file is simply read; a pipe of which nothing comes is passed over, and holds the clock back for its idle time.
#pragma once

#include <cstdint>
#include <functional>
#include <memory>
#include <string>
#include <string_view>
#include <vector>

#include "compiler/base/result.h"
#include "runtime/json/line_source.h"
#include "tools/library/execution.h"

namespace mrule::cli {

struct InputOptions {
  std::string path;
  library::ExecutionSource source;
};

/// Reads `[NAME=]FILE[;lateness=DURATION][;idle=DURATION]` of each --events; names are unique afterwards.
Result<std::vector<InputOptions>> ReadInputs(const std::vector<std::string>& events);

class Inputs {
 public:
  static Result<Inputs> Open(const std::vector<InputOptions>& options);

  /// Until all have ended, `stop` says so, or one cannot be read. `after` is called after each piece.
  Result<void> FeedAll(library::Execution& execution, const std::function<bool()>& stop, const std::function<void()>& after);

  uint64_t bytes_read() const;
  /// Of all, if all are files; else 0.
  uint64_t bytes_total() const { return bytes_total_; }

 private:
  struct Input {
    std::unique_ptr<runtime::LineSource> source;
    bool is_file = false;
    bool ended = false;
    std::string_view lines;  ///< read and not applied
    bool last = false;       ///< nothing follows `lines`
  };
  /// The one to be read next; -1: nothing is ready but some may come.
  int Choose(library::Execution& execution) const;
  void Wait() const;
  Result<void> Take(library::Execution& execution, uint32_t index, const std::function<void()>& after);

  std::vector<Input> inputs_;
  uint64_t bytes_total_ = 0;
};

}  // namespace mrule::cli
