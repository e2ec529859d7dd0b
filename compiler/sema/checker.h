// SPDX-License-Identifier: Apache-2.0
// The checker itself, private to this layer. One object checks one program; its methods are grouped by file,
// as below. Conventions: a method that meets a mistake reports it and returns an expression of type kError,
// which absorbs whatever it meets; a missing node (kError in the tree) was reported by the parser and is
// absorbed alike.
#pragma once

#include <map>
#include <string>
#include <unordered_map>
#include <unordered_set>
#include <vector>

#include "compiler/base/limits.h"
#include "compiler/diagnostics/emitter.h"
#include "compiler/sema/check.h"
#include "compiler/sema/overloads.h"
#include "compiler/sema/vocabulary.h"

namespace mrule::sema {

using diagnostics::DiagId;
using hir::Expr;
using hir::ExprKind;
using syntax::NodeId;
using syntax::NodeKind;
using syntax::Operator;
using syntax::Tree;

/// Why an event cannot stand where it does; kAllowed if it can (S4).
enum class EventPlace : uint8_t {
  kAllowed,
  kUnderNot,
  kUnderHold,
  kUnderEvidence,
  kInSegment,
  kInFilter,
  kInValue,
  kBesideSchedule
};

/// Where an expression stands: what its names can mean.
struct Scope {
  EntityId entity;                        ///< whom it is about
  std::span<const EventTypeId> triggers;  ///< the events at hand; each field must be in all of them
  EventTypeId pattern_event;              ///< inside `where`: the event tested, whose fields are all there is
  const std::unordered_map<StringId, ExprId>* holes = nullptr;  ///< inside an effect: the action's arguments
  hir::Window metric_window;  ///< inside a metric: the window of its measures
  bool has_metric_window = false;
  /// Inside `C for 6h` or `C for 3 reports in a row`: a polled measure is unknown there while it is stale (S2).
  bool is_held = false;
  Span use_span;  ///< inside a metric: where it is used; spans of nodes become this
  bool in_template = false;
  bool in_action = false;  ///< an argument: templates are allowed
  bool in_effect = false;
  bool in_or = false;      ///< beneath an `or`: what is beside it may hold without it
  EventPlace events = EventPlace::kAllowed;
};

/// What an action call means, before its arguments are checked.
struct ActionMatch {
  NodeRef call;
  uint32_t form = NameEntry::kNone;              ///< index into Vocabulary::actions; kNone if it was reported
  std::vector<std::vector<NodeId>> hole_values;  ///< by hole; empty: left out
  std::vector<NodeId> until;                     ///< done for a time: `tomorrow 08:00`, or the duration after `for`
  std::string_view until_word;                   ///< `until` or `for`
  Span until_span;
  NodeRef zone;                                  ///< a text; or with `zone_owner` the word `time`
  NodeRef zone_owner;                            ///< `contact` of `contact time`
};

/// A call flattened: prepositions and values in the order in which they stand.
struct CallItem {
  bool is_preposition = false;
  StringId preposition;
  std::vector<NodeId> values;
  Span span;
};

class Checker {
 public:
  Checker(std::span<const Tree> trees, size_t prelude_count, Interner& interner, diagnostics::Emitter& diags)
      : trees_(trees), prelude_count_(prelude_count), interner_(interner), diags_(diags) {}

  hir::Program Run();

 private:
  using Builder = diagnostics::Builder;

  // --- collect.cpp: which names there are ---
  void CollectNames();
  void CollectEntity(NodeRef decl, Level level);
  void CollectEvent(NodeRef decl, Level level);
  void CollectGroup(NodeRef decl, Level level);
  void CollectValue(NodeRef decl, Level level, bool is_metric);
  void CollectSegment(NodeRef decl, Level level);
  void CollectMessages(NodeRef decl, Level level);
  void CheckUse(NodeRef decl);
  bool CheckName(std::string_view name, Span span);
  void ReportDuplicate(Span span, StringId name, Span first);
  NameEntry& Entry(StringId name) { return vocabulary_.names[name]; }

