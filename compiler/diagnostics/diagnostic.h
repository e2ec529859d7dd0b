// SPDX-License-Identifier: Apache-2.0
// One report, as data. Phases fill it through an `Emitter`; the renderers (render.h) and the language server
// read it. The catalogue (catalog.def) gives code, severity and wording. Nothing here knows a phase's types:
// a phase turns its facts into named text arguments.
#pragma once

#include <concepts>
#include <cstdint>
#include <initializer_list>
#include <optional>
#include <span>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include "compiler/source/span.h"

namespace mrule::diagnostics {

enum class Severity : uint8_t { kError, kWarning, kNote };

/// Who reports it.
enum class Phase : uint8_t { kSource, kParse, kCheck, kPlan, kRun };

enum class DiagId : uint16_t {
#define MR_DIAG(code, Name, severity, phase, message) k##Name,
#define MR_WARN(code, Name, kebab_name, phase, message) k##Name,
#include "compiler/diagnostics/catalog.def"
#undef MR_DIAG
#undef MR_WARN
};

/// A row of the catalogue.
struct CatalogRow {
  DiagId id;
  std::string_view code;        ///< "E0101"
  std::string_view name;        ///< "UnexpectedToken"
  std::string_view kebab_name;  ///< "hidden-character"; empty unless a warning
  Severity severity;
  Phase phase;
  std::string_view message;  ///< with `{arg}` placeholders
};

std::span<const CatalogRow> Catalog();
const CatalogRow& RowOf(DiagId id);
/// By code ("E0101", any case) or by a warning's kebab-case name.
const CatalogRow* FindRow(std::string_view code_or_name);
std::string_view CodeOf(DiagId id);
std::string_view SpellingOf(Severity severity);  ///< "error", "warning", "note"
std::string_view SpellingOf(Phase phase);        ///< "source", "parse", "check", "plan", "run"

/// A type of a phase that can be an argument: `std::string RenderArg(const T&)` beside the type.
template <typename T>
concept RendersAsArg = requires(const T& value) {
  { RenderArg(value) } -> std::convertible_to<std::string>;
};

/// An argument given in place, `{"limit", 200}`: text or a whole number. Text beyond
/// limits::kDiagnosticArgBytesMax is cut, for a misplaced quote can make a token of a whole file.
struct Arg {
  Arg(std::string_view name, std::string_view value);
  Arg(std::string_view name, const char* value) : Arg(name, std::string_view(value)) {}
  Arg(std::string_view name, const std::string& value) : Arg(name, std::string_view(value)) {}
  template <std::integral T>
    requires(!std::same_as<T, bool> && !std::same_as<T, char>)
  Arg(std::string_view name, T value) : name(name), value(std::to_string(value)) {}
  template <RendersAsArg T>
  Arg(std::string_view name, const T& value) : Arg(name, std::string_view(RenderArg(value))) {}

  std::string name;
  std::string value;
};

/// Named arguments of a message.
class Args {
 public:
  Args() = default;
  Args(std::initializer_list<Arg> args) : args_(args) {}

  template <typename T>
  Args& Add(std::string_view name, const T& value) {
    args_.emplace_back(name, value);
    return *this;
  }
  const std::string* Find(std::string_view name) const;
  auto begin() const { return args_.begin(); }
  auto end() const { return args_.end(); }

 private:
  std::vector<Arg> args_;
};

/// The row's wording with its arguments put in. A placeholder without an argument is a bug of ours.
std::string FormatMessage(DiagId id, const Args& args);

struct Label {
  source::Span span;
  std::string text;
};

/// An edit that a tool can apply: `replacement` instead of the bytes of `span`.
struct Fix {
  source::Span span;
  std::string replacement;
  std::string title;
};

struct Diagnostic {
  DiagId id;
  Severity severity;
  source::Span primary;  ///< the narrowest wrong piece; None if the matter is no piece of text
  std::string message;   ///< the sentence, arguments put in
  Args args;
  std::vector<Label> labels;          ///< one on `primary` itself captions its carets
  std::vector<std::string> expected;  ///< what could stand there instead
  std::vector<std::string> notes;     ///< why
  std::vector<std::string> helps;     ///< what to do, where no single edit says it
  std::vector<Fix> fixes;             ///< alternatives; each alone settles the matter
};

}  // namespace mrule::diagnostics
