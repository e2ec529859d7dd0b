#!/usr/bin/env python3
# SPDX-License-Identifier: Apache-2.0
"""Fills the corpora of the fuzz targets from the golden programs and the standard library.

    seeds.py ROOT CORPUS      writes CORPUS/fuzz_parse, fuzz_check, fuzz_json and fuzz_differential
"""
import glob
import os
import struct
import sys


def main():
    root, corpus = sys.argv[1:3]
    files = glob.glob(root + "/tests/golden/**/*.mrule", recursive=True) + glob.glob(root + "/stdlib/prelude/*.mrule") + glob.glob(root + "/examples/**/*.mrule", recursive=True)
    for target in ("fuzz_parse", "fuzz_check", "fuzz_json", "fuzz_differential"):
        os.makedirs(os.path.join(corpus, target), exist_ok=True)

    def put(target, name, content):
        with open(os.path.join(corpus, target, name), "wb") as f:
            f.write(content)

    for path in files:
        name = os.path.relpath(path, root).replace("/", "_")
        with open(path, "rb") as f:
            text = f.read()
        rules, _, events = text.partition(b"# --- events.jsonl\n")
        put("fuzz_parse", name, rules)
        put("fuzz_check", name, rules)
        if events:
            put("fuzz_json", name, b"\x80" + events.partition(b"# --- ")[0])
    for seed in range(300):
        put("fuzz_differential", "seed_%d" % seed, struct.pack("<I", seed))


if __name__ == "__main__":
    main()
