// SPDX-License-Identifier: Apache-2.0
// Rule files as commands take them, and what is wrong with them as commands show it.
#pragma once

#include <memory>
#include <string>
#include <vector>

#include "compiler/driver/analyze.h"

namespace mrule::cli {

/// Expands folders, reads, parses and checks; null, with the reason on standard error, if a name leads to nothing.
std::unique_ptr<driver::Analysis> AnalyzePaths(const std::vector<std::string>& paths);

/// The exit status that what has been reported so far asks for.
int ExitStatusOf(const driver::Analysis& analysis);

/// All reports as text on standard error, in colour on a terminal.
void ShowProblems(const driver::Analysis& analysis);

/// May this descriptor get colour? A terminal, and NO_COLOR is not set.
bool WantsColour(int fd);

/// `mrule: MESSAGE` on standard error; returns kExitUsage.
int Fail(const std::string& message);

}  // namespace mrule::cli
