// SPDX-License-Identifier: Apache-2.0
#include "runtime/why/change.h"

#include <fmt/format.h>

#include <algorithm>
#include <cmath>
#include <string_view>

#include "runtime/json/instant.h"

namespace mrule::runtime {
namespace {

using Kind = plan::WhyNode::Kind;

constexpr double kUnknownDistance = 2;  // a value that is not there is farther than any that is
constexpr double kStateDistance = 1;    // a text, a membership, an event: no measure of nearness

std::string DurationWords(int64_t micros) {
  char text[64];
  return std::string(text, FormatDuration(micros, text));
}

/// What `op` or its opposite asks of the left side.
std::string_view AskedOf(std::string_view op, bool to_true) {
  if (op == "<") return to_true ? "below" : "at least";
  if (op == "<=") return to_true ? "at most" : "more than";
  if (op == ">") return to_true ? "more than" : "at most";
  if (op == ">=") return to_true ? "at least" : "below";
  return (op == "=") == to_true ? "equal to" : "other than";
}

std::string_view Mirrored(std::string_view op) {
  return op == "<" ? ">" : op == "<=" ? ">=" : op == ">" ? "<" : op == ">=" ? "<=" : op;
}

class Finder {
 public:
  explicit Finder(const Picture& picture) : picture_(picture) {}

  std::vector<PartChange> Find(uint32_t index, bool to_true) const {
    const WhyPart& part = picture_.parts[index];
    if (part.truth == (to_true ? Truth::kTrue : Truth::kFalse)) return {};
    const std::vector<uint32_t>& children = part.node->children;
    switch (part.node->kind) {
      case Kind::kAnd: return to_true ? All(children, true) : Nearest(children, false);
      case Kind::kOr: return to_true ? Nearest(children, true) : All(children, false);
      case Kind::kNot: return Find(children[0], !to_true);
      case Kind::kRequire: {
        std::vector<PartChange> changes = Find(children[0], to_true);
        Append(changes, Find(children[1], true));
        return changes;
      }
      case Kind::kEvent:
        if (children.empty() || !ChildrenDecide(part)) return {Other(index, to_true)};
        return to_true ? All(children, true) : Nearest(children, false);
      case Kind::kHold: return {Hold(index, to_true)};
      case Kind::kCompare: return {Compare(index, to_true)};
      case Kind::kTest:
      case Kind::kValue: return {Other(index, to_true)};
    }
    return {};
  }

  void Decide(uint32_t index, std::vector<uint32_t>& out) const {
    const WhyPart& part = picture_.parts[index];
    const std::vector<uint32_t>& children = part.node->children;
    switch (part.node->kind) {
      case Kind::kAnd:
      case Kind::kOr: return DecideAmong(part, out);
      case Kind::kNot: return Decide(children[0], out);
      case Kind::kRequire:
        return Decide(picture_.parts[children[1]].truth == Truth::kTrue ? children[0] : children[1], out);
      case Kind::kEvent:
        if (part.truth != Truth::kTrue && !children.empty() && ChildrenDecide(part)) return DecideAmong(part, out);
        out.push_back(index);
        return;
      case Kind::kHold:
      case Kind::kCompare:
      case Kind::kTest:
      case Kind::kValue: out.push_back(index); return;
    }
  }

 private:
  static void Append(std::vector<PartChange>& to, std::vector<PartChange> from) {
    for (PartChange& change : from) {
      const bool is_new = std::none_of(to.begin(), to.end(), [&](const PartChange& one) { return one.part == change.part; });
      if (is_new) to.push_back(std::move(change));
    }
  }
  std::vector<PartChange> All(const std::vector<uint32_t>& children, bool to_true) const {
    std::vector<PartChange> changes;
    for (uint32_t child : children) Append(changes, Find(child, to_true));
    return changes;
  }
  static double Distance(const std::vector<PartChange>& changes) {
    double sum = 0;
    for (const PartChange& change : changes) sum += change.distance;
    return sum;
  }
  std::vector<PartChange> Nearest(const std::vector<uint32_t>& children, bool to_true) const {
    std::vector<PartChange> best;
    for (uint32_t child : children) {
      std::vector<PartChange> changes = Find(child, to_true);
      if (best.empty() || changes.size() < best.size() ||
          (changes.size() == best.size() && Distance(changes) < Distance(best))) {
        best = std::move(changes);
      }
    }
    return best;
  }

