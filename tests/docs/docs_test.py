#!/usr/bin/env python3
# SPDX-License-Identifier: Apache-2.0
"""Runs the documentation: every fenced block of docs/, the READMEs and the explain pages goes through the mrule binary.

    docs_test.py ROOT --mrule PATH     check everything
    docs_test.py ROOT                  without a binary: blocks are well formed, links lead somewhere

How a block is read follows from the words after its fence:

    mrule                  a whole program: checks without an error or a warning
    mrule wrong E0203      a whole program: its errors (or, for a W code, warnings) are that one code
    mrule run [options]    a whole program, run over the `jsonl` block that follows; options as of `mrule run`
    mrule test             a whole program with tests, which pass
    mrule test failing     a program with a test that fails; a `report` block that follows is what is said, to the letter
    jsonl                  events; without a `mrule run` before it they are only read, and none may be refused
    decisions              after a run: all decisions in order, each a part of the decision made (the keys it names)
    suppressed, rejects    likewise for what was suppressed or refused
    why ARGUMENTS          after a run: what `mrule why ARGUMENTS` says of the same rules and events, to the letter
    mrule wrong|right, json wrong|right    on explain pages: the page's own code, or nothing

Other languages (text, cpp, none) are not looked at.
"""
import argparse
import concurrent.futures
import json
import os
import re
import shlex
import subprocess
import sys
import tempfile
from dataclasses import dataclass, field
from pathlib import Path

# Blocks that cannot do what their page asks: "page kind" on explain pages, "page:line" elsewhere, and why. One that can fails
# the test, so that the list does not outlive its reasons.
EXCEPTIONS = {
    "compiler/diagnostics/explain/E0001.md wrong": "a file of 64 MB is not written out on a page",
    "compiler/diagnostics/explain/E0002.md wrong": "a page is UTF-8 itself, so it cannot hold the byte",
    "compiler/diagnostics/explain/E0003.md wrong": "a page does not hold a zero byte",
    "compiler/diagnostics/explain/E0004.md wrong": "the file system fails, not the text",
    "compiler/diagnostics/explain/E0106.md wrong": "needs eight million words",
    "compiler/diagnostics/explain/E0109.md wrong": "needs a text of 65,537 bytes",
    "compiler/diagnostics/explain/E0113.md wrong": "needs twenty thousand words",
    "compiler/diagnostics/explain/E0214.md wrong": "needs a thousand nested parts",
    "compiler/diagnostics/explain/E0315.md wrong": "needs a million rules",
    "compiler/diagnostics/explain/E0601.md wrong": "needs forty thousand rules",
    "compiler/diagnostics/explain/E0602.md wrong": "the checker stops the number first, with E0410",
    "compiler/diagnostics/explain/E0603.md wrong": "the checker stops it first, with E0408",
    "compiler/diagnostics/explain/R0712.md wrong": "needs a line of eight million bytes",
    "compiler/diagnostics/explain/R0715.md wrong": "shows the depth by an ellipsis, which is not JSON",
    "compiler/diagnostics/explain/R0713.md wrong": "a page is UTF-8 itself, so it cannot hold the byte",
    "compiler/diagnostics/explain/R0717.md wrong": "needs a text of 65,537 bytes",
}

# Rules for the events of explain pages: fields and attributes are looked at only if a rule reads them.
PROBE = """
when purchased and amount > $1 and order is known and quantity > 1 send probe
when opened probe and device is known send probe
when visited "/x" and title is known send probe
when plan is pro and consent_email and country is known send probe
"""
# Pages that speak of a workspace with declarations of its own.
PROBES = {
    "R0710": "event purchased on contact\n  amount: money\nwhen purchased and amount > $1 send probe\n",
    "R0711": "workspace\n  unknown_fields: reject\nend\n" + PROBE,
}

# Warnings that an example may give: what is right about a rule as an example can still be worth a word in a real file.
QUIET_WARNINGS: set[str] = set()

RUN_TAGS = {"jsonl", "decisions", "suppressed", "rejects"}
FENCE = re.compile(r"^(`{3,})(.*)$")
FOUND = re.compile(r"^(?:error|warning)\[([EWR]\d{4})\]", re.M)
LINK = re.compile(r"(?<!!)\[[^\]]*\]\(([^)\s]+)\)")


@dataclass
class Block:
    page: str
    line: int
    words: list[str]
    text: str
    followers: list["Block"] = field(default_factory=list)

    @property
    def where(self) -> str:
        return f"{self.page}:{self.line}"


class Failure(Exception):
    pass


