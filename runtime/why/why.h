// SPDX-License-Identifier: Apache-2.0
// Why did a rule fire for a subject, why didn't it: a run over the events is watched at that one subject, and told about at one
// instant. Made by `mrule why` (and by whoever else answers the question); shows nothing itself.
//
//   WhyWatch watch(program, why_plan, "c1");
//   … a runner with options {.last_micros = at, .watch = &watch} and `watch` as its sink is fed, finished, advanced to `at` …
//   WhyReport report = watch.Report(runner, at);
//   … the runner is advanced further …
//   report.next_firing = watch.next_firing();
#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "runtime/exec/decision.h"
#include "runtime/exec/runner.h"
#include "runtime/exec/watch.h"
#include "runtime/why/change.h"
#include "runtime/why/picture.h"
#include "runtime/why/runs.h"

namespace mrule::runtime {

enum class Verdict : uint8_t {
  kUnknownSubject,  ///< no record has named it
  kNoEvent,         ///< a rule on an event, and the subject has met none of its events
  kFired,           ///< at the picture's instant
  kHeldBack,        ///< its condition was true then, and a limit held it back
  kLost,            ///< it fired, and another rule's effect won over all that it does
  kTrapped,         ///< it could not be evaluated
  kNoStep,          ///< its condition is true, and the total has not passed another step of its `each`
  kAlreadyTrue,     ///< a rule on state that is true and has fired for that, or held before it was deployed (S4)
  kFalse,
  kUnknown,
};

/// How far a limit is used.
struct WhyUse {
  int64_t used = 0;              ///< firings that count now
  std::optional<int64_t> opens;  ///< full: the instant at which it lets one through again; absent if never
  bool full = false;
};

struct WhyLimit {
  std::string words;             ///< "once per 24h"
  int64_t count = 1;
  WhyUse use;                    ///< of a limit without a field
  /// It counts each value of this field by itself.
  std::string field;
  struct Value {
    bool known = false;          ///< false: the event had no such field
    std::string words, json;
    WhyUse use;
  };
  std::vector<Value> values;     ///< of which a firing counts; the latest fired first, then by their words
};

/// A way back that the rule's firing has set (S13).
struct WhyWayBack {
  std::optional<int64_t> due;    ///< absent: it waits for its condition
};

/// What became of the rule on this subject, up to the instant asked for.
struct WhyHistory {
  uint64_t fired = 0, held_back = 0, lost = 0;
  std::optional<int64_t> first_fired, last_fired;
};

struct WhyReport {
  Verdict verdict = Verdict::kUnknown;
  std::string rule, entity, subject;
  int64_t at = 0;                     ///< asked for
  std::string because;                ///< the verdict as a sentence
  std::optional<Picture> picture;     ///< at the decisive judgement
  std::string event;                  ///< rule on an event: the one of the picture
  std::vector<WhyLimit> limits;
  std::vector<WhyWayBack> ways_back;
  std::vector<WhyRuns> sequences;     ///< those of the condition
  bool released = false;              ///< kFired: at the instant asked for, after a limit had made it wait since the picture
  std::optional<int64_t> waits_until; ///< kHeldBack: beyond the limit it waits, and fires then
  WhyHistory history;
  std::vector<PartChange> change;     ///< what would turn the condition; empty without a picture
  std::optional<int64_t> next_firing; ///< if nothing more arrives; filled in by the caller
};

/// A limit as a rule writes it: `once per 24h`.
std::string LimitWords(const plan::LimitPlan& limit);

class WhyWatch : public Watch, public DecisionSink {
 public:
  /// `program` and `why` outlive it.
  WhyWatch(const Program& program, const plan::WhyPlan& why, std::string subject);

  /// Once; the runner's clock stands at `at`.
  WhyReport Report(Runner& runner, int64_t at);
  /// The first firing after Report.
  std::optional<int64_t> next_firing() const { return next_firing_; }

  void OnEvent(uint32_t entity, uint32_t event, const MrFrame& frame) override;
  void OnJudged(uint32_t rule, const MrFrame& frame) override;
  bool wants_detail() const override { return true; }
  void OnDecision(const Decision& decision) override;
  void OnSuppressed(const Decision& decision, bool limit, uint32_t winner_rule) override;
  void OnTrap(int64_t at, uint32_t entity, const MrText* subject, uint32_t rule, MrStatus status, std::string_view what) override;
  void OnLate(const Event& event, int64_t clock) override {}

 private:
  bool IsAskedFor(const Decision& decision) const;
  Verdict VerdictOf(Truth truth) const;
  const plan::RulePlan& rule() const { return program_.plan().rules[why_.rule]; }
  /// The decisive judgement: at `at_` if there was one that fired or was held back, else the last.
  void Choose(WhyReport& report, char* record) const;
  std::optional<int64_t> LatchOf(const char* record) const;
  void AddLimits(WhyReport& report, char* record) const;
  void AddKeyUses(WhyLimit& out, size_t number, char* record) const;
  void AddWaysBack(WhyReport& report, const char* record) const;
  std::string Sentence(const WhyReport& report) const;

  /// A judgement and what came of it.
  struct Judgement {
    Picture picture;
    Verdict verdict = Verdict::kFalse;
    uint32_t winner_rule = kNoRule;
    std::optional<int64_t> waits_until;
  };

  const Program& program_;
  const plan::WhyPlan& why_;
  int64_t at_ = 0;                            ///< the instant asked about, from Report on
  std::optional<Judgement> last_, decisive_;  ///< the last of all; the last that came to something
  WhyHistory history_;
  std::optional<int64_t> released_at_;  ///< a firing that had waited, the last one
  int64_t counted_at_ = INT64_MIN;      ///< the firing last counted: its instant, and which at it
  uint32_t counted_nth_ = 0;
  bool told_ = false;
  std::optional<int64_t> next_firing_;
};

}  // namespace mrule::runtime
