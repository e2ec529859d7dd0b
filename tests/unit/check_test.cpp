// SPDX-License-Identifier: Apache-2.0
// The checker. Most cases are files under tests/golden/check: a first comment says what is shown, `# TEST:
// hir` or
// `# TEST: reports`, the program, a line `# --- EXPECT`, then what is expected, each line behind `# `. Every
// program is checked with the standard library. With MRULE_UPDATE_GOLDENS=1 the expectations are written
// anew. Here in C++ are literals, sizes no file should have, and the pages that explain a code.
#include "compiler/sema/check.h"

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

#include "compiler/diagnostics/explain.h"
#include "compiler/diagnostics/load.h"
#include "compiler/diagnostics/render.h"
#include "compiler/sema/literals.h"
#include "compiler/syntax/parse.h"
#include "stdlib/prelude.h"

namespace mrule::sema {
namespace {

namespace fs = std::filesystem;

constexpr const char* kMarker = "# --- EXPECT\n";

struct Session {
  source::SourceSet sources;
  diagnostics::Emitter diags;
  Interner interner;
  std::vector<syntax::Tree> trees;
  hir::Program program;

  Session(std::string name, std::string text) {
    std::vector<source::FileId> files;
    for (const stdlib::PreludeFile& file : stdlib::Prelude()) {
      files.push_back(
          sources.AddText("stdlib/" + std::string(file.name) + ".mrule", std::string(file.text)).value());
    }
    size_t prelude_count = files.size();
    if (auto file = diagnostics::AddText(sources, std::move(name), std::move(text), diags))
      files.push_back(*file);
    syntax::VerbTable verbs;
    for (source::FileId file : files) syntax::CollectVerbs(sources[file], verbs);
    for (source::FileId file : files) trees.push_back(syntax::Parse(sources[file], verbs, interner, diags));
    program = Check(trees, prelude_count, interner, diags);
  }

