"""Verdicts on pairs that each show one thing."""

from __future__ import annotations

from typing import Any

import jsonschema
import pytest

from validator.schemas.containment.compare import Comparer, compare
from validator.schemas.containment.dialect import DRAFT_07
from validator.schemas.containment.verdict import Answer

STRING, INTEGER = {"type": "string"}, {"type": "integer"}


def record(**members: Any) -> dict[str, Any]:
    return {"type": "object", "properties": members}


def text(pattern: str) -> dict[str, Any]:
    return {"type": "string", "pattern": pattern}


SUBTYPES: dict[str, tuple[Any, Any]] = {
    "a tenth is exact": ({"type": "number", "multipleOf": 0.3}, {"multipleOf": 0.1}),
    "multiples meet at their least common one": (
        {"allOf": [{"type": "number", "multipleOf": 0.4}, {"multipleOf": 0.6}]},
        {"multipleOf": 1.2},
    ),
    "no double can hold this difference": (
        {"type": "integer", "minimum": 9007199254740993},
        {"exclusiveMinimum": 9007199254740992},
    ),
    "odd and even are all": (INTEGER, {"anyOf": [{"multipleOf": 2}, {"not": {"multipleOf": 2}}]}),
    "a dollar is the very end": (text("^a$"), {"const": "a"}),
    "digits are ASCII": (text(r"^\d+$"), text("^[0-9]+$")),
    "a search is not a match": (text("^ab"), text("a")),
    "look-ahead": (text("^(?!b)[ab]$"), {"const": "a"}),
    "anchors inside alternatives": (text("(^a|b$)"), text("^a|b")),
    "length and pattern together": ({**text("^(ab)*$"), "minLength": 3, "maxLength": 5}, {"const": "abab"}),
    "a very long repetition": (text("^[a-z]{1,2000}$"), text("^[a-z]*$")),
    "the same opaque pattern": (text(r"\bfoo\b"), {"anyOf": [text(r"\bfoo\b"), {"const": "x"}]}),
    "names give a count": (
        {"type": "object", "propertyNames": {"enum": ["a", "b"]}},
        {"type": "object", "maxProperties": 2},
    ),
    "a pattern covers a name": (
        {"type": "object", "patternProperties": {"^x": INTEGER}},
        {"type": "object", "properties": {"xy": {"type": "number"}}},
    ),
    "every name is in one class or the other": (
        {"type": "object", "patternProperties": {"^a": INTEGER}, "additionalProperties": INTEGER},
        {"type": "object", "additionalProperties": INTEGER},
    ),
    "dependencies chain": (
        {"type": "object", "dependentRequired": {"a": ["b"], "b": ["c"]}, "required": ["a"]},
        {"required": ["c"]},
    ),
    "few values leave room for few items": (
        {"type": "array", "items": {"enum": [1, 2]}, "uniqueItems": True},
        {"maxItems": 2},
    ),
    "pigeonholes": (
        {"type": "array", "prefixItems": [{"const": 1}, {"enum": [1, 2]}, {"enum": [1, 2]}], "uniqueItems": True},
        {"maxItems": 2},
    ),
    "kinds of items add up": (
        {"type": "array", "allOf": [{"contains": {"const": 1}}, {"contains": STRING}, {"contains": {"const": None}}]},
        {"minItems": 3},
    ),
    "what is evaluated in a branch": (
        {"anyOf": [record(a=STRING), record(b=STRING)], "unevaluatedProperties": False, "type": "object"},
        {"propertyNames": {"enum": ["a", "b"]}},
    ),
    "a recursive list": (
        {"$ref": "#/$defs/l", "$defs": {"l": record(v=INTEGER, next={"$ref": "#/$defs/l"})}},
        {"$ref": "#/$defs/l", "$defs": {"l": record(v={"type": "number"}, next={"$ref": "#/$defs/l"})}},
    ),
    "mutual recursion": (
        {
            "$ref": "#/$defs/a",
            "$defs": {
                "a": {"type": "array", "items": {"$ref": "#/$defs/b"}},
                "b": {"type": "array", "items": {"$ref": "#/$defs/a"}},
            },
        },
        {"$ref": "#/$defs/a", "$defs": {"a": {"type": "array", "items": {"$ref": "#/$defs/a"}}}},
    ),
    "nothing is finite here": (
        {"$ref": "#/$defs/a", "$defs": {"a": {**record(a={"$ref": "#/$defs/a"}), "required": ["a"]}}},
        False,
    ),
}

