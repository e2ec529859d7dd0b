#!/usr/bin/env python3
# SPDX-License-Identifier: Apache-2.0
"""W2: rule trees to rules on events, the event stream to our event shape (as many keys and bytes as before)."""
import datetime
import re

from convert_common import arguments, condition, read_trees

TYPES = "email_sent email_open email_click page_view form_submit purchase unsubscribe sms_click bounce".split()
KINDS = {"campaign": "text", "device": "text", "country": "text", "position": "number", "amount": "money", "url": "text"}
HEAD = """# SPDX-License-Identifier: Apache-2.0
# Workload W2: %d rules on a stream of events. Made by convert_w2.py.
action hit {n: count}
  subject: contact

"""
FIELDS = """  campaign: code
  device: code
  country: code
  position: count
  amount: optional money
  url: optional text

"""


def write_rules(trees, out):
    out.write(HEAD % len(trees))
    for name in TYPES:
        out.write("event %s on contact\n%s" % (name, FIELDS))
    for i, rule in enumerate(trees):
        where = condition(rule["where"], KINDS)
        event = rule["on"] + (" where (%s)" % where if where else "")
        out.write('rule "r%d"\n' % i)
        if rule["kind"] == "score":
            out.write("when %s\nscore %+d\n\n" % (event, rule["n"]))
        elif rule["kind"] == "window":
            out.write("when %s at least %d times in last %dd and %s\nhit 1\n\n" % (rule["on"], rule["k"], rule["days"], event))
        else:
            out.write("when score >= %d and %s\nhit 1\n\n" % (rule["K"], event))


# `ts` grows by 13 bytes as an instant, the contact shrinks by one; a shorter `id` of another name makes up for it.
EVENT = re.compile(r'\{"id":"e(\d+)","type":"(\w+)","ts":(\d+),"contact_id":(\d+),(.*)\}$')


def write_events(lines, out):
    day_text = {}
    for line in lines:
        number, kind, millis, contact, rest = EVENT.match(line).groups()
        millis = int(millis)
        seconds, milli = divmod(millis, 1000)
        day, second = divmod(seconds, 86400)
        if day not in day_text:
            day_text[day] = (datetime.date(1970, 1, 1) + datetime.timedelta(day)).isoformat()
        at = "%sT%02d:%02d:%02d.%03dZ" % (day_text[day], second // 3600, second // 60 % 60, second % 60, milli)
        out.write('{"n":"%02x","type":"%s","at":"%s","contact":"%s",%s}\n' % (int(number) & 255, kind, at, contact, rest))


def main():
    args = arguments(__doc__, "events.jsonl")
    with open(args.out, "w") as out:
        if args.rules:
            write_rules(read_trees(args.rules, args.count), out)
        else:
            with open(args.data) as f:
                write_events(f, out)


if __name__ == "__main__":
    main()
