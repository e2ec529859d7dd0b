// SPDX-License-Identifier: Apache-2.0
// Any bytes as a rule file through the whole compiler: either a program that opens and runs over an event, or
// an error.
#include <algorithm>
#include <cstdint>
#include <cstdlib>
#include <string>

#include "tests/support/run.h"

namespace {

constexpr std::string_view kEvents =
    R"({"type":"contact","contact":"c1","at":"2026-01-01T00:00:00Z","country":"US","plan":"free","score":5,"lifetime_value":10,"tags":["a"]}
{"type":"purchased","contact":"c1","at":"2026-01-01T00:00:00Z","amount":12.5,"quantity":2,"sku":"a"}
{"type":"opened","contact":"c1","at":"2026-01-01T01:00:00Z","message":"welcome_1"}
{"type":"insights","campaign":"k1","ad_set":"s1","at":"2026-01-01T02:00:00Z","spend":10,"revenue":5,"clicks":3}
{"type":"insights","campaign":"k1","at":"2026-01-02T02:00:00Z","spend":0,"revenue":5}
)";

}  // namespace

extern "C" int LLVMFuzzerTestOneInput(const uint8_t* data, size_t size) {
  using namespace mrule;
  const Compiled compiled =
      Rules::CompileText({{"fuzz.mrule", std::string(reinterpret_cast<const char*>(data), size)}});
  const bool has_error =
      std::any_of(compiled.problems().begin(), compiled.problems().end(),
                  [](const Problem& problem) { return problem.severity == ProblemSeverity::kError; });
  if (static_cast<bool>(compiled) == has_error) std::abort();  // an error and rules, or neither
  if (!compiled) return 0;
  testing::RunPlan plan;
  plan.until = testing::ParseInstant("2026-03-01T00:00:00Z");
  if (!testing::RunRules(compiled.rules(), testing::Engines()[0], kEvents, plan).error.empty()) std::abort();
  return 0;
}
