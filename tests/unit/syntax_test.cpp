// SPDX-License-Identifier: Apache-2.0
// The parser. Most cases are files under tests/golden/syntax: a first line `# TEST: dump` or `# TEST:
// errors`, the program, a line `# --- EXPECT`, then what is expected, each line behind `# `. With
// MRULE_UPDATE_GOLDENS=1 the expectations are written anew. Here in C++ are the sizes no file should have.
#include <gtest/gtest.h>

#include <algorithm>
#include <chrono>
#include <cstdlib>
#include <filesystem>
#include <fstream>
#include <iterator>
#include <set>
#include <string>
#include <vector>

#include "compiler/diagnostics/emitter.h"
#include "compiler/diagnostics/load.h"
#include "compiler/diagnostics/render.h"
#include "compiler/syntax/classify.h"
#include "compiler/syntax/parse.h"

namespace mrule::syntax {
namespace {

namespace fs = std::filesystem;

constexpr const char* kMarker = "# --- EXPECT\n";

// The actions that every golden may use.
constexpr const char* kVerbs = R"(
action send {message: message}
action pause campaign
action resume campaign
action notify {channel: text} {to: text} {message: text}
action score {points: number}
action add tag {tag: text}
action add to audience {audience: text} on {networks: set of text}
action remove from audience {audience: text} on {networks: set of text}
action create task {title: text} for {owner: text}
action increase budget by {amount: money or percent} up to {ceiling: optional money}
action set {field: attribute} to {value: any}
)";

struct Session {
  source::SourceSet sources;
  diagnostics::Emitter diags;
  Interner interner;
  Tree tree;

  Session(std::string name, std::string text) {
    VerbTable verbs;
    CollectVerbs(sources[sources.AddText("verbs", kVerbs).value()], verbs);
    std::optional<FileId> file = diagnostics::AddText(sources, std::move(name), std::move(text), diags);
    if (!file) return;
    CollectVerbs(sources[*file], verbs);
    tree = Parse(sources[*file], verbs, interner, diags);
  }

