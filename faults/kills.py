"""Kills the validator at random moments, by SIGKILL, SIGTERM and SIGINT, under each sandbox.

The moments cover the whole of a run. Half are drawn by the clock, half as a share of the time between two lines of
progress: so the short phases are hit as well as the long ones.
"""

from __future__ import annotations

import os
import random
import signal
import time
from collections.abc import Iterator
from dataclasses import dataclass

from faults.attempt import Attempt, Bench, Verdict

SIGNALS = (signal.SIGKILL, signal.SIGTERM, signal.SIGINT)

UNBORN = "Fatal Python error: init_"
"""Python's own end when it is interrupted before it has come to any program: then nothing of ours was tried."""


@dataclass(frozen=True)
class Moment:
    """When to strike: so many seconds after so many lines of progress."""

    lines: int
    seconds: float

    def __str__(self) -> str:
        return f"{self.seconds:.3f} s after {f'line {self.lines}' if self.lines else 'the start'}"


@dataclass(frozen=True)
class Kill:
    """One try."""

    number: signal.Signals
    moment: Moment
    verdict: Verdict

    def __str__(self) -> str:
        return f"{self.number.name} {self.moment}: {self.verdict}"


def rhythm(bench: Bench) -> list[float]:
    """The moments of an undisturbed run: its start, every line of progress, its end."""
    attempt = Attempt(bench)
    verdict = attempt.judged()
    ended = time.monotonic() - attempt.started
    if not verdict.good:
        raise RuntimeError(f"even an undisturbed run goes wrong: {verdict}\n{verdict.said}")
    return [0.0, *(moment for moment, _ in attempt.lines), ended]


def draw(random_: random.Random, moments: list[float]) -> Moment:
    """A moment of a run with this rhythm."""
    if random_.random() < 0.5:
        return Moment(0, random_.uniform(0, moments[-1]))
    lines = random_.randrange(len(moments) - 1)
    return Moment(lines, random_.uniform(0, moments[lines + 1] - moments[lines]))


def kills(
    bench: Bench, number: signal.Signals, count: int, random_: random.Random, moments: list[float]
) -> Iterator[Kill]:
    """Kill so many runs that are alive. A run that was over before its moment is no try, but must be good as well."""
    done = 0
    while done < count:
        moment = draw(random_, moments)
        attempt = Attempt(bench)
        alive = attempt.wait_for_line(moment.lines) and not attempt.ends_within(moment.seconds)
        if alive:
            # As a terminal does it: Ctrl-C goes to the whole group, the others to the one process.
            (os.killpg if number is signal.SIGINT else os.kill)(attempt.process.pid, number)
            verdict = attempt.judged(killed=number is signal.SIGKILL, interrupted=int(number))
        else:
            verdict = attempt.judged()
        if UNBORN not in verdict.said and (alive or not verdict.good):
            done += 1
            yield Kill(number, moment, verdict)
