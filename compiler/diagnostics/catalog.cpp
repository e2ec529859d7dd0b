// SPDX-License-Identifier: Apache-2.0
// The catalogue as a table, and the wording of a message.
#include <algorithm>
#include <cctype>

#include "compiler/base/check.h"
#include "compiler/base/limits.h"
#include "compiler/diagnostics/diagnostic.h"

namespace mrule::diagnostics {
namespace {

constexpr CatalogRow kRows[] = {
#define MR_DIAG(code, Name, severity, phase, message) \
  {DiagId::k##Name, #code, #Name, "", Severity::severity, Phase::phase, message},
#define MR_WARN(code, Name, kebab_name, phase, message) \
  {DiagId::k##Name, #code, #Name, kebab_name, Severity::kWarning, Phase::phase, message},
#include "compiler/diagnostics/catalog.def"
#undef MR_DIAG
#undef MR_WARN
};

bool EqualIgnoringCase(std::string_view a, std::string_view b) {
  return std::equal(a.begin(), a.end(), b.begin(), b.end(),
                    [](unsigned char x, unsigned char y) { return std::toupper(x) == std::toupper(y); });
}

}  // namespace

std::span<const CatalogRow> Catalog() { return kRows; }

const CatalogRow& RowOf(DiagId id) { return kRows[static_cast<size_t>(id)]; }

const CatalogRow* FindRow(std::string_view code_or_name) {
  if (code_or_name.empty()) return nullptr;
  for (const CatalogRow& row : kRows) {
    if (EqualIgnoringCase(row.code, code_or_name) || row.kebab_name == code_or_name) return &row;
  }
  return nullptr;
}

std::string_view CodeOf(DiagId id) { return RowOf(id).code; }

std::string_view SpellingOf(Severity severity) {
  switch (severity) {
    case Severity::kError:
      return "error";
    case Severity::kWarning:
      return "warning";
    case Severity::kNote:
      return "note";
  }
  return "";
}

std::string_view SpellingOf(Phase phase) {
  switch (phase) {
    case Phase::kSource:
      return "source";
    case Phase::kParse:
      return "parse";
    case Phase::kCheck:
      return "check";
    case Phase::kPlan:
      return "plan";
    case Phase::kRun:
      return "run";
  }
  return "";
}

Arg::Arg(std::string_view name, std::string_view text) : name(name) {
  size_t end = std::min(text.size(), limits::kDiagnosticArgBytesMax);
  while (end < text.size() && end > 0 && (static_cast<unsigned char>(text[end]) & 0xC0) == 0x80) --end;
  value.assign(text.substr(0, end));
  if (end < text.size()) value += "...";
}

const std::string* Args::Find(std::string_view name) const {
  for (const Arg& arg : args_) {
    if (arg.name == name) return &arg.value;
  }
  return nullptr;
}

std::string FormatMessage(DiagId id, const Args& args) {
  std::string_view rest = RowOf(id).message;
  std::string message;
  while (true) {
    const size_t brace = rest.find('{');
    message.append(rest.substr(0, brace));
    if (brace == std::string_view::npos) return message;
    rest.remove_prefix(brace + 1);
    if (rest.starts_with('{')) {
      message += '{';
      rest.remove_prefix(1);
      continue;
    }
    const size_t close = rest.find('}');
    MR_CHECK(close != std::string_view::npos, "a placeholder of a catalogue row is closed");
    const std::string* value = args.Find(rest.substr(0, close));
    MR_CHECK(value != nullptr, "a report gives every argument that its catalogue row names");
    message += *value;
    rest.remove_prefix(close + 1);
  }
}

}  // namespace mrule::diagnostics
