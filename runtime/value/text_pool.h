// SPDX-License-Identifier: Apache-2.0
// Texts that live as long as the run: each distinct one once, with a 1-based id, so that equal pooled texts have equal
// pointers and dense tables can be indexed by id. The program's constants come first, in the plan's order (id = index + 1);
// subject names, retained values and frequent field values follow. Single-threaded: one pool per shard.
#pragma once

#include <cstdint>
#include <memory>
#include <string_view>
#include <vector>

#include "stdlib/abi.h"

namespace mrule::runtime {

class TextPool {
 public:
  /// Of a text's place in the table that finds it, which is between a quarter and half full.
  static constexpr size_t kSlotBytes = 16;

  TextPool();
  ~TextPool();
  TextPool(const TextPool&) = delete;
  TextPool& operator=(const TextPool&) = delete;

  /// The pooled text equal to `bytes`; added if new. The pointer stays valid as long as the pool.
  const MrText* Intern(std::string_view bytes);
  /// The same with the hash (XXH3_64bits of the bytes) already at hand.
  const MrText* Intern(std::string_view bytes, uint64_t hash);
  /// Null if `bytes` is not pooled.
  const MrText* Find(std::string_view bytes, uint64_t hash) const;
  const MrText* ById(uint32_t id) const;
  uint32_t size() const;
  /// Starts loading the cache line that Intern with this hash will look at first.
  void Prefetch(uint64_t hash) const;
  /// When it has arrived: starts loading the text that line most likely names.
  void PrefetchText(uint64_t hash) const;

 private:
  struct Impl;
  std::unique_ptr<Impl> impl_;
};

inline std::string_view View(const MrText& text) { return {text.data, text.size}; }

}  // namespace mrule::runtime
