// SPDX-License-Identifier: Apache-2.0
// The catalogue and its pages, the emitter, and what each renderer writes, byte by byte.
#include <gtest/gtest.h>

#include <nlohmann/json.hpp>
#include <set>

#include "compiler/base/limits.h"
#include "compiler/diagnostics/emitter.h"
#include "compiler/diagnostics/explain.h"
#include "compiler/diagnostics/load.h"
#include "compiler/diagnostics/render.h"
#include "compiler/diagnostics/suggest.h"

namespace mrule::diagnostics {
namespace {

using source::FileId;
using source::SourceSet;
using source::Span;

struct Direction {
  bool up;
};
std::string RenderArg(const Direction& direction) { return direction.up ? "up" : "down"; }

struct UnexpectedTokenPayload {
  static constexpr auto kId = DiagId::kUnexpectedToken;
  std::string_view expected;
  Direction found;
  void Fill(Args& args) const { args.Add("expected", expected).Add("found", found); }
};

/// A session over texts in memory.
struct Session {
  SourceSet sources;
  Emitter diags;

  FileId Add(std::string text, std::string name = "rules.mrule") {
    return sources.AddText(std::move(name), std::move(text)).value();
  }
  /// The span of the `nth` occurrence of `what` in a file.
  Span At(FileId file, std::string_view what, int nth = 0) const {
    size_t begin = sources[file].bytes().find(what);
    while (nth-- > 0) begin = sources[file].bytes().find(what, begin + 1);
    MR_CHECK(begin != std::string_view::npos, "the test's text holds what the test looks for");
    return {file, static_cast<uint32_t>(begin), static_cast<uint32_t>(begin + what.size())};
  }
  Builder Unexpected(Span span) {
    return diags.Report(span, DiagId::kUnexpectedToken, {{"expected", "a number"}, {"found", "`x`"}});
  }
  std::string Text(TextOptions options = {}) const { return RenderText(diags.Finish(), sources, options); }
};

// --- catalogue and pages ---

TEST(Catalog, CodesAreInOrderWellFormedAndUnique) {
  std::set<std::string_view> names, kebab_names;
  std::string_view previous_number;
  for (const CatalogRow& row : Catalog()) {
    ASSERT_EQ(row.code.size(), 5u) << row.code;
    EXPECT_TRUE(row.code.find_first_not_of("0123456789", 1) == std::string_view::npos) << row.code;
    const bool is_warning = row.severity == Severity::kWarning;
    EXPECT_EQ(is_warning, row.code[0] == 'W') << row.code;
    EXPECT_EQ(is_warning, !row.kebab_name.empty()) << row.code;
    EXPECT_EQ(row.code[0] == 'R', row.phase == Phase::kRun) << row.code;
    EXPECT_TRUE(names.insert(row.name).second) << row.name;
    if (is_warning) EXPECT_TRUE(kebab_names.insert(row.kebab_name).second) << row.kebab_name;
    EXPECT_EQ(&RowOf(row.id), &row);
    EXPECT_EQ(FindRow(row.code), &row);
    // Within a range the errors come first, each letter in ascending order.
    if (!previous_number.empty() && previous_number.substr(0, 3) == row.code.substr(0, 3)) {
      EXPECT_LT(previous_number, row.code);
    }
    previous_number = row.code;
  }
}

TEST(Catalog, WordingIsLowerCaseWithoutFullStopAndItsPlaceholdersAreClosed) {
  for (const CatalogRow& row : Catalog()) {
    ASSERT_FALSE(row.message.empty()) << row.code;
    EXPECT_FALSE(row.message[0] >= 'A' && row.message[0] <= 'Z') << row.code;
    EXPECT_FALSE(row.message.ends_with('.')) << row.code;
    Args args;
    for (size_t i = row.message.find('{'); i != std::string_view::npos; i = row.message.find('{', i + 1)) {
      if (row.message.substr(i).starts_with("{{")) {
        ++i;
        continue;
      }
      const size_t close = row.message.find('}', i);
      ASSERT_NE(close, std::string_view::npos) << row.code;
      const std::string_view name = row.message.substr(i + 1, close - i - 1);
      EXPECT_FALSE(name.empty() ||
                   name.find_first_not_of("abcdefghijklmnopqrstuvwxyz_") != std::string_view::npos)
          << row.code;
      args.Add(name, "x");
    }
    EXPECT_FALSE(FormatMessage(row.id, args).empty());
  }
}

TEST(Catalog, IsFoundByCodeInAnyCaseAndByKebabName) {
  EXPECT_EQ(FindRow("e0101")->id, DiagId::kUnexpectedToken);
  EXPECT_EQ(FindRow("hidden-character")->id, DiagId::kHiddenCharacter);
  EXPECT_EQ(FindRow("E9999"), nullptr);
  EXPECT_EQ(FindRow(""), nullptr);
}

TEST(Catalog, MessagePutsArgumentsIn) {
  EXPECT_EQ(FormatMessage(DiagId::kUnexpectedToken, {{"expected", "{found}"}, {"found", "`}`"}}),
            "expected {found}, found `}`");  // an argument's own braces are text
  EXPECT_EQ(FormatMessage(DiagId::kUnclosedPlaceholder, {}),
            "`{` in text opens a placeholder that has no closing `}`");
  EXPECT_EQ(FormatMessage(DiagId::kNestingTooDeep, {{"limit", limits::kNestingMax}}),
            "parentheses and blocks are nested deeper than 200");
}

TEST(Catalog, LongArgumentIsCutBetweenCharacters) {
  const std::string text(limits::kDiagnosticArgBytesMax - 1, 'x');
  EXPECT_EQ(Arg("found", text + "€").value, text + "...");
  EXPECT_EQ(Arg("found", text + "y").value, text + "y");
}

TEST(CatalogDeathTest, MissingArgumentStops) {
  EXPECT_EXIT(FormatMessage(DiagId::kUnexpectedToken, {{"found", "x"}}), testing::ExitedWithCode(70),
              "gives every argument");
}

TEST(Explain, EveryRowHasAPageAndEveryPageARow) {
  std::set<std::string_view> codes, pages;
  for (const CatalogRow& row : Catalog()) codes.insert(row.code);
  for (const ExplainPage& page : ExplainPages()) pages.insert(page.code);
  EXPECT_EQ(codes, pages);
}

TEST(Explain, EveryPageHasItsTitleAndBothExamples) {
  for (const ExplainPage& page : ExplainPages()) {
    EXPECT_TRUE(page.markdown.starts_with("# " + std::string(page.code) + ": ")) << page.code;
    for (std::string_view kind : {"wrong", "right"}) {
      const auto example = ExplainExample(page.markdown, kind);
      EXPECT_TRUE(example.has_value() && !example->empty()) << page.code << " " << kind;
    }
    EXPECT_NE(ExplainExample(page.markdown, "wrong"), ExplainExample(page.markdown, "right")) << page.code;
  }
}

TEST(Explain, ExampleIsTheTextBetweenTheFences) {
  EXPECT_EQ(ExplainExample("# t\n```mrule wrong\na\nb\n```\n```mrule right\n```\n", "wrong"), "a\nb\n");
  EXPECT_EQ(ExplainExample("# t\n```mrule wrong\na\nb\n```\n```mrule right\n```\n", "right"), "");
  EXPECT_EQ(ExplainExample("# t\n```mrule wrong\na\n", "wrong"), std::nullopt);
  EXPECT_EQ(Explain("w0001"), Explain("hidden-character"));
  EXPECT_EQ(Explain("E9999"), std::nullopt);
  EXPECT_EQ(ExplainExample(*Explain("E0107"), "wrong"),
            "when purchased and quantity in (100,200) add tag \"bulk\"\n");
}

// --- emitter ---

TEST(Emitter, PayloadAndPlainReportsAreTheSame) {
  Session s;
  const FileId file = s.Add("abc");
  s.diags.Report({file, 0, 1}, UnexpectedTokenPayload{"a number", {true}});
  s.diags.Report({file, 1, 2}, DiagId::kUnexpectedToken,
                 {{"expected", "a number"}, {"found", Direction{false}}});
  const Reports reports = s.diags.Finish();
  ASSERT_EQ(reports.diagnostics.size(), 2u);
  EXPECT_EQ(reports.diagnostics[0].message, "expected a number, found up");
  EXPECT_EQ(reports.diagnostics[1].message, "expected a number, found down");
  EXPECT_EQ(*reports.diagnostics[0].args.Find("found"), "up");
}

TEST(Emitter, DropsARepeatWithWhatIsAddedToIt) {
  Session s;
  const FileId file = s.Add("abc");
  s.Unexpected({file, 0, 1}).Note("first");
  s.Unexpected({file, 0, 1}).Note("second");
  s.Unexpected({file, 0, 2}).Note("another span");
  s.diags.Report(Span::None(), DiagId::kSourceUnreadable, {{"reason", "a"}});
  s.diags.Report(Span::None(), DiagId::kSourceUnreadable, {{"reason", "a"}});
  s.diags.Report(Span::None(), DiagId::kSourceUnreadable, {{"reason", "b"}});
  EXPECT_EQ(s.diags.error_count(), 4u);
  EXPECT_EQ(s.diags.Finish().diagnostics[0].notes, std::vector<std::string>{"first"});
}

TEST(Emitter, SortsByFileThenPosition) {
  Session s;
  const FileId first = s.Add("abc"), second = s.Add("abc");
  s.diags.Report(Span::None(), DiagId::kSourceUnreadable, {{"reason", "none"}});
  s.Unexpected({second, 0, 1});
  s.Unexpected({first, 2, 3});
  s.Unexpected({first, 0, 3});
  s.Unexpected({first, 0, 1});
  std::vector<Span> order;
  for (const Diagnostic& diagnostic : s.diags.Finish().diagnostics) order.push_back(diagnostic.primary);
  EXPECT_EQ(order,
            (std::vector<Span>{{first, 0, 1}, {first, 0, 3}, {first, 2, 3}, {second, 0, 1}, Span::None()}));
}

TEST(Emitter, WarningsAreNoErrors) {
  Session s;
  s.diags.Report({s.Add("abc"), 0, 1}, DiagId::kHiddenCharacter, {{"character", "U+202E"}});
  EXPECT_FALSE(s.diags.has_errors());
  EXPECT_EQ(s.diags.warning_count(), 1u);
}

TEST(Emitter, CapsPerFileAndKeepsErrorsBeforeWarnings) {
  Session s;
  const FileId full = s.Add(std::string(1000, 'x')), other = s.Add("abc");
  const auto max = static_cast<uint32_t>(limits::kErrorsReportedMax);
  for (uint32_t i = 0; i < max + 5; ++i) {  // a flood of warnings, and then two errors behind them
    s.diags.Report({full, i, i + 1}, DiagId::kHiddenCharacter, {{"character", "U+202E"}});
  }
  s.Unexpected({full, 900, 901});
  s.Unexpected({full, 901, 902});
  s.Unexpected({other, 0, 1});
  const Reports reports = s.diags.Finish();
  EXPECT_EQ(reports.diagnostics.size(), max + 1);
  EXPECT_EQ(reports.error_count, 3u);
  EXPECT_EQ(reports.warning_count, max + 5);
  EXPECT_EQ(reports.hidden_count, 7u);
  EXPECT_EQ(reports.ClosingNote(), "7 more problems are not shown");
  EXPECT_EQ(reports.diagnostics[max - 1].primary, (Span{full, 901, 902}));
}

// --- suggestions ---

TEST(Suggest, NearestNameIfItIsNear) {
  constexpr std::string_view kNames[] = {"email", "country", "plan", "lifetime_value",
                                         "roas",  "cpa",     "ctr",  "spend"};
  EXPECT_EQ(Nearest("emial", kNames), "email");     // a swap
  EXPECT_EQ(Nearest("contry", kNames), "country");  // a letter missing
  EXPECT_EQ(Nearest("lifetimevalue", kNames), "lifetime_value");
  EXPECT_EQ(Nearest("COUNTRY", kNames), "country");  // case alone
  EXPECT_EQ(Nearest("raos", kNames), "roas");
  EXPECT_EQ(Nearest("cpc", kNames), "cpa");
  EXPECT_EQ(Nearest("ct", kNames), "ctr");
  EXPECT_EQ(Nearest("colour", kNames), std::nullopt);
  EXPECT_EQ(Nearest("zz", kNames), std::nullopt);
  EXPECT_EQ(Nearest("", kNames), std::nullopt);
  EXPECT_EQ(Nearest("email", {}), std::nullopt);
  constexpr std::string_view kTwins[] = {"date", "gate"};
  EXPECT_EQ(Nearest("late", kTwins), "date");  // the first of equals
  EXPECT_EQ(Nearest(std::string(100'000, 'x'), kNames), std::nullopt);
}

// --- loading ---

TEST(Load, FailuresAreDiagnosticsWithoutAPlace) {
  Session s;
  EXPECT_EQ(AddText(s.sources, "a.mrule", "when\n\xFF", s.diags), std::nullopt);
  EXPECT_EQ(AddText(s.sources, "b.mrule", std::string("\0", 1), s.diags), std::nullopt);
  EXPECT_EQ(AddText(s.sources, "c.mrule", std::string(limits::kSourceBytesMax + 1, ' '), s.diags),
            std::nullopt);
  EXPECT_EQ(Load(s.sources, "/no/such/file.mrule", s.diags), std::nullopt);
  EXPECT_EQ(s.Text(),
            "error[E0001]: `c.mrule` is larger than 67108864 bytes, the most a rule file may have\n\n"
            "error[E0002]: line 2 of `a.mrule` has the byte 0xFF, which is not UTF-8 text\n\n"
            "error[E0003]: line 1 of `b.mrule` has a zero byte, which rule text may not hold\n\n"
            "error[E0004]: cannot read `/no/such/file.mrule`: No such file or directory\n\n");
}

TEST(Load, WarnsOfCharactersThatReorderALine) {
  Session s;
  ASSERT_TRUE(AddText(s.sources, "a.mrule", "add tag \"\u202Etoh\" # שלום €", s.diags).has_value());
  EXPECT_EQ(
      s.Text(),
      "warning[W0001]: the invisible character U+202E makes this line read in another order than it runs\n"
      " --> a.mrule:1:10\n"
      "  |\n"
      "1 | add tag \"\uFFFDtoh\" # שלום €\n"
      "  |          ^\n"
      "  |\n"
      "  = fix: remove it\n"
      "1 - add tag \"\uFFFDtoh\" # שלום €\n"
      "1 + add tag \"toh\" # שלום €\n"
      "\n");
}

// --- text ---

TEST(RenderText, LabelsHangUnderTheLineAndFootersFollow) {
  Session s;
  const FileId file = s.Add("rule \"A\"\n\nwhen spend over 6h > 100\npause campaign\n");
  s.Unexpected(s.At(file, ">"))
      .Label(s.At(file, "spend over 6h"), "money")
      .Label(s.At(file, "100"), "a number")
      .Expected("an amount of money")
      .Note("the currency is the dollar")
      .Help("see the workspace")
      .Fix(s.At(file, "100"), "$100", "compare with money");
  EXPECT_EQ(s.Text(),
            "error[E0101]: expected a number, found `x`\n"
            " --> rules.mrule:3:20\n"
            "  |\n"
            "3 | when spend over 6h > 100\n"
            "  |      ------------- ^ --- a number\n"
            "  |      |\n"
            "  |      money\n"
            "  |\n"
            "  = expected: an amount of money\n"
            "  = note: the currency is the dollar\n"
            "  = help: see the workspace\n"
            "  = fix: compare with money\n"
            "3 - when spend over 6h > 100\n"
            "3 + when spend over 6h > $100\n"
            "\n");
}

TEST(RenderText, SeveralHangingLabelsKeepTheirBars) {
  Session s;
  const FileId file = s.Add("one two three four");
  s.Unexpected(s.At(file, "two"))
      .Label(s.At(file, "two"), "here")
      .Label(s.At(file, "one"), "first")
      .Label(s.At(file, "four"), "last");
  EXPECT_EQ(s.Text(),
            "error[E0101]: expected a number, found `x`\n"
            " --> rules.mrule:1:5\n"
            "  |\n"
            "1 | one two three four\n"
            "  | --- ^^^       ---- last\n"
            "  | |   |\n"
            "  | |   here\n"
            "  | first\n"
            "\n");
}

TEST(RenderText, CaptionLeftOfAnotherMarkHangs) {
  Session s;
  const FileId file = s.Add("one two three");
  s.Unexpected(s.At(file, "three")).Label(s.At(file, "one"), "first");
  EXPECT_EQ(s.Text(),
            "error[E0101]: expected a number, found `x`\n"
            " --> rules.mrule:1:9\n"
            "  |\n"
            "1 | one two three\n"
            "  | ---     ^^^^^\n"
            "  | |\n"
            "  | first\n"
            "\n");
}

TEST(RenderText, LabelsOnOtherLinesAndInOtherFiles) {
  Session s;
  std::string text = "a\nb\nc\n";
  for (int line = 4; line <= 11; ++line) text += "line\n";
  const FileId file = s.Add(text + "z"), other = s.Add("segment vip", "std.mrule");
  s.Unexpected(s.At(file, "z"))
      .Label(s.At(file, "a"), "first")
      .Label(s.At(file, "c"), "third")
      .Label(s.At(other, "vip"), "declared here");
  EXPECT_EQ(s.Text(),
            "error[E0101]: expected a number, found `x`\n"
            "  --> rules.mrule:12:1\n"
            "   |\n"
            " 1 | a\n"
            "   | - first\n"
            " 2 | b\n"
            " 3 | c\n"
            "   | - third\n"
            "...\n"
            "12 | z\n"
            "   | ^\n"
            "  ::: std.mrule:1:9\n"
            "   |\n"
            " 1 | segment vip\n"
            "   |         --- declared here\n"
            "\n");
}

TEST(RenderText, SpanOfSeveralLinesIsMarkedAtBothEnds) {
  Session s;
  const FileId file = s.Add("when (roas\n\n  and\n  cpa) x\n");
  Span span = Join(s.At(file, "("), s.At(file, ")"));
  s.Unexpected(span).Label(span, "this condition");
  EXPECT_EQ(s.Text(),
            "error[E0101]: expected a number, found `x`\n"
            " --> rules.mrule:1:6\n"
            "  |\n"
            "1 | when (roas\n"
            "  |      ^^^^^\n"
            "...\n"
            "4 |   cpa) x\n"
            "  |   ^^^^ this condition\n"
            "\n");
}

TEST(RenderText, EndOfFileAndEmptySpansHaveOneCaret) {
  Session s;
  const FileId file = s.Add("when\n");
  s.Unexpected({file, 5, 5});
  s.Unexpected({file, 4, 5});       // the line break itself
  s.Unexpected({file, 900, 1000});  // beyond the end is the end
  EXPECT_EQ(s.Text(),
            "error[E0101]: expected a number, found `x`\n"
            " --> rules.mrule:1:5\n"
            "  |\n"
            "1 | when\n"
            "  |     ^\n"
            "\n"
            "error[E0101]: expected a number, found `x`\n"
            " --> rules.mrule:2:1\n"
            "  |\n"
            "2 |\n"
            "  | ^\n"
            "\n"
            "error[E0101]: expected a number, found `x`\n"
            " --> rules.mrule:2:1\n"
            "  |\n"
            "2 |\n"
            "  | ^\n"
            "\n");
}

TEST(RenderText, CaretsCountCodePointsAndTabsAreOneColumn) {
  Session s;
  const FileId file = s.Add("\t\"€😀\" bad\x1B[31m\n");
  s.Unexpected(s.At(file, "bad"));
  EXPECT_EQ(s.Text(),
            "error[E0101]: expected a number, found `x`\n"
            " --> rules.mrule:1:7\n"
            "  |\n"
            "1 |  \"€😀\" bad\uFFFD[31m\n"
            "  |       ^^^\n"
            "\n");
}

TEST(RenderText, LongLineIsShownAroundTheMark) {
  Session s;
  const FileId file = s.Add("far " + std::string(30'000'000, 'a') + " bad " + std::string(30'000'000, 'b'));
  s.Unexpected(s.At(file, "bad"))
      .Label(s.At(file, "far"), "over there")
      .Fix(s.At(file, "bad"), "good", "mend it");
  EXPECT_EQ(s.Text(),
            "error[E0101]: expected a number, found `x`\n"
            " --> rules.mrule:1:30000006\n"
            "  |\n"
            "1 | ..." +
                std::string(59, 'a') + " bad " + std::string(96, 'b') +
                "...\n"
                "  | " +
                std::string(63, ' ') +
                "^^^\n"
                "  |\n"
                "  = note: 1:1: over there\n"
                "  = fix: mend it: `bad` becomes `good`\n"
                "\n");
}

TEST(RenderText, FixMayAddAndRemoveLines) {
  Session s;
  const FileId file = s.Add("score x\r\n  opened +1\r\nwhen y");
  s.Unexpected(s.At(file, "when")).Fix(s.At(file, "when").Before(), "end\n\n", "close it");
  EXPECT_EQ(s.Text(),
            "error[E0101]: expected a number, found `x`\n"
            " --> rules.mrule:3:1\n"
            "  |\n"
            "3 | when y\n"
            "  | ^^^^\n"
            "  |\n"
            "  = fix: close it\n"
            "3 - when y\n"
            "3 + end\n"
            "4 +\n"
            "5 + when y\n"
            "\n");
}

TEST(RenderText, ColourWrapsTheSameText) {
  Session s;
  const FileId file = s.Add("a b");
  s.Unexpected(s.At(file, "b"));
  EXPECT_EQ(s.Text({.colour = true}),
            "\x1b[1;31merror[E0101]\x1b[0m\x1b[1m: expected a number, found `x`\x1b[0m\n"
            "\x1b[1;34m --> \x1b[0mrules.mrule:1:3\n"
            "\x1b[1;34m  |\x1b[0m\n"
            "\x1b[1;34m1 |\x1b[0m a b\n"
            "\x1b[1;34m  |\x1b[0m   \x1b[1;31m^\x1b[0m\n"
            "\n");
}

TEST(RenderText, ClosingNoteSaysHowManyAreHidden) {
  Session s;
  const FileId file = s.Add(std::string(500, 'x'));
  for (uint32_t i = 0; i <= limits::kErrorsReportedMax; ++i) s.Unexpected({file, i, i + 1});
  EXPECT_TRUE(s.Text().ends_with("\n\nnote: 1 more problem is not shown\n"));
}

// --- JSON and SARIF ---

TEST(RenderJson, OneObjectALine) {
  Session s;
  const FileId file = s.Add("\xEF\xBB\xBFx\n€ bad\n");
  s.Unexpected(s.At(file, "bad"))
      .Label(s.At(file, "x"), "see \"here\"")
      .Expected("a number")
      .Note("why")
      .Help("how")
      .Fix(s.At(file, "bad"), "1", "write 1");
  s.diags.Report(Span::None(), DiagId::kSourceUnreadable, {{"reason", "bad \xFF name"}});
  EXPECT_EQ(
      RenderJson(s.diags.Finish(), s.sources),
      R"({"code":"E0101","name":"UnexpectedToken","severity":"error","message":"expected a number, found `x`",)"
      R"("file":"rules.mrule","line":2,"column":3,"end_line":2,"end_column":6,"byte_begin":9,"byte_end":12,)"
      R"("labels":[{"file":"rules.mrule","line":1,"column":1,"end_line":1,"end_column":2,"byte_begin":3,)"
      R"("byte_end":4,"text":"see \"here\""}],"expected":["a number"],"notes":["why"],"helps":["how"],)"
      R"("fixes":[{"file":"rules.mrule","line":2,"column":3,"end_line":2,"end_column":6,"byte_begin":9,)"
      R"("byte_end":12,"title":"write 1","replacement":"1"}]})"
      "\n"
      R"({"code":"E0004","name":"SourceUnreadable","severity":"error","message":"bad )"
      "\uFFFD"
      R"( name","file":null,"line":null,"column":null,"end_line":null,"end_column":null,"byte_begin":null,)"
      R"("byte_end":null,"labels":[],"expected":[],"notes":[],"helps":[],"fixes":[]})"
      "\n");
}

