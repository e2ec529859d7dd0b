// SPDX-License-Identifier: Apache-2.0
// Any bytes as a stream of events, in one piece and in two: the same decisions and the same rejects, and every line is either
// blank, applied, late or rejected. The first byte says where the stream is cut.
#include <fmt/format.h>

#include <cstdint>
#include <cstdio>
#include <cstdlib>
#include <string>
#include <string_view>

#include "tests/support/run.h"

namespace {

using namespace mrule;

constexpr const char* kRules = R"(event everything {topic: code} on contact, campaign
  n: optional number
  whole: optional count
  amount: optional money
  words: optional text
  yes: optional boolean
  day: optional date
  hour: optional time_of_day
  moment: optional instant
  span: optional duration
  kind: optional one of red, green

rule "fields"
when everything and (n > 1 or whole > 1 or amount > $1 or words contains "a" or yes or day = 2026-01-01 or moment > now or span > 1h or kind is red)
notify slack "#a" "{n} {whole} {amount} {words} {yes} {day} {moment} {span} {kind} {topic}"

rule "state"
when sum of purchased.amount over 7d > $10 and plan is not free and no opened in last 7d even if new
add tag "x"

rule "attributes"
when country in (US, CA) and tags has any of ("a", "b") and company_size > 3 and score >= 5 and consent_email
score +1
)";

const Rules& FixedRules() {
  static const Compiled compiled = Rules::CompileText({{"fuzz.mrule", kRules}});
  if (!compiled) {
    std::fputs(compiled.Rendered().c_str(), stderr);
    std::abort();
  }
  return compiled.rules();
}

struct Heard {
  std::string decisions;
  std::string rejects;
  Counts counts;
};

Heard Listen(std::string_view stream, size_t cut) {
  Heard heard;
  SessionOptions options;
  options.engine = EngineKind::kInterpreter;
  options.on_decision = [&](std::string_view json) { heard.decisions.append(json) += '\n'; };
  options.on_reject = [&](const Reject& r) { heard.rejects += fmt::format("{} {} {} {}\n", r.line, r.code, r.reason, r.record); };
  Opened opened = Session::Open(FixedRules(), std::move(options));
  if (!opened) std::abort();
  opened.session().Feed(stream.substr(0, cut));
  opened.session().Feed(stream.substr(cut));
  opened.session().Finish();
  heard.counts = opened.session().counts();
  return heard;
}

}  // namespace

extern "C" int LLVMFuzzerTestOneInput(const uint8_t* data, size_t size) {
  if (size == 0) return 0;
  const std::string_view stream(reinterpret_cast<const char*>(data) + 1, size - 1);
  const Heard whole = Listen(stream, stream.size());
  const Heard pieces = Listen(stream, stream.size() * data[0] / 255);
  if (whole.decisions != pieces.decisions || whole.rejects != pieces.rejects) {
    std::fputs(testing::FirstDifference("decisions", whole.decisions, pieces.decisions).c_str(), stderr);
    std::fputs(testing::FirstDifference("rejects", whole.rejects, pieces.rejects).c_str(), stderr);
    std::abort();
  }
  if (whole.counts.lines < whole.counts.events + whole.counts.late + whole.counts.rejected) std::abort();
  return 0;
}
