"""One run of the validator while something breaks, and what came of it."""

from __future__ import annotations

import json
import os
import re
import signal
import subprocess
import sys
import threading
import time
from collections.abc import Mapping
from dataclasses import dataclass, field, replace
from pathlib import Path
from typing import Any

from faults import leftovers, workspace
from faults.daemon import PrivateDaemon

PATIENCE = 90.0
"""Seconds after which a run that should have ended hangs: the engrams here take a few, the machine may be busy."""
SETTLING = 20.0
"""Seconds that a daemon may take for what it was asked for before the run ended."""
FINISHED = re.compile(r"^(?P<outcome>failed|error) (?P<subject>.*, case .*?) \([0-9.]+ m?s\)")


@dataclass
class Bench:
    """Where attempts happen."""

    kind: str
    workspace: Path
    temporary: Path
    """The TMPDIR of every attempt: whatever is in it after one is left over."""
    daemon: PrivateDaemon | None = None
    arguments: tuple[str, ...] = ()
    environ: Mapping[str, str] = field(default_factory=dict)
    patience: float = PATIENCE
    command: tuple[str, ...] = ("run",)
    """What is run, with its arguments. Only `run` writes a report that can be looked through."""

    @property
    def reports(self) -> bool:
        """Whether there is a report."""
        return self.command == ("run",)

    def with_arguments(self, *arguments: str) -> Bench:
        """The same with further arguments for the validator."""
        return replace(self, arguments=(*self.arguments, *arguments))

    def environment(self) -> dict[str, str]:
        """The validator's environment."""
        own = {"PYTHONPATH": str(workspace.ROOT), "TMPDIR": str(self.temporary), "PYTHONUNBUFFERED": "1"}
        if self.daemon:
            own["DOCKER_HOST"] = self.daemon.endpoint
        return {**os.environ, **own, **self.environ}


@dataclass
class Verdict:
    """What went wrong with one attempt; empty lists are good."""

    hung: bool = False
    left: set[str] = field(default_factory=set)
    lost: set[str] = field(default_factory=set)
    status: str = ""
    """Empty when the exit status is right."""
    alarms: set[str] = field(default_factory=set)
    """What it blames on engrams although the machinery was at fault, and its own tracebacks."""
    said: str = ""
    """Its progress with the moment of each line, and what it printed at the end."""

    @property
    def good(self) -> bool:
        return not (self.hung or self.left or self.lost or self.status or self.alarms)

    def __str__(self) -> str:
        parts = ["hung" if self.hung else "", self.status]
        parts += [f"left: {', '.join(sorted(self.left))}" if self.left else ""]
        parts += [f"lost: {', '.join(sorted(self.lost))}" if self.lost else ""]
        parts += [f"false alarms: {', '.join(sorted(self.alarms))}" if self.alarms else ""]
        return "; ".join(filter(None, parts)) or "good"


