"""Containment beside its rivals from PyPI, on the same pairs in one run: right, wrong, undecided, time of a pair.

    python benchmarks/containment.py [PAIRS.jsonl] [--rivals PYTHON] [--rounds N]

PAIRS are lines of {"id", "lhs", "rhs", "expected": subtype|not|unknown}; without a file, the ones in tests/vectors.
PYTHON is an interpreter that has `jsonsubschema` and `jsoncompat`; without it a throwaway environment is made:

    python -m venv /tmp/rivals && /tmp/rivals/bin/pip install jsonsubschema jsoncompat

Each tool runs in a process of its own that times itself; the pairs go to all of them in turn, so a busy machine is
equally busy for each. `accepts` and `refuses` are the wrong ones: a *subtype* that is none, a *not* that is one (a
tool that only says yes or no cannot say that it does not know). `ours` keeps what it has read from pair to pair,
`ours, afresh` begins anew with each pair.
"""

from __future__ import annotations

import argparse
import collections
import json
import queue
import subprocess
import sys
import tempfile
import threading
import time
from pathlib import Path
from typing import Any

ROOT = Path(__file__).resolve().parent.parent
PAIRS = ROOT / "tests" / "vectors" / "subschema.jsonl"
LIMIT = 10.0
"""Seconds after which a pair counts as undecided and its process is replaced."""


def ours() -> Any:
    from validator.schemas.containment.compare import Comparer

    comparer = Comparer()
    return lambda lhs, rhs: comparer.compare(lhs, rhs).answer.value


def ours_afresh() -> Any:
    from validator.schemas.containment.compare import compare

    return lambda lhs, rhs: compare(lhs, rhs).answer.value


def jsonsubschema() -> Any:
    from jsonsubschema import isSubschema

    return lambda lhs, rhs: "subtype" if isSubschema(lhs, rhs) else "not"


def jsoncompat() -> Any:
    from jsoncompat import check_compat

    def judge(lhs: Any, rhs: Any) -> str:
        accepted = check_compat(json.dumps(lhs), json.dumps(rhs), "deserializer")
        return "subtype" if accepted else "not"

    return judge


TOOLS = {"ours": ours, "ours, afresh": ours_afresh, "jsonsubschema": jsonsubschema, "jsoncompat": jsoncompat}


def serve(name: str) -> None:
    """Answer pairs from standard input; whatever a tool prints itself goes to standard error."""
    answers, sys.stdout = sys.stdout, sys.stderr
    judge = TOOLS[name]()
    for line in sys.stdin:
        question = json.loads(line)
        started = time.perf_counter()
        try:
            verdict = judge(question["lhs"], question["rhs"])
        except BaseException as failure:  # noqa: BLE001 - a rival may raise, or panic, as it likes: undecided
            verdict = f"unknown: {type(failure).__name__}"
        print(json.dumps([verdict, time.perf_counter() - started]), file=answers, flush=True)


class Tool:
    """One tool in a process of its own."""

    def __init__(self, name: str, python: str) -> None:
        self.name = name
        self.python = python
        self.counts: collections.Counter[str] = collections.Counter()
        self.times: list[float] = []
        self._start()

    def _start(self) -> None:
        self.process = subprocess.Popen(
            [self.python, __file__, "--serve", self.name],
            stdin=subprocess.PIPE, stdout=subprocess.PIPE, stderr=subprocess.DEVNULL, text=True, cwd=ROOT,
        )  # fmt: skip
        self.answers: queue.Queue[str] = queue.Queue()
        threading.Thread(target=self._read, args=(self.process, self.answers), daemon=True).start()
        self.ask({"lhs": {"type": "string", "pattern": "^a"}, "rhs": {"type": "string"}})  # its imports do not count

    @staticmethod
    def _read(process: subprocess.Popen[str], answers: queue.Queue[str]) -> None:
        assert process.stdout is not None
        for line in process.stdout:
            answers.put(line)
        answers.put("")

    def ask(self, pair: dict[str, Any]) -> tuple[str, float]:
        assert self.process.stdin is not None
        try:
            self.process.stdin.write(json.dumps({"lhs": pair["lhs"], "rhs": pair["rhs"]}) + "\n")
            self.process.stdin.flush()
            line = self.answers.get(timeout=LIMIT)
        except (queue.Empty, BrokenPipeError):
            line = ""
        if not line:
            self.stop()
            self._start()
            return "unknown: no answer", LIMIT
        verdict, seconds = json.loads(line)
        return verdict, seconds

    def judge(self, pair: dict[str, Any]) -> None:
        verdict, seconds = self.ask(pair)
        self.times.append(seconds)
        if verdict.startswith("unknown"):
            self.counts["undecided"] += 1
        else:
            wrong = "false accept" if verdict == "subtype" else "false refusal"
            self.counts["right" if verdict == pair["expected"] else wrong] += 1

    def stop(self) -> None:
        self.process.kill()
        self.process.wait()

    def row(self) -> str:
        times = sorted(self.times)
        median, p95 = times[len(times) // 2], times[int(len(times) * 0.95)]
        counts = self.counts
        told = [counts[each] for each in ("right", "false accept", "false refusal", "undecided")]
        figures = (f"{1000 * seconds:11.3f}" for seconds in (median, p95, times[-1]))
        return f"{self.name:15}" + "".join(f"{each:11}" for each in told) + "".join(figures)


def rivals(chosen: str | None, folder: str) -> str:
    """An interpreter that has the rivals."""
    if chosen:
        return chosen
    subprocess.run([sys.executable, "-m", "venv", folder], check=True)
    python = str(Path(folder) / "bin" / "python")
    subprocess.run([python, "-m", "pip", "install", "-q", "jsonsubschema", "jsoncompat"], check=True)
    return python


def main() -> None:
    parser = argparse.ArgumentParser(description="Containment beside its rivals, on the same pairs in one run.")
    parser.add_argument("pairs", nargs="?", type=Path, default=PAIRS)
    parser.add_argument("--rivals", metavar="PYTHON")
    parser.add_argument("--rounds", type=int, default=1)
    parser.add_argument("--serve", help=argparse.SUPPRESS)
    options = parser.parse_args()
    if options.serve:
        serve(options.serve)
        return
    lines = options.pairs.read_text(encoding="utf-8").splitlines()
    pairs = [pair for pair in map(json.loads, lines) if pair["expected"] != "unknown"]
    with tempfile.TemporaryDirectory() as folder:
        python = rivals(options.rivals, folder)
        tools = [Tool(name, sys.executable if name.startswith("ours") else python) for name in TOOLS]
        try:
            for _ in range(options.rounds):
                for pair in pairs:
                    for tool in tools:
                        tool.judge(pair)
        finally:
            for tool in tools:
                tool.stop()
    print(f"{len(pairs)} labelled pairs, {options.rounds} round(s)")
    heads = ("right", "accepts", "refuses", "undecided", "median ms", "p95 ms", "worst ms")
    print(" " * 15 + "".join(f"{head:>11}" for head in heads))
    for tool in tools:
        print(tool.row())


if __name__ == "__main__":
    main()