def read_blocks(page: str, text: str) -> list[Block]:
    blocks, fence, start, words, lines = [], None, 0, [], []
    for number, line in enumerate(text.split("\n"), 1):
        match = FENCE.match(line)
        if fence is None and match:
            fence, start, words, lines = match[1], number, match[2].split(), []
        elif fence is not None and match and match[1] == fence and not match[2].strip():
            blocks.append(Block(page, start, words, "\n".join(lines) + "\n"))
            fence = None
        elif fence is not None:
            lines.append(line)
    if fence is not None:
        raise Failure(f"{page}:{start}: the block is never closed")
    return blocks


def pages(root: Path) -> list[Path]:
    found = sorted((root / "docs").rglob("*.md"))
    found += [root / "README.md", *sorted(root.glob("*/README.md")), *sorted(root.glob("*/decisions/*.md"))]
    found += sorted((root / "tests").rglob("README.md")) + sorted((root / "examples").rglob("README.md"))
    found += [root / "compiler/diagnostics/README.md"] + sorted((root / "compiler/diagnostics/explain").glob("*.md"))
    return [path for path in dict.fromkeys(found) if path.exists()]


def is_explain(page: str) -> bool:
    return page.startswith("compiler/diagnostics/explain/")


def group(blocks: list[Block]) -> list[Block]:
    """Attaches events and expectations to the run before them."""
    out: list[Block] = []
    for block in blocks:
        tag = block.words[0] if block.words else ""
        run = out[-1] if out and out[-1].words[:2] == ["mrule", "run"] else None
        if tag == "report" and out and out[-1].words == ["mrule", "test", "failing"]:
            out[-1].followers.append(block)
            continue
        if run and tag == "why":
            run.followers.append(block)
        elif run and tag in RUN_TAGS:
            if tag in [other.words[0] for other in run.followers]:
                raise Failure(f"{block.where}: a second `{tag}` block for the run at line {run.line}")
            run.followers.append(block)
        else:
            out.append(block)
    return out


def json_lines(block: Block) -> list[dict]:
    values = []
    for number, line in enumerate(block.text.splitlines(), block.line + 1):
        if not line.strip():
            continue
        try:
            value = json.loads(line)
        except json.JSONDecodeError as problem:
            raise Failure(f"{block.page}:{number}: not JSON: {problem}")
        if not isinstance(value, dict):
            raise Failure(f"{block.page}:{number}: not an object")
        values.append(value)
    return values


def is_part(part, whole) -> bool:
    if isinstance(part, dict):
        return isinstance(whole, dict) and all(key in whole and is_part(value, whole[key]) for key, value in part.items())
    if isinstance(part, list):
        return isinstance(whole, list) and len(part) == len(whole) and all(map(is_part, part, whole))
    if isinstance(part, bool) or isinstance(whole, bool):
        return part is whole
    if isinstance(part, (int, float)) and isinstance(whole, (int, float)):
        return abs(part - whole) <= 1e-9 * max(1, abs(part))
    return part == whole


def compare(block: Block, what: str, actual: list[dict]) -> None:
    expected = json_lines(block)
    for position, want in enumerate(expected):
        if position < len(actual) and is_part(want, actual[position]):
            continue
        got = json.dumps(actual[position], ensure_ascii=False) if position < len(actual) else "nothing"
        raise Failure(f"{block.where}: {what} {position + 1} should be\n    {json.dumps(want, ensure_ascii=False)}\n  but is\n    {got}")
    if len(actual) > len(expected):
        rest = "\n    ".join(json.dumps(value, ensure_ascii=False) for value in actual[len(expected):])
        raise Failure(f"{block.where}: {len(actual) - len(expected)} more {what}s than the block says:\n    {rest}")


