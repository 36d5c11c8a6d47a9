"""The two readings of a producer: what its schema allows, and what it declares."""

from __future__ import annotations

from typing import Any

import pytest

from validator.schemas.containment.compare import Comparer

STRING, INTEGER = {"type": "string"}, {"type": "integer"}
LIST = {"v": STRING, "next": {"$ref": "#/$defs/n"}}


def record(**members: Any) -> dict[str, Any]:
    return {"type": "object", "properties": members}


CASES: dict[str, tuple[Any, Any, str, str]] = {
    "an optional member more": (record(a=STRING), record(a=STRING, b=INTEGER), "not", "subtype"),
    "a closed consumer": (record(a=STRING), {**record(a=STRING), "additionalProperties": False}, "not", "subtype"),
    "a declared clash": (record(a=STRING), record(a=INTEGER), "not", "not"),
    "at any depth": (record(a=record(x=STRING)), record(a=record(x=STRING, y=INTEGER)), "not", "subtype"),
    "in items": (
        {"type": "array", "items": record(x=STRING)},
        {"type": "array", "items": record(x=STRING, y=INTEGER)},
        "not",
        "subtype",
    ),
    "through a recursive reference": (
        {"$ref": "#/$defs/n", "$defs": {"n": record(**LIST)}},
        {"$ref": "#/$defs/n", "$defs": {"n": record(**LIST, w=INTEGER)}},
        "not",
        "subtype",
    ),
    "parts of an allOf declare together": (
        {"allOf": [record(a=STRING), record(b=STRING)]},
        record(a=STRING, b=STRING, c=INTEGER),
        "not",
        "subtype",
    ),
    "a branch of an anyOf declares for itself": (
        {"anyOf": [{**record(a=STRING), "required": ["a"]}, {**record(b=INTEGER), "required": ["b"]}]},
        record(b=INTEGER),
        "not",
        "subtype",
    ),
    "said to be open": ({**record(a=STRING), "additionalProperties": True}, record(b=INTEGER), "not", "not"),
    "free by extension": (
        {**record(a=STRING), "x-kubernetes-preserve-unknown-fields": True},
        record(b=INTEGER),
        "not",
        "not",
    ),
    "nothing listed is nothing closed": ({"type": "object"}, record(b=INTEGER), "not", "not"),
    "required is declared": ({**record(a=STRING), "required": ["b"]}, record(b=INTEGER), "not", "not"),
    "a condition stays open": (
        {**record(a=STRING, b=STRING), "if": record(a={"const": "x"}), "then": {"required": ["b"]}},
        record(a=STRING, b=STRING, c=INTEGER),
        "not",
        "subtype",
    ),
}


@pytest.fixture(scope="module")
def comparer() -> Comparer:
    return Comparer()


@pytest.mark.parametrize(("lhs", "rhs", "strict", "declared"), CASES.values(), ids=CASES)
def test_both_readings(lhs: Any, rhs: Any, strict: str, declared: str, comparer: Comparer) -> None:
    comparison = comparer.compare_both(lhs, rhs)
    assert (comparison.strict.answer, comparison.declared.answer) == (strict, declared)
