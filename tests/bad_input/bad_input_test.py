#!/usr/bin/env python3
# SPDX-License-Identifier: Apache-2.0
"""Input that nobody should give, through the command line: every case ends in time, with the exit status it should have, and
without losing what was good beside it.

    MRULE=path/to/mrule bad_input_test.py [BadEvents|BadRules|BadFiles]
"""
import json
import os
import random
import resource
import signal
import subprocess
import tempfile
import unittest

MRULE = os.environ["MRULE"]
FINE, FINDINGS, USAGE = 0, 1, 2
SECONDS = 60

RULES = """rule "Big"
when purchased and amount > $5
send hello
"""


def purchase(subject, minute, amount=6):
    return b'{"type":"purchased","contact":"%s","at":"2026-01-01T00:%02d:00Z","amount":%d}' % (subject.encode(), minute, amount)


class Case(unittest.TestCase):
    def setUp(self):
        self.folder = tempfile.TemporaryDirectory()
        self.addCleanup(self.folder.cleanup)

    def path(self, name):
        return os.path.join(self.folder.name, name)

    def write(self, name, content):
        with open(self.path(name), "wb") as f:
            f.write(content if isinstance(content, bytes) else content.encode())
        return self.path(name)

    def mrule(self, *arguments, seconds=SECONDS, largest_file=None, stdin=b"", stdout=subprocess.PIPE):
        def limit():
            if largest_file is not None:
                signal.signal(signal.SIGXFSZ, signal.SIG_IGN)  # then writing beyond the limit fails as on a full disk
                resource.setrlimit(resource.RLIMIT_FSIZE, (largest_file, largest_file))

        done = subprocess.run([MRULE, *arguments], input=stdin, stdout=stdout, stderr=subprocess.PIPE, cwd=self.folder.name,
                              timeout=seconds, preexec_fn=limit)
        self.assertIn(done.returncode, (FINE, FINDINGS, USAGE), done.stderr[-2000:])
        return done

    def run_events(self, events, rules=RULES, *more, seconds=SECONDS):
        done = self.mrule("run", self.write("rules.mrule", rules), "--events", self.write("events.jsonl", events),
                          "--rejects", self.path("rejects.jsonl"), "--late", self.path("late.jsonl"), *more, seconds=seconds)
        decisions = [json.loads(line) for line in (done.stdout or b"").splitlines()]
        with open(self.path("rejects.jsonl"), encoding="utf-8") as f:
            rejects = [json.loads(line) for line in f]
        return done, decisions, rejects


