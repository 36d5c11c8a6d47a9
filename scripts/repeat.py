"""Pass the same tests again and again, and say which of them ever failed.

    python3 scripts/repeat.py 10 tests/sandbox/streaming/test_rows.py
    python3 scripts/repeat.py 10 tests/sandbox/streaming -k docker

The first argument is how often, the others are pytest's. Prints a line a round with what failed in it, and at the end a
row for each test that ever did. Exits with 1 when any did.
"""

from __future__ import annotations

import subprocess
import sys
import tempfile
import time
from collections.abc import Iterator
from dataclasses import dataclass, field
from pathlib import Path
from xml.etree import ElementTree

from environment import ROOT, ready
from usage import answer_help, refuse

REASON = 300
"""Characters of a reason that are shown."""


@dataclass(slots=True)
class Failures:
    """One test that failed."""

    rounds: list[int] = field(default_factory=list)
    reason: str = ""


def main(arguments: list[str]) -> int:
    answer_help(__doc__, arguments)
    if not arguments or not arguments[0].isdigit():
        return refuse(__doc__, f"expected how often, found {arguments[0] if arguments else 'no arguments'}")
    times, words = int(arguments[0]), arguments[1:]
    python = ready("dev")
    failed: dict[str, Failures] = {}
    broken = False
    for number in range(1, times + 1):
        with tempfile.TemporaryDirectory() as folder:
            report = Path(folder, "junit.xml")
            began = time.monotonic()
            command: list[str | Path] = [
                python,
                "-m",
                "pytest",
                "-q",
                "-p",
                "no:cacheprovider",
                f"--junit-xml={report}",
                *words,
            ]
            result = subprocess.run(command, cwd=ROOT, capture_output=True, text=True, check=False)
            seconds = time.monotonic() - began
            if result.returncode not in {0, 1} or not report.exists():
                # Not tests that fail: nothing was passed, or pytest itself was stopped.
                print(result.stdout + result.stderr, file=sys.stderr)
                return result.returncode or 1
            cases = list(ElementTree.parse(report).iter("testcase"))
        wrong = dict(failures(cases))
        broken |= bool(wrong) or bool(result.returncode)
        for name, reason in wrong.items():
            entry = failed.setdefault(name, Failures(reason=reason))
            entry.rounds.append(number)
        skipped = sum(1 for case in cases if case.find("skipped") is not None)
        passed = len(cases) - skipped - len(wrong)
        print(f"round {number:>3}: {passed} passed, {len(wrong)} failed, {skipped} skipped, {seconds:.0f} s")
        for name, reason in wrong.items():
            print(f"           {name}: {reason}")
        sys.stdout.flush()
    for name, entry in sorted(failed.items()):
        print(f"failed {len(entry.rounds)} of {times}: {name}  (rounds {', '.join(map(str, entry.rounds))})")
        print(f"    {entry.reason}")
    print(f"{times} rounds, {'no test failed' if not broken else f'{len(failed)} tests failed at least once'}")
    return int(broken)


def failures(cases: list[ElementTree.Element]) -> Iterator[tuple[str, str]]:
    """Names of tests that failed, with the first line that says why."""
    for case in cases:
        for kind in ("failure", "error"):
            found = case.find(kind)
            if found is not None:
                reason = (found.get("message") or found.text or kind).strip().splitlines() or [kind]
                yield f"{case.get('classname')}::{case.get('name')}", reason[0][:REASON]
                break


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
