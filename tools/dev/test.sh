#!/usr/bin/env bash
# SPDX-License-Identifier: Apache-2.0
# From a bare Debian 12 to all tests passed: installs packages, builds with warnings as errors, runs every test.
set -euo pipefail
cd "$(dirname "$0")/../.."
tools/dev/packages.sh --test
cmake --preset dev
cmake --build --preset dev
ctest --preset dev
