// SPDX-License-Identifier: Apache-2.0
// The product's answer to a case, and how it compares with the oracle's.
#include <fmt/format.h>

#include <chrono>
#include <cstdio>
#include <cstdlib>

#include "tests/oracle/model.h"
#include "tests/support/run.h"

namespace mrule::oracle {

namespace {

/// What stands between the first `before` and the next `after`; empty if there is no such thing.
std::string Between(std::string_view line, std::string_view before, std::string_view after) {
  const size_t begin = line.find(before);
  if (begin == std::string_view::npos) return "";
  const size_t from = begin + before.size();
  return std::string(line.substr(from, line.find(after, from) - from));
}

Time InstantOf(const std::string& text) {
  using namespace std::chrono;
  int y = 0, mo = 0, d = 0, h = 0, mi = 0, s = 0;
  char rest[16] = "";
  if (std::sscanf(text.c_str(), "%d-%d-%dT%d:%d:%d%15s", &y, &mo, &d, &h, &mi, &s, rest) < 6) std::abort();
  const sys_days day{year(y) / month(static_cast<unsigned>(mo)) / std::chrono::day(static_cast<unsigned>(d))};
  Time at = duration_cast<microseconds>(
                sys_time<seconds>(day + hours(h) + minutes(mi) + seconds(s)).time_since_epoch())
                .count();
  if (rest[0] == '.') {
    std::string digits = std::string(rest).substr(1);
    if (const size_t z = digits.find('Z'); z != std::string::npos) digits.resize(z);
    digits.resize(6, '0');
    at += std::atoll(digits.c_str());
  }
  return at;
}

std::vector<Decision> Parse(std::string_view lines) {
  std::vector<Decision> found;
  while (!lines.empty()) {
    const size_t end = lines.find('\n');
    const std::string_view line = lines.substr(0, end);
    lines.remove_prefix(end == std::string_view::npos ? lines.size() : end + 1);
    Decision decision;
    decision.at = InstantOf(Between(line, "\"at\":\"", "\""));
    decision.rule = Between(line, "\"rule\":\"", "\"");
    decision.action = Between(line, "\"action\":\"", "\"");
    const std::string contact = Between(line, "\"contact\":\"", "\"");
    decision.subject =
        contact.empty() ? "campaign:" + Between(line, "\"campaign\":\"", "\"") : "contact:" + contact;
    decision.told = Between(line, "\"message\":\"", "\"},");
    if (decision.action != "notify") decision.told.clear();
    decision.back = line.find("\"revert\":true") != std::string_view::npos;
    found.push_back(std::move(decision));
  }
  return found;
}

std::string Difference(std::string_view what, const std::vector<Decision>& says,
                       const std::vector<Decision>& does) {
  for (size_t i = 0; i < std::max(says.size(), does.size()); ++i) {
    if (i < says.size() && i < does.size() && says[i] == does[i]) continue;
    return fmt::format("{} {}:\n  the charter: {}\n  the product: {}\n", what, i + 1,
                       i < says.size() ? Print(says[i]) : "(no more)",
                       i < does.size() ? Print(does[i]) : "(no more)");
  }
  return "";
}

std::string Difference(const Answer& says, const Product& product) {
  if (!product.error.empty()) return product.error + "\n";
  std::string found = Difference("decision", says.decisions, product.answer.decisions);
  if (found.empty()) found = Difference("suppressed", says.suppressed, product.answer.suppressed);
  if (found.empty() && says.repeated != product.answer.repeated)
    found = fmt::format("repeated records: the charter {}, the product {}\n", says.repeated,
                        product.answer.repeated);
  if (found.empty() && says.late != product.answer.late)
    found = fmt::format("late records: the charter {}, the product {}\n", says.late, product.answer.late);
  return found;
}

}  // namespace

Product RunProduct(const Case& made, size_t engine) {
  Product product;
  const Compiled compiled = Rules::CompileText({{"oracle.mrule", PrintRules(made.program)}});
  if (!compiled) {
    product.error = "the program does not check:\n" + compiled.Rendered();
    return product;
  }
  testing::RunPlan plan;
  plan.until = Instant(std::chrono::microseconds(made.until));
  for (size_t i = 0; i < made.origins.size(); ++i) {
    using std::chrono::microseconds;
    const Origin& origin = made.origins[i];
    plan.parts.push_back({{std::to_string(i), microseconds(origin.lateness), microseconds(origin.idle)}, {}});
  }
  if (!made.origins.empty()) {
    for (const Record& record : made.log) plan.pieces.push_back({record.source, Print(record)});
  }
  testing::Said said = testing::RunRules(compiled.rules(), testing::Engines()[engine],
                                         made.origins.empty() ? PrintLog(made.log) : "", plan);
  product.error = said.error;
  if (!said.rejects.empty()) product.error = "rejected: " + said.rejects;
  product.trapped = !said.traps.empty();
  product.answer.decisions = Parse(said.decisions);
  product.answer.suppressed = Parse(said.suppressed);
  product.answer.late = static_cast<size_t>(said.counts.late);
  product.answer.repeated = static_cast<size_t>(said.counts.repeated);
  for (Decision& decision : product.answer.suppressed) decision.told.clear();
  return product;
}

std::string Compare(const Case& made, bool machine_code, bool* skipped) {
  const Answer says = Evaluate(made);
  const Product product = RunProduct(made, 0);
  if (product.trapped || says.exhausted) {
    if (skipped != nullptr) *skipped = true;
    return product.trapped && !says.exhausted ? "the product traps\n" : "";
  }
  std::string found = Difference(says, product);
  if (found.empty() && machine_code) {
    const size_t last = testing::Engines().size() - 1;
    found = Difference(says, RunProduct(made, last));
    if (!found.empty()) found = fmt::format("by {}, {}", testing::Engines()[last].name, found);
  }
  return found;
}

}  // namespace mrule::oracle
