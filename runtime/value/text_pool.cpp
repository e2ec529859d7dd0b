// SPDX-License-Identifier: Apache-2.0
// Open addressing with linear probing at most half full. A slot carries the whole hash, so that growing reads no text, and a
// text's bytes follow its header in one allocation, so that comparing costs one cache line.
#include "runtime/value/text_pool.h"

#include <cstring>

#include "compiler/base/check.h"
#include "runtime/value/hash.h"
#include "runtime/value/huge_buffer.h"
#include "runtime/value/same_bytes.h"

namespace mrule::runtime {
namespace {

struct PoolSlot {
  uint64_t hash;
  const MrText* text;  // null: empty
};

static_assert(sizeof(PoolSlot) == TextPool::kSlotBytes);

constexpr size_t kFirstSlots = 1024;
constexpr size_t kBlockBytesMin = size_t{64} << 10;
constexpr size_t kBlockBytesMax = size_t{4} << 20;

bool Same(const MrText& text, std::string_view bytes) {
  return text.size == bytes.size() && SameBytes(text.data, bytes.data(), bytes.size());
}

}  // namespace

struct TextPool::Impl {
  HugeBuffer slot_memory{kFirstSlots * sizeof(PoolSlot)};
  PoolSlot* slots = reinterpret_cast<PoolSlot*>(slot_memory.data());
  uint64_t mask = kFirstSlots - 1;
  std::vector<const MrText*> by_id;
  std::vector<HugeBuffer> blocks;
  size_t block_used = 0, block_size = 0;

  const MrText* Store(std::string_view bytes) {
    size_t need = (sizeof(MrText) + bytes.size() + 7) & ~size_t{7};
    if (block_used + need > block_size) {
      size_t next = block_size == 0 ? kBlockBytesMin : block_size * 2;
      block_size = next > kBlockBytesMax ? kBlockBytesMax : next;
      if (block_size < need) block_size = need;
      blocks.emplace_back(block_size);
      block_used = 0;
    }
    char* at = blocks.back().data() + block_used;
    block_used += need;
    char* copy = at + sizeof(MrText);
    if (!bytes.empty()) std::memcpy(copy, bytes.data(), bytes.size());
    auto* text = new (at) MrText{copy, static_cast<uint32_t>(bytes.size()), static_cast<uint32_t>(by_id.size() + 1)};
    by_id.push_back(text);
    return text;
  }

  void Grow() {
    uint64_t count = mask + 1;
    HugeBuffer old_memory(count * 2 * sizeof(PoolSlot));
    std::swap(old_memory, slot_memory);
    const PoolSlot* old = slots;
    slots = reinterpret_cast<PoolSlot*>(slot_memory.data());
    mask = count * 2 - 1;
    for (const PoolSlot* from = old; from != old + count; ++from) {
      const PoolSlot& slot = *from;
      if (slot.text == nullptr) continue;
      uint64_t i = slot.hash & mask;
      while (slots[i].text != nullptr) i = (i + 1) & mask;
      slots[i] = slot;
    }
  }
};

TextPool::TextPool() : impl_(std::make_unique<Impl>()) {}
TextPool::~TextPool() = default;

const MrText* TextPool::Intern(std::string_view bytes) { return Intern(bytes, HashBytes(bytes)); }

const MrText* TextPool::Intern(std::string_view bytes, uint64_t hash) {
  Impl& pool = *impl_;
  uint64_t i = hash & pool.mask;
  for (; pool.slots[i].text != nullptr; i = (i + 1) & pool.mask) {
    if (pool.slots[i].hash == hash && Same(*pool.slots[i].text, bytes)) return pool.slots[i].text;
  }
  MR_CHECK(bytes.size() <= UINT32_MAX && pool.by_id.size() < UINT32_MAX, "texts and their ids fit 32 bits");
  const MrText* text = pool.Store(bytes);
  pool.slots[i] = {hash, text};
  if (pool.by_id.size() * 2 > pool.mask + 1) pool.Grow();
  return text;
}

const MrText* TextPool::Find(std::string_view bytes, uint64_t hash) const {
  const Impl& pool = *impl_;
  for (uint64_t i = hash & pool.mask; pool.slots[i].text != nullptr; i = (i + 1) & pool.mask) {
    if (pool.slots[i].hash == hash && Same(*pool.slots[i].text, bytes)) return pool.slots[i].text;
  }
  return nullptr;
}

const MrText* TextPool::ById(uint32_t id) const {
  MR_CHECK(id >= 1 && id <= impl_->by_id.size(), "a text id comes from this pool");
  return impl_->by_id[id - 1];
}

uint32_t TextPool::size() const { return static_cast<uint32_t>(impl_->by_id.size()); }

void TextPool::Prefetch(uint64_t hash) const { __builtin_prefetch(&impl_->slots[hash & impl_->mask]); }

void TextPool::PrefetchText(uint64_t hash) const {
  const PoolSlot& slot = impl_->slots[hash & impl_->mask];
  if (slot.hash == hash) __builtin_prefetch(slot.text);
}

}  // namespace mrule::runtime
