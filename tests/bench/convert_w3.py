#!/usr/bin/env python3
# SPDX-License-Identifier: Apache-2.0
"""W3: rule trees to rules on one event, the events to our event shape. The event's own type becomes the field `kind`."""
import json

from convert_common import arguments, condition, instant, read_trees

TEXTS = "kind campaign country city category plan device language source".split()
NUMBERS = "score ltv orders days_since_open days_since_signup hour weekday position amount".split()
FLAGS = "consent_email consent_sms is_new".split()
KINDS = dict([(n, "text") for n in TEXTS] + [(n, "number") for n in NUMBERS] + [(n, "bool") for n in FLAGS] + [("tags", "set")])
START = 1767225600


def write_rules(trees, out):
    out.write("# SPDX-License-Identifier: Apache-2.0\n# Workload W3: %d rules on one event. Made by convert_w3.py.\n" % len(trees))
    out.write("action hit {n: count}\n  subject: contact\n\nevent seen on contact\n")
    for name in TEXTS:
        out.write("  %s: code\n" % name)
    for name in NUMBERS:
        out.write("  %s: count\n" % name)
    for name in FLAGS:
        out.write("  %s: boolean\n" % name)
    out.write("  tags: set of code\n\n")
    for i, tree in enumerate(trees):
        out.write('rule "r%d"\nwhen seen where (%s)\nhit 1\n\n' % (i, condition(renamed(tree), KINDS)))


def renamed(node):
    if "f" in node:
        return dict(node, f="kind") if node["f"] == "type" else node
    return {"op": node["op"], "args": [renamed(a) for a in node["args"]]}


def write_events(lines, out):
    for i, line in enumerate(lines):
        event = json.loads(line)
        record = {"type": "seen", "at": instant(START + i), "contact": str(i % 1000), "kind": event.pop("type")}
        record.update(event)
        record["tags"] = [str(t) for t in event["tags"]]
        out.write(json.dumps(record, separators=(",", ":")) + "\n")


def main():
    args = arguments(__doc__, "w3_events.jsonl")
    with open(args.out, "w") as out:
        if args.rules:
            write_rules(read_trees(args.rules, args.count), out)
        else:
            with open(args.data) as f:
                write_events(f, out)


if __name__ == "__main__":
    main()
