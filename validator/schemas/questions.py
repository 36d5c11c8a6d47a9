"""One question about schemas as JSON, one answer as JSON: the lines of `schema validate --jsonl`."""

from __future__ import annotations

import json
from collections.abc import Callable, Mapping
from types import MappingProxyType
from typing import Any

from validator.findings import Json
from validator.schemas.defaults import apply_defaults
from validator.schemas.offload import scrub
from validator.schemas.profile import Profile
from validator.schemas.validation import check_definition, is_instance

Question = Mapping[str, Any]


def answer_line(line: str, profile: Profile) -> str:
    """The answer to one line. A line that is no question, or cannot be judged, is answered too."""
    identifier: Json = None
    try:
        question = json.loads(line)
        if not isinstance(question, dict):
            return json.dumps({"id": None, "error": "a question is a JSON object with `id`, `op` and `schema`"})
        identifier = question.get("id")
        return json.dumps({"id": identifier, **answer(question, profile)})
    except RecursionError:
        return json.dumps({"id": identifier, "unsupported": "it is nested too deeply"})
    except ValueError as error:
        return json.dumps({"id": identifier, "error": str(error)})


def answer(question: Question, profile: Profile) -> dict[str, Json]:
    """What the platform does with the schema and the instance of a question.

    Raises ValueError when the question lacks something.
    """
    op = question.get("op", "validate")
    operation = _OPERATIONS.get(op) if isinstance(op, str) else None
    if operation is None:
        raise ValueError(f"op must be one of {', '.join(_OPERATIONS)}, found {json.dumps(op)}")
    if "schema" not in question:
        raise ValueError("the question has no `schema`")
    if op != "definition" and "instance" not in question:
        raise ValueError("the question has no `instance`")
    return operation(question, profile)


def _validate(question: Question, profile: Profile) -> dict[str, Json]:
    return {"valid": is_instance(question["schema"], question["instance"], profile=profile)}


def _definition(question: Question, profile: Profile) -> dict[str, Json]:
    return {"valid": not check_definition(question["schema"], profile=profile)}


def _defaults(question: Question, _: Profile) -> dict[str, Json]:
    return {"result": apply_defaults(question["schema"], question["instance"])}


def _inputs(question: Question, profile: Profile) -> dict[str, Json]:
    return {"valid": is_instance(question["schema"], scrub(question["instance"]), profile=profile)}


_OPERATIONS: Mapping[str, Callable[[Question, Profile], dict[str, Json]]] = MappingProxyType(
    {"validate": _validate, "definition": _definition, "defaults": _defaults, "inputs": _inputs}
)
