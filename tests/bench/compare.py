#!/usr/bin/env python3
# SPDX-License-Identifier: Apache-2.0
"""Runs the references and our runtime beside each other and prints ratios.

    python3 compare.py BIN_DIR DATA_DIR [--workloads=w1,w2,w3] [--rounds=3] [--core=1] [--markdown]

BIN_DIR has the programs of a release build, DATA_DIR what prepare.sh made; our form of the data is made beside it when it is
missing. Runs alternate (reference, ours, reference, ours, …), each on one core; each figure is the median of its rounds. Totals
are compared with the correct ones, and a wrong one ends the run."""
import argparse
import json
import os
import statistics
import subprocess
import sys

HERE = os.path.dirname(os.path.abspath(__file__))
WORKLOADS = {
    "w1": {"value": "ns_per_rule_contact", "totals": {"matches": {10: 323277, 100: 5796308, 1000: 63172232}},
           "reference": ["w1_reference", "contacts.csv", "w1_rules.json"],
           "ours": ["mrule_bench", "w1", "contacts.csv", "w1_rules.json", "--text=ours/w1_"], "goal": 1.3, "repeat": 15},
    "w2": {"value": "ns_per_event", "totals": {"actions": {10: 840093, 100: 1348928, 1000: 12373126},
                                               "score_sum": {10: 1313081, 100: 2970873, 1000: 39009188}},
           "reference": ["w2_reference", "events.jsonl", "w2_rules.json"],
           "ours": ["mrule_bench", "w2", "ours/w2_events.jsonl", "w2_rules.json", "--text=ours/w2_"], "goal": 1 / 0.7, "repeat": 1},
    "w3": {"value": "us_per_event", "totals": {"matches": {1000: 1353, 10000: 11070, 100000: 111172}},
           "reference": ["w3_reference", "w3_events.jsonl", "w3_rules.jsonl"],
           "ours": ["mrule_bench", "w3", "ours/w3_events.jsonl", "w3_rules.jsonl", "--text=ours/w3_"], "goal": 2.0, "repeat": 15},
}
DATA = {"w2": ("events.jsonl", "ours/w2_events.jsonl"), "w3": ("w3_events.jsonl", "ours/w3_events.jsonl")}


def convert(workload, data_dir):
    """Rules of each size as .mrule text, and the data in our form."""
    def make(options, target):
        target = os.path.join(data_dir, target)
        if os.path.exists(target):
            return
        program = os.path.join(HERE, "convert_%s.py" % workload)
        subprocess.run([sys.executable, program] + options + ["--out", target + ".partial"], cwd=data_dir, check=True)
        os.rename(target + ".partial", target)

    os.makedirs(os.path.join(data_dir, "ours"), exist_ok=True)
    spec = WORKLOADS[workload]
    for count in next(iter(spec["totals"].values())):
        make(["--rules", spec["reference"][2], "--count", str(count)], "ours/%s_%d.mrule" % (workload, count))
    if workload in DATA:
        make(["--data", DATA[workload][0]], DATA[workload][1])


def run(command, args, repeat):
    program = [os.path.join(args.bin_dir, command[0])] + command[1:] + ["--repeat=%d" % repeat]
    out = subprocess.run(["taskset", "-c", str(args.core)] + program, cwd=args.data_dir, check=True, capture_output=True, text=True)
    return [json.loads(line) for line in out.stdout.splitlines()]


def check(workload, line, totals):
    for name, correct in totals.items():
        if line[name] != correct[line["rules"]]:
            sys.exit("%s, %s, %d rules: %s is %s, not %s" %
                     (workload, line["program"], line["rules"], name, line[name], correct[line["rules"]]))


def main():
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("bin_dir", type=os.path.abspath)
    parser.add_argument("data_dir", type=os.path.abspath)
    parser.add_argument("--workloads", default="w1,w2,w3")
    parser.add_argument("--rounds", type=int, default=3)
    parser.add_argument("--core", type=int, default=1)
    parser.add_argument("--engine", default="interpreter", choices=["interpreter", "jit"], help="of W2")
    parser.add_argument("--markdown", action="store_true")
    args = parser.parse_args()
    rows = []
    for workload in args.workloads.split(","):
        spec = WORKLOADS[workload]
        convert(workload, args.data_dir)
        if workload == "w2":
            spec["ours"].append("--engine=" + args.engine)
        values = {}
        for _ in range(args.rounds):
            for side in ("reference", "ours"):
                for line in run(spec[side], args, spec["repeat"]):
                    check(workload, line, spec["totals"])
                    values.setdefault(line["rules"], {}).setdefault(side, []).append(line[spec["value"]])
        for rules, sides in values.items():
            reference, ours = statistics.median(sides["reference"]), statistics.median(sides["ours"])
            rows.append((workload.upper(), rules, spec["value"], reference, ours, ours / reference, spec["goal"]))
    form = "| %s | %s | %s | %s | %s | %s | %s |" if args.markdown else "%-4s %7s %-20s %10s %10s %8s %8s"
    print(form % ("", "rules", "unit", "reference", "ours", "ratio", "goal"))
    if args.markdown:
        print("|---|---|---|---|---|---|---|")
    for workload, rules, unit, reference, ours, ratio, goal in rows:
        print(form % (workload, rules, unit, "%.4g" % reference, "%.4g" % ours, "%.2f" % ratio, "%.2f" % goal))


if __name__ == "__main__":
    main()