class Runner:
    def __init__(self, mrule: str, engine: str, scratch: str):
        self.mrule, self.engine, self.scratch = mrule, engine, Path(scratch)

    def call(self, *args: str) -> subprocess.CompletedProcess:
        environment = dict(os.environ, NO_COLOR="1")
        return subprocess.run([self.mrule, *args], capture_output=True, timeout=120, env=environment)

    def folder(self, block: Block) -> Path:
        folder = self.scratch / re.sub(r"\W+", "_", block.where)
        folder.mkdir(parents=True, exist_ok=True)
        return folder

    def codes(self, block: Block) -> tuple[list[str], str]:
        path = self.folder(block) / "rules.mrule"
        path.write_text(block.text, encoding="utf-8")
        done = self.call("check", str(path))
        text = (done.stdout + done.stderr).decode("utf-8", "replace")
        codes = FOUND.findall(text)
        if done.returncode not in (0, 1) or (done.returncode == 1 and not codes):
            raise Failure(f"{block.where}: mrule check ended with {done.returncode}\n{text}")
        return [code for code in codes if code not in QUIET_WARNINGS], text

    def check_clean(self, block: Block) -> None:
        codes, text = self.codes(block)
        if codes:
            raise Failure(f"{block.where}: should check without a report\n{text}")

    def check_wrong(self, block: Block, code: str) -> None:
        codes, text = self.codes(block)
        relevant = [found for found in codes if code[0] == "W" or found[0] != "W"]
        if set(relevant) != {code}:
            raise Failure(f"{block.where}: should give {code}, gives {', '.join(codes) or 'nothing'}\n{text}")

    def run(self, block: Block, rules: str, events: str, options: list[str]) -> dict[str, list[dict]]:
        folder = self.folder(block)
        (folder / "rules.mrule").write_text(rules, encoding="utf-8")
        (folder / "events.jsonl").write_text(events, encoding="utf-8")
        files = {name: folder / f"{name}.jsonl" for name in ("decisions", "suppressed", "rejects", "late")}
        for path in files.values():
            path.unlink(missing_ok=True)
        args = ["run", str(folder / "rules.mrule"), "--events", str(folder / "events.jsonl"), "--engine", self.engine, "--quiet"]
        for name, path in files.items():
            args += [f"--{name}", str(path)]
        done = self.call(*args, *options)
        if done.returncode not in (0, 1):
            raise Failure(f"{block.where}: mrule run ended with {done.returncode}\n{done.stderr.decode('utf-8', 'replace')}")
        found = {}
        for name, path in files.items():
            text = path.read_text(encoding="utf-8") if path.exists() else ""
            found[name] = [json.loads(line) for line in text.splitlines() if line.strip()]
        if done.returncode == 1 and not (found["rejects"] or found["late"]):
            raise Failure(f"{block.where}: mrule run ended with 1\n{done.stderr.decode('utf-8', 'replace')}")
        return found

    def check_run(self, block: Block) -> None:
        followers = {follower.words[0]: follower for follower in block.followers}
        if "jsonl" not in followers:
            raise Failure(f"{block.where}: a run needs a `jsonl` block")
        self.check_clean(block)
        found = self.run(block, block.text, followers["jsonl"].text, block.words[2:])
        for name in ("rejects", "decisions", "suppressed"):
            if name in followers:
                compare(followers[name], name[:-1] if name != "suppressed" else "suppressed decision", found[name])
        for why in (follower for follower in block.followers if follower.words[0] == "why"):
            self.check_why(block, why)
        for name in ("rejects", "late"):
            if name not in followers and found[name]:
                raise Failure(f"{followers['jsonl'].where}: {name}: {json.dumps(found[name])}")

    def check_why(self, run: Block, why: Block) -> None:
        folder = self.folder(run)
        rule, *options = shlex.split(" ".join(why.words[1:]))
        done = self.call("why", rule, str(folder / "rules.mrule"), *options, "--events", str(folder / "events.jsonl"))
        said = (done.stdout + done.stderr).decode("utf-8", "replace")
        if said != why.text:
            raise Failure(f"{why.where}: mrule why says\n{said}")

    def check_test(self, block: Block, failing: bool) -> None:
        self.check_clean(block)
        environment = dict(os.environ, NO_COLOR="1")
        done = subprocess.run([self.mrule, "test", "rules.mrule"], capture_output=True, timeout=120, env=environment, cwd=self.folder(block))
        said = (done.stdout + done.stderr).decode("utf-8", "replace")
        if done.returncode != (1 if failing else 0):
            raise Failure(f"{block.where}: mrule test ended with {done.returncode}\n{said}")
        for report in block.followers:
            if said != report.text:
                raise Failure(f"{report.where}: mrule test says\n{said}")

    def check_events(self, block: Block, refused: str | None = None, rules: str = PROBE) -> None:
        found = self.run(block, rules, block.text, [])
        codes = [reject.get("code") for reject in found["rejects"]]
        if (set(codes) != {refused}) if refused else bool(codes):
            raise Failure(f"{block.where}: refused with {codes or 'nothing'}, should be {refused or 'taken'}: {found['rejects']}")

    def check(self, block: Block) -> None:
        words = block.words
        if is_explain(block.page):
            code = Path(block.page).stem
            if words == ["mrule", "wrong"]:
                self.check_wrong(block, code)
            elif words == ["mrule", "right"]:
                self.check_clean(block)
            elif words == ["json", "wrong"]:
                self.check_events(block, code, PROBES.get(code, PROBE))
            elif words == ["json", "right"]:
                self.check_events(block, None, PROBES.get(code, PROBE))
        elif words == ["mrule"]:
            self.check_clean(block)
        elif words[:2] == ["mrule", "wrong"]:
            self.check_wrong(block, words[2])
        elif words[:2] == ["mrule", "test"]:
            self.check_test(block, words[2:] == ["failing"])
        elif words[:2] == ["mrule", "run"]:
            self.check_run(block)
        elif words == ["jsonl"]:
            self.check_events(block)


