// SPDX-License-Identifier: Apache-2.0
// Names known beforehand (JSON keys, type names) to small ids: one hash of the length and the first and last eight bytes, one
// comparison. Built once from the plan; reads a few bytes past a key, so keys must lie in padded memory.
#pragma once

#include <cstdint>
#include <cstring>
#include <string>
#include <string_view>
#include <vector>

namespace mrule::runtime {

class KeyTable {
 public:
  static constexpr uint32_t kNone = 0xFFFFFFFFu;
  /// Readable bytes that Find needs after a key.
  static constexpr size_t kPadding = 8;

  KeyTable() { Rehash(64); }

  /// The id of `name`, given in order of first Add.
  uint32_t Add(std::string_view name) {
    const std::string padded = std::string(name) + std::string(kPadding, '\0');
    const std::string_view key(padded.data(), name.size());
    if (const uint32_t found = Find(key); found != kNone) return found;
    names_.push_back(padded);
    if (names_.size() * 4 > slots_.size()) {
      Rehash(slots_.size() * 2);
    } else {
      Insert(static_cast<uint32_t>(names_.size() - 1));
    }
    return static_cast<uint32_t>(names_.size() - 1);
  }

  uint32_t Find(std::string_view key) const {
    const uint64_t head = Head(key);
    for (size_t i = Hash(key, head) & mask_;; i = (i + 1) & mask_) {
      const Slot& slot = slots_[i];
      if (slot.id == kNone) return kNone;
      if (slot.head != head || slot.size != key.size()) continue;
      if (key.size() <= 8 || std::memcmp(names_[slot.id].data(), key.data(), key.size()) == 0) return slot.id;
    }
  }

  std::string_view Name(uint32_t id) const { return {names_[id].data(), names_[id].size() - kPadding}; }
  size_t size() const { return names_.size(); }

 private:
  struct Slot {
    uint64_t head = 0;
    uint32_t size = 0;
    uint32_t id = kNone;
  };

  static uint64_t Load(const char* p) {
    uint64_t v;
    std::memcpy(&v, p, sizeof v);
    return v;
  }
  static uint64_t Head(std::string_view key) {
    if (key.size() >= 8) return Load(key.data());
    return key.empty() ? 0 : Load(key.data()) << (64 - 8 * key.size());
  }
  static uint64_t Hash(std::string_view key, uint64_t head) {
    const uint64_t tail = key.size() > 8 ? Load(key.data() + key.size() - 8) : 0;
    const uint64_t mixed = (head ^ (tail * 0x9E3779B97F4A7C15ull) ^ key.size()) * 0xD6E8FEB86659FD93ull;
    return mixed ^ (mixed >> 32);
  }
  void Insert(uint32_t id) {
    const std::string_view key = Name(id);
    size_t i = Hash(key, Head(key)) & mask_;
    while (slots_[i].id != kNone) i = (i + 1) & mask_;
    slots_[i] = {Head(key), static_cast<uint32_t>(key.size()), id};
  }
  void Rehash(size_t size) {
    slots_.assign(size, Slot());
    mask_ = size - 1;
    for (uint32_t id = 0; id < names_.size(); ++id) Insert(id);
  }

  std::vector<std::string> names_;  // each with kPadding bytes behind it
  std::vector<Slot> slots_;
  size_t mask_ = 0;
};

}  // namespace mrule::runtime
