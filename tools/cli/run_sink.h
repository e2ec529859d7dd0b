// SPDX-License-Identifier: Apache-2.0
// Where `mrule run` sends what a run says, and what it keeps for the summary. Rejected and late records always go somewhere
// unless the user said `none`: without a named file, one is made when the first such record comes.
#pragma once

#include <memory>
#include <optional>
#include <string>
#include <vector>

#include "compiler/base/result.h"
#include "runtime/actions/decision_json.h"
#include "runtime/actions/file_writer.h"
#include "runtime/actions/rejects_writer.h"
#include "runtime/actions/table_sink.h"
#include "runtime/exec/decision.h"
#include "runtime/json/reader.h"

namespace mrule::cli {

/// A file that is named now and made now or at the first record.
class LazyFile {
 public:
  /// `path` may be `-`; `none` makes a file that is never made.
  explicit LazyFile(std::string path) : path_(std::move(path)) {}

  Result<void> OpenNow();
  /// Null if the file is `none` or cannot be made.
  runtime::FileWriter* writer();
  bool wanted() const { return path_ != "none"; }
  bool made() const { return writer_ != nullptr; }
  bool failed() const { return !error_.empty() || (writer_ && writer_->failed()); }
  Result<void> Flush();
  Result<void> Close();
  const std::string& path() const { return path_; }

 private:
  std::string path_;
  std::unique_ptr<runtime::FileWriter> writer_;
  std::string error_;
};

struct RunFiles {
  LazyFile decisions{"-"};
  LazyFile suppressed{"none"};
  LazyFile rejects{"none"};
  LazyFile late{"none"};
  LazyFile contradicted{"none"};
  bool table = false;  ///< decisions as a table
};

class RunSink : public runtime::DecisionSink, public runtime::RejectSink {
 public:
  /// `plan` and `files` outlive the sink; decisions and suppressed, where wanted, are open.
  RunSink(const plan::Plan& plan, RunFiles& files);

  bool wants_detail() const override { return files_.decisions.wanted() || files_.suppressed.wanted(); }
  std::unique_ptr<runtime::DecisionWriter> MakeWriter() const override;
  void OnDecision(const runtime::Decision& decision) override;
  void OnSuppressed(const runtime::Decision& decision, bool limit, uint32_t winner_rule) override;
  void OnTrap(int64_t at, uint32_t entity, const MrText* subject, uint32_t rule, MrStatus status,
              std::string_view what) override;
  void OnLate(const runtime::Event& event, int64_t clock) override;
  bool wants_contradicted() const override { return true; }
  void OnContradicted(const runtime::Decision& decision, const runtime::Event& late) override;
  void OnRejectOf(std::string_view source, uint64_t line, std::string_view code, std::string_view reason, std::string_view raw) override;
  void OnReject(uint64_t line, std::string_view code, std::string_view reason, std::string_view raw) override;
  bool failed() const override;

  /// Of several sources: lets late records say of which they came.
  void SetSources(std::vector<std::string> names) { sources_ = std::move(names); }
  /// What has been decided becomes visible to whoever reads the files.
  void Flush();
  Result<void> Close();

  const std::vector<uint64_t>& decisions_by_rule() const { return decisions_by_rule_; }
  const std::vector<std::string>& first_rejects() const { return first_rejects_; }
  const std::vector<std::string>& first_traps() const { return first_traps_; }

 private:
  static constexpr size_t kFirstKept = 3;

  const plan::Plan& plan_;
  RunFiles& files_;
  std::optional<runtime::JsonDecisionSink> json_;   // decisions (unless as a table) and suppressed ones
  std::optional<runtime::TableSink> table_;
  std::optional<runtime::JsonDecisionSink> late_, contradicted_;
  std::optional<runtime::RejectsWriter> rejects_;
  std::vector<std::string> sources_;
  std::vector<uint64_t> decisions_by_rule_;
  std::vector<std::string> first_rejects_;
  std::vector<std::string> first_traps_;
};

}  // namespace mrule::cli
