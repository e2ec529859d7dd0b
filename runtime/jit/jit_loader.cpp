// SPDX-License-Identifier: Apache-2.0
#include <dlfcn.h>
#include <fmt/format.h>

#include <cstdlib>
#include <string>

#include "runtime/jit/jit.h"

namespace mrule::runtime {

namespace {

constexpr const char* kLibraryName = "libmrule-jit.so";

/// Beside the library this code is in, then wherever the loader looks.
void* OpenEngine(std::string* reason) {
  Dl_info self;
  if (dladdr(reinterpret_cast<const void*>(&LoadJit), &self) != 0 && self.dli_fname != nullptr) {
    std::string path = self.dli_fname;
    const size_t slash = path.rfind('/');
    for (const char* folder : {"", "../lib/"}) {
      const std::string beside = (slash == std::string::npos ? "" : path.substr(0, slash + 1)) + folder + kLibraryName;
      if (void* handle = dlopen(beside.c_str(), RTLD_NOW | RTLD_LOCAL)) return handle;
    }
  }
  if (void* handle = dlopen(kLibraryName, RTLD_NOW | RTLD_LOCAL)) return handle;
  *reason = dlerror();
  return nullptr;
}

}  // namespace

Result<std::unique_ptr<Jit>> LoadJit() {
  std::string reason;
  void* handle = OpenEngine(&reason);  // stays open: machine code and its owner come from it
  if (handle == nullptr) return Error{fmt::format("the LLVM engine cannot be opened: {}", reason)};
  using MakeFn = Jit* (*)();
  auto make = reinterpret_cast<MakeFn>(dlsym(handle, "mrule_make_jit"));
  if (make == nullptr) return Error{fmt::format("{} is not of this version: it has no mrule_make_jit", kLibraryName)};
  return std::unique_ptr<Jit>(make());
}

}  // namespace mrule::runtime
