// SPDX-License-Identifier: Apache-2.0
#include "compiler/plan/handlers.h"

#include <algorithm>

#include "stdlib/kernels/sequence.h"

namespace mrule::plan {
namespace {

/// Inputs from state are computed at each event, so only this many; what is tested more seldom stays with the rows.
constexpr size_t kStateInputsMax = 64;

void AppendBytes(std::string& out, int64_t value) { out.append(reinterpret_cast<const char*>(&value), sizeof value); }

}  // namespace

uint32_t HandlerBuilder::InternLeaf(MatchLeaf leaf) {
  std::string content;
  AppendBytes(content, static_cast<int64_t>(leaf.input) << 16 | static_cast<int64_t>(leaf.kind) << 8 | (leaf.negated ? 1 : 0));
  AppendBytes(content, leaf.regex);
  for (const auto& [low, high] : leaf.ranges) {
    AppendBytes(content, low);
    AppendBytes(content, high);
  }
  for (uint32_t text : leaf.texts) AppendBytes(content, text);
  auto [it, added] = leaf_by_content_.try_emplace(std::move(content), static_cast<uint32_t>(handler_.leaves.size()));
  if (added) handler_.leaves.push_back(std::move(leaf));
  return it->second;
}

uint32_t HandlerBuilder::FieldInput(const LeafInput& input) {
  auto [it, added] = input_by_field_.try_emplace(input.field, static_cast<uint32_t>(handler_.match_inputs.size()));
  if (added) handler_.match_inputs.push_back({input.kind, true, input.field});
  return it->second;
}

template <typename Test>
bool HandlerBuilder::Merge(const LeafMaker& leaves, std::vector<Test>& tests, LeafDraft draft, const Literal& literal,
                           bool* never) {
  for (Test& test : tests) {
    if (test.draft.input.from_field != draft.input.from_field || test.draft.input.field != draft.input.field ||
        test.draft.input.key != draft.input.key) {
      continue;
    }
    std::optional<LeafDraft> both = leaves.Both(test.draft, draft);
    if (!both) return false;
    if (both->input.capped.capacity < draft.input.capped.capacity) both->input.capped = draft.input.capped;
    *never |= both->never;
    test.draft = std::move(*both);
    test.literals.push_back(literal);
    return true;
  }
  *never |= draft.never;
  tests.push_back({std::move(draft), {literal}});
  return true;
}

void HandlerBuilder::AddRow(const Conjunction& conjunction, uint32_t rule_case, const std::string& rule_name) {
  PendingRow row;
  std::vector<StateTest> tests;
  bool never = false;
  for (const Literal& literal : conjunction) {
    std::optional<LeafDraft> draft = leaves_.Make(literal);
    if (draft && draft->always) continue;
    if (!draft || !Merge(leaves_, tests, std::move(*draft), literal, &never)) row.residual.push_back(literal);
  }
  if (never) return;
  for (StateTest& test : tests) {
    if (test.draft.always) continue;
    if (!test.draft.input.from_field) {
      const uint32_t order = static_cast<uint32_t>(state_inputs_.size());
      StateInput& input = state_inputs_[test.draft.input.key];
      if (input.uses++ == 0) {
        input.order = order;
        input.input = test.draft.input;
      }
      row.tests.push_back(std::move(test));
      continue;
    }
    test.draft.leaf.input = FieldInput(test.draft.input);
    row.leaves.push_back(InternLeaf(std::move(test.draft.leaf)));
  }
  row.rule_case = rule_case;
  if (!row.residual.empty() || !row.tests.empty()) {
    if (rule_names_.empty() || rule_names_.back() != rule_name) rule_names_.push_back(rule_name);
    row.rule_name = static_cast<uint32_t>(rule_names_.size() - 1);
  }
  rows_.push_back(std::move(row));
}

void HandlerBuilder::ChooseStateInputs() {
  std::vector<const StateInput*> chosen;
  for (const auto& [key, input] : state_inputs_) chosen.push_back(&input);
  std::sort(chosen.begin(), chosen.end(), [](const StateInput* a, const StateInput* b) {
    return a->uses != b->uses ? a->uses > b->uses : a->order < b->order;
  });
  if (chosen.size() > kStateInputsMax) chosen.resize(kStateInputsMax);
  std::sort(chosen.begin(), chosen.end(), [](const StateInput* a, const StateInput* b) { return a->order < b->order; });
  if (chosen.empty()) return;
  Lowerer lowerer(context_, entity_, event_);
  for (const StateInput* one : chosen) {
    const LeafInput& input = one->input;
    const uint32_t value = input.capped.count ? lowerer.CappedCountValue(input.capped)
                           : context_.program.exprs[input.expr].kind == hir::ExprKind::kTimes
                               ? lowerer.TimesCount(context_.program.exprs[input.expr])
                               : lowerer.Value(input.expr);
    const uint32_t output = static_cast<uint32_t>(input_by_key_.size());
    lowerer.code().StoreOutput(value, output);
    input_by_key_.emplace(input.key, static_cast<uint32_t>(handler_.match_inputs.size()));
    handler_.match_inputs.push_back({input.kind, false, output});
  }
  handler_.inputs = lowerer.Finish("inputs of " + std::string(context_.program.Text(context_.program.events[event_].name)) +
                                   " on " + std::string(context_.program.Text(context_.program.entities[entity_].name)));
}

FunctionId HandlerBuilder::Residual(const Conjunction& literals, const std::string& rule_name) {
  Lowerer lowerer(context_, entity_, event_);
  ir::FunctionBuilder& code = lowerer.code();
  for (const Literal& literal : literals) {
    const uint32_t value = lowerer.Value(literal.expr);
    switch (literal.want) {
      case Want::kTrue:
        code.ExitUnlessTrue(value);
        break;
      case Want::kFalse:
        code.ExitUnlessTrue(code.Not(value));
        break;
      case Want::kKnown:
        code.ExitUnlessTrue(code.IsKnown(value));
        break;
      case Want::kMissing:
        code.ExitUnlessTrue(code.Not(code.IsKnown(value)));
        break;
    }
  }
  code.Return(code.Bool(true));
  return lowerer.Finish("residual of " + rule_name);
}

void HandlerBuilder::FinishRows() {
  ChooseStateInputs();
  handler_.rows.reserve(rows_.size());
  for (PendingRow& pending : rows_) {
    MatchRow row;
    row.rule_case = pending.rule_case;
    row.leaves = std::move(pending.leaves);
    Conjunction residual = std::move(pending.residual);
    for (StateTest& test : pending.tests) {
      auto it = input_by_key_.find(test.draft.input.key);
      if (it == input_by_key_.end()) {
        residual.insert(residual.end(), test.literals.begin(), test.literals.end());
        continue;
      }
      // The instants kept must decide this row too, whichever row's test stands for the input.
      const LeafInput& input = test.draft.input;
      for (const Literal& literal : test.literals) {
        const hir::Expr& expr = context_.program.exprs[literal.expr];
        if (expr.kind == hir::ExprKind::kTimes && KeepsRecents(expr.window)) {
          context_.state(entity_).Recents(expr.pattern, CapacityOf(expr));
        }
      }
      if (input.capped.count) {
        const hir::Expr& count = context_.program.exprs[input.capped.count];
        context_.state(entity_).Recents(context_.program.aggregates[count.aggregate].pattern, input.capped.capacity);
      }
      test.draft.leaf.input = it->second;
      row.leaves.push_back(InternLeaf(std::move(test.draft.leaf)));
    }
    if (!residual.empty()) row.residual = Residual(residual, rule_names_[pending.rule_name]);
    const bool repeated = !handler_.rows.empty() && handler_.rows.back().rule_case == row.rule_case &&
                          handler_.rows.back().leaves == row.leaves && handler_.rows.back().residual == row.residual;
    if (!repeated) handler_.rows.push_back(std::move(row));
  }
  rows_.clear();
}

void HandlerBuilder::UpdateLog(Lowerer& lowerer, const LogState& log, uint32_t guard, uint32_t value) {
  ir::FunctionBuilder& code = lowerer.code();
  // Of plain windows the longest needs all that the others need; which of the spans reaches back farthest is known only then.
  const LogWindow* longest = &log.windows.front();
  ir::Inst inst;
  inst.b = guard;
  inst.slot = log.slot;
  for (const LogWindow& window : log.windows) {
    if (!window.is_span() && (longest->is_span() || window.micros > longest->micros)) longest = &window;
    inst.op = window.is_span() ? ir::Opcode::kSpanAdvance : ir::Opcode::kCursorAdvance;
    inst.slot2 = window.slot;
    inst.imm = window.is_span() ? int64_t{window.window} : window.micros;
    code.Effect(inst);
  }
  inst.op = ir::Opcode::kLogTrim;
  inst.slot2 = longest->slot;
  inst.imm = 0;
  code.Effect(inst);
  for (const LogWindow& window : log.windows) {
    if (!window.is_span() || &window == longest) continue;
    inst.op = ir::Opcode::kLogKeep;
    inst.slot2 = window.slot;
    code.Effect(inst);
  }
  inst.op = ir::Opcode::kLogAdd;
  inst.slot2 = 0;
  inst.a = value;
  const uint32_t kept = code.LogAdd(inst);
  if (kept == ir::kNoValue) return;
  for (const LogWindow& window : log.windows) {
    // A span takes the entry when it is next advanced.
    if (window.is_span() || !context_.state(entity_).slot(window.slot).summed) continue;
    ir::Inst add;
    add.op = ir::Opcode::kCursorAdd;
    add.slot = window.slot;
    add.a = value;
    add.b = kept;
    code.Effect(add);
  }
}

void HandlerBuilder::UpdateCase(Lowerer& lowerer, const PatternState& pattern, uint32_t guard, uint32_t value) {
  ir::FunctionBuilder& code = lowerer.code();
  const bool f64 = sema::PhysicalOf(pattern.value_type.kind) == Physical::kF64;
  const bool valued = value != ir::kNoValue;
  auto fixed = [&] {
    ir::Inst inst;
    inst.op = ir::Opcode::kToFixed;
    inst.a = value;
    return code.Value(inst);
  };
  for (const Feed& feed : pattern.feeds) {
    ir::Inst inst;
    inst.b = guard;
    inst.slot = feed.slot;
    switch (feed.kind) {
      case SlotKind::kTotal:
        inst.op = ir::Opcode::kTotalAdd;
        if (feed.fn == hir::AggregateFn::kSum) {
          inst.a = f64 ? fixed() : value;
        } else {
          inst.a = code.Const(1);
          if (valued) inst.b = code.And(guard, code.IsKnown(value));
        }
        break;
      case SlotKind::kKept:
        inst.op = feed.fn == hir::AggregateFn::kFirst ? ir::Opcode::kKeptFirst
                  : feed.fn == hir::AggregateFn::kMin ? ir::Opcode::kKeptMin
                  : feed.fn == hir::AggregateFn::kMax ? ir::Opcode::kKeptMax
                                                      : ir::Opcode::kKeptSet;
        inst.a = value;
        break;
      case SlotKind::kRecents:
        inst.op = ir::Opcode::kRecentsAdd;
        break;
      case SlotKind::kLastAt:
        inst.op = ir::Opcode::kLastAtSet;
        break;
      case SlotKind::kDistinct:
        inst.op = ir::Opcode::kDistinctAdd;
        inst.a = value;
        break;
      case SlotKind::kObserved:
        inst.op = ir::Opcode::kObserve;
        if (valued) inst.b = code.And(guard, code.IsKnown(value));
        break;
      case SlotKind::kAttribute:
      case SlotKind::kLog:
      case SlotKind::kCursor:
      case SlotKind::kHold:
      case SlotKind::kSegment:
      case SlotKind::kLatch:
      case SlotKind::kLimit:
      case SlotKind::kSequence:
      case SlotKind::kRuns:
      case SlotKind::kPending:
      case SlotKind::kKeyedLimit:
      case SlotKind::kRevert:
      case SlotKind::kWaiting:
      case SlotKind::kSpan:
      case SlotKind::kRow:
      case SlotKind::kExtreme:
        continue;
    }
    code.Effect(inst);
  }
  for (const LogState& log : pattern.logs) {
    const uint32_t logged = !valued ? code.Const(1) : f64 && !log.raw ? fixed() : value;
    UpdateLog(lowerer, log, guard, logged);
  }
}

void HandlerBuilder::UpdatePattern(Lowerer& lowerer, const PatternState& pattern) {
  ir::FunctionBuilder& code = lowerer.code();
  uint32_t any = ir::kNoValue;  // without values, an event counts once however many cases it matches
  for (const hir::PatternCase& one : context_.program.patterns[pattern.pattern].cases) {
    if (one.event != event_) continue;
    const uint32_t guard = one.filter ? lowerer.Value(one.filter) : code.Bool(true);
    if (pattern.valued && one.value) {
      UpdateCase(lowerer, pattern, guard, lowerer.Value(one.value));
    } else {
      any = any == ir::kNoValue ? guard : code.Or(any, guard);
    }
  }
  if (any != ir::kNoValue) UpdateCase(lowerer, pattern, any, ir::kNoValue);
}

/// In the order that stdlib/kernels/sequence.h wants: what ends a wait, hops from the last to the first, a new run.
void HandlerBuilder::UpdateSequence(Lowerer& lowerer, const SequenceState& state) {
  const hir::Sequence& sequence = context_.program.sequences[state.sequence];
  ir::FunctionBuilder& code = lowerer.code();
  const auto here = [&](const hir::Step& step) { return Matches(context_.program, step.pattern, event_); };
  if (std::none_of(sequence.steps.begin(), sequence.steps.end(), here)) return;

  ir::Inst inst;
  inst.slot = state.slot;
  uint32_t has_keys = code.Bool(true);
  for (size_t i = 0; i < sequence.keys.size(); ++i) {
    const uint32_t value = KeyValue(lowerer, sequence.keys[i]);
    has_keys = code.And(has_keys, code.IsKnown(value));
    (i == 0 ? inst.a : inst.c) = value;
  }
  const auto guard = [&](const hir::Step& step) {
    uint32_t any = code.Bool(false);
    for (const hir::PatternCase& one : context_.program.patterns[step.pattern].cases) {
      if (one.event == event_) any = code.Or(any, one.filter ? lowerer.Value(one.filter) : code.Bool(true));
    }
    return code.And(any, has_keys);
  };
  const uint32_t each = sequence.each ? uint32_t{kMrSeqEach} : 0;
  const auto stages = static_cast<uint32_t>(sequence.steps.size() - 1);
  const uint32_t hops = sequence.absent ? stages - 1 : stages;  // that happen
  if (hops != 0) {
    ir::Inst begin;
    begin.op = ir::Opcode::kSeqBegin;
    begin.slot = state.slot;
    code.Effect(begin);
  }
  for (uint32_t stage = 0; state.list && stage < hops; ++stage) {
    ir::Inst expire;
    expire.op = ir::Opcode::kRunsExpire;
    expire.slot = state.slot;
    expire.slot2 = stage;
    expire.imm = sequence.steps[stage + 1].within_micros;
    code.Effect(expire);
  }
  if (sequence.absent && here(sequence.steps.back())) {
    inst.op = state.list ? ir::Opcode::kRunsEnd : ir::Opcode::kSeqEnd;
    inst.slot2 = stages - 1;
    inst.b = guard(sequence.steps.back());
    code.Effect(inst);
  }
  for (uint32_t stage = hops; stage-- > 0;) {
    const hir::Step& next = sequence.steps[stage + 1];
    if (!here(next)) continue;
    inst.op = state.list ? ir::Opcode::kRunsAdvance : ir::Opcode::kSeqAdvance;
    const uint32_t last = !sequence.absent && stage + 1 == hops ? uint32_t{kMrSeqLast} : 0;
    inst.slot2 = stage | last | each;
    inst.imm = state.list ? 0 : next.within_micros;
    inst.b = guard(next);
    code.Effect(inst);
  }
  inst.imm = 0;
  if (!here(sequence.steps.front())) return;
  inst.op = state.list ? ir::Opcode::kRunsStart : ir::Opcode::kSeqStart;
  inst.slot2 = each;
  inst.b = guard(sequence.steps.front());
  code.Effect(inst);
}

/// A key's field of the event at hand; numbers so that both zeros are one key.
uint32_t HandlerBuilder::KeyValue(Lowerer& lowerer, const hir::SequenceKey& key) {
  const std::vector<hir::Field>& fields = context_.program.events[event_].fields;
  uint32_t index = 0;
  while (fields[index].name != key.name) ++index;
  ir::Inst field;
  field.op = ir::Opcode::kField;
  field.type = sema::PhysicalOf(key.type.kind);
  field.slot = context_.FieldSlot(event_, index);
  const uint32_t value = lowerer.code().Value(field);
  if (field.type != Physical::kF64) return value;
  return lowerer.code().Builtin(stdlib::BuiltinId::kAddNumber, {value, lowerer.code().ConstF64(0)});
}

void HandlerBuilder::FinishUpdate() {
  Lowerer lowerer(context_, entity_, event_);
  for (const PatternState& pattern : context_.state(entity_).patterns()) {
    if (!pattern.feeds.empty() || !pattern.logs.empty()) UpdatePattern(lowerer, pattern);
  }
  for (const SequenceState& sequence : context_.state(entity_).sequences()) UpdateSequence(lowerer, sequence);
  ir::Function function = lowerer.code().Finish(
      "update by " + std::string(context_.program.Text(context_.program.events[event_].name)) + " of " +
      std::string(context_.program.Text(context_.program.entities[entity_].name)));
  if (function.code.size() <= 1) return;
  for (const ir::Inst& inst : function.code) {
    if (!ir::ReadsOrWritesRecord(inst.op)) continue;
    for (uint32_t operand : {inst.a, inst.c}) {
      if (operand == ir::kNoValue) continue;
      const ir::Inst& value = function.code[operand];
      if (value.op == ir::Opcode::kField) context_.RetainSlot(event_, value.slot);
    }
  }
  handler_.update = context_.functions.Add(std::move(function), entity_, event_);
}

}  // namespace mrule::plan
