// SPDX-License-Identifier: Apache-2.0
#include "runtime/scan/bitmap_kernels.h"

#include <bit>
#include <vector>

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

void CombinePlain(const uint64_t* base, const uint32_t* operands, size_t n, bool is_or, uint64_t* out) {
  for (size_t w = 0; w < kBatchWords; ++w) {
    uint64_t bits = base[operands[0] + w];
    for (size_t i = 1; i < n; ++i) bits = is_or ? bits | base[operands[i] + w] : bits & base[operands[i] + w];
    out[w] = bits;
  }
}

void CountPlain(const uint64_t* base, const CountStep* steps, size_t n, const uint32_t* operands, uint64_t* counters) {
  uint64_t bits[kBatchWords];
  for (size_t s = 0; s < n; ++s) {
    CombinePlain(base, operands + steps[s].first, steps[s].n, steps[s].is_or, bits);
    uint64_t rows = 0;
    for (uint64_t word : bits) rows += static_cast<uint64_t>(std::popcount(word));
    counters[s * kCounterWords] += rows;
  }
}

constexpr BitmapKernels kPlain = {InRangePlain<uint8_t>, InRangePlain<uint16_t>, nullptr, CombinePlain, CountPlain, "any"};

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

MR_AVX2 void CombineAvx2(const uint64_t* base, const uint32_t* operands, size_t n, bool is_or, uint64_t* out) {
  for (size_t w = 0; w < kBatchWords; w += 4) {
    __m256i bits = _mm256_loadu_si256(reinterpret_cast<const __m256i*>(base + operands[0] + w));
    for (size_t i = 1; i < n; ++i) {
      const __m256i with = _mm256_loadu_si256(reinterpret_cast<const __m256i*>(base + operands[i] + w));
      bits = is_or ? _mm256_or_si256(bits, with) : _mm256_and_si256(bits, with);
    }
    _mm256_storeu_si256(reinterpret_cast<__m256i*>(out + w), bits);
  }
}

MR_AVX2 void CountAvx2(const uint64_t* base, const CountStep* steps, size_t n, const uint32_t* operands, uint64_t* counters) {
  uint64_t bits[kBatchWords];
  for (size_t s = 0; s < n; ++s) {
    CombineAvx2(base, operands + steps[s].first, steps[s].n, steps[s].is_or, bits);
    uint64_t rows = 0;
    for (uint64_t word : bits) rows += static_cast<uint64_t>(_mm_popcnt_u64(word));
    counters[s * kCounterWords] += rows;
  }
}

constexpr BitmapKernels kAvx2 = {InRange8Avx2, InRange16Avx2, nullptr, CombineAvx2, CountAvx2, "avx2"};

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

/// A bitmap is four vectors.
struct Vectors {
  __m512i v[4];
};

MR_AVX512 inline Vectors LoadVectors(const uint64_t* from) {
  return {{_mm512_loadu_si512(from), _mm512_loadu_si512(from + 8), _mm512_loadu_si512(from + 16), _mm512_loadu_si512(from + 24)}};
}

MR_AVX512 inline Vectors CombineVectors(const uint64_t* base, const uint32_t* operands, size_t n, bool is_or) {
  static_assert(kBatchWords == 32, "four vectors a bitmap");
  Vectors bits = LoadVectors(base + operands[0]);
  if (is_or) {
    for (size_t i = 1; i < n; ++i) {
      const uint64_t* with = base + operands[i];
      for (size_t k = 0; k < 4; ++k) bits.v[k] = _mm512_or_si512(bits.v[k], _mm512_loadu_si512(with + 8 * k));
    }
  } else {
    for (size_t i = 1; i < n; ++i) {
      const uint64_t* with = base + operands[i];
      for (size_t k = 0; k < 4; ++k) bits.v[k] = _mm512_and_si512(bits.v[k], _mm512_loadu_si512(with + 8 * k));
    }
  }
  return bits;
}

MR_AVX512 void CombineAvx512(const uint64_t* base, const uint32_t* operands, size_t n, bool is_or, uint64_t* out) {
  const Vectors bits = CombineVectors(base, operands, n, is_or);
  for (size_t k = 0; k < 4; ++k) _mm512_storeu_si512(out + 8 * k, bits.v[k]);
}

MR_AVX512 void CountAvx512(const uint64_t* base, const CountStep* steps, size_t n, const uint32_t* operands, uint64_t* counters) {
  for (size_t s = 0; s < n; ++s) {
    const Vectors bits = CombineVectors(base, operands + steps[s].first, steps[s].n, steps[s].is_or);
    const __m512i a = _mm512_add_epi64(_mm512_popcnt_epi64(bits.v[0]), _mm512_popcnt_epi64(bits.v[1]));
    const __m512i b = _mm512_add_epi64(_mm512_popcnt_epi64(bits.v[2]), _mm512_popcnt_epi64(bits.v[3]));
    uint64_t* counter = counters + s * kCounterWords;
    _mm512_storeu_si512(counter, _mm512_add_epi64(_mm512_loadu_si512(counter), _mm512_add_epi64(a, b)));
  }
}

constexpr BitmapKernels kAvx512 = {InRange8Avx512, InRange16Avx512, nullptr, CombineAvx512, CountAvx512, "avx512"};

// --- AVX-512 with byte permutations and bit matrices ---

