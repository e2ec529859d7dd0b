// SPDX-License-Identifier: Apache-2.0
#include "tests/golden/golden_file.h"

#include <fmt/format.h>

#include <fstream>
#include <nlohmann/json.hpp>
#include <sstream>
#include <vector>

#include "tests/support/run.h"

namespace mrule::testing {

namespace {

using Json = nlohmann::ordered_json;

constexpr std::string_view kSection = "# --- ";
constexpr std::string_view kExpect = "EXPECT ";
constexpr std::string_view kEvents = "events ";
constexpr std::string_view kTest = "# TEST: run";

std::vector<std::string> Lines(const std::string& text) {
  std::vector<std::string> lines;
  std::istringstream in(text);
  for (std::string line; std::getline(in, line);) lines.push_back(line);
  return lines;
}

void ReadOptions(GoldenFile& file, std::string_view options) {
  std::istringstream in{std::string(options)};
  for (std::string word, value; in >> word;) {
    if (word == "--drain") {
      file.drain = true;
      continue;
    }
    if (word != "--until" && word != "--restart") {
      file.error = "unknown option " + word;
      return;
    }
    in >> value;
    (word == "--until" ? file.until : file.restart) = ParseInstant(value);
    if (!ParseInstant(value)) file.error = fmt::format("{} {}: no instant", word, value);
  }
}

std::chrono::microseconds Minutes(GoldenFile& file, const std::string& text) {
  int count = 0;
  char unit[4] = {};
  const int read = std::sscanf(text.c_str(), "%d%3[a-z]", &count, unit);
  const std::string_view name = unit;
  if (read != 2 || (name != "min" && name != "h")) file.error = "minutes (min) or hours (h) are wanted: " + text;
  return std::chrono::minutes(name == "h" ? count * 60 : count);
}

Source ReadSource(GoldenFile& file, const std::string& text) {
  Source source;
  std::istringstream in(text);
  in >> source.name;
  for (std::string word; in >> word;) {
    const size_t equals = std::min(word.find('='), word.size());
    const std::string key = word.substr(0, equals), value = word.substr(std::min(equals + 1, word.size()));
    if (key != "lateness" && key != "idle") file.error = "unknown setting " + word;
    (key == "idle" ? source.idle : source.lateness) = Minutes(file, value);
  }
  return source;
}

bool Holds(const Json& expected, const Json& actual) {
  if (expected.is_object()) {
    if (!actual.is_object()) return false;
    for (const auto& [key, value] : expected.items()) {
      if (!actual.contains(key) || !Holds(value, actual[key])) return false;
    }
    return true;
  }
  if (expected.is_number() && actual.is_number()) return expected.get<double>() == actual.get<double>();
  return expected == actual;
}

}  // namespace

GoldenFile ReadGolden(const std::filesystem::path& path) {
  GoldenFile file;
  file.name = path.filename().string();
  std::ifstream in(path, std::ios::binary);
  file.text = std::string(std::istreambuf_iterator<char>(in), {});
  bool has_test = false, in_part = false;
  std::string* into = &file.rules;
  for (const std::string& line : Lines(file.text)) {
    if (line.starts_with(kTest)) {
      has_test = true;
      ReadOptions(file, std::string_view(line).substr(kTest.size()));
    }
    if (!line.starts_with(kSection)) {
      if (!file.parts.empty() && in_part) into = &file.parts.back().events;
      into->append(line).push_back('\n');
      continue;
    }
    const std::string section = line.substr(kSection.size());
    in_part = section.starts_with(kEvents);
    if (section == "before.mrule") {
      into = &file.before_rules.emplace();
    } else if (section == "before.jsonl") {
      into = &file.before_events;
    } else if (section == "events.jsonl") {
      into = &file.events;
    } else if (section.starts_with(kEvents)) {
      file.parts.push_back({ReadSource(file, section.substr(kEvents.size())), ""});
    } else if (section.starts_with(kExpect)) {
      into = &file.expected[section.substr(kExpect.size())];
    } else {
      file.error = "unknown section " + section;
    }
  }
  if (!has_test) file.error = "no line `# TEST: run`";
  if (!file.expected.contains("decisions")) file.error = "no section `EXPECT decisions`";
  return file;
}

std::string GoldenFile::Rewritten(const std::map<std::string, std::string>& expectations) const {
  std::string out;
  bool skipping = false;
  for (const std::string& line : Lines(text)) {
    if (line.starts_with(kSection)) {
      skipping = false;
      out += line + '\n';
      const std::string section = line.substr(kSection.size());
      if (!section.starts_with(kExpect)) continue;
      const auto found = expectations.find(section.substr(kExpect.size()));
      if (found == expectations.end()) continue;
      skipping = true;
      out += found->second;
    } else if (!skipping) {
      out += line + '\n';
    }
  }
  return out;
}

std::string Mismatch(const std::string& expected, const std::string& actual) {
  const std::vector<std::string> want = Lines(expected), have = Lines(actual);
  for (size_t i = 0; i < want.size() || i < have.size(); ++i) {
    if (i >= want.size())
      return fmt::format("line {}: nothing was expected, but there is\n  {}\n", i + 1, have[i]);
    if (i >= have.size()) return fmt::format("line {}: missing\n  {}\n", i + 1, want[i]);
    const Json wanted = Json::parse(want[i], nullptr, /*allow_exceptions=*/false);
    const Json got = Json::parse(have[i], nullptr, /*allow_exceptions=*/false);
    if (wanted.is_discarded())
      return fmt::format("line {}: the expectation is not JSON\n  {}\n", i + 1, want[i]);
    if (got.is_discarded()) return fmt::format("line {}: what came is not JSON\n  {}\n", i + 1, have[i]);
    if (!Holds(wanted, got))
      return fmt::format("line {}: expected\n  {}\ngot\n  {}\n", i + 1, want[i], have[i]);
  }
  return "";
}

std::string AsExpectation(const std::string& expected, const std::string& actual) {
  const bool reasons = expected.find("\"because\"") != std::string::npos;
  std::string out;
  for (const std::string& line : Lines(actual)) {
    Json json = Json::parse(line, nullptr, /*allow_exceptions=*/false);
    if (json.is_object()) {
      json.erase("id");
      if (!reasons) json.erase("because");
    }
    out += (json.is_discarded() ? line : json.dump()) + '\n';
  }
  return out;
}

}  // namespace mrule::testing
