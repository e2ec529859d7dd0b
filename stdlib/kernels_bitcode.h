/* SPDX-License-Identifier: Apache-2.0 */
/*
 * All kernels of builtins.def and kernels/state.h as one LLVM bitcode module, embedded. Only where the JIT is
 * built; what the module leaves undefined is memcmp, bcmp and the mr_rt_ functions of kernels/state.h.
 */
#ifndef MRULE_STDLIB_KERNELS_BITCODE_H_
#define MRULE_STDLIB_KERNELS_BITCODE_H_

#include <stdint.h>

#ifdef __cplusplus
extern "C" {
#endif

extern const unsigned char mr_kernels_bc[];
extern const uint64_t mr_kernels_bc_size;

#ifdef __cplusplus
}
#endif
#endif
