// SPDX-License-Identifier: Apache-2.0
// A program that knows mrule by its installed header alone.
#include <mrule/mrule.h>

#include <cstdio>
#include <cstdlib>
#include <string>
#include <string_view>
#include <vector>

namespace {

void Require(bool condition, const char* what) {
  if (condition) return;
  std::fprintf(stderr, "failed: %s\n", what);
  std::exit(1);
}

constexpr const char* kRules =
    "rule \"Third visit\"\n"
    "when visited \"/pricing\" at least 3 times in last 7d\n"
    "add tag \"hot\"\n";

std::string Visit(const char* at) {
  return std::string("{\"type\":\"visited\",\"contact\":\"c1\",\"at\":\"") + at + "\",\"page\":\"/pricing\"}\n";
}

struct Seen {
  std::vector<std::string> decisions;
  std::vector<std::string> rejects;
};

mrule::SessionOptions OptionsFor(mrule::EngineKind engine, Seen& seen) {
  mrule::SessionOptions options;
  options.engine = engine;
  options.on_decision = [&seen](std::string_view json) { seen.decisions.emplace_back(json); };
  options.on_reject = [&seen](const mrule::Reject& reject) { seen.rejects.emplace_back(reject.record); };
  return options;
}

void RunWith(const mrule::Rules& rules, mrule::EngineKind engine) {
  Seen seen;
  mrule::Opened opened = mrule::Session::Open(rules, OptionsFor(engine, seen));
  Require(static_cast<bool>(opened), opened.error().c_str());
  const std::string events = Visit("2026-11-21T02:00:00Z") + "no event\n" + Visit("2026-11-21T03:00:00Z");
  for (const char byte : events) opened.session().Feed(std::string_view(&byte, 1));
  opened.session().Finish();
  Require(seen.decisions.empty(), "two visits are not three");
  Require(seen.rejects.size() == 1 && seen.rejects[0] == "no event", "a reject is handed on whole");
  std::string state;
  Require(static_cast<bool>(opened.session().SaveState(&state)), "a state is saved");

  Seen later;
  mrule::Opened reopened = mrule::Session::Open(rules, OptionsFor(engine, later));
  Require(static_cast<bool>(reopened.session().LoadState(state)), "a state is loaded");
  Require(!reopened.session().LoadState(state), "but only once");
  std::string last = Visit("2026-11-21T04:00:00Z");
  last.pop_back();
  reopened.session().Feed(last);
  reopened.session().Finish();
  Require(later.decisions.size() == 1, "the third visit is found");
  Require(later.decisions[0].find("\"rule\":\"Third visit\",\"contact\":\"c1\"") != std::string::npos, "it says who");
  const mrule::Counts counts = reopened.session().counts();
  Require(counts.lines == 1 && counts.decisions == 1 && counts.clock.has_value(), "counts are kept");
}

}  // namespace

int main(int argc, char** argv) {
  const mrule::Compiled wrong = mrule::Rules::CompileText({{"wrong.mrule", "when opened scroe +10\n"}});
  Require(!wrong && !wrong.problems().empty(), "a mistake is reported");
  Require(wrong.problems()[0].file == "wrong.mrule" && wrong.problems()[0].line == 1, "with its place");
  Require(!wrong.problems()[0].code.empty() && !wrong.Rendered().empty(), "and its code");
  Require(!mrule::Rules::Compile({"/no/such/file.mrule"}), "a missing file is a problem");

  const mrule::Compiled compiled = mrule::Rules::CompileText({{"rules.mrule", kRules}});
  Require(static_cast<bool>(compiled), compiled.Rendered().c_str());
  Require(compiled.rules().names() == std::vector<std::string>{"Third visit"}, "rules have names");
  RunWith(compiled.rules(), mrule::EngineKind::kInterpreter);
  RunWith(compiled.rules(), mrule::EngineKind::kAuto);
  if (argc > 1 && std::string_view(argv[1]) == "1") RunWith(compiled.rules(), mrule::EngineKind::kJit);
  std::printf("mrule %s\n", std::string(mrule::Version()).c_str());
  return 0;
}
