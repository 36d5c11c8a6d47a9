"""Adversarial pairs end as *unknown*, with the reason and in good time; none hangs."""

from __future__ import annotations

import time
from typing import Any

import pytest

from validator.schemas.containment.budget import Budget
from validator.schemas.containment.compare import compare
from validator.schemas.containment.verdict import Answer


def text(pattern: str) -> dict[str, Any]:
    return {"type": "string", "pattern": pattern}


def nested(keyword: str, depth: int) -> dict[str, Any]:
    schema: dict[str, Any] = {"type": "string"}
    for _ in range(depth):
        below: Any = {"a": schema} if keyword == "properties" else [schema] if keyword == "allOf" else schema
        schema = {keyword: below, **({"required": ["a"]} if keyword == "properties" else {})}
    return schema


HARD: dict[str, tuple[Any, Any]] = {
    "determinising explodes": (text("^(a|b)*a(a|b){18}$"), text("^(a|b)*b(a|b){18}$")),
    "nested stars": (text("^(((((a*)*)*)*)*)*$"), text("^(a{0,1000}){0,1000}$")),
    "a very long word": ({**text("^[a-z]*$"), "minLength": 60000}, text("^[a-y]*$")),
    "a very long array": ({"type": "array", "minItems": 10**9}, {"uniqueItems": True}),
    "a very wide object": ({"type": "object", "minProperties": 10**9}, {"required": ["a"]}),
    "a deep document": (nested("properties", 90), nested("properties", 91)),
    "a deep schema": (nested("allOf", 3000), {"type": "string"}),
    "a deep negation": (nested("not", 3000), {"type": "string"}),
    "many patterns of names": (
        {"type": "object", "patternProperties": {f"^{chr(97 + i)}": {"type": "string"} for i in range(14)}},
        {"type": "object", "patternProperties": {f"{chr(97 + i)}$": {"type": "string"} for i in range(14)}},
    ),
}


@pytest.mark.parametrize(("lhs", "rhs"), HARD.values(), ids=HARD)
def test_no_hang(lhs: Any, rhs: Any) -> None:
    started = time.thread_time()
    verdict = compare(lhs, rhs, budget=Budget(steps=20_000))
    assert time.thread_time() - started < 2
    assert verdict.answer is Answer.NOT or verdict.reason


def test_steps_are_counted_not_seconds() -> None:
    pair = HARD["determinising explodes"]
    verdicts = {compare(*pair, budget=Budget(steps=3_000)).reason for _ in range(3)}
    assert verdicts == {"more than 3000 steps"}


def test_a_union_of_many_kinds_is_decided() -> None:
    def union(values: Any) -> dict[str, Any]:
        branches = [
            {"type": "object", "properties": {"kind": {"const": f"k{i}"}, "v": values}, "required": ["kind"]}
            for i in range(60)
        ]
        return {"oneOf": branches}

    assert compare(union({"type": "string"}), union({"type": ["string", "null"]})).answer is Answer.SUBTYPE
    verdict = compare(union({"type": ["string", "null"]}), union({"type": "string"}))
    assert verdict.answer is Answer.NOT
    assert verdict.witness["v"] is None  # type: ignore[call-overload, index]  # a witness is any document
