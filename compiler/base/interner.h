// SPDX-License-Identifier: Apache-2.0
// Each distinct string once, under a small id. One Interner lives for a compile session; the views it hands out are
// valid as long as it is.
#pragma once

#include <deque>
#include <string>
#include <string_view>
#include <unordered_map>

#include "compiler/base/id.h"

namespace mrule {

using StringId = Id<struct StringTag>;

class Interner {
 public:
  StringId Intern(std::string_view text);
  /// The id of `text`, or None if it was never interned.
  StringId Find(std::string_view text) const;
  std::string_view Text(StringId id) const { return strings_[id.index()]; }
  size_t size() const { return strings_.size(); }

 private:
  std::deque<std::string> strings_;  // a deque, so that views stay valid as it grows
  std::unordered_map<std::string_view, uint32_t> index_;
};

}  // namespace mrule
