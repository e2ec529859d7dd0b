// SPDX-License-Identifier: Apache-2.0
// How deep a declaration nests, from its words alone: the parser and the tree builder recurse as deep, and
// must not be started on what would exhaust the stack.
#include <vector>

#include "compiler/base/limits.h"
#include "compiler/syntax/classify.h"

namespace mrule::syntax {

uint32_t FindTooDeep(const Classified& classified, const Segment& segment) {
  using enum TokenType;
  std::vector<uint32_t> wheres(1, 0);  // one count for each open parenthesis
  uint32_t where_count = 0;
  uint32_t prefix_run = 0;
  for (uint32_t i = segment.first; i < segment.end; ++i) {
    switch (classified.words[i].type) {
      case kLPAREN:
      case kLBRACE:
        wheres.push_back(prefix_run);
        where_count += prefix_run;  // `-(-(-(`: what stands before the parenthesis is open inside it
        prefix_run = 0;
        break;
      case kRPAREN:
      case kRBRACE:
        if (wheres.size() > 1) {
          where_count -= wheres.back();
          wheres.pop_back();
        }
        prefix_run = 0;
        break;
      case kWHERE:
        ++where_count;
        ++wheres.back();
        prefix_run = 0;
        break;
      case kNOT:
      case kPREFIX_MINUS:
      case kPREFIX_PLUS:
      case kOPTIONAL:
      case kSET:
      case kOF:
      case kPERCENT:
      case kPERCENT_OF:
        ++prefix_run;
        break;
      default:
        prefix_run = 0;
        break;
    }
    if (wheres.size() - 1 + where_count + prefix_run > limits::kNestingMax) return i;
  }
  return segment.end;
}

}  // namespace mrule::syntax
