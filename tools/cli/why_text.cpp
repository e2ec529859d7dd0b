// SPDX-License-Identifier: Apache-2.0
#include <fmt/format.h>

#include <algorithm>

#include "runtime/json/instant.h"
#include "tools/cli/why_report.h"

namespace mrule::cli {

namespace {

using runtime::InstantText;
using runtime::Picture;
using runtime::Truth;
using runtime::WhyPart;
using runtime::WhyReport;
using Kind = plan::WhyNode::Kind;

constexpr size_t kListed = 8;  // values of a limit, runs of a sequence

std::string DurationWords(int64_t micros) {
  char text[64];
  return std::string(text, runtime::FormatDuration(micros, text));
}

class TreeText {
 public:
  TreeText(const Picture& picture, bool colour) : picture_(picture), colour_(colour) {}

  std::string Render() {
    Line(0, "", "");
    return std::move(text_);
  }

 private:
  std::string Mark(const WhyPart& part) const {
    if (!part.is_condition()) return "·";
    const char* sign = part.truth == Truth::kTrue ? "✓" : part.truth == Truth::kFalse ? "✗" : "?";
    if (!colour_) return sign;
    const char* code = part.truth == Truth::kTrue ? "32" : part.truth == Truth::kFalse ? "31" : "33";
    return fmt::format("\x1b[{}m{}\x1b[0m", code, sign);
  }

  static std::string ValueWords(const WhyPart& part) { return part.known ? part.words : "unknown"; }

  std::string Said(const WhyPart& part) const {
    const char* truth = part.truth == Truth::kTrue ? "true" : part.truth == Truth::kFalse ? "false" : "unknown";
    switch (part.node->kind) {
      case Kind::kValue: return part.node->label + " = " + ValueWords(part);
      case Kind::kCompare: {
        const WhyPart& left = picture_.parts[part.node->children[0]];
        const WhyPart& right = picture_.parts[part.node->children[1]];
        if (!left.known || !right.known) {
          return fmt::format("{}: unknown, because `{}` is unknown", part.node->label, (left.known ? right : left).node->label);
        }
        return fmt::format("{}: {} {} {}, {}", part.node->label, ValueWords(left), part.node->op, ValueWords(right), truth);
      }
      case Kind::kHold: return fmt::format("{}: {}", part.node->label, HoldWords(part));
      default: return fmt::format("{}: {}", part.node->label, truth);
    }
  }

  std::string HoldWords(const WhyPart& part) const {
    const std::string wanted = DurationWords(part.node->duration_micros);
    if (part.truth == Truth::kTrue) return "true, it has lasted";
    if (part.due) {
      return fmt::format("not yet, {} of {}; true at {} if it lasts", DurationWords(part.accrued_micros), wanted, InstantText(*part.due));
    }
    const Truth inner = picture_.parts[part.node->children[0]].truth;
    if (inner == Truth::kTrue) return fmt::format("not yet, {} of {}, seen {} of {} times", DurationWords(part.accrued_micros), wanted, part.observations, part.node->observations_min);
    if (inner == Truth::kUnknown) return fmt::format("unknown, {} of {} before it became so", DurationWords(part.accrued_micros), wanted);
    return "false";
  }

  /// Values that the line above has told already are left out.
  void Line(uint32_t index, const std::string& first, const std::string& rest) {
    const WhyPart& part = picture_.parts[index];
    text_ += fmt::format("  {}{} {}\n", first, Mark(part), Said(part));
    std::vector<uint32_t> shown;
    for (uint32_t child : part.node->children) {
      if (part.node->kind == Kind::kCompare && picture_.parts[child].node->children.empty()) continue;
      if (picture_.parts[child].node->constant) continue;
      shown.push_back(child);
    }
    for (size_t i = 0; i < shown.size(); ++i) {
      const bool last = i + 1 == shown.size();
      Line(shown[i], rest + (last ? "└ " : "├ "), rest + (last ? "  " : "│ "));
    }
  }

