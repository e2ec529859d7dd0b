// SPDX-License-Identifier: Apache-2.0
// A rule's condition with the value and the truth of every part, as one record had them at one instant. Texts are made at once,
// because an event's values do not outlive its batch. Made by the watch of why.h; read by change.h and by whoever shows it.
#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <vector>

#include "compiler/plan/why_plan.h"
#include "runtime/program/program.h"

namespace mrule::runtime {

enum class Truth : uint8_t { kFalse, kTrue, kUnknown };

/// One node of plan::WhyCase, evaluated.
struct WhyPart {
  const plan::WhyNode* node = nullptr;
  Truth truth = Truth::kUnknown;   ///< of a condition
  bool known = false;              ///< of a value
  std::string words, json;         ///< a value, as value_text.h prints it
  std::optional<double> number;    ///< a value that can be compared by size
  int64_t accrued_micros = 0;      ///< kHold: truth so far
  int64_t observations = 0;        ///< kHold: seen while true (stops at 2)
  std::optional<int64_t> due;      ///< kHold: becomes true then, if its condition stays true and nothing else is lacking

  bool is_condition() const { return node->kind != plan::WhyNode::Kind::kValue; }
};

struct Picture {
  const plan::WhyCase* from = nullptr;
  int64_t at = 0;
  std::vector<WhyPart> parts;      ///< as WhyCase::nodes

  const WhyPart& root() const { return parts.front(); }
};

/// Evaluates the parts. `frame` has the record, the instant and, for a case of an event, its fields; windows of the record move
/// on to the instant, which changes no decision.
Picture TakePicture(const Program& program, const plan::WhyCase& why, MrFrame frame);

}  // namespace mrule::runtime
