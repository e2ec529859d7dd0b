// SPDX-License-Identifier: Apache-2.0
#include "runtime/value/huge_buffer.h"

#include <cstdint>

#include <sys/mman.h>

#include "compiler/base/check.h"

namespace mrule::runtime {
namespace {
constexpr size_t kPage = 4096;
constexpr size_t kHugePage = size_t{2} << 20;
}  // namespace

HugeBuffer::HugeBuffer(size_t bytes) : bytes_((bytes + kPage - 1) & ~(kPage - 1)) {
  // One huge page more is mapped than needed and the ends are given back, so that the buffer begins on a boundary.
  size_t slack = bytes_ >= kHugePage ? kHugePage : 0;
  void* mapped = mmap(nullptr, bytes_ + slack, PROT_READ | PROT_WRITE, MAP_PRIVATE | MAP_ANONYMOUS, -1, 0);
  MR_CHECK(mapped != MAP_FAILED, "the machine has memory for the state that the program was said to need");
  auto begin = reinterpret_cast<uintptr_t>(mapped);
  uintptr_t aligned = slack == 0 ? begin : (begin + kHugePage - 1) & ~(kHugePage - 1);
  if (aligned != begin) munmap(mapped, aligned - begin);
  if (begin + slack != aligned) munmap(reinterpret_cast<void*>(aligned + bytes_), begin + slack - aligned);
  base_ = reinterpret_cast<void*>(aligned);
  if (slack != 0) madvise(base_, bytes_, MADV_HUGEPAGE);
}

HugeBuffer::~HugeBuffer() {
  if (base_ != nullptr) munmap(base_, bytes_);
}

}  // namespace mrule::runtime