  // --- check_declarations.cpp: what they are ---
  void CheckDeclarations();
  void CheckWorkspace(NodeRef decl);
  void CheckWorkspaceClause(NodeRef clause);
  void CheckEntity(EntityId entity, NodeRef decl);
  void CheckEvent(uint32_t event, NodeRef decl);
  void CheckGroup(EventName& group);
  void CheckValue(uint32_t value);
  void CheckMeasure(uint32_t value);
  void CheckMetric(uint32_t value);
  void CheckDeclaredType(ValueName& value, const Type& actual, Span span);
  void CheckSegment(uint32_t segment);
  std::optional<EntityId> EntityNamed(NodeRef name, bool plural_allowed = false);

  // --- check_type.cpp ---
  struct DeclaredType {
    Type type;
    bool optional = false;
    bool is_list = false;
    std::vector<HoleType> alternatives;  ///< of a hole; one unless `a or b`
  };
  /// The type a declaration names. `for_hole` admits what only an action's phrase can take.
  DeclaredType ReadType(NodeRef node, bool for_hole = false);
  HoleType ReadNamedType(NodeRef node, bool for_hole);
  Type ReadEnum(NodeRef node);
  std::string TypeText(const Type& type) const;
  std::string HoleText(const Hole& hole) const;

  // --- check_rule.cpp ---
  void CheckRule(NodeRef decl);
  bool NameRule(NodeRef decl, hir::Rule& rule);
  /// An event of the program's own, which happens to the entity's subjects by a timer.
  EventTypeId AddInternalEvent(std::string_view name, EntityId entity, Span span);
  enum class Need : uint8_t { kNo, kYes, kError };
  Need NeedsEvent(ExprId condition);
  // --- check_schedule.cpp: schedules, and conditions on the time of day ---
  NodeRef ScheduleOf(NodeRef rule);
  hir::ScheduleId CheckSchedule(NodeRef node, EntityId entity);
  bool ReadRecurrence(NodeRef node, calendar::Recurrence& recurrence);
  bool ReadTimes(NodeRef list, std::vector<int64_t>& times);
  std::optional<calendar::Days> ReadDays(NodeRef node, size_t first_item);
  std::optional<uint8_t> ReadWeekday(NodeRef word, bool in_schedule);
  std::optional<int64_t> ReadTimeOfDay(NodeRef node);
  std::optional<hir::ZoneRef> ReadZone(NodeRef node, EntityId entity);
  std::optional<hir::ZoneRef> SubjectZone(StringId owner, Span span, EntityId entity);
  std::string ZoneText(const hir::ZoneRef& zone, EntityId entity) const;
  ExprId ScheduleEvent(hir::ScheduleId schedule, Span span);
  bool IsInFilter(NodeRef node, Span span, const Scope& scope);
  ExprId CheckClockTest(NodeRef node, const Scope& scope);
  ExprId CheckToday(NodeRef node, const Scope& scope);
  uint32_t ClockTestOf(const calendar::ClockSpan& span, const hir::ZoneRef& zone, EntityId entity);

  /// The event types at which the condition could be true; nothing: any, or none needed.
  std::optional<std::vector<EventTypeId>> PossibleEvents(ExprId condition) const;
  bool CanFire(ExprId condition) const;
  void CheckNow(ExprId condition);

  // --- check_limits.cpp ---
  void CheckLimits(NodeRef decl, const Scope& scope, hir::Rule& rule, bool& unbounded);
  void CheckLimit(NodeRef limit, const Scope& scope, hir::Rule& rule);
  bool CheckCalendarLimit(NodeRef period, NodeRef zone, const Scope& scope, hir::Limit& limit);
  ExprId LimitKey(NodeRef name, const Scope& scope);
  /// The trigger that `each 1,000 impressions` is: an event that adds to the total. Notes the rest in each_.
  ExprId CheckEach(NodeRef node, const Scope& scope);
  hir::AggregateId EachTotal(NodeRef path, const Scope& scope);
  // --- check_reverts.cpp: ways back ---
  std::vector<ActionMatch> MatchRevert(NodeRef decl);
  void CheckRevert(NodeRef decl, const std::vector<ActionMatch>& matches, const hir::Rule& rule);
  bool ReadsAsTime(const Tree& tree, std::string_view preposition, const std::vector<NodeId>& values) const;
  std::optional<hir::Revert> ReadUntil(const ActionMatch& match, EntityId entity);
  void CheckTimed(const ActionMatch& match, const hir::ActionCall& call, const Scope& scope, hir::Rule& rule);
  bool CheckReverse(const ActionForm& form, const hir::ActionCall& call, EntityId entity, const ActionMatch& use,
                    hir::Rule& back);
  std::optional<ExprId> FieldBefore(const ActionForm& form, uint32_t attribute, EntityId entity, const ActionMatch& use);
  std::optional<ExprId> ValueBefore(const ActionForm& reverse, const Hole& hole, EntityId entity, Span span);
  void AddReverts(hir::RuleId of);
  void CheckBeyond(NodeRef otherwise, hir::Rule& rule);
  void CheckGrowth(NodeRef decl, const hir::Rule& rule, const std::vector<ActionMatch>& matches,
                   bool unbounded);

