// SPDX-License-Identifier: Apache-2.0
// What sinks write: decisions, suppressed ones, traps, late records and rejects, byte for byte; and disks
// that are full.
#include "runtime/actions/decision_json.h"

#include <fcntl.h>
#include <gtest/gtest.h>
#include <unistd.h>

#include <bit>
#include <cstdio>
#include <nlohmann/json.hpp>

#include "runtime/actions/counting_sink.h"
#include "runtime/actions/rejects_writer.h"
#include "runtime/actions/table_sink.h"
#include "tests/unit/plan_fixture.h"

namespace mrule::runtime {
namespace {

using plan::ValueRef;
using sema::TypeKind;
using test::Optional;
using test::Required;

int64_t Bits(double value) { return std::bit_cast<int64_t>(value); }

ValueRef Constant(sema::Type type, int64_t bits) { return {ValueRef::Kind::kConstant, type, bits, 0}; }
ValueRef ConstantText(sema::Type type, int64_t index) {
  return {ValueRef::Kind::kConstantText, type, index, 0};
}
ValueRef Output(sema::Type type, uint32_t index) { return {ValueRef::Kind::kOutput, type, 0, index}; }

plan::ArgumentPlan Argument(std::string name, std::vector<ValueRef> values, bool is_list = false) {
  plan::ArgumentPlan argument;
  argument.name = std::move(name);
  argument.is_list = is_list;
  argument.values = std::move(values);
  return argument;
}

/// A temporary file, and what has been written to it.
class Capture {
 public:
  Capture() : file_(std::tmpfile()), writer_(fileno(file_), false, "a file") {}
  ~Capture() { std::fclose(file_); }
  FileWriter* writer() { return &writer_; }
  std::string Text() {
    EXPECT_TRUE(writer_.Flush().ok());
    std::rewind(file_);
    std::string text;
    char block[4096];
    for (size_t got; (got = std::fread(block, 1, sizeof block, file_)) > 0;) text.append(block, got);
    return text;
  }

 private:
  std::FILE* file_;
  FileWriter writer_;
};

class DecisionJsonTest : public testing::Test {
 protected:
  DecisionJsonTest() {
    plan_ = test::SmallPlan();
    plan_.rules.resize(2);
    plan_.rules[0].name = "Stop \"losing\" campaigns";
    plan_.rules[0].entity = 1;
    plan_.rules[1].name = "Other";
    plan_.rules[1].entity = 1;
    plan::RuleCase rule_case;
    plan::ActionPlan pause;
    pause.name = "pause";
    rule_case.actions.push_back(pause);
    plan::ActionPlan notify;
    notify.name = "notify";
    notify.arguments.push_back(Argument("channel", {ConstantText(Required(TypeKind::kCode), 0)}));
    plan::ArgumentPlan text = Argument("text", {ValueRef()});
    text.templates.push_back({{"Paused ", ": ROAS ", ", spent ", ""},
                              {Output(Required(TypeKind::kText), 0), Output(Optional(TypeKind::kRatio), 1),
                               Output(Required(TypeKind::kMoney), 2)}});
    notify.arguments.push_back(text);
    notify.arguments.push_back(Argument(
        "lists", {ConstantText(Required(TypeKind::kText), 0), ConstantText(Required(TypeKind::kText), 1)},
        true));
    notify.arguments.push_back(Argument("share", {Constant(Required(TypeKind::kPercent), Bits(0.2))}));
    rule_case.actions.push_back(notify);
    plan::ActionPlan score;
    score.name = "score";
    score.state_only = true;
    score.arguments.push_back(Argument("by", {Constant(Required(TypeKind::kCount), 10)}));
    rule_case.actions.push_back(score);
    rule_case.because = {{"roas", Output(Optional(TypeKind::kRatio), 1)},
                         {"spend over 6h", Output(Required(TypeKind::kMoney), 2)}};
    plan_.cases.push_back(rule_case);

    decision_.at = 1'795'226'400'000'000;
    decision_.entity = 1;
    decision_.subject = &subject_;
    decision_.rule = 0;
    decision_.rule_case = &plan_.cases[0];
    decision_.nth = 1;
    decision_.outputs = outputs_;
  }

