"""What happens while a run goes on, for whoever shows progress."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass

from validator.findings import Subject
from validator.suite.results import CaseResult, TestedImage


@dataclass(frozen=True, slots=True)
class Planned:
    """How much there is to do."""

    images: int
    cases: int


@dataclass(frozen=True, slots=True)
class ImageProgress:
    """An image is being built, loaded or pulled."""

    template: str
    detail: str


@dataclass(frozen=True, slots=True)
class ImageReady:
    """An image can be run."""

    image: TestedImage


@dataclass(frozen=True, slots=True)
class CaseStarted:
    """A case began."""

    subject: Subject


@dataclass(frozen=True, slots=True)
class CaseFinished:
    """A case ended."""

    result: CaseResult


Event = Planned | ImageProgress | ImageReady | CaseStarted | CaseFinished
Observer = Callable[[Event], None]
"""Called from the scheduler's threads, one call at a time."""


def ignore(event: Event) -> None:
    """The observer of those who want no progress."""
