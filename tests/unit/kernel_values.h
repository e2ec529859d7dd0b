// SPDX-License-Identifier: Apache-2.0
// Values for the tests of kernels: the ends of the ranges, and random ones that look for trouble, from one fixed seed.
#pragma once

#include <cmath>
#include <cstdint>
#include <cstring>
#include <limits>
#include <random>
#include <vector>

namespace mrule::test {

constexpr int64_t kMin = INT64_MIN, kMax = INT64_MAX;
constexpr double kInfinity = std::numeric_limits<double>::infinity();
constexpr double kNan = std::numeric_limits<double>::quiet_NaN();

class Random {
 public:
  uint64_t Bits() { return engine_(); }
  uint64_t Below(uint64_t n) { return engine_() % n; }
  int64_t I64() {
    switch (Below(6)) {
      case 0:
        return static_cast<int64_t>(Bits());
      case 1:
        return static_cast<int64_t>(Below(2000)) - 1000;
      case 2:
        return static_cast<int64_t>(Bits() >> Below(64)) * (Below(2) ? 1 : -1);
      case 3:
        return static_cast<int64_t>((uint64_t{1} << Below(64)) + Below(3) - 1);
      case 4:
        return static_cast<int64_t>(Below(100'000)) * 10'000;  // money in cents
      default:
        return std::vector<int64_t>{0, 1, -1, kMin, kMin + 1, kMax, kMax - 1, 1'000'000}[Below(8)];
    }
  }
  double F64() {
    switch (Below(6)) {
      case 0: {
        const uint64_t bits = Bits();
        double d;
        std::memcpy(&d, &bits, sizeof d);
        return std::isfinite(d) ? d : 1.5;
      }
      case 1:
        return static_cast<double>(Below(2001)) / 100 - 10;
      case 2:
        return std::ldexp(static_cast<double>(Bits() >> 11), static_cast<int>(Below(140)) - 100) *
               (Below(2) ? 1 : -1);
      case 3:
        return std::ldexp(1.0, static_cast<int>(Below(140)) - 70);
      case 4:
        return static_cast<double>(Below(1000)) + 0.5;
      default:
        return std::vector<double>{0, -0.0, 0.2, 0.1, 1, -1, 0.5, 5e-324, 1.7e308, 1e-6}[Below(10)];
    }
  }

 private:
  std::mt19937_64 engine_{20261121};
};

inline int64_t BitsOf(double d) {
  int64_t bits;
  std::memcpy(&bits, &d, sizeof bits);
  return bits;
}
inline double DoubleOf(int64_t bits) {
  double d;
  std::memcpy(&d, &bits, sizeof d);
  return d;
}

}  // namespace mrule::test
