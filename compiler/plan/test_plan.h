// SPDX-License-Identifier: Apache-2.0
// The tests of a program, ready to run beside its plan: records to be fed, and what is expected of them. Made by plan::Build on
// request, with a plan that decides exactly as it would without; run by runtime/testing. No pointers into the compiler.
#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <utility>
#include <vector>

#include "compiler/plan/plan.h"
#include "compiler/plan/why_plan.h"

namespace mrule::plan {

/// Constants. A set has one for each item; a value that is not known has none.
struct TestValue {
  std::string name;
  Type type;
  std::vector<ValueRef> values;
  bool is_list = false;   ///< a set, or an argument that takes a list
};

struct TestRecord {
  int64_t at = 0;
  uint32_t event = kNoHandler;  ///< index into Plan::events; kNoHandler: sets attributes of the only subject
  std::vector<std::pair<uint32_t, std::string>> subjects;  ///< entity and identifier
  std::vector<TestValue> values;
  uint32_t line = 0;
};

/// A rule's reason compared with a constant: `roas < 1.2`.
struct TestReason {
  std::string label;
  std::string op;
  ValueRef value;
  std::string text;       ///< as written
};

struct TestExpectation {
  using Kind = hir::TestExpectation::Kind;
  using When = hir::TestExpectation::When;

  Kind kind = Kind::kNothing;
  When when = When::kEver;
  int64_t at = 0;
  uint32_t entity = kNoHandler;  ///< kNoHandler: anybody
  std::string subject;
  std::string action;            ///< empty: any
  std::vector<TestValue> arguments;
  bool counted = false;
  hir::CountOp op = hir::CountOp::kExactly;
  int64_t times = 0;
  std::vector<TestReason> because;
  uint32_t by_rule = kNoHandler;
  std::optional<LimitPlan> by_limit;  ///< its count and period
  WhyCase state;                 ///< kState: the condition, part by part
  std::string text;              ///< as written, blanks made single
  uint32_t line = 0;
};

struct TestPlan {
  std::string name;
  std::string file;
  uint32_t line = 0;
  uint32_t rule = kNoHandler;    ///< whose decisions are looked at, with those of its ways back; kNoHandler: all
  std::string zone = "UTC";      ///< in which its times are written
  int64_t start = 0;
  std::optional<int64_t> until;
  std::vector<TestRecord> records;  ///< by instant
  std::vector<TestExpectation> expectations;
};

struct TestSuite {
  bool lay_open = false;         ///< asked for: every rule's condition part by part, in `rules`
  std::vector<TestPlan> tests;   ///< in source order
  std::vector<WhyPlan> rules;    ///< as Plan::rules
};

}  // namespace mrule::plan
