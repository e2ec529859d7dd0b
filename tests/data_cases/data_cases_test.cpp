// SPDX-License-Identifier: Apache-2.0
// Rules on whole public data sets, one test a rule file. Its head comments name the data and how many
// decisions on how many subjects are right; the numbers come from programs that share nothing with this one.
// All engines must agree byte for byte.
#include <gtest/gtest.h>
#include <zlib.h>

#include <cstdio>
#include <filesystem>
#include <fstream>
#include <map>
#include <nlohmann/json.hpp>
#include <set>
#include <sstream>
#include <string>

#include "tests/support/run.h"

namespace mrule::testing {

namespace {

struct DataCase {
  std::string name, rules, data;
  size_t decisions = 0, subjects = 0;
  bool complete = false;
};

DataCase Read(const std::filesystem::path& path) {
  DataCase read;
  read.name = path.filename().string();
  std::ifstream in(path, std::ios::binary);
  bool has_data = false, has_count = false;
  for (std::string line; std::getline(in, line);) {
    read.rules += line + '\n';
    if (line.starts_with("# DATA: ")) {
      read.data = line.substr(8);
      has_data = true;
    }
    has_count |= std::sscanf(line.c_str(), "# EXPECT: %zu decisions, %zu subject", &read.decisions,
                             &read.subjects) == 2;
  }
  read.complete = has_data && has_count;
  return read;
}

/// The events of a set, unpacked once per process.
const std::string& Events(const std::string& data) {
  static std::map<std::string, std::string> unpacked;
  std::string& events = unpacked[data];
  if (!events.empty()) return events;
  gzFile file = gzopen((std::string(MRULE_DATA_CASES_DIR) + "/data/" + data + ".jsonl.gz").c_str(), "rb");
  if (file == nullptr) return events;
  std::string piece(size_t{1} << 20, '\0');
  for (int got; (got = gzread(file, piece.data(), static_cast<unsigned>(piece.size()))) > 0;)
    events.append(piece, 0, static_cast<size_t>(got));
  gzclose(file);
  return events;
}

class DataCaseTest : public ::testing::Test {
 public:
  explicit DataCaseTest(std::filesystem::path path) : path_(std::move(path)) {}
  void TestBody() override;

 private:
  std::filesystem::path path_;
};

void CountDecisions(const std::string& decisions, size_t* count, std::set<std::string>* subjects) {
  std::istringstream lines(decisions);
  for (std::string line; std::getline(lines, line); ++*count) {
    const auto json = nlohmann::json::parse(line, nullptr, /*allow_exceptions=*/false);
    ASSERT_FALSE(json.is_discarded()) << line;
    for (const char* entity : {"contact", "campaign"}) {
      if (json.contains(entity)) subjects->insert(json[entity].get<std::string>());
    }
  }
}

void DataCaseTest::TestBody() {
  const DataCase given = Read(path_);
  ASSERT_TRUE(given.complete) << "the head comments DATA and EXPECT are missing";
  const std::string& events = Events(given.data);
  ASSERT_FALSE(events.empty()) << "no data " << given.data;
  Compiled compiled = Rules::CompileText({{given.name, given.rules}});
  ASSERT_TRUE(compiled) << compiled.Rendered();

  const Said reference = RunRules(compiled.rules(), Engines()[0], events);
  ASSERT_EQ("", reference.error);
  EXPECT_EQ("", RepeatedId(reference.decisions));
  size_t decisions = 0;
  std::set<std::string> subjects;
  CountDecisions(reference.decisions, &decisions, &subjects);
  EXPECT_EQ(given.decisions, decisions);
  EXPECT_EQ(given.subjects, subjects.size());
  EXPECT_EQ(0u, reference.counts.rejected) << reference.rejects.substr(0, 500);
  EXPECT_EQ(0u, reference.counts.late);
  EXPECT_EQ(0u, reference.counts.traps) << reference.traps.substr(0, 500);

  for (const int threads : {2, 4}) {
    RunPlan plan;
    plan.threads = threads;
    EXPECT_EQ("", reference.DifferenceFrom(RunRules(compiled.rules(), Engines()[0], events, plan))) << threads << " threads";
  }
  for (const EngineChoice& engine : Engines().subspan(1)) {
    EXPECT_EQ("", reference.DifferenceFrom(RunRules(compiled.rules(), engine, events))) << engine.name;
  }
}

}  // namespace

}  // namespace mrule::testing

int main(int argc, char** argv) {
  ::testing::InitGoogleTest(&argc, argv);
  for (const auto& entry : std::filesystem::directory_iterator(MRULE_DATA_CASES_DIR)) {
    const std::filesystem::path path = entry.path();
    if (path.extension() != ".mrule") continue;
    ::testing::RegisterTest("data", path.stem().c_str(), nullptr, nullptr, path.c_str(), 1,
                            [path]() -> ::testing::Test* { return new mrule::testing::DataCaseTest(path); });
  }
  return RUN_ALL_TESTS();
}
