"""What the reports draw of a case of a story: a bar for each step, in virtual time, and what it was given."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from dataclasses import dataclass, replace
from typing import TYPE_CHECKING

from validator.findings import Json, Location

if TYPE_CHECKING:
    from validator.stories.runs.traces import StepTrace, StoryTrace
    from validator.suite.story_results import StoryRan

GOOD = frozenset({"passed", "warned"})
"""Outcomes of cases that nobody has to look at."""


@dataclass(frozen=True, slots=True)
class Stretch:
    """One attempt."""

    started: int
    """Nanoseconds of virtual time since the run of the whole story began."""
    ended: int
    evidence: str
    """`real`, `recorded`, `mocked` or `generated`; empty when it never ended."""


@dataclass(frozen=True, slots=True)
class Bar:
    """One step."""

    name: str
    kind: str
    """The engram, or the primitive's type."""
    depth: int
    """0 in the story itself, 1 in a story that it executes, and so on."""
    phase: str
    """Empty when it was never reached."""
    message: str
    location: Location
    started: int | None
    finished: int | None
    stretches: tuple[Stretch, ...]
    after: tuple[int, ...]
    """The bars of the steps that it waits for, as places in the timeline."""
    raw: Json = None
    """Its `with` over the engram's, as written."""
    given: Json = None
    """The same, resolved; None when it never was."""
    output: Json = None


@dataclass(frozen=True, slots=True)
class Timeline:
    """One case."""

    story: str
    case: str
    """Empty for a run that no case asks for."""
    outcome: str
    verdict: str
    """In words."""
    phase: str
    ended: int
    """Nanoseconds of virtual time."""
    bars: tuple[Bar, ...]

    def masked(self, text: Callable[[str], str], document: Callable[[Json], Json]) -> Timeline:
        """The same without secrets."""
        bars = tuple(
            replace(
                bar,
                message=text(bar.message),
                raw=document(bar.raw),
                given=document(bar.given),
                output=document(bar.output),
            )
            for bar in self.bars
        )
        return replace(self, bars=bars)


def timeline(ran: StoryRan) -> Timeline | None:
    """A case as a timeline; None where nobody knows how it runs."""
    trace = ran.trace
    if trace is None:
        return None
    bars = tuple(_bars(trace, 0, 0, 0))
    return Timeline(ran.story, ran.case, str(ran.outcome), ran.verdict, trace.phase, trace.ended, bars)


def _bars(trace: StoryTrace, began: int, depth: int, first: int) -> Iterator[Bar]:
    """The steps of a story and of those that it executes; `first` is the place of the first one."""
    places: dict[str, int] = {}
    for step in trace.steps:
        if step.section == "branch" and not step.phase:
            continue
        places[step.name] = first
        yield _bar(step, began, depth, tuple(places[name] for name in step.after if name in places))
        first += 1
        for time, below in step.below:
            inner = list(_bars(below, began + time, depth + 1, first))
            yield from inner
            first += len(inner)


def _bar(step: StepTrace, began: int, depth: int, after: tuple[int, ...]) -> Bar:
    return Bar(
        name=step.name,
        kind=step.kind,
        depth=depth,
        phase=step.phase,
        message=step.message,
        location=step.location,
        started=None if step.started is None else began + step.started,
        finished=None if step.finished is None else began + step.finished,
        stretches=tuple(_stretches(step, began)) if step.child is None else (),
        after=after,
        raw=step.raw,
        given=step.given,
        output=step.output,
    )


def _stretches(step: StepTrace, began: int) -> Iterator[Stretch]:
    for one in step.attempts:
        evidence = "" if one.ended is None else str(one.ended.evidence)
        end = one.started + one.delay if step.finished is None else min(one.started + one.delay, step.finished)
        yield Stretch(began + one.started, began + end, evidence)
