// SPDX-License-Identifier: Apache-2.0
// The record's accumulators, windows and holds. Everything is integer arithmetic in the order of events, so
// that a snapshot, a restart or another engine cannot change a result.
#include "stdlib/kernels/state.h"

#include "stdlib/kernels/exact.h"

namespace {

constexpr int64_t kNever = INT64_MAX;

template <typename Slot>
inline Slot* At(MrFrame* frame, uint32_t off) {
  return reinterpret_cast<Slot*>(frame->record + off);
}

inline void Trap(MrFrame* frame, MrStatus status) {
  if (status > frame->trap) frame->trap = status;
}

inline int64_t Wrap(uint64_t value) { return static_cast<int64_t>(value); }

inline int64_t AddSaturated(int64_t a, int64_t b) {
  int64_t sum;
  if (!__builtin_add_overflow(a, b, &sum)) return sum;
  return a < 0 ? INT64_MIN : INT64_MAX;
}

inline int64_t SubSaturated(int64_t a, int64_t b) {
  int64_t difference;
  if (!__builtin_sub_overflow(a, b, &difference)) return difference;
  return a < 0 ? INT64_MIN : INT64_MAX;
}

inline double AsDouble(int64_t bits) {
  double value;
  __builtin_memcpy(&value, &bits, sizeof value);
  return value;
}

/// The orders of min and max: whether `a` goes before `b`.
struct LessI64 {
  bool operator()(int64_t a, int64_t b) const { return a < b; }
};
struct MoreI64 {
  bool operator()(int64_t a, int64_t b) const { return a > b; }
};
struct LessF64 {
  bool operator()(int64_t a, int64_t b) const { return AsDouble(a) < AsDouble(b); }
};
struct MoreF64 {
  bool operator()(int64_t a, int64_t b) const { return AsDouble(a) > AsDouble(b); }
};

template <typename Before>
inline void Keep(MrFrame* frame, uint32_t off, int64_t bits, Before before) {
  MrKept* kept = At<MrKept>(frame, off);
  if (kept->known == 0 || before(bits, kept->bits)) *kept = {bits, 1};
}

// --- windows ---

inline const MrWindowEntry& Entry(const MrLog* log, uint64_t position) {
  return log->entries[position & log->mask];
}

/// The entries [head, tail) of a log: those inside a window.
struct Inside {
  const MrLog* log;
  uint64_t head;
  uint64_t tail;
};

inline Inside OfCursor(MrFrame* frame, uint32_t log_off, uint32_t cursor_off) {
  const MrLog* log = At<MrLog>(frame, log_off);
  return {log, At<MrCursor>(frame, cursor_off)->head, log->tail};
}

inline Inside OfSpan(MrFrame* frame, uint32_t log_off, uint32_t span_off) {
  const MrSpan* span = At<MrSpan>(frame, span_off);
  return {At<MrLog>(frame, log_off), span->head, span->tail};
}

inline int64_t Count(const Inside& inside) { return Wrap(inside.tail - inside.head); }

inline MrStatus First(const Inside& inside, int64_t* out) {
  if (inside.head == inside.tail) return kMrUnknown;
  return *out = Entry(inside.log, inside.head).value, kMrOk;
}

inline MrStatus Last(const Inside& inside, int64_t* out) {
  if (inside.head == inside.tail) return kMrUnknown;
  return *out = Entry(inside.log, inside.tail - 1).value, kMrOk;
}

template <typename Before>
inline MrStatus Best(const Inside& inside, int64_t* out, Before before) {
  uint64_t position = inside.head;
  if (position == inside.tail) return kMrUnknown;
  int64_t best = Entry(inside.log, position).value;
  while (++position != inside.tail) {
    const int64_t value = Entry(inside.log, position).value;
    if (before(value, best)) best = value;
  }
  return *out = best, kMrOk;
}

/// Sums wrap at 64 bits and trap whenever they cross that edge.
inline void AddTo(MrFrame* frame, int64_t* sum, int64_t value) {
  int64_t more;
  if (__builtin_add_overflow(*sum, value, &more)) {
    Trap(frame, kMrOverflow);
    more = Wrap(static_cast<uint64_t>(*sum) + static_cast<uint64_t>(value));
  }
  *sum = more;
}

inline void TakeFrom(MrFrame* frame, int64_t* sum, int64_t value) {
  int64_t less;
  if (__builtin_sub_overflow(*sum, value, &less)) {
    Trap(frame, kMrOverflow);
    less = Wrap(static_cast<uint64_t>(*sum) - static_cast<uint64_t>(value));
  }
  *sum = less;
}

inline uint64_t Mixed(int64_t bits) {
  uint64_t hash = static_cast<uint64_t>(bits) * 0x9E3779B97F4A7C15u;
  return hash ^ (hash >> 32);
}

/// Counts the different values inside. `table` has mask + 1 zeroed places, more than there are
/// entries; a place holds the distance from head of the value found there, plus 1.
inline int64_t CountDistinct(const Inside& inside, uint32_t* table, uint64_t mask) {
  int64_t count = 0;
  for (uint64_t position = inside.head; position != inside.tail; ++position) {
    const int64_t value = Entry(inside.log, position).value;
    uint64_t place = Mixed(value) & mask;
    while (table[place] != 0 && Entry(inside.log, inside.head + table[place] - 1).value != value)
      place = (place + 1) & mask;
    if (table[place] != 0) continue;
    table[place] = static_cast<uint32_t>(position - inside.head + 1);
    ++count;
  }
  return count;
}

inline MrStatus Distinct(MrFrame* frame, const Inside& inside, int64_t* out) {
  const uint64_t entries = inside.tail - inside.head;
  constexpr uint64_t kPlaces = 64;  // small windows need no memory from the runtime
  if (entries <= kPlaces / 2) {
    uint32_t table[kPlaces] = {};
    return *out = CountDistinct(inside, table, kPlaces - 1), kMrOk;
  }
  uint64_t places = 2 * kPlaces;
  while (places < 2 * entries) places *= 2;
  uint32_t* table = static_cast<uint32_t*>(mr_rt_scratch(frame, places * sizeof(uint32_t)));
  if (table == nullptr) return kMrWindowFull;
  return *out = CountDistinct(inside, table, places - 1), kMrOk;
}

// --- recent instants ---

/// The i-th newest instant, from 0; i < count.
inline int64_t Recent(const MrRecents* recents, uint32_t capacity, uint32_t i) {
  return recents->at[recents->next > i ? recents->next - 1 - i : recents->next + capacity - 1 - i];
}

/// How many of the newest lie after `begin`: they are in order, so that is where the first older one stands.
inline uint32_t CountAfter(const MrRecents* recents, uint32_t capacity, int64_t begin) {
  const uint32_t count = recents->count;
  if (count != 0 && Recent(recents, capacity, count - 1) > begin) return count;  // the oldest kept is inside
  uint32_t inside = 0;
  while (inside < count && Recent(recents, capacity, inside) > begin) ++inside;
  return inside;
}

/// An instant as MrLatest holds it: in the same order, unsigned.
inline uint64_t Flipped(int64_t at) { return static_cast<uint64_t>(at) ^ (uint64_t{1} << 63); }

/// How many lie after `begin`; no branch depends on them.
inline uint32_t LatestAfter(const MrLatest* latest, uint32_t capacity, int64_t begin) {
  const uint64_t flipped = Flipped(begin);
  uint32_t inside = 0;
  for (uint32_t i = 0; i < capacity; ++i) inside += latest->at[i] > flipped ? 1 : 0;
  return inside;
}

// --- holds ---

/// Truth accrued until now.
inline int64_t Accrued(const MrHold* hold, int64_t now) {
  if (hold->state != kMrHoldTrue) return hold->accrued;
  return AddSaturated(hold->accrued, SubSaturated(now, hold->since));
}

inline void StepToTrue(MrHold* hold, int64_t now, bool observed, int64_t reset_after) {
  if (hold->state != kMrHoldTrue) {
    const bool too_long =
        hold->state == kMrHoldUnknown && reset_after > 0 && SubSaturated(now, hold->since) > reset_after;
    if (hold->state == kMrHoldFalse || too_long) {
      hold->accrued = 0;
      hold->observations = 0;
    }
    hold->state = kMrHoldTrue;
    hold->since = now;
  }
  if (observed && hold->observations < 2) ++hold->observations;
}

inline void StepToUnknown(MrHold* hold, int64_t now) {
  if (hold->state == kMrHoldUnknown) return;
  if (hold->state == kMrHoldTrue) {
    hold->accrued = Accrued(hold, now);
  } else {
    hold->accrued = 0;
    hold->observations = 0;
  }
  hold->state = kMrHoldUnknown;
  hold->since = now;
}

inline void StepToFalse(MrHold* hold, int64_t now) {
  if (hold->state != kMrHoldFalse) hold->since = now;
  hold->state = kMrHoldFalse;
  hold->accrued = 0;
  hold->observations = 0;
}

// --- peaks and lows ---

/// Does `a` go before `b` as the best?
inline bool Better(uint32_t order, int64_t a, int64_t b) {
  switch (order) {
    case kMrPeakI64: return a > b;
    case kMrPeakF64: return AsDouble(a) > AsDouble(b);
    case kMrLowI64: return a < b;
    default: return AsDouble(a) < AsDouble(b);
  }
}

/// The position of the oldest value that did not end a window ago, or the tail. What is before it stays where it is until the value
/// changes: what a record holds must not follow from how often it was read.
inline uint64_t FirstInside(MrFrame* frame, const MrLog* log, int64_t window) {
  const int64_t begin = SubSaturated(frame->now, window);
  uint64_t low = log->base, high = log->tail;
  while (low != high) {
    const uint64_t middle = low + (high - low) / 2;
    if (Entry(log, middle).at <= begin) {
      low = middle + 1;
    } else {
      high = middle;
    }
  }
  return low;
}

}  // namespace

