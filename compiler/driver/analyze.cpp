// SPDX-License-Identifier: Apache-2.0
#include "compiler/driver/analyze.h"

#include "compiler/diagnostics/load.h"
#include "compiler/sema/check.h"
#include "compiler/syntax/parse.h"
#include "stdlib/prelude.h"

namespace mrule::driver {

namespace {

/// The standard library first, so that a workspace's declarations extend or replace its own.
std::vector<source::FileId> LoadAll(Analysis& analysis, std::span<const SourceInput> inputs) {
  std::vector<source::FileId> files;
  for (const stdlib::PreludeFile& file : stdlib::Prelude()) {
    const std::string name = "stdlib/" + std::string(file.name) + ".mrule";
    const auto id = diagnostics::AddText(analysis.sources, name, std::string(file.text), analysis.diags);
    MR_CHECK(id.has_value(), "the standard library is text");
    files.push_back(*id);
  }
  analysis.prelude_count = files.size();
  for (const SourceInput& input : inputs) {
    const auto id = input.text ? diagnostics::AddText(analysis.sources, input.name, *input.text, analysis.diags)
                               : diagnostics::Load(analysis.sources, input.name, analysis.diags);
    if (id) {
      files.push_back(*id);
    } else {
      analysis.unreadable = true;
    }
  }
  return files;
}

}  // namespace

std::unique_ptr<Analysis> Analyze(std::span<const SourceInput> inputs) {
  auto analysis = std::make_unique<Analysis>();
  const std::vector<source::FileId> files = LoadAll(*analysis, inputs);

  syntax::VerbTable verbs;
  for (const source::FileId id : files) syntax::CollectVerbs(analysis->sources[id], verbs);
  for (const source::FileId id : files) {
    analysis->trees.push_back(syntax::Parse(analysis->sources[id], verbs, analysis->interner, analysis->diags));
  }
  // A missing file would make a mistake of every name it declares.
  if (!analysis->unreadable) {
    analysis->program = sema::Check(analysis->trees, analysis->prelude_count, analysis->interner, analysis->diags);
  }
  analysis->ok = !analysis->diags.has_errors();
  return analysis;
}

}  // namespace mrule::driver
