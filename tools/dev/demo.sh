#!/usr/bin/env bash
# SPDX-License-Identifier: Apache-2.0
# From a bare Debian 12 to rules deciding over real orders: installs packages, builds `mrule`, runs examples/online_retail.
set -euo pipefail
cd "$(dirname "$0")/../.."
tools/dev/packages.sh
cmake --preset release -DMRULE_TESTS=OFF -DMRULE_BENCH=OFF
cmake --build --preset release
echo
echo "+ build/release/bin/mrule run examples/online_retail/rules.mrule --events examples/online_retail/events.jsonl --format table"
build/release/bin/mrule run examples/online_retail/rules.mrule --events examples/online_retail/events.jsonl --format table