NOT: dict[str, tuple[Any, Any, Any]] = {
    "an integer is a number, not the reverse": ({"type": "number"}, INTEGER, 0.5),
    "between two bounds": ({"type": "number", "exclusiveMinimum": 1, "exclusiveMaximum": 2}, INTEGER, 1.5),
    "one is not true": ({"enum": [1, True]}, {"const": 1.0}, True),
    "one name too many": (record(a=STRING), {**record(a=STRING), "maxProperties": 0}, {"a": "text"}),
    "a null where a string is asked for": (
        {**record(text={"type": ["string", "null"]}), "required": ["text"]},
        record(text=STRING),
        {"text": None},
    ),
    "deep inside": (
        record(a={"type": "array", "items": record(b=INTEGER)}),
        record(a={"type": "array", "items": record(b={"type": "integer", "minimum": 0})}),
        {"a": [{"b": -1}]},
    ),
    "two items are equal": ({"type": "array", "items": INTEGER}, {"uniqueItems": True}, [1, 1]),
    "enough values are not all values": (
        {"type": "array", "minItems": 3, "maxItems": 3, "uniqueItems": True},
        {"contains": {"minimum": 6, "minLength": 3, "pattern": "^(ab)*$"}, "minContains": 2},
        ["abab", "te", "text"],
    ),
    "a dollar is no newline": (text("^a$"), text("^b$"), "a"),
}


@pytest.fixture(scope="module")
def comparer() -> Comparer:
    return Comparer()


@pytest.mark.parametrize(("lhs", "rhs"), SUBTYPES.values(), ids=SUBTYPES)
def test_subtype(lhs: Any, rhs: Any, comparer: Comparer) -> None:
    assert comparer.compare(lhs, rhs).answer is Answer.SUBTYPE


@pytest.mark.parametrize(("lhs", "rhs", "witness"), NOT.values(), ids=NOT)
def test_not(lhs: Any, rhs: Any, witness: Any) -> None:
    verdict = compare(lhs, rhs)
    assert (verdict.answer, verdict.witness) == (Answer.NOT, witness)


def test_tuples_are_draft_07() -> None:
    pair = {"items": [STRING, INTEGER], "additionalItems": False, "type": "array"}, {"maxItems": 2}
    assert compare(*pair, dialect=DRAFT_07).answer is Answer.SUBTYPE
    assert "items is a list" in compare(*pair).reason


def test_a_reference_hides_its_siblings_in_draft_07() -> None:
    pair = {"$ref": "#/definitions/s", "maxLength": 1, "definitions": {"s": STRING}}, {"maxLength": 1}
    assert compare(*pair, dialect=DRAFT_07).answer is Answer.NOT
    assert compare(*pair).answer is Answer.SUBTYPE


def test_references_by_identifier_and_anchor() -> None:
    lhs = {
        "$id": "https://example.org/root",
        "$ref": "item",
        "$defs": {
            "item": {"$id": "item", "$ref": "#here", "$defs": {"x": {"$anchor": "here", "type": "integer"}}},
        },
    }
    assert compare(lhs, {"type": "number"}).answer is Answer.SUBTYPE
    assert compare(lhs, STRING).witness == 1


@pytest.mark.parametrize(
    ("schema", "reason"),
    [
        ({"$ref": "https://example.org/elsewhere"}, "leads out of the document"),
        ({"$ref": "#/nowhere"}, "points nowhere"),
        ({"$ref": "#"}, "leads back to itself"),
        ({"type": "text"}, "unknown type"),
        ({"minimum": 1e999}, "beyond the range"),
        ({"required": True}, "required"),
        (7, "neither an object nor a boolean"),
    ],
)
def test_unknown_says_why(schema: Any, reason: str) -> None:
    for lhs, rhs in ((schema, STRING), ({"type": "array"}, schema)):
        verdict = compare(lhs, rhs)
        assert verdict.answer is Answer.UNKNOWN
        assert reason in verdict.reason


def test_disjoint(comparer: Comparer) -> None:
    needs = {**record(a=STRING), "required": ["a"]}
    assert comparer.disjoint({**record(a=INTEGER), "required": ["a"]}, needs) is True
    assert comparer.disjoint(record(a=INTEGER), needs) is True
    assert comparer.disjoint(record(a={"type": ["integer", "string"]}), needs) is False
    assert comparer.disjoint(False, needs) is False


def test_examples(comparer: Comparer) -> None:
    schema = {**record(a={"enum": [1, 2]}, b=STRING), "required": ["a"]}
    found = comparer.examples(schema, 5)
    assert len(found) == 5
    assert all(jsonschema.Draft202012Validator(schema).is_valid(value) for value in found)
    assert comparer.examples(False, 5) == ()


def test_answers_do_not_depend_on_what_was_asked_before(comparer: Comparer) -> None:
    pairs = [(lhs, rhs) for lhs, rhs, _ in NOT.values()] + list(SUBTYPES.values())
    together = [comparer.compare(lhs, rhs).answer for lhs, rhs in pairs]
    assert together == [compare(lhs, rhs).answer for lhs, rhs in pairs]
