// SPDX-License-Identifier: Apache-2.0
// Which rules an event can concern: one handler's leaves and rows, made into an index. Few rules or unselective ones are kept
// as bits, one per row, and each input narrows them by one mask per class of value; rules with a selective equality sit in
// posting lists under it, the rest of their leaves inline. Shared by both engines; the cost follows the matches, not the rules.
#pragma once

#include <cstdint>
#include <memory>
#include <vector>

#include "compiler/plan/plan.h"
#include "runtime/program/program.h"
#include "stdlib/abi.h"

namespace mrule::runtime {

class Matcher {
 public:
  Matcher(const Program& program, const plan::Handler& handler);
  ~Matcher();
  Matcher(Matcher&&) noexcept;

  /// Appends, in ascending order and without repeats, the indexes of the handler's rows whose leaves all hold. `fields` and
  /// `outputs` are indexed as MatchInput says. Residuals are the caller's to run.
  void Match(const MrValue* fields, const MrValue* outputs, std::vector<uint32_t>& rows);

 private:
  struct Impl;
  std::unique_ptr<Impl> impl_;
};

}  // namespace mrule::runtime
