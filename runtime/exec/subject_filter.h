// SPDX-License-Identifier: Apache-2.0
// Whom a schedule can concern: the subjects that pass those tests of its rules that read one attribute against constants. A
// schedule happens to every subject there is, and most rules are for few of them; so the tests run over many records at a time,
// equal ones once, and only who is left is handed to the rules themselves. Passing means nothing; not passing means that no row
// of the handler can match. Made by the shard for the handler of each schedule.
#pragma once

#include <cstdint>
#include <vector>

#include "runtime/exec/subject_table.h"
#include "runtime/program/program.h"

namespace mrule::runtime {

class SubjectFilter {
 public:
  SubjectFilter(const Program& program, const plan::Handler& handler);

  /// Sets the bits of the subjects that may match, of all there are; bit i of `words` is record i.
  void Mark(const SubjectTable& subjects, std::vector<uint64_t>& words) const;

 private:
  struct Test {
    const plan::MatchLeaf* leaf;
    plan::MatchInput::Kind kind;
    uint32_t offset;     ///< of the value in a record
    bool always_known;   ///< else a MrKept
    bool has_otherwise;  ///< stands for a value that is not known
    int64_t otherwise;
  };
  /// Where an input of the handler lies in a record, if it is one value of it.
  bool Place(const plan::Handler& handler, const plan::MatchInput& input, Test& test) const;
  MrValue ValueOf(const Test& test, const char* record) const;
  bool Holds(const Test& test, const char* record) const;
  uint64_t MarkBlock(char* const* records, size_t count) const;

  const Program& program_;
  std::vector<Test> tests_;
  std::vector<std::vector<uint32_t>> rows_;  // indexes into tests_
  std::vector<uint32_t> lines_;              // record offsets to prefetch, one per cache line
  bool all_ = false;                         // a row has no test: everybody passes
};

}  // namespace mrule::runtime
