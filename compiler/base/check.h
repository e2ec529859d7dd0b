// SPDX-License-Identifier: Apache-2.0
// MR_CHECK stops the process at once on a bug of ours, saying what was assumed and where. It is never used for a rule
// author's mistake (a diagnostic) or for the outside world (a Result). The exit status is 70 (sysexits EX_SOFTWARE).
#pragma once

namespace mrule {

[[noreturn]] void CheckFailed(const char* condition, const char* why, const char* file, int line);

}  // namespace mrule

#define MR_CHECK(condition, why)                                        \
  (static_cast<bool>(condition) ? static_cast<void>(0)                  \
                                : ::mrule::CheckFailed(#condition, why, __FILE__, __LINE__))