class BadEvents(Case):
    def reject(self, line, code, seconds=SECONDS):
        """`line` between two good ones: it alone is rejected, with `code`, and both good ones count."""
        done, decisions, rejects = self.run_events(b"\n".join([purchase("before", 0), line, purchase("after", 2)]) + b"\n", seconds=seconds)
        self.assertEqual([d["contact"] for d in decisions], ["before", "after"])
        self.assertEqual([(r["line"], r["code"]) for r in rejects], [(2, code)], line[:200])
        self.assertEqual(done.returncode, FINDINGS)
        return rejects[0]

    def test_no_events_at_all(self):
        done, decisions, rejects = self.run_events(b"")
        self.assertEqual((done.returncode, decisions, rejects), (FINE, [], []))

    def test_blank_lines_are_no_records(self):
        done, decisions, rejects = self.run_events(b"\n\n" + purchase("c1", 0) + b"\n\n \n\r\n")
        self.assertEqual((done.returncode, len(decisions), rejects), (FINE, 1, []))

    def test_last_line_without_its_end_counts(self):
        _, decisions, rejects = self.run_events(purchase("c1", 0) + b"\n" + purchase("c2", 1))
        self.assertEqual(([d["contact"] for d in decisions], rejects), (["c1", "c2"], []))

    def test_carriage_returns(self):
        _, decisions, rejects = self.run_events(purchase("c1", 0) + b"\r\n" + purchase("c2", 1) + b"\r\n")
        self.assertEqual(([d["contact"] for d in decisions], rejects), (["c1", "c2"], []))

    def test_half_a_record_at_the_end(self):
        _, decisions, rejects = self.run_events(purchase("c1", 0) + b"\n" + purchase("c2", 1)[:-20])
        self.assertEqual((len(decisions), [r["line"] for r in rejects]), (1, [2]))

    def test_a_line_of_100_megabytes(self):
        self.reject(b'{"type":"purchased","contact":"c1","at":"2026-01-01T00:01:00Z","note":"' + b"x" * 100_000_000 + b'"}', "R0712")

    def test_zero_bytes(self):
        self.reject(purchase("c\0d", 1), "R0714")

    def test_bytes_that_are_not_utf8(self):
        self.reject(purchase("c1", 1).replace(b"c1", b"c\xff1"), "R0713")
        self.reject(purchase("c1", 1).replace(b"c1", b"c\xc0\x801"), "R0713")

    def test_not_json(self):
        for line in (b"hello", b"{", b'{"type":}', b"{'type':'purchased'}", b'{"type":"purchased",}', b'{"a":"\\ud800"', b'{"type":"purchased","x":tru}'):
            self.reject(line, "R0701")

    def test_something_behind_the_object(self):
        self.reject(purchase("c1", 1) + b" {}", "R0716")

    def test_not_an_object(self):
        for line in (b"[]", b"1", b'"purchased"', b"null", b"true"):
            self.reject(line, "R0702")

    def test_type(self):
        self.reject(b'{"contact":"c1","at":"2026-01-01T00:01:00Z"}', "R0703")
        self.reject(purchase("c1", 1).replace(b"purchased", b"purchasd"), "R0704")
        self.reject(purchase("c1", 1).replace(b'"purchased"', b"7"), "R0704")

    def test_instant(self):
        self.reject(b'{"type":"purchased","contact":"c1","amount":6}', "R0705")
        for at in (b'"yesterday"', b'"300000-01-01T00:00:00Z"', b'"2026-02-30T00:00:00Z"', b'"2026-01-01T25:00:00Z"', b'"2026-01-01T00:01:00"', b"1767225600",
                   b"null", b'""', b'"2026-01-01T00:01:00Zjunk"', b'"-2026-01-01T00:01:00Z"', b'"9999-12-31T23:59:59-23:00"'):
            self.reject(b'{"type":"purchased","contact":"c1","at":' + at + b',"amount":6}', "R0706")

    def test_subject(self):
        self.reject(b'{"type":"purchased","at":"2026-01-01T00:01:00Z","amount":6}', "R0707")
        for subject in (b"[]", b"{}", b"true", b"1.5", b'""'):
            self.reject(b'{"type":"purchased","contact":' + subject + b',"at":"2026-01-01T00:01:00Z","amount":6}', "R0708")

    def test_wrong_field_types(self):
        for amount in (b'"six"', b"true", b"[6]", b'{"usd":6}', b"1e400", b"1e15", b"-1e300"):
            self.reject(b'{"type":"purchased","contact":"c1","at":"2026-01-01T00:01:00Z","amount":' + amount + b"}", "R0709")

    def test_deep_json(self):
        for depth in (65, 1_000, 1_000_000):
            self.reject(b'{"type":"purchased","contact":"c1","at":"2026-01-01T00:01:00Z","x":' + b"[" * depth + b"]" * depth + b"}", "R0715")
            self.reject(b'{"type":"purchased","contact":"c1","at":"2026-01-01T00:01:00Z","x":' + b'{"x":' * depth + b"1" + b"}" * depth + b"}", "R0715")

    def test_random_bytes(self):
        noise = random.Random(20260101)
        lines = [bytes(noise.choice(b'{}[]":,\\ 0truefalsnabc\xc3\xa9\x00\x1f') for _ in range(noise.randrange(1, 200))) for _ in range(2000)]
        done, decisions, rejects = self.run_events(b"\n".join([purchase("before", 0), *lines, purchase("after", 2)]))
        self.assertEqual([d["contact"] for d in decisions], ["before", "after"])
        self.assertEqual([r["line"] for r in rejects], [i + 2 for i, line in enumerate(lines) if line.strip(b" ")])
        self.assertEqual(done.returncode, FINDINGS)

    def test_a_million_bad_lines(self):
        done = self.mrule("run", self.write("rules.mrule", RULES), "--events", self.write("events.jsonl", b"{}\n" * 1_000_000), "--rejects", "none")
        self.assertEqual((done.returncode, done.stdout), (FINDINGS, b""))

    def test_first_and_last_instant_of_the_calendar(self):
        rules = RULES + '\nrule "Quiet"\nwhen no purchased in last 30d\nsend win_back\n'
        done, decisions, _ = self.run_events(b'{"type":"purchased","contact":"old","at":"0001-01-01T00:00:00Z","amount":6}\n'
                                             b'{"type":"purchased","contact":"new","at":"9999-12-31T23:59:59.999999Z","amount":6}\n', rules, "--drain")
        self.assertEqual([(d["contact"], d["rule"]) for d in decisions][:3], [("old", "Big"), ("old", "Quiet"), ("new", "Big")])
        self.assertEqual(done.returncode, FINE)


