/* SPDX-License-Identifier: Apache-2.0 */
/*
 * What happens to a subject's record: one function for each state opcode and for what the scheduler asks of a
 * slot, used by the interpreter and linked into compiled rules, so that accumulators, windows and holds have
 * one definition. They work on the slots of abi.h, at `off` in frame->record, at the instant frame->now.
 *
 * INVARIANT: within one record, frame->now never goes back. A new slot is zero bytes, but MrLastAt.at and
 * MrObserved.at are INT64_MIN. A trap raises frame->trap and leaves the slot as if the call had not been
 * made, unless said otherwise. A window W at `now` is (now - W, now]; W is positive.
 */
#ifndef MRULE_STDLIB_KERNELS_STATE_H_
#define MRULE_STDLIB_KERNELS_STATE_H_

#include "stdlib/abi.h"

#ifdef __cplusplus
extern "C" {
#endif

/* --- what the runtime provides --- */

/* Doubles the capacity of a full log (a power of two, at least 2), moves the entries [base, tail) to their
   places in the new ring, sets entries and mask, releases the old ring and returns the new one. Null, and
   nothing changed, when the log may not grow. */
MrWindowEntry* mr_rt_log_grow(MrFrame* frame, MrLog* log);

/* Adds a value to an all-time set and counts it if it was not there. kMrWindowFull, and nothing changed, if
   the set may not grow. */
MrStatus mr_rt_distinct_add(MrFrame* frame, MrDistinct* distinct, int64_t bits);

/* Of Plan::windows[window] at frame->now: what is inside happened after bounds[0] and not after bounds[1], INT64_MAX if the
   window ends now; a subject first seen by bounds[2] has been known throughout. None goes back while time goes on. */
void mr_rt_window(MrFrame* frame, uint32_t window, int64_t* bounds);

/* Zeroed memory, aligned for any slot, that is the caller's until it returns. Null if there is none. */
void* mr_rt_scratch(MrFrame* frame, uint64_t bytes);

/* Is now inside the program's clock test, in the zone of that name, or in the test's own if it is null or none? */
int64_t mr_rt_in_clock(MrFrame* frame, int64_t clock_test, const MrText* zone);
/* The date there, in days since 1970-01-01. */
int64_t mr_rt_today(MrFrame* frame, int64_t clock_test, const MrText* zone);

/* --- all-time accumulators --- */

void mr_s_total_add(MrFrame* frame, uint32_t off, int64_t value); /* overflow: trap, total unchanged */
int64_t mr_s_total_read(MrFrame* frame, uint32_t off);

void mr_s_kept_set(MrFrame* frame, uint32_t off, int64_t bits);
void mr_s_kept_unset(MrFrame* frame, uint32_t off);
void mr_s_kept_first(MrFrame* frame, uint32_t off, int64_t bits); /* only if nothing is kept */
void mr_s_kept_min_i64(MrFrame* frame, uint32_t off, int64_t bits);
void mr_s_kept_max_i64(MrFrame* frame, uint32_t off, int64_t bits);
void mr_s_kept_min_f64(MrFrame* frame, uint32_t off,
                       int64_t bits); /* bits of a double; of equals the first stays */
void mr_s_kept_max_f64(MrFrame* frame, uint32_t off, int64_t bits);
MrStatus mr_s_kept_read(MrFrame* frame, uint32_t off, int64_t* out);

void mr_s_distinct_add(MrFrame* frame, uint32_t off, int64_t bits);
int64_t mr_s_distinct_count(MrFrame* frame, uint32_t off);

/* --- latest and recent instants --- */

void mr_s_last_at_set(MrFrame* frame, uint32_t off);
int64_t mr_s_last_at_read(MrFrame* frame, uint32_t off); /* INT64_MIN: never */

/* S6. `no X in last W`: false if one occurred in the window; true if none did and the subject has been known
   throughout it, or `even_if_new`; else unknown. Window 0 is `never X`, which needs no age. */
MrStatus mr_s_none_in(MrFrame* frame, uint32_t off, int64_t window, int64_t even_if_new, int64_t* out);

void mr_s_recents_add(MrFrame* frame, uint32_t off, uint32_t capacity); /* the oldest makes room */
int64_t mr_s_recents_count(MrFrame* frame, uint32_t off, uint32_t capacity, int64_t window);
/* In Plan::windows[window], which ends now. */
int64_t mr_s_recents_in(MrFrame* frame, uint32_t off, uint32_t capacity, uint32_t window);
/* The oldest kept instant after `after`, or INT64_MAX if there is none. */
int64_t mr_s_recents_oldest(MrFrame* frame, uint32_t off, uint32_t capacity, int64_t after);
/* S6. True if the subject has been known throughout Plan::windows[window], else unknown. */
MrStatus mr_s_known_since(MrFrame* frame, uint32_t window, int64_t* out);
/* The instant at which the oldest instant inside the window leaves it, or INT64_MAX if none is inside. */
int64_t mr_s_recents_leave_at(MrFrame* frame, uint32_t off, uint32_t capacity, int64_t window);
/* The same on MrLatest, where a pattern's instants lie if the capacity is at most kMrLatestMax. */
void mr_s_latest_add(MrFrame* frame, uint32_t off, uint32_t capacity);
int64_t mr_s_latest_count(MrFrame* frame, uint32_t off, uint32_t capacity, int64_t window);
int64_t mr_s_latest_leave_at(MrFrame* frame, uint32_t off, uint32_t capacity, int64_t window);

/* --- windows over a log --- */

/* 1 if the entry was kept, and every cursor of the log must then take it with mr_s_cursor_add; 0, with a
   trap, if the log is full and the entry is lost. */
int64_t mr_s_log_add(MrFrame* frame, uint32_t log_off, int64_t value);
/* After the cursor of the longest window was advanced: what lies before its head is free. */
void mr_s_log_trim(MrFrame* frame, uint32_t log_off, uint32_t longest_cursor_off);

/* Sums wrap at 64 bits and trap whenever they cross that edge, in either direction; they are right again as
   soon as the true sum is back inside. */
void mr_s_cursor_add(MrFrame* frame, uint32_t cursor_off, int64_t value);
/* Lets the entries go whose time is up. */
void mr_s_cursor_advance(MrFrame* frame, uint32_t log_off, uint32_t cursor_off, int64_t window);
/* The instant at which the oldest entry inside leaves, or INT64_MAX if the window is empty. */
int64_t mr_s_cursor_leave_at(MrFrame* frame, uint32_t log_off, uint32_t cursor_off, int64_t window);

/* Reads; the cursor has been advanced to `now`. kMrUnknown when the window is empty, but sum, count and
 * distinct are 0. */
int64_t mr_s_cursor_sum(MrFrame* frame, uint32_t cursor_off);
int64_t mr_s_cursor_count(MrFrame* frame, uint32_t log_off, uint32_t cursor_off);
MrStatus mr_s_cursor_first(MrFrame* frame, uint32_t log_off, uint32_t cursor_off, int64_t* out);
MrStatus mr_s_cursor_last(MrFrame* frame, uint32_t log_off, uint32_t cursor_off, int64_t* out);
MrStatus mr_s_cursor_min_i64(MrFrame* frame, uint32_t log_off, uint32_t cursor_off, int64_t* out);
MrStatus mr_s_cursor_max_i64(MrFrame* frame, uint32_t log_off, uint32_t cursor_off, int64_t* out);
MrStatus mr_s_cursor_min_f64(MrFrame* frame, uint32_t log_off, uint32_t cursor_off, int64_t* out);
MrStatus mr_s_cursor_max_f64(MrFrame* frame, uint32_t log_off, uint32_t cursor_off, int64_t* out);
/* How many different payloads; texts are the same if their pooled pointers are. kMrWindowFull without scratch
 * memory. */
MrStatus mr_s_cursor_distinct(MrFrame* frame, uint32_t log_off, uint32_t cursor_off, int64_t* out);

/* --- windows that are not (now - W, now], over the same logs --- */

/* What has left goes, what has entered comes; both ends and the sum are then right. */
void mr_s_span_advance(MrFrame* frame, uint32_t log_off, uint32_t span_off, uint32_t window);
/* The same with bounds as mr_rt_window gives them. */
void mr_s_span_move(MrFrame* frame, uint32_t log_off, uint32_t span_off, int64_t after, int64_t until);
/* Nothing at or after the head of a cursor or span is free; after mr_s_log_trim. */
void mr_s_log_keep(MrFrame* frame, uint32_t log_off, uint32_t cursor_off);

/* Reads, as those of cursors; the sum is mr_s_cursor_sum. */
int64_t mr_s_span_count(MrFrame* frame, uint32_t log_off, uint32_t span_off);
/* When the oldest inside, and the oldest that is not inside yet, happened; INT64_MAX if there is none. */
int64_t mr_s_span_oldest(MrFrame* frame, uint32_t log_off, uint32_t span_off);
int64_t mr_s_span_next(MrFrame* frame, uint32_t log_off, uint32_t span_off);
MrStatus mr_s_span_first(MrFrame* frame, uint32_t log_off, uint32_t span_off, int64_t* out);
MrStatus mr_s_span_last(MrFrame* frame, uint32_t log_off, uint32_t span_off, int64_t* out);
MrStatus mr_s_span_min_i64(MrFrame* frame, uint32_t log_off, uint32_t span_off, int64_t* out);
MrStatus mr_s_span_max_i64(MrFrame* frame, uint32_t log_off, uint32_t span_off, int64_t* out);
MrStatus mr_s_span_min_f64(MrFrame* frame, uint32_t log_off, uint32_t span_off, int64_t* out);
MrStatus mr_s_span_max_f64(MrFrame* frame, uint32_t log_off, uint32_t span_off, int64_t* out);
MrStatus mr_s_span_distinct(MrFrame* frame, uint32_t log_off, uint32_t span_off, int64_t* out);

/* --- numbers in sums --- */

/* Sums of numbers are kept in millionths, so that a value leaves a window exactly as it came. Rounded half to
   even; kMrOverflow beyond 64 bits and for what is not finite. */
MrStatus mr_s_to_fixed(double value, int64_t* out);
double mr_s_from_fixed(int64_t micro); /* the nearest double */

/* --- polled measures and `C for D` (S2) --- */

void mr_s_observe(MrFrame* frame, uint32_t off);
/* 1 while now < at + fresh; a fresh period of 0 lasts for ever. 0 if nothing was ever observed. */
int64_t mr_s_is_fresh(MrFrame* frame, uint32_t off, int64_t fresh);
/* at + fresh, or INT64_MAX if that never comes. */
int64_t mr_s_stale_at(MrFrame* frame, uint32_t off, int64_t fresh);

enum {
  kMrHoldFalse = 0,
  kMrHoldTrue = 1,
  kMrHoldUnknown = 2
}; /* MrHold.state, and the truth given to a step */

/* C was judged at `now`: `sequence` is the sum of the sequences of the observed measures it rests on (0 if
   none), which tells a new observation from a timer. An unknown stretch suspends the count; one longer than
   reset_after (0: none is) ends it. Call it whenever C may have changed, and with the same instant again
   without harm. */
void mr_s_hold_step(MrFrame* frame, uint32_t off, int64_t truth, int64_t sequence, int64_t reset_after);
/* C has accrued `duration` of truth resting on enough observations; unknown while C is. */
MrStatus mr_s_hold_read(MrFrame* frame, uint32_t off, int64_t duration, int64_t min_observations,
                        int64_t* out);
/* When that comes true if C stays true and nothing more is observed: INT64_MAX if not, or if it is true
 * already. */
int64_t mr_s_hold_deadline(MrFrame* frame, uint32_t off, int64_t duration, int64_t min_observations);

/* --- reports in a row --- */

/* C was judged at `now`; `sequence` as for a hold. Counts only if something was reported since the last step: C true counts,
 * false ends the row, unknown does neither. */
void mr_s_row_step(MrFrame* frame, uint32_t off, int64_t truth, int64_t sequence, int64_t reports);
int64_t mr_s_row_read(MrFrame* frame, uint32_t off, int64_t reports); /* 1: a row of `reports` */

/* --- the peak or the low of a value --- */

/* The value is `bits` from now on, or unknown. What it was until now counts if it lasted any time. The log holds, of what it
 * was, (the instant at which it ended, value): only what can still be the best, so the best is the oldest. */
void mr_s_extreme_step(MrFrame* frame, uint32_t off, uint32_t log_off, int64_t known, int64_t bits, int64_t window,
                       uint32_t order);
/* The best of what the value is and what it was at any time in the window: an entry is inside until it ended a window ago.
 * kMrUnknown if it had no value. */
MrStatus mr_s_extreme_read(MrFrame* frame, uint32_t off, uint32_t log_off, int64_t window, uint32_t order, int64_t* out);
/* When the best of what it was leaves, or INT64_MAX. */
int64_t mr_s_extreme_leave_at(MrFrame* frame, uint32_t off, uint32_t log_off, int64_t window);

/* --- segments --- */

/* 1 if membership turned `turn` (1 entered, 2 left) in this round; `off` is the segment's word, of which byte
 * 1 says so. */
int64_t mr_s_segment_turned(MrFrame* frame, uint32_t off, int64_t turn);

/* --- the clock --- */

/* `off`: the MrKept that names the subject's zone, or 0 where the test reads another clock. */
int64_t mr_s_in_clock(MrFrame* frame, uint32_t off, int64_t clock_test);
int64_t mr_s_today(MrFrame* frame, uint32_t off, int64_t clock_test);

#ifdef __cplusplus
}
#endif
#endif
