// SPDX-License-Identifier: Apache-2.0
#include "runtime/scan/bitmap_kernels.h"

#include <bit>

#if defined(__x86_64__)
#include <immintrin.h>
#endif

namespace mrule::runtime {

namespace {

// --- any processor ---

template <typename T>
void InRangePlain(const T* codes, T low, T span, bool add, uint64_t* out) {
  for (size_t w = 0; w < kBatchWords; ++w) {
    uint64_t bits = 0;
    for (size_t j = 0; j < 64; ++j) bits |= uint64_t{static_cast<T>(codes[w * 64 + j] - low) <= span} << j;
    out[w] = add ? out[w] | bits : bits;
  }
}

void AndPlain(uint64_t* into, const uint64_t* with) {
  for (size_t w = 0; w < kBatchWords; ++w) into[w] &= with[w];
}

void OrPlain(uint64_t* into, const uint64_t* with) {
  for (size_t w = 0; w < kBatchWords; ++w) into[w] |= with[w];
}

uint64_t CountPlain(const uint64_t* bits) {
  uint64_t n = 0;
  for (size_t w = 0; w < kBatchWords; ++w) n += std::popcount(bits[w]);
  return n;
}

uint64_t AndManyPlain(const uint64_t* const* bitmaps, size_t n, uint64_t* out) {
  uint64_t rows = 0;
  for (size_t w = 0; w < kBatchWords; ++w) {
    uint64_t bits = bitmaps[0][w];
    for (size_t i = 1; i < n; ++i) bits &= bitmaps[i][w];
    if (out != nullptr) out[w] = bits;
    rows += std::popcount(bits);
  }
  return rows;
}

constexpr BitmapKernels kPlain = {InRangePlain<uint8_t>, InRangePlain<uint16_t>, AndPlain, OrPlain, AndManyPlain, CountPlain, "any"};

#if defined(__x86_64__)

#define MR_AVX2 __attribute__((target("avx2,popcnt")))
#define MR_AVX512 __attribute__((target("avx512f,avx512bw,avx512vl,avx512vpopcntdq,popcnt")))

// --- AVX2 ---

MR_AVX2 void InRange8Avx2(const uint8_t* codes, uint8_t low, uint8_t span, bool add, uint64_t* out) {
  const __m256i lows = _mm256_set1_epi8(static_cast<char>(low)), spans = _mm256_set1_epi8(static_cast<char>(span));
  for (size_t w = 0; w < kBatchWords; ++w) {
    uint64_t bits = 0;
    for (size_t half = 0; half < 2; ++half) {
      const __m256i x = _mm256_sub_epi8(_mm256_loadu_si256(reinterpret_cast<const __m256i*>(codes + w * 64 + half * 32)), lows);
      const uint32_t in = static_cast<uint32_t>(_mm256_movemask_epi8(_mm256_cmpeq_epi8(_mm256_min_epu8(x, spans), x)));
      bits |= uint64_t{in} << (half * 32);
    }
    out[w] = add ? out[w] | bits : bits;
  }
}

MR_AVX2 void InRange16Avx2(const uint16_t* codes, uint16_t low, uint16_t span, bool add, uint64_t* out) {
  const __m256i lows = _mm256_set1_epi16(static_cast<short>(low)), spans = _mm256_set1_epi16(static_cast<short>(span));
  for (size_t w = 0; w < kBatchWords; ++w) {
    uint64_t bits = 0;
    for (size_t half = 0; half < 2; ++half) {
      __m256i in[2];
      for (size_t k = 0; k < 2; ++k) {
        const auto* at = reinterpret_cast<const __m256i*>(codes + w * 64 + half * 32 + k * 16);
        const __m256i x = _mm256_sub_epi16(_mm256_loadu_si256(at), lows);
        in[k] = _mm256_cmpeq_epi16(_mm256_min_epu16(x, spans), x);
      }
      const __m256i packed = _mm256_permute4x64_epi64(_mm256_packs_epi16(in[0], in[1]), 0xD8);
      bits |= uint64_t{static_cast<uint32_t>(_mm256_movemask_epi8(packed))} << (half * 32);
    }
    out[w] = add ? out[w] | bits : bits;
  }
}

MR_AVX2 uint64_t CountAvx2(const uint64_t* bits) {
  uint64_t n = 0;
  for (size_t w = 0; w < kBatchWords; ++w) n += static_cast<uint64_t>(_mm_popcnt_u64(bits[w]));
  return n;
}

MR_AVX2 uint64_t AndManyAvx2(const uint64_t* const* bitmaps, size_t n, uint64_t* out) {
  uint64_t rows = 0;
  for (size_t w = 0; w < kBatchWords; w += 4) {
    __m256i bits = _mm256_loadu_si256(reinterpret_cast<const __m256i*>(bitmaps[0] + w));
    for (size_t i = 1; i < n; ++i) {
      bits = _mm256_and_si256(bits, _mm256_loadu_si256(reinterpret_cast<const __m256i*>(bitmaps[i] + w)));
    }
    if (out != nullptr) _mm256_storeu_si256(reinterpret_cast<__m256i*>(out + w), bits);
    alignas(32) uint64_t four[4];
    _mm256_store_si256(reinterpret_cast<__m256i*>(four), bits);
    for (uint64_t one : four) rows += static_cast<uint64_t>(_mm_popcnt_u64(one));
  }
  return rows;
}

constexpr BitmapKernels kAvx2 = {InRange8Avx2, InRange16Avx2, AndPlain, OrPlain, AndManyAvx2, CountAvx2, "avx2"};

// --- AVX-512 ---

MR_AVX512 void InRange8Avx512(const uint8_t* codes, uint8_t low, uint8_t span, bool add, uint64_t* out) {
  const __m512i lows = _mm512_set1_epi8(static_cast<char>(low)), spans = _mm512_set1_epi8(static_cast<char>(span));
  for (size_t w = 0; w < kBatchWords; ++w) {
    const __m512i x = _mm512_sub_epi8(_mm512_loadu_si512(codes + w * 64), lows);
    const uint64_t bits = _mm512_cmple_epu8_mask(x, spans);
    out[w] = add ? out[w] | bits : bits;
  }
}

MR_AVX512 void InRange16Avx512(const uint16_t* codes, uint16_t low, uint16_t span, bool add, uint64_t* out) {
  const __m512i lows = _mm512_set1_epi16(static_cast<short>(low)), spans = _mm512_set1_epi16(static_cast<short>(span));
  for (size_t w = 0; w < kBatchWords; ++w) {
    const __m512i a = _mm512_sub_epi16(_mm512_loadu_si512(codes + w * 64), lows);
    const __m512i b = _mm512_sub_epi16(_mm512_loadu_si512(codes + w * 64 + 32), lows);
    const uint64_t bits = uint64_t{_mm512_cmple_epu16_mask(a, spans)} | uint64_t{_mm512_cmple_epu16_mask(b, spans)} << 32;
    out[w] = add ? out[w] | bits : bits;
  }
}

MR_AVX512 uint64_t CountAvx512(const uint64_t* bits) {
  __m512i n = _mm512_setzero_si512();
  for (size_t w = 0; w < kBatchWords; w += 8) n = _mm512_add_epi64(n, _mm512_popcnt_epi64(_mm512_loadu_si512(bits + w)));
  return static_cast<uint64_t>(_mm512_reduce_add_epi64(n));
}

MR_AVX512 uint64_t AndManyAvx512(const uint64_t* const* bitmaps, size_t n, uint64_t* out) {
  static_assert(kBatchWords == 32, "four vectors a bitmap");
  const uint64_t* first = bitmaps[0];
  __m512i a = _mm512_loadu_si512(first), b = _mm512_loadu_si512(first + 8);
  __m512i c = _mm512_loadu_si512(first + 16), d = _mm512_loadu_si512(first + 24);
  for (size_t i = 1; i < n; ++i) {
    const uint64_t* with = bitmaps[i];
    a = _mm512_and_si512(a, _mm512_loadu_si512(with));
    b = _mm512_and_si512(b, _mm512_loadu_si512(with + 8));
    c = _mm512_and_si512(c, _mm512_loadu_si512(with + 16));
    d = _mm512_and_si512(d, _mm512_loadu_si512(with + 24));
  }
  if (out != nullptr) {
    _mm512_storeu_si512(out, a);
    _mm512_storeu_si512(out + 8, b);
    _mm512_storeu_si512(out + 16, c);
    _mm512_storeu_si512(out + 24, d);
  }
  const __m512i n1 = _mm512_add_epi64(_mm512_popcnt_epi64(a), _mm512_popcnt_epi64(b));
  const __m512i n2 = _mm512_add_epi64(_mm512_popcnt_epi64(c), _mm512_popcnt_epi64(d));
  return static_cast<uint64_t>(_mm512_reduce_add_epi64(_mm512_add_epi64(n1, n2)));
}

constexpr BitmapKernels kAvx512 = {InRange8Avx512, InRange16Avx512, AndPlain, OrPlain, AndManyAvx512, CountAvx512, "avx512"};

#endif

const BitmapKernels& Choose() {
#if defined(__x86_64__)
  __builtin_cpu_init();
  if (__builtin_cpu_supports("avx512bw") && __builtin_cpu_supports("avx512vl") && __builtin_cpu_supports("avx512vpopcntdq")) {
    return kAvx512;
  }
  if (__builtin_cpu_supports("avx2") && __builtin_cpu_supports("popcnt")) return kAvx2;
#endif
  return kPlain;
}

}  // namespace

const BitmapKernels& Kernels() {
  static const BitmapKernels& best = Choose();
  return best;
}

}  // namespace mrule::runtime
