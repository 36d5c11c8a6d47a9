"""The platform's dialect: what the consumer takes beside values, its defaults, its engine's reading of keywords."""

from __future__ import annotations

from typing import Any

import pytest

from validator.schemas.containment.compare import Comparer
from validator.schemas.containment.dialect import PLATFORM, platform
from validator.schemas.profile import LITERAL, SDK

STRING, INTEGER = {"type": "string"}, {"type": "integer"}


def record(**members: Any) -> dict[str, Any]:
    return {"type": "object", "properties": members}


def dated(name: str) -> dict[str, Any]:
    return {"type": "string", "format": name}


CASES: dict[str, tuple[Any, Any, str, Any]] = {
    "a clash stays one": (record(a=STRING), record(a=INTEGER), "not", {"a": "text"}),
    "a whole-string template passes for anything": ({"const": "{{ inputs.n }}"}, INTEGER, "subtype", None),
    "any such template": (record(a={**STRING, "pattern": r"^\{\{[^}]+\}\}$"}), record(a=INTEGER), "subtype", None),
    "text around it does not": ({"const": "n {{ inputs.n }}"}, INTEGER, "not", "n {{ inputs.n }}"),
    "a storage reference": ({"const": {"$bubuStorageRef": "outputs/a.json"}}, STRING, "subtype", None),
    "required on the member itself": (record(a=STRING), record(b={**STRING, "required": True}), "not", {}),
    "a default fills what is missing": (
        record(a=STRING),
        record(b={**STRING, "required": True, "default": "x"}),
        "subtype",
        None,
    ),
    "defaults inside make the object": (
        record(a=STRING),
        {**record(c=record(d={**STRING, "default": "x"})), "required": ["c"]},
        "subtype",
        None,
    ),
    "a default does not fill null": (
        record(b={"type": ["string", "null"]}),
        record(b={**STRING, "default": "x"}),
        "not",
        {"b": None},
    ),
    "a default that its schema rejects": (record(a=STRING), record(b={**STRING, "default": 3}), "unknown", None),
    "a default that a condition reads": (
        record(a=STRING),
        {**record(b={**STRING, "default": "x"}), "if": {"required": ["b"]}, "then": {"required": ["z"]}},
        "unknown",
        None,
    ),
    "definitions are followed": (
        {**record(a={"$ref": "#/definitions/x"}), "definitions": {"x": STRING}},
        {**record(a={"$ref": "#/definitions/x"}), "definitions": {"x": INTEGER}},
        "not",
        {"a": "text"},
    ),
    "newer keywords mean nothing": (
        record(a=STRING),
        {**record(a=STRING), "dependentRequired": {"a": ["b"]}},
        "subtype",
        None,
    ),
    "draft 4 bounds": (
        {**INTEGER, "minimum": 1},
        {**INTEGER, "minimum": 0, "exclusiveMinimum": True},
        "subtype",
        None,
    ),
    "the same format": (dated("uuid"), dated("uuid"), "subtype", None),
    "a date is a lenient date-time": (dated("date"), dated("date-time"), "subtype", None),
    "and not the reverse": (dated("date-time"), dated("date"), "not", "12:30:00Z"),
    "another format": (dated("uri"), dated("email"), "not", "https://example.org/a"),
    "an unknown format is no constraint": (STRING, dated("password"), "subtype", None),
}


@pytest.fixture(scope="module")
def comparer() -> Comparer:
    return Comparer(PLATFORM)


@pytest.mark.parametrize(("lhs", "rhs", "answer", "witness"), CASES.values(), ids=CASES)
def test_declared_reading(lhs: Any, rhs: Any, answer: str, witness: Any, comparer: Comparer) -> None:
    verdict = comparer.compare(lhs, rhs, declared=True)
    assert (verdict.answer, verdict.witness) == (answer, witness)


def test_the_sdk_takes_templates_only_where_it_is_told_to() -> None:
    pair = {"const": "{{ inputs.n }}"}, INTEGER
    for profile in (SDK, LITERAL):
        assert Comparer(platform(profile)).compare(*pair).answer == "not"
    flagged = {**INTEGER, "x-bubu-allow-template-strings": True}
    assert Comparer(platform(SDK)).compare(pair[0], flagged).answer == "subtype"


def test_the_schemas_are_left_untouched(comparer: Comparer) -> None:
    rhs = record(b={**STRING, "required": True, "default": "x"})
    comparer.compare(record(a=STRING), rhs)
    assert rhs == record(b={**STRING, "required": True, "default": "x"})
