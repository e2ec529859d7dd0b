// SPDX-License-Identifier: Apache-2.0
// What the runner is made of: subjects, timers, the open instant, and the two ways in which rules fire (an event, the state of a
// completed instant). Each .cpp holds one concern: shard.cpp set-up and subjects, events.cpp what an event does, judge.cpp what
// a completed instant does, rounds.cpp firing and conflicts, attributes.cpp writes of the local picture. Time is moved by the
// runner (runner.cpp), which owns this.
#pragma once

#include <algorithm>
#include <cstdint>
#include <memory>
#include <span>
#include <string_view>
#include <vector>

#include "runtime/exec/code.h"
#include "runtime/exec/decision.h"
#include "runtime/exec/due_events.h"
#include "runtime/exec/firing_counts.h"
#include "runtime/exec/instant.h"
#include "runtime/exec/recent_decisions.h"
#include "runtime/exec/runner.h"
#include "runtime/exec/schedules.h"
#include "runtime/exec/subject_filter.h"
#include "runtime/exec/subject_table.h"
#include "runtime/exec/timers.h"
#include "runtime/match/matcher.h"
#include "runtime/program/program.h"

namespace mrule::runtime {

struct WaitingFiring;

/// One entity's subjects and what its plan implies for the scheduler.
struct EntityState {
  const plan::EntityPlan* plan;
  SubjectTable subjects;
  uint32_t number;
  uint32_t words;                ///< of a unit mask; 0 without units
  uint32_t source_base;          ///< number of its first timer source
  std::vector<std::vector<uint32_t>> sources_of_unit;  ///< rule units: sources needed only while they are latched
  RecentDecisions recent;
};

/// A row of a handler, as firing needs it.
struct RowState {
  uint32_t rule;
  uint32_t rule_case;
  plan::FunctionId residual;
};

inline constexpr uint32_t kNoSum = 0xFFFFFFFFu;

/// A row whose firing is no more than a decision and, at most, a constant added to the one number of its handler.
struct PlainRow {
  const plan::RuleCase* rule_case;
  double by;                     ///< to the number; what changes none is -0.0
  uint32_t rule;
  uint32_t actions;
};

struct HandlerState {
  const plan::Handler* plan;
  Matcher matcher;
  std::vector<RowState> rows;
  std::vector<PlainRow> plain;   ///< all rows, if all are plain; else empty
  uint32_t sum_attribute = kNoSum;  ///< of plain rows: the attribute they add to
  uint32_t sum_at = 0;           ///< its number's record offset
  std::vector<uint32_t> lines;   ///< record offsets to prefetch, one per cache line
  std::vector<uint32_t> logs;    ///< offsets of MrLogs it adds to
};

/// One effect of a case.
struct EffectState {
  uint32_t action;
  uint32_t attribute;
  hir::EffectForm form;
  const plan::ValueRef* value;
};

/// The simplest change of a record, and the most common: a constant added to a number that is always known, or taken from it.
enum class SumKind : uint8_t { kNone, kI64, kF64 };

/// Where an emitted event's field gets its value.
struct EmittedField {
  uint32_t action;
  uint32_t field;
  const plan::ValueRef* value;
};

/// What firing touches of a case, in one cache line: plans are wide, and with thousands of rules they are not in cache.
struct alignas(64) CaseState {
  const plan::RuleCase* plan = nullptr;
  const plan::RulePlan* special = nullptr;  ///< the rule, if it has limits or ways back, or is one
  uint32_t rule = 0;
  uint32_t actions = 0;
  uint32_t effects_at = 0;      ///< its effects: Shard::effects_[effects_at …]
  uint32_t effects = 0;
  uint32_t effect_outputs = 0;
  uint32_t detail_outputs = 0;
  plan::FunctionId function;    ///< RuleCase::effects
  uint8_t forms = 0;            ///< bit per hir::EffectForm it has
  bool emits = false;
  SumKind sum = SumKind::kNone;  ///< its only effect is a constant for a number
  bool once = false;             ///< a schedule sets it off: it fires once for a subject at an instant
  uint32_t sum_attribute = 0;
  uint32_t sum_at = 0;          ///< record offset of the number
  int64_t sum_by = 0;           ///< payload in the number's own type
};
static_assert(sizeof(CaseState) == 64);
constexpr uint8_t FormBit(hir::EffectForm form) { return static_cast<uint8_t>(1u << static_cast<unsigned>(form)); }

/// A subject's order of first appearance is made of the position of the record that first named it among all that were applied,
/// and of its place in that record: the same however subjects are spread.
inline constexpr unsigned kSequenceShift = 8;
inline uint64_t SequenceOf(uint64_t position, size_t place_in_record) {
  return position << kSequenceShift | std::min<size_t>(place_in_record, (1u << kSequenceShift) - 1);
}

/// Where in the order of a run the shard is: all that it says comes from there.
struct Place {
  int64_t at = INT64_MIN;
  uint64_t order = 0;  ///< SequenceOf the record and subject, or the subject's order of first appearance
  uint64_t late = 0;   ///< SequenceOf the late record among those, or 0
  uint8_t phase = 0;   ///< of the instant (S1): 1 events, 2 state, 3 deadlines and schedules; 4: late records
};

class Shard {
 public:
  /// `watch` may be null. `counts_firings`: as in RunnerOptions.
  Shard(const Program& program, const Code& code, DecisionSink& sink, bool counts_firings,
        Watch* watch = nullptr);

