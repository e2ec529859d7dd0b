// SPDX-License-Identifier: Apache-2.0
// Removes values that nothing uses. Effects, control and LogAdd stay.
#pragma once

#include "compiler/ir/ir.h"

namespace mrule::ir {

void RemoveDeadValues(Function& function);

}  // namespace mrule::ir
