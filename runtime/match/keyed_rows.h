// SPDX-License-Identifier: Apache-2.0
// Rows under the values they ask for: `campaign in (c1, c2)` puts a row into the lists of c1 and c2, together with a second
// equality where there is one; a row that asks for narrow ranges only stands in the cells of a grid that its ranges meet. An
// event looks up the lists of its own values; what is left of each row is bits, judged eight rows at a time (row_blocks.h), and,
// rarely, leaves that no bits can say. For rules by the thousand of which few can match.
#pragma once

#include <array>
#include <cstdint>
#include <optional>
#include <vector>

#include "runtime/match/row_blocks.h"
#include "runtime/match/row_masks.h"
#include "runtime/match/values.h"

namespace mrule::runtime {

class KeyedRows {
 public:
  /// Takes the rows it can key selectively; the others are left in `rest`, ascending.
  KeyedRows(const Program& program, const plan::Handler& handler, std::vector<uint32_t>* rest);

  /// Appends the matching rows, in no order, each once.
  void Match(const EventValues& values, std::vector<uint32_t>& matched);
  bool empty() const { return shapes_.empty() && grids_.empty(); }

 private:
  using List = BlockList;
  struct Cell {
    int64_t key[2] = {0, 0};
    List list;           // empty: the cell is free
  };
  /// One input or pair of inputs whose values are keys. Where both are texts with few constants, these are numbered and the lists
  /// lie in a table; otherwise they are hashed.
  struct Shape {
    uint32_t inputs[2] = {0, 0};
    bool two = false;
    std::vector<uint32_t> row_of_id;     // by first text's id: where its lists begin in `table`
    std::vector<uint32_t> column_of_id;  // by second text's id; position 0 of each row is for all others
    std::vector<List> table;             // empty: hashed
    std::vector<Cell> cells;             // open addressing, a power of two
    uint64_t mask = 0;
  };
  /// Two ordered inputs cut into strips; a cell is a strip of each.
  struct Grid {
    uint32_t inputs[2] = {0, 0};
    std::array<OrderedClasses, 2> classes;
    std::array<std::vector<uint8_t>, 2> strip_of_class;
    uint32_t columns = 0;     // strips of the second input
    std::vector<List> cells;
  };
  /// A leaf that is not bits: a set's items against a set of constants, or any leaf at all.
  struct Check {
    uint32_t leaf = 0;
    uint32_t items_at = 0;    // into items_; kNoItems: judged by LeafHolds
    bool last = true;         // of its row
  };
  struct Tail {
    uint32_t row = 0;
    uint32_t checks = 0;      // into checks_; 0: none
  };
  /// The constants that leaves name on one set input, numbered, and the event's items among them as bits.
  struct SetInput {
    uint32_t input = 0;
    uint32_t words = 0;
    std::vector<uint32_t> local_of_id;  // + 1
    std::vector<uint64_t> event;
  };
  struct Builder;
  static constexpr uint32_t kNoItems = 0xFFFFFFFFu;

  static int64_t KeyPart(uint32_t input, const EventValues& values);
  List Find(const Shape& shape, const EventValues& values) const;
  List FindHashed(const Shape& shape, const EventValues& values) const;
  void PrefetchList(List list) const;
  void LoadSets(const EventValues& values);
  bool PassesChecks(uint32_t check, const EventValues& values) const;
  void Finish(const uint32_t* end, const EventValues& values, std::vector<uint32_t>& matched);

  const Program& program_;
  const plan::Handler& handler_;
  std::optional<RowMasks> row_masks_;
  BlockKernels::Match match_ = nullptr;
  BlockKernels::MatchBounded match_bounded_ = nullptr;
  std::vector<Shape> shapes_;
  std::vector<Grid> grids_;            // their blocks come first
  std::vector<uint64_t> masks_;        // of all blocks
  std::vector<BlockBounds> bounds_;    // of the grids' blocks
  std::vector<Tail> tails_;            // by position: 8 * block + lane
  std::vector<Check> checks_;
  std::vector<uint64_t> items_;
  std::vector<SetInput> set_inputs_;
  std::vector<uint32_t> set_input_of_;  // by input: + 1
  bool sets_loaded_ = false;            // for the event at hand
  std::array<uint64_t, kMaskWordsMax> event_{};
  std::vector<List> lists_;             // of the event at hand: at most one a shape
  std::vector<uint32_t> found_;
};

}  // namespace mrule::runtime
