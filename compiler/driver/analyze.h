// SPDX-License-Identifier: Apache-2.0
// Text to checked program: the one front door for the command line, the library, the language server and tests. Every
// program is read together with the embedded standard library. Nothing here needs LLVM, prints or exits.
#pragma once

#include <memory>
#include <optional>
#include <span>
#include <string>
#include <vector>

#include "compiler/base/interner.h"
#include "compiler/base/result.h"
#include "compiler/diagnostics/emitter.h"
#include "compiler/sema/hir.h"
#include "compiler/source/file.h"
#include "compiler/syntax/tree.h"

namespace mrule::driver {

/// One rule file: on disk if `text` is absent, else in memory under the name `name`.
struct SourceInput {
  std::string name;
  std::optional<std::string> text;
};

/// All that is known of a set of rule files. Trees, program and reports refer to the sources and the interner, so an
/// Analysis stays where it was made.
struct Analysis {
  source::SourceSet sources;
  Interner interner;
  diagnostics::Emitter diags;
  std::vector<syntax::Tree> trees;  ///< one per file that could be read: the standard library's, then the given ones
  size_t prelude_count = 0;         ///< how many of `trees` are the standard library's
  hir::Program program;             ///< to be used further only if `ok`
  bool unreadable = false;          ///< a file could not be read, or is not text
  bool ok = false;                  ///< no error was reported

  std::span<const syntax::Tree> user_trees() const { return std::span(trees).subspan(prelude_count); }
};

/// Reads, parses and checks. Always returns an Analysis; what is wrong stands in `diags`.
std::unique_ptr<Analysis> Analyze(std::span<const SourceInput> inputs);

/// Rule files as a person names them: a folder stands for every `*.mrule` below it, in order of path; a file for itself;
/// one named twice counts once. Fails on a name that is neither, and on a folder without rule files.
Result<std::vector<SourceInput>> ExpandPaths(std::span<const std::string> paths);

}  // namespace mrule::driver
