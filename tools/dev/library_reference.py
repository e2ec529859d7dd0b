#!/usr/bin/env python3
# SPDX-License-Identifier: Apache-2.0
"""Writes docs/language/library.md from the `##` comments of stdlib/prelude, and docs/language/builtins.md from the rows of
stdlib/builtins.def.

    tools/dev/library_reference.py [ROOT]            write both
    tools/dev/library_reference.py [ROOT] --check    only say whether they are stale
"""
import argparse
import re
import sys
import textwrap
from dataclasses import dataclass, field
from pathlib import Path

TITLES = {
    "contact": "People", "email": "E-mail", "messaging": "SMS, chat and push", "web": "Web site and app", "commerce": "The shop",
    "crm": "Sales and service", "ads": "Advertising", "social": "Social networks", "groups": "Groups of events", "actions": "Actions",
}
DECLARATIONS = ("entity", "events", "event", "measure", "metric", "action", "message", "segment")


@dataclass
class Declaration:
    kind: str
    text: str                                  # after the kind, on one line
    doc: str = ""
    fields: list[tuple[str, str, str]] = field(default_factory=list)  # name, type, doc

    def clause(self, name: str) -> str:
        return next((value for key, value, _ in self.fields if key == name), "")


def read_prelude(text: str) -> tuple[str, list[Declaration]]:
    """The comment at a file's head, and its declarations."""
    intro, doc, found = [], [], []
    in_head = True
    for line in text.splitlines():
        stripped = line.strip()
        if not stripped:
            in_head = in_head and not intro
            continue
        if stripped.startswith("##"):
            doc.append(stripped.lstrip("#").strip())
        elif stripped.startswith("#"):
            if in_head and "SPDX" not in stripped:
                intro.append(stripped.lstrip("#").strip())
        elif not line[0].isspace():
            in_head = False
            kind, _, rest = stripped.partition(" ")
            if kind not in DECLARATIONS:
                raise SystemExit(f"the prelude has a `{kind}`, which this script cannot describe")
            found.append(Declaration(kind, rest, " ".join(doc)))
            doc = []
        elif re.match(r"\w+:", stripped):
            name, _, kind = stripped.partition(":")
            found[-1].fields.append((name, kind.strip(), " ".join(doc)))
            doc = []
        else:  # the declaration goes on
            found[-1].text += " " + stripped
    return " ".join(intro), found


def cell(text: str) -> str:
    return text.replace("|", "\\|")


def code(text: str) -> str:
    return f"`{text}`" if text else ""


def table(head: list[str], rows: list[list[str]]) -> list[str]:
    if not rows:
        return []
    lines = ["| " + " | ".join(head) + " |", "|" + "---|" * len(head)]
    return lines + ["| " + " | ".join(cell(value) for value in row) + " |" for row in rows] + [""]


def wrapped(text: str) -> list[str]:
    return textwrap.wrap(text, 130, break_long_words=False, break_on_hyphens=False)


def bare(kind: str) -> str:
    return kind.removeprefix("optional ")


def of_entity(declaration: Declaration) -> list[str]:
    name, _, parent = declaration.text.partition(" in ")
    lines = [f"### {name}", "", *wrapped(declaration.doc + (f" Belongs to a `{parent}`." if parent else "")), ""]
    rows = []
    for attribute, kind, doc in declaration.fields:
        safer = re.search(r" safer (less|more)$", kind)
        rows.append([code(attribute), code(kind[:safer.start()] if safer else kind),
                     f"{doc} {'The lesser' if safer[1] == 'less' else 'The greater'} is safer.".strip() if safer else doc])
    return lines + table(["attribute", "type", ""], rows)


