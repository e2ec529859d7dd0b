// SPDX-License-Identifier: Apache-2.0
#include "compiler/base/interner.h"

namespace mrule {

StringId Interner::Intern(std::string_view text) {
  auto found = index_.find(text);
  if (found != index_.end()) return StringId(found->second);
  strings_.emplace_back(text);
  StringId id(strings_.size() - 1);
  index_.emplace(strings_.back(), id.value);
  return id;
}

StringId Interner::Find(std::string_view text) const {
  auto found = index_.find(text);
  return found == index_.end() ? StringId::None() : StringId(found->second);
}

}  // namespace mrule
