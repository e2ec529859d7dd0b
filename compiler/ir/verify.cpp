// SPDX-License-Identifier: Apache-2.0
// The well-formedness of one function. Engines trust what passes here: they check neither operand types nor offsets.
#include <string>

#include "compiler/base/limits.h"
#include "compiler/ir/builder.h"
#include "compiler/ir/ir.h"
#include "stdlib/abi.h"
#include "stdlib/kernels/sequence.h"

namespace mrule::ir {
namespace {

constexpr uint32_t kAny = 4;  // an operand of any physical type
constexpr uint32_t kI64 = static_cast<uint32_t>(Physical::kI64);
constexpr uint32_t kF64 = static_cast<uint32_t>(Physical::kF64);
constexpr uint32_t kText = static_cast<uint32_t>(Physical::kText);
constexpr uint32_t kSet = static_cast<uint32_t>(Physical::kSet);

class Verifier {
 public:
  Verifier(const Function& function, const VerifyContext& context) : function_(function), context_(context) {}

  std::string Run() {
    const auto& code = function_.code;
    if (code.empty() || code.back().op != Opcode::kReturn) return "the last instruction is not Return";
    for (at_ = 0; at_ < code.size() && problem_.empty(); ++at_) {
      if (code[at_].op == Opcode::kReturn && at_ + 1 != code.size()) Fail("Return is not the last instruction");
      Check(code[at_]);
    }
    return problem_;
  }

 private:
  void Fail(const std::string& what) {
    if (!problem_.empty()) return;
    problem_ = "instruction " + std::to_string(at_) + " (" + OpcodeName(function_.code[at_].op) + "): " + what;
  }

  void Operand(char name, uint32_t value, uint32_t type) {
    const std::string operand = std::string("operand ") + name;
    if (value == kNoValue) return Fail(operand + " is missing");
    if (value >= at_) return Fail(operand + " does not precede its use");
    const Inst& def = function_.code[value];
    if (ClassOf(def.op) != OpClass::kValue) return Fail(operand + " makes no value");
    if (type != kAny && static_cast<uint32_t>(def.type) != type) Fail(operand + " has the wrong type");
  }
  void Operands(const Inst& inst, uint32_t a) {
    Operand('a', inst.a, a);
    None('b', inst.b);
    None('c', inst.c);
  }
  void Operands(const Inst& inst, uint32_t a, uint32_t b) {
    Operand('a', inst.a, a);
    Operand('b', inst.b, b);
    None('c', inst.c);
  }
  void None(char name, uint32_t value) {
    if (value != kNoValue) Fail(std::string("operand ") + name + " is not allowed");
  }
  void NoOperands(const Inst& inst) {
    None('a', inst.a);
    None('b', inst.b);
    None('c', inst.c);
  }
  void Guarded(const Inst& inst, uint32_t a) {  // a: kNoValue if the effect takes none
    if (a == kNoValue) {
      None('a', inst.a);
    } else {
      Operand('a', inst.a, a);
    }
    if (inst.b != kNoValue) Operand('b', inst.b, kI64);
    None('c', inst.c);
  }
  Physical TypeOf(uint32_t value) const {
    return value < function_.code.size() ? function_.code[value].type : Physical::kI64;
  }
  void Makes(const Inst& inst, Physical type) {
    if (inst.type != type) Fail("makes a value of the wrong type");
  }
  void Table(uint32_t index, uint32_t size, const char* what) {
    if (index >= size) Fail(std::string("no such ") + what);
  }
  void Record(uint32_t offset, uint64_t bytes) {
    if (offset % 8 != 0) Fail("the record offset is not a multiple of 8");
    if (offset < kHeaderBytes) Fail("the record offset lies in the header");
    if (offset + bytes > context_.record_bytes) Fail("the record offset lies outside the record");
  }
  void Recents(const Inst& inst) {
    if (inst.slot2 == 0 || inst.slot2 > limits::kRecentInstantsMax) Fail("the capacity is out of range");
    Record(inst.slot, (inst.slot2 <= kMrLatestMax ? 0 : 8) + 8 * uint64_t{inst.slot2});
  }
  void Log(const Inst& inst) {
    Record(inst.slot, sizeof(MrLog));
    Record(inst.slot2, sizeof(MrCursor));
  }
  /// How many stages of its sequence a hop touches beyond the first.
  uint32_t StagesAfter(const Inst& inst) {
    const uint32_t stage = inst.slot2 & kMrSeqStageMask;
    const bool moves_on = inst.op == Opcode::kSeqAdvance && (inst.slot2 & kMrSeqLast) == 0;
    if (stage + 1 >= limits::kSequenceStepsMax) Fail("there is no such stage");
    if ((inst.slot2 & ~uint32_t{kMrSeqStageMask | kMrSeqLast | kMrSeqEach}) != 0) Fail("slot2 is no stage");
    return stage + (moves_on ? 1 : 0);
  }
  void Keyed(const Inst& inst) {
    if (inst.a != kNoValue) Operand('a', inst.a, kAny);
    if (inst.b != kNoValue) Operand('b', inst.b, kI64);
    if (inst.c != kNoValue) Operand('c', inst.c, kAny);
    if (inst.a == kNoValue && inst.c != kNoValue) Fail("there is a second key and no first");
  }
  /// A window of Plan::windows over a log.
  void Span(const Inst& inst) {
    Record(inst.slot, sizeof(MrLog));
    Record(inst.slot2, sizeof(MrSpan));
  }
  void Window(const Inst& inst) {
    if (inst.imm < 0 || static_cast<uint64_t>(inst.imm) >= context_.windows) Fail("no such window");
  }
  void ReadsLog(const Inst& inst) {
    NoOperands(inst);
    if (inst.imm != 0 && inst.imm != 1) Fail("imm is neither 0 nor 1");
    if (inst.imm == 0) return Log(inst);
    Span(inst);
  }
  void Positive(const Inst& inst, const char* what) {
    if (inst.imm <= 0) Fail(std::string(what) + " is not positive");
  }

