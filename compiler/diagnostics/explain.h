// SPDX-License-Identifier: Apache-2.0
// The long explanation of a code: pages explain/CODE.md, built into the library. `mrule explain` and SARIF
// show them.
#pragma once

#include <optional>
#include <span>
#include <string_view>

namespace mrule::diagnostics {

struct ExplainPage {
  std::string_view code;
  std::string_view markdown;
};

/// All pages, by code.
std::span<const ExplainPage> ExplainPages();
/// The page of a code ("E0101", any case) or of a warning's kebab-case name.
std::optional<std::string_view> Explain(std::string_view code_or_name);
/// The text in the page's fenced block "```mrule KIND", where KIND is `wrong` or `right`; pages on input lines (R07xx) have
/// "```json KIND" instead.
std::optional<std::string_view> ExplainExample(std::string_view markdown, std::string_view kind);

}  // namespace mrule::diagnostics
