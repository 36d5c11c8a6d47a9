"""Templates as the hub evaluates them for a packet (story-run.md, B6.1, B6.8 and B6.9)."""

from __future__ import annotations

import json
import re
from collections.abc import Mapping
from dataclasses import dataclass, field
from functools import lru_cache
from typing import Literal

from validator.findings import Json, Path
from validator.templates.admission import SCOPES, check, check_json
from validator.templates.errors import TemplateError, UnsupportedError
from validator.templates.evaluation import TEMPLATE_KEY, evaluate_condition, resolve
from validator.templates.values import Value

_STATIC, _RUNTIME = SCOPES["realtime-static"], SCOPES["realtime-runtime"]
_PER_PACKET = re.compile(r"\b(steps|packet)\b")


class _FailedError(Exception):
    def __init__(self, message: str, path: Path = ()) -> None:
        super().__init__(message)
        self.path = path
        """Where the template stands in its step, such as `("runtime", "prompt")`; empty where it is not in one."""


class BlockedError(_FailedError):
    """The value is exactly a path to a step that is not there: the hub gives the packet up without a word."""


class EvaluationError(_FailedError):
    """The template fails: the hub closes the stream of the sender."""


@dataclass(frozen=True, slots=True)
class Variables:
    """What templates see of a packet."""

    inputs: Mapping[str, Json] = field(default_factory=dict)
    """Of the StoryRun, as stored."""
    payload: Mapping[str, Json] = field(default_factory=dict)
    metadata: Mapping[str, str] = field(default_factory=dict)
    steps: Mapping[str, Mapping[str, Json]] = field(default_factory=dict)
    """By hub id, flat: `steps.a.text`."""

    def context(self) -> dict[str, Value]:
        """`packet`, `inputs` and `steps`; the metadata of the transport covers a field `metadata` of the payload."""
        packet: dict[str, Json] = {**self.payload, "metadata": dict(self.metadata)}
        return {"packet": packet, "inputs": dict(self.inputs), "steps": {k: dict(v) for k, v in self.steps.items()}}


def holds(condition: str, variables: Variables, path: Path = ("if",)) -> bool:
    """Whether an `if` or the `when` of a rule is true; an empty one is. Raises BlockedError and EvaluationError.

    `path` is where it stands in its step; empty for a rule.
    """
    text = condition.strip()
    if not text:
        return True
    try:
        if is_static(text):
            static: dict[str, Value] = {"inputs": dict(variables.inputs)}
            if variables.inputs:
                static["story"] = {"inputs": dict(variables.inputs)}
            return evaluate_condition(text, static)
        refusal = _refused_condition(text)
        if refusal:
            raise EvaluationError(refusal, path)
        return evaluate_condition(text, variables.context())
    except TemplateError as error:
        if error.kind == "blocked" and not is_static(text):
            raise BlockedError(error.message, path) from error
        raise EvaluationError(error.message, path) from error


@lru_cache(maxsize=1024)
def is_static(condition: str) -> bool:
    """Whether a condition reads nothing but the inputs of the run."""
    return not _PER_PACKET.search(condition) and not check(condition, _STATIC)


def runtime(block: Mapping[str, Json], variables: Variables) -> dict[str, Json]:
    """`runtime`, evaluated for a packet. Raises BlockedError and EvaluationError."""
    _allowed(block, "runtime")
    return resolved(block, variables.context(), ("runtime",))


def static(block: Mapping[str, Json], inputs: Mapping[str, Json]) -> dict[str, Json]:
    """`with`, which sees the inputs of the run only. Raises BlockedError and EvaluationError."""
    _allowed(block, "with")
    return resolved(block, {"inputs": dict(inputs), "steps": {}, "payload": {}}, ("with",))


def resolved(block: Mapping[str, Json], context: dict[str, Value], path: Path = ("with",)) -> dict[str, Json]:
    """A block with its templates evaluated; `path` is where it stands. Raises BlockedError and EvaluationError."""
    try:
        value = resolve(dict(block), context)
    except TemplateError as error:
        kind = BlockedError if error.kind == "blocked" else EvaluationError
        raise kind(error.message, (*path, *(_failing(block, context) or ()))) from error
    return value if isinstance(value, dict) else {}


def _failing(value: Json | Mapping[str, Json], context: dict[str, Value]) -> Path | None:
    """Where the first template of a value stands that fails; None where none does by itself."""
    if isinstance(value, Mapping) and TEMPLATE_KEY not in value:
        members: list[tuple[str | int, Json]] = list(value.items())
    elif isinstance(value, list):
        members = list(enumerate(value))
    else:
        return () if _fails(value, context) else None
    for key, inner in members:
        found = _failing(inner, context)
        if found is not None:
            return key, *found
    return None


def _fails(value: Json | Mapping[str, Json], context: dict[str, Value]) -> bool:
    try:
        resolve(dict(value) if isinstance(value, Mapping) else value, context)
    except TemplateError:
        return True
    except UnsupportedError:
        return False
    return False


def _allowed(block: Mapping[str, Json], name: Literal["runtime", "with"]) -> None:
    """Raises EvaluationError for what the webhook refuses: the same for every packet, so it is looked at once."""
    refusal = _refusal(json.dumps(block, ensure_ascii=False), name)
    if refusal:
        raise EvaluationError(refusal, (name,))


@lru_cache(maxsize=1024)
def _refused_condition(text: str) -> str:
    refusals = check(text, _RUNTIME)
    return refusals[0].message if refusals else ""


@lru_cache(maxsize=1024)
def _refusal(text: str, name: str) -> str:
    refusals = check_json(text, _RUNTIME if name == "runtime" else _STATIC)
    return f"{refusals[0].path}: {refusals[0].message}" if refusals else ""
