// SPDX-License-Identifier: Apache-2.0
// Whether the right side of `matches` is a pattern that RE2 can run. The checker's only use of RE2.
#pragma once

#include <optional>
#include <string>
#include <string_view>

namespace mrule::sema {

/// Why `pattern` cannot be used, or nothing.
std::optional<std::string> SearchPatternFault(std::string_view pattern);

}  // namespace mrule::sema
