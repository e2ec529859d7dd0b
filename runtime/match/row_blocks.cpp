// SPDX-License-Identifier: Apache-2.0
#include "runtime/match/row_blocks.h"

#include <bit>
#include <utility>

#if defined(__x86_64__)
#include <immintrin.h>
#endif

namespace mrule::runtime {

namespace {

// --- any processor ---

/// The lanes of a block that do not meet the event, as bits.
template <size_t kWords>
uint32_t HoldPlain(const uint64_t* block, const uint64_t* event) {
  uint64_t met[kBlockRows] = {};
  for (size_t w = 0; w < kWords; ++w) {
    for (size_t lane = 0; lane < kBlockRows; ++lane) met[lane] |= block[w * kBlockRows + lane] & event[w];
  }
  uint32_t hold = 0;
  for (size_t lane = 0; lane < kBlockRows; ++lane) hold |= uint32_t{met[lane] == 0} << lane;
  return hold;
}

uint32_t* WriteLanes(uint32_t hold, uint32_t block, uint32_t* out) {
  for (; hold != 0; hold &= hold - 1) *out++ = block * kBlockRows + static_cast<uint32_t>(std::countr_zero(hold));
  return out;
}

template <size_t kWords>
uint32_t* MatchPlain(const uint64_t* masks, const BlockList* lists, size_t n, const uint64_t* event, uint32_t* out) {
  for (size_t i = 0; i < n; ++i) {
    for (uint32_t b = lists[i].begin; b < lists[i].end; ++b) {
      out = WriteLanes(HoldPlain<kWords>(masks + size_t{b} * kWords * kBlockRows, event), b, out);
    }
  }
  return out;
}

template <size_t kWords>
uint32_t* BoundedPlain(const uint64_t* masks, const BlockBounds* bounds, BlockList list, const uint64_t* event,
                       uint16_t a, uint16_t b, uint32_t* out) {
  for (uint32_t at = list.begin; at < list.end; ++at) {
    const BlockBounds& ranges = bounds[at];
    uint32_t inside = 0;
    for (size_t lane = 0; lane < kBlockRows; ++lane) {
      const bool in = static_cast<uint16_t>(a - ranges.low[0][lane]) <= ranges.span[0][lane] &&
                      static_cast<uint16_t>(b - ranges.low[1][lane]) <= ranges.span[1][lane];
      inside |= uint32_t{in} << lane;
    }
    if (inside != 0) inside &= HoldPlain<kWords>(masks + size_t{at} * kWords * kBlockRows, event);
    out = WriteLanes(inside, at, out);
  }
  return out;
}

#if defined(__x86_64__)

#define MR_AVX512 __attribute__((target("avx512f,avx512bw,avx512vl,popcnt")))

// --- AVX-512 ---

template <size_t kWords>
MR_AVX512 inline __m512i MetAvx512(const uint64_t* block, const __m512i* event) {
  __m512i met = _mm512_and_si512(event[0], _mm512_loadu_si512(block));
  for (size_t w = 1; w < kWords; ++w) {
    // met | (event & block) in one operation
    met = _mm512_ternarylogic_epi64(met, event[w], _mm512_loadu_si512(block + w * kBlockRows), 0xF8);
  }
  return met;
}

MR_AVX512 inline uint32_t* WriteAvx512(__mmask8 hold, uint32_t block, uint32_t* out) {
  const __m256i lanes = _mm256_add_epi32(_mm256_setr_epi32(0, 1, 2, 3, 4, 5, 6, 7), _mm256_set1_epi32(static_cast<int>(block * kBlockRows)));
  _mm256_storeu_si256(reinterpret_cast<__m256i*>(out), _mm256_maskz_compress_epi32(hold, lanes));
  return out + _mm_popcnt_u32(hold);
}

template <size_t kWords>
MR_AVX512 uint32_t* MatchAvx512(const uint64_t* masks, const BlockList* lists, size_t n, const uint64_t* event, uint32_t* out) {
  __m512i words[kWords];
  for (size_t w = 0; w < kWords; ++w) words[w] = _mm512_set1_epi64(static_cast<long long>(event[w]));
  for (size_t i = 0; i < n; ++i) {
    for (uint32_t b = lists[i].begin; b < lists[i].end; ++b) {
      const __m512i met = MetAvx512<kWords>(masks + size_t{b} * kWords * kBlockRows, words);
      out = WriteAvx512(_mm512_testn_epi64_mask(met, met), b, out);
    }
  }
  return out;
}

template <size_t kWords>
MR_AVX512 uint32_t* BoundedAvx512(const uint64_t* masks, const BlockBounds* bounds, BlockList list, const uint64_t* event,
                                  uint16_t a, uint16_t b, uint32_t* out) {
  __m512i words[kWords];
  for (size_t w = 0; w < kWords; ++w) words[w] = _mm512_set1_epi64(static_cast<long long>(event[w]));
  const __m256i both = _mm256_set_m128i(_mm_set1_epi16(static_cast<short>(b)), _mm_set1_epi16(static_cast<short>(a)));
  for (uint32_t at = list.begin; at < list.end; ++at) {
    const __m256i low = _mm256_loadu_si256(reinterpret_cast<const __m256i*>(bounds[at].low));
    const __m256i span = _mm256_loadu_si256(reinterpret_cast<const __m256i*>(bounds[at].span));
    const uint32_t in = _mm256_cmple_epu16_mask(_mm256_sub_epi16(both, low), span);
    const auto inside = static_cast<__mmask8>(in & (in >> 8));
    if (inside == 0) continue;
    const __m512i met = MetAvx512<kWords>(masks + size_t{at} * kWords * kBlockRows, words);
    out = WriteAvx512(_mm512_mask_testn_epi64_mask(inside, met, met), at, out);
  }
  return out;
}

#endif

template <bool kWide, size_t... kWords>
constexpr BlockKernels MakeKernels(std::index_sequence<kWords...>) {
#if defined(__x86_64__)
  if constexpr (kWide) return {{nullptr, MatchAvx512<kWords + 1>...}, {nullptr, BoundedAvx512<kWords + 1>...}};
#endif
  return {{nullptr, MatchPlain<kWords + 1>...}, {nullptr, BoundedPlain<kWords + 1>...}};
}

constexpr BlockKernels kPlain = MakeKernels<false>(std::make_index_sequence<kMaskWordsMax>());
#if defined(__x86_64__)
constexpr BlockKernels kAvx512 = MakeKernels<true>(std::make_index_sequence<kMaskWordsMax>());
#endif

const BlockKernels& Choose() {
#if defined(__x86_64__)
  __builtin_cpu_init();
  if (__builtin_cpu_supports("avx512f") && __builtin_cpu_supports("avx512bw") && __builtin_cpu_supports("avx512vl")) return kAvx512;
#endif
  return kPlain;
}

}  // namespace

const BlockKernels& PlainRowBlockKernels() { return kPlain; }

const BlockKernels& RowBlockKernels() {
  static const BlockKernels& best = Choose();
  return best;
}

}  // namespace mrule::runtime
