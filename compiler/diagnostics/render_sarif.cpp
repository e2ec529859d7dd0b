// SPDX-License-Identifier: Apache-2.0
// Reports as a SARIF 2.1.0 document, for code hosts and editors. The rules are the whole catalogue, so that a
// ruleIndex is the same in every document of one version; the long help goes along only for codes that occur.
#include <algorithm>
#include <nlohmann/json.hpp>
#include <vector>

#include "compiler/diagnostics/explain.h"
#include "compiler/diagnostics/render.h"

namespace mrule::diagnostics {
namespace {

using Json = nlohmann::ordered_json;

/// A file name as a URI reference: slashes stay, whatever has a meaning in URIs is escaped.
std::string UriOf(std::string_view name) {
  static constexpr std::string_view kKept = "-._~/!$&'()*+,;=@";
  static constexpr char kHex[] = "0123456789ABCDEF";
  std::string uri(name.starts_with("//") ? "file:" : name.starts_with('/') ? "file://" : "");
  for (char c : name) {
    const auto byte = static_cast<unsigned char>(c);
    const bool is_alphanumeric =
        (byte >= '0' && byte <= '9') || (byte >= 'A' && byte <= 'Z') || (byte >= 'a' && byte <= 'z');
    if (is_alphanumeric || kKept.find(c) != std::string_view::npos) {
      uri += c;
    } else {
      uri += '%';
      uri += kHex[byte >> 4];
      uri += kHex[byte & 15];
    }
  }
  return uri;
}

Json Text(std::string_view text) { return Json{{"text", text}}; }

Json Region(source::Span span, const source::File& file) {
  const source::Position begin = file.PositionOf(span.begin);
  const source::Position end = file.PositionOf(span.end);
  Json region;
  region["startLine"] = begin.line;
  region["startColumn"] = begin.column;
  region["endLine"] = end.line;
  region["endColumn"] = end.column;
  return region;
}

Json Location(source::Span span, const source::SourceSet& sources) {
  const source::File& file = sources[span.file];
  Json place;
  place["artifactLocation"]["uri"] = UriOf(file.name());
  place["region"] = Region(span, file);
  Json location;
  location["physicalLocation"] = std::move(place);
  return location;
}

std::string_view LevelOf(Severity severity) {
  return SpellingOf(severity);
}  // SARIF has the same three words

Json Rule(const CatalogRow& row, bool occurs) {
  Json rule;
  rule["id"] = row.code;
  rule["name"] = row.name;
  rule["shortDescription"] = Text(row.message);
  rule["defaultConfiguration"]["level"] = LevelOf(row.severity);
  const auto page = occurs ? Explain(row.code) : std::nullopt;
  if (page.has_value()) {
    rule["help"]["text"] = *page;
    rule["help"]["markdown"] = *page;
  }
  rule["properties"]["phase"] = SpellingOf(row.phase);
  if (!row.kebab_name.empty()) rule["properties"]["kebabName"] = row.kebab_name;
  return rule;
}

Json FixOf(const Fix& fix, const source::SourceSet& sources) {
  const source::File& file = sources[fix.span.file];
  Json replacement;
  replacement["deletedRegion"] = Region(fix.span, file);
  replacement["insertedContent"] = Text(fix.replacement);
  Json change;
  change["artifactLocation"]["uri"] = UriOf(file.name());
  change["replacements"] = Json::array({std::move(replacement)});
  Json object;
  object["description"] = Text(fix.title);
  object["artifactChanges"] = Json::array({std::move(change)});
  return object;
}

/// Message, expectations, notes and help in one text: SARIF viewers show no more than that.
std::string FullMessage(const Diagnostic& diagnostic) {
  std::string message = diagnostic.message;
  for (const std::string& text : diagnostic.expected) message += "\nexpected: " + text;
  for (const std::string& text : diagnostic.notes) message += "\nnote: " + text;
  for (const std::string& text : diagnostic.helps) message += "\nhelp: " + text;
  return message;
}

Json ResultOf(const Diagnostic& diagnostic, const source::SourceSet& sources) {
  Json result;
  result["ruleId"] = CodeOf(diagnostic.id);
  result["ruleIndex"] = static_cast<size_t>(diagnostic.id);
  result["level"] = LevelOf(diagnostic.severity);
  result["message"] = Text(FullMessage(diagnostic));
  result["locations"] = Json::array();
  if (diagnostic.primary.has_file()) result["locations"].push_back(Location(diagnostic.primary, sources));
  for (const Label& label : diagnostic.labels) {
    if (!label.span.has_file()) continue;
    Json location = Location(label.span, sources);
    location["message"] = Text(label.text);
    result["relatedLocations"].push_back(std::move(location));
  }
  for (const Fix& fix : diagnostic.fixes) {
    if (fix.span.has_file()) result["fixes"].push_back(FixOf(fix, sources));
  }
  return result;
}

}  // namespace

std::string RenderSarif(const Reports& reports, const source::SourceSet& sources,
                        std::string_view tool_version) {
  std::vector<bool> occurs(Catalog().size(), false);
  for (const Diagnostic& diagnostic : reports.diagnostics) occurs[static_cast<size_t>(diagnostic.id)] = true;

  Json driver;
  driver["name"] = "mrule";
  driver["version"] = tool_version;
  driver["rules"] = Json::array();
  for (const CatalogRow& row : Catalog())
    driver["rules"].push_back(Rule(row, occurs[static_cast<size_t>(row.id)]));

  Json run;
  run["tool"]["driver"] = std::move(driver);
  run["columnKind"] = "unicodeCodePoints";
  // Not whether the rules are right, but whether the tool could look at them.
  Json invocation;
  invocation["executionSuccessful"] = true;
  if (reports.hidden_count != 0) {
    Json notification;
    notification["level"] = "note";
    notification["message"] = Text(reports.ClosingNote());
    invocation["toolExecutionNotifications"] = Json::array({std::move(notification)});
  }
  run["invocations"] = Json::array({std::move(invocation)});
  run["results"] = Json::array();
  for (const Diagnostic& diagnostic : reports.diagnostics)
    run["results"].push_back(ResultOf(diagnostic, sources));

  Json document;
  document["$schema"] = "https://json.schemastore.org/sarif-2.1.0.json";
  document["version"] = "2.1.0";
  document["runs"] = Json::array({std::move(run)});
  return document.dump(2, ' ', false, Json::error_handler_t::replace) + "\n";
}

}  // namespace mrule::diagnostics
