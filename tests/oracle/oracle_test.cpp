// SPDX-License-Identifier: Apache-2.0
// Generated programs and logs: what the charter says of them against what the product does, instant by
// instant.
//
//   oracle_test --seeds A-B [--keep-going] [--all-engines | --interpreter] [--reduce]
//   oracle_test --print SEED            the case, and what the charter says of it
//
// Every eighth case also goes through machine code, with --all-engines every one. Exit status 1 if there is a
// finding.
#include <fmt/format.h>

#include <cstdio>
#include <cstdlib>
#include <string_view>

#include "tests/oracle/model.h"
#include "tests/support/seeds.h"

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
  const mrule::testing::SeedOptions options = mrule::testing::ReadSeedOptions(argc, argv);
  bool all_engines = false, interpreter = false, reduce = false;
  for (size_t i = 0; i < options.rest.size(); ++i) {
    const std::string_view argument = options.rest[i];
    if (argument == "--all-engines") {
      all_engines = true;
    } else if (argument == "--interpreter") {
      interpreter = true;
    } else if (argument == "--reduce") {
      reduce = true;
    } else if (argument == "--print" && i + 1 < options.rest.size()) {
      const Case made = mrule::oracle::Draw(std::strtoull(options.rest[i + 1].data(), nullptr, 10));
      fmt::print("{}\n# --- events.jsonl\n{}\n# --- the charter\n", PrintRules(made.program),
                 PrintLog(made.log));
      for (const auto& decision : Evaluate(made).decisions) fmt::print("{}\n", Print(decision));
      return 0;
    } else {
      fmt::print(stderr,
                 "usage: oracle_test [--seeds A-B] [--keep-going] [--all-engines | --interpreter] [--reduce] "
                 "| --print SEED\n");
      return 2;
    }
  }
  return RunSeeds(
      options, "cases that stay within their rounds", [&](uint64_t seed, size_t& seen) -> std::string {
        Case made = mrule::oracle::Draw(seed);
        bool skipped = false;
        std::string found = Compare(made, all_engines || (seed % 8 == 0 && !interpreter), &skipped);
        seen += skipped ? 0 : 1;
        if (found.empty()) return "";
        if (reduce) {
          made = mrule::oracle::Reduce(made);
          found = Compare(made, false, nullptr);
        }
        return (options.keep_going && !reduce ? "" : Show(made)) + "\n" + found;
      });
}
