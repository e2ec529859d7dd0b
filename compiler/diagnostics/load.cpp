// SPDX-License-Identifier: Apache-2.0
// Failures of loading as diagnostics, and the warning about characters that reorder what a reader sees.
#include "compiler/diagnostics/load.h"

#include <cstdio>

#include "compiler/base/limits.h"

namespace mrule::diagnostics {
namespace {

void ReportProblem(const std::string& name, const source::TextProblem& problem, Emitter& diags) {
  switch (problem.fault) {
    case source::TextFault::kTooLarge:
      diags.Report(source::Span::None(), DiagId::kSourceTooLarge,
                   {{"file", name}, {"limit", limits::kSourceBytesMax}});
      return;
    case source::TextFault::kNotUtf8: {
      char hex[8];
      std::snprintf(hex, sizeof hex, "0x%02X", problem.byte);
      diags.Report(source::Span::None(), DiagId::kSourceNotUtf8,
                   {{"file", name}, {"line", problem.line}, {"byte", hex}});
      return;
    }
    case source::TextFault::kNul:
      diags.Report(source::Span::None(), DiagId::kSourceHasNul, {{"file", name}, {"line", problem.line}});
      return;
  }
}

/// U+202A to U+202E and U+2066 to U+2069, which turn the direction of the text around them: a reader, or a
/// reviewer of a change, would see another rule than the one that runs. Right-to-left letters themselves are
/// no problem.
void WarnOfHiddenCharacters(const source::File& file, Emitter& diags) {
  const std::string_view bytes = file.bytes();
  for (size_t i = bytes.find('\xE2'); i != std::string_view::npos; i = bytes.find('\xE2', i + 1)) {
    const auto second = static_cast<uint8_t>(bytes[i + 1]);  // valid UTF-8: two bytes follow
    const auto third = static_cast<uint8_t>(bytes[i + 2]);
    const bool embeds = second == 0x80 && third >= 0xAA && third <= 0xAE;
    const bool isolates = second == 0x81 && third >= 0xA6 && third <= 0xA9;
    if (!embeds && !isolates) continue;
    char name[8];
    std::snprintf(name, sizeof name, "U+20%02X", ((second & 0x3F) << 6 | (third & 0x3F)) & 0xFF);
    const auto begin = static_cast<uint32_t>(i);
    diags.Report(file.SpanOf(begin, begin + 3), DiagId::kHiddenCharacter, {{"character", name}})
        .Fix(file.SpanOf(begin, begin + 3), "", "remove it");
  }
}

}  // namespace

std::optional<source::FileId> AddText(source::SourceSet& sources, std::string name, std::string text,
                                      Emitter& diags) {
  if (auto problem = source::CheckText(text)) {
    ReportProblem(name, *problem, diags);
    return std::nullopt;
  }
  // Checked twice, here and in the set: a few milliseconds for the largest file, and no second way into the
  // set.
  Result<source::FileId> id = sources.AddText(std::move(name), std::move(text));
  MR_CHECK(id.ok(), "checked text is accepted");
  WarnOfHiddenCharacters(sources[id.value()], diags);
  return id.value();
}

std::optional<source::FileId> Load(source::SourceSet& sources, const std::string& path, Emitter& diags) {
  Result<std::string> bytes = source::ReadBytes(path);
  if (!bytes) {
    diags.Report(source::Span::None(), DiagId::kSourceUnreadable, {{"reason", bytes.error().message}});
    return std::nullopt;
  }
  return AddText(sources, path, std::move(bytes).value(), diags);
}

}  // namespace mrule::diagnostics
