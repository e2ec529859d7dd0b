// SPDX-License-Identifier: Apache-2.0
// Damerau-Levenshtein distance (optimal string alignment) over bytes: names are ASCII in practice, and a name
// in another script only counts a change as a step or two more.
#include "compiler/diagnostics/suggest.h"

#include <algorithm>
#include <cctype>
#include <cstdint>
#include <vector>

namespace mrule::diagnostics {
namespace {

// Distances are counted in half steps, so that a wrong case can weigh less than a wrong letter.
constexpr uint32_t kStep = 2;
constexpr uint32_t kCaseStep = 1;
/// Longer names are not compared: the cost is the product of the lengths.
constexpr size_t kComparedBytesMax = 200;

uint32_t ChangeCost(char a, char b) {
  if (a == b) return 0;
  const bool same_letter =
      std::tolower(static_cast<unsigned char>(a)) == std::tolower(static_cast<unsigned char>(b));
  return same_letter ? kCaseStep : kStep;
}

bool EqualIgnoringCase(std::string_view a, std::string_view b) {
  return std::equal(a.begin(), a.end(), b.begin(), b.end(),
                    [](char x, char y) { return ChangeCost(x, y) < kStep; });
}

/// The distance, or `limit` + 1 as soon as it is known to exceed `limit`.
uint32_t Distance(std::string_view a, std::string_view b, uint32_t limit) {
  std::vector<uint32_t> before_last, last(b.size() + 1), current(b.size() + 1);
  for (size_t j = 0; j <= b.size(); ++j) last[j] = static_cast<uint32_t>(j) * kStep;
  for (size_t i = 1; i <= a.size(); ++i) {
    current[0] = static_cast<uint32_t>(i) * kStep;
    uint32_t least = current[0];
    for (size_t j = 1; j <= b.size(); ++j) {
      current[j] =
          std::min({last[j] + kStep, current[j - 1] + kStep, last[j - 1] + ChangeCost(a[i - 1], b[j - 1])});
      const bool swapped =
          i > 1 && j > 1 && a[i - 1] == b[j - 2] && a[i - 2] == b[j - 1] && a[i - 1] != a[i - 2];
      if (swapped) current[j] = std::min(current[j], before_last[j - 2] + kStep);
      least = std::min(least, current[j]);
    }
    // A swap reaches back two rows and adds a step, hence the extra room before giving up.
    if (least > limit + kStep) return limit + 1;
    before_last = last;
    std::swap(last, current);
  }
  return last[b.size()];
}

}  // namespace

std::optional<std::string_view> Nearest(std::string_view name, std::span<const std::string_view> candidates) {
  std::optional<std::string_view> nearest;
  if (name.empty() || name.size() > kComparedBytesMax) return nearest;
  uint32_t nearest_distance = ~0u;
  for (std::string_view candidate : candidates) {
    if (candidate.empty() || candidate.size() > kComparedBytesMax) continue;
    const size_t longer = std::max(name.size(), candidate.size());
    const size_t shorter = std::min(name.size(), candidate.size());
    // Same letters in another case: nothing is nearer, and in full capitals it is many half steps away.
    if (EqualIgnoringCase(name, candidate)) return candidate;
    // A third of the length, and a step for three letters; of shorter names, each is near every other.
    uint32_t limit = static_cast<uint32_t>(longer / 3) * kStep;
    if (nearest.has_value()) limit = std::min(limit, nearest_distance - 1);  // not 0: that returned above
    if ((longer - shorter) * kStep > limit) continue;
    const uint32_t distance = Distance(name, candidate, limit);
    if (distance > limit) continue;
    nearest = candidate;
    nearest_distance = distance;
  }
  return nearest;
}

}  // namespace mrule::diagnostics
