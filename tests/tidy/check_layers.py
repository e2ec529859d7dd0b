#!/usr/bin/env python3
# SPDX-License-Identifier: Apache-2.0
"""Who may include whom, which library has which door, and what every file begins with. Spares reviewers these questions.

    check_layers.py ROOT      prints each breach as path:line: what; exit status 1 if there is any
"""
import os
import re
import sys

# Folders in order: each may include itself, those before it in its list, and ALWAYS.
ALWAYS = ["compiler/base", "stdlib"]
COMPILER = ["compiler/source", "compiler/diagnostics", "compiler/syntax", "compiler/sema", "compiler/ir", "compiler/plan"]
MAY = {
    "stdlib": [],
    "compiler/base": [],
    **{folder: COMPILER[:i] for i, folder in enumerate(COMPILER)},
    "compiler/codegen": COMPILER,
    "compiler/driver": COMPILER,
    "runtime": ["compiler/source", "compiler/diagnostics", "compiler/sema", "compiler/ir", "compiler/plan", "runtime"],
    "runtime/jit": ["compiler/ir", "compiler/plan", "compiler/codegen", "runtime"],
    "tools": COMPILER + ["compiler/driver", "runtime", "tools"],
}
# Third parties and the only places that may include them.
DOORS = [
    (re.compile(r"antlr4|MRule(Lexer|Parser)"), re.compile(r"compiler/syntax/antlr_")),
    (re.compile(r"llvm/"), re.compile(r"compiler/codegen/|runtime/jit/jit_engine")),
    (re.compile(r"simdjson"), re.compile(r"runtime/json/|runtime/state/")),
    (re.compile(r"re2/"), re.compile(r"runtime/program/|compiler/sema/")),
    (re.compile(r"nlohmann/"), re.compile(r"compiler/diagnostics/render_|runtime/state/|tools/")),
    (re.compile(r"cctz/"), re.compile(r"stdlib/calendar/")),
    (re.compile(r"CLI/"), re.compile(r"tools/cli/")),
]
FOLDERS = ("grammar", "compiler", "stdlib", "runtime", "tools")
LINES_MAX = 800


def layer_of(path):
    """The entry of MAY that a path falls under: the longest that fits."""
    fits = [f for f in MAY if path == f or path.startswith(f + "/")]
    return max(fits, key=len) if fits else None


def allowed(path, included):
    here, there = layer_of(path), layer_of(included)
    if here is None or there is None or here == there:
        return True
    return any(included.startswith(f + "/") for f in MAY[here] + ALWAYS)


def breaches(root):
    for folder in FOLDERS:
        for where, _, names in os.walk(os.path.join(root, folder)):
            for name in sorted(names):
                if not name.endswith((".h", ".cpp", ".c")):
                    continue
                full = os.path.join(where, name)
                path = os.path.relpath(full, root)
                with open(full, encoding="utf-8") as f:
                    lines = f.read().splitlines()
                if not lines or "SPDX-License-Identifier: Apache-2.0" not in lines[0]:
                    yield path, 1, "begins without its licence line"
                if len(lines) > LINES_MAX:
                    yield path, LINES_MAX, "is longer than %d lines" % LINES_MAX
                for number, line in enumerate(lines, 1):
                    if re.search(r"\b(TODO|FIXME|XXX|HACK)\b", line):
                        yield path, number, "has a leftover"
                    found = re.match(r'\s*#\s*include\s*[<"]([^">]+)[">]', line)
                    if not found:
                        continue
                    included = found.group(1)
                    if included.split("/")[0] in FOLDERS and not allowed(path, included):
                        yield path, number, "may not include " + included
                    for library, door in DOORS:
                        if library.search(included) and not door.search(path):
                            yield path, number, "is no door of " + included


def main():
    found = list(breaches(sys.argv[1]))
    for path, line, what in found:
        print("%s:%d: %s" % (path, line, what))
    sys.exit(1 if found else 0)


if __name__ == "__main__":
    main()
