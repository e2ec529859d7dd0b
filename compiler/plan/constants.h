// SPDX-License-Identifier: Apache-2.0
// The plan's constant tables while they are made: each text, set and pattern once.
#pragma once

#include <map>
#include <string>
#include <unordered_map>
#include <vector>

#include "compiler/plan/plan.h"

namespace mrule::plan {

class Constants {
 public:
  Constants(const hir::Program& program, Plan& plan) : program_(program), plan_(plan) {}

  uint32_t Text(StringId id);
  uint32_t TextSet(const std::vector<StringId>& items);  ///< sorted by text, without repeats
  uint32_t IntSet(std::vector<int64_t> payloads);
  uint32_t Regex(StringId pattern);

 private:
  const hir::Program& program_;
  Plan& plan_;
  std::unordered_map<uint32_t, uint32_t> texts_;  // StringId to index
  std::map<std::vector<uint32_t>, uint32_t> text_sets_;
  std::map<std::vector<int64_t>, uint32_t> int_sets_;
  std::unordered_map<uint32_t, uint32_t> regexes_;
};

/// The payload of a constant of a type held as I64 or F64.
int64_t PayloadOf(const hir::Constant& constant, Type type);

}  // namespace mrule::plan
