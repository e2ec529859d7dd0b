/* SPDX-License-Identifier: Apache-2.0 */
/* The bytes of kernels.bc, under the names of kernels_bitcode.h. MR_KERNELS_BC is the file, from the build. */
  .section .rodata.mr_kernels_bc, "a", @progbits
  .globl mr_kernels_bc
  .type mr_kernels_bc, @object
  .balign 16
mr_kernels_bc:
  .incbin MR_KERNELS_BC
.Lend:
  .size mr_kernels_bc, .Lend - mr_kernels_bc

  .globl mr_kernels_bc_size
  .type mr_kernels_bc_size, @object
  .balign 8
mr_kernels_bc_size:
  .quad .Lend - mr_kernels_bc
  .size mr_kernels_bc_size, 8

  .section .note.GNU-stack, "", @progbits
