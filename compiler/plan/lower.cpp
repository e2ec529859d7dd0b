// SPDX-License-Identifier: Apache-2.0
#include "compiler/plan/lower.h"

#include <algorithm>

#include "compiler/base/limits.h"
#include "compiler/plan/rules.h"
#include "stdlib/abi.h"
#include "stdlib/kernels/sequence.h"

namespace mrule::plan {
namespace {

constexpr int64_t kCappedCountMax = 64;  // beyond it a log costs less than the instants

Physical PhysicalOf(Type type) { return sema::PhysicalOf(type.kind); }

}  // namespace

bool Matches(const hir::Program& program, hir::PatternId pattern, hir::EventTypeId event) {
  const std::vector<hir::PatternCase>& cases = program.patterns[pattern].cases;
  return std::any_of(cases.begin(), cases.end(), [event](const hir::PatternCase& one) { return one.event == event; });
}

std::string_view ComparisonOf(const hir::Expr& expr) {
  if (expr.kind != hir::ExprKind::kBuiltin || expr.args.size() != 2) return {};
  const std::string_view spelling = stdlib::Row(expr.builtin).spelling;
  if (spelling == "=" || spelling == "!=" || spelling[0] == '<' || spelling[0] == '>') return spelling;
  return {};
}

std::optional<CappedCount> FindCappedCount(const hir::Program& program, const hir::Expr& comparison) {
  const std::string_view op = ComparisonOf(comparison);
  if (op.empty()) return std::nullopt;
  for (size_t side = 0; side < 2; ++side) {
    const hir::Expr& count = program.exprs[comparison.args[side]];
    const hir::Expr& constant = program.exprs[comparison.args[1 - side]];
    if (count.kind != hir::ExprKind::kAggregate || constant.kind != hir::ExprKind::kConstant) continue;
    const hir::Aggregate& aggregate = program.aggregates[count.aggregate];
    if (aggregate.fn != hir::AggregateFn::kCount || !KeepsRecents(aggregate.window) || aggregate.measure ||
        constant.type.kind != TypeKind::kCount || constant.constant.i64 > kCappedCountMax) {
      continue;
    }
    // `c >= k` and `c < k` differ at k itself, the others just above it.
    const bool at_k = side == 0 ? op == ">=" || op == "<" : op == "<=" || op == ">";
    const int64_t capacity = std::max<int64_t>(1, constant.constant.i64 + (at_k ? 0 : 1));
    return CappedCount{comparison.args[side], static_cast<uint32_t>(capacity)};
  }
  return std::nullopt;
}

bool KeepsRecents(const hir::Window& window) { return !window.all_time() && window.ends_now(); }

uint32_t CapacityOf(const hir::Expr& times) {
  const int64_t capacity = times.count + (times.op == hir::CountOp::kAtLeast ? 0 : 1);
  return static_cast<uint32_t>(std::clamp<int64_t>(capacity, 1, int64_t{limits::kRecentInstantsMax} + 1));
}

uint32_t Lowerer::Make(ir::Opcode op, Physical type, uint32_t slot, uint32_t slot2, int64_t imm, uint32_t a) {
  ir::Inst inst;
  inst.op = op;
  inst.type = type;
  inst.slot = slot;
  inst.slot2 = slot2;
  inst.imm = imm;
  inst.a = a;
  return code_.Value(inst);
}

uint32_t Lowerer::Value(hir::ExprId id) {
  const hir::Expr& expr = program_.exprs[id];
  switch (expr.kind) {
    case hir::ExprKind::kConstant:
      return ConstantValue(expr);
    case hir::ExprKind::kUnknown:
    case hir::ExprKind::kTemplate:  // made by sinks, not by functions
      return code_.Unknown(PhysicalOf(expr.type));
    case hir::ExprKind::kField:
      return Make(ir::Opcode::kField, PhysicalOf(expr.type), context_.FieldSlot(event_, FieldIndex(program_, expr, event_)));
    case hir::ExprKind::kAttribute:
      return AttributeValue(expr.index);
    case hir::ExprKind::kBefore:
      return Make(ir::Opcode::kKept, PhysicalOf(expr.type), BeforeSlot(context_, program_.rules[rule_], expr));
    case hir::ExprKind::kSubject:
      return Make(ir::Opcode::kSlot, Physical::kText, kSubjectSlot);
    case hir::ExprKind::kNow:
      return Make(ir::Opcode::kNow, Physical::kI64);
    case hir::ExprKind::kAggregate:
      return AggregateValue(program_.aggregates[expr.aggregate]);
    case hir::ExprKind::kBuiltin:
      return BuiltinValue(expr);
    case hir::ExprKind::kAnd:
    case hir::ExprKind::kOr: {
      uint32_t value = Value(expr.args[0]);
      for (size_t i = 1; i < expr.args.size(); ++i) {
        const uint32_t next = Value(expr.args[i]);
        value = expr.kind == hir::ExprKind::kAnd ? code_.And(value, next) : code_.Or(value, next);
      }
      return value;
    }
    case hir::ExprKind::kNot:
      return code_.Not(Value(expr.args[0]));
    case hir::ExprKind::kIsKnown:
      return code_.IsKnown(Decided(expr.args[0]));
    case hir::ExprKind::kDefault: {
      const uint32_t value = Decided(expr.args[0]);
      return code_.Default(value, Value(expr.args[1]));
    }
    case hir::ExprKind::kRequire: {
      const uint32_t value = Value(expr.args[0]);
      return code_.Require(value, Value(expr.args[1]));
    }
    case hir::ExprKind::kInSet:
      return InSet(expr);
    case hir::ExprKind::kMatches:
      return Make(ir::Opcode::kMatches, Physical::kI64, context_.constants.Regex(expr.constant.text), 0, 0,
                  Value(expr.args[0]));
    case hir::ExprKind::kHasAny:
      return Make(ir::Opcode::kHasAny, Physical::kI64, context_.constants.TextSet(expr.constant.items), 0, 0,
                  Value(expr.args[0]));
    case hir::ExprKind::kEvent:
      return EventMatches(expr);
    case hir::ExprKind::kSequence:
      return SequenceCompleted(expr);
    case hir::ExprKind::kTimes: {
      const uint32_t count = TimesCount(expr);
      const stdlib::BuiltinId compare = expr.op == hir::CountOp::kAtLeast  ? stdlib::BuiltinId::kGeCount
                                        : expr.op == hir::CountOp::kAtMost ? stdlib::BuiltinId::kLeCount
                                                                           : stdlib::BuiltinId::kEqCount;
      return code_.Builtin(compare, {count, code_.Const(expr.count)});
    }
    case hir::ExprKind::kNoneIn:
      return NoneIn(expr);
    case hir::ExprKind::kHold:
      return Hold(expr);
    case hir::ExprKind::kRow:
      return Row(expr);
    case hir::ExprKind::kExtreme:
      return Extreme(expr);
    case hir::ExprKind::kUsual:
      return Usual(expr);
    case hir::ExprKind::kBaseline: {
      const uint32_t value = Value(expr.args[0]);
      if (expr.even_if_new) return value;
      return code_.Require(value, KnownSince(expr.window));
    }
    case hir::ExprKind::kEnters:
    case hir::ExprKind::kLeaves:
      return Make(ir::Opcode::kSegmentTurned, Physical::kI64,
                  state_.AddSlot(SlotKind::kSegment,
                                 "segment " + std::string(program_.Text(program_.segments[expr.segment].name)), 8),
                  0, expr.kind == hir::ExprKind::kEnters ? 1 : 2);
    case hir::ExprKind::kToday:
    case hir::ExprKind::kClock: {
      const hir::ZoneRef& zone = program_.clock_tests[hir::ClockTestId(expr.index)].zone;
      return Make(expr.kind == hir::ExprKind::kToday ? ir::Opcode::kToday : ir::Opcode::kInClock, Physical::kI64, zone.of_subject ? state_.AttributeSlot(zone.attribute) : kNoSlot, 0,
                  expr.index);
    }
  }
  return code_.Unknown(Physical::kI64);
}

/// A value whose unknown is decided: `x is missing`, `x default 0`. What holds then does not rest on observations of it.
uint32_t Lowerer::Decided(hir::ExprId id) {
  ++decided_;
  const uint32_t value = Value(id);
  --decided_;
  return value;
}

uint32_t Lowerer::ConstantValue(const hir::Expr& expr) {
  const Physical physical = PhysicalOf(expr.type);
  if (physical == Physical::kText) return Make(ir::Opcode::kConstText, physical, context_.constants.Text(expr.constant.text));
  if (physical == Physical::kSet) return code_.Unknown(physical);
  return code_.Const(PayloadOf(expr.constant, expr.type), physical);
}

uint32_t Lowerer::AttributeValue(uint32_t index) {
  const hir::Attribute& attribute = program_.entities[entity_].attributes[index];
  const uint32_t slot = state_.AttributeSlot(index);
  const Physical physical = PhysicalOf(attribute.type);
  if (state_.slot(slot).always_known) return Make(ir::Opcode::kSlot, physical, slot);
  const uint32_t value = Make(ir::Opcode::kKept, physical, slot);
  if (!attribute.default_value || physical == Physical::kSet) return value;
  return code_.Default(value, Value(attribute.default_value));
}

uint32_t Lowerer::BuiltinValue(const hir::Expr& expr) {
  const std::optional<CappedCount> capped = FindCappedCount(program_, expr);
  std::vector<uint32_t> args;
  for (hir::ExprId arg : expr.args) {
    args.push_back(capped && arg == capped->count ? CappedCountValue(*capped) : Value(arg));
  }
  return code_.Builtin(expr.builtin, args);
}

uint32_t Lowerer::Recents(hir::PatternId pattern, const hir::Window& window, uint32_t capacity) {
  const uint32_t slot = state_.Recents(pattern, capacity);
  if (window.plain()) return Make(ir::Opcode::kRecentsCount, Physical::kI64, slot, 0, window.micros);
  return Make(ir::Opcode::kRecentsIn, Physical::kI64, slot, 0, context_.WindowIndex(window));
}

/// How often something happened; from `capacity` on it may be any number that is not less.
uint32_t Lowerer::CountIn(hir::PatternId pattern, const hir::Window& window, uint32_t capacity) {
  if (KeepsRecents(window)) return Recents(pattern, window, capacity);
  hir::Aggregate count;
  count.pattern = pattern;
  count.type.kind = count.value_type.kind = TypeKind::kCount;
  count.window = window;
  return WindowedValue(count);
}

uint32_t Lowerer::NoneIn(const hir::Expr& expr) {
  if (expr.window.all_time() || expr.window.plain()) {
    return Make(ir::Opcode::kNoneIn, Physical::kI64, state_.LastAt(expr.pattern), expr.even_if_new ? 1 : 0, expr.window.micros);
  }
  const uint32_t none = code_.Builtin(stdlib::BuiltinId::kEqCount, {CountIn(expr.pattern, expr.window, 1), code_.Const(0)});
  if (expr.even_if_new) return none;
  return code_.And(none, KnownSince(expr.window));
}

uint32_t Lowerer::TimesCount(const hir::Expr& times) {
  if (times.window.all_time()) return Make(ir::Opcode::kSlot, Physical::kI64, state_.TotalCount(times.pattern));
  return CountIn(times.pattern, times.window, CapacityOf(times));
}

uint32_t Lowerer::CappedCountValue(const CappedCount& capped) {
  const hir::Aggregate& aggregate = program_.aggregates[program_.exprs[capped.count].aggregate];
  return Recents(aggregate.pattern, aggregate.window, capped.capacity);
}

uint32_t Lowerer::AggregateValue(const hir::Aggregate& aggregate) {
  const uint32_t value = aggregate.window.all_time() ? AllTimeValue(aggregate) : WindowedValue(aggregate);
  if (hold_ == nullptr || !aggregate.measure) return value;
  const int64_t fresh_micros = program_.measures[aggregate.measure].fresh_micros;
  if (fresh_micros == 0) return value;
  const uint32_t observed = state_.Observed(aggregate.pattern);
  const uint32_t fresh_value = code_.Require(value, Make(ir::Opcode::kIsFresh, Physical::kI64, observed, 0, fresh_micros));
  if (decided_ != 0 && hold_->kind == JudgeUnit::Kind::kHold) return fresh_value;
  if (std::find(hold_->observed.begin(), hold_->observed.end(), observed) == hold_->observed.end()) {
    hold_->observed.push_back(observed);
  }
  fresh_least_micros_ = fresh_least_micros_ == 0 ? fresh_micros : std::min(fresh_least_micros_, fresh_micros);
  return fresh_value;
}

uint32_t Lowerer::Average(const hir::Aggregate& aggregate, uint32_t sum, uint32_t count) {
  if (PhysicalOf(aggregate.value_type) == Physical::kF64) {
    return code_.Builtin(stdlib::BuiltinId::kDivNumber, {sum, code_.Builtin(stdlib::BuiltinId::kToNumber, {count})});
  }
  if (PhysicalOf(aggregate.type) == Physical::kF64) return code_.Builtin(stdlib::BuiltinId::kDivCount, {sum, count});
  return code_.Builtin(stdlib::BuiltinId::kDivMoneyCount, {sum, count});
}

uint32_t Lowerer::WindowedValue(const hir::Aggregate& aggregate) {
  const bool summed = aggregate.fn == hir::AggregateFn::kSum || aggregate.fn == hir::AggregateFn::kAvg;
  const bool is_span = !aggregate.window.plain();
  const uint32_t index = is_span ? context_.WindowIndex(aggregate.window) : kNoWindow;
  const WindowRef window = state_.Window(aggregate, index, summed);
  ir::Inst advance;
  advance.op = is_span ? ir::Opcode::kSpanAdvance : ir::Opcode::kCursorAdvance;
  advance.slot = window.log;
  advance.slot2 = window.cursor;
  advance.imm = is_span ? int64_t{index} : aggregate.window.micros;
  code_.Effect(advance);
  auto read = [&](ir::Opcode op, Physical type) { return Make(op, type, window.log, window.cursor, is_span ? 1 : 0); };
  const Physical physical = PhysicalOf(aggregate.value_type);
  auto sum = [&] {
    const uint32_t value = read(ir::Opcode::kLogSum, Physical::kI64);
    return physical == Physical::kF64 ? Make(ir::Opcode::kFromFixed, Physical::kF64, 0, 0, 0, value) : value;
  };
  switch (aggregate.fn) {
    case hir::AggregateFn::kCount:
      return read(ir::Opcode::kLogCount, Physical::kI64);
    case hir::AggregateFn::kSum:
      return sum();
    case hir::AggregateFn::kAvg: {
      const uint32_t total = sum();
      return Average(aggregate, total, read(ir::Opcode::kLogCount, Physical::kI64));
    }
    case hir::AggregateFn::kMin:
      return read(ir::Opcode::kLogMin, physical);
    case hir::AggregateFn::kMax:
      return read(ir::Opcode::kLogMax, physical);
    case hir::AggregateFn::kFirst:
      return read(ir::Opcode::kLogFirst, physical);
    case hir::AggregateFn::kLast:
      return read(ir::Opcode::kLogLast, physical);
    case hir::AggregateFn::kDistinct:
      return read(ir::Opcode::kLogDistinct, Physical::kI64);
  }
  return code_.Unknown(physical);
}

uint32_t Lowerer::AllTimeValue(const hir::Aggregate& aggregate) {
  const Physical physical = PhysicalOf(aggregate.value_type);
  auto total = [&](hir::AggregateFn fn) {
    const uint32_t value = Make(ir::Opcode::kSlot, Physical::kI64, state_.Total(aggregate, fn));
    return fn == hir::AggregateFn::kSum && physical == Physical::kF64
               ? Make(ir::Opcode::kFromFixed, Physical::kF64, 0, 0, 0, value)
               : value;
  };
  switch (aggregate.fn) {
    case hir::AggregateFn::kCount:
    case hir::AggregateFn::kSum:
      return total(aggregate.fn);
    case hir::AggregateFn::kAvg: {
      const uint32_t sum = total(hir::AggregateFn::kSum);
      return Average(aggregate, sum, total(hir::AggregateFn::kCount));
    }
    case hir::AggregateFn::kMin:
    case hir::AggregateFn::kMax:
    case hir::AggregateFn::kFirst:
    case hir::AggregateFn::kLast:
      return Make(ir::Opcode::kKept, physical, state_.Kept(aggregate));
    case hir::AggregateFn::kDistinct:
      return Make(ir::Opcode::kDistinctCount, Physical::kI64, state_.Distinct(aggregate));
  }
  return code_.Unknown(physical);
}

uint32_t Lowerer::EventMatches(const hir::Expr& expr) {
  uint32_t matches = code_.Bool(false);
  for (const hir::PatternCase& one : program_.patterns[expr.pattern].cases) {
    if (one.event != event_) continue;
    matches = code_.Or(matches, one.filter ? Value(one.filter) : code_.Bool(true));
  }
  return matches;
}

/// The update by the event at hand has told. A deadline happens only for a run that is still open.
uint32_t Lowerer::SequenceCompleted(const hir::Expr& expr) {
  const hir::Sequence& sequence = program_.sequences[expr.sequence];
  if (!Matches(program_, expr.pattern, event_)) return code_.Bool(false);
  if (sequence.absent) return code_.Bool(true);
  const uint32_t turn = Make(ir::Opcode::kSlot, Physical::kI64, state_.Sequence(expr.sequence).slot);
  return code_.Builtin(stdlib::BuiltinId::kEqCount, {turn, code_.Const(kMrTurnCompleted)});
}

uint32_t Lowerer::InSet(const hir::Expr& expr) {
  const uint32_t value = Value(expr.args[0]);
  const Type type = program_.exprs[expr.args[0]].type;
  if (PhysicalOf(type) == Physical::kText) {
    std::vector<StringId> items = expr.constant.items;
    for (const hir::Constant& member : expr.members) items.push_back(member.text);
    return Make(ir::Opcode::kInTexts, Physical::kI64, context_.constants.TextSet(items), 0, 0, value);
  }
  std::vector<int64_t> payloads;
  for (const hir::Constant& member : expr.members) payloads.push_back(PayloadOf(member, type));
  return Make(ir::Opcode::kInInts, Physical::kI64, context_.constants.IntSet(std::move(payloads)), 0, 0, value);
}

void Lowerer::AddHold(HoldState hold, const std::string& key, hir::ExprId judged) {
  Lowerer inner(context_, entity_, {});
  if (hold.kind == JudgeUnit::Kind::kExtreme) {
    inner.code_.StoreOutput(inner.Value(judged), 0);
    inner.code_.Return();
    hold.condition = inner.Finish("value of " + key);
  } else {
    inner.hold_ = &hold;
    inner.code_.Return(inner.Value(judged));
    hold.reset_after_micros = inner.fresh_least_micros_;
    if (hold.kind == JudgeUnit::Kind::kHold) hold.observations_min = hold.observed.empty() ? 0 : 2;
    inner.hold_ = nullptr;
    hold.condition = inner.Finish("hold " + key);
  }
  std::vector<HoldState>& holds = context_.holds[entity_.index()];
  context_.hold_by_slot[entity_.index()].emplace(hold.slot, static_cast<uint32_t>(holds.size()));
  holds.push_back(std::move(hold));
}

void Lowerer::RestOn(const HoldState& inner) {
  if (hold_ == nullptr) return;
  if (inner.reset_after_micros != 0) {
    fresh_least_micros_ =
        fresh_least_micros_ == 0 ? inner.reset_after_micros : std::min(fresh_least_micros_, inner.reset_after_micros);
  }
  for (uint32_t observed : inner.observed) {
    if (std::find(hold_->observed.begin(), hold_->observed.end(), observed) == hold_->observed.end()) {
      hold_->observed.push_back(observed);
    }
  }
}

const HoldState& Lowerer::HoldOf(const hir::Expr& expr) {
  const std::string key = "(" + context_.keys.Expr(expr.args[0], entity_, {}) + " for " + DurationText(expr.window_micros) + ")";
  const bool is_new = !state_.Has(key);
  const uint32_t slot = state_.AddSlot(SlotKind::kHold, key, sizeof(MrHold));
  if (is_new) {
    HoldState hold;
    hold.slot = slot;
    hold.duration_micros = expr.window_micros;
    AddHold(std::move(hold), key, expr.args[0]);
  }
  return context_.holds[entity_.index()][context_.hold_by_slot[entity_.index()].at(slot)];
}

uint32_t Lowerer::Hold(const hir::Expr& expr) {
  const HoldState& hold = HoldOf(expr);
  RestOn(hold);
  return Make(ir::Opcode::kHoldRead, Physical::kI64, hold.slot, static_cast<uint32_t>(hold.observations_min),
              expr.window_micros);
}

uint32_t Lowerer::Row(const hir::Expr& expr) {
  const std::string key = "(" + context_.keys.Expr(expr.args[0], entity_, {}) + " for " + std::to_string(expr.count) +
                          " reports in a row)";
  const bool is_new = !state_.Has(key);
  const uint32_t slot = state_.AddSlot(SlotKind::kRow, key, sizeof(MrRow));
  if (is_new) {
    HoldState hold;
    hold.kind = JudgeUnit::Kind::kRow;
    hold.slot = slot;
    hold.observations_min = expr.count;
    AddHold(std::move(hold), key, expr.args[0]);
  }
  RestOn(context_.holds[entity_.index()][context_.hold_by_slot[entity_.index()].at(slot)]);
  return Make(ir::Opcode::kRowRead, Physical::kI64, slot, 0, expr.count);
}

uint32_t Lowerer::Extreme(const hir::Expr& expr) {
  const Physical physical = PhysicalOf(expr.type);
  const std::string key = std::string(expr.index == 0 ? "peak of " : "low of ") +
                          context_.keys.Expr(expr.args[0], entity_, {}) + " over " + DurationText(expr.window_micros);
  const bool is_new = !state_.Has(key);
  const uint32_t slot = state_.AddSlot(SlotKind::kExtreme, key, sizeof(MrExtreme));
  const uint32_t log = state_.AddSlot(SlotKind::kLog, key + ": earlier values", sizeof(MrLog));
  if (is_new) {
    state_.slot(slot).type = state_.slot(log).type = expr.type;
    HoldState hold;
    hold.kind = JudgeUnit::Kind::kExtreme;
    hold.slot = slot;
    hold.log = log;
    hold.order = (expr.index == 0 ? kMrPeakI64 : kMrLowI64) + (physical == Physical::kF64 ? 1 : 0);
    hold.duration_micros = expr.window_micros;
    AddHold(std::move(hold), key, expr.args[0]);
  }
  const bool peak = expr.index == 0;
  const uint32_t best = Make(peak ? ir::Opcode::kPeakRead : ir::Opcode::kLowRead, physical, slot, log, expr.window_micros);
  if (!event_) return best;
  // An event is judged before its instant is complete: what the value has just become counts already.
  const uint32_t value = Value(expr.args[0]);
  const bool f64 = physical == Physical::kF64;
  const stdlib::BuiltinId better = peak  ? f64 ? stdlib::BuiltinId::kGreatestNumber : stdlib::BuiltinId::kGreatestMoney
                                   : f64 ? stdlib::BuiltinId::kLeastNumber
                                         : stdlib::BuiltinId::kLeastMoney;
  return code_.Default(code_.Builtin(better, {best, value}), code_.Default(best, value));
}

uint32_t Lowerer::KnownSince(const hir::Window& window) {
  return Make(ir::Opcode::kKnownSince, Physical::kI64, 0, 0, context_.WindowIndex(window));
}

uint32_t Lowerer::KnownThroughout(hir::ExprId sum) {
  hir::ExprId id = sum;  // a conversion may stand around the aggregate
  while (program_.exprs[id].kind != hir::ExprKind::kAggregate) id = program_.exprs[id].args[0];
  return code_.Require(Value(sum), KnownSince(program_.aggregates[program_.exprs[id].aggregate].window));
}

/// Mean and deviation of the known ones, summed in the order of the periods so that every engine and every run gets the same bits.
/// The sum of amounts and counts is exact; squares are doubles.
uint32_t Lowerer::Usual(const hir::Expr& expr) {
  using B = stdlib::BuiltinId;
  const Type type = program_.exprs[expr.args.front()].type;
  const bool f64 = PhysicalOf(type) == Physical::kF64;
  const bool money = type.kind == TypeKind::kMoney;
  auto as_number = [&](uint32_t value) { return f64 ? value : code_.Builtin(B::kToNumber, {value}); };
  const uint32_t zero = f64 ? code_.ConstF64(0) : code_.Const(0);
  std::vector<uint32_t> values;
  uint32_t count = code_.Const(0), sum = zero;
  for (hir::ExprId arg : expr.args) {
    values.push_back(KnownThroughout(arg));
    count = code_.Builtin(B::kAddCount, {count, code_.IsKnown(values.back())});
    sum = code_.Builtin(f64 ? B::kAddNumber : money ? B::kAddMoney : B::kAddCount, {sum, code_.Default(values.back(), zero)});
  }
  const uint32_t enough = code_.Builtin(B::kGeCount, {count, code_.Const(expr.count)});
  const uint32_t number = code_.Builtin(B::kToNumber, {count});
  if (expr.index == 0) {
    return code_.Require(money ? code_.Builtin(B::kDivMoneyCount, {sum, count}) : code_.Builtin(B::kDivNumber, {as_number(sum), number}),
                         enough);
  }
  const uint32_t mean = code_.Builtin(B::kDivNumber, {as_number(sum), number});
  uint32_t squares = code_.ConstF64(0);
  for (uint32_t value : values) {
    const uint32_t distance = code_.Builtin(B::kSubNumber, {as_number(value), mean});
    const uint32_t square = code_.Builtin(B::kMulNumber, {distance, distance});
    squares = code_.Builtin(B::kAddNumber, {squares, code_.Default(square, code_.ConstF64(0))});
  }
  const uint32_t root = code_.Builtin(B::kRoot, {code_.Builtin(B::kDivNumber, {squares, number})});
  // Millionths of a unit, as amounts are held.
  return code_.Require(money ? code_.Builtin(B::kMulMoneyNumber, {code_.Const(1), root}) : root, enough);
}

}  // namespace mrule::plan
