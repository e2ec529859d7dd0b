// SPDX-License-Identifier: Apache-2.0
// Decisions for people: time, rule, subject, action and arguments in aligned columns, a line a decision, with
// a heading. Widths come from the plan's names, so that lines can be written as they come. Suppressed
// decisions, traps and late records are the summary's to count.
#pragma once

#include <string>

#include "runtime/actions/file_writer.h"
#include "runtime/actions/value_text.h"
#include "runtime/exec/decision.h"

namespace mrule::runtime {

/// Lines of the table, without line ends.
class TableFormatter {
 public:
  explicit TableFormatter(const plan::Plan& plan);
  void AppendHeading(std::string& out);
  void Append(std::string& out, const Decision& decision);

 private:
  /// Appends `text`, cut to `width` characters and, unless it is the last column, filled up with spaces.
  void AppendCell(std::string& out, std::string_view text, size_t width, bool last = false);

  const plan::Plan& plan_;
  ValuePrinter printer_;
  size_t rule_width_ = 4;
  size_t action_width_ = 6;
  std::string cell_;
};

class TableSink : public DecisionSink {
 public:
  /// `plan` and `writer` outlive the sink.
  TableSink(const plan::Plan& plan, FileWriter& writer) : formatter_(plan), writer_(writer) {}

  bool wants_detail() const override { return true; }
  void OnDecision(const Decision& decision) override;
  void OnSuppressed(const Decision&, bool, uint32_t) override {}
  void OnTrap(int64_t, uint32_t, const MrText*, uint32_t, MrStatus, std::string_view) override {}
  void OnLate(const Event&, int64_t) override {}
  bool failed() const override { return writer_.failed(); }

 private:
  TableFormatter formatter_;
  FileWriter& writer_;
  bool headed_ = false;
  std::string line_;
};

}  // namespace mrule::runtime
