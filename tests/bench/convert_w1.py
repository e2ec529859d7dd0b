#!/usr/bin/env python3
# SPDX-License-Identifier: Apache-2.0
"""W1: rule trees to segments, contacts.csv to records that set a contact's attributes."""
import csv
import json

from convert_common import arguments, condition, instant, read_trees

KINDS = {
    "country": "text", "language": "text", "plan": "enum", "score": "number", "ltv": "money", "orders": "number",
    "signup_at": "instant", "last_open": "instant", "last_purchase": "instant", "consent_email": "bool",
    "consent_sms": "bool", "source": "text", "email": "text",
}
HEAD = """# SPDX-License-Identifier: Apache-2.0
# Workload W1: %d segments over contacts. Made by convert_w1.py.
entity contact
  country: code
  language: code
  plan: one of free, starter, pro, enterprise
  ltv: money
  orders: count
  signup_at: instant
  last_open: instant
  last_purchase: instant
  consent_email: boolean
  consent_sms: boolean
  source: text
  email: text

"""
AT = "2026-01-01T00:00:00Z"


def write_rules(trees, out):
    out.write(HEAD % len(trees))
    for i, tree in enumerate(trees):
        out.write("segment s%d = contacts where %s\n" % (i, condition(tree, KINDS)))


def write_contacts(rows, out):
    for row in rows:
        record = {"type": "contact", "contact": row["id"], "at": AT}
        for name, kind in KINDS.items():
            value = row[name]
            if value == "":
                continue
            if kind == "instant":
                value = instant(int(value))
            elif kind == "bool":
                value = value == "1"
            elif kind == "number":
                value = int(value)
            elif kind == "money":
                value = float(value)
            record[name] = value
        out.write(json.dumps(record, separators=(",", ":")) + "\n")


def main():
    args = arguments(__doc__, "contacts.csv")
    with open(args.out, "w") as out:
        if args.rules:
            write_rules(read_trees(args.rules, args.count), out)
        else:
            with open(args.data) as f:
                write_contacts(csv.DictReader(f), out)


if __name__ == "__main__":
    main()