  // --- subject.cpp: whom a rule is about ---
  struct Evidence {
    Span span;
    std::string what;
    std::vector<EntityId> entities;
    bool is_stream = false;  ///< events and measures, which settle what is left open
    StringId attribute;
  };
  std::optional<EntityId> InferSubject(NodeRef rule, const std::vector<ActionMatch>& matches,
                                       std::span<const EventTypeId> triggers);
  void GatherEvidence(NodeRef root, std::span<const EventTypeId> triggers, std::vector<Evidence>& evidence,
                      std::vector<NodeRef>& unknown);
  void GatherName(NodeRef path, std::span<const EventTypeId> triggers, std::vector<Evidence>& evidence,
                  std::vector<NodeRef>& unknown);
  void GatherEvent(NodeRef path, std::vector<Evidence>& evidence, std::vector<NodeRef>& unknown);
  bool IsWordTyped(NodeRef value, std::span<const EventTypeId> triggers) const;
  std::vector<EventTypeId> Triggers(NodeRef condition);
  /// The entities that all of the evidence allows, in the order of the first; nothing if it was reported that
  /// there are none.
  std::optional<std::vector<EntityId>> Agree(const std::vector<Evidence>& evidence, std::string_view what);
  std::string EntityList(std::span<const EntityId> entities) const;

  // --- check_test.cpp: tests, their times and subjects ---
  struct TestContext;
  void CheckTest(NodeRef decl);
  void CheckTestRun(NodeRef decl, NodeRef one_case, TestContext& context);
  bool ReadTestHead(NodeRef decl, TestContext& context);
  bool BindColumns(NodeRef columns, NodeRef one_case, TestContext& context);
  void CheckTestLine(NodeRef line);
  void CheckTestStart(NodeRef start);
  std::optional<int64_t> ReadTestTime(NodeRef time);
  /// What a value of a table's column stands for; anything else is itself. Nothing if there is no such column, which is reported.
  NodeRef Unparam(NodeRef node);
  bool IsTestSubject(NodeRef id) const;
  hir::RuleId RuleNamed(NodeRef name);

  // --- check_test_records.cpp: what happens in a test ---
  struct TestWhom {
    EntityId entity;
    StringId id;
    Span span;
  };
  struct TestHappening {
    EventTypeId event;   ///< None: only whom is said
    std::optional<TestWhom> whom;
    NodeRef argument;
    Span span;
  };
  std::optional<TestHappening> ReadHappening(NodeRef words);
  void KeepSubject(const TestWhom& whom);
  std::optional<TestWhom> ReadWhom(std::span<const NodeRef> words, std::span<const EntityId> allowed);
  std::optional<TestWhom> OnlySubject(Span span, std::span<const EntityId> allowed, std::string_view what);
  void CheckTestRecords(NodeRef line, size_t words_at, std::span<const int64_t> times, bool is_series);
  bool CheckSeriesTimes(NodeRef line, std::vector<int64_t>& times, std::optional<int64_t>& micros);
  struct TestColumn {
    StringId name;
    EntityId key;        ///< another subject that the event names
    std::vector<ExprId> values;  ///< None: nothing then
    bool missing = false;
    bool several = false;
  };
  std::optional<TestColumn> CheckTestField(NodeRef field, const TestHappening& happening);
  ExprId CheckTestValue(NodeRef value, const Type& type, std::string_view name);
  ExprId CheckTestSet(NodeRef list, const Type& type, std::string_view name);

