// SPDX-License-Identifier: Apache-2.0
// Where the plan's windows lie at an instant, and when what happened once is in them: calendar windows by the zone's clocks. What
// kernels ask by mr_rt_window and timers ask beforehand. Pure functions; starts of periods are remembered by each thread.
#pragma once

#include <cstdint>

#include "compiler/plan/plan.h"

namespace mrule::runtime {

struct WindowBounds {
  int64_t after;  ///< inside is what happened after this
  int64_t until;  ///< and not after this; INT64_MAX if the window ends now
  int64_t known;  ///< a subject first seen by then has been known throughout
};

WindowBounds BoundsAt(const plan::Window& window, int64_t now);
/// The first instant at which what happened at `at` is inside, and the first at which it no longer is.
int64_t EntersAt(const plan::Window& window, int64_t at);
int64_t LeavesAt(const plan::Window& window, int64_t at);
/// The first instant at which the window lies wholly after `first_seen`.
int64_t CoveredAt(const plan::Window& window, int64_t first_seen);

}  // namespace mrule::runtime
