// SPDX-License-Identifier: Apache-2.0
// One input record, typed: an event, or a record that sets attributes of a subject. Made by the JSON reader (or by a test),
// consumed by the runner. All memory belongs to the EventBatch and lives until it is cleared.
#pragma once

#include <cstddef>
#include <cstdint>
#include <memory>
#include <span>
#include <string_view>
#include <vector>

#include "stdlib/abi.h"

namespace mrule::runtime {

/// Bump allocator for the values of a batch: sets, transient texts, raw lines.
class Arena {
 public:
  void* Allocate(size_t bytes, size_t alignment = 8);
  template <typename T>
  T* AllocateArray(size_t n) {
    return static_cast<T*>(Allocate(n * sizeof(T), alignof(T)));
  }
  std::string_view Copy(std::string_view bytes);
  void Clear();

 private:
  std::vector<std::unique_ptr<char[]>> blocks_;
  size_t block_ = 0, used_ = 0, block_size_ = 0;
  std::vector<size_t> sizes_;
};

/// The subject's identifier as the record names it.
struct SubjectKey {
  const char* data = nullptr;    ///< null: this subject is not named
  uint32_t size = 0;
  uint64_t hash = 0;             ///< XXH3_64bits of the bytes
  uint32_t guess = 0xFFFFFFFFu;  ///< the runner's: index of the record that it most likely names
  bool sure = false;             ///< the runner's: `guess` is right
};

struct Event {
  enum class Kind : uint8_t { kEvent, kAttributes } kind = Kind::kEvent;
  uint16_t source = 0;       ///< the runner's: of which source it came
  uint32_t type = 0;         ///< index into Plan::events, or, for kAttributes, into Plan::entities
  int64_t at = 0;            ///< microseconds since 1970
  uint64_t line = 0;         ///< 1-based line of its source
  std::string_view raw;      ///< the whole line, for the late and rejects files
  std::string_view id;       ///< the record's `id`, or empty
  SubjectKey* subjects = nullptr;  ///< kEvent: one per EventPlan::subjects; kAttributes: one
  MrValue* fields = nullptr;       ///< kEvent: one per EventPlan::fields; kAttributes: one per EntityPlan::attributes
  uint8_t* present = nullptr;      ///< kAttributes: 1 where the record mentions the attribute (null there: not known = unset)
};

struct EventBatch {
  Arena arena;
  std::vector<Event> events;
  void Clear() {
    arena.Clear();
    events.clear();
  }
};

}  // namespace mrule::runtime