  void CheckBuiltin(const Inst& inst) {
    if (inst.builtin >= stdlib::BuiltinId::kCount_) return Fail("no such builtin");
    const stdlib::BuiltinRow& row = stdlib::Row(inst.builtin);
    const uint32_t operands[3] = {inst.a, inst.b, inst.c};
    for (int i = 0; i < 3; ++i) {
      const char name = static_cast<char>('a' + i);
      if (i < row.arity) {
        Operand(name, operands[i], static_cast<uint32_t>(PhysicalOf(row.params[i])));
      } else {
        None(name, operands[i]);
      }
    }
    Makes(inst, PhysicalOf(row.result));
  }

  void Check(const Inst& inst);

  const Function& function_;
  const VerifyContext& context_;
  size_t at_ = 0;
  std::string problem_;
};

void Verifier::Check(const Inst& inst) {
  switch (inst.op) {
    case Opcode::kConst:
      NoOperands(inst);
      if (inst.type != Physical::kI64 && inst.type != Physical::kF64) Fail("makes a value of the wrong type");
      return;
    case Opcode::kConstText:
      NoOperands(inst);
      Makes(inst, Physical::kText);
      return Table(inst.slot, context_.texts, "text");
    case Opcode::kUnknown:
      return NoOperands(inst);
    case Opcode::kField:
      NoOperands(inst);
      return Table(inst.slot, context_.field_count, "field");
    case Opcode::kSlot:
      NoOperands(inst);
      if (inst.slot == 0 && inst.type == Physical::kText) return;  // the subject's identifier
      return Record(inst.slot, 8);
    case Opcode::kKept:
      NoOperands(inst);
      return Record(inst.slot, sizeof(MrKept));
    case Opcode::kNow:
      NoOperands(inst);
      return Makes(inst, Physical::kI64);
    case Opcode::kBuiltin:
      return CheckBuiltin(inst);
    case Opcode::kAnd:
    case Opcode::kOr:
      Operands(inst, kI64, kI64);
      return Makes(inst, Physical::kI64);
    case Opcode::kNot:
      Operands(inst, kI64);
      return Makes(inst, Physical::kI64);
    case Opcode::kIsKnown:
      Operands(inst, kAny);
      return Makes(inst, Physical::kI64);
    case Opcode::kDefault:
      Operands(inst, kAny, static_cast<uint32_t>(inst.type));
      return Makes(inst, TypeOf(inst.a));
    case Opcode::kRequire:
      Operands(inst, kAny, kI64);
      return Makes(inst, TypeOf(inst.a));
    case Opcode::kInInts:
      Operands(inst, kAny);
      if (TypeOf(inst.a) != Physical::kI64 && TypeOf(inst.a) != Physical::kF64) Fail("operand a has the wrong type");
      Makes(inst, Physical::kI64);
      return Table(inst.slot, context_.int_sets, "set of numbers");
    case Opcode::kInTexts:
      Operands(inst, kText);
      Makes(inst, Physical::kI64);
      return Table(inst.slot, context_.text_sets, "set of texts");
    case Opcode::kHasAny:
      Operands(inst, kSet);
      Makes(inst, Physical::kI64);
      return Table(inst.slot, context_.text_sets, "set of texts");
    case Opcode::kMatches:
      Operands(inst, kText);
      Makes(inst, Physical::kI64);
      return Table(inst.slot, context_.regexes, "pattern");
    case Opcode::kRecentsCount:
      NoOperands(inst);
      Makes(inst, Physical::kI64);
      Positive(inst, "the window");
      return Recents(inst);
    case Opcode::kRecentsIn:
      NoOperands(inst);
      Makes(inst, Physical::kI64);
      Window(inst);
      return Recents(inst);
    case Opcode::kKnownSince:
      NoOperands(inst);
      Makes(inst, Physical::kI64);
      return Window(inst);
    case Opcode::kLogSum:
    case Opcode::kLogCount:
    case Opcode::kLogDistinct:
      Makes(inst, Physical::kI64);
      return ReadsLog(inst);
    case Opcode::kLogFirst:
    case Opcode::kLogLast:
    case Opcode::kLogMin:
    case Opcode::kLogMax:
      return ReadsLog(inst);
    case Opcode::kDistinctCount:
      NoOperands(inst);
      Makes(inst, Physical::kI64);
      return Record(inst.slot, sizeof(MrDistinct));
    case Opcode::kFromFixed:
      Operands(inst, kI64);
      return Makes(inst, Physical::kF64);
    case Opcode::kToFixed:
      Operands(inst, kF64);
      return Makes(inst, Physical::kI64);
    case Opcode::kNoneIn:
      NoOperands(inst);
      Makes(inst, Physical::kI64);
      if (inst.imm < 0) Fail("the window is negative");
      if (inst.slot2 > 1) Fail("slot2 is neither 0 nor 1");
      return Record(inst.slot, sizeof(MrLastAt));
    case Opcode::kIsFresh:
      NoOperands(inst);
      Makes(inst, Physical::kI64);
      Positive(inst, "the fresh period");
      return Record(inst.slot, sizeof(MrObserved));
    case Opcode::kHoldRead:
      NoOperands(inst);
      Makes(inst, Physical::kI64);
      Positive(inst, "the duration");
      return Record(inst.slot, sizeof(MrHold));
    case Opcode::kSegmentTurned:
      NoOperands(inst);
      Makes(inst, Physical::kI64);
      if (inst.imm != 1 && inst.imm != 2) Fail("imm is neither 1 nor 2");
      return Record(inst.slot, 8);
    case Opcode::kToday:
    case Opcode::kInClock:
      NoOperands(inst);
      Makes(inst, Physical::kI64);
      if (inst.imm < 0 || inst.imm >= int64_t{context_.clock_tests}) Fail("there is no such clock test");
      return inst.slot == 0 ? void() : Record(inst.slot, sizeof(MrKept));
    case Opcode::kRowRead:
      NoOperands(inst);
      Makes(inst, Physical::kI64);
      Positive(inst, "the number of reports");
      return Record(inst.slot, sizeof(MrRow));
    case Opcode::kPeakRead:
    case Opcode::kLowRead:
      NoOperands(inst);
      Positive(inst, "the window");
      Record(inst.slot2, sizeof(MrLog));
      return Record(inst.slot, sizeof(MrExtreme));
    case Opcode::kTotalAdd:
      Guarded(inst, kI64);
      return Record(inst.slot, sizeof(MrTotal));
    case Opcode::kKeptSet:
    case Opcode::kKeptFirst:
    case Opcode::kKeptMin:
    case Opcode::kKeptMax:
      Guarded(inst, kAny);
      return Record(inst.slot, sizeof(MrKept));
    case Opcode::kLastAtSet:
      Guarded(inst, kNoValue);
      return Record(inst.slot, sizeof(MrLastAt));
    case Opcode::kRecentsAdd:
      Guarded(inst, kNoValue);
      return Recents(inst);
    case Opcode::kCursorAdvance:
      Guarded(inst, kNoValue);
      Positive(inst, "the window");
      return Log(inst);
    case Opcode::kLogAdd:
      Guarded(inst, kAny);
      Makes(inst, Physical::kI64);
      return Record(inst.slot, sizeof(MrLog));
    case Opcode::kCursorAdd:
      Guarded(inst, kI64);
      return Record(inst.slot, sizeof(MrCursor));
    case Opcode::kLogTrim:
    case Opcode::kLogKeep:
      Guarded(inst, kNoValue);
      return Log(inst);
    case Opcode::kSpanAdvance:
      Guarded(inst, kNoValue);
      Window(inst);
      return Span(inst);
    case Opcode::kDistinctAdd:
      Guarded(inst, kAny);
      return Record(inst.slot, sizeof(MrDistinct));
    case Opcode::kObserve:
      Guarded(inst, kNoValue);
      return Record(inst.slot, sizeof(MrObserved));
    case Opcode::kSeqBegin:
      Guarded(inst, kNoValue);
      return Record(inst.slot, sizeof(MrSequence));
    case Opcode::kSeqStart:
      Guarded(inst, kNoValue);
      return Record(inst.slot, sizeof(MrSequence));
    case Opcode::kSeqAdvance:
      Guarded(inst, kNoValue);
      Positive(inst, "the time between two steps");
      return Record(inst.slot, sizeof(MrSequence) + 8 * uint64_t{StagesAfter(inst)});
    case Opcode::kSeqEnd:
      Guarded(inst, kNoValue);
      return Record(inst.slot, sizeof(MrSequence) + 8 * uint64_t{StagesAfter(inst)});
    case Opcode::kRunsExpire:
      Guarded(inst, kNoValue);
      Positive(inst, "the time between two steps");
      StagesAfter(inst);
      return Record(inst.slot, sizeof(MrRuns));
    case Opcode::kRunsStart:
    case Opcode::kRunsAdvance:
    case Opcode::kRunsEnd:
      Keyed(inst);
      StagesAfter(inst);
      return Record(inst.slot, sizeof(MrRuns));
    case Opcode::kStoreOutput:
      Operands(inst, kAny);
      return Table(inst.slot, function_.outputs, "output");
    case Opcode::kExitIfFalse:
    case Opcode::kExitUnlessTrue:
      return Operands(inst, kI64);
    case Opcode::kReturn:
      if (inst.a != kNoValue) Operand('a', inst.a, kI64);
      None('b', inst.b);
      return None('c', inst.c);
  }
  Fail("no such opcode");
}

}  // namespace

Result<void> Verify(const Function& function, const VerifyContext& context) {
  std::string problem = Verifier(function, context).Run();
  if (problem.empty()) return {};
  return Error{"function `" + function.name + "`: " + problem};
}

}  // namespace mrule::ir
