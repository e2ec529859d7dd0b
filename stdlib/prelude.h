// SPDX-License-Identifier: Apache-2.0
// The library written in the language itself, embedded: every program is checked together with these files.
// Their text is that of prelude/*.mrule, byte for byte; it lives as long as the process.
#pragma once

#include <span>
#include <string_view>

namespace mrule::stdlib {

struct PreludeFile {
  std::string_view name;  ///< what `use` names: "ads" for prelude/ads.mrule
  std::string_view text;
};

/// All files, in order of name. Declarations of one may use those of another.
std::span<const PreludeFile> Prelude();

}  // namespace mrule::stdlib