class Attempt:
    """A validator that runs. Its progress is read as it comes, with the moment of each line."""

    def __init__(self, bench: Bench, name: str = "report") -> None:
        self.bench = bench
        self.report_path = bench.workspace / f"{name}.json"
        self.report_path.unlink(missing_ok=True)
        self.lines: list[tuple[float, str]] = []
        self.ended_reading = False
        self._changed = threading.Condition()
        command = [sys.executable, "-m", "validator", *bench.command, "--sandbox", bench.kind]
        if bench.reports:
            # How far a search comes is a matter of time, and what is lost is told by comparing runs.
            command += ["--json", str(self.report_path), "--explore", "off"]
        self.started = time.monotonic()
        self.process = subprocess.Popen(
            [*command, *bench.arguments],
            cwd=bench.workspace,
            env=bench.environment(),
            stdin=subprocess.DEVNULL,
            stdout=subprocess.PIPE,
            stderr=subprocess.PIPE,
            text=True,
            errors="replace",
            start_new_session=True,
        )
        self._output: list[str] = []
        self._threads = [threading.Thread(target=self._follow), threading.Thread(target=self._drain)]
        for thread in self._threads:
            thread.start()

    def wait_for_line(self, number: int) -> bool:
        """Wait until so many lines of progress are seen; False when the run ends before."""
        with self._changed:
            self._changed.wait_for(lambda: len(self.lines) >= number or self.ended_reading, PATIENCE)
            return len(self.lines) >= number

    def wait_for_text(self, text: str) -> bool:
        """Wait until a line of progress holds this text; False when the run ends before."""
        with self._changed:
            self._changed.wait_for(lambda: any(text in line for _, line in self.lines) or self.ended_reading, PATIENCE)
            return any(text in line for _, line in self.lines)

    def ends_within(self, seconds: float) -> bool:
        """Whether it ends in this time."""
        try:
            self.process.wait(seconds)
        except subprocess.TimeoutExpired:
            return False
        return True

    def end(self) -> bool:
        """Wait for its end; False when it hangs, and then it is killed."""
        if self.ends_within(self.bench.patience):
            return True
        os.killpg(self.process.pid, signal.SIGKILL)
        self.process.wait()
        return False

    def judged(
        self, *, killed: bool = False, swept: bool = False, interrupted: int = 0, status: frozenset[int] = frozenset()
    ) -> Verdict:
        """Wait for its end and compare what it leaves with what it must.

        `killed`: by SIGKILL, so that its report may be missing. `swept`: what is left may wait for the next start, as
        after SIGKILL. `interrupted`: the signal it got. `status`: what it may exit with, if not with its report's.
        """
        verdict = Verdict(hung=not self.end())
        self.close()
        if killed or swept:
            next_start(self.bench)
        verdict.left = leftovers.settled(self.bench.daemon, self.bench.temporary, SETTLING)
        if not killed:
            # What a killed one was writing went with this report.
            verdict.left |= {f"file {path.name}" for path in self.report_path.parent.glob(f".{self.report_path.name}*")}
        report = self._report(verdict)
        if report is not None:
            verdict.lost |= self.finished() - {_row(case) for case in report["cases"]}
            verdict.alarms |= {blame for finding in report["findings"] if (blame := _blame(finding))}
        elif not killed and self.finished():
            verdict.lost |= {"the report", *self.finished()}
        if not killed:
            verdict.status = self._status(report, interrupted, status)
        if "Traceback" in self.error():
            verdict.alarms.add("a traceback")
        verdict.said = "".join(f"    {moment:6.2f} {line}" for moment, line in self.lines) + self.output()
        return verdict

    def finished(self) -> set[str]:
        """The cases that it said are finished and went wrong: nobody may ever hear of the others."""
        found = (FINISHED.match(line) for _, line in self.lines)
        return {f"{match['outcome']} {match['subject']}" for match in found if match}

    def output(self) -> str:
        """All of its standard output."""
        return "".join(self._output)

    def error(self) -> str:
        """All of its standard error."""
        return "".join(line for _, line in self.lines)

    def close(self) -> None:
        """Close what it wrote to. What holds its pipes open although it has ended must not hold us up."""
        for thread in self._threads:
            thread.join(SETTLING)
        for stream in (self.process.stdout, self.process.stderr):
            assert stream is not None
            if not any(thread.is_alive() for thread in self._threads):
                stream.close()

    def _report(self, verdict: Verdict) -> dict[str, Any] | None:
        try:
            report: dict[str, Any] = json.loads(self.report_path.read_text())
        except FileNotFoundError:
            return None
        except ValueError as error:
            verdict.lost.add(f"the report, which is no JSON: {error}")
            return None
        return report

    def _status(self, report: dict[str, Any] | None, interrupted: int, others: frozenset[int]) -> str:
        code = self.process.returncode
        right = set(others) if self.bench.reports else {0}
        if interrupted:
            right |= {128 + interrupted, -interrupted}
            if report is not None and not report["interrupted"]:
                # The signal came when everything was said already.
                right.add(report["exit_status"])
        elif report is not None:
            right = {report["exit_status"]} & (right or {report["exit_status"]})
        return "" if code in right else f"exit status {code}, expected {' or '.join(map(str, sorted(right)))}"

    def _follow(self) -> None:
        assert self.process.stderr is not None
        for line in self.process.stderr:
            with self._changed:
                self.lines.append((time.monotonic() - self.started, line))
                self._changed.notify_all()
        with self._changed:
            self.ended_reading = True
            self._changed.notify_all()

    def _drain(self) -> None:
        assert self.process.stdout is not None
        for line in self.process.stdout:
            self._output.append(line)


def next_start(bench: Bench) -> None:
    """What the next run does first: it removes what the dead have left."""
    program = f"from validator.sandbox.sandbox import open_sandbox\nwith open_sandbox({bench.kind!r}): pass"
    subprocess.run([sys.executable, "-c", program], check=True, env=bench.environment(), timeout=PATIENCE)


def _row(case: Mapping[str, Any]) -> str:
    subject = case["subject"]
    return f"{case['outcome']} {subject['kind']} {subject['name']}, case {subject.get('case', '')}"


def _blame(finding: Mapping[str, Any]) -> str:
    """What a finding blames on an engram that did not do it; empty when it is true, or about the sandbox."""
    rule, name = str(finding["rule"]), str(finding["subject"]["name"])
    return "" if rule.startswith("EV9") or workspace.BREAKS.get(name) == rule else f"{rule} of {name}"
