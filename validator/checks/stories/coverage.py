"""How much of their stories all cases together go through: every step, every `if` both ways, every way to fail."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass

from validator.findings import Finding, Location, Subject
from validator.rules import stories as rules
from validator.sources.manifests import Step, Story
from validator.stories.engine.messages import CONDITION_FALSE
from validator.stories.engine.phases import SKIPPED, TIMEOUT
from validator.stories.runs.traces import StepTrace, StoryTrace

MOST_NAMED = 10
"""Paths that a message names."""


@dataclass(frozen=True, slots=True)
class StoryPath:
    """One way that a case can take."""

    story: str
    step: str
    kind: str
    """`run`, `if true`, `if false`, `allowed failure` or `time-out`."""
    location: Location

    def __str__(self) -> str:
        return f"{self.story}/{self.step} ({self.kind})"


@dataclass(frozen=True, slots=True)
class Coverage:
    """The paths of all stories, and those that no case takes."""

    paths: tuple[StoryPath, ...]
    missing: tuple[StoryPath, ...]

    @property
    def percent(self) -> float:
        """Of the paths that are taken; 100 where there is none."""
        return 100 * (1 - len(self.missing) / len(self.paths)) if self.paths else 100.0

    def finding(self, wanted: float, location: Location) -> Finding | None:
        """That the cases take fewer paths than are wanted, in percent; None when they do not."""
        if self.percent >= wanted:
            return None
        named = ", ".join(map(str, self.missing[:MOST_NAMED]))
        more = len(self.missing) - MOST_NAMED
        return rules.COVERAGE.at(
            location,
            Subject("story", self.missing[0].story),
            anchor=("stories",),
            reached=len(self.paths) - len(self.missing),
            all=len(self.paths),
            percent=f"{self.percent:.0f}",
            wanted=f"{wanted:g}",
            missing=f"{named} and {more} more" if more > 0 else named,
        )


def coverage(stories: Iterable[Story], traces: Sequence[StoryTrace]) -> Coverage:
    """What the runs take of the paths of the stories."""
    taken = {(one.story, step.name, kind) for one in _all(traces) for step in one.steps for kind in _kinds(step)}
    paths = tuple(path for story in stories for path in _paths(story))
    return Coverage(paths, tuple(path for path in paths if (path.story, path.step, path.kind) not in taken))


def _all(traces: Iterable[StoryTrace]) -> Iterator[StoryTrace]:
    for one in traces:
        yield one
        yield from _all(below for step in one.steps for _, below in step.below)


def _kinds(step: StepTrace) -> Iterator[str]:
    """The paths that a step took; an `if` that it does not have is no path of the story."""
    if step.ran:
        yield "run"
        yield "if true"
    if step.phase == SKIPPED and step.message == CONDITION_FALSE:
        yield "if false"
    if step.allowed and step.failed:
        yield "allowed failure"
    if step.phase == TIMEOUT or (step.phase == SKIPPED and "timed out" in step.message):
        yield "time-out"


def _paths(story: Story) -> Iterator[StoryPath]:
    for step in story.every_step():
        for kind in _kinds_of(step):
            yield StoryPath(story.name, step.name, kind, step.node.location)


def _kinds_of(step: Step) -> Iterator[str]:
    condition, allowed = step.node.find(("if",)), step.node.find(("allowFailure",))
    if condition is None:
        yield "run"
    else:
        yield "if true"
        yield "if false"
    if allowed is not None and allowed.value is True:
        yield "allowed failure"
    limit = step.node.find(("with", "timeout") if step.type in ("wait", "gate") else ("execution", "timeout"))
    if limit is not None:
        yield "time-out"
