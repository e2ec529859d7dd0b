// SPDX-License-Identifier: Apache-2.0
#include "runtime/match/bits.h"

// One build serves every x86-64: the loader picks the widest version the processor has.
#if defined(__x86_64__) && !defined(__SANITIZE_ADDRESS__) && !defined(__SANITIZE_THREAD__) && \
    !(defined(__has_feature) && (__has_feature(address_sanitizer) || __has_feature(thread_sanitizer)))
#define MR_WIDEST __attribute__((target_clones("avx512f", "avx2", "default")))
#else
#define MR_WIDEST
#endif

namespace mrule::runtime {

MR_WIDEST bool AndWords(uint64_t* into, const uint64_t* with, size_t words) {
  uint64_t any = 0;
  for (size_t i = 0; i < words; ++i) {
    into[i] &= with[i];
    any |= into[i];
  }
  return any != 0;
}

MR_WIDEST void OrWords(uint64_t* into, const uint64_t* with, size_t words) {
  for (size_t i = 0; i < words; ++i) into[i] |= with[i];
}

MR_WIDEST void AndNotWords(uint64_t* into, const uint64_t* without, size_t words) {
  for (size_t i = 0; i < words; ++i) into[i] &= ~without[i];
}

}  // namespace mrule::runtime