def exception_key(block: Block) -> str:
    return f"{block.page} {block.words[1]}" if is_explain(block.page) and len(block.words) > 1 else block.where


def check_form(block: Block) -> None:
    """What can be known of a block without the binary."""
    words = block.words
    if not words:
        return
    if words[0] == "mrule" and not is_explain(block.page):
        fine = words == ["mrule"] or words[1] == "run" or words[1:] in (["test"], ["test", "failing"]) or (
            words[1] == "wrong" and len(words) == 3 and re.fullmatch(r"[EW]\d{4}", words[2]))
        if not fine:
            raise Failure(f"{block.where}: `{' '.join(words)}` is no kind of block")
    for part in [block, *block.followers]:
        if part.words and part.words[0] == "report" and part is block:
            raise Failure(f"{part.where}: `report` without a `mrule test failing` before it")
        if part.words and part.words[0] == "why" and part is block:
            raise Failure(f"{part.where}: `why` without a `mrule run` before it")
        if part.words and part.words[0] in RUN_TAGS and part.words[0] != "jsonl":
            if part is block:
                raise Failure(f"{part.where}: `{part.words[0]}` without a `mrule run` before it")
            json_lines(part)
        elif part.words == ["jsonl"] and "rejects" not in [other.words[0] for other in block.followers]:
            json_lines(part)


def anchors(text: str) -> set[str]:
    names = set()
    for line in re.sub(r"^```.*?^```", "", text, flags=re.M | re.S).splitlines():
        if match := re.match(r"#+\s+(.*)", line):
            names.add(re.sub(r"[^\w\- ]", "", match[1].strip().lower()).replace(" ", "-"))
    return names


def check_links(root: Path, path: Path, text: str) -> list[str]:
    failures = []
    for target in LINK.findall(re.sub(r"^```.*?^```|`[^`\n]*`", "", text, flags=re.M | re.S)):
        if re.match(r"[a-z]+:", target):
            continue
        name, _, anchor = target.partition("#")
        to = (path.parent / name).resolve() if name else path
        if not to.exists():
            failures.append(f"{path.relative_to(root)}: the link `{target}` leads nowhere")
        elif anchor and to.suffix == ".md" and anchor not in anchors(to.read_text(encoding="utf-8")):
            failures.append(f"{path.relative_to(root)}: `{name or path.name}` has no heading `{anchor}`")
    return failures


def main() -> int:
    parser = argparse.ArgumentParser(description=__doc__.split("\n")[0])
    parser.add_argument("root", type=Path)
    parser.add_argument("--mrule", help="the binary; without it only forms and links are checked")
    parser.add_argument("--engine", default="auto", help="as of `mrule run`")
    parser.add_argument("--only", default="", help="only pages whose path contains this")
    options = parser.parse_args()
    root = options.root.resolve()

    failures: list[str] = []
    blocks: list[Block] = []
    for path in pages(root):
        page = path.relative_to(root).as_posix()
        if options.only not in page:
            continue
        text = path.read_text(encoding="utf-8")
        failures += check_links(root, path, text)
        try:
            for block in group(read_blocks(page, text)):
                check_form(block)
                blocks.append(block)
        except Failure as failure:
            failures.append(str(failure))

    if options.mrule and not failures:
        with tempfile.TemporaryDirectory() as scratch:
            runner = Runner(os.path.abspath(options.mrule), options.engine, scratch)

            def one(block: Block) -> str | None:
                excepted = EXCEPTIONS.get(exception_key(block))
                try:
                    runner.check(block)
                except Failure as failure:
                    return None if excepted else str(failure)
                except subprocess.TimeoutExpired:
                    return f"{block.where}: mrule did not end in time"
                if excepted and block.words and block.words[0] in ("mrule", "json"):
                    return f"{block.where}: needs no exception any more; take it off the list"
                return None

            with concurrent.futures.ThreadPoolExecutor(max_workers=os.cpu_count() or 2) as pool:
                failures += [failure for failure in pool.map(one, blocks) if failure]

    for failure in failures:
        print(failure, file=sys.stderr)
    tested = sum(1 for block in blocks if block.words and block.words[0] in ("mrule", "json", "jsonl"))
    print(f"{tested} blocks, {len(failures)} failures" + ("" if options.mrule else " (forms and links only)"))
    return 1 if failures else 0


if __name__ == "__main__":
    sys.exit(main())
