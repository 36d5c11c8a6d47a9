"""What a story says, read once: steps, policies, the engrams and stories it refers to."""

from __future__ import annotations

import json
from collections.abc import Mapping
from dataclasses import dataclass, field
from functools import cached_property

from validator.findings import Json
from validator.templates.admission import banned_word

MAIN, COMPENSATIONS, FINALLY = "steps", "compensations", "finally"
SECTIONS = (MAIN, COMPENSATIONS, FINALLY)


class DefinitionError(Exception):
    """The document has not the shape of a story; says where and what was expected."""


@dataclass(frozen=True, slots=True)
class RetryPolicy:
    """When and how often a crashed step is tried again. None is the platform's default."""

    max_retries: int | None = None
    delay: str = ""
    max_delay: str = ""
    backoff: str = ""


@dataclass(frozen=True, slots=True)
class Step:
    """One step, or one branch of a `parallel`."""

    name: str
    section: str
    document: Mapping[str, Json]
    id: str = ""
    type: str = ""
    ref: str = ""
    """The engram; empty for a primitive."""
    needs: tuple[str, ...] = ()
    condition: str = ""
    """The raw `if`; empty when there is none."""
    input: Json = None
    """The raw `with`."""
    input_text: str = ""
    """The same as JSON; empty when there is none."""
    allow_failure: bool = False
    requires: tuple[str, ...] = ()
    key_template: str = ""
    post_condition: str | None = None
    post_message: str = ""
    retry: RetryPolicy | None = None
    most_inline: int | None = None
    condition_ban: str = ""
    """Why the `if` is not evaluated at all; empty when it is."""
    branches: tuple[Step, ...] = ()


@dataclass(frozen=True, slots=True)
class Engram:
    """One engram with its template."""

    name: str
    input: Json = None
    """Its own `with`."""
    input_schema: Json = None
    output_schema: Json = None
    has_template: bool = True

    @property
    def template(self) -> str:
        """The template's name."""
        return f"t-{self.name}"


@dataclass(frozen=True)
class Story:
    """One story with what it refers to."""

    steps: tuple[Step, ...]
    compensations: tuple[Step, ...] = ()
    finally_: tuple[Step, ...] = ()
    realtime: bool = False
    inputs_schema: Json = None
    outputs_schema: Json = None
    output: Json = None
    has_output: bool = False
    fail_fast: bool = True
    concurrency: int = 0
    """0 is no limit."""
    timeout: str = ""
    retry: RetryPolicy | None = None
    engrams: Mapping[str, Engram] = field(default_factory=dict)
    stories: Mapping[str, Json] = field(default_factory=dict)
    """The `policy.with` of each story that can be executed; None for none."""

    @cached_property
    def every(self) -> tuple[Step, ...]:
        """All steps of all sections, without branches."""
        return self.steps + self.compensations + self.finally_

    @cached_property
    def by_name(self) -> Mapping[str, Step]:
        """The same by their names."""
        return {step.name: step for step in self.every}

    @cached_property
    def primitives(self) -> Mapping[str, tuple[Step, ...]]:
        """The primitives by their types."""
        found: dict[str, tuple[Step, ...]] = {}
        for step in self.every:
            if not step.ref:
                found[step.type] = (*found.get(step.type, ()), step)
        return found

    def section(self, name: str) -> tuple[Step, ...]:
        """The steps of a section."""
        return {MAIN: self.steps, COMPENSATIONS: self.compensations, FINALLY: self.finally_}[name]


_ENCODER = json.JSONEncoder(ensure_ascii=False, separators=(",", ":"))


def json_text(value: Json) -> str:
    """Compact JSON, as it is stored."""
    return _ENCODER.encode(value)


def ban(text: str) -> str:
    """Why the platform does not evaluate a text; empty when it does."""
    if "{{" not in text:
        return ""
    found = banned_word(text)
    return f"template expression uses disallowed function '{found[1]}'" if found else ""


def read_story(spec: Json, engrams: Json = None, stories: Json = None) -> Story:
    """A Story's `spec`, the engrams by name, and the `spec` of other stories by name. Raises DefinitionError."""
    document = _object(spec, "story")
    policy = _object(document.get("policy"), "policy")
    retries = _object(policy.get("retries"), "policy.retries")
    timeouts = _object(policy.get("timeouts"), "policy.timeouts")
    sections = {name: _steps(document.get(name), name) for name in SECTIONS}
    _refuse_twins(sections)
    proceeds = retries.get("continueOnStepFailure")
    return Story(
        steps=sections[MAIN],
        compensations=sections[COMPENSATIONS],
        finally_=sections[FINALLY],
        realtime=document.get("pattern") == "realtime",
        inputs_schema=document.get("inputsSchema"),
        outputs_schema=document.get("outputsSchema"),
        output=document.get("output"),
        has_output=document.get("output") is not None,
        fail_fast=proceeds is not True,
        concurrency=_integer(policy.get("concurrency"), "policy.concurrency") or 0,
        timeout=_text(timeouts.get("story"), "policy.timeouts.story"),
        retry=_retry(retries.get("stepRetryPolicy"), "policy.retries.stepRetryPolicy"),
        engrams={name: _engram(name, one) for name, one in _object(engrams, "engrams").items()},
        stories={
            name: _object(_object(one, f"stories.{name}").get("policy"), f"stories.{name}.policy").get("with")
            for name, one in _object(stories, "stories").items()
        },
    )


