// SPDX-License-Identifier: Apache-2.0
// The one hash of texts and subject identifiers: XXH3_64bits. The reader computes it once per text; pools and subject tables
// take it from there, so everyone must use this function.
#pragma once

#include <cstdint>
#include <string_view>

namespace mrule::runtime {

uint64_t HashBytes(std::string_view bytes);

/// XXH3_128bits, for identities that leave the process.
struct Hash128 {
  uint64_t high = 0;
  uint64_t low = 0;
};
Hash128 HashBytes128(std::string_view bytes);

}  // namespace mrule::runtime
