// SPDX-License-Identifier: Apache-2.0
// Texts and sets of text. Texts are ordered by bytes, which for UTF-8 is the order of code points. Two texts
// with ids of the pool are equal exactly if their ids are; a text without an id is compared by bytes.
#include "stdlib/kernels/kernel.h"

namespace {

inline bool SameBytes(const char* a, const char* b, uint32_t size) {
  return size == 0 || __builtin_memcmp(a, b, size) == 0;
}

inline bool Equal(const MrText* a, const MrText* b) {
  if (a == b) return true;
  if (a->id != 0 && b->id != 0) return a->id == b->id;
  return a->size == b->size && SameBytes(a->data, b->data, a->size);
}

/// Below, at or above 0 as `a` is before, equal to or after `b`.
inline int Order(const MrText* a, const MrText* b) {
  const uint32_t common = a->size < b->size ? a->size : b->size;
  const int order = common == 0 ? 0 : __builtin_memcmp(a->data, b->data, common);
  if (order != 0) return order;
  return a->size < b->size ? -1 : a->size > b->size ? 1 : 0;
}

inline bool EqualSets(const MrTextSet* a, const MrTextSet* b) {
  if (a == b) return true;
  if (a->size != b->size) return false;
  for (uint32_t i = 0; i < a->size; ++i) {
    if (!Equal(a->items[i], b->items[i])) return false;
  }
  return true;
}

}  // namespace

extern "C" {

MrStatus mr_k_eq_text(const MrText* a, const MrText* b, int64_t* out) { return *out = Equal(a, b), kMrOk; }
MrStatus mr_k_ne_text(const MrText* a, const MrText* b, int64_t* out) { return *out = !Equal(a, b), kMrOk; }
MrStatus mr_k_lt_text(const MrText* a, const MrText* b, int64_t* out) {
  return *out = Order(a, b) < 0, kMrOk;
}
MrStatus mr_k_le_text(const MrText* a, const MrText* b, int64_t* out) {
  return *out = Order(a, b) <= 0, kMrOk;
}
MrStatus mr_k_gt_text(const MrText* a, const MrText* b, int64_t* out) {
  return *out = Order(a, b) > 0, kMrOk;
}
MrStatus mr_k_ge_text(const MrText* a, const MrText* b, int64_t* out) {
  return *out = Order(a, b) >= 0, kMrOk;
}

MrStatus mr_k_text_contains(const MrText* text, const MrText* part, int64_t* out) {
  *out = 0;
  if (part->size == 0) return *out = 1, kMrOk;
  if (part->size > text->size) return kMrOk;
  const char first = part->data[0];
  const uint32_t last = text->size - part->size;
  for (uint32_t i = 0; i <= last; ++i) {
    if (text->data[i] == first && SameBytes(text->data + i, part->data, part->size)) return *out = 1, kMrOk;
  }
  return kMrOk;
}

MrStatus mr_k_text_starts_with(const MrText* text, const MrText* part, int64_t* out) {
  return *out = part->size <= text->size && SameBytes(text->data, part->data, part->size), kMrOk;
}

MrStatus mr_k_text_ends_with(const MrText* text, const MrText* part, int64_t* out) {
  return *out =
             part->size <= text->size &&
             (part->size == 0 || SameBytes(text->data + (text->size - part->size), part->data, part->size)),
         kMrOk;
}

MrStatus mr_k_text_length(const MrText* text, int64_t* out) {
  int64_t count = 0;  // of bytes that begin a code point
  for (uint32_t i = 0; i < text->size; ++i) count += (static_cast<uint8_t>(text->data[i]) & 0xC0) != 0x80;
  return *out = count, kMrOk;
}

MrStatus mr_k_eq_set(const MrTextSet* a, const MrTextSet* b, int64_t* out) {
  return *out = EqualSets(a, b), kMrOk;
}
MrStatus mr_k_ne_set(const MrTextSet* a, const MrTextSet* b, int64_t* out) {
  return *out = !EqualSets(a, b), kMrOk;
}

MrStatus mr_k_set_contains(const MrTextSet* set, const MrText* text, int64_t* out) {
  uint32_t begin = 0, end = set->size;
  while (begin < end) {
    const uint32_t middle = begin + (end - begin) / 2;
    const int order = set->items[middle] == text ? 0 : Order(set->items[middle], text);
    if (order == 0) return *out = 1, kMrOk;
    if (order < 0) {
      begin = middle + 1;
    } else {
      end = middle;
    }
  }
  return *out = 0, kMrOk;
}

MrStatus mr_k_set_size(const MrTextSet* set, int64_t* out) { return *out = set->size, kMrOk; }

}  // extern "C"
