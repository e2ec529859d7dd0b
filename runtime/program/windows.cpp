// SPDX-License-Identifier: Apache-2.0
#include "runtime/program/windows.h"

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

constexpr size_t kRemembered = 16;

size_t PlaceOf(const plan::Window& window) {
  return (static_cast<size_t>(window.period) * 5 + static_cast<size_t>(window.first) * 3 + static_cast<size_t>(window.last) +
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

WindowBounds BoundsAt(const plan::Window& window, int64_t now) {
  if (window.calendar) return CalendarBounds(window, now);
  const int64_t until = Sub(now, window.lag_micros);
  const int64_t after = Sub(until, window.micros);
  return {after, until, after};
}

int64_t EntersAt(const plan::Window& window, int64_t at) {
  if (!window.calendar) return Add(at, window.lag_micros);
  return window.last == 0 ? at : Start(window, at, -window.last);
}

int64_t LeavesAt(const plan::Window& window, int64_t at) {
  if (!window.calendar) return Add(Add(at, window.lag_micros), window.micros);
  return Start(window, at, -(window.first + 1));
}

int64_t CoveredAt(const plan::Window& window, int64_t first_seen) {
  if (!window.calendar) return Add(Add(first_seen, window.lag_micros), window.micros);
  int64_t back = -1;  // from the next start on, or from this one or one that a day left out has made equal to it
  while (Start(window, first_seen, back + 1) >= first_seen) ++back;
  return Start(window, first_seen, back - window.first);
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
