// SPDX-License-Identifier: Apache-2.0
// What `mrule` says with its exit status. Scripts rely on it; `mrule --help` lists it.
#pragma once

namespace mrule::cli {

inline constexpr int kExitFine = 0;
inline constexpr int kExitFindings = 1;  ///< errors in rules; records rejected or late; rules that trapped; tests that failed
inline constexpr int kExitUsage = 2;     ///< wrong options, input that cannot be read, output that cannot be written
inline constexpr int kExitBug = 70;      ///< a bug of ours (MR_CHECK ends the process with the same)

}  // namespace mrule::cli
