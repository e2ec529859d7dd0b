#!/usr/bin/env bash
# SPDX-License-Identifier: Apache-2.0
# Installs what mrule needs on Debian 12, if it is not there yet: `packages.sh` to build and run, `packages.sh --test` for the
# tests too. The one place where packages and their versions are named.
set -euo pipefail

build=(
  ccache cmake ninja-build pkg-config
  clang-19 lld-19 llvm-19 llvm-19-dev libstdc++-12-dev
  antlr4 libantlr4-runtime-dev uuid-dev zlib1g-dev libzstd-dev
  libcctz-dev libcli11-dev libfmt-dev libre2-dev libsimdjson-dev libxxhash-dev nlohmann-json3-dev tzdata
)
test=(gzip libgtest-dev libgmock-dev python3)

wanted=("${build[@]}")
if [[ "${1:-}" == --test ]]; then wanted+=("${test[@]}"); fi

missing=()
for package in "${wanted[@]}"; do
  status=$(dpkg-query -W -f='${Status}' "$package" 2>/dev/null || true)
  [[ "$status" == "install ok installed" ]] || missing+=("$package")
done
[[ ${#missing[@]} -eq 0 ]] && exit 0

as_root=()
if [[ $(id -u) -ne 0 ]]; then as_root=(sudo); fi
echo "installing: ${missing[*]}"
"${as_root[@]}" apt-get update -qq
"${as_root[@]}" env DEBIAN_FRONTEND=noninteractive apt-get install -y -qq --no-install-recommends "${missing[@]}" >/dev/null
