#!/bin/sh
# SPDX-License-Identifier: Apache-2.0
# Makes the benchmark data in OUTDIR: builds gen_data, writes contacts.csv, events.jsonl and the rule files, and compares
# their md5 sums with the ones every published figure stands on. What is already there and right is left alone, so a
# second run only checks. About 600 MB and ten seconds.
#
#   tests/bench/prepare.sh OUTDIR
set -eu

if [ $# -ne 1 ]; then
  echo "usage: $0 OUTDIR" >&2
  exit 2
fi
here=$(cd "$(dirname "$0")" && pwd)
mkdir -p "$1"
out=$(cd "$1" && pwd)
cxx=${CXX:-c++}

# Is FILE there, with this md5?
right() { [ -f "$out/$1" ] && [ "$(md5sum < "$out/$1" | cut -d' ' -f1)" = "$2" ]; }

# FILE MD5 COMMAND...: runs COMMAND into FILE unless it is right; fails if it is then still wrong.
make_file() {
  file=$1
  sum=$2
  shift 2
  if ! right "$file" "$sum"; then
    echo "making $file"
    "$@" > "$out/$file.part"
    mv "$out/$file.part" "$out/$file"
    right "$file" "$sum" || { echo "$file: wrong md5, expected $sum" >&2; exit 1; }
  fi
  echo "ok $file"
}

# -ffp-contract=off: a fused multiply-add would round differently and give other bytes on some machines.
"$cxx" -O2 -std=c++17 -ffp-contract=off "$here/workloads/gen_data.cpp" -o "$out/gen_data"
make_file contacts.csv d4e1095d8d4e45b763ddeee2da782e85 "$out/gen_data" contacts 1000000
make_file events.jsonl 41c1b180653d6f915b327ba9bc9cd8b4 "$out/gen_data" events 2000000

# The rule files come from one pass of the generator.
rules="w1_rules.json:5e08f359217dbdb0b7d973671189cbca w2_rules.json:9afcb0fc147ca8a59d5ca20fd6888de6
       w3_events.jsonl:271871983a0175f7d1dd14ee2e7524d6 w3_rules.jsonl:bb608071476c19d67bb0e2e998cef61b"
for pair in $rules; do
  right "${pair%%:*}" "${pair#*:}" && continue
  echo "making rules"
  python3 "$here/workloads/gen_rules.py" "$out"
  break
done
for pair in $rules; do
  right "${pair%%:*}" "${pair#*:}" || { echo "${pair%%:*}: wrong md5, expected ${pair#*:}" >&2; exit 1; }
  echo "ok ${pair%%:*}"
done
