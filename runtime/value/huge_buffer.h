// SPDX-License-Identifier: Apache-2.0
// Zeroed memory straight from the system, on huge pages where it is large: the tables of a shard are read at random, and with
// small pages every read misses the TLB besides the cache.
#pragma once

#include <cstddef>
#include <utility>

namespace mrule::runtime {

class HugeBuffer {
 public:
  HugeBuffer() = default;
  /// Stops the process if there is no memory.
  explicit HugeBuffer(size_t bytes);
  ~HugeBuffer();
  HugeBuffer(HugeBuffer&& other) noexcept
      : base_(std::exchange(other.base_, nullptr)), bytes_(std::exchange(other.bytes_, 0)) {}
  HugeBuffer& operator=(HugeBuffer&& other) noexcept {
    std::swap(base_, other.base_);
    std::swap(bytes_, other.bytes_);
    return *this;
  }

  char* data() const { return static_cast<char*>(base_); }
  size_t size() const { return bytes_; }

 private:
  void* base_ = nullptr;
  size_t bytes_ = 0;
};

}  // namespace mrule::runtime
