/* SPDX-License-Identifier: Apache-2.0 */
/*
 * The C types that cross into kernels, from the interpreter and from machine code alike. Kernels are compiled natively for
 * the interpreter and to bitcode for the JIT, so everything here has one fixed layout. A value is 64 bits of payload beside
 * a `known` flag that the engine keeps (S5); a kernel is called only when all its arguments are known.
 *
 *   type                          payload
 *   boolean                       int64_t 0 or 1
 *   number, ratio, percent        double (20% is 0.2)
 *   count                         int64_t
 *   money                         int64_t, millionths of the currency's unit
 *   duration, time of day         int64_t, microseconds
 *   instant                       int64_t, microseconds since 1970-01-01T00:00:00Z
 *   date                          int64_t, days since 1970-01-01
 *   enumeration                   int64_t, position in its declaration
 *   text, code, message, subject  const MrText*
 *   set of text                   const MrTextSet*
 */
#ifndef MRULE_STDLIB_ABI_H_
#define MRULE_STDLIB_ABI_H_

#include <stdint.h>

#ifdef __cplusplus
extern "C" {
#endif

/* How a kernel ended. Anything above kMrUnknown is a trap: the result is unknown and the rule is reported once. */
typedef uint32_t MrStatus;
enum {
  kMrOk = 0,
  kMrUnknown = 1,       /* no value: a division by zero, an empty aggregate */
  kMrOverflow = 2,      /* money or a count left 64 bits */
  kMrWindowFull = 3,    /* limits::kWindowEntriesMax entries in one window */
  kMrKeysFull = 4,      /* limits::kLimitKeysMax values counted by one limit */
  kMrWaitingFull = 5,   /* limits::kWaitingFiringsMax firings wait */
  kMrEachFull = 6,      /* one event passes limits::kEachFiringsMax multiples */
  kMrSequencesFull = 7, /* limits::kOpenSequencesMax open runs of one sequence */
};

/* A text. Equal texts of one Interned pool have equal ids; id is 0 for a text that is in no pool (then compare bytes). */
typedef struct MrText {
  const char* data; /* UTF-8, not terminated */
  uint32_t size;    /* bytes */
  uint32_t id;      /* 1-based id in the program's text pool, or 0 */
} MrText;

typedef struct MrTextSet {
  const MrText* const* items; /* sorted by bytes, without repeats */
  uint32_t size;
  uint32_t reserved;
} MrTextSet;

/* One event field or one IR register. */
typedef struct MrValue {
  int64_t bits;
  int64_t known; /* 0 or 1 */
} MrValue;

/* What compiled code and kernels see of one evaluation. Lives for one call; owns nothing. */
typedef struct MrFrame {
  char* record;            /* the subject's record; offsets are the plan's */
  const MrValue* fields;   /* the event's fields by slot, or null when state is judged */
  MrValue* outputs;        /* where kStoreOutput writes (inputs of the matcher, argument values), or null */
  int64_t now;             /* the instant, microseconds */
  const void* program;     /* the runtime's constants: sets, patterns, texts (opaque to kernels that do not need them) */
  MrStatus trap;           /* the worst status met */
  uint32_t trap_site;      /* index of the instruction that set it */
} MrFrame;

/* Where a record holds the instant of the first event that named its subject (S6). */
enum { kMrFirstSeenOffset = 8 };

/* --- record slots: the fixed-size state a subject keeps; the plan gives each an offset (multiple of 8) ------------- */

typedef struct MrTotal {       /* all-time count or sum */
  int64_t value;
} MrTotal;

typedef struct MrKept {        /* all-time first, last, min or max; an attribute */
  int64_t bits;
  int64_t known;
} MrKept;

typedef struct MrLastAt {      /* instant of the latest occurrence */
  int64_t at;                  /* INT64_MIN: never */
} MrLastAt;

typedef struct MrRecents {     /* the `capacity` most recent instants of a pattern or firings of a rule, newest last, a ring */
  uint32_t next;               /* where the next instant goes */
  uint32_t count;              /* how many are valid, at most capacity */
  int64_t at[1];               /* capacity entries */
} MrRecents;

/* The same for a capacity of at most kMrLatestMax: newest first, each with its sign bit flipped, so that zero bytes are
   older than any instant. Eight of them are one cache line. */
typedef struct MrLatest {
  uint64_t at[1];              /* capacity entries */
} MrLatest;
enum { kMrLatestMax = 8 };

typedef struct MrWindowEntry {
  int64_t at;
  int64_t value;
} MrWindowEntry;

/* One log of (instant, value) shared by all windows over the same pattern and value. Positions are absolute counts;
   entry p lives at entries[p & mask]. Entries before the longest window's head are free. */
typedef struct MrLog {
  MrWindowEntry* entries;      /* from the engine's allocator; null until the first entry */
  uint64_t tail;               /* position after the newest entry */
  uint64_t base;               /* position of the oldest kept entry */
  uint64_t mask;               /* capacity - 1, or 0 when entries is null */
} MrLog;

typedef struct MrCursor {      /* one window over a log: (now - W, now] */
  uint64_t head;               /* first position inside the window */
  int64_t sum;                 /* of the values inside, or kMrNotSummed */
} MrCursor;

typedef struct MrSpan {        /* any other window over a log; begins as an MrCursor */
  uint64_t head;               /* first position inside the window */
  int64_t sum;                 /* of the values inside, or kMrNotSummed */
  uint64_t tail;               /* position after the last one inside; head <= tail */
} MrSpan;

/* In MrCursor.sum and MrSpan.sum from the start: nobody reads the sum, and the values (texts, bits of doubles) have none. */
#define kMrNotSummed INT64_MIN

typedef struct MrDistinct {    /* all-time distinct values */
  void* set;                   /* the runtime's; null while empty */
  int64_t count;
} MrDistinct;

typedef struct MrHold {        /* `C for D` */
  int64_t state;               /* 0 C false, 1 C true, 2 C unknown */
  int64_t since;               /* when state began to be true or unknown */
  int64_t accrued;             /* truth before `since` or before the unknown stretch, microseconds */
  int64_t observations;        /* seen while true; kept small: stops at 2 */
  int64_t seen_sequence;       /* sum of the observed measures' sequences at the last step */
} MrHold;

typedef struct MrRow {         /* `C for n reports in a row` */
  int64_t count;               /* reports at which C was true since it was last false; stops at n */
  int64_t seen_sequence;       /* sum of the observed measures' sequences at the last step */
} MrRow;

typedef struct MrExtreme {     /* the value whose peak or low is asked for; what it was before is in an MrLog */
  int64_t bits;
  int64_t known;
  int64_t since;               /* when it took this value, or became unknown */
} MrExtreme;

/* What is best: the larger or the smaller, of whole numbers or of bits of doubles. */
enum { kMrPeakI64 = 0, kMrPeakF64 = 1, kMrLowI64 = 2, kMrLowF64 = 3 };

typedef struct MrObserved {    /* a polled measure's latest observation */
  int64_t at;                  /* INT64_MIN: never */
  int64_t sequence;            /* how many so far */
} MrObserved;

typedef struct MrSequence {    /* a sequence of events, at most one run at each stage (stdlib/kernels/sequence.h) */
  int64_t turn;                /* what the event at hand did: 0 nothing, 1 advanced a run, 2 completed one; not kept */
  int64_t at[1];               /* by stage: when its run came there; INT64_MIN: none */
} MrSequence;

typedef struct MrRun {         /* one open run of a sequence */
  int64_t at;                  /* when it came to its stage */
  int64_t stage;
  int64_t keys[2];             /* payloads; texts are pooled */
} MrRun;

typedef struct MrRuns {        /* a sequence with keys, or whose runs go side by side */
  int64_t turn;                /* as MrSequence.turn */
  MrRun* entries;              /* from the engine's allocator, in order of `at`; null until the first */
  uint32_t count;
  uint32_t capacity;
} MrRuns;

#ifdef __cplusplus
}
#endif
#endif
