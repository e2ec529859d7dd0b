// SPDX-License-Identifier: Apache-2.0
// A flat vector addressed by typed ids. A phase's output owns its nodes in stores and links them by id, so dumping,
// comparing and destroying are plain loops. References into a store are valid until the next Add.
#pragma once

#include <utility>
#include <vector>

#include "compiler/base/check.h"

namespace mrule {

template <typename IdT, typename T>
class Store {
 public:
  IdT Add(T value) {
    items_.push_back(std::move(value));
    return IdT(items_.size() - 1);
  }

  T& operator[](IdT id) {
    MR_CHECK(id.index() < items_.size(), "an id indexes the store that made it");
    return items_[id.index()];
  }
  const T& operator[](IdT id) const {
    MR_CHECK(id.index() < items_.size(), "an id indexes the store that made it");
    return items_[id.index()];
  }

  size_t size() const { return items_.size(); }
  bool empty() const { return items_.empty(); }
  void reserve(size_t n) { items_.reserve(n); }

  auto begin() { return items_.begin(); }
  auto end() { return items_.end(); }
  auto begin() const { return items_.begin(); }
  auto end() const { return items_.end(); }

 private:
  std::vector<T> items_;
};

}  // namespace mrule
