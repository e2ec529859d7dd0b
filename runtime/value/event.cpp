// SPDX-License-Identifier: Apache-2.0
// The batch's arena: blocks are kept when it is cleared, so that a steady stream allocates nothing.
#include "runtime/value/event.h"

#include <cstring>

namespace mrule::runtime {
namespace {
constexpr size_t kBlockBytes = size_t{256} << 10;
}  // namespace

void* Arena::Allocate(size_t bytes, size_t alignment) {
  for (;;) {
    if (block_ < blocks_.size()) {
      auto base = reinterpret_cast<uintptr_t>(blocks_[block_].get());
      size_t start = ((base + used_ + alignment - 1) & ~(alignment - 1)) - base;
      if (start + bytes <= block_size_) {
        used_ = start + bytes;
        return blocks_[block_].get() + start;
      }
      ++block_;
    }
    if (block_ >= blocks_.size()) {
      size_t size = bytes + alignment > kBlockBytes ? bytes + alignment : kBlockBytes;
      blocks_.push_back(std::make_unique_for_overwrite<char[]>(size));
      sizes_.push_back(size);
      block_ = blocks_.size() - 1;
    }
    used_ = 0;
    block_size_ = sizes_[block_];
  }
}

std::string_view Arena::Copy(std::string_view bytes) {
  if (bytes.empty()) return {};
  char* copy = static_cast<char*>(Allocate(bytes.size(), 1));
  std::memcpy(copy, bytes.data(), bytes.size());
  return {copy, bytes.size()};
}

void Arena::Clear() {
  block_ = 0;
  used_ = 0;
  block_size_ = sizes_.empty() ? 0 : sizes_[0];
}

}  // namespace mrule::runtime
