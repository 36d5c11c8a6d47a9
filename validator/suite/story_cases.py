"""One case of a story: its inputs, what its steps do, and how the run should end."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from typing import Any, TypeAlias

from validator.findings import Json, Location
from validator.sources.node import Node
from validator.stories.runs.script import USUAL, Attempt, Decision, Script
from validator.suite.quantities import seconds

Secrets: TypeAlias = Mapping[str, Mapping[str, str]]
"""Values by the name of a secret and its keys."""

SECOND = 1_000_000_000


@dataclass(frozen=True, slots=True)
class StepExpectation:
    """How one step should end. All empty: nothing is expected of it."""

    phase: str = ""
    input: Json = None
    has_input: bool = False
    output: Json = None
    has_output: bool = False
    attempts: int | None = None
    skipped: bool | str | None = None
    """Whether it is skipped, or a part of the reason."""
    message: str = ""
    """A part of what the platform says of it."""


@dataclass(frozen=True, slots=True)
class StoryExpectation:
    """How the run should end. All empty: it succeeds."""

    phase: str = ""
    ends: bool = True
    """False when the run is expected to wait forever."""
    message: str = ""
    output: Json = None
    has_output: bool = False
    steps: Mapping[str, StepExpectation] = field(default_factory=dict)
    order: tuple[str, ...] = ()
    """Steps of which each begins when the one before is over."""
    never: tuple[str, ...] = ()
    """Steps that are never started."""
    deliveries: tuple[str, ...] | None = None
    """What becomes of each StoryTrigger of the impulse; None where nobody says."""
    at_least: float | None = None
    """Seconds of virtual time."""
    at_most: float | None = None


@dataclass(frozen=True, slots=True)
class ImpulseRequest:
    """One HTTP request to an impulse."""

    port: int
    method: str = "POST"
    path: str = "/"
    headers: Mapping[str, str] = field(default_factory=dict)
    body: Json = None
    """Sent as JSON; a text as it is."""


@dataclass(frozen=True, slots=True)
class ImpulseTrigger:
    """The impulse that starts the run, and what makes it do so."""

    impulse: str
    image: str = ""
    process: str = ""
    """A program with its arguments, relative to the configuration."""
    requests: tuple[ImpulseRequest, ...] = ()
    secrets: Secrets = field(default_factory=dict)


@dataclass(frozen=True, slots=True)
class StoryCase:
    """One sample for one story."""

    name: str
    key: str
    """The story's name in the configuration."""
    location: Location
    node: Node
    inputs: Mapping[str, Json] | None = None
    """None to have them made from the inputsSchema."""
    script: Script = field(default_factory=Script)
    expect: StoryExpectation = StoryExpectation()
    trigger: ImpulseTrigger | None = None
    """What gives the inputs; None where the case says them."""
    profile: str = ""
    """`implemented` or `documented`; empty for what the run says."""

    def place(self, *path: str | int) -> Location:
        """Where a part of the case is written, as deep as it goes; else the case."""
        return self.node.at(path).location


def read_case(key: str, entry: Mapping[str, Any], node: Node, secrets: Secrets) -> StoryCase:
    """A case that the schema of the file found right; `secrets` are those of its impulse, with their values."""
    trigger = entry.get("trigger")
    inputs = entry.get("inputs") if trigger is None else trigger.get("payload")
    return StoryCase(
        name=entry["name"],
        key=key,
        location=node.location,
        node=node,
        inputs=inputs,
        script=_script(entry),
        expect=_expectation(entry.get("expect", {})),
        trigger=_trigger(trigger, secrets) if trigger is not None and "impulse" in trigger else None,
        profile=entry.get("profile", ""),
    )


def _trigger(entry: Mapping[str, Any], secrets: Secrets) -> ImpulseTrigger:
    sent = entry["send"] if isinstance(entry["send"], list) else [entry["send"]]
    requests = tuple(ImpulseRequest(**one) for one in sent)
    return ImpulseTrigger(entry["impulse"], entry.get("image", ""), entry.get("process", ""), requests, secrets)


def _script(entry: Mapping[str, Any]) -> Script:
    steps = entry.get("steps", {})
    gates = {name: one for name, one in steps.items() if isinstance(one, dict) and "gate" in one}
    redrive = entry.get("redrive")
    return Script(
        cancel=_nanos(entry["cancel"]["after"]) if "cancel" in entry else None,
        redrives=() if redrive is None else ("" if redrive is True else redrive["from"],),
        attempts={name: tuple(_attempts(one)) for name, one in steps.items() if name not in gates},
        gates={name: _decision(one) for name, one in gates.items()},
        children={name: _script(one) for name, one in entry.get("stories", {}).items()},
    )


def _decision(entry: Mapping[str, Any]) -> Decision:
    return Decision(entry["gate"] == "approved", _nanos(entry.get("at", 0)), entry.get("message", ""))


def _attempts(entry: Any) -> Iterator[Attempt]:
    for one in entry if isinstance(entry, list) else [entry]:
        yield _attempt(one)


def _attempt(entry: Mapping[str, Any]) -> Attempt:
    delay = _nanos(entry["delay"]) if "delay" in entry else USUAL
    if "output" in entry:
        return Attempt("output", entry["output"], delay=delay)
    if "error" in entry:
        error = entry["error"]
        fields = error if isinstance(error, dict) else {"message": error if isinstance(error, str) else "mocked error"}
        message = fields.get("message", "mocked error")
        return Attempt("error", message=message, exit_class=fields.get("exitClass", "terminal"), delay=delay)
    if "exit" in entry:
        return Attempt("exit", exit_code=entry["exit"], delay=delay)
    if entry.get("kill"):
        return Attempt("exit", exit_code=KILLED, delay=delay)
    if entry.get("timeout"):
        return Attempt("timeout")
    return Attempt(delay=delay)


KILLED = 137
"""The exit code of a process that SIGKILL ended."""


def _expectation(entry: Mapping[str, Any]) -> StoryExpectation:
    time = entry.get("time", {})
    bounds = time if isinstance(time, dict) else {"min": time, "max": time}
    return StoryExpectation(
        phase=entry.get("phase", ""),
        ends=entry.get("ends", True),
        message=entry.get("message", ""),
        output=entry.get("output"),
        has_output="output" in entry,
        steps={name: _of_step(one) for name, one in entry.get("steps", {}).items()},
        order=tuple(entry.get("order", ())),
        never=tuple(entry.get("never", ())),
        deliveries=tuple(entry["deliveries"]) if "deliveries" in entry else None,
        at_least=seconds(bounds["min"]) if "min" in bounds else None,
        at_most=seconds(bounds["max"]) if "max" in bounds else None,
    )


def _of_step(entry: Mapping[str, Any]) -> StepExpectation:
    return StepExpectation(
        phase=entry.get("phase", ""),
        input=entry.get("input"),
        has_input="input" in entry,
        output=entry.get("output"),
        has_output="output" in entry,
        attempts=entry.get("attempts"),
        skipped=entry.get("skipped"),
        message=entry.get("message", ""),
    )


def _nanos(value: Any) -> int:
    return round(seconds(value) * SECOND) if value else 0