def _refuse_twins(sections: Mapping[str, tuple[Step, ...]]) -> None:
    seen: set[str] = set()
    for step in (step for steps in sections.values() for step in steps):
        if step.name in seen:
            raise DefinitionError(f"two steps are named {step.name}: admission refuses the story")
        seen.add(step.name)


def _steps(value: Json, where: str, section: str = "") -> tuple[Step, ...]:
    if value is None:
        return ()
    if not isinstance(value, list):
        raise DefinitionError(f"{where}: expected a list of steps")
    return tuple(_step(one, f"{where}[{index}]", section or where) for index, one in enumerate(value))


def _step(value: Json, where: str, section: str) -> Step:
    document = _object(value, where)
    name = _text(document.get("name"), f"{where}.name")
    if not name:
        raise DefinitionError(f"{where}: a step has a name")
    execution = _object(document.get("execution"), f"{where}.execution")
    post = document.get("postExecution")
    verification = _object(post, f"{where}.postExecution")
    condition = _text(document.get("if"), f"{where}.if")
    given = document.get("with")
    kind = _text(document.get("type"), f"{where}.type")
    branches: tuple[Step, ...] = ()
    if kind == "parallel" and isinstance(given, dict) and not document.get("ref"):
        branches = _steps(given.get("steps"), f"{where}.with.steps", "branch")
    return Step(
        name=name,
        section=section,
        document=document,
        id=_text(document.get("id"), f"{where}.id"),
        type=kind,
        ref=_text(_object(document.get("ref"), f"{where}.ref").get("name"), f"{where}.ref.name"),
        needs=_texts(document.get("needs"), f"{where}.needs"),
        condition=condition,
        input=given,
        input_text="" if given is None else json_text(given),
        allow_failure=document.get("allowFailure") is True,
        requires=_texts(document.get("requires"), f"{where}.requires"),
        key_template=_text(document.get("idempotencyKeyTemplate"), f"{where}.idempotencyKeyTemplate"),
        post_condition=_text(verification.get("condition"), f"{where}.postExecution") if post is not None else None,
        post_message=_text(verification.get("failureMessage"), f"{where}.postExecution.failureMessage"),
        retry=_retry(execution.get("retry"), f"{where}.execution.retry"),
        most_inline=_integer(execution.get("maxInlineSize"), f"{where}.execution.maxInlineSize"),
        condition_ban=ban(condition),
        branches=branches,
    )


def _engram(name: str, value: Json) -> Engram:
    document = _object(value, f"engrams.{name}")
    return Engram(
        name=name,
        input=document.get("with"),
        input_schema=document.get("inputSchema"),
        output_schema=document.get("outputSchema"),
        has_template=document.get("templateMissing") is not True,
    )


def _retry(value: Json, where: str) -> RetryPolicy | None:
    if value is None:
        return None
    document = _object(value, where)
    return RetryPolicy(
        max_retries=_integer(document.get("maxRetries"), f"{where}.maxRetries"),
        delay=_text(document.get("delay"), f"{where}.delay"),
        max_delay=_text(document.get("maxDelay"), f"{where}.maxDelay"),
        backoff=_text(document.get("backoff"), f"{where}.backoff"),
    )


def _object(value: Json, where: str) -> dict[str, Json]:
    if value is None:
        return {}
    if not isinstance(value, dict):
        raise DefinitionError(f"{where}: expected an object, found {type(value).__name__}")
    return value


def _text(value: Json, where: str) -> str:
    if value is None:
        return ""
    if not isinstance(value, str):
        raise DefinitionError(f"{where}: expected a string, found {type(value).__name__}")
    return value


def _texts(value: Json, where: str) -> tuple[str, ...]:
    if value is None:
        return ()
    if not isinstance(value, list) or not all(isinstance(item, str) for item in value):
        raise DefinitionError(f"{where}: expected a list of strings")
    return tuple(str(item) for item in value)


def _integer(value: Json, where: str) -> int | None:
    if value is None:
        return None
    if isinstance(value, bool) or not isinstance(value, int):
        raise DefinitionError(f"{where}: expected an integer")
    return value


def byte_length(text: str) -> int:
    """How many bytes a text takes."""
    return len(text.encode("utf-8", "surrogatepass"))
