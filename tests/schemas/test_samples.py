"""Samples: what they hold, that they are instances, and that they are the same every time."""

import json
from pathlib import Path
from typing import Any

import pytest

from validator.schemas.profile import LITERAL
from validator.schemas.samples import full, minimal, samples
from validator.schemas.validation import check_definition, is_instance

CASES: list[tuple[str, Any, Any, Any]] = [
    ("anything", {}, "example", "example"),
    ("required only, or everything", {"properties": {"a": {"type": "string", "required": True}, "b": {"const": 1}}},
     {"a": "example"}, {"a": "example", "b": 1}),
    ("by name", {"properties": {"userEmail": {"type": "string"}, "sampleRateHz": {"type": "integer"}}},
     {}, {"userEmail": "ann@example.com", "sampleRateHz": 16000}),
    ("by format", {"type": "string", "format": "uuid"}, *["123e4567-e89b-12d3-a456-426614174000"] * 2),
    ("the author's example first", {"type": "string", "examples": ["#general"], "default": "x"}, *["#general"] * 2),
    ("an example that does not hold is passed over", {"type": "string", "examples": [1], "default": "x"}, "x", "x"),
    ("the first possible value", {"type": "string", "enum": [False, "on"]}, "on", "on"),
    ("limits", {"type": "integer", "exclusiveMinimum": 3, "maximum": 4}, 4, 4),
    ("multiples", {"type": "number", "multipleOf": 0.3, "minimum": 1}, 1.5, 1.5),
    ("patterns", {"type": "string", "pattern": "^C[A-Z0-9]{8}$"}, "C11111111", "C11111111"),
    ("lengths", {"type": "string", "minLength": 10, "maxLength": 10}, "example ex", "example ex"),
    ("unique items", {"type": "array", "items": {"enum": ["a", "b"]}, "minItems": 2, "uniqueItems": True},
     *[["a", "b"]] * 2),
    ("contains", {"type": "array", "items": {"type": "integer"}, "contains": {"minimum": 7}}, [7], [7]),
    ("alternatives", {"oneOf": [{"required": ["a"]}, {"required": ["b"]}], "properties": {"a": {"type": "null"}}},
     {"a": None}, {"a": None}),
    ("as much as goes together", {"type": "object", "oneOf": [{"required": ["a"]}, {"required": ["b"]}],
     "properties": {"a": {"const": 1}, "b": {"const": 2}, "c": {"const": 3}}}, {"a": 1}, {"a": 1, "c": 3}),
    ("conditions", {"type": "object", "if": {"required": ["a"]}, "then": {"required": ["b"]}, "required": ["a"],
     "properties": {"a": {"const": 1}, "b": {"const": 2}}}, *[{"a": 1, "b": 2}] * 2),
    ("a map", {"type": "object", "additionalProperties": {"type": "integer"}}, {}, {"example": 1}),
    ("names by pattern", {"type": "object", "patternProperties": {"^x-": {"const": 1}}, "minProperties": 1,
     "additionalProperties": False}, {"x-": 1}, {"x-": 1}),
    ("dependencies", {"type": "object", "required": ["a"], "dependencies": {"a": ["b"]}},
     *[{"a": "example", "b": "example"}] * 2),
    ("a recursive schema", {"type": "object", "properties": {"child": {"$ref": "#"}}},
     {}, {"child": {"child": {"child": {"child": {"child": {}}}}}}),
    ("nothing", {"type": "string", "enum": [1]}, None, None),
    ("refused", {"type": "strng"}, None, None),
    ("endless", {"allOf": [{"$ref": "#"}]}, None, None),
]  # fmt: skip


@pytest.mark.parametrize(("schema", "least", "most"), [case[1:] for case in CASES], ids=[case[0] for case in CASES])
def test_sample(schema: Any, least: Any, most: Any) -> None:
    assert (minimal(schema), full(schema)) == (least, most)


VECTORS = (Path(__file__).parents[1] / "vectors" / "schema.jsonl").read_text(encoding="utf-8").splitlines()
DEFINITIONS = [record for record in map(json.loads, VECTORS) if record["op"] == "definition"]


@pytest.mark.parametrize("record", DEFINITIONS, ids=[record["id"] for record in DEFINITIONS])
def test_every_sample_is_an_instance(record: dict[str, Any]) -> None:
    schema = record["schema"]
    if check_definition(schema, profile=LITERAL) or schema in (False, {"const": None}):
        assert minimal(schema) is None
        return
    found = [minimal(schema), full(schema), *samples(schema, 10, seed=1)]
    assert all(is_instance(schema, sample, profile=LITERAL) for sample in found)
    assert found == [minimal(schema), full(schema), *samples(schema, 10, seed=1)]


def test_samples_vary() -> None:
    schema: Any = {"type": "object", "properties": {name: {"enum": [1, 2, 3]} for name in "abc"}}
    found = samples(schema, 20, seed=3)
    assert len({json.dumps(sample) for sample in found}) == len(found) == 20
    assert found != samples(schema, 20, seed=4)
    assert found[:2] == (full(schema), minimal(schema))


@pytest.mark.slow
def test_a_hard_schema_ends() -> None:
    hard: Any = {"type": "string", "allOf": [{"anyOf": [{"pattern": f"{x}{y}$"} for x in "abcd"]} for y in "abcdefgh"]}
    nested: Any = hard
    for _ in range(10):
        nested = {"type": "object", "required": ["a", "b"], "properties": {"a": nested, "b": nested}}
    assert minimal(nested) is None