def of_events(declarations: list[Declaration]) -> list[str]:
    rows = []
    for declaration in declarations:
        head, _, subjects = declaration.text.partition(" on ")
        holes = re.findall(r"\{(\w+): ([^}]*)\}", head)
        name = head.split(" ")[0]
        shown = name + "".join(f" {{{hole}}}" for hole, _ in holes)
        fields = [f"{code(hole)} {bare(kind)}" for hole, kind in holes]
        fields += [f"{code(key)} {bare(kind)}" + (f" ({doc[0].lower()}{doc[1:].rstrip('.')})" if doc else "")
                   for key, kind, doc in declaration.fields]
        rows.append([code(shown), subjects, declaration.doc, ", ".join(fields)])
    return ["Events:", "", *table(["event", "on", "", "fields"], rows)] if rows else []


def of_groups(declarations: list[Declaration]) -> list[str]:
    rows = []
    for declaration in declarations:
        head, _, members = declaration.text.partition(" = ")
        name, _, subject = head.partition(" on ")
        rows.append([code(name), subject, declaration.doc, ", ".join(code(member.strip()) for member in members.split(","))])
    return ["Groups:", "", *table(["group", "on", "", "events"], rows)] if rows else []


def of_measures(declarations: list[Declaration]) -> list[str]:
    rows = []
    for declaration in declarations:
        name, kind, value = re.match(r"(\w+): (.*?) = (.*)", declaration.text).groups()
        fresh = re.search(r" fresh (\w+)", value)
        rows.append([code(name), kind, declaration.doc, code(re.sub(r" fresh \w+", "", value)), fresh[1] if fresh else "always"])
    return ["Measures:", "", *table(["measure", "type", "", "made of", "fresh"], rows)] if rows else []


def of_metrics(declarations: list[Declaration]) -> list[str]:
    rows = []
    for declaration in declarations:
        name, kind, value = re.match(r"(\w+): (.*?) = (.*)", declaration.text).groups()
        value, _, window = value.rpartition(" over ")
        rows.append([code(name), kind, declaration.doc, code(value), window])
    return ["Metrics:", "", *table(["metric", "type", "", "made of", "window"], rows)] if rows else []


def of_actions(declarations: list[Declaration]) -> list[str]:
    rows = []
    for declaration in declarations:
        holes = dict(re.findall(r"\{(\w+): ([^}]*)\}", declaration.text))
        phrase = re.sub(r"\{(\w+): [^}]*\}", r"{\1}", declaration.text)
        kind = "state" if declaration.clause("kind") == "state" else "leaves"
        takes = ", ".join(f"{code(name)} {hole}" for name, hole in holes.items())
        rows.append([code(phrase), declaration.clause("subject"), declaration.doc, takes, kind, code(declaration.clause("effect"))])
    return [*table(["action", "on", "", "takes", "kind", "effect"], rows)] if rows else []


def library_page(root: Path) -> str:
    files = {path.stem: read_prelude(path.read_text(encoding="utf-8")) for path in (root / "stdlib/prelude").glob("*.mrule")}
    order = [name for name in TITLES if name in files] + sorted(name for name in files if name not in TITLES)
    lines = ["<!-- Made by tools/dev/library_reference.py from stdlib/prelude; do not edit. -->", "# The standard library", "",
             "Every program starts with this vocabulary. A workspace adds to it, and replaces what it wants otherwise: see",
             "[Vocabulary](vocabulary.md). A word in braces after an event's name is a value that may follow the name: "
             "`opened welcome_2`. All", "fields of events may be missing unless an event means nothing without.", ""]
    for name in order:
        title = TITLES.get(name, name.replace("_", " ").capitalize())
        lines.append(f"- [{title}](#{re.sub(r'[^a-z0-9 -]', '', title.lower()).replace(' ', '-')})")
    lines.append("")
    for name in order:
        intro, declarations = files[name]
        by_kind = {kind: [each for each in declarations if each.kind == kind] for kind in DECLARATIONS}
        lines += [f"## {TITLES.get(name, name.replace('_', ' ').capitalize())}", "", *wrapped(intro), ""]
        for entity in by_kind["entity"]:
            lines += of_entity(entity)
        lines += of_events(by_kind["event"]) + of_groups(by_kind["events"])
        lines += of_measures(by_kind["measure"]) + of_metrics(by_kind["metric"]) + of_actions(by_kind["action"])
    return "\n".join(lines).rstrip("\n") + "\n"


