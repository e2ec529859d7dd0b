// SPDX-License-Identifier: Apache-2.0
#include "runtime/exec/waiting_firings.h"

#include <algorithm>
#include <cstring>

namespace mrule::runtime {

WaitingFiring& WaitingFirings::Add(Slab& slab) {
  Queue* queue = *queue_;
  if (queue == nullptr || queue->count == queue->capacity) {
    const uint64_t capacity = queue == nullptr ? 1 : queue->capacity * 2;
    auto* grown = static_cast<Queue*>(slab.Allocate(BytesFor(capacity)));
    grown->count = 0;
    if (queue != nullptr) {
      std::memcpy(static_cast<void*>(grown), queue, BytesFor(queue->count));
      slab.Free(queue, BytesFor(queue->capacity));
    }
    grown->capacity = capacity;
    *queue_ = queue = grown;
  }
  WaitingFiring& added = (*this)[static_cast<uint32_t>(queue->count++)];
  std::memset(static_cast<void*>(&added), 0, EntryBytes());
  return added;
}

void WaitingFirings::Remove(Slab& slab, uint32_t i) {
  Queue* queue = *queue_;
  --queue->count;
  if (queue->count == 0) {
    slab.Free(queue, BytesFor(queue->capacity));
    *queue_ = nullptr;
    return;
  }
  if (i == queue->count) return;
  std::memmove(static_cast<void*>(&(*this)[i]), &(*this)[i + 1], (queue->count - i) * EntryBytes());
}

int64_t WaitingFirings::NextDue(int64_t now) const {
  int64_t next = INT64_MAX;
  for (uint32_t i = 0; i < size(); ++i) {
    if ((*this)[i].due > now) next = std::min(next, (*this)[i].due);
  }
  return next;
}

}  // namespace mrule::runtime