extern "C" {

// --- all-time accumulators ---

void mr_s_total_add(MrFrame* frame, uint32_t off, int64_t value) {
  MrTotal* total = At<MrTotal>(frame, off);
  int64_t sum;
  if (__builtin_add_overflow(total->value, value, &sum)) return Trap(frame, kMrOverflow);
  total->value = sum;
}

int64_t mr_s_total_read(MrFrame* frame, uint32_t off) { return At<MrTotal>(frame, off)->value; }

void mr_s_kept_set(MrFrame* frame, uint32_t off, int64_t bits) { *At<MrKept>(frame, off) = {bits, 1}; }
void mr_s_kept_unset(MrFrame* frame, uint32_t off) { *At<MrKept>(frame, off) = {0, 0}; }

void mr_s_kept_first(MrFrame* frame, uint32_t off, int64_t bits) {
  MrKept* kept = At<MrKept>(frame, off);
  if (kept->known == 0) *kept = {bits, 1};
}

void mr_s_kept_min_i64(MrFrame* frame, uint32_t off, int64_t bits) { Keep(frame, off, bits, LessI64()); }
void mr_s_kept_max_i64(MrFrame* frame, uint32_t off, int64_t bits) { Keep(frame, off, bits, MoreI64()); }
void mr_s_kept_min_f64(MrFrame* frame, uint32_t off, int64_t bits) { Keep(frame, off, bits, LessF64()); }
void mr_s_kept_max_f64(MrFrame* frame, uint32_t off, int64_t bits) { Keep(frame, off, bits, MoreF64()); }

MrStatus mr_s_kept_read(MrFrame* frame, uint32_t off, int64_t* out) {
  const MrKept* kept = At<MrKept>(frame, off);
  if (kept->known == 0) return kMrUnknown;
  return *out = kept->bits, kMrOk;
}

void mr_s_distinct_add(MrFrame* frame, uint32_t off, int64_t bits) {
  Trap(frame, mr_rt_distinct_add(frame, At<MrDistinct>(frame, off), bits));
}

int64_t mr_s_distinct_count(MrFrame* frame, uint32_t off) { return At<MrDistinct>(frame, off)->count; }

// --- latest and recent instants ---

void mr_s_last_at_set(MrFrame* frame, uint32_t off) { At<MrLastAt>(frame, off)->at = frame->now; }
int64_t mr_s_last_at_read(MrFrame* frame, uint32_t off) { return At<MrLastAt>(frame, off)->at; }

MrStatus mr_s_none_in(MrFrame* frame, uint32_t off, int64_t window, int64_t even_if_new, int64_t* out) {
  const int64_t at = At<MrLastAt>(frame, off)->at;
  if (window == 0) return *out = at == INT64_MIN, kMrOk;
  const int64_t begin = SubSaturated(frame->now, window);
  if (at > begin) return *out = 0, kMrOk;
  const int64_t first_seen = *At<int64_t>(frame, kMrFirstSeenOffset);
  if (even_if_new == 0 && first_seen > begin) return kMrUnknown;
  return *out = 1, kMrOk;
}

void mr_s_recents_add(MrFrame* frame, uint32_t off, uint32_t capacity) {
  MrRecents* recents = At<MrRecents>(frame, off);
  recents->at[recents->next] = frame->now;
  recents->next = recents->next + 1 == capacity ? 0 : recents->next + 1;
  if (recents->count < capacity) ++recents->count;
}

int64_t mr_s_recents_count(MrFrame* frame, uint32_t off, uint32_t capacity, int64_t window) {
  return CountAfter(At<MrRecents>(frame, off), capacity, SubSaturated(frame->now, window));
}

int64_t mr_s_recents_in(MrFrame* frame, uint32_t off, uint32_t capacity, uint32_t window) {
  int64_t bounds[3];
  mr_rt_window(frame, window, bounds);
  if (capacity <= kMrLatestMax) return LatestAfter(At<MrLatest>(frame, off), capacity, bounds[0]);
  return CountAfter(At<MrRecents>(frame, off), capacity, bounds[0]);
}

int64_t mr_s_recents_oldest(MrFrame* frame, uint32_t off, uint32_t capacity, int64_t after) {
  if (capacity <= kMrLatestMax) {
    const MrLatest* latest = At<MrLatest>(frame, off);
    const uint32_t inside = LatestAfter(latest, capacity, after);
    return inside == 0 ? kNever : Wrap(latest->at[inside - 1] ^ (uint64_t{1} << 63));
  }
  const MrRecents* recents = At<MrRecents>(frame, off);
  const uint32_t inside = CountAfter(recents, capacity, after);
  return inside == 0 ? kNever : Recent(recents, capacity, inside - 1);
}

MrStatus mr_s_known_since(MrFrame* frame, uint32_t window, int64_t* out) {
  int64_t bounds[3];
  mr_rt_window(frame, window, bounds);
  if (*At<int64_t>(frame, kMrFirstSeenOffset) > bounds[2]) return kMrUnknown;
  return *out = 1, kMrOk;
}

int64_t mr_s_recents_leave_at(MrFrame* frame, uint32_t off, uint32_t capacity, int64_t window) {
  const MrRecents* recents = At<MrRecents>(frame, off);
  const uint32_t inside = CountAfter(recents, capacity, SubSaturated(frame->now, window));
  return inside == 0 ? kNever : AddSaturated(Recent(recents, capacity, inside - 1), window);
}

void mr_s_latest_add(MrFrame* frame, uint32_t off, uint32_t capacity) {
  uint64_t* at = At<MrLatest>(frame, off)->at;
  if (capacity == kMrLatestMax) {
    uint64_t older[kMrLatestMax - 1];
    __builtin_memcpy(older, at, sizeof older);
    __builtin_memcpy(at + 1, older, sizeof older);
  } else {
    for (uint32_t i = capacity - 1; i > 0; --i) at[i] = at[i - 1];
  }
  at[0] = Flipped(frame->now);
}

int64_t mr_s_latest_count(MrFrame* frame, uint32_t off, uint32_t capacity, int64_t window) {
  return LatestAfter(At<MrLatest>(frame, off), capacity, SubSaturated(frame->now, window));
}

int64_t mr_s_latest_leave_at(MrFrame* frame, uint32_t off, uint32_t capacity, int64_t window) {
  const MrLatest* latest = At<MrLatest>(frame, off);
  const uint32_t inside = LatestAfter(latest, capacity, SubSaturated(frame->now, window));
  return inside == 0 ? kNever : AddSaturated(Wrap(latest->at[inside - 1] ^ (uint64_t{1} << 63)), window);
}

// --- windows over a log ---

int64_t mr_s_log_add(MrFrame* frame, uint32_t log_off, int64_t value) {
  MrLog* log = At<MrLog>(frame, log_off);
  MrWindowEntry* entries = log->entries;
  if (entries == nullptr || log->tail - log->base > log->mask) {
    entries = mr_rt_log_grow(frame, log);
    if (entries == nullptr) return Trap(frame, kMrWindowFull), 0;
  }
  entries[log->tail & log->mask] = {frame->now, value};
  ++log->tail;
  return 1;
}

void mr_s_log_trim(MrFrame* frame, uint32_t log_off, uint32_t longest_cursor_off) {
  At<MrLog>(frame, log_off)->base = At<MrCursor>(frame, longest_cursor_off)->head;
}

void mr_s_cursor_add(MrFrame* frame, uint32_t cursor_off, int64_t value) {
  AddTo(frame, &At<MrCursor>(frame, cursor_off)->sum, value);
}

void mr_s_cursor_advance(MrFrame* frame, uint32_t log_off, uint32_t cursor_off, int64_t window) {
  const MrLog* log = At<MrLog>(frame, log_off);
  MrCursor* cursor = At<MrCursor>(frame, cursor_off);
  const int64_t begin = SubSaturated(frame->now, window);
  while (cursor->head != log->tail && Entry(log, cursor->head).at <= begin) {
    const int64_t value = Entry(log, cursor->head).value;
    ++cursor->head;
    if (cursor->sum != kMrNotSummed) TakeFrom(frame, &cursor->sum, value);
  }
}

int64_t mr_s_cursor_leave_at(MrFrame* frame, uint32_t log_off, uint32_t cursor_off, int64_t window) {
  const MrLog* log = At<MrLog>(frame, log_off);
  const uint64_t head = At<MrCursor>(frame, cursor_off)->head;
  return head == log->tail ? kNever : AddSaturated(Entry(log, head).at, window);
}

int64_t mr_s_cursor_sum(MrFrame* frame, uint32_t cursor_off) { return At<MrCursor>(frame, cursor_off)->sum; }

int64_t mr_s_cursor_count(MrFrame* frame, uint32_t log_off, uint32_t cursor_off) {
  return Count(OfCursor(frame, log_off, cursor_off));
}

MrStatus mr_s_cursor_first(MrFrame* frame, uint32_t log_off, uint32_t cursor_off, int64_t* out) {
  return First(OfCursor(frame, log_off, cursor_off), out);
}
MrStatus mr_s_cursor_last(MrFrame* frame, uint32_t log_off, uint32_t cursor_off, int64_t* out) {
  return Last(OfCursor(frame, log_off, cursor_off), out);
}
MrStatus mr_s_cursor_min_i64(MrFrame* frame, uint32_t log_off, uint32_t cursor_off, int64_t* out) {
  return Best(OfCursor(frame, log_off, cursor_off), out, LessI64());
}
MrStatus mr_s_cursor_max_i64(MrFrame* frame, uint32_t log_off, uint32_t cursor_off, int64_t* out) {
  return Best(OfCursor(frame, log_off, cursor_off), out, MoreI64());
}
MrStatus mr_s_cursor_min_f64(MrFrame* frame, uint32_t log_off, uint32_t cursor_off, int64_t* out) {
  return Best(OfCursor(frame, log_off, cursor_off), out, LessF64());
}
MrStatus mr_s_cursor_max_f64(MrFrame* frame, uint32_t log_off, uint32_t cursor_off, int64_t* out) {
  return Best(OfCursor(frame, log_off, cursor_off), out, MoreF64());
}
MrStatus mr_s_cursor_distinct(MrFrame* frame, uint32_t log_off, uint32_t cursor_off, int64_t* out) {
  return Distinct(frame, OfCursor(frame, log_off, cursor_off), out);
}

// --- other windows over a log ---

void mr_s_span_move(MrFrame* frame, uint32_t log_off, uint32_t span_off, int64_t after, int64_t until) {
  const MrLog* log = At<MrLog>(frame, log_off);
  MrSpan* span = At<MrSpan>(frame, span_off);
  const bool summed = span->sum != kMrNotSummed;
  while (span->head != log->tail && Entry(log, span->head).at <= after) {
    if (span->head == span->tail) {
      ++span->tail;  // it has entered and left since the span was last looked at
    } else if (summed) {
      TakeFrom(frame, &span->sum, Entry(log, span->head).value);
    }
    ++span->head;
  }
  while (span->tail != log->tail && Entry(log, span->tail).at <= until) {
    if (summed) AddTo(frame, &span->sum, Entry(log, span->tail).value);
    ++span->tail;
  }
}

void mr_s_span_advance(MrFrame* frame, uint32_t log_off, uint32_t span_off, uint32_t window) {
  int64_t bounds[3];
  mr_rt_window(frame, window, bounds);
  mr_s_span_move(frame, log_off, span_off, bounds[0], bounds[1]);
}

void mr_s_log_keep(MrFrame* frame, uint32_t log_off, uint32_t cursor_off) {
  MrLog* log = At<MrLog>(frame, log_off);
  const uint64_t head = At<MrCursor>(frame, cursor_off)->head;
  if (head < log->base) log->base = head;
}

int64_t mr_s_span_count(MrFrame* frame, uint32_t log_off, uint32_t span_off) {
  return Count(OfSpan(frame, log_off, span_off));
}

int64_t mr_s_span_oldest(MrFrame* frame, uint32_t log_off, uint32_t span_off) {
  const Inside inside = OfSpan(frame, log_off, span_off);
  return inside.head == inside.tail ? kNever : Entry(inside.log, inside.head).at;
}

int64_t mr_s_span_next(MrFrame* frame, uint32_t log_off, uint32_t span_off) {
  const Inside inside = OfSpan(frame, log_off, span_off);
  return inside.tail == inside.log->tail ? kNever : Entry(inside.log, inside.tail).at;
}

MrStatus mr_s_span_first(MrFrame* frame, uint32_t log_off, uint32_t span_off, int64_t* out) {
  return First(OfSpan(frame, log_off, span_off), out);
}
MrStatus mr_s_span_last(MrFrame* frame, uint32_t log_off, uint32_t span_off, int64_t* out) {
  return Last(OfSpan(frame, log_off, span_off), out);
}
MrStatus mr_s_span_min_i64(MrFrame* frame, uint32_t log_off, uint32_t span_off, int64_t* out) {
  return Best(OfSpan(frame, log_off, span_off), out, LessI64());
}
MrStatus mr_s_span_max_i64(MrFrame* frame, uint32_t log_off, uint32_t span_off, int64_t* out) {
  return Best(OfSpan(frame, log_off, span_off), out, MoreI64());
}
MrStatus mr_s_span_min_f64(MrFrame* frame, uint32_t log_off, uint32_t span_off, int64_t* out) {
  return Best(OfSpan(frame, log_off, span_off), out, LessF64());
}
MrStatus mr_s_span_max_f64(MrFrame* frame, uint32_t log_off, uint32_t span_off, int64_t* out) {
  return Best(OfSpan(frame, log_off, span_off), out, MoreF64());
}
MrStatus mr_s_span_distinct(MrFrame* frame, uint32_t log_off, uint32_t span_off, int64_t* out) {
  return Distinct(frame, OfSpan(frame, log_off, span_off), out);
}

// --- numbers in sums ---

MrStatus mr_s_to_fixed(double value, int64_t* out) {
  return mrule::stdlib::exact::Scale(1'000'000, value, out) == kMrOk ? kMrOk : kMrOverflow;
}

double mr_s_from_fixed(int64_t micro) { return mrule::stdlib::exact::Ratio(micro, 1'000'000); }

// --- polled measures and holds ---

void mr_s_observe(MrFrame* frame, uint32_t off) {
  MrObserved* observed = At<MrObserved>(frame, off);
  observed->at = frame->now;
  observed->sequence = Wrap(static_cast<uint64_t>(observed->sequence) + 1);
}

int64_t mr_s_stale_at(MrFrame* frame, uint32_t off, int64_t fresh) {
  const int64_t at = At<MrObserved>(frame, off)->at;
  return at == INT64_MIN || fresh == 0 ? kNever : AddSaturated(at, fresh);
}

int64_t mr_s_is_fresh(MrFrame* frame, uint32_t off, int64_t fresh) {
  const int64_t at = At<MrObserved>(frame, off)->at;
  return at != INT64_MIN && (fresh == 0 || frame->now < AddSaturated(at, fresh));
}

void mr_s_hold_step(MrFrame* frame, uint32_t off, int64_t truth, int64_t sequence, int64_t reset_after) {
  MrHold* hold = At<MrHold>(frame, off);
  const bool observed = sequence != hold->seen_sequence;
  hold->seen_sequence = sequence;
  if (truth == kMrHoldTrue) {
    StepToTrue(hold, frame->now, observed, reset_after);
  } else if (truth == kMrHoldUnknown) {
    StepToUnknown(hold, frame->now);
  } else {
    StepToFalse(hold, frame->now);
  }
}

MrStatus mr_s_hold_read(MrFrame* frame, uint32_t off, int64_t duration, int64_t min_observations,
                        int64_t* out) {
  const MrHold* hold = At<MrHold>(frame, off);
  if (hold->state == kMrHoldUnknown) return kMrUnknown;
  *out = hold->state == kMrHoldTrue && hold->observations >= min_observations &&
         Accrued(hold, frame->now) >= duration;
  return kMrOk;
}

int64_t mr_s_hold_deadline(MrFrame* frame, uint32_t off, int64_t duration, int64_t min_observations) {
  const MrHold* hold = At<MrHold>(frame, off);
  if (hold->state != kMrHoldTrue || hold->observations < min_observations) return kNever;
  if (Accrued(hold, frame->now) >= duration) return kNever;
  return AddSaturated(hold->since, SubSaturated(duration, hold->accrued));
}

// --- reports in a row ---

void mr_s_row_step(MrFrame* frame, uint32_t off, int64_t truth, int64_t sequence, int64_t reports) {
  MrRow* row = At<MrRow>(frame, off);
  if (sequence == row->seen_sequence) return;
  row->seen_sequence = sequence;
  if (truth == kMrHoldFalse) row->count = 0;
  if (truth == kMrHoldTrue && row->count < reports) ++row->count;
}

int64_t mr_s_row_read(MrFrame* frame, uint32_t off, int64_t reports) { return At<MrRow>(frame, off)->count >= reports; }

// --- the peak or the low of a value ---

void mr_s_extreme_step(MrFrame* frame, uint32_t off, uint32_t log_off, int64_t known, int64_t bits, int64_t window,
                       uint32_t order) {
  MrExtreme* current = At<MrExtreme>(frame, off);
  MrLog* log = At<MrLog>(frame, log_off);
  if (known == current->known && (known == 0 || bits == current->bits)) return;
  log->base = FirstInside(frame, log, window);
  if (current->known != 0 && current->since < frame->now) {
    while (log->base != log->tail && !Better(order, Entry(log, log->tail - 1).value, current->bits)) --log->tail;
    mr_s_log_add(frame, log_off, current->bits);
  }
  *current = {known != 0 ? bits : 0, known, frame->now};
}

MrStatus mr_s_extreme_read(MrFrame* frame, uint32_t off, uint32_t log_off, int64_t window, uint32_t order, int64_t* out) {
  const MrExtreme* current = At<MrExtreme>(frame, off);
  const MrLog* log = At<MrLog>(frame, log_off);
  const uint64_t first = FirstInside(frame, log, window);
  if (first == log->tail) return current->known == 0 ? kMrUnknown : (*out = current->bits, kMrOk);
  const int64_t best = Entry(log, first).value;
  return *out = current->known != 0 && Better(order, current->bits, best) ? current->bits : best, kMrOk;
}

int64_t mr_s_extreme_leave_at(MrFrame* frame, uint32_t off, uint32_t log_off, int64_t window) {
  (void)off;
  const MrLog* log = At<MrLog>(frame, log_off);
  const uint64_t first = FirstInside(frame, log, window);
  return first == log->tail ? kNever : AddSaturated(Entry(log, first).at, window);
}

// --- segments ---

int64_t mr_s_segment_turned(MrFrame* frame, uint32_t off, int64_t turn) {
  return static_cast<uint8_t>(frame->record[off + 1]) == turn;
}

// --- the clock ---

static const MrText* ZoneAt(MrFrame* frame, uint32_t off) {
  const MrKept* zone = off == 0 ? nullptr : At<MrKept>(frame, off);
  return zone != nullptr && zone->known != 0 ? reinterpret_cast<const MrText*>(zone->bits) : nullptr;
}

int64_t mr_s_in_clock(MrFrame* frame, uint32_t off, int64_t clock_test) {
  return mr_rt_in_clock(frame, clock_test, ZoneAt(frame, off));
}

int64_t mr_s_today(MrFrame* frame, uint32_t off, int64_t clock_test) {
  return mr_rt_today(frame, clock_test, ZoneAt(frame, off));
}

}  // extern "C"
