// SPDX-License-Identifier: Apache-2.0
#include "runtime/actions/rejects_writer.h"

#include "runtime/actions/value_text.h"
#include "runtime/json/json_check.h"

namespace mrule::runtime {

void AppendBase64(std::string& out, std::string_view bytes) {
  constexpr char kDigits[] = "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789+/";
  for (size_t i = 0; i < bytes.size(); i += 3) {
    uint32_t group = 0;
    for (size_t k = 0; k < 3; ++k) {
      group = group << 8 | (i + k < bytes.size() ? static_cast<unsigned char>(bytes[i + k]) : 0u);
    }
    for (size_t k = 0; k < 4; ++k) {
      out += i + k <= bytes.size() ? kDigits[(group >> (18 - 6 * k)) & 63] : '=';
    }
  }
}

void RejectsWriter::OnRejectOf(std::string_view source, uint64_t line, std::string_view code, std::string_view reason,
                               std::string_view raw) {
  text_ = "{";
  if (!source.empty()) {
    text_ += "\"source\":";
    AppendJsonText(text_, source);
    text_ += ',';
  }
  text_ += "\"line\":" + std::to_string(line) + ",\"code\":";
  AppendJsonText(text_, code);
  text_ += ",\"reason\":";
  AppendJsonText(text_, reason);
  text_ += ",\"raw\":";
  AppendJsonText(text_, raw);
  if (FindBadUtf8(raw) != std::string_view::npos) {
    text_ += ",\"raw_base64\":\"";
    AppendBase64(text_, raw);
    text_ += '"';
  }
  text_ += "}\n";
  writer_.Write(text_);
}

}  // namespace mrule::runtime
