// SPDX-License-Identifier: Apache-2.0
// The table of builtins.h, made from builtins.def alone.
#include "stdlib/builtins.h"

#include <iterator>
#include <type_traits>

#include "stdlib/kernels/kernel.h"

namespace mrule::stdlib {
namespace signature {
namespace {

template <typename Signature>
BuiltinRow MakeRow(BuiltinId id, std::string_view name, std::string_view spelling, std::string_view kernel,
                   typename KernelOf<Signature>::Type* address, std::string_view doc) {
  using Shape = KernelOf<Signature>;
  return {id,
          name,
          spelling,
          Shape::kResult,
          {Shape::kParams[0], Shape::kParams[1], Shape::kParams[2]},
          Shape::kArity,
          kernel,
          reinterpret_cast<const void*>(address),
          doc};
}

const BuiltinRow kRows[] = {
#define MR_BUILTIN(name, spelling, signature, kernel, doc) \
  MakeRow<signature>(BuiltinId::k##name, #name, spelling, #kernel, &kernel, doc),
#include "stdlib/builtins.def"
};

#define MR_BUILTIN(name, spelling, signature, kernel, doc)                   \
  static_assert(std::is_same_v<decltype(kernel), KernelOf<signature>::Type>, \
                #name ": the kernel's C type is not the one its row asks for");
#include "stdlib/builtins.def"

static_assert(std::size(kRows) == static_cast<size_t>(BuiltinId::kCount_));

}  // namespace
}  // namespace signature

std::span<const BuiltinRow> Builtins() { return signature::kRows; }

const BuiltinRow& Row(BuiltinId id) { return signature::kRows[static_cast<size_t>(id)]; }

}  // namespace mrule::stdlib
