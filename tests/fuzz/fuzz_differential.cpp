// SPDX-License-Identifier: Apache-2.0
// A generated program and its events, changed as the bytes say, through every engine and over a restart. The
// first four bytes are the seed; every further four are one change: where, what and in which of the two
// texts.
#include <array>
#include <cstdint>
#include <cstdio>
#include <cstdlib>
#include <cstring>
#include <string>
#include <string_view>

#include "tests/differential/compare.h"
#include "tests/differential/generator.h"

namespace {

constexpr std::array<std::string_view, 32> kWords = {
    " and ",        " or ",         " not ",      " = ",        " > ",       " <= ",
    " + ",          " - ",          " * ",        " / ",        " default ", " for 1h ",
    " over 3h ",    " in last 1d ", " all time ", " is known ", "(",         ")",
    "$0",           "$10",          "20%",        "now",        "count of ", "sum of ",
    "avg of ",      "max of ",      "amount",     "quantity",   "points",    "once\n",
    "priority 3\n", "even if new"};
constexpr std::array<std::string_view, 16> kJson = {"null",
                                                    "0",
                                                    "-1",
                                                    "1e6",
                                                    "0.000001",
                                                    "\"\"",
                                                    "\"x\"",
                                                    "true",
                                                    "[]",
                                                    "{}",
                                                    "9223372036854",
                                                    "1e300",
                                                    "\"2026-03-01T00:00:00Z\"",
                                                    ",",
                                                    "\n",
                                                    "\"amount\":"};

/// Where the n-th line begins, and its length with the line end.
std::pair<size_t, size_t> LineAt(const std::string& text, size_t wish) {
  if (text.empty()) return {0, 0};
  const size_t at = wish % text.size();
  const size_t before = text.rfind('\n', at == 0 ? 0 : at - 1);
  const size_t begin = before == std::string::npos || before >= at ? 0 : before + 1;
  const size_t end = text.find('\n', begin);
  return {begin, (end == std::string::npos ? text.size() : end + 1) - begin};
}

void Change(std::string& text, const uint8_t* how, bool json) {
  const size_t place = (size_t{how[1]} << 8 | how[2]) * 31;
  const auto [begin, length] = LineAt(text, place);
  switch (how[0] >> 1 & 7) {
    case 0:
      text.erase(begin, length);
      break;
    case 1:
      text.insert(begin, text.substr(begin, length));
      break;
    case 2: {  // a copy elsewhere
      const std::string line = text.substr(begin, length);
      text.insert(LineAt(text, place * 7 + how[3]).first, line);
      break;
    }
    case 3:
      if (!text.empty()) text[place % text.size()] = static_cast<char>(how[3]);
      break;
    case 4:
      if (!text.empty()) text.erase(place % text.size(), how[3] % 16);
      break;
    default: {  // a word in the place of another
      const size_t from = text.find_first_of(json ? ":" : " ", text.empty() ? 0 : place % text.size());
      if (from == std::string::npos) return;
      const size_t to = text.find_first_of(json ? ",}" : " \n", from + 1);
      text.replace(from + 1, (to == std::string::npos ? text.size() : to) - from - 1,
                   json ? kJson[how[3] % kJson.size()] : kWords[how[3] % kWords.size()]);
    }
  }
}

}  // namespace

extern "C" int LLVMFuzzerTestOneInput(const uint8_t* data, size_t size) {
  if (size < 4 || size > 200) return 0;
  uint32_t seed = 0;
  std::memcpy(&seed, data, sizeof seed);
  mrule::differential::Case made = mrule::differential::Generate(seed);
  for (size_t i = 4; i + 4 <= size; i += 4) {
    const bool json = (data[i] & 1) != 0;
    Change(json ? made.events : made.rules, data + i, json);
  }
  const std::string found = mrule::differential::Compare(made.rules, made.events, seed, /*must_check=*/false,
                                                         mrule::differential::Breadth::kAllEngines);
  if (found.empty()) return 0;
  std::fprintf(stderr, "%s\n# --- events.jsonl\n%s\n%s\n", made.rules.c_str(), made.events.c_str(),
               found.c_str());
  std::abort();
}
