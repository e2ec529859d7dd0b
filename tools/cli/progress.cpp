// SPDX-License-Identifier: Apache-2.0
#include "tools/cli/progress.h"

#include <fmt/format.h>

#include "tools/cli/output.h"
#include "tools/cli/summary.h"

namespace mrule::cli {

void Progress::Update(uint64_t bytes, uint64_t events) {
  if (!enabled_) return;
  const Clock::time_point now = Clock::now();
  if (now < next_) return;
  next_ = now + std::chrono::milliseconds(200);
  const double seconds = std::chrono::duration<double>(now - begin_).count();
  std::string line = fmt::format("\r\x1b[K{} events", Grouped(events));
  if (seconds > 0) line += fmt::format(", {}/s", Grouped(static_cast<uint64_t>(static_cast<double>(events) / seconds)));
  if (bytes_total_ != 0) {
    line += fmt::format(", {:.0f}%", 100.0 * static_cast<double>(bytes) / static_cast<double>(bytes_total_));
  }
  WriteStderr(line);
  shown_ = true;
}

void Progress::Wipe() {
  if (shown_) WriteStderr("\r\x1b[K");
  shown_ = false;
}

}  // namespace mrule::cli
