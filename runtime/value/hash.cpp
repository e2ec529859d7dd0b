// SPDX-License-Identifier: Apache-2.0
// The door of xxHash: its implementation is inlined here and nowhere else.
#define XXH_INLINE_ALL
#include <xxhash.h>

#include "runtime/value/hash.h"

namespace mrule::runtime {

uint64_t HashBytes(std::string_view bytes) { return XXH3_64bits(bytes.data(), bytes.size()); }

}  // namespace mrule::runtime
