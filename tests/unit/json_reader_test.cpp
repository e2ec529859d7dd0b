// SPDX-License-Identifier: Apache-2.0
// Lines to typed events, and every reason for which a line is refused (S16, S17).
#include <gtest/gtest.h>

#include <algorithm>
#include <bit>
#include <nlohmann/json.hpp>
#include <random>

#include "compiler/base/limits.h"
#include "runtime/json/json_check.h"
#include "runtime/json/reader.h"
#include "runtime/value/text_pool.h"
#include "tests/unit/plan_fixture.h"

namespace mrule::runtime {
namespace {

struct Rejected {
  uint64_t line;
  std::string code, reason, raw;
};

struct Rejects : RejectSink {
  void OnReject(uint64_t line, std::string_view code, std::string_view reason,
                std::string_view raw) override {
    all.push_back({line, std::string(code), std::string(reason), std::string(raw)});
  }
  std::vector<Rejected> all;
};

class JsonReaderTest : public testing::Test {
 protected:
  void Use(plan::Plan plan) {
    reader_.reset();
    program_ = test::LoadPlan(std::move(plan));
    reader_ = std::make_unique<JsonReader>(*program_, rejects_);
  }
  void SetUp() override { Use(test::SmallPlan()); }

  /// All events of `text`; the buffer is not the batch's, so it is gone when they are looked at.
  std::vector<Event>& Read(std::string text, size_t limit = 1000) {
    const size_t size = text.size();
    text.append(JsonReader::kPadding, 'x');
    batch_.Clear();
    consumed_ = reader_->Read(std::string_view(text.data(), size), true, limit, batch_);
    text.assign(text.size(), '!');
    return batch_.events;
  }

  /// `fields` of an `everything` event by name; a rejected line gives null.
  const MrValue* Field(const std::string& fields, const char* name) {
    Read(R"({"type":"everything","contact":"c1","at":"2026-01-01T00:00:00Z",)" + fields + "}");
    if (batch_.events.empty()) return nullptr;
    const auto& plan = program_->plan().events[2].fields;
    for (size_t i = 0; i < plan.size(); ++i) {
      if (plan[i].name == name) return &batch_.events[0].fields[i];
    }
    return nullptr;
  }
  std::string TextField(const std::string& fields, const char* name) {
    const MrValue* value = Field(fields, name);
    if (value == nullptr) return "rejected";
    return value->known == 0 ? "unknown" : std::string(View(*reinterpret_cast<const MrText*>(value->bits)));
  }
  /// The reason for which the one line is refused, or what happened instead.
  std::string Reason(const std::string& line) {
    rejects_.all.clear();
    Read(line + "\n");
    if (rejects_.all.size() != 1) return "accepted";
    EXPECT_EQ(rejects_.all[0].raw, line);
    return rejects_.all[0].code + " " + rejects_.all[0].reason;
  }
  std::string ReasonOfField(const std::string& fields) {
    return Reason(R"({"type":"everything","contact":"c1","at":"2026-01-01T00:00:00Z",)" + fields + "}");
  }

