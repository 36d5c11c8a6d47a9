"""Builds that never end, and a validator that is stopped during one: the daemon must not go on with it."""

from __future__ import annotations

import random
import shutil
import signal
from collections.abc import Iterator
from dataclasses import replace

from faults import strangers
from faults.attempt import Attempt, Bench, Verdict
from faults.workspace import Engram, write

ENDLESS = "endless"
STEPS = {
    "silent": "import time\nwhile True: time.sleep(100)",
    "noisy": "while True: print('x' * 1000, flush=True)",
    "deaf": "import os, signal, time\nfor each in (1, 2, 15): signal.signal(each, signal.SIG_IGN)\n"
    "os.fork() or os.setsid()\nwhile True: time.sleep(100)",
}
"""What a step of a build does instead of ending."""
TIMEOUT = ("--timeout", "0.4s")
"""Of a case; a build has twenty times as long."""
STOPPED = (signal.SIGINT, signal.SIGTERM, signal.SIGKILL)
POLL = 0.05


def endless_builds(bench: Bench, tag: str, random_: random.Random) -> Iterator[tuple[str, tuple[Verdict, str]]]:
    """Each kind of step, to the deadline of its build; then one that is interrupted or killed with its validator."""
    if bench.daemon is None:
        return
    with strangers.interpreter(bench) as interpreter:
        assert interpreter is not None
        for step, program in STEPS.items():
            folder = bench.workspace.parent / f"build-{step}"
            write(folder, tag, (Engram("conforming", 1), Engram("wrongtype", 2)))
            strangers.add_build(folder, ENDLESS, program, interpreter)
            here = replace(bench, workspace=folder).with_arguments(*TIMEOUT)
            yield "build that never ends", (_given_up(here), step)
            for number in STOPPED:
                yield "stopped in a build", (_stopped(here, number), f"{step}, {number.name}")
            shutil.rmtree(folder)


def _given_up(bench: Bench) -> Verdict:
    """A build that is left to its deadline: it is told, and the other engrams are judged."""
    attempt = Attempt(bench)
    verdict = attempt.judged()
    failed = {line for line in attempt.finished() if line.startswith("failed template wrongtype")}
    verdict.lost |= {"wrongtype"} if len(failed) != 2 else set()
    verdict.lost |= set() if "it was not done in" in attempt.output() else {"EV910"}
    return verdict


def _stopped(bench: Bench, number: signal.Signals) -> Verdict:
    """A validator that gets a signal while a step of its build runs."""
    attempt = Attempt(bench)
    while not _steps(bench) and not attempt.ends_within(POLL):
        pass
    attempt.process.send_signal(number)
    verdict = attempt.judged(killed=number is signal.SIGKILL, interrupted=int(number))
    verdict.lost |= {"the build was over before"} if "it was not done in" in attempt.output() else set()
    return verdict


def _steps(bench: Bench) -> list[str]:
    """Containers of steps: those that have no name of ours."""
    assert bench.daemon is not None
    names = bench.daemon.docker("ps", "--format", "{{.Names}}").split()
    return [name for name in names if not name.startswith("engram-validate-")]
