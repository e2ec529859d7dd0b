// SPDX-License-Identifier: Apache-2.0
// What has waited too long may still lie in a record, until an event looks at it: it is no run any more.
#include "runtime/why/runs.h"

#include <algorithm>

#include "runtime/actions/value_text.h"
#include "stdlib/abi.h"

namespace mrule::runtime {
namespace {

int64_t DeadlineOf(const plan::WhySequence& sequence, const WhyRun& run) {
  int64_t deadline = INT64_MAX;
  return __builtin_add_overflow(run.at, sequence.steps[run.steps_done].within_micros, &deadline) ? INT64_MAX : deadline;
}

void AddRun(WhyRuns& out, WhyRun run, int64_t now) {
  run.deadline = DeadlineOf(*out.sequence, run);
  if (now <= run.deadline) out.runs.push_back(std::move(run));
}

}  // namespace

std::vector<WhyRuns> OpenRuns(const Program& program, const plan::WhyPlan& why, const char* record, int64_t now) {
  const ValuePrinter printer(program.plan());
  std::vector<WhyRuns> all;
  for (const plan::WhySequence& sequence : why.sequences) {
    WhyRuns& out = all.emplace_back();
    out.sequence = &sequence;
    if (!sequence.list) {
      const auto* slot = reinterpret_cast<const MrSequence*>(record + sequence.slot);
      for (uint32_t stage = 0; stage + 1 < sequence.steps.size(); ++stage) {
        if (slot->at[stage] != INT64_MIN) AddRun(out, {{}, {}, stage + 1, slot->at[stage], 0}, now);
      }
      std::sort(out.runs.begin(), out.runs.end(), [](const WhyRun& a, const WhyRun& b) {
        return a.at != b.at ? a.at < b.at : a.steps_done < b.steps_done;
      });
      continue;
    }
    const auto* slot = reinterpret_cast<const MrRuns*>(record + sequence.slot);
    for (uint32_t i = 0; i < slot->count; ++i) {
      const MrRun& entry = slot->entries[i];
      WhyRun run{{}, {}, static_cast<uint32_t>(entry.stage) + 1, entry.at, 0};
      for (size_t key = 0; key < sequence.keys.size(); ++key) {
        const MrValue value{entry.keys[key], 1};
        printer.AppendWords(run.key_words.emplace_back(), sequence.keys[key].type, value);
        printer.AppendJson(run.key_json.emplace_back(), sequence.keys[key].type, value);
      }
      AddRun(out, std::move(run), now);
    }
  }
  return all;
}

}  // namespace mrule::runtime
