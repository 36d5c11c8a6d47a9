"""Templates as the hub evaluates them for a packet (story-run.md, B6.1, B6.8 and B6.9)."""

from __future__ import annotations

import json
import re
from collections.abc import Mapping
from dataclasses import dataclass, field

from validator.findings import Json
from validator.templates.admission import SCOPES, check, check_json
from validator.templates.errors import TemplateError
from validator.templates.evaluation import evaluate_condition, resolve
from validator.templates.values import Value

_STATIC, _RUNTIME = SCOPES["realtime-static"], SCOPES["realtime-runtime"]
_PER_PACKET = re.compile(r"\b(steps|packet)\b")


class BlockedError(Exception):
    """The value is exactly a path to a step that is not there: the hub gives the packet up without a word."""


class EvaluationError(Exception):
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


def holds(condition: str, variables: Variables) -> bool:
    """Whether an `if` or the `when` of a rule is true; an empty one is. Raises BlockedError and EvaluationError."""
    text = condition.strip()
    if not text:
        return True
    try:
        if is_static(text):
            static: dict[str, Value] = {"inputs": dict(variables.inputs)}
            if variables.inputs:
                static["story"] = {"inputs": dict(variables.inputs)}
            return evaluate_condition(text, static)
        refusals = check(text, _RUNTIME)
        if refusals:
            raise EvaluationError(refusals[0].message)
        return evaluate_condition(text, variables.context())
    except TemplateError as error:
        if error.kind == "blocked" and not is_static(text):
            raise BlockedError(error.message) from error
        raise EvaluationError(error.message) from error


def is_static(condition: str) -> bool:
    """Whether a condition reads nothing but the inputs of the run."""
    return not _PER_PACKET.search(condition) and not check(condition, _STATIC)


def runtime(block: Mapping[str, Json], variables: Variables) -> dict[str, Json]:
    """`runtime`, evaluated for a packet. Raises BlockedError and EvaluationError."""
    _allowed(block, runtime=True)
    return resolved(block, variables.context())


def static(block: Mapping[str, Json], inputs: Mapping[str, Json]) -> dict[str, Json]:
    """`with`, which sees the inputs of the run only. Raises BlockedError and EvaluationError."""
    _allowed(block, runtime=False)
    return resolved(block, {"inputs": dict(inputs), "steps": {}, "payload": {}})


def resolved(block: Mapping[str, Json], context: dict[str, Value]) -> dict[str, Json]:
    """A block with its templates evaluated. Raises BlockedError and EvaluationError."""
    try:
        value = resolve(dict(block), context)
    except TemplateError as error:
        kind = BlockedError if error.kind == "blocked" else EvaluationError
        raise kind(error.message) from error
    return value if isinstance(value, dict) else {}


def _allowed(block: Mapping[str, Json], *, runtime: bool) -> None:
    refusals = check_json(json.dumps(block, ensure_ascii=False), _RUNTIME if runtime else _STATIC)
    if refusals:
        raise EvaluationError(f"{refusals[0].path}: {refusals[0].message}")