  // --- subjects ---
  /// The subject's record; added, with everything to be judged at `now`, if it is new.
  uint32_t FindOrAdd(EntityState& entity, const SubjectKey& key, int64_t now);
  /// The subject's record, or null.
  char* FindRecord(uint32_t entity, std::string_view id);
  /// For snapshots: rules of the new record count as never judged, and nothing is marked.
  char* Restore(uint32_t entity, std::string_view id, int64_t first_seen);
  uint64_t AfterRestore();

  // --- events (events.cpp) ---
  /// `position` is the record's among all that are applied, in every shard.
  void Apply(const Event& event, uint64_t position);
  void PrefetchSlots(const Event& event) const;
  void PrefetchRecords(const Event& event) const;
  void PrefetchLogs(const Event& event) const;

  // --- time ---
  /// The clock moves to `now`; the old instant is complete.
  void Begin(int64_t now);
  /// Judges the instant: what is marked, and what is due now; then lets the internal events happen that are due (S1).
  void Complete();
  bool NeedsCompletion() const { return instant_.any_dirty() || NextTimer() <= now_; }
  /// Completes every instant before `at`, the open one first. It stays open if it is not before `at`.
  void CompleteBefore(int64_t at);
  /// Completes every instant after the open one up to `until`.
  void CompleteUntil(int64_t until);
  int64_t NextTimer() const { return std::min({timers_.Next(), recurring_.Next(), schedules_.Next()}); }
  /// The last instant at which something is outstanding that ends: a deadline, a value that leaves a window. Not what goes on for
  /// ever, as schedules and times of day do. INT64_MIN if nothing is.
  int64_t LastDeadline();
  /// The last instant at which time alone has brought something about, by a timer that meant something or a schedule; INT64_MIN
  /// before the first.
  int64_t brought_about_at() const { return brought_about_at_; }
  bool HasRecurring() const { return recurring_.Next() != Timers::kNever || schedules_.Next() != calendar::kNever; }
  int64_t now() const { return now_; }
  const Place& place() const { return place_; }
  /// The instant of the next record.
  void MoveTo(int64_t at) {
    if (at == now_) return;
    CompleteBefore(at);
    Begin(at);
  }
  /// For snapshots: the instant `now` is complete.
  void SetNow(int64_t now);

  // --- late records (late.cpp) ---
  /// From now on decisions are kept for the horizon.
  void KeepDecisions(int64_t horizon_micros) { keep_decisions_micros_ = horizon_micros; }
  /// Names the decisions that a late record may contradict; each once.
  void Contradict(const Event& late, const Place& place);
  void AddRecent(uint32_t entity, std::string_view id, const RecentDecision& decision);

