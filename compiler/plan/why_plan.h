// SPDX-License-Identifier: Apache-2.0
// One rule's condition laid open, part by part, so that it can be told why the rule fires or does not: for each part of the
// condition the words of the rule file, and where an evaluation of the record leaves its value. Made by plan::Build on
// request, beside a plan that decides exactly as it would without; read by runtime/why. No pointers into the compiler.
#pragma once

#include <cstdint>
#include <string>
#include <vector>

#include "compiler/plan/plan.h"

namespace mrule::plan {

struct WhyNode {
  enum class Kind : uint8_t {
    kAnd, kOr, kNot,  ///< children: conditions
    kRequire,         ///< children: a condition, and the evidence without which it is unknown
    kHold,            ///< children: the condition that must last
    kCompare,         ///< children: two values
    kEvent,           ///< the event at hand matches; children: tests of its fields
    kTest,            ///< any other condition; children: the values it reads
    kValue,           ///< children: the values it is made of
  } kind = Kind::kValue;
  std::string label;            ///< as the rule file says it, blanks made single
  Type type;
  uint32_t function = 0;        ///< index into WhyCase::functions
  uint32_t output = 0;          ///< of that function
  std::vector<uint32_t> children;
  bool constant = false;        ///< kValue: written in the rule
  std::string op;               ///< kCompare: `<`
  uint32_t slot = 0;            ///< kHold: record offset of its MrHold
  int64_t duration_micros = 0;  ///< kHold
  int64_t observations_min = 0; ///< kHold
};

/// Outputs are node values. On an event: run with the event's fields, after its update; else on state alone.
struct WhyFunction {
  FunctionId id;
  bool on_event = false;
  uint32_t outputs = 0;
};

/// The condition as one event type meets it, or as state (event kNoHandler).
struct WhyCase {
  uint32_t event = kNoHandler;
  std::vector<WhyFunction> functions;
  std::vector<WhyNode> nodes;   ///< the first is the whole condition
};

/// A sequence of events in the condition, step by step.
struct WhySequence {
  struct Step {
    std::string label;
    int64_t within_micros = 0;  ///< after the step before; 0: the first
  };
  struct Key {
    std::string name;
    Type type;
  };
  std::string label;
  std::vector<Step> steps;
  bool absent = false;          ///< the last step is one that does not happen
  std::vector<Key> keys;        ///< the fields that its events have in common
  bool list = false;            ///< MrRuns; else MrSequence
  uint32_t slot = 0;            ///< record offset
};

struct WhyPlan {
  uint32_t rule = 0;            ///< index into Plan::rules
  std::vector<WhyCase> cases;   ///< one for a rule on state; one for each event type that can fire it else
  std::vector<WhySequence> sequences;  ///< in the order of the condition
};

}  // namespace mrule::plan