  std::unique_ptr<Program> program_;
  Rejects rejects_;
  std::unique_ptr<JsonReader> reader_;
  EventBatch batch_;
  size_t consumed_ = 0;
};

TEST_F(JsonReaderTest, ReadsAnEvent) {
  const auto& events = Read(
      R"({"type":"opened","contact":"c42","at":"2026-11-21T02:00:00Z","message":"welcome_2","id":"e1","more":[1,{"a":null}]})");
  ASSERT_EQ(events.size(), 1u);
  EXPECT_EQ(events[0].kind, Event::Kind::kEvent);
  EXPECT_EQ(events[0].type, 0u);
  EXPECT_EQ(events[0].at, 1'795'226'400'000'000);
  EXPECT_EQ(events[0].line, 1u);
  EXPECT_EQ(events[0].id, "e1");
  EXPECT_EQ(std::string_view(events[0].subjects[0].data, events[0].subjects[0].size), "c42");
  const auto* message = reinterpret_cast<const MrText*>(events[0].fields[0].bits);
  EXPECT_EQ(message, program_->ConstantText(1)) << "a value equal to a constant is the constant";
  EXPECT_TRUE(events[0].raw.starts_with("{\"type\"") && events[0].raw.ends_with("}]}"));
}

TEST_F(JsonReaderTest, KeysInAnyOrderWithSpaceAndEscapes) {
  const auto& events = Read(
      "\xEF\xBB\xBF  { \"message\" : \"a\\u00e9\\n\\ud83d\\ude00\" ,\t\"at\":\"2026-11-21\", "
      "\"cont\\u0061ct\" :42, \"type\":\"opened\" } \r\n\n  \r\n");
  ASSERT_EQ(events.size(), 1u) << rejects_.all[0].reason;
  EXPECT_EQ(View(*reinterpret_cast<const MrText*>(events[0].fields[0].bits)), "aé\n😀");
  EXPECT_EQ(std::string_view(events[0].subjects[0].data, events[0].subjects[0].size), "42");
  EXPECT_EQ(reader_->lines(), 3u);
  EXPECT_EQ(reader_->rejected(), 0u);
}

TEST_F(JsonReaderTest, LastOfEqualKeysCounts) {
  EXPECT_EQ(TextField(R"("text":5.5,"text":"b")", "text"), "b");
  EXPECT_EQ(TextField(R"("text":"b","text":null)", "text"), "unknown");
}

TEST_F(JsonReaderTest, AttributesOfAnEntity) {
  const auto& events = Read(
      R"({"type":"contact","contact":"c1","at":"2026-01-01","plan":"pro","country":null,"tags":["b","a","b"],"ltv":"1.5"})");
  ASSERT_EQ(events.size(), 1u);
  const Event& event = events[0];
  EXPECT_EQ(event.kind, Event::Kind::kAttributes);
  EXPECT_EQ(event.type, 0u);
  EXPECT_EQ(event.present[0], 1);
  EXPECT_EQ(event.fields[0].known, 0);
  EXPECT_EQ(event.fields[1].bits, 1);
  EXPECT_EQ(event.present[2], 0);
  const auto* tags = reinterpret_cast<const MrTextSet*>(event.fields[3].bits);
  ASSERT_EQ(tags->size, 2u);
  EXPECT_EQ(View(*tags->items[0]), "a");
  EXPECT_NE(tags->items[0]->id, 0u) << "what goes into state is pooled";
  EXPECT_EQ(event.fields[4].bits, 1'500'000);
}

TEST_F(JsonReaderTest, TypesOfValues) {
  const auto bits = [this](const std::string& fields, const char* name) {
    const MrValue* value = Field(fields, name);
    return value == nullptr ? INT64_MIN : value->known == 0 ? INT64_MIN + 1 : value->bits;
  };
  const auto real = [&](const std::string& fields, const char* name) {
    return std::bit_cast<double>(bits(fields, name));
  };
  EXPECT_EQ(bits(R"("flag":true)", "flag"), 1);
  EXPECT_EQ(bits(R"("flag":false)", "flag"), 0);
  EXPECT_EQ(real(R"("number":-1.25e1)", "number"), -12.5);
  EXPECT_EQ(real(R"("number":"12.5")", "number"), 12.5);
  EXPECT_EQ(real(R"("share":0.2)", "share"), 0.2);
  EXPECT_EQ(bits(R"("count":5.0)", "count"), 5);
  EXPECT_EQ(bits(R"("money":"12.50")", "money"), 12'500'000);
  EXPECT_EQ(bits(R"("money":0.1)", "money"), 100'000);
  EXPECT_EQ(bits(R"("length":"6h")", "length"), 21'600'000'000);
  EXPECT_EQ(bits(R"("moment":"1970-01-01T00:00:00.5Z")", "moment"), 500'000);
  EXPECT_EQ(bits(R"("day":"1970-01-02")", "day"), 1);
  EXPECT_EQ(bits(R"("clock":"00:01")", "clock"), 60'000'000);
  EXPECT_EQ(bits(R"("plan":"enterprise")", "plan"), 2);
  EXPECT_EQ(TextField(R"("text":123456789012345678901)", "text"), "123456789012345678901");
  EXPECT_EQ(TextField(R"("code":"US")", "code"), "US");
  EXPECT_EQ(bits(R"("text":null)", "text"), INT64_MIN + 1);
  EXPECT_EQ(bits(R"("text":"x")", "flag"), INT64_MIN + 1) << "an optional field that is absent is unknown";
  const MrValue* tags = Field(R"("tags":[])", "tags");
  ASSERT_NE(tags, nullptr);
  EXPECT_EQ(reinterpret_cast<const MrTextSet*>(tags->bits)->size, 0u);
}

TEST_F(JsonReaderTest, WrongTypesNameFieldExpectationAndFinding) {
  EXPECT_EQ(ReasonOfField(R"("flag":"true")"),
            "R0709 `flag` of `everything` must be true or false, found the text `true`");
  EXPECT_EQ(ReasonOfField(R"("number":"a lot")"),
            "R0709 `number` of `everything` must be a number, found the text `a lot`");
  EXPECT_EQ(ReasonOfField(R"("number":1e999)"),
            "R0709 `number` of `everything` must be a number, found the number 1e999, which is out of range");
  EXPECT_EQ(ReasonOfField(R"("count":5.5)"),
            "R0709 `count` of `everything` must be a whole number, found the number 5.5");
  EXPECT_EQ(ReasonOfField(R"("money":[5])"),
            "R0709 `money` of `everything` must be an amount such as 12.50, found a list");
  EXPECT_EQ(ReasonOfField(R"("money":1e13)"),
            "R0709 `money` of `everything` must be an amount such as 12.50, found the number 1e13, which is "
            "out of range");
  EXPECT_EQ(ReasonOfField(R"("length":6)"),
            "R0709 `length` of `everything` must be a duration such as `6h`, found the number 6");
  EXPECT_EQ(ReasonOfField(R"("day":"2026-02-30")"),
            "R0709 `day` of `everything` must be a date such as `2026-11-21`, found the text `2026-02-30`, "
            "which names a day or time that does not exist");
  EXPECT_EQ(ReasonOfField(R"("clock":"9:30")"),
            "R0709 `clock` of `everything` must be a time of day such as `09:30`, found the text `9:30`");
  EXPECT_EQ(ReasonOfField(R"("text":true)"), "R0709 `text` of `everything` must be a text, found true");
  EXPECT_EQ(ReasonOfField(R"("text":1.5)"),
            "R0709 `text` of `everything` must be a text, found the number 1.5");
  EXPECT_EQ(ReasonOfField(R"("plan":"gold")"),
            "R0709 `plan` of `everything` must be one of free, pro, enterprise, found the text `gold`");
  EXPECT_EQ(ReasonOfField(R"("tags":"a")"),
            "R0709 `tags` of `everything` must be a list of texts, found the text `a`");
  EXPECT_EQ(ReasonOfField(R"("tags":["a",null])"),
            "R0709 `tags` of `everything` must be a list of texts, found a list that holds something else");
  EXPECT_EQ(ReasonOfField(R"("text":{"a":1})"),
            "R0709 `text` of `everything` must be a text, found an object");
}

TEST_F(JsonReaderTest, AnInternalEventIsNoTypeOfTheInput) {
  plan::Plan plan = test::SmallPlan();
  plan.events[0].internal = true;
  Use(std::move(plan));
  EXPECT_EQ(Read(R"({"type":"opened","contact":"c1","at":"2026-01-01T00:00:00Z"})").size(), 0u);
  ASSERT_EQ(rejects_.all.size(), 1u);
  EXPECT_EQ(rejects_.all[0].code, "R0704");
}

TEST_F(JsonReaderTest, EveryOtherReason) {
  const std::string good_end = R"("contact":"c1","at":"2026-01-01T00:00:00Z"})";
  EXPECT_EQ(Reason("{"),
            "R0701 byte 2 of the line is not JSON: expected a key in quotes, found the end of the line");
  EXPECT_EQ(Reason(R"({"type":"opened","contact":"c1","x":tru,"at":"2026-01-01"})"),
            "R0701 byte 37 of the line is not JSON: `tru` is not a value");
  EXPECT_EQ(Reason(R"({"a":"\q"})"),
            "R0701 byte 6 of the line is not JSON: a text has an escape that JSON does not know");
  EXPECT_EQ(Reason(R"({"a":"\ud800"})"),
            "R0701 byte 6 of the line is not JSON: a text has an escape that JSON does not know");
  EXPECT_EQ(Reason("[1]"), "R0702 the line is a list, not an object");
  EXPECT_EQ(Reason("42"), "R0702 the line is a number, not an object");
  EXPECT_EQ(Reason("{" + good_end), "R0703 the record has no `type`");
  EXPECT_EQ(Reason("{}"), "R0703 the record has no `type`");
  EXPECT_EQ(Reason(R"({"type":"openend",)" + good_end),
            "R0704 `type` must name an event or an entity, found the text `openend`; did you mean `opened`?");
  EXPECT_EQ(Reason(R"({"type":7,)" + good_end),
            "R0704 `type` must name an event or an entity, found the number 7");
  EXPECT_EQ(Reason(R"({"type":"opened","contact":"c1"})"),
            "R0705 the record has no `at`, the instant at which it happened");
  const std::string at_must =
      "R0706 `at` must be an instant such as `2026-11-21T02:00:00Z` (RFC 3339), found ";
  EXPECT_EQ(Reason(R"({"type":"opened","contact":"c1","at":1795226400})"),
            at_must + "the number 1795226400; as seconds since 1970 that is `2026-11-21T02:00:00Z`");
  EXPECT_EQ(Reason(R"({"type":"opened","contact":"c1","at":1795226400000})"),
            at_must + "the number 1795226400000; as milliseconds since 1970 that is `2026-11-21T02:00:00Z`");
  EXPECT_EQ(
      Reason(R"({"type":"opened","contact":"c1","at":"2026-01-01T00:00:00"})"),
      at_must +
          "the text `2026-01-01T00:00:00`, which has no zone; add `Z` for UTC or an offset such as `+02:00`");
  EXPECT_EQ(Reason(R"({"type":"opened","contact":"c1","at":"300000-01-01T00:00:00Z"})"),
            at_must + "the text `300000-01-01T00:00:00Z`, which is outside the years 0001 to 9999");
  EXPECT_EQ(Reason(R"({"type":"opened","contact":"c1","at":null})"), at_must + "null");
  EXPECT_EQ(Reason(R"({"type":"insights","at":"2026-01-01","spend":1})"),
            "R0707 the record of type `insights` names none of its subjects: `contact`, `campaign`");
  EXPECT_EQ(Reason(R"({"type":"opened","at":"2026-01-01","contact":""})"),
            "R0707 the record of type `opened` names none of its subjects: `contact`");
  EXPECT_EQ(Reason(R"({"type":"opened","at":"2026-01-01","contact":1.5})"),
            "R0708 `contact` must be an identifier, a text or a whole number, found the number 1.5");
  EXPECT_EQ(Reason(R"({"type":"opened","id":[],)" + good_end),
            "R0709 `id` of `opened` must be a text, found a list");
  EXPECT_EQ(Reason(R"({"type":"purchased",)" + good_end),
            "R0710 `purchased` has no `amount`, which must be an amount such as 12.50");
  EXPECT_EQ(Reason(R"({"type":"purchased","amount":null,)" + good_end),
            "R0709 `amount` of `purchased` must be an amount such as 12.50, found null");
  EXPECT_EQ(Reason("{\"type\":\"opened\",\"x\":\"\xFF\"," + good_end),
            "R0713 byte 23 of the line is not UTF-8 text");
  EXPECT_EQ(Reason(std::string("{\"type\":\"opened\",\"x\":\"\0\",", 25) + good_end),
            "R0714 byte 23 of the line is, or stands for, a zero character");
  EXPECT_EQ(Reason(R"({"type":"opened","message":"a\u0000",)" + good_end),
            "R0714 byte 28 of the line is, or stands for, a zero character");
  EXPECT_EQ(Reason("{\"x\":" + std::string(64, '[') + std::string(64, ']') + "}"),
            "R0715 objects and lists are nested deeper than 64");
  EXPECT_EQ(Reason(R"({"type":"opened",)" + good_end + "{"),
            "R0716 something follows the object at byte 61 of the line");
  EXPECT_EQ(Reason(R"({"type":"contact","country":")" + std::string(limits::kTextBytesMax + 1, 'a') + "\"," +
                   good_end),
            "R0717 `country` is a text of more than 65536 bytes, the most that is kept");
  EXPECT_EQ(reader_->rejected(), 28u);
}

TEST_F(JsonReaderTest, DepthIsCountedExactly) {
  const std::string inner = std::string(63, '[') + std::string(63, ']');
  EXPECT_EQ(Read(R"({"type":"opened","contact":"c1","at":"2026-01-01","x":)" + inner + "}").size(), 1u);
}

TEST_F(JsonReaderTest, UndeclaredFieldsWhereTheyAreRefused) {
  plan::Plan plan = test::SmallPlan();
  plan.strict_fields = true;
  plan.events[0].declared = {"message", "subject_line"};
  Use(std::move(plan));
  EXPECT_EQ(Reason(R"({"type":"opened","contact":"c1","at":"2026-01-01","subject_line":"x","id":1})"),
            "accepted");
  EXPECT_EQ(Reason(R"({"type":"opened","contact":"c1","at":"2026-01-01","mesage":"x"})"),
            "R0711 `opened` has no field `mesage`; did you mean `message`?");
  EXPECT_EQ(Reason(R"({"type":"opened","contact":"c1","at":"2026-01-01","campaign":"x"})"),
            "R0711 `opened` has no field `campaign`");
}

TEST_F(JsonReaderTest, ABadLineHarmsNoOther) {
  const std::string good = R"({"type":"opened","contact":"c1","at":"2026-01-01T00:00:00Z","message":"m"})";
  std::string text;
  for (const char* bad : {"{\"a\":\"", "\"", "}", "{\"a\":1", "\\\"", "{\"a\"", ":1}", "[[[[", "nul",
                          "{\"a\":\"b\"\"c\"}", "\xC3", "{\"a\":\"\t\"}"}) {
    text += good + "\n" + bad + "\n";
  }
  text += good;
  EXPECT_EQ(Read(text).size(), 13u);
  EXPECT_EQ(rejects_.all.size(), 12u);
  for (size_t i = 0; i < rejects_.all.size(); ++i) EXPECT_EQ(rejects_.all[i].line, 2 * i + 2);
}

TEST_F(JsonReaderTest, BatchesOfAnySizeGiveTheSameEvents) {
  std::string text;
  for (int i = 0; i < 2000; ++i) {
    text += R"({"type":"purchased","contact":")" + std::to_string(i % 7) +
            R"(","at":"2026-01-01T00:00:00Z","amount":)" + std::to_string(i) + "}\n";
    if (i % 100 == 0) text += "bad\n\n";
  }
  const size_t size = text.size();
  text.append(JsonReader::kPadding, ' ');
  for (const size_t limit : {1u, 7u, 1024u, 5000u}) {
    Use(test::SmallPlan());
    size_t done = 0, events = 0;
    while (done < size) {
      batch_.Clear();
      const size_t read =
          reader_->Read(std::string_view(text).substr(done, size - done), true, limit, batch_);
      ASSERT_GT(read, 0u);
      done += read;
      ASSERT_LE(batch_.events.size(), limit);
      for (const Event& event : batch_.events)
        ASSERT_EQ(event.fields[0].bits, static_cast<int64_t>(events++) * 1'000'000);
    }
    EXPECT_EQ(events, 2000u);
    EXPECT_EQ(reader_->lines(), 2040u);
  }
}

/// The order of keys is foreseen from the lines before: whatever they were, a line is read as if it stood
/// alone.
TEST_F(JsonReaderTest, TheOrderOfKeysOnOtherLinesDoesNotMatter) {
  std::mt19937 random(11);
  std::string text;
  std::vector<int64_t> amounts;
  for (int64_t i = 0; i < 4000; ++i) {
    std::vector<std::string> members = {R"("contact":"c1")", R"("at":"2026-01-01T00:00:00Z")"};
    const bool purchased = random() % 3 != 0;
    members.push_back(purchased ? R"("type":"purchased")" : R"("type":"opened")");
    if (purchased) members.push_back("\"amount\":" + std::to_string(i));
    const size_t others = random() % 50 == 0 ? 80 + random() % 300 : random() % 4;
    for (size_t k = 0; k < others; ++k)
      members.push_back("\"other_" + std::to_string(random() % 400) + "_with_a_long_name\":[1]");
    if (random() % 4 == 0) members.push_back(R"("k)" + std::to_string(random() % 9) + "\":0");
    if (i % 500 < 250)
      std::shuffle(members.begin(), members.end(), random);  // then a stretch in order, for it to be learned
    if (purchased && random() % 8 == 0) members.push_back("\"amount\":" + std::to_string(i));  // twice
    std::string line;
    for (const std::string& member : members)
      line += (line.empty() ? "{" : random() % 40 == 0 ? " , " : ",") + member;
    text += line + "}\n";
    if (purchased) amounts.push_back(i * 1'000'000);
  }
  std::vector<int64_t> read;
  for (const Event& event : Read(text, 5000)) {
    if (program_->plan().events[event.type].name == "purchased") read.push_back(event.fields[0].bits);
  }
  EXPECT_EQ(rejects_.all.size(), 0u);
  EXPECT_EQ(batch_.events.size(), 4000u);
  EXPECT_EQ(read, amounts);
}

TEST_F(JsonReaderTest, AnUnfinishedLineWaits) {
  std::string text = R"({"type":"opened","contact":"c1","at":"2026-01-01"})"
                     "\n"
                     R"({"type":"op)";
  const size_t size = text.size();
  text.append(JsonReader::kPadding, ' ');
  EXPECT_EQ(reader_->Read(std::string_view(text.data(), size), false, 10, batch_), 51u);
  EXPECT_EQ(batch_.events.size(), 1u);
  EXPECT_EQ(rejects_.all.size(), 0u);
}

