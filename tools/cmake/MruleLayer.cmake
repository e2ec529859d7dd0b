# SPDX-License-Identifier: Apache-2.0
# mrule_layer(NAME SOURCES file... [DEPS target...] [PRIVATE_DEPS target...] [HOT])
#
# One layer of the source tree as a static library `mrule_NAME` (alias `mrule::NAME`). Headers are included from the
# repository root. DEPS are layers and libraries that this layer's own headers include. HOT
# layers call each other for every event: under MRULE_LTO calls between their files are inlined when a program is linked.
function(mrule_layer name)
  cmake_parse_arguments(ARG "HOT" "" "SOURCES;DEPS;PRIVATE_DEPS" ${ARGN})
  add_library(mrule_${name} STATIC ${ARG_SOURCES})
  add_library(mrule::${name} ALIAS mrule_${name})
  target_include_directories(mrule_${name} PUBLIC ${CMAKE_SOURCE_DIR} ${CMAKE_BINARY_DIR})
  target_link_libraries(mrule_${name} PUBLIC ${ARG_DEPS} PRIVATE ${ARG_PRIVATE_DEPS})
  mrule_flags(mrule_${name})
  if(ARG_HOT AND MRULE_LTO AND CMAKE_CXX_COMPILER_ID STREQUAL "Clang")
    target_compile_options(mrule_${name} PRIVATE -flto=thin)
  endif()
endfunction()

# Flags of our own code; generated code does not get them.
function(mrule_flags target)
  # No contraction: the interpreter and the JIT must agree bit for bit.
  target_compile_options(${target} PRIVATE -Wall -Wextra -Wno-unused-parameter -ffp-contract=off
    -fno-semantic-interposition $<$<BOOL:${MRULE_WERROR}>:-Werror>)
  if(MRULE_NATIVE)
    # Decisions stay the same to the bit: nothing is contracted, and no order of operations changes. The second option: clang 19
    # says this of -march=native on processors with AVX10.
    target_compile_options(${target} PRIVATE -march=native $<$<CXX_COMPILER_ID:Clang>:-Wno-invalid-feature-combination>)
  endif()
  if(MRULE_SANITIZE)
    target_compile_options(${target} PRIVATE -fsanitize=${MRULE_SANITIZE} -fno-omit-frame-pointer)
    target_link_options(${target} PUBLIC -fsanitize=${MRULE_SANITIZE})
  endif()
endfunction()
