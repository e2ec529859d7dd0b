// SPDX-License-Identifier: Apache-2.0
// Collecting, dropping repeats, capping, sorting.
#include "compiler/diagnostics/emitter.h"

#include <algorithm>
#include <numeric>

#include "compiler/base/limits.h"

namespace mrule::diagnostics {

Builder& Builder::Label(source::Span span, std::string_view text) {
  if (diagnostic_ != nullptr) diagnostic_->labels.push_back({span, std::string(text)});
  return *this;
}

Builder& Builder::Expected(std::string_view text) {
  if (diagnostic_ != nullptr) diagnostic_->expected.emplace_back(text);
  return *this;
}

Builder& Builder::Note(std::string_view text) {
  if (diagnostic_ != nullptr) diagnostic_->notes.emplace_back(text);
  return *this;
}

Builder& Builder::Help(std::string_view text) {
  if (diagnostic_ != nullptr) diagnostic_->helps.emplace_back(text);
  return *this;
}

Builder& Builder::Fix(source::Span span, std::string_view replacement, std::string_view title) {
  if (diagnostic_ != nullptr)
    diagnostic_->fixes.push_back({span, std::string(replacement), std::string(title)});
  return *this;
}

std::string Reports::ClosingNote() const {
  if (hidden_count == 0) return "";
  return std::to_string(hidden_count) + (hidden_count == 1 ? " more problem is" : " more problems are") +
         " not shown";
}

size_t Emitter::KeyHash::operator()(const Key& key) const noexcept {
  uint64_t hash = static_cast<uint64_t>(key.id);
  for (uint32_t part : {key.span.file.value, key.span.begin, key.span.end}) {
    hash = (hash ^ part) * 0x9E3779B97F4A7C15u;
    hash ^= hash >> 29;
  }
  return hash;
}

Builder Emitter::Report(source::Span span, DiagId id, Args args) {
  // Reports without a place differ by their arguments only, such as two files that cannot be read.
  if (span.has_file() && !seen_.insert({id, span}).second) return Builder(nullptr);
  std::string message = FormatMessage(id, args);
  if (!span.has_file()) {
    for (const Diagnostic& other : kept_) {
      if (other.id == id && !other.primary.has_file() && other.message == message) return Builder(nullptr);
    }
  }

  const Severity severity = RowOf(id).severity;
  if (severity == Severity::kError) ++error_count_;
  if (severity == Severity::kWarning) ++warning_count_;

  // Errors and the rest are capped apart here, so that a flood of warnings does not hide a later error.
  KeptCount& kept = kept_by_file_[span.file];
  size_t& count = severity == Severity::kError ? kept.errors : kept.others;
  if (count == limits::kErrorsReportedMax) {
    ++dropped_count_;
    return Builder(nullptr);
  }
  ++count;
  kept_.push_back({id, severity, span, std::move(message), std::move(args), {}, {}, {}, {}, {}});
  return Builder(&kept_.back());
}

Reports Emitter::Finish() const {
  Reports reports;
  reports.error_count = error_count_;
  reports.warning_count = warning_count_;
  reports.hidden_count = dropped_count_;

  // Ties in order of reporting, by index: std::stable_sort of libstdc++ 12 uses a function that clang calls
  // deprecated.
  std::vector<size_t> order(kept_.size());
  std::iota(order.begin(), order.end(), size_t{0});
  std::sort(order.begin(), order.end(), [this](size_t a, size_t b) {
    if (kept_[a].primary != kept_[b].primary) return kept_[a].primary < kept_[b].primary;
    if (kept_[a].id != kept_[b].id) return kept_[a].id < kept_[b].id;
    return a < b;
  });

  std::map<source::FileId, size_t> others_shown;
  for (size_t index : order) {
    const Diagnostic* diagnostic = &kept_[index];
    if (diagnostic->severity != Severity::kError) {
      const size_t room = limits::kErrorsReportedMax - kept_by_file_.at(diagnostic->primary.file).errors;
      size_t& shown = others_shown[diagnostic->primary.file];
      if (shown == room) {
        ++reports.hidden_count;
        continue;
      }
      ++shown;
    }
    reports.diagnostics.push_back(*diagnostic);
  }
  return reports;
}

}  // namespace mrule::diagnostics
