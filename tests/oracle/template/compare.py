"""Compare our answers about templates with the platform's own code.

usage: python tests/oracle/template/compare.py ORACLE [--seed N] [--count N] [--show N] [--vectors DIR]

ORACLE is the built Go program beside this file. Prints what differs and a summary; exit status 1 when anything does.
"""

from __future__ import annotations

import argparse
import collections
import json
import subprocess
import sys
import tempfile
from collections.abc import Iterable, Iterator
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

sys.path.insert(0, str(Path(__file__).resolve().parents[3]))

from tests.oracle.template.questions import questions
from validator.templates.answers import check_lines, evaluate_lines


def same(left: Any, right: Any) -> bool:
    """Equality of JSON values: numbers by value, booleans apart from them."""
    if isinstance(left, bool) or isinstance(right, bool):
        return left is right
    if isinstance(left, int | float) and isinstance(right, int | float):
        # Every number of the platform is a float64, however it is spelt.
        return float(left) == float(right)
    if type(left) is not type(right):
        return False
    if isinstance(left, dict):
        return left.keys() == right.keys() and all(same(left[key], right[key]) for key in left)
    if isinstance(left, list):
        return len(left) == len(right) and all(map(same, left, right))
    return bool(left == right)


@dataclass
class Comparison:
    """What came of it."""

    counts: collections.Counter[str] = field(default_factory=collections.Counter)
    differences: list[tuple[dict[str, Any], Any, Any]] = field(default_factory=list)
    reasons: collections.Counter[str] = field(default_factory=collections.Counter)

    def add(self, question: dict[str, Any], real: dict[str, Any], ours: dict[str, Any]) -> None:
        verdict = judge(real, ours)
        self.counts[verdict] += 1
        if verdict == "unsupported":
            self.reasons[str(ours["unsupported"])] += 1
        if verdict == "different":
            self.differences.append((question, real, ours))


def judge(real: dict[str, Any], ours: dict[str, Any]) -> str:
    """`same`, `different`, `unsupported` (ours) or `unstable` (the platform's answer varies)."""
    if "unsupported" in ours:
        return "unsupported"
    if real.get("unstable"):
        return "unstable"
    if "accept" in real:
        return "same" if ours.get("accept") is real["accept"] else "different"
    if "error" in real:
        error, mine = real["error"], ours.get("error", {})
        return "same" if mine.get("class") == error["class"] and mine.get("sub") == error["sub"] else "different"
    return "same" if "result" in ours and same(real["result"], ours["result"]) else "different"


def ask(oracle: str, asked: Iterable[dict[str, Any]]) -> Comparison:
    """Put every question to both; what we refuse to answer is not asked: it may cost the platform all its memory."""
    comparison = Comparison()
    pending: list[tuple[bytes, dict[str, Any]]] = []
    for line in (json.dumps(question).encode() + b"\n" for question in asked):
        ours = answer(line)
        if "unsupported" in ours:
            comparison.add(json.loads(line), {}, ours)
        else:
            pending.append((line, ours))
    with tempfile.TemporaryFile() as stdin:
        stdin.writelines(line for line, _ in pending)
        stdin.seek(0)
        process = subprocess.Popen([oracle], stdin=stdin, stdout=subprocess.PIPE)
        assert process.stdout is not None
        for (line, ours), real in zip(pending, process.stdout, strict=True):
            comparison.add(json.loads(line), json.loads(real), ours)
        process.wait()
    return comparison


def answer(line: bytes) -> dict[str, Any]:
    reply = next(iter((check_lines if b'"scope"' in line else evaluate_lines)([line])))
    fields: dict[str, Any] = json.loads(reply.as_json())
    return fields


def vectors(directory: Path) -> Iterator[dict[str, Any]]:
    """The golden vectors as questions."""
    kinds = {"eval": "value", "conditions": "condition", "objects": "object", "validation": None}
    keep = ("id", "template", "value", "vars", "deterministic", "max_output_bytes", "numbers", "scope", "json")
    for name, kind in kinds.items():
        for line in (directory / f"{name}.jsonl").read_text(encoding="utf-8").splitlines():
            record = json.loads(line)
            yield {key: record[key] for key in keep if key in record} | ({"kind": kind} if kind else {})


def main() -> int:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("oracle")
    parser.add_argument("--seed", type=int, default=1)
    parser.add_argument("--count", type=int, default=20_000)
    parser.add_argument("--show", type=int, default=20)
    parser.add_argument("--vectors", type=Path)
    options = parser.parse_args()
    asked = vectors(options.vectors) if options.vectors else questions(options.seed, options.count)
    comparison = ask(options.oracle, asked)
    for question, real, ours in comparison.differences[: options.show]:
        shown = {key: item for key, item in question.items() if key != "vars"}
        print(json.dumps(shown, ensure_ascii=False), "\n  real", json.dumps(real, ensure_ascii=False)[:300])
        print("  ours", json.dumps(ours, ensure_ascii=False)[:300])
    print(json.dumps(comparison.counts))
    print(json.dumps(dict(comparison.reasons.most_common(12)), ensure_ascii=False))
    return 1 if comparison.differences else 0


if __name__ == "__main__":
    sys.exit(main())
