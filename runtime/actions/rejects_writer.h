// SPDX-License-Identifier: Apache-2.0
// The rejects file (S17): one JSON line for each rejected input line,
// `{"line":7,"code":"R0709","reason":"…","raw":"…"}`, with `"source"` before where there are several. `raw` is the line as it came; if it is not UTF-8 its
// bad bytes are shown as U+FFFD there and `raw_base64` holds the exact bytes.
#pragma once

#include <string>

#include "runtime/actions/file_writer.h"
#include "runtime/json/reader.h"

namespace mrule::runtime {

class RejectsWriter : public RejectSink {
 public:
  /// `writer` outlives this.
  explicit RejectsWriter(FileWriter& writer) : writer_(writer) {}
  void OnReject(uint64_t line, std::string_view code, std::string_view reason, std::string_view raw) override {
    OnRejectOf({}, line, code, reason, raw);
  }
  void OnRejectOf(std::string_view source, uint64_t line, std::string_view code, std::string_view reason,
                  std::string_view raw) override;

 private:
  FileWriter& writer_;
  std::string text_;
};

/// RFC 4648, with padding.
void AppendBase64(std::string& out, std::string_view bytes);

}  // namespace mrule::runtime
