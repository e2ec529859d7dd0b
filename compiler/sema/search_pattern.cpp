// SPDX-License-Identifier: Apache-2.0
#include "compiler/sema/search_pattern.h"

#include <re2/re2.h>

namespace mrule::sema {

std::optional<std::string> SearchPatternFault(std::string_view pattern) {
  RE2::Options options;
  options.set_log_errors(false);
  RE2 compiled(re2::StringPiece(pattern.data(), pattern.size()), options);
  if (compiled.ok()) return std::nullopt;
  return compiled.error();
}

}  // namespace mrule::sema
