"""What happens to a run from outside, and the queue in which it waits for its time."""

from __future__ import annotations

import heapq
from collections.abc import Callable
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
class Awaited:
    """The end of a process that runs outside: its time in the story is known, and how it ended when that has come."""

    end: Callable[[], JobEnded]
    """Waits for the process."""


Event: TypeAlias = JobEnded | SignalSent | ChildEnded | GateDecided | RetryDue


@dataclass(slots=True)
class Queue:
    """Events by time; those of the same time in the order in which they were armed."""

    _items: list[tuple[int, int, Event | Awaited]] = field(default_factory=list)
    _armed: int = 0

    def arm(self, time: int, event: Event | Awaited) -> None:
        """Let an event happen at a time."""
        self._armed += 1
        heapq.heappush(self._items, (time, self._armed, event))

    @property
    def next_time(self) -> int | None:
        """When the next event happens; None when there is none."""
        return self._items[0][0] if self._items else None

    def take(self) -> Event:
        """The next event. One that is decided outside is waited for: time stands still meanwhile."""
        event = heapq.heappop(self._items)[2]
        return event.end() if isinstance(event, Awaited) else event

    @property
    def events(self) -> tuple[Event | Awaited, ...]:
        """All that are still to come."""
        return tuple(item[2] for item in sorted(self._items, key=lambda item: item[:2]))
