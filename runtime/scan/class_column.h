// SPDX-License-Identifier: Apache-2.0
// A column as the leaves see it: one small code a row, the class of its value. Two values share a class when no leaf of the scan
// tells them apart, so a score between 0 and 1,000 with forty thresholds is one byte, and so is an e-mail address of which only
// ten endings are asked for. Every leaf is then a few ranges of codes, whatever it was before.
#pragma once

#include <cstdint>
#include <span>
#include <vector>

#include "compiler/plan/scan_plan.h"
#include "runtime/program/program.h"
#include "stdlib/abi.h"

namespace mrule::runtime {

class ClassColumn {
 public:
  /// `leaves` are those on this column, in the order in which RangesOf numbers them.
  ClassColumn(const Program& program, plan::MatchInput::Kind kind, std::vector<const plan::MatchLeaf*> leaves);
  ~ClassColumn();
  ClassColumn(ClassColumn&&) noexcept;

  void Append(const MrValue& value);
  /// After the last Append: pads to whole batches, settles the width and the ranges.
  void Seal(size_t padded_rows);

  bool wide() const { return !codes16_.empty(); }
  const uint8_t* codes8() const { return codes8_.data(); }
  const uint16_t* codes16() const { return codes16_.data(); }
  /// The inclusive ranges of codes on which leaf `i` holds, sorted, disjoint.
  std::span<const std::pair<uint16_t, uint16_t>> RangesOf(size_t i) const { return ranges_[i]; }
  /// Codes lie below this.
  size_t codes_end() const { return codes_end_; }
  size_t bytes() const { return codes8_.size() + codes16_.size() * 2; }

 private:
  struct Classifier;
  std::unique_ptr<Classifier> classifier_;
  std::vector<uint16_t> codes16_;
  std::vector<uint8_t> codes8_;
  size_t codes_end_ = 0;
  std::vector<std::vector<std::pair<uint16_t, uint16_t>>> ranges_;
};

}  // namespace mrule::runtime
