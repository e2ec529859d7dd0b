// SPDX-License-Identifier: Apache-2.0
// Numbers from a seed, the same on every machine (splitmix64): what generated programs and streams are drawn
// with.
#pragma once

#include <array>
#include <cstddef>
#include <cstdint>

namespace mrule::testing {

class Random {
 public:
  /// The seed goes once through the mixer, else neighbours would draw the same, one step on.
  explicit Random(uint64_t seed) : state_(seed) { state_ = Next(); }
  uint64_t Next() {
    uint64_t z = (state_ += 0x9E3779B97F4A7C15ull);
    z = (z ^ (z >> 30)) * 0xBF58476D1CE4E5B9ull;
    z = (z ^ (z >> 27)) * 0x94D049BB133111EBull;
    return z ^ (z >> 31);
  }
  int Below(int n) { return static_cast<int>(Next() % static_cast<uint64_t>(n)); }
  bool Chance(int percent) { return Below(100) < percent; }
  template <typename T, size_t N>
  const T& Pick(const std::array<T, N>& from) {
    return from[static_cast<size_t>(Below(static_cast<int>(N)))];
  }

 private:
  uint64_t state_;
};

}  // namespace mrule::testing
