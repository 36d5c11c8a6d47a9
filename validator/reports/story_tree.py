"""The runs of stories for people: a tree of steps, each with its phase, attempts, times and evidence."""

from __future__ import annotations

from collections.abc import Iterator

from validator.reports.escapes import inline
from validator.reports.values import compact
from validator.stories.runs.performers import Started
from validator.stories.runs.traces import StepTrace, StoryTrace
from validator.stories.runs.triggers import Outcome
from validator.suite.story_results import StoryRan

_SECOND = 1_000_000_000
_MOST_OUTPUT = 200
"""Characters."""


def tree(ran: StoryRan) -> str:
    """One case, its steps below it."""
    return "\n".join(_lines(ran))


def _lines(ran: StoryRan) -> Iterator[str]:
    title = f"{ran.story}: {inline(ran.case)}" if ran.case else ran.story
    yield f"{title}: {ran.verdict}"
    if ran.trace is None:
        yield f"  {inline(ran.reason)}"
        return
    yield from _steps(ran.trace, "  ")
    yield f"  {_ending(ran.trace)}"
    if ran.trace.output is not None:
        yield f"  output: {compact(ran.trace.output, _MOST_OUTPUT)}"


def _ending(trace: StoryTrace) -> str:
    if trace.causes:
        return f"never ends; nothing happens after {_time(trace.ended)} of virtual time"
    inputs = ", with generated inputs" if trace.generated_inputs else ""
    real = f", {trace.seconds:.1f} s of real time" if trace.seconds >= _SHOWN else ""
    return f"{trace.phase} after {_time(trace.ended)} of virtual time{real}{inputs}: {inline(trace.message)}"


_SHOWN = 0.05
"""Seconds of real time that are worth telling."""


def _steps(trace: StoryTrace, indent: str) -> Iterator[str]:
    reached = [step for step in trace.steps if step.section != "branch" or step.phase]
    wide = max((len(step.name) for step in reached), default=0)
    for step in reached:
        yield f"{indent}{step.name:{wide}}  {', '.join(_facts(step))}"
        if step.child is not None:
            yield from _steps(step.child, f"{indent}  ")
        for began, story in step.stories:
            yield f"{indent}  {_started(began, story)}"
            if story.trace is not None:
                yield from _steps(story.trace, f"{indent}    ")


def _started(began: int, story: Started) -> str:
    """A story that an engram started: what the platform decided, and how it ended."""
    title = f"starts story {inline(story.story)}"
    if story.outcome is not Outcome.CREATED:
        return f"{title}: {story.outcome}{f', {inline(story.message)}' if story.message else ''}"
    if story.deleted:
        return f"{title} at {_time(began)}: deleted by the engram"
    if story.trace is None:
        return f"{title} at {_time(began)}: not played"
    trace = story.trace
    ending = f"{trace.phase} at {_time(began + trace.ended)}" if not trace.causes else "never ends"
    return f"{title} at {_time(began)}: {ending}{'' if story.awaited else ', not waited for'}"


def _facts(step: StepTrace) -> Iterator[str]:
    yield step.phase or "not reached"
    if len(step.attempts) > 1:
        yield f"{len(step.attempts)} attempts"
    if step.ran and step.started is not None:
        yield _time(step.started) + ("" if step.finished is None else f" to {_time(step.finished)}")
    if step.child is not None:
        yield f"story {step.child.story}"
    if step.evidence is not None:
        real = f" in {step.seconds:.1f} s" if step.seconds >= _SHOWN else ""
        yield f"{step.evidence}{real}"
    if step.message:
        yield inline(step.message)


def _time(nanos: int) -> str:
    return f"{nanos / _SECOND:g} s"
