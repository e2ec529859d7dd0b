// SPDX-License-Identifier: Apache-2.0
// Collects reports. Phases call Report; whoever drives them asks has_errors() between phases and Finish() at
// the end, and hands the result to a renderer. One Emitter serves one thread.
//
//   diags.Report(span, OperandTypeMismatch{op, left, right}).Label(left_span, "money");
//   diags.Report(span, DiagId::kNestingTooDeep, {{"limit", limits::kNestingMax}});
#pragma once

#include <cstddef>
#include <deque>
#include <map>
#include <string>
#include <string_view>
#include <unordered_set>
#include <vector>

#include "compiler/diagnostics/diagnostic.h"

namespace mrule::diagnostics {

/// A payload struct beside its phase: the row it belongs to, and how its facts become arguments.
template <typename T>
concept Payload = requires(const T& payload, Args& args) {
  { T::kId } -> std::convertible_to<DiagId>;
  payload.Fill(args);
};

/// Adds to a report just made; used in the same statement. Does nothing for a report that was dropped.
class Builder {
 public:
  explicit Builder(Diagnostic* diagnostic) : diagnostic_(diagnostic) {}

  Builder& Label(source::Span span, std::string_view text);
  Builder& Expected(std::string_view text);
  Builder& Note(std::string_view text);
  Builder& Help(std::string_view text);
  Builder& Fix(source::Span span, std::string_view replacement, std::string_view title);

 private:
  Diagnostic* diagnostic_;  // owned by the Emitter; null if dropped
};

/// What a session has to show, in order.
struct Reports {
  std::vector<Diagnostic> diagnostics;  ///< by file and position; without a place last
  size_t error_count = 0;               ///< all of them, shown or not
  size_t warning_count = 0;
  size_t hidden_count = 0;  ///< beyond limits::kErrorsReportedMax of a file

  bool has_errors() const { return error_count != 0; }
  /// "12 more problems are not shown", or empty.
  std::string ClosingNote() const;
};

class Emitter {
 public:
  /// A second report of the same code on the same span is dropped: one mistake gives one error.
  Builder Report(source::Span span, DiagId id, Args args = {});
  template <Payload T>
  Builder Report(source::Span span, const T& payload) {
    Args args;
    payload.Fill(args);
    return Report(span, T::kId, std::move(args));
  }

  bool has_errors() const { return error_count_ != 0; }
  size_t error_count() const { return error_count_; }
  size_t warning_count() const { return warning_count_; }

  /// Sorted, and capped per file; where there are too many, errors go before warnings.
  Reports Finish() const;

 private:
  struct Key {
    DiagId id;
    source::Span span;
    friend bool operator==(const Key& a, const Key& b) { return a.id == b.id && a.span == b.span; }
  };
  struct KeyHash {
    size_t operator()(const Key& key) const noexcept;
  };
  struct KeptCount {
    size_t errors = 0;
    size_t others = 0;
  };

  std::deque<Diagnostic> kept_;  // a deque: a Builder points into it while the next report is made
  std::unordered_set<Key, KeyHash> seen_;
  std::map<source::FileId, KeptCount> kept_by_file_;
  size_t error_count_ = 0;
  size_t warning_count_ = 0;
  size_t dropped_count_ = 0;
};

}  // namespace mrule::diagnostics
