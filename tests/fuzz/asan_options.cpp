// SPDX-License-Identifier: Apache-2.0
// Options of the sanitizer that hold for every fuzz target.

/// ANTLR's library is not instrumented, and vectors that cross its border look overrun.
extern "C" __attribute__((used, retain, visibility("default"))) const char* __asan_default_options() {
  return "detect_container_overflow=0:detect_odr_violation=0";
}
