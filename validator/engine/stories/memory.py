"""What performers gave in a run, for those who play it again with another behaviour of the platform."""

from __future__ import annotations

import json
from collections.abc import Callable
from dataclasses import dataclass, field
from typing import TypeAlias

from validator.stories.runs.performers import Ended, Performer, Task

Key: TypeAlias = tuple[str, str, str, int, str]
"""Case, story, step, attempt, and its inputs as JSON."""


@dataclass(slots=True)
class Memory:
    """Remembers what other performers give."""

    performers: tuple[Performer, ...]
    ends: dict[Key, Ended] = field(default_factory=dict)

    def begin(self, task: Task) -> Callable[[], Ended] | None:
        """Let the others do it, and remember the end."""
        for performer in self.performers:
            wait = performer.begin(task)
            if wait is not None:
                return self._remember_end(task, wait)
        return None

    def _remember_end(self, task: Task, wait: Callable[[], Ended]) -> Callable[[], Ended]:
        def end() -> Ended:
            ended = self.ends[key_of(task)] = wait()
            return ended

        return end

    def recall(self) -> Recall:
        """What answers from memory alone."""
        return Recall(dict(self.ends))


@dataclass(frozen=True, slots=True)
class Recall:
    """Answers with what was given before, to the same inputs."""

    ends: dict[Key, Ended]

    def begin(self, task: Task) -> Callable[[], Ended] | None:
        """What was given; None when nothing was."""
        ended = self.ends.get(key_of(task))
        return None if ended is None else lambda: ended


def key_of(task: Task) -> Key:
    """What tells one attempt from all others, its inputs too."""
    given = json.dumps(dict(task.inputs), sort_keys=True)
    return task.case, task.story.name, task.step.name, task.attempt, given
