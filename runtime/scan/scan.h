// SPDX-License-Identifier: Apache-2.0
// Whole-audience evaluation: all segments of one entity over all its subjects, batch by batch. Each distinct leaf is evaluated
// once a batch into a bitmap; a segment is a few operations on bitmaps. The members are those for which the condition is true,
// exactly as the interpreter would find them record by record (tests hold the two together).
#pragma once

#include <cstdint>
#include <functional>
#include <memory>
#include <span>
#include <vector>

#include "compiler/plan/scan_plan.h"
#include "runtime/exec/code.h"
#include "runtime/program/program.h"

namespace mrule::runtime {

class Scan {
 public:
  /// `plan` and `program` outlive the scan.
  Scan(const Program& program, const plan::ScanPlan& plan);
  ~Scan();

  /// Adds one subject: its attributes in the order of ScanPlan::columns.
  void AddRow(std::span<const MrValue> attributes);
  /// After the last row.
  void Seal();
  size_t rows() const { return rows_; }
  /// Bytes of the columns.
  size_t bytes() const;

  /// Members of each program, in ScanPlan order. Residual functions need `code` and `records` (row to record); both may be null
  /// where there is none.
  std::vector<uint64_t> Count(const Code* code = nullptr, std::span<char* const> records = {}, int64_t now = 0);
  /// Calls `member(program, row)` for each member, by program, then row.
  void ForEachMember(const std::function<void(size_t program, size_t row)>& member, const Code* code = nullptr,
                     std::span<char* const> records = {}, int64_t now = 0);

 private:
  struct Impl;
  std::unique_ptr<Impl> impl_;
  size_t rows_ = 0;
};

}  // namespace mrule::runtime