  FiringCounts& firing_counts() { return firing_counts_; }
  const Program& program() const { return program_; }
  RunnerCounts& counts() { return counts_; }
  /// After AfterRestore: the highest of all subjects.
  uint64_t last_sequence() const { return last_sequence_; }
  EntityState& entity(uint32_t index) { return entities_[index]; }
  size_t entity_count() const { return entities_.size(); }

 private:
  struct Firing {
    uint32_t rule_case;
    uint32_t effects_at;  ///< first of its effect outputs in values_
    uint32_t detail_at;   ///< first of its detail outputs, or kNoDetail
    uint32_t nth = 0;     ///< Decision::nth
  };
  static constexpr uint32_t kNoDetail = 0xFFFFFFFFu;
  /// One action of a firing whose effects are being settled.
  struct Claim {
    uint32_t firing;
    uint32_t action;
    uint32_t attribute;
    MrValue value;
  };
  /// What the firings of the round at hand have together.
  struct Round {
    uint8_t forms = 0;
    bool emits = false;
    bool reverts = false; ///< some rule has ways back
    bool sums = true;     ///< all effects are CaseState::sum
    uint32_t sets = 0;
  };
  struct Emitted {
    uint32_t event;
    uint32_t fields_at;  ///< first of its fields in emitted_fields_
  };
  /// The subject at hand and what is judging it; lives during one Apply or one JudgeSubject.
  struct Scene {
    EntityState* entity;
    char* record;
    uint32_t index;
    const MrValue* fields;  ///< null when state is judged
    uint32_t round;
  };

  // shard.cpp
  void SetUpEntity(uint32_t index);
  void SetUpHandler(const plan::Handler& handler);
  void SetUpCases();
  void SetUpOnce();
  void SetUpSum(CaseState& state) const;
  void SetUpPlain(HandlerState& handler) const;
  bool AddPlain(HandlerState& handler, const RowState& row, uint8_t* forms) const;
  void AddEmittedFields(const plan::ActionPlan& action, uint32_t number, std::vector<EmittedField>& out) const;
  static uint32_t FindIndex(const EntityState& entity, std::string_view id);
  void AdoptNew(EntityState& entity, char* record, uint32_t index);
  MrFrame FrameFor(const Scene& scene) const;
  /// Runs a function; a trap is reported for `rule` and makes the truth unknown.
  int32_t Run(plan::FunctionId id, const Scene& scene, MrValue* outputs, uint32_t rule);
  void Trap(const Scene& scene, uint32_t rule, MrStatus status, std::string_view what);
  void Mark(const Scene& scene, const plan::UnitMask& units) {
    instant_.Mark(scene.record, scene.entity->number, scene.index, scene.entity->words, units);
  }
  bool IsWatched(const Scene& scene) const {
    if (watch_ == nullptr) return false;
    return watch_->everybody() || (scene.entity->number == watch_->entity() &&
                                   View(*static_cast<const MrText*>(HeaderOf(scene.record).id)) == watch_->id());
  }
  void ArmSource(const Scene& scene, uint32_t source);
  void ArmSources(const Scene& scene, const std::vector<uint32_t>& sources);

  // events.cpp
  void ApplyEvent(const Event& event, uint64_t position);
  void ApplyAttributes(const Event& event, uint64_t position);
  void RunHandler(Scene& scene, HandlerState& handler);
  /// Lets the emitted events happen, round by round from `round`; returns the round after the last one.
  uint32_t RunEmitted(Scene& scene, uint32_t round);

  // late.cpp
  void KeepDecision(const Scene& scene, const Decision& decision);
  void ContradictSubject(const Event& late, uint32_t entity, const SubjectKey& key);
  bool MayContradict(const Event& late, const RecentDecision& decision) const;