TEST_F(JsonReaderTest, LinesUpToTheCap) {
  const std::string begin = R"({"type":"opened","contact":"c1","at":"2026-01-01","x":")";
  const std::string line = begin + std::string(limits::kLineBytesMax - begin.size() - 2, 'a') + "\"}";
  ASSERT_EQ(line.size(), limits::kLineBytesMax);
  EXPECT_EQ(Read(line + "\n").size(), 1u);
  EXPECT_EQ(Read(line + " \n").size(), 0u);
  ASSERT_EQ(rejects_.all.size(), 1u);
  EXPECT_EQ(rejects_.all[0].code, "R0712");
  EXPECT_EQ(rejects_.all[0].raw.size(), JsonReader::kLongLineBytesKept);
}

TEST_F(JsonReaderTest, ManyDistinctTextsDoNotFillThePool) {
  const auto line = [](const char* field, int i) {
    return R"({"type":"everything","contact":"c1","at":"2026-01-01",")" + std::string(field) + "\":\"v" +
           std::to_string(i) + "\"}\n";
  };
  std::string text;
  for (int i = 0; i < 70'000; ++i) text += line("text", i);
  Read(text, 100'000);
  const auto* early = reinterpret_cast<const MrText*>(batch_.events[0].fields[10].bits);
  const auto* late = reinterpret_cast<const MrText*>(batch_.events[69'999].fields[10].bits);
  EXPECT_NE(early->id, 0u);
  EXPECT_EQ(late->id, 0u);
  EXPECT_EQ(View(*late), "v69999");
  EXPECT_LT(program_->texts().size(), 66'000u);
  // A full field still finds what is pooled.
  const auto* again = reinterpret_cast<const MrText*>(Field(R"("text":"v0")", "text")->bits);
  EXPECT_EQ(View(*again), "v0");
  EXPECT_NE(again->id, 0u);
}

/// Random damage to good lines: the reader, the strict check and an independent parser agree on what is JSON.
TEST_F(JsonReaderTest, AgreesWithAnotherParser) {
  const std::string base[] = {
      R"({"type":"opened","contact":"c1","at":"2026-01-01T00:00:00Z","message":"m","x":[1,-2.5e3,{"a":null,"b":[true,false]}]})",
      R"( { "type" : "opened", "contact":"c\u0031", "at":"2026-01-01", "x":{}, "y":[] , "z":"\\\"" } )"};
  const std::string_view pieces[] = {"\"", "\\", "{", "}", "[",    "]",    ",",        ":",    "1",      "-",
                                     ".",  "e",  " ", "t", "null", "\x01", "\xC3\xA9", "\xE9", "\\u00e9"};
  std::mt19937_64 random(3);
  for (int i = 0; i < 60'000; ++i) {
    std::string line = base[random() % 2];
    for (uint64_t edits = 1 + random() % 3; edits > 0; --edits) {
      const size_t at = random() % line.size();
      switch (random() % 3) {
        case 0:
          line.erase(at, 1 + random() % 3);
          break;
        case 1:
          line.insert(at, pieces[random() % std::size(pieces)]);
          break;
        default:
          line.replace(at, 1, pieces[random() % std::size(pieces)]);
      }
    }
    const nlohmann::json parsed = nlohmann::json::parse(line, nullptr, false);
    const JsonProblem problem = CheckJsonLine(line);
    // Numbers too large for a double are JSON, though not for that parser; no edit here makes one.
    ASSERT_EQ(problem.fault == JsonFault::kNone, parsed.is_object()) << line;
    rejects_.all.clear();
    Read(line);
    const bool json =
        rejects_.all.empty() || (rejects_.all[0].code >= "R0703" && rejects_.all[0].code <= "R0711");
    ASSERT_EQ(json, parsed.is_object())
        << line << " " << (rejects_.all.empty() ? "" : rejects_.all[0].reason);
  }
}

}  // namespace
}  // namespace mrule::runtime
