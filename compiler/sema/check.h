// SPDX-License-Identifier: Apache-2.0
// Trees to a typed program: names are resolved, units agree, every rule has one subject. The only entry to
// this layer besides hir::Dump.
#pragma once

#include <cstddef>
#include <span>

#include "compiler/base/interner.h"
#include "compiler/diagnostics/emitter.h"
#include "compiler/sema/hir.h"
#include "compiler/syntax/tree.h"

namespace mrule::sema {

/// Checks the files of one program together: the library's `prelude_count` trees first, then the user's, in
/// the order in which their rules count. Always returns a program; if anything was reported as an error, it
/// is fit for nothing. `interner` is the one the trees were parsed with and outlives the program.
hir::Program Check(std::span<const syntax::Tree> trees, size_t prelude_count, Interner& interner,
                   diagnostics::Emitter& diags);

}  // namespace mrule::sema
