// SPDX-License-Identifier: Apache-2.0
// Loading a rule file with its failure as a diagnostic, for every caller that has an Emitter.
#pragma once

#include <optional>
#include <string>

#include "compiler/diagnostics/emitter.h"
#include "compiler/source/file.h"

namespace mrule::diagnostics {

/// Reads and checks the file at `path`; on failure reports why and returns nothing.
std::optional<source::FileId> Load(source::SourceSet& sources, const std::string& path, Emitter& diags);
/// The same for text in memory.
std::optional<source::FileId> AddText(source::SourceSet& sources, std::string name, std::string text,
                                      Emitter& diags);

}  // namespace mrule::diagnostics
