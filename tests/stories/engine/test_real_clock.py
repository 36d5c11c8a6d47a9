"""Virtual time jumps, a real clock does not: the same story takes the same way by both (story-run.md, I5).

The clock runs fast, so that a day of the story is under a second. Ends of processes come from timers of their own, that
know nothing of the engine's time, as real ones do.
"""

from __future__ import annotations

import queue
import threading
import time
from collections.abc import Iterable

import pytest

from validator.findings import Json
from validator.stories.engine.definition import read_story
from validator.stories.engine.durations import SECOND
from validator.stories.engine.events import ChildEnded, Event, GateDecided, JobEnded
from validator.stories.engine.execution import Execution
from validator.stories.engine.profile import PROFILES
from validator.stories.engine.state import ChildRun, StepRun

FAST = 100_000
"""Seconds of the story in one of the clock."""
HOUR = 3600

STORY: Json = {
    "steps": [
        {"name": "fetch", "ref": {"name": "e"}, "execution": {"retry": {"maxRetries": 3, "delay": "10m"}}},
        {"name": "nap", "type": "sleep", "with": {"duration": "1h"}},
        {
            "name": "ready",
            "type": "wait",
            "needs": ["nap"],
            "with": {"until": "{{ inputs.ready }}", "pollInterval": "5m", "timeout": "3h", "onTimeout": "skip"},
        },
        {"name": "ask", "type": "gate", "needs": ["fetch"], "with": {"timeout": "24h"}},
        {"name": "send", "ref": {"name": "e"}, "needs": ["ask", "ready"], "if": "{{ not inputs.ready }}"},
    ]
}
ENDS: dict[str, list[tuple[int, JobEnded]]] = {
    "fetch": [
        (HOUR // 2, JobEnded("run-fetch", exit_code=137)),
        (HOUR // 2, JobEnded("run-fetch", exit_code=137)),
        (HOUR // 2, JobEnded("run-fetch", "Succeeded", output={"x": 1})),
    ],
    "send": [(HOUR, JobEnded("run-send", "Succeeded"))],
}


class Known:
    """Tells at once when everything will end."""

    def decisions(self) -> Iterable[tuple[int, GateDecided]]:
        return [(20 * HOUR * SECOND, GateDecided("ask", approved=True))]

    def job_started(self, step_run: StepRun, now: int) -> Iterable[tuple[int, Event]]:
        after, end = ENDS[step_run.step.name][len(step_run.jobs) - 1]
        return [(now + after * SECOND, end)]

    def child_started(self, child: ChildRun, now: int) -> Iterable[tuple[int, ChildEnded]]:
        return []


class Unknown(Known):
    """Tells of an end when it happens, by a clock."""

    def __init__(self) -> None:
        self.happened: queue.Queue[Event] = queue.Queue()
        self.timers: list[threading.Timer] = []
        self._later(20 * HOUR, GateDecided("ask", approved=True))

    def decisions(self) -> Iterable[tuple[int, GateDecided]]:
        return []

    def job_started(self, step_run: StepRun, now: int) -> Iterable[tuple[int, Event]]:
        self._later(*ENDS[step_run.step.name][len(step_run.jobs) - 1])
        return []

    def _later(self, seconds: float, event: Event) -> None:
        timer = threading.Timer(seconds / FAST, self.happened.put, (event,))
        self.timers.append(timer)
        timer.start()

    def close(self) -> None:
        for timer in self.timers:
            timer.cancel()
            timer.join()


def way(execution: Execution) -> dict[str, object]:
    """What became of the run, without times."""
    run = execution.run
    return {
        "phase": (run.phase, run.message),
        "steps": {name: (state.phase, state.message) for name, state in run.states.items()},
        "launched": [name for trace in execution.traces for name in trace.launched],
        "attempts": {name: len(one.jobs) for name, one in run.step_runs.items()},
    }


def by_the_clock(execution: Execution, outside: Unknown) -> None:
    """Play a run without jumping: wait until the clock is there, or until something happens."""
    began = time.monotonic()
    execution.start()
    while not execution.run.terminal:
        due = execution.next_time
        left = None if due is None else due / SECOND / FAST - (time.monotonic() - began)
        try:
            event = outside.happened.get(timeout=5 if left is None else max(left, 0))
        except queue.Empty:
            assert due is not None, "nothing happens any more"
            execution.step()
            continue
        now = round((time.monotonic() - began) * FAST * SECOND)
        execution.queue.arm(max(now, execution.now), event)


@pytest.mark.parametrize("profile", ["implemented", "documented"])
def test_the_way_is_the_same(profile: str) -> None:
    story = read_story(STORY, {"e": {}})
    jumping = Execution(story, Known(), {"ready": False}, PROFILES[profile])
    began = time.monotonic()
    jumping.play()
    assert time.monotonic() - began < 1
    outside = Unknown()
    try:
        waiting = Execution(story, outside, {"ready": False}, PROFILES[profile])
        by_the_clock(waiting, outside)
    finally:
        outside.close()

    assert way(jumping) == way(waiting)
    assert way(jumping)["attempts"] == {"run-fetch": 3, "run-send": 1}
    assert waiting.now == pytest.approx(jumping.now, rel=0.2)
