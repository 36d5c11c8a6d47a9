"""What happens while a run goes on, for whoever shows progress."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass

from validator.findings import Subject
from validator.suite.results import CaseResult, TestedImage


@dataclass(frozen=True, slots=True)
class SecretsKnown:
    """What nobody may see is known from here on. For whoever prints what did not come through the results."""

    mask: Callable[[str], str]
    """A line of a file without secrets, also without those that are written in a case; all else stays in its column."""
    real: tuple[str, ...] = ()
    """Those that came from the environment: CI has to keep them out of its log."""

    def __repr__(self) -> str:
        return f"SecretsKnown({len(self.real)} real)"


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
    """A case ended: a row for each check that judged it, of the streaming contract one for each thing it tries.

    Outcomes are those of the report: a finding that is silenced fails no case.
    """

    subject: Subject
    results: tuple[CaseResult, ...]


@dataclass(frozen=True, slots=True)
class AllRun:
    """Nothing runs any more, and what ran is known: only the judging of the whole and the reports are left."""


@dataclass(frozen=True, slots=True)
class BaselineWritten:
    """All present findings are accepted from now on."""

    file: str
    """As it was named."""
    findings: int


Event = SecretsKnown | Planned | ImageProgress | ImageReady | CaseStarted | CaseFinished | AllRun | BaselineWritten
Observer = Callable[[Event], None]
"""Called from the scheduler's threads, one call at a time."""


def ignore(event: Event) -> None:
    """The observer of those who want no progress."""