  plan::Plan plan_;
  MrText subject_{"c1", 2, 1};
  MrText name_{"Spring \"26\"", 11, 0};
  MrValue outputs_[3] = {{reinterpret_cast<int64_t>(&name_), 1}, {Bits(0.9), 1}, {1'234'500'000, 1}};
  Decision decision_;
};

TEST_F(DecisionJsonTest, Decisions) {
  Capture decisions;
  JsonDecisionSink sink(plan_, {decisions.writer(), nullptr, nullptr, nullptr});
  EXPECT_TRUE(sink.wants_detail());
  for (uint32_t action = 0; action < 3; ++action) {
    decision_.action = action;
    sink.OnDecision(decision_);
  }
  outputs_[1].known = 0;
  decision_.action = 1;
  sink.OnDecision(decision_);
  const std::string text = decisions.Text();
  EXPECT_EQ(
      text,
      R"({"id":"a81684c8aec5a73341870a8d33030476","at":"2026-11-21T02:00:00Z","rule":"Stop \"losing\" campaigns","campaign":"c1","action":"pause","args":{},"because":{"roas":0.9,"spend over 6h":1234.5}})"
      "\n"
      R"({"id":"ce06b338b58c78684b8fa6afac204de9","at":"2026-11-21T02:00:00Z","rule":"Stop \"losing\" campaigns","campaign":"c1","action":"notify","args":{"channel":"welcome_1","text":"Paused Spring \"26\": ROAS 0.9, spent $1,234.50","lists":["welcome_1","welcome_2"],"share":0.2},"because":{"roas":0.9,"spend over 6h":1234.5}})"
      "\n"
      R"({"id":"39962f336971ec6e0e6cb35827e76ecb","at":"2026-11-21T02:00:00Z","rule":"Stop \"losing\" campaigns","campaign":"c1","action":"score","kind":"state","args":{"by":10},"because":{"roas":0.9,"spend over 6h":1234.5}})"
      "\n"
      R"({"id":"ce06b338b58c78684b8fa6afac204de9","at":"2026-11-21T02:00:00Z","rule":"Stop \"losing\" campaigns","campaign":"c1","action":"notify","args":{"channel":"welcome_1","text":"Paused Spring \"26\": ROAS unknown, spent $1,234.50","lists":["welcome_1","welcome_2"],"share":0.2},"because":{"roas":null,"spend over 6h":1234.5}})"
      "\n");
}

TEST_F(DecisionJsonTest, IdsTellDecisionsApart) {
  const std::string id = DecisionId(plan_, decision_);
  EXPECT_EQ(id.size(), 32u);
  EXPECT_EQ(DecisionId(plan_, decision_), id);
  const MrText other{"c2", 2, 2};
  const auto changed = [&](auto change) {
    Decision copy = decision_;
    change(copy);
    return DecisionId(plan_, copy) != id;
  };
  EXPECT_TRUE(changed([&](Decision& d) { d.subject = &other; }));
  EXPECT_TRUE(changed([](Decision& d) { ++d.at; }));
  EXPECT_TRUE(changed([](Decision& d) { ++d.nth; }));
  EXPECT_TRUE(changed([](Decision& d) { ++d.action; }));
  EXPECT_TRUE(changed([](Decision& d) { d.rule = 1; }));
  EXPECT_TRUE(changed([](Decision& d) { d.entity = 0; }));
  EXPECT_FALSE(changed([](Decision& d) { d.outputs = nullptr; }));
  plan_.rules[1].name = plan_.rules[0].name;
  EXPECT_FALSE(changed([](Decision& d) { d.rule = 1; })) << "the rule's name counts, not its number";
}

