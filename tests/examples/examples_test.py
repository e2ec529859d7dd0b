#!/usr/bin/env python3
# SPDX-License-Identifier: Apache-2.0
"""Runs every example as its README does and compares the decisions with its expected.jsonl, byte for byte; then the tests in its rules.

    examples_test.py MRULE EXAMPLES [--engine interpreter|jit] [--threads N] [--update]

--update rewrites the expectations; the difference is what a reviewer reads.
"""
import argparse
import difflib
import os
import subprocess
import sys


def decisions(mrule, folder, engine, threads):
    command = [mrule, "run", "rules.mrule", "--events", "events.jsonl", "--engine", engine, "--threads", threads, "--quiet"]
    done = subprocess.run(command, cwd=folder, capture_output=True, text=True, check=False)
    if done.returncode != 0:
        sys.exit("%s: status %d\n%s" % (folder, done.returncode, done.stderr))
    return done.stdout


def main():
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("mrule")
    parser.add_argument("examples")
    parser.add_argument("--engine", default="interpreter")
    parser.add_argument("--threads", default="1")
    parser.add_argument("--update", action="store_true")
    args = parser.parse_args()
    mrule = os.path.abspath(args.mrule)
    failed = 0
    folders = sorted(e.path for e in os.scandir(args.examples) if e.is_dir())
    if not folders:
        sys.exit("no examples in " + args.examples)
    for folder in folders:
        for name in ("README.md", "rules.mrule", "events.jsonl"):
            if not os.path.exists(os.path.join(folder, name)):
                sys.exit("%s has no %s" % (folder, name))
        actual = decisions(mrule, folder, args.engine, args.threads)
        tested = subprocess.run([mrule, "test", "rules.mrule", "--engine", args.engine], cwd=folder, capture_output=True, text=True, check=False)
        if tested.returncode != 0:
            sys.exit("%s: mrule test ended with %d\n%s%s" % (folder, tested.returncode, tested.stdout, tested.stderr))
        path = os.path.join(folder, "expected.jsonl")
        if args.update:
            with open(path, "w", encoding="utf-8") as f:
                f.write(actual)
            continue
        with open(path, encoding="utf-8") as f:
            expected = f.read()
        if actual != expected:
            failed += 1
            difference = difflib.unified_diff(expected.splitlines(), actual.splitlines(), path, args.engine, lineterm="")
            print("\n".join(list(difference)[:20]))
    print("%d passed, %d failed" % (len(folders) - failed, failed))
    sys.exit(1 if failed else 0)


if __name__ == "__main__":
    main()
