"""What a case says of the steps of a story: how each attempt ends, what is decided at gates, what child stories do."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field

from validator.findings import Json
from validator.stories.engine.durations import SECOND

USUAL = SECOND
"""How long a step takes in virtual time when nobody says."""


@dataclass(frozen=True, slots=True)
class Attempt:
    """How one attempt of a step ends. Without an `end` the step itself decides: its image, a record, or a sample."""

    end: str = ""
    """`output`, `error`, `exit` (without a report), `timeout`, `never`, or empty."""
    output: Json = None
    phase: str = ""
    """What is reported, where that is neither plain success nor plain failure."""
    message: str = ""
    exit_class: str = ""
    exit_code: int = 0
    """-1 when nobody knows it."""
    delay: int = USUAL
    """Nanoseconds of virtual time that it takes."""


UNSCRIPTED = Attempt()


@dataclass(frozen=True, slots=True)
class Decision:
    """What is decided at a gate."""

    approved: bool
    at: int
    """Nanoseconds since the run began."""
    message: str = ""


@dataclass(frozen=True)
class Script:
    """What is said of the steps of one story."""

    attempts: Mapping[str, tuple[Attempt, ...]] = field(default_factory=dict)
    """By step; the last one repeats. Those of an `executeStory` step stand for its child story."""
    gates: Mapping[str, Decision] = field(default_factory=dict)
    children: Mapping[str, Script] = field(default_factory=dict)
    """What is said of the steps of child stories, by the story's name."""
    cancel: int | None = None
    """When somebody cancels the run: nanoseconds since it began."""
    redrives: tuple[str, ...] = ()
    """What somebody lets begin again each time that the run is over: a step and what depends on it, or all of it when
    empty. Attempts are counted on."""

    def attempt(self, step: str, number: int) -> Attempt:
        """How an attempt of a step ends; the first is 1."""
        attempts = self.attempts.get(step)
        return attempts[min(number, len(attempts)) - 1] if attempts else UNSCRIPTED

    def of_child(self, story: str) -> Script:
        """What is said of a child story, and of those that it executes itself."""
        own = self.children.get(story, Script())
        return Script(own.attempts, own.gates, {**self.children, **own.children})
