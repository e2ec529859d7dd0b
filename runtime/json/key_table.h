// SPDX-License-Identifier: Apache-2.0
// Names known beforehand (JSON keys, type names) to small ids: one hash of the length and the first and last
// eight bytes, one comparison. Reads a few bytes past a key, so keys must lie in padded memory.
#pragma once

#include <algorithm>
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
  static constexpr size_t kPadding = 16;

  KeyTable() { Rehash(64); }

  /// The id of `name`, given in order of first Add.
  uint32_t Add(std::string_view name) {
    const std::string padded = std::string(name) + std::string(kPadding, '\0');
    const std::string_view key(padded.data(), name.size());
    if (const uint32_t found = Find(key); found != kNone) return found;
    names_.push_back(padded);
    Short entry;
    entry.size = key.size();
    for (size_t word = 0; word < 2; ++word) {
      const size_t bytes = key.size() <= 8 * word ? 0 : std::min<size_t>(key.size() - 8 * word, 8);
      entry.masks[word] = bytes == 8 ? ~uint64_t{0} : (uint64_t{1} << (8 * bytes)) - 1;
      entry.words[word] = Load(padded.data() + 8 * word);
    }
    shorts_.push_back(entry);
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
      if (Is(slot.id, key)) return slot.id;
    }
  }

  /// From now on FindOrLearn adds names it meets, up to `extra` of them.
  void Learn(size_t extra) { capacity_ = names_.size() + extra; }
  /// The id of `key`; kNone if it is not known and there is no room to learn it.
  uint32_t FindOrLearn(std::string_view key) {
    const uint32_t found = Find(key);
    return found == kNone && names_.size() < capacity_ ? Add(key) : found;
  }
  /// The most names there will ever be.
  size_t capacity() const { return std::max(capacity_, names_.size()); }

  bool Is(uint32_t id, std::string_view key) const {
    const Short& name = shorts_[id];
    if (name.size != key.size()) return false;
    if (key.size() <= 16) {
      return (((Load(key.data()) ^ name.words[0]) & name.masks[0]) |
              ((Load(key.data() + 8) ^ name.words[1]) & name.masks[1])) == 0;
    }
    return std::memcmp(names_[id].data(), key.data(), key.size()) == 0;
  }

  std::string_view Name(uint32_t id) const { return {names_[id].data(), names_[id].size() - kPadding}; }
  size_t size() const { return names_.size(); }

 private:
  struct Slot {
    uint64_t head = 0;
    uint32_t size = 0;
    uint32_t id = kNone;
  };

  /// The first 16 bytes, compared under masks: no call, no branch on the length.
  struct Short {
    uint64_t words[2];
    uint64_t masks[2];
    size_t size;
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
  std::vector<Short> shorts_;
  std::vector<Slot> slots_;
  size_t mask_ = 0;
  size_t capacity_ = 0;
};

}  // namespace mrule::runtime
