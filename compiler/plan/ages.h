// SPDX-License-Identifier: Apache-2.0
// When comparisons with `now` change by the passing of time alone: `now - last_open > 30d` does so 30 days and a microsecond
// after the attribute's instant.
#pragma once

#include <vector>

#include "compiler/ir/ir.h"

namespace mrule::plan {

/// An instant at which a function's result can change: that of a MrKept (its slot) plus micros, or micros itself.
struct Age {
  bool constant = false;
  uint32_t slot = 0;
  int64_t micros = 0;
};

/// False if `now` is used in a way that no single instant describes.
bool FindAges(const ir::Function& function, std::vector<Age>& ages);

}  // namespace mrule::plan