  // --- check_test_expect.cpp: what a test expects ---
  void CheckExpectNothing(NodeRef line);
  void CheckExpectAction(NodeRef line);
  void CheckExpectWith(NodeRef line);
  void CheckExpectState(NodeRef line);
  bool ReadWhen(NodeRef when, hir::TestExpectation& out);
  bool ReadExpectedWhom(NodeRef words, hir::TestExpectation& out);
  bool ReadExpectedAction(NodeRef call, hir::TestExpectation& out, uint32_t& form);
  bool ReadExpectTail(NodeRef tail, hir::TestExpectation& out);
  std::optional<hir::Limit> LimitOfWords(std::string_view words) const;
  bool HasLimit(const hir::TestExpectation& expectation) const;
  bool CheckReasons(NodeRef because, std::span<const hir::RuleId> rules, hir::TestExpectation& out);
  std::vector<hir::RuleId> RulesThatDecide(const hir::TestExpectation& expectation) const;

  // --- check_condition.cpp ---
  ExprId CheckCondition(NodeRef node, const Scope& scope);
  ExprId CheckJunction(NodeRef node, const Scope& scope);
  ExprId CheckComparison(NodeRef node, const Scope& scope);
  ExprId CheckCompare(NodeRef node, const Scope& scope);
  ExprId CheckBetween(NodeRef node, const Scope& scope);
  ExprId CheckInList(NodeRef node, const Scope& scope);
  ExprId CheckInName(NodeRef node, const Scope& scope);
  ExprId CheckHasAny(NodeRef node, const Scope& scope);
  ExprId CheckTextTest(NodeRef node, const Scope& scope);
  ExprId CheckIsKnown(NodeRef node, const Scope& scope);
  ExprId CheckTruth(NodeRef node, const Scope& scope);
  ExprId Compare(std::string_view op, ExprId left, ExprId right, Span span, const Scope& scope);
  ExprId Negated(ExprId value, Span span);
  ExprId Joined(ExprKind kind, std::vector<ExprId> args, Span span);
  /// Whether an event fires the condition, or part of it.
  bool HasTrigger(ExprId condition) const;
  /// Checks two values against each other: the side that is written bare (`free`, `US`) takes the other's type.
  void CheckPair(NodeRef left, NodeRef right, const Scope& scope, ExprId& left_id, ExprId& right_id);
  bool NeedsQuotes(NodeRef word, const Type& wanted, NodeRef other, const Scope& scope);
  bool IsBareWord(NodeRef node) const;
  bool IsResolvable(NodeRef word, const Scope& scope) const;

  // --- check_temporal.cpp, check_measure.cpp ---
  ExprId CheckHold(NodeRef node, const Scope& scope);
  /// `C for 6h`, `C for 3 reports in a row`.
  static bool IsLasting(NodeRef node) {
    return node && (node.node().kind == NodeKind::kHold || node.node().kind == NodeKind::kRow);
  }
  ExprId CheckTrigger(NodeRef node, const Scope& scope);
  ExprId CheckOccurrence(NodeRef node, const Scope& scope);
  ExprId CheckMembershipChange(NodeRef node, const Scope& scope);
  ExprId CheckAggregate(NodeRef node, const Scope& scope);
  ExprId MeasureValue(uint32_t value, const hir::Window& window, Span span, const Scope& scope);
  ExprId MetricValue(uint32_t value, const hir::Window& window, Span span, const Scope& scope);
  ExprId WindowedValue(uint32_t value, const std::optional<hir::Window>& window, NodeRef node, const Scope& scope);
  hir::PatternId PatternOf(NodeRef event_ref, const Scope& scope);
  std::optional<ExprId> ArgumentFilter(EventTypeId event, NodeRef argument, const Scope& scope);
  hir::PatternId FieldPattern(NodeRef field_ref, const Scope& scope, Type& value_type);
  Type AggregateType(hir::AggregateFn fn, const Type& value_type, Span span);
  std::optional<int64_t> PositiveDuration(NodeRef node, std::string_view what);
  std::optional<int64_t> WholeNumber(NodeRef node, int64_t low, int64_t high, std::string_view what);
  const EventName* EventNamed(NodeRef path);
  void ReportAmbiguousHold(NodeRef junction, NodeRef left, NodeRef hold, std::string_view word);

