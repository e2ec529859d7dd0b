// SPDX-License-Identifier: Apache-2.0
// The embedded pages.
#include "compiler/diagnostics/explain.h"

#include <algorithm>
#include <string>

#include "compiler/diagnostics/diagnostic.h"

namespace mrule::diagnostics {
namespace {

constexpr ExplainPage kPages[] = {
#include "explain_pages.inc"
};

}  // namespace

std::span<const ExplainPage> ExplainPages() { return kPages; }

std::optional<std::string_view> Explain(std::string_view code_or_name) {
  const CatalogRow* row = FindRow(code_or_name);
  if (row == nullptr) return std::nullopt;
  const auto* page = std::find_if(std::begin(kPages), std::end(kPages), [row](const ExplainPage& candidate) {
    return candidate.code == row->code;
  });
  if (page == std::end(kPages)) return std::nullopt;
  return page->markdown;
}

std::optional<std::string_view> ExplainExample(std::string_view markdown, std::string_view kind) {
  for (std::string_view language : {"mrule", "json"}) {
    const std::string fence = "\n```" + std::string(language) + " " + std::string(kind) + "\n";
    const size_t open = markdown.find(fence);
    if (open == std::string_view::npos) continue;
    const size_t begin = open + fence.size();
    const size_t end = markdown.find("\n```", begin - 1);  // from the fence's own line break: the block may be empty
    if (end == std::string_view::npos) return std::nullopt;
    return markdown.substr(begin, std::max(end + 1, begin) - begin);
  }
  return std::nullopt;
}

}  // namespace mrule::diagnostics