TEST_F(DecisionJsonTest, SuppressedTrapsAndLate) {
  Capture suppressed, traps, late;
  JsonDecisionSink sink(plan_, {nullptr, suppressed.writer(), traps.writer(), late.writer()});
  decision_.outputs = nullptr;
  sink.OnSuppressed(decision_, false, 1);
  sink.OnSuppressed(decision_, true, 0);
  const std::string text = suppressed.Text();
  EXPECT_NE(
      text.find(R"("because":{"roas":null,"spend over 6h":null},"suppressed_by":"rule","winner":"Other"})"),
      std::string::npos)
      << text;
  EXPECT_NE(text.find(R"(,"suppressed_by":"limit"})"), std::string::npos) << text;
  sink.OnTrap(0, 1, &subject_, 1, kMrOverflow, "rule \"Other\" condition");
  sink.OnTrap(0, 1, &subject_, kNoRule, kMrOk, "rounds");
  EXPECT_EQ(
      traps.Text(),
      R"({"at":"1970-01-01T00:00:00Z","rule":"Other","campaign":"c1","trap":"overflow","what":"rule \"Other\" condition"})"
      "\n"
      R"({"at":"1970-01-01T00:00:00Z","campaign":"c1","trap":"rounds","what":"rounds"})"
      "\n");
  Event event;
  event.line = 7;
  event.at = 1'000'000;
  event.raw = "{\"a\":1}";
  sink.OnLate(event, 5'000'000);
  sink.SetSources({"web", "ads"});
  event.source = 1;
  sink.OnLate(event, 5'000'000);
  EXPECT_EQ(late.Text(),
            R"({"line":7,"at":"1970-01-01T00:00:01Z","clock":"1970-01-01T00:00:05Z","raw":"{\"a\":1}"})"
            "\n"
            R"({"source":"ads","line":7,"at":"1970-01-01T00:00:01Z","clock":"1970-01-01T00:00:05Z","raw":"{\"a\":1}"})"
            "\n");
}

