// SPDX-License-Identifier: Apache-2.0
// One line on a terminal that says how far a run is, rewritten a few times a second and wiped at the end.
#pragma once

#include <chrono>
#include <cstdint>

namespace mrule::cli {

class Progress {
 public:
  /// `bytes_total`: the input's size, 0 if unknown.
  Progress(bool enabled, uint64_t bytes_total) : enabled_(enabled), bytes_total_(bytes_total), begin_(Clock::now()) {}
  ~Progress() { Wipe(); }
  Progress(const Progress&) = delete;
  Progress& operator=(const Progress&) = delete;

  void Update(uint64_t bytes, uint64_t events);
  void Wipe();

 private:
  using Clock = std::chrono::steady_clock;
  bool enabled_;
  bool shown_ = false;
  uint64_t bytes_total_;
  Clock::time_point begin_;
  Clock::time_point next_{};
};

}  // namespace mrule::cli
