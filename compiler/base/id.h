// SPDX-License-Identifier: Apache-2.0
// Typed indexes. `Id<Tag>` is a 32-bit index into one `Store`; the tag keeps an id of one store from indexing another.
// Ids are values: copying is free, and `kNone` (all ones) says "no such thing". Nothing here owns anything.
#pragma once

#include <cstddef>
#include <cstdint>
#include <functional>

namespace mrule {

template <typename Tag>
struct Id {
  static constexpr uint32_t kNoneValue = 0xFFFFFFFFu;

  uint32_t value = kNoneValue;

  constexpr Id() = default;
  constexpr explicit Id(size_t v) : value(static_cast<uint32_t>(v)) {}

  static constexpr Id None() { return Id(); }
  constexpr bool has_value() const { return value != kNoneValue; }
  constexpr explicit operator bool() const { return has_value(); }
  constexpr size_t index() const { return value; }

  friend constexpr bool operator==(Id a, Id b) { return a.value == b.value; }
  friend constexpr bool operator!=(Id a, Id b) { return a.value != b.value; }
  friend constexpr bool operator<(Id a, Id b) { return a.value < b.value; }
};

}  // namespace mrule

template <typename Tag>
struct std::hash<mrule::Id<Tag>> {
  size_t operator()(mrule::Id<Tag> id) const noexcept { return std::hash<uint32_t>()(id.value); }
};
