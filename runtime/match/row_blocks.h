// SPDX-License-Identifier: Apache-2.0
// Rows judged eight at a time. A row is the bits it forbids, an event the bits it has; the row holds if the two do not meet.
// Eight rows make a block, stored word by word, so that a block is as many vector operations as a mask has words. Each loop has
// a version for AVX-512 and one for any processor, chosen once.
#pragma once

#include <cstddef>
#include <cstdint>

namespace mrule::runtime {

inline constexpr size_t kBlockRows = 8;
inline constexpr size_t kMaskWordsMax = 8;

/// Ranges of two numbers of 16 bits, for the rows of one block.
struct BlockBounds {
  uint16_t low[2][kBlockRows];
  uint16_t span[2][kBlockRows];
};

/// Blocks that follow each other.
struct BlockList {
  uint32_t begin = 0;
  uint32_t end = 0;
};

struct BlockKernels {
  /// Writes the positions (8 * block + lane) of rows that hold; `out` has room for all and 8 more. Returns its end.
  using Match = uint32_t* (*)(const uint64_t* masks, const BlockList* lists, size_t n, const uint64_t* event, uint32_t* out);
  /// Likewise of one list, of those whose ranges hold `a` and `b`; `bounds` begins at block 0 as `masks` does.
  using MatchBounded = uint32_t* (*)(const uint64_t* masks, const BlockBounds* bounds, BlockList list, const uint64_t* event,
                                     uint16_t a, uint16_t b, uint32_t* out);
  Match match[kMaskWordsMax + 1];           ///< by words of a mask; 0 is null
  MatchBounded bounded[kMaskWordsMax + 1];
};

/// The best for this processor.
const BlockKernels& RowBlockKernels();
/// Those for any processor: for tests.
const BlockKernels& PlainRowBlockKernels();

}  // namespace mrule::runtime
