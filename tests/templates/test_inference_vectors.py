"""Abstract evaluation against what the platform did: types contain results, and nothing that worked is called wrong.

Each context of the golden vectors is turned into the closed schema of its types.
"""

from __future__ import annotations

import json
from collections.abc import Iterator
from pathlib import Path

from validator.findings import Json
from validator.templates.errors import TemplateError, UnsupportedError
from validator.templates.evaluation import Settings, plan
from validator.templates.inference import Inference, infer_plan
from validator.templates.reach import Oddity, Sink
from validator.templates.types import from_schema, kind_of

_VECTORS = Path(__file__).parents[1] / "vectors" / "eval.jsonl"
_FATAL = {Oddity.COMPARISON, Oddity.ARGUMENT, Oddity.ARITY, Oddity.RANGE, Oddity.RELATIVE}
_FAILING = (Sink.WHOLE, Sink.FIELD, Sink.LOUD)
_MISSING = {"nil_field", "bad_field", "missing_key", "blocked", "path_type", "arg_type", "range_type", "arg_count"}


def _schema(value: Json) -> Json:
    match value:
        case dict():
            return {
                "type": "object",
                "properties": {key: _schema(member) for key, member in value.items()},
                "required": list(value),
                "additionalProperties": False,
            }
        case list():
            return {"type": "array", "items": {"anyOf": [_schema(item) for item in value]} if value else False}
        case _:
            return {"type": kind_of(value)}


def _inferred() -> Iterator[tuple[dict[str, Json], Inference]]:
    for line in _VECTORS.read_text(encoding="utf-8").splitlines():
        record = json.loads(line)
        if record.get("numbers") or "$bubuStorageRef" in line or " .1 " in record["template"]:
            continue  # other Go types; data elsewhere; a root that is a number
        text = record["template"]
        try:
            planned = plan(text, Settings(deterministic=record.get("deterministic", False)))
        except (TemplateError, UnsupportedError):
            continue
        yield record, infer_plan(planned, text, from_schema(_schema(record["vars"])))


def test_types_contain_results() -> None:
    wrong = [
        record["id"]
        for record, inference in _inferred()
        if "error" not in record
        and not inference.type.unknown
        and (
            kind_of(record["result"]) not in inference.type.kinds
            or (inference.type.values is not None and record["result"] not in inference.type.values)
        )
    ]
    assert wrong == []


def test_nothing_that_works_is_called_wrong() -> None:
    wrong = []
    for record, inference in _inferred():
        if "error" in record:
            continue
        fatal = {
            remark.oddity
            for remark in inference.remarks
            if remark.oddity in _FATAL and remark.facts.get("certain", True) is True
        }
        lost = [access for access in inference.accesses if access.never and access.sink in _FAILING]
        if fatal or lost:
            wrong.append(record["template"])
    assert wrong == ["{{ or inputs.s inputs.zz.y }}"], "the second operand is not evaluated, and is wrong anyway"


def test_what_is_missing_is_seen() -> None:
    overlooked = []
    for record, inference in _inferred():
        error = record.get("error")
        sub = error.get("sub") or error.get("class") if isinstance(error, dict) else None
        if sub in _MISSING and not inference.remarks and all(access.at < 0 for access in inference.accesses):
            overlooked.append(record["template"])
    assert overlooked == []