  /// Several cases of a group of events may match one event: then the tests do not say it all.
  bool ChildrenDecide(const WhyPart& part) const {
    bool all_true = true;
    for (uint32_t child : part.node->children) all_true &= picture_.parts[child].truth == Truth::kTrue;
    return all_true == (part.truth == Truth::kTrue);
  }
  void DecideAmong(const WhyPart& part, std::vector<uint32_t>& out) const {
    // One false part decides an `and`, one true part an `or`; where none does, all that agree with the whole do.
    for (uint32_t child : part.node->children) {
      if (picture_.parts[child].truth == part.truth) Decide(child, out);
    }
  }

  PartChange Other(uint32_t index, bool to_true) const {
    return {index, to_true, kStateDistance,
            fmt::format("`{}` {}", picture_.parts[index].node->label, to_true ? "true" : "false")};
  }

  PartChange Hold(uint32_t index, bool to_true) const {
    const WhyPart& part = picture_.parts[index];
    const WhyPart& inner = picture_.parts[part.node->children[0]];
    const double duration = static_cast<double>(part.node->duration_micros);
    if (!to_true) return {index, false, kStateDistance, fmt::format("`{}` seen false", inner.node->label)};
    if (part.due) {
      return {index, true, static_cast<double>(*part.due - picture_.at) / duration,
              fmt::format("`{}` true without a break until {}", inner.node->label, InstantText(*part.due))};
    }
    if (inner.truth == Truth::kTrue && part.observations < part.node->observations_min) {
      return {index, true, kStateDistance, fmt::format("`{}` seen true once more", inner.node->label)};
    }
    return {index, true, kUnknownDistance,
            fmt::format("`{}` true for {}", inner.node->label, DurationWords(part.node->duration_micros))};
  }

  PartChange Compare(uint32_t index, bool to_true) const {
    const WhyPart& part = picture_.parts[index];
    const WhyPart* left = &picture_.parts[part.node->children[0]];
    const WhyPart* right = &picture_.parts[part.node->children[1]];
    std::string_view op = part.node->op;
    if (left->node->constant && !right->node->constant) {
      std::swap(left, right);
      op = Mirrored(op);
    }
    PartChange change{index, to_true, kStateDistance, {}};
    if (left->number && right->number) {
      const double size = std::max(std::fabs(*right->number), 1e-9);
      change.distance = std::min(std::fabs(*left->number - *right->number) / size, 1e6);
    } else if (!left->known || !right->known) {
      change.distance = kUnknownDistance;
    }
    const std::string_view asked = AskedOf(op, to_true);
    change.words = fmt::format("`{}` {} {}", left->node->label, asked, right->node->constant ? right->words : "`" + right->node->label + "`");
    if (!right->node->constant) change.words += fmt::format(" ({})", right->words);
    change.words += left->known ? fmt::format(" (it is {})", left->words) : " (it is unknown)";
    return change;
  }

  const Picture& picture_;
};

}  // namespace

std::vector<PartChange> SmallestChange(const Picture& picture, bool to_true) {
  std::vector<PartChange> changes = Finder(picture).Find(0, to_true);
  std::sort(changes.begin(), changes.end(), [](const PartChange& a, const PartChange& b) { return a.part < b.part; });
  return changes;
}

std::vector<uint32_t> DecidingParts(const Picture& picture) {
  std::vector<uint32_t> parts;
  Finder(picture).Decide(0, parts);
  return parts;
}

}  // namespace mrule::runtime
