// SPDX-License-Identifier: Apache-2.0
// The prelude is embedded byte for byte, and every file of it parses without a report.
#include "stdlib/prelude.h"

#include <gtest/gtest.h>

#include <filesystem>
#include <fstream>
#include <sstream>
#include <string>

#include "compiler/base/interner.h"
#include "compiler/diagnostics/render.h"
#include "compiler/syntax/parse.h"

namespace mrule {
namespace {

TEST(Prelude, IsTheFilesOfItsFolder) {
  const std::filesystem::path folder = MRULE_PRELUDE_DIR;
  size_t files = 0;
  for (const auto& entry : std::filesystem::directory_iterator(folder))
    files += entry.path().extension() == ".mrule";
  EXPECT_EQ(files, stdlib::Prelude().size());
  std::string_view previous;
  for (const stdlib::PreludeFile& file : stdlib::Prelude()) {
    EXPECT_LT(previous, file.name);
    previous = file.name;
    std::ifstream in(folder / (std::string(file.name) + ".mrule"), std::ios::binary);
    std::stringstream text;
    text << in.rdbuf();
    EXPECT_EQ(text.str(), file.text) << file.name;
  }
}

TEST(Prelude, ParsesWithoutAReport) {
  source::SourceSet sources;
  syntax::VerbTable verbs;
  std::vector<source::FileId> files;
  for (const stdlib::PreludeFile& file : stdlib::Prelude()) {
    Result<source::FileId> id =
        sources.AddText("prelude/" + std::string(file.name) + ".mrule", std::string(file.text));
    ASSERT_TRUE(id.ok());
    files.push_back(id.value());
    syntax::CollectVerbs(sources[id.value()], verbs);
  }
  Interner interner;
  diagnostics::Emitter diags;
  for (source::FileId id : files) syntax::Parse(sources[id], verbs, interner, diags);
  const diagnostics::Reports reports = diags.Finish();
  EXPECT_TRUE(reports.diagnostics.empty()) << diagnostics::RenderText(reports, sources);
}

}  // namespace
}  // namespace mrule