# --- builtins ---

TYPES = {"TimeOfDay": "time of day", "Enum": "one of …", "Set": "set of text"}


def type_name(tag: str) -> str:
    return TYPES.get(tag, tag.lower())


def builtins_page(root: Path) -> str:
    text = (root / "stdlib/builtins.def").read_text(encoding="utf-8")
    row = re.compile(r'MR_BUILTIN\((\w+),\s*"([^"]*)",\s*(\w+)\(([^)]*)\),\s*\w+,\s*"((?:[^"\\]|\\.)*)"\)')
    section, sections = "", {}
    for line in text.splitlines():
        if match := re.match(r"// --- (.*?) ---$", line):
            section = match[1]
            sections[section] = []
        elif line.startswith("MR_BUILTIN("):
            match = row.match(line)
            if not match:
                raise SystemExit(f"a row of builtins.def that this script cannot read: {line}")
            _, spelling, result, parameters, doc = match.groups()
            sections[section].append((spelling, type_name(result), [type_name(p.strip()) for p in parameters.split(",")], doc))
    lines = ["<!-- Made by tools/dev/library_reference.py from stdlib/builtins.def; do not edit. -->", "# Operators and functions", "",
             "What can be computed, and of which type the result is. A value that is missing makes the result unknown; so do a division by",
             "zero and a result that is no number. What the types mean: [Values](values.md).", ""]
    for title, rows in sections.items():
        lines += [f"## {title[0].upper()}{title[1:].split(';')[0].split(':')[0]}", ""]
        if ";" in title or ":" in title:
            rest = re.split(r"[;:]", title, maxsplit=1)[1].strip()
            lines += [rest[0].upper() + rest[1:].rstrip(".") + "." if not rest.startswith("`") else rest + ".", ""]
        if all(len(p) == 2 and p[0] == p[1] and result == "boolean" for _, result, p, _ in rows):
            merged: dict[str, tuple[list[str], list[str]]] = {}
            for spelling, _, parameters, doc in rows:
                types, docs = merged.setdefault(spelling, ([], []))
                types.append(parameters[0])
                if not docs:
                    docs.append(doc)
            lines += table(["operator", "between two of", ""],
                           [[code(s), ", ".join(types), " ".join(docs)] for s, (types, docs) in merged.items()])
            continue
        shown = []
        for spelling, result, parameters, doc in rows:
            if spelling.startswith("to "):
                form = parameters[0]
            elif spelling == "unary -":
                form = code(f"-{parameters[0]}")
            elif re.fullmatch(r"[a-z_]+", spelling) and not (len(parameters) == 2 and spelling == "contains"):
                form = code(f"{spelling}({', '.join(parameters)})")
            else:
                form = code(f"{parameters[0]} {spelling} {parameters[1]}")
            shown.append([form, result, doc])
        lines += table(["form", "gives", ""], shown)
    return "\n".join(lines).rstrip("\n") + "\n"


def main() -> int:
    parser = argparse.ArgumentParser(description=__doc__.split("\n")[0])
    parser.add_argument("root", type=Path, nargs="?", default=Path(__file__).resolve().parents[2])
    parser.add_argument("--check", action="store_true")
    options = parser.parse_args()
    stale = []
    for name, page in (("library.md", library_page(options.root)), ("builtins.md", builtins_page(options.root))):
        path = options.root / "docs/language" / name
        if path.exists() and path.read_text(encoding="utf-8") == page:
            continue
        if options.check:
            stale.append(f"docs/language/{name} is stale; run tools/dev/library_reference.py")
        else:
            path.parent.mkdir(parents=True, exist_ok=True)
            path.write_text(page, encoding="utf-8")
            print(f"wrote docs/language/{name}")
    print("\n".join(stale), end="\n" if stale else "", file=sys.stderr)
    return 1 if stale else 0


if __name__ == "__main__":
    sys.exit(main())