  const Picture& picture_;
  bool colour_;
  std::string text_;
};

std::string ChangeWords(const WhyReport& report) {
  const bool is_true = report.picture->root().truth == Truth::kTrue;
  std::string text = is_true ? "to make it false: " : "to make it true: ";
  for (size_t i = 0; i < report.change.size(); ++i) {
    if (i != 0) text += i + 1 == report.change.size() ? ", and " : ", ";
    text += report.change[i].words;
  }
  return text;
}

std::string UseWords(const runtime::WhyUse& use, int64_t count) {
  std::string words = fmt::format("{} of {} used", use.used, count);
  if (use.full) words += use.opens ? fmt::format(", open again at {}", InstantText(*use.opens)) : std::string(", for ever");
  return words;
}

std::string LimitText(const runtime::WhyLimit& limit) {
  if (limit.field.empty()) return fmt::format("limit {}: {}\n", limit.words, UseWords(limit.use, limit.count));
  if (limit.values.empty()) return fmt::format("limit {}: 0 of {} used for any {}\n", limit.words, limit.count, limit.field);
  std::string text = fmt::format("limit {}\n", limit.words);
  for (size_t i = 0; i < std::min(limit.values.size(), kListed); ++i) {
    const runtime::WhyLimit::Value& value = limit.values[i];
    text += fmt::format("  {} {}: {}\n", limit.field, value.known ? value.words : "not given", UseWords(value.use, limit.count));
  }
  if (limit.values.size() > kListed) text += fmt::format("  and {} more\n", limit.values.size() - kListed);
  return text;
}

std::string RunText(const plan::WhySequence& sequence, const runtime::WhyRun& run) {
  std::string text;
  for (size_t key = 0; key < sequence.keys.size(); ++key) {
    text += fmt::format("{}{} {}", key == 0 ? "  with " : ", ", sequence.keys[key].name, run.key_words[key]);
  }
  if (!text.empty()) text += '\n';
  for (uint32_t i = 0; i < sequence.steps.size(); ++i) {
    const plan::WhySequence::Step& step = sequence.steps[i];
    const bool absent = sequence.absent && i + 1 == sequence.steps.size();
    if (i + 1 < run.steps_done) {
      text += fmt::format("  ✓ {}\n", step.label);
    } else if (i + 1 == run.steps_done) {
      text += fmt::format("  ✓ {} at {}\n", step.label, InstantText(run.at));
    } else if (i == run.steps_done) {
      const char* words = absent ? "  · no {} up to {} would complete it\n" : "  · {} up to {} is awaited\n";
      text += fmt::format(fmt::runtime(words), step.label, InstantText(run.deadline));
    } else {
      text += fmt::format("  · then {}{} within {}\n", absent ? "no " : "", step.label, DurationWords(step.within_micros));
    }
  }
  return text;
}

std::string SequenceText(const runtime::WhyRuns& runs) {
  const std::string& label = runs.sequence->label;
  if (runs.runs.empty()) return fmt::format("sequence {}: has not begun\n", label);
  std::string text = fmt::format("sequence {}: {} open\n", label, runs.runs.size());
  for (size_t i = 0; i < std::min(runs.runs.size(), kListed); ++i) text += RunText(*runs.sequence, runs.runs[i]);
  if (runs.runs.size() > kListed) text += fmt::format("  and {} more\n", runs.runs.size() - kListed);
  return text;
}

}  // namespace

std::string WhyText(const WhyReport& report, bool colour) {
  std::string text = fmt::format("rule \"{}\", {} {}, {}\n{}\n", report.rule, report.entity, report.subject, InstantText(report.at), report.because);
  if (report.picture) {
    text += report.event.empty() ? fmt::format("\nstate at {}\n", InstantText(report.picture->at))
                                 : fmt::format("\n{} at {}\n", report.event, InstantText(report.picture->at));
    text += TreeText(*report.picture, colour).Render();
  }
  text += '\n';
  for (const runtime::WhyLimit& limit : report.limits) text += LimitText(limit);
  for (const runtime::WhyRuns& runs : report.sequences) text += SequenceText(runs);
  for (const runtime::WhyWayBack& way_back : report.ways_back) {
    text += way_back.due ? fmt::format("its way back is due at {}\n", InstantText(*way_back.due)) : std::string("its way back waits for its condition\n");
  }
  if (!report.change.empty()) text += ChangeWords(report) + '\n';
  if (report.history.last_fired) {
    text += fmt::format("fired {} {}, last at {}\n", report.history.fired, report.history.fired == 1 ? "time" : "times", InstantText(*report.history.last_fired));
  } else {
    text += "has not fired\n";
  }
  if (report.history.held_back != 0) text += fmt::format("held back by a limit {} {}\n", report.history.held_back, report.history.held_back == 1 ? "time" : "times");
  if (report.history.lost != 0) text += fmt::format("lost against another rule {} {}\n", report.history.lost, report.history.lost == 1 ? "time" : "times");
  text += report.next_firing ? fmt::format("if nothing more arrives: fires at {}\n", InstantText(*report.next_firing))
                             : std::string("if nothing more arrives: does not fire\n");
  return text;
}

}  // namespace mrule::cli
