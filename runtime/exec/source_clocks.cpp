// SPDX-License-Identifier: Apache-2.0
#include "runtime/exec/source_clocks.h"

#include <algorithm>

namespace mrule::runtime {

SourceClocks::SourceClocks(std::vector<SourceOptions> sources) {
  if (sources.empty()) sources.emplace_back();
  for (SourceOptions& options : sources) sources_.push_back({std::move(options), kNever, true, false});
}

int64_t SourceClocks::ClockOf(uint32_t source) const {
  const Source& one = sources_[source];
  return one.newest == kNever ? kNever : one.newest - one.options.lateness_micros;
}

void SourceClocks::Saw(uint32_t source, int64_t at) {
  Source& one = sources_[source];
  one.ended = false;
  one.newest = std::max(one.newest, at);
  if (first_ == kNever) first_ = ClockOf(source);
}

int64_t SourceClocks::Advance() {
  int64_t furthest = kNever;
  for (uint32_t i = 0; i < sources_.size(); ++i) furthest = std::max(furthest, ClockOf(i));
  if (furthest == kNever) return watermark_;
  int64_t lowest = furthest;
  for (uint32_t i = 0; i < sources_.size(); ++i) {
    const Source& one = sources_[i];
    if (one.ended) continue;
    const int64_t clock = ClockOf(i);
    if (one.silent && furthest - (clock == kNever ? first_ : clock) > one.options.idle_micros) continue;
    lowest = std::min(lowest, clock);
  }
  watermark_ = std::max(watermark_, lowest);
  return watermark_;
}

void SourceClocks::Raise(int64_t at) { watermark_ = std::max(watermark_, at); }

uint32_t SourceClocks::Restore(const std::string& name, int64_t newest) {
  uint32_t index = 0;
  while (index < sources_.size() && sources_[index].options.name != name) ++index;
  if (index == sources_.size()) {
    sources_.emplace_back();
    sources_[index].options.name = name;
    sources_[index].ended = true;
  }
  if (newest != kNever) {
    sources_[index].newest = std::max(sources_[index].newest, newest);
    if (first_ == kNever) first_ = ClockOf(index);
  }
  return index;
}

}  // namespace mrule::runtime
