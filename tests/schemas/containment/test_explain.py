"""Where a witness breaks: the place in the document and in both schemas."""

from __future__ import annotations

from typing import Any

from validator.schemas.containment.dialect import PLATFORM
from validator.schemas.containment.explain import explain, governing

LHS: dict[str, Any] = {
    "type": "object",
    "properties": {"calls": {"type": "array", "items": {"$ref": "#/definitions/call"}}},
    "definitions": {"call": {"allOf": [{"type": "object", "properties": {"name": {"type": ["string", "null"]}}}]}},
}
RHS: dict[str, Any] = {
    "type": "object",
    "properties": {"calls": {"type": "array", "items": {"$ref": "#/definitions/call"}}},
    "definitions": {"call": {"type": "object", "properties": {"name": {"type": "string"}}}},
}


def test_both_lines_are_named_through_references() -> None:
    broken = explain(LHS, RHS, {"calls": [{"name": None}]})
    assert broken is not None
    assert broken.path == ("calls", 0, "name")
    assert broken.lhs == ("definitions", "call", "allOf", 0, "properties", "name")
    assert broken.rhs == ("definitions", "call", "properties", "name", "type")
    assert "None is not of type 'string'" in broken.message


def test_on_the_platform_its_own_words() -> None:
    lhs = {"type": "object", "properties": {"n": {"type": "string"}}}
    rhs = {"type": "object", "properties": {"n": {"type": "integer"}}}
    broken = explain(lhs, rhs, {"n": "text"}, dialect=PLATFORM)
    assert broken is not None
    assert (broken.path, broken.lhs, broken.rhs) == (("n",), ("properties", "n"), ("properties", "n", "type"))


def test_a_document_that_is_accepted_breaks_nothing() -> None:
    assert explain(LHS, RHS, {}) is None


def test_what_is_not_declared_is_allowed_by_the_object_around_it() -> None:
    assert governing({"properties": {"a": {"type": "object"}}}, ("a", "b", "c")) == ("properties", "a")
    assert governing({"patternProperties": {"^x": {}}}, ("xy",)) == ("patternProperties", "^x")
    assert governing({"prefixItems": [{}], "items": {}}, (1,)) == ("items",)
