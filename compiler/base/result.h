// SPDX-License-Identifier: Apache-2.0
// Result<T>: a value, or an Error about the outside world (a file, a socket, the JIT's start). Rule authors' mistakes
// are diagnostics, bugs of ours are MR_CHECK; neither travels in a Result. Nothing in this project throws.
#pragma once

#include <string>
#include <utility>
#include <variant>

#include "compiler/base/check.h"

namespace mrule {

/// What went wrong outside, as one sentence: lower case, no full stop, naming the file or thing concerned.
struct Error {
  std::string message;
};

template <typename T>
class [[nodiscard]] Result {
 public:
  Result(T value) : data_(std::in_place_index<0>, std::move(value)) {}
  Result(Error error) : data_(std::in_place_index<1>, std::move(error)) {}

  bool ok() const { return data_.index() == 0; }
  explicit operator bool() const { return ok(); }

  T& value() & {
    MR_CHECK(ok(), "value() is called on a successful Result only");
    return std::get<0>(data_);
  }
  const T& value() const& {
    MR_CHECK(ok(), "value() is called on a successful Result only");
    return std::get<0>(data_);
  }
  T&& value() && {
    MR_CHECK(ok(), "value() is called on a successful Result only");
    return std::get<0>(std::move(data_));
  }
  const Error& error() const {
    MR_CHECK(!ok(), "error() is called on a failed Result only");
    return std::get<1>(data_);
  }

 private:
  std::variant<T, Error> data_;
};

template <>
class [[nodiscard]] Result<void> {
 public:
  Result() = default;
  Result(Error error) : error_(std::move(error)), ok_(false) {}

  bool ok() const { return ok_; }
  explicit operator bool() const { return ok_; }
  const Error& error() const {
    MR_CHECK(!ok_, "error() is called on a failed Result only");
    return error_;
  }

 private:
  Error error_;
  bool ok_ = true;
};

}  // namespace mrule
