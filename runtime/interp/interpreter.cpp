// SPDX-License-Identifier: Apache-2.0
// One switch over the opcodes, registers in a flat buffer. A builtin is called through a trampoline made from its row, so
// that the kernel's C type is known to the compiler; everything that touches the record is a kernel of state.h.
#include "runtime/interp/interpreter.h"

#include <bit>
#include <memory>

#include "stdlib/kernels/kernel.h"
#include "stdlib/kernels/sequence.h"
#include "stdlib/kernels/state.h"

namespace mrule::runtime {
namespace {

using ir::Inst;
using ir::Opcode;
using ir::Physical;

constexpr MrValue kUnknownValue{0, 0};
MrValue Known(int64_t bits) { return {bits, 1}; }
MrValue FromText(const MrText* text) { return Known(reinterpret_cast<int64_t>(text)); }
const MrText* TextOf(const MrValue& value) { return reinterpret_cast<const MrText*>(value.bits); }
const MrTextSet* SetOf(const MrValue& value) { return reinterpret_cast<const MrTextSet*>(value.bits); }

// --- builtins ---

template <typename C>
C PayloadAs(const MrValue& value) {
  if constexpr (std::is_same_v<C, double>) {
    return std::bit_cast<double>(value.bits);
  } else if constexpr (std::is_pointer_v<C>) {
    return reinterpret_cast<C>(value.bits);
  } else {
    return value.bits;
  }
}
template <typename C>
int64_t BitsOf(C payload) {
  if constexpr (std::is_same_v<C, double>) {
    return std::bit_cast<int64_t>(payload);
  } else if constexpr (std::is_pointer_v<C>) {
    return reinterpret_cast<int64_t>(payload);
  } else {
    return payload;
  }
}

/// Calls a kernel on registers; unknown if an argument is (S5).
template <auto kKernel>
struct Trampoline;
template <typename Out, typename A, MrStatus (*kKernel)(A, Out*)>
struct Trampoline<kKernel> {
  static MrStatus Call(const MrValue* r, const Inst& inst, int64_t* bits) {
    if (r[inst.a].known == 0) return kMrUnknown;
    Out out{};
    MrStatus status = kKernel(PayloadAs<A>(r[inst.a]), &out);
    *bits = BitsOf(out);
    return status;
  }
};
template <typename Out, typename A, typename B, MrStatus (*kKernel)(A, B, Out*)>
struct Trampoline<kKernel> {
  static MrStatus Call(const MrValue* r, const Inst& inst, int64_t* bits) {
    if ((r[inst.a].known & r[inst.b].known) == 0) return kMrUnknown;
    Out out{};
    MrStatus status = kKernel(PayloadAs<A>(r[inst.a]), PayloadAs<B>(r[inst.b]), &out);
    *bits = BitsOf(out);
    return status;
  }
};
template <typename Out, typename A, typename B, typename C, MrStatus (*kKernel)(A, B, C, Out*)>
struct Trampoline<kKernel> {
  static MrStatus Call(const MrValue* r, const Inst& inst, int64_t* bits) {
    if ((r[inst.a].known & r[inst.b].known & r[inst.c].known) == 0) return kMrUnknown;
    Out out{};
    MrStatus status = kKernel(PayloadAs<A>(r[inst.a]), PayloadAs<B>(r[inst.b]), PayloadAs<C>(r[inst.c]), &out);
    *bits = BitsOf(out);
    return status;
  }
};

using Call = MrStatus (*)(const MrValue*, const Inst&, int64_t*);
constexpr Call kCalls[] = {
#define MR_BUILTIN(name, spelling, shape, kernel, doc) &Trampoline<&stdlib::signature::kernel>::Call,
#include "stdlib/builtins.def"
};

// --- parts of opcodes ---

MrValue And(const MrValue& a, const MrValue& b) {
  if ((a.known != 0 && a.bits == 0) || (b.known != 0 && b.bits == 0)) return Known(0);
  return (a.known & b.known) != 0 ? Known(1) : kUnknownValue;
}
MrValue Or(const MrValue& a, const MrValue& b) {
  if ((a.known != 0 && a.bits != 0) || (b.known != 0 && b.bits != 0)) return Known(1);
  return (a.known & b.known) != 0 ? Known(0) : kUnknownValue;
}
bool IsTrue(const MrValue& value) { return value.known != 0 && value.bits != 0; }
/// Does an effect happen?
bool Guarded(const MrValue* r, const Inst& inst) {
  return (inst.a == ir::kNoValue || r[inst.a].known != 0) && (inst.b == ir::kNoValue || IsTrue(r[inst.b]));
}
/// The payload of a sequence's key, or 0 where it has none.
int64_t KeyOf(const MrValue* r, uint32_t value) { return value == ir::kNoValue ? 0 : r[value].bits; }
/// Sets of numbers hold value + 0.0, so that both zeros are one member.
int64_t SetKey(const ir::Function& function, const Inst& inst, int64_t bits) {
  if (function.code[inst.a].type != Physical::kF64) return bits;
  return std::bit_cast<int64_t>(std::bit_cast<double>(bits) + 0.0);
}
MrValue FromStatus(MrStatus status, int64_t bits) { return status == kMrOk ? Known(bits) : kUnknownValue; }

void NoteTrap(MrFrame* frame, MrStatus status) {
  if (status > kMrUnknown && status > frame->trap) frame->trap = status;
}

int32_t Execute(const Program& program, const ir::Function& function, MrFrame* frame, MrValue* r) {
  MrStatus trap_before = frame->trap;
  const Inst* code = function.code.data();
  for (uint32_t pc = 0;; ++pc) {
    const Inst& inst = code[pc];
    MrValue& to = r[pc];
    switch (inst.op) {
      case Opcode::kConst: to = Known(inst.imm); continue;
      case Opcode::kConstText: to = FromText(program.ConstantText(inst.slot)); continue;
      case Opcode::kUnknown: to = kUnknownValue; continue;
      case Opcode::kField: to = frame->fields[inst.slot]; continue;
      case Opcode::kSlot: to = Known(*reinterpret_cast<const int64_t*>(frame->record + inst.slot)); continue;
      case Opcode::kKept: {
        const auto* kept = reinterpret_cast<const MrKept*>(frame->record + inst.slot);
        to = {kept->bits, kept->known};
        continue;
      }
      case Opcode::kNow: to = Known(frame->now); continue;
      case Opcode::kBuiltin: {
        int64_t bits = 0;
        MrStatus status = kCalls[static_cast<size_t>(inst.builtin)](r, inst, &bits);
        to = FromStatus(status, bits);
        NoteTrap(frame, status);
        break;
      }
      case Opcode::kAnd: to = And(r[inst.a], r[inst.b]); continue;
      case Opcode::kOr: to = Or(r[inst.a], r[inst.b]); continue;
      case Opcode::kNot: to = r[inst.a].known != 0 ? Known(r[inst.a].bits == 0) : kUnknownValue; continue;
      case Opcode::kIsKnown: to = Known(r[inst.a].known); continue;
      case Opcode::kDefault: to = r[inst.a].known != 0 ? r[inst.a] : r[inst.b]; continue;
      case Opcode::kRequire: to = IsTrue(r[inst.b]) ? r[inst.a] : kUnknownValue; continue;
      case Opcode::kInInts:
        to = r[inst.a].known != 0 ? Known(program.InInts(inst.slot, SetKey(function, inst, r[inst.a].bits)))
                                  : kUnknownValue;
        continue;
      case Opcode::kInTexts:
        to = r[inst.a].known != 0 ? Known(program.InTexts(inst.slot, TextOf(r[inst.a]))) : kUnknownValue;
        continue;
      case Opcode::kHasAny:
        to = r[inst.a].known != 0 ? Known(program.HasAny(inst.slot, SetOf(r[inst.a]))) : kUnknownValue;
        continue;
      case Opcode::kMatches:
        to = r[inst.a].known != 0 ? Known(program.Matches(inst.slot, TextOf(r[inst.a]))) : kUnknownValue;
        continue;
      case Opcode::kRecentsCount:
        to = Known(inst.slot2 <= kMrLatestMax ? mr_s_latest_count(frame, inst.slot, inst.slot2, inst.imm)
                                              : mr_s_recents_count(frame, inst.slot, inst.slot2, inst.imm));
        continue;
      case Opcode::kLogSum: to = Known(mr_s_cursor_sum(frame, inst.slot2)); continue;
      case Opcode::kRecentsIn:
        to = Known(mr_s_recents_in(frame, inst.slot, inst.slot2, static_cast<uint32_t>(inst.imm)));
        continue;
      case Opcode::kKnownSince: {
        int64_t bits = 0;
        to = FromStatus(mr_s_known_since(frame, static_cast<uint32_t>(inst.imm), &bits), bits);
        continue;
      }
      case Opcode::kLogCount: {
        auto* read = inst.imm != 0 ? &mr_s_span_count : &mr_s_cursor_count;
        to = Known(read(frame, inst.slot, inst.slot2));
        continue;
      }
      case Opcode::kLogFirst: {
        int64_t bits = 0;
        auto* read = inst.imm != 0 ? &mr_s_span_first : &mr_s_cursor_first;
        to = FromStatus(read(frame, inst.slot, inst.slot2, &bits), bits);
        continue;
      }
      case Opcode::kLogLast: {
        int64_t bits = 0;
        auto* read = inst.imm != 0 ? &mr_s_span_last : &mr_s_cursor_last;
        to = FromStatus(read(frame, inst.slot, inst.slot2, &bits), bits);
        continue;
      }
      case Opcode::kLogMin: {
        int64_t bits = 0;
        auto* read = inst.imm != 0 ? (inst.type == Physical::kF64 ? &mr_s_span_min_f64 : &mr_s_span_min_i64)
                                   : (inst.type == Physical::kF64 ? &mr_s_cursor_min_f64 : &mr_s_cursor_min_i64);
        to = FromStatus(read(frame, inst.slot, inst.slot2, &bits), bits);
        continue;
      }
      case Opcode::kLogMax: {
        int64_t bits = 0;
        auto* read = inst.imm != 0 ? (inst.type == Physical::kF64 ? &mr_s_span_max_f64 : &mr_s_span_max_i64)
                                   : (inst.type == Physical::kF64 ? &mr_s_cursor_max_f64 : &mr_s_cursor_max_i64);
        to = FromStatus(read(frame, inst.slot, inst.slot2, &bits), bits);
        continue;
      }
      case Opcode::kLogDistinct: {
        int64_t bits = 0;
        auto* read = inst.imm != 0 ? &mr_s_span_distinct : &mr_s_cursor_distinct;
        MrStatus status = read(frame, inst.slot, inst.slot2, &bits);
        to = FromStatus(status, bits);
        NoteTrap(frame, status);
        break;
      }
      case Opcode::kDistinctCount: to = Known(mr_s_distinct_count(frame, inst.slot)); continue;
      case Opcode::kFromFixed:
        to = r[inst.a].known != 0 ? Known(std::bit_cast<int64_t>(mr_s_from_fixed(r[inst.a].bits))) : kUnknownValue;
        continue;
      case Opcode::kToFixed: {
        int64_t bits = 0;
        MrStatus status =
            r[inst.a].known != 0 ? mr_s_to_fixed(std::bit_cast<double>(r[inst.a].bits), &bits) : kMrUnknown;
        to = FromStatus(status, bits);
        NoteTrap(frame, status);
        break;
      }
      case Opcode::kNoneIn: {
        int64_t bits = 0;
        to = FromStatus(mr_s_none_in(frame, inst.slot, inst.imm, inst.slot2, &bits), bits);
        continue;
      }
      case Opcode::kIsFresh: to = Known(mr_s_is_fresh(frame, inst.slot, inst.imm)); continue;
      case Opcode::kHoldRead: {
        int64_t bits = 0;
        to = FromStatus(mr_s_hold_read(frame, inst.slot, inst.imm, inst.slot2, &bits), bits);
        continue;
      }
      case Opcode::kToday: to = Known(mr_s_today(frame, inst.slot, inst.imm)); continue;
      case Opcode::kInClock: to = Known(mr_s_in_clock(frame, inst.slot, inst.imm)); continue;
      case Opcode::kSegmentTurned: to = Known(mr_s_segment_turned(frame, inst.slot, inst.imm)); continue;
      case Opcode::kRowRead: to = Known(mr_s_row_read(frame, inst.slot, inst.imm)); continue;
      case Opcode::kPeakRead:
      case Opcode::kLowRead: {
        int64_t bits = 0;
        const uint32_t order = (inst.op == Opcode::kPeakRead ? kMrPeakI64 : kMrLowI64) + (inst.type == Physical::kF64 ? 1 : 0);
        to = FromStatus(mr_s_extreme_read(frame, inst.slot, inst.slot2, inst.imm, order, &bits), bits);
        continue;
      }

      case Opcode::kTotalAdd:
        if (Guarded(r, inst)) mr_s_total_add(frame, inst.slot, r[inst.a].bits);
        break;
      case Opcode::kKeptSet:
        if (Guarded(r, inst)) mr_s_kept_set(frame, inst.slot, r[inst.a].bits);
        continue;
      case Opcode::kKeptFirst:
        if (Guarded(r, inst)) mr_s_kept_first(frame, inst.slot, r[inst.a].bits);
        continue;
      case Opcode::kKeptMin: {
        if (!Guarded(r, inst)) continue;
        auto* keep = code[inst.a].type == Physical::kF64 ? &mr_s_kept_min_f64 : &mr_s_kept_min_i64;
        keep(frame, inst.slot, r[inst.a].bits);
        continue;
      }
      case Opcode::kKeptMax: {
        if (!Guarded(r, inst)) continue;
        auto* keep = code[inst.a].type == Physical::kF64 ? &mr_s_kept_max_f64 : &mr_s_kept_max_i64;
        keep(frame, inst.slot, r[inst.a].bits);
        continue;
      }
      case Opcode::kLastAtSet:
        if (Guarded(r, inst)) mr_s_last_at_set(frame, inst.slot);
        continue;
      case Opcode::kRecentsAdd:
        if (!Guarded(r, inst)) continue;
        if (inst.slot2 <= kMrLatestMax) {
          mr_s_latest_add(frame, inst.slot, inst.slot2);
        } else {
          mr_s_recents_add(frame, inst.slot, inst.slot2);
        }
        continue;
      case Opcode::kCursorAdvance:
        if (Guarded(r, inst)) mr_s_cursor_advance(frame, inst.slot, inst.slot2, inst.imm);
        break;
      case Opcode::kLogAdd:
        to = Known(Guarded(r, inst) ? mr_s_log_add(frame, inst.slot, r[inst.a].bits) : 0);
        break;
      case Opcode::kCursorAdd:
        if (Guarded(r, inst)) mr_s_cursor_add(frame, inst.slot, r[inst.a].bits);
        break;
      case Opcode::kLogTrim:
        if (Guarded(r, inst)) mr_s_log_trim(frame, inst.slot, inst.slot2);
        continue;
      case Opcode::kSpanAdvance:
        if (Guarded(r, inst)) mr_s_span_advance(frame, inst.slot, inst.slot2, static_cast<uint32_t>(inst.imm));
        break;
      case Opcode::kLogKeep:
        if (Guarded(r, inst)) mr_s_log_keep(frame, inst.slot, inst.slot2);
        continue;
      case Opcode::kDistinctAdd:
        if (Guarded(r, inst)) mr_s_distinct_add(frame, inst.slot, r[inst.a].bits);
        break;
      case Opcode::kObserve:
        if (Guarded(r, inst)) mr_s_observe(frame, inst.slot);
        continue;

      case Opcode::kSeqBegin:
        if (Guarded(r, inst)) mr_s_seq_begin(frame, inst.slot);
        continue;
      case Opcode::kSeqStart:
        if (Guarded(r, inst)) mr_s_seq_start(frame, inst.slot);
        continue;
      case Opcode::kSeqAdvance:
        if (Guarded(r, inst)) mr_s_seq_advance(frame, inst.slot, inst.slot2, inst.imm);
        continue;
      case Opcode::kSeqEnd:
        if (Guarded(r, inst)) mr_s_seq_end(frame, inst.slot, inst.slot2);
        continue;
      case Opcode::kRunsExpire:
        if (Guarded(r, inst)) mr_s_runs_expire(frame, inst.slot, inst.slot2, inst.imm);
        continue;
      case Opcode::kRunsStart:
        if (Guarded(r, inst)) mr_s_runs_start(frame, inst.slot, inst.slot2, KeyOf(r, inst.a), KeyOf(r, inst.c));
        break;
      case Opcode::kRunsAdvance:
        if (Guarded(r, inst)) mr_s_runs_advance(frame, inst.slot, inst.slot2, KeyOf(r, inst.a), KeyOf(r, inst.c));
        break;
      case Opcode::kRunsEnd:
        if (Guarded(r, inst)) mr_s_runs_end(frame, inst.slot, inst.slot2, KeyOf(r, inst.a), KeyOf(r, inst.c));
        continue;

      case Opcode::kStoreOutput: {
        // Most were written a moment ago, in two halves: one load of both would wait for them to leave the store buffer.
        int64_t bits = r[inst.a].bits, known = r[inst.a].known;
        asm("" : "+r"(bits), "+r"(known));
        frame->outputs[inst.slot] = {bits, known};
        continue;
      }
      case Opcode::kExitIfFalse:
        if (r[inst.a].known != 0 && r[inst.a].bits == 0) return ir::kFalse;
        continue;
      case Opcode::kExitUnlessTrue:
        if (!IsTrue(r[inst.a])) return ir::kFalse;
        continue;
      case Opcode::kReturn: {
        if (inst.a == ir::kNoValue) return ir::kFalse;
        const MrValue& value = r[inst.a];
        return value.known == 0 ? ir::kUnknownTruth : value.bits != 0 ? ir::kTrue : ir::kFalse;
      }
    }
    // Only opcodes that may trap come here.
    if (frame->trap != trap_before) {
      trap_before = frame->trap;
      frame->trap_site = pc;
    }
  }
}

constexpr size_t kStackRegisters = 256;

/// A function too long for the stack; the buffer is kept for the next one.
[[gnu::noinline]] int32_t ExecuteLong(const Program& program, const ir::Function& function, MrFrame* frame) {
  thread_local std::unique_ptr<MrValue[]> registers;
  thread_local size_t count = 0;
  if (function.code.size() > count) {
    count = std::bit_ceil(function.code.size());
    registers = std::make_unique_for_overwrite<MrValue[]>(count);
  }
  return Execute(program, function, frame, registers.get());
}

}  // namespace

int32_t Interpret(const Program& program, plan::FunctionId id, MrFrame* frame) {
  const ir::Function& function = program.plan().function(id);
  if (function.code.size() > kStackRegisters) return ExecuteLong(program, function, frame);
  MrValue registers[kStackRegisters];  // uninitialised: every read names an earlier instruction that made a value
  return Execute(program, function, frame, registers);
}

}  // namespace mrule::runtime
