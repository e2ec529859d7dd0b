// SPDX-License-Identifier: Apache-2.0
// What a row of builtins.def means in C: the tags its signature is written with, the C type that carries
// each, and the declaration of every kernel, derived from its row. Each kernels/*.cpp includes this before it
// defines its kernels, so a kernel that differs from its row, or two rows that want one kernel to have two
// shapes, do not compile.
//
// A kernel returns how it ended and, if kMrOk, has written `*out`; otherwise `*out` is untouched. Kernels are
// total on any bits, depend on nothing but their arguments, and call nothing but memcmp and memcpy, because
// the same source becomes the bitcode that is linked into compiled rules.
#pragma once

#include "stdlib/abi.h"
#include "stdlib/builtins.h"

namespace mrule::stdlib::signature {

/// The C type of a value and the SigType of a tag.
template <typename CType, SigType kSigType>
struct Tag {
  using C = CType;
  static constexpr SigType kSig = kSigType;
};

struct Boolean : Tag<int64_t, SigType::kBoolean> {};
struct Number : Tag<double, SigType::kNumber> {};
struct Count : Tag<int64_t, SigType::kCount> {};
struct Ratio : Tag<double, SigType::kRatio> {};
struct Percent : Tag<double, SigType::kPercent> {};
struct Money : Tag<int64_t, SigType::kMoney> {};
struct Duration : Tag<int64_t, SigType::kDuration> {};
struct Instant : Tag<int64_t, SigType::kInstant> {};
struct Date : Tag<int64_t, SigType::kDate> {};
struct TimeOfDay : Tag<int64_t, SigType::kTimeOfDay> {};
struct Text : Tag<const MrText*, SigType::kText> {};
struct Enum : Tag<int64_t, SigType::kEnum> {};
struct Set : Tag<const MrTextSet*, SigType::kSet> {};

template <typename Signature>
struct KernelOf;

template <typename Result, typename... Params>
struct KernelOf<Result(Params...)> {
  using Type = MrStatus(typename Params::C..., typename Result::C*);
  static constexpr SigType kResult = Result::kSig;
  static constexpr uint8_t kArity = sizeof...(Params);
  static_assert(kArity >= 1 && kArity <= 3, "BuiltinRow::params has room for three");
  static constexpr SigType kParams[3] = {Params::kSig...};
};

extern "C" {
#define MR_BUILTIN(name, spelling, signature, kernel, doc) KernelOf<signature>::Type kernel;
#include "stdlib/builtins.def"
}

}  // namespace mrule::stdlib::signature
