// SPDX-License-Identifier: Apache-2.0
// Reports as JSON lines. Keys keep their order, so that output can be compared byte by byte.
#include <nlohmann/json.hpp>

#include "compiler/diagnostics/render.h"

namespace mrule::diagnostics {
namespace {

using Json = nlohmann::ordered_json;

/// The place of `span`, or an object of nulls. Line and column of the end are those just after the last byte.
Json Place(source::Span span, const source::SourceSet& sources) {
  Json place;
  if (!span.has_file()) {
    for (const char* key : {"file", "line", "column", "end_line", "end_column", "byte_begin", "byte_end"}) {
      place[key] = nullptr;
    }
    return place;
  }
  const source::File& file = sources[span.file];
  const source::Position begin = file.PositionOf(span.begin);
  const source::Position end = file.PositionOf(span.end);
  place["file"] = file.name();
  place["line"] = begin.line;
  place["column"] = begin.column;
  place["end_line"] = end.line;
  place["end_column"] = end.column;
  place["byte_begin"] = span.begin + file.byte_order_mark_bytes();
  place["byte_end"] = span.end + file.byte_order_mark_bytes();
  return place;
}

Json Listed(const std::vector<std::string>& texts) {
  Json list = Json::array();
  for (const std::string& text : texts) list.push_back(text);
  return list;
}

/// One line. Text that is not UTF-8, such as a file name, gets replacement characters: dump would throw
/// otherwise.
std::string Line(const Json& object) {
  return object.dump(-1, ' ', false, Json::error_handler_t::replace) + "\n";
}

}  // namespace

std::string RenderJson(const Diagnostic& diagnostic, const source::SourceSet& sources) {
  const CatalogRow& row = RowOf(diagnostic.id);
  Json object;
  object["code"] = row.code;
  object["name"] = row.name;
  if (!row.kebab_name.empty()) object["kebab_name"] = row.kebab_name;
  object["severity"] = SpellingOf(diagnostic.severity);
  object["message"] = diagnostic.message;
  object.update(Place(diagnostic.primary, sources));
  object["labels"] = Json::array();
  for (const Label& label : diagnostic.labels) {
    Json place = Place(label.span, sources);
    place["text"] = label.text;
    object["labels"].push_back(std::move(place));
  }
  object["expected"] = Listed(diagnostic.expected);
  object["notes"] = Listed(diagnostic.notes);
  object["helps"] = Listed(diagnostic.helps);
  object["fixes"] = Json::array();
  for (const Fix& fix : diagnostic.fixes) {
    Json edit = Place(fix.span, sources);
    edit["title"] = fix.title;
    edit["replacement"] = fix.replacement;
    object["fixes"].push_back(std::move(edit));
  }
  return Line(object);
}

std::string RenderJson(const Reports& reports, const source::SourceSet& sources) {
  std::string out;
  for (const Diagnostic& diagnostic : reports.diagnostics) out += RenderJson(diagnostic, sources);
  if (reports.hidden_count != 0) {
    Json closing;
    closing["code"] = nullptr;
    closing["severity"] = SpellingOf(Severity::kNote);
    closing["message"] = reports.ClosingNote();
    closing["hidden"] = reports.hidden_count;
    out += Line(closing);
  }
  return out;
}

}  // namespace mrule::diagnostics
