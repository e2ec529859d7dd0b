// SPDX-License-Identifier: Apache-2.0
// The one hash of texts and subject identifiers: XXH3_64bits. The reader computes it once per text; pools and subject tables
// take it from there, so everyone must use this function.
#pragma once

#include <cstdint>
#include <string_view>

namespace mrule::runtime {

uint64_t HashBytes(std::string_view bytes);

}  // namespace mrule::runtime
