// SPDX-License-Identifier: Apache-2.0
// The records of one entity: equal strides in large chunks, so that an index becomes an address with a shift and a multiply and
// addresses never change. Made and owned by the subject table; everybody else holds `char*` into it.
#pragma once

#include <cstddef>
#include <cstdint>
#include <vector>

#include "compiler/plan/plan.h"
#include "runtime/value/huge_buffer.h"

namespace mrule::runtime {

class RecordStore {
 public:
  /// `stride` is a multiple of 64; `image` is what a new record starts as (may be shorter: the rest is zero).
  RecordStore(uint32_t stride, std::vector<uint8_t> image);

  /// A new record, its image copied.
  char* Add();
  char* At(size_t index) const { return chunks_[index >> shift_] + (index & mask_) * stride_; }
  size_t size() const { return size_; }
  uint32_t stride() const { return stride_; }
  const std::vector<uint8_t>& image() const { return image_; }

 private:
  uint32_t stride_;
  uint32_t shift_;
  size_t mask_;
  size_t size_ = 0;
  size_t chunk_bytes_;
  std::vector<char*> chunks_;
  std::vector<HugeBuffer> memory_;
  std::vector<uint8_t> image_;
};

inline plan::RecordHeader& HeaderOf(char* record) { return *reinterpret_cast<plan::RecordHeader*>(record); }
inline const plan::RecordHeader& HeaderOf(const char* record) {
  return *reinterpret_cast<const plan::RecordHeader*>(record);
}

}  // namespace mrule::runtime