  // --- check_sequence.cpp ---
  /// One `followed by` and what belongs to it.
  struct SequenceHop {
    NodeRef node, event, within, keys;
    bool negative = false;
  };
  struct SequenceNodes {
    bool each = false;
    NodeRef first;
    std::vector<SequenceHop> hops;
  };
  /// Nothing if a part of it was reported by the parser.
  std::optional<SequenceNodes> ReadSequence(NodeRef node) const;
  std::vector<NodeRef> SequenceKeys(const SequenceNodes& nodes) const;
  EventTypeId DeadlineEvent(NodeRef node, const SequenceNodes& nodes);
  bool IsDeadlineOf(EventTypeId trigger, std::span<const EventTypeId> events) const;
  bool ReportNotKept(Span span, std::string_view shown, StringId field, std::span<const EventTypeId> triggers);
  ExprId CheckSequence(NodeRef node, const Scope& scope);
  bool CheckSequencePlace(NodeRef node, const SequenceNodes& nodes, const Scope& scope);
  bool CheckSequenceShape(const SequenceNodes& nodes);
  bool CheckSequenceKeys(const SequenceNodes& nodes, hir::Sequence& sequence);
  ExprId SequenceValue(hir::Sequence sequence, Span span);

  // --- check_compare.cpp: comparison over time ---
  ExprId CheckRow(NodeRef node, const Scope& scope);
  ExprId CheckChanges(NodeRef node, const Scope& scope);
  ExprId CheckOld(NodeRef node, const Scope& scope);
  /// The attribute that `path` names, of `entity`.
  std::optional<uint32_t> AttributeNamed(NodeRef path, EntityId entity) const;
  EventTypeId ChangeEvent(EntityId entity, uint32_t attribute);
  /// Adds the changes that a condition waits for, now that it is known whose they are.
  void AddChanges(NodeRef condition, EntityId entity, std::vector<EventTypeId>& triggers);
  /// Reports a field of the event at hand in what must be a state.
  bool ReportFields(ExprId state, std::string_view place);
  bool ReadsReports(ExprId condition) const;

  // --- check_baseline.cpp: values beside what they have been ---
  ExprId CheckTrend(NodeRef node, const Scope& scope);
  ExprId CheckRise(NodeRef node, const Scope& scope);
  ExprId CheckUsual(NodeRef node, const Scope& scope);
  ExprId PeakOf(NodeRef node, ExprId value);
  ExprId AverageOf(NodeRef node, ExprId value, const Scope& scope);
  bool ReportTrendNever(NodeRef node, double share);
  bool ReportUnequal(NodeRef node, const hir::Window& own, const hir::Window& before);
  /// `value reached limit`, unknown unless `base` is above nothing.
  ExprId ShareOf(ExprId reached, ExprId base, Span span, const Scope& scope);
  /// The windows of the aggregates in a value, each once.
  std::vector<hir::Window> WindowsIn(ExprId value) const;
  /// How the value grows with the window that its aggregates have: 1, as a sum does; 0, not at all, as a ratio of sums; or in no
  /// way that can be told.
  std::optional<int> GrowthOf(ExprId value) const;
  /// The value with the window `to` wherever an aggregate in it has the window `from`.
  ExprId Shifted(ExprId value, const hir::Window& from, const hir::Window& to);
  ExprId Baseline(ExprId value, const hir::Window& window, bool is_average, bool even_if_new, const std::string& words, Span span);

  // --- check_evidence.cpp ---
  ExprId CheckEvidence(NodeRef node, const Scope& scope);
  /// The condition with that many periods enough for each `usual` in it; None if there is none of that unit.
  ExprId WithPeriods(ExprId condition, StringId unit, NodeRef amount);
  /// The windows in which the condition needs its evidence; none if they are reported.
  std::vector<hir::Window> EvidenceWindows(NodeRef node, ExprId condition, bool is_event);
  ExprId CountOver(NodeRef event, const hir::Window& window, const Scope& scope);
  /// The condition with `enough` required of every value whose peak or low it takes.
  ExprId WithEvidence(ExprId condition, ExprId enough);
  // --- check_window.cpp ---
  /// What a Window node looks back at; nothing if it is absent or was reported.
  std::optional<hir::Window> WindowOf(NodeRef window);
  std::optional<hir::Window> DefaultWindow(NodeRef duration);
  std::optional<hir::Window> PreviousWindow(NodeRef window);
  std::optional<hir::Window> CalendarWindow(calendar::Period period, int64_t first, int64_t last, NodeRef zone, NodeRef lag);
  std::optional<calendar::Period> PeriodNamed(NodeRef window);
  /// The windows that a `previous` in the comparison can end before; nothing if there is no `previous` in it.
  std::optional<std::vector<hir::Window>> WindowsBesidePrevious(NodeRef comparison);
  /// A zone of the IANA database, named by a text or a word. None if there is none, which is reported.
  StringId ZoneNamed(NodeRef name);

