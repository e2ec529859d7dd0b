// SPDX-License-Identifier: Apache-2.0
// Sequences (S7), worked out from the whole log each time: runs at stage i have had steps 0 … i and wait for
// step i + 1.
#include <algorithm>

#include "tests/oracle/world.h"

namespace mrule::oracle {

namespace {

using Waits = std::vector<Wait>;  // in the order in which they came to their stages

std::string KeyOf(const Expr& sequence, const Entry& entry, bool* has) {
  *has = true;
  if (sequence.text.empty()) return "";
  const auto found = entry.fields.find(sequence.text);
  *has = found != entry.fields.end();
  return *has ? found->second.text : "";
}

void Enter(const Expr& sequence, Waits& runs, Wait run) {
  // A repeated event restarts the clock, unless each has a run of its own.
  if (!sequence.each)
    std::erase_if(runs, [&run](const Wait& old) { return old.stage == run.stage && old.key == run.key; });
  runs.push_back(std::move(run));
}

}  // namespace

Progress ProgressOf(const Expr& sequence, const std::vector<Entry>& log) {
  Progress progress;
  Waits& runs = progress.runs;
  const size_t last = sequence.steps.size() - 1;
  for (size_t number = 0; number < log.size(); ++number) {
    const Entry& entry = log[number];
    progress.completed = false;
    std::erase_if(runs, [&](const Wait& run) { return entry.at > run.at + sequence.within[run.stage]; });
    bool has = false;
    const std::string key = KeyOf(sequence, entry, &has);
    if (!has) continue;
    if (sequence.flag &&
        Matches(sequence.steps[last], entry))  // it has happened: nothing is missing any more
      std::erase_if(runs, [&](const Wait& run) { return run.stage + 1 == last && run.key == key; });
    for (size_t step = sequence.flag ? last - 1 : last; step > 0; --step) {  // one step of one run
      if (!Matches(sequence.steps[step], entry)) continue;
      const auto waiting = std::find_if(
          runs.begin(), runs.end(), [&](const Wait& run) { return run.stage + 1 == step && run.key == key; });
      if (waiting == runs.end()) continue;
      runs.erase(waiting);
      progress.completed = step == last;
      if (step != last) Enter(sequence, runs, {entry.at, step, key, number});
      break;
    }
    if (Matches(sequence.steps[0], entry)) Enter(sequence, runs, {entry.at, 0, key, number});
  }
  return progress;
}

}  // namespace mrule::oracle
