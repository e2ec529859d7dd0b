// SPDX-License-Identifier: Apache-2.0
#include "compiler/plan/constants.h"

#include <algorithm>
#include <cstring>

namespace mrule::plan {

uint32_t Constants::Text(StringId id) {
  auto [it, added] = texts_.try_emplace(id.value, static_cast<uint32_t>(plan_.texts.size()));
  if (added) plan_.texts.emplace_back(program_.Text(id));
  return it->second;
}

uint32_t Constants::TextSet(const std::vector<StringId>& items) {
  std::vector<uint32_t> set;
  set.reserve(items.size());
  for (StringId item : items) set.push_back(Text(item));
  std::sort(set.begin(), set.end(), [&](uint32_t a, uint32_t b) { return plan_.texts[a] < plan_.texts[b]; });
  set.erase(std::unique(set.begin(), set.end()), set.end());
  auto [it, added] = text_sets_.try_emplace(set, static_cast<uint32_t>(plan_.text_sets.size()));
  if (added) plan_.text_sets.push_back(std::move(set));
  return it->second;
}

uint32_t Constants::IntSet(std::vector<int64_t> payloads) {
  std::sort(payloads.begin(), payloads.end());
  payloads.erase(std::unique(payloads.begin(), payloads.end()), payloads.end());
  auto [it, added] = int_sets_.try_emplace(payloads, static_cast<uint32_t>(plan_.int_sets.size()));
  if (added) plan_.int_sets.push_back(std::move(payloads));
  return it->second;
}

uint32_t Constants::Regex(StringId pattern) {
  auto [it, added] = regexes_.try_emplace(pattern.value, static_cast<uint32_t>(plan_.regexes.size()));
  if (added) plan_.regexes.emplace_back(program_.Text(pattern));
  return it->second;
}

int64_t PayloadOf(const hir::Constant& constant, Type type) {
  if (sema::PhysicalOf(type.kind) != Physical::kF64) return constant.i64;
  const double value = constant.f64 + 0.0;
  int64_t bits;
  std::memcpy(&bits, &value, sizeof bits);
  return bits;
}

}  // namespace mrule::plan
