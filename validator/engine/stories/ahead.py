"""Images of steps that the story already allows, while it waits for another step that takes longer on the clock.

All attempts take virtual time that does not depend on the clock, so the run hears of their ends in an order of its own,
and may wait for a slow step before it starts what follows a quick one. While it waits, the run is played again with
the ends that are known, as if the others never came: what that starts is started for real, and the run finds it begun
when it comes there itself, with the same inputs. Its trace is the same as without; only the wait is shorter.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable
from concurrent.futures import Future
from contextlib import suppress
from dataclasses import dataclass, field
from typing import Protocol

from validator.engine.stories.memory import Key, key_of
from validator.stories.engine.definition import MAIN, DefinitionError
from validator.stories.runs.performers import Ended, Performer, Task, pending
from validator.templates.errors import UnsupportedError


class Starter(Protocol):
    """Starts the images of steps (`images.Images`)."""

    def submit(self, task: Task) -> Future[Ended] | None:
        """Start an attempt; None where there is no image for it."""

    def wait(self, attempts: Iterable[Future[Ended]], /) -> None:
        """Wait until one of them has ended."""

    def heed_signals(self) -> None:
        """Handle the signals that came since the last wait."""


@dataclass
class Ahead:
    """Performs steps by a starter (`runs.performers.Performer`), as early as the story allows."""

    starter: Starter
    play: Callable[[Performer], object]
    """Plays the run once more, with what performs its steps. Nothing else of the run may be changed by it."""
    late: frozenset[str] = frozenset()
    """Steps of the story, or their child stories, that are never begun before the run comes to them."""
    begun: dict[Key, Future[Ended]] = field(default_factory=dict)

    def begin(self, task: Task) -> Callable[[], Ended] | None:
        """Start an attempt, unless it has begun; None where there is no image for it."""
        future = self.future(task)
        return None if future is None else lambda: self._end(future)

    def future(self, task: Task) -> Future[Ended] | None:
        """The attempt, which is started if it has not begun."""
        key = key_of(task)
        if key not in self.begun:
            future = self.starter.submit(task)
            if future is None:
                return None
            self.begun[key] = future
        return self.begun[key]

    def close(self) -> None:
        """Give up what has not begun yet: the run did not come to it."""
        for future in self.begun.values():
            future.cancel()

    def _end(self, future: Future[Ended]) -> Ended:
        while not future.done():
            known = {one for one in self.begun.values() if one.done()}
            self._look_ahead()
            # One that has ended since the look began is reason enough for another look.
            self.starter.wait(set(self.begun.values()) - known)
        return future.result()

    def _look_ahead(self) -> None:
        with suppress(UnsupportedError, DefinitionError):  # the run itself says so when it comes there
            self.play(_Known(self))


@dataclass(frozen=True)
class _Known:
    """Answers with the ends that are known; other attempts run, and their ends never come."""

    ahead: Ahead

    def begin(self, task: Task) -> Callable[[], Ended] | None:
        future = self.ahead.begun.get(key_of(task))
        if future is None:
            # Whether compensations and `finally` are wanted is not known before all other steps are over.
            if task.root in self.ahead.late or task.step.home != MAIN:
                return pending
            future = self.ahead.future(task)
        if future is None:
            return None
        return future.result if _has_end(future) else pending


def _has_end(future: Future[Ended]) -> bool:
    return future.done() and not future.cancelled() and future.exception() is None