class BadRules(Case):
    def check(self, rules, seconds=SECONDS):
        done = self.mrule("check", "--format", "json", self.write("rules.mrule", rules), seconds=seconds)
        return done.returncode, [json.loads(line)["code"] for line in done.stdout.splitlines()]

    def has_error(self, rules, code, seconds=SECONDS):
        status, codes = self.check(rules, seconds)
        self.assertEqual(status, FINDINGS)
        self.assertIn(code, codes)
        return codes

    def test_empty_file(self):
        for text in ("", "\n", "# only a comment", "\ufeff", " \t\r\n"):
            self.assertEqual(self.check(text)[0], FINE, repr(text))

    def test_not_text(self):
        self.has_error(RULES.encode() + b"\0", "E0003")
        self.has_error(b"rule \"\xff\"\nwhen purchased\nsend hello\n", "E0002")

    def test_random_bytes(self):
        noise = random.Random(7)
        for _ in range(20):
            status, codes = self.check(bytes(noise.randrange(1, 128) for _ in range(3000)))
            self.assertEqual(status, FINDINGS)
            self.assertTrue(codes)

    def test_random_words(self):
        noise = random.Random(8)
        words = "rule when and or not ( ) purchased opened amount > = $5 20% 6h over in last for \"x\" send hello segment = contacts where { } , . entity event on".split()
        for _ in range(20):
            status, codes = self.check(" ".join(noise.choice(words) for _ in range(2000)))
            self.assertEqual(status, FINDINGS)
            self.assertTrue(codes)

    def test_deep_nesting(self):
        for depth in (201, 50_000, 1_000_000):
            self.has_error("when " + "(" * depth + "purchased" + ")" * depth + " send hello", "E0104")
            self.has_error("when " + "(" * depth, "E0104")

    def test_deep_nesting_without_parentheses(self):
        self.assertEqual(self.check("when " + "not " * 100_000 + "consent_email send hello")[0], FINDINGS)
        self.assertEqual(self.check("when score > " + "-" * 100_000 + "1 send hello")[0], FINDINGS)

    def test_deep_placeholders(self):
        self.assertEqual(self.check('when clicked notify slack "#a" "' + "{\\\"" * 5_000 + '"')[0], FINDINGS)

    def test_long_chains(self):
        for chain in ("score > " + " + ".join(["1"] * 100_000), " and ".join(["consent_email"] * 100_000), " or ".join(["score > 1"] * 100_000)):
            status, codes = self.check("when " + chain + " send hello")
            self.assertIn(status, (FINE, FINDINGS))
            self.assertEqual(status == FINDINGS, bool(codes))

    def test_a_line_of_ten_megabytes(self):
        self.has_error('when clicked notify slack "#a" "' + "x" * 10_000_000 + '"', "E0109")

    def test_a_file_too_large(self):
        self.has_error("# " + "x" * (65 << 20), "E0001")

    def test_many_mistakes_are_capped(self):
        _, codes = self.check("".join('rule "r%d"\nwhen nosuchthing > 1\nsend hello\n' % i for i in range(5_000)))
        self.assertGreaterEqual(len(codes), 50)
        self.assertLessEqual(len(codes), 110)

    def test_fifty_thousand_rules(self):
        rules = "".join('rule "r%d"\nwhen purchased and amount > $%d\nsend m%d\n\n' % (i, i, i % 100) for i in range(50_000))
        self.assertEqual(self.check(rules, seconds=180)[0], FINE)
        done, decisions, rejects = self.run_events(purchase("c1", 0, amount=3), rules, seconds=180)
        self.assertEqual((done.returncode, [d["rule"] for d in decisions], rejects), (FINE, ["r0", "r1", "r2"], []))

    def test_one_mistake_among_many_rules_is_one_error(self):
        rules = ['rule "r%d"\nwhen purchased and amount > $%d\nsend hello\n' % (i, i) for i in range(1_000)]
        rules[500] = 'rule "r500"\nwhen purchased and amnt > $5\nsend hello\n'
        self.assertEqual(len(self.check("\n".join(rules))[1]), 1)


