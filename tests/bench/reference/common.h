// SPDX-License-Identifier: Apache-2.0
// What the three reference programs share: files in memory, huge pages, a clock, and the one-line JSON that
// each measurement prints. The references stand outside the layers: they use nothing of mrule, so that a
// mistake of ours cannot hide in both sides of a comparison.
#pragma once

#include <sys/mman.h>
#include <time.h>

#include <algorithm>
#include <cmath>
#include <cstdint>
#include <cstdio>
#include <cstdlib>
#include <fstream>
#include <nlohmann/json.hpp>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

namespace mrule::bench {

using Json = nlohmann::json;

[[noreturn]] inline void Fail(const std::string& message) {
  std::fprintf(stderr, "%s\n", message.c_str());
  std::exit(1);
}

// A zeroed array on huge pages where the kernel gives them: records and columns are read at random or in a
// dozen streams at once, and 4 KB pages would make the TLB the bottleneck. Never freed: it lives as long as
// the program.
template <typename T>
class HugeArray {
 public:
  HugeArray() = default;
  explicit HugeArray(size_t size) : size_(size) {
    constexpr size_t kPage = size_t{2} << 20;
    size_t bytes = (size * sizeof(T) + kPage - 1) / kPage * kPage;
    void* p = mmap(nullptr, bytes + kPage, PROT_READ | PROT_WRITE, MAP_PRIVATE | MAP_ANONYMOUS, -1, 0);
    if (p == MAP_FAILED) Fail("out of memory");
    uintptr_t aligned = (reinterpret_cast<uintptr_t>(p) + kPage - 1) / kPage * kPage;
    data_ = reinterpret_cast<T*>(aligned);
    madvise(data_, bytes, MADV_HUGEPAGE);
  }
  T* data() const { return data_; }
  size_t size() const { return size_; }
  T& operator[](size_t i) const { return data_[i]; }

 private:
  T* data_ = nullptr;
  size_t size_ = 0;
};

// The file's bytes followed by `kPadding` zeros, which simdjson and wide loads may read.
constexpr size_t kPadding = 256;
struct FileBytes {
  HugeArray<char> bytes;
  size_t size = 0;
  std::string_view view() const { return {bytes.data(), size}; }
};

inline FileBytes ReadFile(const std::string& path) {
  std::FILE* f = std::fopen(path.c_str(), "rb");
  if (!f) Fail("cannot open " + path);
  std::fseek(f, 0, SEEK_END);
  size_t size = static_cast<size_t>(std::ftell(f));
  std::fseek(f, 0, SEEK_SET);
  FileBytes out{HugeArray<char>(size + kPadding), size};
  if (std::fread(out.bytes.data(), 1, size, f) != size) Fail("cannot read " + path);
  std::fclose(f);
  return out;
}

inline Json ReadJson(const std::string& path) {
  std::ifstream in(path);
  if (!in) Fail("cannot open " + path);
  return Json::parse(in);
}

// The thread's own time: on a machine shared with others, time on the wall measures them too. Everything measured runs on one
// thread and waits for nothing.
inline double NowSeconds() {
  timespec now;
  clock_gettime(CLOCK_THREAD_CPUTIME_ID, &now);
  return static_cast<double>(now.tv_sec) + static_cast<double>(now.tv_nsec) * 1e-9;
}

struct Spread {
  double median, min, max;
};
inline Spread SpreadOf(std::vector<double> values) {
  std::sort(values.begin(), values.end());
  return {values[values.size() / 2], values.front(), values.back()};
}

// One measurement is one line; keys keep the order in which they are written.
inline void PrintLine(const nlohmann::ordered_json& line) {
  std::printf("%s\n", line.dump().c_str());
  std::fflush(stdout);
}

// Fewer digits for printing: beyond them is noise.
inline double Round(double x, int decimals) {
  double scale = std::pow(10.0, decimals);
  return std::round(x * scale) / scale;
}

// Program arguments: `--name=value`, `--flag` and positional ones.
struct Args {
  std::vector<std::string> positional;
  std::vector<std::pair<std::string, std::string>> named;
  Args(int argc, char** argv) {
    for (int i = 1; i < argc; ++i) {
      std::string a = argv[i];
      if (a.rfind("--", 0) != 0) {
        positional.push_back(a);
        continue;
      }
      size_t eq = a.find('=');
      named.emplace_back(a.substr(2, eq == std::string::npos ? eq : eq - 2),
                         eq == std::string::npos ? "1" : a.substr(eq + 1));
    }
  }
  std::string Get(const std::string& name, const std::string& otherwise) const {
    for (const auto& [k, v] : named)
      if (k == name) return v;
    return otherwise;
  }
  bool Has(const std::string& name) const { return Get(name, "") != ""; }
  // "10,100,1000" as numbers.
  std::vector<int> Numbers(const std::string& name, const std::string& otherwise) const {
    std::vector<int> out;
    std::string text = Get(name, otherwise);
    for (size_t at = 0; at < text.size();) {
      size_t comma = std::min(text.find(',', at), text.size());
      out.push_back(std::stoi(text.substr(at, comma - at)));
      at = comma + 1;
    }
    return out;
  }
};

}  // namespace mrule::bench
