"""What happens to a run from outside, and the queue in which it waits for its time."""

from __future__ import annotations

import heapq
from collections.abc import Callable, Container
from dataclasses import dataclass, field
from typing import TypeAlias

from validator.findings import Json


@dataclass(frozen=True, slots=True)
class JobEnded:
    """The process of a step ended."""

    step_run: str
    phase: str = ""
    """What the engram reported itself; empty when it did not."""
    exit_code: int = 0
    """-1 when it cannot be known."""
    exit_class: str = ""
    message: str = ""
    output: Json = None
    """None is no output."""


@dataclass(frozen=True, slots=True)
class SignalSent:
    """An engram sent a signal."""

    step_run: str
    name: str
    value: Json


@dataclass(frozen=True, slots=True)
class ChildEnded:
    """The run of another story ended."""

    child: str
    phase: str
    message: str = ""
    output: Json = None


@dataclass(frozen=True, slots=True)
class GateDecided:
    """Somebody decided at a gate."""

    step: str
    approved: bool
    message: str = ""


@dataclass(frozen=True, slots=True)
class RetryDue:
    """The delay before another attempt of a step is over."""

    step_run: str


@dataclass(frozen=True, slots=True)
class CancelRequested:
    """Somebody cancels the run (`spec.cancelRequested`)."""


@dataclass(frozen=True, slots=True)
class GraceOver:
    """The time is over that running steps have to end by themselves after a cancel."""


@dataclass(frozen=True, slots=True)
class RedriveRequested:
    """Somebody lets the run begin again (annotation `redrive-token`), or a part of it (`redrive-from-step`)."""

    step: str = ""
    """This step and what depends on it; empty for the whole run."""


@dataclass(frozen=True, slots=True)
class Awaited:
    """The end of a process that runs outside: its time in the story is known, and how it ended when that has come."""

    step_run: str
    end: Callable[[], JobEnded | Later]
    """Waits for the process."""


@dataclass(frozen=True, slots=True)
class Later:
    """An end that comes later than was known: the process waited for something that takes time in the story."""

    delay: int
    """Nanoseconds."""
    event: JobEnded


Event: TypeAlias = (
    JobEnded | SignalSent | ChildEnded | GateDecided | RetryDue | CancelRequested | GraceOver | RedriveRequested
)


@dataclass(slots=True)
class Queue:
    """Events by time; those of the same time in the order in which they were armed."""

    _items: list[tuple[int, int, Event | Awaited]] = field(default_factory=list)
    _armed: int = 0

    def arm(self, time: int, event: Event | Awaited) -> None:
        """Let an event happen at a time."""
        self._armed += 1
        heapq.heappush(self._items, (time, self._armed, event))

    def forget(self, names: Container[str]) -> None:
        """Leave out what would happen to StepRuns and child runs that are deleted."""
        self._items = [item for item in self._items if _subject(item[2]) not in names]
        heapq.heapify(self._items)

    @property
    def next_time(self) -> int | None:
        """When the next event happens; None when there is none."""
        return self._items[0][0] if self._items else None

    def take(self) -> Event | None:
        """The next event; None when it turns out to come later.

        One that is decided outside is waited for: time stands still meanwhile.
        """
        time, _, event = heapq.heappop(self._items)
        if not isinstance(event, Awaited):
            return event
        ended = event.end()
        if not isinstance(ended, Later):
            return ended
        self.arm(time + ended.delay, ended.event)
        return None

    @property
    def events(self) -> tuple[Event | Awaited, ...]:
        """All that are still to come."""
        return tuple(item[2] for item in sorted(self._items, key=lambda item: item[:2]))


def _subject(event: Event | Awaited) -> str:
    """The StepRun or child run that an event is about; empty for none."""
    match event:
        case JobEnded() | SignalSent() | RetryDue() | Awaited():
            return event.step_run
        case ChildEnded():
            return event.child
        case _:
            return ""
