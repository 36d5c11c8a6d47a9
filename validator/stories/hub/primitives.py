"""Primitives between engrams, executed by the hub for each packet (story-run.md, B5.4)."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Protocol

from validator.findings import Json
from validator.stories.hub.evaluation import Variables, resolved
from validator.stories.hub.steps import HubStep
from validator.templates.clock import parse_duration
from validator.templates.errors import CallError


class StopError(Exception):
    """A `stop`: no later receiver gets the packet."""

    def __init__(self, message: str, step: str) -> None:
        super().__init__(message)
        self.step = step


class PrimitiveError(Exception):
    """A primitive failed: the hub closes the stream of the sender."""


@dataclass(frozen=True, slots=True)
class Ended:
    """How something ended that the hub has started."""

    seconds: float = 0.0
    """How long it took; the stream of the sender waits as long."""
    problem: str = ""
    """Why it failed; empty when it did not."""
    output: Mapping[str, Json] | None = None


class Outside(Protocol):
    """Who runs what is no stream: the child stories and the jobs that packets start."""

    def execute_story(self, step: str, story: str, inputs: Mapping[str, Json]) -> Ended:
        """Start a StoryRun."""
        ...

    def run_job(self, step: str, engram: str, inputs: Mapping[str, Json] | None) -> Ended:
        """Create a StepRun, and wait for its end."""
        ...


def execute(step: HubStep, variables: Variables, outside: Outside) -> float:
    """Execute a primitive; for how many seconds it holds up the stream.

    Raises StopError, PrimitiveError, EvaluationError and BlockedError.
    """
    match step.type:
        case "sleep":
            return _sleep(step, variables)
        case "stop":
            message = resolved(step.with_ or {}, variables.context()).get("message")
            raise StopError(message if isinstance(message, str) and message.strip() else step.name, step.name)
        case "executeStory":
            return _execute_story(step, variables, outside)
        case _:
            return 0.0


def _sleep(step: HubStep, variables: Variables) -> float:
    settings = resolved(step.with_ or {}, variables.context())
    duration = settings.get("duration")
    text = duration if isinstance(duration, str) else settings.get("for")
    if not isinstance(text, str) or not text.strip():
        return 0.0
    try:
        return max(0, parse_duration(text)) / 1e9
    except CallError as error:
        raise PrimitiveError(f"{text} is no duration") from error


def _execute_story(step: HubStep, variables: Variables, outside: Outside) -> float:
    block = step.with_ or {}
    reference, inner = block.get("storyRef"), block.get("with")
    name = reference.get("name") if isinstance(reference, dict) else None
    if not isinstance(name, str) or not name:
        raise PrimitiveError("`with.storyRef.name` is missing")
    inputs = resolved(inner, variables.context()) if isinstance(inner, dict) else {}
    ended = outside.execute_story(step.name, name, inputs)
    if block.get("waitForCompletion") is not True:
        return 0.0
    if ended.problem:
        raise PrimitiveError(f"story {name}: {ended.problem}")
    return ended.seconds