TEST(RenderJson, SaysHowManyAreHidden) {
  Session s;
  const FileId file = s.Add(std::string(500, 'x'));
  for (uint32_t i = 0; i <= limits::kErrorsReportedMax; ++i) s.Unexpected({file, i, i + 1});
  EXPECT_TRUE(
      RenderJson(s.diags.Finish(), s.sources)
          .ends_with("\n{\"code\":null,\"severity\":\"note\",\"message\":\"1 more problem is not shown\","
                     "\"hidden\":1}\n"));
}

TEST(RenderSarif, HoldsRulesResultsAndFixes) {
  Session s;
  const FileId file = s.Add("€ bad", "my rules/a.mrule");
  s.Unexpected(s.At(file, "bad"))
      .Label(s.At(file, "€"), "here")
      .Expected("a number")
      .Fix(s.At(file, "bad"), "1", "write 1");
  s.diags.Report(Span::None(), DiagId::kSourceUnreadable, {{"reason", "gone"}});
  const auto document = nlohmann::json::parse(RenderSarif(s.diags.Finish(), s.sources, "0.1.0"));

  EXPECT_EQ(document["version"], "2.1.0");
  const auto& run = document["runs"][0];
  EXPECT_EQ(run["columnKind"], "unicodeCodePoints");
  EXPECT_EQ(run["invocations"], nlohmann::json::parse(R"([{"executionSuccessful":true}])"));
  const auto& driver = run["tool"]["driver"];
  EXPECT_EQ(driver["version"], "0.1.0");
  ASSERT_EQ(driver["rules"].size(), Catalog().size());
  for (const auto& result : run["results"]) {
    EXPECT_EQ(driver["rules"][result["ruleIndex"].get<size_t>()]["id"], result["ruleId"]);
  }
  const auto& rule = driver["rules"][run["results"][0]["ruleIndex"].get<size_t>()];
  EXPECT_EQ(rule["help"]["markdown"], std::string(*Explain("E0101")));
  EXPECT_EQ(rule["defaultConfiguration"]["level"], "error");

  auto result = run["results"][0];
  result.erase("ruleIndex");
  EXPECT_EQ(result, nlohmann::json::parse(R"({
    "ruleId": "E0101", "level": "error",
    "message": {"text": "expected a number, found `x`\nexpected: a number"},
    "locations": [{"physicalLocation": {
      "artifactLocation": {"uri": "my%20rules/a.mrule"},
      "region": {"startLine": 1, "startColumn": 3, "endLine": 1, "endColumn": 6}}}],
    "relatedLocations": [{"message": {"text": "here"}, "physicalLocation": {
      "artifactLocation": {"uri": "my%20rules/a.mrule"},
      "region": {"startLine": 1, "startColumn": 1, "endLine": 1, "endColumn": 2}}}],
    "fixes": [{"description": {"text": "write 1"}, "artifactChanges": [{
      "artifactLocation": {"uri": "my%20rules/a.mrule"},
      "replacements": [{"deletedRegion": {"startLine": 1, "startColumn": 3, "endLine": 1, "endColumn": 6},
                        "insertedContent": {"text": "1"}}]}]}]})"));
  EXPECT_EQ(run["results"][1]["locations"], nlohmann::json::array());
  EXPECT_EQ(run["results"][1]["message"]["text"], "gone");
}

}  // namespace
}  // namespace mrule::diagnostics