#define MR_VBMI __attribute__((target("avx512f,avx512bw,avx512vl,avx512vpopcntdq,avx512vbmi,gfni,popcnt")))

/// Eight vectors of eight 64-bit lanes: rows become columns.
MR_VBMI inline void Transpose8x8(__m512i* v) {
  __m512i a[8], b[8];
  for (size_t i = 0; i < 4; ++i) {
    a[2 * i] = _mm512_unpacklo_epi64(v[2 * i], v[2 * i + 1]);
    a[2 * i + 1] = _mm512_unpackhi_epi64(v[2 * i], v[2 * i + 1]);
  }
  const __m512i low = _mm512_setr_epi64(0, 1, 8, 9, 4, 5, 12, 13), high = _mm512_setr_epi64(2, 3, 10, 11, 6, 7, 14, 15);
  for (size_t i = 0; i < 2; ++i) {
    for (size_t k = 0; k < 2; ++k) {
      b[4 * i + k] = _mm512_permutex2var_epi64(a[4 * i + k], low, a[4 * i + 2 + k]);
      b[4 * i + 2 + k] = _mm512_permutex2var_epi64(a[4 * i + k], high, a[4 * i + 2 + k]);
    }
  }
  for (size_t i = 0; i < 4; ++i) {
    v[i] = _mm512_shuffle_i64x2(b[i], b[4 + i], 0x44);
    v[4 + i] = _mm512_shuffle_i64x2(b[i], b[4 + i], 0xEE);
  }
}

/// A table of 64, 128 or 256 answers.
template <int kTables>
MR_VBMI inline __m512i Answers(__m512i codes, const __m512i* table) {
  if constexpr (kTables == 1) return _mm512_permutexvar_epi8(codes, table[0]);
  const __m512i low = _mm512_permutex2var_epi8(table[0], codes, table[1]);
  if constexpr (kTables == 2) return low;
  return _mm512_mask_blend_epi8(_mm512_movepi8_mask(codes), low, _mm512_permutex2var_epi8(table[2], codes, table[3]));
}

template <int kTables>
MR_VBMI void LookUp(const uint8_t* codes, const uint8_t* table_bytes, size_t tests, uint64_t* const* outs) {
  __m512i table[kTables];
  for (int i = 0; i < kTables; ++i) table[i] = _mm512_loadu_si512(table_bytes + 64 * i);
  // Within eight rows, the affine instruction turns eight bytes of answers into a byte of rows a test, last row in the lowest
  // bit; so rows are reversed first. Then the bytes of a test are brought together.
  const __m512i reverse = _mm512_set4_epi32(0x08090A0B, 0x0C0D0E0F, 0x00010203, 0x04050607);
  const __m512i identity = _mm512_set1_epi64(static_cast<long long>(0x8040201008040201));
  alignas(64) uint8_t gather_bytes[64];
  for (size_t i = 0; i < 64; ++i) gather_bytes[i] = static_cast<uint8_t>(i % 8 * 8 + i / 8);
  const __m512i gather = _mm512_load_si512(gather_bytes);
  for (size_t tile = 0; tile < kBatchWords / 8; ++tile) {
    __m512i v[8];
    for (size_t i = 0; i < 8; ++i) {
      const __m512i rows = _mm512_shuffle_epi8(_mm512_loadu_si512(codes + tile * 512 + i * 64), reverse);
      v[i] = _mm512_permutexvar_epi8(gather, _mm512_gf2p8affine_epi64_epi8(identity, Answers<kTables>(rows, table), 0));
    }
    Transpose8x8(v);
    for (size_t k = 0; k < tests; ++k) _mm512_storeu_si512(outs[k] + tile * 8, v[k]);
  }
}

MR_VBMI void LookUp8Vbmi(const uint8_t* codes, const uint8_t* table, size_t codes_end, size_t tests, uint64_t* const* outs) {
  if (codes_end <= 64) return LookUp<1>(codes, table, tests, outs);
  if (codes_end <= 128) return LookUp<2>(codes, table, tests, outs);
  LookUp<4>(codes, table, tests, outs);
}

constexpr BitmapKernels kVbmi = {InRange8Avx512, InRange16Avx512, LookUp8Vbmi, CombineAvx512, CountAvx512, "avx512-vbmi"};

#endif

std::vector<const BitmapKernels*> Supported() {
  std::vector<const BitmapKernels*> all;
#if defined(__x86_64__)
  __builtin_cpu_init();
  if (__builtin_cpu_supports("avx512bw") && __builtin_cpu_supports("avx512vl") && __builtin_cpu_supports("avx512vpopcntdq")) {
    if (__builtin_cpu_supports("avx512vbmi") && __builtin_cpu_supports("gfni")) all.push_back(&kVbmi);
    all.push_back(&kAvx512);
  }
  if (__builtin_cpu_supports("avx2") && __builtin_cpu_supports("popcnt")) all.push_back(&kAvx2);
#endif
  all.push_back(&kPlain);
  return all;
}

const BitmapKernels*& InUse() {
  static const BitmapKernels* best = AllKernels()[0];
  return best;
}

}  // namespace

std::span<const BitmapKernels* const> AllKernels() {
  static const std::vector<const BitmapKernels*> all = Supported();
  return all;
}

const BitmapKernels& Kernels() { return *InUse(); }
void UseKernels(const BitmapKernels& kernels) { InUse() = &kernels; }

}  // namespace mrule::runtime
