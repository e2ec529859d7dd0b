// SPDX-License-Identifier: Apache-2.0
#include <fmt/format.h>

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

}  // namespace

std::string WhyText(const WhyReport& report, bool colour) {
  std::string text = fmt::format("rule \"{}\", {} {}, {}\n{}\n", report.rule, report.entity, report.subject, InstantText(report.at), report.because);
  if (report.picture) {
    text += report.event.empty() ? fmt::format("\nstate at {}\n", InstantText(report.picture->at))
                                 : fmt::format("\n{} at {}\n", report.event, InstantText(report.picture->at));
    text += TreeText(*report.picture, colour).Render();
  }
  text += '\n';
  for (const runtime::WhyLimit& limit : report.limits) {
    if (limit.keyed) {
      text += fmt::format("limit {}, each value of its field by itself\n", limit.words);
      continue;
    }
    text += fmt::format("limit {}: {} of {} used", limit.words, limit.used, limit.count);
    if (limit.full) text += limit.opens ? fmt::format(", open again at {}", InstantText(*limit.opens)) : std::string(", for ever");
    text += '\n';
  }
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