class BadFiles(Case):
    def usage(self, *arguments, **more):
        done = self.mrule(*arguments, **more)
        self.assertEqual(done.returncode, USAGE, done.stderr)
        self.assertTrue(done.stderr.strip())
        return done

    def test_rules_that_are_not_there(self):
        self.usage("check", self.path("nothing.mrule"))
        os.mkdir(self.path("empty"))
        self.usage("check", self.path("empty"))

    def test_events_that_are_not_there(self):
        rules = self.write("rules.mrule", RULES)
        self.usage("run", rules, "--events", self.path("nothing.jsonl"))
        self.usage("run", rules, "--events", self.folder.name)

    def test_a_state_that_is_none(self):
        rules, events = self.write("rules.mrule", RULES), self.write("events.jsonl", purchase("c1", 0))
        for state in (b"", b"hello", b"{}", b"[]\n", b"\xff\x00", b'{"format":"other"}\n'):
            self.usage("run", rules, "--events", events, "--state-in", self.write("state.jsonl", state))

    def test_half_a_state(self):
        rules = self.write("rules.mrule", RULES + 'rule "Sum"\nwhen sum of purchased.amount over 7d > $100\nsend hello\nonce per 7d\n')
        events = self.write("events.jsonl", b"\n".join(purchase("c%d" % i, 1, 60) for i in range(20)))
        self.mrule("run", rules, "--events", events, "--state-out", self.path("state.jsonl"))
        with open(self.path("state.jsonl"), "rb") as f:
            state = f.read()
        self.assertGreater(len(state), 200)
        for part in (len(state) // 3, len(state) // 2, len(state) - 5):
            done = self.mrule("run", rules, "--events", events, "--state-in", self.write("half.jsonl", state[:part]))
            self.assertEqual(done.returncode, USAGE, "%d of %d bytes" % (part, len(state)))

    def test_a_full_disk_under_decisions(self):
        rules, events = self.write("rules.mrule", RULES), self.write("events.jsonl", b"\n".join(purchase("c%d" % i, 1) for i in range(20_000)))
        self.usage("run", rules, "--events", events, "--decisions", "/dev/full")
        with open("/dev/full", "wb") as full:
            self.usage("run", rules, "--events", events, stdout=full)
        self.usage("run", rules, "--events", events, "--decisions", self.path("out.jsonl"), largest_file=100_000)

    def test_a_full_disk_under_the_state(self):
        rules = self.write("rules.mrule", 'when sum of purchased.amount over 7d > $100 send hello')
        events = self.write("events.jsonl", b"\n".join(purchase("c%d" % i, 1) for i in range(20_000)))
        self.write("state.jsonl", "kept")
        self.usage("run", rules, "--events", events, "--state-out", self.path("state.jsonl"), largest_file=100_000)
        with open(self.path("state.jsonl"), encoding="utf-8") as f:
            self.assertEqual(f.read(), "kept")  # a state is replaced whole or not at all
        self.usage("run", rules, "--events", events, "--state-out", self.path("no/such/folder/state.jsonl"))

    def test_a_full_disk_under_rejects(self):
        rules, events = self.write("rules.mrule", RULES), self.write("events.jsonl", b'{"type":"nothing"}\n' * 20_000)
        self.usage("run", rules, "--events", events, "--rejects", self.path("rejects.jsonl"), largest_file=100_000)

    def test_an_output_that_is_an_input(self):
        rules, events = self.write("rules.mrule", RULES), self.write("events.jsonl", purchase("c1", 0))
        self.usage("run", rules, "--events", events, "--decisions", events)
        with open(events, "rb") as f:
            self.assertEqual(f.read(), purchase("c1", 0))


if __name__ == "__main__":
    unittest.main()
