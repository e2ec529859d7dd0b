// SPDX-License-Identifier: Apache-2.0
// JSON lines to typed events: the door of simdjson. Reads only the fields that some rule reads, checks their
// types, and hands every line that is not a good record to the rejects, whole, with its number and a reason
// (S17); the run goes on.
#pragma once

#include <cstdint>
#include <memory>
#include <string_view>

#include "runtime/program/program.h"
#include "runtime/value/event.h"

namespace mrule::runtime {

/// Codes are rows R07xx of compiler/diagnostics/catalog.def.
class RejectSink {
 public:
  virtual ~RejectSink() = default;
  virtual void OnReject(uint64_t line, std::string_view code, std::string_view reason,
                        std::string_view raw) = 0;
  /// A line of one of several sources.
  virtual void OnRejectOf(std::string_view source, uint64_t line, std::string_view code, std::string_view reason,
                          std::string_view raw);
};

inline void RejectSink::OnRejectOf(std::string_view, uint64_t line, std::string_view code, std::string_view reason,
                                   std::string_view raw) {
  OnReject(line, code, reason, raw);
}

class JsonReader {
 public:
  JsonReader(const Program& program, RejectSink& rejects);
  ~JsonReader();

  /// Reads lines from `buffer` into `batch` until it holds `limit` events or no whole line is left; `last`
  /// says that no more input follows, so a last line without a line end counts. Returns the bytes consumed.
  /// Bytes after the buffer's end (at least kPadding) must be readable.
  static constexpr size_t kPadding = 64;
  size_t Read(std::string_view buffer, bool last, size_t limit, EventBatch& batch);

  /// Reads one line that was read by an earlier run, under the number that it had there. It is not counted again.
  void ReadAgain(std::string_view text, uint64_t line, EventBatch& batch);

  /// Counts and rejects a line longer than limits::kLineBytesMax, of which only the beginning was kept.
  void RejectLongLine(std::string_view beginning);
  /// How much of such a line goes to the rejects.
  static constexpr size_t kLongLineBytesKept = 1000;

  uint64_t lines() const;  ///< lines seen, blank ones included
  uint64_t rejected() const;

 private:
  struct Impl;
  std::unique_ptr<Impl> impl_;
};

}  // namespace mrule::runtime
