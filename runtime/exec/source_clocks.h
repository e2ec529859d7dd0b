// SPDX-License-Identifier: Apache-2.0
// The sources of a run and how far each has come (S16). A source's clock is the newest instant it has told of, less its lateness;
// the watermark, which no record may be behind, is the lowest clock of the sources that count: those that have not ended, but for
// those that are silent and lag by more than their idle time. It never goes back. Owned by the runner; time is event time.
#pragma once

#include <cstdint>
#include <limits>
#include <string>
#include <vector>

namespace mrule::runtime {

struct SourceOptions {
  std::string name;             ///< for late and rejected records and snapshots; empty where there is only one
  int64_t lateness_micros = 0;  ///< how far its records may be out of order
  int64_t idle_micros = 0;      ///< how far it may lag while nothing comes of it
};

class SourceClocks {
 public:
  static constexpr int64_t kNever = std::numeric_limits<int64_t>::min();

  explicit SourceClocks(std::vector<SourceOptions> sources);

  size_t size() const { return sources_.size(); }
  const SourceOptions& options(uint32_t source) const { return sources_[source].options; }
  /// kNever: nothing has come of it.
  int64_t newest(uint32_t source) const { return sources_[source].newest; }
  int64_t ClockOf(uint32_t source) const;
  bool ended(uint32_t source) const { return sources_[source].ended; }
  int64_t watermark() const { return watermark_; }

  void Saw(uint32_t source, int64_t at);
  void SetEnded(uint32_t source, bool ended) { sources_[source].ended = ended; }
  /// Whether the source may be one of which nothing comes; one that is only read later (a file) is not.
  void SetSilent(uint32_t source, bool silent) { sources_[source].silent = silent; }
  /// Computes the watermark anew and returns it.
  int64_t Advance();
  /// The watermark is at least this.
  void Raise(int64_t at);
  /// For restored runs: a source that the state knows of and this run does not read, or nothing new of one that it does.
  uint32_t Restore(const std::string& name, int64_t newest);

 private:
  struct Source {
    SourceOptions options;
    int64_t newest = kNever;
    bool silent = true;
    bool ended = false;
  };

  std::vector<Source> sources_;
  int64_t watermark_ = kNever;
  int64_t first_ = kNever;  ///< the clock at the first record of all: where a source stands of which nothing has come yet
};

}  // namespace mrule::runtime
