// SPDX-License-Identifier: Apache-2.0
// Text to tree. Parsing knows one thing of the workspace: which words begin an action, because any declared verb may
// (`celebrate "x"`), and line breaks are free. So the verbs of all files are collected first, from their tokens alone.
#pragma once

#include <string>
#include <string_view>
#include <unordered_map>
#include <unordered_set>

#include "compiler/diagnostics/emitter.h"
#include "compiler/source/file.h"
#include "compiler/syntax/tree.h"

namespace mrule::syntax {

/// What may follow a verb: `add` → {tag, to}; `send` → a hole. A word that may follow is the verb's object, not a verb.
struct VerbShape {
  std::unordered_set<std::string> next_words;
  bool hole_next = false;
};
using VerbTable = std::unordered_map<std::string, VerbShape>;

/// Adds the verbs that `file` declares (`action VERB …`) to `verbs`. Reads tokens only and reports nothing.
void CollectVerbs(const File& file, VerbTable& verbs);

/// Parses one file. Always returns a tree; every mistake is reported once. `interner` outlives the tree.
Tree Parse(const File& file, const VerbTable& verbs, Interner& interner, diagnostics::Emitter& diags);

/// An indented dump, one node a line: `Compare op=< [12,20)`. No pointers, no hashes: fit for a golden file.
std::string Dump(const Tree& tree);

}  // namespace mrule::syntax