  std::string Errors() const { return diagnostics::RenderText(diags.Finish(), sources); }
  std::vector<std::string> Codes() const {
    std::vector<std::string> codes;
    for (const diagnostics::Diagnostic& diagnostic : diags.Finish().diagnostics) {
      codes.emplace_back(diagnostics::CodeOf(diagnostic.id));
    }
    return codes;
  }
};

struct Golden {
  fs::path path;
  std::string program;  // up to the marker
  std::string expected;
  bool is_dump = false;
};

std::string ReadAll(const fs::path& path) {
  std::ifstream in(path, std::ios::binary);
  return {std::istreambuf_iterator<char>(in), {}};
}

std::vector<Golden> Goldens() {
  std::vector<Golden> goldens;
  for (const auto& entry : fs::directory_iterator(MRULE_GOLDEN_DIR)) {
    if (entry.path().extension() != ".mrule") continue;
    Golden golden{entry.path(), ReadAll(entry.path()), {}, false};
    size_t marker = golden.program.find(kMarker);
    if (marker != std::string::npos) {
      golden.expected = golden.program.substr(marker + std::string(kMarker).size());
      golden.program.resize(marker);
    }
    golden.is_dump = golden.program.find("# TEST: dump\n") != std::string::npos;
    goldens.push_back(std::move(golden));
  }
  std::sort(goldens.begin(), goldens.end(), [](const Golden& a, const Golden& b) { return a.path < b.path; });
  return goldens;
}

std::string AsComment(const std::string& text) {
  std::string out;
  size_t begin = 0;
  while (begin < text.size()) {
    size_t end = text.find('\n', begin);
    if (end == std::string::npos) end = text.size();
    std::string line = text.substr(begin, end - begin);
    out += line.empty() ? "#\n" : "# " + line + "\n";
    begin = end + 1;
  }
  return out;
}

TEST(SyntaxGolden, AllMatch) {
  bool update = std::getenv("MRULE_UPDATE_GOLDENS") != nullptr;
  std::vector<Golden> goldens = Goldens();
  EXPECT_FALSE(goldens.empty());
  for (const Golden& golden : goldens) {
    SCOPED_TRACE(golden.path.filename().string());
    Session session(golden.path.filename().string(), golden.program);
    std::string actual = session.Errors();
    if (golden.is_dump) {
      EXPECT_EQ(actual, "");
      actual = Dump(session.tree);
    } else {
      EXPECT_NE(golden.program.find("# TEST: errors\n"), std::string::npos);
      EXPECT_TRUE(session.diags.has_errors());
    }
    actual = AsComment(actual);
    if (update) {
      std::ofstream(golden.path, std::ios::binary) << golden.program << kMarker << actual;
    } else {
      EXPECT_EQ(actual, golden.expected);
    }
  }
}

TEST(SyntaxGolden, EveryNodeKindIsCovered) {
  std::set<NodeKind> seen;
  for (const Golden& golden : Goldens()) {
    Session session(golden.path.filename().string(), golden.program);
    if (!session.tree.interner) continue;
    if (!golden.is_dump) seen.insert(NodeKind::kError);
    for (size_t i = 0; golden.is_dump && i < session.tree.size(); ++i)
      seen.insert(session.tree.node(NodeId(i)).kind);
  }
#define MR_NODE(kind, children) \
  EXPECT_TRUE(seen.contains(NodeKind::k##kind)) << #kind << " is in no golden file";
#include "compiler/syntax/node_kinds.def"
}

TEST(SyntaxGolden, EverySyntaxDiagnosticIsCovered) {
  std::set<std::string> seen{"E0106", "E0109", "E0113"};  // sizes: tested below, or too large to test
  for (const Golden& golden : Goldens()) {
    for (const std::string& code : Session("golden", golden.program).Codes()) seen.insert(code);
  }
  for (const diagnostics::CatalogRow& row : diagnostics::Catalog()) {
    if (row.phase == diagnostics::Phase::kParse)
      EXPECT_TRUE(seen.contains(std::string(row.code))) << row.code;
  }
}

TEST(Syntax, EmptyFile) {
  for (const char* text : {"", "\n", "# nothing\n"}) {
    Session session("empty", text);
    EXPECT_EQ(session.Errors(), "");
    EXPECT_EQ(session.tree.children(session.tree.root).size(), 0u);
  }
}

TEST(Syntax, TokensCoverTheFile) {
  std::string text = "rule \"Größe\"  # Kommentar\nwhen opened welcome_2 score +10 § 50 USD\n";
  Session session("tokens", text);
  uint32_t at = 0;
  for (const Token& token : session.tree.tokens) {
    EXPECT_EQ(token.begin, at);
    at = token.end;
  }
  EXPECT_EQ(at, text.size());
}

TEST(Syntax, WhatTheSourceLayerRejectsIsNotParsed) {
  Session nul("nul", std::string("when a\0 send x", 14));
  EXPECT_EQ(nul.Codes(), std::vector<std::string>{"E0003"});
  Session invalid("invalid", "when a \xFF send x");
  EXPECT_EQ(invalid.Codes(), std::vector<std::string>{"E0002"});
}

std::string Repeated(std::string_view piece, size_t count, std::string_view between) {
  std::string text;
  for (size_t i = 0; i < count; ++i) {
    if (i > 0) text += between;
    text += piece;
  }
  return text;
}

TEST(Syntax, FiftyThousandRules) {
  std::string text;
  for (int i = 0; i < 50'000; ++i) {
    text += "rule \"r" + std::to_string(i) + "\"\nwhen roas < 1.2 for 6h and spend over 6h > $" +
            std::to_string(i) + "\npause campaign\nat most once per 24h\n";
  }
  auto begin = std::chrono::steady_clock::now();
  Session session("large", text);
  double seconds = std::chrono::duration<double>(std::chrono::steady_clock::now() - begin).count();
  EXPECT_FALSE(session.diags.has_errors());
  EXPECT_EQ(session.tree.children(session.tree.root).size(), 50'000u);
  EXPECT_LT(seconds, 60) << "the work is no longer in proportion to the text";
}

TEST(Syntax, FiftyThousandMistakes) {
  std::string text = Repeated("when roas < and budget > 3 pause campaign", 50'000, "\n");
  Session session("mistakes", text);
  EXPECT_EQ(session.diags.error_count(), 50'000u);
}

TEST(Syntax, LongChainsDoNotExhaustTheStack) {
  for (const char* joint : {" + ", " * ", " and ", " or ", " default ", " for 6h and "}) {
    std::string small = "when " + Repeated("a", 4'000, joint) + " send x";
    EXPECT_EQ(Session("chain", small).Errors(), "") << joint;
    std::string large = "when " + Repeated("a", 100'000, joint) + " send x";
    EXPECT_EQ(Session("chain", large).Codes(), std::vector<std::string>{"E0113"}) << joint;
  }
  std::string holds = "when a" + Repeated(" for 6h", 5'000, "") + " send x";
  EXPECT_EQ(Session("chain", holds).Errors(), "");
}

TEST(Syntax, LongChainIsDumped) {
  Session session("chain", "when " + Repeated("a", 2'000, " or ") + " send x");
  EXPECT_NE(Dump(session.tree).find("Or"), std::string::npos);
}

TEST(Syntax, NestingIsCapped) {
  const std::vector<std::string> deep = {
      "when " + Repeated("(", 50'000, "") + "a" + Repeated(")", 50'000, "") + " send x",
      "when " + Repeated("not", 15'000, " ") + " a send x",
      "when b > " + Repeated("-", 15'000, " ") + "1 send x",
      "when b > " + Repeated("20% of", 5'000, " ") + " c send x",
      "when " + Repeated("a where", 5'000, " ") + " b send x",
      "when a > " + Repeated("least(", 5'000, "") + "1" + Repeated(")", 5'000, "") + " send x",
      "event e on contact\n  f: " + Repeated("set of", 50'000, " ") + " text",
      "event e on contact\n  f: " + Repeated("optional", 50'000, " ") + " text",
      "when a send \"{" + Repeated("(", 1'000, "") + "1" + Repeated(")", 1'000, "") + "}\"",
  };
  for (const std::string& text : deep) {
    EXPECT_EQ(Session("deep", text).Codes(), std::vector<std::string>{"E0104"}) << text.substr(0, 40);
  }
  std::string fine = "when " + Repeated("(", 150, "") + "a" + Repeated(")", 150, "") + " send x";
  EXPECT_EQ(Session("fine", fine).Errors(), "");
}

TEST(Syntax, LongTextIsReported) {
  std::string text = "when a send \"" + std::string(100'000, 'x') + "\"\nwhen b send y";
  EXPECT_EQ(Session("text", text).Codes(), std::vector<std::string>{"E0109"});
}

TEST(Syntax, AnyTextGivesATree) {
  // Each golden, cut off at every few bytes: a tree and no crash.
  for (const Golden& golden : Goldens()) {
    for (size_t end = 0; end < golden.program.size(); end += 23) {
      Session session("cut", golden.program.substr(0, end));
      if (session.tree.interner) EXPECT_TRUE(session.tree.root.has_value());
    }
  }
}

TEST(Syntax, VerbShapes) {
  source::SourceSet sources;
  VerbTable verbs;
  CollectVerbs(sources[sources.AddText("verbs", kVerbs).value()], verbs);
  EXPECT_TRUE(verbs.at("send").hole_next);
  EXPECT_TRUE(verbs.at("add").next_words.contains("tag"));
  EXPECT_TRUE(verbs.at("add").next_words.contains("to"));
  EXPECT_FALSE(verbs.at("add").hole_next);
}

}  // namespace
}  // namespace mrule::syntax
