// SPDX-License-Identifier: Apache-2.0
// Values as text, in two ways: as JSON for programs (decisions, snapshots) and as words for people
// (templates, tables).
//
//                 JSON                          people
//   boolean       true                          yes / no
//   number        12.5, shortest exact          1,234.5; at most 4 decimals, below 0.001 four digits
//   ratio         0.91                          0.91
//   percent       0.2                           20%
//   count         1234                          1,234
//   money         12.5 (units, up to 6 decimals) $1,234.50; $200; €0.0125; 50 CHF
//   duration      "6h"                          6h
//   instant       "2026-11-21T02:00:00Z"        2026-11-21T02:00:00Z
//   date, time    "2026-11-21", "09:30"         the same
//   enumeration   "pro"                         pro
//   texts         "escaped"                     as they are
//   set           ["a","b"]                     a, b
//   unknown       null                          unknown
#pragma once

#include <cstdint>
#include <string>
#include <string_view>

#include "compiler/plan/plan.h"
#include "runtime/value/event.h"
#include "stdlib/abi.h"

namespace mrule::runtime {

/// Appends `text` in quotes, escaped. Bytes that are not UTF-8 become U+FFFD.
void AppendJsonText(std::string& out, std::string_view text);

/// Prints values of one plan. Stateless beside it.
class ValuePrinter {
 public:
  explicit ValuePrinter(const plan::Plan& plan) : plan_(plan) {}

  void AppendJson(std::string& out, const sema::Type& type, const MrValue& value) const;
  void AppendWords(std::string& out, const sema::Type& type, const MrValue& value) const;

  /// `outputs` may be null: then what comes from outputs is unknown.
  void AppendJson(std::string& out, const plan::ValueRef& ref, const MrValue* outputs) const;
  void AppendWords(std::string& out, const plan::ValueRef& ref, const MrValue* outputs) const;
  /// The filled-in text, not escaped.
  void AppendTemplate(std::string& out, const plan::Template& text, const MrValue* outputs) const;

 private:
  MrValue Resolve(const plan::ValueRef& ref, const MrValue* outputs, MrText* constant) const;
  std::string_view EnumName(const sema::Type& type, int64_t bits) const;
  void AppendMoneyWords(std::string& out, const sema::Type& type, int64_t micros) const;

  const plan::Plan& plan_;
};

}  // namespace mrule::runtime
