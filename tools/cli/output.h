// SPDX-License-Identifier: Apache-2.0
// Writing beside the runtime's sinks: whole texts to standard output, and files that are replaced in one step.
#pragma once

#include <functional>
#include <iosfwd>
#include <string>
#include <string_view>

#include "compiler/base/result.h"

namespace mrule::cli {

/// Makes a file of what `fill` writes, so that a failure, of `fill` too, leaves an earlier file as it was. Pipes and devices
/// are written to directly, and `-` is standard output.
Result<void> ReplaceFile(const std::string& path, const std::function<Result<void>(std::ostream&)>& fill);

/// Do both names lead to one existing file?
bool SameFile(const std::string& a, const std::string& b);

/// `bytes` to standard output or standard error, unbuffered.
Result<void> WriteStdout(std::string_view bytes);
void WriteStderr(std::string_view bytes);

}  // namespace mrule::cli
