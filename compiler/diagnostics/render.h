// SPDX-License-Identifier: Apache-2.0
// Reports as text for people, as JSON lines and as SARIF for tools. Each function returns a string and prints
// nothing. Lines and columns are from 1, columns in code points.
#pragma once

#include <string>
#include <string_view>

#include "compiler/diagnostics/emitter.h"
#include "compiler/source/file.h"

namespace mrule::diagnostics {

struct TextOptions {
  bool colour = false;  ///< ANSI escapes
};

/// The report with its source lines, ending in a line break.
std::string RenderText(const Diagnostic& diagnostic, const source::SourceSet& sources,
                       TextOptions options = {});
/// All of them, an empty line after each, then the closing note.
std::string RenderText(const Reports& reports, const source::SourceSet& sources, TextOptions options = {});

/// One object on one line, with a line break. Byte offsets are those of the file on disk, byte order mark
/// included.
std::string RenderJson(const Diagnostic& diagnostic, const source::SourceSet& sources);
std::string RenderJson(const Reports& reports, const source::SourceSet& sources);

/// A SARIF 2.1.0 document. `tool_version` is shown as the driver's version.
std::string RenderSarif(const Reports& reports, const source::SourceSet& sources,
                        std::string_view tool_version);

}  // namespace mrule::diagnostics
