"""What counts as declared, in the author's sense."""

from typing import Any

import pytest

from validator.schemas.undeclared import undeclared

A = {"type": "object", "properties": {"a": {"type": "string"}}}
LEAK = {"a": "x", "leak": 1}

CASES: list[tuple[str, Any, Any, list[tuple[Any, ...]]]] = [
    ("declared", A, {"a": "x"}, []),
    ("an open object accepts it, nobody declared it", A, LEAK, [("leak",)]),
    ("closed objects too", {**A, "additionalProperties": False}, LEAK, [("leak",)]),
    ("at any depth", {"properties": {"o": A}}, {"o": LEAK}, [("o", "leak")]),
    ("in items", {"properties": {"l": {"items": A}}}, {"l": [{}, LEAK]}, [("l", 1, "leak")]),
    ("in tuples", {"items": [A, {"type": "object"}]}, [LEAK, LEAK], [(0, "leak")]),
    ("in prefixItems", {"prefixItems": [A], "items": {}}, [LEAK, LEAK], [(0, "leak")]),
    ("only the outermost", A, {"leak": {"a": {"b": 1}}}, [("leak",)]),
    ("several", A, {"x": 1, "y": 2}, [("x",), ("y",)]),
    ("no schema", {}, LEAK, []),
    ("true", True, LEAK, []),
    ("free object", {"type": "object"}, LEAK, []),
    ("free field", {"properties": {"o": {"type": "object"}}}, {"o": LEAK}, []),
    ("explicitly open", {**A, "additionalProperties": True}, LEAK, []),
    ("preserved", {**A, "x-kubernetes-preserve-unknown-fields": True}, LEAK, []),
    ("map values", {"additionalProperties": A}, {"k": LEAK}, [("k", "leak")]),
    ("patterns", {"patternProperties": {"^x-": A}}, {"x-1": LEAK, "y": 1}, [("x-1", "leak"), ("y",)]),
    ("allOf adds up", {"allOf": [A, {"properties": {"b": {}}}]}, {"a": "", "b": 1, "c": 2}, [("c",)]),
    ("any alternative will do", {"oneOf": [A, {"properties": {"b": {}}}]}, {"b": 1, "c": 2}, [("c",)]),
    ("alternatives that only require", {**A, "anyOf": [{"required": ["a"]}, {"type": "object"}]}, LEAK, [("leak",)]),
    ("a free alternative", {"anyOf": [A, {"type": "object"}]}, LEAK, []),
    ("a scalar alternative", {"anyOf": [A, {"type": "string"}]}, LEAK, [("leak",)]),
    ("then", {**A, "if": {}, "then": {"properties": {"b": {}}}}, {"b": 1, "c": 1}, [("c",)]),
    ("local reference", {"definitions": {"p": A}, "properties": {"p": {"$ref": "#/definitions/p"}}},
     {"p": LEAK}, [("p", "leak")]),
    ("recursive", {"properties": {"n": {"$ref": "#"}}}, {"n": {"n": {"leak": 1}}}, [("n", "n", "leak")]),
    ("unknown reference", {"properties": {"p": {"$ref": "other.json"}}}, {"p": LEAK}, []),
    ("constant", {"properties": {"p": {"const": LEAK}}}, {"p": LEAK}, []),
    ("a value kept elsewhere", {"properties": {"o": A}}, {"o": {"$bubuStorageRef": "runs/a.json"}}, []),
    ("not an object", A, "text", []),
    ("empty properties say nothing", {"type": "object", "properties": {}}, LEAK, []),
]  # fmt: skip


@pytest.mark.parametrize(("schema", "value", "expected"), [case[1:] for case in CASES], ids=[case[0] for case in CASES])
def test_undeclared(schema: Any, value: Any, expected: list[tuple[Any, ...]]) -> None:
    assert list(undeclared(schema, value)) == expected