  // --- check_expr.cpp: values ---
  ExprId CheckValue(NodeRef node, const Scope& scope, const Type* expected = nullptr);
  ExprId CheckParenthesised(NodeRef node, const Scope& scope, const Type* expected);
  ExprId CheckArithmetic(NodeRef node, const Scope& scope);
  ExprId CheckDefault(NodeRef node, const Scope& scope, const Type* expected);
  ExprId CheckCall(NodeRef node, const Scope& scope);
  ExprId CheckTemplate(NodeRef node, const Scope& scope);
  ExprId Apply(std::string_view spelling, std::vector<ExprId> args, Span span, const Scope& scope);
  void ReportNoOverload(std::string_view spelling, const std::vector<ExprId>& args, Overload::Problem problem,
                        Span span);
  ExprId CheckLiteral(NodeRef node, const Scope& scope);
  bool ReportFault(NodeRef node, uint8_t fault, std::string_view what);

  // --- check_names.cpp ---
  ExprId CheckPath(NodeRef path, const Scope& scope, const Type* expected);
  ExprId CheckWord(NodeRef path, StringId word, const Type& expected, const Scope& scope);
  ExprId SingleName(NodeRef path, StringId name, const Scope& scope);
  ExprId FilterName(NodeRef path, StringId name, const Scope& scope);
  ExprId QualifiedName(NodeRef path, const Scope& scope);
  ExprId AttributeValue(EntityId entity, uint32_t attribute, Span span);
  ExprId FieldValue(EventTypeId event, uint32_t field, Span span);
  ExprId TriggerValue(std::span<const EventTypeId> triggers, uint32_t index, Span span);
  ExprId SubjectValue(EntityId entity, Span span);
  std::optional<uint32_t> TriggerField(StringId name, std::span<const EventTypeId> triggers) const;
  ExprId ReportUnknownName(NodeRef path, StringId name, const Scope& scope);
  std::string TriggerText(std::span<const EventTypeId> triggers) const;

  // --- check_action.cpp, match_action.cpp ---
  void CheckActionDecl(NodeRef decl, Level level);
  void ReadPhrase(NodeRef phrase, ActionForm& form);
  void CheckActionClause(NodeRef clause, ActionForm& form);
  void AllowAnySubject(ActionForm& form);
  void CheckActionEffects(const ActionForm& form);
  ActionMatch MatchAction(NodeRef call);
  /// An action as a test expects it: parts at its end may be left out, and whom it is about may follow.
  ActionMatch MatchExpected(NodeRef call, std::vector<NodeRef>& whom);
  bool TakeUntil(std::vector<CallItem>& items, ActionMatch& match) const;
  void CheckAction(const ActionMatch& match, const Scope& scope, hir::Rule& rule);
  void CheckArgument(const ActionForm& form, const Hole& hole, const ActionMatch& match, uint32_t index,
                     const Scope& scope, hir::ActionCall& call, std::unordered_map<StringId, ExprId>& bound);
  ExprId CheckHoleValue(const Hole& hole, NodeRef node, const Scope& scope, hir::ActionCall& call);
  ExprId CheckAttributeHole(NodeRef node, const Scope& scope, hir::ActionCall& call);
  ExprId CheckEventHole(NodeRef node, const Scope& scope, hir::ActionCall& call);
  void CheckEffect(const NodeRef& effect, const Scope& scope, hir::ActionCall& call);

  // --- build.cpp: making expressions ---
  ExprId Add(Expr expr) { return program_.exprs.Add(std::move(expr)); }
  ExprId Error(Span span);
  ExprId ConstantI64(TypeKind kind, int64_t value, Span span, uint32_t detail = 0);
  ExprId ConstantF64(TypeKind kind, double value, Span span);
  ExprId ConstantText(const Type& type, StringId text, Span span);
  ExprId Call(const stdlib::BuiltinRow& row, Type result, std::vector<ExprId> args, Span span);
  /// `id` as a value of type `to`, which its own type can be assigned to: widened, or the constant converted.
  ExprId Convert(ExprId id, const Type& to);
  ExprId WithKind(ExprId id, const Type& to);
  /// The constant that the call comes to, or nothing if it must wait for the run.
  std::optional<ExprId> Fold(const stdlib::BuiltinRow& row, const Type& result,
                             const std::vector<ExprId>& args, Span span);
  bool IsConstant(ExprId id) const { return program_.exprs[id].kind == ExprKind::kConstant; }
  bool IsFalse(ExprId id) const;
  bool IsTrue(ExprId id) const;

