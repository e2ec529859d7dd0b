/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Sequences of events (S7): what one event does to the waits of `A followed by B within D`. As in state.h, one function for each
 * opcode, used by the interpreter and linked into compiled rules; slots are those of abi.h, at `off` in frame->record.
 *
 * A sequence of n steps has the stages 0 … n-2: a run is at stage i while its steps 0 … i have happened and step i+1 is awaited.
 * An update calls, for one event and in this order: begin, expire, end, advance from the last hop to the first, start. An event
 * advances one run by one hop at most; ending an absence's wait and starting a run are no hops.
 *
 * MrSequence: at most one run at each stage, the latest. MrRuns: a list, in order in which runs came to their stages; a run is
 * found by its keys (payloads, 0 where there is none).
 */
#ifndef MRULE_STDLIB_KERNELS_SEQUENCE_H_
#define MRULE_STDLIB_KERNELS_SEQUENCE_H_

#include "stdlib/abi.h"

#ifdef __cplusplus
extern "C" {
#endif

/* What MrSequence.turn and MrRuns.turn say of the event at hand. */
enum { kMrTurnNone = 0, kMrTurnAdvanced = 1, kMrTurnCompleted = 2 };

/* In `how`, beside the stage in the low bits. */
enum {
  kMrSeqStageMask = 0xFF,
  kMrSeqLast = 0x100, /* the hop completes the sequence */
  kMrSeqEach = 0x200  /* runs go side by side; else a run at a stage replaces one of equal keys there */
};

/* More room for a full list, or null if it may not grow (limits::kOpenSequencesMax). */
MrRun* mr_rt_runs_grow(MrFrame* frame, MrRuns* runs);

/* The event at hand has done nothing yet. */
void mr_s_seq_begin(MrFrame* frame, uint32_t off);

void mr_s_seq_start(MrFrame* frame, uint32_t off);
void mr_s_seq_advance(MrFrame* frame, uint32_t off, int64_t how, int64_t within);
void mr_s_seq_end(MrFrame* frame, uint32_t off, int64_t how);
/* at + within of the run at a stage, or INT64_MAX. */
int64_t mr_s_seq_deadline(MrFrame* frame, uint32_t off, int64_t how, int64_t within);

/* Frees what waited too long at a stage. */
void mr_s_runs_expire(MrFrame* frame, uint32_t off, int64_t how, int64_t within);
void mr_s_runs_start(MrFrame* frame, uint32_t off, int64_t how, int64_t key, int64_t key2); /* full: trap; the oldest stay */
void mr_s_runs_advance(MrFrame* frame, uint32_t off, int64_t how, int64_t key, int64_t key2);
void mr_s_runs_end(MrFrame* frame, uint32_t off, int64_t how, int64_t key, int64_t key2);
/* Removes the oldest run at a stage that has waited for `within`, and gives its keys; 0 if there is none. */
int64_t mr_s_runs_take_due(MrFrame* frame, uint32_t off, int64_t how, int64_t within, MrValue* keys);
/* The first deadline after `after` of a run at a stage, or INT64_MAX. */
int64_t mr_s_runs_deadline(MrFrame* frame, uint32_t off, int64_t how, int64_t within, int64_t after);

#ifdef __cplusplus
}
#endif
#endif
