// SPDX-License-Identifier: Apache-2.0
// The open instant: which subjects' units must be judged when it is complete (S1), and which (subject, rule)
// pairs have been reported as trapped. Emptied when the clock moves. Owned by the shard.
#pragma once

#include <cstdint>
#include <set>
#include <utility>
#include <vector>

#include "compiler/plan/plan.h"

namespace mrule::runtime {

class Instant {
 public:
  struct Dirty {
    char* record;
    uint64_t sequence;
    uint32_t entity;
    uint32_t index;     ///< of the record within its entity
    uint32_t mask_at;   ///< first of `words` words
    uint32_t words;
  };

  /// Marks units of a subject; `words` is what the entity's masks take. Masks may be shorter than that.
  void Mark(char* record, uint32_t entity, uint32_t index, uint32_t words, const plan::UnitMask& units);
  void MarkAll(char* record, uint32_t entity, uint32_t index, uint32_t words, size_t units);
  bool any_dirty() const { return !dirty_.empty(); }
  /// The marked subjects in order of first appearance; empties the list once they have been judged.
  std::vector<Dirty>& Sorted();
  void ClearDirty();
  uint64_t* Words(const Dirty& dirty) { return masks_.data() + dirty.mask_at; }

  /// False if it has been reported at this instant.
  bool FirstTrap(const char* record, uint32_t rule) { return trapped_.insert({record, rule}).second; }
  /// The clock moves: traps of the old instant are forgotten.
  void Begin() {
    if (!trapped_.empty()) trapped_.clear();
  }

 private:
  uint64_t* WordsOf(char* record, uint32_t entity, uint32_t index, uint32_t words);

  std::vector<Dirty> dirty_;
  std::vector<uint64_t> masks_;
  std::set<std::pair<const char*, uint32_t>> trapped_;
};

}  // namespace mrule::runtime
