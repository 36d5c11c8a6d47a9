"""What is told of a schema by itself, and what is left alone."""

from typing import Any

import pytest

from validator.schemas.sanity import sanity

A = {"type": "object", "properties": {"a": {"type": "string"}}}

WRONG: list[tuple[str, Any, str, tuple[Any, ...]]] = [
    ("no schema", [], "invalid-definition", ()),
    ("wrong keyword", {"minLength": -1}, "invalid-definition", ("minLength",)),
    ("inline required on the root", {**A, "required": True}, "invalid-definition", ("required",)),
    ("inline required in items", {"items": {"required": True}}, "invalid-definition", ("items", "required")),
    ("look-ahead", {"pattern": "(?=x)"}, "invalid-pattern", ("pattern",)),
    ("pattern of a name", {"patternProperties": {"(": {}}}, "invalid-pattern", ("patternProperties", "(")),
    ("local definition", {"definitions": {"x": {}}, "items": {"$ref": "#/definitions/x"}}, "unresolved-ref",
     ("items", "$ref")),
    ("missing definition", {"items": {"$ref": "#/definitions/x"}}, "unresolved-ref", ("items", "$ref")),
    ("other document", {"items": {"$ref": "https://example.com/s.json"}}, "external-ref", ("items", "$ref")),
    ("endless", {"allOf": [{"$ref": "#"}]}, "endless-ref", ("allOf", 0)),
    ("nullable", {"properties": {"a": {"type": "string", "nullable": True}}}, "ignored-keyword",
     ("properties", "a", "nullable")),
    ("2020-12", {"dependentRequired": {"a": ["b"]}}, "ignored-keyword", ("dependentRequired",)),
    ("beside a reference", {"properties": {"a": {"$ref": "#", "type": "object"}}}, "ignored-keyword",
     ("properties", "a", "type")),
    ("additionalItems alone", {"items": {}, "additionalItems": False}, "ignored-keyword", ("additionalItems",)),
    ("default of another type", {"properties": {"n": {"type": "integer", "default": "5"}}}, "rejected-default",
     ("properties", "n", "default")),
    ("null default", {"properties": {"n": {"type": "integer", "default": None}}}, "rejected-default",
     ("properties", "n", "default")),
    ("default outside enum", {"properties": {"m": {"enum": ["a"], "default": "b"}}}, "rejected-default",
     ("properties", "m", "default")),
    ("typing mistake", {**A, "required": ["b"]}, "undeclared-required", ("required", 0)),
    ("typing mistake in a branch", {**A, "anyOf": [{"required": ["a"]}, {"required": ["b"]}]}, "undeclared-required",
     ("anyOf", 1, "required", 0)),
    ("closed", {**A, "required": ["b"], "additionalProperties": False}, "unsatisfiable", ()),
    ("empty range", {"items": {"type": "number", "minimum": 2, "maximum": 1}}, "unsatisfiable", ("items",)),
    ("no integer between", {"type": "integer", "exclusiveMinimum": 1, "exclusiveMaximum": 2}, "unsatisfiable", ()),
    ("types that exclude each other", {"allOf": [{"type": "string"}, {"type": "integer"}]}, "unsatisfiable", ()),
    ("all values excluded", {"type": "string", "enum": [1, 2]}, "unsatisfiable", ()),
    ("constant excluded", {"type": "string", "const": 1}, "unsatisfiable", ()),
    ("required and false", {"type": "object", "properties": {"a": False}, "required": ["a"]}, "unsatisfiable", ()),
    ("an off that became false", {"type": "string", "enum": ["auto", False]}, "unreached-value", ("enum", 1)),
    ("branch of another type", {"type": "object", "anyOf": [{"type": "string"}, {"required": ["a"]}]},
     "unreached-branch", ("anyOf", 0)),
    ("same branch twice", {"oneOf": [{"type": "string"}, {"type": "string"}]}, "unreached-branch", ("oneOf", 1)),
    ("then without if", {"then": {"required": ["a"]}}, "unreached-branch", ("then",)),
    ("else of true", {"if": True, "else": {"required": ["a"]}}, "unreached-branch", ("else",)),
]  # fmt: skip

RIGHT: list[tuple[str, Any]] = [
    ("nothing", {}),
    ("anything", True),
    ("forbidden on purpose", {"properties": {"a": False}}),
    ("declared", {**A, "required": ["a"]}),
    ("inline required", {"properties": {"a": {"type": "string", "required": True}}}),
    ("required in an object that declares nothing", {"type": "object", "required": ["a"]}),
    ("required in an open object", {**A, "required": ["b"], "additionalProperties": True}),
    ("required by a pattern", {**A, "patternProperties": {"^x": {}}, "required": ["xy"]}),
    ("required in a branch, declared outside", {**A, "oneOf": [{"required": ["a"]}, {"not": {"required": ["a"]}}]}),
    ("required in a branch, declared in another", {"allOf": [A, {"required": ["a"]}]}),
    ("declared by the condition only", {"if": A, "then": {"required": ["x"]}}),
    ("a template as default", {"properties": {"n": {"type": "integer", "default": "{{ inputs.n }}"}}}),
    ("enum of several types", {"enum": ["a", 1, None]}),
    ("empty enum allows everything", {"type": "string", "enum": []}),
    ("one integer between", {"type": "integer", "exclusiveMinimum": 0.5, "maximum": 1}),
    ("numbers and integers meet", {"allOf": [{"type": "number"}, {"type": "integer"}]}),
    ("a contradiction of one type of two", {"type": ["string", "integer"], "minimum": 2, "maximum": 1}),
    ("recursive", {"properties": {"children": {"type": "array", "items": {"$ref": "#"}}}}),
    ("definitions under an id", {"$id": "http://x/y", "definitions": {"x": {}}, "items": {"$ref": "#/definitions/x"}}),
    ("extensions", {"type": "object", "x-kubernetes-preserve-unknown-fields": True}),
]


@pytest.mark.parametrize(("schema", "kind", "path"), [case[1:] for case in WRONG], ids=[case[0] for case in WRONG])
def test_exactly_this_problem(schema: Any, kind: str, path: tuple[Any, ...]) -> None:
    assert [(problem.kind, problem.schema_path) for problem in sanity(schema)] == [(kind, path)]


@pytest.mark.parametrize("schema", [case[1] for case in RIGHT], ids=[case[0] for case in RIGHT])
def test_no_problem(schema: Any) -> None:
    assert list(sanity(schema)) == []


def test_a_local_definition_is_no_problem_to_the_sdk() -> None:
    schema: Any = {"definitions": {"x": {"type": "string"}}, "items": {"$ref": "#/definitions/x"}}
    assert list(sanity(schema, "sdk")) == []
    assert "write the definition in place" in next(iter(sanity(schema))).message
