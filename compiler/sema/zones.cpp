// SPDX-License-Identifier: Apache-2.0
// Names of time zones in rules.
#include "compiler/diagnostics/suggest.h"
#include "compiler/sema/checker.h"
#include "stdlib/calendar/calendar.h"

namespace mrule::sema {
namespace {

/// `new york` and `New_York` alike.
std::string Folded(std::string_view name) {
  std::string folded;
  for (char c : name) folded += c == ' ' ? '_' : c >= 'A' && c <= 'Z' ? static_cast<char>(c - 'A' + 'a') : c;
  return folded;
}

/// The city alone was written, or letters are of the wrong case or place.
std::optional<std::string_view> NearestZone(std::string_view name) {
  const std::string folded = Folded(name);
  std::vector<std::string_view> known;
  for (std::string_view zone : calendar::ZoneNames()) {
    const std::string other = Folded(zone);
    if (other == folded || other.ends_with("/" + folded)) return zone;
    known.push_back(zone);
  }
  return diagnostics::Nearest(name, known);
}

}  // namespace

StringId Checker::ZoneNamed(NodeRef name) {
  const std::string_view text = name.text();
  if (const calendar::Zone* zone = calendar::FindZone(text)) return Intern(calendar::NameOf(*zone));
  const Span span = name.node().span;
  auto report = diags_.Report(span, DiagId::kUnknownZone, {{"name", text}});
  if (const auto nearest = NearestZone(text)) {
    const std::string quoted = "\"" + std::string(*nearest) + "\"";
    report.Fix(span, quoted, "did you mean " + quoted + "?");
  } else {
    report.Help("zones are named by continent and city: \"Europe/Berlin\", \"America/New_York\"");
  }
  return {};
}

}  // namespace mrule::sema
