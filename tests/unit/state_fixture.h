// SPDX-License-Identifier: Apache-2.0
// A record and a frame for the tests of state kernels, and a host that gives them memory. Of one source file in a program: it defines
// what the kernels call.
#pragma once

#include <gtest/gtest.h>

#include <algorithm>
#include <array>
#include <map>
#include <set>
#include <utility>
#include <vector>

#include "stdlib/kernels/state.h"

namespace mrule::test {

struct Host {
  std::vector<std::vector<MrWindowEntry>> rings;
  std::vector<uint64_t> scratch;
  std::map<MrDistinct*, std::set<int64_t>> sets;
  uint64_t log_capacity_max = 1u << 20;
  bool scratch_ends = false;
  std::vector<std::array<int64_t, 3>> windows;  // what mr_rt_window says
};
inline Host host;

class State : public ::testing::Test {
 protected:
  State() {
    host = Host();
    record_.assign(64, 0);
    frame_ = {};
    frame_.record = reinterpret_cast<char*>(record_.data());
  }
  template <typename Slot>
  Slot* At(uint32_t off) {
    return reinterpret_cast<Slot*>(frame_.record + off);
  }
  MrFrame* At(int64_t now) {
    frame_.now = now;
    return &frame_;
  }
  MrStatus TakeTrap() { return std::exchange(frame_.trap, kMrOk); }

  std::vector<int64_t> record_;
  MrFrame frame_;
};

}  // namespace mrule::test

extern "C" {
MrWindowEntry* mr_rt_log_grow(MrFrame*, MrLog* log) {
  const uint64_t old = log->entries == nullptr ? 0 : log->mask + 1, capacity = old == 0 ? 2 : old * 2;
  if (capacity > mrule::test::host.log_capacity_max) return nullptr;
  mrule::test::host.rings.emplace_back(capacity);
  MrWindowEntry* entries = mrule::test::host.rings.back().data();
  for (uint64_t p = log->base; p != log->tail; ++p) entries[p & (capacity - 1)] = log->entries[p & log->mask];
  log->entries = entries;
  log->mask = capacity - 1;
  return entries;
}
MrStatus mr_rt_distinct_add(MrFrame*, MrDistinct* distinct, int64_t bits) {
  if (mrule::test::host.sets[distinct].size() == 4 && !mrule::test::host.sets[distinct].contains(bits)) return kMrWindowFull;
  distinct->count += mrule::test::host.sets[distinct].insert(bits).second;
  return kMrOk;
}
void mr_rt_window(MrFrame*, uint32_t window, int64_t* bounds) {
  std::copy(mrule::test::host.windows[window].begin(), mrule::test::host.windows[window].end(), bounds);
}
void* mr_rt_scratch(MrFrame*, uint64_t bytes) {
  if (mrule::test::host.scratch_ends) return nullptr;
  mrule::test::host.scratch.assign((bytes + 7) / 8, 0);
  return mrule::test::host.scratch.data();
}
// Says what it was asked: which test, and whether the subject has a zone of its own.
int64_t mr_rt_in_clock(MrFrame*, int64_t clock_test, const MrText* zone) { return clock_test * 2 + (zone != nullptr ? 1 : 0); }
int64_t mr_rt_today(MrFrame* frame, int64_t clock_test, const MrText* zone) {
  return frame->now + mr_rt_in_clock(frame, clock_test, zone);
}
}