  // judge.cpp
  void PopDue();
  void PopDue(Timers& timers);
  void PopSchedules();
  void AddOccurrences();
  void JudgeDirty(uint8_t phase);
  void DeliverDue();
  void Deliver(Scene scene, uint32_t handler);
  void JudgeSubject(const Instant::Dirty& dirty);
  void JudgeUnits(Scene& scene, const Instant::Dirty& dirty);
  void JudgeUnit(Scene& scene, uint32_t unit);
  void JudgeHold(Scene& scene, const plan::JudgeUnit& unit);
  int64_t ReportsSeen(const Scene& scene, const plan::JudgeUnit& unit) const;
  void JudgeRow(Scene& scene, const plan::JudgeUnit& unit);
  void JudgeExtreme(Scene& scene, const plan::JudgeUnit& unit);
  void StepExtreme(const Scene& scene, const plan::JudgeUnit& unit);
  void JudgeSegment(Scene& scene, const plan::JudgeUnit& unit);
  void JudgeRule(Scene& scene, uint32_t number, const plan::JudgeUnit& unit);
  uint64_t SettleRestored(Scene& scene);

  // waiting.cpp
  bool Admit(const Scene& scene, uint32_t rule_case);
  /// `each`: how many multiples the event has made the total pass.
  uint32_t StepsPassed(const Scene& scene, uint32_t rule_case);
  int64_t Wait(const Scene& scene, uint32_t rule_case);
  void HoldBack(const Scene& scene, uint32_t rule_case, int64_t waits_until);
  /// The subject has moved to another zone: the rule's waiting firings wait for other instants.
  void MoveTurns(const Scene& scene, uint32_t rule);
  /// Of the event of a waiting firing, by slot, in `fields`; null: state.
  const MrValue* FieldsOf(WaitingFiring& waiting, std::vector<MrValue>& fields) const;
  /// Lets the firings through that are due, one after the other.
  void ReleaseWaiting(const Scene& scene, uint32_t rule);

  // reverts.cpp
  bool TakeRevert(const Scene& scene, const plan::RulePlan& rule);
  void CollectReverts(const Scene& scene);
  bool HasLost(uint32_t firing, uint32_t action) const;
  bool CollectBefore(const Scene& scene, const plan::RevertPlan& revert, bool is_set);
  void SetReverts(const Scene& scene);
  MrValue ControlValue(const Scene& scene, const plan::ControlPlan& control) const;

  // rounds.cpp
  void FirePlain(const Scene& scene, const HandlerState& handler);
  void Fire(const Scene& scene, uint32_t rule_case);
  Firing NewFiring(const Scene& scene, uint32_t rule_case);
  void FireNow(const Scene& scene, uint32_t rule_case);
  Decision DecisionOf(const Scene& scene) const;
  void SetFiring(Decision& decision, const Firing& firing) const;
  void FinishRound(Scene& scene);
  void RunDetail(const Scene& scene, Firing& firing);
  void CollectClaims();
  void SettleClaims(const EntityState& entity);
  bool Beats(const EntityState& entity, const Claim& a, const Claim& b) const;
  void Announce(const Scene& scene);
  void ApplyEffects(const Scene& scene, uint8_t forms);
  void ApplyForm(const Scene& scene, hir::EffectForm form);
  void ApplySums(const Scene& scene, hir::EffectForm form);
  void Emit(const Scene& scene);
  MrValue ValueOf(const plan::ValueRef& ref, const MrValue* outputs) const;
  bool IsSuppressed(uint32_t firing, uint32_t action, uint32_t* winner_rule) const;

