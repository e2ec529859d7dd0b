// SPDX-License-Identifier: Apache-2.0
// The inside of a text: escapes, and {holes}. Used by the tree builder; what stands in a hole is parsed
// there.
#pragma once

#include <string>
#include <vector>

#include "compiler/diagnostics/emitter.h"
#include "compiler/syntax/nodes.h"

namespace mrule::syntax {

enum class TextHoles : uint8_t { kAllowed, kNone };

struct TextPiece {
  bool is_hole = false;
  Span span;         ///< of a hole: what stands between its braces
  std::string text;  ///< of a chunk, decoded
};

/// The pieces of the text literal at `literal`, quotes included. Without holes a brace is a plain character.
/// Reports escapes that mean nothing and holes without an end.
std::vector<TextPiece> SplitText(const File& file, Span literal, TextHoles holes,
                                 diagnostics::Emitter& diags);

}  // namespace mrule::syntax
