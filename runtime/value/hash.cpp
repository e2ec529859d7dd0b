// SPDX-License-Identifier: Apache-2.0
// The door of xxHash: its implementation is inlined here and nowhere else.
#define XXH_INLINE_ALL
#include <xxhash.h>

#include "runtime/value/hash.h"

namespace mrule::runtime {

uint64_t HashBytes(std::string_view bytes) { return XXH3_64bits(bytes.data(), bytes.size()); }

Hash128 HashBytes128(std::string_view bytes) {
  const XXH128_hash_t hash = XXH3_128bits(bytes.data(), bytes.size());
  return {hash.high64, hash.low64};
}

}  // namespace mrule::runtime