  // attributes.cpp
  void SetAttribute(const Scene& scene, uint32_t attribute, MrValue value);
  void AddToAttribute(const Scene& scene, uint32_t attribute, const plan::ValueRef& ref, MrValue value, bool remove,
                      uint32_t rule);
  void AddNumber(const Scene& scene, const plan::Attribute& attribute, const plan::ValueRef& ref, MrValue value,
                 bool remove, uint32_t rule);
  void ChangeSet(const Scene& scene, const plan::Attribute& attribute, const plan::ValueRef& ref, MrValue value,
                 bool remove);
  MrValue ReadAttribute(const EntityState& entity, const plan::Attribute& attribute, const char* record) const;
  void WriteAttribute(const Scene& scene, const plan::Attribute& attribute, MrValue value);
  void Changed(const Scene& scene, const plan::Attribute& attribute);
  /// A set is about to be written: takes away the ways back of the texts that it gains or loses.
  void TakeOverItems(const Scene& scene, const plan::Attribute& attribute, MrValue old, MrValue value);
  bool HasItem(MrValue set, uint32_t item) const;
  void FreeRetired();
  /// An attribute is about to be written: if a rule waits for its changes, what it is now is kept.
  void NoteOld(const Scene& scene, const plan::Attribute& attribute);
  /// Lets the changes that were noted happen, those that came to something, in order of declaration.
  void EmitChanges(const Scene& scene);
  MrValue Retained(sema::Type type, MrValue value) const;

  const Program& program_;
  const Code& code_;
  DecisionSink& sink_;
  Watch* watch_;
  bool detail_;
  bool counts_firings_;
  std::vector<EntityState> entities_;
  std::vector<HandlerState> handlers_;
  std::vector<CaseState> cases_;
  std::vector<EffectState> effects_;             // of all cases
  std::vector<std::vector<EmittedField>> emitted_fields_of_;  // by case
  struct SourceRef {
    uint32_t entity;
    const plan::TimerSource* plan;
  };
  std::vector<SourceRef> sources_;
  Timers timers_;
  Timers recurring_;          // of sources that go on for ever
  Schedules schedules_;
  bool delivering_ = false;   // the instant is complete, and its internal events happen or have happened
  std::vector<std::unique_ptr<SubjectFilter>> filters_;  // by schedule; null for those of a subject's own clock
  Instant instant_;
  FiringCounts firing_counts_;
  RunnerCounts counts_;
  int64_t brought_about_at_ = INT64_MIN;
  int64_t now_;
  Place place_;
  uint64_t sequence_ = 0;       ///< of a subject that the record at hand is the first to name
  uint64_t last_sequence_ = 0;
  int64_t keep_decisions_micros_ = 0;  ///< 0: they are not kept

  // Scratch, kept between calls so that the hot path does not allocate.
  std::vector<MrValue> inputs_;
  std::vector<uint32_t> rows_;
  std::vector<const plan::RuleCase*> plain_;  // fired by FirePlain; as long as the longest list of plain rows
  std::vector<Firing> fired_;
  Round round_;                           // of fired_
  std::vector<MrValue> values_;
  std::vector<Claim> claims_;
  struct Loss {
    uint32_t firing;
    uint32_t action;
    uint32_t winner_rule;
  };
  std::vector<Loss> losses_;
  std::vector<Emitted> emitted_, emitting_;
  std::vector<MrValue> emitted_fields_, emitting_fields_;
  std::vector<uint32_t> turned_;          // segment words turned in this round
  struct Change {
    const plan::Attribute* attribute;
    MrValue old;
  };
  std::vector<Change> changes_;           // what the writes at hand have changed, each attribute once
  std::vector<const MrTextSet*> retired_;  // replaced sets that pending rounds may still read
  std::vector<TimerEntry> due_;
  std::vector<TimerEntry> due_occurrences_;  // of schedules by the subject's clock
  std::vector<uint32_t> due_schedules_;
  std::vector<uint64_t> concerned_;          // bit per record of one entity
  DueEvents due_events_;
  std::vector<const MrText*> items_;
  /// A way back that a firing of the round at hand sets.
  struct RevertSet {
    uint32_t rule;
    uint32_t values_at;  ///< first of its values in revert_values_: those to go back to, then those of what it controls
    int64_t due;
    bool is_set;         ///< already, by an earlier firing
  };
  std::vector<RevertSet> revert_sets_;
  std::vector<MrValue> revert_values_;
  std::vector<MrValue> released_fields_;   // of a waiting firing's event
  std::vector<MrValue> moved_fields_;      // likewise
};

}  // namespace mrule::runtime