TEST_F(DecisionJsonTest, ValuesInJsonAndWords) {
  const ValuePrinter printer(plan_);
  const MrText a{"a\x01\"\\", 4, 0}, b{"é", 2, 0};
  const MrText* items[] = {&a, &b};
  const MrTextSet set{items, 2, 0};
  const auto both = [&](sema::Type type, int64_t bits) {
    std::string json, words;
    printer.AppendJson(json, type, MrValue{bits, 1});
    printer.AppendWords(words, type, MrValue{bits, 1});
    return json + " | " + words;
  };
  const auto money = [](uint32_t currency) { return Required(TypeKind::kMoney, currency); };
  EXPECT_EQ(both(Required(TypeKind::kBoolean), 1), "true | yes");
  EXPECT_EQ(both(Required(TypeKind::kNumber), Bits(1234567.25)), "1234567.25 | 1,234,567.25");
  EXPECT_EQ(both(Required(TypeKind::kNumber), Bits(1.0 / 3)), "0.3333333333333333 | 0.3333");
  EXPECT_EQ(both(Required(TypeKind::kNumber), Bits(-0.000012345)), "-1.2345e-05 | -0.00001234");
  EXPECT_EQ(both(Required(TypeKind::kNumber), Bits(-1e-320)), "-1e-320 | 0");
  EXPECT_EQ(both(Required(TypeKind::kNumber), Bits(1e300 * 1e10)), "null | unknown");
  EXPECT_EQ(both(Required(TypeKind::kRatio), Bits(2)), "2 | 2");
  EXPECT_EQ(both(Required(TypeKind::kPercent), Bits(0.125)), "0.125 | 12.5%");
  EXPECT_EQ(both(Required(TypeKind::kCount), -1234567), "-1234567 | -1,234,567");
  EXPECT_EQ(both(Required(TypeKind::kCount), INT64_MIN), "-9223372036854775808 | -9,223,372,036,854,775,808");
  EXPECT_EQ(both(money(0), 200'000'000), "200 | $200");
  EXPECT_EQ(both(money(1), 12'500), "0.0125 | €0.0125");
  EXPECT_EQ(both(money(2), -9'990'000), "-9.99 | -£9.99");
  EXPECT_EQ(both(money(3), 1'050'500'000), "1050.5 | 1,050.50 CHF");
  EXPECT_EQ(both(money(0), INT64_MIN), "-9223372036854.775808 | -$9,223,372,036,854.775808");
  EXPECT_EQ(both(Required(TypeKind::kDuration), 21'600'000'000), "\"6h\" | 6h");
  EXPECT_EQ(both(Required(TypeKind::kInstant), 0), "\"1970-01-01T00:00:00Z\" | 1970-01-01T00:00:00Z");
  EXPECT_EQ(both(Required(TypeKind::kDate), 0), "\"1970-01-01\" | 1970-01-01");
  EXPECT_EQ(both(Required(TypeKind::kTimeOfDay), 34'200'000'000), "\"09:30\" | 09:30");
  EXPECT_EQ(both(Required(TypeKind::kEnum), 1), "\"pro\" | pro");
  EXPECT_EQ(both(Required(TypeKind::kText), reinterpret_cast<int64_t>(&a)),
            "\"a\\u0001\\\"\\\\\" | a\x01\"\\");
  EXPECT_EQ(both(Required(TypeKind::kSet), reinterpret_cast<int64_t>(&set)),
            "[\"a\\u0001\\\"\\\\\",\"é\"] | a\x01\"\\, é");
}

TEST_F(DecisionJsonTest, Table) {
  Capture out;
  TableSink sink(plan_, *out.writer());
  decision_.action = 1;
  sink.OnDecision(decision_);
  decision_.action = 0;
  sink.OnDecision(decision_);
  EXPECT_EQ(out.Text(),
            "time                  rule                     subject               action  arguments\n"
            "2026-11-21T02:00:00Z  Stop \"losing\" campaigns  campaign c1           notify  channel "
            "welcome_1, text Paused Spring \"26\": ROAS 0.9, spent $1,234.50, lists we…\n"
            "2026-11-21T02:00:00Z  Stop \"losing\" campaigns  campaign c1           pause\n");
}

TEST_F(DecisionJsonTest, CountsOnly) {
  CountingSink sink;
  EXPECT_FALSE(sink.wants_detail());
  sink.OnDecision(decision_);
  sink.OnSuppressed(decision_, true, 0);
  sink.OnSuppressed(decision_, false, 0);
  EXPECT_EQ(sink.decisions, 1u);
  EXPECT_EQ(sink.limited, 1u);
  EXPECT_EQ(sink.suppressed, 1u);
}

TEST(RejectsWriter, KeepsTheLineWhole) {
  Capture out;
  RejectsWriter rejects(*out.writer());
  rejects.OnReject(3, "R0701", "byte 1 of the line is not JSON: `x`", "x\"\t");
  rejects.OnReject(4, "R0713", "bad", "J\xFCrgen");
  EXPECT_EQ(out.Text(),
            R"({"line":3,"code":"R0701","reason":"byte 1 of the line is not JSON: `x`","raw":"x\"\t"})"
            "\n"
            "{\"line\":4,\"code\":\"R0713\",\"reason\":\"bad\",\"raw\":\"J\xEF\xBF\xBDrgen\",\"raw_base64\":"
            "\"SvxyZ2Vu\"}\n");
  for (const auto& [bytes, text] : {std::pair("", ""), std::pair("f", "Zg=="), std::pair("fo", "Zm8="),
                                    std::pair("foo", "Zm9v"), std::pair("foob", "Zm9vYg==")}) {
    std::string encoded;
    AppendBase64(encoded, bytes);
    EXPECT_EQ(encoded, text);
  }
}

TEST_F(DecisionJsonTest, AFullDiskIsReported) {
  auto full = FileWriter::Create("/dev/full");
  ASSERT_TRUE(full.ok());
  JsonDecisionSink sink(plan_, {full.value().get(), nullptr, nullptr, nullptr});
  for (int i = 0; i < 5000 && !sink.failed(); ++i) sink.OnDecision(decision_);
  EXPECT_TRUE(sink.failed()) << "as soon as a buffer is full";
  const Result<void> flushed = sink.Flush();
  ASSERT_FALSE(flushed.ok());
  EXPECT_EQ(flushed.error().message, "cannot write `/dev/full`: No space left on device");
  const Result<void> closed = full.value()->Close();
  ASSERT_FALSE(closed.ok());
  EXPECT_EQ(closed.error().message, "cannot write `/dev/full`: No space left on device");
}

TEST(FileWriter, AShortFileFailsAtClose) {
  auto full = FileWriter::Create("/dev/full");
  ASSERT_TRUE(full.ok());
  full.value()->Write("a");
  EXPECT_FALSE(full.value()->failed());
  EXPECT_FALSE(full.value()->Close().ok());
  EXPECT_FALSE(full.value()->Close().ok()) << "a failure stays";
  EXPECT_FALSE(FileWriter::Create("/nonexistent/x").ok());
}

TEST(FileWriter, WritesMoreThanABuffer) {
  Capture out;
  const std::string block(100'000, 'x'), large(FileWriter::kBufferBytes * 2, 'y');
  for (int i = 0; i < 10; ++i) out.writer()->Write(block);
  out.writer()->Write(large);
  out.writer()->Write("z");
  EXPECT_EQ(out.writer()->bytes_written(), 1'000'001 + large.size());
  EXPECT_EQ(out.Text(), std::string(1'000'000, 'x') + large + "z");
}

}  // namespace
}  // namespace mrule::runtime
