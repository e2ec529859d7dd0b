// SPDX-License-Identifier: Apache-2.0
// Generated programs and logs: what the charter says of them against what the product does, instant by
// instant.
//
//   oracle_test --seeds A-B [--keep-going] [--all-engines | --interpreter] [--reduce]   seeds A to B, both
//   included oracle_test --print SEED                                            the case, and what the
//   charter says of it
//
// Every eighth case also goes through machine code, with --all-engines every one. Exit status 1 if there is a
// finding.
#include <fmt/format.h>

#include <cstdio>
#include <cstdlib>
#include <string_view>

#include "tests/oracle/model.h"

namespace {

using mrule::oracle::Case;

std::string Show(const Case& made) {
  const std::string rules = PrintRules(made.program);
  const size_t from = rules.find("entity contact"), last = rules.rfind("  subject: contact, campaign");
  // The vocabulary is always the same.
  return rules.substr(0, from) + rules.substr(rules.find('\n', last) + 1) + "# --- events.jsonl\n" +
         PrintLog(made.log);
}

}  // namespace

int main(int argc, char** argv) {
  unsigned long long from = 0, to = 99;
  bool keep_going = false, all_engines = false, interpreter = false, reduce = false;
  for (int i = 1; i < argc; ++i) {
    const std::string_view argument = argv[i];
    if (argument == "--keep-going") {
      keep_going = true;
    } else if (argument == "--all-engines") {
      all_engines = true;
    } else if (argument == "--interpreter") {
      interpreter = true;
    } else if (argument == "--reduce") {
      reduce = true;
    } else if (argument == "--print" && i + 1 < argc) {
      const Case made = mrule::oracle::Draw(std::strtoull(argv[i + 1], nullptr, 10));
      fmt::print("{}\n# --- events.jsonl\n{}\n# --- the charter\n", PrintRules(made.program),
                 PrintLog(made.log));
      for (const auto& decision : Evaluate(made).decisions) fmt::print("{}\n", Print(decision));
      return 0;
    } else if (argument == "--seeds" && i + 1 < argc &&
               std::sscanf(argv[i + 1], "%llu-%llu", &from, &to) == 2) {
      ++i;
    } else {
      fmt::print(stderr,
                 "usage: oracle_test [--seeds A-B] [--keep-going] [--all-engines | --interpreter] [--reduce] "
                 "| --print SEED\n");
      return 2;
    }
  }
  unsigned long long findings = 0, without = 0;
  for (unsigned long long seed = from; seed <= to; ++seed) {
    Case made = mrule::oracle::Draw(seed);
    bool skipped = false;
    std::string found = Compare(made, all_engines || (seed % 8 == 0 && !interpreter), &skipped);
    without += skipped ? 1 : 0;
    if (found.empty()) continue;
    ++findings;
    if (reduce) {
      made = Reduce(made);
      found = Compare(made, false, nullptr);
    }
    fmt::print("--- seed {}\n{}\n{}\n", seed, keep_going && !reduce ? "" : Show(made), found);
    std::fflush(stdout);
    if (!keep_going) return 1;
  }
  fmt::print("{} cases, {} findings, {} that ran out of rounds\n", to - from + 1, findings, without);
  return findings == 0 ? 0 : 1;
}
