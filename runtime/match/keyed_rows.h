// SPDX-License-Identifier: Apache-2.0
// Rows under the value they ask for: `campaign in (c1, c2)` puts a row into the posting lists of c1 and c2, together with a
// second equality where there is one. An event looks up its own values and checks what is left of each row found there,
// inline and in order of memory. For rules by the thousand of which few can match.
#pragma once

#include <cstdint>
#include <vector>

#include "runtime/match/values.h"

namespace mrule::runtime {

class KeyedRows {
 public:
  /// Takes the rows it can key selectively; the others are left in `rest`, ascending.
  KeyedRows(const Program& program, const plan::Handler& handler, std::vector<uint32_t>* rest);

  /// Appends the matching rows, in no order and possibly twice.
  void Match(const EventValues& values, std::vector<uint32_t>& matched);
  bool empty() const { return shapes_.empty(); }

 private:
  /// A leaf made small. `bit` tests need the value's local bit; `slow` ones call LeafHolds.
  struct Check {
    enum class Kind : uint16_t { kRange, kBit, kIds, kItems, kSlow } kind = Kind::kSlow;
    uint16_t input = 0;
    uint32_t count = 0;    // kIds, kItems: how many at `at`; kSlow: leaf index
    int64_t low = 0;       // kRange; kBit: the mask
    uint64_t span = 0;     // kRange; kIds, kItems: where they begin in ids_
  };
  struct Posting {
    uint32_t row = 0;
    uint32_t checks_begin = 0;
    uint32_t checks_end = 0;
    Check first;           // checked before the others are fetched
  };
  struct Cell {
    int64_t key[2] = {0, 0};
    uint32_t begin = 0;
    uint32_t end = 0;      // begin == end: free
  };
  /// One pair of inputs that rows are keyed by; the second may be absent.
  struct Shape {
    uint32_t inputs[2] = {0, 0};
    bool two = false;
    std::vector<Cell> cells;  // open addressing, a power of two
    uint64_t mask = 0;
  };
  struct Builder;

  bool Holds(const Check& check, const EventValues& values) const;
  int64_t KeyPart(uint32_t input, const EventValues::One& value) const;

  const Program& program_;
  const plan::Handler& handler_;
  std::vector<Shape> shapes_;
  std::vector<Posting> postings_;
  std::vector<Check> checks_;
  std::vector<uint32_t> ids_;                       // texts of kIds and kItems checks: pooled ids
  std::vector<std::vector<uint8_t>> local_of_id_;   // by input: constant's id to bit, 0 for none; empty: too many constants
  mutable std::vector<uint64_t> bit_of_input_;      // of the event at hand
};

}  // namespace mrule::runtime