  std::string Reports() const { return diagnostics::RenderText(diags.Finish(), sources); }
  std::set<std::string> Codes() const {
    std::set<std::string> codes;
    for (const diagnostics::Diagnostic& diagnostic : diags.Finish().diagnostics)
      codes.emplace(diagnostics::CodeOf(diagnostic.id));
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
    golden.is_dump = golden.program.find("# TEST: hir\n") != std::string::npos;
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

TEST(CheckGolden, AllMatch) {
  bool update = std::getenv("MRULE_UPDATE_GOLDENS") != nullptr;
  std::vector<Golden> goldens = Goldens();
  EXPECT_FALSE(goldens.empty());
  for (const Golden& golden : goldens) {
    SCOPED_TRACE(golden.path.filename().string());
    Session session(golden.path.filename().string(), golden.program);
    std::string actual = session.Reports();
    if (golden.is_dump) {
      EXPECT_EQ(actual, "");
      actual = hir::Dump(session.program);
    } else {
      EXPECT_NE(golden.program.find("# TEST: reports\n"), std::string::npos);
      EXPECT_NE(actual, "");
    }
    actual = AsComment(actual);
    if (update) {
      std::ofstream(golden.path, std::ios::binary) << golden.program << kMarker << actual;
    } else {
      EXPECT_EQ(actual, golden.expected);
    }
  }
}

TEST(CheckGolden, EveryDiagnosticIsCovered) {
  std::set<std::string> seen{"E0314",
                             "E0315"};  // sizes: the first is tested below, the second is too large to test
  for (const Golden& golden : Goldens()) {
    for (const std::string& code : Session("golden", golden.program).Codes()) seen.insert(code);
  }
  for (const diagnostics::CatalogRow& row : diagnostics::Catalog()) {
    if (row.phase == diagnostics::Phase::kCheck)
      EXPECT_TRUE(seen.contains(std::string(row.code))) << row.code;
  }
}

TEST(CheckExplain, WrongExamplesAreWrongAndRightOnesAreRight) {
  for (const diagnostics::CatalogRow& row : diagnostics::Catalog()) {
    if (row.phase != diagnostics::Phase::kCheck) continue;
    auto page = diagnostics::Explain(row.code);
    ASSERT_TRUE(page) << row.code;
    bool is_size = row.code == "E0315" || row.code == "E0214";
    auto wrong = diagnostics::ExplainExample(*page, "wrong");
    auto right = diagnostics::ExplainExample(*page, "right");
    ASSERT_TRUE(wrong && right) << row.code;
    if (!is_size)
      EXPECT_EQ(Session("wrong.mrule", std::string(*wrong)).Codes(),
                std::set<std::string>{std::string(row.code)})
          << *wrong;
    EXPECT_EQ(Session("right.mrule", std::string(*right)).Reports(), "") << row.code;
  }
}

TEST(Check, StandardLibraryHasNoMistake) { EXPECT_EQ(Session("empty.mrule", "").Reports(), ""); }

TEST(Check, LongNames) {
  std::string name(300, 'x');
  EXPECT_EQ(Session("n", "rule \"" + name + "\" when opened score +1\n").Codes(),
            std::set<std::string>{"E0314"});
  EXPECT_EQ(Session("n", "measure " + name + ": count = count of opened\n").Codes(),
            std::set<std::string>{"E0314"});
}

TEST(Check, LongChainsAreNoDeepTrees) {
  std::string condition = "score > 0", sum = "score";
  for (int i = 0; i < 4000; ++i) condition += " and score > 0";
  for (int i = 0; i < 4000; ++i) sum += " + 1";
  Session session("long.mrule", "when " + condition + " add tag \"a\"\nwhen " + sum + " > 3 add tag \"b\"\n");
  EXPECT_EQ(session.Codes(), std::set<std::string>{});
  EXPECT_EQ(session.program.rules.size(), 2u);
  EXPECT_FALSE(hir::Dump(session.program).empty());
}

TEST(Check, TooManyParts) {
  std::string condition = "roas > 0";
  for (int i = 0; i < 4800; ++i) condition += " and roas > 0";
  EXPECT_EQ(Session("long.mrule", "when " + condition + " notify slack \"a\" \"b\"\n").Codes(),
            std::set<std::string>{"E0214"});
}

TEST(Check, ManyHoldsInARow) {
  std::string condition = "score > 0";
  for (int i = 0; i < 5000; ++i) condition += " for 1h";
  Session session("holds.mrule", "when " + condition + " add tag \"a\"\n");
  EXPECT_TRUE(session.diags.has_errors());
}

TEST(Check, ManyRulesAreQuick) {
  std::string text;
  constexpr int kRules = 20'000;
  for (int i = 0; i < kRules; ++i) {
    text += "rule \"r" + std::to_string(i) + "\"\nwhen roas over 3d > " + std::to_string(i % 7) +
            " and spend over 6h > $100 and name contains \"x\"\npause campaign\n";
  }
  Session session("many.mrule", text);
  EXPECT_EQ(session.program.rules.size(), size_t{kRules});
  EXPECT_LT(session.program.patterns.size(), 100u);
  EXPECT_LT(session.program.aggregates.size(), 100u);
}

// --- literals ---

TEST(Literals, Numbers) {
  struct Case {
    const char* text;
    bool whole;
    int64_t i64;
    double f64;
  };
  for (Case c : {Case{"12", true, 12, 12},
                 {"1,000", true, 1000, 1000},
                 {"10k", true, 10'000, 10'000},
                 {"1.5M", true, 1'500'000, 1'500'000},
                 {"1.5", false, 0, 1.5},
                 {"2.0", false, 0, 2},
                 {"-5", true, -5, -5},
                 {"0.1", false, 0, 0.1},
                 {"1.2345k", false, 0, 1234.5}}) {
    NumberLiteral number = DecodeNumber(c.text);
    EXPECT_EQ(number.fault, LiteralFault::kNone) << c.text;
    EXPECT_EQ(number.whole, c.whole) << c.text;
    EXPECT_EQ(number.i64, c.i64) << c.text;
    EXPECT_EQ(number.f64, c.f64) << c.text;
  }
  EXPECT_EQ(DecodeNumber("9223372036854775807").i64, INT64_MAX);
  EXPECT_EQ(DecodeNumber("9223372036854775808").fault, LiteralFault::kTooLarge);
  EXPECT_EQ(DecodeNumber("9223372036854775807k").fault, LiteralFault::kTooLarge);
  EXPECT_EQ(DecodeNumber(std::string(400, '9') + ".5").fault, LiteralFault::kTooLarge);
  EXPECT_EQ(DecodeNumber("").fault, LiteralFault::kInvalid);
  EXPECT_EQ(DecodeNumber("1x").fault, LiteralFault::kInvalid);
}

TEST(Literals, Money) {
  EXPECT_EQ(DecodeMoney("$50").micros, 50'000'000);
  EXPECT_EQ(DecodeMoney("$1,000.50").micros, 1'000'500'000);
  EXPECT_EQ(DecodeMoney("€20").currency, "EUR");
  EXPECT_EQ(DecodeMoney("£9.99").micros, 9'990'000);
  EXPECT_EQ(DecodeMoney("£9.99").currency, "GBP");
  EXPECT_EQ(DecodeMoney("50 CHF").currency, "CHF");
  EXPECT_EQ(DecodeMoney("50 CHF").micros, 50'000'000);
  EXPECT_EQ(DecodeMoney("$1.5M").micros, 1'500'000'000'000);
  EXPECT_EQ(DecodeMoney("$0.000001").micros, 1);
  EXPECT_EQ(DecodeMoney("$0.0000010").micros, 1);
  EXPECT_EQ(DecodeMoney("$0.0000001").fault, LiteralFault::kTooManyDecimals);
  EXPECT_EQ(DecodeMoney("$9223372036854.775807").micros, INT64_MAX);
  EXPECT_EQ(DecodeMoney("$9223372036854.775808").fault, LiteralFault::kTooLarge);
}

TEST(Literals, PercentIsRoundedOnce) {
  EXPECT_EQ(DecodePercent("20%").value, 0.2);
  EXPECT_EQ(DecodePercent("0.3%").value, 0.003);
  EXPECT_EQ(DecodePercent("1,000%").value, 10);
  EXPECT_EQ(DecodePercent("20").fault, LiteralFault::kInvalid);
}

TEST(Literals, Durations) {
  constexpr int64_t kSecond = 1'000'000;
  EXPECT_EQ(DecodeDuration("250ms").value, 250'000);
  EXPECT_EQ(DecodeDuration("30s").value, 30 * kSecond);
  EXPECT_EQ(DecodeDuration("15min").value, 900 * kSecond);
  EXPECT_EQ(DecodeDuration("1.5h").value, 5400 * kSecond);
  EXPECT_EQ(DecodeDuration("7d").value, 7 * 86'400 * kSecond);
  EXPECT_EQ(DecodeDuration("2w").value, 14 * 86'400 * kSecond);
  EXPECT_EQ(DecodeDuration("0.0000001s").fault, LiteralFault::kTooManyDecimals);
  EXPECT_EQ(DecodeDuration("99999999999999d").fault, LiteralFault::kTooLarge);
  EXPECT_EQ(DecodeDuration("5y").fault, LiteralFault::kInvalid);
}

TEST(Literals, DaysAndTimes) {
  constexpr int64_t kHour = 3'600'000'000;
  EXPECT_EQ(DecodeDate("1970-01-02").value, 1);
  EXPECT_EQ(DecodeDate("2024-02-29").value, 19782);
  EXPECT_EQ(DecodeDate("2023-02-29").fault, LiteralFault::kInvalid);
  EXPECT_EQ(DecodeDate("2023-13-01").fault, LiteralFault::kInvalid);
  EXPECT_EQ(DecodeTimeOfDay("08:00").value, 8 * kHour);
  EXPECT_EQ(DecodeTimeOfDay("24:00").fault, LiteralFault::kInvalid);
  EXPECT_EQ(DecodeTimeOfDay("08:60").fault, LiteralFault::kInvalid);
  EXPECT_EQ(DecodeInstant("1970-01-01T01:00:00Z").value, kHour);
  EXPECT_EQ(DecodeInstant("1970-01-01T01:00:00+01:00").value, 0);
  EXPECT_EQ(DecodeInstant("1970-01-01T00:00:00.25-00:30").value, kHour / 2 + 250'000);
  EXPECT_EQ(DecodeInstant("1970-01-01T00:00Z").value, 0);
  EXPECT_EQ(DecodeInstant("1970-01-01T00:00:00.0000001Z").fault, LiteralFault::kTooManyDecimals);
  EXPECT_EQ(DecodeInstant("2026-02-30T00:00:00Z").fault, LiteralFault::kInvalid);
  EXPECT_EQ(DecodeInstant("0001-01-01T00:00:00+01:00").fault, LiteralFault::kTooLarge);
}

}  // namespace
}  // namespace mrule::sema
