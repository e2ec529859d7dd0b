// SPDX-License-Identifier: Apache-2.0
#include "runtime/program/windows.h"

#include <algorithm>
#include <array>
#include <cstddef>

#include "runtime/program/program.h"
#include "stdlib/kernels/state.h"

namespace mrule::runtime {
namespace {

using calendar::StartOf;

int64_t Add(int64_t a, int64_t b) {
  int64_t sum;
  return __builtin_add_overflow(a, b, &sum) ? (a < 0 ? INT64_MIN : INT64_MAX) : sum;
}

int64_t Sub(int64_t a, int64_t b) {
  int64_t difference;
  return __builtin_sub_overflow(a, b, &difference) ? (a < 0 ? INT64_MIN : INT64_MAX) : difference;
}

int64_t Start(const plan::Window& window, int64_t instant, int64_t back) {
  return StartOf(*window.zone, window.period, window.week_start, instant, back);
}

/// Bounds of a calendar window and the period in which they stay as they are. Time goes forward in each shard, so that nearly every
/// question is about the same few periods again.
struct Remembered {
  const calendar::Zone* zone = nullptr;
  calendar::Period period{};
  int week_start = 0;
  int64_t first = 0, last = 0;
  int64_t begin = 0, end = 0;
  WindowBounds bounds{};

  bool Fits(const plan::Window& window, int64_t now) const {
    return now >= begin && now < end && zone == window.zone && period == window.period && week_start == window.week_start &&
           first == window.first && last == window.last;
  }
};

constexpr size_t kRemembered = 64;

size_t PlaceOf(const plan::Window& window) {
  return (static_cast<size_t>(window.period) * 5 + static_cast<size_t>(window.first) * 7 + static_cast<size_t>(window.last) * 2 +
          (reinterpret_cast<uintptr_t>(window.zone) >> 5)) % kRemembered;
}

WindowBounds CalendarBounds(const plan::Window& window, int64_t now) {
  thread_local std::array<Remembered, kRemembered> remembered;
  Remembered& place = remembered[PlaceOf(window)];
  if (place.Fits(window, now)) return place.bounds;
  const int64_t start = Start(window, now, window.first);
  const int64_t until = window.last == 0 ? INT64_MAX : Sub(Start(window, now, window.last - 1), 1);
  place = {window.zone,        window.period,      window.week_start, window.first, window.last, Start(window, now, 0),
           Start(window, now, -1), {Sub(start, 1), until, start}};
  return place.bounds;
}

}  // namespace

// A window with a lag is at every instant what it would have been so long before.

WindowBounds BoundsAt(const plan::Window& window, int64_t now) {
  const int64_t seen_from = Sub(now, window.lag_micros);
  if (!window.calendar) {
    const int64_t after = Sub(seen_from, window.micros);
    return {after, seen_from, after};
  }
  WindowBounds bounds = CalendarBounds(window, seen_from);
  if (window.last == 0 && window.lag_micros != 0) bounds.until = seen_from;
  if (window.so_far) bounds.until = std::min(bounds.until, Add(bounds.known, Sub(seen_from, Start(window, seen_from, 0))));
  return bounds;
}

int64_t EntersAt(const plan::Window& window, int64_t at) {
  int64_t seen_from = at;
  if (window.so_far) {
    // As long after the start of the later period; if that is shorter, with its end, when it is gone.
    const int64_t same = Add(Start(window, at, -window.last), Sub(at, Start(window, at, 0)));
    seen_from = std::min(same, Start(window, at, -(window.last + 1)));
  } else if (window.calendar && window.last != 0) {
    seen_from = Start(window, at, -window.last);
  }
  return Add(seen_from, window.lag_micros);
}

int64_t LeavesAt(const plan::Window& window, int64_t at) {
  return Add(window.calendar ? Start(window, at, -(window.first + 1)) : Add(at, window.micros), window.lag_micros);
}

int64_t CoveredAt(const plan::Window& window, int64_t first_seen) {
  if (!window.calendar) return Add(Add(first_seen, window.micros), window.lag_micros);
  int64_t back = -1;  // from the next start on, or from this one or one that a day left out has made equal to it
  while (Start(window, first_seen, back + 1) >= first_seen) ++back;
  return Add(Start(window, first_seen, back - window.first), window.lag_micros);
}

}  // namespace mrule::runtime

extern "C" void mr_rt_window(MrFrame* frame, uint32_t window, int64_t* bounds) {
  namespace rt = mrule::runtime;
  const auto* program = static_cast<const rt::Program*>(frame->program);
  const rt::WindowBounds found = rt::BoundsAt(program->plan().windows[window], frame->now);
  bounds[0] = found.after;
  bounds[1] = found.until;
  bounds[2] = found.known;
}