  // --- small help ---
  Type TypeOf(ExprId id) const { return program_.exprs[id].type; }
  bool IsError(ExprId id) const { return TypeOf(id).is_error(); }
  Span SpanOf(const NodeRef& node, const Scope& scope) const {
    return scope.use_span.has_file() ? scope.use_span : node.node().span;
  }
  std::string_view Text(StringId id) const { return interner_.Text(id); }
  StringId Intern(std::string_view text) { return interner_.Intern(text); }
  std::string SourceText(const NodeRef& node) const;
  std::string SourceText(const Tree& tree, Span span) const;
  std::string SourceText(Span span) const;
  /// The span of `name` inside a declaration, after its first word.
  Span NameSpan(NodeRef decl, std::string_view name) const;
  std::string_view EntityText(EntityId id) const { return Text(program_.entities[id].name); }
  /// Adds "did you mean" to a report: the nearest of `candidates`, as a fix of `span`.
  void Suggest(Builder report, Span span, std::string_view name,
               std::span<const std::string_view> candidates);
  bool CountNode(Span span);
  /// Counts one level of the checker's own recursion; false beyond limits::kExpressionDepthMax, which is
  /// reported.
  class Depth {
   public:
    Depth(Checker& checker, Span span);
    ~Depth() { --checker_.depth_; }
    explicit operator bool() const { return ok_; }

   private:
    Checker& checker_;
    bool ok_ = true;
  };

  std::span<const Tree> trees_;
  size_t prelude_count_;
  Interner& interner_;
  diagnostics::Emitter& diags_;
  hir::Program program_;
  Vocabulary vocabulary_;

  // What was collected and waits to be checked.
  struct EntityDecl {
    EntityId entity;
    NodeRef decl;
  };
  struct EventDecl {
    uint32_t event = 0;
    NodeRef decl;
  };
  std::vector<EntityDecl> entity_decls_;
  std::vector<EventDecl> event_decls_;
  std::vector<std::pair<NodeRef, Level>> action_decls_;
  std::vector<NodeRef> workspace_decls_;
  std::vector<NodeRef> rule_decls_;
  std::vector<NodeRef> test_decls_;
  std::map<std::pair<const Tree*, NodeId>, EventTypeId> deadline_of_node_;          // by Followed node
  std::unordered_map<uint32_t, std::vector<uint32_t>> steps_of_deadline_;           // by event type: of Vocabulary::events
  std::unordered_map<StringId, Span> user_entities_, user_events_, rule_names_, user_messages_;
  std::unordered_map<std::string, hir::ScheduleId> schedule_by_key_;
  std::unordered_map<std::string, uint32_t> clock_test_by_key_;
  std::unordered_map<std::string, uint32_t> action_by_key_;
  std::unordered_map<std::string, uint32_t> enum_by_text_;
  /// What uses of one measure by one entity share.
  struct SharedMeasure {
    hir::PatternId pattern;
    Type value_type;
    std::vector<std::pair<hir::Window, hir::AggregateId>> by_window;
  };
  std::unordered_map<uint64_t, SharedMeasure> shared_measures_;
  TestContext* test_ = nullptr;     ///< the test that is checked
  std::unordered_map<StringId, Span> test_names_;
  std::unordered_map<StringId, hir::RuleId> rule_by_name_;  ///< filled before the first test
  bool rules_fine_ = true;          ///< no mistake was reported before the first test
  std::vector<hir::Rule> reverts_;  ///< of the rule that is checked
  hir::Each each_;                  ///< likewise
  Span each_span_;
  uint32_t node_count_ = 0;  ///< of the condition that is checked
  uint32_t depth_ = 0;
  const std::vector<hir::Window>* previous_base_ = nullptr;  ///< what `previous` ends before in the comparison at hand
  bool gathered_bad_ = false;  ///< GatherEvidence met a measure or metric whose declaration was reported
};

}  // namespace mrule::sema
