// SPDX-License-Identifier: Apache-2.0
// What the checker knows while it checks one run of a test. Private to check_test*.cpp.
#pragma once

#include <unordered_map>
#include <unordered_set>
#include <vector>

#include "compiler/sema/checker.h"

namespace mrule::sema {

struct Checker::TestContext {
  hir::Test test;
  const calendar::Zone* zone = &calendar::Utc();
  int64_t start_day = 0;                          ///< on the test's clock
  std::unordered_map<StringId, NodeRef> columns;  ///< of `cases`, as the case at hand fills them
  std::unordered_set<StringId>* used = nullptr;   ///< columns that something stands for
  std::vector<TestWhom> subjects;                 ///< in order of mention, each once
};

}  // namespace mrule::sema
