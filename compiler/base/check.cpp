// SPDX-License-Identifier: Apache-2.0
#include "compiler/base/check.h"

#include <cstdio>
#include <cstdlib>

namespace mrule {

void CheckFailed(const char* condition, const char* why, const char* file, int line) {
  std::fprintf(stderr, "mrule: internal error at %s:%d: `%s` does not hold: %s\n", file, line, condition, why);
  std::fflush(nullptr);
  std::_Exit(70);
}

}  // namespace mrule
