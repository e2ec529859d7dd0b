# SPDX-License-Identifier: Apache-2.0
"""What the three converters share: rule trees to conditions of the language, instants, arguments."""
import argparse
import datetime
import json

COMPARISONS = {"==": "=", "!=": "!=", "<": "<", "<=": "<=", ">": ">", ">=": ">="}


def instant(seconds, millis=None):
    """Seconds since 1970 as RFC 3339, with milliseconds if given."""
    text = datetime.datetime.fromtimestamp(seconds, datetime.timezone.utc).strftime("%Y-%m-%dT%H:%M:%S")
    return text + ("Z" if millis is None else ".%03dZ" % millis)


def quoted(text):
    return '"' + text.replace("\\", "\\\\").replace('"', '\\"').replace("{", "\\{") + '"'


def literal(value, kind):
    """A constant of a field's kind: text, enum, number, money or instant. Booleans are conditions by themselves."""
    if kind == "text":
        return quoted(str(value))
    if kind == "enum":
        return value
    if kind == "money":
        return "$%s" % value
    if kind == "instant":
        return instant(value)
    return "%s" % value


def leaf(node, kinds, prefix=""):
    name, op, value = prefix + node["f"], node["op"], node.get("v")
    kind = kinds[node["f"]]
    if kind == "bool":
        assert op == "==" and value is True
        return name
    if op in COMPARISONS:
        return "%s %s %s" % (name, COMPARISONS[op], literal(value, kind))
    if op == "in":
        return "%s in (%s)" % (name, ", ".join(literal(v, kind) for v in value))
    if op == "between":
        return "%s between %s and %s" % (name, literal(value[0], kind), literal(value[1], kind))
    if op == "starts_with":
        return "%s starts with %s" % (name, quoted(value))
    if op == "ends_with":
        return "%s ends with %s" % (name, quoted(value))
    if op == "isnull":
        return name + " is missing"
    if op == "hasany":
        return "%s has any of (%s)" % (name, ", ".join(quoted(str(v)) for v in value))
    raise ValueError("unknown operator " + op)


def condition(node, kinds, top=True):
    """A rule tree as a condition; an inner one stands in parentheses."""
    if "f" in node:
        return leaf(node, kinds)
    if node["op"] == "not":
        inner = condition(node["args"][0], kinds, top=False)
        return "not " + (inner if inner.startswith("(") else "(" + inner + ")")
    terms = [condition(a, kinds, top=False) for a in node["args"]]
    text = (" %s " % node["op"]).join(terms)
    return text if top or len(terms) == 1 else "(" + text + ")"


def arguments(what, data):
    parser = argparse.ArgumentParser(description=what)
    parser.add_argument("--rules", help="rule trees; with --out, writes the first N as .mrule text")
    parser.add_argument("--count", type=int, default=1000, metavar="N")
    parser.add_argument("--data", help=data + "; with --out, writes them as JSON lines of our shape")
    parser.add_argument("--out", required=True)
    return parser.parse_args()


def read_trees(path, count):
    with open(path) as f:
        if path.endswith(".jsonl"):
            return [json.loads(line) for _, line in zip(range(count), f)]
        return json.load(f)[:count]
